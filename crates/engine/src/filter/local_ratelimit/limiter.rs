//! The buckets of one configuration, and which of them a request takes from.
//!
//! The slowest bucket of those that match is asked first, so that a request that it refuses takes
//! from no other. A descriptor with a value left open makes a bucket for each value that comes,
//! up to a bound; the one unused for longest makes way.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use voyant_ir::filter::local_ratelimit as ir;

use super::token_bucket::TokenBucket;
use crate::rate_limit::descriptor::{Descriptor, Entries};
use crate::rt::clock::Instant;

/// All buckets of one configuration.
#[derive(Debug)]
pub struct Limiter {
    default: Option<Arc<TokenBucket>>,
    always_consume_default: bool,
    exact: HashMap<Entries, Limit>,
    open: Box<[OpenLimit]>,
}

/// A descriptor's bucket.
#[derive(Debug, Clone)]
struct Limit {
    bucket: Arc<TokenBucket>,
    shadow: bool,
}

/// A descriptor of which some values are open.
#[derive(Debug)]
struct OpenLimit {
    entries: Entries,
    bucket: ir::TokenBucket,
    shadow: bool,
    max_buckets: usize,
    /// Read without a lock; who adds a bucket replaces the map.
    buckets: ArcSwap<HashMap<Entries, Arc<Used>>>,
    uses: AtomicU64,
}

#[derive(Debug)]
struct Used {
    limit: Limit,
    last: AtomicU64,
}

/// What became of a request.
#[derive(Debug)]
pub struct Verdict {
    pub allowed: bool,
    /// It is over a limit that only counts.
    pub shadowed: bool,
    /// The bucket that headers tell of.
    pub told: Option<Arc<TokenBucket>>,
    pub x_ratelimit_headers: Option<bool>,
}

impl Limiter {
    pub fn new(config: &ir::LocalRatelimit) -> Self {
        let new = |bucket: &ir::TokenBucket| Arc::new(TokenBucket::new(bucket));
        let is_open = |limited: &&ir::LimitedDescriptor| {
            limited.entries.iter().any(|entry| entry.value.is_empty())
        };
        let (open, exact): (Vec<_>, Vec<_>) = config.descriptors.iter().partition(is_open);
        let exact = exact.into_iter().map(|limited| {
            let bucket = new(&limited.token_bucket);
            (entries(limited), Limit { bucket, shadow: limited.shadow_mode })
        });
        let open = open.into_iter().map(|limited| OpenLimit {
            entries: entries(limited),
            bucket: limited.token_bucket.clone(),
            shadow: limited.shadow_mode,
            max_buckets: config.max_dynamic_descriptors.max(1) as usize,
            buckets: ArcSwap::default(),
            uses: AtomicU64::new(0),
        });
        Self {
            default: config.token_bucket.as_ref().map(new),
            always_consume_default: config.always_consume_default_token_bucket,
            exact: exact.collect(),
            open: open.collect(),
        }
    }

    /// Counts a request, so many times as there are who share the tokens.
    pub fn take(&self, descriptors: &[Descriptor], sharers: u64, at: Instant) -> Verdict {
        let mut matched: Vec<(Limit, &Descriptor)> = descriptors
            .iter()
            .filter_map(|descriptor| Some((self.limit(&descriptor.entries)?, descriptor)))
            .collect();
        matched.sort_by(|(a, _), (b, _)| a.bucket.fill_rate().total_cmp(&b.bucket.fill_rate()));
        let mut shadowed = false;
        for (limit, descriptor) in &matched {
            let tokens = descriptor.hits.saturating_mul(sharers);
            if descriptor.gives_back {
                limit.bucket.give(tokens, at);
                continue;
            }
            let over = !limit.bucket.take(tokens, at);
            if over && !limit.shadow {
                return Verdict::new(false, &limit.bucket, descriptor.x_ratelimit_headers);
            }
            shadowed |= over;
        }
        let first = matched.first();
        if let Some(default) = &self.default
            && (first.is_none() || self.always_consume_default)
        {
            let allowed = default.take(sharers, at);
            if first.is_none() || !allowed {
                return Verdict::new(allowed, default, None);
            }
        }
        let told = first.map(|(limit, _)| Arc::clone(&limit.bucket));
        let x_ratelimit_headers = first.and_then(|first| first.1.x_ratelimit_headers);
        Verdict { allowed: true, shadowed, told, x_ratelimit_headers }
    }

    fn limit(&self, entries: &Entries) -> Option<Limit> {
        if let Some(limit) = self.exact.get(entries) {
            return Some(limit.clone());
        }
        self.open.iter().find(|open| open.matches(entries)).map(|open| open.limit(entries))
    }
}

impl Verdict {
    fn new(allowed: bool, told: &Arc<TokenBucket>, x_ratelimit_headers: Option<bool>) -> Self {
        Self { allowed, shadowed: false, told: Some(Arc::clone(told)), x_ratelimit_headers }
    }
}

impl OpenLimit {
    fn matches(&self, entries: &Entries) -> bool {
        let pairs = self.entries.iter().zip(entries);
        self.entries.len() == entries.len()
            && pairs.into_iter().all(|((key, value), (found_key, found))| {
                key == found_key && (value.is_empty() || value == found)
            })
    }

