//! Points of the unit cube by their index: Latin hypercubes and scrambled Sobol' points.

use crate::simulation::random::mixed;

/// Points of one scrambling: the crate's limit. Further blocks of points take another scrambling.
const BLOCK: u64 = 1 << 16;
/// Up to so many points a permutation is an array, drawn from all permutations; beyond it is a network of rounds, which draws from fewer.
const LISTED: u64 = 4096;
/// Rounds of the network.
const ROUNDS: u64 = 8;
/// What keeps the numbers of a purpose apart from others of the same seed.
const PERMUTED: u64 = 0x9E37_79B9_7F4A_7C15;
const JITTERED: u64 = 0xC2B2_AE3D_27D4_EB4F;

fn hash(seed: u64, purpose: u64, parts: [u64; 3]) -> u64 {
    parts.into_iter().fold(mixed(seed ^ purpose), |state, part| mixed(state.wrapping_add(PERMUTED) ^ mixed(part)))
}

/// A number from 0 up to 1, without either end.
fn unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

/// A permutation of the numbers below a count, for one dimension.
#[derive(Clone, Debug)]
enum Permutation {
    Listed(Vec<u32>),
    /// A Feistel network over an even number of bits; what falls outside the count goes through it again.
    Network {
        count: u64,
        half_bits: u32,
        seed: u64,
        dimension: u64,
    },
}

impl Permutation {
    fn new(count: u64, seed: u64, dimension: u64) -> Self {
        if count <= LISTED {
            let mut list: Vec<u32> = (0..count as u32).collect();
            for last in (1..list.len()).rev() {
                // Of so few numbers the rest of a division favours none.
                let other = hash(seed, PERMUTED, [dimension, last as u64, 0]) % (last as u64 + 1);
                list.swap(last, other as usize);
            }
            return Self::Listed(list);
        }
        let bits = 64 - (count - 1).leading_zeros();
        Self::Network { count, half_bits: bits.div_ceil(2), seed, dimension }
    }

    fn of(&self, index: u64) -> u64 {
        match self {
            Self::Listed(list) => list.get(index as usize).map_or(index, |to| u64::from(*to)),
            Self::Network { count, half_bits, seed, dimension } => {
                let mask = (1_u64 << half_bits) - 1;
                let mut value = index;
                // It comes back to where it began, so the walk ends.
                loop {
                    let (mut left, mut right) = (value >> half_bits, value & mask);
                    for round in 0..ROUNDS {
                        let turned = left ^ (hash(*seed, PERMUTED, [*dimension, round, right]) & mask);
                        (left, right) = (right, turned);
                    }
                    value = (left << half_bits) | right;
                    if value < *count {
                        return value;
                    }
                }
            }
        }
    }
}

/// A Latin hypercube: of as many equal slices of each dimension as there are points, each holds one point, somewhere in it.
#[derive(Clone, Debug)]
pub struct LatinHypercube {
    count: u64,
    seed: u64,
    dimensions: Vec<Permutation>,
}

impl LatinHypercube {
    /// Of so many points in so many dimensions.
    pub fn new(count: u64, dimensions: usize, seed: u64) -> Self {
        let of = |dimension| Permutation::new(count, seed, dimension);
        Self { count, seed, dimensions: (0..dimensions as u64).map(of).collect() }
    }

    /// A coordinate of a point, above 0 and below 1.
    pub fn coordinate(&self, point: u64, dimension: usize) -> f64 {
        let slice = self.dimensions.get(dimension).map_or(point, |permutation| permutation.of(point));
        let within = unit(hash(self.seed, JITTERED, [dimension as u64, point, 0]));
        // Rounding must not carry a point into the next slice.
        ((slice as f64 + within.clamp(1e-6, 1.0 - 1e-6)) / self.count as f64).min(1.0 - f64::EPSILON)
    }
}

/// A coordinate of a scrambled Sobol' point, above 0 and below 1: the first `2^k` points of each block of 65,536 are balanced for every `k`.
pub fn sobol(seed: u64, point: u64, dimension: usize) -> f64 {
    let dimension = u32::try_from(dimension).unwrap_or(u32::MAX) % sobol_burley::NUM_DIMENSIONS;
    let scramble = hash(seed, JITTERED, [point / BLOCK, 0, 1]) as u32;
    // Half a step of the 24 bits that there are keeps it off 0.
    f64::from(sobol_burley::sample((point % BLOCK) as u32, dimension, scramble)) + 0.5 / f64::from(1 << 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slice_of_a_latin_hypercube_holds_one_point() {
        for count in [1, 2, 3, 7, 64, 1000, 4096, 4097, 5000, 100_003] {
            let cube = LatinHypercube::new(count, 3, 17);
            for dimension in 0..3 {
                let mut slices = vec![0_u8; count as usize];
                for point in 0..count {
                    let x = cube.coordinate(point, dimension);
                    assert!(x > 0.0 && x < 1.0);
                    slices[(x * count as f64) as usize] += 1;
                }
                assert!(slices.iter().all(|points| *points == 1), "{count} {dimension}");
            }
        }
    }

    #[test]
    fn dimensions_and_seeds_of_a_latin_hypercube_have_nothing_to_do_with_one_another() {
        for count in [500, 20_000] {
            let (one, two) = (LatinHypercube::new(count, 2, 1), LatinHypercube::new(count, 2, 2));
            let correlation = |a: &dyn Fn(u64) -> f64, b: &dyn Fn(u64) -> f64| {
                (0..count).map(|i| 12.0 * (a(i) - 0.5) * (b(i) - 0.5)).sum::<f64>() / count as f64
            };
            // Of independent permutations it is a draw with this standard deviation.
            let most = 4.0 / (count as f64).sqrt();
            let of = |cube: &LatinHypercube, dimension| {
                let cube = cube.clone();
                move |i: u64| cube.coordinate(i, dimension)
            };
            assert!(correlation(&of(&one, 0), &of(&one, 1)).abs() < most);
            assert!(correlation(&of(&one, 0), &of(&two, 0)).abs() < most);
            let order = |i: u64| (i as f64 + 0.5) / count as f64;
            assert!(correlation(&of(&one, 0), &order).abs() < most);
            let next = |i: u64| one.coordinate((i + 1) % count, 0);
            assert!(correlation(&of(&one, 0), &next).abs() < most);
        }
    }

    #[test]
    fn sobol_points_are_balanced_in_every_block() {
        for block in [0, 1, 20] {
            for dimension in [0, 1, 7, 99] {
                let mut slices = vec![0; 256];
                for index in 0..256 {
                    let x = sobol(5, block * BLOCK + index, dimension);
                    assert!(x > 0.0 && x < 1.0);
                    slices[(256.0 * x) as usize] += 1;
                }
                assert!(slices.iter().all(|points| *points == 1), "{block} {dimension}");
            }
        }
        // In pairs of dimensions: one point in each of 16 × 16 boxes of the first two.
        let mut boxes = vec![0; 256];
        for index in 0..256 {
            let at = |dimension| (16.0 * sobol(5, index, dimension)) as usize;
            boxes[16 * at(0) + at(1)] += 1;
        }
        assert!(boxes.iter().all(|points| *points == 1));
        assert!(
            (sobol(5, 3, 0) - sobol(6, 3, 0)).abs() > 1e-6 && (sobol(5, 3, 0) - sobol(5, BLOCK + 3, 0)).abs() > 1e-6
        );
    }
}
