//! Matching trees from random bytes: the compiled tree leads where a plain evaluation leads.

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use voyant_engine::head::Head;
use voyant_engine::head::header_name::HeaderKey;
use voyant_engine::matcher::{Found, MatchData, Matcher};
use voyant_engine::runtime::Runtime;
use voyant_ir::matcher::StringMatcher;
use voyant_ir::xds_matcher as ir;

const NAMES: &[&str] = &["a", "b", "c"];
const VALUES: &[&str] = &["", "x", "xy", "xyz", "Y", "yz", "10.0.0.1", "10.0.0.1,x"];
const REQUESTS: usize = 8;
const DEPTH: u32 = 3;

/// Whether something holds; nothing while that cannot be told.
type Known<T> = Option<T>;

/// Builds a tree and asks it; panics where it disagrees with the evaluation.
pub fn compare(input: &[u8]) {
    let mut bytes = Unstructured::new(input);
    let Ok(tree) = (Maker { actions: 0 }).tree(&mut bytes, DEPTH) else { return };
    let Ok(compiled) = Matcher::new(&tree) else { return };
    let runtime = Runtime::default();
    for _ in 0..REQUESTS {
        let Ok(head) = request(&mut bytes) else { return };
        let found = compiled.find(&MatchData {
            info: None,
            request: Some(&head),
            request_trailers: None,
            response: None,
            response_trailers: None,
            runtime: &runtime,
        });
        let expected = match evaluate(&tree, &head) {
            None => Found::Unknown,
            Some(None) => Found::Nothing,
            Some(Some(action)) => Found::Action(action),
        };
        assert_eq!(found, expected, "{tree:?} of {head:?}");
    }
}

struct Maker {
    actions: u32,
}

impl Maker {
    fn tree(&mut self, bytes: &mut Unstructured<'_>, depth: u32) -> Result<ir::XdsMatcher> {
        let kind = match bytes.int_in_range(0..=4)? {
            0 => ir::XdsMatcherKind::Never {},
            1 => {
                ir::XdsMatcherKind::Exact { input: input(bytes)?, entries: self.map(bytes, depth)? }
            }
            2 => ir::XdsMatcherKind::Prefix {
                input: input(bytes)?,
                entries: self.map(bytes, depth)?,
            },
            _ => {
                // Long ones are indexed.
                let most = if bytes.ratio(1, 3)? { 40 } else { 3 };
                let matcher = |bytes: &mut Unstructured<'_>| {
                    let (predicate, on_match) =
                        (predicate(bytes, 2)?, self.on_match(bytes, depth)?);
                    Ok(ir::FieldMatcher { predicate, on_match })
                };
                let count = bytes.int_in_range(0..=most)?;
                ir::XdsMatcherKind::List { matchers: several(bytes, count, matcher)? }
            }
        };
        let on_no_match =
            if bytes.arbitrary()? { Some(self.on_match(bytes, depth)?) } else { None };
        Ok(ir::XdsMatcher { kind, on_no_match })
    }

    fn map(&mut self, bytes: &mut Unstructured<'_>, depth: u32) -> Result<Vec<ir::MapEntry>> {
        let mut entries = Vec::new();
        for key in VALUES {
            if bytes.arbitrary()? {
                let on_match = self.on_match(bytes, depth)?;
                entries.push(ir::MapEntry { key: (*key).to_owned(), on_match });
            }
        }
        Ok(entries)
    }

    fn on_match(&mut self, bytes: &mut Unstructured<'_>, depth: u32) -> Result<ir::OnMatch> {
        let outcome = if depth > 0 && bytes.ratio(1, 4)? {
            ir::MatchOutcome::Matcher { matcher: Box::new(self.tree(bytes, depth - 1)?) }
        } else {
            self.actions += 1;
            ir::MatchOutcome::Action { action: self.actions }
        };
        Ok(ir::OnMatch { keep_matching: bytes.ratio(1, 8)?, outcome })
    }
}

fn several<T>(
    bytes: &mut Unstructured<'_>,
    count: usize,
    mut make: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..count).map(|_| make(bytes)).collect()
}

/// Sometimes of a response, which is not there.
fn input(bytes: &mut Unstructured<'_>) -> Result<ir::MatchInput> {
    let name = (*bytes.choose(NAMES)?).to_owned();
    Ok(if bytes.ratio(1, 16)? {
        ir::MatchInput::ResponseHeader { name }
    } else {
        ir::MatchInput::RequestHeader { name }
    })
}

fn predicate(bytes: &mut Unstructured<'_>, depth: u32) -> Result<ir::Predicate> {
    let predicates = |bytes: &mut Unstructured<'_>| {
        let count = bytes.int_in_range(0..=2)?;
        several(bytes, count, |bytes| predicate(bytes, depth - 1))
    };
    let highest = if depth == 0 { 4 } else { 7 };
    Ok(match bytes.int_in_range(0..=highest)? {
        5 => ir::Predicate::Or { predicates: predicates(bytes)? },
        6 => ir::Predicate::And { predicates: predicates(bytes)? },
        7 => ir::Predicate::Not { predicate: Box::new(predicate(bytes, depth - 1)?) },
        _ => {
            let test = ir::InputTest::String { matcher: string_matcher(bytes)? };
            ir::Predicate::Single { input: input(bytes)?, test }
        }
    })
}

