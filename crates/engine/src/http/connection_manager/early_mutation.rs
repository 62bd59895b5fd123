//! Changes of a request's head before anything else is made of it
//! (Envoy's `early_header_mutation` extension `header_mutation`).

use voyant_ir::header::HeaderMutations;
use voyant_ir::request_sanitizing as ir;

use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::pattern::PatternError;
use crate::route::matcher::header::request_key;
use crate::route::mutation::{Direction, HeaderMutation, MutationContext, MutationScratch};
use crate::string_matcher::StringMatcher;

/// One change. The next one sees what it did.
#[derive(Debug)]
pub enum EarlyMutation {
    Remove(HeaderKey),
    RemoveOnMatch(StringMatcher),
    Append(HeaderMutation),
}

impl EarlyMutation {
    /// Compiles a change; nothing when it changes nothing.
    pub fn new(ir: &ir::EarlyHeaderMutation) -> Result<Option<Self>, PatternError> {
        Ok(match ir {
            ir::EarlyHeaderMutation::Remove { name } => Some(Self::Remove(request_key(name))),
            ir::EarlyHeaderMutation::RemoveOnMatch { name } => {
                Some(Self::RemoveOnMatch(StringMatcher::new(name)?))
            }
            ir::EarlyHeaderMutation::Append { header } => {
                let mutations = HeaderMutations { remove: Vec::new(), add: vec![header.clone()] };
                HeaderMutation::new(&mutations, Direction::Request).map(Self::Append)
            }
        })
    }

    /// Changes a head.
    pub fn apply(&self, head: &mut Head, cx: &MutationContext<'_>, scratch: &mut MutationScratch) {
        match self {
            Self::Remove(key) => {
                head.remove_key(key);
            }
            Self::RemoveOnMatch(name) => {
                head.retain(|header| !name.matches(header.name));
            }
            Self::Append(mutation) => mutation.apply(head, cx, scratch),
        }
    }
}
