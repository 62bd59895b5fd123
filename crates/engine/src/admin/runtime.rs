//! `/runtime`: each key with its value in each layer, and the one that holds; `/runtime_modify`,
//! which changes the operator's layer.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::backend::AdminState;
use super::info::page;
use super::request::Request;
use super::response::Response;

pub(super) fn answer(state: &AdminState, _request: &Request) -> Response {
    let layers = state.runtime.layers();
    let mut entries: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (at, layer) in layers.iter().enumerate() {
        for value in &layer.values {
            let values =
                entries.entry(value.key.as_str()).or_insert_with(|| vec![""; layers.len()]);
            values[at] = &value.value;
        }
    }
    let entries: Map<String, Value> = entries
        .into_iter()
        .map(|(key, values)| {
            let last = values.iter().rev().find(|value| !value.is_empty());
            let last = last.copied().unwrap_or_default();
            (key.to_owned(), json!({ "layer_values": values, "final_value": last }))
        })
        .collect();
    let names: Vec<_> = layers.iter().map(|layer| layer.name.as_str()).collect();
    page(&json!({ "entries": entries, "layers": names }).to_string())
}

const USAGE: &str = "usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN
       or send the parameters as form values
use an empty value to remove a previously added override";

pub(super) fn modify(state: &AdminState, request: &Request) -> Response {
    if request.parameters.is_empty() {
        return Response::text(400, USAGE);
    }
    let mut overrides: Vec<(String, String)> = Vec::new();
    for (key, value) in &request.parameters {
        // Of one key the first counts.
        if overrides.iter().all(|(known, _)| known != key) {
            overrides.push((key.clone(), value.clone()));
        }
    }
    match state.runtime.merge(&overrides) {
        Ok(()) => Response::text(200, "OK\n"),
        Err(error) => Response::text(503, error.to_string()),
    }
}
