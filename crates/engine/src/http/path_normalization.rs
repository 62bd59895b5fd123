//! What becomes of a request's path before anything looks at it: escaped slashes, dot segments and
//! escapes (RFC 3986, section 6.2.2), doubled slashes. A pure function of the path, in the order
//! of Envoy's `maybeNormalizePath`; the query is never touched.

use voyant_ir::matcher::FractionalPercent;
use voyant_ir::request_sanitizing::{EscapedSlashes, NormalizePath, PathNormalization};

use crate::runtime::Runtime;

mod canonical;

/// What is done to paths; there is one only when something may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathRules {
    /// Nothing: escaped slashes stay.
    pub escaped_slashes: Option<OnEscapedSlash>,
    pub canonicalize: bool,
    pub merge_slashes: bool,
}

/// What an escaped slash leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEscapedSlash {
    Reject,
    Redirect,
    Forward,
}

/// What becomes of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on with the path that it came with.
    Unchanged,
    Changed,
    /// The client is to ask for the new path.
    Redirect,
    /// There is a new path also here: that which was looked at.
    Reject,
}

impl PathRules {
    /// Compiles the rules; nothing when paths stay as they are.
    pub fn new(ir: PathNormalization, runtime: &Runtime) -> Option<Self> {
        let PathNormalization { escaped_slashes, normalize, merge_slashes } = ir;
        let canonicalize = match normalize {
            NormalizePath::No => false,
            NormalizePath::Yes => true,
            NormalizePath::ByRuntime => enabled(runtime, "normalize_path", 0),
        };
        let escaped_slashes = OnEscapedSlash::new(escaped_slashes, runtime);
        let rules = Self { escaped_slashes, canonicalize, merge_slashes };
        (escaped_slashes.is_some() || canonicalize || merge_slashes).then_some(rules)
    }

    /// Decides about a path, query included. `out` has the new one when there is one.
    pub fn apply(self, path: &[u8], out: &mut Vec<u8>) -> Verdict {
        let end = path.iter().position(|byte| *byte == b'?').unwrap_or(path.len());
        let (path, query) = path.split_at(end);
        if self.passes(path) {
            return Verdict::Unchanged;
        }
        let unescaped = self.escaped_slashes.and_then(|_| unescape_slashes(path));
        out.clear();
        let current = unescaped.as_deref().unwrap_or(path);
        let refused = unescaped.is_some() && self.escaped_slashes == Some(OnEscapedSlash::Reject);
        if refused || self.canonicalize && canonical::canonicalize(current, out).is_err() {
            out.clear();
            out.extend_from_slice(current);
            out.extend_from_slice(query);
            return Verdict::Reject;
        }
        if !self.canonicalize {
            out.extend_from_slice(current);
        }
        if self.merge_slashes {
            merge_slashes(out);
        }
        let changed = out.as_slice() != path;
        out.extend_from_slice(query);
        match (&unescaped, self.escaped_slashes) {
            (Some(_), Some(OnEscapedSlash::Redirect)) => Verdict::Redirect,
            _ if changed => Verdict::Changed,
            _ => Verdict::Unchanged,
        }
    }

    /// Nothing in the path is of interest, as in most requests.
    fn passes(self, path: &[u8]) -> bool {
        let mut previous = 0;
        path.iter().all(|byte| {
            let plain = match byte {
                b'%' => false,
                b'.' => !self.canonicalize || previous != b'/',
                b'/' => !self.merge_slashes || previous != b'/',
                byte => !self.canonicalize || canonical::is_plain(*byte),
            };
            previous = *byte;
            plain
        })
    }
}

impl OnEscapedSlash {
    fn new(ir: EscapedSlashes, runtime: &Runtime) -> Option<Self> {
        let prefix = "path_with_escaped_slashes_action";
        if ir == EscapedSlashes::ByRuntime {
            return match runtime.integer(&format!("http_connection_manager.{prefix}"), 1) {
                2 => Some(Self::Reject),
                3 => Some(Self::Redirect),
                4 => Some(Self::Forward),
                _ => None,
            };
        }
        let action = match ir {
            EscapedSlashes::KeepUnchanged | EscapedSlashes::ByRuntime => return None,
            EscapedSlashes::RejectRequest => Self::Reject,
            EscapedSlashes::UnescapeAndRedirect => Self::Redirect,
            EscapedSlashes::UnescapeAndForward => Self::Forward,
        };
        enabled(runtime, &format!("{prefix}_enabled"), 100).then_some(action)
    }
}

fn enabled(runtime: &Runtime, key: &str, percent: u32) -> bool {
    let runtime_key = format!("http_connection_manager.{key}");
    let fraction = FractionalPercent { numerator: percent, denominator: 100, runtime_key };
    // Asked once, when the configuration is taken: a share of requests makes no sense here.
    runtime.feature_enabled(&fraction, 0)
}

/// The path with `%2f` and `%5c` as what they stand for; nothing when it has none.
fn unescape_slashes(path: &[u8]) -> Option<Vec<u8>> {
    let mut out: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < path.len() {
        let slash = match path[at..] {
            [b'%', b'2', b'f' | b'F', ..] => Some(b'/'),
            [b'%', b'5', b'c' | b'C', ..] => Some(b'\\'),
            _ => None,
        };
        match (slash, &mut out) {
            (Some(slash), _) => {
                out.get_or_insert_with(|| path[..at].to_vec()).push(slash);
                at += 3;
                continue;
            }
            (None, Some(out)) => out.push(path[at]),
            (None, None) => {}
        }
        at += 1;
    }
    out
}

/// Leaves one slash of each row. A path of nothing but slashes keeps two, as in Envoy.
fn merge_slashes(path: &mut Vec<u8>) {
    if !path.windows(2).any(|pair| pair == b"//") {
        return;
    }
    if path.iter().all(|byte| *byte == b'/') {
        return path.truncate(2);
    }
    let mut previous = 0;
    path.retain(|byte| {
        let kept = *byte != b'/' || previous != b'/';
        previous = *byte;
        kept
    });
}

#[cfg(test)]
mod tests;
