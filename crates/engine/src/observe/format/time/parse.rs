//! `strftime` text to parts.

use super::super::calendar::Moment;
use super::{Fill, Part};

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Compiles a format; a conversion that nobody knows stays as it is.
pub fn parts(text: &str) -> Vec<Part> {
    let mut parts = Parts::default();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        parts.text(&rest[..at]);
        rest = &rest[at..];
        let taken = parts.conversion(&rest[1..]);
        if taken == 0 {
            parts.text("%");
        }
        rest = &rest[1 + taken..];
    }
    parts.text(rest);
    parts.0
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn text(&mut self, text: &str) {
        if let Some(Part::Text(last)) = self.0.last_mut() {
            last.push_str(text);
        } else if !text.is_empty() {
            self.0.push(Part::Text(text.to_owned()));
        }
    }

    /// Adds the conversion at the start of `rest`; how long it is, or 0 when it is none.
    fn conversion(&mut self, rest: &str) -> usize {
        let mut letters = rest.chars();
        let Some(letter) = letters.next() else { return 0 };
        match (letter, letters.next()) {
            ('1'..='9', Some('f')) => {
                self.0.push(Part::Fraction(letter as usize - '0' as usize));
                2
            }
            ('1'..='9', Some('s')) => 1 + usize::from(self.letter('s')),
            ('E', Some(_)) => 1 + self.extended(&rest[1..]),
            ('O', Some(next)) => 1 + usize::from(self.letter(next)),
            _ => usize::from(self.letter(letter)),
        }
    }

    /// What follows `%E`.
    fn extended(&mut self, rest: &str) -> usize {
        let mut letters = rest.chars();
        match (letters.next(), letters.next()) {
            (Some('z'), _) => self.one(Part::Offset { colon: true }),
            (Some('T'), _) => self.one(Part::Text("T".to_owned())),
            (Some('4'), Some('Y')) => 1 + self.one(Part::Number(|m| m.year, 4, Fill::Zero)),
            (Some('*'), Some('S')) => {
                self.letter('S');
                1 + self.one(Part::ShortFraction { dot: true })
            }
            (Some('*'), Some('f')) => 1 + self.one(Part::ShortFraction { dot: false }),
            (Some(digits @ '0'..='9'), Some('S')) => {
                self.letter('S');
                if digits != '0' {
                    self.text(".");
                }
                1 + self.one(Part::Fraction(digits as usize - '0' as usize))
            }
            (Some(digits @ '0'..='9'), Some('f')) => {
                1 + self.one(Part::Fraction(digits as usize - '0' as usize))
            }
            (Some(letter), _) => usize::from(self.letter(letter)),
            (None, _) => 0,
        }
    }

    fn one(&mut self, part: Part) -> usize {
        self.0.push(part);
        1
    }

    /// Conversions of one letter; false when there is none of that name.
    fn letter(&mut self, letter: char) -> bool {
        if let Some(expansion) = expansion(letter) {
            self.0.extend(parts(expansion));
            return true;
        }
        match number(letter).or_else(|| word(letter)) {
            Some(part) => self.0.push(part),
            None => return false,
        }
        true
    }
}

fn expansion(letter: char) -> Option<&'static str> {
    Some(match letter {
        'c' => "%a %b %e %H:%M:%S %Y",
        'D' | 'x' => "%m/%d/%y",
        'F' => "%Y-%m-%d",
        'R' => "%H:%M",
        'r' => "%I:%M:%S %p",
        'T' | 'X' => "%H:%M:%S",
        _ => return None,
    })
}

fn number(letter: char) -> Option<Part> {
    use Fill::{Space, Zero};
    let hour12 = |m: &Moment| i64::from((m.hour + 11) % 12 + 1);
    Some(match letter {
        'C' => Part::Number(|m| m.year / 100, 2, Zero),
        'd' => Part::Number(|m| i64::from(m.day), 2, Zero),
        'e' => Part::Number(|m| i64::from(m.day), 2, Space),
        'f' => Part::Fraction(9),
        'g' => Part::Number(|m| m.iso_week().0.rem_euclid(100), 2, Zero),
        'G' => Part::Number(|m| m.iso_week().0, 1, Zero),
        'H' => Part::Number(|m| i64::from(m.hour), 2, Zero),
        'I' => Part::Number(hour12, 2, Zero),
        'j' => Part::Number(|m| i64::from(m.yearday) + 1, 3, Zero),
        'k' => Part::Number(|m| i64::from(m.hour), 2, Space),
        'l' => Part::Number(hour12, 2, Space),
        'm' => Part::Number(|m| i64::from(m.month), 2, Zero),
        'M' => Part::Number(|m| i64::from(m.minute), 2, Zero),
        's' => Part::Number(|m| m.epoch_s, 1, Zero),
        'S' => Part::Number(|m| i64::from(m.second), 2, Zero),
        'u' => Part::Number(|m| i64::from((m.weekday + 6) % 7 + 1), 1, Zero),
        'U' => Part::Number(|m| i64::from(m.week_from(0)), 2, Zero),
        'V' => Part::Number(|m| i64::from(m.iso_week().1), 2, Zero),
        'w' => Part::Number(|m| i64::from(m.weekday), 1, Zero),
        'W' => Part::Number(|m| i64::from(m.week_from(1)), 2, Zero),
        'y' => Part::Number(|m| m.year.rem_euclid(100), 2, Zero),
        'Y' => Part::Number(|m| m.year, 1, Zero),
        'z' => Part::Offset { colon: false },
        _ => return None,
    })
}

fn word(letter: char) -> Option<Part> {
    Some(match letter {
        'a' => Part::Word(|m| &WEEKDAYS[m.weekday as usize][..3]),
        'A' => Part::Word(|m| WEEKDAYS[m.weekday as usize]),
        'b' | 'h' => Part::Word(|m| &MONTHS[m.month as usize - 1][..3]),
        'B' => Part::Word(|m| MONTHS[m.month as usize - 1]),
        'p' => Part::Word(|m| if m.hour < 12 { "AM" } else { "PM" }),
        'P' => Part::Word(|m| if m.hour < 12 { "am" } else { "pm" }),
        'n' => Part::Text("\n".to_owned()),
        't' => Part::Text("\t".to_owned()),
        '%' => Part::Text("%".to_owned()),
        'Z' => Part::Zone,
        _ => return None,
    })
}
