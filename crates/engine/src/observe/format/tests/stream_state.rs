//! What filters and configuration leave with a stream. Expected texts are the real Envoy's.

use voyant_ir::format::{
    CoalesceOperator, FilterStateForm, JsonTemplate, MetadataSource, ServerName,
};
use voyant_ir::metadata::{Metadata, Value};

use super::*;
use crate::filter_state::{Keeping, LifeSpan, Object, Sharing};
use crate::head::header_name::HeaderId;
use crate::http::stream_info::ListenerFacts;

fn dynamic(path: &[&str]) -> Operator {
    metadata(MetadataSource::Dynamic, path)
}

fn metadata(source: MetadataSource, path: &[&str]) -> Operator {
    let path = path.iter().map(|key| (*key).to_owned()).collect();
    Operator::Metadata { source, namespace: "ns".into(), path }
}

fn state(name: &str, form: FilterStateForm) -> Operator {
    Operator::FilterState { upstream: false, name: name.into(), form }
}

fn with_metadata() -> Fixture {
    let mut fixture = Fixture::new();
    let inner = [("b", Value::from_iter([("c", "deep".into())])), ("a", "<é\u{1}\"\\/>".into())];
    let list = vec![1.0.into(), "a".into(), Value::Null {}, Value::from_iter([("x", 1.0.into())])];
    let all = Value::from_iter([
        ("s", "text".into()),
        ("n", 3.0.into()),
        ("f", 1.5.into()),
        ("t", true.into()),
        ("nul", Value::Null {}),
        ("l", list.into()),
        ("o", inner.into_iter().collect()),
        ("e", Value::from_iter([])),
        ("es", "".into()),
    ]);
    fixture.info.dynamic_metadata_mut().merge("ns", all);
    fixture
}

impl Fixture {
    fn json(&self, operator: Operator, max_length: Option<u32>) -> String {
        let segments = vec![Segment::Operator { operator, max_length }];
        let mut out = Vec::new();
        JsonFormatter::new(&JsonTemplate::Format { segments }, false)
            .write(&self.context(), &mut out);
        String::from_utf8(out).expect("text")
    }
}

