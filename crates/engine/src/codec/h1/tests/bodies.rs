//! Bodies: chunk lines, trailers, lengths, and ends that come too early.

use super::*;

const RULES: TrailerRules = TrailerRules {
    enabled: true,
    underscores: HeadersWithUnderscores::Allow,
    limits: ParseLimits { max_bytes: 1024, max_count: 3 },
};

/// Trailers, if any, and what is left of the input; without an error more was needed.
type Ended = Result<(Option<String>, Vec<u8>), Option<BodyError>>;

/// The content, and how it ended.
fn decode(framing: BodyFraming, rules: TrailerRules, input: &[u8]) -> (Vec<u8>, Ended) {
    let mut decoder = BodyDecoder::new(framing, rules);
    let mut input = BytesMut::from(input);
    let mut content = Vec::new();
    loop {
        let ended = match decoder.decode(&mut input) {
            Ok(Some(Piece::Data(data))) => {
                content.extend_from_slice(&data);
                continue;
            }
            Ok(Some(Piece::Trailers(head))) => Ok((Some(show(&head)), input.to_vec())),
            Ok(Some(Piece::End)) => Ok((None, input.to_vec())),
            Ok(None) => Err(None),
            Err(error) => Err(Some(error)),
        };
        assert_eq!(decoder.is_done(), ended.is_ok());
        return (content, ended);
    }
}

fn chunked(input: &[u8]) -> (Vec<u8>, Ended) {
    decode(BodyFraming::Chunked, RULES, input)
}

