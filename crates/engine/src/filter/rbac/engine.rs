//! Decides about a request: by policies, or by a matching tree.

use voyant_ir::filter::rbac as ir;

use super::condition::Condition;
use crate::matcher::{Found, MatchData, Matcher};

/// What decides.
#[derive(Debug)]
pub(super) enum Engine {
    Rules { action: ir::RbacAction, policies: Box<[Policy]> },
    Matcher { matcher: Matcher, actions: Box<[ir::RbacNamedAction]>, has_log: bool },
}

/// One of the permissions and one of the principals must hold.
#[derive(Debug)]
pub(super) struct Policy {
    name: Box<str>,
    permissions: Box<[Condition]>,
    principals: Box<[Condition]>,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict<'a> {
    pub allowed: bool,
    /// The policy that the request fits.
    pub policy: Option<&'a str>,
    pub mark: Mark,
}

/// What access logs are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Logged(bool),
}

impl Engine {
    pub(super) fn new(engine: &ir::RbacEngine) -> Self {
        match engine {
            ir::RbacEngine::Rules { action, policies } => Self::Rules {
                action: *action,
                policies: policies.iter().map(Policy::new).collect(),
            },
            ir::RbacEngine::Matcher { matcher, actions } => {
                let has_log = actions.iter().any(|each| each.action == ir::RbacAction::Log);
                let actions = actions.as_slice().into();
                // Python has compiled each expression before, and refuses what does not compile.
                let matcher = Matcher::new(matcher).expect("expressions that compile");
                Self::Matcher { matcher, actions, has_log }
            }
        }
    }

    pub(super) fn decide(&self, data: &MatchData<'_>) -> Verdict<'_> {
        match self {
            Self::Rules { action, policies } => {
                let policy = policies.iter().find(|policy| policy.fits(data));
                let policy = policy.map(|policy| &*policy.name);
                let (allowed, mark) = match action {
                    ir::RbacAction::Allow => (policy.is_some(), Mark::None),
                    ir::RbacAction::Deny => (policy.is_none(), Mark::None),
                    ir::RbacAction::Log => (true, Mark::Logged(policy.is_some())),
                };
                Verdict { allowed, policy, mark }
            }
            Self::Matcher { matcher, actions, has_log } => match matcher.find(data) {
                Found::Action(number) => {
                    let ir::RbacNamedAction { name, action } = &actions[number as usize];
                    let logged = *action == ir::RbacAction::Log;
                    let mark = if *has_log { Mark::Logged(logged) } else { Mark::None };
                    Verdict { allowed: *action != ir::RbacAction::Deny, policy: Some(name), mark }
                }
                Found::Nothing | Found::Unknown => {
                    Verdict { allowed: false, policy: None, mark: Mark::None }
                }
            },
        }
    }
}

impl Policy {
    fn new(policy: &ir::RbacPolicy) -> Self {
        let ir::RbacPolicy { name, permissions, principals } = policy;
        Self {
            name: name.as_str().into(),
            permissions: permissions.iter().map(Condition::new).collect(),
            principals: principals.iter().map(Condition::new).collect(),
        }
    }

    fn fits(&self, data: &MatchData<'_>) -> bool {
        self.permissions.iter().any(|each| each.holds(data))
            && self.principals.iter().any(|each| each.holds(data))
    }
}