#[test]
fn metadata_is_text_or_json() {
    let fixture = with_metadata();
    let object = r#"{"a":"<é\u0001\"\\/>","b":{"c":"deep"}}"#;
    for (path, text, json) in [
        (&["s"][..], "text", "\"text\""),
        (&["n"], "3", "3"),
        (&["f"], "1.5", "1.5"),
        (&["t"], "true", "true"),
        (&["nul"], "-", "null"),
        (&["none"], "-", "null"),
        (&["l"], r#"[1,"a",null,{"x":1}]"#, r#"[1,"a",null,{"x":1}]"#),
        (&["o"], object, object),
        (&["o", "b", "c"], "deep", "\"deep\""),
        (&["o", "a"], "<é\u{1}\"\\/>", r#""<é\u0001\"\\/>""#),
        (&["e"], "{}", "{}"),
        (&["es"], "", "\"\""),
    ] {
        assert_eq!(fixture.text(dynamic(path)), text, "{path:?}");
        assert_eq!(fixture.json(dynamic(path), None), json, "{path:?}");
    }
    assert_eq!(fixture.cut(dynamic(&["l"]), Some(4)), "[1,\"");
    assert_eq!(fixture.json(dynamic(&["l"]), Some(4)), r#"[1,"a",null,{"x":1}]"#);
    assert_eq!(fixture.json(dynamic(&["s"]), Some(2)), "\"te\"");
}

#[test]
fn metadata_has_sources() {
    let said = |what: &str| {
        let namespaces = vec![voyant_ir::metadata::Member {
            key: "ns".into(),
            value: Value::from_iter([("k", what.into())]),
        }];
        Metadata { namespaces }
    };
    let mut fixture = Fixture::new();
    let mut connection = ConnectionInfo::new(2, address("[::1]:1"), address("[::1]:2"), "".into());
    connection.listener = Some(Rc::new(ListenerFacts {
        name: "l".into(),
        metadata: Some(said("listener")),
        filter_chain_metadata: Some(said("chain")),
    }));
    fixture.info.connection = Rc::new(connection);
    let spec = HostSpec { metadata: Some(Arc::new(said("host"))), ..spec(80, 1) };
    fixture.info.upstream.host = Some(Rc::new(Arc::new(Host::new(spec)).into()));
    let (name, metadata) = ("c".into(), Some(Arc::new(said("cluster"))));
    fixture.info.upstream.cluster = Some(Rc::new(ClusterNames { name, stat_name: None, metadata }));
    for (source, expected) in [
        (MetadataSource::Listener, "listener"),
        (MetadataSource::ListenerFilterChain, "chain"),
        (MetadataSource::UpstreamHost, "host"),
        (MetadataSource::Cluster, "cluster"),
        (MetadataSource::Route, "-"),
        (MetadataSource::VirtualHost, "-"),
        (MetadataSource::Dynamic, "-"),
    ] {
        assert_eq!(fixture.text(super::stream_state::metadata(source, &["k"])), expected);
    }
}

#[test]
fn filter_state_is_plain_typed_or_a_field() {
    let keeping =
        Keeping { life_span: LifeSpan::Request, read_only: false, sharing: Sharing::None };
    let mut fixture = Fixture::new();
    for (name, object) in [
        ("string", Object::String("hello \"w".into())),
        ("text", Object::Text("clu".into())),
        ("opaque", Object::Opaque("h2".into())),
        ("bool", Object::Bool(true)),
        ("u32", Object::Uint32(100_000)),
        ("u64", Object::Uint64(12)),
        ("address", Object::Address("10.0.0.1:80".parse().expect("an address"))),
    ] {
        fixture.info.set_filter_state(name, object, keeping).expect("no conflict");
    }
    for (name, plain, typed) in [
        ("string", "hello \"w", r#""hello \"w""#),
        ("text", "clu", "-"),
        ("opaque", "-", "-"),
        ("bool", "true", "true"),
        ("u32", "100000", "1e+05"),
        ("u64", "12", "\"12\""),
        ("address", "10.0.0.1:80", "-"),
        ("none", "-", "-"),
    ] {
        assert_eq!(fixture.text(state(name, FilterStateForm::Plain {})), plain, "{name}");
        assert_eq!(fixture.text(state(name, FilterStateForm::Typed {})), typed, "{name}");
    }
    let field = |name: &str| state("address", FilterStateForm::Field { name: name.into() });
    assert_eq!(["ip", "port", "x"].map(|name| fixture.text(field(name))), ["10.0.0.1", "80", "-"]);
    assert_eq!(fixture.json(field("port"), None), "\"80\"");
    let string = |form| state("string", form);
    assert_eq!(fixture.json(string(FilterStateForm::Plain {}), Some(3)), "\"hel\"");
    assert_eq!(fixture.json(string(FilterStateForm::Typed {}), Some(3)), r#""hello \"w""#);
    assert_eq!(fixture.cut(string(FilterStateForm::Typed {}), Some(3)), "\"he");
}

#[test]
fn the_first_value_of_several_counts() {
    let fixture = with_metadata();
    let coalesce = |operators: Vec<(Operator, Option<u32>)>| {
        let operand = |(operator, max_length)| CoalesceOperator { operator, max_length };
        Operator::Coalesce { operators: operators.into_iter().map(operand).collect() }
    };
    let missing = || (Operator::Field { field: StreamField::TraceId }, None);
    let code = || (Operator::Field { field: StreamField::ResponseCode }, None);
    let path = || (request_header(":path", None), Some(3));
    for (operators, max_length, text, json) in [
        (vec![missing(), code()], None, "200", "200"),
        (vec![missing(), code()], Some(2), "20", "200"),
        (vec![path(), code()], None, "/ap", "\"/ap\""),
        (vec![path(), code()], Some(2), "/a", "\"/a\""),
        (vec![missing()], None, "-", "null"),
        (vec![(dynamic(&["es"]), None), code()], None, "", "\"\""),
        (vec![missing(), (dynamic(&["e"]), None)], None, "{}", "{}"),
    ] {
        assert_eq!(fixture.cut(coalesce(operators.clone()), max_length), text);
        assert_eq!(fixture.json(coalesce(operators), max_length), json);
    }
}

#[test]
fn the_query_and_the_server_are_known_by_the_request() {
    let mut fixture = Fixture::new();
    fixture.request.set_key(&HeaderId::Path.into(), b"/p?a=1&b=%41%20c&c");
    let query = |decoded| Operator::QueryParameters { decoded };
    assert_eq!(fixture.text(query(false)), "a=1&b=%41%20c&c");
    assert_eq!(fixture.text(query(true)), "a=1&b=A%20c&c");
    for (encoded, decoded) in [
        ("%z1b", "z1b"),
        ("%1zb", "1zb"),
        ("%%41b", "Ab"),
        ("%4", "%4"),
        ("%%%%%", "%%"),
        ("%%%41%%%", "A%%"),
        ("%c3%A9%22%7b%60%2e+", "%c3%A9%22%7b`.+"),
    ] {
        fixture.request.set(HeaderId::Path, format!("/?{encoded}").as_bytes());
        assert_eq!(fixture.text(query(true)), decoded);
    }
    let server = |first, host| Operator::RequestedServerName { first, host };
    assert_eq!(fixture.text(server(ServerName::HostFirst, PathSource::Current)), "-");
    fixture.info.has_request = true;
    for (first, host, expected) in [
        (ServerName::SniOnly, PathSource::Current, "-"),
        (ServerName::SniFirst, PathSource::OriginalOrCurrent, "h.example"),
        (ServerName::HostFirst, PathSource::Current, "h.example"),
        (ServerName::HostFirst, PathSource::Original, "-"),
    ] {
        assert_eq!(fixture.text(server(first, host)), expected);
    }
    let field = StreamField::DownstreamRemoteAddressWithoutPort;
    assert_eq!(fixture.text(Operator::Network { field, bits: 32 }), "2001:db8::/32");
}
