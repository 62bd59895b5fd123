//! The work that `make bench-check` counts instructions of, under callgrind.
//!
//! `instructions CASE TIMES` sets up one piece of work and then does it that many times in
//! [`measured`], the only function that callgrind counts. Nothing here is measured by a clock, and
//! what is fed in is fixed: the count is the same from run to run.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use voyant_engine::codec::Protocol;
use voyant_engine::codec::h1::{
    HeadScan, ParseLimits, RequestFormat, RequestKind, RequestParser, ResponseFormat,
    ResponseParser, write_request_head, write_response_head,
};
use voyant_engine::head::Head;
use voyant_engine::head::header_name::{HeaderId, HeaderKey};
use voyant_engine::http::stream_info::{ConnectionInfo, StreamInfo};
use voyant_engine::route::{
    ClusterIndex, MatchContext, MatchScratch, MutationContext, MutationScratch, RouteTable,
};
use voyant_engine::rt::address::PeerAddress;
use voyant_engine::rt::clock::now;
use voyant_engine::runtime::Runtime;
use voyant_ir::format::Segment;
use voyant_ir::header::{AppendAction, HeaderAdd, HeaderMutations};
use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};
use voyant_ir::route as ir;

#[path = "instructions/conditions.rs"]
mod conditions;
#[path = "instructions/route_tables.rs"]
mod route_tables;

/// A browser's request.
const REQUEST: &[u8] = b"GET /service-4999/items?page=2 HTTP/1.1\r\n\
    Host: shop.example.com\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Connection: keep-alive\r\n\
    Cookie: session=3b1f5c0a9d; theme=dark; consent=1\r\n\
    X-Requested-With: XMLHttpRequest\r\n\
    Cache-Control: no-cache\r\n\r\n";

/// An application's response.
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Server: nginx\r\n\
    Date: Sat, 21 Nov 2026 04:00:00 GMT\r\n\
    Content-Type: text/html; charset=utf-8\r\n\
    Content-Length: 5120\r\n\
    Connection: keep-alive\r\n\
    Cache-Control: max-age=60\r\n\
    ETag: \"3b1f5c0a9d\"\r\n\
    X-Request-Cost: 17\r\n\r\n";

const ROUTES: usize = 5000;

fn main() {
    let mut args = std::env::args().skip(1);
    let (case, times) = (args.next(), args.next().and_then(|text| text.parse().ok()));
    let Some(times) = times else {
        // Cargo runs benches with arguments of its own.
        return eprintln!("usage: instructions CASE TIMES");
    };
    match case.as_deref() {
        Some("parse_head") => parse_head(times),
        Some("parse_response_head") => parse_response_head(times),
        Some("write_request_head") => write_request(times),
        Some("write_response_head") => write_response(times),
        Some("match_route") => match_route(times),
        Some(case) if case.starts_with("match_mixed_") => match_mixed(case, times),
        Some(case) if case.starts_with("match_by_") => match_by(case, times),
        Some("rewrite_head") => rewrite_head(times),
        Some("finalize_route") => finalize_route(times),
        _ => eprintln!("there is no such case"),
    }
}

/// What is counted. It must stay a function of its own, and the only one of its name.
#[inline(never)]
fn measured(times: usize, mut work: impl FnMut()) {
    for _ in 0..times {
        work();
    }
}

/// Bytes to a head, with the facts of its framing.
fn parse_head(times: usize) {
    let parser = parser();
    let mut scan = HeadScan::default();
    let mut head = Head::new();
    measured(times, || {
        let parsed = parser.parse(&mut scan, black_box(REQUEST), &mut head);
        assert!(matches!(parsed, Ok(Some(_))));
    });
}

/// The same of a response.
fn parse_response_head(times: usize) {
    let parser = ResponseParser::new(&options(), LIMITS);
    let mut scan = HeadScan::default();
    let mut head = Head::new();
    measured(times, || {
        let input = black_box(RESPONSE);
        let parsed = parser.parse(&mut scan, input, RequestKind::Plain, &mut head);
        assert!(matches!(parsed, Ok(Some(_))));
    });
}

