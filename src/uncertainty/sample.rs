//! Points in the unit cube: scrambled Sobol' points, several scramblings side by side.
//!
//! A scrambling is one draw of a whole point set (Owen 1995), so the scatter over scramblings is the error of their mean; the points within
//! one are no independent draws, and their scatter would overstate it.

/// Scramblings side by side.
pub const SCRAMBLES: usize = 16;
/// Most points of one scrambling: the crate's limit.
const LONGEST: usize = 1 << 16;
/// Most points in all.
pub const MOST_POINTS: usize = SCRAMBLES * LONGEST;
/// Fewest points in all.
pub const FEWEST_POINTS: usize = 16 * SCRAMBLES;

/// The scrambling that a point belongs to: they take turns, so that every first part of the points holds as many of each.
pub fn scramble_of(point: usize) -> usize {
    point % SCRAMBLES
}

/// A coordinate of a point, above 0 and below 1. Dimensions below 256; the first `2^k` points of each scrambling are balanced for every `k`.
pub fn coordinate(seed: u64, point: usize, dimension: usize) -> f64 {
    let index = u32::try_from(point / SCRAMBLES).unwrap_or(u32::MAX) & 0xffff;
    let dimension = u32::try_from(dimension).unwrap_or(u32::MAX) % sobol_burley::NUM_DIMENSIONS;
    // The crate numbers scramblings by 32 bits, of which neighbours are independent.
    let mixed = seed ^ (seed >> 32);
    let scramble = (mixed as u32).wrapping_mul(SCRAMBLES as u32).wrapping_add(scramble_of(point) as u32);
    // Half a step of the 24 bits that there are keeps it off 0.
    f64::from(sobol_burley::sample(index, dimension, scramble)) + 0.5 / f64::from(1 << 24)
}

/// The first coordinates of a point.
pub fn point(seed: u64, point: usize, dimensions: std::ops::Range<usize>) -> Vec<f64> {
    dimensions.map(|dimension| coordinate(seed, point, dimension)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scrambling_has_one_point_in_each_slice_of_each_dimension() {
        for dimension in [0, 1, 7, 130, 199] {
            for scramble in 0..SCRAMBLES {
                let mut slices = vec![0; 64];
                for index in 0..64 {
                    let x = coordinate(7, index * SCRAMBLES + scramble, dimension);
                    assert!(x > 0.0 && x < 1.0);
                    slices[(64.0 * x) as usize] += 1;
                }
                assert!(slices.iter().all(|count| *count == 1), "{dimension} {scramble}");
            }
        }
    }

    #[test]
    fn scramblings_and_seeds_differ() {
        let of = |seed: u64, scramble: usize| coordinate(seed, scramble, 0);
        assert!((of(1, 0) - of(1, 1)).abs() > 1e-6 && (of(1, 0) - of(2, 0)).abs() > 1e-6);
        assert!((of(1, 0) - of(1 << 40, 0)).abs() > 1e-6);
    }
}
