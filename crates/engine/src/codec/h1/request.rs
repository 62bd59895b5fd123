//! Requests: bytes to a [`Head`] and the facts of its framing (server role).

use std::mem::MaybeUninit;

use memchr::memchr;
use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};

use crate::codec::Protocol;
use crate::http::head::Head;
use crate::http::header_name::HeaderId;
use crate::route::matcher::StringMatcher;
use crate::route::pattern::PatternError;

use super::connection_header::{keep_upgrades, reduce_te, remove_nominated};
use super::error::RequestError;
use super::field::{ContentLength, Facts, TransferEncoding};
use super::framing::BodyFraming;
use super::head_scan::{HeadEnd, HeadScan, ParseLimits};
use super::trailers::TrailerRules;
use super::{method, normalize, target};

/// Fields that are parsed without an allocation.
const FIELDS_ON_STACK: usize = 128;

/// Empty lines before a request are skipped, but no more than this: the bytes are held meanwhile.
const MAX_BLANK: usize = 8 * 1024;

/// What a request's head says besides its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHead {
    /// Bytes of the head, and of empty lines before it.
    pub consumed: usize,
    /// `Http10` for every version other than 1.1, as in Envoy.
    pub version: Protocol,
    pub framing: BodyFraming,
    /// The connection may carry another request.
    pub keep_alive: bool,
    pub expect_continue: bool,
    pub connect: bool,
    /// `upgrade` and `connection: upgrade` are there and were not ignored.
    pub upgrade: bool,
    /// The method is HEAD.
    pub head: bool,
    /// The target named the authority, and `:scheme` is the target's.
    pub absolute_form: bool,
    /// Headers dropped for the `_` in their name.
    pub dropped_underscores: u32,
}

/// The parser of a listener's requests, compiled once.
#[derive(Debug)]
pub struct RequestParser {
    config: httparse::ParserConfig,
    limits: ParseLimits,
    underscores: HeadersWithUnderscores,
    ignored_upgrades: Box<[StringMatcher]>,
    default_host_for_http_10: Box<[u8]>,
    header_case: HeaderCase,
    allow_absolute_url: bool,
    accept_http_10: bool,
    enable_trailers: bool,
    allow_chunked_length: bool,
    allow_custom_methods: bool,
}

/// A start line whose parts are known to be valid.
#[derive(Debug, Clone, Copy)]
struct StartLine<'a> {
    method: &'a [u8],
    target: &'a [u8],
    version: Protocol,
}

impl StartLine<'_> {
    fn is_connect(&self) -> bool {
        self.method == b"CONNECT"
    }
}

impl RequestParser {
    /// Compiles the options; fails only for a regular expression that cannot be compiled.
    pub fn new(
        options: &Http1Options,
        underscores: HeadersWithUnderscores,
        limits: ParseLimits,
    ) -> Result<Self, PatternError> {
        let Http1Options {
            allow_absolute_url,
            accept_http_10,
            default_host_for_http_10,
            header_case,
            enable_trailers,
            allow_chunked_length,
            // What the codec refuses ends the connection in any case.
            stream_error_on_invalid_http_message: _,
            // Concerns what is written.
            send_fully_qualified_url: _,
            allow_custom_methods,
            ignore_http_11_upgrade,
        } = options;
        let ignored: Result<_, _> = ignore_http_11_upgrade.iter().map(StringMatcher::new).collect();
        Ok(Self {
            config: httparse::ParserConfig::default(),
            limits,
            underscores,
            ignored_upgrades: ignored?,
            default_host_for_http_10: default_host_for_http_10.as_bytes().into(),
            header_case: *header_case,
            allow_absolute_url: *allow_absolute_url,
            accept_http_10: *accept_http_10,
            enable_trailers: *enable_trailers,
            allow_chunked_length: *allow_chunked_length,
            allow_custom_methods: *allow_custom_methods,
        })
    }

    pub fn limits(&self) -> ParseLimits {
        self.limits
    }

    /// How the trailers of these requests are read.
    pub fn trailer_rules(&self) -> TrailerRules {
        TrailerRules {
            enabled: self.enable_trailers,
            header_case: self.header_case,
            underscores: self.underscores,
            limits: self.limits,
        }
    }

