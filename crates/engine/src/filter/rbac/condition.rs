//! Permissions and principals. What a connection without TLS cannot tell holds of nobody.

use voyant_ir::filter::rbac as ir;

use crate::ip_ranges::IpRanges;
use crate::matcher::MatchData;
use crate::pattern::PatternError;
use crate::route::matcher::HeaderMatcher;
use crate::route::without_query;
use crate::rt::address::PeerAddress;
use crate::string_matcher::StringMatcher;
use crate::value_matcher::{FilterStateMatcher, MetadataMatcher};

/// A compiled permission or principal.
#[derive(Debug)]
pub(super) enum Condition {
    Any,
    Never,
    And(Box<[Condition]>),
    Or(Box<[Condition]>),
    Not(Box<Condition>),
    Header(HeaderMatcher),
    UrlPath(StringMatcher),
    DestinationIp(IpRanges),
    DestinationPort { start: u32, end: u32 },
    DynamicMetadata(MetadataMatcher),
    RouteMetadata(MetadataMatcher),
    FilterState(FilterStateMatcher),
    RequestedServerName(StringMatcher),
    DirectRemoteIp(IpRanges),
    RemoteIp(IpRanges),
}

impl Condition {
    pub(super) fn new(condition: &ir::RbacCondition) -> Self {
        // Python has compiled each expression before, and refuses what does not compile.
        Self::compile(condition).expect("expressions that compile")
    }

    fn compile(condition: &ir::RbacCondition) -> Result<Self, PatternError> {
        use ir::RbacCondition as C;
        let all = |conditions: &[C]| conditions.iter().map(Self::new).collect();
        let only = |range: &_| IpRanges::new(std::slice::from_ref(range));
        Ok(match condition {
            C::Any {} => Self::Any,
            C::Never {} => Self::Never,
            C::And { conditions } => Self::And(all(conditions)),
            C::Or { conditions } => Self::Or(all(conditions)),
            C::Not { condition } => Self::Not(Box::new(Self::new(condition))),
            C::Header { matcher } => Self::Header(HeaderMatcher::new(matcher)?),
            C::UrlPath { matcher } => Self::UrlPath(StringMatcher::new(matcher)?),
            C::DestinationIp { range } => Self::DestinationIp(only(range)),
            C::DestinationPort { start, end } => Self::DestinationPort { start: *start, end: *end },
            C::DynamicMetadata { matcher } => Self::DynamicMetadata(MetadataMatcher::new(matcher)?),
            C::RouteMetadata { matcher } => Self::RouteMetadata(MetadataMatcher::new(matcher)?),
            C::FilterState { matcher } => Self::FilterState(FilterStateMatcher::new(matcher)?),
            C::RequestedServerName { matcher } => {
                Self::RequestedServerName(StringMatcher::new(matcher)?)
            }
            C::DirectRemoteIp { range } => Self::DirectRemoteIp(only(range)),
            C::RemoteIp { range } => Self::RemoteIp(only(range)),
        })
    }

    pub(super) fn holds(&self, data: &MatchData<'_>) -> bool {
        let (Some(info), Some(request)) = (data.info, data.request) else { return false };
        let local = &info.connection.local;
        match self {
            Self::Any => true,
            Self::Never => false,
            Self::And(conditions) => conditions.iter().all(|each| each.holds(data)),
            Self::Or(conditions) => conditions.iter().any(|each| each.holds(data)),
            Self::Not(condition) => !condition.holds(data),
            Self::Header(matcher) => matcher.matches(request),
            Self::UrlPath(matcher) => matcher.matches(without_query(request.path())),
            Self::DestinationIp(ranges) => ranges.contain_peer(local),
            Self::DestinationPort { start, end } => match local {
                PeerAddress::Ip(address) => (*start..*end).contains(&address.port().into()),
                PeerAddress::Pipe(_) => false,
            },
            Self::DynamicMetadata(matcher) => matcher.matches_dynamic(info),
            Self::RouteMetadata(matcher) => {
                let route = info.route.as_ref();
                route.is_some_and(|route| matcher.matches(route.metadata.as_deref()))
            }
            Self::FilterState(matcher) => matcher.matches(info),
            // No connection tells a name before TLS is spoken.
            Self::RequestedServerName(matcher) => matcher.matches(b""),
            Self::DirectRemoteIp(ranges) => ranges.contain_peer(&info.connection.remote),
            Self::RemoteIp(ranges) => ranges.contain_peer(&info.remote),
        }
    }
}
