//! Which of the compressors of a chain a response is for (`accept-encoding`).
//!
//! One decision is made for a response, by the first compressor that it meets, and holds for all.

use std::sync::Arc;

use super::config::Config;

/// What the compressors of a stream know of each other.
#[derive(Debug, Default)]
pub struct Encodings {
    /// In the order in which requests meet them.
    pub offered: Vec<Offered>,
    pub decision: Option<Decision>,
}

/// A compressor and what it makes of this stream's responses.
#[derive(Debug)]
pub struct Offered {
    pub config: Arc<Config>,
    pub encoding: &'static str,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Nothing: as it is.
    pub encoding: Option<&'static str>,
    pub reason: Reason,
}

/// What the client has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    NotValid,
    Identity,
    Wildcard,
    Named,
}

/// A compressor that may be chosen.
#[derive(Debug, Clone, Copy)]
struct Offer {
    encoding: &'static str,
    choose_first: bool,
}

/// Decides by what the client accepts; `may` tells of compressors that are for such a response.
pub fn decide(accepted: &[u8], offered: &[Offered], may: impl Fn(&Config) -> bool) -> Decision {
    let mut offers: Vec<Offer> = Vec::new();
    for Offered { config, encoding } in offered.iter().filter(|offered| may(&offered.config)) {
        // Of those of one encoding the first counts.
        if offers.iter().all(|offer| offer.encoding != *encoding) {
            offers.push(Offer { encoding, choose_first: config.choose_first });
        }
    }
    choose(accepted, offers)
}

fn choose(accepted: &[u8], mut offers: Vec<Offer>) -> Decision {
    let wishes: Vec<_> = accepted.split(|&byte| byte == b',').filter_map(wish).collect();
    offers.retain(|offer| {
        !wishes.iter().any(|(name, q)| *q == 0.0 && *name == offer.encoding.as_bytes())
    });
    let not_valid = Decision { encoding: None, reason: Reason::NotValid };
    if wishes.is_empty() || offers.is_empty() {
        return not_valid;
    }
    let mut choice: (&[u8], f32) = (b"identity", 0.0);
    for &(name, q) in &wishes {
        let offer = offers.iter().find(|offer| offer.encoding.as_bytes() == name);
        let first = offer.is_some_and(|offer| offer.choose_first);
        let known = offer.is_some() || name == b"identity" || name == b"*";
        if known && (q > choice.1 || first && q >= choice.1) {
            choice = (name, q);
        }
    }
    match choice {
        (_, 0.0) => not_valid,
        (b"identity", _) => Decision { encoding: None, reason: Reason::Identity },
        (b"*", _) => Decision { encoding: Some(offers[0].encoding), reason: Reason::Wildcard },
        (name, _) => {
            let offer = offers.iter().find(|offer| offer.encoding.as_bytes() == name);
            Decision { encoding: offer.map(|offer| offer.encoding), reason: Reason::Named }
        }
    }
}

/// A coding with its weight; nothing where that is none.
fn wish(token: &[u8]) -> Option<(&[u8], f32)> {
    if token.is_empty() {
        return None;
    }
    let mut parts = token.splitn(2, |&byte| byte == b';');
    let name = parts.next().unwrap_or_default().trim_ascii();
    let Some(parameter) = parts.next() else { return Some((name, 1.0)) };
    let mut parts = parameter.splitn(2, |&byte| byte == b'=');
    let key = parts.next().unwrap_or_default().trim_ascii();
    match parts.next() {
        Some(value) if key.eq_ignore_ascii_case(b"q") => {
            let q = std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()?;
            Some((name, q))
        }
        _ => Some((name, 1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accepted: &str, first: &str) -> (Option<&'static str>, Reason) {
        let offers = ["gzip", "br"];
        let offers = offers.map(|encoding| Offer { encoding, choose_first: encoding == first });
        let decision = choose(accepted.as_bytes(), offers.to_vec());
        (decision.encoding, decision.reason)
    }

    #[test]
    fn the_client_decides() {
        for (accepted, encoding, reason) in [
            ("gzip", Some("gzip"), Reason::Named),
            ("deflate, br", Some("br"), Reason::Named),
            ("gzip, br", Some("gzip"), Reason::Named),
            ("gzip;q=0.5, br;q=0.6", Some("br"), Reason::Named),
            ("gzip; Q = 0.5, br;q=no", Some("gzip"), Reason::Named),
            ("identity, gzip;q=0.9", None, Reason::Identity),
            ("*", Some("gzip"), Reason::Wildcard),
            ("gzip;q=0, *", Some("br"), Reason::Wildcard),
            ("gzip;q=0, br;q=0, *", None, Reason::NotValid),
            ("GZIP", None, Reason::NotValid),
            ("deflate", None, Reason::NotValid),
            ("", None, Reason::NotValid),
        ] {
            assert_eq!(chosen(accepted, ""), (encoding, reason), "{accepted}");
        }
        assert_eq!(chosen("gzip, br", "br").0, Some("br"));
        assert_eq!(chosen("gzip, br;q=0.9", "br").0, Some("gzip"));
    }
}
