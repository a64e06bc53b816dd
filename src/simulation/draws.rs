//! Random numbers of a tile of requests, and the few functions of one real variable that the Monte Carlo engine runs on them.
//!
//! Everything is written as loops over arrays without branches, so that the compiler turns them into vector code. The functions
//! are the single-precision ones of the Cephes library (Moshier), accurate to about 2 units in the last place; a wider
//! vector unit gives the same bits.

use super::random::{Address, philox};
use crate::model::MAX_TIERS;

/// Requests handled in one go; a tile's arrays stay in the first-level cache.
pub const TILE: usize = 128;
/// Tiles are padded to a multiple of this.
pub const LANES: usize = 16;

/// One number a request.
pub type Column = [f32; TILE];

/// Which numbers a run needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Tiers of the world.
    pub tiers: usize,
    /// Noise of router scores, and the luck of people.
    pub score: bool,
    /// Verdicts of judges.
    pub judge: bool,
}

/// Words that decide a request's segment and kind, drawn a block at a time; columns over the requests.
#[derive(Clone, Debug, Default)]
pub struct Heads {
    /// Index of the request.
    pub request: Vec<u32>,
    /// Decides between plain and hidden-hard.
    pub hidden: Vec<u32>,
    /// Random mix.
    pub mix: Vec<u32>,
    /// Decides whether luck is shared.
    pub luck: Vec<u32>,
}

impl Heads {
    /// Room for `n` requests.
    pub fn new(n: usize) -> Self {
        Self { request: vec![0; n], hidden: vec![0; n], mix: vec![0; n], luck: vec![0; n] }
    }
}

/// The numbers of a tile.
#[derive(Clone, Debug)]
pub struct Draws {
    /// Standard normal: surface.
    pub surface: Column,
    /// Standard normal: difficulty of the hidden-hard.
    pub hidden_difficulty: Column,
    /// Standard normal: logarithm of input tokens.
    pub input: Column,
    /// Standard normal: logarithm of output tokens.
    pub output: Column,
    /// Uniform, one a tier: success.
    pub luck: [Column; MAX_TIERS],
    /// Standard normal, one a tier: self-confidence.
    pub confidence: [Column; MAX_TIERS],
    /// Standard normal: router score.
    pub score: Column,
    /// Uniform: success of a person.
    pub human: Column,
    /// Uniform, one a tier: a judge's verdict.
    pub judge: [Column; MAX_TIERS],
}

impl Default for Draws {
    fn default() -> Self {
        let zero = [0.0; TILE];
        Self {
            surface: zero,
            hidden_difficulty: zero,
            input: zero,
            output: zero,
            luck: [zero; MAX_TIERS],
            confidence: [zero; MAX_TIERS],
            score: zero,
            human: zero,
            judge: [zero; MAX_TIERS],
        }
    }
}

const STREAM_HEAD: u32 = 0;
const STREAM_REQUEST: u32 = 1;
const STREAM_TIERS: u32 = 2;
const STREAM_SCORE: u32 = STREAM_TIERS + MAX_TIERS as u32 / 2;
const STREAM_JUDGE: u32 = STREAM_SCORE + 1;
const STREAM_TALK: u32 = STREAM_JUDGE + MAX_TIERS as u32 / 4 + 1;

/// Words of one stream for a column of requests.
#[inline(always)]
fn words(address: &Address, stream: u32, requests: &[u32], out: &mut [[u32; TILE]; 4]) {
    let key = address.key();
    let c1 = address.stream(stream);
    let [a, b, c, d] = out;
    for ((((request, a), b), c), d) in requests.iter().zip(a).zip(b).zip(c).zip(d) {
        [*a, *b, *c, *d] = philox([*request, c1, address.day, address.replicate], key);
    }
}

/// The first words of the requests `first .. first + segment.len()`: the word that picks the segment, and the heads.
#[inline(always)]
pub fn heads(address: &Address, first: u32, segment: &mut [u32], out: &mut Heads) {
    let key = address.key();
    let c1 = address.stream(STREAM_HEAD);
    let n = segment.len().min(out.request.len());
    let columns = segment[..n].iter_mut().zip(&mut out.hidden[..n]).zip(&mut out.mix[..n]).zip(&mut out.luck[..n]);
    for (i, (((segment, hidden), mix), luck)) in columns.enumerate() {
        [*segment, *hidden, *mix, *luck] =
            philox([first.wrapping_add(i as u32), c1, address.day, address.replicate], key);
    }
    for (i, request) in out.request[..n].iter_mut().enumerate() {
        *request = first.wrapping_add(i as u32);
    }
}

