//! What is made of the proxy's own answers before they are sent (Envoy's `local_reply_config`).

use bytes::Bytes;
use voyant_ir::access_log::AccessLogFormat;
use voyant_ir::header::HeaderMutations;
use voyant_ir::local_reply as ir;

use crate::observe::access_log::filter::AccessLogFilter;
use crate::observe::format::{FormatContext, Formatter, JsonFormatter};
use crate::route::mutation::{Direction, HeaderMutation};
use crate::route::pattern::PatternError;
use crate::worker::Worker;

const JSON: &[u8] = b"application/json";
const TEXT: &[u8] = b"text/plain";

/// What is made of them.
#[derive(Debug)]
pub struct LocalReplies {
    mappers: Vec<Mapper>,
    body_format: Option<BodyFormat>,
}

/// What is made of the answers that a filter chooses.
#[derive(Debug)]
pub struct Mapper {
    filter: AccessLogFilter,
    pub status: Option<u16>,
    pub body: Option<Bytes>,
    pub headers: Option<HeaderMutation>,
    body_format: Option<BodyFormat>,
}

/// The form of a body.
#[derive(Debug)]
pub struct BodyFormat {
    format: Format,
    content_type: Box<[u8]>,
}

#[derive(Debug)]
enum Format {
    Text(Formatter),
    /// Missing values are empty.
    OmittingText(Formatter),
    Json(JsonFormatter),
}

impl LocalReplies {
    pub fn new(ir: &ir::LocalReplyConfig) -> Result<Self, PatternError> {
        let ir::LocalReplyConfig { mappers, body_format } = ir;
        let mappers = mappers.iter().map(Mapper::new).collect::<Result<_, _>>()?;
        Ok(Self { mappers, body_format: body_format.as_ref().map(BodyFormat::new) })
    }

    /// The first mapper that an answer is for.
    pub fn mapper(&self, cx: &FormatContext<'_>, worker: &Worker) -> Option<&Mapper> {
        self.mappers.iter().find(|mapper| mapper.filter.matches(cx, &worker.runtime, &worker.rng))
    }

    /// The form of an answer's body.
    pub fn body_format<'a>(&'a self, mapper: Option<&'a Mapper>) -> Option<&'a BodyFormat> {
        mapper.and_then(|mapper| mapper.body_format.as_ref()).or(self.body_format.as_ref())
    }
}

impl Mapper {
    fn new(ir: &ir::LocalReplyMapper) -> Result<Self, PatternError> {
        let ir::LocalReplyMapper { filter, status, body, headers_to_add, body_format } = ir;
        let headers = HeaderMutations { remove: Vec::new(), add: headers_to_add.clone() };
        Ok(Self {
            filter: AccessLogFilter::new(filter)?,
            status: *status,
            body: body.clone().map(Bytes::from),
            headers: HeaderMutation::new(&headers, Direction::Response),
            body_format: body_format.as_ref().map(BodyFormat::new),
        })
    }
}

impl BodyFormat {
    fn new(ir: &ir::BodyFormat) -> Self {
        let ir::BodyFormat { format, content_type } = ir;
        let format = match format {
            AccessLogFormat::Text { segments, omit_empty_values: false } => {
                Format::Text(Formatter::new(segments))
            }
            AccessLogFormat::Text { segments, omit_empty_values: true } => {
                Format::OmittingText(Formatter::new(segments))
            }
            AccessLogFormat::Json { template, omit_empty_values } => {
                Format::Json(JsonFormatter::new(template, *omit_empty_values))
            }
        };
        Self { format, content_type: content_type.as_bytes().into() }
    }

    pub fn write(&self, cx: &FormatContext<'_>) -> Bytes {
        let mut body = Vec::new();
        match &self.format {
            Format::Text(formatter) => {
                formatter.write(cx, &mut body);
            }
            Format::OmittingText(formatter) => {
                formatter.write_omitting(cx, &mut body);
            }
            Format::Json(formatter) => {
                formatter.write(cx, &mut body);
                body.push(b'\n');
            }
        }
        body.into()
    }

    pub fn content_type(&self) -> &[u8] {
        &self.content_type
    }
}

/// An answer's body and what it is.
#[derive(Debug)]
pub struct ReplyBody<'a> {
    pub text: Bytes,
    pub content_type: &'a [u8],
    /// Its type takes the place of one that the answer has already.
    pub decides_type: bool,
}

impl ReplyBody<'_> {
    /// A body as it came.
    pub fn plain(text: Bytes) -> Self {
        Self { text, content_type: TEXT, decides_type: false }
    }

    /// The body as a message in a header: a document without the end of its line.
    pub fn message(&self) -> &[u8] {
        match self.text.strip_suffix(b"\n") {
            Some(message) if self.content_type == JSON => message,
            _ => &self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_document_without_the_end_of_its_line() {
        let message = |content_type| {
            let text = Bytes::from_static(b"{}\n");
            ReplyBody { text, content_type, decides_type: true }.message().to_vec()
        };
        assert_eq!(message(JSON), b"{}");
        assert_eq!(message(TEXT), b"{}\n");
    }
}
