//! All that a route asks beside the path, in the order in which Envoy asks it.

use voyant_ir::matcher::FractionalPercent;
use voyant_ir::route::RouteMatch;

use super::{CookieMatcher, HeaderMatcher, MatchContext, QueryParameterMatcher};
use crate::grpc::is_grpc;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::pattern::PatternError;
use crate::value_matcher::{FilterStateMatcher, MetadataMatcher};

/// The conditions of one route.
#[derive(Debug)]
pub struct Conditions {
    runtime_fraction: Option<FractionalPercent>,
    grpc: bool,
    headers: Box<[HeaderMatcher]>,
    query_parameters: Box<[QueryParameterMatcher]>,
    cookies: Box<[CookieMatcher]>,
    dynamic_metadata: Box<[MetadataMatcher]>,
    filter_state: Box<[FilterStateMatcher]>,
}

/// The first condition that a request did not meet; numbers count from 0 in the route's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    RuntimeFraction,
    Grpc,
    Header(usize),
    QueryParameter(usize),
    Cookie(usize),
    DynamicMetadata(usize),
    FilterState(usize),
}

/// The path is all that a route asks.
pub fn is_unconditional(matches: &RouteMatch) -> bool {
    let RouteMatch {
        path: _,
        headers,
        query_parameters,
        runtime_fraction,
        grpc,
        cookies,
        dynamic_metadata,
        filter_state,
    } = matches;
    let asks = !headers.is_empty() || !query_parameters.is_empty() || !cookies.is_empty();
    let asks_of_stream = !dynamic_metadata.is_empty() || !filter_state.is_empty();
    !asks && !asks_of_stream && runtime_fraction.is_none() && !grpc
}

impl Conditions {
    /// Compiles the conditions; nothing when the path is all that is asked.
    pub fn new(matches: &RouteMatch) -> Result<Option<Self>, PatternError> {
        if is_unconditional(matches) {
            return Ok(None);
        }
        let RouteMatch {
            path: _,
            headers,
            query_parameters,
            runtime_fraction,
            grpc,
            cookies,
            dynamic_metadata,
            filter_state,
        } = matches;
        Ok(Some(Self {
            runtime_fraction: runtime_fraction.clone(),
            grpc: *grpc,
            headers: headers.iter().map(HeaderMatcher::new).collect::<Result<_, _>>()?,
            query_parameters: query_parameters
                .iter()
                .map(QueryParameterMatcher::new)
                .collect::<Result<_, _>>()?,
            cookies: cookies.iter().map(CookieMatcher::new).collect::<Result<_, _>>()?,
            dynamic_metadata: dynamic_metadata
                .iter()
                .map(MetadataMatcher::new)
                .collect::<Result<_, _>>()?,
            filter_state: filter_state
                .iter()
                .map(FilterStateMatcher::new)
                .collect::<Result<_, _>>()?,
        }))
    }

    /// Asks all conditions.
    pub fn check(&self, head: &Head, cx: &MatchContext<'_>) -> Result<(), Miss> {
        if let Some(fraction) = &self.runtime_fraction
            && !cx.runtime.feature_enabled(fraction, cx.random)
        {
            return Err(Miss::RuntimeFraction);
        }
        if self.grpc && !(is_grpc(head) && head.contains(HeaderId::Path)) {
            return Err(Miss::Grpc);
        }
        if let Some(at) = self.headers.iter().position(|matcher| !matcher.matches(head)) {
            return Err(Miss::Header(at));
        }
        let of_query = |matcher: &QueryParameterMatcher| matcher.matches(head.path());
        if let Some(at) = self.query_parameters.iter().position(|matcher| !of_query(matcher)) {
            return Err(Miss::QueryParameter(at));
        }
        if let Some(at) = self.cookies.iter().position(|matcher| !matcher.matches(head)) {
            return Err(Miss::Cookie(at));
        }
        let metadata = |matcher: &MetadataMatcher| match cx.info {
            Some(info) => matcher.matches_dynamic(info),
            None => matcher.matches(None),
        };
        if let Some(at) = self.dynamic_metadata.iter().position(|matcher| !metadata(matcher)) {
            return Err(Miss::DynamicMetadata(at));
        }
        let state =
            |matcher: &FilterStateMatcher| cx.info.is_some_and(|info| matcher.matches(info));
        match self.filter_state.iter().position(|matcher| !state(matcher)) {
            Some(at) => Err(Miss::FilterState(at)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
