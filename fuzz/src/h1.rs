//! HTTP/1 connections as transcripts: the same bytes must come to the same messages however they
//! are cut, and what is written from a message must be read back as that one message.

use bytes::BytesMut;
use voyant_engine::codec::Piece;
use voyant_engine::codec::h1::{
    BodyDecoder, BodyFraming, HeadScan, ParseLimits, RequestFormat, RequestKind, RequestParser,
    ResponseFormat, ResponseParser, TrailerRules, write_request_head, write_response_head,
};
use voyant_engine::head::Head;
use voyant_engine::head::header_name::HeaderId;
use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options};

use crate::control::Control;

/// Small, so that inputs reach them.
const LIMITS: ParseLimits = ParseLimits { max_bytes: 2048, max_count: 20 };

const NO_LIMITS: ParseLimits = ParseLimits { max_bytes: usize::MAX, max_count: 1000 };

/// What came of a connection's bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    pub messages: Vec<Message>,
    /// The last message, or what follows it, was refused.
    pub refused: bool,
}

/// One message; the body is joined, since how data is cut is free.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub head: Vec<(Vec<u8>, Vec<u8>)>,
    pub facts: String,
    pub body: Vec<u8>,
    pub trailers: Option<Vec<(Vec<u8>, Vec<u8>)>>,
    pub whole: bool,
}

/// A head that was refused; why is free, since the cut decides what is seen first.
#[derive(Debug)]
pub struct Refused;

/// What a role reads at the start of a message.
pub trait Role {
    /// Bytes used, framing and further facts of the head; nothing when more bytes are needed.
    fn read(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<Option<(usize, BodyFraming, String)>, Refused>;

    /// What is done with trailers.
    fn trailers(&self) -> TrailerRules;

    /// Writes a head that was read and reads that back; panics when it is not one and the same.
    fn check_written(&self, head: &Head, framing: BodyFraming);
}

/// Options that the input chooses.
pub fn options(control: Control) -> Http1Options {
    Http1Options {
        allow_absolute_url: control.option(0),
        accept_http_10: control.option(1),
        default_host_for_http_10: String::new(),
        header_case: if control.option(2) { HeaderCase::Preserve } else { HeaderCase::Lower },
        forward_reason_phrase: false,
        enable_trailers: control.option(3),
        allow_chunked_length: control.option(4),
        stream_error_on_invalid_http_message: false,
        send_fully_qualified_url: false,
        allow_custom_methods: control.option(5),
        ignore_http_11_upgrade: Vec::new(),
    }
}

/// A listener's side.
#[derive(Debug)]
pub struct Server {
    parser: RequestParser,
    next_hop: RequestParser,
}

impl Server {
    pub fn new(control: Control) -> Self {
        let underscores = if control.option(6) {
            HeadersWithUnderscores::DropHeader
        } else {
            HeadersWithUnderscores::Allow
        };
        let options = options(control);
        Self {
            parser: RequestParser::new(&options, underscores, LIMITS).expect("no patterns"),
            // Written heads are longer by what is added; the limits are those of another hop.
            next_hop: RequestParser::new(&options, HeadersWithUnderscores::Allow, NO_LIMITS)
                .expect("no patterns"),
        }
    }
}

impl Role for Server {
    fn read(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<Option<(usize, BodyFraming, String)>, Refused> {
        let read = self.parser.parse(scan, input, head).map_err(|_| Refused)?;
        Ok(read.map(|request| (request.consumed, request.framing, format!("{request:?}"))))
    }

    fn trailers(&self) -> TrailerRules {
        self.parser.trailer_rules()
    }

    fn check_written(&self, head: &Head, framing: BodyFraming) {
        // `http://host?query` has no path: as with Envoy, no route matches it and it ends here.
        if head.path().starts_with(b"?") {
            return;
        }
        let mut sent = head.clone();
        let mut out = Vec::new();
        strip_hop_by_hop(&mut sent);
        let format = RequestFormat { case: HeaderCase::Lower, fully_qualified: false };
        let framed = write_request_head(&sent, framing.is_empty(), format, &mut out);
        let mut again = Head::new();
        let read = self.next_hop.parse(&mut HeadScan::default(), &out, &mut again);
        let Ok(Some(read)) = read else {
            panic!("{read:?} of {:?}", String::from_utf8_lossy(&out));
        };
        assert_eq!(read.consumed, out.len(), "one head: {:?}", String::from_utf8_lossy(&out));
        assert_eq!(same_end(read.framing), same_end(framed), "{:?}", String::from_utf8_lossy(&out));
        assert_eq!(fields(&again), fields(&sent));
    }
}

/// A cluster's side.
#[derive(Debug)]
pub struct Client {
    parser: ResponseParser,
    next_hop: ResponseParser,
    request: RequestKind,
}

impl Client {
    pub fn new(control: Control) -> Self {
        let options = options(control);
        Self {
            parser: ResponseParser::new(&options, LIMITS),
            next_hop: ResponseParser::new(&options, NO_LIMITS),
            request: if control.option(6) { RequestKind::Head } else { RequestKind::Plain },
        }
    }
}

impl Role for Client {
    fn read(
        &self,
        scan: &mut HeadScan,
        input: &[u8],
        head: &mut Head,
    ) -> Result<Option<(usize, BodyFraming, String)>, Refused> {
        let read = self.parser.parse(scan, input, self.request, head).map_err(|_| Refused)?;
        Ok(read.map(|response| (response.consumed, response.framing, format!("{response:?}"))))
    }

