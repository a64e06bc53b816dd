//! Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as
//! 1, 2, 3", SC 2011).
//!
//! A number depends on its address alone — seed, replicate, day, request, purpose — so any thread can draw it at any time,
//! and every policy sees the same request.

use std::convert::Infallible;

use rand::TryRng;

const MULTIPLIER_0: u32 = 0xD251_1F53;
const MULTIPLIER_1: u32 = 0xCD9E_8D57;
const WEYL_0: u32 = 0x9E37_79B9;
const WEYL_1: u32 = 0xBB67_AE85;

/// Ten rounds of Philox: four random words for a counter and a key.
#[inline(always)]
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    let mut round = 0;
    while round < 10 {
        let product_0 = u64::from(MULTIPLIER_0) * u64::from(c0);
        let product_1 = u64::from(MULTIPLIER_1) * u64::from(c2);
        c0 = (product_1 >> 32) as u32 ^ c1 ^ k0;
        c1 = product_1 as u32;
        c2 = (product_0 >> 32) as u32 ^ c3 ^ k1;
        c3 = product_0 as u32;
        k0 = k0.wrapping_add(WEYL_0);
        k1 = k1.wrapping_add(WEYL_1);
        round += 1;
    }
    [c0, c1, c2, c3]
}

/// SplitMix64's last steps: every bit of a number moves every bit of its hash (Steele, Lea & Flood, *OOPSLA* 2014).
pub fn mixed(bits: u64) -> u64 {
    let a = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    b ^ (b >> 31)
}

/// What a run of random numbers is for; each purpose has its own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Requests of the frontier.
    Frontier = 0,
    /// Requests of the launch review.
    LaunchReview = 1,
    /// Requests of one run, day by day.
    Timeline = 2,
    /// Effects and counts of a day.
    Day = 3,
    /// A learning policy's own draws.
    Learner = 4,
    /// Observations of monitors.
    Study = 5,
    /// Average run lengths.
    RunLength = 6,
    /// Rows of a table drawn again.
    Bootstrap = 7,
    /// Rows of a table drawn from a generated world.
    Table = 8,
    /// What people do about an alarm.
    Response = 9,
    /// Counts that a rollout's gate looks at.
    Rollout = 10,
}

/// Address of a day of a replicate: everything of a counter but the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The scenario's seed.
    pub seed: u64,
    /// Replicate.
    pub replicate: u32,
    /// Day.
    pub day: u32,
    /// Purpose.
    pub purpose: Purpose,
}

impl Address {
    /// The Philox key.
    pub fn key(&self) -> [u32; 2] {
        [self.seed as u32, (self.seed >> 32) as u32]
    }

    /// The second counter word of a stream.
    pub fn stream(&self, stream: u32) -> u32 {
        ((self.purpose as u32) << 16) | stream
    }

    /// A generator of this address for use with any distribution.
    pub fn generator(&self, stream: u32) -> Generator {
        Generator { address: *self, stream, next: 0, words: [0; 4], used: 4 }
    }
}

/// Philox as a sequence, for distributions of `rand_distr`.
#[derive(Clone, Debug)]
pub struct Generator {
    address: Address,
    stream: u32,
    next: u32,
    words: [u32; 4],
    used: usize,
}

impl TryRng for Generator {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used >= 4 {
            let a = &self.address;
            self.words = philox([self.next, a.stream(self.stream), a.day, a.replicate], a.key());
            self.next = self.next.wrapping_add(1);
            self.used = 0;
        }
        let word = self.words[self.used];
        self.used += 1;
        Ok(word)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = u64::from(self.try_next_u32()?);
        let high = u64::from(self.try_next_u32()?);
        Ok(high << 32 | low)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.try_next_u32()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_published_known_answers() {
        // Random123, tests/kat_vectors, philox4x32 with 10 rounds.
        let ones = u32::MAX;
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([ones; 4], [ones; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox(counter, key), expected);
        }
    }

    #[test]
    fn purposes_and_streams_do_not_share_numbers() {
        let address = |purpose| Address { seed: 7, replicate: 0, day: 0, purpose };
        let mut first = address(Purpose::Day).generator(0);
        let mut second = address(Purpose::Day).generator(1);
        let mut third = address(Purpose::Learner).generator(0);
        let draws = [&mut first, &mut second, &mut third].map(|g| g.try_next_u64().unwrap_or_default());
        assert!(draws[0] != draws[1] && draws[1] != draws[2] && draws[0] != draws[2]);
    }
}
