//! Which redirects of an upstream are followed in place of the client
//! (Envoy's `InternalRedirectPolicy`).

use std::sync::Arc;

use voyant_ir::route as ir;

use super::matcher::header::request_key;
use crate::head::header_name::HeaderKey;

/// A compiled policy.
#[derive(Debug)]
pub struct InternalRedirect {
    pub max_redirects: u32,
    codes: Box<[u16]>,
    predicates: Box<[ir::RedirectPredicate]>,
    pub allow_cross_scheme: bool,
    pub headers_to_copy: Box<[HeaderKey]>,
}

/// A step from one route to another, by their names.
#[derive(Debug, PartialEq, Eq)]
pub struct RouteStep {
    pub from: Arc<str>,
    pub to: Arc<str>,
}

/// Whether the two ends of a redirect are https.
#[derive(Debug, Clone, Copy)]
pub struct Schemes {
    pub from_https: bool,
    pub to_https: bool,
}

impl InternalRedirect {
    /// Compiles the IR's policy.
    pub(super) fn new(policy: &ir::InternalRedirectPolicy) -> Self {
        let ir::InternalRedirectPolicy {
            max_internal_redirects,
            redirect_response_codes,
            predicates,
            allow_cross_scheme_redirect,
            response_headers_to_copy,
        } = policy;
        Self {
            max_redirects: *max_internal_redirects,
            codes: redirect_response_codes.as_slice().into(),
            predicates: predicates.as_slice().into(),
            allow_cross_scheme: *allow_cross_scheme_redirect,
            headers_to_copy: response_headers_to_copy
                .iter()
                .map(|name| request_key(name))
                .collect(),
        }
    }

    /// A response with this status may be followed.
    pub fn concerns(&self, status: u16) -> bool {
        self.codes.contains(&status)
    }

    /// Asks all predicates; `taken` are the steps of before, to which this one may be added.
    pub fn accepts(&self, step: &RouteStep, schemes: Schemes, taken: &mut Vec<RouteStep>) -> bool {
        self.predicates.iter().all(|predicate| match predicate {
            ir::RedirectPredicate::PreviousRoutes {} => {
                let is_new = !taken.contains(step);
                if is_new {
                    let (from, to) = (Arc::clone(&step.from), Arc::clone(&step.to));
                    taken.push(RouteStep { from, to });
                }
                is_new
            }
            ir::RedirectPredicate::AllowListedRoutes { names } => {
                names.iter().any(|name| **name == *step.to)
            }
            ir::RedirectPredicate::SafeCrossScheme {} => schemes.from_https || !schemes.to_https,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTP: Schemes = Schemes { from_https: false, to_https: false };

    fn policy(predicates: Vec<ir::RedirectPredicate>) -> InternalRedirect {
        InternalRedirect::new(&ir::InternalRedirectPolicy {
            max_internal_redirects: 1,
            redirect_response_codes: vec![302, 307],
            predicates,
            allow_cross_scheme_redirect: true,
            response_headers_to_copy: vec!["x-copied".into()],
        })
    }

    fn step(from: &str, to: &str) -> RouteStep {
        RouteStep { from: from.into(), to: to.into() }
    }

    #[test]
    fn only_configured_codes_are_redirects() {
        let policy = policy(vec![]);
        assert!(policy.concerns(302) && policy.concerns(307));
        assert!(!policy.concerns(301) && !policy.concerns(200));
    }

    #[test]
    fn a_step_is_taken_once() {
        let policy = policy(vec![ir::RedirectPredicate::PreviousRoutes {}]);
        let mut taken = Vec::new();
        assert!(policy.accepts(&step("a", "b"), HTTP, &mut taken));
        assert!(!policy.accepts(&step("a", "b"), HTTP, &mut taken));
        assert!(policy.accepts(&step("b", "a"), HTTP, &mut taken));
        assert_eq!(taken, [step("a", "b"), step("b", "a")]);
    }

    #[test]
    fn all_predicates_accept() {
        let names = vec!["listed".to_owned(), "other".to_owned()];
        let listed = ir::RedirectPredicate::AllowListedRoutes { names };
        let policy = policy(vec![listed, ir::RedirectPredicate::SafeCrossScheme {}]);
        let accepts = |to, from_https, to_https| {
            let schemes = Schemes { from_https, to_https };
            policy.accepts(&step("a", to), schemes, &mut Vec::new())
        };
        assert!(accepts("listed", false, false));
        assert!(accepts("other", true, false));
        assert!(!accepts("listed", false, true));
        assert!(!accepts("unknown", false, false));
    }
}
