//! The Monte Carlo engine: request by request, every policy on the same requests.
//!
//! Requests come in replicates, each a day with a day effect of its own; a replicate comes in blocks, which are sorted by segment
//! so that a tile of a block has one set of parameters. [`simulate`] is a function of its arguments alone, and
//! [`Moments`] are merged in the order of the replicates, so that results do not depend on who computed what.

use std::sync::atomic::{AtomicBool, Ordering};

use multiversion::multiversion;

use super::compiled::Compiled;
use super::day::DayWorld;
use super::draws::{self, Column, Draws, Heads, LANES, Needs, TILE};
use super::exact::FINALS;
use super::learner::History;
use super::random::{Address, Purpose};
use super::rule::{Gate, Rule, Start};
use super::world::World;
use crate::model::MAX_TIERS;

/// Requests of a block.
pub const BLOCK: usize = 2048;
/// Most blocks of a replicate.
const MAX_BLOCKS: usize = 16;
/// Bins of the latency histogram: 64 an octave from 2⁻⁴ ms.
const LATENCY_BINS: usize = 2048;
const LATENCY_SHIFT: u32 = 17;
const LATENCY_BASE: u32 = (127 - 4) << (23 - LATENCY_SHIFT);

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

/// The quantities that are estimated, each a ratio of two sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Mean success.
    Quality,
    /// Mean success beyond the hard edge.
    HardEdgeQuality,
    /// Inference cost a request, USD.
    InferenceUsd,
    /// Downstream cost a request, USD.
    DownstreamUsd,
    /// Both, USD.
    TotalUsd,
    /// Latency, ms.
    LatencyMs,
    /// Calls a request.
    Calls,
    /// Share of requests answered no worse than by the first policy.
    NoWorse,
    /// Mean success of the first policy on the same requests, less that of this one.
    QualityGap,
    /// Share of final answers by a tier (index `tiers`: a person).
    Traffic(usize),
    /// Mean success of a tier's final answers.
    TierQuality(usize),
    /// Calls to a tier a request.
    TierCalls(usize),
    /// Mean success in a segment.
    SegmentQuality(usize),
}

impl Metric {
    const FIXED: usize = 9;

    fn count(tiers: usize, segments: usize) -> usize {
        Self::FIXED + 2 * (tiers + 1) + tiers + segments
    }

    fn index(self, tiers: usize) -> usize {
        match self {
            Self::Quality => 0,
            Self::HardEdgeQuality => 1,
            Self::InferenceUsd => 2,
            Self::DownstreamUsd => 3,
            Self::TotalUsd => 4,
            Self::LatencyMs => 5,
            Self::Calls => 6,
            Self::NoWorse => 7,
            Self::QualityGap => 8,
            Self::Traffic(k) => Self::FIXED + k,
            Self::TierQuality(k) => Self::FIXED + tiers + 1 + k,
            Self::TierCalls(k) => Self::FIXED + 2 * (tiers + 1) + k,
            Self::SegmentQuality(g) => Self::FIXED + 2 * (tiers + 1) + tiers + g,
        }
    }
}

/// Sums over replicates of a numerator `x` and a denominator `y`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ratio {
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Ratio {
    fn add(&mut self, x: f64, y: f64) {
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// The ratio; `None` where nothing was counted.
    pub fn estimate(&self) -> Option<f64> {
        (self.y > 0.0).then(|| self.x / self.y)
    }

    /// What was counted: the denominator.
    pub fn counted(&self) -> f64 {
        self.y
    }

    /// Standard error of the ratio over `replicates` independent replicates (Cochran, *Sampling Techniques*, 1977, §6.4):
    /// day effects make requests of one replicate alike, so replicates are the unit. `None` below two replicates.
    pub fn standard_error(&self, replicates: u32) -> Option<f64> {
        let ratio = self.estimate()?;
        if replicates < 2 {
            return None;
        }
        let n = f64::from(replicates);
        let squares = (self.xx - 2.0 * ratio * self.xy + ratio * ratio * self.yy).max(0.0);
        Some((squares * n / (n - 1.0)).sqrt() / self.y)
    }
}

/// Sums over replicates for one policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyMoments {
    ratios: Vec<Ratio>,
    latency: Vec<u64>,
    tiers: usize,
}

