//! Rewrites of a request's path and authority (Envoy's `RouteAction` rewrites).

use voyant_ir::route as ir;

use super::index::without_query;
use super::matcher::header::request_key;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::pattern::{PatternError, Substitution};

/// A compiled rewrite of the path; the query stays.
#[derive(Debug)]
pub struct PathRewrite {
    how: How,
}

#[derive(Debug)]
enum How {
    /// The start that the route matched is replaced.
    Start {
        matched: Box<[u8]>,
        value: Box<[u8]>,
    },
    /// The whole path is replaced.
    Whole(Box<[u8]>),
    Regex(Substitution),
}

impl PathRewrite {
    /// Compiles the rewrite of a route that matches a path so; nothing when it rewrites nothing.
    pub fn new(
        rewrite: &ir::PathRewrite,
        matches: &ir::PathMatch,
    ) -> Result<Option<Self>, PatternError> {
        let how = match rewrite {
            ir::PathRewrite::Prefix { value } if value.is_empty() => return Ok(None),
            // That is `formatted_rewrite`'s.
            ir::PathRewrite::Format { .. } => return Ok(None),
            ir::PathRewrite::Prefix { value } => Self::prefix(value, matches),
            ir::PathRewrite::Regex { pattern, substitution } => {
                How::Regex(Substitution::new(pattern, substitution)?)
            }
        };
        Ok(Some(Self { how }))
    }

    fn prefix(value: &str, matches: &ir::PathMatch) -> How {
        use ir::PathMatch as M;
        let value = value.as_bytes().into();
        match matches {
            M::Prefix { value: matched, .. }
            | M::Exact { value: matched, .. }
            | M::PathSeparatedPrefix { value: matched, .. } => {
                How::Start { matched: matched.as_bytes().into(), value }
            }
            M::Regex { .. } | M::Connect {} => How::Whole(value),
        }
    }

    /// Rewrites the path; `keep_original` keeps the old one in `x-envoy-original-path`.
    pub fn apply(&self, head: &mut Head, keep_original: bool, scratch: &mut Vec<u8>) {
        scratch.clear();
        let path = head.path();
        if !self.write(path, scratch) {
            return;
        }
        let end = scratch.len();
        if keep_original {
            scratch.extend_from_slice(path);
            head.set(HeaderId::XEnvoyOriginalPath, &scratch[end..]);
        }
        head.set(HeaderId::Path, &scratch[..end]);
    }

    /// Appends the new path; false when there is none, because a filter has changed the path or
    /// because nothing would be left of it.
    fn write(&self, path: &[u8], out: &mut Vec<u8>) -> bool {
        let just_path = without_query(path);
        let replaced = match &self.how {
            How::Start { matched, value } => {
                let start = path.get(..matched.len());
                if !start.is_some_and(|start| start.eq_ignore_ascii_case(matched)) {
                    return false;
                }
                out.extend_from_slice(value);
                matched.len()
            }
            How::Whole(value) => {
                out.extend_from_slice(value);
                just_path.len()
            }
            How::Regex(substitution) => {
                substitution.replace_all(just_path, out);
                if out.is_empty() {
                    return false;
                }
                just_path.len()
            }
        };
        out.extend_from_slice(&path[replaced..]);
        true
    }
}

/// A compiled rewrite of the authority.
#[derive(Debug)]
pub enum HostRewrite {
    Literal(Box<[u8]>),
    /// The chosen endpoint's hostname, by [`rewrite_authority`].
    Auto,
    /// As formatted, by `formatted_rewrite`.
    Format,
    /// The first value of a request header.
    Header(HeaderKey),
    /// The path without its query, rewritten.
    PathRegex(Substitution),
}

impl HostRewrite {
    /// Compiles the IR's rewrite.
    pub fn new(rewrite: &ir::HostRewrite) -> Result<Self, PatternError> {
        Ok(match rewrite {
            ir::HostRewrite::Literal { value } => Self::Literal(value.as_bytes().into()),
            ir::HostRewrite::Auto {} => Self::Auto,
            ir::HostRewrite::Format { .. } => Self::Format,
            ir::HostRewrite::Header { name } => Self::Header(request_key(name)),
            ir::HostRewrite::PathRegex { pattern, substitution } => {
                Self::PathRegex(Substitution::new(pattern, substitution)?)
            }
        })
    }

    /// Rewrites the authority; an empty result changes nothing.
    pub fn apply(&self, head: &mut Head, append: Append, scratch: &mut Vec<u8>) {
        scratch.clear();
        match self {
            Self::Auto | Self::Format => return,
            Self::Literal(value) => scratch.extend_from_slice(value),
            Self::Header(key) => scratch.extend_from_slice(head.get_key(key).unwrap_or_default()),
            Self::PathRegex(substitution) => {
                substitution.replace_all(without_query(head.path()), scratch);
            }
        }
        if !scratch.is_empty() {
            rewrite_authority(head, scratch, append);
        }
    }
}

/// Where the old authority is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Append {
    /// In `x-envoy-original-host`.
    pub original_host: bool,
    /// At the end of `x-forwarded-host`.
    pub forwarded_host: bool,
}

/// Replaces the authority by what begins `scratch`, behind which the old one is copied.
pub fn rewrite_authority(head: &mut Head, scratch: &mut Vec<u8>, append: Append) {
    let end = scratch.len();
    let authority = head.get(HeaderId::Authority);
    let had_one = authority.is_some();
    scratch.extend_from_slice(authority.unwrap_or_default());
    let (new, old) = scratch.split_at(end);
    if append.original_host && had_one {
        head.set(HeaderId::XEnvoyOriginalHost, old);
    }
    if append.forwarded_host && !old.is_empty() {
        let forwarded = head.get(HeaderId::XForwardedHost).unwrap_or_default();
        if forwarded.is_empty() {
            head.set(HeaderId::XForwardedHost, old);
        } else if forwarded.rsplit(|byte| *byte == b',').next() != Some(old) {
            head.append(&HeaderId::XForwardedHost.into(), b",", old);
        }
    }
    head.set(HeaderId::Authority, new);
    if !had_one {
        head.last_to_front();
    }
}

#[cfg(test)]
mod tests;
