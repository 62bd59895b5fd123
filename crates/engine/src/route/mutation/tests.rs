//! What the real Envoy 1.40 sent upstream for each list of mutations.

use std::rc::Rc;
use std::time::Duration;

use voyant_ir::format::{Operator, Segment};

use super::*;
use crate::head::header_name::HeaderId;
use crate::http::stream_info::ConnectionInfo;
use crate::rt::address::PeerAddress;
use crate::rt::clock;

use ir::AppendAction::{
    AddIfAbsent, AppendIfExistsOrAdd, OverwriteIfExists, OverwriteIfExistsOrAdd,
};

fn stream() -> StreamInfo {
    let local = PeerAddress::Pipe("".into());
    let connection = ConnectionInfo::new(0, local.clone(), local, "".into());
    StreamInfo::new(Rc::new(connection), 0, clock::now(), Duration::ZERO)
}

fn text(text: &str) -> Vec<Segment> {
    vec![Segment::Text { text: text.into() }]
}

fn of_request(name: &str) -> Segment {
    let operator = Operator::RequestHeader { name: name.into(), alternative: None };
    Segment::Operator { operator, max_length: None }
}

fn add(name: &str, value: Vec<Segment>, action: ir::AppendAction) -> ir::HeaderAdd {
    ir::HeaderAdd { name: name.into(), value, action, keep_empty_value: false }
}

/// The headers behind the pseudo-headers after a mutation, as `name: value` joined by `|`.
fn mutate(remove: &[&str], additions: Vec<ir::HeaderAdd>) -> String {
    let mut head = Head::new();
    head.push(HeaderId::Path, b"/p");
    for (name, value) in
        [("a", "1"), ("b", "o1"), ("c", "1"), ("b", "o2"), ("user-agent", "ua"), ("d", "1")]
    {
        head.push_received(name.as_bytes(), value.as_bytes());
    }
    let remove = remove.iter().map(|name| (*name).to_owned()).collect();
    let mutations = ir::HeaderMutations { remove, add: additions };
    let mutation = HeaderMutation::new(&mutations, Direction::Request).unwrap();
    let info = stream();
    let cx = MutationContext { request: None, info: &info, now: clock::now() };
    mutation.apply(&mut head, &cx, &mut MutationScratch::default());
    show(&head)
}

fn show(head: &Head) -> String {
    let headers = head.iter().filter(|header| !header.name.starts_with(b":"));
    let line = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    headers.map(|h| format!("{}: {}", line(h.name), line(h.value))).collect::<Vec<_>>().join("|")
}

#[test]
fn overwriting_goes_before_adding_and_to_the_end() {
    let shown = mutate(&[], vec![add("b", text("new"), OverwriteIfExistsOrAdd)]);
    assert_eq!(shown, "a: 1|c: 1|user-agent: ua|d: 1|b: new");
    let shown = mutate(
        &[],
        vec![
            add("b", text("1"), AppendIfExistsOrAdd),
            add("b", text("2"), OverwriteIfExistsOrAdd),
            add("b", text("3"), AppendIfExistsOrAdd),
        ],
    );
    assert_eq!(shown, "a: 1|c: 1|user-agent: ua|d: 1|b: 2|b: 1|b: 3");
}

#[test]
fn presence_is_asked_of_the_head_as_it_was() {
    let absent = |name: &str, value: &str| add(name, text(value), AddIfAbsent);
    let shown = mutate(&[], vec![absent("n", "1"), absent("n", "2"), absent("b", "x")]);
    assert_eq!(shown, "a: 1|b: o1|c: 1|b: o2|user-agent: ua|d: 1|n: 1|n: 2");
    let exists = |name: &str| add(name, text("x"), OverwriteIfExists);
    let shown = mutate(&[], vec![exists("b"), exists("n")]);
    assert_eq!(shown, "a: 1|c: 1|user-agent: ua|d: 1|b: x");
}

