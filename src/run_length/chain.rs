//! A chart as a Markov chain on finitely many states, with alarm as the way out.

use nalgebra::{DMatrix, DVector};

use super::{RunLengthError, Start, checked};

/// Steps of the power iteration before it is given up.
const MAX_STEPS: usize = 200_000;

/// A chart without its observations: where it can stand, and how it moves.
pub(super) trait Transitions {
    /// What the observations are like.
    type Law: Copy;
    /// Number of states before an alarm.
    fn states(&self) -> usize;
    /// Probability (or weighted density) of each state after one observation, from a statistic.
    fn after(&self, statistic: f64, law: Self::Law) -> Vec<f64>;
    /// The statistic of a state.
    fn statistic(&self, state: usize) -> f64;

    /// One row a state.
    fn matrix(&self, law: Self::Law) -> DMatrix<f64> {
        let n = self.states();
        let mut matrix = DMatrix::zeros(n, n);
        for i in 0..n {
            for (j, p) in self.after(self.statistic(i), law).into_iter().enumerate() {
                matrix[(i, j)] = p;
            }
        }
        matrix
    }
}

/// Average run length from each state: `(I − Q)·L = 1`.
pub(super) fn run_lengths<C: Transitions>(chart: &C, law: C::Law) -> Result<DVector<f64>, RunLengthError> {
    let n = chart.states();
    let system = DMatrix::identity(n, n) - chart.matrix(law);
    system.lu().solve(&DVector::from_element(n, 1.0)).ok_or(RunLengthError::TooLong)
}

/// Average run length from a statistic that need not be a state.
pub(super) fn after<C: Transitions>(chart: &C, lengths: &DVector<f64>, statistic: f64, law: C::Law) -> f64 {
    1.0 + chart.after(statistic, law).iter().zip(lengths.iter()).map(|(p, l)| p * l).sum::<f64>()
}

/// Average run length of a chart from a start.
pub(super) fn arl<C: Transitions>(chart: &C, law: C::Law, before: C::Law, start: Start) -> Result<f64, RunLengthError> {
    let lengths = run_lengths(chart, law)?;
    let weights = match start {
        Start::At(statistic) => return checked(after(chart, &lengths, statistic, law)),
        Start::Observation(0 | 1) => return checked(after(chart, &lengths, 0.0, law)),
        Start::Observation(change) => {
            let matrix = chart.matrix(before).transpose();
            let mut weights = DVector::from_vec(chart.after(0.0, before));
            for _ in 2..change {
                let last = weights.clone() / weights.sum();
                weights = &matrix * weights;
                let sum = weights.sum();
                if sum <= 0.0 {
                    return Err(RunLengthError::TooLong);
                }
                weights /= sum;
                // It moves no more: no further step changes it.
                if (&weights - &last).abs().sum() < 1e-15 {
                    break;
                }
            }
            weights
        }
        Start::SteadyState => quasi_stationary(&chart.matrix(before))?,
    };
    checked(weights.dot(&lengths) / weights.sum())
}

/// The law of the state long after the beginning, given no alarm: the leading left eigenvector.
fn quasi_stationary(matrix: &DMatrix<f64>) -> Result<DVector<f64>, RunLengthError> {
    let transposed = matrix.transpose();
    let n = matrix.nrows();
    let mut weights = DVector::from_element(n, 1.0 / n as f64);
    let mut moved = f64::INFINITY;
    for _ in 0..MAX_STEPS {
        let mut next = &transposed * &weights;
        let sum = next.sum();
        if sum <= 0.0 {
            break;
        }
        next /= sum;
        moved = (&next - &weights).abs().sum();
        weights = next;
        if moved < 1e-13 {
            return Ok(weights);
        }
    }
    match weights.sum() > 0.0 {
        true if moved < 1e-9 => Ok(weights),
        true => Err(RunLengthError::NotConverged),
        false => Err(RunLengthError::TooLong),
    }
}
