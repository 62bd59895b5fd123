//! Runtime values (Envoy's `layered_runtime`): numbers that configuration may be overridden by.
//!
//! A later layer hides the values of an earlier one. All workers look into one immutable map,
//! which is replaced as a whole when a layer changes; a key that nobody configured costs no look.

use std::collections::HashMap;

use arc_swap::ArcSwap;
use voyant_ir::matcher::FractionalPercent;
use voyant_ir::snapshot::RuntimeLayer;

use crate::number;

pub mod loader;

/// The final value of every key.
#[derive(Debug, Default)]
pub struct Runtime {
    values: ArcSwap<Values>,
}

type Values = HashMap<Box<str>, Value>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    /// Not negative; of one with a fraction the whole part, and all of it.
    Number(u64, f64),
    /// Negative, or beyond what a whole number may be.
    Double(f64),
    Fraction {
        numerator: u32,
        denominator: u32,
    },
    Flag(bool),
    Other,
}

impl Runtime {
    /// Merges the layers.
    pub fn new(layers: &[RuntimeLayer]) -> Self {
        Self { values: ArcSwap::from_pointee(merged(layers)) }
    }

    /// From now on these layers hold.
    pub fn replace(&self, layers: &[RuntimeLayer]) {
        self.values.store(merged(layers).into());
    }

    /// A whole number, or the default where the key has none.
    pub fn integer(&self, key: &str, default: u64) -> u64 {
        match self.lookup(key) {
            Some(Value::Number(number, _)) => number,
            _ => default,
        }
    }

    /// A number, or the default where the key has none.
    pub fn double(&self, key: &str, default: f64) -> f64 {
        match self.lookup(key) {
            Some(Value::Number(_, number) | Value::Double(number)) => number,
            _ => default,
        }
    }

    /// A truth value, or the default where the key has none.
    pub fn flag(&self, key: &str, default: bool) -> bool {
        match self.lookup(key) {
            Some(Value::Flag(flag)) => flag,
            _ => default,
        }
    }

    /// Whether a random number falls into a share of `buckets`, of which a runtime number
    /// overrides how many count.
    pub fn sampled(&self, key: &str, share: u32, random: u64, buckets: u32) -> bool {
        let buckets = u64::from(buckets.max(1));
        random % buckets < self.integer(key, share.into()).min(buckets)
    }

    /// Whether a random number falls into a share of requests. A runtime number is a percentage.
    pub fn feature_enabled(&self, fraction: &FractionalPercent, random: u64) -> bool {
        let FractionalPercent { numerator, denominator, runtime_key } = fraction;
        let configured = (u64::from(*numerator), u64::from(*denominator));
        let (numerator, denominator) = match self.lookup(runtime_key) {
            Some(Value::Fraction { numerator, denominator }) => {
                (u64::from(numerator), u64::from(denominator))
            }
            Some(Value::Number(number, _)) => (number, 100),
            _ => configured,
        };
        random % denominator.max(1) < numerator
    }

    fn lookup(&self, key: &str) -> Option<Value> {
        if key.is_empty() {
            return None;
        }
        self.values.load().get(key).copied()
    }
}

/// A whole number that begins with a zero, which is one of octal digits in text.
fn octal(text: &str) -> Option<Value> {
    let bare = text.strip_prefix('+').unwrap_or(text);
    let digits = bare.strip_prefix('0').filter(|digits| !digits.is_empty())?;
    let number = u64::from_str_radix(digits, 8).ok()?;
    // As a number with a fraction it may lose its last bits.
    #[allow(clippy::cast_precision_loss)]
    Some(Value::Number(number, number as f64))
}

fn merged(layers: &[RuntimeLayer]) -> Values {
    layers
        .iter()
        .flat_map(|layer| layer.values.iter().map(move |entry| (layer, entry)))
        .map(|(layer, entry)| {
            // What files and the operator say is text to be read; the configuration's was read.
            let is_text = layer.admin || layer.disk;
            let text = &entry.value;
            let value = if is_text { Value::scalar(text) } else { Value::parse(text) };
            (entry.key.as_str().into(), value)
        })
        .collect()
}

impl Value {
    /// Reads a value as Envoy prints it: fractions are messages in text.
    fn parse(text: &str) -> Self {
        /// 2 to the 64th: the first number of more bits.
        const BEYOND: f64 = 18_446_744_073_709_551_616.0;
        if let Some(number) = number::parse(text) {
            // What is not negative loses nothing but its fraction.
            #[allow(clippy::cast_sign_loss)]
            return match number {
                number if !number.is_finite() => Self::Other,
                number if (0.0..BEYOND).contains(&number) => Self::Number(number as u64, number),
                number => Self::Double(number),
            };
        }
        match text {
            "true" => return Self::Flag(true),
            "false" => return Self::Flag(false),
            _ => {}
        }
        match (text.split_once("numerator"), text.split_once("denominator")) {
            (Some((_, numerator)), denominator) => Self::fraction(numerator, denominator),
            _ => Self::Other,
        }
    }