/// A head to bytes, as it goes to an upstream.
fn write_request(times: usize) {
    let head = request();
    let format = RequestFormat { case: HeaderCase::Lower, fully_qualified: false };
    let mut out = Vec::new();
    measured(times, || {
        out.clear();
        write_request_head(black_box(&head), true, format, &mut out);
        black_box(&out);
    });
}

/// A head to bytes, as it goes to a client.
fn write_response(times: usize) {
    let mut head = Head::new();
    let parser = ResponseParser::new(&options(), LIMITS);
    parser
        .parse(&mut HeadScan::default(), RESPONSE, RequestKind::Plain, &mut head)
        .expect("a valid response");
    let format = ResponseFormat {
        case: HeaderCase::Lower,
        version: Protocol::Http11,
        request: RequestKind::Plain,
    };
    let mut out = Vec::new();
    measured(times, || {
        out.clear();
        write_response_head(black_box(&head), false, format, &mut out);
        black_box(&out);
    });
}

/// The last of 5,000 prefix routes in one virtual host.
fn match_route(times: usize) {
    let table = table();
    let runtime = Runtime::default();
    let mut scratch = MatchScratch::default();
    let head = request();
    measured(times, || {
        let cx = MatchContext { random: 0, runtime: &runtime, info: None };
        let route = table.find(black_box(&head), &cx, &mut scratch);
        assert!(route.is_some_and(|route| route.name.ends_with("4999")));
    });
}

/// A route of each of ten kinds, the last of its kind: `match_mixed_list_10` of ten in a list,
/// `match_mixed_tree_10` of as many in a matching tree.
fn match_mixed(case: &str, times: usize) {
    let (_, count) = case.rsplit_once('_').unwrap_or_default();
    let count = count.parse().expect("a case ends with the number of routes");
    route_tables::ask(count, case.contains("_tree_"), |round| measured(times, round));
}

/// The last of routes with one path that differ by one kind of condition:
/// `match_by_header_prefix_10000`.
fn match_by(case: &str, times: usize) {
    let case = case.strip_prefix("match_by_").unwrap_or_default();
    let (kind, count) = case.rsplit_once('_').unwrap_or_default();
    let count = count.parse().expect("a case ends with the number of routes");
    conditions::ask(kind, count, |once| measured(times, once));
}

/// A head is copied to where it is changed, as a connection manager with default features does.
fn rewrite_head(times: usize) {
    let original = request();
    let mut head = Head::new();
    let route_header = HeaderKey::Other("x-route".into());
    measured(times, || {
        head.clone_from(black_box(&original));
        head.remove(HeaderId::Connection);
        head.append(&HeaderKey::Known(HeaderId::XForwardedFor), b",", b"203.0.113.7");
        head.set(HeaderId::XForwardedProto, b"http");
        head.set(HeaderId::XRequestId, b"0f8fad5b-d9cb-469f-a165-70867728950e");
        head.set(HeaderId::Path, b"/items?page=2");
        head.set_key(&route_header, b"service-17");
        black_box(&head);
    });
}

/// A head is copied and becomes what its route sends upstream: headers are added, replaced and
/// removed, the host and the start of the path are rewritten.
fn finalize_route(times: usize) {
    let table = compile(vec![finalizing_route()], None);
    let original = request();
    let mut head = Head::new();
    let (info, mut scratch) = (stream(), MutationScratch::default());
    measured(times, || {
        head.clone_from(black_box(&original));
        let cx = MutationContext { request: None, info: &info, now: info.start };
        table.routes()[0].finalize_request(&mut head, None, true, &cx, &mut scratch);
        black_box(&head);
    });
    assert!(head.path() == b"/items?page=2" && head.authority() == b"shop.internal");
}

