//! What Envoy computes from bins: quantiles, sums, counts up to a bound. Samples of a bin are
//! taken to lie evenly in it; for a sum they lie at its harmonic middle.

// Counts of samples stay far below 2^52.
#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss)]

use super::bin::Bin;
use super::merged::Bins;

/// The quantiles that Envoy computes.
pub const QUANTILES: [f64; 10] = [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0];

/// Values at [`QUANTILES`]; not numbers when there is no sample.
pub fn quantiles(bins: &Bins) -> [f64; QUANTILES.len()] {
    let total = count(bins);
    QUANTILES.map(|quantile| {
        if total == 0 {
            return f64::NAN;
        }
        let wanted = ((total as f64 * quantile).ceil() as u64).max(1);
        sample(bins, wanted)
    })
}

/// How many samples there are.
pub fn count(bins: &Bins) -> u64 {
    bins.iter().map(|(_, count)| count).sum()
}

/// Their sum, as far as bins tell.
pub fn sum(bins: &Bins) -> f64 {
    bins.iter().map(|(bin, count)| middle(*bin) * *count as f64).sum()
}

/// Samples in bins that begin at or below a bound.
pub fn count_up_to(bins: &Bins, bound: f64) -> u64 {
    let below = bins.iter().take_while(|(bin, _)| bin.lower() <= bound);
    below.map(|(_, count)| count).sum()
}

/// The sample of a rank, 1 for the least.
fn sample(bins: &Bins, rank: u64) -> f64 {
    let mut before = 0;
    for (bin, count) in bins {
        if before + count >= rank {
            let place = (rank - before) as f64 / (count + 1) as f64;
            return bin.lower() + bin.width() * place;
        }
        before += count;
    }
    f64::NAN
}

fn middle(bin: Bin) -> f64 {
    let (lower, upper) = (bin.lower(), bin.lower() + bin.width());
    if lower == 0.0 { 0.0 } else { 2.0 * lower * upper / (lower + upper) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values, and what Envoy made of them.
    const VALUES: [u64; 14] = [1, 2, 2, 10, 11, 11, 12, 99, 100, 101, 1234, 1250, 1299, 100_000];

    fn bins(values: &[u64]) -> Bins {
        let histogram = crate::observe::stats::Histogram::default();
        for value in values {
            histogram.record(*value);
        }
        let mut bins = Bins::new();
        histogram.for_each(|bin, count| bins.push((bin, count)));
        bins
    }

    #[test]
    fn quantiles_are_envoys() {
        let expected =
            [1.05, 10.5, 12.5, 1225.0, 1275.0, 105e3, 105e3, 105e3, 105e3, 105e3].map(f64::to_bits);
        assert_eq!(quantiles(&bins(&VALUES)).map(f64::to_bits), expected);
        assert!(quantiles(&Bins::new()).iter().all(|value| value.is_nan()));
        assert_eq!(quantiles(&bins(&[0]))[5].to_bits(), 0f64.to_bits());
        let thirds = quantiles(&bins(&[360, 369]));
        assert_eq!(thirds[9].to_bits(), 366.666_666_666_666_7f64.to_bits());
    }

    #[test]
    fn sums_and_counts_are_envoys() {
        let bins = bins(&VALUES);
        assert_eq!(format!("{:.26}", sum(&bins)), "108865.98395110431010834872722626");
        let counts = [0.5, 1.0, 5.0, 10.0, 25.0, 100.0, 2500.0, 60e3, 300e3];
        assert_eq!(counts.map(|bound| count_up_to(&bins, bound)), [0, 1, 3, 4, 7, 10, 13, 13, 14]);
        assert_eq!((count(&bins), count(&Bins::new())), (14, 0));
    }
}
