//! A comparison of two arms that may be looked at every day: an asymptotic confidence sequence of the difference of their rates.
//!
//! Each day gives a difference `dᵢ` of rates and a weight `wᵢ` that does not depend on it, so that `S − δ·W`, with `S = Σ wᵢdᵢ` and `W = Σ wᵢ`, is
//! a martingale when the arms differ by `δ`. A mixture of its exponential over half-normal weights of precision `ρ` is one, too, at variance `V`:
//!
//! `E = 2·√(ρ/(V + ρ))·exp(s²/(2(V + ρ)))·Φ(s/√(V + ρ))`, `s = |S − δ·W|` on one side
//!
//! (Robbins, *Ann. Math. Stat.* 41, 1970; the one-sided normal mixture of Howard, Ramdas, McAuliffe & Sekhon, *Ann. Stat.* 49, 2021). By Ville's
//! inequality it exceeds `1/α` on any day with probability at most `α`: those `δ` with a smaller one form a sequence of intervals that holds on
//! all days at once. As the variance is estimated, it holds asymptotically (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, *Ann. Stat.* 52, 2024);
//! it is taken at the difference that is tested (Farrington & Manning, *Stat. Med.* 9, 1990), so that an arm with luckily few bad ones is not
//! believed to vary less. Where days differ by more than their counts explain, because hard days widen the gap, that variance between days is
//! taken in its place; so a day is a day of requests, whenever what follows of them comes in.

use super::signals::Counting;
use crate::simulation::normal;

/// What a day of requests adds: bad ones and observations of each arm; of pairs both preferences, and the pairs twice.
pub type Counts = [(f64, f64); 2];

/// What has been seen so far.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    counting: Counting,
    /// `Σ wᵢdᵢ`, `Σ wᵢ`.
    sum: f64,
    weight: f64,
    /// `Σ wᵢ²/nᵢ` of each arm.
    spread: [f64; 2],
    /// `Σ wᵢ²`, `Σ wᵢ²dᵢ`, `Σ wᵢ²dᵢ²`, and how many days.
    squares: [f64; 3],
    days: f64,
    bad: [f64; 2],
    sizes: [f64; 2],
}

impl Sequence {
    /// Nothing seen yet.
    pub fn new(counting: Counting) -> Self {
        let (spread, squares, bad, sizes) = ([0.0; 2], [0.0; 3], [0.0; 2], [0.0; 2]);
        Self { counting, sum: 0.0, weight: 0.0, spread, squares, days: 0.0, bad, sizes }
    }

    /// Takes a day's observations. A day on which an arm has none says nothing.
    pub fn add(&mut self, counts: Counts) {
        let [(bad, n), (other_bad, other)] = counts;
        if n <= 0.0 || other <= 0.0 {
            return;
        }
        // The weights that are best while the arms' variances are alike; a pair is in both arms at once.
        let weight = if self.counting == Counting::Pairs { n } else { n * other / (n + other) };
        let difference = bad / n - other_bad / other;
        self.sum += weight * difference;
        self.weight += weight;
        self.spread[0] += weight * weight / n;
        self.spread[1] += weight * weight / other;
        for (power, sum) in self.squares.iter_mut().enumerate() {
            *sum += weight * weight * difference.powi(power as i32);
        }
        self.days += 1.0;
        for (sum, (bad, n)) in self.bad.iter_mut().zip(&mut self.sizes).zip(counts) {
            *sum.0 += bad;
            *sum.1 += n;
        }
    }

