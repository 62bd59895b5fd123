//! Redirects: the path that is put into the request, and the `location` made of it
//! (Envoy's `config.route.v3.RedirectAction`).

use voyant_ir::route as ir;

use super::rewrite::PathRewrite;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::observe::format::{FormatContext, Formatter};
use crate::pattern::PatternError;

/// A compiled redirect.
#[derive(Debug)]
pub struct Redirect {
    pub status: u16,
    /// Empty: the request's.
    scheme: Box<[u8]>,
    /// Empty: the request's.
    host: Box<[u8]>,
    /// With its colon; empty: as the other fields say.
    port: Box<[u8]>,
    /// Empty: the request's.
    path: Box<[u8]>,
    /// In place of `path`.
    path_format: Option<Formatter>,
    rewrite: Option<PathRewrite>,
    strip_query: bool,
    /// The authority stays as it is, its port with it.
    keep_authority: bool,
}

impl Redirect {
    /// Compiles the redirect of a route that matches a path so.
    pub fn new(redirect: &ir::Redirect, matches: &ir::PathMatch) -> Result<Self, PatternError> {
        let ir::Redirect { status, scheme, host, port, path, strip_query } = redirect;
        let scheme = match scheme {
            ir::RedirectScheme::Keep {} => "",
            ir::RedirectScheme::Https {} => "https",
            ir::RedirectScheme::Scheme { scheme } => scheme,
        };
        let port = if *port == 0 { String::new() } else { format!(":{port}") };
        let rewrite = match path {
            ir::RedirectPath::Keep {}
            | ir::RedirectPath::Path { .. }
            | ir::RedirectPath::Format { .. } => None,
            ir::RedirectPath::Prefix { value } => {
                Some(ir::PathRewrite::Prefix { value: value.clone() })
            }
            ir::RedirectPath::Regex { pattern, substitution } => {
                let (pattern, substitution) = (pattern.clone(), substitution.clone());
                Some(ir::PathRewrite::Regex { pattern, substitution })
            }
        };
        let rewrite = rewrite.map(|rewrite| PathRewrite::new(&rewrite, matches));
        Ok(Self {
            status: *status,
            scheme: scheme.as_bytes().into(),
            host: host.as_bytes().into(),
            port: port.into_bytes().into(),
            path: match path {
                ir::RedirectPath::Path { value } => value.as_bytes().into(),
                _ => Box::default(),
            },
            path_format: match path {
                ir::RedirectPath::Format { segments } => Some(Formatter::new(segments)),
                _ => None,
            },
            rewrite: rewrite.transpose()?.flatten(),
            strip_query: *strip_query,
            keep_authority: false,
        })
    }

    /// The redirect of a virtual host that requires TLS.
    pub(super) fn to_https() -> Self {
        Self {
            status: 301,
            scheme: (*b"https").into(),
            host: Box::default(),
            port: Box::default(),
            path: Box::default(),
            path_format: None,
            rewrite: None,
            strip_query: false,
            keep_authority: true,
        }
    }

    /// Rewrites the request's path as the redirect does, before the location is taken from it;
    /// `keep_original` keeps the old one in `x-envoy-original-path`.
    pub fn rewrite_path(&self, head: &mut Head, keep_original: bool, scratch: &mut Vec<u8>) {
        if let Some(rewrite) = &self.rewrite {
            rewrite.apply(head, keep_original, scratch);
        }
    }

    /// The path that the redirect's format gives, in which missing values are empty; nothing when
    /// it gives nothing or there is none.
    pub fn format_path(&self, cx: &FormatContext<'_>) -> Option<Vec<u8>> {
        let mut path = Vec::new();
        self.path_format.as_ref()?.write_omitting(cx, &mut path);
        (!path.is_empty()).then_some(path)
    }

    /// Appends the value of `location`, with the path that was formatted.
    pub fn location(&self, head: &Head, formatted: Option<&[u8]>, out: &mut Vec<u8>) {
        let scheme = match &*self.scheme {
            b"" => head.get(HeaderId::Scheme).unwrap_or_default(),
            scheme => scheme,
        };
        let host = if self.keep_authority { head.authority() } else { &self.host };
        write_origin(head, scheme, host, &self.port, out);
        let (path, query) = self.path_and_query(formatted, head.path());
        write_path(path, query, out);
    }

    fn path_and_query<'a>(
        &'a self,
        formatted: Option<&'a [u8]>,
        request: &'a [u8],
    ) -> (&'a [u8], &'a [u8]) {
        let (path, query) = split_query(request);
        let (path, query) = match formatted.unwrap_or(&self.path) {
            b"" => (path, query),
            configured => match split_query(configured) {
                // A query in the configuration replaces the request's and is never stripped.
                (path, own) if !own.is_empty() => return (path, own),
                (path, _) => (path, query),
            },
        };
        (path, if self.strip_query { b"" } else { query })
    }
}

/// Appends the `location` of a direct response that has one: the request's own address.
pub(super) fn own_location(head: &Head, out: &mut Vec<u8>) {
    write_origin(head, head.get(HeaderId::Scheme).unwrap_or_default(), b"", b"", out);
    write_path(head.path(), b"", out);
}

fn write_origin(head: &Head, scheme: &[u8], host: &[u8], port: &[u8], out: &mut Vec<u8>) {
    let host = if host.is_empty() { request_host(head, scheme, port) } else { host };
    for part in [scheme, b"://", host, port] {
        out.extend_from_slice(part);
    }
}

fn write_path(path: &[u8], query: &[u8], out: &mut Vec<u8>) {
    if !path.starts_with(b"/") {
        out.push(b'/');
    }
    out.extend_from_slice(path);
    out.extend_from_slice(query);
}

/// The query with its question mark; a lone question mark counts.
fn split_query(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(memchr::memchr(b'?', path).unwrap_or(path.len()))
}

/// The request's authority, without a port that the redirect replaces or that was the default of
/// the scheme it leaves.
fn request_host<'a>(head: &'a Head, scheme: &[u8], port: &[u8]) -> &'a [u8] {
    let host = head.authority();
    let Some(colon) = port_start(host) else { return host };
    let proto = head.get(HeaderId::XForwardedProto).unwrap_or_default();
    let left_default = scheme != proto
        && match &host[colon..] {
            b":443" => proto.eq_ignore_ascii_case(b"https"),
            b":80" => proto.eq_ignore_ascii_case(b"http"),
            _ => false,
        };
    if left_default || !port.is_empty() { &host[..colon] } else { host }
}

/// Where the port begins, with its colon.
pub(super) fn port_start(host: &[u8]) -> Option<usize> {
    if host.first() == Some(&b'[') {
        let bracket = memchr::memrchr(b']', host)?;
        return (host.get(bracket + 1) == Some(&b':')).then_some(bracket + 1);
    }
    memchr::memrchr(b':', host)
}

#[cfg(test)]
mod tests;
