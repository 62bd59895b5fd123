//! Random tables with every matcher answer as a scan of their list does.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use voyant_ir::matcher::{
    CookieMatcher, FractionalPercent, HeaderCondition, HeaderMatcher, QueryParameterCondition,
    QueryParameterMatcher, StringMatcher,
};
use voyant_ir::route as ir;

use super::build::*;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::stream_info::StreamInfo;
use crate::route::matcher::{Conditions, MatchContext};
use crate::route::table::MatchScratch;
use crate::runtime::Runtime;
use parts::{Part, part, tree_of};
use written::{metadata_matcher, state_matcher, written};

mod parts;
mod written;

/// Many with the same start, some without any literal.
const PATTERNS: &[&str] = &[
    "/.*",
    "/a/.*",
    "/a[bc]*",
    "/(?:a|b)/c?",
    ".*/b",
    "(?i)/A/b",
    "/[a-c]/a",
    "/[a-c]/b",
    "/[a-c]/c",
    "/[a-c]+/ab",
    "/[a-c]+/abc",
    "/[a-c]*",
    "/a+/b+",
    "[^b]*",
    "[^a]*",
    "[/a]+",
    "[/b]+",
    "[/ab]+",
    "/a?/b",
    // What URI templates become.
    "/([^/]+)",
    "/a/([^/]+)",
    "/([^/]+)/b",
    "/a/(.*)",
];

/// Paths that share much: short, over few letters.
fn path() -> impl Strategy<Value = String> + Clone {
    proptest::collection::vec(select(&["a", "b", "ab", "A", "c", "", "b;a"][..]), 0..4)
        .prop_map(|parts| format!("/{}", parts.join("/")))
}

fn path_match() -> impl Strategy<Value = ir::PathMatch> {
    let literal = (path(), any::<bool>());
    prop_oneof![
        literal
            .clone()
            .prop_map(|(value, fold)| ir::PathMatch::Prefix { value, case_sensitive: fold }),
        literal
            .clone()
            .prop_map(|(value, fold)| ir::PathMatch::Exact { value, case_sensitive: fold }),
        literal.prop_map(|(value, fold)| ir::PathMatch::PathSeparatedPrefix {
            value,
            case_sensitive: fold
        }),
        select(PATTERNS).prop_map(regex),
        // Groups must grow long enough to be split.
        Just(prefix("/")),
        Just(prefix("/")),
        Just(ir::PathMatch::Connect {}),
    ]
}

fn string_matcher() -> impl Strategy<Value = StringMatcher> {
    let text = select(&["1", "2", "3", "4", "5", "6", "a", "A", "ab", "56", "12", ""][..]);
    prop_oneof![
        5 => text.clone().prop_map(exact_value),
        1 => text.clone().prop_map(|v| StringMatcher::Exact { value: v.into(), ignore_case: true }),
        1 => (text.clone(), any::<bool>())
            .prop_map(|(v, ignore_case)| StringMatcher::Prefix { value: v.into(), ignore_case }),
        1 => (text.clone(), any::<bool>())
            .prop_map(|(v, ignore_case)| StringMatcher::Suffix { value: v.into(), ignore_case }),
        1 => (text, any::<bool>())
            .prop_map(|(v, ignore_case)| StringMatcher::Contains { value: v.into(), ignore_case }),
        1 => select(&["[12]", "a.*", ".*", "(?i)A[bc]", ".*b", "a?b", "(?:12|13).*", "4[^5]*5"][..])
            .prop_map(|p| StringMatcher::Regex { pattern: p.into() }),
    ]
}

