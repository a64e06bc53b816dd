//! Two-sided CUSUM over a normal stream.
//!
//! When one side alarms the other stands at zero, as long as both sums together are below `h + 2k`, so that the run length from any pair
//! of sums follows from those of the sides: with `T = min(T⁺, T⁻)`, `L⁺(u) = E[T] + P(− first)·L⁺(0)` and the same for the other side
//! (Kemp, *J. R. Statist. Soc. B* 23, 1961; Lucas & Crosier, *Technometrics* 24, 1982).

use super::chain;
use super::kernel::Kernel;
use super::{Chart, RunLengthError, Start, checked};
use crate::simulation::normal;

/// Finest step of the lattice that late changes need, in parts of `2k`; coarser ones are half of it, and so on.
const FINEST: usize = 40;
/// Steps of a lattice from zero to the threshold at the most: both sums are followed, so work grows with the cube.
const WIDEST: f64 = 1000.0;
/// Lattices extrapolated from.
const LATTICES: usize = 4;

/// The run length from two sums, given those of each side from its sum and from zero.
fn together(upper: f64, upper_zero: f64, lower: f64, lower_zero: f64) -> f64 {
    (upper * lower_zero + lower * upper_zero - upper_zero * lower_zero) / (upper_zero + lower_zero)
}

pub(super) fn arl(k: f64, h: f64, mean: f64, before: f64, start: Start, fineness: f64) -> Result<f64, RunLengthError> {
    let chart = Chart::Cusum { scale: 1.0, k, h, two_sided: false };
    let kernel = Kernel::new(&chart, 0.0, 0.0, fineness)?;
    let sides = [chain::run_lengths(&kernel, mean)?, chain::run_lengths(&kernel, -mean)?];
    let length = |side: usize, sum: f64| {
        let mean = if side == 0 { mean } else { -mean };
        chain::after(&kernel, &sides[side], sum, mean)
    };
    let zero = [length(0, 0.0), length(1, 0.0)];
    match start {
        Start::At(sum) if 2.0 * sum <= h + 2.0 * k => {
            checked(together(length(0, sum), zero[0], length(1, sum), zero[1]))
        }
        Start::At(_) => Err(RunLengthError::NotCovered("head starts beyond half of h + 2k")),
        Start::Observation(0 | 1) => checked(together(zero[0], zero[0], zero[1], zero[1])),
        _ if k <= 0.0 => Err(RunLengthError::NotCovered("late changes of two-sided charts with k = 0")),
        _ if h * FINEST as f64 > 2.0 * k * WIDEST => {
            Err(RunLengthError::NotCovered("late changes of two-sided charts whose h is many times k"))
        }
        late => {
            // Values on ever finer lattices, extrapolated in the step to zero (Neville): the error is a series in the step.
            let mut estimates = Vec::new();
            for level in 0..LATTICES {
                let parts = FINEST >> (LATTICES - 1 - level);
                let step = 2.0 * k / parts as f64;
                let (at, upto) = (h / step, |height: usize| {
                    let [upper, lower] = marginals(parts, step, height, before, late)?;
                    let average = |side: usize, law: &[f64]| {
                        law.iter().enumerate().map(|(i, p)| p * length(side, i as f64 * step)).sum::<f64>()
                    };
                    Ok(together(average(0, &upper), zero[0], average(1, &lower), zero[1]))
                });
                // A threshold between two lattice points: the line between their values.
                let below = (at + 1e-9).floor();
                let mut value = upto(below as usize)?;
                let beyond = at - below;
                if beyond > 1e-6 {
                    value += beyond * (upto(below as usize + 1)? - value);
                }
                estimates.push((step, value));
            }
            checked(extrapolate(&estimates))
        }
    }
}

/// Neville's scheme at step zero.
fn extrapolate(estimates: &[(f64, f64)]) -> f64 {
    let mut values: Vec<f64> = estimates.iter().map(|e| e.1).collect();
    for level in 1..values.len() {
        for i in 0..values.len() - level {
            let (near, far) = (estimates[i + level].0, estimates[i].0);
            values[i] = (values[i + 1] * far - values[i] * near) / (far - near);
        }
    }
    values.first().copied().unwrap_or(f64::NAN)
}

/// Laws of both sums after the observations before the change, given no alarm; observations are rounded to the lattice.
fn marginals(
    twice_k: usize,
    step: f64,
    height: usize,
    mean: f64,
    late: Start,
) -> Result<[Vec<f64>; 2], RunLengthError> {
    let k = 0.5 * twice_k as f64 * step;
    let width = height + 1;
    let reach = (height + twice_k) as i64 + 1;
    // Steps `m` of the upper sum: x = m·step + k; the lower sum then moves by −m − 2k/step.
    let cell = |m: i64| {
        let x = |part: f64| (m as f64 + part) * step + k - mean;
        // Differences of upper tails lose no digits far out.
        normal::cdf(-x(-0.5)) - normal::cdf(-x(0.5))
    };
    let masses: Vec<f64> = (-reach..=reach).map(cell).collect();
    let ends = [normal::cdf((-reach as f64 - 0.5) * step + k - mean), 0.0];
    let mut law = vec![0.0; width * width];
    if let Some(origin) = law.first_mut() {
        *origin = 1.0;
    }
    let steps = match late {
        Start::Observation(change) => change.saturating_sub(1),
        _ => 100_000,
    };
    for _ in 0..steps {
        let mut next = vec![0.0; width * width];
        for (u, row) in law.chunks_exact(width).enumerate() {
            for (v, mass) in row.iter().enumerate().filter(|(_, mass)| **mass > 1e-18) {
                let mut put = |m: i64, p: f64| {
                    let up = (u as i64 + m).max(0);
                    let down = (v as i64 - m - twice_k as i64).max(0);
                    if up <= height as i64
                        && down <= height as i64
                        && let Some(slot) = next.get_mut(up as usize * width + down as usize)
                    {
                        *slot += mass * p;
                    }
                };
                for (i, p) in masses.iter().enumerate() {
                    put(i as i64 - reach, *p);
                }
                put(-reach - 1, ends[0]);
            }
        }
        let sum: f64 = next.iter().sum();
        if sum <= 0.0 {
            return Err(RunLengthError::TooLong);
        }
        next.iter_mut().for_each(|p| *p /= sum);
        let moved: f64 = next.iter().zip(&law).map(|(a, b)| (a - b).abs()).sum();
        law = next;
        if moved < 1e-12 {
            break;
        }
    }
    let mut sides = [vec![0.0; width], vec![0.0; width]];
    for (u, row) in law.chunks_exact(width).enumerate() {
        for (v, mass) in row.iter().enumerate() {
            sides[0][u] += mass;
            sides[1][v] += mass;
        }
    }
    Ok(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_is_extrapolated_exactly() {
        let value = |x: f64| 3.0 - 2.0 * x + 5.0 * x * x - x.powi(3);
        let estimates: Vec<(f64, f64)> = [0.8, 0.4, 0.2, 0.1].map(|x| (x, value(x))).to_vec();
        assert!((extrapolate(&estimates) - 3.0).abs() < 1e-12);
    }
}
