//! Copies of a request that other clusters get (Envoy's `request_mirror_policies`).
//!
//! Each copy is a task of its own. The request hands on the pieces of its body and never waits: a
//! copy that cannot keep up is given up, and no client learns what became of a copy.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;

use super::stream::Stream;
use crate::codec::{Piece, Protocol};
use crate::grpc::is_grpc;
use crate::head::Head;
use crate::route::entry::Forward;
use crate::route::mutation::MutationContext;
use crate::rt::clock::now;
use copy::CopyTask;

mod copy;

/// The request's end of a copy; dropped before the request has ended, it takes the copy along.
#[derive(Debug)]
pub struct Shadow {
    queue: SharedQueue,
}

type SharedQueue = Rc<RefCell<Queue>>;

/// What a copy has yet to send.
#[derive(Debug, Default)]
struct Queue {
    pieces: VecDeque<Piece>,
    bytes: usize,
    /// Nothing comes behind the pieces.
    ended: bool,
    /// The request has gone wrong, or the copy could not keep up.
    given_up: bool,
    waker: Option<Waker>,
}

impl Queue {
    fn push(&mut self, piece: Piece) {
        self.pieces.push_back(piece);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn give_up(&mut self) {
        self.given_up = true;
        self.pieces.clear();
        self.wake();
    }
}

impl Shadow {
    /// Hands a piece of the body on; false when more than `limit` waits, and the copy ends.
    fn send(&self, data: &Bytes, limit: usize) -> bool {
        let mut queue = self.queue.borrow_mut();
        if queue.bytes + data.len() > limit {
            queue.give_up();
            return false;
        }
        queue.bytes += data.len();
        queue.push(Piece::Data(data.clone()));
        true
    }

    fn send_trailers(&self, trailers: &Head) {
        self.queue.borrow_mut().push(Piece::Trailers(Box::new(trailers.clone())));
    }

    fn end(&self) {
        let mut queue = self.queue.borrow_mut();
        queue.ended = true;
        queue.wake();
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        let mut queue = self.queue.borrow_mut();
        if !queue.ended && !queue.given_up {
            queue.give_up();
        }
    }
}

impl Stream<'_> {
    /// Starts the copies that a route wants of this request, whose head is ready to be sent.
    pub(super) fn mirror(&mut self, forward: &Forward, ended: bool, timeout: Option<Duration>) {
        let (worker, config) = (&self.manager.worker, &self.manager.config);
        let options = &self.router.options;
        for mirror in &forward.mirrors {
            let chosen = mirror.choose(&self.request, &self.match_context());
            let Some(cluster) = chosen.and_then(|chosen| worker.cluster(&chosen)) else { continue };
            let mut head = self.request.clone();
            let context = MutationContext { request: None, info: &self.info, now: now() };
            let mut scratch = worker.mutation_scratch.borrow_mut();
            mirror.finalize(&mut head, &config.local_ip, &context, &mut scratch);
            let queue = SharedQueue::default();
            queue.borrow_mut().ended = ended;
            let suppressed = options.suppress_grpc_request_failure_code_stats && is_grpc(&head);
            let copy = CopyTask {
                worker: Rc::clone(worker),
                cluster,
                head,
                queue: Rc::clone(&queue),
                timeout,
                http2_downstream: self.protocol == Protocol::Http2,
                dynamic_stats: options.dynamic_stats,
                suppressed,
            };
            tokio::task::spawn_local(copy.run());
            if !ended {
                self.shadows.push(Shadow { queue });
            }
        }
    }

    /// Hands a piece of the request's body to its copies; to how many it was too much.
    pub(super) fn mirror_data(&mut self, data: &Bytes, limit: usize) -> usize {
        let before = self.shadows.len();
        self.shadows.retain(|shadow| shadow.send(data, limit));
        before - self.shadows.len()
    }

    pub(super) fn mirror_trailers(&self, trailers: &Head) {
        self.shadows.iter().for_each(|shadow| shadow.send_trailers(trailers));
    }

    pub(super) fn mirror_end(&mut self) {
        self.shadows.drain(..).for_each(|shadow| shadow.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shadow() -> (Shadow, SharedQueue) {
        let queue = SharedQueue::default();
        (Shadow { queue: Rc::clone(&queue) }, queue)
    }

    fn data(bytes: &'static [u8]) -> Bytes {
        Bytes::from_static(bytes)
    }

    #[test]
    fn a_copy_that_cannot_keep_up_is_given_up() {
        let (shadow, queue) = shadow();
        assert!(shadow.send(&data(b"abc"), 4));
        assert!(!shadow.send(&data(b"de"), 4));
        let queue = queue.borrow();
        assert!(queue.given_up && queue.pieces.is_empty());
    }

    #[test]
    fn what_was_sent_makes_room() {
        let (shadow, queue) = shadow();
        assert!(shadow.send(&data(b"abc"), 4));
        queue.borrow_mut().bytes -= 3;
        assert!(shadow.send(&data(b"defg"), 4));
    }

    #[test]
    fn a_request_that_ends_early_takes_its_copies_along() {
        let (ended, of_ended) = shadow();
        ended.send_trailers(&Head::new());
        ended.end();
        drop(ended);
        assert!(of_ended.borrow().ended && !of_ended.borrow().given_up);
        assert!(matches!(of_ended.borrow().pieces[0], Piece::Trailers(_)));
        let (cut_off, of_cut_off) = shadow();
        assert!(cut_off.send(&data(b"abc"), 4));
        drop(cut_off);
        assert!(of_cut_off.borrow().given_up);
    }
}
