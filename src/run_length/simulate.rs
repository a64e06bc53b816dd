//! The same charts, played.

use rand::RngExt;
use rand_distr::{Distribution, Poisson, StandardNormal};

use super::walk::{boundaries, likelihood_ratio};
use super::{Chart, Law, RunLengthError, Start, check};
use crate::simulation::random::{Address, Generator, Purpose};

/// Runs of one block; blocks are independent of the number of threads.
const RUNS_PER_BLOCK: u32 = 64;
/// Observations before a change in the steady state of a normal chart.
const LONG_AGO: u32 = 300;
/// The same of a chart over rare failures, in expected failures.
const LONG_AGO_FAILURES: f64 = 30.0;
/// Beginnings with an alarm before the change that one run may throw away.
const MOST_DISCARDED: u32 = 10_000;
/// Observations that all runs together may take: some ten seconds on two processors.
const MOST_OBSERVATIONS: u64 = 1_500_000_000;

/// An average over simulated runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulated {
    /// Average run length.
    pub arl: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Runs.
    pub runs: u32,
    /// Share of runs that ended above: all of a chart's, those of a sequential test that reject.
    pub ended_above: f64,
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
    /// Mean and standard deviation that observations are standardised by, for charts made for a standard normal.
    standard: (f64, f64),
}

/// Mean and standard deviation of counts; a normal stream has its unit already.
fn standard(law: &Law) -> (f64, f64) {
    match *law {
        Law::Normal { .. } => (0.0, 1.0),
        Law::Bernoulli { p } => (p, (p * (1.0 - p)).sqrt()),
        Law::Poisson { mean } => (mean, mean.sqrt()),
        Law::Binomial { n, p } => (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt()),
    }
}

impl Played {
    /// `before` is what the observations are like in control.
    fn new(chart: Chart, before: &Law, statistic: f64) -> Self {
        let counts = !matches!(before, Law::Normal { .. });
        Self { chart, counts, sums: [statistic; 2], forgotten: 1.0, standard: standard(before) }
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
                let x = (x - self.standard.0) / self.standard.1;
                self.sums[0] += weight * (x - self.sums[0]);
                self.forgotten *= (1.0 - weight).powi(2);
                let settled = if time_varying { 1.0 - self.forgotten } else { 1.0 };
                self.sums[0].abs() > width * (weight / (2.0 - weight) * settled).sqrt()
            }
            Chart::ShiryaevRoberts { theta, threshold } => {
                let x = (x - self.standard.0) / self.standard.1;
                self.sums[0] = (1.0 + self.sums[0]) * (theta * x - 0.5 * theta * theta).exp();
                self.sums[0] > threshold
            }
        }
    }
}

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Game {
    /// A chart; see [`super::exact`].
    Chart {
        /// The chart.
        chart: Chart,
        /// Observations after the change.
        law: Law,
        /// Observations before it.
        before: Law,
        /// When the change comes.
        start: Start,
    },
    /// Wald's sequential test between two failure rates; see [`super::SequentialTest::bernoulli`].
    SequentialTest {
        /// Null and alternative.
        rates: [f64; 2],
        /// Chances of either error.
        errors: [f64; 2],
        /// The true rate.
        p: f64,
    },
}

/// Sums over the runs of a block: of run lengths, of their squares, and runs that ended above (all, for a chart).
pub type BlockSums = [f64; 3];

/// Number of blocks that hold `runs` runs.
pub fn blocks(runs: u32) -> u32 {
    runs.div_ceil(RUNS_PER_BLOCK)
}

/// Plays one block of `runs` runs.
///
/// # Errors
/// When a parameter is out of range, or the block takes more than its part of the observations that all may take.
pub fn play_block(game: &Game, runs: u32, block: u32, seed: u64) -> Result<BlockSums, RunLengthError> {
    let mut rng = Address { seed, replicate: block, day: 0, purpose: Purpose::RunLength }.generator(0);
    let mut sums = [0.0; 3];
    // Its own part, whatever other blocks take, so that the answer does not depend on which is first.
    let mut left = MOST_OBSERVATIONS / u64::from(blocks(runs).max(1));
    for _ in 0..RUNS_PER_BLOCK.min(runs.saturating_sub(block * RUNS_PER_BLOCK)) {
        let (length, above) = match game {
            Game::Chart { chart, law, before, start } => {
                check(chart, law)?;
                check(chart, before)?;
                (run_of_chart(chart, law, before, *start, &mut left, &mut rng)?, true)
            }
            Game::SequentialTest { rates: [p0, p1], errors: [alpha, beta], p } => {
                let (scale, k) = likelihood_ratio(*p0, *p1);
                let (low, high) = boundaries(*alpha, *beta);
                let (mut sum, mut length) = (0.0_f64, 0.0);
                while sum > low && sum < high {
                    take(&mut left)?;
                    length += 1.0;
                    sum += if rng.random::<f64>() < *p { scale - k } else { -k };
                }
                (length, sum >= high)
            }
        };
        sums[0] += length;
        sums[1] += length * length;
        sums[2] += f64::from(u8::from(above));
    }
    Ok(sums)
}

/// Takes one of the observations that are left.
fn take(left: &mut u64) -> Result<(), RunLengthError> {
    *left = left.checked_sub(1).ok_or(RunLengthError::TooRare)?;
    Ok(())
}

/// One run of a chart, out of the observations that are left.
fn run_of_chart(
    chart: &Chart,
    law: &Law,
    before: &Law,
    start: Start,
    left: &mut u64,
    rng: &mut Generator,
) -> Result<f64, RunLengthError> {
    let quiet = match (start, before) {
        (Start::At(_), _) => 0,
        (Start::Observation(change), _) => change.saturating_sub(1),
        (Start::SteadyState, Law::Bernoulli { p }) => (LONG_AGO_FAILURES / p) as u32,
        (Start::SteadyState, _) => LONG_AGO,
    };
    let head_start = if let Start::At(statistic) = start { statistic } else { 0.0 };
    let mut played = Played::new(*chart, before, head_start);
    // A chart that alarms before the change starts over: what is asked is given no alarm.
    let (mut passed, mut discarded) = (0, 0_u32);
    while passed < quiet {
        passed += 1;
        take(left)?;
        if played.alarms(draw(before, rng)) {
            played = Played::new(*chart, before, head_start);
            passed = 0;
            discarded += 1;
        }
        if discarded > MOST_DISCARDED {
            return Err(RunLengthError::NotConditioned);
        }
    }
    let mut length = 1_u64;
    while !played.alarms(draw(law, rng)) {
        length += 1;
        take(left)?;
    }
    Ok(length as f64)
}

impl Simulated {
    /// Puts the blocks of `runs` runs together.
    pub fn of(blocks: &[BlockSums], runs: u32) -> Self {
        let [sum, squares, above] = blocks.iter().fold([0.0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
        let n = f64::from(runs.max(1));
        let arl = sum / n;
        let variance = (squares / n - arl * arl).max(0.0) * n / (n - 1.0).max(1.0);
        Self { arl, standard_error: (variance / n).sqrt(), runs, ended_above: above / n }
    }
}
