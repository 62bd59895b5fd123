//! `/stats` and `/stats/prometheus`.

use std::sync::Arc;

use super::backend::AdminState;
use super::body::{Body, Pieces};
use super::filter;
use super::request::Request;
use super::response::Response;
use crate::observe::stats::reader::Kinds;
use histogram::Mode;
use prometheus::{HistogramMode, PrometheusStats};
use selection::{Selection, Walk};

mod histogram;
mod json;
mod prometheus;
mod selection;
mod text;

const BUCKETS_USAGE: &str =
    "usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n";
const FORMAT_USAGE: &str = "usage: /stats?format=(html|active-html|json|prometheus|text)\n\n";
const HIDDEN_USAGE: &str = "usage: /stats?hidden=(include|only|exclude)\n\n";

pub(super) fn answer(state: &AdminState, request: &Request) -> Response {
    match request.parameter("format") {
        Some("prometheus") => answer_prometheus(state, request),
        format => plain(state, request, format).unwrap_or_else(bad_request),
    }
}

pub(super) fn answer_prometheus(state: &AdminState, request: &Request) -> Response {
    prometheus(state, request).unwrap_or_else(bad_request)
}

fn bad_request(reason: String) -> Response {
    Response::text(400, reason)
}

fn plain(state: &AdminState, request: &Request, format: Option<&str>) -> Result<Response, String> {
    let (kinds, later) = kinds(request)?;
    let selection = selection(state, request)?;
    let mode = match request.parameter("histogram_buckets") {
        None | Some("" | "none" | "summary") => Mode::Summary,
        Some("cumulative") => Mode::Cumulative,
        Some("disjoint") => Mode::Disjoint,
        Some("detailed") => Mode::Detailed,
        Some("prometheusnative") => {
            return Err("Invalid histogram_buckets type for non prometheus stats type".into());
        }
        Some(_) => return Err(BUCKETS_USAGE.into()),
    };
    let walk = |kinds| Walk::new(&state.registry, Arc::new(selection), kinds);
    Ok(match format {
        None | Some("" | "text") => {
            Response::text(200, pieces(text::TextStats { walk: walk(kinds), mode, later }))
        }
        Some("json") => Response::json(pieces(json::JsonStats::new(walk(kinds), mode, later))),
        Some(_) => return Err(FORMAT_USAGE.into()),
    })
}

fn prometheus(state: &AdminState, request: &Request) -> Result<Response, String> {
    kinds(request)?;
    let selection = selection(state, request)?;
    let mode = match request.parameter("histogram_buckets") {
        None | Some("" | "none" | "cumulative") => HistogramMode::Cumulative,
        Some("summary") => HistogramMode::Summary,
        Some("detailed" | "disjoint") => {
            return Err("unsupported prometheus histogram bucket mode".into());
        }
        Some("prometheusnative") => {
            return Err("Cannot use prometheus native histogram type when not using protobuf \
                        exposition format"
                .into());
        }
        Some(_) => return Err(BUCKETS_USAGE.into()),
    };
    let walk = Walk::new(&state.registry, Arc::new(selection), Kinds::COUNTERS);
    Ok(Response::text(200, pieces(PrometheusStats::new(walk, mode))))
}

fn pieces(page: impl Pieces + 'static) -> Body {
    Body::Pieces(Box::new(page))
}

/// What is shown first, and what after it.
fn kinds(request: &Request) -> Result<(Kinds, Option<Kinds>), String> {
    let numbers = Kinds { counters: true, gauges: true, histograms: false };
    Ok(match request.parameter("type") {
        None | Some("" | "All") => (numbers, Some(Kinds::HISTOGRAMS)),
        Some("Counters") => (Kinds::COUNTERS, None),
        Some("Gauges") => (Kinds::GAUGES, None),
        Some("Histograms") => (Kinds::HISTOGRAMS, None),
        Some("TextReadouts") => (Kinds::NONE, None),
        Some(_) => return Err("invalid &type= param".into()),
    })
}

fn selection(state: &AdminState, request: &Request) -> Result<Selection, String> {
    // No statistic is hidden, so only "only" makes a difference.
    let only_hidden = match request.parameter("hidden") {
        None | Some("" | "include" | "exclude") => false,
        Some("only") => true,
        Some(_) => return Err(HIDDEN_USAGE.into()),
    };
    let filter = request.parameter("filter").filter(|filter| !filter.is_empty());
    let filter = filter.map(filter::compile).transpose()?;
    state.registry.refresh();
    Ok(Selection {
        settings: Arc::clone(&state.settings),
        filter,
        invert_filter: request.has("invert_filter"),
        used_only: request.has("usedonly"),
        nothing: only_hidden,
    })
}
