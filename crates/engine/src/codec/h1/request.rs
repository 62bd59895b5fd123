//! Requests: bytes to a [`Head`] and the facts of its framing (server role).

use std::mem::MaybeUninit;

use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};

use crate::codec::Protocol;
use crate::http::head::Head;
use crate::http::header_name::HeaderId;

use super::error::RequestError;
use super::field::{ContentLength, Facts, TransferEncoding};
use super::framing::BodyFraming;
use super::head_scan::{HeadEnd, HeadScan, ParseLimits};
use super::{method, normalize, target};

/// Fields that are parsed without an allocation.
const FIELDS_ON_STACK: usize = 128;

/// What a request's head says besides its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHead {
    /// Bytes of the head.
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
    pub absolute_form: bool,
    /// Headers dropped for the `_` in their name.
    pub dropped_underscores: u32,
}

/// The parser of a listener's requests, compiled once.
#[derive(Debug, Clone)]
pub struct RequestParser {
    config: httparse::ParserConfig,
    limits: ParseLimits,
    underscores: HeadersWithUnderscores,
    allow_absolute_url: bool,
    allow_chunked_length: bool,
    allow_custom_methods: bool,
    keep_case: bool,
    default_host_for_http_10: Box<[u8]>,
}

impl RequestParser {
    pub fn new(
        options: &Http1Options,
        underscores: HeadersWithUnderscores,
        limits: ParseLimits,
    ) -> Self {
        Self {
            config: httparse::ParserConfig::default(),
            limits,
            underscores,
            allow_absolute_url: options.allow_absolute_url,
            allow_chunked_length: options.allow_chunked_length,
            allow_custom_methods: options.allow_custom_methods,
            keep_case: keeps_case(options.header_case),
            default_host_for_http_10: options.default_host_for_http_10.as_bytes().into(),
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
        let parsed = self.parse_at_start(scan, &input[blank..], head)?;
        Ok(parsed.map(|request| RequestHead { consumed: blank + request.consumed, ..request }))
    }

    fn parse_at_start(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<Option<RequestHead>, RequestError> {
        if !self.allow_custom_methods && input.first().is_some_and(|b| !method::can_begin(*b)) {
            return Err(RequestError::InvalidMethod);
        }
        if scan.advance(input) == HeadEnd::Missing {
            return self.need_more(input);
        }
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS_ON_STACK];
        let mut request = httparse::Request::new(&mut []);
        let parsed =
            self.config.parse_request_with_uninit_headers(&mut request, input, &mut fields);
        match parsed {
            Ok(httparse::Status::Complete(consumed)) => {
                scan.reset();
                self.accept(&request, consumed, head).map(Some)
            }
            Ok(httparse::Status::Partial) => {
                scan.search(input);
                self.need_more(input)
            }
            Err(_) => self.parse_odd(scan, input, head),
        }
    }

    /// Forms that Envoy takes and `httparse` does not are brought into plain form first.
    fn parse_odd(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<Option<RequestHead>, RequestError> {
        let HeadEnd::At(consumed) = scan.search(input) else {
            return self.need_more(input);
        };
        let plain = normalize::request(&input[..consumed]).ok_or(RequestError::InvalidMethod)?;
        let mut fields = vec![httparse::EMPTY_HEADER; self.limits.max_count + 1];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(&plain) {
            Ok(httparse::Status::Complete(_)) => {
                scan.reset();
                self.accept(&request, consumed, head).map(Some)
            }
            Ok(httparse::Status::Partial) => Err(RequestError::InvalidHeaderName),
            Err(error) => Err(refusal(error)),
        }
    }

    fn need_more(&self, input: &[u8]) -> Result<Option<RequestHead>, RequestError> {
        if input.len() >= self.limits.max_bytes {
            return Err(RequestError::HeadersTooLarge);
        }
        Ok(None)
    }

    fn accept(
        &self,
        request: &httparse::Request<'_, '_>,
        consumed: usize,
        head: &mut Head,
    ) -> Result<RequestHead, RequestError> {
        if consumed > self.limits.max_bytes {
            return Err(RequestError::HeadersTooLarge);
        }
        let method = request.method.unwrap_or_default().as_bytes();
        if !self.allow_custom_methods && !method::is_known(method) {
            return Err(RequestError::InvalidMethod);
        }
        let connect = method == b"CONNECT";
        let target = request.path.unwrap_or_default().as_bytes();
        if !target::is_valid(target, connect) {
            return Err(RequestError::InvalidTarget);
        }
        head.clear();
        head.push(HeaderId::Method, method);
        let absolute_form = self.push_target(target, method, request.headers, head)?;
        let (facts, dropped_underscores) = self.push_fields(request.headers, head)?;
        let version = if request.version == Some(1) { Protocol::Http11 } else { Protocol::Http10 };
        if version == Protocol::Http10
            && !self.default_host_for_http_10.is_empty()
            && !head.contains(HeaderId::Authority)
        {
            head.push(HeaderId::Authority, &self.default_host_for_http_10);
        }
        let upgrade = facts.is_upgrade();
        let framing = self.framing(&facts, connect, upgrade, head)?;
        Ok(RequestHead {
            consumed,
            version,
            framing,
            keep_alive: keeps_alive(version, &facts),
            expect_continue: facts.expect_continue,
            connect,
            upgrade,
            head: method == b"HEAD",
            absolute_form,
            dropped_underscores,
        })
    }

    /// Pushes `:path` and `:authority`; true for absolute form.
    fn push_target(
        &self,
        target: &[u8],
        method: &[u8],
        fields: &[httparse::Header<'_>],
        head: &mut Head,
    ) -> Result<bool, RequestError> {
        if method == b"CONNECT" {
            head.push(HeaderId::Authority, target);
            return Ok(false);
        }
        let origin = target[0] == b'/' || (target[0] == b'*' && method == b"OPTIONS");
        if origin || !self.allow_absolute_url {
            head.push(HeaderId::Path, target);
            for field in fields.iter().filter(|field| is_host(field.name)) {
                if head.contains(HeaderId::Authority) {
                    head.append(&HeaderId::Authority.into(), b",", field.value);
                } else {
                    head.push(HeaderId::Authority, field.value);
                }
            }
            return Ok(false);
        }
        let absolute = target::parse_absolute(target).ok_or(RequestError::InvalidUrl)?;
        let path = if absolute.path.is_empty() { b"/" } else { absolute.path };
        head.push(HeaderId::Path, path);
        head.push(HeaderId::Authority, absolute.authority);
        head.push(HeaderId::Scheme, absolute.scheme);
        Ok(true)
    }

    fn push_fields(
        &self,
        fields: &[httparse::Header<'_>],
        head: &mut Head,
    ) -> Result<(Facts, u32), RequestError> {
        let mut facts = Facts::default();
        let mut dropped = 0;
        if fields.len() > self.limits.max_count {
            return Err(RequestError::TooManyHeaders);
        }
        for field in fields {
            if is_host(field.name) {
                continue;
            }
            if self.underscores != HeadersWithUnderscores::Allow && field.name.contains('_') {
                if self.underscores == HeadersWithUnderscores::RejectRequest {
                    return Err(RequestError::UnexpectedUnderscore);
                }
                dropped += 1;
                continue;
            }
            facts.add(head, field.name.as_bytes(), field.value, self.keep_case);
        }
        Ok((facts, dropped))
    }

    fn framing(
        &self,
        facts: &Facts,
        connect: bool,
        upgrade: bool,
        head: &mut Head,
    ) -> Result<BodyFraming, RequestError> {
        let length = match facts.content_length {
            ContentLength::Absent => None,
            ContentLength::Valid(length) => Some(length),
            ContentLength::Invalid => return Err(RequestError::InvalidContentLength),
            ContentLength::Repeated => return Err(RequestError::DuplicateContentLength),
        };
        let chunked = match facts.transfer_encoding {
            TransferEncoding::Absent => false,
            TransferEncoding::Chunked => true,
            TransferEncoding::Other => return Err(RequestError::UnsupportedTransferEncoding),
        };
        if chunked && length.is_some() {
            if !self.allow_chunked_length {
                return Err(RequestError::ContentLengthAndChunked);
            }
            head.remove(HeaderId::ContentLength);
        }
        if connect {
            if chunked {
                return Err(RequestError::UnsupportedTransferEncoding);
            }
            if length.is_some_and(|length| length != 0) {
                return Err(RequestError::BodyDisallowed);
            }
            head.remove(HeaderId::ContentLength);
        }
        Ok(if connect || upgrade {
            BodyFraming::Upgraded
        } else if chunked {
            BodyFraming::Chunked
        } else {
            match length {
                None | Some(0) => BodyFraming::None,
                Some(length) => BodyFraming::Length(length),
            }
        })
    }
}

/// True if names are to be kept as received.
pub(super) fn keeps_case(case: HeaderCase) -> bool {
    matches!(case, HeaderCase::Preserve | HeaderCase::PreserveElseProperCase)
}

/// Whether the connection outlives the message (RFC 9112, 9.3).
pub(super) fn keeps_alive(version: Protocol, facts: &Facts) -> bool {
    !facts.close && (version == Protocol::Http11 || facts.keep_alive)
}

fn is_host(name: &str) -> bool {
    name.len() == 4 && name.eq_ignore_ascii_case("host")
}

fn refusal(error: httparse::Error) -> RequestError {
    match error {
        httparse::Error::HeaderName | httparse::Error::NewLine => RequestError::InvalidHeaderName,
        httparse::Error::HeaderValue => RequestError::InvalidHeaderValue,
        httparse::Error::Status | httparse::Error::Token => RequestError::InvalidMethod,
        httparse::Error::TooManyHeaders => RequestError::TooManyHeaders,
        httparse::Error::Version => RequestError::InvalidVersion,
    }
}
