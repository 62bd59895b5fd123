//! File descriptors run out: clients wait, upstreams are not reached, and the operator is told once
//! in a while instead of for each of them.
//!
//! Descriptors are the process's, so what failed is counted for the whole process.

use std::io;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::rt::clock::Instant;

/// What failed so far, for want of descriptors or of memory for sockets.
#[derive(Debug, Default)]
pub struct Failures {
    accepts: AtomicU64,
    connects: AtomicU64,
    reason: AtomicI32,
}

/// Those of this process.
pub static FAILURES: Failures =
    Failures { accepts: AtomicU64::new(0), connects: AtomicU64::new(0), reason: AtomicI32::new(0) };

/// `EMFILE`, `ENFILE`, `ENOBUFS`, `ENOMEM`: stays until somebody closes something.
pub fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(24 | 23 | 105 | 12))
}

impl Failures {
    /// A client could not be accepted; it waits.
    pub fn accept(&self, error: &io::Error) {
        self.note(&self.accepts, error);
    }

    /// There is no socket for a connection to an upstream.
    pub fn connect(&self, error: &io::Error) {
        if is_exhaustion(error) {
            self.note(&self.connects, error);
        }
    }

    fn note(&self, counter: &AtomicU64, error: &io::Error) {
        self.reason.store(error.raw_os_error().unwrap_or(0), Relaxed);
        counter.fetch_add(1, Relaxed);
    }
}

/// While it lasts, it is told so often.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// What the operator has been told.
#[derive(Debug, Default)]
pub struct Exhaustion {
    told_at: Option<Instant>,
    accepts: u64,
    connects: u64,
}

impl Exhaustion {
    /// What to tell him now.
    pub fn look(&mut self, failures: &Failures, at: Instant) -> Option<String> {
        let (accepts, connects) = (failures.accepts.load(Relaxed), failures.connects.load(Relaxed));
        let news = (accepts, connects) != (self.accepts, self.connects);
        if !news || self.told_at.is_some_and(|told| at < told + TELL_EVERY) {
            return None;
        }
        let since = (accepts - self.accepts, connects - self.connects);
        *self = Self { told_at: Some(at), accepts, connects };
        Some(text(since, failures.reason.load(Relaxed)))
    }
}

fn text((accepts, connects): (u64, u64), reason: i32) -> String {
    let words = io::Error::from_raw_os_error(reason).to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    format!(
        "accept4() failed {accepts} times, socket() for an upstream {connects} times \
         ({reason}: {words}): clients wait until something is closed, requests without a \
         connection are answered 503; raise the limit of open files (ulimit -n)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt::clock::now;

    #[test]
    fn it_is_told_at_once_and_then_now_and_again() {
        let (failures, mut exhaustion) = (Failures::default(), Exhaustion::default());
        let start = now();
        let mut look = |seconds| exhaustion.look(&failures, start + Duration::from_secs(seconds));
        assert_eq!(look(0), None);
        let error = io::Error::from_raw_os_error(24);
        failures.accept(&error);
        failures.accept(&error);
        let told = look(1).expect("something is told");
        assert!(told.contains("accept4() failed 2 times"), "{told}");
        assert!(told.contains("(24: Too many open files)"), "{told}");
        assert_eq!(look(2), None, "nothing new");
        failures.connect(&error);
        failures.connect(&io::Error::from_raw_os_error(111));
        assert_eq!(look(3), None, "it was told just now");
        let told = look(61).expect("it goes on");
        assert!(told.contains("failed 0 times, socket() for an upstream 1 times"), "{told}");
        assert_eq!(look(200), None);
    }
}
