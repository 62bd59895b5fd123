//! The messages of a stream, counted by the frames that begin. The last frame of a Connect
//! response is none: it says in JSON how the call has ended.

use crate::grpc::frame::{Event, FrameReader};

/// The flag of a frame that ends a Connect response.
const END_OF_STREAM: u8 = 2;
/// An end that is longer is none.
const LONGEST_END: usize = 64 * 1024;

/// The messages of a request.
#[derive(Debug, Default)]
pub struct RequestCounter {
    reader: FrameReader,
    count: u64,
}

impl RequestCounter {
    /// How many begin in some bytes.
    pub fn inspect(&mut self, mut data: &[u8]) -> u64 {
        let mut began = 0;
        while let Some(event) = self.reader.next(&mut data) {
            began += u64::from(matches!(event, Event::Start(_)));
        }
        self.count += began;
        began
    }

    pub fn add_one(&mut self) {
        self.count += 1;
    }

    pub fn count(&self) -> u64 {
        self.count
    }
}

/// How far a Connect response has come to its end.
#[derive(Debug, Default)]
enum Ending {
    #[default]
    NotYet,
    /// What there is of it.
    Within(Vec<u8>),
    Over {
        succeeded: bool,
    },
}

/// The messages of a response.
#[derive(Debug, Default)]
pub struct ResponseCounter {
    reader: FrameReader,
    count: u64,
    ending: Ending,
}

impl ResponseCounter {
    /// How many begin in some bytes.
    pub fn inspect(&mut self, mut data: &[u8]) -> u64 {
        let mut began = 0;
        while let Some(event) = self.reader.next(&mut data) {
            match (event, &mut self.ending) {
                (Event::Start(flags), Ending::NotYet) if flags & END_OF_STREAM != 0 => {
                    self.ending = Ending::Within(Vec::new());
                }
                (Event::Start(_), Ending::NotYet) => began += 1,
                // Nothing may follow the end; what does is not looked into.
                (Event::Start(_), _) => {
                    self.reader = FrameReader::default();
                    break;
                }
                (Event::Data(data), Ending::Within(text)) => {
                    let room = LONGEST_END + 1 - text.len();
                    text.extend_from_slice(&data[..data.len().min(room)]);
                }
                (Event::End, Ending::Within(text)) => {
                    self.ending = Ending::Over { succeeded: is_success(text) };
                }
                _ => {}
            }
        }
        self.count += began;
        began
    }

    pub fn add_one(&mut self) {
        self.count += 1;
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// A Connect response has ended, and not with an error.
    pub fn succeeded(&self) -> bool {
        matches!(self.ending, Ending::Over { succeeded: true })
    }
}

fn is_success(end: &[u8]) -> bool {
    if end.len() > LONGEST_END {
        return false;
    }
    match serde_json::from_slice::<serde_json::Value>(end) {
        Ok(serde_json::Value::Object(fields)) => !fields.contains_key("error"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::frame::head;

    fn frame(flags: u8, data: &[u8]) -> Vec<u8> {
        [&head(flags, data.len())[..], data].concat()
    }

    #[test]
    fn messages_count_when_they_begin() {
        let mut counter = RequestCounter::default();
        let frame = frame(0, b"hi");
        assert_eq!(counter.inspect(&frame[..1]), 1);
        assert_eq!(counter.inspect(&frame[1..6]), 0);
        assert_eq!(counter.inspect(&[&frame[6..], &frame, &frame[..2]].concat()), 2);
        assert_eq!(counter.count(), 3);
    }

    #[test]
    fn the_end_of_a_stream_is_no_message() {
        for (end, succeeded) in [
            (&b"{}"[..], true),
            (br#"{"metadata": {"a": ["b"]}}"#, true),
            (br#"{"error": {"code": "not_found"}}"#, false),
            (br#"{"error": {}}"#, false),
            (b"[]", false),
            (b"{", false),
            (b"", false),
        ] {
            for size in [1, 100] {
                let bytes = [frame(0, b"hi"), frame(2, end), frame(0, b"no")].concat();
                let mut counter = ResponseCounter::default();
                let began: u64 = bytes.chunks(size).map(|piece| counter.inspect(piece)).sum();
                assert_eq!((began, counter.count()), (1, 1), "{end:?}");
                assert_eq!(counter.succeeded(), succeeded, "{end:?}");
            }
        }
    }

    #[test]
    fn an_end_that_never_comes_is_no_success() {
        let mut counter = ResponseCounter::default();
        counter.inspect(&frame(2, b"{}")[..6]);
        assert!(!counter.succeeded());
        let mut long = b"{}".to_vec();
        long.resize(LONGEST_END + 1, b' ');
        let mut counter = ResponseCounter::default();
        counter.inspect(&frame(2, &long));
        assert!(!counter.succeeded());
    }
}
