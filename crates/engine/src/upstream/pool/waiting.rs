//! Requests that wait for a connection, first come first served.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::codec::StreamReset;

/// A request's place in the queue and where it finds its answer.
#[derive(Debug)]
pub struct Slot<T> {
    answer: RefCell<Option<Result<T, StreamReset>>>,
    waker: RefCell<Option<Waker>>,
}

impl<T> Slot<T> {
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<T, StreamReset>> {
        match self.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                self.waker.replace(Some(cx.waker().clone()));
                Poll::Pending
            }
        }
    }

    fn answer(&self, answer: Result<T, StreamReset>) {
        self.answer.replace(Some(answer));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The queue.
#[derive(Debug)]
pub struct Queue<T>(RefCell<VecDeque<Rc<Slot<T>>>>);

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Queue<T> {
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub fn enter(&self) -> Rc<Slot<T>> {
        let slot = Rc::new(Slot { answer: RefCell::default(), waker: RefCell::default() });
        self.0.borrow_mut().push_back(Rc::clone(&slot));
        slot
    }

    /// Gives the first in the queue what it waits for, or gives it back when nobody waits.
    pub fn serve(&self, what: T) -> Option<T> {
        let Some(slot) = self.0.borrow_mut().pop_front() else { return Some(what) };
        slot.answer(Ok(what));
        None
    }

    /// Tells everybody that there is nothing to wait for; answers how many there were.
    pub fn fail(&self, reset: &StreamReset) -> usize {
        let failed = self.0.take();
        for slot in &failed {
            slot.answer(Err(reset.clone()));
        }
        failed.len()
    }

    /// Leaves the queue. What was given meanwhile comes back; `None` when nothing was.
    pub fn leave(&self, slot: &Rc<Slot<T>>) -> Option<T> {
        self.0.borrow_mut().retain(|other| !Rc::ptr_eq(other, slot));
        slot.answer.take()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::codec::ResetReason;

    #[tokio::test]
    async fn the_first_to_wait_is_served_first() {
        let queue = Queue::default();
        let (first, second) = (queue.enter(), queue.enter());
        assert_eq!(queue.serve(1), None);
        assert_eq!(poll_fn(|cx| first.poll(cx)).await, Ok(1));
        assert!(poll_fn(|cx| Poll::Ready(second.poll(cx).is_pending())).await);
        assert_eq!(queue.serve(2), None);
        assert_eq!(queue.serve(3), Some(3), "nobody waits");
    }

    #[test]
    fn what_was_given_to_one_who_leaves_comes_back() {
        let queue = Queue::default();
        let slot = queue.enter();
        assert_eq!(queue.serve(7), None);
        assert_eq!(queue.leave(&slot), Some(7));
        let slot = queue.enter();
        assert_eq!(queue.leave(&slot), None);
        assert!(queue.is_empty());
    }

    #[tokio::test]
    async fn a_failure_reaches_everybody() {
        let queue = Queue::<()>::default();
        let slots = [queue.enter(), queue.enter()];
        let reset = StreamReset::new(ResetReason::ConnectionTimeout);
        assert_eq!(queue.fail(&reset), 2);
        for slot in slots {
            assert_eq!(poll_fn(|cx| slot.poll(cx)).await, Err(reset.clone()));
        }
    }
}
