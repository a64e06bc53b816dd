//! The same charts, played.

use rand::RngExt;
use rand_distr::{Distribution, Poisson, StandardNormal};
use rayon::prelude::*;

use super::walk::likelihood_ratio;
use super::{Chart, Law, RunLengthError, Start, check};
use crate::simulation::random::{Address, Generator, Purpose};

/// Runs of one block; blocks are independent of the number of threads.
const RUNS_PER_BLOCK: u32 = 64;
/// Observations before a change in the steady state of a normal chart.
const LONG_AGO: u32 = 300;
/// The same of a chart over rare failures, in expected failures.
const LONG_AGO_FAILURES: f64 = 30.0;
/// A run is given up after this many observations.
const LONGEST_RUN: u64 = 10_000_000_000;

/// An average over simulated runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulated {
    /// Average run length.
    pub arl: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Runs.
    pub runs: u32,
}

impl Simulated {
    /// 95 % confidence interval.
    pub fn interval(&self) -> [f64; 2] {
        [self.arl - 1.96 * self.standard_error, self.arl + 1.96 * self.standard_error]
    }
}

fn draw(law: &Law, rng: &mut Generator) -> f64 {
    match *law {
        Law::Normal { mean } => {
            let z: f64 = StandardNormal.sample(rng);
            mean + z
        }
        Law::Bernoulli { p } => f64::from(u8::from(rng.random::<f64>() < p)),
        Law::Poisson { mean } => Poisson::new(mean).map_or(0.0, |law| law.sample(rng)),
        Law::Binomial { n, p } => rand_distr::Binomial::new(n, p).map_or(0.0, |law| law.sample(rng) as f64),
    }
}

/// A chart in motion.
struct Played {
    chart: Chart,
    counts: bool,
    sums: [f64; 2],
    forgotten: f64,
}

impl Played {
    fn new(chart: Chart, law: &Law, statistic: f64) -> Self {
        Self { chart, counts: !matches!(law, Law::Normal { .. }), sums: [statistic; 2], forgotten: 1.0 }
    }

    /// Takes an observation; whether it alarms.
    fn alarms(&mut self, x: f64) -> bool {
        let beyond = |s: f64, h: f64| if self.counts { s >= h - 1e-9 } else { s > h };
        match self.chart {
            Chart::Shewhart { limit, two_sided } => beyond(x, limit) || (two_sided && x < -limit),
            Chart::Cusum { scale, k, h, two_sided } => {
                let mut s = (self.sums[0] + scale * x - k).max(0.0);
                if self.counts && s < 1e-9 {
                    s = 0.0;
                }
                self.sums[0] = s;
                let upper = beyond(s, h);
                if two_sided {
                    self.sums[1] = (self.sums[1] - scale * x - k).max(0.0);
                }
                upper || (two_sided && beyond(self.sums[1], h))
            }
            Chart::Ewma { weight, width, time_varying } => {
                self.sums[0] += weight * (x - self.sums[0]);
                self.forgotten *= (1.0 - weight).powi(2);
                let settled = if time_varying { 1.0 - self.forgotten } else { 1.0 };
                self.sums[0].abs() > width * (weight / (2.0 - weight) * settled).sqrt()
            }
            Chart::ShiryaevRoberts { theta, threshold } => {
                self.sums[0] = (1.0 + self.sums[0]) * (theta * x - 0.5 * theta * theta).exp();
                self.sums[0] > threshold
            }
        }
    }
}

/// Average run length over `runs` runs; see [`super::exact`] for the rest.
///
/// # Errors
/// When a parameter is out of range, or no run ends within ten thousand million observations.
pub fn simulate(
    chart: &Chart,
    law: &Law,
    before: &Law,
    start: Start,
    runs: u32,
    seed: u64,
) -> Result<Simulated, RunLengthError> {
    check(chart, law)?;
    check(chart, before)?;
    let quiet = match (start, before) {
        (Start::At(_), _) => 0,
        (Start::Observation(change), _) => change.saturating_sub(1),
        (Start::SteadyState, Law::Bernoulli { p }) => (LONG_AGO_FAILURES / p) as u32,
        (Start::SteadyState, _) => LONG_AGO,
    };
    let head_start = if let Start::At(statistic) = start { statistic } else { 0.0 };
    let one = |rng: &mut Generator| -> Option<f64> {
        let mut played = Played::new(*chart, law, head_start);
        // A chart that alarms before the change starts over: what is asked is given no alarm.
        let mut passed = 0;
        let mut all = 0_u64;
        while passed < quiet {
            passed += 1;
            all += 1;
            if played.alarms(draw(before, rng)) {
                played = Played::new(*chart, law, head_start);
                passed = 0;
            }
            if all > LONGEST_RUN {
                return None;
            }
        }
        let mut length = 1_u64;
        while !played.alarms(draw(law, rng)) {
            length += 1;
            if length > LONGEST_RUN {
                return None;
            }
        }
        Some(length as f64)
    };
    let blocks: Option<Vec<[f64; 2]>> = (0..runs.div_ceil(RUNS_PER_BLOCK))
        .into_par_iter()
        .map(|block| {
            let mut rng = Address { seed, replicate: block, day: 0, purpose: Purpose::RunLength }.generator(0);
            let mut sums = [0.0; 2];
            for _ in 0..RUNS_PER_BLOCK.min(runs - block * RUNS_PER_BLOCK) {
                let length = one(&mut rng)?;
                sums[0] += length;
                sums[1] += length * length;
            }
            Some(sums)
        })
        .collect();
    let blocks = blocks.ok_or(RunLengthError::TooLong)?;
    let n = f64::from(runs.max(1));
    let [sum, squares] = blocks.iter().fold([0.0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
    let arl = sum / n;
    let variance = (squares / n - arl * arl).max(0.0) * n / (n - 1.0).max(1.0);
    Ok(Simulated { arl, standard_error: (variance / n).sqrt(), runs })
}

impl super::SequentialTest {
    /// The same test over `runs` simulated ones: average observations, and share of rejections with its standard error.
    pub fn simulate(p0: f64, p1: f64, alpha: f64, beta: f64, p: f64, runs: u32, seed: u64) -> (Simulated, f64) {
        let (scale, k) = likelihood_ratio(p0, p1);
        let (low, high) = ((beta / (1.0 - alpha)).ln(), ((1.0 - beta) / alpha).ln());
        let blocks: Vec<[f64; 3]> = (0..runs.div_ceil(RUNS_PER_BLOCK))
            .into_par_iter()
            .map(|block| {
                let mut rng = Address { seed, replicate: block, day: 0, purpose: Purpose::RunLength }.generator(1);
                let mut sums = [0.0; 3];
                for _ in 0..RUNS_PER_BLOCK.min(runs - block * RUNS_PER_BLOCK) {
                    let (mut sum, mut n) = (0.0_f64, 0.0);
                    while sum > low && sum < high {
                        n += 1.0;
                        sum += if rng.random::<f64>() < p { scale - k } else { -k };
                    }
                    sums[0] += n;
                    sums[1] += n * n;
                    sums[2] += f64::from(u8::from(sum >= high));
                }
                sums
            })
            .collect();
        let [sum, squares, rejected] = blocks.iter().fold([0.0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
        let n = f64::from(runs.max(2));
        let arl = sum / n;
        let variance = (squares / n - arl * arl).max(0.0) * n / (n - 1.0);
        (Simulated { arl, standard_error: (variance / n).sqrt(), runs }, rejected / n)
    }
}
