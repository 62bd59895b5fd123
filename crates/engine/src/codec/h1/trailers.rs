//! Trailers behind the last chunk (RFC 9112, 7.1.2). Even where they are not passed on they are
//! checked, since they end the message.

use bytes::BytesMut;
use voyant_ir::protocol::HeadersWithUnderscores;

use crate::codec::Piece;
use crate::head::Head;

use super::error::BodyError;
use super::head_scan::{ParseLimits, find_head_end};
use super::normalize;

/// What is done with trailers; the parsers make it from their options.
#[derive(Debug, Clone, Copy)]
pub struct TrailerRules {
    /// Trailers are passed on; otherwise they are checked and dropped.
    pub enabled: bool,
    pub underscores: HeadersWithUnderscores,
    pub limits: ParseLimits,
}

/// Progress behind the last chunk's line.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct TrailerScan {
    /// The last line ends, which may stand before the trailers or end the message.
    ends: LineEnds,
    in_trailers: bool,
    /// Bytes of trailers that were searched for their end.
    scanned: usize,
}

/// How many bytes of `LF CR LF` or `LF LF` the last bytes were.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum LineEnds {
    #[default]
    Lf,
    LfCr,
    /// CR alone, or more than one.
    Other,
}

impl TrailerScan {
    /// The trailers at the start of `input`, or the end; nothing means that more is needed.
    pub(super) fn read(
        &mut self,
        input: &mut BytesMut,
        rules: &TrailerRules,
        dropped: &mut u32,
    ) -> Result<Option<Piece>, BodyError> {
        if !self.in_trailers && self.skip_line_ends(input) {
            return Ok(Some(Piece::End));
        }
        if !self.in_trailers {
            return Ok(None);
        }
        let end = find_head_end(input, self.scanned.saturating_sub(2));
        if end.unwrap_or(input.len()) > rules.limits.max_bytes {
            return Err(BodyError::TrailersTooLarge);
        }
        let Some(end) = end else {
            self.scanned = input.len();
            return Ok(None);
        };
        let block = input.split_to(end);
        parse(&block, rules, dropped).map(Some)
    }

    /// Skips line ends up to the first trailer; true when they end the message.
    fn skip_line_ends(&mut self, input: &mut BytesMut) -> bool {
        let mut used = 0;
        let mut done = false;
        for byte in &input[..] {
            self.ends = match (self.ends, byte) {
                (LineEnds::Lf | LineEnds::LfCr, b'\n') => {
                    used += 1;
                    done = true;
                    break;
                }
                (LineEnds::Lf, b'\r') => LineEnds::LfCr,
                (LineEnds::Other, b'\n') => LineEnds::Lf,
                (_, b'\r') => LineEnds::Other,
                _ => {
                    self.in_trailers = true;
                    break;
                }
            };
            used += 1;
        }
        let _ = input.split_to(used);
        done
    }
}

fn parse(block: &[u8], rules: &TrailerRules, dropped: &mut u32) -> Result<Piece, BodyError> {
    if block.iter().copied().any(normalize::is_forbidden) {
        return Err(BodyError::InvalidCharacters);
    }
    let plain = normalize::unfold(block).ok_or(BodyError::InvalidTrailer)?;
    let mut slots = normalize::field_slots(&plain);
    let fields = match httparse::parse_headers(&plain, &mut slots) {
        Ok(httparse::Status::Complete((_, fields))) => fields,
        Ok(httparse::Status::Partial) | Err(_) => return Err(BodyError::InvalidTrailer),
    };
    if !rules.enabled {
        return Ok(Piece::End);
    }
    let mut head = Box::new(Head::new());
    for field in fields {
        if rules.underscores != HeadersWithUnderscores::Allow && field.name.contains('_') {
            if rules.underscores == HeadersWithUnderscores::RejectRequest {
                return Err(BodyError::UnexpectedUnderscore);
            }
            *dropped += 1;
            continue;
        }
        head.push_received(field.name.as_bytes(), field.value);
    }
    if head.len() > rules.limits.max_count {
        return Err(BodyError::TooManyTrailers);
    }
    Ok(if head.is_empty() { Piece::End } else { Piece::Trailers(head) })
}
