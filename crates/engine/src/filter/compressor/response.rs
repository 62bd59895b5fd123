//! What a response must be for being compressed, and what its head says then.

use super::OnWorker;
use super::config::Config;
use super::stats::ResponseCompressorStats;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};

impl Config {
    /// Such a response may be compressed for those who want that.
    pub fn may_compress(&self, head: &Head, stats: &ResponseCompressorStats) -> bool {
        if !self.response.takes_type(head) || has_no_transform(head) {
            return false;
        }
        if self.disable_on_etag_header && head.contains(HeaderId::Etag) {
            // Who tells of it counts it there.
            if self.status_header.is_none() {
                stats.not_compressed_etag.inc();
            }
            return false;
        }
        let status = head.status();
        !self.uncompressible_codes.contains(&status)
            && !head.contains(HeaderId::ContentEncoding)
            && !head.is_upgrade()
    }

    /// The same where `x-envoy-compression-status` is to tell the first reason why not. Envoy then
    /// looks at them in this order, and counts a small body twice.
    pub fn tell(
        &self,
        key: &HeaderKey,
        head: &mut Head,
        encoding: &str,
        counts: &OnWorker,
    ) -> bool {
        let stays = head.contains(HeaderId::ContentEncoding) || has_no_transform(head);
        if stays || head.is_upgrade() {
            return false;
        }
        let reason = if !self.response.is_long_enough(head, &counts.of_responses) {
            counts.of_responses.content_length_too_small.inc();
            "ContentLengthTooSmall"
        } else if !self.response.takes_type(head) {
            "ContentTypeNotAllowed"
        } else if self.disable_on_etag_header && head.contains(HeaderId::Etag) {
            counts.stats.not_compressed_etag.inc();
            "EtagNotAllowed"
        } else if self.uncompressible_codes.contains(&head.status()) {
            "StatusCodeNotAllowed"
        } else {
            return true;
        };
        head.push_key(key, [encoding, ";", reason].concat().as_bytes());
        false
    }

    /// Says that the body is compressed.
    pub fn mark(&self, head: &mut Head, encoding: &str) {
        let etag = head.get(HeaderId::Etag);
        let is_weak =
            etag.is_some_and(|etag| etag.len() > 2 && etag[..2].eq_ignore_ascii_case(b"w/"));
        if let Some(etag) = etag.filter(|_| !is_weak) {
            if self.weaken_etag_on_compress {
                let weak = [b"W/", etag].concat();
                head.set(HeaderId::Etag, &weak);
            } else {
                head.remove(HeaderId::Etag);
            }
        }
        let length = head.get(HeaderId::ContentLength).unwrap_or_default();
        let told = self
            .status_header
            .is_some()
            .then(|| [encoding.as_bytes(), b";Compressed;OriginalLength=", length].concat());
        head.remove(HeaderId::ContentLength);
        head.set(HeaderId::ContentEncoding, encoding.as_bytes());
        if let (Some(key), Some(told)) = (&self.status_header, told) {
            head.push_key(key, &told);
        }
    }
}

/// Whether a message is to stay as it is.
pub fn has_no_transform(head: &Head) -> bool {
    has_token(head.get(HeaderId::CacheControl), b"no-transform")
}

fn has_token(value: Option<&[u8]>, token: &[u8]) -> bool {
    let tokens = value.unwrap_or_default().split(|&byte| byte == b',');
    tokens.map(<[u8]>::trim_ascii).any(|found| found.eq_ignore_ascii_case(token))
}

/// Says that who accepts other encodings may get another body.
pub fn add_vary(head: &mut Head) {
    const NAME: &[u8] = b"Accept-Encoding";
    match head.get(HeaderId::Vary) {
        // As it is spelt here, that is: Envoy adds it beside another spelling.
        Some(value) if value.split(|&byte| byte == b',').any(|t| t.trim_ascii() == NAME) => {}
        Some(value) => {
            let longer = [value, b", ", NAME].concat();
            head.set(HeaderId::Vary, &longer);
        }
        None => head.push(HeaderId::Vary, NAME),
    }
}
