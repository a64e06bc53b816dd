//! Charts over a normal stream on Gauss–Legendre nodes (Nyström's method).

use std::num::NonZeroUsize;

use super::chain::{self, Transitions};
use super::{Chart, RunLengthError, checked};
use crate::simulation::normal;

/// Nodes at least; a smooth kernel needs no more.
const NODES: usize = 200;
/// Nodes at the most.
const MAX_NODES: usize = 1000;
/// Nodes in one standard deviation of a step.
const NODES_PER_SD: f64 = 12.0;
/// Nodes in one standard deviation of a step without which nothing comes of the equations.
const LEAST_PER_SD: f64 = 1.2;
/// Beyond this many standard deviations a normal has no mass to speak of.
const REACH: f64 = 9.0;

/// How one observation moves the statistic.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// `max(0, s + x − k)`, with an atom at zero.
    Cusum { k: f64 },
    /// `(1 − w)·s + w·x`
    Ewma { weight: f64 },
    /// `ln R` of Shiryaev–Roberts: the next is `ln(1 + R) + θx − θ²/2`; the statistic given is `R` itself.
    ShiryaevRoberts { theta: f64 },
}

/// A chart's continuation region on nodes.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    step: Step,
    nodes: Vec<(f64, f64)>,
}

/// Nodes and weights on an interval.
fn legendre(n: usize, low: f64, high: f64) -> Vec<(f64, f64)> {
    let degree = NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN);
    let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
    gauss_quad::GaussLegendre::new(degree).iter().map(|&(x, w)| (centre + half * x, half * w)).collect()
}

fn nodes_for(range: f64, sd: f64) -> usize {
    ((NODES_PER_SD * range / sd) as usize).clamp(NODES, MAX_NODES)
}

impl Kernel {
    /// Over observations with means between `lowest` and `highest`; `fineness` is the share of the usual nodes.
    pub(super) fn new(chart: &Chart, highest: f64, lowest: f64, fineness: f64) -> Result<Self, RunLengthError> {
        let (step, low, high, sd) = match *chart {
            Chart::Cusum { k, h, two_sided: false, .. } => (Step::Cusum { k }, 0.0, h, 1.0),
            Chart::Ewma { weight, width, time_varying: false } => {
                let limit = width * (weight / (2.0 - weight)).sqrt();
                (Step::Ewma { weight }, -limit, limit, weight)
            }
            Chart::ShiryaevRoberts { theta, threshold } => {
                let low = theta * lowest.min(highest) - 0.5 * theta * theta - REACH * theta;
                (Step::ShiryaevRoberts { theta }, low.min(threshold.ln() - theta), threshold.ln(), theta)
            }
            _ => return Err(RunLengthError::NotCovered("this chart over a normal stream")),
        };
        if LEAST_PER_SD * (high - low) > sd * MAX_NODES as f64 {
            return Err(RunLengthError::NotConverged);
        }
        let nodes = (fineness * nodes_for(high - low, sd) as f64) as usize;
        Ok(Self { step, nodes: legendre(nodes, low, high) })
    }
}

impl Transitions for Kernel {
    /// The mean.
    type Law = f64;

    fn states(&self) -> usize {
        self.nodes.len() + usize::from(matches!(self.step, Step::Cusum { .. }))
    }

    fn statistic(&self, state: usize) -> f64 {
        let node = self.nodes.get(state).map(|(x, _)| *x);
        match self.step {
            // The last state is the atom at zero.
            Step::Cusum { .. } => node.unwrap_or(0.0),
            Step::Ewma { .. } => node.unwrap_or(0.0),
            Step::ShiryaevRoberts { .. } => node.unwrap_or(f64::NEG_INFINITY).exp(),
        }
    }

    fn after(&self, statistic: f64, mean: f64) -> Vec<f64> {
        let density = |centre: f64, sd: f64| {
            self.nodes.iter().map(move |&(x, w)| w * normal::pdf((x - centre) / sd) / sd).collect::<Vec<f64>>()
        };
        match self.step {
            Step::Cusum { k } => {
                let centre = statistic + mean - k;
                let mut row = density(centre, 1.0);
                row.push(normal::cdf(-centre));
                row
            }
            Step::Ewma { weight } => density((1.0 - weight) * statistic + weight * mean, weight),
            Step::ShiryaevRoberts { theta } => density(statistic.ln_1p() + theta * mean - 0.5 * theta * theta, theta),
        }
    }
}

/// EWMA with the exact limits of each observation: the law of the surviving statistic is carried forward until the limits have
/// settled, and the fixed-limit equation does the rest.
pub(super) fn ewma_time_varying(weight: f64, width: f64, mean: f64, fineness: f64) -> Result<f64, RunLengthError> {
    let fixed = Kernel::new(&Chart::Ewma { weight, width, time_varying: false }, mean, mean, fineness)?;
    let lengths = chain::run_lengths(&fixed, mean)?;
    let asymptotic = width * (weight / (2.0 - weight)).sqrt();
    let n = fixed.nodes.len();
    // The law before the first observation is a point mass at zero.
    let mut law = vec![(0.0, 1.0)];
    let mut arl = 0.0;
    let mut forgotten = 1.0_f64;
    loop {
        arl += law.iter().map(|(_, mass)| mass).sum::<f64>();
        forgotten *= (1.0 - weight).powi(2);
        // Limits closer than this change no fifth digit.
        let settled = forgotten < 1e-9;
        let nodes = if settled {
            fixed.nodes.clone()
        } else {
            legendre(n, -asymptotic * (1.0 - forgotten).sqrt(), asymptotic * (1.0 - forgotten).sqrt())
        };
        law = nodes
            .into_iter()
            .map(|(x, w)| {
                let density: f64 = law
                    .iter()
                    .map(|&(from, mass)| {
                        mass * normal::pdf((x - (1.0 - weight) * from - weight * mean) / weight) / weight
                    })
                    .sum();
                (x, w * density)
            })
            .collect();
        if settled {
            arl += law.iter().zip(lengths.iter()).map(|((_, mass), length)| mass * length).sum::<f64>();
            return checked(arl);
        }
    }
}