fn header_matcher() -> impl Strategy<Value = HeaderMatcher> {
    let condition = prop_oneof![
        6 => string_matcher().prop_map(|matcher| HeaderCondition::String { matcher }),
        1 => any::<bool>().prop_map(|present| HeaderCondition::Present { present }),
        1 => (0..4i64, 0..6i64).prop_map(|(start, end)| HeaderCondition::Range { start, end }),
    ];
    let name = select(&["x", "x", "y", "z", "u", "v", "w", "x-y", ":method", "host"][..]);
    let rarely = || prop::bool::weighted(0.15);
    (name, condition, rarely(), rarely()).prop_map(
        |(name, condition, invert, treat_missing_as_empty)| HeaderMatcher {
            name: name.into(),
            condition,
            invert,
            treat_missing_as_empty,
        },
    )
}

fn query_matcher() -> impl Strategy<Value = QueryParameterMatcher> {
    let name = select(&["p", "p", "q", "s", "t", "u", "v"][..]);
    prop_oneof![
        (name.clone(), string_matcher()).prop_map(|(name, matcher)| query_parameter(name, matcher)),
        (name, any::<bool>()).prop_map(|(name, present)| QueryParameterMatcher {
            name: name.into(),
            condition: QueryParameterCondition::Present { present },
        }),
    ]
}

fn cookie_matcher() -> impl Strategy<Value = CookieMatcher> {
    let name = select(&["c", "c", "d", "f", "g", "h", "i"][..]);
    (name, string_matcher(), prop::bool::weighted(0.15))
        .prop_map(|(name, matcher, invert)| CookieMatcher { name: name.into(), matcher, invert })
}

fn a_route() -> impl Strategy<Value = ir::Route> {
    let some = |max| 0..=max;
    (
        path_match(),
        some(2usize).prop_flat_map(|n| proptest::collection::vec(header_matcher(), n)),
        some(1usize).prop_flat_map(|n| proptest::collection::vec(query_matcher(), n)),
        proptest::option::weighted(0.1, 0..100u32),
        prop::bool::weighted(0.05),
        some(1usize).prop_flat_map(|n| proptest::collection::vec(cookie_matcher(), n)),
        proptest::option::weighted(0.2, metadata_matcher()),
        proptest::option::weighted(0.2, state_matcher()),
    )
        .prop_map(
            |(path, headers, query_parameters, percent, grpc, cookies, metadata, state)| {
                let mut route = route("", path);
                route.matches.headers = headers;
                route.matches.query_parameters = query_parameters;
                route.matches.runtime_fraction = percent.map(|numerator| FractionalPercent {
                    numerator,
                    denominator: 100,
                    runtime_key: String::new(),
                });
                route.matches.grpc = grpc;
                route.matches.cookies = cookies;
                route.matches.dynamic_metadata = metadata.into_iter().collect();
                route.matches.filter_state = state.into_iter().collect();
                route
            },
        )
}

/// A route whose path all others have, too, and that asks for at least one thing beside it.
fn a_crowded_route() -> impl Strategy<Value = ir::Route> {
    let asked = (header_matcher(), cookie_matcher(), metadata_matcher(), state_matcher());
    (a_route(), asked, 0..4).prop_map(|(mut route, (header, cookie, metadata, state), which)| {
        let matches = &mut route.matches;
        matches.path = prefix("/");
        match which {
            0 => matches.headers.push(header),
            1 => matches.cookies.push(cookie),
            2 => matches.dynamic_metadata.push(metadata),
            _ => matches.filter_state.push(state),
        }
        route
    })
}

