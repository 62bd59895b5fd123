//! A message's head: pseudo-headers and headers in the order of arrival, for every protocol.
//!
//! One buffer holds all text and a short list says where each name and value lies, so a head is
//! two allocations that are reused from request to request; a change appends to the buffer.
//! Pseudo-headers (`:method`, `:path`, `:authority`, `:scheme`, `:status`) are entries like any
//! other, as in Envoy's header map; HTTP/1's `host` is kept as `:authority`.

use voyant_ir::protocol::HeaderCase;

use header_name::{HeaderId, HeaderKey};
use spelling::Spellings;

pub mod header_name;
pub mod pool;
mod spelling;

/// Where a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Known(HeaderId),
    /// Lower-case text in the buffer.
    Text(Span),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Span {
    start: u32,
    len: u32,
}

impl Span {
    fn of(self, buffer: &[u8]) -> &[u8] {
        &buffer[self.start as usize..(self.start + self.len) as usize]
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    name: Name,
    value: Span,
}

/// A head. `Clone` copies the text; `clone_from` does so into the allocations that are there.
#[derive(Debug, Default)]
pub struct Head {
    buffer: Vec<u8>,
    entries: Vec<Entry>,
    /// What was ever added: most questions are about headers that are not there.
    seen: Seen,
    spellings: Spellings,
}

/// A bit for each known header, and behind those one for other names of like length.
#[derive(Debug, Default, Clone, Copy)]
struct Seen([u64; 4]);

const LENGTHS: u8 = 0x80;

const _: () = assert!(HeaderId::COUNT <= LENGTHS as usize);

impl Seen {
    fn add(&mut self, name: Name) {
        let bit = match name {
            Name::Known(id) => id as u8,
            Name::Text(span) => Self::of_length(span.len as usize),
        };
        self.0[usize::from(bit / 64)] |= 1 << (bit % 64);
    }

    fn may_have(self, id: HeaderId) -> bool {
        self.has(id as u8)
    }

    fn may_have_key(self, key: &HeaderKey) -> bool {
        self.has(match key {
            HeaderKey::Known(id) => *id as u8,
            HeaderKey::Other(name) => Self::of_length(name.len()),
        })
    }

    fn has(self, bit: u8) -> bool {
        self.0[usize::from(bit / 64)] >> (bit % 64) & 1 != 0
    }

    fn of_length(length: usize) -> u8 {
        LENGTHS | length as u8
    }
}

impl Clone for Head {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, source: &Self) {
        let Self { buffer, entries, seen, spellings } = source;
        self.seen = *seen;
        self.buffer.clone_from(buffer);
        self.entries.clone_from(entries);
        self.spellings.clone_from(spellings);
    }
}

/// One header of a head.
#[derive(Debug, Clone, Copy)]
pub struct HeaderRef<'a> {
    pub id: Option<HeaderId>,
    /// Lower case.
    pub name: &'a [u8],
    pub value: &'a [u8],
}

