//! How Envoy's pages spell floating-point numbers, which is not the same on each.

use std::io::Write;

/// C's `%.<digits>g`: so many significant digits, no zeros at the end.
pub(super) fn general(value: f64, digits: usize, out: &mut Vec<u8>) {
    if value == 0.0 || !value.is_finite() {
        return put(out, format_args!("{value}"));
    }
    let scientific = format!("{:.*e}", digits - 1, value);
    let (mantissa, exponent) = split(&scientific);
    let before_point = usize::try_from(exponent + 1).unwrap_or(0);
    if exponent < -4 || before_point > digits {
        return scientific_form(mantissa, exponent, out);
    }
    let decimals = digits.saturating_add_signed(-(exponent as isize) - 1);
    let fixed = format!("{value:.decimals$}");
    out.extend_from_slice(without_zeros(&fixed).as_bytes());
}

/// The fewest digits that say which number it is, in fixed or scientific form, whichever is
/// shorter; `null` for what is no number. For JSON.
pub(super) fn json(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        return out.extend_from_slice(b"null");
    }
    let fixed = value.to_string();
    let shortest = format!("{value:e}");
    let (mantissa, exponent) = split(&shortest);
    let mut scientific = Vec::new();
    scientific_form(mantissa, exponent, &mut scientific);
    if scientific.len() < fixed.len() {
        out.extend_from_slice(&scientific);
    } else {
        out.extend_from_slice(fixed.as_bytes());
    }
}

/// The fewest digits in fixed form, and `nan`.
pub(super) fn plain(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        out.extend_from_slice(b"nan");
    } else {
        put(out, format_args!("{value}"));
    }
}

fn split(scientific: &str) -> (&str, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    (mantissa, exponent.parse().unwrap_or(0))
}

fn scientific_form(mantissa: &str, exponent: i32, out: &mut Vec<u8>) {
    let sign = if exponent < 0 { '-' } else { '+' };
    let mantissa = without_zeros(mantissa);
    put(out, format_args!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()));
}

fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn general_is_as_in_c() {
        let six = |value| text(|out| general(value, 6, out));
        assert_eq!(
            [0.5, 1.0, 600e3, 1.8e6, 3.6e6, 0.0001, 0.000_01, 0.0].map(six),
            ["0.5", "1", "600000", "1.8e+06", "3.6e+06", "0.0001", "1e-05", "0"]
        );
        let long = |value| text(|out| general(value, 32, out));
        assert_eq!(
            [3.6e6, 0.1, 0.5].map(long),
            ["3600000", "0.10000000000000000555111512312578", "0.5"]
        );
        assert_eq!(long(108_865.983_951_104_31), "108865.98395110431010834872722626");
    }

    #[test]
    fn json_takes_the_shorter_form() {
        let all = [0.5, 3e5, 6e5, 1.8e6, 30e3, 105e3, 1e5, 1.033_333_333_333_333_4, f64::NAN];
        assert_eq!(
            all.map(|value| text(|out| json(value, out))),
            [
                "0.5",
                "3e+05",
                "6e+05",
                "1800000",
                "30000",
                "105000",
                "1e+05",
                "1.0333333333333334",
                "null"
            ]
        );
    }

    #[test]
    fn plain_has_no_exponent() {
        let all = [105e3, 366.666_666_666_666_7, 0.1, 110.000_000_000_000_01, f64::NAN];
        assert_eq!(
            all.map(|value| text(|out| plain(value, out))),
            ["105000", "366.6666666666667", "0.1", "110.00000000000001", "nan"]
        );
    }
}
