//! A timer for deadlines that move often and fire seldom.
//!
//! A connection's deadlines change with every request; setting a runtime timer each time costs
//! more than a route lookup. Here the runtime timer is set only when the wanted deadline is
//! earlier than the one set; one that fires early is set anew for what is wanted then.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// For waits that are made once and rarely; see [`LazyTimer`] for the others.
pub use tokio::time::{Sleep, sleep, sleep_until};

use super::clock::Instant;

/// A duration of zero is off.
pub fn on(ms: u64) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms))
}

/// Wakes the task that polls it at or after a deadline that is given at each poll.
#[derive(Debug, Default)]
pub struct LazyTimer {
    sleep: Option<Pin<Box<Sleep>>>,
    moved: bool,
}

impl LazyTimer {
    /// Another task polls it from now on.
    pub fn move_to_another_task(&mut self) {
        self.moved = true;
    }

    /// Ready when `deadline` has passed. The caller must be polled by one task throughout.
    pub fn poll(&mut self, cx: &mut Context<'_>, deadline: Option<Instant>) -> Poll<()> {
        let Some(deadline) = deadline else { return Poll::Pending };
        let sleep = match &mut self.sleep {
            Some(sleep) if sleep.deadline() <= deadline && !sleep.is_elapsed() => {
                if !std::mem::take(&mut self.moved) {
                    return Poll::Pending;
                }
                sleep
            }
            Some(sleep) => {
                if deadline <= super::clock::now() {
                    return Poll::Ready(());
                }
                sleep.as_mut().reset(deadline);
                sleep
            }
            None => self.sleep.insert(Box::pin(tokio::time::sleep_until(deadline))),
        };
        sleep.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;
    use crate::rt::clock::now;

    #[tokio::test(start_paused = true)]
    async fn a_later_deadline_replaces_an_earlier_one() {
        let mut timer = LazyTimer::default();
        let start = now();
        let mut deadline = start + Duration::from_secs(1);
        let mut wakes = 0;
        poll_fn(|cx| {
            wakes += 1;
            let polled = timer.poll(cx, Some(deadline));
            deadline = start + Duration::from_secs(5);
            polled
        })
        .await;
        assert_eq!(now() - start, Duration::from_secs(5));
        assert!(wakes <= 3, "{wakes}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_earlier_deadline_is_kept() {
        let mut timer = LazyTimer::default();
        let start = now();
        let mut deadline = start + Duration::from_mins(1);
        poll_fn(|cx| {
            let polled = timer.poll(cx, Some(deadline));
            if deadline > start + Duration::from_secs(1) {
                deadline = start + Duration::from_secs(1);
                cx.waker().wake_by_ref();
            }
            polled
        })
        .await;
        assert_eq!(now() - start, Duration::from_secs(1));
    }
}
