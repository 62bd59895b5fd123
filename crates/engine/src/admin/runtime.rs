//! `/runtime`: each key with its value in each layer, and the one that holds.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::backend::AdminState;
use super::info::page;
use super::request::Request;
use super::response::Response;

pub(super) fn answer(state: &AdminState, _request: &Request) -> Response {
    let layers = &state.runtime;
    let mut entries: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (at, layer) in layers.iter().enumerate() {
        for value in &layer.values {
            let values = entries.entry(&value.key).or_insert_with(|| vec![""; layers.len()]);
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
