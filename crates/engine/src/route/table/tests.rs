//! Tables against a scan of the list, by example and by random tables.

pub mod build;
mod property;

use self::build::*;
use super::*;
use crate::runtime::Runtime;

/// The name of the route that a request takes.
fn find(table: &RouteTable, head: &Head) -> Option<String> {
    let runtime = Runtime::default();
    let cx = MatchContext { random: 0, runtime: &runtime, info: None };
    let route = table.find(head, &cx, &mut MatchScratch::default());
    route.map(|route| route.name.to_string())
}

fn answers(routes: Vec<ir::Route>, requests: &[(&str, Option<&str>)]) {
    let table = table(routes);
    for (path, expected) in requests {
        assert_eq!(find(&table, &get(path)).as_deref(), *expected, "{path}");
    }
}

#[test]
fn the_first_match_in_list_order_is_taken() {
    answers(
        vec![
            route("exact", exact("/a/b")),
            route("prefix", prefix("/a/")),
            route("regex", regex("/[ab]/.*")),
            route("late", exact("/a/c")),
            route("all", prefix("/")),
        ],
        &[
            ("/a/b", Some("exact")),
            ("/a/b?q", Some("exact")),
            ("/a/c", Some("prefix")),
            ("/b/c", Some("regex")),
            ("/b", Some("all")),
        ],
    );
}

#[test]
fn paths_match_as_in_envoy() {
    let any_case =
        |value: &str| ir::PathMatch::Exact { value: value.into(), case_sensitive: false };
    let prefix_any_case =
        |value: &str| ir::PathMatch::Prefix { value: value.into(), case_sensitive: false };
    answers(
        vec![
            route("sep", separated("/sep")),
            route(
                "seq",
                ir::PathMatch::PathSeparatedPrefix { value: "/SEQ".into(), case_sensitive: false },
            ),
            route("rx", regex("/rx.y")),
            route("ci", any_case("/Ci")),
            route("pi", prefix_any_case("/Pi")),
        ],
        &[
            ("/sep", Some("sep")),
            ("/sep/", Some("sep")),
            ("/sep/a", Some("sep")),
            ("/sep?x", Some("sep")),
            ("/sep/?x", Some("sep")),
            ("/sepx", None),
            ("/seq/a", Some("seq")),
            ("/SEQ", Some("seq")),
            ("/seQx", None),
            ("/rx-y", Some("rx")),
            ("/rx-y?z", Some("rx")),
            ("/rx-yz", None),
            ("/cI?x", Some("ci")),
            ("/cix", None),
            ("/pI/x", Some("pi")),
        ],
    );
}

#[test]
fn connect_matches_without_a_path_and_nothing_else_does() {
    let table = table(vec![route("all", prefix("")), route("connect", ir::PathMatch::Connect {})]);
    let mut connect = Head::new();
    connect.push(HeaderId::Method, b"CONNECT");
    connect.push(HeaderId::Authority, b"h.com:443");
    assert_eq!(find(&table, &connect).as_deref(), Some("connect"));
    assert_eq!(find(&table, &get("/")).as_deref(), Some("all"));
}

#[test]
fn an_empty_forwarded_proto_has_no_route() {
    let table = table(vec![route("all", prefix("/"))]);
    let mut head = get("/");
    head.set(HeaderId::XForwardedProto, b"");
    assert_eq!(find(&table, &head), None);
}

#[test]
fn virtual_hosts_have_routes_of_their_own() {
    let mut configuration = configuration(vec![route("one", prefix("/"))]);
    configuration.virtual_hosts[0].domains = vec!["one.com".into()];
    let mut two = configuration.virtual_hosts[0].clone();
    two.name = "two".into();
    two.domains = vec!["*.two.com".into()];
    two.routes = vec![route("two", prefix("/a")), route("three", regex("/.*"))];
    configuration.virtual_hosts.push(two);
    let table = compile(&configuration);
    let ask = |host: &str, path: &str| {
        let mut head = get(path);
        head.set(HeaderId::Authority, host.as_bytes());
        find(&table, &head)
    };
    assert_eq!(ask("one.com", "/a").as_deref(), Some("one"));
    assert_eq!(ask("x.TWO.com", "/a").as_deref(), Some("two"));
    assert_eq!(ask("x.two.com", "/b").as_deref(), Some("three"));
    assert_eq!(ask("three.com", "/a"), None);
    let mut head = get("/zzz");
    head.set(HeaderId::Authority, b"x.two.com");
    let host = table.find_virtual_host(&head, &mut MatchScratch::default()).unwrap();
    assert_eq!(&*host.name, "two");
}

#[test]
fn thousands_of_routes_with_one_path_are_told_apart_by_a_header() {
    let mut routes: Vec<_> = (0..5000)
        .map(|i| with_header(route(&i.to_string(), prefix("/")), "x-tenant", &format!("t{i}")))
        .collect();
    routes.push(route("rest", prefix("/")));
    let table = table(routes);
    let ask = |tenants: &[&str]| {
        let mut head = get("/x");
        for tenant in tenants {
            head.push_received(b"X-Tenant", tenant.as_bytes());
        }
        find(&table, &head)
    };
    assert_eq!(ask(&["t0"]).as_deref(), Some("0"));
    assert_eq!(ask(&["t4999"]).as_deref(), Some("4999"));
    assert_eq!(ask(&["t4999", "t17"]).as_deref(), Some("17"), "each value of a repeated header");
    assert_eq!(ask(&["other"]).as_deref(), Some("rest"));
    assert_eq!(ask(&[]).as_deref(), Some("rest"));
}

#[test]
fn a_header_that_is_missing_may_have_the_empty_value() {
    let mut routes: Vec<_> = (0..9)
        .map(|i| with_header(route(&i.to_string(), prefix("/")), "x", &i.to_string()))
        .collect();
    let mut missing = with_header(route("missing", prefix("/")), "x", "");
    missing.matches.headers[0].treat_missing_as_empty = true;
    routes.push(missing);
    answers(routes, &[("/", Some("missing"))]);
}

#[test]
fn thousands_of_expressions_with_one_start_are_told_apart_by_a_literal() {
    let mut routes: Vec<_> = (0..2000)
        .map(|i| route(&i.to_string(), regex(&format!("/[a-z]+/(?i)item-{i}/.*"))))
        .collect();
    routes.push(route("rest", prefix("/")));
    answers(
        routes,
        &[
            ("/shop/item-0/x", Some("0")),
            ("/shop/ITEM-1999/x", Some("1999")),
            ("/SHOP/item-7/x", Some("rest")),
            ("/shop/item-7", Some("rest")),
        ],
    );
}

#[test]
fn expressions_without_a_literal_are_asked_in_list_order() {
    let patterns = ["[/1]+", "[/2]+", "[/3]+", "[/1-4]+", "[/1-5]+", "[/1-6]+", "[/3]*"];
    let routes = patterns.map(|pattern| route(pattern, regex(pattern)));
    answers(
        routes.into(),
        &[("/1", Some("[/1]+")), ("/3", Some("[/3]+")), ("/6/1", Some("[/1-6]+")), ("/7", None)],
    );
}

#[test]
fn a_pattern_that_does_not_compile_is_named() {
    let configuration = configuration(vec![route("bad", regex("/a("))]);
    let error = RouteTable::new(&configuration, |_| None).unwrap_err().to_string();
    assert!(error.contains("test routes") && error.contains("/a("), "{error}");
}
