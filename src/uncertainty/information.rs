//! What knowing more would be worth: perfect information about everything, about some inputs, and a sample of labels.

use statrs::function::gamma::ln_gamma;

use super::replicated::Estimate;
use super::sample::{SCRAMBLES, scramble_of};
use super::spline::{Fits, columns};

/// Numbers of labels that a sample is looked at with.
pub const SAMPLES: [u32; 5] = [10, 30, 100, 300, 1000];

/// Most inputs that a regression takes at once: beyond, its columns grow too many for the points.
pub const MOST_TOGETHER: usize = 8;

/// The values of the options at every point: `[point][option]`, more is better. All rows have the same length.
pub type Values = Vec<Vec<f64>>;

/// Of no value: nothing to choose from, or nothing drawn.
const NONE: Estimate = Estimate { value: 0.0, se: 0.0 };

/// Expected value of perfect information: the mean of the best option at each point, less the best mean. Biased upwards by less than its
/// error where two options are close.
pub fn perfect(values: &Values) -> Estimate {
    // Chosen once, over all points, so that the jackknife sees the same figure.
    let figure = |without: Option<usize>| {
        gain(
            values
                .iter()
                .enumerate()
                .filter(|(i, _)| Some(scramble_of(*i)) != without)
                .map(|(_, row)| (row.as_slice(), row.as_slice())),
        )
    };
    jackknife(figure)
}

/// `mean(max_j ĝ_j) − max_j mean(d_j)` over pairs of what is expected (`ĝ`) and what is (`d`).
fn gain<'v>(rows: impl Iterator<Item = (&'v [f64], &'v [f64])>) -> f64 {
    let (mut best, mut sums, mut count) = (0.0, Vec::new(), 0.0);
    for (expected, values) in rows {
        sums.resize(values.len(), 0.0);
        best += expected.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
        count += 1.0;
    }
    let single = sums.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if count > 0.0 { ((best - single) / count).max(0.0) } else { 0.0 }
}

fn jackknife(figure: impl Fn(Option<usize>) -> f64) -> Estimate {
    let without: Vec<f64> = (0..SCRAMBLES).map(|scramble| figure(Some(scramble))).collect();
    Estimate::jackknifed(figure(None), &without)
}

/// What the options are expected to be worth once some inputs are known.
#[derive(Clone, Debug)]
pub struct Expected {
    fits: Fits,
    columns: Vec<Vec<f64>>,
}

impl Expected {
    /// By regression on splines of these inputs (Strong, Oakley and Brennan 2014): `inputs` is `[point]` of pairs of value, in units of its
    /// spread, and normal score. Biased downwards where the splines are too stiff, upwards by about the number of columns over that of points.
    pub fn new(inputs: &[Vec<(f64, f64)>], values: &Values) -> Self {
        let columns: Vec<Vec<f64>> = inputs.iter().map(|point| columns(point)).collect();
        Self { fits: Fits::of(&columns, values), columns }
    }

    /// Expected value of perfect information about these inputs.
    pub fn partial(&self, values: &Values) -> Estimate {
        let figure = |without: Option<usize>| {
            let fit = without.map_or(0, |scramble| scramble + 1);
            let kept = |i: &usize| Some(scramble_of(*i)) != without;
            let expected: Vec<(Vec<f64>, &Vec<f64>)> = (0..values.len().min(self.columns.len()))
                .filter(kept)
                .filter_map(|i| Some((self.fits.at(fit, self.columns.get(i)?), values.get(i)?)))
                .collect();
            // The fit has the mean of the values, so both terms are of the same options.
            gain(expected.iter().map(|(expected, values)| (expected.as_slice(), values.as_slice())))
        };
        jackknife(figure)
    }

    /// Expected value of so many labels, each of which shows with the input's own chance that it counts: the input is a rate. Given `x`, the number
    /// that counts is binomial; the range is the prior, on equally likely nodes `(rate, value in units of its spread, normal score)`. With a beta
    /// prior this is the beta-binomial value of sample information.
    pub fn sample(&self, nodes: &[(f64, f64, f64)], labels: u32) -> Estimate {
        if nodes.is_empty() {
            return NONE;
        }
        // By fit, node and option.
        let worth: Vec<Vec<Vec<f64>>> = (0..self.fits.fits.len())
            .map(|fit| nodes.iter().map(|(_, value, score)| self.fits.at(fit, &columns(&[(*value, *score)]))).collect())
            .collect();
        let prior = 1.0 / nodes.len() as f64;
        let mut totals = vec![0.0; worth.len()];
        for count in 0..=labels {
            let chances: Vec<f64> = nodes.iter().map(|(rate, ..)| prior * binomial(labels, count, *rate)).collect();
            for (total, worth) in totals.iter_mut().zip(&worth) {
                *total += best(&chances, worth);
            }
        }
        let even = vec![prior; nodes.len()];
        let gains: Vec<f64> =
            totals.iter().zip(&worth).map(|(total, worth)| (total - best(&even, worth)).max(0.0)).collect();
        match gains.split_first() {
            Some((gain, without)) => Estimate::jackknifed(*gain, without),
            None => NONE,
        }
    }
}

