//! Where the answer flips: each input from end to end, the value at which an output is nothing, and two inputs at once.

use super::inputs::Input;
use super::marginal::TAIL;

/// An output at both ends of an input, the others at their middles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// At its 5 % point.
    pub low: f64,
    /// At its 95 % point.
    pub high: f64,
}

/// The values of a point with one input changed.
fn with(middles: &[f64], input: usize, value: f64) -> Vec<f64> {
    let mut values = middles.to_vec();
    if let Some(to) = values.get_mut(input) {
        *to = value;
    }
    values
}

/// The bar of an input. NaN where the output is not defined.
pub fn bar(input: &Input, place: usize, middles: &[f64], output: impl Fn(&[f64]) -> f64) -> Bar {
    let at = |p: f64| output(&with(middles, place, input.marginal.quantile(p)));
    Bar { low: at(TAIL), high: at(1.0 - TAIL) }
}

/// Chances at which an output is looked at within the range: from 0.1 % to 99.9 %.
const WITHIN: usize = 25;
/// Steps beyond the range on either side.
const BEYOND: usize = 24;

/// The value of an input at which the output is 0, the others at their middles: the one nearest to the middle, within what its key allows.
/// `None`: there is none. Found between neighbouring looks of different sign, so a pair of crossings between two looks is missed.
pub fn break_even(input: &Input, place: usize, middles: &[f64], output: impl Fn(&[f64]) -> f64) -> Option<f64> {
    let f = |value: f64| output(&with(middles, place, value));
    let marginal = &input.marginal;
    let limits = marginal.limits();
    let middle = marginal.middle();
    let mut looks: Vec<f64> = (0..WITHIN)
        .map(|i| marginal.quantile(0.001 + 0.998 * i as f64 / (WITHIN - 1) as f64))
        .chain([middle, limits.nearest(limits.min), limits.nearest(limits.max)])
        .collect();
    let [low, high] = [0.001, 0.999].map(|p| marginal.quantile(p));
    let width = (high - low).max(1e-9 * (1.0 + middle.abs()));
    for step in 1..=BEYOND {
        let reach = width * 1.6_f64.powi(step as i32);
        looks.extend([low - reach, high + reach].map(|x| limits.nearest(x)));
        if low > 0.0 {
            looks.push(limits.nearest(low * 0.6_f64.powi(step as i32)));
        }
    }
    looks.sort_by(f64::total_cmp);
    looks.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let seen: Vec<(f64, f64)> = looks.into_iter().map(|x| (x, f(x))).collect();
    let crossings = seen.windows(2).filter_map(|pair| match pair {
        [(x, fx), (y, fy)] if fx.total_cmp(&0.0).is_eq() => Some((*x, *x, *fx, *fy)).filter(|_| y > x),
        [(x, fx), (y, fy)] if fx * fy <= 0.0 && fx.total_cmp(fy).is_ne() => Some((*x, *y, *fx, *fy)),
        _ => None,
    });
    let found = crossings.map(|(x, y, fx, fy)| if x.total_cmp(&y).is_eq() { x } else { root(f, [x, y], [fx, fy]) });
    found.min_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()))
}

/// The zero between two values of different sign, by the Illinois method (Dowell and Jarratt 1971).
fn root(f: impl Fn(f64) -> f64, [mut a, mut b]: [f64; 2], [mut fa, mut fb]: [f64; 2]) -> f64 {
    for _ in 0..100 {
        let x = (a * fb - b * fa) / (fb - fa);
        if !(x > a.min(b) && x < a.max(b)) || (b - a).abs() <= 1e-13 * (a.abs() + b.abs()) {
            break;
        }
        let fx = f(x);
        if fx.total_cmp(&0.0).is_eq() {
            return x;
        }
        if fx * fb < 0.0 {
            (a, fa) = (b, fb);
        } else {
            fa *= 0.5;
        }
        (b, fb) = (x, fx);
    }
    if fa.abs() < fb.abs() { a } else { b }
}

/// Values of an input for a map: equal steps between its 1 % and its 99 % point.
pub fn steps(input: &Input, count: usize) -> Vec<f64> {
    let [low, high] = [0.01, 0.99].map(|p| input.marginal.quantile(p));
    let last = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|i| low + (high - low) * i as f64 / last).collect()
}
