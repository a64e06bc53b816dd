//! Average run lengths of charts: how many observations pass before an alarm, exactly and by simulation.
//!
//! Charts over a normal stream are Markov chains on an interval; their integral equations are solved on Gauss–Legendre nodes
//! (`chain`, `kernel`; Nyström's method, as in Knoth, *spc*). Charts over counts are random walks that start over at zero,
//! solved cycle by cycle (`walk`). Both are exact to the precision of the arithmetic. `simulate` plays the same charts.

mod chain;
mod kernel;
mod simulate;
mod two_sided;
mod walk;

use thiserror::Error;

pub use simulate::{BlockSums, Game, Simulated, blocks, play_block};
pub use walk::{SequentialTest, likelihood_ratio, matched_limit};

/// What the observations are like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Normal with unit variance.
    Normal {
        /// Mean.
        mean: f64,
    },
    /// One with this probability, otherwise zero.
    Bernoulli {
        /// Probability of a one.
        p: f64,
    },
    /// Counts.
    Poisson {
        /// Mean.
        mean: f64,
    },
    /// Ones among `n` trials.
    Binomial {
        /// Trials.
        n: u64,
        /// Probability of a one.
        p: f64,
    },
}

/// A chart and its threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Chart {
    /// Alarm when an observation exceeds `limit` (for counts: reaches it); two-sided: when its absolute value does.
    Shewhart {
        /// Limit, in units of the observation.
        limit: f64,
        /// Whether low values alarm too.
        two_sided: bool,
    },
    /// `S ← max(0, S + scale·x − k)`; alarm when `S > h` for a normal stream, `S ≥ h` for counts. Two-sided: a second sum watches `−x`.
    Cusum {
        /// Factor of an observation: 1, or the log-likelihood ratio that a one adds.
        scale: f64,
        /// Reference value.
        k: f64,
        /// Threshold.
        h: f64,
        /// Whether low values alarm too.
        two_sided: bool,
    },
    /// `Z ← (1 − weight)·Z + weight·x`; alarm when `|Z|` exceeds `width` standard deviations of `Z`.
    Ewma {
        /// Weight of the newest observation, above 0 and at most 1.
        weight: f64,
        /// Width of the limits.
        width: f64,
        /// Whether the limits are those of `Z` after so many observations; otherwise its asymptotic ones.
        time_varying: bool,
    },
    /// `R ← (1 + R)·exp(θx − θ²/2)`; alarm when `R > threshold`.
    ShiryaevRoberts {
        /// Shift the chart is built for.
        theta: f64,
        /// Threshold.
        threshold: f64,
    },
}

/// Where the chart stands when the observations become those of the law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// At the first observation, from this statistic (0: the usual start; CUSUM: a head start).
    At(f64),
    /// Long after the chart began, given that it has not alarmed.
    SteadyState,
    /// At this observation (1: the first), given that the chart has not alarmed before.
    Observation(u32),
}

/// Why there is no exact value.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum RunLengthError {
    /// The method does not cover it.
    #[error("no exact method for {0}")]
    NotCovered(&'static str),
    /// A parameter makes no sense.
    #[error("{0}")]
    Parameter(String),
    /// The number exceeds what double precision can resolve.
    #[error("the average run length is too long to compute (above about 10¹²)")]
    TooLong,
    /// Two resolutions of the equations disagree.
    #[error(
        "the equations of this chart need more nodes than there are for a value that holds: a lower threshold, a larger weight or a larger theta \
         can be computed"
    )]
    NotConverged,
    /// Alarms are so rare that runs would take too many observations.
    #[error(
        "alarms are so rare that the runs would take more than a thousand million observations: ask for fewer --runs, or lower h"
    )]
    TooRare,
    /// There is next to never no alarm before the change.
    #[error(
        "an alarm before the change is so nearly certain that the run length cannot be conditioned on there being none: raise h, or let \
         the change come earlier"
    )]
    NotConditioned,
}

/// Nodes of the resolution that confirms, as a share of all.
const COARSER: f64 = 0.875;
/// Largest run length whose equations double precision resolves to four digits.
const LONGEST: f64 = 1e12;

fn checked(arl: f64) -> Result<f64, RunLengthError> {
    if arl.is_finite() && (0.0..LONGEST).contains(&arl) { Ok(arl) } else { Err(RunLengthError::TooLong) }
}

