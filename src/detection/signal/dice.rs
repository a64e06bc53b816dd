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

/// A weighted sum of counts is expanded where it is no more skew than a Poisson count with this mean.
const SMOOTH_FROM: f64 = 4.0;

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
            Self::Quick(rng) => expanded(mean, mean, 1.0, 1.0, StandardNormal.sample(rng)).max(0.0),
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
        match self {
            // First all deviates, then all counts: the second loop takes several steps at once.
            Self::Quick(rng) if shares.iter().all(|share| mean * share >= EXPANDS_FROM) && mean.is_finite() => {
                out.extend(shares.iter().map(|_| -> f64 { StandardNormal.sample(rng) }));
                for (count, share) in out.iter_mut().zip(shares) {
                    *count = expanded(mean * share, mean * share, 1.0, 1.0, *count).max(0.0);
                }
            }
            _ => out.extend(shares.iter().map(|share| self.poisson(mean * share))),
        }
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
                let n = n as i64 as f64;
                n - self.binomial(n, 1.0 - p)
            }
            Self::Quick(rng) => {
                let n = n as i64 as f64;
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
                expanded(mean, mean * q, 1.0 - 2.0 * p, 1.0 - 6.0 * p * q, StandardNormal.sample(rng)).clamp(0.0, n)
            }
        }
    }
}

/// The count at a standard normal deviate `w`: the Cornish–Fisher expansion to the fourth cumulant of a count with this mean and variance, a
/// third cumulant of `skew` and a fourth of `peakedness` times the variance (Cornish & Fisher, *Revue de l'Institut International de Statistique*
/// 5, 1937; Abramowitz & Stegun 26.2.49). A count is a smooth variable rounded, whose variance is a twelfth less (Sheppard). For Poisson
/// counts these are the first terms of Giles, ACM *TOMS* 42, 2016.
fn expanded(mean: f64, variance: f64, skew: f64, peakedness: f64, w: f64) -> f64 {
    let sd = (variance - 1.0 / 12.0).sqrt();
    let per_variance = 1.0 / variance;
    let square = w * w;
    let bent = skew * (square - 1.0) / 6.0;
    let steeper = per_variance * (peakedness * (square - 3.0) / 24.0 - skew * skew * (2.0 * square - 5.0) / 36.0);
    rounded(mean + sd * w * (1.0 + steeper) + bent)
}

/// The nearest whole number, of what is small against 2⁵¹: where the last place of a sum is a one. Rounding is not a machine instruction
/// everywhere.
fn rounded(x: f64) -> f64 {
    const ONES: f64 = 6_755_399_441_055_744.0;
    if x.abs() < 1e15 { (x + ONES) - ONES } else { x }
}

/// Some trials with a probability of success, and what each success weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trials {
    /// Weight of a success.
    pub weight: f64,
    /// Whole trials.
    pub n: f64,
    /// Probability.
    pub p: f64,
}

impl Dice {
    /// The successes of several trials, each by its weight. Where they are many enough, their sum is as smooth as one count, and is drawn as one:
    /// by the expansion of its own four cumulants. It is no whole number, so that nothing is rounded.
    pub fn weighted(&mut self, all: &[Trials]) -> f64 {
        let Self::Quick(rng) = self else {
            return all.iter().map(|t| t.weight * self.binomial(t.n, t.p)).sum();
        };
        let [mut mean, mut variance, mut third, mut fourth] = [0.0; 4];
        for Trials { weight, n, p } in all {
            let successes = n * p * weight;
            let q = 1.0 - p;
            let square = successes * q * weight;
            mean += successes;
            variance += square;
            third += square * weight * (q - p);
            fourth += square * weight * weight * (1.0 - 6.0 * p * q);
        }
        // As skew as a Poisson count of so many, or less.
        if third * third * SMOOTH_FROM > variance * variance * variance || variance <= 0.0 {
            return all.iter().map(|t| t.weight * self.binomial(t.n, t.p)).sum();
        }
        let w: f64 = StandardNormal.sample(rng);
        let (sd, square) = (variance.sqrt(), w * w);
        let skew = third / variance;
        let peakedness = fourth / variance;
        let bent = skew * (square - 1.0) / 6.0;
        let steeper = (peakedness * (square - 3.0) / 24.0 - skew * skew * (2.0 * square - 5.0) / 36.0) / variance;
        (mean + sd * w * (1.0 + steeper) + bent).max(0.0)
    }
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
            let worst = error(|w| expanded(mean, mean, 1.0, 1.0, w), |k| exact.cdf(k), counts);
            assert!(worst < 0.01 / mean, "Poisson {mean}: {worst}");
        }
        for (n, p) in [(20, 0.5), (100, 0.1), (200, 0.3), (8000, 0.02), (20_000, 0.5)] {
            let exact = ExactBinomial::new(p, n).unwrap();
            let (n, q) = (n as f64, 1.0 - p);
            let (mean, variance) = (n * p, n * p * q);
            let span = 5.0 * variance.sqrt();
            let counts = (mean - span).max(0.0) as u64..=(mean + span).min(n) as u64;
            let count_at = |w| expanded(mean, variance, 1.0 - 2.0 * p, 1.0 - 6.0 * p * q, w);
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

    #[test]
    fn weighted_sums_are_distributed_like_those_of_single_counts() {
        let address = Address { seed: 6, replicate: 0, day: 0, purpose: Purpose::Study };
        let mut dice = Dice::new(Drawing::Quick, address, 0);
        // Half of the labels in cells of little weight that are often bad, half in heavy ones that seldom are: as skew as a count of nine, four, two.
        for per_day in [1.0, 0.5, 0.2] {
            let cells: Vec<Trials> = (1..=8)
                .flat_map(|i| {
                    let n = f64::from(8 + i) * per_day;
                    [(0.2, 0.25), (0.8, 0.05)].map(|(weight, p)| Trials { weight: weight / n, n: n.round(), p })
                })
                .collect();
            let runs = 100_000;
            let sums = |draw: &mut dyn FnMut() -> f64| {
                let mut all: Vec<f64> = (0..runs).map(|_| draw()).collect();
                all.sort_by(f64::total_cmp);
                all
            };
            let expanded = sums(&mut || dice.weighted(&cells));
            let mut one_by_one = Dice::new(Drawing::Quick, Address { seed: 7, ..address }, 0);
            let exact = sums(&mut || cells.iter().map(|t| t.weight * one_by_one.binomial(t.n, t.p)).sum());
            let below = |all: &[f64], x: f64| all.partition_point(|sum| *sum <= x) as f64 / f64::from(runs);
            let most = exact.iter().step_by(50).map(|x| (below(&exact, *x) - below(&expanded, *x)).abs());
            let most = most.fold(0.0, f64::max);
            // Two samples of this size differ by more than 0.009 once in a thousand times.
            assert!(most < 0.011, "{per_day}: {most}");
        }
    }
}
