//! Route tables from random bytes: the index answers as a scan of the list does, and so does that
//! of each list that a matching tree leads to.

use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use regex::Regex;
use voyant_engine::head::Head;
use voyant_engine::filter_state::{Keeping, LifeSpan, Object, Sharing};
use voyant_engine::head::header_name::HeaderId;
use voyant_engine::http::stream_info::{ConnectionInfo, StreamInfo};
use voyant_engine::rt::address::PeerAddress;
use voyant_engine::route::{ClusterIndex, MatchContext, MatchScratch, RouteTable};
use voyant_engine::rt::clock::now;
use voyant_engine::runtime::Runtime;
use voyant_ir::header::HeaderMutations;
use voyant_ir::matcher::{
    CookieMatcher, FractionalPercent, HeaderCondition, HeaderMatcher, QueryParameterCondition,
    QueryParameterMatcher, StringMatcher,
};
use voyant_ir::route as ir;
use voyant_ir::value_matcher::{
    FilterStateCondition, FilterStateMatcher, MetadataMatcher, ValueMatcher,
};
use voyant_ir::xds_matcher as tree;

/// Paths over few parts share prefixes.
const PARTS: &[&str] = &["a", "b", "ab", "A", "", "c.d", "%2f", "é"];
const PATTERNS: &[&str] =
    &["/.*", "/a/.*", "/a[bc]*", "/(?:a|b)/c?", ".*/b", "(?i)/A/b", "/[a-c]*", "[^b]*", "/a?/b"];
const VALUES: &[&str] = &["1", "2", "3", "4", "12", "a", "AB", ""];
const NAMES: &[&str] = &["x", "y", "z", "u", "v", "w"];
const REQUESTS: usize = 8;

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let anchored = PATTERNS.iter().map(|pattern| Regex::new(&format!("^(?:{pattern})$")));
    anchored.collect::<std::result::Result<_, _>>().expect("the patterns above compile")
});

/// A part of a matching tree: so many routes, for requests with a value of `x`.
struct Part {
    x: &'static str,
    length: usize,
}

/// Builds a table and asks it; panics where it disagrees with the scan.
pub fn compare(input: &[u8]) {
    let mut bytes = Unstructured::new(input);
    let Ok(routes) = routes(&mut bytes) else { return };
    let Ok(parts) = parts(&mut bytes, routes.len()) else { return };
    let expected_of = routes.clone();
    let mut configuration = configuration(routes);
    configuration.virtual_hosts[0].matcher = parts.as_deref().map(tree_of);
    let Ok(table) = RouteTable::new(&configuration, |_| Some(ClusterIndex(0))) else { return };
    let (runtime, mut scratch) = (Runtime::default(), MatchScratch::default());
    for random in 0..REQUESTS {
        let (Ok(head), Ok(info)) = (request(&mut bytes), written(&mut bytes)) else { return };
        let cx = MatchContext { random: random as u64 * 13, runtime: &runtime, info: Some(&info) };
        let found = table.find(&head, &cx, &mut scratch).map(|route| route.name.to_string());
        let asked = asked(parts.as_deref(), &head, expected_of.len());
        let expected = expected_of[asked.clone()]
            .iter()
            .zip(&table.routes()[asked])
            .find(|(route, compiled)| {
                path_holds(&route.matches.path, &head) && compiled.check(&head, &cx).is_ok()
            })
            .map(|(route, _)| route.name.clone());
        assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(head.path()));
    }
}

/// The routes that are asked for a request.
fn asked(parts: Option<&[Part]>, head: &Head, count: usize) -> std::ops::Range<usize> {
    let Some(parts) = parts else { return 0..count };
    let values: Vec<_> = head.iter().filter(|header| header.name == b"x").collect();
    let values: Vec<_> = values.iter().map(|header| header.value).collect();
    let joined = values.join(&b","[..]);
    let mut start = 0;
    for part in parts {
        if !values.is_empty() && joined == part.x.as_bytes() {
            return start..start + part.length;
        }
        start += part.length;
    }
    0..0
}

fn parts(bytes: &mut Unstructured<'_>, routes: usize) -> Result<Option<Vec<Part>>> {
    if bytes.ratio(2, 3)? {
        return Ok(None);
    }
    let (mut parts, mut left) = (Vec::new(), routes);
    for _ in 0..bytes.int_in_range(1..=12)? {
        let length = bytes.int_in_range(0..=left)?;
        left -= length;
        parts.push(Part { x: bytes.choose(VALUES)?, length });
    }
    Ok(Some(parts))
}

fn tree_of(parts: &[Part]) -> ir::RouteTree {
    let matchers = parts.iter().zip(0..).map(|(part, action)| tree::FieldMatcher {
        predicate: tree::Predicate::Single {
            input: tree::MatchInput::RequestHeader { name: "x".into() },
            test: tree::InputTest::String {
                matcher: StringMatcher::Exact { value: part.x.into(), ignore_case: false },
            },
        },
        on_match: tree::OnMatch {
            keep_matching: false,
            outcome: tree::MatchOutcome::Action { action },
        },
    });
    let kind = tree::XdsMatcherKind::List { matchers: matchers.collect() };
    ir::RouteTree {
        matcher: tree::XdsMatcher { kind, on_no_match: None },
        lengths: parts.iter().map(|part| part.length as u32).collect(),
    }
}

