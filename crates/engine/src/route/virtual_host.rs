//! Virtual hosts: what their routes share, and the choice of one by the request's authority.
//!
//! Exact domains first, then the longest suffix wildcard, then the longest prefix wildcard, then
//! `*` (Envoy's `config.route.v3.VirtualHost.domains`).

use std::sync::Arc;

use voyant_ir::metadata::Metadata;

use super::byte_hash::ByteMap;
use super::entry::RouteId;
use super::matcher::header::request_key;
use super::route_lists::RouteLists;
use super::virtual_cluster::VirtualClusters;
use crate::filter::cors;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::rate_limit::RateLimits;

/// What the routes of a virtual host share.
#[derive(Debug)]
pub struct VirtualHost {
    pub name: Arc<str>,
    /// `x-envoy-attempt-count` is set on requests to the upstream.
    pub include_request_attempt_count: bool,
    /// `x-envoy-attempt-count` is set on responses.
    pub include_attempt_count_in_response: bool,
    pub metadata: Option<Box<Metadata>>,
    pub virtual_clusters: Option<Box<VirtualClusters>>,
    pub(super) tls: Option<TlsRedirect>,
    /// Of the virtual host itself, not of a filter.
    pub cors: Option<Box<cors::PerRoute>>,
    pub rate_limits: RateLimits,
    pub(super) lists: RouteLists,
}

/// Who is redirected to https, and by which route.
#[derive(Debug, Clone, Copy)]
pub(super) struct TlsRedirect {
    pub external_only: bool,
    pub route: RouteId,
}

impl TlsRedirect {
    /// The request came without TLS, from where that is not allowed.
    pub(super) fn concerns(self, head: &Head) -> bool {
        head.get(HeaderId::XForwardedProto) != Some(b"https")
            && !(self.external_only && head.get(HeaderId::XEnvoyInternal) == Some(b"true"))
    }
}

/// Wildcards with equally long fixed parts.
#[derive(Debug)]
struct Wildcards {
    length: usize,
    hosts: ByteMap<u32>,
}

/// Domains and the number of the virtual host that each belongs to.
#[derive(Debug, Default)]
pub(super) struct Domains {
    /// Has the domain, in place of the authority.
    header: Option<HeaderKey>,
    ignore_port: bool,
    default: Option<u32>,
    exact: ByteMap<u32>,
    /// Longest first, as are the prefixes.
    suffixes: Vec<Wildcards>,
    prefixes: Vec<Wildcards>,
}

impl Domains {
    /// Without domains yet.
    pub(super) fn new(ignore_port: bool, header: &str) -> Self {
        let header = (!header.is_empty()).then(|| request_key(header));
        Self { header, ignore_port, ..Self::default() }
    }

    /// Adds a domain; of equal domains the first stays.
    pub(super) fn insert(&mut self, domain: &str, host: u32) {
        if domain == "*" {
            self.default.get_or_insert(host);
        } else if let Some(suffix) = domain.strip_prefix('*') {
            insert_wildcard(&mut self.suffixes, suffix, host);
        } else if let Some(prefix) = domain.strip_suffix('*') {
            insert_wildcard(&mut self.prefixes, prefix, host);
        } else {
            self.exact.entry(domain.as_bytes().into()).or_insert(host);
        }
    }

    /// The virtual host of a request. `lower` is scratch space.
    pub(super) fn find(&self, head: &Head, lower: &mut Vec<u8>) -> Option<u32> {
        if self.exact.is_empty() && self.suffixes.is_empty() && self.prefixes.is_empty() {
            return self.default;
        }
        let authority = match &self.header {
            None => head.get(HeaderId::Authority)?,
            Some(key) => head.get_key(key)?,
        };
        let host = if self.ignore_port { without_port(authority) } else { authority };
        let host = if host.iter().any(u8::is_ascii_uppercase) {
            lower.clear();
            lower.extend(host.iter().map(u8::to_ascii_lowercase));
            lower.as_slice()
        } else {
            host
        };
        let found = self.exact.get(host);
        // A wildcard stands for at least one character.
        let found = found.or_else(|| longest(&self.suffixes, host, |n| &host[host.len() - n..]));
        let found = found.or_else(|| longest(&self.prefixes, host, |n| &host[..n]));
        found.copied().or(self.default)
    }
}

