//! An HTTP/1 message as a test sees it.

/// A request or response that was read as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The start line without its end.
    pub start: String,
    /// Fields as they stood on the wire.
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(String, String)>,
    /// Sizes of the chunks, if the body came in chunks.
    pub chunks: Vec<usize>,
    /// The whole head as it stood on the wire.
    pub head: String,
}

impl Message {
    /// The first value of a field, by its name in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The status of a response; 0 for a request.
    pub fn status(&self) -> u16 {
        let words = self.start.strip_prefix("HTTP/").and_then(|rest| rest.split(' ').nth(1));
        words.and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
