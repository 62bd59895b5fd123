//! Matching trees (`xds.type.matcher.v3.Matcher`): from what is known of a stream to an action.
//!
//! An action is a number: its place in a list that whoever has the tree keeps beside it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::CidrRange;
use crate::matcher::{FractionalPercent, StringMatcher};
use crate::value_matcher::ValueMatcher;

/// A tree, or a part of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct XdsMatcher {
    pub kind: XdsMatcherKind,
    pub on_no_match: Option<OnMatch>,
}

/// How what matches is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum XdsMatcherKind {
    /// Nothing matches.
    Never {},
    /// The first whose predicate holds.
    List { matchers: Vec<FieldMatcher> },
    /// The entry that is equal to the input.
    Exact { input: MatchInput, entries: Vec<MapEntry> },
    /// The longest entry that the input begins with; shorter ones where it leads nowhere.
    Prefix { input: MatchInput, entries: Vec<MapEntry> },
    /// The narrowest range that holds the address; wider ones where it leads nowhere.
    Ip { input: MatchInput, entries: Vec<IpEntry> },
    /// The domain that is equal to the input, else the longest `*.` wildcard, else `*`.
    Domain { input: MatchInput, entries: Vec<DomainEntry> },
}

/// What follows from a match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnMatch {
    /// What is found is passed over.
    pub keep_matching: bool,
    pub outcome: MatchOutcome,
}

/// Where a match leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum MatchOutcome {
    Matcher { matcher: Box<XdsMatcher> },
    Action { action: u32 },
}

/// One of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldMatcher {
    pub predicate: Predicate,
    pub on_match: OnMatch,
}

/// A condition on inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    Single { input: MatchInput, test: InputTest },
    Or { predicates: Vec<Predicate> },
    And { predicates: Vec<Predicate> },
    Not { predicate: Box<Predicate> },
}

/// What is asked of an input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum InputTest {
    String {
        matcher: StringMatcher,
    },
    Ip {
        ranges: Vec<CidrRange>,
    },
    /// The hash of the input modulo `modulo` is at least `threshold`.
    ConsistentHashing {
        threshold: u32,
        modulo: u32,
        seed: u64,
    },
    /// The hash of the input falls into the share.
    RuntimeFraction {
        fraction: FractionalPercent,
        seed: u64,
    },
    /// Of the metadata input: the value is as asked.
    Metadata {
        matcher: ValueMatcher,
        invert: bool,
    },
}

/// The entry of a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MapEntry {
    pub key: String,
    pub on_match: OnMatch,
}

/// The entry of a map of address ranges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IpEntry {
    pub ranges: Vec<CidrRange>,
    pub on_match: OnMatch,
    /// It counts only where no narrower range holds the address.
    pub exclusive: bool,
}

/// The entry of a map of domains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainEntry {
    pub domains: Vec<String>,
    pub on_match: OnMatch,
}

/// What is asked about. Header names are lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum MatchInput {
    RequestHeader {
        name: String,
    },
    ResponseHeader {
        name: String,
    },
    RequestTrailer {
        name: String,
    },
    ResponseTrailer {
        name: String,
    },
    /// The first of the name, percent-decoded.
    QueryParameter {
        name: String,
    },
    StatusCode {},
    /// `1xx` to `5xx`.
    StatusCodeClass {},
    /// `true` or `false`.
    LocalReply {},
    DestinationIp {},
    DestinationPort {},
    SourceIp {},
    SourcePort {},
    DirectSourceIp {},
    /// `local` for a client at an address of this machine.
    SourceType {},
    ServerName {},
    TransportProtocol {},
    ApplicationProtocol {},
    DynamicMetadata {
        namespace: String,
        path: Vec<String>,
    },
    /// A field of an object, or the object as a whole for an empty one.
    FilterState {
        key: String,
        field: String,
    },
    /// What an environment variable was when the configuration was read.
    Constant {
        value: Option<String>,
    },
}
