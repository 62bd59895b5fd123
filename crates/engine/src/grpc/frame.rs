//! The frames of gRPC: a byte of flags, four of length, and as many of data. A reader is given
//! bytes as they arrive and tells where frames begin and end; it keeps none of their data.

/// Flags, and how long the data is.
pub const HEAD: usize = 5;

/// What a reader has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A frame begins, with these flags.
    Start(u8),
    /// So much data follows.
    Length(u32),
    /// Some of the data, not empty.
    Data(&'a [u8]),
    /// The frame is whole.
    End,
}

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameReader(State);

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Flags,
    /// How many of its bytes have come, and what they say.
    Length(u8, u32),
    Data(u32),
}

impl FrameReader {
    /// The next event, and `input` without what led to it; nothing when that is used up.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Event<'a>> {
        loop {
            match self.0 {
                State::Flags => {
                    let flags = take_byte(input)?;
                    self.0 = State::Length(0, 0);
                    return Some(Event::Start(flags));
                }
                State::Length(count, so_far) => {
                    let length = so_far << 8 | u32::from(take_byte(input)?);
                    if count == 3 {
                        self.0 = State::Data(length);
                        return Some(Event::Length(length));
                    }
                    self.0 = State::Length(count + 1, length);
                }
                State::Data(0) => {
                    self.0 = State::Flags;
                    return Some(Event::End);
                }
                State::Data(left) => {
                    let taken = input.len().min(left as usize);
                    let (data, rest) = input.split_at(taken);
                    *input = rest;
                    if data.is_empty() {
                        return None;
                    }
                    // No more than `left` was taken.
                    self.0 = State::Data(left - taken as u32);
                    return Some(Event::Data(data));
                }
            }
        }
    }
}

fn take_byte(input: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = input.split_first()?;
    *input = rest;
    Some(*byte)
}

/// What precedes data of a length.
pub fn head(flags: u8, length: usize) -> [u8; HEAD] {
    // Nothing that is buffered is longer.
    let [a, b, c, d] = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    [flags, a, b, c, d]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Flags and data of the frames that are whole.
    fn frames(pieces: &[&[u8]]) -> Vec<(u8, Vec<u8>)> {
        let mut reader = FrameReader::default();
        let (mut found, mut flags, mut data) = (Vec::new(), 0, Vec::new());
        for mut piece in pieces.iter().copied() {
            while let Some(event) = reader.next(&mut piece) {
                match event {
                    Event::Start(now) => flags = now,
                    Event::Length(_) => data.clear(),
                    Event::Data(more) => data.extend_from_slice(more),
                    Event::End => found.push((flags, std::mem::take(&mut data))),
                }
            }
        }
        found
    }

    #[test]
    fn an_empty_frame_is_whole_at_once() {
        let mut input: &[u8] = &head(1, 0);
        let mut reader = FrameReader::default();
        let events = std::iter::from_fn(|| reader.next(&mut input));
        assert_eq!(events.collect::<Vec<_>>(), [Event::Start(1), Event::Length(0), Event::End]);
    }

    proptest! {
        #[test]
        fn frames_are_the_same_in_any_pieces(
            frames_sent in prop::collection::vec((0u8..3, prop::collection::vec(any::<u8>(), 0..20)), 0..5),
            size in 1usize..9,
        ) {
            let mut bytes = Vec::new();
            for (flags, data) in &frames_sent {
                bytes.extend_from_slice(&head(*flags, data.len()));
                bytes.extend_from_slice(data);
            }
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(frames(&pieces), frames_sent);
        }
    }
}