/// The heads of requests that do not follow each other; `hidden` stays as it is.
#[inline(always)]
pub fn heads_of(address: &Address, requests: &[u32], out: &mut Heads) {
    let (key, c1) = (address.key(), address.stream(STREAM_HEAD));
    for ((request, mix), luck) in requests.iter().zip(&mut out.mix).zip(&mut out.luck) {
        [_, _, *mix, *luck] = philox([*request, c1, address.day, address.replicate], key);
    }
}

/// Four words of a conversation, or of a turn's cache.
#[inline(always)]
pub fn talk(address: &Address, request: u32) -> [u32; 4] {
    philox([request, address.stream(STREAM_TALK), address.day, address.replicate], address.key())
}

/// Draws the numbers of a tile; `requests` has a multiple of [`LANES`] entries.
#[inline(always)]
pub fn draw(address: &Address, requests: &[u32], needs: Needs, draws: &mut Draws) {
    let n = requests.len().min(TILE) / LANES * LANES;
    let requests = &requests[..n];
    let mut w = [[0_u32; TILE]; 4];
    words(address, STREAM_REQUEST, requests, &mut w);
    normal_pairs(&w[0], &w[1], &mut draws.surface, &mut draws.hidden_difficulty, n);
    normal_pairs(&w[2], &w[3], &mut draws.input, &mut draws.output, n);
    for pair in 0..needs.tiers.div_ceil(2).min(MAX_TIERS / 2) {
        words(address, STREAM_TIERS + pair as u32, requests, &mut w);
        let (even, odd) = (2 * pair, 2 * pair + 1);
        uniforms(&w[0], &mut draws.luck[even], n);
        uniforms(&w[1], &mut draws.luck[odd], n);
        let (low, high) = draws.confidence.split_at_mut(odd);
        normal_pairs(&w[2], &w[3], &mut low[even], &mut high[0], n);
    }
    if needs.score {
        words(address, STREAM_SCORE, requests, &mut w);
        let mut spare = [0.0; TILE];
        normal_pairs(&w[0], &w[1], &mut draws.score, &mut spare, n);
        uniforms(&w[2], &mut draws.human, n);
    }
    if needs.judge {
        for four in 0..needs.tiers.div_ceil(4).min(MAX_TIERS / 4) {
            words(address, STREAM_JUDGE + four as u32, requests, &mut w);
            for (words, column) in w.iter().zip(&mut draws.judge[4 * four..]) {
                uniforms(words, column, n);
            }
        }
    }
}

/// A word as a uniform on [0, 1), 24 bits.
#[inline(always)]
pub fn uniform(word: u32) -> f32 {
    (word >> 8) as i32 as f32 * (1.0 / 16_777_216.0)
}

#[inline(always)]
fn uniforms(words: &[u32; TILE], out: &mut Column, n: usize) {
    for (x, w) in out[..n].iter_mut().zip(&words[..n]) {
        *x = uniform(*w);
    }
}

/// Box–Muller: two words to two independent standard normals.
#[inline(always)]
fn normal_pairs(words_a: &[u32; TILE], words_b: &[u32; TILE], first: &mut Column, second: &mut Column, n: usize) {
    for (((a, b), x), y) in words_a[..n].iter().zip(&words_b[..n]).zip(&mut first[..n]).zip(&mut second[..n]) {
        // 31 bits, never zero.
        let u = ((*a >> 1) as i32 as f32 + 0.5) * (1.0 / 2_147_483_648.0);
        let radius = (-2.0 * ln(u)).max(0.0).sqrt();
        let (sin, cos) = sin_cos_turn(*b);
        *x = radius * cos;
        *y = radius * sin;
    }
}

