//! One connection of the admin interface.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use voyant_ir::format::TimePoint;
use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};

use super::backend::AdminState;
use super::body::Body;
use super::request::Request;
use super::response::{Refusal, Response};
use super::server::{RequestStats, answer};
use crate::codec::h1::server::{HeadFailure, ServerConnection, ServerSettings};
use crate::codec::h1::{ParseLimits, RequestParser};
use crate::codec::{Piece, Protocol};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::observe::access_log::AccessLogger;
use crate::observe::format::{AccessLogType, FormatContext};
use crate::observe::stats::groups::http::HttpStats;
use crate::observe::stats::traffic::Traffic;
use crate::pattern::PatternError;
use crate::rt::address::PeerAddress;
use crate::rt::clock::{WallClock, now};
use crate::rt::date::DateCache;
use crate::rt::stream::Stream;
use crate::string_matcher::StringMatcher;

/// Output above this waits for the client.
pub(super) const BUFFER_LIMIT: usize = 256 << 10;
/// For a client to close first.
const LINGER: Duration = Duration::from_secs(1);
/// A longer body ends the connection.
const MAX_BODY: usize = 1 << 20;
const LIMITS: ParseLimits = ParseLimits { max_bytes: 60 << 10, max_count: 100 };

/// What all connections have in common.
#[derive(Debug)]
pub(super) struct Shared {
    state: Arc<AdminState>,
    allow_paths: Vec<StringMatcher>,
    loggers: Vec<AccessLogger>,
    local: PeerAddress,
    settings: Rc<ServerSettings>,
    stats: RequestStats,
    clock: WallClock,
    date: DateCache,
}

impl Shared {
    pub(super) fn new(
        state: Arc<AdminState>,
        allow_paths: Vec<StringMatcher>,
        loggers: Vec<AccessLogger>,
        local: PeerAddress,
        parser: Arc<RequestParser>,
    ) -> Self {
        let stats = RequestStats {
            http: state.registry.shard("http.admin"),
            listener: state.registry.shard("listener.admin.http.admin"),
        };
        let settings = ServerSettings {
            header_case: HeaderCase::Lower,
            trailers: parser.trailer_rules(),
            closes_on_bad_request: true,
            parser,
            buffer_limit: BUFFER_LIMIT,
            traffic: Rc::new(Traffic::Http(Arc::clone(&stats.http))),
            stats: state.registry.shard("http1"),
        };
        let (clock, date) = (WallClock::start(), DateCache::default());
        let settings = Rc::new(settings);
        Self { state, allow_paths, loggers, local, settings, stats, clock, date }
    }
}

/// The parser of requests.
pub(super) fn parser() -> Result<RequestParser, PatternError> {
    RequestParser::new(&options(), HeadersWithUnderscores::Allow, LIMITS)
}

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

/// Serves requests until the client goes or one ends the connection; what is left of it is for
/// the caller to close.
pub(super) async fn serve(
    shared: Rc<Shared>,
    stream: Stream,
    remote: PeerAddress,
    id: u64,
) -> Stream {
    let http = &shared.stats.http;
    http.downstream_cx_total.inc();
    http.downstream_cx_http1_total.inc();
    http.downstream_cx_active.inc();
    http.downstream_cx_http1_active.inc();
    let began = now();
    let local = shared.local.clone();
    let info = Rc::new(ConnectionInfo::new(id, remote, local, "".into()));
    let settings = Rc::clone(&shared.settings);
    let mut connection = ServerConnection::new(stream, BytesMut::new(), settings);
    let by_client = loop {
        let after = exchange(&shared, &mut connection, &info).await;
        match after {
            After::Continue => connection.rest(),
            After::Closed { by_client } => break by_client,
        }
    };
    if !by_client {
        let linger = poll_fn(|cx| connection.poll_linger(cx));
        // A client that does not go is not waited for any longer.
        let _ = tokio::time::timeout(LINGER, linger).await;
    }
    http.downstream_cx_length_ms.record_ms(now().saturating_duration_since(began));
    http.downstream_cx_destroy.inc();
    let side = if by_client {
        &http.downstream_cx_destroy_remote
    } else {
        &http.downstream_cx_destroy_local
    };
    side.inc();
    http.downstream_cx_active.dec();
    http.downstream_cx_http1_active.dec();
    connection.into_stream()
}

/// How a connection goes on.
enum After {
    Continue,
    Closed { by_client: bool },
}

/// One request and its answer.
async fn exchange(
    shared: &Rc<Shared>,
    connection: &mut ServerConnection,
    info: &Rc<ConnectionInfo>,
) -> After {
    let mut head = Head::new();
    let parsed = poll_fn(|cx| connection.poll_head(cx, &mut head)).await;
    let begun = now();
    let http = &shared.stats.http;
    let (response, keep) = match parsed {
        Ok(request) => {
            begin(http);
            (respond(shared, connection, &head, request.version).await, request.keep_alive)
        }
        Err(HeadFailure::Refused(error)) => {
            begin(http);
            http.downstream_cx_protocol_error.inc();
            (Err(Refusal::of(error.status())), false)
        }
        Err(HeadFailure::Closed | HeadFailure::ClosedEarly | HeadFailure::Io(_)) => {
            return After::Closed { by_client: true };
        }
    };
    let keep = keep && response.is_ok();
    let mut stream = StreamInfo::new(Rc::clone(info), 0, begun, shared.clock.at(begun));
    stream.protocol = Some(Protocol::Http11);
    stream.resolutions.count.set(response.is_ok().into());
    stream.has_request = response.is_ok();
    let received = connection.received_header_bytes(&head);
    (stream.bytes.header_received, stream.bytes.decompressed_received) = (received, received);
    let sent = match response {
        Ok(response) => send(shared, connection, response, keep, &mut stream).await,
        Err(refusal) => refuse(shared, connection, &refusal, &mut stream).await,
    };
    let headers = connection.sent_header_bytes();
    (stream.bytes.header_sent, stream.bytes.decompressed_sent) = (headers, headers);
    stream.mark(TimePoint::DsTxEnd, now());
    http.downstream_rq_active.dec();
    http.downstream_rq_time.record_ms(now().saturating_duration_since(begun));
    log(shared, &head, &stream);
    if sent && keep && connection.can_continue() {
        After::Continue
    } else {
        After::Closed { by_client: !sent }
    }
}