/// What filters have written of a request.
fn written(bytes: &mut Unstructured<'_>) -> Result<StreamInfo> {
    let local = PeerAddress::Pipe("".into());
    let connection = ConnectionInfo::new(0, local.clone(), local, "".into());
    let mut info = StreamInfo::new(Rc::new(connection), 0, now(), Duration::ZERO);
    if bytes.arbitrary()? {
        info.dynamic_metadata_mut().set("ns", &["k"], (*bytes.choose(VALUES)?).into());
    }
    if bytes.arbitrary()? {
        let keeping =
            Keeping { life_span: LifeSpan::FilterChain, read_only: false, sharing: Sharing::None };
        let object = Object::String((*bytes.choose(VALUES)?).into());
        info.set_filter_state("s", object, keeping).expect("nothing was written before");
    }
    Ok(info)
}

fn routes(bytes: &mut Unstructured<'_>) -> Result<Vec<ir::Route>> {
    let count = bytes.int_in_range(1..=40)?;
    (0..count).map(|number| route(number, bytes)).collect()
}

fn route(number: usize, bytes: &mut Unstructured<'_>) -> Result<ir::Route> {
    Ok(ir::Route {
        name: format!("route-{number}"),
        stat_prefix: String::new(),
        matches: ir::RouteMatch {
            path: path_match(bytes)?,
            headers: some(bytes, header)?,
            query_parameters: some(bytes, query_parameter)?,
            runtime_fraction: some(bytes, fraction)?.pop(),
            grpc: bytes.ratio(1, 16)?,
            cookies: some(bytes, cookie)?,
            dynamic_metadata: some(bytes, metadata)?,
            filter_state: some(bytes, filter_state)?,
        },
        action: ir::RouteAction::NonForwarding,
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        filters: vec![],
        metadata: None,
    })
}

/// Mostly none, seldom two.
fn some<T>(
    bytes: &mut Unstructured<'_>,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = [0, 0, 0, 0, 1, 1, 1, 2][bytes.int_in_range(0..=7)?];
    (0..count).map(|_| one(bytes)).collect()
}

fn fraction(bytes: &mut Unstructured<'_>) -> Result<FractionalPercent> {
    let numerator = bytes.int_in_range(0..=100)?;
    Ok(FractionalPercent { numerator, denominator: 100, runtime_key: String::new() })
}

fn string(bytes: &mut Unstructured<'_>) -> Result<StringMatcher> {
    let value = (*bytes.choose(VALUES)?).to_owned();
    let ignore_case = bytes.ratio(1, 4)?;
    Ok(match bytes.int_in_range(0..=7)? {
        0..=3 => StringMatcher::Exact { value, ignore_case },
        4 => StringMatcher::Prefix { value, ignore_case },
        5 => StringMatcher::Suffix { value, ignore_case },
        6 => StringMatcher::Contains { value, ignore_case },
        _ => {
            let pattern = *bytes.choose(&["1.*", ".*2", "(?i)a[bc]", "[^1]*", "3|4"])?;
            StringMatcher::Regex { pattern: pattern.to_owned() }
        }
    })
}

fn query_parameter(bytes: &mut Unstructured<'_>) -> Result<QueryParameterMatcher> {
    let condition = if bytes.ratio(3, 4)? {
        QueryParameterCondition::String { matcher: string(bytes)? }
    } else {
        QueryParameterCondition::Present { present: bytes.arbitrary()? }
    };
    Ok(QueryParameterMatcher { name: (*bytes.choose(NAMES)?).to_owned(), condition })
}

fn cookie(bytes: &mut Unstructured<'_>) -> Result<CookieMatcher> {
    let name = (*bytes.choose(NAMES)?).to_owned();
    Ok(CookieMatcher { name, matcher: string(bytes)?, invert: bytes.ratio(1, 8)? })
}

fn metadata(bytes: &mut Unstructured<'_>) -> Result<MetadataMatcher> {
    let value = if bytes.ratio(3, 4)? {
        ValueMatcher::String { matcher: string(bytes)? }
    } else {
        ValueMatcher::Present { present: bytes.arbitrary()? }
    };
    let path = vec!["k".to_owned()];
    Ok(MetadataMatcher { namespace: "ns".into(), path, value, invert: bytes.ratio(1, 8)? })
}

fn filter_state(bytes: &mut Unstructured<'_>) -> Result<FilterStateMatcher> {
    let condition = FilterStateCondition::String { matcher: string(bytes)? };
    Ok(FilterStateMatcher { key: (*bytes.choose(&["s", "t"])?).to_owned(), condition })
}

