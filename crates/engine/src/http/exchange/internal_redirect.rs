//! Redirects that are followed in place of the client (Envoy's internal redirects): the request
//! becomes one for the `location` of the response, and meets the connection manager as a stream
//! of its own, which counts and is logged like any other.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use voyant_ir::format::TimePoint;

use super::stream::Stream;
use super::{Exchange, RequestFacts};
use crate::codec::h1::parse_location;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::exchange::deadlines::Deadlines;
use crate::http::stream_info::StreamInfo;
use crate::observe::stats::Counter;
use crate::observe::stats::groups::http::RouterStats;
use crate::route::entry::Forward;
use crate::route::internal_redirect::{InternalRedirect, RouteStep, Schemes};
use crate::route::{Action, Route};
use crate::rt::clock::now;

/// What is kept of a request that may be sent again.
#[derive(Debug, Default)]
pub struct Redirection {
    /// How often it was redirected.
    followed: u32,
    taken: Vec<RouteStep>,
    body: VecDeque<Bytes>,
    body_bytes: usize,
    /// There was more of the body than may be kept.
    overflowed: bool,
    /// The request is to be sent again now.
    pub due: bool,
}

impl Redirection {
    /// Keeps a piece of the body; false when it is the first that is too much.
    fn keep(&mut self, data: &Bytes, limit: usize) -> bool {
        if self.overflowed {
            return true;
        }
        self.body_bytes += data.len();
        self.overflowed = self.body_bytes > limit;
        if self.overflowed {
            self.body.clear();
        } else if !data.is_empty() {
            self.body.push_back(data.clone());
        }
        !self.overflowed
    }
}

/// The statistic of a redirect that the client gets.
type Passed = fn(&RouterStats) -> &Counter;

/// Where a redirect leads to.
struct Location<'a> {
    scheme: &'a [u8],
    authority: &'a [u8],
    /// With the query, without a fragment; always begins with a slash.
    path: Vec<u8>,
}

impl<'a> Location<'a> {
    /// An absolute address; nothing of another kind is followed.
    fn parse(text: &'a [u8]) -> Option<Self> {
        let url = parse_location(text)?;
        let slash: &[u8] = if url.path.first() == Some(&b'/') { b"" } else { b"/" };
        let path = [slash, url.path].concat();
        Some(Self { scheme: url.scheme, authority: url.authority, path })
    }
}

impl Stream<'_> {
    /// Prepares to follow redirects of a request that is about to be sent.
    pub(super) fn may_be_redirected(&mut self) {
        let redirection = self.redirection.get_or_insert_default();
        redirection.body.clear();
        (redirection.body_bytes, redirection.overflowed) = (0, false);
    }

    /// Keeps a piece of the body; false when it is the first that is too much.
    pub(super) fn keep_body(&mut self, data: &Bytes, limit: usize) -> bool {
        self.redirection.as_deref_mut().is_none_or(|redirection| redirection.keep(data, limit))
    }

    /// Makes the request one for where a response redirects it; false when that is the client's
    /// business.
    pub(super) fn redirect(
        &mut self,
        from: &Route,
        policy: &InternalRedirect,
        response: &Head,
    ) -> bool {
        let Some(mut redirection) = self.redirection.take() else { return false };
        let ended = self.progress.request_ended.is_some() && !redirection.overflowed;
        let location = response.get(HeaderId::Location).filter(|_| ended);
        let redirected = location.is_some_and(|location| {
            let done = self.follow(from, policy, &mut redirection, response, location);
            if let Err(stat) = done {
                stat(&self.manager.router_stats).inc();
            }
            done.is_ok()
        });
        redirection.due = redirected;
        self.redirection = Some(redirection);
        if redirected {
            self.info.response_code = response.status();
            self.info.details = Some("internal_redirect".into());
        }
        redirected
    }

    /// Fails with the statistic that tells why not.
    fn follow(
        &mut self,
        from: &Route,
        policy: &InternalRedirect,
        redirection: &mut Redirection,
        response: &Head,
        location: &[u8],
    ) -> Result<(), Passed> {
        let Some(to) = Location::parse(location) else {
            return Err(|stats| &stats.passthrough_internal_redirect_bad_location);
        };
        let from_https = self.request.get(HeaderId::Scheme) == Some(b"https");
        let schemes = Schemes { from_https, to_https: !to.scheme.eq_ignore_ascii_case(b"http") };
        if !policy.allow_cross_scheme && schemes.from_https != schemes.to_https {
            return Err(|stats| &stats.passthrough_internal_redirect_unsafe_scheme);
        }
        if redirection.followed >= policy.max_redirects {
            return Err(|stats| &stats.passthrough_internal_redirect_too_many_redirects);
        }
        let saved = self.request.clone();
        let weighted = self.weighted;
        self.go_to(&to, policy, response);
        let routes = self.table();
        let route = self.find_route(&routes);
        self.note_route(&routes, route);
        self.info.upstream.cluster = None;
        if let Some(Action::Forward(forward)) = route.map(|route| &route.action) {
            self.choose_cluster(forward);
        }
        let accepted: Result<(), Passed> = match route {
            None => Err(|stats| &stats.passthrough_internal_redirect_no_route),
            Some(route) => {
                let (from, to) = (Arc::clone(&from.name), Arc::clone(&route.name));
                if policy.accepts(&RouteStep { from, to }, schemes, &mut redirection.taken) {
                    Ok(())
                } else {
                    Err(|stats| &stats.passthrough_internal_redirect_predicate)
                }
            }
        };
        if accepted.is_err() {
            (self.request, self.weighted) = (saved, weighted);
            return accepted;
        }
        if response.status() == 303 && !matches!(self.request.method(), b"GET" | b"HEAD") {
            self.request.set(HeaderId::Method, b"GET");
            self.request.remove(HeaderId::ContentLength);
            redirection.body.clear();
        }
        redirection.followed += 1;
        let scheme: &[u8] = if from_https { b"https" } else { b"http" };
        let original = [scheme, b"://", saved.authority(), saved.path()].concat();
        self.request.set(HeaderId::XEnvoyOriginalUrl, &original);
        Ok(())
    }

    fn go_to(&mut self, to: &Location<'_>, policy: &InternalRedirect, response: &Head) {
        let request = &mut self.request;
        for key in &policy.headers_to_copy {
            request.remove_key(key);
            for value in response.get_all(key) {
                request.push_key(key, value);
            }
        }
        request.set(HeaderId::Scheme, to.scheme);
        request.set(HeaderId::Authority, to.authority);
        request.set(HeaderId::Path, &to.path);
    }

    /// Notes what may be kept of a body that is sent.
    pub(super) fn body_limit(&self, forward: &Forward) -> usize {
        forward.body_buffer_limit.unwrap_or(self.buffer_limit)
    }
}

