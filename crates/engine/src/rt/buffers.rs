//! Buffers that are not in use: those of connections that wait go to connections that do not.
//!
//! Each thread keeps a few, the one used last on top, so that a busy worker reads into and writes
//! from memory that its CPU has at hand, and a connection that waits holds none.

use std::cell::RefCell;

use bytes::BytesMut;

/// What a buffer for reading has room for: one read takes at most so much.
pub const READ_SIZE: usize = 16 * 1024;
/// What a new buffer for writing has room for; it grows as it must.
const WRITE_SIZE: usize = 2 * 1024;
/// A buffer for writing that grew beyond this is not kept.
const MAX_WRITE_SIZE: usize = 32 * 1024;
/// At most so many of each kind wait.
const KEPT: usize = 64;

thread_local! {
    static FREE: RefCell<Free> = const { RefCell::new(Free { input: Vec::new(), output: Vec::new() }) };
}

struct Free {
    input: Vec<BytesMut>,
    output: Vec<Vec<u8>>,
}

/// An empty buffer with room for [`READ_SIZE`] bytes.
pub fn take_input() -> BytesMut {
    let kept = FREE.with_borrow_mut(|free| free.input.pop());
    kept.unwrap_or_else(|| BytesMut::with_capacity(READ_SIZE))
}

/// Returns an empty buffer. One that is large, or of which parts are still in use elsewhere, is
/// not kept.
pub fn give_input(mut buffer: BytesMut) {
    if buffer.try_reclaim(READ_SIZE) && buffer.capacity() < 2 * READ_SIZE {
        FREE.with_borrow_mut(|free| {
            if free.input.len() < KEPT {
                free.input.push(buffer);
            }
        });
    }
}

/// An empty buffer to write to.
pub fn take_output() -> Vec<u8> {
    let kept = FREE.with_borrow_mut(|free| free.output.pop());
    kept.unwrap_or_else(|| Vec::with_capacity(WRITE_SIZE))
}

/// Returns a buffer; what is in it is forgotten.
pub fn give_output(mut buffer: Vec<u8>) {
    if (WRITE_SIZE..=MAX_WRITE_SIZE).contains(&buffer.capacity()) {
        buffer.clear();
        FREE.with_borrow_mut(|free| {
            if free.output.len() < KEPT {
                free.output.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_returned_input_buffer_is_taken_next() {
        let mut buffer = take_input();
        buffer.extend_from_slice(b"consumed");
        let place = buffer.as_ptr();
        drop(buffer.split());
        give_input(buffer);
        let again = take_input();
        assert_eq!(again.as_ptr(), place);
        assert!(again.is_empty() && again.capacity() >= READ_SIZE);
    }

    #[test]
    fn an_input_buffer_of_which_a_part_is_in_use_is_not_kept() {
        let mut buffer = take_input();
        buffer.extend_from_slice(b"body");
        let body = buffer.split().freeze();
        give_input(buffer);
        let mut other = take_input();
        other.extend_from_slice(b"else");
        assert_eq!(&body[..], b"body");
    }

    #[test]
    fn a_large_input_buffer_is_not_kept() {
        give_input(BytesMut::with_capacity(2 * READ_SIZE));
        assert!(take_input().capacity() < 2 * READ_SIZE);
    }

    #[test]
    fn an_output_buffer_comes_back_empty_unless_it_grew_large() {
        let mut buffer = take_output();
        buffer.extend_from_slice(b"secret");
        let place = buffer.as_ptr();
        give_output(buffer);
        let again = take_output();
        assert!(again.is_empty());
        assert_eq!(again.as_ptr(), place);
        give_output(Vec::with_capacity(MAX_WRITE_SIZE + 1));
        assert!(take_output().capacity() <= MAX_WRITE_SIZE);
    }
}
