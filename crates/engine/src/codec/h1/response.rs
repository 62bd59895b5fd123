//! Responses: bytes to a [`Head`] and the facts of its framing (client role).

use std::mem::MaybeUninit;

use voyant_ir::protocol::Http1Options;

use crate::codec::Protocol;
use crate::http::head::Head;
use crate::http::header_name::HeaderId;

use super::error::ResponseError;
use super::field::{ContentLength, Facts, TransferEncoding};
use super::framing::BodyFraming;
use super::head_scan::{HeadEnd, HeadScan, ParseLimits};
use super::normalize;
use super::request::{keeps_alive, keeps_case};
use super::write::RequestKind;

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
    /// The connection may carry another request once the body has been read.
    pub keep_alive: bool,
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
    allow_chunked_length: bool,
    keep_case: bool,
}

impl ResponseParser {
    pub fn new(options: &Http1Options, limits: ParseLimits) -> Self {
        let mut config = httparse::ParserConfig::default();
        config.allow_multiple_spaces_in_response_status_delimiters(true);
        Self {
            config,
            limits,
            allow_chunked_length: options.allow_chunked_length,
            keep_case: keeps_case(options.header_case),
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
        if scan.advance(input) == HeadEnd::Missing {
            return self.need_more(input);
        }
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS_ON_STACK];
        let mut response = httparse::Response::new(&mut []);
        let parsed =
            self.config.parse_response_with_uninit_headers(&mut response, input, &mut fields);
        match parsed {
            Ok(httparse::Status::Complete(consumed)) => {
                scan.reset();
                self.accept(&response, consumed, request, head).map(Some)
            }
            Ok(httparse::Status::Partial) => {
                scan.search(input);
                self.need_more(input)
            }
            Err(_) => self.parse_odd(scan, input, request, head),
        }
    }

    /// Forms that Envoy takes and `httparse` does not are brought into plain form first.
    fn parse_odd(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        request: RequestKind,
        head: &mut Head,
    ) -> Result<Option<ResponseHead>, ResponseError> {
        let HeadEnd::At(consumed) = scan.search(input) else {
            return self.need_more(input);
        };
        let plain = normalize::response(&input[..consumed]).ok_or(ResponseError::InvalidStart)?;
        let mut fields = vec![httparse::EMPTY_HEADER; self.limits.max_count + 1];
        let mut response = httparse::Response::new(&mut fields);
        match self.config.parse_response(&mut response, &plain) {
            Ok(httparse::Status::Complete(_)) => {
                scan.reset();
                self.accept(&response, consumed, request, head).map(Some)
            }
            Ok(httparse::Status::Partial) => Err(ResponseError::InvalidHeaderName),
            Err(error) => Err(refusal(error)),
        }
    }

    fn need_more(&self, input: &[u8]) -> Result<Option<ResponseHead>, ResponseError> {
        if input.len() >= self.limits.max_bytes {
            return Err(ResponseError::HeadersTooLarge);
        }
        Ok(None)
    }

    fn accept(
        &self,
        response: &httparse::Response<'_, '_>,
        consumed: usize,
        request: RequestKind,
        head: &mut Head,
    ) -> Result<ResponseHead, ResponseError> {
        if consumed > self.limits.max_bytes {
            return Err(ResponseError::HeadersTooLarge);
        }
        if response.headers.len() > self.limits.max_count {
            return Err(ResponseError::TooManyHeaders);
        }
        let status = response.code.unwrap_or_default();
        head.clear();
        push_status(status, head);
        let mut facts = Facts::default();
        for field in response.headers.iter() {
            facts.add(head, field.name.as_bytes(), field.value, self.keep_case);
        }
        let version = if response.version == Some(1) { Protocol::Http11 } else { Protocol::Http10 };
        let framing = self.framing(&facts, status, request, head)?;
        let keep_alive = keeps_alive(version, &facts)
            && !matches!(framing, BodyFraming::UntilClose | BodyFraming::Upgraded);
        Ok(ResponseHead { consumed, version, status, framing, keep_alive })
    }

    fn framing(
        &self,
        facts: &Facts,
        status: u16,
        request: RequestKind,
        head: &mut Head,
    ) -> Result<BodyFraming, ResponseError> {
        let length = match facts.content_length {
            ContentLength::Absent => None,
            ContentLength::Valid(length) => Some(length),
            ContentLength::Invalid => return Err(ResponseError::InvalidContentLength),
            ContentLength::Repeated => return Err(ResponseError::DuplicateContentLength),
        };
        let chunked = match facts.transfer_encoding {
            TransferEncoding::Absent => false,
            TransferEncoding::Chunked => true,
            TransferEncoding::Other => return Err(ResponseError::UnsupportedTransferEncoding),
        };
        if chunked && length.is_some() {
            if !self.allow_chunked_length {
                return Err(ResponseError::ContentLengthAndChunked);
            }
            head.remove(HeaderId::ContentLength);
        }
        if status < 200 || status == 204 {
            if chunked {
                return Err(ResponseError::TransferEncodingNotAllowed);
            }
            if length.is_some_and(|length| length != 0) {
                return Err(ResponseError::ContentLengthNotAllowed);
            }
            head.remove(HeaderId::ContentLength);
        }
        if request == RequestKind::Connect && (200..300).contains(&status) {
            if chunked {
                return Err(ResponseError::UnsupportedTransferEncoding);
            }
            return Ok(BodyFraming::Upgraded);
        }
        if request == RequestKind::Upgrade && facts.is_upgrade() {
            return Ok(BodyFraming::Upgraded);
        }
        let bodiless = request == RequestKind::Head || status < 200 || matches!(status, 204 | 304);
        Ok(if bodiless {
            BodyFraming::None
        } else if chunked {
            BodyFraming::Chunked
        } else {
            match length {
                None => BodyFraming::UntilClose,
                Some(0) => BodyFraming::None,
                Some(length) => BodyFraming::Length(length),
            }
        })
    }
}

fn push_status(status: u16, head: &mut Head) {
    let digits = [
        b'0' + (status / 100 % 10) as u8,
        b'0' + (status / 10 % 10) as u8,
        b'0' + (status % 10) as u8,
    ];
    head.push(HeaderId::Status, &digits);
}

fn refusal(error: httparse::Error) -> ResponseError {
    match error {
        httparse::Error::HeaderName | httparse::Error::NewLine => ResponseError::InvalidHeaderName,
        httparse::Error::HeaderValue => ResponseError::InvalidHeaderValue,
        httparse::Error::Status | httparse::Error::Token => ResponseError::InvalidStatus,
        httparse::Error::TooManyHeaders => ResponseError::TooManyHeaders,
        httparse::Error::Version => ResponseError::InvalidVersion,
    }
}
