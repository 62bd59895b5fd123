//! Properties: however the input is cut the result is the same, what is written is read back,
//! and a head that comes byte by byte is not read again and again.

use proptest::prelude::*;

use super::*;
use crate::head::header_name::HeaderKey;

/// Inputs that reach every state of the parsers.
fn fragment() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "GET ",
        "POST ",
        "CONNECT ",
        "get ",
        "/",
        "/a?b",
        "http://a/b",
        "a:80",
        "*",
        " HTTP/1.1",
        " HTTP/1.0",
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        " ",
        "\t",
        "\0",
        ":",
        "Host: a\r\n",
        "Content-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "Connection: upgrade, x-a\r\n",
        "Upgrade: h2c\r\n",
        "Upgrade: x\r\n",
        "X-A: b\r\n",
        " c",
        "TE: trailers\r\n",
        "_",
        "\u{e9}",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 \r\n",
        "HTTP/1.1 204\r\n",
        "3\r\nabc\r\n",
        "0\r\n",
        "5;x\r\nhello\r\n",
        "abc",
    ])
}

fn input() -> impl Strategy<Value = String> {
    prop::collection::vec(fragment(), 0..24).prop_map(|fragments| fragments.concat())
}

/// Parses ever longer prefixes, as they would come in.
fn by_prefix<T>(
    input: &[u8],
    cuts: &[usize],
    mut parse: impl FnMut(&[u8]) -> Option<T>,
) -> Option<T> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    ends.push(input.len());
    ends.sort_unstable();
    ends.into_iter().find_map(|end| parse(&input[..end]))
}

proptest! {
    #[test]
    fn a_request_is_the_same_however_it_is_cut(
        input in input(),
        cuts in prop::collection::vec(0usize..200, 0..8),
    ) {
        let parser = request_parser(|options| options.accept_http_10 = true);
        let read = |cuts: &[usize]| {
            let (mut scan, mut head) = (HeadScan::default(), Head::new());
            by_prefix(input.as_bytes(), cuts, |part| {
                let parsed = parser.parse(&mut scan, part, &mut head);
                parsed.map_err(|_| ()).transpose()
            })
            .map(|parsed| parsed.map(|request| (request, show(&head))))
        };
        prop_assert_eq!(read(&cuts), read(&[]));
    }

    #[test]
    fn a_response_is_the_same_however_it_is_cut(
        input in input(),
        cuts in prop::collection::vec(0usize..200, 0..8),
    ) {
        let parser = response_parser(|_| {});
        let read = |cuts: &[usize]| {
            let (mut scan, mut head) = (HeadScan::default(), Head::new());
            by_prefix(input.as_bytes(), cuts, |part| {
                let parsed = parser.parse(&mut scan, part, RequestKind::Plain, &mut head);
                parsed.map_err(|_| ()).transpose()
            })
            .map(|parsed| parsed.map(|response| (response, show(&head))))
        };
        prop_assert_eq!(read(&cuts), read(&[]));
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut(
        input in input(),
        cuts in prop::collection::vec(0usize..200, 0..8),
    ) {
        let rules = request_parser(|options| options.enable_trailers = true).trailer_rules();
        let read = |cuts: &[usize]| {
            let mut body = BodyDecoder::new(BodyFraming::Chunked, rules);
            let (mut held, mut content, mut given) = (BytesMut::new(), Vec::new(), 0);
            let end = by_prefix(input.as_bytes(), cuts, |part| {
                held.extend_from_slice(&part[given..]);
                given = part.len();
                loop {
                    match body.decode(&mut held) {
                        Ok(Some(Piece::Data(data))) => content.extend_from_slice(&data),
                        Ok(Some(Piece::Trailers(head))) => return Some(Ok(show(&head))),
                        Ok(Some(Piece::End)) => return Some(Ok(String::new())),
                        Ok(None) => return None,
                        Err(error) => return Some(Err(error)),
                    }
                }
            });
            (content, end)
        };
        prop_assert_eq!(read(&cuts), read(&[]));
    }

    #[test]
    fn what_is_written_is_read_back(
        names in prop::collection::vec("[a-z][a-z-]{0,12}", 0..12),
        values in prop::collection::vec("([!-~]([ -~]{0,20}[!-~])?)?", 12),
        body in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..5),
    ) {
        let mut sent = Head::new();
        for (name, value) in [(":authority", "a"), (":path", "/p"), (":method", "POST")] {
            sent.push_key(&HeaderKey::new(name), value.as_bytes());
        }
        for (name, value) in names.iter().zip(&values) {
            // `x-` keeps clear of the names that mean something to the codec.
            sent.push_key(&HeaderKey::new(&format!("x-{name}")), value.as_bytes());
        }
        let mut out = Vec::new();
        let format = RequestFormat { case: HeaderCase::Lower, fully_qualified: false };
        let framing = write_request_head(&sent, false, format, &mut out);
        for chunk in &body {
            write_chunk_start(chunk.len(), &mut out);
            out.extend_from_slice(chunk);
            write_chunk_end(&mut out);
        }
        write_last_chunk(None, &mut out);
        let parser = request_parser(|_| {});
        let (request, read) = taken(&parser, &out);
        prop_assert_eq!(show(&read), show(&sent));
        prop_assert_eq!(request.framing, framing);
        let mut rest = BytesMut::from(&out[request.consumed..]);
        let mut decoder = BodyDecoder::new(framing, parser.trailer_rules());
        let mut content = Vec::new();
        while let Some(Piece::Data(data)) = decoder.decode(&mut rest).unwrap() {
            content.extend_from_slice(&data);
        }
        prop_assert_eq!(content, body.concat());
        prop_assert!(decoder.is_done() && rest.is_empty());
    }
}

#[test]
fn a_slow_client_costs_no_more_than_its_bytes() {
    // 60 KiB byte by byte: were the head read anew each time, this would be 1.8 GB to parse and
    // the test would not end.
    let parser = request_parser(|_| {});
    let value = "x".repeat(59 * 1024);
    let input = format!("GET / HTTP/1.1\r\nHost: a\r\nX-A: {value}\r\n\r\n");
    let (mut scan, mut head) = (HeadScan::default(), Head::new());
    for end in 1..input.len() {
        let parsed = parser.parse(&mut scan, &input.as_bytes()[..end], &mut head);
        assert_eq!(parsed, Ok(None), "after {end} bytes");
    }
    let parsed = parser.parse(&mut scan, input.as_bytes(), &mut head);
    assert_eq!(parsed.unwrap().expect("whole").consumed, input.len());
}
