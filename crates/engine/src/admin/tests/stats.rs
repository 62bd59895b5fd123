use std::sync::Arc;

use super::super::backend::AdminState;
use super::fixture::*;

crate::stats_group! {
    struct BodySizes {
        upstream_rq_body_size: Histogram,
    }
}

crate::stats_group! {
    struct Lengths {
        upstream_cx_connect_ms: Histogram,
        upstream_cx_length_ms: Histogram,
    }
}

crate::stats_group! {
    struct Requests {
        upstream_rq_total: Counter,
        upstream_rq_active: Gauge,
        codes: ResponseCodes("upstream_rq"),
    }
}

/// The values that Envoy had recorded for the pages in `goldens`.
const VALUES: [u64; 14] = [1, 2, 2, 10, 11, 11, 12, 99, 100, 101, 1234, 1250, 1299, 100_000];

#[test]
fn histograms_are_shown_as_envoy_shows_them() {
    let state = plain();
    let sizes = state.registry.shard::<BodySizes>("cluster.app");
    let _lengths = state.registry.shard::<Lengths>("cluster.dns");
    for value in VALUES {
        sizes.upstream_rq_body_size.record(value);
    }
    state.registry.flush();
    let page = |query: &str| get(&state, &format!("/stats?filter=body_size%7C_ms$&{query}"));
    macro_rules! golden {
        ($query:literal, $file:literal) => {
            assert_eq!(page($query), include_str!(concat!("goldens/histogram_", $file)), $query);
        };
    }
    golden!("histogram_buckets=summary", "summary.txt");
    golden!("histogram_buckets=cumulative", "cumulative.txt");
    golden!("histogram_buckets=disjoint", "disjoint.txt");
    golden!("histogram_buckets=detailed", "detailed.txt");
    golden!("histogram_buckets=summary&format=json", "summary.json");
    golden!("histogram_buckets=cumulative&format=json", "cumulative.json");
    golden!("histogram_buckets=disjoint&format=json", "disjoint.json");
    golden!("histogram_buckets=detailed&format=json", "detailed.json");
    let prometheus = get(&state, "/stats/prometheus?filter=body_size");
    assert_eq!(prometheus, include_str!("goldens/histogram.prom"));
    let summary = get(&state, "/stats/prometheus?filter=body_size&histogram_buckets=summary");
    assert_eq!(summary, include_str!("goldens/histogram_summary.prom"));
    state.registry.flush();
    assert!(page("").contains("cluster.app.upstream_rq_body_size: P0(nan,1.05) P25(nan,10.5)"));
    assert!(page("format=json").contains(r#"{"cumulative":1.05,"interval":null}"#));
}

fn with_requests() -> Arc<AdminState> {
    let state = plain();
    let shards = ["app", "b"].map(|name| {
        let shard = state.registry.shard::<Requests>(&format!("cluster.{name}"));
        shard.upstream_rq_total.add(3);
        shard.codes.inc(200);
        shard
    });
    shards[0].codes.inc(503);
    shards[0].upstream_rq_active.inc();
    // Tests read while the shards live.
    std::mem::forget(shards);
    state
}

#[test]
fn text_and_json_are_in_the_order_of_names() {
    let state = with_requests();
    let expected = "cluster.app.upstream_rq_200: 1\ncluster.app.upstream_rq_2xx: 1\n\
                    cluster.app.upstream_rq_503: 1\ncluster.app.upstream_rq_5xx: 1\n\
                    cluster.app.upstream_rq_active: 1\ncluster.app.upstream_rq_completed: 2\n\
                    cluster.app.upstream_rq_total: 3\n";
    assert_eq!(get(&state, "/stats?filter=app"), expected);
    let json = r#"{"stats":[{"name":"cluster.app.upstream_rq_active","value":1},{"name":"cluster.b.upstream_rq_active","value":0}]}"#;
    assert_eq!(get(&state, "/stats?type=Gauges&format=json"), json);
    assert_eq!(get(&state, "/stats?format=json&filter=nope"), r#"{"stats":[]}"#);
    assert_eq!(get(&state, "/stats?type=TextReadouts"), "");
    assert_eq!(get(&state, "/stats?hidden=only"), "");
}

#[test]
fn selections() {
    let state = with_requests();
    let lines = |target: &str| get(&state, target).lines().count();
    assert_eq!(lines("/stats"), 12);
    assert_eq!(lines("/stats?usedonly"), 11);
    assert_eq!(lines("/stats?type=Counters"), 10);
    assert_eq!(lines("/stats?filter=xx&invert_filter"), 9);
    assert_eq!(lines("/stats?hidden=include&text_readouts"), 12);
    let refused = [
        ("/stats?type=counters", "invalid &type= param"),
        ("/stats?format=x", "usage: /stats?format=(html|active-html|json|prometheus|text)\n\n"),
        ("/stats?hidden=x", "usage: /stats?hidden=(include|only|exclude)\n\n"),
        (
            "/stats/prometheus?histogram_buckets=detailed",
            "unsupported prometheus histogram bucket mode",
        ),
        (
            "/stats?histogram_buckets=prometheusnative",
            "Invalid histogram_buckets type for non prometheus stats type",
        ),
        (
            "/stats?histogram_buckets=x",
            "usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n",
        ),
    ];
    for (target, expected) in refused {
        let (status, _, body) = ask(&state, "GET", target);
        assert_eq!((status, body.as_str()), (400, expected), "{target}");
    }
    let (status, _, body) = ask(&state, "GET", "/stats?filter=%5B");
    assert!(status == 400 && body.starts_with("Invalid re2 regex: "), "{body}");
}

#[test]
fn prometheus_groups_by_what_is_left_of_a_name() {
    let state = with_requests();
    let expected = r#"# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="app"} 1
envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="app"} 1
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="b"} 1
# TYPE envoy_cluster_upstream_rq_completed counter
envoy_cluster_upstream_rq_completed{envoy_cluster_name="app"} 2
envoy_cluster_upstream_rq_completed{envoy_cluster_name="b"} 1
# TYPE envoy_cluster_upstream_rq_total counter
envoy_cluster_upstream_rq_total{envoy_cluster_name="app"} 3
envoy_cluster_upstream_rq_total{envoy_cluster_name="b"} 3
# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="app"} 1
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="app"} 1
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="b"} 1
# TYPE envoy_cluster_upstream_rq_active gauge
envoy_cluster_upstream_rq_active{envoy_cluster_name="app"} 1
envoy_cluster_upstream_rq_active{envoy_cluster_name="b"} 0
"#;
    assert_eq!(get(&state, "/stats/prometheus"), expected);
    assert_eq!(get(&state, "/stats?format=prometheus"), expected);
}

