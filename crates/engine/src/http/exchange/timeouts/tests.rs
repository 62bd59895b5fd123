use voyant_ir::route as ir;

use super::*;
use crate::route::cluster_specifier::{ClusterRef, ClusterSpecifier};

fn ms(amount: u64) -> Duration {
    Duration::from_millis(amount)
}

fn route(timeout_ms: u64, grpc_timeout: Option<ir::GrpcTimeout>) -> Forward {
    let forward = ir::Forward {
        cluster: ir::ClusterSpecifier::Cluster { name: "up".into() },
        internal_redirect: None,
        body_buffer_limit_bytes: None,
        cluster_not_found_status: 503,
        path_rewrite: None,
        host_rewrite: None,
        upgrades: vec![],
        connect: None,
        append_x_forwarded_host: false,
        priority: ir::RoutePriority::Default,
        timeout_ms,
        idle_timeout_ms: None,
        flush_timeout_ms: None,
        max_stream_duration: None,
        grpc_timeout,
        cors: None,
        rate_limits: vec![],
        include_virtual_host_rate_limits: false,
        mirrors: vec![],
    };
    let cluster = ClusterSpecifier::Cluster(ClusterRef { name: "up".into(), index: None });
    let matches = ir::PathMatch::Prefix { value: "/".into(), case_sensitive: true };
    Forward::new(&forward, cluster, Box::default(), &matches, Box::default()).expect("a route")
}

fn head(headers: &[(HeaderId, &str)]) -> Head {
    let mut head = Head::new();
    for (id, value) in headers {
        head.push(*id, value.as_bytes());
    }
    head
}

fn inside(headers: &[(HeaderId, &str)], respect_expected: bool) -> (RequestTimeouts, Head) {
    let mut request = head(headers);
    (RequestTimeouts::new(&mut request, &route(7_000, None), true, respect_expected), request)
}

#[test]
fn a_client_inside_decides_and_its_words_go() {
    let (timeouts, request) = inside(
        &[
            (HeaderId::XEnvoyUpstreamRqTimeoutMs, "900"),
            (HeaderId::XEnvoyUpstreamRqPerTryTimeoutMs, "500"),
            (HeaderId::XEnvoyUpstreamStreamDurationMs, "800"),
            (HeaderId::XEnvoyUpstreamRqTimeoutAltResponse, "0"),
            (HeaderId::XEnvoyRetryOn, "5xx"),
        ],
        false,
    );
    assert_eq!((timeouts.response, timeouts.of_attempt()), (Some(ms(900)), (Some(ms(500)), true)));
    assert_eq!((timeouts.upstream_stream, timeouts.alternative), (Some(ms(800)), true));
    assert_eq!(request.iter().count(), 0);
}

#[test]
fn words_that_are_no_time_change_nothing() {
    for odd in ["soon", "-9", "9 9", "8,9"] {
        let (timeouts, request) = inside(&[(HeaderId::XEnvoyUpstreamRqTimeoutMs, odd)], false);
        assert_eq!((timeouts.response, request.iter().count()), (Some(ms(7_000)), 0), "{odd}");
    }
    assert_eq!(inside(&[(HeaderId::XEnvoyUpstreamRqTimeoutMs, "0")], false).0.response, None);
    assert_eq!(
        inside(&[(HeaderId::XEnvoyUpstreamRqTimeoutMs, "+9")], false).0.response,
        Some(ms(9))
    );
}

#[test]
fn a_try_has_less_time_than_the_whole_unless_it_is_hedged() {
    let of_attempt = |headers: &[_]| inside(headers, false).0.of_attempt();
    let long = (HeaderId::XEnvoyUpstreamRqPerTryTimeoutMs, "8000");
    assert_eq!(of_attempt(&[long]), (Some(ms(7_000)), false));
    let short = (HeaderId::XEnvoyUpstreamRqPerTryTimeoutMs, "8");
    assert_eq!(
        of_attempt(&[short, (HeaderId::XEnvoyHedgeOnPerTryTimeout, "true")]),
        (Some(ms(7_000)), false)
    );
}

#[test]
fn the_time_that_a_proxy_before_us_expects_is_respected_when_asked() {
    let expected = (HeaderId::XEnvoyExpectedRqTimeoutMs, "3000");
    let other = (HeaderId::XEnvoyUpstreamRqTimeoutMs, "4000");
    assert_eq!(inside(&[expected], false).0.response, Some(ms(7_000)));
    let (timeouts, request) = inside(&[expected, other], true);
    assert_eq!(timeouts.response, Some(ms(3_000)));
    assert!(request.contains(HeaderId::XEnvoyUpstreamRqTimeoutMs));
    assert_eq!(inside(&[other], true).0.response, Some(ms(4_000)));
}

