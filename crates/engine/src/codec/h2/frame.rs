//! Frame headers (RFC 9113, 4.1) in a stream of bytes that arrives in any pieces. Only the nine
//! bytes of the header and the first eight of the payload are looked at; bodies are skipped.

/// Length of a frame's header.
pub(super) const HEADER_LEN: usize = 9;
/// Bytes of the payload that are reported with the header: a whole `PING`, `RST_STREAM`,
/// `WINDOW_UPDATE` and `GOAWAY` without its debug data.
const PEEK_LEN: usize = 8;
/// The header and those bytes.
pub(super) const PEEKED_LEN: usize = HEADER_LEN + PEEK_LEN;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

/// `END_STREAM` of DATA and HEADERS, ACK of SETTINGS and PING.
pub(super) const FLAG_END_STREAM: u8 = 1;
pub(super) const FLAG_ACK: u8 = 1;
pub(super) const FLAG_END_HEADERS: u8 = 4;
pub(super) const FLAG_PADDED: u8 = 8;

/// The start of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameStart {
    pub length: u32,
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    peek: [u8; PEEK_LEN],
}

impl FrameStart {
    fn parse(bytes: &[u8]) -> Self {
        let word = |at: usize| {
            u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let mut peek = [0; PEEK_LEN];
        peek[..bytes.len() - HEADER_LEN].copy_from_slice(&bytes[HEADER_LEN..]);
        Self {
            length: word(0) >> 8,
            kind: bytes[3],
            flags: bytes[4],
            stream: word(5) & 0x7fff_ffff,
            peek,
        }
    }

    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// True for frames that a peer can make this end send as often as it likes.
    pub(super) fn is_answer(&self) -> bool {
        match self.kind {
            RST_STREAM => true,
            PING | SETTINGS => self.has(FLAG_ACK),
            _ => false,
        }
    }

    /// True for DATA that brings nothing and ends nothing.
    pub(super) fn is_idle_data(&self) -> bool {
        self.kind == DATA && self.length == 0 && !self.has(FLAG_END_STREAM)
    }

    /// The first four bytes of the payload as a number.
    pub(super) fn first_word(&self) -> u32 {
        u32::from_be_bytes([self.peek[0], self.peek[1], self.peek[2], self.peek[3]])
    }

    /// The second four bytes of the payload as a number.
    pub(super) fn second_word(&self) -> u32 {
        u32::from_be_bytes([self.peek[4], self.peek[5], self.peek[6], self.peek[7]])
    }

    /// The payload's first bytes; zero behind its end.
    pub(super) fn peek(&self) -> &[u8; PEEK_LEN] {
        &self.peek
    }

    /// Length of the payload without padding.
    pub(super) fn unpadded_length(&self) -> u32 {
        let padding = if self.has(FLAG_PADDED) { 1 + u32::from(self.peek[0]) } else { 0 };
        self.length.saturating_sub(padding)
    }
}

/// A GOAWAY.
pub(super) fn goaway(last_stream: u32, code: u32) -> [u8; HEADER_LEN + 8] {
    let mut frame = [0; HEADER_LEN + 8];
    (frame[2], frame[3]) = (8, GOAWAY);
    frame[HEADER_LEN..HEADER_LEN + 4].copy_from_slice(&last_stream.to_be_bytes());
    frame[HEADER_LEN + 4..].copy_from_slice(&code.to_be_bytes());
    frame
}

/// A request's head with nothing in it but what each must have. It leaves the tables of header
/// compression as they are.
pub(super) fn bare_head(stream: u32) -> [u8; HEADER_LEN + 3] {
    const GET_HTTP_ROOT: [u8; 3] = [0x82, 0x86, 0x84];
    let mut frame = [0; HEADER_LEN + 3];
    (frame[2], frame[3], frame[4]) = (3, HEADERS, FLAG_END_HEADERS);
    frame[5..HEADER_LEN].copy_from_slice(&stream.to_be_bytes());
    frame[HEADER_LEN..].copy_from_slice(&GET_HTTP_ROOT);
    frame
}

/// Finds the frames in a stream of bytes.
#[derive(Debug, Default, Clone)]
pub(super) struct FrameWalker {
    start: [u8; HEADER_LEN + PEEK_LEN],
    have: usize,
    /// Payload bytes that are still to come and of no interest.
    skip: usize,
}

impl FrameWalker {
    /// True when the next byte begins a frame.
    pub(super) fn at_boundary(&self) -> bool {
        self.have == 0 && self.skip == 0
    }