impl Head {
    /// An empty head.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything but keeps the allocations.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.entries.clear();
        self.seen = Seen::default();
        self.spellings.clear();
    }

    /// Entries, pseudo-headers included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of all names and values, as Envoy counts the size of a header map.
    pub fn byte_size(&self) -> usize {
        self.iter().map(|h| h.name.len() + h.value.len()).sum()
    }

    /// About as many bytes as the head takes on HTTP/1, and not fewer in most cases.
    pub fn size_hint(&self) -> usize {
        const NAME_AND_ENDS: usize = 24;
        self.buffer.len() + self.entries.len() * NAME_AND_ENDS
    }

    /// Memory held, for pools that bound what they keep.
    pub fn capacity(&self) -> usize {
        self.buffer.capacity() + self.entries.capacity() * size_of::<Entry>()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = HeaderRef<'_>> {
        self.entries.iter().map(|entry| HeaderRef {
            id: match entry.name {
                Name::Known(id) => Some(id),
                Name::Text(_) => None,
            },
            name: self.name_of(entry),
            value: entry.value.of(&self.buffer),
        })
    }

    /// The first value of a known header.
    pub fn get(&self, id: HeaderId) -> Option<&[u8]> {
        if !self.seen.may_have(id) {
            return None;
        }
        self.entries
            .iter()
            .find(|entry| entry.name == Name::Known(id))
            .map(|entry| entry.value.of(&self.buffer))
    }

    /// The first value of any header.
    pub fn get_key(&self, key: &HeaderKey) -> Option<&[u8]> {
        self.get_all(key).next()
    }

    /// All values of a header in order.
    pub fn get_all<'a>(&'a self, key: &HeaderKey) -> impl Iterator<Item = &'a [u8]> {
        let entries = if self.seen.may_have_key(key) { &self.entries[..] } else { &[] };
        entries
            .iter()
            .filter(move |entry| self.is(entry, key))
            .map(|entry| entry.value.of(&self.buffer))
    }

    pub fn contains(&self, id: HeaderId) -> bool {
        self.seen.may_have(id) && self.entries.iter().any(|entry| entry.name == Name::Known(id))
    }

    /// The message leaves HTTP, or asks to: `upgrade`, and `connection` that names it.
    pub fn is_upgrade(&self) -> bool {
        let names_it = |value: &[u8]| {
            value
                .split(|byte| *byte == b',')
                .any(|one| one.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
        };
        self.contains(HeaderId::Upgrade) && self.get(HeaderId::Connection).is_some_and(names_it)
    }

    /// The first value as text; nothing when it is not UTF-8.
    pub fn get_str(&self, id: HeaderId) -> Option<&str> {
        self.get(id).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// `:method`, or nothing in a response.
    pub fn method(&self) -> &[u8] {
        self.get(HeaderId::Method).unwrap_or_default()
    }

    /// `:path` with its query.
    pub fn path(&self) -> &[u8] {
        self.get(HeaderId::Path).unwrap_or_default()
    }

    /// `:authority`.
    pub fn authority(&self) -> &[u8] {
        self.get(HeaderId::Authority).unwrap_or_default()
    }

    /// `:status` as a number; 0 when there is none.
    pub fn status(&self) -> u16 {
        let digits = self.get(HeaderId::Status).unwrap_or_default();
        digits.iter().fold(0u16, |sum, digit| {
            sum.wrapping_mul(10).wrapping_add(u16::from(digit.wrapping_sub(b'0')))
        })
    }

    /// Adds a known header behind all others.
    pub fn push(&mut self, id: HeaderId, value: &[u8]) {
        let value = self.store(value);
        self.enter(Name::Known(id), value);
    }

    /// Adds a header behind all others.
    pub fn push_key(&mut self, key: &HeaderKey, value: &[u8]) {
        let name = match key {
            HeaderKey::Known(id) => Name::Known(*id),
            HeaderKey::Other(text) => Name::Text(self.store(text.as_bytes())),
        };
        let value = self.store(value);
        self.enter(name, value);
    }

    /// Adds a header as received: a token in any case. Answers its number if it has one.
    pub fn push_received(&mut self, name: &[u8], value: &[u8]) -> Option<HeaderId> {
        let id = HeaderId::from_token(name);
        self.push_received_as(id, name, value);
        id
    }

    /// Adds a header as received, whose number is known.
    pub fn push_received_as(&mut self, id: Option<HeaderId>, name: &[u8], value: &[u8]) {
        let name_in_head = match id {
            Some(id) => Name::Known(id),
            None => Name::Text(self.store_lower(name)),
        };
        if self.spellings.are_kept() {
            self.keep_spelling(name_in_head, name);
        }
        let value = self.store(value);
        self.enter(name_in_head, value);
    }

    fn enter(&mut self, name: Name, value: Span) {
        self.seen.add(name);
        self.entries.push(Entry { name, value });
    }

    /// Takes the last header away.
    pub fn pop(&mut self) {
        self.entries.pop();
    }

    /// Moves the last header before all others.
    pub fn last_to_front(&mut self) {
        let by = 1.min(self.entries.len());
        self.entries.rotate_right(by);
    }

    /// Joins the last header's value to the first header of the same name. As in Envoy, no
    /// separator stands beside an empty value.
    pub fn join_last(&mut self, separator: &[u8]) {
        let Some(last) = self.entries.pop() else { return };
        let first = match last.name {
            Name::Known(_) => self.entries.iter().position(|entry| entry.name == last.name),
            Name::Text(span) => {
                let name = span.of(&self.buffer);
                self.entries.iter().position(|entry| self.name_of(entry) == name)
            }
        };
        let Some(first) = first else { return self.entries.push(last) };
        let (old, added) = (self.entries[first].value, last.value);
        if old.len == 0 || added.len == 0 {
            self.entries[first].value = if old.len == 0 { added } else { old };
            return;
        }
        let start = self.buffer.len() as u32;
        self.buffer.extend_from_within(old.start as usize..(old.start + old.len) as usize);
        self.buffer.extend_from_slice(separator);
        self.buffer.extend_from_within(added.start as usize..(added.start + added.len) as usize);
        self.entries[first].value = Span { start, len: self.buffer.len() as u32 - start };
    }

    /// Sets a known header: the first occurrence changes in place, others go; else it is added.
    pub fn set(&mut self, id: HeaderId, value: &[u8]) {
        self.set_key(&HeaderKey::Known(id), value);
    }

    /// Sets any header: the first occurrence changes in place, others go; else it is added.
    pub fn set_key(&mut self, key: &HeaderKey, value: &[u8]) {
        let Some(first) = self.position(key) else {
            return self.push_key(key, value);
        };
        self.entries[first].value = self.store(value);
        self.retain_from(first + 1, key);
    }

    /// Appends to the first occurrence, with a separator unless one of the two is empty, or adds
    /// the header.
    pub fn append(&mut self, key: &HeaderKey, separator: &[u8], value: &[u8]) {
        let Some(first) = self.position(key) else {
            return self.push_key(key, value);
        };
        if value.is_empty() {
            return;
        }
        let old = self.entries[first].value;
        let start = self.buffer.len() as u32;
        self.buffer.extend_from_within(old.start as usize..(old.start + old.len) as usize);
        if old.len > 0 {
            self.buffer.extend_from_slice(separator);
        }
        self.buffer.extend_from_slice(value);
        self.entries[first].value = Span { start, len: self.buffer.len() as u32 - start };
    }

    /// Removes all occurrences; true if there was one.
    pub fn remove(&mut self, id: HeaderId) -> bool {
        if !self.seen.may_have(id) {
            return false;
        }
        let before = self.entries.len();
        self.entries.retain(|entry| entry.name != Name::Known(id));
        self.entries.len() != before
    }

    /// Removes all occurrences; true if there was one.
    pub fn remove_key(&mut self, key: &HeaderKey) -> bool {
        if let HeaderKey::Known(id) = key {
            return self.remove(*id);
        }
        if !self.seen.may_have_key(key) {
            return false;
        }
        let before = self.entries.len();
        self.retain_from(0, key);
        self.entries.len() != before
    }

    /// Keeps the headers for which `keep` answers true.
    pub fn retain(&mut self, mut keep: impl FnMut(HeaderRef<'_>) -> bool) {
        let Self { buffer, entries, .. } = self;
        entries.retain(|entry| {
            let id = match entry.name {
                Name::Known(id) => Some(id),
                Name::Text(_) => None,
            };
            let name = match &entry.name {
                Name::Known(id) => id.as_str().as_bytes(),
                Name::Text(span) => span.of(buffer),
            };
            keep(HeaderRef { id, name, value: entry.value.of(buffer) })
        });
    }

    fn position(&self, key: &HeaderKey) -> Option<usize> {
        if !self.seen.may_have_key(key) {
            return None;
        }
        self.entries.iter().position(|entry| self.is(entry, key))
    }

    fn retain_from(&mut self, start: usize, key: &HeaderKey) {
        let mut at = start;
        while at < self.entries.len() {
            if self.is(&self.entries[at], key) {
                self.entries.remove(at);
            } else {
                at += 1;
            }
        }
    }

    fn is(&self, entry: &Entry, key: &HeaderKey) -> bool {
        match (&entry.name, key) {
            (Name::Known(id), HeaderKey::Known(wanted)) => id == wanted,
            (Name::Text(span), HeaderKey::Other(text)) => {
                span.len as usize == text.len() && span.of(&self.buffer) == text.as_bytes()
            }
            _ => false,
        }
    }

    fn name_of<'a>(&'a self, entry: &'a Entry) -> &'a [u8] {
        match &entry.name {
            Name::Known(id) => id.as_str().as_bytes(),
            Name::Text(span) => span.of(&self.buffer),
        }
    }

    fn store_lower(&mut self, bytes: &[u8]) -> Span {
        let span = self.store(bytes);
        self.buffer[span.start as usize..].make_ascii_lowercase();
        span
    }

    fn store(&mut self, bytes: &[u8]) -> Span {
        let start = self.buffer.len() as u32;
        self.buffer.extend_from_slice(bytes);
        Span { start, len: bytes.len() as u32 }
    }
}

#[cfg(test)]
mod tests;
