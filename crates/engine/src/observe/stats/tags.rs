//! Tag extraction: parts of a name become labels, and the rest is the name that Prometheus sees.
//! Each rule looks at the whole name; what rules have captured is taken out at the end.

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexSet};
use voyant_ir::snapshot::{StatsTag, StatsTagRule};

/// The rules. They are compiled when a name is first asked for: Envoy's default rules take 9 MB,
/// which a proxy that is never asked for tags need not hold.
#[derive(Debug)]
pub struct TagExtractor {
    fixed: Vec<(Box<str>, Box<str>)>,
    /// Label and pattern.
    rules: Vec<(Box<str>, Box<str>)>,
    compiled: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    /// Tells which rules match, for nearly no rule matches any name.
    set: RegexSet,
    /// As many as the rules; nothing for one that outgrows the limit on a program's size.
    regexes: Vec<Option<Regex>>,
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
        let fixed = fixed
            .iter()
            .map(|StatsTag { name, value }| (label(name).into(), value.as_str().into()));
        let checked = rules.iter().map(|StatsTagRule { name, regex }| {
            let syntax = |error: regex_syntax::Error| regex::Error::Syntax(error.to_string());
            regex_syntax::parse(regex).map_err(syntax)?;
            Ok((label(name).into(), regex.as_str().into()))
        });
        Ok(Self {
            fixed: fixed.collect(),
            rules: checked.collect::<Result<_, regex::Error>>()?,
            compiled: OnceLock::new(),
        })
    }

    /// Finds the tags of a name.
    pub fn extract(&self, name: &str, found: &mut Extraction) {
        found.values.clear();
        found.removed.clear();
        let Compiled { set, regexes } = self.compiled.get_or_init(|| Compiled::new(&self.rules));
        for rule in set.matches(name) {
            let (label, _) = &self.rules[rule];
            let Some(captures) = regexes[rule].as_ref().and_then(|r| r.captures(name)) else {
                continue;
            };
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

impl Compiled {
    fn new(rules: &[(Box<str>, Box<str>)]) -> Self {
        let regexes = rules.iter().map(|(_, text)| Regex::new(text).ok()).collect();
        let set = RegexSet::new(rules.iter().map(|(_, text)| text)).unwrap_or_default();
        Self { set, regexes }
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
