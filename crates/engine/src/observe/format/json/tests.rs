//! Expected documents were taken from the real Envoy.

use super::super::tests::{Fixture, field, request_header, text};
use super::*;
use voyant_ir::format::{Operator, StreamField};

fn object(members: Vec<(&str, JsonTemplate)>) -> JsonTemplate {
    let member = |(key, value): (&str, JsonTemplate)| JsonMember { key: key.to_owned(), value };
    JsonTemplate::Object { members: members.into_iter().map(member).collect() }
}

fn format(segments: Vec<Segment>) -> JsonTemplate {
    JsonTemplate::Format { segments }
}

fn header(name: &str) -> Segment {
    Segment::Operator { operator: request_header(name, None), max_length: None }
}

fn template() -> JsonTemplate {
    object(vec![
        ("bool", JsonTemplate::Bool { value: true }),
        ("elist", JsonTemplate::List { items: vec![] }),
        ("empty", object(vec![])),
        ("emptystr", format(vec![])),
        (
            "list",
            JsonTemplate::List {
                items: vec![
                    JsonTemplate::Number { value: 1.0 },
                    format(vec![field(StreamField::Protocol)]),
                    object(vec![("a", format(vec![field(StreamField::BytesSent)]))]),
                ],
            },
        ),
        ("listnull", JsonTemplate::List { items: vec![format(vec![header("x-none")])] }),
        (
            "mixed",
            format(vec![
                text("a "),
                header("x-none"),
                text(" b "),
                field(StreamField::ResponseCode),
            ]),
        ),
        ("nestnull", object(vec![("a", format(vec![header("x-none")]))])),
        ("nul", JsonTemplate::Null {}),
        ("num", JsonTemplate::Number { value: 5.0 }),
        ("port", format(vec![field(StreamField::DownstreamDirectRemotePort)])),
        ("quote\"d", format(vec![text("\"q\" \\ \n \t \u{1} é €")])),
        ("route", format(vec![field(StreamField::RouteName)])),
    ])
}

fn write(fixture: &Fixture, template: &JsonTemplate, omit_empty: bool) -> String {
    let mut out = Vec::new();
    JsonFormatter::new(template, omit_empty).write(&fixture.context(), &mut out);
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn types_are_kept_and_missing_values_are_null() {
    let expected = concat!(
        r#"{"bool":true,"elist":[],"empty":{},"emptystr":"","list":[1,"HTTP/1.1",{"a":0}],"#,
        r#""listnull":[null],"mixed":"a - b 200","nestnull":{"a":null},"nul":null,"num":5,"#,
        r#""port":56804,"quote\"d":"\"q\" \\ \n \t \u0001 é €","route":null}"#
    );
    assert_eq!(write(&Fixture::new(), &template(), false), expected);
}

#[test]
fn empty_values_are_left_out_when_asked() {
    let expected = concat!(
        r#"{"bool":true,"elist":[],"emptystr":"","list":[1,"HTTP/1.1",{"a":0}],"listnull":[],"#,
        r#""mixed":"a  b 200","num":5,"port":56804,"#,
        r#""quote\"d":"\"q\" \\ \n \t \u0001 é €"}"#
    );
    assert_eq!(write(&Fixture::new(), &template(), true), expected);
}

#[test]
fn values_are_escaped_and_cut() {
    let mut fixture = Fixture::new();
    fixture.request.push_received(b"x-utf", b"\xc3\xa9\xff");
    fixture.request.push_received(b"x-quote", b"a\"b\\c");
    let cut = Segment::Operator { operator: request_header(":path", None), max_length: Some(4) };
    let unset = Operator::Environment { value: None };
    let template = object(vec![
        ("cut", format(vec![cut])),
        ("quote", format(vec![header("x-quote")])),
        ("unset", format(vec![Segment::Operator { operator: unset, max_length: None }])),
        ("utf", format(vec![header("x-utf")])),
    ]);
    assert_eq!(
        write(&fixture, &template, false),
        r#"{"cut":"/app","quote":"a\"b\\c","unset":"-","utf":"\u00c3\u00a9\u00ff"}"#
    );
}
