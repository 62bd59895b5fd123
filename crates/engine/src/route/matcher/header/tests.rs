//! What the real Envoy 1.40 answered for each matcher and value.

use super::*;
use crate::head::header_name::HeaderId;

/// The requests that were tried: the values of `x`.
const REQUESTS: &[&[&str]] = &[
    &[],
    &["a"],
    &["b"],
    &[""],
    &["a", "b"],
    &["b", "a"],
    &["a,b"],
    &["5"],
    &["+5"],
    &["007"],
    &["-5"],
    &["5a"],
    &["50", "6"],
    &["9223372036854775808"],
    &["+ 5"],
    &["--5"],
    &["0x5"],
];

struct Case {
    condition: ir::HeaderCondition,
    invert: bool,
    empty: bool,
}

impl Case {
    fn invert(mut self) -> Self {
        self.invert = true;
        self
    }

    fn treat_missing_as_empty(mut self) -> Self {
        self.empty = true;
        self
    }

    /// The numbers of the requests that match.
    fn run(self) -> Vec<usize> {
        let matcher = HeaderMatcher::new(&ir::HeaderMatcher {
            name: "x".into(),
            condition: self.condition,
            invert: self.invert,
            treat_missing_as_empty: self.empty,
        })
        .unwrap();
        let matches = |values: &[&str]| {
            let mut head = Head::new();
            for value in values {
                head.push_received(b"X", value.as_bytes());
            }
            matcher.matches(&head)
        };
        (0..REQUESTS.len()).filter(|at| matches(REQUESTS[*at])).collect()
    }
}

fn case(condition: ir::HeaderCondition) -> Case {
    Case { condition, invert: false, empty: false }
}

fn string(matcher: ir::StringMatcher) -> Case {
    case(ir::HeaderCondition::String { matcher })
}

fn exact(value: &str) -> Case {
    string(ir::StringMatcher::Exact { value: value.into(), ignore_case: false })
}

fn range(start: i64, end: i64) -> Case {
    case(ir::HeaderCondition::Range { start, end })
}

fn present(present: bool) -> Case {
    case(ir::HeaderCondition::Present { present })
}

fn all_but(excluded: &[usize]) -> Vec<usize> {
    (0..REQUESTS.len()).filter(|at| !excluded.contains(at)).collect()
}

#[test]
fn repeated_values_are_tried_one_by_one() {
    assert_eq!(exact("a").run(), [1, 4, 5]);
    assert_eq!(exact("a,b").run(), [6]);
    assert_eq!(exact("").run(), [3]);
    let suffix = ir::StringMatcher::Suffix { value: "b".into(), ignore_case: false };
    assert_eq!(string(suffix).run(), [2, 4, 5, 6]);
    assert_eq!(string(ir::StringMatcher::Regex { pattern: "a".into() }).run(), [1, 4, 5]);
}

#[test]
fn a_missing_header_matches_only_when_taken_as_empty() {
    assert_eq!(exact("a").invert().run(), all_but(&[0, 1, 4, 5]));
    assert_eq!(exact("a").invert().treat_missing_as_empty().run(), all_but(&[1, 4, 5]));
    assert_eq!(exact("").treat_missing_as_empty().run(), [0, 3]);
}

#[test]
fn ranges_take_signs_and_leading_zeros() {
    assert_eq!(range(1, 10).run(), [7, 8, 9, 12]);
    assert_eq!(range(i64::MIN, i64::MAX).run(), [7, 8, 9, 10, 12]);
    assert_eq!(range(1, 10).invert().run(), all_but(&[0, 7, 8, 9, 12]));
    assert_eq!(range(1, 10).invert().treat_missing_as_empty().run(), all_but(&[7, 8, 9, 12]));
    assert_eq!(range(-10, 10).treat_missing_as_empty().run(), [7, 8, 9, 10, 12]);
}

#[test]
fn presence() {
    assert_eq!(present(true).run(), all_but(&[0]));
    assert_eq!(present(false).run(), [0]);
    assert_eq!(present(true).invert().run(), [0]);
    assert_eq!(present(false).invert().run(), all_but(&[0]));
    assert_eq!(present(true).treat_missing_as_empty().run(), all_but(&[]));
    assert_eq!(present(false).treat_missing_as_empty().run(), Vec::<usize>::new());
}

#[test]
fn host_is_the_authority() {
    let condition = ir::HeaderCondition::String {
        matcher: ir::StringMatcher::Exact { value: "h.com".into(), ignore_case: false },
    };
    let matcher = HeaderMatcher::new(&ir::HeaderMatcher {
        name: "host".into(),
        condition,
        invert: false,
        treat_missing_as_empty: false,
    })
    .unwrap();
    let mut head = Head::new();
    head.push(HeaderId::Authority, b"h.com");
    assert!(matcher.matches(&head));
}
