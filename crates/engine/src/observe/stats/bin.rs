//! The bins of Envoy's histograms (circllhist): two decimal digits of a value and its exponent,
//! so that a bin is at most a tenth of its values wide.

/// A bin's number: 0 for the value 0, then 90 for each power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bin(pub u16);

/// Bins of one power of ten.
pub const DECADE: usize = 90;
/// Powers of ten below 2^64.
pub const DECADES: usize = 20;

impl Bin {
    /// The bin of a whole number.
    pub fn of(value: u64) -> Self {
        if value == 0 {
            return Self(0);
        }
        let exponent = value.ilog10();
        let digits = match exponent {
            0 => value * 10,
            1 => value,
            _ => value / 10u64.pow(exponent - 1),
        };
        Self((exponent as usize * DECADE + digits as usize - 10 + 1) as u16)
    }

    /// Power of ten and place in it; nothing for the bin of 0.
    pub fn place(self) -> Option<(u16, u16)> {
        let number = self.0.checked_sub(1)?;
        Some((number / DECADE as u16, number % DECADE as u16))
    }

    /// The least value of the bin.
    pub fn lower(self) -> f64 {
        self.place().map_or(0.0, |(decade, digits)| f64::from(digits + 10) / 10.0 * power(decade))
    }

    /// How wide the bin is; the bin of 0 has no width.
    pub fn width(self) -> f64 {
        self.place().map_or(0.0, |(decade, _)| power(decade) / 10.0)
    }
}

fn power(decade: u16) -> f64 {
    10f64.powi(i32::from(decade))
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_holds_its_values() {
        for value in (1..20_000).chain([123_456, 999_999, 1_000_000, 10u64.pow(19), u64::MAX]) {
            let bin = Bin::of(value);
            let (lower, upper) = (bin.lower(), bin.lower() + bin.width());
            // The bounds are computed as circllhist computes them, rounding and all.
            let slack = lower * 1e-12;
            assert!(lower - slack <= value as f64 && (value as f64) < upper + slack, "{value}");
            assert!(Bin::of(value - 1) <= bin);
        }
    }

    #[test]
    fn the_bounds_are_those_of_circllhist() {
        assert_eq!((Bin::of(0).lower(), Bin::of(0).width()), (0.0, 0.0));
        assert_eq!((Bin::of(1).lower(), Bin::of(1).width()), (1.0, 0.1));
        assert_eq!((Bin::of(99).lower(), Bin::of(99).width()), (99.0, 1.0));
        assert_eq!((Bin::of(1234).lower(), Bin::of(1234).width()), (1200.0, 100.0));
        assert!(usize::from(Bin::of(u64::MAX).0) <= DECADE * DECADES);
    }
}
