//! What literal text a regular expression cannot do without: its start, and pieces of its inside.
//! A path that lacks them need not be matched with the expression at all.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Text that every match of an expression has.
#[derive(Debug, Default)]
pub(super) struct Literals {
    /// Every match begins with it.
    pub(super) start: Vec<u8>,
    /// Every match contains each of them, in any case; in lower case.
    pub(super) inside: Vec<Vec<u8>>,
}

impl Literals {
    /// Reads an expression that is matched against whole values.
    pub(super) fn of(pattern: &str) -> Result<Self, Box<regex_syntax::Error>> {
        let hir =
            regex_syntax::ParserBuilder::new().utf8(false).unicode(false).build().parse(pattern)?;
        let mut walk = Walk { at_start: true, ..Walk::default() };
        walk.hir(&hir);
        walk.end_run();
        Ok(walk.found)
    }
}

#[derive(Default)]
struct Walk {
    found: Literals,
    /// Nothing but literals came so far.
    at_start: bool,
    run: Vec<u8>,
}

impl Walk {
    fn hir(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => {
                if self.at_start {
                    self.found.start.extend_from_slice(&literal.0);
                }
                self.run.extend(literal.0.iter().map(u8::to_ascii_lowercase));
            }
            HirKind::Class(class) => match letter_in_any_case(class) {
                Some(letter) => {
                    self.at_start = false;
                    self.run.push(letter);
                }
                None => self.end_run(),
            },
            HirKind::Capture(capture) => self.hir(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.hir(part)),
            HirKind::Repetition(repetition) => {
                if repetition.min > 0 {
                    self.hir(&repetition.sub);
                }
                self.end_run();
            }
            HirKind::Alternation(branches) => {
                if self.at_start {
                    self.found.start.extend(shared_start(branches));
                }
                self.end_run();
            }
        }
    }

    /// What follows need not follow at once.
    fn end_run(&mut self) {
        self.at_start = false;
        if !self.run.is_empty() {
            self.found.inside.push(std::mem::take(&mut self.run));
        }
    }
}

/// The start that all branches share.
fn shared_start(branches: &[Hir]) -> Vec<u8> {
    let mut starts = branches.iter().map(|branch| {
        let mut walk = Walk { at_start: true, ..Walk::default() };
        walk.hir(branch);
        walk.found.start
    });
    let mut shared = starts.next().unwrap_or_default();
    for start in starts {
        let same = shared.iter().zip(&start).take_while(|(a, b)| a == b).count();
        shared.truncate(same);
    }
    shared
}

/// The lower-case letter of a class that is one ASCII letter in either case.
fn letter_in_any_case(class: &Class) -> Option<u8> {
    let letters: Vec<u32> = match class {
        Class::Unicode(class) => {
            class.iter().map(|r| (r.start(), r.end())).map(one).collect::<Option<_>>()?
        }
        Class::Bytes(class) => {
            let ranges = class.iter().map(|r| (char::from(r.start()), char::from(r.end())));
            ranges.map(one).collect::<Option<_>>()?
        }
    };
    match letters[..] {
        [upper, lower] if upper < 0x80 && lower == upper + 0x20 => Some(lower as u8),
        _ => None,
    }
}

fn one((start, end): (char, char)) -> Option<u32> {
    (start == end && start.is_ascii_alphabetic()).then_some(start as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_and_insides_are_found() {
        for (pattern, start, inside) in [
            ("/a/b", "/a/b", &["/a/b"][..]),
            ("/users/[0-9]+/Orders", "/users/", &["/users/", "/orders"]),
            ("^/x(?:y)(z.*)$", "/xyz", &["/xyz"]),
            (".*/tail", "", &["/tail"]),
            ("/(?:ab|ac)/z", "/a", &["/", "/z"]),
            ("/(?:ab)+c", "/ab", &["/ab", "c"]),
            ("/a?b", "/", &["/", "b"]),
            ("(?i)/ab[0-9]", "/", &["/ab"]),
            ("(?i)/k", "/", &["/k"]),
            ("", "", &[]),
        ] {
            let literals = Literals::of(pattern).unwrap();
            assert_eq!(literals.start, start.as_bytes(), "{pattern}");
            let expected: Vec<_> = inside.iter().map(|text| text.as_bytes()).collect();
            assert_eq!(literals.inside, expected, "{pattern}");
        }
    }
}
