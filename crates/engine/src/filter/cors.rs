//! Cross-origin resource sharing (Envoy's `envoy.filters.http.cors`).
//!
//! A preflight is answered here; the response to any other request of an origin that is allowed is
//! marked as the policy says. Policies of several levels complete each other, the most specific
//! first, but only that one says whether the policy holds.

use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::cors as ir;
use voyant_ir::matcher::FractionalPercent;

use super::{HttpFilter, matchers};
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction};
use crate::route::Action;
use crate::string_matcher::StringMatcher;

crate::stats_group! {
    /// `http.<stat_prefix>.cors`.
    pub struct CorsStats {
        origin_invalid: Counter,
        origin_valid: Counter,
    }
}

/// The filter's configuration: there is none but on routes.
#[derive(Debug)]
pub struct Config {}

impl Config {
    pub fn new(config: &ir::Cors) -> Self {
        let ir::Cors {} = config;
        Self {}
    }
}

/// The policy of one level.
#[derive(Debug)]
pub struct PerRoute {
    allow_origins: Box<[StringMatcher]>,
    allow_methods: Box<[u8]>,
    allow_headers: Box<[u8]>,
    expose_headers: Box<[u8]>,
    max_age: Box<[u8]>,
    allow_credentials: Option<bool>,
    allow_private_network_access: Option<bool>,
    forward_not_matching_preflights: Option<bool>,
    filter_enabled: Option<FractionalPercent>,
    shadow_enabled: Option<FractionalPercent>,
}

impl PerRoute {
    pub fn new(policy: &ir::CorsPolicy) -> Self {
        let ir::CorsPolicy {
            allow_origins,
            allow_methods,
            allow_headers,
            expose_headers,
            max_age,
            allow_credentials,
            allow_private_network_access,
            forward_not_matching_preflights,
            filter_enabled,
            shadow_enabled,
        } = policy;
        Self {
            allow_origins: matchers::strings(allow_origins),
            allow_methods: allow_methods.as_bytes().into(),
            allow_headers: allow_headers.as_bytes().into(),
            expose_headers: expose_headers.as_bytes().into(),
            max_age: max_age.as_bytes().into(),
            allow_credentials: *allow_credentials,
            allow_private_network_access: *allow_private_network_access,
            forward_not_matching_preflights: *forward_not_matching_preflights,
            filter_enabled: filter_enabled.clone(),
            shadow_enabled: shadow_enabled.clone(),
        }
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    stats: Arc<CorsStats>,
}

impl OnWorker {
    pub fn new(_: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        Self { stats: scope.registry.shard(&format!("{}.cors", scope.stat_prefix)) }
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    /// The request's, where the policy holds and allows it.
    origin: Option<Box<[u8]>>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker, origin: None }
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        let Some(enabled) = enabled(cx) else { return HeadAction::Continue };
        let policies = Policies(cx);
        let request = cx.request();
        let origin = request.get(HeaderId::Origin).unwrap_or_default();
        if origin.is_empty() {
            return HeadAction::Continue;
        }
        let allowed = policies.allows(origin);
        let stats = &self.on_worker.stats;
        let count = if allowed { &stats.origin_valid } else { &stats.origin_invalid };
        count.inc();
        if !enabled {
            return HeadAction::Continue;
        }
        self.origin = allowed.then(|| origin.into());
        let preflight = request.method() == b"OPTIONS"
            && request.get(HeaderId::AccessControlRequestMethod).is_some_and(|m| !m.is_empty());
        if !preflight || !allowed && policies.flag(|p| p.forward_not_matching_preflights, true) {
            return HeadAction::Continue;
        }
        HeadAction::Reply(Box::new(policies.answer(request, allowed.then_some(origin))))
    }

    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        _: bool,
    ) -> HeadAction {
        let Some(origin) = &self.origin else { return HeadAction::Continue };
        let policies = Policies(cx);
        head.set(HeaderId::AccessControlAllowOrigin, origin);
        if policies.flag(|policy| policy.allow_credentials, false) {
            head.set(HeaderId::AccessControlAllowCredentials, b"true");
        }
        let exposed = policies.text(|policy| &policy.expose_headers);
        if !exposed.is_empty() {
            head.set(HeaderId::AccessControlExposeHeaders, exposed);
        }
        HeadAction::Continue
    }
}

