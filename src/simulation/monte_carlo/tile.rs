//! The requests of a tile: how hard they are, and what every tier would make of them.

use super::Experiment;
use super::lanes::sum;
use crate::model::MAX_TIERS;
use crate::simulation::draws::{self, Column, Draws, Heads, TILE};

/// The requests of a tile, with what every tier would make of them.
pub(super) struct Tile {
    /// 1 for a request, 0 for padding.
    pub(super) one: Column,
    pub(super) surface: Column,
    pub(super) mix: Column,
    /// 1 beyond the hard edge.
    pub(super) edge: Column,
    pub(super) edge_count: f64,
    pub(super) ok: [Column; MAX_TIERS],
    pub(super) confidence: [Column; MAX_TIERS],
    pub(super) usd: [Column; MAX_TIERS],
    pub(super) ms: [Column; MAX_TIERS],
    /// Whether the first policy failed: 0 or 1.
    pub(super) first_ok: Column,
}

impl Default for Tile {
    fn default() -> Self {
        let zero = [0.0; TILE];
        Self {
            one: zero,
            surface: zero,
            mix: zero,
            edge: zero,
            edge_count: 0.0,
            ok: [zero; MAX_TIERS],
            confidence: [zero; MAX_TIERS],
            usd: [zero; MAX_TIERS],
            ms: [zero; MAX_TIERS],
            first_ok: zero,
        }
    }
}

/// Works out difficulty, success, self-confidence, cost and latency of every tier on a tile.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined into its one caller")]
pub(super) fn fill_tile(
    experiment: &Experiment<'_>,
    g: usize,
    heads: &Heads,
    from: usize,
    n: usize,
    m: usize,
    day_effect: f32,
    draws: &Draws,
    tile: &mut Tile,
) {
    let segment = &experiment.day.segments[g];
    let Tile { one, surface, mix, edge, edge_count, ok, confidence, usd, ms, .. } = tile;
    *one = [0.0; TILE];
    one[..n].fill(1.0);
    let mut hidden = [0.0_f32; TILE];
    let mut shared = [0.0_f32; TILE];
    let hidden_share = segment.hidden_share as f32;
    let kappa = experiment.world.scenario.shared_luck as f32;
    for (to, word) in mix.iter_mut().zip(&heads.mix[from..from + n]) {
        *to = draws::uniform(*word);
    }
    for (to, word) in hidden.iter_mut().zip(&heads.hidden[from..from + n]) {
        *to = if draws::uniform(*word) < hidden_share { 1.0 } else { 0.0 };
    }
    for (to, word) in shared.iter_mut().zip(&heads.luck[from..from + n]) {
        *to = if draws::uniform(*word) < kappa { 1.0 } else { 0.0 };
    }
    let (mean, sd) = (segment.surface_mean as f32, segment.surface_sd as f32);
    let shift = segment.unseen_shift as f32 + day_effect;
    let (hidden_mean, hidden_sd) = (segment.hidden_mean as f32 + day_effect, segment.hidden_sd as f32);
    let hard_edge = experiment.world.hard_edge as f32;
    let mut difficulty = [0.0_f32; TILE];
    let mut input = [0.0_f32; TILE];
    let mut output = [0.0_f32; TILE];
    let (input_mu, input_sigma) = (segment.input.mu as f32, segment.input.sigma as f32);
    let (output_mu, output_sigma) = (segment.output.mu as f32, segment.output.sigma as f32);
    let (normal_surface, normal_hidden) = (&draws.surface, &draws.hidden_difficulty);
    for i in 0..m {
        surface[i] = mean + sd * normal_surface[i];
        let other = hidden_mean + hidden_sd * normal_hidden[i];
        difficulty[i] = if hidden[i] > 0.5 { other } else { surface[i] + shift };
        edge[i] = if difficulty[i] > hard_edge { one[i] } else { 0.0 };
    }
    *edge_count = f64::from(sum(m, edge));
    let (normal_input, normal_output) = (&draws.input, &draws.output);
    for i in 0..m {
        input[i] = draws::exp(input_mu + input_sigma * normal_input[i]) * one[i];
    }
    for i in 0..m {
        output[i] = draws::exp(output_mu + output_sigma * normal_output[i]) * one[i];
    }
    let columns =
        ok.iter_mut().zip(confidence).zip(usd.iter_mut().zip(ms)).zip(draws.luck.iter().zip(&draws.confidence));
    for ((tier, theta), (((ok, confidence), (usd, ms)), (own_luck, noise))) in
        experiment.day.tiers.iter().zip(&segment.ability).zip(columns)
    {
        let (a, theta) = (tier.discrimination as f32, *theta as f32);
        let (lower, range) = (tier.lower as f32, (tier.upper - tier.lower) as f32);
        let (plain_half, hidden_half) = (tier.half_separation as f32, tier.half_separation_hidden as f32);
        let (usd_in, usd_out) = (tier.usd_per_input_token as f32, tier.usd_per_output_token as f32);
        let (first_ms, token_ms) = (tier.first_token_ms as f32, tier.ms_per_output_token as f32);
        let common_luck = &draws.luck[0];
        for i in 0..m {
            let p = lower + range / (1.0 + draws::exp(a * (difficulty[i] - theta)));
            let luck = if shared[i] > 0.5 { common_luck[i] } else { own_luck[i] };
            ok[i] = if luck < p { 1.0 } else { 0.0 };
        }
        for i in 0..m {
            let half = if hidden[i] > 0.5 { hidden_half } else { plain_half };
            confidence[i] = noise[i] + half * (2.0 * ok[i] - 1.0);
            ok[i] *= one[i];
        }
        for i in 0..m {
            usd[i] = usd_in * input[i] + usd_out * output[i];
            ms[i] = (first_ms + token_ms * output[i]) * one[i];
        }
    }
}
