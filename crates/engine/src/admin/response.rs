//! An admin answer.

use super::body::Body;

/// Status, type and body.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Body,
}

pub(super) const TEXT: &str = "text/plain; charset=UTF-8";
pub(super) const JSON: &str = "application/json";
pub(super) const HTML: &str = "text/html; charset=UTF-8";

impl Response {
    pub fn text(status: u16, body: impl Into<Body>) -> Self {
        Self { status, content_type: TEXT, body: body.into() }
    }

    pub fn json(body: impl Into<Body>) -> Self {
        Self { status: 200, content_type: JSON, body: body.into() }
    }

    /// What Envoy says when something was done.
    pub(super) fn ok() -> Self {
        Self::text(200, "OK\n")
    }
}
