//! Forms of the request target.

use super::*;

fn targets(line: &str, parser: &RequestParser) -> Result<String, RequestError> {
    let input = format!("{line} HTTP/1.1\r\nHost: received\r\n\r\n");
    parse(parser, input.as_bytes()).map(|parsed| {
        let (request, head) = parsed.expect("whole");
        let form = if request.absolute_form { "absolute " } else { "" };
        format!("{form}{}", show(&head))
    })
}

#[test]
fn forms_that_are_taken() {
    let parser = request_parser(|_| {});
    for (line, expected) in [
        ("GET /a#b", ":authority=received :path=/a#b :method=GET"),
        ("GET //a/b", ":authority=received :path=//a/b :method=GET"),
        ("OPTIONS *", ":authority=received :path=* :method=OPTIONS"),
        ("OPTIONS *x", ":authority=received :path=*x :method=OPTIONS"),
        ("GET http://x.y/p?q", "absolute :authority=x.y :scheme=http :path=/p?q :method=GET"),
        ("GET http://x.y", "absolute :authority=x.y :scheme=http :path=/ :method=GET"),
        ("GET http://x.y?q", "absolute :authority=x.y :scheme=http :path=?q :method=GET"),
        ("GET hTTpS://X.Y:80/p", "absolute :authority=X.Y:80 :scheme=https :path=/p :method=GET"),
        ("GET http://u:p@x.y/p", "absolute :authority=x.y :scheme=http :path=/p :method=GET"),
        ("OPTIONS http://x.y", "absolute :authority=x.y :scheme=http :path=/ :method=OPTIONS"),
        ("CONNECT a:80", ":authority=a:80 :method=CONNECT"),
        ("CONNECT [::1]:80", ":authority=[::1]:80 :method=CONNECT"),
    ] {
        assert_eq!(targets(line, &parser).as_deref(), Ok(expected), "{line}");
    }
}

#[test]
fn forms_that_are_refused() {
    use RequestError as E;
    let parser = request_parser(|_| {});
    for (line, error) in [
        ("GET *", E::InvalidUrl),
        ("GET *x", E::InvalidUrl),
        ("GET a:80", E::InvalidTarget),
        ("GET http:/a/p", E::InvalidTarget),
        ("GET http://a@@b/p", E::InvalidTarget),
        ("GET http://a<b/p", E::InvalidTarget),
        ("GET ftp://x.y/p", E::InvalidScheme),
        ("GET ws://x.y/p", E::InvalidScheme),
        ("GET http1://x.y/p", E::InvalidScheme),
        ("GET http:///p", E::InvalidUrl),
        ("GET http://x.y:99999/p", E::InvalidUrl),
        ("GET http://x_y/p", E::InvalidUrl),
        ("CONNECT a", E::InvalidUrl),
        ("CONNECT /foo", E::InvalidUrl),
        ("CONNECT *", E::InvalidUrl),
        ("CONNECT http://a:80", E::InvalidUrl),
        ("CONNECT u@a:80", E::InvalidUrl),
    ] {
        assert_eq!(targets(line, &parser), Err(error), "{line}");
    }
}

#[test]
fn absolute_form_stays_a_path_where_it_is_not_allowed() {
    let parser = request_parser(|options| options.allow_absolute_url = false);
    let expected = ":authority=received :path=http://x.y/p :method=GET";
    assert_eq!(targets("GET http://x.y/p", &parser).as_deref(), Ok(expected));
}

#[test]
fn absolute_form_forgets_the_received_host() {
    let parser = request_parser(|_| {});
    for host in ["b", "b c", "b\r\nHost: d"] {
        let input = format!("GET http://x.y/ HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert_eq!(taken(&parser, input.as_bytes()).1.authority(), b"x.y", "{host}");
    }
}

#[test]
fn bodies_of_connect() {
    use RequestError as E;
    let parser = request_parser(|_| {});
    let framing = |fields: &str| {
        let input = format!("CONNECT a:80 HTTP/1.1\r\nHost: b c\r\n{fields}\r\n");
        parse(&parser, input.as_bytes()).map(|parsed| {
            let (request, head) = parsed.expect("whole");
            (request.framing, show(&head))
        })
    };
    let tunnel = (BodyFraming::Upgraded, ":authority=a:80 :method=CONNECT".to_owned());
    assert_eq!(framing(""), Ok(tunnel.clone()));
    assert_eq!(framing("Content-Length: 0\r\n"), Ok(tunnel));
    assert_eq!(framing("Content-Length: 00\r\n"), Err(E::BodyDisallowed));
    assert_eq!(framing("Content-Length: 3\r\n"), Err(E::BodyDisallowed));
    assert_eq!(framing("Transfer-Encoding: chunked\r\n"), Err(E::UnsupportedTransferEncoding));
}