fn path_match(bytes: &mut Unstructured<'_>) -> Result<ir::PathMatch> {
    let case_sensitive = bytes.ratio(3, 4)?;
    Ok(match bytes.int_in_range(0..=8)? {
        0..=3 => ir::PathMatch::Prefix { value: path(bytes)?, case_sensitive },
        4..=5 => ir::PathMatch::Exact { value: path(bytes)?, case_sensitive },
        6 => ir::PathMatch::PathSeparatedPrefix { value: path(bytes)?, case_sensitive },
        7 => ir::PathMatch::Regex { pattern: (*bytes.choose(PATTERNS)?).to_owned() },
        _ => ir::PathMatch::Connect {},
    })
}

fn header(bytes: &mut Unstructured<'_>) -> Result<HeaderMatcher> {
    let condition = match bytes.int_in_range(0..=7)? {
        0..=5 => HeaderCondition::String { matcher: string(bytes)? },
        6 => HeaderCondition::Present { present: bytes.arbitrary()? },
        _ => {
            let start = bytes.int_in_range(0..=12)?;
            HeaderCondition::Range { start, end: start + bytes.int_in_range(0..=12)? }
        }
    };
    let name = if bytes.ratio(1, 8)? { ":method" } else { bytes.choose(NAMES)? }.to_owned();
    let (invert, treat_missing_as_empty) = (bytes.ratio(1, 8)?, bytes.ratio(1, 8)?);
    Ok(HeaderMatcher { name, condition, invert, treat_missing_as_empty })
}

/// Mostly of the shared parts, sometimes of any text.
fn path(bytes: &mut Unstructured<'_>) -> Result<String> {
    let mut path = String::new();
    for _ in 0..bytes.int_in_range(0..=3)? {
        path.push('/');
        if bytes.ratio(1, 8)? {
            path.push_str(bytes.arbitrary::<&str>()?);
        } else {
            path.push_str(bytes.choose(PARTS)?);
        }
    }
    Ok(path)
}

fn request(bytes: &mut Unstructured<'_>) -> Result<Head> {
    let mut head = Head::new();
    head.push(HeaderId::Method, bytes.choose(&["GET", "POST", "CONNECT"])?.as_bytes());
    head.push(HeaderId::Authority, b"a.test");
    let mut query = String::new();
    for _ in 0..bytes.int_in_range(0..=2)? {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(&format!("{}={}", bytes.choose(NAMES)?, bytes.choose(VALUES)?));
    }
    head.push(HeaderId::Path, format!("{}{query}", path(bytes)?).as_bytes());
    for _ in 0..bytes.int_in_range(0..=3)? {
        let (name, value) = (bytes.choose(NAMES)?, bytes.choose(VALUES)?);
        head.push_received(name.as_bytes(), value.as_bytes());
    }
    for _ in 0..bytes.int_in_range(0..=2)? {
        let cookie = format!("{}={}; {}=", bytes.choose(NAMES)?, bytes.choose(VALUES)?, "other");
        head.push_received(b"cookie", cookie.as_bytes());
    }
    if bytes.ratio(1, 8)? {
        head.push(HeaderId::ContentType, b"application/grpc");
    }
    Ok(head)
}

/// The rule itself, without an index.
fn path_holds(asked: &ir::PathMatch, head: &Head) -> bool {
    let Some(path) = head.get_str(HeaderId::Path) else { return false };
    // A fragment cannot come through the codec; where there is one, it is no part of the path.
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let fold = |text: &str, exact| if exact { text.to_owned() } else { text.to_ascii_lowercase() };
    match asked {
        ir::PathMatch::Prefix { value, case_sensitive: exact } => {
            fold(path, *exact).starts_with(&fold(value, *exact))
        }
        ir::PathMatch::Exact { value, case_sensitive: exact } => {
            fold(path, *exact) == fold(value, *exact)
        }
        ir::PathMatch::PathSeparatedPrefix { value, case_sensitive: exact } => fold(path, *exact)
            .strip_prefix(&fold(value, *exact))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        ir::PathMatch::Regex { pattern } => {
            let number = PATTERNS.iter().position(|known| known == pattern);
            number.is_some_and(|number| COMPILED[number].is_match(path))
        }
        ir::PathMatch::Connect {} => head.method() == b"CONNECT",
    }
}

fn configuration(routes: Vec<ir::Route>) -> ir::RouteConfiguration {
    ir::RouteConfiguration {
        id: "fuzz".into(),
        name: "fuzz".into(),
        virtual_hosts: vec![ir::VirtualHost {
            name: "all".into(),
            domains: vec!["*".into()],
            routes,
            request_headers: HeaderMutations::default(),
            response_headers: HeaderMutations::default(),
            include_request_attempt_count: false,
            include_attempt_count_in_response: false,
            filters: vec![],
            metadata: None,
            require_tls: ir::TlsRequirement::None,
            virtual_clusters: vec![],
            cors: None,
            rate_limits: vec![],
            matcher: None,
        }],
        internal_only_headers: Vec::new(),
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        most_specific_header_mutations_wins: false,
        ignore_port_in_host_matching: false,
        filters: vec![],
        vhost_header: String::new(),
        ignore_path_parameters_in_path_matching: false,
    }
}
