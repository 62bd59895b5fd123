//! `connection`, `te`, `upgrade` and `expect`.

use super::*;

fn read(parser: &RequestParser, fields: &str) -> Result<(RequestHead, String), RequestError> {
    let input = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    parse(parser, input.as_bytes()).map(|parsed| {
        let (request, head) = parsed.expect("whole");
        let shown = show(&head).replace(" :path=/ :method=GET", "");
        (request, shown.replace(":path=/ :method=GET ", ""))
    })
}

#[test]
fn close_and_keep_alive() {
    let parser = request_parser(|_| {});
    for (fields, keep_alive) in [
        ("", true),
        ("Connection: close\r\n", false),
        ("Connection: Close\r\n", false),
        ("Connection: keep-alive, close\r\n", false),
        ("Connection: close,foo\r\n", false),
        ("Connection: keep-alive\r\nConnection: close\r\n", false),
        ("Proxy-Connection: close\r\n", false),
        ("Proxy-Connection: keep-alive\r\n", true),
        ("Connection: keep-alive\r\n", true),
        ("Connection:\r\n", true),
        ("Connection: closed\r\n", true),
    ] {
        let (request, _) = read(&parser, fields).unwrap();
        assert_eq!(request.keep_alive, keep_alive, "{fields:?}");
    }
}

#[test]
fn what_is_nominated_goes_no_further() {
    let parser = request_parser(|_| {});
    for (fields, kept) in [
        ("Connection: x-foo\r\nX-Foo: 1\r\n", ":authority=a connection=x-foo"),
        (
            "Connection: x-foo, X-Bar\r\nX-Foo: 1\r\nx-foo: 2\r\nx-bar: 3\r\nx-z: 4\r\n",
            ":authority=a connection=x-foo, X-Bar x-z=4",
        ),
        ("Connection: cookie\r\nCookie: 1\r\n", ":authority=a connection=cookie"),
        ("Connection: host\r\n", "connection=host"),
        ("Connection: connection\r\n", ":authority=a connection=connection"),
        ("Connection: x a\r\nzz: 1\r\n", ":authority=a connection=x a zz=1"),
        (
            "Connection: content-length\r\nContent-Length: 3\r\n",
            ":authority=a connection=content-length",
        ),
    ] {
        assert_eq!(read(&parser, fields).unwrap().1, kept, "{fields:?}");
    }
    let (request, _) =
        read(&parser, "Connection: content-length\r\nContent-Length: 3\r\n").unwrap();
    assert_eq!(request.framing, BodyFraming::Length(3));
}

#[test]
fn what_may_not_be_nominated() {
    let parser = request_parser(|_| {});
    let many = |count: usize| format!("Connection: {}\r\n", vec!["close"; count].join(","));
    for fields in [
        "Connection: :path\r\n",
        "Connection: x-forwarded-for\r\n",
        "Connection: X-Forwarded-Proto\r\n",
        "Connection: x-forwarded-host\r\nX-Forwarded-Host: a\r\n",
        &many(10),
        &format!("Connection: te\r\nTE: {}\r\n", "x".repeat(256)),
    ] {
        let refused = read(&parser, fields).err();
        assert_eq!(refused, Some(RequestError::ConnectionHeaderRejected), "{fields:?}");
    }
    for fields in [
        "Connection: ,,,,,,,,,,,,a\r\n",
        "Connection: a:b\r\n",
        "Connection: x-forwarded-port\r\n",
        &many(9),
        &format!("Connection: te\r\nTE: {}\r\n", "x".repeat(255)),
        &format!("TE: {}\r\n", "x".repeat(256)),
    ] {
        assert!(read(&parser, fields).is_ok(), "{fields:?}");
    }
}

#[test]
fn te_is_reduced_to_trailers() {
    let parser = request_parser(|_| {});
    for (value, kept) in [
        ("trailers", " te=trailers"),
        ("gzip;q=1, Trailers", " te=trailers"),
        ("trailers;q=0.5", ""),
        ("gzip", ""),
        ("", ""),
    ] {
        let (_, alone) = read(&parser, &format!("TE: {value}\r\n")).unwrap();
        // As in Envoy an empty one stays where it is not nominated.
        let kept_alone = if value.is_empty() { " te=" } else { kept };
        assert_eq!(alone, format!(":authority=a{kept_alone}"), "{value:?}");
        let nominated = format!("Connection: te\r\nTE: {value}\r\n");
        let (_, nominated) = read(&parser, &nominated).unwrap();
        assert_eq!(nominated, format!(":authority=a connection=te{kept}"), "{value:?}");
    }
}

