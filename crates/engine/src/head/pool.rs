//! Heads that are not in use: their allocations go from request to request.

use std::cell::RefCell;

use super::Head;

/// At most so many heads wait.
const KEPT: usize = 256;
/// A head that grew beyond this is not kept.
const MAX_CAPACITY: usize = 8 * 1024;

/// The heads of one worker.
#[derive(Debug, Default)]
pub struct HeadPool {
    free: RefCell<Vec<Head>>,
}

impl HeadPool {
    /// An empty head.
    pub fn take(&self) -> Head {
        self.free.borrow_mut().pop().unwrap_or_default()
    }

    /// Returns a head.
    pub fn give(&self, mut head: Head) {
        let mut free = self.free.borrow_mut();
        if free.len() < KEPT && (1..=MAX_CAPACITY).contains(&head.capacity()) {
            head.clear();
            free.push(head);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::header_name::HeaderId;

    #[test]
    fn a_returned_head_is_empty_and_keeps_its_memory() {
        let pool = HeadPool::default();
        let mut head = pool.take();
        head.push(HeaderId::Path, b"/secret");
        let capacity = head.capacity();
        pool.give(head);
        let head = pool.take();
        assert!(head.is_empty());
        assert_eq!(head.capacity(), capacity);
    }

    #[test]
    fn a_head_that_grew_large_is_let_go() {
        let pool = HeadPool::default();
        let mut head = Head::new();
        head.push(HeaderId::Path, &[b'a'; MAX_CAPACITY + 1]);
        pool.give(head);
        assert_eq!(pool.take().capacity(), 0);
    }
}