#[test]
fn values_are_computed_before_any_is_set() {
    let value = vec![of_request("n"), text("|").remove(0), of_request("b")];
    let shown = mutate(
        &[],
        vec![add("n", text("x"), OverwriteIfExistsOrAdd), add("n2", value, OverwriteIfExistsOrAdd)],
    );
    assert!(shown.ends_with("|n: x|n2: |o1"), "{shown}");
    let value = vec![of_request("b"), text("-again").remove(0)];
    let shown = mutate(&["b"], vec![add("b", value, AppendIfExistsOrAdd)]);
    assert!(shown.ends_with("|d: 1|b: -again"), "removal comes first: {shown}");
}

#[test]
fn empty_values_are_skipped_unless_kept() {
    let keep = |mut add: ir::HeaderAdd| {
        add.keep_empty_value = true;
        add
    };
    let shown = mutate(
        &[],
        vec![
            add("b", text(""), OverwriteIfExistsOrAdd),
            add("e", text(""), AppendIfExistsOrAdd),
            keep(add("f", text(""), AppendIfExistsOrAdd)),
            keep(add("c", text(""), OverwriteIfExistsOrAdd)),
            add("n", vec![of_request("missing")], AppendIfExistsOrAdd),
            keep(add("n4", vec![of_request("missing")], AppendIfExistsOrAdd)),
        ],
    );
    assert_eq!(shown, "a: 1|b: o1|b: o2|user-agent: ua|d: 1|c: |f: |n4: ");
}

#[test]
fn some_headers_hold_one_value() {
    let shown = mutate(
        &["a", "b", "c", "d"],
        vec![
            add("user-agent", text("2"), AppendIfExistsOrAdd),
            add("accept", text("x"), AppendIfExistsOrAdd),
            add("accept", text("y"), AppendIfExistsOrAdd),
        ],
    );
    assert_eq!(shown, "user-agent: ua,2|accept: x,y");
    let shown = mutate(
        &["a", "b", "c", "d"],
        vec![
            add("user-agent", text("2"), AppendIfExistsOrAdd),
            add("user-agent", text("3"), OverwriteIfExistsOrAdd),
        ],
    );
    assert_eq!(shown, "user-agent: 3,2");
}

#[test]
fn responses_join_other_headers_and_see_both_heads() {
    let mut request = Head::new();
    request.push_received(b"b", b"asked");
    let mut head = Head::new();
    head.push(HeaderId::Vary, b"origin");
    head.push(HeaderId::UserAgent, b"odd");
    let of_response = Operator::ResponseHeader { name: "vary".into(), alternative: None };
    let of_response = Segment::Operator { operator: of_response, max_length: None };
    let additions = vec![
        add("vary", text("accept"), AppendIfExistsOrAdd),
        add("user-agent", text("2"), AppendIfExistsOrAdd),
        add("s", vec![of_response, of_request("b")], AppendIfExistsOrAdd),
    ];
    let mutations = ir::HeaderMutations { remove: Vec::new(), add: additions };
    let mutation = HeaderMutation::new(&mutations, Direction::Response).unwrap();
    let info = stream();
    let cx = MutationContext { request: Some(&request), info: &info, now: clock::now() };
    mutation.apply(&mut head, &cx, &mut MutationScratch::default());
    assert_eq!(show(&head), "vary: origin,accept|user-agent: odd|user-agent: 2|s: originasked");
}

#[test]
fn levels_go_from_the_most_specific_to_the_least_unless_it_is_to_win() {
    let level = |value: &str| {
        let add = vec![add("m", text(value), OverwriteIfExistsOrAdd)];
        let mutations = ir::HeaderMutations { remove: Vec::new(), add };
        HeaderMutation::new(&mutations, Direction::Request).map(Arc::new)
    };
    let levels = [level("route"), None, level("configuration")];
    for (most_specific_wins, expected) in [(false, "m: configuration"), (true, "m: route")] {
        let levels = levels.iter().map(Option::as_ref);
        let mutations = Mutations::new(levels, most_specific_wins);
        let mut head = Head::new();
        let info = stream();
        let cx = MutationContext { request: None, info: &info, now: clock::now() };
        mutations.apply(&mut head, &cx, &mut MutationScratch::default());
        assert_eq!(show(&head), expected);
    }
    assert!(Mutations::new([None, None].into_iter(), false).is_empty());
}