    /// Parses the head at the start of `input`; nothing means that more bytes are needed.
    /// `scan` belongs to the connection and remembers what was searched.
    pub fn parse(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<Option<RequestHead>, RequestError> {
        // Line ends between two requests belong to neither.
        let blank = input.iter().take_while(|byte| matches!(**byte, b'\r' | b'\n')).count();
        if blank == 0 {
            return self.parse_at_start(scan, input, head);
        }
        if blank > MAX_BLANK {
            return Err(RequestError::HeadersTooLarge);
        }
        let parsed = self.parse_at_start(scan, &input[blank..], head)?;
        Ok(parsed.map(|request| RequestHead { consumed: blank + request.consumed, ..request }))
    }

    fn parse_at_start(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<Option<RequestHead>, RequestError> {
        match input.first() {
            None => return Ok(None),
            Some(first) if *first <= b' ' => return Err(RequestError::InvalidMethod),
            Some(_) => {}
        }
        match scan.advance(input) {
            HeadEnd::Missing => return self.need_more(input),
            HeadEnd::StartLine => return self.parse_unfinished(scan, input, head),
            HeadEnd::Unknown | HeadEnd::At(_) => {}
        }
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS_ON_STACK];
        let mut request = httparse::Request::new(&mut []);
        let parsed =
            self.config.parse_request_with_uninit_headers(&mut request, input, &mut fields);
        match parsed {
            Ok(httparse::Status::Complete(consumed)) => {
                scan.reset();
                if consumed > self.limits.max_bytes {
                    return Err(RequestError::HeadersTooLarge);
                }
                let line = StartLine {
                    method: request.method.unwrap_or_default().as_bytes(),
                    target: request.path.unwrap_or_default().as_bytes(),
                    version: match request.version {
                        Some(1) => Protocol::Http11,
                        _ => Protocol::Http10,
                    },
                };
                self.check_line(line)?;
                self.accept(line, request.headers, consumed, scan, head).map(Some)
            }
            Ok(httparse::Status::Partial) | Err(_) => match scan.search(input) {
                HeadEnd::At(end) => self.parse_odd(scan, &input[..end], head).map(Some),
                HeadEnd::StartLine => self.parse_unfinished(scan, input, head),
                HeadEnd::Missing | HeadEnd::Unknown => self.need_more(input),
            },
        }
    }

    fn need_more(&self, input: &[u8]) -> Result<Option<RequestHead>, RequestError> {
        if input.len() >= self.limits.max_bytes {
            return Err(RequestError::HeadersTooLarge);
        }
        Ok(None)
    }

    /// A start line that is whole is judged before the rest has come. Without a version it is
    /// the whole head.
    fn parse_unfinished(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<Option<RequestHead>, RequestError> {
        let end = memchr(b'\n', input).unwrap_or(input.len());
        let has_version = !normalize::split_start_line(&input[..end])[2].is_empty();
        let line = self.read_line(&input[..end])?;
        if has_version {
            return self.need_more(input);
        }
        scan.reset();
        self.accept(line, &[], end + 1, scan, head).map(Some)
    }

    /// A whole head that `httparse` does not take.
    fn parse_odd(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<RequestHead, RequestError> {
        scan.reset();
        let line_end = memchr(b'\n', input).unwrap_or(input.len());
        let (line, rest) = input.split_at(line_end);
        if normalize::split_start_line(line)[2].is_empty() {
            let line = self.read_line(line)?;
            return self.accept(line, &[], line_end + 1, scan, head);
        }
        if input.len() > self.limits.max_bytes {
            return Err(RequestError::HeadersTooLarge);
        }
        if input.iter().copied().any(normalize::is_forbidden) {
            return Err(RequestError::InvalidCharacters);
        }
        let line = self.read_line(line)?;
        let plain = normalize::unfold(&rest[1..]).ok_or(RequestError::InvalidHeader)?;
        let mut slots = normalize::field_slots(&plain);
        match httparse::parse_headers(&plain, &mut slots) {
            Ok(httparse::Status::Complete((_, fields))) => {
                self.accept(line, fields, input.len(), scan, head)
            }
            Ok(httparse::Status::Partial) | Err(_) => Err(RequestError::InvalidHeader),
        }
    }

    fn read_line<'a>(&self, line: &'a [u8]) -> Result<StartLine<'a>, RequestError> {
        let [method, target, version] = normalize::split_start_line(line);
        let known = normalize::version(version);
        let line = StartLine { method, target, version: known.unwrap_or(Protocol::Http10) };
        self.check_line(line)?;
        if known.is_none() {
            return Err(RequestError::InvalidVersion);
        }
        Ok(line)
    }

    fn check_line(&self, line: StartLine<'_>) -> Result<(), RequestError> {
        if !method::is_valid(line.method, self.allow_custom_methods) {
            return Err(RequestError::InvalidMethod);
        }
        if !target::is_valid(line.target, line.is_connect()) {
            return Err(RequestError::InvalidTarget);
        }
        Ok(())
    }

    /// Fills the head. What is refused first is what Envoy refuses first.
    fn accept(
        &self,
        line: StartLine<'_>,
        fields: &[httparse::Header<'_>],
        consumed: usize,
        scan: &mut HeadScan,
        head: &mut Head,
    ) -> Result<RequestHead, RequestError> {
        head.clear();
        head.keep_case(self.header_case);
        let target = self.push_target(line, fields, head);
        head.push(HeaderId::Method, line.method);
        let before = head.len();
        let joins_hosts = target == Ok(false) && !line.is_connect();
        let (facts, dropped_underscores) = self.push_fields(fields, joins_hosts, head)?;
        // At most two fields more are counted than are in the head.
        if head.len() - before + 2 > self.limits.max_count {
            let encodings = usize::from(facts.transfer_encoding != TransferEncoding::Absent);
            let hosts = usize::from(fields.iter().any(is_host));
            if head.len() - before + encodings + hosts > self.limits.max_count {
                return Err(RequestError::TooManyHeaders);
            }
        }
        if self.accept_http_10 {
            scan.reply_version = line.version;
        }
        let connect = line.is_connect();
        let upgrade = facts.is_upgrade() && keep_upgrades(head, &self.ignored_upgrades);
        let framing = self.framing(&facts, connect || upgrade, connect, head)?;
        if facts.connection_tokens > 0 && !connect && !upgrade {
            remove_nominated(head, &facts)?;
        }
        let absolute_form = target?;
        if line.version == Protocol::Http10 && !self.accept_http_10 {
            return Err(RequestError::LowVersion);
        }
        if !connect && !absolute_form && !target::is_authority(head.authority()) {
            return Err(RequestError::InvalidAuthority);
        }
        if facts.te {
            reduce_te(head);
        }
        Ok(RequestHead {
            consumed,
            version: line.version,
            framing,
            keep_alive: keeps_alive(line.version, &facts),
            expect_continue: facts.expect && expects_continue(head),
            connect,
            upgrade,
            head: line.method == b"HEAD",
            absolute_form,
            dropped_underscores,
        })
    }

    /// Pushes `:authority`, `:scheme` for absolute form, and `:path`, in Envoy's order, which
    /// HTTP/2 upstreams see; true for absolute form.
    fn push_target(
        &self,
        line: StartLine<'_>,
        fields: &[httparse::Header<'_>],
        head: &mut Head,
    ) -> Result<bool, RequestError> {
        let StartLine { method, target, .. } = line;
        if line.is_connect() {
            head.push(HeaderId::Authority, target);
            note_host_spelling(fields, head);
            return target::is_connect_target(target)
                .then_some(false)
                .ok_or(RequestError::InvalidUrl);
        }
        let origin = target[0] == b'/' || (target[0] == b'*' && method == b"OPTIONS");
        if origin || !self.allow_absolute_url {
            if let Some(host) = fields.iter().find(|field| is_host(field)) {
                head.push(HeaderId::Authority, host.value);
            } else if line.version == Protocol::Http10 && !self.default_host_for_http_10.is_empty()
            {
                head.push(HeaderId::Authority, &self.default_host_for_http_10);
            }
            note_host_spelling(fields, head);
            head.push(HeaderId::Path, target);
            return Ok(false);
        }
        let absolute = target::parse_absolute(target).ok_or(RequestError::InvalidUrl)?;
        let scheme: &[u8] = match absolute.scheme {
            scheme if scheme.eq_ignore_ascii_case(b"http") => b"http",
            scheme if scheme.eq_ignore_ascii_case(b"https") => b"https",
            _ => return Err(RequestError::InvalidScheme),
        };
        head.push(HeaderId::Authority, absolute.authority);
        head.push(HeaderId::Scheme, scheme);
        head.push(HeaderId::Path, absolute.path);
        note_host_spelling(fields, head);
        Ok(true)
    }

    /// Pushes all fields but the first `host`, which is there already.
    fn push_fields(
        &self,
        fields: &[httparse::Header<'_>],
        joins_hosts: bool,
        head: &mut Head,
    ) -> Result<(Facts, u32), RequestError> {
        let mut facts = Facts::default();
        let mut dropped = 0;
        let mut hosts = 0;
        for field in fields {
            if self.underscores != HeadersWithUnderscores::Allow && field.name.contains('_') {
                if self.underscores == HeadersWithUnderscores::RejectRequest {
                    return Err(RequestError::UnexpectedUnderscore);
                }
                dropped += 1;
                continue;
            }
            match HeaderId::from_token(field.name.as_bytes()) {
                Some(HeaderId::Host) => {
                    hosts += 1;
                    if hosts > 1 && joins_hosts {
                        head.append(&HeaderId::Authority.into(), b",", field.value);
                    }
                }
                Some(id) => facts.add(head, HeaderId::is_joined_in_request, id, field),
                None => head.push_received_as(None, field.name.as_bytes(), field.value),
            }
        }
        match facts.content_length {
            ContentLength::Repeated => Err(RequestError::DuplicateContentLength),
            // With a transfer-encoding it is the two of them together that are wrong.
            ContentLength::Invalid if facts.transfer_encoding == TransferEncoding::Absent => {
                Err(RequestError::InvalidContentLength)
            }
            _ => Ok((facts, dropped)),
        }
    }

    fn framing(
        &self,
        facts: &Facts,
        tunnel: bool,
        connect: bool,
        head: &mut Head,
    ) -> Result<BodyFraming, RequestError> {
        let has_length = facts.content_length != ContentLength::Absent;
        if has_length && facts.transfer_encoding != TransferEncoding::Absent {
            let chunked = facts.transfer_encoding == TransferEncoding::Chunked;
            if !(chunked && self.allow_chunked_length) {
                return Err(RequestError::ContentLengthAndChunked);
            }
            head.remove(HeaderId::ContentLength);
        }
        if connect && head.contains(HeaderId::ContentLength) {
            if head.get(HeaderId::ContentLength) != Some(b"0") {
                return Err(RequestError::BodyDisallowed);
            }
            head.remove(HeaderId::ContentLength);
        }
        match (facts.transfer_encoding, facts.content_length) {
            (TransferEncoding::Other, _) => Err(RequestError::UnsupportedTransferEncoding),
            (TransferEncoding::Chunked, _) if connect => {
                Err(RequestError::UnsupportedTransferEncoding)
            }
            _ if tunnel => Ok(BodyFraming::Upgraded),
            (TransferEncoding::Chunked, _) => Ok(BodyFraming::Chunked),
            (_, ContentLength::Valid(length)) if length > 0 => Ok(BodyFraming::Length(length)),
            _ => Ok(BodyFraming::None),
        }
    }
}

/// Whether the connection outlives the message (RFC 9112, 9.3).
pub(super) fn keeps_alive(version: Protocol, facts: &Facts) -> bool {
    !facts.close && (version == Protocol::Http11 || facts.keep_alive)
}

fn expects_continue(head: &Head) -> bool {
    head.get(HeaderId::Expect).is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"))
}

fn is_host(field: &httparse::Header<'_>) -> bool {
    field.name.len() == 4 && HeaderId::from_token(field.name.as_bytes()) == Some(HeaderId::Host)
}

fn note_host_spelling(fields: &[httparse::Header<'_>], head: &mut Head) {
    if head.case().is_some()
        && let Some(field) = fields.iter().find(|field| is_host(field))
    {
        head.note_spelling(HeaderId::Authority, field.name.as_bytes());
    }
}