    /// The difference of the rates so far.
    pub fn difference(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.0 }
    }

    /// Variance of the sum if the arms differed by `difference`: that of the counts, or that between days where it is larger.
    pub fn variance(&self, difference: f64) -> f64 {
        self.of_counts(difference).max(self.between_days())
    }

    /// Variance of the sum as the days' differences scatter about their mean.
    fn between_days(&self) -> f64 {
        let (mean, [none, one, two]) = (self.difference(), self.squares);
        let scatter = two - 2.0 * mean * one + mean * mean * none;
        if self.days > 1.0 { (scatter * self.days / (self.days - 1.0)).max(0.0) } else { 0.0 }
    }

    /// Variance of the sum as counts vary.
    fn of_counts(&self, difference: f64) -> f64 {
        let [n, other] = self.sizes;
        if self.weight <= 0.0 {
            return 0.0;
        }
        if self.counting == Counting::Pairs {
            let told = ((self.bad[0] + self.bad[1]) / n).max(difference.abs()).max(0.5 / n);
            return n * (told - difference * difference).max(0.0);
        }
        // Both rates, estimated as if they differed by that much; where nothing bad has come, half of one.
        let pooled = (self.bad[0] + self.bad[1] - n * difference) / (n + other);
        let least = 0.5 / (n + other);
        let rest = pooled.max(least.max(-difference)).min((1.0 - least).min(1.0 - difference));
        let of = |p: f64| {
            let p = p.max(least).min(1.0);
            if self.counting == Counting::Events { p } else { p * (1.0 - p).max(least) }
        };
        of(rest + difference) * self.spread[0] + of(rest) * self.spread[1]
    }

    /// Evidence that the arms differ by less than `difference` (`is_below`) or by more, against their differing by just that: `ln E`, nats.
    pub fn evidence(&self, difference: f64, is_below: bool, precision: f64) -> f64 {
        // No two rates are further apart.
        let difference = difference.clamp(-0.999, 0.999);
        let off = difference * self.weight - self.sum;
        mixture(if is_below { off } else { -off }, self.variance(difference), precision)
    }
}

/// `ln E` of the one-sided normal mixture at a sum `s` with variance `v`.
fn mixture(s: f64, v: f64, precision: f64) -> f64 {
    let whole = v + precision;
    if v <= 0.0 || precision <= 0.0 {
        return 0.0;
    }
    let z = s / whole.sqrt();
    // Below, the evidence is less than none, and nobody asks by how much.
    let tail = if z > -8.0 { normal::cdf(z).ln() } else { return 2.0_f64.ln() + 0.5 * (precision / whole).ln() };
    2.0_f64.ln() + 0.5 * (precision / whole).ln() + 0.5 * z * z + tail
}