/// Many routes with one path, or none (CONNECT), and one kind of condition.
fn crowded_by_a_kind() -> impl Strategy<Value = Vec<ir::Route>> {
    fn all<C: std::fmt::Debug + Clone + 'static>(
        condition: impl Strategy<Value = C> + 'static,
        add: fn(&mut ir::RouteMatch, C),
    ) -> BoxedStrategy<Vec<ir::Route>> {
        let route = (condition, any::<bool>()).prop_map(move |(condition, connect)| {
            let path = if connect { ir::PathMatch::Connect {} } else { prefix("/") };
            let mut route = route("", path);
            add(&mut route.matches, condition);
            route
        });
        proptest::collection::vec(route, 9..120).boxed()
    }
    prop_oneof![
        all(header_matcher(), |matches, header| matches.headers.push(header)),
        all((header_matcher(), header_matcher()), |matches, (one, other)| {
            matches.headers.extend([one, other]);
        }),
        all(query_matcher(), |matches, query| matches.query_parameters.push(query)),
        all(cookie_matcher(), |matches, cookie| matches.cookies.push(cookie)),
        all(metadata_matcher(), |matches, metadata| matches.dynamic_metadata.push(metadata)),
        all(state_matcher(), |matches, state| matches.filter_state.push(state)),
    ]
}

fn request() -> impl Strategy<Value = Head> {
    let value = select(
        &["1", "2", "3", "4", "5", "6", "7", "a", "A", "ab", "AB", "", "zz", "12a", "456", " 3"][..],
    );
    let header = (select(&["X", "X", "Y", "Z", "U", "V", "W", "X-Y"][..]), value.clone());
    let parameter = (select(&["p", "p", "q", "r", "s", "t", "u", "v"][..]), value.clone());
    let cookie = (select(&["c", "c", "d", "e", "f", "g", "h", "i"][..]), value);
    (
        path(),
        proptest::collection::vec(parameter, 0..4),
        proptest::collection::vec(header, 0..6),
        select(&["GET", "POST", "CONNECT"][..]),
        any::<bool>(),
        prop::bool::weighted(0.9),
        proptest::collection::vec(cookie, 0..4),
    )
        .prop_map(|(path, query, headers, method, grpc, has_path, cookies)| {
            let query: Vec<_> =
                query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let path = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
            let mut head = get(&path);
            head.set(HeaderId::Method, method.as_bytes());
            if !has_path {
                head.remove(HeaderId::Path);
            }
            for (name, value) in headers {
                head.push_received(name.as_bytes(), value.as_bytes());
            }
            for (name, value) in cookies {
                head.push_received(b"cookie", format!("{name}={value}").as_bytes());
            }
            if grpc {
                head.push(HeaderId::ContentType, b"application/grpc");
            }
            head
        })
}

/// What the rule needs of a route.
struct Asked {
    path: ir::PathMatch,
    regex: Option<regex::Regex>,
    conditions: Option<Conditions>,
}

impl Asked {
    fn new(route: &ir::Route) -> Self {
        let regex = match &route.matches.path {
            ir::PathMatch::Regex { pattern } => Some(format!("^(?:{pattern})$")),
            _ => None,
        };
        Self {
            path: route.matches.path.clone(),
            regex: regex.map(|pattern| regex::Regex::new(&pattern).unwrap()),
            conditions: Conditions::new(&route.matches).unwrap(),
        }
    }

    fn path_holds(&self, head: &Head, ignores_parameters: bool) -> bool {
        use ir::PathMatch as M;
        if matches!(self.path, M::Connect {}) {
            return head.method() == b"CONNECT";
        }
        let Some(path) = head.get_str(HeaderId::Path) else { return false };
        let path = path.split('?').next().unwrap();
        let bare = |segment: &str| segment.split(';').next().unwrap().to_owned();
        let bare: Vec<_> = path.split('/').map(bare).collect();
        let bare = bare.join("/");
        let path = if ignores_parameters { &bare } else { path };
        let fold =
            |text: &str, exact| if exact { text.to_owned() } else { text.to_ascii_lowercase() };
        match &self.path {
            M::Prefix { value, case_sensitive: exact } => {
                fold(path, *exact).starts_with(&fold(value, *exact))
            }
            M::Exact { value, case_sensitive: exact } => fold(path, *exact) == fold(value, *exact),
            M::PathSeparatedPrefix { value, case_sensitive: exact } => fold(path, *exact)
                .strip_prefix(&fold(value, *exact))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            M::Regex { .. } | M::Connect {} => {
                self.regex.as_ref().is_some_and(|regex| regex.is_match(path))
            }
        }
    }
}

