//! `/clusters`: limits, hosts and their counts, a cluster at a time.

use std::io::Write;
use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::backend::AdminState;
use super::body::{Body, PIECE_BYTES, Pieces};
use super::listeners::address;
use super::pretty;
use super::request::Request;
use super::response::Response;
use crate::upstream::cluster_set::ClusterSet;
use crate::upstream::view::{ClusterView, HostView};

pub(super) fn answer(state: &AdminState, request: &Request) -> Response {
    let Ok(filter) = request.parameter("filter").map(Regex::new).transpose() else {
        return Response::text(400, "Invalid re2 regex");
    };
    let clusters = state.backend.clusters();
    let as_json = request.parameter("format") == Some("json");
    let page = ClusterPage { clusters, next: 0, filter, as_json, written: false };
    let body = Body::Pieces(Box::new(page));
    if as_json { Response::json(body) } else { Response::text(200, body) }
}

#[derive(Debug)]
struct ClusterPage {
    clusters: Arc<ClusterSet>,
    next: usize,
    filter: Option<Regex>,
    as_json: bool,
    /// A cluster was.
    written: bool,
}

impl Pieces for ClusterPage {
    fn next_piece(&mut self, out: &mut Vec<u8>) -> bool {
        while out.len() < PIECE_BYTES {
            let Some(cluster) = self.clusters.get(self.next) else {
                if self.as_json {
                    out.extend_from_slice(if self.written { b"\n ]\n}\n" } else { b"{}\n" });
                }
                return false;
            };
            self.next += 1;
            if self.filter.as_ref().is_some_and(|filter| !filter.is_match(&cluster.name)) {
                continue;
            }
            let view = ClusterView::of(cluster);
            if self.as_json {
                let before: &[u8] =
                    if self.written { b",\n  " } else { b"{\n \"cluster_statuses\": [\n  " };
                out.extend_from_slice(before);
                pretty::indent(&cluster_json(&view).to_string(), 2, out);
            } else {
                write_text(&view, out);
            }
            self.written = true;
        }
        true
    }
}

fn write_text(view: &ClusterView, out: &mut Vec<u8>) {
    let name = &view.name;
    // Writing to memory cannot fail, here and below.
    let _ = writeln!(out, "{name}::observability_name::{}", view.observability_name);
    for (priority, limits) in ["default", "high"].into_iter().zip(&view.limits) {
        for (limit, value) in limits {
            let _ = writeln!(out, "{name}::{priority}_priority::{limit}::{value}");
        }
    }
    let _ = writeln!(out, "{name}::added_via_api::{}", view.added_via_api);
    for host in &view.hosts {
        write_host(name, host, out);
    }
}

fn write_host(name: &str, host: &HostView, out: &mut Vec<u8>) {
    let address = &host.addresses.first;
    let mut line = |field: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(out, "{name}::{address}::{field}::{value}");
    };
    let mut counts = [counters(host).as_slice(), &gauges(host)].concat();
    counts.sort_unstable();
    for (field, value) in counts {
        line(field, &value);
    }
    line("hostname", &host.hostname);
    line("health_flags", &host.health.describe());
    line("weight", &host.weight);
    line("region", &host.locality.region);
    line("zone", &host.locality.zone);
    line("sub_zone", &host.locality.sub_zone);
    line("canary", &host.canary);
    line("priority", &host.priority);
    line("success_rate", &host.success_rate.unwrap_or(-1.0));
    line("local_origin_success_rate", &host.local_origin_success_rate.unwrap_or(-1.0));
}

fn counters(host: &HostView) -> [(&'static str, u64); 6] {
    [
        ("cx_connect_fail", host.counts.cx_connect_fail),
        ("cx_total", host.counts.cx_total),
        ("rq_error", host.counts.rq_error),
        ("rq_success", host.counts.rq_success),
        ("rq_timeout", host.counts.rq_timeout),
        ("rq_total", host.counts.rq_total),
    ]
}

fn gauges(host: &HostView) -> [(&'static str, u64); 3] {
    [
        ("cx_active", host.counts.cx_active),
        ("rq_active", host.counts.rq_active),
        ("rq_pending_active", host.counts.rq_pending_active),
    ]
}

/// Envoy's `admin.v3.ClusterStatus`; fields at their defaults are left out.
fn cluster_json(view: &ClusterView) -> Value {
    let mut status = Map::new();
    status.insert("name".into(), (*view.name).into());
    if view.added_via_api {
        status.insert("added_via_api".into(), true.into());
    }
    let hosts: Vec<_> = view.hosts.iter().map(host_json).collect();
    if !hosts.is_empty() {
        status.insert("host_statuses".into(), hosts.into());
    }
    let thresholds = ["", "HIGH"].into_iter().zip(&view.limits).map(|(priority, limits)| {
        let mut threshold = Map::new();
        put_text(&mut threshold, "priority", priority);
        for (limit, value) in limits {
            // As in Envoy, whose message has 32 bits for it.
            threshold.insert((*limit).into(), (*value as u32).into());
        }
        Value::Object(threshold)
    });
    let thresholds: Vec<_> = thresholds.collect();
    status.insert("circuit_breakers".into(), json!({ "thresholds": thresholds }));
    put_text(&mut status, "observability_name", &view.observability_name);
    Value::Object(status)
}

fn host_json(host: &HostView) -> Value {
    let mut status = Map::new();
    status.insert("address".into(), address(&host.addresses.first));
    let stat = |kind: Option<&str>, (name, value): (&str, u64)| {
        let mut stat = Map::new();
        put_text(&mut stat, "type", kind.unwrap_or_default());
        if value != 0 {
            stat.insert("value".into(), value.to_string().into());
        }
        stat.insert("name".into(), name.into());
        Value::Object(stat)
    };
    let counters = counters(host).map(|counter| stat(None, counter));
    let gauges = gauges(host).map(|gauge| stat(Some("GAUGE"), gauge));
    status.insert("stats".into(), counters.into_iter().chain(gauges).collect());
    status.insert("health_status".into(), json!({ "eds_health_status": host.health.eds_status() }));
    if let Some(percent) = host.success_rate {
        status.insert("success_rate".into(), json!({ "value": percent }));
    }
    status.insert("weight".into(), host.weight.into());
    put_text(&mut status, "hostname", &host.hostname);
    if host.priority != 0 {
        status.insert("priority".into(), host.priority.into());
    }
    if let Some(percent) = host.local_origin_success_rate {
        status.insert("local_origin_success_rate".into(), json!({ "value": percent }));
    }
    let mut locality = Map::new();
    put_text(&mut locality, "region", &host.locality.region);
    put_text(&mut locality, "zone", &host.locality.zone);
    put_text(&mut locality, "sub_zone", &host.locality.sub_zone);
    status.insert("locality".into(), locality.into());
    Value::Object(status)
}

fn put_text(object: &mut Map<String, Value>, key: &str, text: &str) {
    if !text.is_empty() {
        object.insert(key.into(), text.into());
    }
}