fn string_matcher(bytes: &mut Unstructured<'_>) -> Result<StringMatcher> {
    let value = (*bytes.choose(VALUES)?).to_owned();
    let ignore_case = bytes.ratio(1, 4)?;
    Ok(match bytes.int_in_range(0..=5)? {
        0 => StringMatcher::Prefix { value, ignore_case },
        1 => StringMatcher::Suffix { value, ignore_case },
        2 => StringMatcher::Contains { value, ignore_case },
        _ => StringMatcher::Exact { value, ignore_case },
    })
}

fn request(bytes: &mut Unstructured<'_>) -> Result<Head> {
    let mut head = Head::new();
    for _ in 0..bytes.int_in_range(0..=4)? {
        let (name, value) = (bytes.choose(NAMES)?, bytes.choose(VALUES)?);
        head.push_key(&HeaderKey::new(name), value.as_bytes());
    }
    Ok(head)
}

/// Where a tree leads, if it leads anywhere.
fn evaluate(tree: &ir::XdsMatcher, head: &Head) -> Known<Option<u32>> {
    let mut candidates: Vec<&ir::OnMatch> = Vec::new();
    match &tree.kind {
        ir::XdsMatcherKind::List { matchers } => {
            for each in matchers {
                if holds(&each.predicate, head)?
                    && let Some(found) = follow(&each.on_match, head)?
                {
                    return Some(Some(found));
                }
            }
        }
        ir::XdsMatcherKind::Exact { input, entries } => {
            let value = value(input, head)?;
            let fitting = entries.iter().filter(|entry| value.as_deref() == Some(&*entry.key));
            candidates.extend(fitting.map(|entry| &entry.on_match));
        }
        ir::XdsMatcherKind::Prefix { input, entries } => {
            let value = value(input, head)?;
            let fits = |key: &str| value.as_ref().is_some_and(|value| value.starts_with(key));
            let mut fitting: Vec<_> = entries.iter().filter(|entry| fits(&entry.key)).collect();
            fitting.sort_by_key(|entry| std::cmp::Reverse(entry.key.len()));
            candidates.extend(fitting.into_iter().map(|entry| &entry.on_match));
        }
        _ => {}
    }
    for on_match in candidates.into_iter().chain(&tree.on_no_match) {
        if let Some(found) = follow(on_match, head)? {
            return Some(Some(found));
        }
    }
    Some(None)
}

fn follow(on_match: &ir::OnMatch, head: &Head) -> Known<Option<u32>> {
    let found = match &on_match.outcome {
        ir::MatchOutcome::Action { action } => Some(*action),
        ir::MatchOutcome::Matcher { matcher } => evaluate(matcher, head)?,
    };
    Some(found.filter(|_| !on_match.keep_matching))
}

fn holds(predicate: &ir::Predicate, head: &Head) -> Known<bool> {
    match predicate {
        ir::Predicate::Single { input, test: ir::InputTest::String { matcher } } => {
            let value = value(input, head)?;
            Some(value.is_some_and(|value| string_holds(matcher, &value)))
        }
        ir::Predicate::Single { .. } => Some(false),
        ir::Predicate::Or { predicates } => {
            let mut all = predicates.iter().map(|each| holds(each, head));
            all.find(|holds| *holds != Some(false)).unwrap_or(Some(false))
        }
        ir::Predicate::And { predicates } => {
            let mut all = predicates.iter().map(|each| holds(each, head));
            all.find(|holds| *holds != Some(true)).unwrap_or(Some(true))
        }
        ir::Predicate::Not { predicate } => holds(predicate, head).map(|holds| !holds),
    }
}

fn string_holds(matcher: &StringMatcher, value: &str) -> bool {
    let fold = |text: &str, ignore: bool| {
        if ignore { text.to_ascii_lowercase() } else { text.to_owned() }
    };
    match matcher {
        StringMatcher::Exact { value: wanted, ignore_case: ignore } => {
            fold(value, *ignore) == fold(wanted, *ignore)
        }
        StringMatcher::Prefix { value: wanted, ignore_case: ignore } => {
            fold(value, *ignore).starts_with(&fold(wanted, *ignore))
        }
        StringMatcher::Suffix { value: wanted, ignore_case: ignore } => {
            fold(value, *ignore).ends_with(&fold(wanted, *ignore))
        }
        StringMatcher::Contains { value: wanted, ignore_case: ignore } => {
            fold(value, *ignore).contains(&fold(wanted, *ignore))
        }
        StringMatcher::Regex { .. } => false,
    }
}

/// The values of a header, joined.
fn value(input: &ir::MatchInput, head: &Head) -> Known<Option<String>> {
    let ir::MatchInput::RequestHeader { name } = input else { return None };
    let key = HeaderKey::new(name);
    let values: Vec<_> = head.get_all(&key).map(String::from_utf8_lossy).collect();
    Some((!values.is_empty()).then(|| values.join(",")))
}
