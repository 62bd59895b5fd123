//! Bodies in base64, in pieces. A request's is decoded in groups of four letters, each piece on
//! its own as padding may end any of them; a response's is encoded frame by frame.

use bytes::{BufMut, Bytes, BytesMut};

use crate::base64;
use crate::grpc::frame::{Event, FrameReader, head};

/// Letters that stand for whole bytes.
const GROUP: usize = 4;
/// The flag of a frame whose data is compressed; frames have no other.
const COMPRESSED: u8 = 1;

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadText {
    Length,
    Text,
}

/// The body of a request.
#[derive(Debug, Default)]
pub struct TextDecoder {
    /// Less than a group.
    held: Vec<u8>,
}

impl TextDecoder {
    /// The bytes of so much text as is there.
    pub fn decode(&mut self, text: &[u8], last: bool) -> Result<Bytes, BadText> {
        self.held.extend_from_slice(text);
        let rest = self.held.len() % GROUP;
        if last && rest != 0 {
            return Err(BadText::Length);
        }
        let whole = self.held.len() - rest;
        let bytes = base64::decode_padded(&self.held[..whole]).ok_or(BadText::Text)?;
        self.held.drain(..whole);
        Ok(bytes.into())
    }
}

/// The body of a response.
#[derive(Debug)]
pub struct TextEncoder {
    reader: FrameReader,
    flags: u8,
    /// Of a frame that is not whole.
    frame: BytesMut,
    limit: usize,
}

impl TextEncoder {
    /// Frames of up to `limit` bytes are held until they are whole.
    pub fn new(limit: usize) -> Self {
        Self { reader: FrameReader::default(), flags: 0, frame: BytesMut::new(), limit }
    }

    /// The text of the frames that end in some bytes. What has flags that no frame has goes on as
    /// it is when frames end in the same bytes, and is lost otherwise, as in Envoy.
    pub fn encode(&mut self, bytes: &[u8]) -> Bytes {
        let mut text = Vec::new();
        let mut input = bytes;
        while let Some(event) = self.reader.next(&mut input) {
            match event {
                Event::Start(flags) if flags & !COMPRESSED != 0 => {
                    self.reader = FrameReader::default();
                    if !text.is_empty() {
                        text.splice(0..0, bytes.iter().copied());
                    }
                    break;
                }
                Event::Start(flags) => self.flags = flags,
                Event::Length(length) => self.frame.put_slice(&head(self.flags, length as usize)),
                Event::Data(data) => self.hold(data, &mut text),
                Event::End => base64::encode(&self.frame.split(), &mut text),
            }
        }
        text.into()
    }

    fn hold(&mut self, data: &[u8], text: &mut Vec<u8>) {
        self.frame.put_slice(data);
        if self.frame.len() > self.limit {
            let whole = self.frame.len() - self.frame.len() % 3;
            base64::encode(&self.frame.split_to(whole), text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(pieces: &[&str]) -> Result<Vec<u8>, BadText> {
        let mut decoder = TextDecoder::default();
        let mut bytes = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            let last = number + 1 == pieces.len();
            bytes.extend_from_slice(&decoder.decode(piece.as_bytes(), last)?);
        }
        Ok(bytes)
    }

    #[test]
    fn text_may_be_padded_where_a_piece_ends() {
        assert_eq!(
            decoded(&["Zm9v", "Zg==", "Zm8="]),
            Ok(b"foofo"[..].to_vec()).map(|mut found| {
                found.splice(3..3, *b"f");
                found
            })
        );
        assert_eq!(decoded(&["Z", "m", "9v", ""]), Ok(b"foo".to_vec()));
        assert_eq!(decoded(&["Zg==Zm8="]), Err(BadText::Text));
    }

    #[test]
    fn text_has_whole_groups() {
        assert_eq!(decoded(&["Zm9vZ", ""]), Err(BadText::Length));
        assert_eq!(decoded(&["Zm9vZ"]), Err(BadText::Length));
        assert_eq!(decoded(&["Zm9v", "Z!", "!!"]), Err(BadText::Text));
        assert_eq!(decoded(&[""]), Ok(Vec::new()));
    }

    fn encoded(pieces: &[&[u8]], limit: usize) -> Vec<String> {
        let mut encoder = TextEncoder::new(limit);
        let text = |piece: &&[u8]| String::from_utf8_lossy(&encoder.encode(piece)).into_owned();
        pieces.iter().map(text).collect()
    }

    const FRAME: &[u8] = b"\0\0\0\0\x02hi";

    #[test]
    fn each_frame_is_a_text_of_its_own() {
        assert_eq!(encoded(&[FRAME], 9), ["AAAAAAJoaQ=="]);
        assert_eq!(encoded(&[&FRAME[..3], &FRAME[3..]], 9), ["", "AAAAAAJoaQ=="]);
        assert_eq!(encoded(&[&[FRAME, FRAME].concat()], 9), ["AAAAAAJoaQ==AAAAAAJoaQ=="]);
    }

    #[test]
    fn a_long_frame_goes_before_it_is_whole() {
        assert_eq!(encoded(&[&FRAME[..6], &FRAME[6..]], 5), ["AAAAAAJo", "aQ=="]);
    }

    #[test]
    fn what_is_no_frame_is_left_alone() {
        let odd: &[u8] = b"\x80\0\0\0\0";
        assert_eq!(encoded(&[odd, FRAME], 9), ["", "AAAAAAJoaQ=="]);
        let both = [FRAME, odd].concat();
        assert_eq!(encoded(&[&both], 9), ["\0\0\0\0\u{2}hi\u{fffd}\0\0\0\0AAAAAAJoaQ=="]);
    }
}