/// Whether the policy of a stream holds; nothing when it is not even to be looked at.
fn enabled(cx: &FilterContext<'_, '_>) -> Option<bool> {
    let policies = Policies(cx);
    let worker = &cx.stream.manager.worker;
    let drawn =
        |share: &FractionalPercent| worker.runtime.feature_enabled(share, worker.rng.next_u64());
    let first = policies.iter().next()?;
    let enabled = first.filter_enabled.as_ref().is_none_or(drawn);
    (enabled || first.shadow_enabled.as_ref().is_some_and(drawn)).then_some(enabled)
}

/// The policies of a stream.
struct Policies<'s, 'c, 'a>(&'s FilterContext<'c, 'a>);

impl<'s> Policies<'s, '_, '_> {
    /// The most specific first. Those in the fields of routes themselves count only where no level
    /// has one of the filter.
    fn iter(&self) -> impl Iterator<Item = &'s PerRoute> {
        let route = self.0.stream.info.route.as_deref();
        let forwarded = route
            .filter(|route| matches!(route.action, Action::Forward(_) | Action::NonForwarding));
        let levels = forwarded.is_some().then(|| self.0.per_routes::<PerRoute>().rev());
        let mut levels = levels.into_iter().flatten().peekable();
        let older = forwarded.filter(|_| levels.peek().is_none()).map(|route| {
            let of_route = match &route.action {
                Action::Forward(forward) => forward.cors.as_deref(),
                _ => None,
            };
            [of_route, route.virtual_host.cors.as_deref()].into_iter().flatten()
        });
        levels.chain(older.into_iter().flatten())
    }

    fn allows(&self, origin: &[u8]) -> bool {
        let list = self.iter().map(|policy| &policy.allow_origins).find(|list| !list.is_empty());
        list.is_some_and(|list| list.iter().any(|m| m.matches(b"*") || m.matches(origin)))
    }

    fn text(&self, field: impl Fn(&'s PerRoute) -> &'s [u8]) -> &'s [u8] {
        self.iter().map(field).find(|text| !text.is_empty()).unwrap_or_default()
    }

    fn flag(&self, field: impl Fn(&PerRoute) -> Option<bool>, default: bool) -> bool {
        self.iter().find_map(field).unwrap_or(default)
    }

    /// The answer to a preflight.
    fn answer(&self, request: &Head, origin: Option<&[u8]>) -> LocalReply {
        let asked = |id| request.get(id).unwrap_or_default();
        let mut headers = Vec::new();
        let mut add = |id, value: &[u8]| headers.push((HeaderKey::Known(id), value.into()));
        if let Some(origin) = origin {
            add(HeaderId::AccessControlAllowOrigin, origin);
        }
        if self.flag(|policy| policy.allow_credentials, false) {
            add(HeaderId::AccessControlAllowCredentials, b"true");
        }
        let methods = self.text(|policy| &policy.allow_methods);
        let allow_headers = self.text(|policy| &policy.allow_headers);
        for (id, allowed, wish) in [
            (HeaderId::AccessControlAllowMethods, methods, HeaderId::AccessControlRequestMethod),
            (
                HeaderId::AccessControlAllowHeaders,
                allow_headers,
                HeaderId::AccessControlRequestHeaders,
            ),
        ] {
            match allowed {
                b"" => {}
                b"*" => add(id, asked(wish)),
                _ => add(id, allowed),
            }
        }
        let max_age = self.text(|policy| &policy.max_age);
        if !max_age.is_empty() {
            add(HeaderId::AccessControlMaxAge, max_age);
        }
        if self.flag(|policy| policy.allow_private_network_access, false)
            && asked(HeaderId::AccessControlRequestPrivateNetwork) == b"true"
        {
            add(HeaderId::AccessControlAllowPrivateNetwork, b"true");
        }
        LocalReply { headers, plain: true, ..LocalReply::new(200, "cors_response") }
    }
}
