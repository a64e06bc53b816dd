//! Gauss–Legendre quadrature over panels against a normal density.
//!
//! A normal expectation could be had with Gauss–Hermite nodes, but the hard edge cuts the integrand at one difficulty, and
//! a sharp router bends it over a short distance. Panels with breaks at those places keep full accuracy.

use std::sync::OnceLock;

use super::normal;

/// Nodes of one panel; twelve integrate polynomials up to degree 23 exactly.
const NODES_PER_PANEL: usize = 12;
/// Widest panel for a smooth integrand, standard deviations of the density: the error is then below 1e-12.
pub const WIDEST_SD: f64 = 3.5;
/// The density beyond this many standard deviations holds less than 1e-16.
const REACH_SD: f64 = 8.5;
/// Panels at the most between two breaks.
const MAX_PANELS: f64 = 64.0;

/// One node of a rule: where, and with what weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Abscissa.
    pub x: f64,
    /// Weight, density included.
    pub weight: f64,
}

/// Nodes and weights of the Gauss–Legendre rule on [−1, 1].
fn legendre() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| {
        let degree = std::num::NonZeroUsize::new(NODES_PER_PANEL).unwrap_or(std::num::NonZeroUsize::MIN);
        gauss_quad::GaussLegendre::new(degree).iter().map(|&(x, w)| (x, w)).collect()
    })
}

/// Nodes for `E[f(X)]`, `X ~ Normal(mean, sd²)`, with panels no wider than `width` and ends at each of `breaks` that lies
/// within reach. A zero `sd` gives the single node `mean`.
pub fn normal_nodes(mean: f64, sd: f64, width: f64, breaks: &[f64]) -> Vec<Node> {
    if sd <= 0.0 {
        return vec![Node { x: mean, weight: 1.0 }];
    }
    let (lo, hi) = (mean - REACH_SD * sd, mean + REACH_SD * sd);
    let mut ends: Vec<f64> = breaks.iter().copied().filter(|b| *b > lo && *b < hi).collect();
    ends.extend([lo, hi]);
    ends.sort_by(f64::total_cmp);
    let mut nodes = Vec::new();
    for pair in ends.windows(2) {
        let &[a, b] = pair else { continue };
        if b <= a {
            continue;
        }
        let panels = ((b - a) / width).ceil().clamp(1.0, MAX_PANELS);
        let half = 0.5 * (b - a) / panels;
        for panel in 0..panels as usize {
            let centre = a + half * (2 * panel + 1) as f64;
            for &(t, w) in legendre() {
                let x = centre + half * t;
                nodes.push(Node { x, weight: w * half * normal::pdf((x - mean) / sd) / sd });
            }
        }
    }
    // Nodes that weigh nothing cost as much as the others.
    nodes.retain(|node| node.weight > 1e-17);
    // What lies beyond reach goes back in by scaling, so that constants are integrated to the last digit.
    let mass: f64 = nodes.iter().map(|node| node.weight).sum();
    if mass > 0.0 {
        for node in &mut nodes {
            node.weight /= mass;
        }
    }
    nodes
}

/// `∫ f` from `a` to `b` over panels of equal width.
pub fn integral(a: f64, b: f64, panels: u32, f: impl Fn(f64) -> f64) -> f64 {
    let half = 0.5 * (b - a) / f64::from(panels);
    let panel = |i: u32| {
        let centre = a + half * f64::from(2 * i + 1);
        half * legendre().iter().map(|&(t, w)| w * f(centre + half * t)).sum::<f64>()
    };
    (0..panels).map(panel).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_normal_are_exact() {
        let nodes = normal_nodes(0.7, 1.3, 2.0, &[1.0]);
        let moment = |k: i32| nodes.iter().map(|n| n.weight * ((n.x - 0.7) / 1.3).powi(k)).sum::<f64>();
        for (k, exact) in [(0, 1.0), (1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0)] {
            assert!((moment(k) - exact).abs() < 1e-9, "moment {k}: {}", moment(k));
        }
    }

    #[test]
    fn a_probit_integral_has_its_closed_form() {
        // E[Φ((c − X)/ν)] = Φ((c − μ)/√(σ² + ν²)).
        let (mean, sd, c) = (-0.4, 0.9, 0.3);
        for nu in [0.05_f64, 0.3, 2.0] {
            let sum: f64 =
                normal_nodes(mean, sd, 2.0 * nu, &[c]).iter().map(|n| n.weight * normal::cdf((c - n.x) / nu)).sum();
            let exact = normal::cdf((c - mean) / (sd * sd + nu * nu).sqrt());
            assert!((sum - exact).abs() < 1e-10, "ν = {nu}: {sum} against {exact}");
        }
    }

    #[test]
    fn a_break_integrates_a_truncated_mean_exactly() {
        // E[X; X > h] = μ·(1 − Φ(z)) + σ·φ(z).
        let (mean, sd, h) = (0.2, 1.1, 1.5);
        let sum: f64 = normal_nodes(mean, sd, 2.0, &[h]).iter().filter(|n| n.x > h).map(|n| n.weight * n.x).sum();
        let z = (h - mean) / sd;
        let exact = mean * (1.0 - normal::cdf(z)) + sd * normal::pdf(z);
        assert!((sum - exact).abs() < 1e-11, "{sum} against {exact}");
    }
}
