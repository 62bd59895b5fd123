//! What only some formats ask for, and what would cost every request something: noted when they
//! are compiled, asked by whoever would have to measure it. No configuration takes it back.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

static ROUTE_TIME: AtomicBool = AtomicBool::new(false);
static HEADER_BYTES: AtomicBool = AtomicBool::new(false);

/// Something that is measured only on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// How long it takes to find a route.
    RouteTime,
    /// The size of heads; access logs are given it in any case.
    HeaderBytes,
}

impl Measure {
    fn flag(self) -> &'static AtomicBool {
        match self {
            Self::RouteTime => &ROUTE_TIME,
            Self::HeaderBytes => &HEADER_BYTES,
        }
    }

    /// A format asks for it.
    pub(super) fn ask(self) {
        self.flag().store(true, Relaxed);
    }

    /// A format of this process has asked for it.
    pub fn is_asked_for(self) -> bool {
        self.flag().load(Relaxed)
    }
}
