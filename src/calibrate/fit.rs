//! Damped least squares within bounds.
//!
//! What is minimised is the sum of squares of what figures miss, each in its own measure, and of how far numbers were moved, with a weight
//! that falls from stage to stage until it only chooses among answers that are equally good. Each step solves the linearised problem: a range
//! that is met pulls nowhere, one that the step would leave holds it back, and a number that would pass its end stops there. Steps are
//! damped until they do what was predicted (Levenberg, Marquardt).

use nalgebra::{DMatrix, DVector};

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Target {
    /// Least value that meets it.
    pub low: f64,
    /// Greatest value that meets it.
    pub high: f64,
    /// What counts as a miss of one.
    pub measure: f64,
}

impl Target {
    /// The same figure, whatever it is.
    pub(super) fn anything(&self) -> Self {
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, ..*self }
    }

    /// By how much a value misses it, in its measure; negative below.
    pub(super) fn miss(&self, value: f64) -> f64 {
        if value.is_nan() {
            return if self.low == f64::NEG_INFINITY { 0.0 } else { NOT_DEFINED };
        }
        if value < self.low {
            (value - self.low) / self.measure
        } else if value > self.high {
            (value - self.high) / self.measure
        } else {
            0.0
        }
    }
}

/// Values of figures at places, `NaN` where one is not defined.
pub(super) trait Model {
    /// Why it may end early.
    type Error;

    /// The figures at each of several places.
    fn at(&mut self, places: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Self::Error>;
}

/// A miss that no defined value has.
const NOT_DEFINED: f64 = 1e4;
/// Weights of having moved, one a stage, in the measure of the misses.
pub(super) const RIDGES: [f64; 6] = [1e-1, 1e-3, 1e-5, 1e-7, 1e-9, 1e-11];
/// Most steps of a stage.
const MOST_STEPS: usize = 25;
/// Most times that a step is tried, each damped more.
const MOST_TRIES: usize = 12;
/// Distance of two places between which a slope is taken.
const SLOPE: f64 = 1e-5;
/// A step that is shorter is none.
const SHORTEST: f64 = 1e-9;

/// A figure's slopes are known at a place.
struct Here {
    place: Vec<f64>,
    values: Vec<f64>,
    /// In the measure of each target.
    slopes: Option<DMatrix<f64>>,
}

/// The fit of some targets.
pub(super) struct Fit<'t> {
    /// What is wanted.
    pub targets: &'t [Target],
    /// First and last place of each number.
    pub ends: &'t [[f64; 2]],
    /// Where the numbers stood.
    pub start: &'t [f64],
}

