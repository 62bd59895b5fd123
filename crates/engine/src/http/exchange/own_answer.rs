//! Answers that a route gives without an upstream: redirects and direct responses.

use bytes::Bytes;

use super::Exchange;
use crate::head::header_name::HeaderId;
use crate::route::Route;
use crate::route::direct_response::DirectResponse;
use crate::route::redirect::Redirect;
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
        self.answer(route, redirect.status, Some(&location), Bytes::new(), b"").await;
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
