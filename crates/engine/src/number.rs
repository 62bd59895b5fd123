//! What text is a number for Envoy: what C's `strtod` reads, blanks around it left out.

/// The number that the whole of a text says.
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim_ascii();
    let (sign, bare) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if let Some(("", digits)) = bare.split_once("0x").or_else(|| bare.split_once("0X")) {
        return hexadecimal(digits).map(|number| sign * number);
    }
    if is_nan_of_a_kind(bare) {
        return Some(f64::NAN);
    }
    text.parse().ok()
}

/// `nan(...)` with letters, digits and underscores between.
fn is_nan_of_a_kind(text: &str) -> bool {
    let kind = text.get(..4).filter(|start| start.eq_ignore_ascii_case("nan("));
    let kind = kind.and_then(|_| text[4..].strip_suffix(')'));
    kind.is_some_and(|kind| kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// Digits with a point, and an exponent of two behind `p`.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['p', 'P']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let mut value = 0.0_f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    Some(value * 2.0_f64.powi(exponent.checked_sub(shift)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    proptest! {
        #[test]
        fn any_text_is_read(text in "[-+]?(0[xX])?[0-9a-fA-F.pP+ -]*|[nN]a[nN]\\(.*|.*") {
            let number = parse(&text);
            let plain = text.trim_ascii().parse::<f64>();
            if let Ok(plain) = plain {
                prop_assert_eq!(number.map(f64::to_bits), Some(plain.to_bits()));
            }
        }

        #[test]
        fn hexadecimal_digits_say_what_they_are(number in any::<u32>()) {
            prop_assert_eq!(parse(&format!("0x{number:x}")), Some(f64::from(number)));
            prop_assert_eq!(parse(&format!("-0X{number:X}p-4")), Some(f64::from(number) / -16.0));
        }
    }

    #[test]
    fn what_strtod_reads_is_a_number() {
        for (text, number) in [
            ("12.5", 12.5),
            (" -1e3 ", -1000.0),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("0x10", 16.0),
            ("-0X1.8p4", -24.0),
            ("0x.8", 0.5),
            ("0x1p-2", 0.25),
            ("inf", f64::INFINITY),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in ["nan", "-NaN", "nan(1_a)"] {
            assert!(parse(text).is_some_and(f64::is_nan), "{text}");
        }
    }

    #[test]
    fn what_it_does_not_read_whole_is_none() {
        let texts = ["", " ", "0x", "0x.", "0x1p", "0xg", "1e", "1_0", "1 2", "--1", "nan(-)", "é"];
        for text in texts {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
