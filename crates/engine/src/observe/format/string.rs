//! Whole texts and documents: lines of logs, bodies of responses.

use voyant_ir::format as ir;

use super::{FormatContext, Formatter, JsonFormatter};

/// A compiled `SubstitutionFormatString`.
#[derive(Debug)]
pub enum FormatString {
    Text(Formatter),
    /// Missing values are empty.
    OmittingText(Formatter),
    Json(JsonFormatter),
}

impl FormatString {
    pub fn new(format: &ir::FormatString) -> Self {
        match format {
            ir::FormatString::Text { segments, omit_empty_values: false } => {
                Self::Text(Formatter::new(segments))
            }
            ir::FormatString::Text { segments, omit_empty_values: true } => {
                Self::OmittingText(Formatter::new(segments))
            }
            ir::FormatString::Json { template, omit_empty_values } => {
                Self::Json(JsonFormatter::new(template, *omit_empty_values))
            }
        }
    }

    /// Appends the text, or the document with a newline.
    pub fn write(&self, cx: &FormatContext<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Text(formatter) => {
                formatter.write(cx, out);
            }
            Self::OmittingText(formatter) => {
                formatter.write_omitting(cx, out);
            }
            Self::Json(formatter) => {
                formatter.write(cx, out);
                out.push(b'\n');
            }
        }
    }
}

/// How the body of a response is made.
#[derive(Debug)]
pub struct BodyFormat {
    format: FormatString,
    /// Empty: that of any text.
    pub content_type: Box<[u8]>,
}

impl BodyFormat {
    pub fn new(body: &ir::BodyFormat) -> Self {
        let ir::BodyFormat { format, content_type } = body;
        Self { format: FormatString::new(format), content_type: content_type.as_bytes().into() }
    }

    /// The body.
    pub fn body(&self, cx: &FormatContext<'_>) -> Vec<u8> {
        let mut body = Vec::new();
        self.format.write(cx, &mut body);
        body
    }
}
