//! Numbers that rise and fall together: a Gaussian copula, given by Spearman's rank correlations.

use std::f64::consts::PI;

use nalgebra::{Cholesky, DMatrix, Dyn, SymmetricEigen};

use crate::simulation::normal;

/// How inputs hang together.
#[derive(Clone, Debug)]
pub struct Copula {
    /// `None`: not at all.
    factor: Option<Cholesky<f64, Dyn>>,
}

/// Correlations that cannot be all at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impossible {
    /// The place of the correlation to change, among those given.
    pub pair: usize,
    /// The rank correlation nearest to it that the others leave room for; `None`: none does.
    pub nearest: Option<f64>,
}

impl Copula {
    /// Of `count` inputs, from `(i, j, Spearman's rank correlation)`. Normal numbers with Pearson's correlation `2·sin(π·r/6)` have the rank
    /// correlation `r` (Pearson 1907; Kruskal, JASA 1958).
    ///
    /// # Errors
    /// Where the matrix is not positive definite: the pair that has most to do with it.
    pub fn new(count: usize, pairs: &[(usize, usize, f64)]) -> Result<Self, Impossible> {
        if pairs.iter().all(|(.., rank)| rank.total_cmp(&0.0).is_eq()) {
            return Ok(Self::none());
        }
        match Cholesky::new(matrix(count, pairs)) {
            Some(factor) => Ok(Self { factor: Some(factor) }),
            None => Err(blame(count, pairs)),
        }
    }

    /// Of independent inputs.
    pub fn none() -> Self {
        Self { factor: None }
    }

    /// Whether the inputs are independent.
    pub fn is_independent(&self) -> bool {
        self.factor.is_none()
    }

    /// Turns independent uniform numbers into dependent ones, in place.
    pub fn join(&self, uniform: &mut [f64]) {
        let Some(factor) = &self.factor else { return };
        let normals: Vec<f64> = uniform.iter().map(|u| normal::quantile(*u)).collect();
        let lower = factor.l_dirty();
        for (i, u) in uniform.iter_mut().enumerate() {
            let sum =
                normals.iter().take(i + 1).enumerate().map(|(j, z)| lower.get((i, j)).copied().unwrap_or(0.0) * z);
            *u = normal::cdf(sum.sum());
        }
    }
}

fn matrix(count: usize, pairs: &[(usize, usize, f64)]) -> DMatrix<f64> {
    let mut matrix = DMatrix::identity(count, count);
    for (i, j, rank) in pairs.iter().filter(|(i, j, _)| i.max(j) < &count) {
        let pearson = 2.0 * (PI * rank / 6.0).sin();
        matrix[(*i, *j)] = pearson;
        matrix[(*j, *i)] = pearson;
    }
    matrix
}

/// Pairs up to which each is tried.
const TRIED: usize = 20;

/// The pair that needs the smallest change, or of very many the one that takes most part in the direction in which the matrix is worst.
fn blame(count: usize, pairs: &[(usize, usize, f64)]) -> Impossible {
    let change =
        |(pair, nearest): &(usize, f64)| pairs.get(*pair).map_or(f64::INFINITY, |(.., rank)| (rank - nearest).abs());
    let tried = if pairs.len() <= TRIED { pairs.len() } else { 0 };
    let possible = (0..tried).filter_map(|pair| Some((pair, nearest(count, pairs, pair)?)));
    // Of equals the last: what was there before is not to blame.
    if let Some((pair, nearest)) = possible.rev().min_by(|a, b| change(a).total_cmp(&change(b))) {
        return Impossible { pair, nearest: Some(nearest) };
    }
    let eigen = SymmetricEigen::new(matrix(count, pairs));
    let direction = eigen.eigenvectors.column(eigen.eigenvalues.imin());
    let weight = |at: usize| direction.get(at).copied().unwrap_or(0.0);
    // What a pair takes from the quadratic form.
    let parts = pairs.iter().map(|(i, j, rank)| weight(*i) * weight(*j) * rank).enumerate();
    let pair = parts.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(pair, _)| pair);
    Impossible { pair, nearest: nearest(count, pairs, pair) }
}

/// The hundredth nearest to a pair's rank correlation that the others leave room for.
fn nearest(count: usize, pairs: &[(usize, usize, f64)], pair: usize) -> Option<f64> {
    let given = pairs.get(pair)?.2;
    let fits = |rank: &f64| {
        let mut changed = pairs.to_vec();
        if let Some(entry) = changed.get_mut(pair) {
            entry.2 = *rank;
        }
        Cholesky::new(matrix(count, &changed)).is_some()
    };
    let hundredths = (-99..=99).map(|hundredth| f64::from(hundredth) / 100.0);
    hundredths.filter(fits).min_by(|a, b| (a - given).abs().total_cmp(&(b - given).abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_that_cannot_be_name_the_pair_to_change() {
        // Two that both follow a third cannot run against each other. The smallest change is to let one follow less.
        let pairs = [(0, 1, 0.9), (1, 2, 0.9), (0, 2, -0.5)];
        let found = Copula::new(3, &pairs).map(|_| ());
        // Given the other two Pearson correlations, the third is at most ab + √((1 − a²)(1 − b²)).
        let [a, b] = [0.9, -0.5].map(|rank: f64| 2.0 * (PI * rank / 6.0).sin());
        let most = 6.0 / PI * ((a * b + ((1.0 - a * a) * (1.0 - b * b)).sqrt()) / 2.0).asin();
        assert_eq!(found.map_err(|wrong| wrong.pair), Err(1));
        let nearest = Copula::new(3, &pairs).err().and_then(|wrong| wrong.nearest);
        assert!(nearest.is_some_and(|rank| rank <= most && rank > most - 0.01), "{nearest:?} {most}");
        assert!(Copula::new(3, &[(0, 1, 0.9), (1, 2, 0.9), (0, 2, 0.8)]).is_ok());
    }
}
