//! The locations that the real Envoy 1.40 answered.

use super::*;

fn redirect() -> ir::Redirect {
    ir::Redirect {
        status: 301,
        scheme: ir::RedirectScheme::Keep {},
        host: String::new(),
        port: 0,
        path: ir::RedirectPath::Keep {},
        strip_query: false,
    }
}

fn https() -> ir::RedirectScheme {
    ir::RedirectScheme::Https {}
}

fn scheme(scheme: &str) -> ir::RedirectScheme {
    ir::RedirectScheme::Scheme { scheme: scheme.into() }
}

struct Request {
    proto: &'static str,
    host: &'static str,
    path: &'static str,
}

impl Request {
    fn location(&self, redirect: &ir::Redirect) -> String {
        let mut head = Head::new();
        head.push(HeaderId::Scheme, self.proto.to_ascii_lowercase().as_bytes());
        head.push(HeaderId::XForwardedProto, self.proto.as_bytes());
        head.push(HeaderId::Authority, self.host.as_bytes());
        head.push(HeaderId::Path, self.path.as_bytes());
        let matches = ir::PathMatch::Prefix { value: "/pre/".into(), case_sensitive: true };
        let redirect = Redirect::new(redirect, &matches).unwrap();
        let mut out = Vec::new();
        redirect.rewrite_path(&mut head, true, &mut out);
        out.clear();
        redirect.location(&head, None, &mut out);
        String::from_utf8(out).unwrap()
    }
}

fn at(host: &'static str, redirect: &ir::Redirect) -> String {
    Request { proto: "http", host, path: "/p?a=b" }.location(redirect)
}

#[test]
fn ports_go_when_they_are_the_default_of_the_scheme_that_is_left() {
    let https = ir::Redirect { scheme: https(), ..redirect() };
    assert_eq!(at("h.com", &https), "https://h.com/p?a=b");
    assert_eq!(at("h.com:80", &https), "https://h.com/p?a=b");
    assert_eq!(at("h.com:443", &https), "https://h.com:443/p?a=b");
    assert_eq!(at("h.com:8080", &https), "https://h.com:8080/p?a=b");
    assert_eq!(at("[::1]", &https), "https://[::1]/p?a=b");
    assert_eq!(at("[::1]:80", &https), "https://[::1]/p?a=b");
    let ftp = ir::Redirect { scheme: scheme("ftp"), ..redirect() };
    assert_eq!(at("h.com:80", &ftp), "ftp://h.com/p?a=b");
    assert_eq!(at("h.com:443", &ftp), "ftp://h.com:443/p?a=b");
    let same = ir::Redirect { scheme: scheme("http"), ..redirect() };
    assert_eq!(at("h.com:80", &same), "http://h.com:80/p?a=b");
    let secure = |host| Request { proto: "https", host, path: "/p" };
    assert_eq!(secure("h.com:443").location(&https), "https://h.com:443/p");
    assert_eq!(secure("h.com:80").location(&https), "https://h.com:80/p");
    assert_eq!(secure("h.com:443").location(&ftp), "ftp://h.com/p");
    assert_eq!(secure("h.com:80").location(&ftp), "ftp://h.com:80/p");
}

#[test]
fn a_host_or_port_of_its_own_replaces_the_port() {
    let host = ir::Redirect { host: "new.com".into(), ..redirect() };
    assert_eq!(at("h.com:8080", &host), "http://new.com/p?a=b");
    let both = ir::Redirect { host: "new.com".into(), port: 81, ..redirect() };
    assert_eq!(at("h.com:8080", &both), "http://new.com:81/p?a=b");
    let port = ir::Redirect { port: 82, ..redirect() };
    assert_eq!(at("h.com", &port), "http://h.com:82/p?a=b");
    assert_eq!(at("h.com:8080", &port), "http://h.com:82/p?a=b");
    assert_eq!(at("[::1]:80", &port), "http://[::1]:82/p?a=b");
    let upper = Request { proto: "HTTPS", host: "h.com", path: "/p" };
    assert_eq!(upper.location(&host), "https://new.com/p");
}

#[test]
fn paths_are_replaced_with_or_without_the_query() {
    let path = |value: &str| ir::RedirectPath::Path { value: value.into() };
    let to = |value: &str| ir::Redirect { path: path(value), ..redirect() };
    assert_eq!(at("h.com:80", &to("/np")), "http://h.com:80/np?a=b");
    assert_eq!(at("h.com", &to("/np?x=y")), "http://h.com/np?x=y");
    assert_eq!(at("h.com", &to("np")), "http://h.com/np?a=b");
    let stripped = ir::Redirect { strip_query: true, ..to("/np?x=y") };
    assert_eq!(at("h.com", &stripped), "http://h.com/np?x=y", "its own query stays");
    let stripped = ir::Redirect { strip_query: true, ..to("/np") };
    assert_eq!(at("h.com", &stripped), "http://h.com/np");
    let stripped = ir::Redirect { strip_query: true, ..redirect() };
    assert_eq!(at("h.com", &stripped), "http://h.com/p");
}

#[test]
fn paths_are_rewritten_by_prefix_or_regex() {
    let prefix = |value: &str| ir::Redirect {
        path: ir::RedirectPath::Prefix { value: value.into() },
        ..redirect()
    };
    let request = Request { proto: "http", host: "h.com", path: "/pre/x?y=z" };
    assert_eq!(request.location(&prefix("/new/")), "http://h.com/new/x?y=z");
    assert_eq!(request.location(&prefix("new/")), "http://h.com/new/x?y=z");
    let stripped = ir::Redirect { strip_query: true, ..prefix("/new?z=1") };
    assert_eq!(request.location(&stripped), "http://h.com/new");
    let regex = |pattern: &str, substitution: &str| ir::Redirect {
        path: ir::RedirectPath::Regex {
            pattern: pattern.into(),
            substitution: substitution.into(),
        },
        ..redirect()
    };
    assert_eq!(request.location(&regex("^/pre/(.*)$", "/y/${1}")), "http://h.com/y/x?y=z");
    assert_eq!(request.location(&regex(".*", "")), "http://h.com/pre/x?y=z");
}
