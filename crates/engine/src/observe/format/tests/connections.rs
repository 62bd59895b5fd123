//! What formats tell of connections: the hosts that were tried, the ends, the listener.

use super::*;
use crate::http::connection_ending::{DetectedClose, Ending, FailedAttempt, reasons};
use crate::http::stream_info::ListenerFacts;
use crate::upstream::worker_host::StreamHost;

fn host(hostname: &str) -> Rc<StreamHost> {
    let spec = HostSpec { hostname: hostname.into(), ..spec(80, 1) };
    Rc::new(Arc::new(Host::new(spec)).into())
}

fn failed(port: u16, connection_id: Option<u64>) -> FailedAttempt {
    let address = address(&format!("127.0.0.1:{port}"));
    FailedAttempt { address, host: host(""), connection_id }
}

fn connect(fixture: &mut Fixture, id: u64) {
    let upstream = &mut fixture.info.upstream;
    upstream.attempts += 1;
    upstream.connection_id = Some(id);
    upstream.remote = Some(address("127.0.0.1:99"));
    upstream.host = Some(host("named.test:80"));
}

#[test]
fn hosts_are_listed_as_they_were_tried() {
    use StreamField as F;
    let fields = [
        F::UpstreamHostsAttempted,
        F::UpstreamHostsAttemptedWithoutPort,
        F::UpstreamHostNamesAttempted,
        F::UpstreamHostNamesAttemptedWithoutPort,
        F::UpstreamConnectionIdsAttempted,
    ];
    let mut fixture = Fixture::new();
    let all = |fixture: &Fixture| fields.map(|field| fixture.field(field));
    assert_eq!(all(&fixture), ["-"; 5]);
    let session = fixture.info.session_mut();
    session.failed_attempts.extend([failed(1, None), failed(2, Some(7))]);
    fixture.info.upstream.attempts = 2;
    let tried = ["127.0.0.1:1,127.0.0.1:2", "127.0.0.1,127.0.0.1"];
    assert_eq!(all(&fixture), [tried[0], tried[1], tried[0], tried[1], "7"]);
    connect(&mut fixture, 8);
    assert_eq!(
        all(&fixture),
        [
            "127.0.0.1:1,127.0.0.1:2,127.0.0.1:99",
            "127.0.0.1,127.0.0.1,127.0.0.1",
            "127.0.0.1:1,127.0.0.1:2,named.test:80",
            "127.0.0.1,127.0.0.1,named.test",
            "7,8",
        ]
    );
}

#[test]
fn an_attempt_that_had_a_connection_is_listed_once() {
    let mut fixture = Fixture::new();
    connect(&mut fixture, 8);
    fixture.info.session_mut().failed_attempts.push(failed(99, Some(8)));
    assert_eq!(fixture.field(StreamField::UpstreamConnectionIdsAttempted), "8");
}

#[test]
fn an_upstream_has_an_end_once_there_is_one() {
    use StreamField as F;
    let mut fixture = Fixture::new();
    assert_eq!(fixture.field(F::DownstreamDetectedCloseType), "Normal");
    assert_eq!(fixture.field(F::UpstreamDetectedCloseType), "-");
    fixture.info.upstream.attempts = 1;
    assert_eq!(fixture.field(F::UpstreamDetectedCloseType), "-");
    fixture.info.upstream.host = Some(host("named.test:80"));
    assert_eq!(fixture.field(F::UpstreamDetectedCloseType), "Normal");
    fixture.info.upstream.host = None;
    fixture.info.is_session = true;
    assert_eq!(fixture.field(F::UpstreamDetectedCloseType), "Normal");
    let session = fixture.info.session_mut();
    session.downstream = Ending::by_us(Some(reasons::SESSION_IDLE));
    session.upstream = Ending::of(DetectedClose::RemoteReset);
    assert_eq!(fixture.field(F::DownstreamLocalCloseReason), "tcp_session_idle_timeout");
    assert_eq!(fixture.field(F::UpstreamDetectedCloseType), "RemoteReset");
    assert_eq!(fixture.field(F::UpstreamLocalCloseReason), "-");
}

#[test]
fn a_stream_without_a_client_has_no_addresses() {
    use StreamField as F;
    let mut fixture = Fixture::new();
    assert_eq!(fixture.field(F::DownstreamLocalAddress), "127.0.0.1:39757");
    fixture.info.connection = Rc::new(ConnectionInfo::none());
    for field in [
        F::DownstreamRemoteAddress,
        F::DownstreamDirectRemoteAddressWithoutPort,
        F::DownstreamLocalAddress,
        F::DownstreamLocalPort,
    ] {
        assert_eq!(fixture.field(field), "-");
    }
}

#[test]
fn a_listener_has_a_name() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.field(StreamField::ListenerName), "-");
    let mut connection = ConnectionInfo::new(2, address("[::1]:1"), address("[::1]:2"), "".into());
    let facts = ListenerFacts { name: "web".into(), ..ListenerFacts::default() };
    connection.listener = Some(Rc::new(facts));
    fixture.info.connection = Rc::new(connection);
    assert_eq!(fixture.field(StreamField::ListenerName), "web");
}

#[test]
fn a_route_was_looked_for_so_often_and_so_long() {
    let fixture = Fixture::new();
    assert_eq!(fixture.field(StreamField::RouteResolutionCount), "0");
    assert_eq!(fixture.field(StreamField::RouteResolutionTimeUs), "-");
    assert!(demand::Measure::RouteTime.is_asked_for());
    fixture.info.resolutions.count.set(2);
    fixture.info.resolutions.micros.set(9);
    assert_eq!(fixture.field(StreamField::RouteResolutionCount), "2");
    assert_eq!(fixture.field(StreamField::RouteResolutionTimeUs), "9");
}

#[test]
fn a_connection_has_points_in_time() {
    let fixture = Fixture::new();
    let ended = fixture.info.connection.opened + Duration::from_micros(30);
    let between = |fixture: &Fixture, log_type, end| {
        let precision = DurationPrecision::Us;
        let operator = Operator::CommonDuration { start: TimePoint::DsCxBeg, end, precision };
        let mut out = Vec::new();
        let context = FormatContext { log_type, ..fixture.context() };
        Formatter::new(&[Segment::Operator { operator, max_length: None }])
            .write(&context, &mut out);
        String::from_utf8(out).expect("text")
    };
    let end = AccessLogType::DownstreamEnd;
    assert_eq!(between(&fixture, end, TimePoint::DsCxEnd), "-");
    assert_eq!(between(&fixture, end, TimePoint::DsHsEnd), "-");
    fixture.info.connection.ended.set(Some(ended));
    assert_eq!(between(&fixture, end, TimePoint::DsCxEnd), "30");
    assert_eq!(between(&fixture, AccessLogType::UpstreamEnd, TimePoint::DsCxEnd), "-");
    assert_eq!(between(&fixture, AccessLogType::UpstreamEnd, TimePoint::DsRxBeg), "0");
}
