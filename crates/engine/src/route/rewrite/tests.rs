//! What the real Envoy 1.40 sent upstream for each rewrite.

use super::*;

fn head(path: &str) -> Head {
    let mut head = Head::new();
    head.push(HeaderId::Path, path.as_bytes());
    head.push(HeaderId::Authority, b"h.com");
    head
}

fn value(head: &Head, id: HeaderId) -> Option<&str> {
    head.get_str(id)
}

fn exact(value: &str, case_sensitive: bool) -> ir::PathMatch {
    ir::PathMatch::Exact { value: value.into(), case_sensitive }
}

fn prefix(value: &str, case_sensitive: bool) -> ir::PathMatch {
    ir::PathMatch::Prefix { value: value.into(), case_sensitive }
}

/// The path that is sent, and the original one if it is kept.
fn rewrite(
    rewrite: &ir::PathRewrite,
    matches: &ir::PathMatch,
    path: &str,
) -> (String, Option<String>) {
    let mut head = head(path);
    let rewrite = PathRewrite::new(rewrite, matches).unwrap().unwrap();
    rewrite.apply(&mut head, true, &mut Vec::new());
    let original = value(&head, HeaderId::XEnvoyOriginalPath).map(str::to_owned);
    (value(&head, HeaderId::Path).unwrap().to_owned(), original)
}

#[test]
fn a_prefix_rewrite_replaces_what_matched() {
    let sep = ir::PathMatch::PathSeparatedPrefix { value: "/sep".into(), case_sensitive: true };
    let regex = ir::PathMatch::Regex { pattern: "/rx/.*".into() };
    for (matches, to, path, expected) in [
        (prefix("/p/", true), "/q/", "/p/a?b=c", "/q/a?b=c"),
        (prefix("/p/", true), "/q/", "/p/", "/q/"),
        (exact("/exact", true), "/ex", "/exact?x", "/ex?x"),
        (sep.clone(), "/s2", "/sep", "/s2"),
        (sep, "/s2", "/sep/a?z", "/s2/a?z"),
        (regex, "/whole", "/rx/foo?q=1", "/whole?q=1"),
        (prefix("/CI/", false), "/low/", "/ci/A", "/low/A"),
        (prefix("/noslash/", true), "zz", "/noslash/b", "zzb"),
    ] {
        let by = ir::PathRewrite::Prefix { value: to.into() };
        let (sent, original) = rewrite(&by, &matches, path);
        assert_eq!((sent.as_str(), original.as_deref()), (expected, Some(path)));
    }
}

#[test]
fn a_regex_rewrite_changes_the_path_and_keeps_the_query() {
    for (pattern, substitution, path, expected) in [
        ("^/rr/([a-z]+)/([a-z]+)", "/${2}/${1}", "/rr/ab/cd/ef?rr", Some("/cd/ab/ef?rr")),
        ("a", "<${0}>", "/ra/banana?a=a", Some("/r<a>/b<a>n<a>n<a>?a=a")),
        ("nothing", "x", "/same?a", Some("/same?a")),
        // Nothing would be left: the path stays, and there is no original one.
        (".*", "", "/re/abc?x=1", None),
    ] {
        let (pattern, substitution) = (pattern.into(), substitution.into());
        let by = ir::PathRewrite::Regex { pattern, substitution };
        let (sent, original) = rewrite(&by, &prefix("/", true), path);
        assert_eq!(sent, expected.unwrap_or(path));
        assert_eq!(original.as_deref(), expected.map(|_| path));
    }
}

#[test]
fn the_original_path_is_kept_only_when_asked() {
    let by = ir::PathRewrite::Prefix { value: "/q".into() };
    let rewrite = PathRewrite::new(&by, &prefix("/p", true)).unwrap().unwrap();
    let mut head = head("/p/a");
    rewrite.apply(&mut head, false, &mut Vec::new());
    assert_eq!(head.path(), b"/q/a");
    assert!(!head.contains(HeaderId::XEnvoyOriginalPath));
    let none = ir::PathRewrite::Prefix { value: String::new() };
    assert!(PathRewrite::new(&none, &prefix("/p", true)).unwrap().is_none());
}