    fn trailers(&self) -> TrailerRules {
        self.parser.trailer_rules()
    }

    fn check_written(&self, head: &Head, framing: BodyFraming) {
        let mut sent = head.clone();
        let mut out = Vec::new();
        strip_hop_by_hop(&mut sent);
        let format = ResponseFormat {
            case: HeaderCase::Lower,
            version: voyant_engine::codec::Protocol::Http11,
            request: self.request,
        };
        let framed = write_response_head(&sent, framing.is_empty(), format, &mut out);
        let mut again = Head::new();
        let read = self.next_hop.parse(&mut HeadScan::default(), &out, self.request, &mut again);
        let Ok(Some(read)) = read else {
            panic!("{read:?} of {:?}", String::from_utf8_lossy(&out));
        };
        assert_eq!(read.consumed, out.len(), "one head: {:?}", String::from_utf8_lossy(&out));
        // What ends with its head may still name the length of the body that it would have.
        if !framing.is_empty() {
            assert_eq!(read.framing, framed, "{:?}", String::from_utf8_lossy(&out));
        }
        assert_eq!(fields(&again), fields(&sent));
    }
}

/// Reads a connection's bytes, piece by piece.
pub fn transcript(role: &impl Role, pieces: &[&[u8]]) -> Transcript {
    let mut reader = Reader::new(role.trailers());
    let mut done = Transcript::default();
    for piece in pieces {
        reader.input.extend_from_slice(piece);
        while !done.refused && reader.step(role, &mut done) {}
    }
    done
}

struct Reader {
    input: BytesMut,
    scan: HeadScan,
    trailers: TrailerRules,
    body: Option<BodyDecoder>,
}

impl Reader {
    fn new(trailers: TrailerRules) -> Self {
        Self { input: BytesMut::new(), scan: HeadScan::default(), trailers, body: None }
    }

    /// Reads one head or piece of a body; false when more bytes are needed.
    fn step(&mut self, role: &impl Role, done: &mut Transcript) -> bool {
        let Some(body) = &mut self.body else {
            return self.head(role, done);
        };
        let message = done.messages.last_mut().expect("a body follows a head");
        match body.decode(&mut self.input) {
            Ok(None) => return false,
            Ok(Some(Piece::Data(data))) => {
                message.body.extend_from_slice(&data);
                return true;
            }
            Ok(Some(Piece::Trailers(trailers))) => message.trailers = Some(fields(&trailers)),
            Ok(Some(Piece::End)) => {}
            Err(_) => {
                done.refused = true;
                return false;
            }
        }
        message.whole = true;
        self.body = None;
        true
    }

    fn head(&mut self, role: &impl Role, done: &mut Transcript) -> bool {
        if self.input.is_empty() {
            return false;
        }
        let mut head = Head::new();
        match role.read(&mut self.scan, &self.input, &mut head) {
            Ok(None) => false,
            Ok(Some((consumed, framing, facts))) => {
                let _ = self.input.split_to(consumed);
                role.check_written(&head, framing);
                done.messages.push(Message { head: fields(&head), facts, ..Message::default() });
                self.body = Some(BodyDecoder::new(framing, self.trailers));
                true
            }
            Err(Refused) => {
                done.refused = true;
                false
            }
        }
    }
}

/// Headers in order, but for those that framing adds.
fn fields(head: &Head) -> Vec<(Vec<u8>, Vec<u8>)> {
    let framing = [HeaderId::ContentLength, HeaderId::TransferEncoding, HeaderId::Scheme];
    head.iter()
        .filter(|field| field.id.is_none_or(|id| !framing.contains(&id)))
        .map(|field| (field.name.to_vec(), field.value.to_vec()))
        .collect()
}

/// What the driver takes off a head before it passes it on.
fn strip_hop_by_hop(head: &mut Head) {
    for id in [HeaderId::Connection, HeaderId::TransferEncoding, HeaderId::Upgrade] {
        head.remove(id);
    }
}

/// A length of 0 and no body end alike.
fn same_end(framing: BodyFraming) -> BodyFraming {
    if framing.is_empty() { BodyFraming::None } else { framing }
}
