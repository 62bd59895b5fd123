//! Responses: bytes to a [`Head`] and the facts of its framing (client role).

use std::mem::MaybeUninit;

use memchr::memchr;
use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};

use crate::codec::Protocol;
use crate::head::Head;
use crate::head::header_name::HeaderId;

use super::error::ResponseError;
use super::field::{ContentLength, Facts, TransferEncoding};
use super::framing::BodyFraming;
use super::head_scan::{HeadEnd, HeadScan, ParseLimits};
use super::normalize;
use super::request::keeps_alive;
use super::trailers::TrailerRules;
use super::write::{RequestKind, write_decimal};

/// Fields that are parsed without an allocation.
const FIELDS_ON_STACK: usize = 128;

/// What a response's head says besides its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseHead {
    /// Bytes of the head.
    pub consumed: usize,
    pub version: Protocol,
    pub status: u16,
    pub framing: BodyFraming,
    /// The connection may carry another request once the body has been read. Bytes behind the
    /// body forbid that too, which only the connection can see.
    pub keep_alive: bool,
    /// Headers and version say that the connection ends, wherever the body does.
    pub closes: bool,
}

impl ResponseHead {
    /// True for 1xx other than 101: the response proper follows.
    pub fn is_informational(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }
}

/// The parser of a cluster's responses, compiled once.
#[derive(Debug, Clone)]
pub struct ResponseParser {
    config: httparse::ParserConfig,
    limits: ParseLimits,
    header_case: HeaderCase,
    forward_reason_phrase: bool,
    enable_trailers: bool,
    allow_chunked_length: bool,
}

impl ResponseParser {
    /// Compiles the options; those that concern requests alone do nothing here.
    pub fn new(options: &Http1Options, limits: ParseLimits) -> Self {
        let mut config = httparse::ParserConfig::default();
        config.allow_multiple_spaces_in_response_status_delimiters(true);
        Self {
            config,
            limits,
            header_case: options.header_case,
            forward_reason_phrase: options.forward_reason_phrase,
            enable_trailers: options.enable_trailers,
            allow_chunked_length: options.allow_chunked_length,
        }
    }

    /// How the trailers of these responses are read.
    pub fn trailer_rules(&self) -> TrailerRules {
        TrailerRules {
            enabled: self.enable_trailers,
            underscores: HeadersWithUnderscores::Allow,
            limits: self.limits,
        }
    }

