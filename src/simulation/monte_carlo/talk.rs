//! Conversations: the turns of a tile's conversations one after the other, every policy on the same conversations.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};

use multiversion::multiversion;

use super::moments::Sums;
use super::routing::{Memory, Resolved, Routed, run_turn};
use super::tile::{Tile, fill_tile};
use super::{BLOCK, Experiment, steer};
use crate::model::Conversation;
use crate::simulation::draws::{self, Column, Draws, Heads, LANES, TILE};
use crate::simulation::random::Address;

/// A conversation before its first turn.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    segment: usize,
    turns: u32,
    number: u32,
    /// Word that decides between plain and hidden-hard.
    hidden: u32,
}

/// Conversations of a replicate with so many turns on average.
pub(super) fn count(conversation: &Conversation, turns: u64) -> u32 {
    ((turns as f64 / conversation.mean_turns()).round() as u32).max(1)
}

/// Runs so many conversations; `None` when `cancelled` was set meanwhile.
#[expect(clippy::too_many_arguments, reason = "one caller; the parts of one replicate")]
pub(super) fn run(
    experiment: &Experiment<'_>,
    conversation: &Conversation,
    address: &Address,
    conversations: u32,
    day_effect: f32,
    rules: &mut [Resolved],
    sums: &mut [Sums],
    latency: &mut [Vec<u32>],
    cancelled: &AtomicBool,
) -> Option<()> {
    let mut work = Work::default();
    let mut first = 0;
    while first < conversations {
        if cancelled.load(Ordering::Relaxed) {
            return None;
        }
        steer(experiment, rules, sums, f64::from(first), f64::from(conversations));
        let n = (conversations - first).min(BLOCK as u32);
        let mut heads: Vec<Head> =
            (first..first + n).map(|number| head(experiment, conversation, address, number)).collect();
        // Long ones first: those that still have a turn are then the first ones of their tile.
        heads.sort_by_key(|head| (head.segment, Reverse(head.turns), head.number));
        for of_segment in heads.chunk_by(|a, b| a.segment == b.segment) {
            for tile in of_segment.chunks(TILE) {
                turns(experiment, conversation, address, tile, day_effect, rules, sums, latency, &mut work);
            }
        }
        first += n;
    }
    Some(())
}

fn head(experiment: &Experiment<'_>, conversation: &Conversation, address: &Address, number: u32) -> Head {
    // Turn numbers start at 1 in the addresses of turns, so that these words are the conversation's own.
    let [length, segment, hidden, _] = draws::talk(address, number * (conversation.longest() as u32 + 1));
    let uniform = (f64::from(length) + 0.5) / 4_294_967_296.0;
    let goes_on = 1.0 - 1.0 / conversation.turns_mean;
    let turns = if goes_on > 0.0 { 1.0 + (uniform.ln() / goes_on.ln()).floor() } else { 1.0 };
    Head {
        segment: experiment.segment_ends.partition_point(|end| u64::from(segment) >= *end),
        turns: (turns as u32).clamp(1, conversation.longest() as u32),
        number,
        hidden,
    }
}

struct Work {
    heads: Heads,
    draws: Box<Draws>,
    tile: Box<Tile>,
    routed: Box<Routed>,
}

impl Default for Work {
    fn default() -> Self {
        Self { heads: Heads::new(TILE), draws: Box::default(), tile: Box::default(), routed: Box::default() }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx+avx2", "aarch64+neon"))]
#[expect(clippy::too_many_arguments, reason = "one hot function; a struct for one call would only rename them")]
fn turns(
    experiment: &Experiment<'_>,
    conversation: &Conversation,
    address: &Address,
    of: &[Head],
    day_effect: f32,
    rules: &[Resolved],
    sums: &mut [Sums],
    latency: &mut [Vec<u32>],
    work: &mut Work,
) {
    let Some(g) = of.first().map(|head| head.segment) else { return };
    let segments = experiment.day.segments.len();
    let Work { heads, draws, tile, routed } = work;
    let (alike, fresh) = (conversation.similarity as f32, (1.0 - conversation.similarity.powi(2)).sqrt() as f32);
    let warm_share = conversation.warm as f32;
    let mut memories: Vec<Memory> = rules.iter().map(Memory::of).collect();
    let (mut surface, mut hidden): (Column, Column) = ([0.0; TILE], [0.0; TILE]);
    for (to, head) in heads.hidden.iter_mut().zip(of) {
        *to = head.hidden;
    }
    let longest = conversation.longest() as u32;
    for turn in 0..of.first().map_or(0, |head| head.turns) {
        let n = of.partition_point(|head| head.turns > turn);
        let m = (n.div_ceil(LANES) * LANES).min(TILE);
        let mut requests = [0_u32; TILE];
        let mut warm: Column = [0.0; TILE];
        for ((request, warm), head) in requests.iter_mut().zip(&mut warm).zip(of.iter().take(n)) {
            *request = head.number * (longest + 1) + turn + 1;
            *warm = if draws::uniform(draws::talk(address, *request)[3]) < warm_share { 1.0 } else { 0.0 };
        }
        draws::heads_of(address, &requests[..m], heads);
        draws::draw(address, &requests[..m], experiment.needs, draws);
        if turn == 0 {
            (surface, hidden) = (draws.surface, draws.hidden_difficulty);
        } else {
            for (z, e) in surface[..m].iter_mut().zip(&draws.surface[..m]) {
                *z = alike * *z + fresh * e;
            }
            for (u, e) in hidden[..m].iter_mut().zip(&draws.hidden_difficulty[..m]) {
                *u = alike * *u + fresh * e;
            }
            (draws.surface, draws.hidden_difficulty) = (surface, hidden);
        }
        fill_tile(experiment, g, heads, 0, n, m, day_effect, draws, tile);
        let tokens = f64::from(turn) * conversation.context_tokens;
        let history: Vec<(f32, f32)> = experiment
            .day
            .tiers
            .iter()
            .map(|t| ((tokens * t.usd_per_cached_token) as f32, (tokens * t.usd_per_written_token) as f32))
            .collect();
        for (index, (rule, memory)) in rules.iter().zip(&mut memories).enumerate() {
            let (Some(out), Some(latency)) = (sums.get_mut(index * segments + g), latency.get_mut(index)) else {
                continue;
            };
            run_turn(
                rule,
                turn,
                g,
                n,
                m,
                experiment.day.tiers.len(),
                index == 0,
                &history,
                &warm,
                draws,
                tile,
                memory,
                routed,
                out,
                latency,
            );
        }
    }
}
