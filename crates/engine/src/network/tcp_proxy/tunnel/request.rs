//! The request for a tunnel, and what is kept of its answer.

use std::sync::Arc;

use voyant_ir::filter_state::Sharing;
use voyant_ir::tcp_proxy as ir;

use crate::filter_state::{Keeping, LifeSpan, Object};
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::connection_manager::request_id;
use crate::http::exchange::sides::Upstream;
use crate::http::stream_info::StreamInfo;
use crate::observe::format::{AccessLogType, FormatContext, Formatter};
use crate::observe::stats::groups::http::RouterStats;
use crate::route::mutation::{Direction, HeaderMutation, MutationContext};
use crate::rt::clock::now;
use crate::worker::Worker;

/// Where request ids are told of.
const METADATA: &str = "envoy.filters.network.tcp_proxy";
const HEADERS: &str = "envoy.tcp_proxy.propagate_response_headers";
const TRAILERS: &str = "envoy.tcp_proxy.propagate_response_trailers";

/// What is asked for, compiled.
#[derive(Debug)]
pub(in super::super) struct Tunneling {
    hostname: Formatter,
    /// That of a POST; a CONNECT has none.
    post_path: Option<Box<[u8]>>,
    headers: Option<HeaderMutation>,
    request_id: Option<RequestId>,
    saves_headers: bool,
    saves_trailers: bool,
    /// Those of the router that Envoy has in a tunnel's stead; it counts nothing there.
    _stats: Arc<RouterStats>,
}

#[derive(Debug)]
struct RequestId {
    header: HeaderKey,
    metadata_key: Box<str>,
}

impl Tunneling {
    pub(in super::super) fn new(ir: &ir::Tunneling, stats: Arc<RouterStats>) -> Self {
        let ir::Tunneling {
            hostname,
            post_path,
            headers,
            propagate_response_headers,
            propagate_response_trailers,
            request_id,
        } = ir;
        Self {
            hostname: Formatter::new(hostname),
            post_path: post_path.as_ref().map(|path| path.as_bytes().into()),
            headers: HeaderMutation::new(headers, Direction::Request),
            request_id: request_id.as_ref().map(|id| RequestId {
                header: HeaderKey::new(&id.header),
                metadata_key: id.metadata_key.as_str().into(),
            }),
            saves_headers: *propagate_response_headers,
            saves_trailers: *propagate_response_trailers,
            _stats: stats,
        }
    }

    /// The head of a request, which may be told of in the stream's metadata.
    pub(super) fn request(
        &self,
        upstream: &Upstream,
        info: &mut StreamInfo,
        worker: &Worker,
    ) -> Head {
        let mut head = Head::new();
        let method: &[u8] = if self.post_path.is_some() { b"POST" } else { b"CONNECT" };
        head.push(HeaderId::Method, method);
        head.push(HeaderId::Authority, &self.host(info));
        if let Some(path) = &self.post_path {
            head.push(HeaderId::Path, path);
            if matches!(upstream, Upstream::H2(_)) {
                head.push(HeaderId::Scheme, b"http");
            }
        }
        if let Some(RequestId { header, metadata_key }) = &self.request_id {
            let id = request_id::generate(&worker.rng);
            head.set_key(header, &id);
            let text = String::from_utf8_lossy(&id);
            info.dynamic_metadata_mut().set(METADATA, &[metadata_key], (&*text).into());
        }
        if let Some(mutation) = &self.headers {
            // What came from the client has no headers.
            let none = Head::new();
            let context = MutationContext { request: Some(&none), info, now: now() };
            mutation.apply(&mut head, &context, &mut worker.mutation_scratch.borrow_mut());
        }
        head
    }

    fn host(&self, info: &StreamInfo) -> Vec<u8> {
        let none = Head::new();
        let context = FormatContext {
            request: &none,
            response: None,
            trailers: None,
            info,
            now: now(),
            log_type: AccessLogType::NotSet,
            local_reply_body: b"",
        };
        let mut host = Vec::new();
        self.hostname.write(&context, &mut host);
        host
    }

    pub(super) fn save_headers(&self, response: &Head, info: &mut StreamInfo) {
        if self.saves_headers {
            save(HEADERS, response, info);
        }
    }

    pub(super) fn save_trailers(&self, trailers: &Head, info: &mut StreamInfo) {
        if self.saves_trailers {
            save(TRAILERS, trailers, info);
        }
    }
}

fn save(name: &str, head: &Head, info: &mut StreamInfo) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into();
    let headers = head.iter().map(|header| (text(header.name), text(header.value))).collect();
    let keeping =
        Keeping { life_span: LifeSpan::Connection, read_only: true, sharing: Sharing::None };
    // No other has the name: if one had, Envoy would keep that one, too.
    let _ = info.set_filter_state(name, Object::Headers(headers), keeping);
}
