//! What a figure can be at all: its least and its greatest value while its numbers move over their ranges.
//!
//! Numbers are moved one after the other over a grid, refined where the best lies inside, until no one of them alone gives more; then all
//! of them together along the slope. From the start and from the middle of the ranges, since a figure need not rise all the way.

use nalgebra::{DMatrix, DVector};

/// Places of a grid.
const GRID: usize = 9;
/// Most rounds over all numbers.
const MOST_ROUNDS: usize = 4;
/// Steps of a golden section: the place is then known to a hundred-thousandth of the grid's width.
const GOLDEN_STEPS: usize = 24;
/// Most steps of all numbers together.
const MOST_STEPS: usize = 40;
/// More numbers than this are moved together from the start.
const MANY: usize = 16;
/// Numbers up to which the middle is a second start.
const FEW: usize = 4;
/// Distance of two places between which a slope is taken, as a part of the range.
const SLOPE: f64 = 1e-6;

/// What is gained counts from this part of the value on.
const GAIN: f64 = 1e-9;

/// Searches over places between their ends. `at` gives the values at several places at once, `NaN` where there is none.
pub(super) struct Reach<'e, F> {
    ends: &'e [[f64; 2]],
    at: F,
}

/// A place with its value, the larger the better.
#[derive(Clone, Debug)]
struct Best {
    place: Vec<f64>,
    value: f64,
}

impl<'e, E, F: FnMut(&[Vec<f64>]) -> Result<Vec<f64>, E>> Reach<'e, F> {
    pub(super) fn new(ends: &'e [[f64; 2]], at: F) -> Self {
        Self { ends, at }
    }

    /// The least and the greatest value; `None` where it is not defined at the start, nor where it was looked for.
    pub(super) fn range(&mut self, start: &[f64]) -> Result<Option<(f64, f64)>, E> {
        let low = self.extreme(start, -1.0)?;
        let high = self.extreme(start, 1.0)?;
        let is_there = low.is_finite() && high.is_finite();
        Ok(is_there.then(|| (-low, high)))
    }

    /// The greatest value, or with `sign` −1 the least with its sign turned; infinite where there is none.
    fn extreme(&mut self, start: &[f64], sign: f64) -> Result<f64, E> {
        let middle: Vec<f64> = self.ends.iter().map(|[first, last]| 0.5 * (first + last)).collect();
        let mut greatest = f64::NEG_INFINITY;
        let starts = if (2..=FEW).contains(&start.len()) { vec![start.to_vec(), middle] } else { vec![start.to_vec()] };
        for place in starts {
            let value = self.values(std::slice::from_ref(&place), sign)?.pop().unwrap_or(f64::NEG_INFINITY);
            let mut best = Best { place, value };
            if start.len() <= MANY {
                self.one_by_one(&mut best, sign)?;
            }
            self.together(&mut best, sign)?;
            greatest = greatest.max(best.value);
        }
        Ok(greatest)
    }

    fn values(&mut self, places: &[Vec<f64>], sign: f64) -> Result<Vec<f64>, E> {
        let found = (self.at)(places)?;
        Ok(found.into_iter().map(|x| if x.is_nan() { f64::NEG_INFINITY } else { sign * x }).collect())
    }

    fn one_by_one(&mut self, best: &mut Best, sign: f64) -> Result<(), E> {
        for _ in 0..MOST_ROUNDS {
            let before = best.value;
            for j in 0..self.ends.len() {
                self.along(best, j, sign)?;
            }
            // With one number there is nothing that could have changed meanwhile.
            if self.ends.len() < 2 || best.value - before <= GAIN * best.value.abs() {
                break;
            }
        }
        Ok(())
    }

    /// The best place along one number.
    fn along(&mut self, best: &mut Best, j: usize, sign: f64) -> Result<(), E> {
        let Some([first, last]) = self.ends.get(j).copied() else { return Ok(()) };
        let with = |place: &[f64], z: f64| {
            let mut other = place.to_vec();
            if let Some(at) = other.get_mut(j) {
                *at = z;
            }
            other
        };
        let grid: Vec<f64> = (0..GRID).map(|i| first + (last - first) * i as f64 / (GRID - 1) as f64).collect();
        let places: Vec<Vec<f64>> = grid.iter().map(|z| with(&best.place, *z)).collect();
        let values = self.values(&places, sign)?;
        let (mut top, mut z, mut width) = (best.value, best.place[j], (last - first) / (GRID - 1) as f64);
        for (value, at) in values.iter().zip(&grid) {
            if *value > top {
                (top, z) = (*value, *at);
            }
        }
        let is_end = z == first || z == last;
        if !is_end {
            // The best of the grid, or the place itself, has lower ones on both sides.
            let (mut a, mut b) = ((z - width).max(first), (z + width).min(last));
            const RATIO: f64 = 0.618_033_988_749_894_9;
            for _ in 0..GOLDEN_STEPS {
                width = b - a;
                let pair = [b - RATIO * width, a + RATIO * width];
                let found = self.values(&pair.map(|z| with(&best.place, z)), sign)?;
                for (value, at) in found.iter().zip(pair) {
                    if *value > top {
                        (top, z) = (*value, at);
                    }
                }
                if found.first() > found.get(1) {
                    b = pair[1];
                } else {
                    a = pair[0];
                }
            }
        }
        *best = Best { place: with(&best.place, z), value: top };
        Ok(())
    }

