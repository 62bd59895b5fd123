//! Limits on the size and number of headers, on whole heads and on parts.

use super::*;

const SMALL: ParseLimits = ParseLimits { max_bytes: 1024, max_count: 3 };
const START: &str = "GET / HTTP/1.1\r\nHost: a\r\n";

fn small() -> RequestParser {
    RequestParser::new(&options(), HeadersWithUnderscores::Allow, SMALL).expect("no patterns")
}

fn error(parser: &RequestParser, input: &str) -> Option<RequestError> {
    parse(parser, input.as_bytes()).err()
}

/// So many different fields.
fn fields(count: usize) -> String {
    (0..count).fold(String::new(), |fields, number| fields + &format!("x-{number}: a\r\n"))
}

/// A head of exactly so many bytes.
fn sized(bytes: usize, start: &str) -> String {
    let rest = bytes - start.len() - "a: \r\n\r\n".len();
    format!("{start}a: {}\r\n\r\n", "x".repeat(rest))
}

#[test]
fn size_counts_every_byte_of_the_head() {
    assert_eq!(error(&small(), &sized(1023, START)), None);
    assert_eq!(error(&small(), &sized(1024, START)), None);
    assert_eq!(error(&small(), &sized(1025, START)), Some(RequestError::HeadersTooLarge));
    let blank = "\r\n".repeat(1000);
    assert_eq!(error(&small(), &format!("{blank}{}", sized(1024, START))), None);
}

#[test]
fn a_part_that_leaves_no_room_for_the_rest_is_too_large() {
    for start in [START, "GET / HTTP/1.1 \r\nHost: a\r\n", "GET /"] {
        let input = format!("{start}{}", "x".repeat(2000));
        assert_eq!(error(&small(), &input[..1023]), None, "{start}");
        assert_eq!(error(&small(), &input[..1024]), Some(RequestError::HeadersTooLarge), "{start}");
        assert_eq!(error(&small(), &input), Some(RequestError::HeadersTooLarge), "{start}");
    }
}

#[test]
fn size_is_judged_before_anything_else() {
    let long = "x".repeat(1100);
    for input in [
        format!("{START}a: \0{long}\r\n\r\n"),
        format!("get / HTTP/1.1\r\na: {long}\r\n\r\n"),
        format!("GET / HTTP/1.0\r\na: {long}\r\n\r\n"),
        "x".repeat(70_000),
    ] {
        let refused = error(&small(), &input);
        assert_eq!(refused, Some(RequestError::HeadersTooLarge), "{}", &input[..20]);
    }
}

#[test]
fn endless_line_ends_are_refused() {
    let input = "\r\n".repeat(5000);
    assert_eq!(error(&small(), &input), Some(RequestError::HeadersTooLarge));
}

#[test]
fn count_takes_joined_headers_as_one() {
    let parser = request_parser(|_| {});
    for (fields, refused) in [
        (fields(99), false),
        (fields(100), true),
        (fields(200), true),
        ("x-a: 1\r\n".repeat(100), true),
        ("accept: 1\r\n".repeat(100), false),
        ("accept: 1\r\n".repeat(300), false),
        (format!("{}transfer-encoding: chunked\r\n", fields(98)), false),
        (format!("{}transfer-encoding: chunked\r\n", fields(99)), true),
    ] {
        let expected = refused.then_some(RequestError::TooManyHeaders);
        assert_eq!(error(&parser, &format!("{START}{fields}\r\n")), expected);
    }
}

#[test]
fn more_headers_than_usual_are_taken_where_they_are_allowed() {
    let limits = ParseLimits { max_bytes: 60 * 1024, max_count: 1000 };
    let parser =
        RequestParser::new(&options(), HeadersWithUnderscores::Allow, limits).expect("no patterns");
    let (_, head) = taken(&parser, format!("{START}{}\r\n", fields(900)).as_bytes());
    assert_eq!(head.len(), 903);
}

#[test]
fn the_count_goes_before_version_and_encoding() {
    for input in [
        "GET / HTTP/1.0\r\na: x\r\nb: x\r\nc: x\r\nd: x\r\n\r\n",
        "GET / HTTP/1.1\r\na: x\r\nb: x\r\nc: x\r\ntransfer-encoding: x\r\n\r\n",
    ] {
        assert_eq!(error(&small(), input), Some(RequestError::TooManyHeaders), "{input}");
    }
}

#[test]
fn limits_of_responses() {
    let parser = ResponseParser::new(&options(), SMALL);
    let error = |input: &str| parse_response(&parser, RequestKind::Plain, input.as_bytes()).err();
    let start = "HTTP/1.1 200 OK\r\n";
    assert_eq!(error(&sized(1024, start)), None);
    assert_eq!(error(&sized(1025, start)), Some(ResponseError::HeadersTooLarge));
    assert_eq!(error(&format!("{start}a: {}", "x".repeat(1003))), None);
    let part = format!("{start}a: {}", "x".repeat(1004));
    assert_eq!(error(&part), Some(ResponseError::HeadersTooLarge));
    assert_eq!(error(&format!("{start}a: 1\r\nb: 2\r\nc: 3\r\n\r\n")), None);
    let four = format!("{start}a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n\r\n");
    assert_eq!(error(&four), Some(ResponseError::TooManyHeaders));
}
