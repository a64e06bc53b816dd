//! Counts drawn in two ways: from the exact algorithms of `rand_distr`, and several times as fast by inverting the distribution function's
//! Cornish–Fisher expansion, whose error is far below what any number of runs can see.
//!
//! Studies that are quoted draw exactly. Searches and decisions, which live through millions of days to compare options, draw quickly.

use std::convert::Infallible;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng, TryRng};
use rand_distr::{Binomial, Distribution, Poisson, StandardNormal};

use crate::simulation::random::{Address, Generator};

/// Means from which the expansion is used; smaller counts are found by adding up their probabilities.
const EXPANDS_FROM: f64 = 10.0;

/// One by one, two, three…: a product takes a quarter of the time of a quotient.
const RECIPROCALS: [f64; 65] = {
    let mut all = [0.0; 65];
    let mut i = 1;
    while i < all.len() {
        all[i] = 1.0 / i as f64;
        i += 1;
    }
    all
};

fn reciprocal(count: usize) -> f64 {
    RECIPROCALS.get(count).copied().unwrap_or_else(|| 1.0 / count as f64)
}

/// How counts are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// By exact algorithms, from a counter-based generator.
    Exact,
    /// By expansions, from a fast generator that starts at the same address.
    Quick,
}

/// A source of random counts.
#[derive(Clone, Debug)]
pub enum Dice {
    /// See [`Drawing::Exact`].
    Exact(Generator),
    /// See [`Drawing::Quick`].
    Quick(Xoshiro256PlusPlus),
}

impl Dice {
    /// For a stream of an address.
    pub fn new(drawing: Drawing, address: Address, stream: u32) -> Self {
        let mut generator = address.generator(stream);
        match drawing {
            Drawing::Exact => Self::Exact(generator),
            Drawing::Quick => Self::Quick(Xoshiro256PlusPlus::seed_from_u64(generator.next_u64())),
        }
    }

    /// Whether counts are drawn by expansions.
    pub fn is_quick(&self) -> bool {
        matches!(self, Self::Quick(_))
    }

    /// Events of which so many are expected.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean <= 0.0 || !mean.is_finite() {
            return 0.0;
        }
        match self {
            Self::Exact(generator) => Poisson::new(mean).map_or(0.0, |p| p.sample(generator)),
            Self::Quick(rng) if mean < EXPANDS_FROM => {
                let throw: f64 = rng.random();
                let (mut count, mut mass) = (0, (-mean).exp());
                let mut below = mass;
                // The mass underflows before the sum reaches a throw close to one.
                while throw > below && mass > 0.0 {
                    count += 1;
                    mass *= mean * reciprocal(count);
                    below += mass;
                }
                count as f64
            }
            Self::Quick(rng) => expanded(mean, mean, mean, 1.0, StandardNormal.sample(rng)).max(0.0),
        }
    }

    /// Events of which so many are expected, split over shares that sum to one.
    pub fn poisson_split(&mut self, mean: f64, shares: &[f64], out: &mut Vec<f64>) {
        if let Self::Exact(_) = self {
            let n = self.poisson(mean);
            return super::multinomial(n, shares, 1.0, self, out);
        }
        // The parts of a Poisson count are independent Poisson counts.
        out.clear();
        out.extend(shares.iter().map(|share| self.poisson(mean * share)));
    }

    /// Successes among `n` trials with probability `p`.
    pub fn binomial(&mut self, n: f64, p: f64) -> f64 {
        if n < 1.0 || p <= 0.0 {
            return 0.0;
        }
        if p >= 1.0 {
            return n;
        }
        match self {
            Self::Exact(generator) => Binomial::new(n as u64, p).map_or(0.0, |b| b.sample(generator) as f64),
            Self::Quick(_) if p > 0.5 => {
                // Whole trials: the fraction of `n` that is left over is no trial.
                let n = n as u64 as f64;
                n - self.binomial(n, 1.0 - p)
            }
            Self::Quick(rng) => {
                let n = n as u64 as f64;
                let (mean, q) = (n * p, 1.0 - p);
                if mean < EXPANDS_FROM {
                    let throw: f64 = rng.random();
                    let odds = p / q;
                    // Fewer than 2,000 million trials are multiplied out, which is faster than logarithms.
                    let none = if n < 2e9 { q.powi(n as i32) } else { (n * (-p).ln_1p()).exp() };
                    let (mut count, mut left, mut mass) = (0, n * odds, none);
                    let mut below = mass;
                    // After the last trial nothing is left, and the mass is zero.
                    while throw > below && mass > 0.0 && left > 0.0 {
                        count += 1;
                        mass *= left * reciprocal(count);
                        left -= odds;
                        below += mass;
                    }
                    return (count as f64).min(n);
                }
                expanded(mean, mean * q, mean * q * (1.0 - 2.0 * p), 1.0 - 6.0 * p * q, StandardNormal.sample(rng))
                    .clamp(0.0, n)
            }
        }
    }
}

