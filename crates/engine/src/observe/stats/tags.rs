//! Tag extraction: parts of a name become labels, and the rest is the name that Prometheus sees.
//! Each rule looks at the whole name; what rules have captured is taken out at the end.

use std::ops::Range;

use regex::{Regex, RegexSet};
use voyant_ir::snapshot::{StatsTag, StatsTagRule};

/// Compiled rules.
#[derive(Debug)]
pub struct TagExtractor {
    fixed: Vec<(Box<str>, Box<str>)>,
    /// Tells which rules match, for nearly no rule matches any name.
    set: RegexSet,
    rules: Vec<(Box<str>, Regex)>,
}

/// What was found in one name; to be used again for the next.
#[derive(Debug, Default)]
pub struct Extraction {
    /// Rule and the place of the value in the name, in the order of the rules.
    values: Vec<(usize, Range<usize>)>,
    removed: Vec<Range<usize>>,
}

impl TagExtractor {
    /// Rules in the order in which labels are written, after the fixed ones.
    pub fn new(fixed: &[StatsTag], rules: &[StatsTagRule]) -> Result<Self, regex::Error> {
        let compiled = rules
            .iter()
            .map(|StatsTagRule { name, regex }| Ok((label(name).into(), Regex::new(regex)?)));
        let fixed = fixed
            .iter()
            .map(|StatsTag { name, value }| (label(name).into(), value.as_str().into()));
        Ok(Self {
            fixed: fixed.collect(),
            set: RegexSet::new(rules.iter().map(|rule| &rule.regex))?,
            rules: compiled.collect::<Result<_, _>>()?,
        })
    }

    /// Finds the tags of a name.
    pub fn extract(&self, name: &str, found: &mut Extraction) {
        found.values.clear();
        found.removed.clear();
        for rule in self.set.matches(name) {
            let (label, regex) = &self.rules[rule];
            let Some(captures) = regex.captures(name) else { continue };
            let Some(removed) = captures.get(1) else { continue };
            let twice = |(other, _): &(usize, Range<usize>)| self.rules[*other].0 == *label;
            if found.values.iter().any(twice) {
                continue;
            }
            let value = captures.get(2).unwrap_or(removed);
            found.values.push((rule, value.range()));
            found.removed.push(removed.range());
        }
        found.removed.sort_unstable_by_key(|range| range.start);
    }

    /// Labels in their order: name, value.
    pub fn labels<'a>(
        &'a self,
        name: &'a str,
        found: &'a Extraction,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let fixed = self.fixed.iter().map(|(label, value)| (&**label, &**value));
        let extracted = found.values.iter();
        fixed.chain(extracted.map(|(rule, value)| (&*self.rules[*rule].0, &name[value.clone()])))
    }
}

impl Extraction {
    /// Replaces `out` by the name without what the rules took.
    pub fn rest(&self, name: &str, out: &mut String) {
        out.clear();
        let mut from = 0;
        for range in &self.removed {
            if range.start > from {
                out.push_str(&name[from..range.start]);
            }
            from = from.max(range.end);
        }
        out.push_str(&name[from..]);
    }
}

/// A label's name as Prometheus takes it.
fn label(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests;
