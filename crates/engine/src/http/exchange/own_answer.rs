//! Answers that a route gives without an upstream: redirects and direct responses. And what it
//! does to the answer to a request that was refused before a route was looked for.

use bytes::Bytes;

use super::Exchange;
use super::reply::LocalReply;
use crate::head::header_name::HeaderId;
use crate::route::direct_response::DirectResponse;
use crate::route::redirect::Redirect;
use crate::route::{Action, Route};
use crate::rt::clock::now;

impl Exchange<'_> {
    pub(super) async fn redirect(&mut self, route: &Route, redirect: &Redirect) {
        let stream = &mut self.stream;
        stream.manager.router_stats.rq_direct_response.inc();
        stream.info.details = Some("direct_response".into());
        let keep_original = !stream.router.options.suppress_envoy_headers;
        let mut location = Vec::with_capacity(128);
        redirect.rewrite_path(&mut stream.request, keep_original, &mut location);
        location.clear();
        let formatted = redirect.format_path(&stream.format_context(None));
        redirect.location(&stream.request, formatted.as_deref(), &mut location);
        // A request without a path has no address of its own to be changed.
        let has_location = stream.request.contains(HeaderId::Path);
        let location = has_location.then_some(location.as_slice());
        self.answer(route, redirect.status, location, Bytes::new(), b"").await;
    }

    pub(super) async fn respond(&mut self, route: &Route, direct: &DirectResponse) {
        let stream = &mut self.stream;
        stream.manager.router_stats.rq_direct_response.inc();
        stream.info.details = Some("direct_response".into());
        let mut location = Vec::new();
        let has_location = direct.location(&stream.request, &mut location);
        let location = has_location.then_some(location.as_slice());
        let Some(format) = &direct.body_format else {
            return self.answer(route, direct.status, location, direct.body.clone(), b"").await;
        };
        let mut context = stream.format_context(None);
        context.local_reply_body = &direct.body;
        let body = format.body(&context).into();
        self.answer(route, direct.status, location, body, &format.content_type).await;
    }

    /// Answers a request whose head is not accepted. There is no route for one whose protocol
    /// is unknown.
    pub(super) async fn refuse(&mut self, refusal: LocalReply) {
        let stream = &mut self.stream;
        if !stream.request.contains(HeaderId::XForwardedProto) {
            return self.send_reply(refusal, None).await;
        }
        let routes = stream.table();
        let route = stream.find_route(&routes);
        stream.note_route(&routes, route);
        let forwarding = route.filter(|route| match &route.action {
            Action::Forward(forward) => {
                stream.choose_cluster(forward);
                true
            }
            _ => false,
        });
        self.send_reply(refusal, forwarding).await;
    }

    async fn answer(
        &mut self,
        route: &Route,
        status: u16,
        to: Option<&[u8]>,
        body: Bytes,
        content_type: &[u8],
    ) {
        self.begin_reply(status);
        if let Some(location) = to {
            self.response.push(HeaderId::Location, location);
        }
        self.stream.finalize_response(route, &mut self.response, now());
        if !content_type.is_empty() {
            self.response.set(HeaderId::ContentType, content_type);
        }
        let body = self.finish_reply(status, None, body);
        self.send_own(body).await;
    }
}
