//! The Monte Carlo engine: request by request, every policy on the same requests.
//!
//! Requests come in replicates, each a day with a day effect of its own; a replicate comes in blocks, which are sorted by segment
//! so that a tile of a block has one set of parameters. [`simulate`] is a function of its arguments alone, and
//! [`Moments`] are merged in the order of the replicates, so that results do not depend on who computed what.

mod histogram;
mod lanes;
mod moments;
mod routing;
mod talk;
mod tile;

use std::sync::atomic::{AtomicBool, Ordering};

pub use moments::{Metric, Moments, PolicyMoments, Ratio, Replicate};
use moments::{Sums, reduce};
use multiversion::multiversion;
use routing::{Resolved, Routed, resolve, run_rule};
use tile::{Tile, fill_tile};

use super::compiled::Compiled;
use super::day::DayWorld;
use super::draws::{self, Draws, Heads, LANES, Needs, TILE};
use super::learner::History;
use super::random::{Address, Purpose};
use super::rule::{Gate, Rule, Start};
use super::world::World;

/// Requests of a block.
pub const BLOCK: usize = 2048;
/// Most blocks of a replicate.
const MAX_BLOCKS: usize = 16;

/// Requests of each replicate for a run of `requests`: at least 200 replicates where there is enough for that.
pub fn replicate_size(requests: u64) -> u64 {
    let blocks = requests / (200 * BLOCK as u64);
    blocks.clamp(1, MAX_BLOCKS as u64) * BLOCK as u64
}

/// What is simulated: a day of the world, and policies on it.
#[derive(Debug)]
pub struct Experiment<'w> {
    /// The world.
    pub world: &'w World,
    /// The day in force.
    pub day: DayWorld,
    /// Whether `day` is one of production (learning policies then learn in production).
    pub production: bool,
    /// Policies at their knob settings; the first is what the others are compared with, request by request.
    pub policies: Vec<Compiled>,
    /// What the random numbers are for.
    pub purpose: Purpose,
    /// Requests in all.
    pub requests: u64,
    history: Option<History>,
    needs: Needs,
    segment_ends: Vec<u64>,
}

impl<'w> Experiment<'w> {
    /// Prepares a run.
    pub fn new(world: &'w World, production: bool, policies: Vec<Compiled>, purpose: Purpose, requests: u64) -> Self {
        let day = if production { world.production(world.last_day()) } else { world.launch.clone() };
        let learns = policies.iter().any(|p| matches!(p, Compiled::Bandit(_)));
        let rules = |test: &dyn Fn(&Rule) -> bool| policies.iter().filter_map(Compiled::stateless).any(test);
        let needs = Needs {
            tiers: world.tier_count(),
            score: policies.iter().any(|p| matches!(p, Compiled::Budget(_)))
                || rules(&|r| matches!(r.start, Start::Score { .. }) || matches!(r.gate, Gate::Human { .. })),
            judge: rules(&|r| matches!(r.gate, Gate::Judge { .. })),
        };
        let mut below = 0.0;
        let mut segment_ends: Vec<u64> = day
            .segments
            .iter()
            .map(|g| {
                below += g.share;
                (below * 4_294_967_296.0).round() as u64
            })
            .collect();
        // Rounding must not leave a gap at the end; a last segment without traffic keeps none.
        if let Some(last) = day.segments.iter().rposition(|g| g.share > 0.0) {
            for end in &mut segment_ends[last..] {
                *end = 1 << 32;
            }
        }
        let history = learns.then(|| History::new(world, production));
        Self { world, day, production, policies, purpose, requests, history, needs, segment_ends }
    }

    /// Number of replicates.
    pub fn replicates(&self) -> u32 {
        u32::try_from(self.requests.div_ceil(replicate_size(self.requests))).unwrap_or(u32::MAX)
    }

    /// Which random numbers the run draws for each request.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    fn metrics(&self) -> usize {
        Metric::count(self.day.tiers.len(), self.day.segments.len())
    }
}

