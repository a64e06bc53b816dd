//! Charts over counts: `scale·x − k` added up, starting over at zero.
//!
//! After `n` observations of a cycle the sum is `scale·X − n·k` with `X` the counts so far, so that a cycle's law is carried by the
//! few values of `X` that keep the sum between zero and the threshold. A cycle ends at zero or with an alarm, and Wald's
//! identity for renewals gives `ARL = E[length]/P(alarm)` (Page, *Biometrika* 41, 1954, writes the chart as repeated sequential tests).

use statrs::distribution::{Discrete, Poisson};

use super::chain::{self, Transitions};
use super::{Law, RunLengthError, Start, checked};

/// Sums closer to a boundary than this are on it.
const TIE: f64 = 1e-9;
/// A cycle is over when this little of it goes on.
const NEGLIGIBLE: f64 = 1e-16;
/// Observations of a cycle that are followed at the most.
const LONGEST_CYCLE: u64 = 200_000_000;
/// Totals that are followed side by side at the most.
const MOST_TOTALS: f64 = 2e6;
/// Sums formed for a walk at the most: some ten seconds.
const MOST_WORK: f64 = 1e10;
/// Steps between zero and the threshold of the lattice that steady states need.
const FINEST_LATTICE: usize = 3000;

/// Probabilities of 0, 1, 2, … as far as they matter.
fn masses(law: &Law) -> Result<Vec<f64>, RunLengthError> {
    match *law {
        Law::Bernoulli { p } => Ok(vec![1.0 - p, p]),
        Law::Poisson { mean } => {
            let law = Poisson::new(mean).map_err(|e| RunLengthError::Parameter(e.to_string()))?;
            let last = mean + 12.0 * mean.sqrt() + 20.0;
            if last > MOST_TOTALS {
                return Err(RunLengthError::NotCovered("counts as large as these"));
            }
            let last = last as u64;
            Ok((0..=last).map(|x| law.pmf(x)).collect())
        }
        _ => Err(RunLengthError::NotCovered("this law of observations")),
    }
}

/// How a stretch of the walk ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    /// Expected observations.
    length: f64,
    /// Probability that it ends at or above the upper boundary.
    up: f64,
}

/// Walks from `start` until the sum leaves `(low, high)`: up at `high` or above, down at `low` or below.
fn stretch(scale: f64, k: f64, start: f64, low: f64, high: f64, masses: &[f64]) -> Result<Stretch, RunLengthError> {
    // Mass of each total `X`, from `first` on.
    let mut first = 0_u64;
    let mut alive = vec![1.0];
    let (mut length, mut up) = (0.0, 0.0);
    // P(count ≥ j).
    let tails: Vec<f64> = {
        let mut sum = 0.0;
        let mut tails: Vec<f64> = masses
            .iter()
            .rev()
            .map(|p| {
                sum += p;
                sum
            })
            .collect();
        tails.reverse();
        tails
    };
    let mut work = 0.0;
    for n in 1..=LONGEST_CYCLE {
        let mass: f64 = alive.iter().sum();
        if mass < NEGLIGIBLE {
            return Ok(Stretch { length, up });
        }
        length += mass;
        // Totals that stay: low < start + scale·X − n·k < high.
        let offset = n as f64 * k - start;
        let least = ((offset + low + TIE) / scale).floor() + 1.0;
        let most = ((offset + high - TIE) / scale).ceil() - 1.0;
        let least = least.max(0.0) as u64;
        let Some(most) = (most >= least as f64).then_some(most as u64) else {
            // Nothing fits between: whoever reaches the next total is up.
            let reach = ((offset + high - TIE) / scale).ceil().max(0.0) as u64;
            for (i, mass) in alive.iter().enumerate() {
                let gap = reach.saturating_sub(first + i as u64) as usize;
                up += mass * tails.get(gap).copied().unwrap_or(0.0);
            }
            return Ok(Stretch { length, up });
        };
        let width = (most - least) as f64 + 1.0;
        work += (alive.len() * masses.len()) as f64;
        if width > MOST_TOTALS || work > MOST_WORK {
            return Err(RunLengthError::NotCovered("walks as wide as this one"));
        }
        let mut next = vec![0.0; width as usize];
        for (i, mass) in alive.iter().enumerate() {
            let from = first + i as u64;
            let lowest = least.saturating_sub(from) as usize;
            for (count, p) in masses.iter().enumerate().skip(lowest) {
                let to = from + count as u64;
                if to > most {
                    break;
                }
                if let Some(slot) = next.get_mut((to - least) as usize) {
                    *slot += mass * p;
                }
            }
            let beyond = (most + 1).saturating_sub(from) as usize;
            up += mass * tails.get(beyond).copied().unwrap_or(0.0);
        }
        (first, alive) = (least, next);
    }
    Err(RunLengthError::TooLong)
}

/// Average run length of the one-sided chart; see [`super::exact`].
pub(super) fn cusum(scale: f64, k: f64, h: f64, law: &Law, before: &Law, start: Start) -> Result<f64, RunLengthError> {
    let head_start = match start {
        Start::At(head_start) => head_start,
        Start::Observation(0 | 1) => 0.0,
        late => {
            let lattice = Lattice::new(scale, k, h, [masses(before)?, masses(law)?])?;
            return chain::arl(&lattice, AFTER, BEFORE, late);
        }
    };
    let masses = masses(law)?;
    let cycle = stretch(scale, k, 0.0, 0.0, h, &masses)?;
    let zero_state = checked(cycle.length / cycle.up)?;
    if head_start <= 0.0 {
        return Ok(zero_state);
    }
    let first = stretch(scale, k, head_start, 0.0, h, &masses)?;
    checked(first.length + (1.0 - first.up) * zero_state)
}

