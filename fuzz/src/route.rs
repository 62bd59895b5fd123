//! Route tables from random bytes: the index answers as a scan of the list does.

use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use regex::Regex;
use voyant_engine::http::head::Head;
use voyant_engine::http::header_name::HeaderId;
use voyant_engine::route::{ClusterIndex, MatchContext, MatchScratch, RouteTable};
use voyant_engine::runtime::Runtime;
use voyant_ir::header::HeaderMutations;
use voyant_ir::matcher::{HeaderCondition, HeaderMatcher, StringMatcher};
use voyant_ir::route as ir;

/// Paths over few parts share prefixes.
const PARTS: &[&str] = &["a", "b", "ab", "A", "", "c.d", "%2f", "é"];
const PATTERNS: &[&str] =
    &["/.*", "/a/.*", "/a[bc]*", "/(?:a|b)/c?", ".*/b", "(?i)/A/b", "/[a-c]*", "[^b]*", "/a?/b"];
const REQUESTS: usize = 8;

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let anchored = PATTERNS.iter().map(|pattern| Regex::new(&format!("^(?:{pattern})$")));
    anchored.collect::<std::result::Result<_, _>>().expect("the patterns above compile")
});

/// Builds a table and asks it; panics where it disagrees with the scan.
pub fn compare(input: &[u8]) {
    let mut bytes = Unstructured::new(input);
    let Ok(routes) = routes(&mut bytes) else { return };
    let expected_of = routes.clone();
    let Ok(table) = RouteTable::new(&configuration(routes), |_| Some(ClusterIndex(0))) else {
        return;
    };
    let (runtime, mut scratch) = (Runtime::default(), MatchScratch::default());
    let cx = MatchContext { random: 0, runtime: &runtime, info: None };
    for _ in 0..REQUESTS {
        let Ok(head) = request(&mut bytes) else { return };
        let found = table.find(&head, &cx, &mut scratch).map(|route| route.name.to_string());
        let expected = expected_of
            .iter()
            .zip(table.routes())
            .find(|(route, compiled)| {
                path_holds(&route.matches.path, &head) && compiled.check(&head, &cx).is_ok()
            })
            .map(|(route, _)| route.name.clone());
        assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(head.path()));
    }
}

fn routes(bytes: &mut Unstructured<'_>) -> Result<Vec<ir::Route>> {
    let count = bytes.int_in_range(1..=40)?;
    (0..count).map(|number| route(number, bytes)).collect()
}

fn route(number: usize, bytes: &mut Unstructured<'_>) -> Result<ir::Route> {
    let headers = (0..bytes.int_in_range(0..=1)?).map(|_| header(bytes)).collect::<Result<_>>()?;
    Ok(ir::Route {
        name: format!("route-{number}"),
        stat_prefix: String::new(),
        matches: ir::RouteMatch {
            path: path_match(bytes)?,
            headers,
            query_parameters: Vec::new(),
            runtime_fraction: None,
            grpc: false,
            cookies: vec![],
            dynamic_metadata: vec![],
            filter_state: vec![],
        },
        action: ir::RouteAction::NonForwarding,
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        filters: vec![],
        metadata: None,
    })
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
    let value = (*bytes.choose(&["1", "2", "3", "4", ""])?).to_owned();
    let condition = if bytes.ratio(4, 5)? {
        HeaderCondition::String { matcher: StringMatcher::Exact { value, ignore_case: false } }
    } else {
        HeaderCondition::Present { present: bytes.arbitrary()? }
    };
    let name = (*bytes.choose(&["x", "y", ":method"])?).to_owned();
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
    let query = if bytes.arbitrary()? { "?a=/b" } else { "" };
    head.push(HeaderId::Path, format!("{}{query}", path(bytes)?).as_bytes());
    for _ in 0..bytes.int_in_range(0..=2)? {
        let (name, value) = (bytes.choose(&["x", "y"])?, bytes.choose(&["1", "2", "5", ""])?);
        head.push_received(name.as_bytes(), value.as_bytes());
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