impl Fit<'_> {
    fn cost(&self, place: &[f64], values: &[f64], ridge: f64) -> f64 {
        let missed: f64 = self.targets.iter().zip(values).map(|(target, value)| target.miss(*value).powi(2)).sum();
        let moved: f64 = place.iter().zip(self.start).map(|(z, start)| (z - start).powi(2)).sum();
        missed + ridge * moved
    }

    /// Fits from a place, by these weights of having moved. Nothing moves where nothing is missed.
    pub(super) fn run<M: Model>(&self, model: &mut M, from: &[f64], ridges: &[f64]) -> Result<Vec<f64>, M::Error> {
        let values = model.at(&[from.to_vec()])?.pop().unwrap_or_default();
        let is_met = self.targets.iter().zip(&values).all(|(target, value)| target.miss(*value) == 0.0);
        if is_met || from.is_empty() {
            return Ok(from.to_vec());
        }
        let mut here = Here { place: from.to_vec(), values, slopes: None };
        for ridge in ridges {
            self.stage(model, &mut here, *ridge)?;
        }
        Ok(here.place)
    }

    fn stage<M: Model>(&self, model: &mut M, here: &mut Here, ridge: f64) -> Result<(), M::Error> {
        let mut damping = 0.0;
        for _ in 0..MOST_STEPS {
            let slopes = match here.slopes.take() {
                Some(slopes) => slopes,
                None => self.slopes(model, &here.place, &here.values)?,
            };
            let steepest = (0..slopes.ncols()).map(|j| slopes.column(j).norm_squared()).fold(1e-12, f64::max);
            let before = self.cost(&here.place, &here.values, ridge);
            let mut next = None;
            for _ in 0..MOST_TRIES {
                let step = self.step(here, &slopes, ridge, damping);
                let place: Vec<f64> = here
                    .place
                    .iter()
                    .zip(step.iter())
                    .zip(self.ends)
                    .map(|((z, step), [first, last])| (z + step).clamp(*first, *last))
                    .collect();
                let length = place.iter().zip(&here.place).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                if length < SHORTEST {
                    break;
                }
                let values = model.at(std::slice::from_ref(&place))?.pop().unwrap_or_default();
                let after = self.cost(&place, &values, ridge);
                if after < before {
                    damping = if damping > 1e-9 * steepest { 0.1 * damping } else { 0.0 };
                    next = Some((place, values, after));
                    break;
                }
                damping = (8.0 * damping).max(1e-4 * steepest);
            }
            let Some((place, values, after)) = next else {
                here.slopes = Some(slopes);
                return Ok(());
            };
            *here = Here { place, values, slopes: None };
            if before - after <= 1e-13 * before + 1e-18 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// How figures change with each number, in their measure, by differences to one side.
    fn slopes<M: Model>(&self, model: &mut M, place: &[f64], values: &[f64]) -> Result<DMatrix<f64>, M::Error> {
        let moved = |j: usize| {
            let mut other = place.to_vec();
            let last = self.ends.get(j).map_or(f64::INFINITY, |[_, last]| *last);
            if let Some(z) = other.get_mut(j) {
                *z += if *z + SLOPE > last { -SLOPE } else { SLOPE };
            }
            other
        };
        let others: Vec<Vec<f64>> = (0..place.len()).map(moved).collect();
        let found = model.at(&others)?;
        Ok(DMatrix::from_fn(self.targets.len(), place.len(), |i, j| {
            let of = |list: &[f64]| list.get(i).copied().unwrap_or(f64::NAN);
            let apart = others[j][j] - place[j];
            let slope = (of(&found[j]) - of(values)) / (apart * self.targets[i].measure);
            if slope.is_finite() { slope } else { 0.0 }
        }))
    }

    /// The step that minimises the linearised problem within the bounds.
    fn step(&self, here: &Here, slopes: &DMatrix<f64>, ridge: f64, damping: f64) -> DVector<f64> {
        let (m, n) = slopes.shape();
        let misses: Vec<f64> = self.targets.iter().zip(&here.values).map(|(t, value)| t.miss(*value)).collect();
        // What a row pulls to: how far, in its measure, the value is above the end of the range that it is held at.
        let mut held: Vec<Option<f64>> = misses
            .iter()
            .zip(self.targets)
            .map(|(miss, target)| (*miss != 0.0 || target.low == target.high).then_some(*miss))
            .collect();
        // A number that stops at its end, and how far it is to there.
        let mut stopped: Vec<Option<f64>> = vec![None; n];
        let mut step = DVector::zeros(n);
        for _ in 0..(2 * (m + n) + 4) {
            step = self.solve(here, slopes, &held, &stopped, ridge, damping);
            let mut is_settled = true;
            for (j, stop) in stopped.iter_mut().enumerate() {
                let room = |end: f64| end - here.place[j];
                let [first, last] = self.ends[j].map(room);
                if stop.is_none() && (step[j] > last || step[j] < first) {
                    *stop = Some(step[j].clamp(first, last));
                    is_settled = false;
                }
            }
            if !is_settled {
                continue;
            }
            for (i, held) in held.iter_mut().enumerate() {
                let target = &self.targets[i];
                if target.low == target.high || here.values[i].is_nan() {
                    continue;
                }
                let at = |end: f64| (here.values[i] - end) / target.measure;
                let change = slopes.row(i).dot(&step.transpose());
                let wanted = if at(target.low) + change < -1e-12 {
                    Some(at(target.low))
                } else if at(target.high) + change > 1e-12 {
                    Some(at(target.high))
                } else {
                    None
                };
                // What is held and just meets its end goes on being held: let go, it would come back.
                let just_meets = held.is_some_and(|held| (held + change).abs() <= 1e-9);
                if *held != wanted && !just_meets {
                    *held = wanted;
                    is_settled = false;
                }
            }
            if is_settled {
                break;
            }
        }
        step
    }

    fn solve(
        &self,
        here: &Here,
        slopes: &DMatrix<f64>,
        held: &[Option<f64>],
        stopped: &[Option<f64>],
        ridge: f64,
        damping: f64,
    ) -> DVector<f64> {
        let n = slopes.ncols();
        let free: Vec<usize> = (0..n).filter(|j| stopped[*j].is_none()).collect();
        let mut step = DVector::from_fn(n, |j, _| stopped[j].unwrap_or(0.0));
        let rows: Vec<(usize, f64)> = held.iter().enumerate().filter_map(|(i, held)| Some((i, (*held)?))).collect();
        if free.is_empty() {
            return step;
        }
        // Ridge and damping in one row a number: both are squares of the step, around different places.
        let weight = (ridge + damping).max(1e-14);
        let count = rows.len() + free.len();
        let mut matrix = DMatrix::zeros(count, free.len());
        let mut right = DVector::zeros(count);
        for (row, (i, miss)) in rows.iter().enumerate() {
            right[row] = -miss - slopes.row(*i).dot(&step.transpose());
            for (column, j) in free.iter().enumerate() {
                matrix[(row, column)] = slopes[(*i, *j)];
            }
        }
        for (column, j) in free.iter().enumerate() {
            matrix[(rows.len() + column, column)] = weight.sqrt();
            right[rows.len() + column] = -ridge * (here.place[*j] - self.start[*j]) / weight.sqrt();
        }
        let qr = matrix.qr();
        qr.q_tr_mul(&mut right);
        let top = right.rows(0, free.len()).into_owned();
        if let Some(solution) = qr.r().solve_upper_triangular(&top) {
            for (column, j) in free.iter().enumerate() {
                step[*j] = solution[column];
            }
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain<F>(F);

    impl<F: Fn(&[f64]) -> Vec<f64>> Model for Plain<F> {
        type Error = std::convert::Infallible;

        fn at(&mut self, places: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Self::Error> {
            Ok(places.iter().map(|place| self.0(place)).collect())
        }
    }

    fn target(low: f64, high: f64) -> Target {
        Target { low, high, measure: 0.01 }
    }

    fn fitted(of: impl Fn(&[f64]) -> Vec<f64>, targets: &[Target], ends: &[[f64; 2]], start: &[f64]) -> Vec<f64> {
        let Ok(place) = Fit { targets, ends, start }.run(&mut Plain(of), start, &RIDGES);
        place
    }

    const WIDE: [f64; 2] = [-50.0, 50.0];

    #[test]
    fn rosenbrock_s_valley_is_followed_to_its_end() {
        let of = |z: &[f64]| vec![10.0 * (z[1] - z[0] * z[0]), 1.0 - z[0]];
        let found = fitted(of, &[target(0.0, 0.0); 2], &[WIDE; 2], &[-1.2, 1.0]);
        assert!((found[0] - 1.0).abs() < 1e-8 && (found[1] - 1.0).abs() < 1e-8, "{found:?}");
    }

    #[test]
    fn of_many_answers_the_nearest_is_taken() {
        // Any point of the line serves; the nearest to (0, 0) is (0.8, 0.4).
        let found = fitted(|z| vec![2.0 * z[0] + z[1]], &[target(2.0, 2.0)], &[WIDE; 2], &[0.0; 2]);
        assert!((found[0] - 0.8).abs() < 1e-8 && (found[1] - 0.4).abs() < 1e-8, "{found:?}");
    }

    #[test]
    fn a_range_is_met_at_its_nearer_end_and_pulls_nowhere_inside() {
        let found = fitted(|z| vec![z[0], z[1]], &[target(1.0, 2.0), target(-5.0, 5.0)], &[WIDE; 2], &[0.0, 3.0]);
        assert!((found[0] - 1.0).abs() < 1e-8, "{found:?}");
        assert_eq!(found[1], 3.0, "what is met stays where it is");
        // One that the way to the other would leave holds it back: z₀ + z₁ = 4 with z₀ at most 1.
        let of = |z: &[f64]| vec![z[0] + z[1], z[0]];
        let found = fitted(of, &[target(4.0, 4.0), target(-1.0, 1.0)], &[WIDE; 2], &[0.0; 2]);
        assert!((found[0] - 1.0).abs() < 1e-7 && (found[1] - 3.0).abs() < 1e-7, "{found:?}");
    }

    #[test]
    fn bounds_hold_and_the_others_do_what_is_left() {
        let found = fitted(|z| vec![z[0] + z[1]], &[target(10.0, 10.0)], &[[-1.0, 2.0], WIDE], &[0.0; 2]);
        assert!((found[0] - 2.0).abs() < 1e-8 && (found[1] - 8.0).abs() < 1e-7, "{found:?}");
        let found = fitted(|z| vec![z[0]], &[target(10.0, 10.0)], &[[-1.0, 2.0]], &[2.0]);
        assert_eq!(found, [2.0]);
    }

    #[test]
    fn a_step_that_leads_to_nowhere_is_shortened() {
        // Not defined below zero, and the first step of Newton would go there.
        let of = |z: &[f64]| vec![if z[0] > 0.0 { z[0].ln() } else { f64::NAN }];
        let found = fitted(of, &[target(-3.0, -3.0)], &[WIDE], &[5.0]);
        assert!((found[0] - (-3.0_f64).exp()).abs() < 1e-9, "{found:?}");
    }
}
