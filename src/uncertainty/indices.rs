//! Sobol' indices: the share of an output's variance that each input accounts for.

use super::replicated::Estimate;
use super::sample::SCRAMBLES;

/// An input's indices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// First order: what knowing the input alone takes off the variance, as a share of it.
    pub first: Estimate,
    /// Total: what remains of the variance while everything else is known, as a share of it.
    pub total: Estimate,
}

/// An output at the points that the indices of `d` inputs are read off: at `a`, at `b`, and for each input at `a` with that coordinate of `b`.
#[derive(Clone, Debug, Default)]
pub struct Design {
    /// At the first points.
    pub a: Vec<f64>,
    /// At the second, independent points.
    pub b: Vec<f64>,
    /// By input: at the first points with one coordinate of the second.
    pub ab: Vec<Vec<f64>>,
}

/// First-order indices after Saltelli et al. (2010, table 2 b), `V_i = mean(f_B·(f_ABi − f_A))`, and total ones after Jansen (1999),
/// `VT_i = mean((f_A − f_ABi)²)/2`. The error is from the scatter over scramblings, to which the points belong in turns: they are independent
/// draws, so Student's t holds. A bootstrap of single points would take them for independent draws too, which they are not, and give
/// intervals that are too wide.
///
/// NaN where the output does not vary. Points at which it is not defined are left out.
pub fn indices(design: &Design) -> Vec<Index> {
    let values = || design.a.iter().chain(&design.b).filter(|x| !x.is_nan());
    let count = values().count() as f64;
    // Centred first: the products then scatter less.
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let of = |ab: &Vec<f64>| {
        let points = design.a.len().min(design.b.len()).min(ab.len());
        // Sums by scrambling: of first order, total, and the number of points.
        let mut parts = [[0.0; 3]; SCRAMBLES];
        for (i, ((a, b), ab)) in design.a.iter().zip(&design.b).zip(ab).take(points).enumerate() {
            let first = (b - mean) * (ab - a);
            let total = 0.5 * (a - ab).powi(2);
            if let Some(part) = parts.get_mut(super::sample::scramble_of(i)).filter(|_| !(first + total).is_nan()) {
                *part = [part[0] + first, part[1] + total, part[2] + 1.0];
            }
        }
        let estimate = |which: usize| {
            let sum = |of: usize| parts.iter().map(|part| part[of]).sum::<f64>();
            let own = parts.iter().filter(|part| part[2] > 0.0).map(|part| part[which] / part[2] / variance);
            Estimate::pooled(sum(which) / sum(2) / variance, &own.collect::<Vec<f64>>())
        };
        Index { first: estimate(0), total: estimate(1) }
    };
    design.ab.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// The design of a function of the unit cube.
    pub(super) fn design(f: impl Fn(&[f64]) -> f64, inputs: usize, points: usize, seed: u64) -> Design {
        let mut design = Design { ab: vec![Vec::new(); inputs], ..Design::default() };
        for i in 0..points {
            let a = sample::point(seed, i, 0..inputs);
            let b = sample::point(seed, i, inputs..2 * inputs);
            design.a.push(f(&a));
            design.b.push(f(&b));
            for (k, ab) in design.ab.iter_mut().enumerate() {
                let mut mixed = a.clone();
                mixed[k] = b[k];
                ab.push(f(&mixed));
            }
        }
        design
    }

    /// Ishigami and Homma (1990), a = 7, b = 0.1.
    fn ishigami(u: &[f64]) -> f64 {
        let x: Vec<f64> = u.iter().map(|u| std::f64::consts::PI * (2.0 * u - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    }

    const G: [f64; 8] = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0];

    /// Sobol' g.
    fn g(u: &[f64]) -> f64 {
        u.iter().zip(G).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product()
    }

    #[test]
    fn published_indices_are_met_within_three_standard_errors() {
        let found = indices(&design(ishigami, 3, 1 << 14, 1));
        let values = [0.3139, 0.4424, 0.0].into_iter().zip([0.5576, 0.4424, 0.2437]);
        for (index, (first, total)) in found.iter().zip(values) {
            // The published values have four decimals.
            assert!((index.first.value - first).abs() < 3.0 * index.first.se + 5e-5, "{index:?} {first}");
            assert!((index.total.value - total).abs() < 3.0 * index.total.se + 5e-5, "{index:?} {total}");
            assert!(index.first.se < 0.01 && index.total.se < 0.01, "{index:?}");
        }
        let found = indices(&design(g, 8, 1 << 14, 2));
        let own = |a: f64| 1.0 / (3.0 * (1.0 + a).powi(2));
        let all = G.iter().map(|a| 1.0 + own(*a)).product::<f64>() - 1.0;
        for (index, a) in found.iter().zip(G) {
            let first = own(a) / all;
            let total = own(a) * (1.0 + all) / (1.0 + own(a)) / all;
            assert!((index.first.value - first).abs() < 3.0 * index.first.se + 1e-12, "{index:?} {first}");
            assert!((index.total.value - total).abs() < 3.0 * index.total.se + 1e-12, "{index:?} {total}");
        }
        for (index, published) in found.iter().zip([0.7162, 0.1790, 0.0237, 0.0072]) {
            assert!((index.first.value - published).abs() < 3.0 * index.first.se + 5e-5);
        }
    }

    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let truths = [0.313_905_f64, 0.442_411];
        let mut covered = [0; 4];
        let repetitions = 400;
        for seed in 0..repetitions {
            let found = indices(&design(ishigami, 3, 1 << 10, 1000 + seed));
            let cases = [
                (found[0].first, truths[0]),
                (found[1].first, truths[1]),
                (found[0].total, 0.557_589),
                (found[2].total, 0.243_684),
            ];
            for (covered, (estimate, truth)) in covered.iter_mut().zip(cases) {
                let [low, high] = estimate.interval(SCRAMBLES);
                *covered += u32::from(low <= truth && truth <= high);
            }
        }
        for covered in covered {
            let share = f64::from(covered) / repetitions as f64;
            assert!((share - 0.95).abs() <= 0.03, "{share}");
        }
    }
}
