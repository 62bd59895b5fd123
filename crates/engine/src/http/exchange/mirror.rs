//! Copies of a request that other clusters get (Envoy's `request_mirror_policies`).
//!
//! Each copy is a task of its own, which begins when the request has a host that takes it. The
//! request hands on the pieces of its body and never waits: a copy that cannot keep up is given
//! up, and no client learns what became of a copy.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;

use super::stream::Stream;
use crate::codec::Piece;
use crate::head::Head;
use crate::route::mirror::Mirror;
use crate::route::mutation::MutationContext;
use crate::rt::clock::now;
use copy::CopyTask;

mod connecting;
mod copy;
mod request;
mod response;

/// How many copies of copies are made in turn: a cluster may ask for copies to itself.
const MOST_GENERATIONS: u32 = 8;

/// The request's end of a copy; dropped before the request has ended, it takes the copy along.
#[derive(Debug)]
pub struct Shadow {
    queue: SharedQueue,
    /// What is not under way yet.
    task: Option<Box<CopyTask>>,
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
    /// The copy wants no more.
    over: bool,
    waker: Option<Waker>,
}

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handed {
    On,
    /// So much waits that the copy is given up.
    TooMuch,
    /// The copy is over.
    ToNobody,
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

    /// Nothing is left to be taken from it.
    fn is_over(&self) -> bool {
        self.ended && self.pieces.is_empty()
    }

    fn give_up(&mut self) {
        self.given_up = true;
        self.pieces.clear();
        self.wake();
    }

    /// Nobody takes from it any more.
    fn leave(&mut self) {
        self.over = true;
        self.pieces.clear();
    }
}

impl Shadow {
    fn start(&mut self, ended: bool) {
        if let Some(task) = self.task.take() {
            self.queue.borrow_mut().ended = ended;
            tokio::task::spawn_local(task.run(Rc::clone(&self.queue)));
        }
    }

    /// Hands a piece of the body on, unless more than `limit` would wait behind others.
    fn send(&self, data: &Bytes, limit: usize) -> Handed {
        let mut queue = self.queue.borrow_mut();
        if queue.over {
            return Handed::ToNobody;
        }
        if queue.bytes > 0 && queue.bytes + data.len() > limit {
            queue.give_up();
            return Handed::TooMuch;
        }
        queue.bytes += data.len();
        queue.push(Piece::Data(data.clone()));
        Handed::On
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
    /// Makes the copies that are wanted of this request, whose head is ready to be sent.
    /// `generation`: of how many others this request is a copy.
    #[cold]
    pub(super) fn make_copies(
        &mut self,
        mirrors: &[Mirror],
        timeout: Option<Duration>,
        generation: u32,
    ) {
        // As in Envoy what is said to a proxy itself is not for others.
        if generation == MOST_GENERATIONS || self.request.method() == b"CONNECT" {
            return;
        }
        let (worker, config) = (&self.manager.worker, &self.manager.config);
        let upgrade = self.manager.upgrades.with_router(self.router);
        for mirror in mirrors {
            let chosen = mirror.choose(&self.request, &self.match_context());
            let Some(cluster) = chosen.and_then(|chosen| worker.cluster(&chosen)) else { continue };
            let Some(manager) = self.manager.handle() else { return };
            let mut head = self.request.clone();
            let context = MutationContext { request: None, info: &self.info, now: now() };
            let mut scratch = worker.mutation_scratch.borrow_mut();
            mirror.finalize(&mut head, &config.local_ip, &context, &mut scratch);
            let generation = generation + 1;
            let task = CopyTask { manager, upgrade, cluster, head, timeout, generation };
            let queue = SharedQueue::default();
            self.shadows.push(Shadow { queue, task: Some(Box::new(task)) });
        }
    }

    /// A host takes the request: the copies may go. `ended`: nothing follows the head.
    pub(super) fn start_copies(&mut self, ended: bool) {
        self.shadows.iter_mut().for_each(|shadow| shadow.start(ended));
        if ended {
            self.shadows.clear();
        }
    }

    /// Hands a piece of the request's body to its copies; to how many it was too much.
    pub(super) fn mirror_data(&mut self, data: &Bytes) -> u64 {
        let limit = self.manager.http1.buffer_limit;
        let mut given_up = 0;
        self.shadows.retain(|shadow| {
            let handed = shadow.send(data, limit);
            given_up += u64::from(handed == Handed::TooMuch);
            handed == Handed::On
        });
        given_up
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
        (Shadow { queue: Rc::clone(&queue), task: None }, queue)
    }

    fn data(bytes: &'static [u8]) -> Bytes {
        Bytes::from_static(bytes)
    }

    #[test]
    fn a_copy_that_cannot_keep_up_is_given_up() {
        let (shadow, queue) = shadow();
        assert_eq!(shadow.send(&data(b"abc"), 4), Handed::On);
        assert_eq!(shadow.send(&data(b"de"), 4), Handed::TooMuch);
        let queue = queue.borrow();
        assert!(queue.given_up && queue.pieces.is_empty());
    }

    #[test]
    fn one_piece_may_be_larger_than_the_limit() {
        let (shadow, queue) = shadow();
        assert_eq!(shadow.send(&data(b"abcdef"), 4), Handed::On);
        assert_eq!(queue.borrow().pieces.len(), 1);
    }

    #[test]
    fn what_was_sent_makes_room() {
        let (shadow, queue) = shadow();
        assert_eq!(shadow.send(&data(b"abc"), 4), Handed::On);
        queue.borrow_mut().bytes -= 3;
        assert_eq!(shadow.send(&data(b"defg"), 4), Handed::On);
    }

    #[test]
    fn a_copy_that_is_over_keeps_nothing() {
        let (shadow, queue) = shadow();
        assert_eq!(shadow.send(&data(b"abc"), 4), Handed::On);
        queue.borrow_mut().leave();
        assert_eq!(shadow.send(&data(b"def"), 4), Handed::ToNobody);
        assert!(queue.borrow().pieces.is_empty() && !queue.borrow().given_up);
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
        assert_eq!(cut_off.send(&data(b"abc"), 4), Handed::On);
        drop(cut_off);
        assert!(of_cut_off.borrow().given_up);
    }
}
