//! Paths of Envoy's whose subject does not exist here: profilers, mutexes that are traced, targets
//! that a start waits for, names of statistics that are looked up while serving. Each answers as an
//! Envoy that has nothing to tell.

use std::sync::atomic::Ordering::Relaxed;

use super::backend::AdminState;
use super::info::page;
use super::request::Request;
use super::response::Response;

pub(super) fn contention(_state: &AdminState, _request: &Request) -> Response {
    let text = "Mutex contention tracing is not enabled. \
                To enable, run Envoy with flag --enable-mutex-tracing.";
    Response::text(200, text)
}

/// The admin interface answers once the start is over, and then nothing is waited for.
pub(super) fn init_dump(_state: &AdminState, _request: &Request) -> Response {
    page("{}")
}

pub(super) fn cpu_profiler(_state: &AdminState, request: &Request) -> Response {
    match enable(request) {
        Some("y") => Response::text(500, "failure to start the profiler"),
        Some("n") => Response::text(200, "OK\n"),
        _ => Response::text(400, "?enable=<y|n>\n"),
    }
}

pub(super) fn heap_profiler(_state: &AdminState, _request: &Request) -> Response {
    Response::text(501, "The current build does not support heap profiler")
}

fn enable(request: &Request) -> Option<&str> {
    let found = request.parameters.iter().find(|(name, _)| name == "enable");
    found.map(|(_, value)| value.as_str())
}

/// Names are resolved when configuration is applied, so that serving looks none up.
pub(super) fn recent_lookups(state: &AdminState, _request: &Request) -> Response {
    let text = if state.lookups_tracked.load(Relaxed) {
        "   Count Lookup\n\ntotal: 0\n"
    } else {
        "Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n\ntotal: 0\n"
    };
    Response::text(200, text)
}

pub(super) fn enable_lookups(state: &AdminState, _request: &Request) -> Response {
    state.lookups_tracked.store(true, Relaxed);
    Response::text(200, "OK\n")
}

pub(super) fn disable_lookups(state: &AdminState, _request: &Request) -> Response {
    state.lookups_tracked.store(false, Relaxed);
    Response::text(200, "OK\n")
}

pub(super) fn clear_lookups(_state: &AdminState, _request: &Request) -> Response {
    Response::text(200, "OK\n")
}