impl Exchange<'_> {
    /// Begins anew with a request that was redirected; false when none was.
    pub(super) fn begin_again(&mut self) -> bool {
        if !self.stream.redirection.as_ref().is_some_and(|redirection| redirection.due) {
            return false;
        }
        self.stream.filters_done();
        self.stream.progress.response_ended = true;
        // What the client is sent is counted when all is over.
        let (received, _) = self.downstream.exchange_bytes();
        self.stream.conclude(&self.response, received, 0);
        let Stream { manager, protocol, .. } = self.stream;
        let at = now();
        let old = &mut self.stream;
        let mut redirection = old.redirection.take();
        let body = redirection.as_mut().map(|redirection| {
            redirection.due = false;
            std::mem::take(&mut redirection.body)
        });
        let body = body.filter(|body| !body.is_empty());
        let worker = &manager.worker;
        let connection = Rc::clone(&old.info.connection);
        let mut info = StreamInfo::new(connection, worker.next_stream_id(), at, worker.wall.at(at));
        info.remote = old.info.remote.clone();
        info.protocol = old.info.protocol;
        info.bytes.body_received = old.info.bytes.body_received;
        info.bytes.header_received = old.info.bytes.header_received;
        info.bytes.decompressed_received = old.info.bytes.decompressed_received;
        info.mark(TimePoint::DsRxHdrEnd, at);
        let facts = RequestFacts { end: body.is_none(), ..old.facts };
        let request = std::mem::take(&mut old.request);
        let (origin, close) = (old.origin, old.close);
        self.stream = Stream::begin(manager, protocol, info, request, facts, close);
        self.stream.count_user_agent();
        (self.stream.origin, self.stream.redirection) = (origin, redirection);
        self.deadlines = Deadlines::at_start(&manager.config, at, true);
        self.response.clear();
        if let Some(body) = body {
            self.downstream.replay(body);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(location: &str) -> Option<(String, String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let Location { scheme, authority, path } = Location::parse(location.as_bytes())?;
        Some((text(scheme), text(authority), text(&path)))
    }

    #[test]
    fn absolute_addresses_are_followed() {
        for (location, scheme, authority, path) in [
            ("http://a.test/b?c", "http", "a.test", "/b?c"),
            ("https://a.test:8443", "https", "a.test:8443", "/"),
            ("http://user:secret@a.test/b", "http", "a.test", "/b"),
            ("http://a.test?c=/d", "http", "a.test", "/?c=/d"),
            ("http://a.test/b#c?d", "http", "a.test", "/b"),
            ("HTTP://A.test/b", "HTTP", "A.test", "/b"),
            ("http://[::1]:80/b", "http", "[::1]:80", "/b"),
        ] {
            let expected = Some((scheme.into(), authority.into(), path.into()));
            assert_eq!(parsed(location), expected, "{location}");
        }
    }

    #[test]
    fn nothing_else_is_followed() {
        for location in [
            "",
            "/b",
            "//a.test/b",
            "a.test/b",
            "http:/a.test",
            "http://",
            "://a.test",
            "http://a.test#c",
            "http://a.test/b c",
            "http://a_b.test/",
            "http://a.test:x/",
        ] {
            assert_eq!(parsed(location), None, "{location}");
        }
        assert_eq!(parsed("/to?url=http://a.test/b"), None);
    }

    #[test]
    fn a_body_is_kept_up_to_its_limit() {
        let mut redirection = Redirection::default();
        assert!(redirection.keep(&Bytes::from_static(b"abc"), 5));
        assert!(redirection.keep(&Bytes::new(), 5));
        assert!(redirection.keep(&Bytes::from_static(b"de"), 5));
        assert_eq!(redirection.body, [&b"abc"[..], b"de"]);
        assert!(!redirection.keep(&Bytes::from_static(b"f"), 5));
        // Told once.
        assert!(redirection.keep(&Bytes::from_static(b"g"), 5));
        assert!(redirection.overflowed && redirection.body.is_empty());
    }
}