/// The count at a standard normal deviate `w`: the Cornish–Fisher expansion to the fourth cumulant of a count with this mean, variance and
/// third cumulant, and with a fourth of `peakedness` times the variance (Cornish & Fisher, *Revue de l'Institut International de Statistique*
/// 5, 1937; Abramowitz & Stegun 26.2.49). A count is a smooth variable rounded, whose variance is a twelfth less (Sheppard). For Poisson
/// counts these are the first terms of Giles, ACM *TOMS* 42, 2016.
fn expanded(mean: f64, variance: f64, third: f64, peakedness: f64, w: f64) -> f64 {
    let sd = (variance - 1.0 / 12.0).sqrt();
    // Skewness times the standard deviation, and a twelfth of what the fourth cumulant adds, without another root.
    let per_variance = 1.0 / variance;
    let skew = third * per_variance;
    let square = w * w;
    let bent = skew * (square - 1.0) / 6.0;
    let steeper = per_variance * (peakedness * (square - 3.0) / 24.0 - skew * skew * (2.0 * square - 5.0) / 36.0);
    // Truncation: what is below zero is cut off by those who ask, and rounding down is not a machine instruction everywhere.
    (mean + sd * w * (1.0 + steeper) + bent + 0.5) as i64 as f64
}

impl TryRng for Dice {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        match self {
            Self::Exact(generator) => generator.try_next_u32(),
            Self::Quick(rng) => rng.try_next_u32(),
        }
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        match self {
            Self::Exact(generator) => generator.try_next_u64(),
            Self::Quick(rng) => rng.try_next_u64(),
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        match self {
            Self::Exact(generator) => generator.try_fill_bytes(bytes),
            Self::Quick(rng) => rng.try_fill_bytes(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{
        Binomial as ExactBinomial, ContinuousCDF, DiscreteCDF, Normal, Poisson as ExactPoisson,
    };

    use super::*;
    use crate::simulation::random::Purpose;

    /// Largest difference between the distribution of expanded counts and the exact one: below each count lie the deviates that lead to
    /// less, which are found by halving.
    fn error(count_at: impl Fn(f64) -> f64, below: impl Fn(u64) -> f64, counts: std::ops::RangeInclusive<u64>) -> f64 {
        let normal = Normal::standard();
        let mut worst = 0.0_f64;
        for count in counts {
            let (mut low, mut high) = (-9.0, 9.0);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if count_at(middle) > count as f64 { high = middle } else { low = middle }
            }
            worst = worst.max((normal.cdf(low) - below(count)).abs());
        }
        worst
    }

    #[test]
    #[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    fn expansions_are_the_distributions_to_a_thousandth() {
        for mean in [10.0, 30.0, 200.0, 5000.0] {
            let exact = ExactPoisson::new(mean).unwrap();
            let span = 5.0 * f64::sqrt(mean);
            let counts = (mean - span).max(0.0) as u64..=(mean + span) as u64;
            let worst = error(|w| expanded(mean, mean, mean, 1.0, w), |k| exact.cdf(k), counts);
            assert!(worst < 0.01 / mean, "Poisson {mean}: {worst}");
        }
        for (n, p) in [(20, 0.5), (100, 0.1), (200, 0.3), (8000, 0.02), (20_000, 0.5)] {
            let exact = ExactBinomial::new(p, n).unwrap();
            let (n, q) = (n as f64, 1.0 - p);
            let (mean, variance) = (n * p, n * p * q);
            let span = 5.0 * variance.sqrt();
            let counts = (mean - span).max(0.0) as u64..=(mean + span).min(n) as u64;
            let count_at = |w| expanded(mean, variance, variance * (1.0 - 2.0 * p), 1.0 - 6.0 * p * q, w);
            let worst = error(count_at, |k| exact.cdf(k), counts);
            assert!(worst < 0.02 / variance, "binomial {n}, {p}: {worst}");
        }
    }

    #[test]
    fn quick_counts_have_the_moments_of_exact_ones() {
        let address = Address { seed: 5, replicate: 0, day: 0, purpose: Purpose::Study };
        let mut dice = Dice::new(Drawing::Quick, address, 0);
        let n = 200_000;
        let mut check = |what: &str, mean: f64, variance: f64, draw: &mut dyn FnMut(&mut Dice) -> f64| {
            let all: Vec<f64> = (0..n).map(|_| draw(&mut dice)).collect();
            let found = all.iter().sum::<f64>() / f64::from(n);
            let spread = all.iter().map(|x| (x - found).powi(2)).sum::<f64>() / f64::from(n);
            let z = (found - mean) / (variance / f64::from(n)).sqrt();
            assert!(z.abs() < 4.0, "{what}: mean {found}, {z} standard errors");
            // Of a count the variance of the squared deviation is about 2σ⁴ + σ².
            let z = (spread - variance) / ((2.0 * variance * variance + variance) / f64::from(n)).sqrt();
            assert!(z.abs() < 4.0, "{what}: variance {spread}, {z} standard errors");
            assert!(all.iter().all(|x| *x >= 0.0 && x.fract() == 0.0), "{what}");
        };
        for mean in [0.3, 4.0, 9.9, 10.1, 300.0] {
            check(&format!("Poisson {mean}"), mean, mean, &mut |dice| dice.poisson(mean));
        }
        for (n, p) in [(30.0, 0.02), (200.0, 0.04), (200.0, 0.97), (2000.0, 0.3), (2000.0, 0.7)] {
            check(&format!("binomial {n}, {p}"), n * p, n * p * (1.0 - p), &mut |dice| dice.binomial(n, p));
        }
    }
}