/// The rule itself: each route of the list is asked in turn.
fn scan(
    routes: &[Asked],
    head: &Head,
    cx: &MatchContext<'_>,
    ignores_parameters: bool,
) -> Option<u32> {
    let holds = |route: &Asked| {
        let conditions = route.conditions.as_ref();
        route.path_holds(head, ignores_parameters)
            && conditions.is_none_or(|conditions| conditions.check(head, cx).is_ok())
    };
    routes.iter().position(holds).map(|at| at as u32)
}

type Request = (Head, StreamInfo);

fn assert_all_same(
    routes: &[ir::Route],
    parts: Option<&[Part]>,
    requests: &[Request],
    random: Index,
    ignores_parameters: bool,
) {
    let mut configuration = configuration(routes.to_vec());
    configuration.ignore_path_parameters_in_path_matching = ignores_parameters;
    // What is behind the end of the list is in no part.
    let mut left = routes.len();
    let lengths: Vec<usize> = parts
        .unwrap_or_default()
        .iter()
        .map(|part| {
            let length = part.length.min(left);
            left -= length;
            length
        })
        .collect();
    configuration.virtual_hosts[0].matcher = parts.map(|parts| tree_of(parts, &lengths));
    let table = compile(&configuration);
    let asked: Vec<_> = routes.iter().map(Asked::new).collect();
    let runtime = Runtime::default();
    for (at, (head, info)) in requests.iter().enumerate() {
        let random = (random.index(1000) + at) as u64;
        let cx = MatchContext { random, runtime: &runtime, info: Some(info) };
        let found = table.find(head, &cx, &mut MatchScratch::default());
        let found = found.map(|route| route.id().0);
        let expected = match parts {
            None => scan(&asked, head, &cx, ignores_parameters),
            Some(parts) => parts.iter().position(|part| part.holds(head)).and_then(|part| {
                let start: usize = lengths[..part].iter().sum();
                let list = &asked[start..start + lengths[part]];
                scan(list, head, &cx, ignores_parameters).map(|number| number + start as u32)
            }),
        };
        let matches = |number: Option<u32>| number.map(|number| &routes[number as usize].matches);
        assert_eq!(
            found,
            expected,
            "{head:?}\nfound {:#?}\nexpected {:#?}",
            matches(found),
            matches(expected)
        );
    }
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    proptest::collection::vec((request(), written()), 40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_answers_as_a_scan_of_its_list(
        routes in proptest::collection::vec(a_route(), 1..70),
        requests in requests(),
        random in any::<Index>(),
        ignores_parameters in any::<bool>(),
    ) {
        assert_all_same(&routes, None, &requests, random, ignores_parameters);
    }

    #[test]
    fn a_crowded_path_answers_as_a_scan_of_its_list(
        routes in proptest::collection::vec(a_crowded_route(), 9..70),
        requests in requests(),
        random in any::<Index>(),
        ignores_parameters in any::<bool>(),
    ) {
        assert_all_same(&routes, None, &requests, random, ignores_parameters);
    }

    #[test]
    fn a_path_with_many_conditions_of_a_kind_answers_as_a_scan_of_its_list(
        routes in crowded_by_a_kind(),
        requests in requests(),
        random in any::<Index>(),
    ) {
        assert_all_same(&routes, None, &requests, random, false);
    }

    #[test]
    fn a_tree_answers_as_a_scan_of_the_list_that_it_leads_to(
        routes in proptest::collection::vec(a_route(), 1..70),
        parts in proptest::collection::vec(part(), 1..30),
        requests in requests(),
        random in any::<Index>(),
        ignores_parameters in any::<bool>(),
    ) {
        assert_all_same(&routes, Some(&parts), &requests, random, ignores_parameters);
    }
}