#[test]
fn a_stranger_decides_nothing() {
    let mut request = head(&[(HeaderId::XEnvoyUpstreamRqTimeoutMs, "9")]);
    let timeouts = RequestTimeouts::new(&mut request, &route(7_000, None), false, true);
    assert_eq!(timeouts.response, Some(ms(7_000)));
    timeouts.tell(&mut request, &route(7_000, None), false);
    assert_eq!(request.get_str(HeaderId::XEnvoyExpectedRqTimeoutMs), Some("7000"));
}

const GRPC: (HeaderId, &str) = (HeaderId::ContentType, "application/grpc");

#[test]
fn grpc_replaces_the_timeout_of_older_routes() {
    let older = |max_ms| route(7_000, Some(ir::GrpcTimeout { max_ms, offset_ms: 100 }));
    let told = |headers: &[_], max_ms| {
        let mut request = head(headers);
        let timeouts = RequestTimeouts::new(&mut request, &older(max_ms), false, false);
        timeouts.tell(&mut request, &older(max_ms), true);
        let told = request.get_str(HeaderId::GrpcTimeout).map(str::to_owned);
        (timeouts.response, told)
    };
    let asked = |time| [GRPC, (HeaderId::GrpcTimeout, time)];
    assert_eq!(told(&asked("50S"), 60_000), (Some(ms(49_900)), Some("49900m".into())));
    assert_eq!(told(&asked("70S"), 60_000), (Some(ms(60_000)), Some("60000m".into())));
    assert_eq!(told(&asked("50m"), 60_000), (Some(ms(50)), Some("50m".into())));
    assert_eq!(told(&[GRPC], 60_000), (Some(ms(60_000)), Some("60000m".into())));
    assert_eq!(told(&[GRPC], 0), (None, None));
    assert_eq!(told(&[(HeaderId::GrpcTimeout, "9S")], 0), (Some(ms(7_000)), Some("9S".into())));
}

#[test]
fn grpc_limits_streams_of_newer_routes() {
    let limited = |headers: &[_], max, own| {
        let duration = MaxStreamDuration {
            limit: own,
            grpc_timeout_header_max: max,
            grpc_timeout_header_offset: Duration::from_millis(100),
        };
        let mut request = head(headers);
        let limit = stream_limit(&duration, &mut request, Some(ms(77)));
        (limit, request.get_str(HeaderId::GrpcTimeout).map(str::to_owned))
    };
    let asked = |time| [GRPC, (HeaderId::GrpcTimeout, time)];
    let (inherit, any) = (TimeoutOverride::Inherit, TimeoutOverride::Off);
    let nine = TimeoutOverride::After(Duration::from_secs(9));
    assert_eq!(limited(&asked("50S"), any, inherit), (Some(ms(49_900)), Some("49900m".into())));
    assert_eq!(limited(&asked("50S"), nine, inherit), (Some(ms(8_900)), Some("8900m".into())));
    assert_eq!(limited(&asked("1m"), any, inherit), (Some(ms(0)), Some("0m".into())));
    assert_eq!(limited(&asked("soon"), any, inherit), (Some(ms(77)), Some("soon".into())));
    assert_eq!(limited(&asked("50S"), inherit, nine), (Some(ms(9_000)), Some("9000m".into())));
    assert_eq!(limited(&[GRPC], any, nine), (Some(ms(9_000)), Some("9000m".into())));
    assert_eq!(limited(&[GRPC], any, TimeoutOverride::Off), (None, None));
    let ordinary = [(HeaderId::GrpcTimeout, "50S")];
    assert_eq!(limited(&ordinary, any, inherit), (Some(ms(49_900)), Some("50S".into())));
}

#[test]
fn grpc_times_are_whole_milliseconds_in_eight_digits() {
    let rewritten = |time: &str| {
        let mut request = head(&[(HeaderId::GrpcTimeout, time)]);
        let asked = asked_of(&request)?;
        set_grpc_timeout(&mut request, asked);
        request.get_str(HeaderId::GrpcTimeout).map(str::to_owned)
    };
    for (time, expected) in [
        ("99999999n", Some("100m")),
        ("99999999u", Some("100000m")),
        ("99999999m", Some("99999999m")),
        ("99999999S", Some("99999999S")),
        ("99999999H", Some("99999999H")),
        ("100000000m", None),
        ("50", None),
        ("50s", None),
        ("S", None),
    ] {
        assert_eq!(rewritten(time).as_deref(), expected, "{time}");
    }
}
