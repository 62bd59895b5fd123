//! What a chosen route does to the heads that pass: mutations, then rewrites, in Envoy's order.

use voyant_ir::route as ir;

use super::entry::{Action, Forward, Route};
use super::mutation::{Direction, HeaderMutation, MutationContext, MutationScratch};
use super::rewrite::{Append, rewrite_authority};
use crate::head::Head;
use crate::head::header_name::HeaderId;

/// What an entry of a weighted split does to heads, before all else.
#[derive(Debug)]
pub(super) struct WeightedFinish {
    /// Replaces the authority without a trace; empty: does not.
    host: Box<[u8]>,
    request: Option<HeaderMutation>,
    response: Option<HeaderMutation>,
}

impl WeightedFinish {
    /// Compiles all entries; none when none does anything.
    pub(super) fn of_split(specifier: &ir::ClusterSpecifier) -> Box<[Self]> {
        let ir::ClusterSpecifier::Weighted { clusters, .. } = specifier else {
            return Box::default();
        };
        let entries: Box<[_]> = clusters.iter().map(Self::new).collect();
        let idle = |entry: &Self| {
            entry.host.is_empty() && entry.request.is_none() && entry.response.is_none()
        };
        if entries.iter().all(idle) { Box::default() } else { entries }
    }

    fn new(cluster: &ir::WeightedCluster) -> Self {
        // Which cluster an entry names is compiled in `cluster_specifier`.
        let ir::WeightedCluster {
            name: _,
            cluster_header: _,
            filters: _,
            weight: _,
            host_rewrite_literal,
            request_headers,
            response_headers,
        } = cluster;
        Self {
            host: host_rewrite_literal.as_bytes().into(),
            request: HeaderMutation::new(request_headers, Direction::Request),
            response: HeaderMutation::new(response_headers, Direction::Response),
        }
    }
}

impl Route {
    /// Changes a request's head for the upstream. `weighted` is the entry drawn from a weighted
    /// split; `keep_original` has the old path and authority kept in `x-envoy-original-*`.
    pub fn finalize_request(
        &self,
        head: &mut Head,
        weighted: Option<usize>,
        keep_original: bool,
        cx: &MutationContext<'_>,
        scratch: &mut MutationScratch,
    ) {
        if let Some(entry) = self.weighted_finish(weighted) {
            if let Some(mutation) = &entry.request {
                mutation.apply(head, cx, scratch);
            }
            if !entry.host.is_empty() {
                head.set(HeaderId::Authority, &entry.host);
            }
        }
        self.request_headers.apply(head, cx, scratch);
        let Action::Forward(forward) = &self.action else { return };
        if let Some(rewrite) = &forward.host_rewrite {
            rewrite.apply(head, forward.append(keep_original), &mut scratch.text);
        }
        if let Some(formatted) = &forward.formatted {
            formatted.apply_host(head, forward.append(keep_original), cx, &mut scratch.text);
        }
        if let Some(rewrite) = &forward.path_rewrite {
            rewrite.apply(head, keep_original, &mut scratch.text);
        }
        if let Some(formatted) = &forward.formatted {
            formatted.apply_path(head, keep_original, cx, &mut scratch.text);
        }
    }

    /// Changes a response's head for the client; `cx` has the request.
    pub fn finalize_response(
        &self,
        head: &mut Head,
        weighted: Option<usize>,
        cx: &MutationContext<'_>,
        scratch: &mut MutationScratch,
    ) {
        if let Some(mutation) =
            self.weighted_finish(weighted).and_then(|entry| entry.response.as_ref())
        {
            mutation.apply(head, cx, scratch);
        }
        self.response_headers.apply(head, cx, scratch);
    }

    fn weighted_finish(&self, weighted: Option<usize>) -> Option<&WeightedFinish> {
        match &self.action {
            Action::Forward(forward) => forward.weighted.get(weighted?),
            _ => None,
        }
    }
}

impl Forward {
    /// True if the authority becomes the chosen endpoint's hostname.
    pub fn rewrites_host_to_endpoint(&self) -> bool {
        matches!(self.host_rewrite.as_deref(), Some(super::rewrite::HostRewrite::Auto))
    }

    /// Sets the authority to the chosen endpoint's hostname, when the route asks for that and the
    /// endpoint has one.
    pub fn rewrite_host_to_endpoint(
        &self,
        head: &mut Head,
        hostname: &[u8],
        keep_original: bool,
        scratch: &mut MutationScratch,
    ) {
        if self.rewrites_host_to_endpoint() && !hostname.is_empty() {
            scratch.text.clear();
            scratch.text.extend_from_slice(hostname);
            rewrite_authority(head, &mut scratch.text, self.append(keep_original));
        }
    }

    fn append(&self, keep_original: bool) -> Append {
        Append { original_host: keep_original, forwarded_host: self.append_x_forwarded_host }
    }
}

#[cfg(test)]
pub(super) mod tests;
