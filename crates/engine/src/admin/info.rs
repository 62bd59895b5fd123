//! Small pages about the process.

use serde_json::json;

use super::backend::AdminState;
use super::pretty::{indent, string};
use super::request::Request;
use super::response::Response;
use crate::lifecycle::State;
use crate::rt::clock::now;
use crate::rt::memory;

pub(super) fn ready(state: &AdminState, _request: &Request) -> Response {
    let now = state.lifecycle.state();
    let status = if now == State::Live { 200 } else { 503 };
    Response::text(status, format!("{}\n", now.as_str()))
}

pub(super) fn server_info(state: &AdminState, _request: &Request) -> Response {
    let server = &state.server;
    let uptime = now().saturating_duration_since(state.lifecycle.started()).as_secs();
    let compact = format!(
        r#"{{"version":{},"state":"{}","uptime_current_epoch":"{uptime}s","uptime_all_epochs":"{uptime}s","hot_restart_version":"disabled","command_line_options":{},"node":{},"hot_restart_initializing":false}}"#,
        string(&server.version),
        state.lifecycle.state().as_str(),
        or_empty(&server.command_line_options_json),
        or_empty(&server.node_json),
    );
    page(&compact)
}

pub(super) fn memory(_state: &AdminState, _request: &Request) -> Response {
    let memory = memory::memory();
    let text = |bytes: u64| bytes.to_string();
    page(
        &json!({
            "allocated": text(memory.allocated),
            "heap_size": text(memory.heap),
            "pageheap_unmapped": "0",
            "pageheap_free": "0",
            "total_thread_cache": "0",
            "total_physical_bytes": text(memory.resident),
        })
        .to_string(),
    )
}

pub(super) fn certs(_state: &AdminState, _request: &Request) -> Response {
    page(r#"{"certificates":[]}"#)
}

pub(super) fn hot_restart_version(_state: &AdminState, _request: &Request) -> Response {
    Response::text(200, "disabled")
}

/// A JSON page, laid out.
pub(super) fn page(compact: &str) -> Response {
    let mut out = Vec::with_capacity(compact.len() * 2);
    indent(compact, 0, &mut out);
    out.push(b'\n');
    Response::json(super::body::Body::Whole(out))
}

fn or_empty(json: &str) -> &str {
    if json.is_empty() { "{}" } else { json }
}