/// Natural logarithm of a positive, normal number.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 23) as i32 - 127) as f32;
    let mut mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
    let big = mantissa > std::f32::consts::SQRT_2;
    mantissa = if big { mantissa * 0.5 } else { mantissa };
    exponent = if big { exponent + 1.0 } else { exponent };
    let f = mantissa - 1.0;
    let z = f * f;
    let mut y = 7.037_683_6e-2;
    y = y * f - 1.151_461e-1;
    y = y * f + 1.167_699_9e-1;
    y = y * f - 1.242_014_1e-1;
    y = y * f + 1.424_932_3e-1;
    y = y * f - 1.666_805_8e-1;
    y = y * f + 2.000_071_5e-1;
    y = y * f - 2.499_999_4e-1;
    y = y * f + 3.333_333e-1;
    y = y * f * z;
    y += exponent * -2.121_944_4e-4;
    y -= 0.5 * z;
    f + y + exponent * 0.693_359_4
}

/// `eˣ`, saturating near the ends of the range.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let power = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut y = 1.987_569_1e-4;
    y = y * r + 1.398_2e-3;
    y = y * r + 8.333_452e-3;
    y = y * r + 4.166_579_6e-2;
    y = y * r + 1.666_666_5e-1;
    y = y * r + 5e-1;
    y = y * r * r + r + 1.0;
    y * f32::from_bits((power.wrapping_add(127) << 23) as u32)
}

/// Sine and cosine of `word / 2³²` of a full turn.
#[inline(always)]
fn sin_cos_turn(word: u32) -> (f32, f32) {
    let quadrant = word.wrapping_add(0x2000_0000) >> 30;
    let rest = word.wrapping_sub(quadrant << 30) as i32;
    let x = rest as f32 * (std::f32::consts::TAU / 4_294_967_296.0);
    let z = x * x;
    let s = ((-1.951_529_6e-4 * z + 8.332_161e-3) * z - 1.666_665_5e-1) * z * x + x;
    let c = ((2.443_315_7e-5 * z - 1.388_731_6e-3) * z + 4.166_664_6e-2) * z * z - 0.5 * z + 1.0;
    let swap = quadrant & 1 == 1;
    let (sin, cos) = if swap { (c, s) } else { (s, c) };
    let sin_sign = (quadrant & 2) << 30;
    let cos_sign = (quadrant.wrapping_add(1) & 2) << 30;
    (f32::from_bits(sin.to_bits() ^ sin_sign), f32::from_bits(cos.to_bits() ^ cos_sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::random::Purpose;

    #[test]
    fn single_precision_functions_agree_with_double() {
        for i in 0..200_000_u32 {
            let x = f64::from(i) / 200_000.0;
            let u = (x + 1e-7) as f32;
            assert!(
                (f64::from(ln(u)) - f64::from(u).ln()).abs() < 1e-6 * (1.0 + f64::from(u).ln().abs()) * 0.3,
                "ln {u}"
            );
            let e = (x * 160.0 - 80.0) as f32;
            assert!((f64::from(exp(e)) / f64::from(e).exp() - 1.0).abs() < 3e-7, "exp {e}");
            let word = i.wrapping_mul(21_474);
            let angle = f64::from(word) / 4_294_967_296.0 * std::f64::consts::TAU;
            let (sin, cos) = sin_cos_turn(word);
            assert!(
                (f64::from(sin) - angle.sin()).abs() < 2e-7 && (f64::from(cos) - angle.cos()).abs() < 2e-7,
                "{word}"
            );
        }
    }

    #[test]
    fn normals_have_the_moments_of_a_normal() {
        let needs = Needs { tiers: 8, score: true, judge: true };
        let mut draws = Draws::default();
        let (mut count, mut sums) = (0.0, [[0.0_f64; 4]; 4]);
        for tile in 0..1000_u32 {
            let address = Address { seed: 3, replicate: tile, day: 0, purpose: Purpose::Frontier };
            let requests: [u32; TILE] = std::array::from_fn(|i| i as u32);
            draw(&address, &requests, needs, &mut draws);
            count += TILE as f64;
            for (sum, column) in
                sums.iter_mut().zip([&draws.surface, &draws.output, &draws.confidence[7], &draws.score])
            {
                for x in column {
                    let x = f64::from(*x);
                    for (power, s) in sum.iter_mut().enumerate() {
                        *s += x.powi(power as i32 + 1);
                    }
                }
            }
        }
        for sum in sums {
            // Variances of the sample moments of a standard normal: 1, 2, 15, 96.
            for (power, (exact, variance)) in
                [(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0_f64)].into_iter().enumerate()
            {
                let z = (sum[power] / count - exact) / (variance / count).sqrt();
                assert!(z.abs() < 4.0, "moment {}: {z} standard errors", power + 1);
            }
        }
    }
}
