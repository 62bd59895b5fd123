//! What is made of the proxy's own answers before they are sent (Envoy's `local_reply_config`).

use bytes::Bytes;
use voyant_ir::header::HeaderMutations;
use voyant_ir::local_reply as ir;

use crate::observe::access_log::filter::AccessLogFilter;
use crate::observe::format::{BodyFormat, FormatContext};
use crate::pattern::PatternError;
use crate::route::mutation::{Direction, HeaderMutation};
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

/// An answer's body and what it is.
#[derive(Debug)]
pub struct ReplyBody<'a> {
    pub text: Bytes,
    pub content_type: &'a [u8],
    /// Its type takes the place of one that the answer has already.
    pub decides_type: bool,
}

impl<'a> ReplyBody<'a> {
    /// A body as it came.
    pub fn plain(text: Bytes) -> Self {
        Self { text, content_type: TEXT, decides_type: false }
    }

    /// A body of a type, which is that of any text if it is empty.
    pub fn formatted(text: Bytes, content_type: &'a [u8], decides_type: bool) -> Self {
        let content_type = if content_type.is_empty() { TEXT } else { content_type };
        Self { text, content_type, decides_type }
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
