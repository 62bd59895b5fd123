//! Full names of statistics: prefix, dot, name, and what response codes add. They are put
//! together only where one is read; the registry compares them in their parts.

use std::cmp::Ordering;
use std::fmt::Write;

use super::group::MetricInfo;
use super::response_codes::Series;

/// A statistic of a scope.
#[derive(Debug, Clone, Copy)]
pub struct NameParts<'a> {
    pub prefix: &'a str,
    /// Empty where the prefix is all of it.
    pub name: &'a str,
    pub series: Series,
}

impl<'a> NameParts<'a> {
    pub fn new(prefix: &'a str, metric: &MetricInfo, series: Series) -> Self {
        Self { prefix, name: metric.name, series }
    }

    /// Replaces `out` by the full name.
    pub fn write(&self, out: &mut String) {
        out.clear();
        out.push_str(self.prefix);
        if !self.name.is_empty() {
            out.push('.');
        }
        out.push_str(self.name);
        // Writing to a string cannot fail.
        let _ = match self.series {
            Series::Only => Ok(()),
            Series::Completed => out.write_str("_completed"),
            Series::Class(class) => write!(out, "_{class}xx"),
            Series::Code(code) => write!(out, "_{code}"),
            Series::Unknown => out.write_str("_unknown"),
        };
    }

    /// The order of the full names.
    pub fn compare(&self, other: &Self) -> Ordering {
        if self.prefix == other.prefix {
            return self.tail().cmp(other.tail());
        }
        self.full().cmp(other.full())
    }

    fn full(&self) -> impl Iterator<Item = u8> {
        let dot = (!self.name.is_empty()).then_some(b'.');
        self.prefix.bytes().chain(dot).chain(self.tail())
    }

    fn tail(&self) -> impl Iterator<Item = u8> {
        let digit = |number: u16| b'0' + (number % 10) as u8;
        let (suffix, length) = match self.series {
            Series::Only => ([0; 10], 0),
            Series::Completed => (*b"_completed", 10),
            Series::Class(class) => ([b'_', digit(class.into()), b'x', b'x', 0, 0, 0, 0, 0, 0], 4),
            Series::Code(code) => {
                let digits = [digit(code / 100), digit(code / 10), digit(code)];
                ([b'_', digits[0], digits[1], digits[2], 0, 0, 0, 0, 0, 0], 4)
            }
            Series::Unknown => (*b"_unknown\0\0", 8),
        };
        self.name.bytes().chain(suffix.into_iter().take(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_ordered_as_their_full_names() {
        let series = [
            Series::Only,
            Series::Completed,
            Series::Class(2),
            Series::Code(200),
            Series::Code(404),
            Series::Unknown,
        ];
        let mut all = Vec::new();
        for prefix in ["cluster.a", "cluster.a.b", "cluster.a-b", "cluster.ab"] {
            for name in ["upstream_rq", "b.upstream_rq", "external.upstream_rq"] {
                all.extend(series.map(|series| NameParts { prefix, name, series }));
            }
            all.push(NameParts { prefix, name: "", series: Series::Only });
        }
        let text = |parts: &NameParts<'_>| {
            let mut out = "old".to_owned();
            parts.write(&mut out);
            out
        };
        for one in &all {
            for two in &all {
                assert_eq!(one.compare(two), text(one).cmp(&text(two)), "{one:?} {two:?}");
            }
        }
    }
}