fn insert_wildcard(wildcards: &mut Vec<Wildcards>, fixed: &str, host: u32) {
    let at = wildcards.partition_point(|group| group.length > fixed.len());
    if wildcards.get(at).is_none_or(|group| group.length != fixed.len()) {
        wildcards.insert(at, Wildcards { length: fixed.len(), hosts: ByteMap::default() });
    }
    wildcards[at].hosts.entry(fixed.as_bytes().into()).or_insert(host);
}

fn longest<'a, 'h>(
    wildcards: &'a [Wildcards],
    host: &[u8],
    part: impl Fn(usize) -> &'h [u8],
) -> Option<&'a u32> {
    wildcards
        .iter()
        .filter(|group| group.length < host.len())
        .find_map(|group| group.hosts.get(part(group.length)))
}

/// An authority without its port; an IPv6 address keeps its colons.
pub(super) fn without_port(authority: &[u8]) -> &[u8] {
    let Some(colon) = memchr::memrchr(b':', authority) else { return authority };
    match memchr::memrchr(b']', authority) {
        Some(bracket) if bracket > colon => authority,
        _ => &authority[..colon],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the real Envoy 1.40 answered: without and with `ignore_port_in_host_matching`.
    const ANSWERS: &[(&str, u32, u32)] = &[
        ("a.com", 1, 1),
        ("A.COM", 1, 1),
        ("a.com:80", 7, 1),
        ("a.com:", 7, 1),
        ("b.com", 7, 7),
        ("b.com:8080", 1, 7),
        ("[::1]", 1, 1),
        ("[::1]:90", 1, 1),
        ("[::1]:91", 7, 1),
        ("x.foo.com", 2, 2),
        ("x-bar.foo.com", 2, 2),
        (".foo.com", 7, 7),
        ("-bar.foo.com", 2, 2),
        ("x.baz.foo.com", 3, 3),
        ("foo.com", 4, 4),
        ("foo.b.c", 5, 5),
        ("foo.", 7, 7),
        ("foo.x", 4, 4),
        ("foo.b.", 4, 4),
        ("zzz", 7, 7),
        ("x.foo.com:80", 7, 2),
        ("foo.x:80", 4, 4),
        ("a.com.", 7, 7),
        ("x.foo.com:abc", 7, 2),
        ("::1:80", 7, 7),
        ("", 7, 7),
    ];

    fn domains(ignore_port: bool) -> Domains {
        let mut domains = Domains::new(ignore_port, "");
        for (host, names) in [
            (1, &["a.com", "b.com:8080", "[::1]", "[::1]:90"][..]),
            (2, &["*.foo.com", "*-bar.foo.com"]),
            (3, &["*.baz.foo.com"]),
            (4, &["foo.*"]),
            (5, &["foo.b.*"]),
            (7, &["*"]),
        ] {
            for name in names {
                domains.insert(name, host);
            }
        }
        domains
    }

    #[test]
    fn domains_are_chosen_as_envoy_chooses() {
        let (exact, ignoring) = (domains(false), domains(true));
        let mut lower = Vec::new();
        for (authority, with_port, without_port) in ANSWERS {
            let mut head = Head::new();
            head.push(HeaderId::Authority, authority.as_bytes());
            let mut ask = |domains: &Domains| domains.find(&head, &mut lower);
            assert_eq!(ask(&exact), Some(*with_port), "{authority}");
            assert_eq!(ask(&ignoring), Some(*without_port), "{authority}, port ignored");
        }
    }

    #[test]
    fn without_an_authority_only_a_lone_default_matches() {
        let mut lower = Vec::new();
        assert_eq!(domains(false).find(&Head::new(), &mut lower), None);
        let mut lone = Domains::new(false, "");
        lone.insert("*", 3);
        assert_eq!(lone.find(&Head::new(), &mut lower), Some(3));
        let mut none = Domains::new(false, "");
        none.insert("a.com", 1);
        let mut head = Head::new();
        head.push(HeaderId::Authority, b"b.com");
        assert_eq!(none.find(&head, &mut lower), None);
    }
}