    /// The next bytes belong to no frame.
    pub(super) fn skip_ahead(&mut self, bytes: usize) {
        self.skip += bytes;
    }

    /// Consumes either what is left of a frame's payload or the start of the next frame: how many
    /// bytes, and the frame if its header and the beginning of its payload are now complete.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> (usize, Option<FrameStart>) {
        if self.skip > 0 {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            return (skipped, None);
        }
        let mut used = 0;
        while used < bytes.len() {
            let wanted = self.wanted();
            let taken = (wanted - self.have).min(bytes.len() - used);
            self.start[self.have..self.have + taken].copy_from_slice(&bytes[used..used + taken]);
            self.have += taken;
            used += taken;
            if self.have >= HEADER_LEN && self.have == self.wanted() {
                let frame = FrameStart::parse(&self.start[..self.have]);
                self.skip = frame.length as usize + HEADER_LEN - self.have;
                self.have = 0;
                return (used, Some(frame));
            }
        }
        (used, None)
    }

    /// True when only the header of a frame, and maybe more of its beginning, has come.
    pub(super) fn in_start(&self) -> bool {
        self.have > 0
    }

    /// A frame of which only the beginning has come, once that says what it is.
    pub(super) fn begun(&self) -> Option<FrameStart> {
        (self.have >= HEADER_LEN).then(|| FrameStart::parse(&self.start[..self.have]))
    }

    fn wanted(&self) -> usize {
        if self.have < HEADER_LEN {
            return HEADER_LEN;
        }
        let length = u32::from_be_bytes([0, self.start[0], self.start[1], self.start[2]]);
        HEADER_LEN + (length as usize).min(PEEK_LEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    fn walk(pieces: &[&[u8]]) -> Vec<(u8, u32, u32)> {
        let mut walker = FrameWalker::default();
        let mut found = Vec::new();
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() {
                let (used, frame) = walker.advance(rest);
                rest = &rest[used..];
                found.extend(frame.map(|f| (f.kind, f.stream, f.first_word())));
            }
        }
        assert!(walker.at_boundary());
        found
    }

    #[test]
    fn frames_are_found_in_any_pieces() {
        let mut bytes = frame(DATA, 0, 1, &[7; 300]);
        bytes.extend(frame(SETTINGS, FLAG_ACK, 0, &[]));
        bytes.extend(frame(RST_STREAM, 0, 3, &8u32.to_be_bytes()));
        bytes.extend(frame(HEADERS, 4, 5, &[1]));
        let expected = [(DATA, 1, 0x0707_0707), (SETTINGS, 0, 0), (RST_STREAM, 3, 8)];
        for size in [1, 2, 8, 9, 10, 17, 100, bytes.len()] {
            let found = walk(&bytes.chunks(size).collect::<Vec<_>>());
            assert_eq!(found[..3], expected, "pieces of {size}");
            assert_eq!(found[3], (HEADERS, 5, 0x0100_0000));
        }
    }

    #[test]
    fn padding_does_not_count_as_payload() {
        let mut walker = FrameWalker::default();
        let padded = frame(DATA, FLAG_PADDED, 1, &[4, 0, 0, 0, 0]);
        assert_eq!(walker.advance(&padded).1.map(|f| f.unpadded_length()), Some(0));
    }
}
