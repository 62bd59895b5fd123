//! Answers that a route gives without an upstream: redirects and direct responses.

use bytes::Bytes;

use super::Exchange;
use crate::http::header_name::HeaderId;
use crate::route::Route;
use crate::route::direct_response::{DirectBody, DirectResponse};
use crate::route::redirect::Redirect;
use crate::rt::clock::now;

impl Exchange<'_> {
    pub(super) async fn redirect(&mut self, route: &Route, redirect: &Redirect) {
        let stream = &mut self.stream;
        stream.manager.router_stats.rq_direct_response.inc();
        stream.info.details = Some("direct_response".into());
        let keep_original = !stream.manager.config.suppress_envoy_headers;
        let mut location = Vec::with_capacity(128);
        redirect.rewrite_path(&mut stream.request, keep_original, &mut location);
        location.clear();
        redirect.location(&stream.request, &mut location);
        self.answer(route, redirect.status, Some(&location), Bytes::new()).await;
    }

    pub(super) async fn respond(&mut self, route: &Route, direct: &DirectResponse) {
        let stream = &mut self.stream;
        stream.manager.router_stats.rq_direct_response.inc();
        stream.info.details = Some("direct_response".into());
        let mut location = Vec::new();
        let has_location = direct.location(&stream.request, &mut location);
        let body = match &direct.body {
            DirectBody::Constant(body) => body.clone(),
            DirectBody::Format(formatter) => {
                let mut body = Vec::new();
                formatter.write(&stream.format_context(None), &mut body);
                body.into()
            }
        };
        self.answer(route, direct.status, has_location.then_some(location.as_slice()), body).await;
    }

    async fn answer(&mut self, route: &Route, status: u16, to: Option<&[u8]>, body: Bytes) {
        self.begin_reply(status);
        if let Some(location) = to {
            self.response.push(HeaderId::Location, location);
        }
        self.stream.finalize_response(route, &mut self.response, now());
        let body = self.finish_reply(status, None, body);
        self.send_own(body).await;
    }
}
