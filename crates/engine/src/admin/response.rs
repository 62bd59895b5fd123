//! An admin answer.

use super::body::Body;

/// Status, type and body.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Body,
}

/// What is said before any endpoint is asked; the connection ends with it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    /// May be empty.
    pub body: &'static str,
}

const TEXT: &str = "text/plain; charset=UTF-8";
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

impl Refusal {
    /// With the status's own words.
    pub(super) fn of(status: u16) -> Self {
        Self { status, body: crate::codec::h1::reason_phrase(status) }
    }
}
