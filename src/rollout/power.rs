//! What each step of a rollout could have shown: the smallest gap of quality that its own data would have revealed.

use super::days::{At, Days, REST, ROUTED};
use super::signals::{Comparison, Counting};
use super::steps::Step;
use crate::model::Compared;
use crate::simulation::normal;

/// Power that a step must have.
pub const POWER: f64 = 0.8;
/// One-sided level of its test.
pub const LEVEL: f64 = 0.05;

/// What a signal could have shown in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visible {
    /// The signal.
    pub compared: Compared,
    /// Observations of each arm that have come in by the step's end: of pairs all in the first.
    pub observations: [f64; 2],
    /// The smallest gap of quality that shows with [`POWER`] at [`LEVEL`], a share; `None`: not even a gap of 1.
    pub smallest_gap: Option<f64>,
}

/// What a step could have shown.
#[derive(Clone, Debug, PartialEq)]
pub struct StepPower {
    /// The step.
    pub step: Step,
    /// Requests of the routed arm.
    pub requests: f64,
    /// One a signal.
    pub signals: Vec<Visible>,
}

impl StepPower {
    /// The smallest gap that any signal could have shown, and which signal.
    pub fn sharpest(&self) -> Option<(Compared, f64)> {
        let gaps = self.signals.iter().filter_map(|v| Some((v.compared, v.smallest_gap?)));
        gaps.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Whether a step was green for want of power: a gap at which the policy breaks even could not have shown.
pub fn is_blind(smallest_gap: Option<f64>, break_even_gap: f64) -> bool {
    smallest_gap.is_none_or(|gap| gap > break_even_gap)
}

/// Signals of a step, added up over its days under launch assumptions.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    sizes: [f64; 2],
    rest_bad: f64,
    reversed: f64,
    slope: f64,
}

/// What a step could have shown, signal by signal, under launch assumptions. A day's observations count as far as they have come in by the end
/// of the step's last day.
pub fn of_step(days: &Days<'_>, comparisons: &[Comparison], step: &Step) -> StepPower {
    let launch = |day| At { production: false, day };
    let requests = step.range().map(|day| days.requests(launch(day)) * step.routed).sum();
    let signals = comparisons.iter().enumerate().map(|(signal, comparison)| {
        let mut sums = Sums::default();
        for day in step.range() {
            let arrived = comparison.arrived(step.range().end - 1 - day);
            let at = launch(day);
            let sizes = sizes(days, comparison, (signal, at), step.arms());
            let slope = days.slope(at, signal, comparison.counting);
            let (rest, routed) = (days.expected(at, signal, REST), days.expected(at, signal, ROUTED));
            let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
            for (sum, size) in sums.sizes.iter_mut().zip(sizes) {
                *sum += arrived * size;
            }
            sums.rest_bad += arrived * sizes[REST] * share(rest.bad, rest.any);
            sums.reversed += arrived * sizes[ROUTED] * share(routed.reversed, routed.any);
            sums.slope += arrived * sizes[ROUTED] * slope;
        }
        Visible {
            compared: comparison.compared,
            observations: sums.sizes,
            smallest_gap: smallest_gap(comparison.counting, &sums),
        }
    });
    StepPower { step: *step, requests, signals: signals.collect() }
}

/// Observations that a day of the step gives in each arm, whenever they come in.
pub(super) fn sizes(days: &Days<'_>, comparison: &Comparison, (signal, at): (usize, At), arms: [f64; 2]) -> [f64; 2] {
    let any = [ROUTED, REST].map(|arm| days.requests(at) * arms[arm] * days.expected(at, signal, arm).any);
    match comparison.counting {
        Counting::Events | Counting::Answers => any,
        Counting::Labels | Counting::Pairs => comparison.spread(comparison.per_day, any),
    }
}

fn smallest_gap(counting: Counting, sums: &Sums) -> Option<f64> {
    let [routed, rest] = sums.sizes;
    let slope = if routed > 0.0 { sums.slope / routed } else { 0.0 };
    let rises = slope.abs();
    if rises.total_cmp(&0.0).is_eq() {
        return None;
    }
    let difference = match counting {
        Counting::Pairs => smallest_preference(sums.reversed / routed, routed),
        _ if rest > 0.0 => smallest_difference(sums.rest_bad / rest, [routed, rest], slope.signum()),
        _ => None,
    };
    difference.map(|difference| difference / rises).filter(|gap| *gap <= 1.0)
}

/// Sum of the two normal quantiles, `z₁₋α + z_power`.
fn quantiles() -> f64 {
    normal::quantile(1.0 - LEVEL) + normal::quantile(POWER)
}

/// The smallest difference `d` of two proportions, `p` in the rest and `p ± d` in the routed arm, that a one-sided test at [`LEVEL`] finds with
/// [`POWER`]: `d = (z₁₋α + z_power)·√(v(p ± d)/n_routed + v(p)/n_rest)`, `v(x) = x·(1 − x)`, each arm with its own variance (Fleiss, Levin &
/// Paik, *Statistical Methods for Rates and Proportions*, 2003, chapter 4). `None` where `p ± d` is no proportion.
pub fn smallest_difference(p: f64, [routed, rest]: [f64; 2], sign: f64) -> Option<f64> {
    if routed <= 0.0 || rest <= 0.0 {
        return None;
    }
    // d² = z²·(v(p)/n + v(p)/m + (±d·(1 − 2p) − d²)/n), as v(p ± d) = v(p) ± d·(1 − 2p) − d².
    let variance = p * (1.0 - p);
    let d = root(1.0 / routed, sign * (1.0 - 2.0 * p) / routed, variance / routed + variance / rest);
    d.filter(|d| (0.0..=1.0).contains(&(p + sign * d)))
}

/// The same of pairs: one side is preferred in a share `reversed` of them, the other in `reversed + d`; the variance of the difference of a pair is
/// `2·reversed + d − d²` (McNemar, *Psychometrika* 12, 1947).
pub fn smallest_preference(reversed: f64, pairs: f64) -> Option<f64> {
    if pairs <= 0.0 {
        return None;
    }
    root(1.0 / pairs, 1.0 / pairs, 2.0 * reversed / pairs).filter(|d| 2.0 * reversed + d <= 1.0)
}

/// The positive root of `d² = z²·(constant + linear·d − square·d²)`.
fn root(square: f64, linear: f64, constant: f64) -> Option<f64> {
    let z2 = quantiles().powi(2);
    let (a, b, c) = (1.0 + z2 * square, z2 * linear, z2 * constant);
    let d = (b + (b * b + 4.0 * a * c).sqrt()) / (2.0 * a);
    (d.is_finite() && d > 0.0).then_some(d)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::signal::dice::{Dice, Drawing};
    use crate::detection::signal::multinomial;
    use crate::simulation::random::{Address, Purpose};

    const RUNS: u32 = 40_000;

    fn address() -> Address {
        Address { seed: 3, replicate: 0, day: 0, purpose: Purpose::Rollout }
    }

    #[test]
    fn at_the_smallest_difference_a_test_of_two_proportions_has_its_power() {
        let cases = [
            (0.05, [16_000.0, 300_000.0], 1.0),
            (0.2, [2_000.0, 2_000.0], 1.0),
            (0.3, [900.0, 400.0], -1.0),
            (0.003, [80_000.0, 240_000.0], 1.0),
        ];
        for (p, sizes, sign) in cases {
            let d = smallest_difference(p, sizes, sign).unwrap_or(f64::NAN);
            let mut dice = Dice::new(Drawing::Exact, address(), 1);
            let mut found = 0;
            for _ in 0..RUNS {
                let rates = [(p + sign * d, sizes[0]), (p, sizes[1])].map(|(rate, n)| dice.binomial(n, rate) / n);
                let variance = rates[0] * (1.0 - rates[0]) / sizes[0] + rates[1] * (1.0 - rates[1]) / sizes[1];
                found += u32::from(sign * (rates[0] - rates[1]) > 1.644_853_627 * variance.sqrt());
            }
            let power = f64::from(found) / f64::from(RUNS);
            assert!((power - POWER).abs() < 0.015, "p = {p}, sizes {sizes:?}: {power}");
        }
    }

    #[test]
    fn at_the_smallest_preference_a_test_of_pairs_has_its_power() {
        for (reversed, pairs) in [(0.03, 4_000.0), (0.1, 1_500.0)] {
            let d = smallest_preference(reversed, pairs).unwrap_or(f64::NAN);
            let (mut dice, mut counts, mut found) = (Dice::new(Drawing::Exact, address(), 2), Vec::new(), 0);
            for _ in 0..RUNS {
                multinomial(pairs, &[reversed + d, reversed], 1.0, &mut dice, &mut counts);
                let (more, fewer) = (counts[0], counts[1]);
                found +=
                    u32::from(more - fewer > 1.644_853_627 * (more + fewer - (more - fewer).powi(2) / pairs).sqrt());
            }
            let power = f64::from(found) / f64::from(RUNS);
            assert!((power - POWER).abs() < 0.015, "{reversed}, {pairs} pairs: {power}");
        }
    }

    #[test]
    fn what_cannot_be_shown_is_none() {
        assert_eq!(smallest_difference(0.1, [0.0, 100.0], 1.0), None);
        assert_eq!(smallest_difference(0.9, [100.0, 3.0], 1.0), None, "above 1");
        assert_eq!(smallest_preference(0.1, 0.0), None);
        assert!(is_blind(None, 0.01) && is_blind(Some(0.02), 0.01) && !is_blind(Some(0.01), 0.01));
    }
}
