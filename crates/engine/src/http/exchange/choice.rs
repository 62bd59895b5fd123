//! What the router decides of a request before it is sent: the cluster, the timeouts.

use std::sync::Arc;

use super::charging::Charging;
use super::connect::ClusterHandle;
use super::stream::{Chosen, Stream};
use super::timeouts::RequestTimeouts;
use crate::failure::Failure;
use crate::grpc::is_grpc;
use crate::head::header_name::HeaderId;
use crate::observe::stats::groups::cluster::ClusterResponseStats;
use crate::observe::stats::groups::route::RouteStats;
use crate::route::entry::Forward;

impl Stream<'_> {
    /// The response is to count as completed only, whatever its status.
    pub(super) fn suppresses_codes(&self) -> bool {
        let options = &self.router.options;
        options.suppress_grpc_request_failure_code_stats && is_grpc(&self.request)
    }

    /// Nothing of the request is left to be sent but its head.
    pub(super) fn request_is_over(&self) -> bool {
        let held = self.chain.as_ref().is_some_and(|chain| chain.has_request_pieces());
        self.progress.request_ended.is_some() && !held
    }

    /// The cluster of a route for this request, noted for the log.
    pub(super) fn choose_cluster(&mut self, forward: &Forward) -> Option<ClusterHandle> {
        let context = self.match_context();
        let choice = forward.cluster.choose(&self.request, &context)?;
        self.weighted = choice.weighted;
        let cluster = self.manager.worker.cluster(&choice.cluster)?;
        self.info.upstream.cluster = Some(cluster.names());
        Some(cluster)
    }

    /// Chooses the cluster with the route, before filters change what it is chosen by.
    pub(super) fn choose_ahead(&mut self, forward: &Forward) {
        let cluster = self.choose_cluster(forward);
        self.chosen = Some(Chosen(cluster));
    }

    /// Where a client inside wants responses to count once more.
    pub(super) fn alternative_stats(
        &self,
        cluster: &ClusterHandle,
    ) -> Option<Arc<ClusterResponseStats>> {
        if !self.origin.internal || !self.router.options.dynamic_stats {
            return None;
        }
        let name = self.request.get_str(HeaderId::XEnvoyUpstreamAltStatName)?;
        cluster.alternative(name, &self.manager.worker.registry)
    }

    /// Counts a request that a cluster in maintenance does not get.
    pub(super) fn kept_from(
        &self,
        cluster: &ClusterHandle,
        alternative: Option<&ClusterResponseStats>,
        route: [Option<&RouteStats>; 2],
    ) -> Failure {
        let failure = Failure::Maintenance;
        cluster.traffic.upstream_rq_maintenance_mode.inc();
        let charging = Charging {
            cluster,
            alternative,
            internal: self.origin.internal,
            canary: false,
            suppressed: self.suppresses_codes(),
            route,
        };
        if self.tells_codes() {
            charging.status(failure.outcome().status);
        }
        failure
    }

    /// The timeouts of this request, of which the upstream is told.
    pub(super) fn settle_timeouts(&mut self, forward: &Forward) -> RequestTimeouts {
        let options = &self.router.options;
        let respect_expected = options.respect_expected_rq_timeout;
        let request = &mut self.request;
        let timeouts =
            RequestTimeouts::new(request, forward, self.origin.internal, respect_expected);
        timeouts.tell(request, forward, options.suppress_envoy_headers);
        timeouts
    }
}
