//! Tables of routes with one path that differ by one kind of condition, and a request for the last
//! of them. What it costs must not depend on how many routes there are.

use std::hint::black_box;

use voyant_engine::head::Head;
use voyant_engine::head::header_name::HeaderId;
use voyant_engine::http::stream_info::StreamInfo;
use voyant_engine::route::{MatchContext, MatchScratch};
use voyant_engine::runtime::Runtime;
use voyant_ir::matcher::{
    CookieMatcher, HeaderCondition, HeaderMatcher, QueryParameterCondition, QueryParameterMatcher,
    StringMatcher,
};
use voyant_ir::route as ir;
use voyant_ir::value_matcher::{MetadataMatcher, ValueMatcher};

/// The work: a request for the last of so many routes.
pub fn ask(kind: &str, count: usize, measured: impl FnOnce(&mut dyn FnMut())) {
    let table = super::compile((0..count).map(|number| route(kind, number)).collect(), None);
    let (head, info) = request(kind, count - 1);
    let runtime = Runtime::default();
    let mut scratch = MatchScratch::default();
    let mut once = || {
        let cx = MatchContext { random: 0, runtime: &runtime, info: Some(&info) };
        let route = table.find(black_box(&head), &cx, &mut scratch);
        assert!(route.is_some_and(|route| route.id() == table.routes()[count - 1].id()));
    };
    once();
    measured(&mut once);
}

fn route(kind: &str, number: usize) -> ir::Route {
    let mut route = super::route(number);
    let matches = &mut route.matches;
    let path = ir::PathMatch::Prefix { value: "/".into(), case_sensitive: true };
    matches.path = if kind == "connect" { ir::PathMatch::Connect {} } else { path };
    let (of, how) = kind.split_once('_').unwrap_or(("header", kind));
    let matcher = matcher(how, &id(number));
    match of {
        "query" => matches.query_parameters.push(QueryParameterMatcher {
            name: if how == "name" { id(number) } else { "tenant".into() },
            condition: if how == "name" {
                QueryParameterCondition::Present { present: true }
            } else {
                QueryParameterCondition::String { matcher }
            },
        }),
        "cookie" => matches.cookies.push(CookieMatcher {
            name: if how == "name" { id(number) } else { "tenant".into() },
            matcher,
            invert: false,
        }),
        "metadata" => matches.dynamic_metadata.push(MetadataMatcher {
            namespace: "tenants".into(),
            path: vec!["id".into()],
            value: ValueMatcher::String { matcher },
            invert: false,
        }),
        _ => matches.headers.push(header(how, number, matcher)),
    }
    route
}

fn header(how: &str, number: usize, matcher: StringMatcher) -> HeaderMatcher {
    let start = i64::try_from(number).expect("a small number") * 10;
    HeaderMatcher {
        name: match how {
            "name" => format!("x-{}", id(number)),
            "connect" => ":authority".into(),
            "range" => "x-number".into(),
            _ => "x-tenant".into(),
        },
        condition: match how {
            "name" => HeaderCondition::Present { present: true },
            "range" => HeaderCondition::Range { start, end: start + 10 },
            _ => HeaderCondition::String { matcher },
        },
        invert: false,
        treat_missing_as_empty: false,
    }
}

fn id(number: usize) -> String {
    format!("{number:05}")
}

fn matcher(how: &str, id: &str) -> StringMatcher {
    match how {
        "prefix" => StringMatcher::Prefix { value: format!("v1-{id}"), ignore_case: false },
        "suffix" => StringMatcher::Suffix { value: format!("{id}-end"), ignore_case: true },
        "contains" => StringMatcher::Contains { value: format!("-{id}-"), ignore_case: false },
        "regex" => StringMatcher::Regex { pattern: format!("v[0-9]-{id}-[a-z]+") },
        "folded" => StringMatcher::Exact { value: format!("V1-{id}-END"), ignore_case: true },
        "name" => StringMatcher::Regex { pattern: ".*".into() },
        _ => StringMatcher::Exact { value: format!("v1-{id}-end"), ignore_case: false },
    }
}

/// What the last route asks for, of every kind's names.
fn request(kind: &str, last: usize) -> (Head, StreamInfo) {
    let (mut head, mut info) = (super::request(), super::stream());
    let id = id(last);
    let value = format!("v1-{id}-end");
    let (of, how) = kind.split_once('_').unwrap_or(("header", kind));
    let name = if how == "name" { &*id } else { "tenant" };
    match of {
        "query" => head.set(HeaderId::Path, format!("/?page=2&{name}={value}").as_bytes()),
        "cookie" => head.append(
            &voyant_engine::head::header_name::HeaderKey::Known(HeaderId::Cookie),
            b"; ",
            format!("{name}={value}").as_bytes(),
        ),
        "metadata" => info.dynamic_metadata_mut().set("tenants", &["id"], value.as_str().into()),
        _ => {}
    }
    match how {
        "connect" => {
            head.set(HeaderId::Method, b"CONNECT");
            head.set(HeaderId::Authority, value.as_bytes());
        }
        "name" if of == "header" => {
            head.push_received(format!("x-{id}").as_bytes(), b"1");
        }
        "range" => {
            head.push_received(b"x-number", (last * 10 + 5).to_string().as_bytes());
        }
        _ if of == "header" => {
            head.push_received(b"x-tenant", value.as_bytes());
        }
        _ => {}
    }
    (head, info)
}