/// The greatest of the options' sums over nodes, by the nodes' chances.
fn best(chances: &[f64], worth: &[Vec<f64>]) -> f64 {
    let mut sums = vec![0.0; worth.first().map_or(0, Vec::len)];
    for (chance, worth) in chances.iter().zip(worth).filter(|(chance, _)| **chance > 0.0) {
        for (sum, worth) in sums.iter_mut().zip(worth) {
            *sum += chance * worth;
        }
    }
    sums.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// Chance that `count` of `labels` count.
fn binomial(labels: u32, count: u32, rate: f64) -> f64 {
    let (n, k) = (f64::from(labels), f64::from(count));
    let times = |count: f64, rate: f64| if count > 0.0 { count * rate.ln() } else { 0.0 };
    let choose = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
    (choose + times(k, rate) + times(n - k, 1.0 - rate)).exp()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::simulation::normal;

    /// Two options, `d₀ = 0` and `d₁ = X₁ + X₂`, both normal.
    fn two_options(points: usize, seed: u64, [m1, m2]: [f64; 2], [s1, s2]: [f64; 2]) -> (Vec<Vec<(f64, f64)>>, Values) {
        (0..points)
            .map(|i| {
                let z: Vec<f64> = sample::point(seed, i, 0..2).into_iter().map(normal::quantile).collect();
                (vec![(z[0], z[0])], vec![0.0, m1 + s1 * z[0] + m2 + s2 * z[1]])
            })
            .unzip()
    }

    fn closed(m: f64, s: f64) -> f64 {
        s * normal::pdf(m / s) + m * normal::cdf(m / s) - m.max(0.0)
    }

    #[test]
    fn two_normal_options_have_the_value_of_the_closed_form() {
        for (m, s, seed) in [([0.3, -0.1], [1.0, 2.0], 1), ([-1.0, 0.5], [0.7, 0.2], 2), ([0.0, 0.0], [1.0, 1.0], 3)] {
            let (inputs, values) = two_options(1 << 14, seed, m, s);
            let all = perfect(&values);
            let wanted = closed(m[0] + m[1], s[0].hypot(s[1]));
            assert!((all.value - wanted).abs() < 3.0 * all.se + 1e-6, "{all:?} {wanted}");
            let one = Expected::new(&inputs, &values).partial(&values);
            let wanted = closed(m[0] + m[1], s[0]);
            assert!((one.value - wanted).abs() < 3.0 * one.se + 1e-6, "{one:?} {wanted}");
            assert!(one.se < 0.02 * s[0], "{one:?}");
        }
    }

    #[test]
    fn intervals_of_partial_information_cover_as_often_as_they_say() {
        let (mut covered, repetitions) = (0, 400);
        for seed in 0..repetitions {
            let (inputs, values) = two_options(1 << 11, 100 + seed, [0.3, -0.1], [1.0, 2.0]);
            let found = Expected::new(&inputs, &values).partial(&values);
            let [low, high] = found.interval(SCRAMBLES);
            let wanted = closed(0.2, 1.0);
            covered += u32::from(low <= wanted && wanted <= high);
        }
        let share = f64::from(covered) / repetitions as f64;
        assert!((share - 0.95).abs() <= 0.03, "{share}");
    }

    #[test]
    fn a_sample_is_worth_what_the_beta_binomial_formula_says() {
        // One option is worth nothing, the other x − 0.3, and x has a beta prior: Beta(2, 5), mean 2/7.
        use statrs::distribution::{Beta, ContinuousCDF};
        let found = Beta::new(2.0, 5.0);
        assert!(found.is_ok(), "{found:?}");
        let Ok(beta) = found else { return };
        let spread = 0.16;
        let rate = |u: f64| beta.inverse_cdf(u);
        let (inputs, values): (Vec<Vec<(f64, f64)>>, Values) = (0..1 << 12)
            .map(|i| {
                let u = sample::coordinate(5, i, 0);
                (vec![(rate(u) / spread, normal::quantile(u))], vec![0.0, rate(u) - 0.3])
            })
            .unzip();
        let expected = Expected::new(&inputs, &values);
        let nodes: Vec<(f64, f64, f64)> = (0..400)
            .map(|i| (f64::from(i) + 0.5) / 400.0)
            .map(|u| (rate(u), rate(u) / spread, normal::quantile(u)))
            .collect();
        for labels in [1, 10, 100] {
            let n = f64::from(labels);
            // After k of n the mean is (2 + k)/(7 + n); k is beta-binomial.
            let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
            let wanted: f64 = (0..=labels)
                .map(|k| {
                    let k = f64::from(k);
                    let choose = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
                    let chance = (choose + ln_beta(2.0 + k, 5.0 + n - k) - ln_beta(2.0, 5.0)).exp();
                    chance * ((2.0 + k) / (7.0 + n) - 0.3).max(0.0)
                })
                .sum();
            let found = expected.sample(&nodes, labels);
            assert!((found.value - wanted).abs() < 2e-4, "{labels}: {found:?} {wanted}");
        }
    }
}
