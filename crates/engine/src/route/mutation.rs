//! Header mutation: what configuration adds to and removes from heads (Envoy's `HeaderParser`).
//!
//! Within a level, removals come first; then all values are computed from the head as it is; then
//! overwriting headers are set and the others added. The levels of a route are put in order when
//! the table is compiled, so a route without mutations costs nothing.

use std::sync::Arc;

use voyant_ir::header as ir;

use super::matcher::header::request_key;
use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::http::stream_info::StreamInfo;
use crate::observe::format::{AccessLogType, FormatContext, Formatter};
use crate::rt::clock::Instant;

/// Which heads a mutation is for: some headers hold a single value only in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Request,
    Response,
}

/// The mutation of one level.
#[derive(Debug)]
pub struct HeaderMutation {
    remove: Box<[HeaderKey]>,
    add: Box<[Addition]>,
}

#[derive(Debug)]
struct Addition {
    key: HeaderKey,
    value: Formatter,
    action: ir::AppendAction,
    keep_empty_value: bool,
    /// A further value is joined to the first by a comma.
    joined: bool,
}

/// What values are computed from, beside the head that is changed.
#[derive(Debug, Clone, Copy)]
pub struct MutationContext<'a> {
    /// The request, when it is the response that is changed.
    pub request: Option<&'a Head>,
    pub info: &'a StreamInfo,
    pub now: Instant,
}

impl<'a> MutationContext<'a> {
    /// What formats are evaluated on, with the head that is changed.
    pub(super) fn format_context(&self, head: &'a Head) -> FormatContext<'a> {
        FormatContext {
            request: self.request.unwrap_or(head),
            response: self.request.map(|_| head),
            trailers: None,
            info: self.info,
            now: self.now,
            log_type: AccessLogType::NotSet,
            local_reply_body: b"",
        }
    }
}

/// Space that mutations and rewrites work in, kept by each worker.
#[derive(Debug, Default)]
pub struct MutationScratch {
    pub(super) text: Vec<u8>,
    decided: Vec<Decided>,
}

/// An addition that takes place.
#[derive(Debug)]
struct Decided {
    addition: usize,
    overwrites: bool,
    /// Where its value ends in the text; it begins where the one before ends.
    end: usize,
}

impl HeaderMutation {
    /// Compiles the mutation of a level; nothing when it changes nothing.
    pub fn new(mutations: &ir::HeaderMutations, direction: Direction) -> Option<Self> {
        let ir::HeaderMutations { remove, add } = mutations;
        if remove.is_empty() && add.is_empty() {
            return None;
        }
        let key = |name: &str| match direction {
            Direction::Request => request_key(name),
            Direction::Response => HeaderKey::new(name),
        };
        let add = add.iter().map(|add| {
            let ir::HeaderAdd { name, value, action, keep_empty_value } = add;
            let key = key(name);
            let joined = match (&key, direction) {
                (HeaderKey::Known(id), Direction::Request) => id.is_joined_in_request(),
                (HeaderKey::Known(id), Direction::Response) => id.is_joined_in_response(),
                (HeaderKey::Other(_), _) => false,
            };
            let value = Formatter::new(value);
            Addition { key, value, action: *action, keep_empty_value: *keep_empty_value, joined }
        });
        Some(Self { remove: remove.iter().map(|name| key(name)).collect(), add: add.collect() })
    }

    /// Changes a head.
    pub fn apply(&self, head: &mut Head, cx: &MutationContext<'_>, scratch: &mut MutationScratch) {
        self.remove_from(head);
        if !self.add.is_empty() {
            self.decide(head, &cx.format_context(head), scratch);
            self.put_decided(head, scratch);
        }
    }

    /// Changes trailers; of a response's, not of a request's, there are operators.
    pub fn apply_to_trailers(
        &self,
        trailers: &mut Head,
        heads: FormatContext<'_>,
        scratch: &mut MutationScratch,
    ) {
        self.remove_from(trailers);
        if !self.add.is_empty() {
            let told = heads.response.is_some().then_some(&*trailers);
            self.decide(trailers, &FormatContext { trailers: told, ..heads }, scratch);
            self.put_decided(trailers, scratch);
        }
    }

    fn remove_from(&self, head: &mut Head) {
        for key in &self.remove {
            head.remove_key(key);
        }
    }

    fn put_decided(&self, head: &mut Head, scratch: &MutationScratch) {
        for overwriting in [true, false] {
            let mut start = 0;
            for decided in &scratch.decided {
                let value = &scratch.text[start..decided.end];
                start = decided.end;
                if decided.overwrites == overwriting {
                    self.add[decided.addition].put(head, value, overwriting);
                }
            }
        }
    }

    /// Computes all values, and which of them are added.
    fn decide(&self, head: &Head, cx: &FormatContext<'_>, scratch: &mut MutationScratch) {
        let MutationScratch { text, decided } = scratch;
        text.clear();
        decided.clear();
        for (number, addition) in self.add.iter().enumerate() {
            let start = text.len();
            addition.value.write_omitting(cx, text);
            let has_value = text.len() > start || addition.keep_empty_value;
            match addition.overwrites(head) {
                Some(overwrites) if has_value => {
                    decided.push(Decided { addition: number, overwrites, end: text.len() });
                }
                _ => text.truncate(start),
            }
        }
    }
}

impl Addition {
    /// Whether the values that are there are overwritten; nothing when nothing is to be done.
    fn overwrites(&self, head: &Head) -> Option<bool> {
        use ir::AppendAction as A;
        let exists = || head.get_key(&self.key).is_some();
        match self.action {
            A::AppendIfExistsOrAdd => Some(false),
            A::AddIfAbsent => (!exists()).then_some(false),
            A::OverwriteIfExistsOrAdd => Some(true),
            A::OverwriteIfExists => exists().then_some(true),
        }
    }

    fn put(&self, head: &mut Head, value: &[u8], overwrites: bool) {
        if overwrites {
            head.remove_key(&self.key);
        }
        if self.joined {
            head.append(&self.key, b",", value);
        } else {
            head.push_key(&self.key, value);
        }
    }
}

/// The mutations of all levels of a route for one direction, in the order in which they apply.
#[derive(Debug, Clone, Default)]
pub struct Mutations(Option<Arc<[Arc<HeaderMutation>]>>);

impl Mutations {
    /// Puts levels in order: given from the most to the least specific, of which the last has the
    /// last word unless the most specific is to win.
    pub(super) fn new<'a>(
        levels: impl DoubleEndedIterator<Item = Option<&'a Arc<HeaderMutation>>>,
        most_specific_wins: bool,
    ) -> Self {
        let levels = levels.flatten().cloned();
        let levels: Vec<_> =
            if most_specific_wins { levels.rev().collect() } else { levels.collect() };
        Self((!levels.is_empty()).then(|| levels.into()))
    }

    /// True if nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Changes a head.
    pub fn apply(&self, head: &mut Head, cx: &MutationContext<'_>, scratch: &mut MutationScratch) {
        for level in self.0.iter().flat_map(|levels| levels.iter()) {
            level.apply(head, cx, scratch);
        }
    }
}

#[cfg(test)]
mod tests;