    /// All numbers together, kept between their ends: a quasi-Newton search (Broyden, Fletcher, Goldfarb, Shanno) in parts of the ranges.
    fn together(&mut self, best: &mut Best, sign: f64) -> Result<(), E> {
        let n = self.ends.len();
        let Some(mut slope) = self.slope(best, sign)? else { return Ok(()) };
        let mut curvature = DMatrix::<f64>::identity(n, n);
        let mut is_fresh = true;
        for _ in 0..MOST_STEPS {
            // What would lead out of the range leads nowhere.
            let is_out = |j: usize, along: f64| {
                let [first, last] = self.ends[j];
                (along > 0.0 && best.place[j] >= last) || (along < 0.0 && best.place[j] <= first)
            };
            let inside = DVector::from_fn(n, |j, _| if is_out(j, slope[j]) { 0.0 } else { slope[j] });
            if inside.amax() <= 1e-8 * best.value.abs() {
                break;
            }
            let mut along = &curvature * &inside;
            for j in 0..n {
                if is_out(j, along[j]) || is_out(j, slope[j]) {
                    along[j] = 0.0;
                }
            }
            if along.dot(&inside) <= 0.0 || is_fresh {
                along = &inside / inside.amax();
            }
            // Many lengths at once: whoever evaluates can work on them side by side.
            let places: Vec<Vec<f64>> = (0..GRID)
                .map(|k| {
                    let length = 0.25_f64.powi(k as i32);
                    let step = |j: usize| {
                        let [first, last] = self.ends[j];
                        (best.place[j] + length * along[j] * (last - first)).clamp(first, last)
                    };
                    (0..n).map(step).collect()
                })
                .collect();
            let values = self.values(&places, sign)?;
            let before = best.clone();
            for (value, place) in values.into_iter().zip(places) {
                if value > best.value {
                    *best = Best { place, value };
                }
            }
            if best.value - before.value <= GAIN * best.value.abs() {
                if is_fresh {
                    break;
                }
                // Along the slope itself, before it is given up.
                (curvature, is_fresh) = (DMatrix::identity(n, n), true);
                continue;
            }
            let Some(next) = self.slope(best, sign)? else { break };
            let part = |j: usize| (best.place[j] - before.place[j]) / (self.ends[j][1] - self.ends[j][0]);
            let moved = DVector::from_fn(n, |j, _| part(j));
            // The search is for the greatest value, the update for the least.
            let turned = &slope - &next;
            let product = moved.dot(&turned);
            if product > 1e-14 {
                if is_fresh {
                    curvature *= product / turned.norm_squared();
                }
                let left = DMatrix::identity(n, n) - &moved * turned.transpose() / product;
                curvature = &left * &curvature * left.transpose() + &moved * moved.transpose() / product;
                is_fresh = false;
            }
            slope = next;
        }
        Ok(())
    }

    /// The slope along each number, in parts of its range; `None` where there is none.
    fn slope(&mut self, best: &Best, sign: f64) -> Result<Option<DVector<f64>>, E> {
        let n = self.ends.len();
        let others: Vec<Vec<f64>> = (0..n)
            .map(|j| {
                let mut other = best.place.clone();
                let [first, last] = self.ends[j];
                let step = SLOPE * (last - first);
                other[j] += if last - other[j] < step { -step } else { step };
                other
            })
            .collect();
        let values = self.values(&others, sign)?;
        let slope = DVector::from_fn(n, |j, _| {
            let part = (others[j][j] - best.place[j]) / (self.ends[j][1] - self.ends[j][0]);
            let slope = (values[j] - best.value) / part;
            if slope.is_finite() { slope } else { 0.0 }
        });
        Ok((n > 0 && best.value.is_finite()).then_some(slope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(of: impl Fn(&[f64]) -> f64, ends: &[[f64; 2]], start: &[f64]) -> Option<(f64, f64)> {
        let at = |places: &[Vec<f64>]| -> Result<Vec<f64>, std::convert::Infallible> {
            Ok(places.iter().map(|place| of(place)).collect())
        };
        let Ok(found) = Reach::new(ends, at).range(start);
        found
    }

    fn close(a: Option<(f64, f64)>, b: (f64, f64)) -> bool {
        a.is_some_and(|a| (a.0 - b.0).abs() < 1e-7 && (a.1 - b.1).abs() < 1e-7)
    }

    #[test]
    fn the_greatest_value_may_lie_inside_or_at_an_end() {
        let found = range(|z| 1.0 - (z[0] - 0.3).powi(2), &[[-1.0, 1.0]], &[-0.9]);
        assert!(close(found, (1.0 - 1.3 * 1.3, 1.0)), "{found:?}");
        let found = range(|z| z[0].sin(), &[[0.0, 1.0]], &[0.5]);
        assert!(close(found, (0.0, 1.0_f64.sin())), "{found:?}");
    }

    #[test]
    fn numbers_that_work_together_are_moved_together() {
        // A ridge that no single number can follow: the greatest value lies where both are 0.8.
        let of = |z: &[f64]| 10.0 - (z[0] + z[1] - 1.6).powi(2) - 200.0 * (z[0] - z[1]).powi(2);
        let found = range(of, &[[-1.0, 1.0]; 2], &[-0.5, -0.4]);
        assert!(found.is_some_and(|found| (found.1 - 10.0).abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn what_is_defined_nowhere_has_no_range() {
        assert_eq!(range(|_| f64::NAN, &[[0.0, 1.0]], &[0.5]), None);
        let found = range(|z| if z[0] > 0.5 { z[0] } else { f64::NAN }, &[[0.0, 1.0]], &[0.2]);
        assert!(found.is_some_and(|(low, high)| low < 0.63 && (high - 1.0).abs() < 1e-9), "{found:?}");
    }
}
