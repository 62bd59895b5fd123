//! What the codec refuses, and what Envoy answers to it.
//!
//! A request error, and a body error before the response has begun, is answered by a local reply
//! of its status whose body is the status' reason phrase; it sets the flag DPE and closes the
//! connection, and the head is not seen in logs. A response error resets the upstream stream
//! with `protocol_error` (502, UPE). A missing `host` is no error here: the connection manager
//! refuses it for all protocols alike.

use thiserror::Error;

/// Why a request's head is refused. The text is Envoy's, as its logs show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RequestError {
    #[error("http/1.1 protocol error: HPE_INVALID_METHOD")]
    InvalidMethod,
    #[error("http/1.1 protocol error: HPE_INVALID_URL")]
    InvalidTarget,
    #[error("http/1.1 protocol error: invalid url in request line")]
    InvalidUrl,
    #[error("http/1.1 protocol error: unsupported scheme")]
    InvalidScheme,
    #[error("http/1.1 protocol error: https in the url")]
    HttpsInPlaintext,
    #[error("http/1.1 protocol error: HPE_INVALID_VERSION")]
    InvalidVersion,
    /// Any version but 1.1 without `accept_http_10`.
    #[error("Upgrade required for HTTP/1.0 or HTTP/0.9")]
    LowVersion,
    #[error("http/1.1 protocol error: INVALID_HEADER_FORMAT")]
    InvalidHeader,
    #[error("http/1.1 protocol error: header value contains invalid chars")]
    InvalidCharacters,
    #[error("http/1.1 protocol error: header name contains underscores")]
    UnexpectedUnderscore,
    #[error("http/1.1 protocol error: HPE_UNEXPECTED_CONTENT_LENGTH")]
    DuplicateContentLength,
    #[error("http/1.1 protocol error: UNPARSABLE_CONTENT_LENGTH")]
    InvalidContentLength,
    #[error("http/1.1 protocol error: both 'Content-Length' and 'Transfer-Encoding' are set.")]
    ContentLengthAndChunked,
    #[error("http/1.1 protocol error: unsupported transfer encoding")]
    UnsupportedTransferEncoding,
    #[error("http/1.1 protocol error: unsupported content length")]
    BodyDisallowed,
    #[error("Invalid nominated headers in Connection.")]
    ConnectionHeaderRejected,
    #[error("http/1.1 protocol error: request headers failed spec compliance checks")]
    InvalidAuthority,
    #[error("headers size exceeds limit")]
    HeadersTooLarge,
    #[error("headers count exceeds limit")]
    TooManyHeaders,
}

impl RequestError {
    /// All headers were taken before they were judged.
    pub(super) fn is_of_a_whole_head(self) -> bool {
        matches!(
            self,
            Self::InvalidUrl
                | Self::InvalidScheme
                | Self::HttpsInPlaintext
                | Self::LowVersion
                | Self::ContentLengthAndChunked
                | Self::UnsupportedTransferEncoding
                | Self::BodyDisallowed
                | Self::InvalidAuthority
        )
    }

    /// Status of the local reply.
    pub fn status(self) -> u16 {
        match self {
            Self::HttpsInPlaintext => 403,
            Self::LowVersion => 426,
            Self::HeadersTooLarge | Self::TooManyHeaders => 431,
            Self::UnsupportedTransferEncoding => 501,
            _ => 400,
        }
    }

    /// Response code details.
    pub fn details(self) -> &'static str {
        match self {
            Self::InvalidCharacters => "http1.invalid_characters",
            Self::UnexpectedUnderscore => "http1.unexpected_underscore",
            Self::LowVersion => "low_version",
            Self::InvalidScheme => "http1.invalid_scheme",
            Self::HttpsInPlaintext => "http1.https_url_on_plaintext_connection",
            Self::InvalidUrl => "http1.invalid_url",
            Self::ContentLengthAndChunked => "http1.content_length_and_chunked_not_allowed",
            Self::UnsupportedTransferEncoding => "http1.invalid_transfer_encoding",
            Self::BodyDisallowed => "http1.body_disallowed",
            Self::ConnectionHeaderRejected => "http1.connection_header_rejected",
            Self::InvalidAuthority => "http.invalid_authority",
            Self::HeadersTooLarge => "http1.headers_too_large",
            Self::TooManyHeaders => "http1.too_many_headers",
            Self::InvalidMethod
            | Self::InvalidTarget
            | Self::InvalidVersion
            | Self::InvalidHeader
            | Self::DuplicateContentLength
            | Self::InvalidContentLength => "http1.codec_error",
        }
    }
}