/// Runs one replicate; `None` when `cancelled` was set meanwhile.
pub fn simulate(experiment: &Experiment<'_>, replicate: u32, cancelled: &AtomicBool) -> Option<Replicate> {
    let size = replicate_size(experiment.requests);
    let first = u64::from(replicate) * size;
    let requests = experiment.requests.saturating_sub(first).min(size);
    let day = &experiment.day;
    let segments = day.segments.len();
    let last_day = experiment.world.last_day();
    let address =
        Address { seed: experiment.world.scenario.seed, replicate, day: last_day, purpose: experiment.purpose };
    let day_effect = experiment.world.day_effect(replicate, last_day) as f32;

    let mut rules: Vec<Resolved> = Vec::with_capacity(experiment.policies.len());
    for policy in &experiment.policies {
        rules.push(match (policy, &experiment.history) {
            (Compiled::Stateless(rule), _) => resolve(rule, day),
            (Compiled::Budget(controller), _) => resolve(controller.rule(0.0, 0.0), day),
            (Compiled::Bandit(learner), Some(history)) => {
                let learnt = learner.learn(experiment.world, history, replicate, last_day);
                learnt.last().map(|rule| resolve(rule, day))?
            }
            (Compiled::Bandit(_), None) => return None,
        });
    }

    let mut sums = vec![Sums::default(); rules.len() * segments];
    let mut latency = vec![vec![0_u32; histogram::BINS]; rules.len()];
    let conversation = experiment.world.scenario.turns();
    let mut scratch = Scratch::new();
    let mut done = 0;
    if let Some(conversation) = conversation {
        let conversations = talk::count(conversation, requests);
        let (sums, latency) = (&mut sums, &mut latency);
        talk::run(experiment, conversation, &address, conversations, day_effect, &mut rules, sums, latency, cancelled)?;
        done = requests;
    }
    while done < requests {
        if cancelled.load(Ordering::Relaxed) {
            return None;
        }
        steer(experiment, &mut rules, &sums, done as f64, requests as f64);
        let n = (requests - done).min(BLOCK as u64) as usize;
        block(experiment, &address, done as u32, n, day_effect, &rules, &mut sums, &mut latency, &mut scratch);
        done += n as u64;
    }

    let policies = latency
        .into_iter()
        .enumerate()
        .map(|(index, latency)| {
            reduce(experiment, &sums[index * segments..(index + 1) * segments], &sums[..segments], latency)
        })
        .collect();
    Some(Replicate { policies, requests })
}

/// Turns the cut points of budgets to what is spent so far, after `done` of so many requests.
fn steer(experiment: &Experiment<'_>, rules: &mut [Resolved], sums: &[Sums], done: f64, requests: f64) {
    let day = &experiment.day;
    let segments = day.segments.len();
    let reask = experiment.world.scenario.economics.reask;
    for (index, policy) in experiment.policies.iter().enumerate() {
        if let Compiled::Budget(controller) = policy
            && done > 0.0
        {
            let of_policy = sums.get(index * segments..(index + 1) * segments).unwrap_or_default();
            let spent: f64 = of_policy.iter().map(|s| s.usd + reask * s.failed_usd).sum();
            if let Some(rule) = rules.get_mut(index) {
                *rule = resolve(controller.rule(done / requests, spent * (day.requests_smoothed / requests)), day);
            }
        }
    }
}

/// Work space of a replicate.
struct Scratch {
    words: Vec<u32>,
    segment: Vec<u8>,
    heads: Heads,
    sorted: Heads,
    draws: Box<Draws>,
    tile: Box<Tile>,
    routed: Box<Routed>,
}

