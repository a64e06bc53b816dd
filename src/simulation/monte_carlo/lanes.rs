//! Columns of a tile, a few requests at a time: sums in an order that no vector width changes.

use crate::simulation::draws::{Column, LANES};

/// A few requests side by side: as many as the order of every sum fixes.
pub(super) type Lanes = [f32; LANES];

/// The first `m` entries of a column, a few at a time; `m` is a multiple of [`LANES`].
#[inline(always)]
pub(super) fn lanes(column: &Column, m: usize) -> &[Lanes] {
    column[..m].as_chunks().0
}

#[inline(always)]
pub(super) fn lanes_mut(column: &mut Column, m: usize) -> &mut [Lanes] {
    column[..m].as_chunks_mut().0
}

/// Sum of the first `m` entries, lane by lane, so that the order is fixed whatever the vector width.
#[inline(always)]
pub(super) fn sum(m: usize, column: &Column) -> f32 {
    let mut sums = [0.0; LANES];
    for chunk in lanes(column, m) {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    fold(&sums)
}

#[inline(always)]
pub(super) fn fold(lanes: &[f32; LANES]) -> f32 {
    let mut eight = [0.0_f32; 8];
    for chunk in lanes.chunks_exact(8) {
        for (sum, x) in eight.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    eight.iter().sum()
}