fn begin(http: &HttpStats) {
    http.downstream_rq_total.inc();
    http.downstream_rq_http1_total.inc();
    http.downstream_rq_active.inc();
}

async fn respond(
    shared: &Rc<Shared>,
    connection: &mut ServerConnection,
    head: &Head,
    version: Protocol,
) -> Result<Response, Refusal> {
    if version == Protocol::Http10 {
        return Err(Refusal::of(426));
    }
    if !head.contains(HeaderId::Authority) {
        return Err(Refusal { status: 400, body: "" });
    }
    let mut body = Vec::new();
    loop {
        match poll_fn(|cx| connection.poll_body(cx)).await {
            Ok(Piece::Data(data)) => body.extend_from_slice(&data),
            Ok(Piece::Trailers(_) | Piece::End) => break,
            Err(_) => return Err(Refusal::of(400)),
        }
        if body.len() > MAX_BODY {
            return Err(Refusal::of(413));
        }
    }
    let request = Request::received(head, &body);
    Ok(answer(&shared.state, &shared.allow_paths, request).await)
}

/// Writes a refusal; false when the client has gone.
async fn refuse(
    shared: &Shared,
    connection: &mut ServerConnection,
    refusal: &Refusal,
    stream: &mut StreamInfo,
) -> bool {
    let Refusal { status, body } = *refusal;
    stream.response_code = status;
    count(&shared.stats, status);
    stream.bytes.body_sent = body.len() as u64;
    let mut head = Head::new();
    head.push(HeaderId::Status, status.to_string().as_bytes());
    if !body.is_empty() {
        head.push(HeaderId::ContentLength, body.len().to_string().as_bytes());
        head.push(HeaderId::ContentType, b"text/plain");
    }
    shared.date.with(shared.clock.at(now()), |date| head.push(HeaderId::Date, date));
    head.push(HeaderId::Server, b"envoy");
    head.push(HeaderId::Connection, b"close");
    connection.send_head(&head, body.is_empty());
    if !body.is_empty() {
        connection.send_data(Bytes::from_static(body.as_bytes()), true);
    }
    poll_fn(|cx| connection.poll_flush(cx)).await.is_ok()
}

/// Writes a response piece by piece; false when the client has gone.
async fn send(
    shared: &Shared,
    connection: &mut ServerConnection,
    response: Response,
    keep: bool,
    stream: &mut StreamInfo,
) -> bool {
    let Response { status, content_type, body } = response;
    stream.response_code = status;
    // A page of statistics counts itself.
    count(&shared.stats, status);
    let mut head = Head::new();
    head.push(HeaderId::Status, status.to_string().as_bytes());
    head.push(HeaderId::ContentType, content_type.as_bytes());
    head.push(HeaderId::CacheControl, b"no-cache, max-age=0");
    head.push_received(b"x-content-type-options", b"nosniff");
    shared.date.with(shared.clock.at(now()), |date| head.push(HeaderId::Date, date));
    head.push(HeaderId::Server, b"envoy");
    if !keep {
        head.push(HeaderId::Connection, b"close");
    }
    connection.send_head(&head, false);
    send_body(connection, body, &mut stream.bytes.body_sent).await
}

async fn send_body(connection: &mut ServerConnection, body: Body, sent: &mut u64) -> bool {
    let mut pieces = match body {
        Body::Whole(whole) => {
            *sent += whole.len() as u64;
            connection.send_data(Bytes::from(whole), true);
            return poll_fn(|cx| connection.poll_flush(cx)).await.is_ok();
        }
        Body::Pieces(pieces) => pieces,
    };
    loop {
        let mut piece = Vec::new();
        let more = pieces.next_piece(&mut piece);
        *sent += piece.len() as u64;
        connection.send_data(Bytes::from(piece), !more);
        if !more {
            return poll_fn(|cx| connection.poll_flush(cx)).await.is_ok();
        }
        if poll_fn(|cx| connection.poll_ready(cx)).await.is_err() {
            return false;
        }
        // Other requests get their turn between the pieces of a long page.
        tokio::task::yield_now().await;
    }
}

fn count(stats: &RequestStats, status: u16) {
    let RequestStats { http, listener } = stats;
    http.downstream_rq_completed.inc();
    listener.downstream_rq_completed.inc();
    let (all, of_listener) = match status / 100 {
        2 => (&http.downstream_rq_2xx, &listener.downstream_rq_2xx),
        4 => (&http.downstream_rq_4xx, &listener.downstream_rq_4xx),
        _ => (&http.downstream_rq_5xx, &listener.downstream_rq_5xx),
    };
    all.inc();
    of_listener.inc();
}

fn log(shared: &Shared, request: &Head, info: &StreamInfo) {
    for logger in &shared.loggers {
        logger.log(&FormatContext {
            request,
            response: None,
            trailers: None,
            info,
            now: now(),
            log_type: AccessLogType::DownstreamEnd,
            local_reply_body: b"",
        });
    }
}
