//! What an exchange does to a request's head before it knows its client: path, host, and the
//! changes that are to come first.

use super::reply::LocalReply;
use super::stream::Stream;
use crate::grpc::is_grpc;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::connection_manager::host::HostRules;
use crate::http::path_normalization::{PathRules, Verdict};
use crate::route::mutation::MutationContext;
use crate::rt::address::PeerAddress;
use crate::rt::clock::now;

const DETAILS: &str = "path_normalization_failed";

impl Stream<'_> {
    /// Gives the path its normal form, or refuses it.
    pub(super) fn normalize_path(&mut self, rules: PathRules) -> Result<(), LocalReply> {
        let mut path = Vec::new();
        let verdict = rules.apply(self.request.path(), &mut path);
        if verdict != Verdict::Unchanged {
            self.request.set(HeaderId::Path, &path);
        }
        let stats = &self.manager.stats;
        match verdict {
            Verdict::Unchanged | Verdict::Changed => Ok(()),
            // Clients of gRPC follow no redirect.
            Verdict::Redirect if !is_grpc(&self.request) => {
                stats.downstream_rq_redirected_with_normalized_path.inc();
                let location = (HeaderKey::Known(HeaderId::Location), path.into());
                Err(LocalReply { headers: vec![location], ..LocalReply::new(307, DETAILS) })
            }
            Verdict::Redirect | Verdict::Reject => {
                stats.downstream_rq_failed_path_normalization.inc();
                Err(LocalReply::new(400, DETAILS))
            }
        }
    }

    pub(super) fn normalize_host(&mut self, rules: HostRules) {
        let port = match &self.info.connection.local {
            PeerAddress::Ip(address) => Some(address.port()),
            PeerAddress::Pipe(_) => None,
        };
        rules.apply(&mut self.request, port);
    }

    /// Makes the changes that come before all others.
    pub(super) fn mutate_early(&mut self) {
        let Self { manager, request, info, .. } = self;
        let mut scratch = manager.worker.mutation_scratch.borrow_mut();
        let context = MutationContext { request: None, info, now: now() };
        for mutation in &manager.config.early_mutations {
            mutation.apply(request, &context, &mut scratch);
        }
    }
}
