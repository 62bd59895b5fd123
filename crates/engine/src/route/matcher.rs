//! What a request must be, beside its path: conditions compiled from the IR's matchers.
//!
//! A matcher holds no state and allocates nothing when asked. [`Conditions::check`] answers with
//! the first condition that failed, so that a choice can be explained.

pub mod cookie;
pub mod header;
pub mod query_parameter;

mod conditions;

pub use conditions::{Conditions, Miss, is_unconditional};
pub use cookie::CookieMatcher;
pub use header::HeaderMatcher;
pub use query_parameter::QueryParameterMatcher;

use crate::head::Head;
use crate::http::stream_info::StreamInfo;
use crate::matcher::MatchData;
use crate::runtime::Runtime;

/// What a match depends on beside the request's head.
#[derive(Debug, Clone, Copy)]
pub struct MatchContext<'a> {
    /// The stream's random number: all fractions and splits of one request use it, so a request
    /// that is matched again is matched alike.
    pub random: u64,
    pub runtime: &'a Runtime,
    /// What is known of the stream; without it, nothing was written by filters.
    pub info: Option<&'a StreamInfo>,
}

impl MatchContext<'_> {
    /// What a matching tree may ask about when a route is chosen for a head.
    pub fn match_data<'d>(&'d self, head: &'d Head) -> MatchData<'d> {
        MatchData {
            info: self.info,
            request: Some(head),
            request_trailers: None,
            response: None,
            response_trailers: None,
            runtime: self.runtime,
        }
    }
}