/// The precision at which the sequence is about tightest when the variance is `v`, at one-sided `level`: `v/(ℓ + ln(1 + ℓ))`,
/// `ℓ = 2·ln(1/(2·level))` (Howard et al. 2021, section 3.5, for two sides at twice the level).
pub fn tuned(v: f64, level: f64) -> f64 {
    let l = -2.0 * (2.0 * level).ln();
    v / (l + l.max(0.0).ln_1p()).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::signal::dice::{Dice, Drawing};
    use crate::detection::signal::multinomial;
    use crate::simulation::random::{Address, Purpose};

    const RUNS: u32 = 10_000;
    const DAYS: usize = 36;
    const FIRST_LOOK: usize = 8;

    fn dice_of(run: u32) -> Dice {
        Dice::new(Drawing::Exact, Address { seed: 11, replicate: run, day: 0, purpose: Purpose::Rollout }, 7)
    }

    #[test]
    fn days_that_differ_are_believed_to_vary() {
        // Gaps of 1, 3 and 6 points in the standard deviation of their days, on counts that vary far less.
        for sd in [0.01, 0.03, 0.06] {
            let (n, truth, level) = ([20_000.0, 20_000.0], 0.01, 0.05);
            let mut plan = Sequence::new(Counting::Events);
            for _ in 0..FIRST_LOOK {
                plan.add([(n[0] * 0.06, n[0]), (n[1] * 0.05, n[1])]);
            }
            let precision = tuned(plan.variance(truth), level);
            let misses = (0..RUNS).filter(|run| {
                let (mut dice, mut sequence) = (
                    Dice::new(
                        Drawing::Exact,
                        Address { seed: 11, replicate: *run, day: 0, purpose: Purpose::Rollout },
                        7,
                    ),
                    Sequence::new(Counting::Events),
                );
                (0..DAYS).any(|number| {
                    // A uniform gap of each day, tickets after a fifth of the failures.
                    let u: f64 = rand::RngExt::random(&mut dice);
                    let gap = 0.2 * sd * 12.0_f64.sqrt() * (u - 0.5);
                    sequence.add(day(Counting::Events, n, [0.06 + gap, 0.05], &mut dice));
                    number + 1 >= FIRST_LOOK && sequence.evidence(truth, true, precision) >= -level.ln()
                })
            });
            let missed = misses.count() as f64 / f64::from(RUNS);
            assert!(missed <= level + 0.005, "{sd}: {missed}");
        }
    }

    /// A day of two arms.
    fn day(counting: Counting, n: [f64; 2], rates: [f64; 2], dice: &mut Dice) -> Counts {
        match counting {
            Counting::Events => [0, 1].map(|arm| (dice.poisson(n[arm] * rates[arm]), n[arm])),
            Counting::Answers => [0, 1].map(|arm| {
                let bad = dice.poisson(n[arm] * rates[arm]);
                (bad, bad + dice.poisson(n[arm] * (1.0 - rates[arm])))
            }),
            Counting::Labels => [0, 1].map(|arm| (dice.binomial(n[arm], rates[arm]), n[arm])),
            Counting::Pairs => {
                let mut counts = Vec::new();
                multinomial(n[0], &rates, 1.0, dice, &mut counts);
                [(counts[0], n[0]), (counts[1], n[0])]
            }
        }
    }

    /// Share of runs in which a difference that is true is left outside on one side on any of the looks.
    fn missed(counting: Counting, n: [f64; 2], rates: [f64; 2], level: f64, is_below: bool) -> f64 {
        let truth = rates[0] - rates[1];
        let mut plan = Sequence::new(counting);
        for _ in 0..FIRST_LOOK {
            plan.add([0, 1].map(|arm| (n[arm] * rates[arm], n[arm])));
        }
        let precision = tuned(plan.variance(truth), level);
        let misses = (0..RUNS).filter(|run| {
            let (mut dice, mut sequence) = (dice_of(*run), Sequence::new(counting));
            (0..DAYS).any(|number| {
                // Weekends are half as busy.
                let busy = if number % 7 < 5 { 1.0 } else { 0.5 };
                sequence.add(day(counting, n.map(|n| (n * busy).floor()), rates, &mut dice));
                number + 1 >= FIRST_LOOK && sequence.evidence(truth, is_below, precision) >= -level.ln()
            })
        });
        misses.count() as f64 / f64::from(RUNS)
    }

    #[test]
    fn a_true_difference_stays_inside_on_every_look() {
        let cases = [
            (Counting::Events, [2_000.0, 38_000.0], [0.055, 0.050]),
            (Counting::Events, [2_000.0, 38_000.0], [0.000_5, 0.000_4]),
            (Counting::Answers, [2_000.0, 38_000.0], [0.003_5, 0.003]),
            (Counting::Answers, [16.0, 300.0], [0.2, 0.18]),
            (Counting::Labels, [100.0, 100.0], [0.06, 0.04]),
            (Counting::Labels, [10.0, 10.0], [0.06, 0.04]),
            (Counting::Pairs, [500.0, 500.0], [0.05, 0.04]),
        ];
        for (counting, n, rates) in cases {
            for (level, is_below) in [(0.05, true), (0.2, false), (0.05, false)] {
                let missed = missed(counting, n, rates, level, is_below);
                // Two standard errors of a share of so many runs.
                let limit = level + 2.0 * (level * (1.0 - level) / f64::from(RUNS)).sqrt();
                assert!(missed <= limit, "{counting:?} {n:?} {rates:?}, below {is_below}: {missed} > {level}");
                // It is no empty promise either, though where eight bad ones are expected in all, it is a cautious one.
                assert!(missed > 0.05 * level, "{counting:?} {n:?} {rates:?}, below {is_below}: {missed}");
            }
        }
    }

    #[test]
    fn evidence_is_the_mixture_written_out() {
        // The integral over half-normal weights of exp(λs − λ²v/2), by the trapezoidal rule.
        for (s, v, precision) in [(3.0, 2.0, 1.5), (-1.0, 4.0, 0.7), (0.0, 1.0, 1.0)] {
            let step = 1e-4;
            let density = |l: f64| 2.0 * (precision / std::f64::consts::TAU).sqrt() * (-0.5 * precision * l * l).exp();
            let value = |l: f64| density(l) * (l * s - 0.5 * l * l * v).exp();
            let inner: f64 = (1..200_000).map(|i| value(f64::from(i) * step)).sum();
            let integral = step * (inner + 0.5 * value(0.0));
            assert!((mixture(s, v, precision) - integral.ln()).abs() < 1e-6, "{s} {v} {precision}");
        }
    }

    #[test]
    fn the_tuned_precision_is_about_the_best() {
        // The sum at which the evidence is reached, found by bisection.
        let boundary = |precision: f64, level: f64| {
            let (mut low, mut high) = (0.0, 100.0);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if mixture(middle, 1.0, precision) < -f64::ln(level) { low = middle } else { high = middle }
            }
            low
        };
        for level in [0.01, 0.05, 0.2, 0.5] {
            let best = (1..400).map(|i| boundary(0.01 * f64::from(i), level)).fold(f64::INFINITY, f64::min);
            let own = boundary(tuned(1.0, level), level);
            assert!(own <= 1.02 * best, "{level}: {own} against {best}");
        }
    }
}