    /// Reads text with which a comment may stand.
    fn scalar(text: &str) -> Self {
        let scalar = text.split_once(" #").map_or(text, |(scalar, _)| scalar).trim();
        octal(scalar).unwrap_or_else(|| Self::parse(scalar))
    }

    fn fraction(numerator: &str, denominator: Option<(&str, &str)>) -> Self {
        let digits = |c: char| c.is_ascii_digit();
        let numerator = numerator
            .split(|c| !digits(c))
            .find(|part| !part.is_empty())
            .and_then(|number| number.parse().ok());
        let name = |text: &str| {
            let mut words = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
            words.find_map(|word| match word {
                "HUNDRED" => Some(100),
                "TEN_THOUSAND" => Some(10_000),
                "MILLION" => Some(1_000_000),
                _ => None,
            })
        };
        let denominator = denominator.map_or(Some(100), |(_, text)| name(text));
        match (numerator, denominator) {
            (Some(numerator), Some(denominator)) => Self::Fraction { numerator, denominator },
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voyant_ir::snapshot::RuntimeValue;

    fn layer(values: &[(&str, &str)]) -> RuntimeLayer {
        let values = values
            .iter()
            .map(|(key, value)| RuntimeValue { key: (*key).into(), value: (*value).into() })
            .collect();
        RuntimeLayer { name: "layer".into(), admin: false, disk: false, values }
    }

    fn percent(numerator: u32, runtime_key: &str) -> FractionalPercent {
        FractionalPercent { numerator, denominator: 100, runtime_key: runtime_key.into() }
    }

    #[test]
    fn later_layers_win() {
        let runtime = Runtime::new(&[layer(&[("a", "1"), ("b", "2")]), layer(&[("a", "3")])]);
        assert_eq!((runtime.integer("a", 9), runtime.integer("b", 9)), (3, 2));
        assert_eq!(runtime.integer("c", 9), 9);
    }

    #[test]
    fn fractions_are_overridden_by_numbers_and_fractions_only() {
        let debug = "fields {\n  key: \"denominator\"\n  value {\n    string_value: \
            \"TEN_THOUSAND\"\n  }\n}\nfields {\n  key: \"numerator\"\n  value {\n    \
            number_value: 10000\n  }\n}\n";
        let runtime = Runtime::new(&[layer(&[
            ("all", "100"),
            ("more", "1000"),
            ("half", "50.9"),
            ("negative", "-3"),
            ("no_number", "nan"),
            ("fraction", debug),
            ("flag", "true"),
        ])]);
        for key in ["all", "more", "fraction"] {
            assert!(runtime.feature_enabled(&percent(0, key), 99), "{key}");
        }
        assert!(runtime.feature_enabled(&percent(0, "half"), 49));
        assert!(!runtime.feature_enabled(&percent(0, "half"), 50));
        let double = |key| runtime.double(key, 7.5);
        assert_eq!((double("half"), double("negative"), double("flag")), (50.9, -3.0, 7.5));
        for (key, value, number) in [("spaced", " 7 ", 7), ("power", "1e3", 1000)] {
            runtime.replace(&[layer(&[(key, value)])]);
            assert_eq!(runtime.integer(key, 0), number);
        }
        let of_operator = RuntimeLayer { admin: true, ..layer(&[("a", "0x10"), ("b", "010 # x")]) };
        let of_file = RuntimeLayer { disk: true, ..layer(&[("c", "+017"), ("d", "09")]) };
        let configured = layer(&[("e", "010"), ("f", "1e20"), ("g", "10 # x")]);
        let read = Runtime::new(&[of_operator, of_file, configured]);
        let integers = ["a", "b", "c", "d", "e", "f", "g"].map(|key| read.integer(key, 99));
        assert_eq!(integers, [16, 8, 15, 9, 10, 99, 99]);
        assert!((read.double("f", 0.0) - 1e20).abs() < 1.0);
        for key in ["flag", "negative", "no_number", "missing", ""] {
            assert!(!runtime.feature_enabled(&percent(0, key), 0), "{key}");
            assert!(runtime.feature_enabled(&percent(1, key), 100), "{key}");
        }
    }
}
