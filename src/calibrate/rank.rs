//! What the figures leave open: directions in which numbers can be moved without any figure noticing.

use nalgebra::DMatrix;

/// Singular values below this part of the largest one are none: slopes are known to about a millionth of the steepest.
const NONE: f64 = 1e-4;
/// Part of a number's unit step that lies in such directions from which on the number is named.
const NAMED: f64 = 0.1;

/// The columns (numbers) that rows (figures, each in its measure) do not determine.
pub(super) fn undetermined(slopes: &DMatrix<f64>) -> Vec<usize> {
    let (m, n) = slopes.shape();
    if n == 0 {
        return Vec::new();
    }
    // With rows of zeros it has as many right singular vectors as numbers.
    let mut square = DMatrix::zeros(m.max(n), n);
    square.view_mut((0, 0), (m, n)).copy_from(slopes);
    let svd = square.svd(false, true);
    let Some(directions) = svd.v_t else { return Vec::new() };
    let largest = svd.singular_values.iter().copied().fold(0.0, f64::max);
    let weight = |j: usize| {
        let open = svd.singular_values.iter().enumerate().filter(|(_, s)| **s <= NONE * largest);
        open.map(|(k, _)| directions[(k, j)].powi(2)).sum::<f64>().sqrt()
    };
    (0..n).filter(|j| weight(*j) > NAMED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_the_same_is_named_together_and_what_does_nothing_alone() {
        let slopes = DMatrix::from_row_slice(2, 4, &[3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0]);
        assert_eq!(undetermined(&slopes), [0, 1, 3]);
        let whole = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, -1.0, 2.0]);
        assert!(undetermined(&whole).is_empty());
        assert_eq!(undetermined(&DMatrix::zeros(0, 2)), [0, 1]);
        assert_eq!(undetermined(&DMatrix::zeros(1, 1)), [0]);
    }
}