impl PolicyMoments {
    /// Sums of a metric.
    pub fn ratio(&self, metric: Metric) -> Ratio {
        self.ratios.get(metric.index(self.tiers)).copied().unwrap_or_default()
    }

    /// 95th percentile of latency, ms, within half a per cent; `None` where nothing was counted.
    pub fn latency_p95_ms(&self) -> Option<f64> {
        let total: u64 = self.latency.iter().sum();
        let target = 0.95 * total as f64;
        let mut below = 0.0;
        for (bin, count) in self.latency.iter().enumerate() {
            let next = below + *count as f64;
            if *count > 0 && next >= target {
                let edge = |bin: usize| f64::from(f32::from_bits((bin as u32 + LATENCY_BASE) << LATENCY_SHIFT));
                let within = (target - below) / *count as f64;
                return Some(edge(bin) + within * (edge(bin + 1) - edge(bin)));
            }
            below = next;
        }
        None
    }
}

/// Sums over replicates for every policy of an experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// One entry a policy, in the order of the experiment.
    pub policies: Vec<PolicyMoments>,
    /// Replicates merged.
    pub replicates: u32,
    /// Requests simulated.
    pub requests: u64,
}

impl Moments {
    /// Adds a replicate. The order of calls matters to the last bit, so callers keep to that of the replicates.
    pub fn merge(&mut self, replicate: &Replicate) {
        self.policies.resize_with(replicate.policies.len(), PolicyMoments::default);
        for (to, from) in self.policies.iter_mut().zip(&replicate.policies) {
            to.tiers = from.tiers;
            to.ratios.resize_with(from.sums.len(), Ratio::default);
            for (ratio, (x, y)) in to.ratios.iter_mut().zip(&from.sums) {
                ratio.add(*x, *y);
            }
            to.latency.resize(LATENCY_BINS, 0);
            for (to, from) in to.latency.iter_mut().zip(&from.latency) {
                *to += u64::from(*from);
            }
        }
        self.replicates += 1;
        self.requests += replicate.requests;
    }
}

/// What one replicate gave.
#[derive(Clone, Debug, Default)]
pub struct Replicate {
    policies: Vec<ReplicateSums>,
    requests: u64,
}

#[derive(Clone, Debug, Default)]
struct ReplicateSums {
    /// Numerator and denominator of each metric.
    sums: Vec<(f64, f64)>,
    latency: Vec<u32>,
    tiers: usize,
}

/// Sums of one policy in one segment of a replicate.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    requests: f64,
    success: f64,
    edge: f64,
    edge_success: f64,
    usd: f64,
    failed_usd: f64,
    ms: f64,
    worse: f64,
    answered: [f64; FINALS],
    tier_success: [f64; FINALS],
    calls: [f64; FINALS],
}

/// The rule of every policy at some moment, resolved for the day.
struct Resolved {
    chain: Vec<usize>,
    /// Cut points per segment (one row if they are the same for all); on the score or on the mix uniform.
    cuts: Vec<Vec<f32>>,
    by_score: bool,
    noise: f32,
    gate: ResolvedGate,
    overhead_usd: f32,
    overhead_ms: f32,
}

enum ResolvedGate {
    None,
    Oracle,
    Confidence(Vec<f32>),
    Judge { judged: f32, bad_if_failed: f32, bad_if_ok: f32, usd: f32, ms: f32 },
    Human { threshold: f32, success: f32, usd: f32, ms: f32 },
}

fn resolve(rule: &Rule, day: &DayWorld) -> Resolved {
    let mut cuts = vec![Vec::new()];
    let (mut by_score, mut noise) = (false, 0.0);
    match &rule.start {
        Start::First => {}
        Start::Shares(rows) => {
            let cumulative = |row: &Vec<f64>| {
                let mut below = 0.0;
                let inner = row.iter().take(row.len().saturating_sub(1));
                inner
                    .map(|share| {
                        below += share;
                        if below > 1.0 - 1e-9 { f32::INFINITY } else { below as f32 }
                    })
                    .collect()
            };
            cuts = rows.iter().map(cumulative).collect();
        }
        Start::Score { noise: built_with, cuts: at } => {
            by_score = true;
            noise = day.router_noise(*built_with) as f32;
            cuts = vec![at.iter().map(|c| *c as f32).collect()];
        }
    }
    let gate = match &rule.gate {
        Gate::None => ResolvedGate::None,
        Gate::Oracle => ResolvedGate::Oracle,
        Gate::Confidence { thresholds } => ResolvedGate::Confidence(thresholds.iter().map(|t| *t as f32).collect()),
        Gate::Judge { judge, judged } => ResolvedGate::Judge {
            judged: *judged as f32,
            bad_if_failed: (judged * day.judge_sensitivity(judge.sensitivity)) as f32,
            bad_if_ok: (judged * (1.0 - day.judge_specificity(judge.specificity))) as f32,
            usd: judge.usd_each as f32,
            ms: judge.latency_ms as f32,
        },
        Gate::Human { threshold, human } => ResolvedGate::Human {
            threshold: *threshold as f32,
            success: human.success as f32,
            usd: human.usd_each as f32,
            ms: human.latency_ms as f32,
        },
    };
    Resolved {
        chain: rule.chain.clone(),
        cuts,
        by_score,
        noise,
        gate,
        overhead_usd: rule.overhead_usd as f32,
        overhead_ms: rule.overhead_ms as f32,
    }
}

