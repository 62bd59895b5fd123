//! Rewrites of the path and the authority by formats (`path_rewrite` and `host_rewrite` of
//! Envoy's `RouteAction`).

use voyant_ir::route as ir;

use super::index::without_query;
use super::mutation::MutationContext;
use super::rewrite::{Append, rewrite_authority};
use crate::http::head::Head;
use crate::http::header_name::HeaderId;
use crate::observe::format::Formatter;

/// What a route rewrites by formats; one of the two at least.
#[derive(Debug)]
pub(super) struct FormattedRewrite {
    host: Option<Formatter>,
    path: Option<Formatter>,
}

impl FormattedRewrite {
    /// Nothing when nothing is rewritten so.
    pub(super) fn new(forward: &ir::Forward) -> Option<Box<Self>> {
        let host = match &forward.host_rewrite {
            Some(ir::HostRewrite::Format { segments }) => Some(Formatter::new(segments)),
            _ => None,
        };
        let path = match &forward.path_rewrite {
            Some(ir::PathRewrite::Format { segments }) => Some(Formatter::new(segments)),
            _ => None,
        };
        (host.is_some() || path.is_some()).then(|| Box::new(Self { host, path }))
    }

    /// Rewrites the authority, in which a missing value is a dash.
    pub(super) fn apply_host(
        &self,
        head: &mut Head,
        append: Append,
        cx: &MutationContext<'_>,
        scratch: &mut Vec<u8>,
    ) {
        if let Some(formatter) = &self.host {
            scratch.clear();
            formatter.write(&cx.format_context(head), scratch);
            if !scratch.is_empty() {
                rewrite_authority(head, scratch, append);
            }
        }
    }

    /// Rewrites the path, in which a missing value is empty; the query stays. Nothing is done
    /// when nothing would be left.
    pub(super) fn apply_path(
        &self,
        head: &mut Head,
        keep_original: bool,
        cx: &MutationContext<'_>,
        scratch: &mut Vec<u8>,
    ) {
        let Some(formatter) = &self.path else { return };
        scratch.clear();
        formatter.write_omitting(&cx.format_context(head), scratch);
        if scratch.is_empty() {
            return;
        }
        let path = head.path();
        scratch.extend_from_slice(&path[without_query(path).len()..]);
        let end = scratch.len();
        if keep_original {
            scratch.extend_from_slice(path);
            head.set(HeaderId::XEnvoyOriginalPath, &scratch[end..]);
        }
        head.set(HeaderId::Path, &scratch[..end]);
    }
}
