use super::*;
use proptest::prelude::*;

const ALL: PathRules = PathRules {
    escaped_slashes: Some(OnEscapedSlash::Forward),
    canonicalize: true,
    merge_slashes: true,
};
const CANONICAL: PathRules =
    PathRules { escaped_slashes: None, canonicalize: true, merge_slashes: false };

fn apply(rules: PathRules, path: &str) -> (Verdict, String) {
    let mut out = Vec::new();
    let verdict = rules.apply(path.as_bytes(), &mut out);
    let path = if verdict == Verdict::Unchanged {
        path.to_owned()
    } else {
        String::from_utf8(out).expect("text")
    };
    (verdict, path)
}

fn becomes(rules: PathRules, path: &str, expected: &str) {
    assert_eq!(apply(rules, path).1, expected, "{path}");
}

#[test]
fn dot_segments_are_resolved() {
    for (path, expected) in [
        ("/a/b/../../c", "/c"),
        ("/..", "/"),
        ("/a/.", "/a/"),
        ("/a/%2E%2e/b", "/b"),
        ("/a/.%2e", "/"),
        ("//a//../..//b", "///b"),
        ("/a/.../b", "/a/.../b"),
        ("/a\\..\\b", "/b"),
        ("/a/..?x/../y", "/?x/../y"),
    ] {
        becomes(CANONICAL, path, expected);
    }
}

#[test]
fn parameters_of_dot_segments_go() {
    for (path, expected) in [
        ("/a/..;x=y;z/b?c", "/b?c"),
        ("/a/.;/..;/c", "/c"),
        ("/a/%2e%2e;/b", "/a/..;/b"),
        ("/a/..;x\\b", "/"),
        ("/a\\..;x/b", "/a/..;x/b"),
        ("/a/x;y/b", "/a/x;y/b"),
    ] {
        becomes(CANONICAL, path, expected);
    }
}

#[test]
fn escapes_get_their_canonical_form() {
    for (path, expected) in [
        ("/%7e%41%2D%5f", "/~A-_"),
        ("/%c3%a9%20%3f", "/%c3%a9%20%3f"),
        ("/[x]|^`{}\"<>'", "/[x]%7C%5E%60%7B%7D%22%3C%3E'"),
        ("/%zz%2", "/%zz%2"),
        ("/%%30%30", "/%2500"),
        ("/%2%65", "/%252e"),
        ("/%f%zz%66", "/%f%zzf"),
        ("/%%41", "/%A"),
    ] {
        becomes(CANONICAL, path, expected);
    }
    assert_eq!(apply(CANONICAL, "/a%00").0, Verdict::Reject);
    assert_eq!(CANONICAL.apply(b"/\xff", &mut Vec::new()), Verdict::Reject);
    becomes(CANONICAL, "/\u{e9}", "/%C3%A9");
}

#[test]
fn an_escaped_slash_leads_to_what_is_configured() {
    let with = |action| PathRules { escaped_slashes: Some(action), ..CANONICAL };
    let path = "/a/..%2fb?%2f";
    assert_eq!(apply(with(OnEscapedSlash::Reject), path).0, Verdict::Reject);
    let redirected = apply(with(OnEscapedSlash::Redirect), path);
    assert_eq!(redirected, (Verdict::Redirect, "/b?%2f".into()));
    assert_eq!(apply(with(OnEscapedSlash::Forward), path), (Verdict::Changed, "/b?%2f".into()));
    assert_eq!(apply(with(OnEscapedSlash::Redirect), "/a?%2f").0, Verdict::Unchanged);
    assert_eq!(apply(CANONICAL, "/a%5Cb").0, Verdict::Unchanged);
}

#[test]
fn slashes_are_merged() {
    let merge = PathRules { escaped_slashes: None, canonicalize: false, merge_slashes: true };
    for (path, expected) in
        [("/a///b?c//d", "/a/b?c//d"), ("//a//", "/a/"), ("///", "//"), ("/a/../b", "/a/../b")]
    {
        becomes(merge, path, expected);
    }
}

#[test]
fn the_runtime_decides_what_the_configuration_leaves_open() {
    use voyant_ir::snapshot::{RuntimeLayer, RuntimeValue};
    let open = PathNormalization {
        escaped_slashes: EscapedSlashes::ByRuntime,
        normalize: NormalizePath::ByRuntime,
        merge_slashes: false,
    };
    assert_eq!(PathRules::new(open, &Runtime::new(&[])), None);
    let value = |key: &str, value: &str| RuntimeValue {
        key: format!("http_connection_manager.{key}"),
        value: value.into(),
    };
    let values =
        vec![value("normalize_path", "100"), value("path_with_escaped_slashes_action", "2")];
    let runtime =
        Runtime::new(&[RuntimeLayer { name: "x".into(), admin: false, disk: false, values }]);
    let rules = PathRules { escaped_slashes: Some(OnEscapedSlash::Reject), ..CANONICAL };
    assert_eq!(PathRules::new(open, &runtime), Some(rules));
    let values = vec![value("path_with_escaped_slashes_action_enabled", "0")];
    let runtime =
        Runtime::new(&[RuntimeLayer { name: "x".into(), admin: false, disk: false, values }]);
    let closed = PathNormalization { escaped_slashes: EscapedSlashes::RejectRequest, ..open };
    assert_eq!(PathRules::new(closed, &runtime), None);
}

/// Paths of what is of interest.
fn path() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "/", ".", "..", "%", "%2", "%2e", "%2F", "%5c", "\\", "a", "%41", ";", "?", "//", "e", "{",
        "%00", "30", "\u{e9}",
    ];
    proptest::collection::vec(proptest::sample::select(PARTS), 0..12)
        .prop_map(|parts| format!("/{}", parts.concat()))
}

proptest! {
    #[test]
    fn a_normalised_path_climbs_nowhere(path in path()) {
        let (verdict, normalised) = apply(ALL, &path);
        if verdict != Verdict::Reject {
            let (path, _) = path_and_query(&normalised);
            prop_assert!(path.starts_with('/') && path.is_ascii() && !path.contains('\\'));
            prop_assert!(path.split('/').all(|segment| segment != "." && segment != ".."));
            prop_assert!(path == "//" || !path.contains("//"));
        }
    }

    #[test]
    fn the_query_stays(path in path()) {
        let (_, query) = path_and_query(&path);
        let (_, normalised) = apply(ALL, &path);
        prop_assert_eq!(path_and_query(&normalised).1, query);
    }

    #[test]
    fn without_escapes_once_is_enough(path in path().prop_map(|path| path.replace('%', "p"))) {
        let (verdict, once) = apply(ALL, &path);
        if verdict != Verdict::Reject && !once.contains(';') && once != "//" {
            prop_assert_eq!(apply(ALL, &once).1, once);
        }
    }
}

fn path_and_query(path: &str) -> (String, String) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    (path.to_owned(), query.to_owned())
}
