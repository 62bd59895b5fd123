//! What is done by POST.

use super::backend::{AdminState, Control};
use super::request::Request;
use super::response::Response;

pub(super) fn reset_counters(state: &AdminState, _request: &Request) -> Response {
    state.registry.reset_counters();
    Response::ok()
}

pub(super) fn drain_listeners(state: &AdminState, request: &Request) -> Response {
    state.backend.control(Control::DrainListeners {
        graceful: request.has("graceful"),
        skip_exit: request.has("skip_exit"),
        inbound_only: request.has("inboundonly"),
    });
    Response::ok()
}

pub(super) fn fail_health_check(state: &AdminState, _request: &Request) -> Response {
    state.lifecycle.set_health_check_failed(true);
    Response::ok()
}

pub(super) fn pass_health_check(state: &AdminState, _request: &Request) -> Response {
    state.lifecycle.set_health_check_failed(false);
    Response::ok()
}

pub(super) fn quit(state: &AdminState, _request: &Request) -> Response {
    state.backend.control(Control::Quit);
    Response::ok()
}

pub(super) fn reopen_logs(state: &AdminState, _request: &Request) -> Response {
    state.backend.control(Control::ReopenLogs);
    Response::ok()
}
