//! Requests: bytes to a [`Head`] and the facts of its framing (server role).

use std::mem::MaybeUninit;

use memchr::memchr;
use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};

use crate::codec::Protocol;
use crate::head::Head;
use crate::pattern::PatternError;
use crate::string_matcher::StringMatcher;

use super::error::RequestError;
use super::field::Facts;
use super::framing::BodyFraming;
use super::head_scan::{HeadEnd, HeadScan, ParseLimits};
use super::trailers::TrailerRules;
use super::{method, normalize, target};

mod accept;

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
    refuse_https_urls: bool,
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
            forward_reason_phrase: _,
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
            refuse_https_urls: false,
            accept_http_10: *accept_http_10,
            enable_trailers: *enable_trailers,
            allow_chunked_length: *allow_chunked_length,
            allow_custom_methods: *allow_custom_methods,
        })
    }

    /// Refuses targets of `https`: where the connection's own scheme is all that counts, and it
    /// is not encrypted.
    #[must_use]
    pub fn refusing_https_urls(mut self, refused: bool) -> Self {
        self.refuse_https_urls = refused;
        self
    }

    pub fn limits(&self) -> ParseLimits {
        self.limits
    }

    /// How the trailers of these requests are read.
    pub fn trailer_rules(&self) -> TrailerRules {
        TrailerRules {
            enabled: self.enable_trailers,
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
}

/// Whether the connection outlives the message (RFC 9112, 9.3).
pub(super) fn keeps_alive(version: Protocol, facts: &Facts) -> bool {
    !facts.close && (version == Protocol::Http11 || facts.keep_alive)
}