    fn limit(&self, entries: &Entries) -> Limit {
        let used = self.uses.fetch_add(1, Relaxed);
        if let Some(found) = self.buckets.load().get(entries) {
            found.last.store(used, Relaxed);
            return found.limit.clone();
        }
        let bucket = Arc::new(TokenBucket::new(&self.bucket));
        let limit = Limit { bucket, shadow: self.shadow };
        let new = Arc::new(Used { limit, last: AtomicU64::new(used) });
        self.buckets.rcu(|buckets| {
            let mut buckets = HashMap::clone(buckets);
            if buckets.len() >= self.max_buckets && !buckets.contains_key(entries) {
                let oldest = buckets.iter().min_by_key(|(_, used)| used.last.load(Relaxed));
                let oldest = oldest.map(|(entries, _)| entries.clone());
                oldest.and_then(|oldest| buckets.remove(&oldest));
            }
            // Another worker may have been first.
            buckets.entry(entries.clone()).or_insert_with(|| Arc::clone(&new));
            buckets
        });
        self.buckets.load().get(entries).unwrap_or(&new).limit.clone()
    }
}

fn entries(limited: &ir::LimitedDescriptor) -> Entries {
    let bytes = |text: &str| Box::from(text.as_bytes());
    limited.entries.iter().map(|entry| (bytes(&entry.key), bytes(&entry.value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::local_ratelimit::tests::config;
    use crate::rt::clock::now;

    fn limited(entries: &[(&str, &str)], max_tokens: u32) -> ir::LimitedDescriptor {
        let entries = entries
            .iter()
            .map(|(key, value)| ir::DescriptorEntry { key: (*key).into(), value: (*value).into() });
        ir::LimitedDescriptor {
            entries: entries.collect(),
            token_bucket: ir::TokenBucket {
                max_tokens,
                tokens_per_fill: max_tokens,
                fill_interval_ms: 3_600_000,
            },
            shadow_mode: false,
        }
    }

    fn descriptor(entries: &[(&str, &str)]) -> Descriptor {
        let bytes = |text: &str| Box::from(text.as_bytes());
        let entries = entries.iter().map(|(key, value)| (bytes(key), bytes(value))).collect();
        Descriptor { entries, hits: 1, gives_back: false, x_ratelimit_headers: None }
    }

    #[test]
    fn the_slowest_bucket_that_matches_is_asked_first() {
        let mut config = config(9);
        config.descriptors = vec![limited(&[("a", "1")], 3), limited(&[("b", "1")], 1)];
        let limiter = Limiter::new(&config);
        let both = [descriptor(&[("a", "1")]), descriptor(&[("b", "1")])];
        let at = now();
        assert!(limiter.take(&both, 1, at).allowed);
        let refused = limiter.take(&both, 1, at);
        assert!(!refused.allowed);
        assert_eq!(refused.told.expect("a bucket").max_tokens(), 1);
        let first = limiter.take(&both[..1], 1, at);
        assert_eq!((first.allowed, first.told.expect("a bucket").remaining(at)), (true, 1));
    }

    #[test]
    fn open_values_have_buckets_of_their_own_up_to_a_bound() {
        let mut config = config(99);
        config.max_dynamic_descriptors = 2;
        config.descriptors = vec![limited(&[("user", "")], 1)];
        let limiter = Limiter::new(&config);
        let at = now();
        let take = |user| limiter.take(&[descriptor(&[("user", user)])], 1, at).allowed;
        assert!(take("a") && !take("a") && take("b") && !take("a"));
        assert!(take("c"), "b makes way");
        assert!(!take("a") && take("b"));
        assert!(limiter.take(&[descriptor(&[("other", "a")])], 1, at).allowed);
    }

    #[test]
    fn the_default_bucket_may_be_spared() {
        let mut config = config(1);
        config.descriptors = vec![limited(&[("a", "1")], 5)];
        config.always_consume_default_token_bucket = false;
        let limiter = Limiter::new(&config);
        let at = now();
        let with = [descriptor(&[("a", "1")])];
        assert!((0..5).all(|_| limiter.take(&with, 1, at).allowed));
        assert!(!limiter.take(&with, 1, at).allowed);
        assert!(limiter.take(&[], 1, at).allowed && !limiter.take(&[], 1, at).allowed);
    }

    #[test]
    fn sharers_take_as_many_tokens_as_they_are() {
        let limiter = Limiter::new(&config(7));
        let at = now();
        let take = || limiter.take(&[], 3, at);
        assert_eq!(take().told.expect("a bucket").remaining(at), 4);
        assert!(take().allowed && !take().allowed);
    }

    #[test]
    fn hits_may_be_given_back() {
        let mut config = config(9);
        config.descriptors = vec![limited(&[("a", "1")], 3)];
        let limiter = Limiter::new(&config);
        let at = now();
        let taken = descriptor(&[("a", "1")]);
        let given = Descriptor { gives_back: true, ..descriptor(&[("a", "1")]) };
        let left = |with| {
            let with = std::slice::from_ref(with);
            limiter.take(with, 1, at).told.expect("a bucket").remaining(at)
        };
        assert_eq!((left(&taken), left(&given), left(&given), left(&taken)), (2, 3, 3, 2));
    }
}