/// Why a response's head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ResponseError {
    #[error("http/1.1 protocol error: HPE_INVALID_CONSTANT")]
    InvalidStart,
    #[error("http/1.1 protocol error: HPE_INVALID_VERSION")]
    InvalidVersion,
    #[error("http/1.1 protocol error: FAILED_CONVERTING_STATUS_CODE_TO_INT")]
    InvalidStatus,
    #[error("http/1.1 protocol error: INVALID_HEADER_FORMAT")]
    InvalidHeader,
    #[error("http/1.1 protocol error: header value contains invalid chars")]
    InvalidCharacters,
    #[error("http/1.1 protocol error: HPE_UNEXPECTED_CONTENT_LENGTH")]
    DuplicateContentLength,
    #[error("http/1.1 protocol error: UNPARSABLE_CONTENT_LENGTH")]
    InvalidContentLength,
    #[error("http/1.1 protocol error: both 'Content-Length' and 'Transfer-Encoding' are set.")]
    ContentLengthAndChunked,
    #[error("http/1.1 protocol error: unsupported transfer encoding")]
    UnsupportedTransferEncoding,
    #[error("http/1.1 protocol error: transfer encoding not allowed in 1xx or 204")]
    TransferEncodingNotAllowed,
    #[error("http/1.1 protocol error: content length not allowed in 1xx or 204")]
    ContentLengthNotAllowed,
    #[error("headers size exceeds limit")]
    HeadersTooLarge,
    #[error("headers count exceeds limit")]
    TooManyHeaders,
}

impl ResponseError {
    /// Response code details of the codec; they are seen only in logs of Envoy's codec.
    pub fn details(self) -> &'static str {
        match self {
            Self::InvalidCharacters => "http1.invalid_characters",
            Self::ContentLengthAndChunked => "http1.content_length_and_chunked_not_allowed",
            Self::UnsupportedTransferEncoding => "http1.invalid_transfer_encoding",
            Self::TransferEncodingNotAllowed => "http1.transfer_encoding_not_allowed",
            Self::ContentLengthNotAllowed => "http1.content_length_not_allowed",
            Self::HeadersTooLarge => "http1.headers_too_large",
            Self::TooManyHeaders => "http1.too_many_headers",
            Self::InvalidStart
            | Self::InvalidVersion
            | Self::InvalidStatus
            | Self::InvalidHeader
            | Self::DuplicateContentLength
            | Self::InvalidContentLength => "http1.codec_error",
        }
    }
}

/// Why a body is refused, in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BodyError {
    #[error("http/1.1 protocol error: HPE_INVALID_CHUNK_SIZE")]
    InvalidChunkSize,
    #[error("http/1.1 protocol error: CHUNK_LENGTH_OVERFLOW")]
    ChunkLengthOverflow,
    #[error("http/1.1 protocol error: INVALID_TRAILER_FORMAT")]
    InvalidTrailer,
    #[error("http/1.1 protocol error: header value contains invalid chars")]
    InvalidCharacters,
    #[error("http/1.1 protocol error: header name contains underscores")]
    UnexpectedUnderscore,
    #[error("trailers size exceeds limit")]
    TrailersTooLarge,
    #[error("trailers count exceeds limit")]
    TooManyTrailers,
    /// The connection ended before the message did.
    #[error("http/1.1 protocol error: HPE_INVALID_EOF_STATE")]
    UnexpectedEof,
}

impl BodyError {
    /// Status of the local reply if the response has not begun.
    pub fn status(self) -> u16 {
        match self {
            Self::TrailersTooLarge | Self::TooManyTrailers => 431,
            _ => 400,
        }
    }

    /// Response code details.
    pub fn details(self) -> &'static str {
        match self {
            Self::TrailersTooLarge => "http1.headers_too_large",
            Self::TooManyTrailers => "http1.too_many_headers",
            Self::InvalidCharacters => "http1.invalid_characters",
            Self::UnexpectedUnderscore => "http1.unexpected_underscore",
            Self::InvalidChunkSize
            | Self::ChunkLengthOverflow
            | Self::InvalidTrailer
            | Self::UnexpectedEof => "http1.codec_error",
        }
    }
}
