//! Names and reason phrases as they were received, for HTTP/1 codecs that keep their case.
//!
//! As with Envoy's stateful formatters they belong to the head and not to the codec that writes
//! it, the first spelling of a name serves all of its headers, and a header that is removed and
//! added again gets its spelling back.

use super::{Head, HeaderCase, HeaderId, HeaderRef, Name, Span};

#[derive(Debug, Default, Clone)]
pub(super) struct Spellings {
    case: Option<HeaderCase>,
    /// Empty where there is none.
    reason_phrase: Span,
    names: Vec<(Name, Span)>,
}

impl Spellings {
    pub(super) fn clear(&mut self) {
        self.case = None;
        self.reason_phrase = Span::default();
        self.names.clear();
    }

    pub(super) fn are_kept(&self) -> bool {
        self.case.is_some()
    }
}

impl Head {
    /// From now on the spelling of received names is kept, if `case` asks for it.
    pub fn keep_case(&mut self, case: HeaderCase) {
        if matches!(case, HeaderCase::Preserve | HeaderCase::PreserveElseProperCase) {
            self.spellings.case = Some(case);
        }
    }

    /// How this head wants its names written; nothing leaves it to the connection.
    pub fn case(&self) -> Option<HeaderCase> {
        self.spellings.case
    }

    /// Notes the reason phrase that came with a response.
    pub fn keep_reason_phrase(&mut self, phrase: &[u8]) {
        if !phrase.is_empty() {
            self.spellings.reason_phrase = self.store(phrase);
        }
    }

    /// The reason phrase that the response is to be written with, if it brought one.
    pub fn reason_phrase(&self) -> Option<&[u8]> {
        let span = self.spellings.reason_phrase;
        (span.len > 0).then(|| span.of(&self.buffer))
    }

    /// Notes how a header was spelled that is stored under another name or not at all.
    pub fn note_spelling(&mut self, id: HeaderId, received: &[u8]) {
        if self.spellings.are_kept() {
            self.keep_spelling(Name::Known(id), received);
        }
    }

    /// The name as it was received, if that was kept.
    pub fn spelling(&self, field: &HeaderRef<'_>) -> Option<&[u8]> {
        let same = |name: &Name| match (name, field.id) {
            (Name::Known(known), id) => Some(*known) == id,
            (Name::Text(span), None) => span.of(&self.buffer) == field.name,
            (Name::Text(_), Some(_)) => false,
        };
        let found = self.spellings.names.iter().find(|(name, _)| same(name));
        found.map(|(_, received)| received.of(&self.buffer))
    }

    pub(super) fn keep_spelling(&mut self, name: Name, received: &[u8]) {
        let same = |known: &Name| match (known, &name) {
            (Name::Known(known), Name::Known(id)) => known == id,
            (Name::Text(known), Name::Text(text)) => {
                known.of(&self.buffer) == text.of(&self.buffer)
            }
            _ => false,
        };
        if !self.spellings.names.iter().any(|(known, _)| same(known)) {
            let received = self.store(received);
            self.spellings.names.push((name, received));
        }
    }
}
