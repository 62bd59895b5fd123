//! Lets the body of a response go at a pace: at times, as many bytes as have become free by then.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are small and not negative"
)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use bytes::Bytes;

use crate::codec::Piece;
use crate::http::filter_chain::Pieces;
use crate::rt::clock::{Instant, now};
use crate::rt::timer::{Sleep, sleep_until};

/// The time from one release to the next.
const INTERVAL: Duration = Duration::from_millis(50);

/// What is held back of a body.
#[derive(Debug)]
pub struct Pace {
    bytes_per_second: f64,
    free: f64,
    counted: Instant,
    held: VecDeque<Bytes>,
    held_bytes: usize,
    /// The end, behind all that is held.
    last: Option<Piece>,
    wait: Option<Pin<Box<Sleep>>>,
    max_held: usize,
}

impl Pace {
    /// At first as much is free as becomes so in one interval.
    pub fn new(kib_per_second: u64, max_held: usize) -> Self {
        let bytes_per_second = kib_per_second as f64 * 1024.0;
        Self {
            bytes_per_second,
            free: bytes_per_second * INTERVAL.as_secs_f64(),
            counted: now(),
            held: VecDeque::new(),
            held_bytes: 0,
            last: None,
            wait: None,
            max_held,
        }
    }

    pub fn is_full(&self) -> bool {
        self.held_bytes >= self.max_held
    }

    pub fn hold(&mut self, piece: Piece) {
        match piece {
            Piece::Data(data) => {
                self.held_bytes += data.len();
                self.held.push_back(data);
            }
            last => self.last = Some(last),
        }
    }

    /// Lets go of what is free, when it is time.
    pub fn release(&mut self, task: &mut Context<'_>, out: &mut Pieces) {
        if let Some(wait) = &mut self.wait
            && wait.as_mut().poll(task).is_pending()
        {
            return;
        }
        self.wait = None;
        self.free_at(now());
        while self.held_bytes > 0 && self.free >= 1.0 {
            let Some(mut data) = self.held.pop_front() else { break };
            let part = data.split_to(data.len().min(self.free as usize));
            if !data.is_empty() {
                self.held.push_front(data);
            }
            self.held_bytes -= part.len();
            self.free -= part.len() as f64;
            out.push(Piece::Data(part));
        }
        if self.held_bytes > 0 {
            let mut wait = Box::pin(sleep_until(now() + INTERVAL));
            // It wakes the task from now on, were it ready or not.
            if wait.as_mut().poll(task).is_ready() {
                task.waker().wake_by_ref();
            }
            self.wait = Some(wait);
        } else if let Some(last) = self.last.take() {
            out.push(last);
        }
    }

    fn free_at(&mut self, at: Instant) {
        let since = at.saturating_duration_since(self.counted).as_secs_f64();
        self.free = (self.free + since * self.bytes_per_second).min(self.bytes_per_second);
        self.counted = at;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bytes_go_as_they_become_free() {
        let start = now();
        let mut pace = Pace::new(1, 4096);
        pace.hold(Piece::Data(vec![b'x'; 1024].into()));
        pace.hold(Piece::End);
        let (mut sent, mut first, mut rounds) = (0, None, 0);
        poll_fn(|task| {
            let mut out = Pieces::default();
            pace.release(task, &mut out);
            rounds += usize::from(!out.is_empty());
            while let Some((piece, end)) = out.pop() {
                if let Piece::Data(data) = piece {
                    sent += data.len();
                    first.get_or_insert(sent);
                }
                if end {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        })
        .await;
        assert_eq!((sent, first), (1024, Some(51)));
        let took = now() - start;
        assert!(took >= Duration::from_millis(950) && took <= Duration::from_millis(1100));
        assert!((18..=22).contains(&rounds), "{rounds}");
    }
}
