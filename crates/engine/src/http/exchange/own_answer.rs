//! Answers that a route gives without an upstream: redirects and direct responses.

use bytes::Bytes;

use super::Exchange;
use crate::http::header_name::HeaderId;
use crate::route::Route;
use crate::route::direct_response::{DirectBody, DirectResponse};
use crate::route::mutation::MutationContext;
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
        self.begin_answer(redirect.status);
        self.response.push(HeaderId::Location, &location);
        self.finalize_answer(route);
        self.send_own(Bytes::new()).await;
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
        self.begin_answer(direct.status);
        if !body.is_empty() {
            let mut digits = itoa::Buffer::new();
            let length = digits.format(body.len());
            self.response.push(HeaderId::ContentLength, length.as_bytes());
            self.response.push(HeaderId::ContentType, b"text/plain");
        }
        if has_location {
            self.response.push(HeaderId::Location, &location);
        }
        self.finalize_answer(route);
        self.send_own(body).await;
    }

    fn begin_answer(&mut self, status: u16) {
        let mut digits = itoa::Buffer::new();
        self.response.clear();
        self.response.push(HeaderId::Status, digits.format(status).as_bytes());
    }

    fn finalize_answer(&mut self, route: &Route) {
        let stream = &self.stream;
        let context =
            MutationContext { request: Some(&stream.request), info: &stream.info, now: now() };
        let mut scratch = stream.manager.worker.mutation_scratch.borrow_mut();
        route.finalize_response(&mut self.response, None, &context, &mut scratch);
    }
}
