//! `/listeners`: where each listener listens.

use serde_json::{Value, json};

use super::backend::{AdminState, ListenerView};
use super::info::page;
use super::request::Request;
use super::response::Response;
use crate::rt::address::PeerAddress;

pub(super) fn answer(state: &AdminState, request: &Request) -> Response {
    let listeners = state.backend.listeners();
    if request.parameter("format") == Some("json") {
        return page(&as_json(&listeners));
    }
    let lines = listeners.iter().flat_map(|ListenerView { name, addresses }| {
        addresses.iter().map(move |address| format!("{name}::{address}\n"))
    });
    Response::text(200, lines.collect::<String>())
}

fn as_json(listeners: &[ListenerView]) -> String {
    if listeners.is_empty() {
        return "{}".to_owned();
    }
    let statuses = listeners.iter().map(|ListenerView { name, addresses }| {
        let mut status = serde_json::Map::new();
        status.insert("name".into(), name.as_str().into());
        let mut addresses = addresses.iter().map(address);
        if let Some(first) = addresses.next() {
            status.insert("local_address".into(), first);
        }
        let rest: Vec<_> = addresses.collect();
        if !rest.is_empty() {
            status.insert("additional_local_addresses".into(), rest.into());
        }
        Value::Object(status)
    });
    json!({ "listener_statuses": statuses.collect::<Vec<_>>() }).to_string()
}

/// Envoy's `core.v3.Address`.
pub(super) fn address(address: &PeerAddress) -> Value {
    match address {
        PeerAddress::Ip(address) => json!({
            "socket_address": { "address": address.ip().to_string(), "port_value": address.port() }
        }),
        PeerAddress::Pipe(path) => json!({ "pipe": { "path": &**path } }),
    }
}
