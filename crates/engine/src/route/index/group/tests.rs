//! How many routes are asked of a group in which all have one path.

use voyant_ir::matcher::{CookieMatcher, HeaderCondition, HeaderMatcher, StringMatcher};
use voyant_ir::route as ir;

use super::*;
use crate::head::header_name::HeaderId;
use crate::route::matcher::{Conditions, query_parameter};
use crate::route::table::tests::build::{
    exact_value, get, prefix, query_parameter as parameter, route, with_header,
};
use crate::runtime::Runtime;

fn with_cookie(mut route: ir::Route, name: &str, value: &str) -> ir::Route {
    let matcher = exact_value(value);
    route.matches.cookies.push(CookieMatcher { name: name.into(), matcher, invert: false });
    route
}

fn with_query(mut route: ir::Route, name: &str, value: &str) -> ir::Route {
    route.matches.query_parameters.push(parameter(name, exact_value(value)));
    route
}

/// The lowest route for a request, and how many were asked.
fn lowest(routes: &[ir::Route], head: &Head) -> (Option<u32>, u32) {
    let mut groups = Groups::default();
    let numbers: Vec<u32> = (0..routes.len() as u32).collect();
    let group = groups.insert(&numbers, &|number| &routes[number as usize].matches);
    let runtime = Runtime::default();
    let cx = MatchContext { random: 0, runtime: &runtime, info: None };
    let mut asked = 0;
    let holds = |number: u32| {
        asked += 1;
        let conditions = Conditions::new(&routes[number as usize].matches).unwrap();
        conditions.is_none_or(|conditions| conditions.check(head, &cx).is_ok())
    };
    let query = query_parameter::query(head.path());
    let mut search = Search { head, cx: &cx, query, hits: &mut Vec::new(), best: u32::MAX, holds };
    groups.offer(group, &mut search);
    let found = search.best;
    ((found != u32::MAX).then_some(found), asked)
}

#[test]
fn routes_that_ask_for_different_things_are_all_told_apart() {
    let any = || route("", prefix("/"));
    let of_tenant = |n: u32| {
        let id = n.to_string();
        let both = with_header(with_header(any(), "x-both", &id), ":method", "GET");
        [
            with_header(any(), "x", &id),
            with_query(any(), "q", &id),
            with_cookie(any(), "c", &id),
            both,
        ]
    };
    let routes: Vec<_> = (0..500).flat_map(of_tenant).collect();
    let mut head = get("/?q=499");
    assert_eq!(lowest(&routes, &head), (Some(1997), 1));
    head.set(HeaderId::Path, b"/");
    assert_eq!(lowest(&routes, &head), (None, 0));
    head.push_received(b"x-both", b"498");
    assert_eq!(lowest(&routes, &head), (Some(1995), 1));
    head.push_received(b"cookie", b"c=3");
    let (found, asked) = lowest(&routes, &head);
    assert_eq!(found, Some(14));
    assert!(asked <= 2, "{asked}");
}

#[test]
fn hundreds_of_names_are_told_apart() {
    let route = |n: u32| {
        with_header(route("", prefix("/")), &format!("x-{}", n % 100), &(n / 100).to_string())
    };
    let routes: Vec<_> = (0..2000).map(route).collect();
    let mut head = get("/");
    head.push_received(b"x-37", b"11");
    assert_eq!(lowest(&routes, &head), (Some(1137), 1));
}

#[test]
fn a_value_that_all_need_tells_nothing_apart() {
    let any = || with_header(route("", prefix("/")), "x", "same");
    let routes: Vec<_> = (0..20).map(|n| with_query(any(), "q", &n.to_string())).collect();
    let mut head = get("/?q=19");
    assert_eq!(lowest(&routes, &head), (None, 1));
    head.push_received(b"x", b"same");
    assert_eq!(lowest(&routes, &head), (Some(19), 1));
}

fn with_header_condition(name: &str, condition: HeaderCondition) -> ir::Route {
    let mut route = route("", prefix("/"));
    let matcher = HeaderMatcher {
        name: name.into(),
        condition,
        invert: false,
        treat_missing_as_empty: false,
    };
    route.matches.headers.push(matcher);
    route
}

/// Asks a thousand routes for the last of them.
fn asked_for_the_last(route: impl Fn(i64) -> ir::Route, name: &str, value: &str) -> u32 {
    let routes: Vec<_> = (0..1000).map(route).collect();
    let mut head = get(&format!("/?{name}={value}"));
    head.push_received(name.as_bytes(), value.as_bytes());
    head.push_received(b"cookie", format!("one=1; {name}={value}").as_bytes());
    let (found, asked) = lowest(&routes, &head);
    assert_eq!(found, Some(999));
    asked
}

#[test]
fn conditions_on_pieces_of_a_value_tell_routes_apart() {
    let kinds: [fn(String) -> StringMatcher; 5] = [
        |id| StringMatcher::Prefix { value: format!("v-{id}"), ignore_case: false },
        |id| StringMatcher::Suffix { value: format!("{id}-END"), ignore_case: true },
        |id| StringMatcher::Contains { value: format!("-{id}-"), ignore_case: false },
        |id| StringMatcher::Exact { value: format!("V-{id}-END"), ignore_case: true },
        |id| StringMatcher::Regex { pattern: format!("v-{id}-[a-z]+") },
    ];
    for kind in kinds {
        let route = |n: i64| {
            let matcher = kind(format!("{n:03}"));
            with_header_condition("x", HeaderCondition::String { matcher })
        };
        assert_eq!(asked_for_the_last(route, "x", "v-999-end"), 1, "{:?}", kind("1".into()));
    }
}

#[test]
fn ranges_tell_routes_apart() {
    let route = |n: i64| {
        with_header_condition("x", HeaderCondition::Range { start: n * 10, end: n * 10 + 10 })
    };
    assert_eq!(asked_for_the_last(route, "x", "9995"), 1);
}

#[test]
fn names_tell_routes_apart() {
    let present = HeaderCondition::Present { present: true };
    let header = |n: i64| with_header_condition(&format!("x-{n}"), present.clone());
    assert_eq!(asked_for_the_last(header, "x-999", "1"), 1);
    let any = || StringMatcher::Regex { pattern: ".*".into() };
    let query = |n: i64| {
        let mut route = route("", prefix("/"));
        route.matches.query_parameters.push(parameter(&format!("q-{n}"), any()));
        route
    };
    assert_eq!(asked_for_the_last(query, "q-999", "1"), 1);
    let cookie = |n: i64| {
        let (name, mut route) = (format!("c-{n}"), route("", prefix("/")));
        route.matches.cookies.push(CookieMatcher { name, matcher: any(), invert: false });
        route
    };
    assert_eq!(asked_for_the_last(cookie, "c-999", "1"), 1);
}