/// Average number of observations of `law` until the alarm, the alarm's own included. Before a late start the observations
/// are those of `before`.
///
/// # Errors
/// When a parameter is out of range, no exact method covers the chart, or the number is too long.
pub fn exact(chart: &Chart, law: &Law, before: &Law, start: Start) -> Result<f64, RunLengthError> {
    check(chart, law)?;
    check(chart, before)?;
    match (chart, law) {
        (Chart::Shewhart { limit, two_sided }, _) => shewhart(*limit, *two_sided, law),
        (Chart::Cusum { two_sided: true, k, h, .. }, Law::Normal { mean }) => {
            let Law::Normal { mean: mean_before } = *before else { return Err(mixed()) };
            let zero = |fineness| two_sided::arl(*k, *h, *mean, mean_before, Start::At(0.0), fineness);
            let at_zero = converged(zero)?;
            if start == Start::At(0.0) {
                return Ok(at_zero);
            }
            two_sided::arl(*k, *h, *mean, mean_before, start, 1.0)
        }
        (Chart::Cusum { two_sided: true, .. }, _) => Err(RunLengthError::NotCovered("two-sided charts over counts")),
        (Chart::Ewma { time_varying: true, weight, width }, Law::Normal { mean }) => {
            if start == Start::At(0.0) {
                converged(|fineness| kernel::ewma_time_varying(*weight, *width, *mean, fineness))
            } else {
                Err(RunLengthError::NotCovered("late changes under time-varying limits"))
            }
        }
        (_, Law::Normal { mean }) => {
            let Law::Normal { mean: mean_before } = *before else { return Err(mixed()) };
            converged(|fineness| {
                let kernel = kernel::Kernel::new(chart, mean.max(mean_before), mean.min(mean_before), fineness)?;
                chain::arl(&kernel, *mean, mean_before, start)
            })
        }
        (Chart::Cusum { scale, k, h, .. }, _) => walk::cusum(*scale, *k, *h, law, before, start),
        _ => Err(RunLengthError::NotCovered("this chart over counts")),
    }
}

/// A run length that a coarser resolution confirms. The error of the equations falls faster than any power of the number of nodes, so that a
/// few fewer show whether they suffice.
fn converged(at: impl Fn(f64) -> Result<f64, RunLengthError>) -> Result<f64, RunLengthError> {
    let fine = at(1.0)?;
    // What the arithmetic loses grows with the run length.
    let tolerance = 1e-6 + 1e-14 * fine.abs();
    let coarse = at(COARSER)?;
    if (fine - coarse).abs() <= tolerance * fine.abs() { Ok(fine) } else { Err(RunLengthError::NotConverged) }
}

fn mixed() -> RunLengthError {
    RunLengthError::Parameter("the observations before and after the change must be of one kind".to_owned())
}

fn check(chart: &Chart, law: &Law) -> Result<(), RunLengthError> {
    let fail = |what: &str| Err(RunLengthError::Parameter(what.to_owned()));
    let positive = |x: f64| x.is_finite() && x > 0.0;
    match *law {
        Law::Normal { mean } if !mean.is_finite() => return fail("the shift must be a number"),
        Law::Bernoulli { p } | Law::Binomial { p, .. } if !(p > 0.0 && p < 1.0) => {
            return fail("a probability must lie between 0 and 1");
        }
        Law::Poisson { mean } if !positive(mean) => return fail("a Poisson mean must be above 0"),
        Law::Binomial { n: 0, .. } => return fail("n must be at least 1"),
        _ => {}
    }
    match *chart {
        Chart::Shewhart { limit, .. } if !limit.is_finite() => fail("h must be a number"),
        Chart::Cusum { scale, k, h, .. } if !(positive(scale) && k.is_finite() && k >= 0.0 && positive(h)) => {
            fail("k and h must be above 0, or k exactly 0")
        }
        Chart::Ewma { weight, width, .. } if !(weight > 0.0 && weight <= 1.0 && positive(width)) => {
            fail("the weight must be above 0 and at most 1, and the width of the limits above 0")
        }
        Chart::ShiryaevRoberts { theta, threshold } if !(positive(theta) && positive(threshold)) => {
            fail("theta and the threshold must be above 0")
        }
        _ => Ok(()),
    }
}

/// Every observation is a fresh chance: `1/P(alarm)`.
fn shewhart(limit: f64, two_sided: bool, law: &Law) -> Result<f64, RunLengthError> {
    use crate::simulation::normal;
    use statrs::distribution::{Binomial, DiscreteCDF, Poisson};
    // P(X ≥ limit) of a count.
    let reach = |below: &dyn Fn(u64) -> f64| if limit <= 0.0 { 1.0 } else { below(limit.ceil() as u64 - 1) };
    let alarm = match *law {
        Law::Normal { mean } => {
            let above = normal::cdf(mean - limit);
            above + if two_sided { normal::cdf(-limit - mean) } else { 0.0 }
        }
        _ if two_sided => return Err(RunLengthError::NotCovered("two-sided charts over counts")),
        Law::Bernoulli { p } => reach(&|below| if below == 0 { p } else { 0.0 }),
        Law::Poisson { mean } => {
            let law = Poisson::new(mean).map_err(|e| RunLengthError::Parameter(e.to_string()))?;
            reach(&|below| law.sf(below))
        }
        Law::Binomial { n, p } => {
            let law = Binomial::new(p, n).map_err(|e| RunLengthError::Parameter(e.to_string()))?;
            reach(&|below| law.sf(below))
        }
    };
    checked(1.0 / alarm)
}
