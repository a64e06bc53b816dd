//! What an output is expected to be once some inputs are known: regression on splines of these inputs.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::sample::{SCRAMBLES, scramble_of};

/// Knots of a natural cubic spline, on the scale of normal scores: the 2, 10, 30, 50, 70, 90 and 98 % points.
const KNOTS: [f64; 7] = [-2.054, -1.282, -0.524, 0.0, 0.524, 1.282, 2.054];

/// The columns of one point: a constant; for each input its value, its normal score and a natural cubic spline of the score (Hastie, Tibshirani
/// and Friedman 2009, equations 5.4 and 5.5); for each pair the products of values and of scores.
///
/// `inputs` are pairs of value (in units of its spread) and normal score.
pub fn columns(inputs: &[(f64, f64)]) -> Vec<f64> {
    let mut columns = vec![1.0];
    for (value, score) in inputs {
        columns.extend([*value, *score]);
        columns.extend(natural(*score));
    }
    for (i, (x, z)) in inputs.iter().enumerate() {
        for (y, w) in inputs.iter().take(i) {
            columns.extend([x * y, z * w]);
        }
    }
    columns
}

/// The curved members of a natural cubic spline: beyond the outer knots all are lines.
fn natural(z: f64) -> impl Iterator<Item = f64> {
    let last = KNOTS[KNOTS.len() - 1];
    let before = KNOTS[KNOTS.len() - 2];
    let bend = move |knot: f64| ((z - knot).max(0.0).powi(3) - (z - last).max(0.0).powi(3)) / (last - knot);
    KNOTS.into_iter().take(KNOTS.len() - 2).map(move |knot| bend(knot) - bend(before))
}

/// Regressions of several outputs on the same columns: one over all points, and one without each scrambling.
#[derive(Clone, Debug)]
pub struct Fits {
    /// Coefficients by column and output; the first is over all points.
    pub fits: Vec<DMatrix<f64>>,
}

impl Fits {
    /// Least squares. `columns` and `outputs` are one row a point, of lengths that are the same for all.
    pub fn of(columns: &[Vec<f64>], outputs: &[Vec<f64>]) -> Self {
        let width = columns.first().map_or(0, Vec::len);
        let height = outputs.first().map_or(0, Vec::len);
        let mut parts = vec![(DMatrix::zeros(width, width), DMatrix::zeros(width, height)); SCRAMBLES];
        for (point, (row, output)) in columns.iter().zip(outputs).enumerate() {
            let Some((gram, cross)) = parts.get_mut(scramble_of(point)) else { continue };
            let row = DVector::from_row_slice(row);
            gram.ger(1.0, &row, &row, 1.0);
            cross.ger(1.0, &row, &DVector::from_row_slice(output), 1.0);
        }
        let sum = |without: Option<usize>| {
            let mut gram = DMatrix::zeros(width, width);
            let mut cross = DMatrix::zeros(width, height);
            for (part, (own_gram, own_cross)) in parts.iter().enumerate() {
                if Some(part) != without {
                    gram += own_gram;
                    cross += own_cross;
                }
            }
            solve(gram, &cross)
        };
        Self { fits: std::iter::once(None).chain((0..SCRAMBLES).map(Some)).map(sum).collect() }
    }

    /// What is expected at a point, one figure an output, by the fit over all points (0) or by the one without a scrambling.
    pub fn at(&self, fit: usize, columns: &[f64]) -> Vec<f64> {
        let Some(fit) = self.fits.get(fit) else { return Vec::new() };
        fit.column_iter().map(|column| column.iter().zip(columns).map(|(b, x)| b * x).sum()).collect()
    }
}

/// Solves the normal equations; columns that say the same twice share their part.
fn solve(gram: DMatrix<f64>, cross: &DMatrix<f64>) -> DMatrix<f64> {
    // In units of each column's own length, so that one tolerance fits all.
    let lengths = gram.diagonal().map(|x| if x > 0.0 { x.sqrt() } else { 1.0 });
    let mut scaled = gram;
    for (i, mut column) in scaled.column_iter_mut().enumerate() {
        for (j, x) in column.iter_mut().enumerate() {
            *x /= lengths.get(i).copied().unwrap_or(1.0) * lengths.get(j).copied().unwrap_or(1.0);
        }
    }
    let eigen = SymmetricEigen::new(scaled);
    let greatest = eigen.eigenvalues.iter().copied().fold(0.0, f64::max);
    let inverse = eigen.eigenvalues.map(|x| if x > 1e-11 * greatest { 1.0 / x } else { 0.0 });
    let mut right = cross.clone();
    for (mut row, length) in right.row_iter_mut().zip(lengths.iter()) {
        row /= *length;
    }
    let mut solution = &eigen.eigenvectors * DMatrix::from_diagonal(&inverse) * eigen.eigenvectors.transpose() * right;
    for (mut row, length) in solution.row_iter_mut().zip(lengths.iter()) {
        row /= *length;
    }
    solution
}