#[test]
fn a_path_that_a_filter_changed_is_left_alone() {
    let by = ir::PathRewrite::Prefix { value: "/q".into() };
    for path in ["/x", "/other/path/x"] {
        let (sent, original) = rewrite(&by, &prefix("/long/prefix", true), path);
        assert_eq!((sent.as_str(), original), (path, None));
    }
}

/// Authority, `x-envoy-original-host` and `x-forwarded-host` after a host rewrite.
fn host(
    rewrite: &ir::HostRewrite,
    forwarded_host: bool,
    mut head: Head,
) -> (String, Option<String>, Option<String>) {
    let append = Append { original_host: true, forwarded_host };
    HostRewrite::new(rewrite).unwrap().apply(&mut head, append, &mut Vec::new());
    let text = |id| value(&head, id).map(str::to_owned);
    let authority = text(HeaderId::Authority).unwrap();
    (authority, text(HeaderId::XEnvoyOriginalHost), text(HeaderId::XForwardedHost))
}

#[test]
fn an_authority_that_was_taken_away_is_not_told() {
    let literal = ir::HostRewrite::Literal { value: "new.example".into() };
    let mut none = head("/");
    none.remove(HeaderId::Authority);
    let first = |head: &Head| head.iter().next().map(|header| header.id);
    assert_ne!(first(&none), Some(Some(HeaderId::Authority)));
    let rewrite = HostRewrite::new(&literal).unwrap();
    let append = Append { original_host: true, forwarded_host: true };
    rewrite.apply(&mut none, append, &mut Vec::new());
    assert_eq!(first(&none), Some(Some(HeaderId::Authority)));
    assert_eq!(none.authority(), b"new.example");
    assert!(!none.contains(HeaderId::XEnvoyOriginalHost));
    assert!(!none.contains(HeaderId::XForwardedHost));
}

fn changed(to: &str) -> (String, Option<String>, Option<String>) {
    (to.into(), Some("h.com".into()), None)
}

fn unchanged() -> (String, Option<String>, Option<String>) {
    ("h.com".into(), None, None)
}

#[test]
fn hosts_are_rewritten_by_text_header_or_path() {
    let literal = ir::HostRewrite::Literal { value: "lit.example:99".into() };
    assert_eq!(host(&literal, false, head("/")), changed("lit.example:99"));

    let header = ir::HostRewrite::Header { name: "x-h".into() };
    let with = |values: &[&str]| {
        let mut head = head("/");
        for value in values {
            head.push_received(b"x-h", value.as_bytes());
        }
        head
    };
    assert_eq!(host(&header, false, with(&["n1", "n2"])), changed("n1"));
    assert_eq!(host(&header, false, with(&[""])), unchanged());
    assert_eq!(host(&header, false, with(&[])), unchanged());

    let regex = |pattern: &str, substitution: &str| ir::HostRewrite::PathRegex {
        pattern: pattern.into(),
        substitution: substitution.into(),
    };
    let by_path = regex("^/hr/([^/]*)/.*$", "${1}.example");
    assert_eq!(host(&by_path, false, head("/hr/foo/bar?a/b")), changed("foo.example"));
    assert_eq!(host(&by_path, false, head("/hr/foo")), changed("/hr/foo"));
    assert_eq!(host(&regex(".*", ""), false, head("/hs/x")), unchanged());
    assert_eq!(host(&ir::HostRewrite::Auto {}, false, head("/")), unchanged());
}

#[test]
fn the_old_host_is_appended_to_the_forwarded_ones_unless_it_is_the_last() {
    let literal = ir::HostRewrite::Literal { value: "lit.example".into() };
    for (before, after) in [
        (None, "h.com"),
        (Some(""), "h.com"),
        (Some("a.com"), "a.com,h.com"),
        (Some("a.com,h.com"), "a.com,h.com"),
        (Some("a.com, h.com"), "a.com, h.com,h.com"),
        (Some("h.com,b.com"), "h.com,b.com,h.com"),
    ] {
        let mut head = head("/");
        if let Some(before) = before {
            head.push(HeaderId::XForwardedHost, before.as_bytes());
        }
        assert_eq!(host(&literal, true, head).2.as_deref(), Some(after), "{before:?}");
    }
}