#[test]
fn chunks_that_are_taken() {
    for (name, input, content) in [
        ("plain", &b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"[..], &b"abcde"[..]),
        ("upper case", b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
        ("extension", b"3;a=b\r\nabc\r\n0;x\r\n\r\n", b"abc"),
        ("space before the extension", b"3 ; a\r\nabc\r\n0\r\n\r\n", b"abc"),
        ("no extension at all", b"3\tjunk\r\nabc\r\n0\r\n\r\n", b"abc"),
        ("nul in the extension", b"3;\0\r\nabc\r\n0\r\n\r\n", b"abc"),
        ("zeros", b"0000000000000000000000003\r\nabc\r\n0000\r\n\r\n", b"abc"),
        ("lf behind the data", b"3\r\nabc\n0\r\n\r\n", b"abc"),
        ("more behind the data", b"3\r\nabcXYZ\r\n1\r\nz\r\n0\r\n\r\n", b"abcz"),
        ("lf at the end", b"3\r\nabc\r\n0\r\n\n", b"abc"),
        ("cr before the end", b"3\r\nabc\r\n0\r\n\r\r\n\r\n", b"abc"),
        ("nothing", b"0\r\n\r\n", b""),
    ] {
        let next = [input, b"next"].concat();
        let expected = (content.to_vec(), Ok((None, b"next".to_vec())));
        assert_eq!(chunked(&next), expected, "{name}");
    }
    let long = [b"3;", &vec![b'x'; 100_000][..], b"\r\nabc\r\n0\r\n\r\n"].concat();
    assert_eq!(chunked(&long), (b"abc".to_vec(), Ok((None, Vec::new()))));
}

#[test]
fn chunks_that_are_refused() {
    use BodyError as E;
    for (input, error) in [
        (&b"3\nabc\n0\n\n"[..], E::InvalidChunkSize),
        (b"3\rabc\r0\r\r", E::InvalidChunkSize),
        (b"3;a\rb\r\nabc\r\n", E::InvalidChunkSize),
        (b"3;a\nabc\r\n", E::InvalidChunkSize),
        (b"3\r\r\nabc\r\n", E::InvalidChunkSize),
        (b"0x3\r\nabc\r\n", E::InvalidChunkSize),
        (b"+3\r\nabc\r\n", E::InvalidChunkSize),
        (b"-3\r\nabc\r\n", E::InvalidChunkSize),
        (b" 3\r\nabc\r\n", E::InvalidChunkSize),
        (b"\r\nabc\r\n", E::InvalidChunkSize),
        (b";x\r\nabc\r\n", E::InvalidChunkSize),
        (b"3g\r\nabc\r\n", E::InvalidChunkSize),
        (b"3_\r\nabc\r\n", E::InvalidChunkSize),
        (b"3\x0b\r\nabc\r\n", E::InvalidChunkSize),
        (b"10000000000000000\r\nabc\r\n", E::ChunkLengthOverflow),
    ] {
        assert_eq!(chunked(input), (Vec::new(), Err(Some(error))), "{}", input.escape_ascii());
    }
    assert_eq!(
        chunked(b"3\r\nabc0\r\n\r\n"),
        (b"abc".to_vec(), Err(Some(BodyError::InvalidChunkSize))),
        "no line end behind the data"
    );
}

#[test]
fn the_largest_chunk() {
    assert_eq!(chunked(b"FFFFFFFFFFFFFFFF\r\nabc"), (b"abc".to_vec(), Err(None)));
}

#[test]
fn trailers_that_are_taken() {
    let off = TrailerRules { enabled: false, ..RULES };
    for (input, kept) in [
        ("X-T: v\r\n\r\n", "x-t=v"),
        ("X-T: v\n\n", "x-t=v"),
        ("\r\rX-T: v\r\n\r\n", "x-t=v"),
        ("X-T: v\r\nX-T: w\r\n\r\n", "x-t=v x-t=w"),
        ("X-T: v\r\n w\r\n\r\n", "x-t=v w"),
        ("X-T: a\rb\r\n\r\n", "x-t=ab"),
        ("X-T:\r\n\r\n", "x-t="),
        ("X_T: a\r\n\r\n", "x_t=a"),
        ("Content-Length: 3\r\n\r\n", "content-length=3"),
        ("Accept: a\r\nAccept: b\r\n\r\n", "accept=a accept=b"),
    ] {
        let input = format!("0\r\n{input}next");
        let (_, ended) = chunked(input.as_bytes());
        assert_eq!(ended, Ok((Some(kept.to_owned()), b"next".to_vec())), "{input:?}");
        let (_, ended) = decode(BodyFraming::Chunked, off, input.as_bytes());
        assert_eq!(ended, Ok((None, b"next".to_vec())), "{input:?} when they are off");
    }
}

#[test]
fn trailers_that_are_refused() {
    use BodyError as E;
    let off = TrailerRules { enabled: false, ..RULES };
    for (input, error) in [
        ("XT\r\n\r\n", E::InvalidTrailer),
        ("X T: v\r\n\r\n", E::InvalidTrailer),
        (" X-T: v\r\n\r\n", E::InvalidTrailer),
        (": v\r\n\r\n", E::InvalidTrailer),
        (":path: v\r\n\r\n", E::InvalidTrailer),
        ("X-T : v\r\n\r\n", E::InvalidTrailer),
        ("X-T: v\0\r\n\r\n", E::InvalidCharacters),
    ] {
        for rules in [RULES, off] {
            let input = format!("0\r\n{input}");
            let (_, ended) = decode(BodyFraming::Chunked, rules, input.as_bytes());
            assert_eq!(ended, Err(Some(error)), "{input:?}");
        }
    }
}

#[test]
fn limits_of_trailers() {
    let off = TrailerRules { enabled: false, ..RULES };
    let ended = |rules, trailers: &str| {
        decode(BodyFraming::Chunked, rules, format!("0\r\n{trailers}").as_bytes()).1
    };
    let four = "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n\r\n";
    assert_eq!(ended(RULES, four), Err(Some(BodyError::TooManyTrailers)));
    assert_eq!(ended(off, four), Ok((None, Vec::new())));
    for rules in [RULES, off] {
        let sized = |bytes: usize| format!("a: {}\r\n\r\n", "x".repeat(bytes - 7));
        assert!(ended(rules, &sized(1024)).is_ok());
        assert_eq!(ended(rules, &sized(1025)), Err(Some(BodyError::TrailersTooLarge)));
        let part = format!("a: {}", "x".repeat(2000));
        assert_eq!(ended(rules, &part[..1024]), Err(None));
        assert_eq!(ended(rules, &part[..1025]), Err(Some(BodyError::TrailersTooLarge)));
    }
}

#[test]
fn underscores_in_trailers() {
    let ended = |underscores| {
        let rules = TrailerRules { underscores, ..RULES };
        decode(BodyFraming::Chunked, rules, b"0\r\nX_T: v\r\nX-T: w\r\n\r\n").1
    };
    let kept = |text: &str| Ok((Some(text.to_owned()), Vec::new()));
    assert_eq!(ended(HeadersWithUnderscores::Allow), kept("x_t=v x-t=w"));
    assert_eq!(ended(HeadersWithUnderscores::DropHeader), kept("x-t=w"));
    let rules = TrailerRules { underscores: HeadersWithUnderscores::DropHeader, ..RULES };
    let (_, none_left) = decode(BodyFraming::Chunked, rules, b"0\r\nX_T: v\r\n\r\n");
    assert_eq!(none_left, Ok((None, Vec::new())));
    let refused = Err(Some(BodyError::UnexpectedUnderscore));
    assert_eq!(ended(HeadersWithUnderscores::RejectRequest), refused);
}

#[test]
fn trailers_that_were_dropped_are_counted_once() {
    let rules = TrailerRules { underscores: HeadersWithUnderscores::DropHeader, ..RULES };
    let mut body = BodyDecoder::new(BodyFraming::Chunked, rules);
    let mut input = BytesMut::from("0\r\nX_T: v\r\nX-T: w\r\n_: x\r\n\r\n");
    assert_eq!(body.dropped_underscores(), 0);
    body.decode(&mut input).expect("good trailers");
    assert_eq!(body.take_dropped_underscores(), 2);
    assert_eq!(body.dropped_underscores(), 0);
}

#[test]
fn lengths() {
    let length = |input: &[u8]| decode(BodyFraming::Length(3), RULES, input);
    assert_eq!(length(b"abcnext"), (b"abc".to_vec(), Ok((None, b"next".to_vec()))));
    assert_eq!(length(b"ab"), (b"ab".to_vec(), Err(None)));
    for framing in [BodyFraming::None, BodyFraming::Length(0)] {
        let ended = decode(framing, RULES, b"next");
        assert_eq!(ended, (Vec::new(), Ok((None, b"next".to_vec()))));
    }
}

#[test]
fn what_a_close_ends() {
    for (framing, input, ends) in [
        (BodyFraming::UntilClose, "abc", true),
        (BodyFraming::Upgraded, "abc", false),
        (BodyFraming::Length(5), "abc", false),
        (BodyFraming::Length(3), "abc", true),
        (BodyFraming::Chunked, "3\r\nabc\r\n", false),
        (BodyFraming::Chunked, "0\r\n", false),
        (BodyFraming::None, "", true),
    ] {
        let mut decoder = BodyDecoder::new(framing, RULES);
        let mut input = BytesMut::from(input);
        while !decoder.is_done() && decoder.decode(&mut input).unwrap().is_some() {}
        let expected = if ends { Ok(()) } else { Err(BodyError::UnexpectedEof) };
        assert_eq!(decoder.finish().map(|_| ()), expected, "{framing:?} {input:?}");
    }
}

#[test]
fn remaining_is_what_the_length_leaves() {
    let mut decoder = BodyDecoder::new(BodyFraming::Length(5), RULES);
    assert_eq!(decoder.remaining(), Some(5));
    decoder.decode(&mut BytesMut::from("ab")).unwrap();
    assert_eq!(decoder.remaining(), Some(3));
    decoder.decode(&mut BytesMut::from("cde")).unwrap();
    assert_eq!(decoder.remaining(), Some(0));
    assert_eq!(BodyDecoder::new(BodyFraming::Chunked, RULES).remaining(), None);
}

#[test]
fn answers_to_what_is_refused() {
    use BodyError as E;
    for (error, status, details) in [
        (E::InvalidChunkSize, 400, "http1.codec_error"),
        (E::InvalidCharacters, 400, "http1.invalid_characters"),
        (E::UnexpectedUnderscore, 400, "http1.unexpected_underscore"),
        (E::TrailersTooLarge, 431, "http1.headers_too_large"),
        (E::TooManyTrailers, 431, "http1.too_many_headers"),
    ] {
        assert_eq!((error.status(), error.details()), (status, details), "{error:?}");
    }
}