impl Scratch {
    fn new() -> Self {
        Self {
            words: vec![0; BLOCK],
            segment: vec![0; BLOCK],
            heads: Heads::new(BLOCK),
            sorted: Heads::new(BLOCK),
            draws: Box::default(),
            tile: Box::default(),
            routed: Box::default(),
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx+avx2", "aarch64+neon"))]
#[expect(clippy::too_many_arguments, reason = "one hot function; a struct for one call would only rename them")]
fn block(
    experiment: &Experiment<'_>,
    address: &Address,
    first: u32,
    n: usize,
    day_effect: f32,
    rules: &[Resolved],
    sums: &mut [Sums],
    latency: &mut [Vec<u32>],
    scratch: &mut Scratch,
) {
    let segments = experiment.day.segments.len();
    let Scratch { words, segment, heads, sorted, draws, tile, routed } = scratch;
    draws::heads(address, first, &mut words[..n], heads);
    let ends = &experiment.segment_ends;
    // Few segments: count the ends at or below the word, without a branch. Many: a binary search.
    let segment = &mut segment[..n];
    if ends.len() <= 16 {
        segment.fill(0);
        for &end in ends {
            // An end at 2³² lies above every word.
            let Ok(end) = u32::try_from(end) else { continue };
            for (w, segment) in words[..n].iter().zip(segment.iter_mut()) {
                *segment += u8::from(*w >= end);
            }
        }
    } else {
        for (w, segment) in words[..n].iter().zip(segment.iter_mut()) {
            *segment = ends.partition_point(|end| u64::from(*w) >= *end) as u8;
        }
    }
    // A counting sort, so that each tile has one set of parameters.
    let mut starts = [0_u32; 257];
    for g in segment.iter() {
        starts[usize::from(*g) + 1] += 1;
    }
    for g in 0..256 {
        starts[g + 1] += starts[g];
    }
    let mut cursor = starts;
    for (i, g) in segment.iter().enumerate() {
        let slot = &mut cursor[usize::from(*g)];
        let to = *slot as usize;
        *slot += 1;
        sorted.request[to] = heads.request[i];
        sorted.hidden[to] = heads.hidden[i];
        sorted.mix[to] = heads.mix[i];
        sorted.luck[to] = heads.luck[i];
    }
    for g in 0..segments {
        let (mut from, to) = (starts[g] as usize, starts[g + 1] as usize);
        while from < to {
            let n = (to - from).min(TILE);
            // The bound holds anyway; saying it lets the compiler drop every check of an index below `m`.
            let m = (n.div_ceil(LANES) * LANES).min(TILE);
            let mut requests = [0_u32; TILE];
            requests[..n].copy_from_slice(&sorted.request[from..from + n]);
            draws::draw(address, &requests[..m], experiment.needs, draws);
            fill_tile(experiment, g, sorted, from, n, m, day_effect, draws, tile);
            for (index, rule) in rules.iter().enumerate() {
                let out = &mut sums[index * segments + g];
                run_rule(
                    rule,
                    g,
                    n,
                    m,
                    experiment.day.tiers.len(),
                    index == 0,
                    draws,
                    tile,
                    routed,
                    out,
                    &mut latency[index],
                );
            }
            from += n;
        }
    }
}

/// Draws the random numbers of one replicate and nothing else: what the engine's speed is measured against.
pub fn draw_only(experiment: &Experiment<'_>, replicate: u32) -> f32 {
    let size = replicate_size(experiment.requests) as u32;
    let address = Address {
        seed: experiment.world.scenario.seed,
        replicate,
        day: experiment.world.last_day(),
        purpose: experiment.purpose,
    };
    let mut scratch = Scratch::new();
    (0..size).step_by(BLOCK).map(|first| draw_block(&address, first, experiment.needs, &mut scratch)).sum()
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx+avx2", "aarch64+neon"))]
fn draw_block(address: &Address, first: u32, needs: Needs, scratch: &mut Scratch) -> f32 {
    draws::heads(address, first, &mut scratch.words, &mut scratch.heads);
    let mut keep = 0.0;
    for requests in scratch.heads.request.chunks(TILE) {
        draws::draw(address, requests, needs, &mut scratch.draws);
        let d = &scratch.draws;
        keep += d.surface[0] + d.output[1] + d.luck[0][2] + d.confidence[1][3] + d.score[4];
    }
    keep
}
