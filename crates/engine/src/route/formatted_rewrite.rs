//! Rewrites of the path and the authority by formats (`path_rewrite` and `host_rewrite` of
//! Envoy's `RouteAction`).

use voyant_ir::route as ir;

use super::index::without_query;
use super::mutation::MutationContext;
use super::rewrite::{Append, rewrite_authority};
use crate::head::Head;
use crate::head::header_name::HeaderId;
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

#[cfg(test)]
mod tests {
    use voyant_ir::format::{Operator, Segment};

    use super::*;
    use crate::route::finalize::tests::stream;
    use crate::route::table::tests::build::get;
    use crate::rt::clock;

    fn text(text: &str) -> Segment {
        Segment::Text { text: text.into() }
    }

    fn header(name: &str) -> Segment {
        let operator = Operator::RequestHeader { name: name.into(), alternative: None };
        Segment::Operator { operator, max_length: None }
    }

    /// A request that is rewritten; the original path is kept.
    fn rewritten(host: Option<Vec<Segment>>, path: Option<Vec<Segment>>) -> Head {
        let formatter = |segments: Vec<Segment>| Formatter::new(&segments);
        let rewrite = FormattedRewrite { host: host.map(formatter), path: path.map(formatter) };
        let mut head = get("/old?q=1");
        head.push_received(b"x-to", b"b");
        let info = stream();
        let cx = MutationContext { request: None, info: &info, now: clock::now() };
        let append = Append { original_host: true, forwarded_host: false };
        rewrite.apply_host(&mut head, append, &cx, &mut Vec::new());
        rewrite.apply_path(&mut head, true, &cx, &mut Vec::new());
        head
    }

    #[test]
    fn a_path_keeps_its_query() {
        let head = rewritten(None, Some(vec![text("/new/"), header("x-to")]));
        assert_eq!(head.path(), b"/new/b?q=1");
        assert_eq!(head.get(HeaderId::XEnvoyOriginalPath), Some(&b"/old?q=1"[..]));
        assert_eq!(head.authority(), b"h.com");
    }

    #[test]
    fn a_path_of_nothing_stays() {
        let head = rewritten(None, Some(vec![header("x-none")]));
        assert_eq!(head.path(), b"/old?q=1");
        assert_eq!(head.get(HeaderId::XEnvoyOriginalPath), None);
    }

    #[test]
    fn what_is_missing_is_a_dash_in_a_host_and_nothing_in_a_path() {
        let segments = || vec![text("a"), header("x-none"), text("b")];
        assert_eq!(rewritten(Some(segments()), None).authority(), b"a-b");
        let path = vec![text("/a"), header("x-none"), text("b")];
        assert_eq!(rewritten(None, Some(path)).path(), b"/ab?q=1");
    }

    #[test]
    fn a_host_leaves_its_trace() {
        let head = rewritten(Some(vec![header("x-to"), text(".test")]), None);
        assert_eq!(head.authority(), b"b.test");
        assert_eq!(head.get(HeaderId::XEnvoyOriginalHost), Some(&b"h.com"[..]));
        assert_eq!(head.path(), b"/old?q=1");
    }
}