#[test]
fn upgrades() {
    let parser = request_parser(|_| {});
    let ignoring = request_parser(|options| {
        options.ignore_http_11_upgrade = vec![
            StringMatcher::Exact { value: "foo".into(), ignore_case: false },
            StringMatcher::Prefix { value: "TLS".into(), ignore_case: false },
        ];
    });
    let upgrade = |parser, value: &str| {
        let (request, head) =
            read(parser, &format!("Connection: Upgrade\r\nUpgrade: {value}\r\n")).unwrap();
        assert_eq!(request.upgrade, request.framing == BodyFraming::Upgraded);
        (request.upgrade, head.strip_prefix(":authority=a connection=Upgrade").unwrap().to_owned())
    };
    let kept = |value: &str| (true, format!(" upgrade={value}"));
    let none = (false, String::new());
    assert_eq!(upgrade(&parser, "websocket"), kept("websocket"));
    assert_eq!(upgrade(&parser, ""), kept(""));
    assert_eq!(upgrade(&parser, "h2c, foo"), kept("h2c, foo"));
    assert_eq!(upgrade(&parser, "H2C"), none);
    assert_eq!(upgrade(&ignoring, "foo"), none);
    assert_eq!(upgrade(&ignoring, "Foo"), kept("Foo"));
    assert_eq!(upgrade(&ignoring, "foo, TLS/1.0"), none);
    assert_eq!(upgrade(&ignoring, "TLS/1.2, websocket"), kept("websocket"));
}

#[test]
fn no_upgrade_without_both_headers() {
    let parser = request_parser(|_| {});
    for fields in ["Upgrade: websocket\r\n", "Connection: upgrade\r\n"] {
        let (request, _) = read(&parser, fields).unwrap();
        assert!(!request.upgrade, "{fields:?}");
        assert_eq!(request.framing, BodyFraming::None, "{fields:?}");
    }
}

#[test]
fn an_upgrade_keeps_what_it_nominates() {
    let fields = "Connection: upgrade, x-foo\r\nX-Foo: 1\r\nUpgrade: websocket\r\n";
    let (_, head) = read(&request_parser(|_| {}), fields).unwrap();
    assert_eq!(head, ":authority=a connection=upgrade, x-foo x-foo=1 upgrade=websocket");
}

#[test]
fn an_upgrade_to_http2_is_forgotten() {
    let fields =
        "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n";
    let (request, head) = read(&request_parser(|_| {}), fields).unwrap();
    assert_eq!((request.upgrade, request.keep_alive), (false, false));
    assert_eq!(head, ":authority=a connection=Upgrade, HTTP2-Settings, close");
}

#[test]
fn expect() {
    let parser = request_parser(|_| {});
    for (fields, expected) in [
        ("Expect: 100-continue\r\n", true),
        ("Expect: 100-Continue\r\n", true),
        ("Expect: foo\r\n", false),
        ("Expect: 100-continue\r\nExpect: 100-continue\r\n", false),
        ("", false),
    ] {
        assert_eq!(read(&parser, fields).unwrap().0.expect_continue, expected, "{fields:?}");
    }
}

#[test]
fn what_is_refused_first() {
    use RequestError as E;
    let parser = request_parser(|_| {});
    for (input, error) in [
        ("GET / HTTP/1.0\r\nTransfer-Encoding: x\r\n\r\n", E::UnsupportedTransferEncoding),
        ("GET / HTTP/1.0\r\nConnection: :x\r\n\r\n", E::ConnectionHeaderRejected),
        ("GET http://a:99999/ HTTP/1.0\r\n\r\n", E::InvalidUrl),
        ("GET / HTTP/1.0\r\nHost: b c\r\n\r\n", E::LowVersion),
        (
            "GET http://a:99999/ HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n",
            E::UnsupportedTransferEncoding,
        ),
        ("GET http://a:99999/ HTTP/1.1\r\nConnection: :x\r\n\r\n", E::ConnectionHeaderRejected),
        (
            "GET / HTTP/1.1\r\nTransfer-Encoding: x\r\nConnection: :x\r\n\r\n",
            E::UnsupportedTransferEncoding,
        ),
    ] {
        assert_eq!(parse(&parser, input.as_bytes()).err(), Some(error), "{input:?}");
    }
}