fn finalizing_route() -> ir::Route {
    let add = |name: &str, action| HeaderAdd {
        name: name.into(),
        value: vec![Segment::Text { text: "value".into() }],
        action,
        keep_empty_value: false,
    };
    let mut route = route(0);
    route.matches.path =
        ir::PathMatch::Prefix { value: "/service-4999/".into(), case_sensitive: true };
    route.request_headers = HeaderMutations {
        remove: vec!["x-requested-with".into()],
        add: vec![
            add("x-route", AppendAction::AppendIfExistsOrAdd),
            add("cache-control", AppendAction::OverwriteIfExistsOrAdd),
        ],
    };
    route.action = ir::RouteAction::Forward(Box::new(ir::Forward {
        cluster: ir::ClusterSpecifier::Cluster { name: "shop".into() },
        internal_redirect: None,
        body_buffer_limit_bytes: None,
        cluster_not_found_status: 503,
        path_rewrite: Some(ir::PathRewrite::Prefix { value: "/".into() }),
        host_rewrite: Some(ir::HostRewrite::Literal { value: "shop.internal".into() }),
        append_x_forwarded_host: false,
        priority: ir::RoutePriority::Default,
        timeout_ms: 15_000,
        idle_timeout_ms: None,
        flush_timeout_ms: None,
        max_stream_duration: None,
        grpc_timeout: None,
        cors: None,
        rate_limits: vec![],
        include_virtual_host_rate_limits: false,
        mirrors: vec![],
        upgrades: Vec::new(),
        connect: None,
    }));
    route
}

fn stream() -> StreamInfo {
    let local = PeerAddress::Pipe("".into());
    let connection = ConnectionInfo::new(0, local.clone(), local, "".into());
    StreamInfo::new(Rc::new(connection), 0, now(), Duration::ZERO)
}

fn request() -> Head {
    let mut head = Head::new();
    let parsed = parser().parse(&mut HeadScan::default(), REQUEST, &mut head);
    assert!(matches!(parsed, Ok(Some(_))));
    head
}

const LIMITS: ParseLimits = ParseLimits { max_bytes: 60 * 1024, max_count: 100 };

fn options() -> Http1Options {
    Http1Options {
        allow_absolute_url: true,
        accept_http_10: false,
        default_host_for_http_10: String::new(),
        header_case: HeaderCase::Lower,
        enable_trailers: false,
        allow_chunked_length: false,
        stream_error_on_invalid_http_message: false,
        send_fully_qualified_url: false,
        allow_custom_methods: false,
        forward_reason_phrase: false,
        ignore_http_11_upgrade: Vec::new(),
    }
}

fn parser() -> RequestParser {
    RequestParser::new(&options(), HeadersWithUnderscores::Allow, LIMITS).expect("no patterns")
}

fn table() -> RouteTable {
    compile((0..ROUTES).map(route).collect(), None)
}

fn compile(routes: Vec<ir::Route>, matcher: Option<ir::RouteTree>) -> RouteTable {
    let configuration = ir::RouteConfiguration {
        id: "routes".into(),
        name: "routes".into(),
        virtual_hosts: vec![ir::VirtualHost {
            name: "all".into(),
            domains: vec!["*".into()],
            routes,
            request_headers: HeaderMutations::default(),
            response_headers: HeaderMutations::default(),
            include_request_attempt_count: false,
            include_attempt_count_in_response: false,
            filters: vec![],
            metadata: None,
            require_tls: ir::TlsRequirement::None,
            virtual_clusters: vec![],
            cors: None,
            rate_limits: vec![],
            matcher,
        }],
        internal_only_headers: Vec::new(),
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        most_specific_header_mutations_wins: false,
        ignore_port_in_host_matching: false,
        filters: vec![],
        vhost_header: String::new(),
        ignore_path_parameters_in_path_matching: false,
    };
    RouteTable::new(&configuration, |_| Some(ClusterIndex(0))).expect("these routes compile")
}

fn route(number: usize) -> ir::Route {
    ir::Route {
        name: format!("route-{number}"),
        stat_prefix: String::new(),
        matches: ir::RouteMatch {
            path: ir::PathMatch::Prefix {
                value: format!("/service-{number}/"),
                case_sensitive: true,
            },
            headers: Vec::new(),
            query_parameters: Vec::new(),
            runtime_fraction: None,
            grpc: false,
            cookies: vec![],
            dynamic_metadata: vec![],
            filter_state: vec![],
        },
        action: ir::RouteAction::NonForwarding,
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        filters: vec![],
        metadata: None,
    }
}
