//! Leaves objects in the filter state of each request (Envoy's
//! `envoy.filters.http.set_filter_state`). An object whose text does not fit it is not left.

use std::rc::Rc;

use voyant_ir::filter::set_filter_state as ir;

use super::{ConfigOnWorker, HttpFilter};
use crate::filter_state::{Keeping, LifeSpan, Object, ObjectKind};
use crate::http::filter_chain::{FilterContext, HeadAction};
use crate::observe::format::FormatString;

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    values: Box<[Value]>,
    clear_route_cache: bool,
}

/// One object.
#[derive(Debug)]
struct Value {
    key: Box<str>,
    kind: ObjectKind,
    format: FormatString,
    keeping: Keeping,
    skip_if_empty: bool,
}

impl Config {
    pub fn new(config: &ir::SetFilterState) -> Self {
        let ir::SetFilterState { on_request_headers, clear_route_cache } = config;
        let values = on_request_headers.iter().map(Value::new).collect();
        Self { values, clear_route_cache: *clear_route_cache }
    }
}

impl Value {
    fn new(value: &ir::FilterStateValue) -> Self {
        let ir::FilterStateValue { key, kind, value, read_only, sharing, skip_if_empty } = value;
        let (read_only, sharing) = (*read_only, *sharing);
        Self {
            key: key.as_str().into(),
            kind: *kind,
            format: FormatString::new(value),
            keeping: Keeping { life_span: LifeSpan::FilterChain, read_only, sharing },
            skip_if_empty: *skip_if_empty,
        }
    }

    fn leave(&self, cx: &mut FilterContext<'_, '_>) {
        let mut text = Vec::new();
        self.format.write(&cx.stream.format_context(None), &mut text);
        if text.is_empty() && self.skip_if_empty {
            return;
        }
        let object = String::from_utf8(text).ok();
        if let Some(object) = object.and_then(|text| Object::parse(self.kind, &text)) {
            // An object that cannot be replaced stays.
            let _ = cx.stream.info.set_filter_state(&self.key, object, self.keeping);
        }
    }
}

/// The configuration of a route, whose objects come behind those of levels above it.
pub type PerRoute = Config;

/// The filter on a worker.
pub type OnWorker = ConfigOnWorker<Config>;

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker }
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        let of_routes: Vec<_> = cx.per_routes::<PerRoute>().collect();
        let mut stale = false;
        for config in std::iter::once(&*self.on_worker.config).chain(of_routes) {
            config.values.iter().for_each(|value| value.leave(cx));
            stale |= config.clear_route_cache;
        }
        cx.stream.route_is_stale |= stale;
        HeadAction::Continue
    }
}
