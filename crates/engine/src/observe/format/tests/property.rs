//! Whatever a format asks for, and whatever the stream has: nothing panics, and a document is JSON.

use proptest::prelude::*;
use voyant_ir::format::{CoalesceOperator, FilterStateForm, JsonMember, JsonTemplate};
use voyant_ir::format::{MetadataSource, ServerName, TimeFormat};
use voyant_ir::metadata::Value;

use super::*;
use crate::head::header_name::{HeaderId, HeaderKey};

const FIELDS: [StreamField; 8] = [
    StreamField::Duration,
    StreamField::DownstreamRemoteAddress,
    StreamField::ResponseFlags,
    StreamField::StreamId,
    StreamField::UpstreamCluster,
    StreamField::UpstreamHostName,
    StreamField::UpstreamRemotePort,
    StreamField::LocalReplyBody,
];

fn a_name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", Just(":path".to_owned()), "x-[a-z]{1,3}", any::<String>()]
}

fn a_simple_operator() -> impl Strategy<Value = Operator> {
    let field = prop::sample::select(&FIELDS[..]);
    let path = prop::collection::vec("[a-c]", 0..3);
    prop_oneof![
        field.clone().prop_map(|field| Operator::Field { field }),
        (field, any::<u8>()).prop_map(|(field, bits)| Operator::Network { field, bits }),
        (a_name(), prop::option::of(a_name()))
            .prop_map(|(name, alternative)| Operator::RequestHeader { name, alternative }),
        any::<String>().prop_map(|strftime| Operator::StartTime {
            format: TimeFormat { strftime, offsets: vec![] }
        }),
        a_name().prop_map(|name| Operator::QueryParameter { name }),
        any::<bool>().prop_map(|decoded| Operator::QueryParameters { decoded }),
        path.prop_map(|path| Operator::Metadata {
            source: MetadataSource::Dynamic,
            namespace: "a".into(),
            path,
        }),
        a_name().prop_map(|name| Operator::FilterState {
            upstream: false,
            name,
            form: FilterStateForm::Typed {},
        }),
        Just(Operator::RequestedServerName {
            first: ServerName::HostFirst,
            host: PathSource::Current,
        }),
    ]
}

fn an_operator() -> impl Strategy<Value = Operator> {
    a_simple_operator().prop_recursive(2, 8, 3, |inner| {
        let operand = (inner, prop::option::of(any::<u32>()));
        prop::collection::vec(operand, 1..3).prop_map(|operands| {
            let operand = |(operator, max_length)| CoalesceOperator { operator, max_length };
            Operator::Coalesce { operators: operands.into_iter().map(operand).collect() }
        })
    })
}

fn segments() -> impl Strategy<Value = Vec<Segment>> {
    let operator = (an_operator(), prop::option::of(0..9u32))
        .prop_map(|(operator, max_length)| Segment::Operator { operator, max_length });
    let text = any::<String>().prop_map(|text| Segment::Text { text });
    prop::collection::vec(prop_oneof![3 => operator, 1 => text], 0..5)
}

fn a_template() -> impl Strategy<Value = JsonTemplate> {
    let leaf = prop_oneof![
        4 => segments().prop_map(|segments| JsonTemplate::Format { segments }),
        1 => any::<f64>().prop_map(|value| JsonTemplate::Number { value }),
        1 => Just(JsonTemplate::Null {}),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        let member =
            (any::<String>(), inner.clone()).prop_map(|(key, value)| JsonMember { key, value });
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| JsonTemplate::List { items }),
            prop::collection::vec(member, 0..4)
                .prop_map(|members| JsonTemplate::Object { members }),
        ]
    })
}

fn a_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null {}),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(|text| Value::from(text.as_str())),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let members = prop::collection::vec(("[a-c]", inner.clone()), 0..3);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::from),
            members.prop_map(|members| {
                members.iter().map(|(key, value)| (key.as_str(), value.clone())).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn formats_never_panic_and_documents_are_json(
        (segments, template) in (segments(), a_template()),
        metadata in a_value(),
        (path, header) in (any::<Vec<u8>>(), any::<Vec<u8>>()),
        omit in any::<bool>(),
    ) {
        let mut fixture = Fixture::new();
        fixture.request.set_key(&HeaderId::Path.into(), &path);
        fixture.request.set_key(&HeaderKey::new("x-a"), &header);
        fixture.info.dynamic_metadata_mut().set("a", &["a"], metadata);
        let mut out = Vec::new();
        Formatter::new(&segments).write(&fixture.context(), &mut out);
        Formatter::new(&segments).write_omitting(&fixture.context(), &mut out);
        out.clear();
        JsonFormatter::new(&template, omit).write(&fixture.context(), &mut out);
        let read = serde_json::from_slice::<serde_json::Value>(&out);
        prop_assert!(read.is_ok(), "{:?}: {}", read, String::from_utf8_lossy(&out));
    }
}
