//! Expected names and labels are those that Envoy's `/stats/prometheus` shows.

use super::*;

/// Some of Envoy's default rules, in their order.
const RULES: &[(&str, &str)] = &[
    ("envoy.response_code", r"_rq(_(\d{3}))$"),
    ("envoy.response_code_class", r"_rq_(\d)xx$"),
    ("envoy.worker_id", r"(?:^|\.)worker(_(\d+))\."),
    ("envoy.tcp_prefix", r"^tcp\.((.*?)\.)"),
    ("envoy.cluster_name", r"^cluster\.(([^.]+)\.)"),
    ("envoy.http_conn_manager_prefix", r"^listener\..*?\.http\.((.*?)\.)"),
    ("envoy.http_conn_manager_prefix", r"^http\.((.*?)\.)"),
    ("envoy.listener_address", r"^listener\.(((?:[_.\d]*|[_\[\]a-fA-F\d]*))\.)"),
];

fn extractor(fixed: &[StatsTag]) -> TagExtractor {
    let rules: Vec<_> = RULES
        .iter()
        .map(|(name, regex)| StatsTagRule { name: (*name).into(), regex: (*regex).into() })
        .collect();
    TagExtractor::new(fixed, &rules).expect("valid rules")
}

fn extracted(extractor: &TagExtractor, name: &str) -> String {
    let mut found = Extraction::default();
    extractor.extract(name, &mut found);
    let mut rest = "old".to_owned();
    found.rest(name, &mut rest);
    let labels: Vec<_> =
        extractor.labels(name, &found).map(|(label, value)| format!("{label}={value}")).collect();
    format!("{rest} {}", labels.join(","))
}

#[test]
fn names_and_labels_are_envoys() {
    let extractor = extractor(&[]);
    let cases = [
        ("server.live", "server.live "),
        (
            "cluster.app.external.upstream_rq_200",
            "cluster.external.upstream_rq envoy_response_code=200,envoy_cluster_name=app",
        ),
        (
            "cluster.app.upstream_rq_2xx",
            "cluster.upstream_rq_xx envoy_response_code_class=2,envoy_cluster_name=app",
        ),
        (
            "listener.127.0.0.1_0.http.ingress_http.downstream_rq_5xx",
            "listener.http.downstream_rq_xx envoy_response_code_class=5,\
             envoy_http_conn_manager_prefix=ingress_http,envoy_listener_address=127.0.0.1_0",
        ),
        (
            "listener.127.0.0.1_0.worker_1.downstream_cx_total",
            "listener.worker.downstream_cx_total \
             envoy_worker_id=1,envoy_listener_address=127.0.0.1_0",
        ),
        (
            "listener.[__1]_80.downstream_cx_total",
            "listener.downstream_cx_total envoy_listener_address=[__1]_80",
        ),
        ("listener.admin.downstream_cx_total", "listener.admin.downstream_cx_total "),
        (
            "http.admin.downstream_cx_total",
            "http.downstream_cx_total envoy_http_conn_manager_prefix=admin",
        ),
        ("server.worker_0.watchdog_miss", "server.worker.watchdog_miss envoy_worker_id=0"),
        ("tcp.in.downstream_cx_total", "tcp.downstream_cx_total envoy_tcp_prefix=in"),
    ];
    for (name, expected) in cases {
        assert_eq!(extracted(&extractor, name), expected, "{name}");
    }
}

#[test]
fn fixed_tags_come_first() {
    let fixed = [StatsTag { name: "team-name".into(), value: "a".into() }];
    let expected = "tcp.idle_timeout team_name=a,envoy_tcp_prefix=x";
    assert_eq!(extracted(&extractor(&fixed), "tcp.x.idle_timeout"), expected);
}

#[test]
fn a_pattern_is_checked_before_a_name_is_asked_for() {
    let rules = [StatsTagRule { name: "a".into(), regex: "(".into() }];
    assert!(TagExtractor::new(&[], &rules).is_err());
}