/// The requests of a tile, with what every tier would make of them.
struct Tile {
    /// 1 for a request, 0 for padding.
    one: Column,
    surface: Column,
    mix: Column,
    /// 1 beyond the hard edge.
    edge: Column,
    edge_count: f64,
    ok: [Column; MAX_TIERS],
    confidence: [Column; MAX_TIERS],
    usd: [Column; MAX_TIERS],
    ms: [Column; MAX_TIERS],
    /// Whether the first policy failed: 0 or 1.
    first_ok: Column,
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
    let mut latency = vec![vec![0_u32; LATENCY_BINS]; rules.len()];
    let mut scratch = Scratch::new();
    let mut done = 0;
    while done < requests {
        if cancelled.load(Ordering::Relaxed) {
            return None;
        }
        for (index, policy) in experiment.policies.iter().enumerate() {
            if let Compiled::Budget(controller) = policy
                && done > 0
            {
                let elapsed = done as f64 / requests as f64;
                let reask = experiment.world.scenario.economics.reask;
                let spent: f64 =
                    sums[index * segments..(index + 1) * segments].iter().map(|s| s.usd + reask * s.failed_usd).sum();
                let scale = day.requests_smoothed / requests as f64;
                if let Some(rule) = rules.get_mut(index) {
                    *rule = resolve(controller.rule(elapsed, spent * scale), day);
                }
            }
        }
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

/// Turns a policy's sums by segment into numerators and denominators of the metrics; `first` are those of the first policy.
fn reduce(experiment: &Experiment<'_>, segments: &[Sums], first: &[Sums], latency: Vec<u32>) -> ReplicateSums {
    let economics = &experiment.world.scenario.economics;
    let tiers = experiment.day.tiers.len();
    let mut out = vec![(0.0, 0.0); experiment.metrics()];
    let mut add = |metric: Metric, x: f64, y: f64| {
        if let Some(slot) = out.get_mut(metric.index(tiers)) {
            slot.0 += x;
            slot.1 += y;
        }
    };
    for (g, ((s, first), segment)) in segments.iter().zip(first).zip(&experiment.day.segments).enumerate() {
        let n = s.requests;
        let failed = n - s.success;
        let inference = s.usd + economics.reask * s.failed_usd;
        let consequences = [economics.ticket, economics.churn, economics.incident];
        let downstream: f64 =
            consequences.iter().map(|c| segment.stakes * c.usd * (c.failed * failed + c.ok * s.success)).sum();
        add(Metric::Quality, s.success, n);
        add(Metric::HardEdgeQuality, s.edge_success, s.edge);
        add(Metric::InferenceUsd, inference, n);
        add(Metric::DownstreamUsd, downstream, n);
        add(Metric::TotalUsd, inference + downstream, n);
        add(Metric::LatencyMs, s.ms, n);
        add(Metric::Calls, s.calls.iter().sum(), n);
        add(Metric::NoWorse, n - s.worse, n);
        add(Metric::QualityGap, first.success - s.success, n);
        for k in 0..=tiers {
            add(Metric::Traffic(k), s.answered[k], n);
            add(Metric::TierQuality(k), s.tier_success[k], s.answered[k]);
        }
        for k in 0..tiers {
            add(Metric::TierCalls(k), s.calls[k], n);
        }
        add(Metric::SegmentQuality(g), s.success, n);
    }
    ReplicateSums { sums: out, latency, tiers }
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

/// Works out difficulty, success, self-confidence, cost and latency of every tier on a tile.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined into its one caller")]
fn fill_tile(
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

/// A few requests side by side: as many as the order of every sum fixes.
type Lanes = [f32; LANES];

/// The first `m` entries of a column, a few at a time; `m` is a multiple of [`LANES`].
#[inline(always)]
fn lanes(column: &Column, m: usize) -> &[Lanes] {
    column[..m].as_chunks().0
}

#[inline(always)]
fn lanes_mut(column: &mut Column, m: usize) -> &mut [Lanes] {
    column[..m].as_chunks_mut().0
}

/// What became of a tile's requests under one rule, and work space.
struct Routed {
    ok: Column,
    usd: Column,
    ms: Column,
    /// What decides where a request starts.
    start: Column,
    /// 1 for a request that goes on to the next tier.
    carried: Column,
}

impl Default for Routed {
    fn default() -> Self {
        let zero = [0.0; TILE];
        Self { ok: zero, usd: zero, ms: zero, start: zero, carried: zero }
    }
}

/// Runs one rule over a tile and adds to its sums.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined into its one caller")]
fn run_rule(
    rule: &Resolved,
    g: usize,
    n: usize,
    m: usize,
    tiers: usize,
    is_first: bool,
    draws: &Draws,
    tile: &mut Tile,
    routed: &mut Routed,
    out: &mut Sums,
    latency: &mut [u32],
) {
    let cuts = rule.cuts.get(g).or(rule.cuts.first()).map_or(&[][..], Vec::as_slice);
    let Some(&cheapest) = rule.chain.first() else { return };
    out.requests += n as f64;
    out.edge += tile.edge_count;
    let plain = rule.overhead_usd == 0.0 && rule.overhead_ms == 0.0;
    if matches!(rule.gate, ResolvedGate::None) && cuts.is_empty() && plain {
        // One tier answers everything: its columns are the outcome.
        out.answered[cheapest] += n as f64;
        out.calls[cheapest] += n as f64;
        out.tier_success[cheapest] += f64::from(sum(m, &tile.ok[cheapest]));
        if is_first {
            tile.first_ok = tile.ok[cheapest];
        }
        add_outcomes(m, &tile.ok[cheapest], &tile.usd[cheapest], &tile.ms[cheapest], tile, out);
        count_latency(&tile.ms[cheapest][..n.div_ceil(8)], latency);
        return;
    }
    routed.ok = [0.0; TILE];
    for ((usd, ms), one) in routed.usd.iter_mut().zip(&mut routed.ms).zip(&tile.one) {
        *usd = rule.overhead_usd * one;
        *ms = rule.overhead_ms * one;
    }
    if let ResolvedGate::Oracle = rule.gate {
        foresee(&rule.chain, m, tile, routed, out);
    } else {
        follow_chain(rule, cuts, m, tiers, draws, tile, routed, out);
    }
    if is_first {
        tile.first_ok = routed.ok;
    }
    add_outcomes(m, &routed.ok, &routed.usd, &routed.ms, tile, out);
    count_latency(&routed.ms[..n.div_ceil(8)], latency);
}

/// Sends the requests of a tile down the chain of a rule.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined into its one caller")]
fn follow_chain(
    rule: &Resolved,
    cuts: &[f32],
    m: usize,
    tiers: usize,
    draws: &Draws,
    tile: &Tile,
    routed: &mut Routed,
    out: &mut Sums,
) {
    if cuts.is_empty() {
        routed.start = [0.0; TILE];
    } else {
        start_column(rule, m, draws, tile, &mut routed.start);
    }
    routed.carried = [0.0; TILE];
    let last = rule.chain.len() - 1;
    for (stage, &k) in rule.chain.iter().enumerate() {
        // Between the cut below this stage and the one above it a request starts here.
        let from = if stage == 0 { f32::NEG_INFINITY } else { cuts.get(stage - 1).copied().unwrap_or(f32::INFINITY) };
        let starts = from..cuts.get(stage).copied().unwrap_or(f32::INFINITY);
        let answer = Answer { by: k, is_call: true, ok: &tile.ok[k], usd: &tile.usd[k], ms: &tile.ms[k] };
        match &rule.gate {
            ResolvedGate::Confidence(thresholds) if stage < last => {
                let threshold = thresholds.get(stage).copied().unwrap_or(f32::NEG_INFINITY);
                let gate = |confidence: f32, _: f32| (confidence < threshold, 0.0, 0.0);
                visit(m, &answer, starts, &tile.confidence[k], gate, &tile.one, routed, out);
            }
            ResolvedGate::Judge { judged, bad_if_failed, bad_if_ok, usd, ms } if stage < last => {
                let gate = |verdict: f32, ok: f32| {
                    let bad = if ok > 0.5 { *bad_if_ok } else { *bad_if_failed };
                    let read = if verdict < *judged { 1.0 } else { 0.0 };
                    (verdict < bad, read * usd, read * ms)
                };
                visit(m, &answer, starts, &draws.judge[k], gate, &tile.one, routed, out);
            }
            ResolvedGate::Human { threshold, success, usd, ms } => {
                let gate = |confidence: f32, _: f32| (confidence < *threshold, 0.0, 0.0);
                visit(m, &answer, starts, &tile.confidence[k], gate, &tile.one, routed, out);
                let mut person = [0.0; TILE];
                for (ok, human) in person.iter_mut().zip(&draws.human) {
                    *ok = if human < success { 1.0 } else { 0.0 };
                }
                let answer = Answer { by: tiers, is_call: false, ok: &person, usd: &[*usd; TILE], ms: &[*ms; TILE] };
                let nobody = f32::INFINITY..f32::INFINITY;
                visit(m, &answer, nobody, &tile.one, |_, _| (false, 0.0, 0.0), &tile.one, routed, out);
            }
            _ => visit(m, &answer, starts, &tile.one, |_, _| (false, 0.0, 0.0), &tile.one, routed, out),
        }
    }
}

/// What one tier, or a person, makes of each request.
struct Answer<'t> {
    by: usize,
    /// A person is not called.
    is_call: bool,
    ok: &'t Column,
    usd: &'t Column,
    ms: &'t Column,
}

/// One stage of a chain: who starts or arrives here pays for an answer and keeps it, unless `gate` — given `signal` and the
/// outcome — says to go on; the gate itself may cost money and time.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined; separate columns tell the compiler that they do not overlap")]
fn visit(
    m: usize,
    answer: &Answer<'_>,
    starts: std::ops::Range<f32>,
    signal: &Column,
    gate: impl Fn(f32, f32) -> (bool, f32, f32),
    one: &Column,
    routed: &mut Routed,
    out: &mut Sums,
) {
    let count = m / LANES;
    let Routed { ok, usd, ms, start, carried } = routed;
    let (ok, usd, ms) =
        (&mut lanes_mut(ok, m)[..count], &mut lanes_mut(usd, m)[..count], &mut lanes_mut(ms, m)[..count]);
    let (start, carried) = (&lanes(start, m)[..count], &mut lanes_mut(carried, m)[..count]);
    let (signal, one) = (&lanes(signal, m)[..count], &lanes(one, m)[..count]);
    let (its_ok, its_usd) = (&lanes(answer.ok, m)[..count], &lanes(answer.usd, m)[..count]);
    let its_ms = &lanes(answer.ms, m)[..count];
    let (mut calls, mut kept, mut good) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for c in 0..count {
        for l in 0..LANES {
            let begins = (start[c][l] >= starts.start) & (start[c][l] < starts.end);
            // Who starts here has not been carried here.
            let here = if begins { 1.0 } else { 0.0 } * one[c][l] + carried[c][l];
            let (goes_on, gate_usd, gate_ms) = gate(signal[c][l], its_ok[c][l]);
            let on = if goes_on { 1.0 } else { 0.0 } * here;
            let keeps = here - on;
            carried[c][l] = on;
            ok[c][l] += keeps * its_ok[c][l];
            usd[c][l] += here * (its_usd[c][l] + gate_usd);
            ms[c][l] += here * (its_ms[c][l] + gate_ms);
            calls[l] += here;
            kept[l] += keeps;
            good[l] += keeps * its_ok[c][l];
        }
    }
    if answer.is_call {
        out.calls[answer.by] += f64::from(fold(&calls));
    }
    out.answered[answer.by] += f64::from(fold(&kept));
    out.tier_success[answer.by] += f64::from(fold(&good));
}

/// The oracle: every request is answered, and paid, by the first tier of the chain that succeeds, or by the first of all.
#[inline(always)]
fn foresee(chain: &[usize], m: usize, tile: &Tile, routed: &mut Routed, out: &mut Sums) {
    let count = m / LANES;
    let Routed { ok, usd, ms, carried, .. } = routed;
    *carried = tile.one;
    let (ok, usd, ms) =
        (&mut lanes_mut(ok, m)[..count], &mut lanes_mut(usd, m)[..count], &mut lanes_mut(ms, m)[..count]);
    let left = &mut lanes_mut(carried, m)[..count];
    for (k, hopeless) in chain.iter().map(|k| (*k, false)).chain(chain.first().map(|k| (*k, true))) {
        let (its_ok, its_usd) = (&lanes(&tile.ok[k], m)[..count], &lanes(&tile.usd[k], m)[..count]);
        let its_ms = &lanes(&tile.ms[k], m)[..count];
        let (mut kept, mut good) = ([0.0; LANES], [0.0; LANES]);
        for c in 0..count {
            for l in 0..LANES {
                let keeps = if hopeless { left[c][l] } else { left[c][l] * its_ok[c][l] };
                left[c][l] -= keeps;
                ok[c][l] += keeps * its_ok[c][l];
                usd[c][l] += keeps * its_usd[c][l];
                ms[c][l] += keeps * its_ms[c][l];
                kept[l] += keeps;
                good[l] += keeps * its_ok[c][l];
            }
        }
        out.calls[k] += f64::from(fold(&kept));
        out.answered[k] += f64::from(fold(&kept));
        out.tier_success[k] += f64::from(fold(&good));
    }
}

/// Adds what became of a tile's requests to the sums, in one pass.
#[inline(always)]
fn add_outcomes(m: usize, ok: &Column, usd: &Column, ms: &Column, tile: &Tile, out: &mut Sums) {
    let count = m / LANES;
    let (ok, usd, ms) = (&lanes(ok, m)[..count], &lanes(usd, m)[..count], &lanes(ms, m)[..count]);
    let (edge, first_ok) = (&lanes(&tile.edge, m)[..count], &lanes(&tile.first_ok, m)[..count]);
    let [mut good, mut paid, mut failed_paid, mut time, mut edge_good, mut worse] = [[0.0; LANES]; 6];
    for c in 0..count {
        for l in 0..LANES {
            let is_ok = ok[c][l];
            let usd = usd[c][l];
            good[l] += is_ok;
            paid[l] += usd;
            failed_paid[l] += usd - usd * is_ok;
            time[l] += ms[c][l];
            edge_good[l] += edge[c][l] * is_ok;
            worse[l] += first_ok[c][l] - first_ok[c][l] * is_ok;
        }
    }
    out.success += f64::from(fold(&good));
    out.usd += f64::from(fold(&paid));
    out.failed_usd += f64::from(fold(&failed_paid));
    out.ms += f64::from(fold(&time));
    out.edge_success += f64::from(fold(&edge_good));
    out.worse += f64::from(fold(&worse));
}

/// Adds to the histogram; an eighth of the requests is plenty for a percentile.
#[inline(always)]
fn count_latency(ms: &[f32], latency: &mut [u32]) {
    for ms in ms {
        let bin = (ms.to_bits() >> LATENCY_SHIFT).saturating_sub(LATENCY_BASE).min(LATENCY_BINS as u32 - 1);
        latency[bin as usize] += 1;
    }
}

/// What decides where a request starts: the router's score, or the random mix.
#[inline(always)]
fn start_column(rule: &Resolved, m: usize, draws: &Draws, tile: &Tile, start: &mut Column) {
    if rule.by_score {
        for (start, (surface, score)) in start[..m].iter_mut().zip(tile.surface[..m].iter().zip(&draws.score[..m])) {
            *start = surface + rule.noise * score;
        }
    } else {
        *start = tile.mix;
    }
}

/// Sum of the first `m` entries, lane by lane, so that the order is fixed whatever the vector width.
#[inline(always)]
fn sum(m: usize, column: &Column) -> f32 {
    let mut sums = [0.0; LANES];
    for chunk in lanes(column, m) {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    fold(&sums)
}

#[inline(always)]
fn fold(lanes: &[f32; LANES]) -> f32 {
    let mut eight = [0.0_f32; 8];
    for chunk in lanes.chunks_exact(8) {
        for (sum, x) in eight.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    eight.iter().sum()
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
