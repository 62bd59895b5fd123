use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::filter_state::{Keeping, LifeSpan, Sharing};
use crate::head::header_name::HeaderId;
use crate::http::stream_info::ConnectionInfo;
use crate::rt::clock::now;

fn peer(address: &str) -> PeerAddress {
    PeerAddress::Ip(address.parse().expect("an address"))
}

fn shown(input: &MatchInput, data: &MatchData<'_>) -> String {
    match Input::new(input).read(data) {
        Reading::Unknown => "unknown".into(),
        Reading::Missing => "missing".into(),
        Reading::Metadata(value) => format!("{value:?}"),
        reading => {
            String::from_utf8(reading.as_text().expect("a text").into_owned()).expect("a text")
        }
    }
}

fn request(path: &str) -> Head {
    let mut head = Head::new();
    head.push(HeaderId::Path, path.as_bytes());
    head.push_key(&HeaderKey::new("x-a"), b"1");
    head.push_key(&HeaderKey::new("x-a"), b"2");
    head
}

#[test]
fn headers_are_joined_and_unknown_until_they_are_there() {
    let (runtime, request) = (Runtime::default(), request("/"));
    let data = MatchData {
        info: None,
        request: Some(&request),
        request_trailers: None,
        response: None,
        response_trailers: None,
        runtime: &runtime,
    };
    let name = || "x-a".to_owned();
    assert_eq!(shown(&MatchInput::RequestHeader { name: name() }, &data), "1,2");
    assert_eq!(shown(&MatchInput::RequestHeader { name: "x-b".into() }, &data), "missing");
    for input in [
        MatchInput::ResponseHeader { name: name() },
        MatchInput::ResponseTrailer { name: name() },
        MatchInput::RequestTrailer { name: name() },
        MatchInput::StatusCode {},
        MatchInput::StatusCodeClass {},
        MatchInput::SourceIp {},
    ] {
        assert_eq!(shown(&input, &data), "unknown", "{input:?}");
    }
    let mut response = Head::new();
    response.push(HeaderId::Status, b"404");
    let data = MatchData { response: Some(&response), ..data };
    assert_eq!(shown(&MatchInput::StatusCode {}, &data), "404");
    assert_eq!(shown(&MatchInput::StatusCodeClass {}, &data), "4xx");
    assert_eq!(shown(&MatchInput::ResponseHeader { name: name() }, &data), "missing");
}

#[test]
fn query_parameters_are_decoded() {
    for (path, expected) in [
        ("/?a=1", "1"),
        ("/?b=2&%61=%31%zz+&a=3", "1%zz+"),
        ("/?a", ""),
        ("/?a=1#a=2", "1"),
        ("/", "missing"),
        ("/?b", "missing"),
    ] {
        let (runtime, request) = (Runtime::default(), request(path));
        let data = MatchData {
            info: None,
            request: Some(&request),
            request_trailers: None,
            response: None,
            response_trailers: None,
            runtime: &runtime,
        };
        let input = MatchInput::QueryParameter { name: "a".into() };
        assert_eq!(shown(&input, &data), expected, "{path}");
    }
}

#[test]
fn what_is_known_of_the_connection_and_the_stream() {
    let connection = ConnectionInfo::new(0, peer("127.0.0.1:1"), peer("10.0.0.2:80"), "".into());
    let mut info = StreamInfo::new(Rc::new(connection), 0, now(), Duration::ZERO);
    info.remote = peer("9.9.9.9:5");
    let keeping =
        Keeping { life_span: LifeSpan::FilterChain, read_only: false, sharing: Sharing::None };
    let address = Object::Address("1.2.3.4:5".parse().expect("an address"));
    info.set_filter_state("at", address, keeping).expect("it is new");
    let runtime = Runtime::default();
    let data = MatchData {
        info: Some(&info),
        request: None,
        request_trailers: None,
        response: None,
        response_trailers: None,
        runtime: &runtime,
    };
    let filter_state =
        |field: &str| MatchInput::FilterState { key: "at".into(), field: field.into() };
    for (input, expected) in [
        (MatchInput::DestinationIp {}, "10.0.0.2"),
        (MatchInput::DestinationPort {}, "80"),
        (MatchInput::SourceIp {}, "9.9.9.9"),
        (MatchInput::SourcePort {}, "5"),
        (MatchInput::DirectSourceIp {}, "127.0.0.1"),
        (MatchInput::SourceType {}, "missing"),
        (MatchInput::ServerName {}, "missing"),
        (MatchInput::ApplicationProtocol {}, "missing"),
        (MatchInput::TransportProtocol {}, "raw_buffer"),
        (filter_state(""), "1.2.3.4:5"),
        (filter_state("ip"), "1.2.3.4"),
        (filter_state("none"), "missing"),
        (MatchInput::Constant { value: Some("x".into()) }, "x"),
        (MatchInput::Constant { value: None }, "missing"),
        (MatchInput::DynamicMetadata { namespace: "n".into(), path: vec![] }, "None"),
        (MatchInput::RequestHeader { name: "a".into() }, "unknown"),
    ] {
        assert_eq!(shown(&input, &data), expected, "{input:?}");
    }
}
