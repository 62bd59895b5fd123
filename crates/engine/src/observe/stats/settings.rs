//! What configuration says of statistics: which are kept, the bounds of histogram buckets, and
//! which parts of a name are tags. Compiled from [`voyant_ir::snapshot::Stats`].

use voyant_ir::snapshot as ir;

use super::tags::TagExtractor;
use crate::pattern::PatternError;
use crate::string_matcher::StringMatcher;

/// Bounds of a histogram's buckets where nothing else is configured (Envoy's).
const DEFAULT_BOUNDS: [f64; 19] = [
    0.5, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4, 3e4, 6e4, 3e5, 6e5,
    1.8e6, 3.6e6,
];

/// A pattern that does not compile.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error(transparent)]
    Matcher(#[from] PatternError),
    #[error(transparent)]
    TagRule(#[from] regex::Error),
}

/// Compiled settings.
#[derive(Debug)]
pub struct Settings {
    matcher: Option<Matcher>,
    buckets: Vec<(StringMatcher, Box<[f64]>)>,
    pub tags: TagExtractor,
}

#[derive(Debug)]
struct Matcher {
    inclusive: bool,
    patterns: Vec<StringMatcher>,
}

impl Settings {
    pub fn new(stats: &ir::Stats) -> Result<Self, SettingsError> {
        // The flush interval is for whoever calls `Registry::flush`.
        let ir::Stats { flush_interval_ms: _, fixed_tags, tag_rules, matcher, histogram_buckets } =
            stats;
        let matcher = match matcher {
            None => None,
            Some(ir::StatsMatcher { inclusive, patterns }) => {
                let patterns = patterns.iter().map(StringMatcher::new).collect::<Result<_, _>>()?;
                Some(Matcher { inclusive: *inclusive, patterns })
            }
        };
        let buckets = histogram_buckets.iter().map(|ir::HistogramBuckets { name, buckets }| {
            Ok((StringMatcher::new(name)?, buckets.as_slice().into()))
        });
        Ok(Self {
            matcher,
            buckets: buckets.collect::<Result<_, SettingsError>>()?,
            tags: TagExtractor::new(fixed_tags, tag_rules)?,
        })
    }

    /// True if names need not be asked for: all are kept.
    pub fn keeps_all(&self) -> bool {
        self.matcher.is_none()
    }

    /// Whether a statistic exists.
    pub fn keeps(&self, name: &str) -> bool {
        self.matcher.as_ref().is_none_or(|matcher| {
            let any = matcher.patterns.iter().any(|pattern| pattern.matches(name.as_bytes()));
            any == matcher.inclusive
        })
    }

    /// Upper bounds of a histogram's buckets.
    pub fn bucket_bounds(&self, name: &str) -> &[f64] {
        let configured = self.buckets.iter().find(|(pattern, _)| pattern.matches(name.as_bytes()));
        configured.map_or(&DEFAULT_BOUNDS, |(_, bounds)| bounds)
    }
}

#[cfg(test)]
mod tests {
    use voyant_ir::matcher::StringMatcher as Pattern;

    use super::*;

    fn prefix(value: &str) -> Pattern {
        Pattern::Prefix { value: value.to_owned(), ignore_case: false }
    }

    fn settings(matcher: Option<ir::StatsMatcher>) -> Settings {
        let bounds = ir::HistogramBuckets { name: prefix("cluster."), buckets: vec![1.0, 2.0] };
        Settings::new(&ir::Stats {
            flush_interval_ms: 5000,
            fixed_tags: vec![],
            tag_rules: vec![],
            matcher,
            histogram_buckets: vec![bounds],
        })
        .expect("valid")
    }

    #[test]
    fn a_matcher_includes_or_excludes() {
        let matcher = |inclusive| ir::StatsMatcher { inclusive, patterns: vec![prefix("http.")] };
        let kept = |settings: Settings| ["http.a", "server.live"].map(|name| settings.keeps(name));
        assert_eq!(kept(settings(None)), [true, true]);
        assert_eq!(kept(settings(Some(matcher(true)))), [true, false]);
        assert_eq!(kept(settings(Some(matcher(false)))), [false, true]);
    }

    #[test]
    fn buckets_are_configured_by_name() {
        let settings = settings(None);
        assert_eq!(settings.bucket_bounds("cluster.a.upstream_rq_time").len(), 2);
        assert_eq!(settings.bucket_bounds("http.a.downstream_rq_time").len(), 19);
    }
}
