//! How many routes are asked of a group in which all have one path.

use voyant_ir::route as ir;

use super::*;
use crate::http::header_name::HeaderId;
use crate::route::matcher::Conditions;
use crate::route::table::tests::build::{
    exact_value, get, prefix, query_parameter, route, with_header,
};
use crate::runtime::Runtime;

fn with_cookie(mut route: ir::Route, name: &str, value: &str) -> ir::Route {
    let matcher = exact_value(value);
    route.matches.cookies.push(CookieMatcher { name: name.into(), matcher, invert: false });
    route
}

fn with_query(mut route: ir::Route, name: &str, value: &str) -> ir::Route {
    route.matches.query_parameters.push(query_parameter(name, exact_value(value)));
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
    let mut holds = |number: u32| {
        asked += 1;
        let conditions = Conditions::new(&routes[number as usize].matches).unwrap();
        conditions.is_none_or(|conditions| conditions.check(head, &cx).is_ok())
    };
    let found = groups.lowest(group, (head, &cx), u32::MAX, &mut holds);
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