#[test]
fn counters_are_reset() {
    let state = with_requests();
    assert_eq!(ask(&state, "POST", "/reset_counters").2, "OK\n");
    let page = get(&state, "/stats?filter=app");
    assert!(page.contains("upstream_rq_total: 0\n") && page.contains("upstream_rq_200: 0\n"));
    assert!(page.contains("upstream_rq_active: 1\n"), "gauges stay");
}

#[test]
fn a_page_of_five_thousand_clusters_comes_in_pieces() {
    use super::super::body::{Body, PIECE_BYTES};
    use super::super::request::Request;
    let state = plain();
    let scopes: Vec<_> = (0..5_000)
        .map(|number| {
            let scope = state.registry.scope(&format!("cluster.service-{number}"));
            scope.declare::<Requests>();
            scope
        })
        .collect();
    for target in ["/stats", "/stats?format=json", "/stats/prometheus"] {
        let response = match target {
            "/stats/prometheus" => {
                super::super::stats::answer_prometheus(&state, &Request::new("GET", target))
            }
            _ => super::super::stats::answer(&state, &Request::new("GET", target)),
        };
        let Body::Pieces(mut pieces) = response.body else { panic!("a whole body") };
        let (mut total, mut more) = (0, true);
        while more {
            let mut piece = Vec::new();
            more = pieces.next_piece(&mut piece);
            assert!(target == "/stats/prometheus" || piece.len() < 2 * PIECE_BYTES);
            total += piece.len();
        }
        assert!(total > 5_000 * 2 * 30, "{target}: {total}");
    }
    drop(scopes);
}