/// Index of the law before the change.
const BEFORE: usize = 0;
/// Index of the law after it.
const AFTER: usize = 1;

/// The walk on a lattice, where `k` and the scale are multiples of one step.
struct Lattice {
    /// Steps that a one adds, that each observation takes off, and to the threshold.
    up: usize,
    down: usize,
    height: usize,
    step: f64,
    masses: [Vec<f64>; 2],
}

impl Lattice {
    fn new(scale: f64, k: f64, h: f64, masses: [Vec<f64>; 2]) -> Result<Self, RunLengthError> {
        let near = |x: f64| (x - x.round()).abs() < 1e-6;
        (1..=FINEST_LATTICE)
            .map(|up| (up, up as f64 * k / scale))
            .find(|(_, down)| *down > 0.5 && near(*down))
            .map(|(up, down)| {
                let step = scale / up as f64;
                (up, down.round() as usize, ((h / step) - 1e-6).ceil() as usize, step)
            })
            .filter(|(.., height, _)| *height <= FINEST_LATTICE)
            .map(|(up, down, height, step)| Self { up, down, height, step, masses })
            .ok_or(RunLengthError::NotCovered("late changes where k and the step have no common small unit"))
    }
}

impl Transitions for Lattice {
    /// Before or after the change.
    type Law = usize;

    fn states(&self) -> usize {
        self.height
    }

    fn statistic(&self, state: usize) -> f64 {
        state as f64 * self.step
    }

    fn after(&self, statistic: f64, law: usize) -> Vec<f64> {
        let from = (statistic / self.step).round() as usize;
        let mut row = vec![0.0; self.height];
        for (count, p) in self.masses[law].iter().enumerate() {
            if let Some(slot) = row.get_mut((from + count * self.up).saturating_sub(self.down)) {
                *slot += p;
            }
        }
        row
    }
}

/// Wald's sequential probability ratio test between two failure rates (Wald, *Ann. Math. Statist.* 16, 1945).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SequentialTest {
    /// Expected number of observations until the decision.
    pub observations: f64,
    /// Probability of deciding for the alternative.
    pub rejects: f64,
}

impl SequentialTest {
    /// Between `p0` and `p1`, with Wald's boundaries `ln((1 − β)/α)` and `ln(β/(1 − α))`, at the true rate `p`.
    ///
    /// # Errors
    /// When a probability is out of range, or the test takes too long to follow.
    pub fn bernoulli(p0: f64, p1: f64, alpha: f64, beta: f64, p: f64) -> Result<Self, RunLengthError> {
        let inside = |x: f64| x > 0.0 && x < 1.0;
        if ![p0, p1, alpha, beta, p].into_iter().all(inside) || p1 <= p0 || alpha + beta >= 1.0 {
            return Err(RunLengthError::Parameter(
                "p0 < p1, alpha, beta and the shift must lie between 0 and 1, alpha + beta below 1".to_owned(),
            ));
        }
        let (scale, k) = likelihood_ratio(p0, p1);
        let (low, high) = boundaries(alpha, beta);
        let end = stretch(scale, k, 0.0, low, high, &[1.0 - p, p])?;
        Ok(Self { observations: end.length, rejects: end.up })
    }
}

/// Wald's boundaries for chances `alpha` and `beta` of either error, nats.
pub(super) fn boundaries(alpha: f64, beta: f64) -> (f64, f64) {
    ((beta / (1.0 - alpha)).ln(), ((1.0 - beta) / alpha).ln())
}

/// Scale and reference value of the CUSUM of log-likelihood ratios between two failure rates: what a failure adds, and what every
/// observation takes off, nats.
pub fn likelihood_ratio(p0: f64, p1: f64) -> (f64, f64) {
    let k = ((1.0 - p0) / (1.0 - p1)).ln();
    ((p1 / p0).ln() + k, k)
}

/// The least possible worst-case delay, in labels, of seeing a failure rate go from `p0` to `p1` at an average of `arl0` labels between
/// false alarms: that of the matched likelihood-ratio CUSUM, from zero (Lorden 1971; Moustakides 1986). Between thresholds that the walk can tell
/// apart, the delay is interpolated on the logarithm of the run length.
///
/// # Errors
/// When a parameter is out of range or the run length cannot be reached.
pub fn matched_limit(p0: f64, p1: f64, arl0: f64) -> Result<f64, RunLengthError> {
    if !(p0 > 0.0 && p1 > p0 && p1 < 1.0 && arl0 > 1.0) {
        return Err(RunLengthError::Parameter("0 < p0 < p1 < 1 and a run length above 1".to_owned()));
    }
    let (scale, k) = likelihood_ratio(p0, p1);
    let run_length = |h: f64, p: f64| cusum(scale, k, h, &Law::Bernoulli { p }, &Law::Bernoulli { p }, Start::At(0.0));
    let (mut low, mut high) = (TIE * 10.0, scale);
    while run_length(high, p0)? < arl0 {
        low = high;
        high += scale;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if run_length(middle, p0)? < arl0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let ends = [run_length(low, p0)?, run_length(high, p0)?];
    let delays = [run_length(low, p1)?, run_length(high, p1)?];
    let share = ((arl0 / ends[0]).ln() / (ends[1] / ends[0]).ln()).clamp(0.0, 1.0);
    Ok(delays[0] + if share.is_finite() { share } else { 1.0 } * (delays[1] - delays[0]))
}
