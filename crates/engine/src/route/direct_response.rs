//! Responses that a route gives itself (Envoy's `config.route.v3.DirectResponseAction`).

use bytes::Bytes;
use voyant_ir::route as ir;

use super::redirect::own_location;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::observe::format::BodyFormat;

/// A compiled direct response.
#[derive(Debug)]
pub struct DirectResponse {
    pub status: u16,
    pub body: Bytes,
    /// Evaluated before the response's status is known (`%RESPONSE_CODE%` is 0).
    pub body_format: Option<BodyFormat>,
}

impl DirectResponse {
    /// Compiles the IR's response.
    pub fn new(response: &ir::DirectResponse) -> Self {
        let ir::DirectResponse { status, body, body_format } = response;
        let body = Bytes::copy_from_slice(body.as_bytes());
        Self { status: *status, body, body_format: body_format.as_ref().map(BodyFormat::new) }
    }

    /// Appends the value of `location`, which created resources and redirects by hand have;
    /// false when there is none.
    pub fn location(&self, head: &Head, out: &mut Vec<u8>) -> bool {
        let has_location = matches!(self.status, 201 | 300..=399) && head.contains(HeaderId::Path);
        if has_location {
            own_location(head, out);
        }
        has_location
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(status: u16) -> Option<String> {
        let mut head = Head::new();
        head.push(HeaderId::Scheme, b"http");
        head.push(HeaderId::Authority, b"h.com:80");
        head.push(HeaderId::XForwardedProto, b"http");
        head.push(HeaderId::Path, b"/d?a=b");
        let response = DirectResponse::new(&ir::DirectResponse {
            status,
            body: String::new(),
            body_format: None,
        });
        let mut out = Vec::new();
        response.location(&head, &mut out).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn created_and_redirected_get_a_location() {
        for status in [201, 300, 302, 304, 399] {
            assert_eq!(location(status).as_deref(), Some("http://h.com:80/d?a=b"), "{status}");
        }
        for status in [200, 202, 204, 400, 503] {
            assert_eq!(location(status), None, "{status}");
        }
    }
}