    /// Parses the head at the start of `input`; nothing means that more bytes are needed.
    /// `scan` belongs to the connection and remembers what was searched.
    pub fn parse(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        request: RequestKind,
        head: &mut Head,
    ) -> Result<Option<ResponseHead>, ResponseError> {
        // Unlike before a request, nothing may stand before a response, not even an empty line.
        if input.first().is_some_and(|byte| *byte != b'H') {
            return Err(ResponseError::InvalidStart);
        }
        match scan.advance(input) {
            HeadEnd::Missing => return self.need_more(input),
            HeadEnd::StartLine => return self.check_unfinished(input),
            HeadEnd::Unknown | HeadEnd::At(_) => {}
        }
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS_ON_STACK];
        let mut response = httparse::Response::new(&mut []);
        let parsed =
            self.config.parse_response_with_uninit_headers(&mut response, input, &mut fields);
        match parsed {
            Ok(httparse::Status::Complete(consumed)) if consumed <= self.limits.max_bytes => {
                scan.reset();
                let version = match response.version {
                    Some(1) => Protocol::Http11,
                    _ => Protocol::Http10,
                };
                let status = response.code.unwrap_or_default();
                let phrase = self.phrase(input);
                let line = StatusLine { version, status, phrase, request, consumed };
                self.accept(line, response.headers, head).map(Some)
            }
            Ok(httparse::Status::Complete(_)) => Err(ResponseError::HeadersTooLarge),
            Ok(httparse::Status::Partial) | Err(_) => match scan.search(input) {
                HeadEnd::At(end) => {
                    scan.reset();
                    self.parse_odd(&input[..end], request, head).map(Some)
                }
                HeadEnd::StartLine => self.check_unfinished(input),
                HeadEnd::Missing | HeadEnd::Unknown => self.need_more(input),
            },
        }
    }

    fn need_more(&self, input: &[u8]) -> Result<Option<ResponseHead>, ResponseError> {
        if input.len() >= self.limits.max_bytes {
            return Err(ResponseError::HeadersTooLarge);
        }
        Ok(None)
    }

    /// A status line that is whole is judged before the rest has come.
    fn check_unfinished(&self, input: &[u8]) -> Result<Option<ResponseHead>, ResponseError> {
        let end = memchr(b'\n', input).unwrap_or(input.len());
        read_line(&input[..end])?;
        self.need_more(input)
    }

    /// A whole head that `httparse` does not take.
    fn parse_odd(
        &self,
        input: &[u8],
        request: RequestKind,
        head: &mut Head,
    ) -> Result<ResponseHead, ResponseError> {
        if input.len() > self.limits.max_bytes {
            return Err(ResponseError::HeadersTooLarge);
        }
        if input.iter().copied().any(normalize::is_forbidden) {
            return Err(ResponseError::InvalidCharacters);
        }
        let line_end = memchr(b'\n', input).unwrap_or(input.len());
        let (line, rest) = input.split_at(line_end);
        let (version, status) = read_line(line)?;
        let plain = normalize::unfold(&rest[1..]).ok_or(ResponseError::InvalidHeader)?;
        let mut slots = normalize::field_slots(&plain);
        match httparse::parse_headers(&plain, &mut slots) {
            Ok(httparse::Status::Complete((_, fields))) => {
                let phrase = self.phrase(input);
                let consumed = input.len();
                let line = StatusLine { version, status, phrase, request, consumed };
                self.accept(line, fields, head)
            }
            Ok(httparse::Status::Partial) | Err(_) => Err(ResponseError::InvalidHeader),
        }
    }

    /// The reason phrase of a head, if it is wanted; read from the bytes, as `httparse` gives
    /// none that is not ASCII.
    fn phrase<'a>(&self, input: &'a [u8]) -> &'a [u8] {
        if !self.forward_reason_phrase {
            return b"";
        }
        let end = memchr(b'\n', input).unwrap_or(input.len());
        let [_, _, phrase] = normalize::split_start_line(&input[..end]);
        phrase.trim_ascii()
    }

    fn accept(
        &self,
        line: StatusLine<'_>,
        fields: &[httparse::Header<'_>],
        head: &mut Head,
    ) -> Result<ResponseHead, ResponseError> {
        let StatusLine { version, status, phrase, request, consumed } = line;
        if status < 100 {
            return Err(ResponseError::InvalidStatus);
        }
        head.clear();
        head.keep_case(self.header_case);
        push_status(status, head);
        head.keep_reason_phrase(phrase);
        let mut facts = Facts::default();
        for field in fields {
            match HeaderId::from_token(field.name.as_bytes()) {
                Some(id) => facts.add(head, HeaderId::is_joined_in_response, id, field),
                None => head.push_received_as(None, field.name.as_bytes(), field.value),
            }
        }
        let encodings = usize::from(facts.transfer_encoding != TransferEncoding::Absent);
        if head.len() - 1 + encodings > self.limits.max_count {
            return Err(ResponseError::TooManyHeaders);
        }
        let framing = self.framing(&facts, status, request, head)?;
        let closes = !keeps_alive(version, &facts);
        let keep_alive =
            !closes && !matches!(framing, BodyFraming::UntilClose | BodyFraming::Upgraded);
        Ok(ResponseHead { consumed, version, status, framing, keep_alive, closes })
    }

    fn framing(
        &self,
        facts: &Facts,
        status: u16,
        request: RequestKind,
        head: &mut Head,
    ) -> Result<BodyFraming, ResponseError> {
        let (length, chunked) = self.length(facts, head)?;
        if status < 200 || status == 204 {
            if chunked {
                return Err(ResponseError::TransferEncodingNotAllowed);
            }
            if !matches!(head.get(HeaderId::ContentLength), None | Some(b"0")) {
                return Err(ResponseError::ContentLengthNotAllowed);
            }
            head.remove(HeaderId::ContentLength);
        }
        let tunnel = match request {
            RequestKind::Connect => (200..300).contains(&status),
            RequestKind::Upgrade => facts.is_upgrade(),
            RequestKind::Plain | RequestKind::Head => false,
        };
        let bodiless = request == RequestKind::Head || status < 200 || matches!(status, 204 | 304);
        Ok(match length {
            _ if tunnel => BodyFraming::Upgraded,
            _ if bodiless => BodyFraming::None,
            _ if chunked => BodyFraming::Chunked,
            None => BodyFraming::UntilClose,
            Some(0) => BodyFraming::None,
            Some(length) => BodyFraming::Length(length),
        })
    }

    /// The body's length, and whether it is chunked, where the two do not contradict.
    fn length(&self, facts: &Facts, head: &mut Head) -> Result<(Option<u64>, bool), ResponseError> {
        let encoding = facts.transfer_encoding;
        if facts.content_length == ContentLength::Repeated {
            return Err(ResponseError::DuplicateContentLength);
        }
        if encoding == TransferEncoding::Absent {
            return match facts.content_length {
                ContentLength::Absent => Ok((None, false)),
                ContentLength::Valid(length) => Ok((Some(length), false)),
                _ => Err(ResponseError::InvalidContentLength),
            };
        }
        if facts.content_length != ContentLength::Absent {
            if !(encoding == TransferEncoding::Chunked && self.allow_chunked_length) {
                return Err(ResponseError::ContentLengthAndChunked);
            }
            head.remove(HeaderId::ContentLength);
        }
        if encoding == TransferEncoding::Other {
            return Err(ResponseError::UnsupportedTransferEncoding);
        }
        Ok((None, true))
    }
}

/// What is known before the fields are read.
#[derive(Debug, Clone, Copy)]
struct StatusLine<'a> {
    version: Protocol,
    status: u16,
    /// Empty where none is passed on.
    phrase: &'a [u8],
    request: RequestKind,
    consumed: usize,
}

fn read_line(line: &[u8]) -> Result<(Protocol, u16), ResponseError> {
    let [version, status, _] = normalize::split_start_line(line);
    let status = parse_status(status).ok_or(ResponseError::InvalidStatus)?;
    match normalize::version(version) {
        Some(version) if !line.starts_with(b" ") => Ok((version, status)),
        _ => Err(ResponseError::InvalidVersion),
    }
}

/// A number from 100 on, as Envoy reads it: with a sign and zeros before it if need be.
fn parse_status(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    let value = digits.iter().try_fold(0u16, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { sum.checked_mul(10)?.checked_add(digit.into()) }
    })?;
    (value >= 100).then_some(value)
}

fn push_status(status: u16, head: &mut Head) {
    if status == 200 {
        return head.push(HeaderId::Status, b"200");
    }
    let mut digits = Vec::with_capacity(3);
    write_decimal(u64::from(status), &mut digits);
    head.push(HeaderId::Status, &digits);
}
