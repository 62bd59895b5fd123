//! From a request's start line and fields to its head and the facts of its framing.

use voyant_ir::protocol::HeadersWithUnderscores;

use super::super::connection_header::{keep_upgrades, reduce_te, remove_nominated};
use super::super::error::RequestError;
use super::super::field::{ContentLength, Facts, TransferEncoding};
use super::super::framing::BodyFraming;
use super::super::head_scan::HeadScan;
use super::super::target;
use super::{RequestHead, RequestParser, StartLine, keeps_alive};
use crate::codec::Protocol;
use crate::head::Head;
use crate::head::header_name::HeaderId;

impl RequestParser {
    /// Fills the head.
    pub(super) fn accept(
        &self,
        line: StartLine<'_>,
        fields: &[httparse::Header<'_>],
        consumed: usize,
        scan: &mut HeadScan,
        head: &mut Head,
    ) -> Result<RequestHead, RequestError> {
        self.judge(line, fields, consumed, scan, head).inspect_err(|error| {
            let taken = self.taken_before(*error, fields);
            scan.header_bytes = taken.map_or(0, |taken| {
                // The next name is read before a header is looked at.
                let next = fields.get(taken.len()).map_or(0, |next| next.name.len());
                sent_header_bytes(taken) + next as u64
            });
            scan.partial = !error.is_of_a_whole_head();
            let dropped = |field: &&httparse::Header<'_>| self.drops(field);
            scan.dropped = taken.unwrap_or_default().iter().filter(dropped).count() as u32;
        })
    }

    fn drops(&self, field: &httparse::Header<'_>) -> bool {
        self.underscores == HeadersWithUnderscores::DropHeader && field.name.contains('_')
    }

    /// The fields that Envoy has taken when it refuses the head.
    fn taken_before<'a, 'b>(
        &self,
        error: RequestError,
        fields: &'a [httparse::Header<'b>],
    ) -> Option<&'a [httparse::Header<'b>]> {
        let mut kept = 0;
        let last = match error {
            RequestError::UnexpectedUnderscore => {
                fields.iter().position(|field| field.name.contains('_'))
            }
            RequestError::TooManyHeaders => fields.iter().position(|field| {
                kept += usize::from(!self.drops(field));
                kept > self.limits.max_count
            }),
            error if error.is_of_a_whole_head() => None,
            _ => return None,
        };
        Some(&fields[..last.map_or(fields.len(), |last| last + 1)])
    }

    /// What is refused first is what Envoy refuses first.
    fn judge(
        &self,
        line: StartLine<'_>,
        fields: &[httparse::Header<'_>],
        consumed: usize,
        scan: &mut HeadScan,
        head: &mut Head,
    ) -> Result<RequestHead, RequestError> {
        head.clear();
        head.keep_case(self.header_case);
        let target = self.push_target(line, fields, head);
        head.push(HeaderId::Method, line.method);
        let before = head.len();
        let joins_hosts = target == Ok(false) && !line.is_connect();
        let (facts, dropped_underscores) = self.push_fields(fields, joins_hosts, head)?;
        // The head does not tell the size of such `host` fields, and of what is not in it.
        let odd = target != Ok(false) || line.is_connect() || facts.hosts > 1;
        let odd = odd || dropped_underscores > 0;
        scan.header_bytes = if odd { sent_header_bytes(fields) } else { 0 };
        // At most two fields more are counted than are in the head.
        if head.len() - before + 2 > self.limits.max_count {
            let encodings = usize::from(facts.transfer_encoding != TransferEncoding::Absent);
            let hosts = usize::from(fields.iter().any(is_host));
            if head.len() - before + encodings + hosts > self.limits.max_count {
                return Err(RequestError::TooManyHeaders);
            }
        }
        if self.accept_http_10 {
            scan.reply_version = line.version;
        }
        let connect = line.is_connect();
        let upgrade = facts.is_upgrade() && keep_upgrades(head, &self.ignored_upgrades);
        let framing = self.framing(&facts, connect || upgrade, connect, head)?;
        if facts.connection_tokens > 0 && !connect && !upgrade {
            remove_nominated(head, &facts)?;
        }
        let absolute_form = target?;
        if line.version == Protocol::Http10 && !self.accept_http_10 {
            return Err(RequestError::LowVersion);
        }
        if !connect && !absolute_form && !target::is_authority(head.authority()) {
            return Err(RequestError::InvalidAuthority);
        }
        if facts.te {
            reduce_te(head);
        }
        Ok(RequestHead {
            consumed,
            version: line.version,
            framing,
            keep_alive: keeps_alive(line.version, &facts),
            expect_continue: facts.expect && expects_continue(head),
            connect,
            upgrade,
            head: line.method == b"HEAD",
            absolute_form,
            dropped_underscores,
        })
    }

    /// Pushes `:authority`, `:scheme` for absolute form, and `:path`, in Envoy's order, which
    /// HTTP/2 upstreams see; true for absolute form.
    fn push_target(
        &self,
        line: StartLine<'_>,
        fields: &[httparse::Header<'_>],
        head: &mut Head,
    ) -> Result<bool, RequestError> {
        let StartLine { method, target, .. } = line;
        if line.is_connect() {
            head.push(HeaderId::Authority, target);
            note_host_spelling(fields, head);
            return target::is_connect_target(target)
                .then_some(false)
                .ok_or(RequestError::InvalidUrl);
        }
        let origin = target[0] == b'/' || (target[0] == b'*' && method == b"OPTIONS");
        if origin || !self.allow_absolute_url {
            if let Some(host) = fields.iter().find(|field| is_host(field)) {
                head.push(HeaderId::Authority, host.value);
            } else if line.version == Protocol::Http10 && !self.default_host_for_http_10.is_empty()
            {
                head.push(HeaderId::Authority, &self.default_host_for_http_10);
            }
            note_host_spelling(fields, head);
            head.push(HeaderId::Path, target);
            return Ok(false);
        }
        let absolute = target::parse_absolute(target).ok_or(RequestError::InvalidUrl)?;
        let scheme: &[u8] = match absolute.scheme {
            scheme if scheme.eq_ignore_ascii_case(b"http") => b"http",
            scheme if scheme.eq_ignore_ascii_case(b"https") => {
                if self.refuse_https_urls {
                    return Err(RequestError::HttpsInPlaintext);
                }
                b"https"
            }
            _ => return Err(RequestError::InvalidScheme),
        };
        head.push(HeaderId::Authority, absolute.authority);
        head.push(HeaderId::Scheme, scheme);
        head.push(HeaderId::Path, absolute.path);
        note_host_spelling(fields, head);
        Ok(true)
    }

    /// Pushes all fields but the first `host`, which is there already.
    fn push_fields(
        &self,
        fields: &[httparse::Header<'_>],
        joins_hosts: bool,
        head: &mut Head,
    ) -> Result<(Facts, u32), RequestError> {
        let mut facts = Facts::default();
        let mut dropped = 0;
        for field in fields {
            if self.underscores != HeadersWithUnderscores::Allow && field.name.contains('_') {
                if self.underscores == HeadersWithUnderscores::RejectRequest {
                    return Err(RequestError::UnexpectedUnderscore);
                }
                dropped += 1;
                continue;
            }
            match HeaderId::from_token(field.name.as_bytes()) {
                Some(HeaderId::Host) => {
                    facts.hosts += 1;
                    if facts.hosts > 1 && joins_hosts {
                        head.append(&HeaderId::Authority.into(), b",", field.value);
                    }
                }
                Some(id) => facts.add(head, HeaderId::is_joined_in_request, id, field),
                None => head.push_received_as(None, field.name.as_bytes(), field.value),
            }
        }
        match facts.content_length {
            ContentLength::Repeated => Err(RequestError::DuplicateContentLength),
            // With a transfer-encoding it is the two of them together that are wrong.
            ContentLength::Invalid if facts.transfer_encoding == TransferEncoding::Absent => {
                Err(RequestError::InvalidContentLength)
            }
            _ => Ok((facts, dropped)),
        }
    }

    fn framing(
        &self,
        facts: &Facts,
        tunnel: bool,
        connect: bool,
        head: &mut Head,
    ) -> Result<BodyFraming, RequestError> {
        let has_length = facts.content_length != ContentLength::Absent;
        if has_length && facts.transfer_encoding != TransferEncoding::Absent {
            let chunked = facts.transfer_encoding == TransferEncoding::Chunked;
            if !(chunked && self.allow_chunked_length) {
                return Err(RequestError::ContentLengthAndChunked);
            }
            head.remove(HeaderId::ContentLength);
        }
        if connect && head.contains(HeaderId::ContentLength) {
            if head.get(HeaderId::ContentLength) != Some(b"0") {
                return Err(RequestError::BodyDisallowed);
            }
            head.remove(HeaderId::ContentLength);
        }
        match (facts.transfer_encoding, facts.content_length) {
            (TransferEncoding::Other, _) => Err(RequestError::UnsupportedTransferEncoding),
            (TransferEncoding::Chunked, _) if connect => {
                Err(RequestError::UnsupportedTransferEncoding)
            }
            _ if tunnel => Ok(BodyFraming::Upgraded),
            (TransferEncoding::Chunked, _) => Ok(BodyFraming::Chunked),
            (_, ContentLength::Valid(length)) if length > 0 => Ok(BodyFraming::Length(length)),
            _ => Ok(BodyFraming::None),
        }
    }
}

/// Bytes of headers as Envoy counts them.
fn sent_header_bytes(fields: &[httparse::Header<'_>]) -> u64 {
    let lines = fields.iter().map(|field| field.name.len() + field.value.trim_ascii().len() + 3);
    lines.sum::<usize>().max(3) as u64
}

fn expects_continue(head: &Head) -> bool {
    head.get(HeaderId::Expect).is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"))
}

fn is_host(field: &httparse::Header<'_>) -> bool {
    field.name.len() == 4 && HeaderId::from_token(field.name.as_bytes()) == Some(HeaderId::Host)
}

fn note_host_spelling(fields: &[httparse::Header<'_>], head: &mut Head) {
    if head.case().is_some()
        && let Some(field) = fields.iter().find(|field| is_host(field))
    {
        head.note_spelling(HeaderId::Authority, field.name.as_bytes());
    }
}
