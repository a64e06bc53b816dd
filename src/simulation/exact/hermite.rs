//! Functions of one turn of a conversation and of a later one.
//!
//! Surface and difficulty of consecutive turns are a stationary Gaussian autoregression of order one. Its operator has the Hermite polynomials
//! as eigenfunctions (Mehler, 1866): where `f` and `g` have the coefficients `f_n` and `g_n` in the normalised polynomials, the mean of
//! `f(z₁)·g(z_{1+l})` is `Σ ρ^(l·n)·f_n·g_n`.

use std::f64::consts::SQRT_2;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

/// How many places a function is known at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// In each of two directions.
    Few = 12,
    /// A smooth function.
    Usual = 24,
    /// A function with a sharp bend.
    Many = 96,
}

/// Gauss–Hermite nodes for a standard normal variable, with the normalised Hermite polynomials at them.
#[derive(Debug)]
pub(super) struct Basis {
    /// Abscissae, standard deviations.
    pub nodes: Vec<f64>,
    /// Weights, summing to one.
    pub weights: Vec<f64>,
    /// `he_n(z_i)`, by degree.
    values: Vec<Vec<f64>>,
}

impl Basis {
    /// The one of a size.
    pub fn of(size: Size) -> &'static Self {
        static FEW: OnceLock<Basis> = OnceLock::new();
        static USUAL: OnceLock<Basis> = OnceLock::new();
        static MANY: OnceLock<Basis> = OnceLock::new();
        let basis = match size {
            Size::Few => &FEW,
            Size::Usual => &USUAL,
            Size::Many => &MANY,
        };
        basis.get_or_init(|| Self::new(size as usize))
    }

    fn new(size: usize) -> Self {
        let degree = NonZeroUsize::new(size).unwrap_or(NonZeroUsize::MIN);
        let rule = gauss_quad::GaussHermite::new(degree);
        let nodes: Vec<f64> = rule.iter().map(|&(x, _)| SQRT_2 * x).collect();
        let mut values = vec![vec![1.0; nodes.len()]];
        for n in 1..nodes.len() {
            let root = (n as f64).sqrt();
            let next = (0..nodes.len())
                .map(|i| {
                    let before = if n > 1 { values[n - 2][i] * ((n - 1) as f64).sqrt() } else { 0.0 };
                    (nodes[i] * values[n - 1][i] - before) / root
                })
                .collect();
            values.push(next);
        }
        // Christoffel numbers: more digits than the weights of the rule have, far out.
        let weight = |i: usize| 1.0 / values.iter().map(|he: &Vec<f64>| he[i] * he[i]).sum::<f64>();
        let weights = (0..nodes.len()).map(weight).collect();
        Self { nodes, weights, values }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Coefficients of a function that is known at the nodes.
    pub fn project(&self, f: &[f64]) -> Vec<f64> {
        let weighted: Vec<f64> = f.iter().zip(&self.weights).map(|(f, w)| f * w).collect();
        self.values.iter().map(|he| he.iter().zip(&weighted).map(|(he, f)| he * f).sum()).collect()
    }

    /// `E[f(z_{1+l}) | z₁]` at the nodes, `ratio = ρ^l`.
    pub fn later(&self, f: &[f64], ratio: f64) -> Vec<f64> {
        let mut out = vec![0.0; f.len()];
        let mut power = 1.0;
        for (he, coefficient) in self.values.iter().zip(self.project(f)) {
            let c = power * coefficient;
            for (out, he) in out.iter_mut().zip(he) {
                *out += c * he;
            }
            power *= ratio;
        }
        out
    }

    /// Mean of a function that is known at the nodes.
    pub fn mean(&self, f: &[f64]) -> f64 {
        f.iter().zip(&self.weights).map(|(f, w)| f * w).sum()
    }
}

/// `E[f(z₁)·g(z_{1+l})]` of functions with these coefficients, `ratio = ρ^l`.
pub(super) fn product(f: &[f64], g: &[f64], ratio: f64) -> f64 {
    // Horner's rule, the highest degree first.
    f.iter().zip(g).rev().fold(0.0, |sum, (f, g)| sum * ratio + f * g)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::normal;

    #[test]
    fn the_orthant_probability_is_the_published_one() {
        // Sheppard, 1899: P(both below the mean) = 1/4 + asin(ρ)/(2π), here with scores whose noise leaves a correlation of 0.6/(1 + 0.8²).
        let basis = Basis::of(Size::Usual);
        let below: Vec<f64> = basis.nodes.iter().map(|z| normal::cdf(-z / 0.8)).collect();
        let coefficients = basis.project(&below);
        let rho: f64 = 0.6 / 1.64;
        let expected = 0.25 + rho.asin() / (2.0 * std::f64::consts::PI);
        let found = product(&coefficients, &coefficients, 0.6);
        assert!((found - expected).abs() < 1e-7, "{found} {expected}");
        assert!((basis.mean(&below) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn polynomials_are_orthonormal_and_smooth_functions_come_back() {
        for basis in [Size::Few, Size::Usual, Size::Many].map(Basis::of) {
            for (n, f) in basis.values.iter().enumerate() {
                let coefficients = basis.project(f);
                for (m, c) in coefficients.iter().enumerate() {
                    let expected = if m == n { 1.0 } else { 0.0 };
                    assert!((c - expected).abs() < 1e-8, "{n} {m} {c}");
                }
            }
            // E[e^{a z'} | z] = e^{aρz + a²(1 − ρ²)/2}.
            let f: Vec<f64> = basis.nodes.iter().map(|z| (0.4 * z).exp()).collect();
            let later = basis.later(&f, 0.7);
            for (z, found) in basis.nodes.iter().zip(later).filter(|(z, _)| z.abs() < 3.0) {
                let expected = (0.28 * z + 0.08 * 0.51).exp();
                assert!((found / expected - 1.0).abs() < 1e-9, "{z} {found} {expected}");
            }
        }
    }
}
