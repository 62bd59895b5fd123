//! From the engine's heads to the library's messages. Values are copied once to the connection's
//! arena and shared out from there; names of numbered headers are constants.

use std::sync::LazyLock;

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
};

use super::tunnel;
use crate::head::header_name::HeaderId;
use crate::head::{Head, HeaderRef};

/// Room that the arena takes from the allocator at a time.
const ARENA: usize = 4096;

/// The library's name for each numbered header; pseudo-headers have none.
static NAMES: LazyLock<Vec<Option<HeaderName>>> = LazyLock::new(|| {
    HeaderId::all().iter().map(|id| HeaderName::from_bytes(id.as_str().as_bytes()).ok()).collect()
});

/// A response's head.
pub(super) fn response(head: &Head, arena: &mut BytesMut) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() =
        StatusCode::from_u16(tunnel::status(head)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.version_mut() = Version::HTTP_2;
    *response.headers_mut() = fields(head, arena);
    response
}

/// A request's head; nothing when a part of it cannot be sent (an invalid method or target).
pub(super) fn request(head: &Head, arena: &mut BytesMut) -> Option<Request<()>> {
    let mut request = Request::new(());
    let upgrade = tunnel::upgrade_of(head);
    let method = if upgrade.is_some() { b"CONNECT" } else { head.method() };
    *request.method_mut() = Method::from_bytes(method).ok()?;
    *request.uri_mut() = target(head, arena)?;
    *request.version_mut() = Version::HTTP_2;
    if !head.contains(HeaderId::Authority) {
        // The library insists on `:authority` unless the request comes from HTTP/1.
        *request.version_mut() = Version::HTTP_11;
    }
    if let Some(protocol) = upgrade.or_else(|| head.get_str(HeaderId::Protocol)) {
        request.extensions_mut().insert(h2::ext::Protocol::from(protocol));
    }
    *request.headers_mut() = fields(head, arena);
    if upgrade.is_some() {
        tunnel::strip_length(request.headers_mut());
    }
    Some(request)
}

/// Trailers.
pub(super) fn trailers(head: &Head, arena: &mut BytesMut) -> HeaderMap {
    fields(head, arena)
}

fn target(head: &Head, arena: &mut BytesMut) -> Option<Uri> {
    let mut parts = http::uri::Parts::default();
    let authority = head.get(HeaderId::Authority);
    if let Some(authority) = authority {
        parts.authority =
            Some(http::uri::Authority::from_maybe_shared(copy(authority, arena)).ok()?);
    }
    let plain_connect = head.method() == b"CONNECT" && !head.contains(HeaderId::Protocol);
    if !plain_connect {
        let path = http::uri::PathAndQuery::from_maybe_shared(copy(head.path(), arena)).ok()?;
        parts.path_and_query = Some(path);
        if authority.is_some() {
            parts.scheme = Some(head.get_str(HeaderId::Scheme).unwrap_or("http").parse().ok()?);
        }
    }
    Uri::from_parts(parts).ok()
}

fn fields(head: &Head, arena: &mut BytesMut) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(head.len());
    for header in head.iter().filter(is_field) {
        let value = HeaderValue::from_maybe_shared(copy(header.value, arena));
        let name = match header.id {
            Some(id) => NAMES[id as usize].clone(),
            None => HeaderName::from_bytes(header.name).ok(),
        };
        // What a filter or configuration made invalid cannot be sent at all.
        if let (Some(name), Ok(value)) = (name, value) {
            map.append(name, value);
        }
    }
    map
}

/// What goes on the wire as a field: no pseudo-header, nothing that belongs to one HTTP/1
/// connection (RFC 9113, 8.2.2).
fn is_field(header: &HeaderRef<'_>) -> bool {
    match header.id {
        None => !header.name.starts_with(b":"),
        Some(
            HeaderId::Connection
            | HeaderId::KeepAlive
            | HeaderId::ProxyConnection
            | HeaderId::TransferEncoding
            | HeaderId::Upgrade
            | HeaderId::Host,
        ) => false,
        Some(HeaderId::Te) => header.value == b"trailers",
        Some(id) => !id.is_pseudo(),
    }
}

/// Room is taken for many values at a time; what is split off shares it.
fn copy(bytes: &[u8], arena: &mut BytesMut) -> Bytes {
    if arena.capacity() < bytes.len() {
        arena.reserve(bytes.len().max(ARENA));
    }
    arena.extend_from_slice(bytes);
    arena.split().freeze()
}
