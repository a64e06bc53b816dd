//! The exact engine: expectations of every stateless policy by quadrature, without noise.
//!
//! Given its difficulty, a request's success pattern over the tiers has a closed form, and the router score is normal; so
//! surface, router noise and day effect are integrated analytically, and one panel quadrature over difficulty is left per
//! segment and kind of request (plain, hidden-hard). Where the score plays no part, the pattern probabilities are
//! integrated once and serve every policy and every knob setting.

use std::sync::Arc;

use super::normal::{self, Component};
use super::quadrature::{self, Node};
use super::replayed;
use super::rows::Rows;
use super::rule::{Gate, Rule, Start};
use super::world::{DayWorld, MAX_TIERS, SegmentState, World};

/// Slots for who answered last: every tier, and a person.
pub const FINALS: usize = MAX_TIERS + 1;

/// The day effect an expectation is taken at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DayEffect {
    /// Averaged over its distribution.
    Averaged,
    /// Known, logits.
    Fixed(f64),
}

/// What becomes of a request, in expectation. Index `tiers` of `answered` and `success` is a person.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow {
    /// Calls to each tier.
    pub calls: [f64; FINALS],
    /// Calls to each tier on requests that fail in the end.
    pub calls_failed: [f64; FINALS],
    /// Probability that each tier gives the final answer.
    pub answered: [f64; FINALS],
    /// Probability that each tier gives the final answer and it is good.
    pub success: [f64; FINALS],
    /// Price of the calls, USD.
    pub calls_usd: f64,
    /// Price of the calls on requests that fail in the end, USD.
    pub calls_failed_usd: f64,
    /// Price of routers, judges and people, USD.
    pub overhead_usd: f64,
    /// The same on requests that fail in the end, USD.
    pub overhead_failed_usd: f64,
    /// Time of routers, judges and people, ms.
    pub overhead_ms: f64,
}

impl Flow {
    fn add(&mut self, other: &Self, weight: f64, tiers: usize) {
        for k in 0..=tiers.min(MAX_TIERS) {
            self.calls[k] += weight * other.calls[k];
            self.calls_failed[k] += weight * other.calls_failed[k];
            self.answered[k] += weight * other.answered[k];
            self.success[k] += weight * other.success[k];
        }
        self.calls_usd += weight * other.calls_usd;
        self.calls_failed_usd += weight * other.calls_failed_usd;
        self.overhead_usd += weight * other.overhead_usd;
        self.overhead_failed_usd += weight * other.overhead_failed_usd;
        self.overhead_ms += weight * other.overhead_ms;
    }

    /// Prices the calls at `usd` each, by tier.
    fn price(&mut self, usd: &[f64]) {
        let sum = |calls: &[f64]| calls.iter().zip(usd).map(|(calls, usd)| calls * usd).sum();
        self.calls_usd = sum(&self.calls);
        self.calls_failed_usd = sum(&self.calls_failed);
    }

    /// Probability that the final answer is good.
    pub fn quality(&self) -> f64 {
        self.success.iter().sum()
    }
}

/// Expectations for one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SegmentFlow {
    /// All requests of the segment.
    pub flow: Flow,
    /// Share of the segment's requests beyond the hard edge.
    pub edge_mass: f64,
    /// Probability of being beyond the hard edge and answered well.
    pub edge_success: f64,
    /// Probability that the answer is no worse than the baseline's on the same request; `None` unless the baseline is
    /// a single tier.
    pub no_worse: Option<f64>,
}

impl SegmentFlow {
    /// Adds `weight` times another expectation, for averages over settings.
    pub fn average_in(&mut self, other: &Self, weight: f64, tiers: usize) {
        self.flow.add(&other.flow, weight, tiers);
        self.edge_mass += weight * other.edge_mass;
        self.edge_success += weight * other.edge_success;
        if let Some(no_worse) = other.no_worse {
            self.no_worse = Some(self.no_worse.unwrap_or(0.0) + weight * no_worse);
        }
    }
}

/// Expected inference cost of a request, USD, re-asked requests included.
pub fn inference_usd(day: &DayWorld, flows: &[SegmentFlow], reask: f64) -> f64 {
    day.segments
        .iter()
        .zip(flows)
        .map(|(g, s)| {
            let f = &s.flow;
            g.share * (f.calls_usd + f.overhead_usd + reask * (f.calls_failed_usd + f.overhead_failed_usd))
        })
        .sum()
}

/// The integrals of one day that every policy shares.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The day they belong to.
    pub day: DayWorld,
    day_sd: f64,
    hard_edge: f64,
    shared_luck: f64,
    baseline_tier: Option<usize>,
    panel_width: f64,
    segments: Vec<SegmentTables>,
    /// The table that is replayed, where the world is not generated.
    pub(super) rows: Option<Arc<Rows>>,
    /// Whether a replayed table is resampled for a day effect.
    pub(super) is_tilted: bool,
}

/// `[plain, hidden-hard][below, beyond the hard edge][pattern]`, each kind of request summing to one.
pub(super) type KindPatterns = [[Vec<f64>; 2]; 2];

#[derive(Clone, Debug)]
pub(super) struct SegmentTables {
    pub(super) patterns: KindPatterns,
    /// Quadrature nodes of the plain requests' difficulty.
    plain: Vec<Node>,
    /// Success probabilities at those nodes, `nodes × tiers`.
    plain_success: Vec<f64>,
    /// Pattern probabilities at those nodes, `nodes × patterns`; empty for many tiers, where it would be large.
    plain_patterns: Vec<f64>,
}

impl SegmentTables {
    /// Of rows, which need no quadrature.
    pub(super) fn of_patterns(patterns: KindPatterns) -> Self {
        Self { patterns, plain: Vec::new(), plain_success: Vec::new(), plain_patterns: Vec::new() }
    }
}

/// Most patterns kept for each node.
const KEPT_PATTERNS: usize = 16;

impl Tables {
    /// Integrals of `day`.
    pub fn new(world: &World, day: DayWorld, effect: DayEffect) -> Self {
        let (day_sd, shift) = match effect {
            DayEffect::Averaged => (world.day_sd(), 0.0),
            DayEffect::Fixed(delta) => (0.0, delta),
        };
        let mut day = day;
        if world.rows.is_none() {
            for g in &mut day.segments {
                g.unseen_shift += shift;
                g.hidden_mean += shift;
            }
        }
        let steepest = day.tiers.iter().map(|t| t.discrimination).fold(0.1, f64::max);
        let scenario = &world.scenario;
        let baseline_tier = scenario.policy_index(&scenario.baseline).and_then(|i| match &scenario.policies[i].kind {
            crate::model::PolicyKind::Single { tier } => scenario.tier_index(tier),
            _ => None,
        });
        let mut tables = Self {
            day,
            day_sd,
            hard_edge: world.hard_edge,
            shared_luck: scenario.shared_luck,
            baseline_tier,
            panel_width: 4.0 / steepest,
            segments: Vec::new(),
            rows: world.rows.clone(),
            is_tilted: shift != 0.0,
        };
        tables.segments = match &world.rows {
            Some(rows) => replayed::resample(rows, &mut tables.day, shift),
            None => tables.day.segments.iter().map(|g| tables.integrate(g)).collect(),
        };
        tables
    }

    /// The baseline's tier, where the baseline is a single one.
    pub fn baseline_tier(&self) -> Option<usize> {
        self.baseline_tier
    }

    pub(super) fn shared_luck(&self) -> f64 {
        self.shared_luck
    }

    /// Widest quadrature panel that resolves the logistics, logits.
    pub(super) fn panel_width(&self) -> f64 {
        self.panel_width
    }

    pub(super) fn tiers(&self) -> usize {
        self.day.tiers.len()
    }

    pub(super) fn patterns_of(&self, segment: usize) -> Option<&KindPatterns> {
        self.segments.get(segment).map(|tables| &tables.patterns)
    }

    fn patterns(&self) -> usize {
        1 << self.tiers()
    }

    fn plain_sd(&self, g: &SegmentState) -> f64 {
        g.surface_sd.hypot(self.day_sd)
    }

    pub(super) fn success_at(&self, g: &SegmentState, difficulty: f64, out: &mut [f64]) {
        for ((p, tier), theta) in out.iter_mut().zip(&self.day.tiers).zip(&g.ability) {
            *p = tier.success(*theta, difficulty);
        }
    }

    fn integrate(&self, g: &SegmentState) -> SegmentTables {
        let tiers = self.tiers();
        let mut result = SegmentTables {
            patterns: std::array::from_fn(|_| std::array::from_fn(|_| vec![0.0; self.patterns()])),
            plain: Vec::new(),
            plain_success: Vec::new(),
            plain_patterns: Vec::new(),
        };
        let kinds =
            [(g.surface_mean + g.unseen_shift, self.plain_sd(g)), (g.hidden_mean, g.hidden_sd.hypot(self.day_sd))];
        let mut pattern = vec![0.0; self.patterns()];
        let mut p = [0.0; MAX_TIERS];
        for (hidden, (mean, sd)) in kinds.into_iter().enumerate() {
            let width = self.panel_width.min(quadrature::WIDEST_SD * sd);
            let nodes = quadrature::normal_nodes(mean, sd, width, &[self.hard_edge]);
            for node in &nodes {
                self.success_at(g, node.x, &mut p[..tiers]);
                pattern_probabilities(&p[..tiers], self.shared_luck, &mut pattern);
                let edge = usize::from(node.x > self.hard_edge);
                for (sum, probability) in result.patterns[hidden][edge].iter_mut().zip(&pattern) {
                    *sum += node.weight * probability;
                }
                if hidden == 0 {
                    result.plain_success.extend_from_slice(&p[..tiers]);
                    if pattern.len() <= KEPT_PATTERNS {
                        result.plain_patterns.extend_from_slice(&pattern);
                    }
                }
            }
            if hidden == 0 {
                result.plain = nodes;
            }
        }
        result
    }

    /// The router score with `noise` (logits) below which a share of the day's requests lies. Of a table's own scores: the position in
    /// their order, in the table as it is.
    pub fn score_quantile(&self, noise: f64, below: f64) -> f64 {
        if let Some(rows) = &self.rows {
            return rows.cut(noise, below);
        }
        let of = |g: &SegmentState| Component { weight: g.share, mean: g.surface_mean, sd: g.surface_sd.hypot(noise) };
        let scores: Vec<Component> = self.day.segments.iter().map(of).collect();
        normal::mixture_quantile(&scores, below)
    }

    /// Expectation of every segment under `rule`.
    pub fn evaluate(&self, rule: &Rule) -> Vec<SegmentFlow> {
        if let Some(rows) = &self.rows {
            return self.evaluate_rows(rows, rule);
        }
        let mut flows = self.evaluate_generated(rule);
        for (g, s) in self.day.segments.iter().zip(&mut flows) {
            s.flow.price(&g.call_usd);
        }
        flows
    }

    fn evaluate_generated(&self, rule: &Rule) -> Vec<SegmentFlow> {
        let outcomes = Outcomes::new(self, rule);
        let segments = self.day.segments.iter().zip(&self.segments).enumerate();
        segments
            .map(|(index, (g, tables))| match (&rule.start, &rule.gate) {
                (Start::Score { noise, cuts }, Gate::None) => {
                    self.classified(g, tables, rule, self.day.router_noise(*noise), cuts)
                }
                (Start::First, _) => self.contract(g, std::slice::from_ref(&tables.patterns), &outcomes, |_, _, _| 0.0),
                _ => self.contract(g, &self.starts_of(index, &rule.start), &outcomes, |_, _, _| 0.0),
            })
            .collect()
    }

    /// Pattern probabilities of a segment by the stage at which a request starts.
    pub(super) fn starts_of(&self, segment: usize, start: &Start) -> Vec<KindPatterns> {
        let (Some(g), Some(tables)) = (self.day.segments.get(segment), self.segments.get(segment)) else {
            return Vec::new();
        };
        if let (Start::Score { noise, cuts }, Some(rows)) = (start, &self.rows) {
            return self.row_starts(rows, segment, *noise, cuts);
        }
        match start {
            Start::First => vec![tables.patterns.clone()],
            Start::Shares(shares) => {
                let shares = shares.get(segment).or(shares.first()).map_or(&[][..], Vec::as_slice);
                shares.iter().map(|share| scaled(&tables.patterns, *share)).collect()
            }
            Start::Score { noise, cuts } => self.start_patterns(g, tables, self.day.router_noise(*noise), cuts),
        }
    }

    /// Sums pattern probabilities against what a rule makes of each pattern. `usd` is the price of a call by starting stage, pattern and
    /// tier, where it depends on them.
    pub(super) fn contract(
        &self,
        g: &SegmentState,
        starts: &[KindPatterns],
        outcomes: &Outcomes,
        usd: impl Fn(usize, usize, usize) -> f64,
    ) -> SegmentFlow {
        let mut result = SegmentFlow::default();
        let mut worse = 0.0;
        for (start, patterns) in starts.iter().enumerate() {
            for (hidden, kind_share) in [(0, 1.0 - g.hidden_share), (1, g.hidden_share)] {
                for (edge, masses) in patterns[hidden].iter().enumerate() {
                    for (pattern, mass) in masses.iter().enumerate() {
                        let weight = kind_share * mass;
                        if weight == 0.0 {
                            continue;
                        }
                        let outcome = outcomes.get(hidden, start, pattern);
                        result.flow.add(outcome, weight, self.tiers());
                        for (k, (calls, failed)) in outcome.calls.iter().zip(&outcome.calls_failed).enumerate() {
                            if *calls > 0.0 {
                                let usd = weight * usd(start, pattern, k);
                                result.flow.calls_usd += usd * calls;
                                result.flow.calls_failed_usd += usd * failed;
                            }
                        }
                        let quality = outcome.quality();
                        if edge == 1 {
                            result.edge_mass += weight;
                            result.edge_success += weight * quality;
                        }
                        if self.baseline_tier.is_some_and(|b| pattern >> b & 1 == 1) {
                            worse += weight * (1.0 - quality);
                        }
                    }
                }
            }
        }
        result.no_worse = self.baseline_tier.map(|_| 1.0 - worse);
        result
    }

    /// Pattern probabilities by the stage at which a score with these cuts starts a chain.
    fn start_patterns(&self, g: &SegmentState, tables: &SegmentTables, noise: f64, cuts: &[f64]) -> Vec<KindPatterns> {
        let n = self.patterns();
        let zero = || -> KindPatterns { std::array::from_fn(|_| std::array::from_fn(|_| vec![0.0; n])) };
        let mut starts: Vec<_> = (0..=cuts.len()).map(|_| zero()).collect();
        let mut below_previous = 0.0;
        for (stage, start) in starts.iter_mut().enumerate() {
            let below = cuts.get(stage).map_or(1.0, |c| normal::cdf_at(*c, g.surface_mean, g.surface_sd.hypot(noise)));
            for (to, from) in start[1].iter_mut().flatten().zip(tables.patterns[1].iter().flatten()) {
                *to = (below - below_previous) * from;
            }
            below_previous = below;
        }
        let mut pattern = vec![0.0; n];
        self.for_score_bins(g, tables, noise, cuts, |index, node, p, bins| {
            let kept = index.and_then(|i| tables.plain_patterns.get(i * n..(i + 1) * n));
            let pattern = if let Some(kept) = kept {
                kept
            } else {
                pattern_probabilities(p, self.shared_luck, &mut pattern);
                &pattern
            };
            let edge = usize::from(node.x > self.hard_edge);
            for (start, bin) in starts.iter_mut().zip(bins) {
                let weight = node.weight * bin;
                if weight > 0.0 {
                    for (sum, probability) in start[0][edge].iter_mut().zip(pattern) {
                        *sum += weight * probability;
                    }
                }
            }
        });
        starts
    }

    /// One tier by score, no second call: only each tier's own success matters, not the whole pattern.
    fn classified(
        &self,
        g: &SegmentState,
        tables: &SegmentTables,
        rule: &Rule,
        noise: f64,
        cuts: &[f64],
    ) -> SegmentFlow {
        let mut result = SegmentFlow::default();
        let mut worse = 0.0;
        let mut answered = [0.0; MAX_TIERS];
        let mut success = [0.0; MAX_TIERS];
        let plain_share = 1.0 - g.hidden_share;
        self.for_score_bins(g, tables, noise, cuts, |_, node, p, bins| {
            let mut good = 0.0;
            let weight = plain_share * node.weight;
            let baseline = self.baseline_tier.and_then(|b| p.get(b)).copied().unwrap_or(0.0);
            for (k, (bin, tier)) in bins.iter().zip(&rule.chain).enumerate() {
                let q = p.get(*tier).copied().unwrap_or(0.0);
                answered[k] += weight * bin;
                success[k] += weight * bin * q;
                good += bin * q;
                worse += weight
                    * bin
                    * (baseline - both_succeed(baseline, q, self.shared_luck, self.baseline_tier == Some(*tier)));
            }
            if node.x > self.hard_edge {
                result.edge_mass += weight;
                result.edge_success += weight * good;
            }
        });
        let mut below_previous = 0.0;
        for (k, tier) in rule.chain.iter().enumerate() {
            let below = cuts.get(k).map_or(1.0, |c| normal::cdf_at(*c, g.surface_mean, g.surface_sd.hypot(noise)));
            let bin = g.hidden_share * (below - below_previous);
            below_previous = below;
            for edge in 0..2 {
                for (pattern, mass) in tables.patterns[1][edge].iter().enumerate() {
                    let weight = bin * mass;
                    let good = pattern >> tier & 1 == 1;
                    answered[k] += weight;
                    if good {
                        success[k] += weight;
                    } else if self.baseline_tier.is_some_and(|b| pattern >> b & 1 == 1) {
                        worse += weight;
                    }
                    if edge == 1 {
                        result.edge_mass += weight;
                        result.edge_success += if good { weight } else { 0.0 };
                    }
                }
            }
        }
        let mut failed = 0.0;
        for (k, tier) in rule.chain.iter().enumerate() {
            result.flow.calls[*tier] += answered[k];
            result.flow.calls_failed[*tier] += answered[k] - success[k];
            result.flow.answered[*tier] += answered[k];
            result.flow.success[*tier] += success[k];
            failed += answered[k] - success[k];
        }
        result.flow.overhead_usd = rule.overhead_usd;
        result.flow.overhead_failed_usd = rule.overhead_usd * failed;
        result.flow.overhead_ms = rule.overhead_ms;
        result.no_worse = self.baseline_tier.map(|_| 1.0 - worse);
        result
    }

    /// Visits the plain nodes of a segment with their index among the shared ones (if they are those), the success
    /// probabilities there and the probability of each score bin.
    fn for_score_bins(
        &self,
        g: &SegmentState,
        tables: &SegmentTables,
        noise: f64,
        cuts: &[f64],
        mut visit: impl FnMut(Option<usize>, &Node, &[f64], &[f64]),
    ) {
        // Given the difficulty d = s + δ + shift, the surface is normal around a shrunken mean; the score adds its noise.
        let sd = self.plain_sd(g);
        let mean = g.surface_mean + g.unseen_shift;
        let shrink = if sd > 0.0 { (g.surface_sd / sd).powi(2) } else { 0.0 };
        let surface_given_d = if sd > 0.0 { g.surface_sd * self.day_sd / sd } else { 0.0 };
        let score_sd = surface_given_d.hypot(noise);
        let mut bins = [0.0; MAX_TIERS];
        let bins = &mut bins[..(cuts.len() + 1).min(MAX_TIERS)];
        let mut visit_node = |index: Option<usize>, node: &Node, p: &[f64]| {
            let centre = g.surface_mean + shrink * (node.x - mean);
            let mut previous = 0.0;
            for (k, bin) in bins.iter_mut().enumerate() {
                let below = cuts.get(k).map_or(1.0, |c| normal::cdf_tabulated(*c, centre, score_sd));
                *bin = (below - previous).max(0.0);
                previous = below;
            }
            visit(index, node, p, bins);
        };
        // The shared nodes resolve a score that is soft against their panels; a sharper one gets panels of its own.
        if score_sd >= 0.25 * self.panel_width.min(quadrature::WIDEST_SD * sd) * shrink || shrink == 0.0 {
            for (i, (node, p)) in tables.plain.iter().zip(tables.plain_success.chunks_exact(self.tiers())).enumerate() {
                visit_node(Some(i), node, p);
            }
        } else {
            let mut breaks = vec![self.hard_edge];
            for cut in cuts.iter().filter(|c| c.is_finite()) {
                breaks
                    .extend([-8.0, -3.0, 0.0, 3.0, 8.0].map(|z| mean + (cut + z * score_sd - g.surface_mean) / shrink));
            }
            let mut p = [0.0; MAX_TIERS];
            let p = &mut p[..self.tiers()];
            for node in quadrature::normal_nodes(mean, sd, self.panel_width.min(quadrature::WIDEST_SD * sd), &breaks) {
                self.success_at(g, node.x, p);
                visit_node(None, &node, p);
            }
        }
    }

    /// Mass of requests that start at each stage of `rule`, `[stage][hidden][pattern]`, over all segments.
    pub fn start_mass(&self, start: &Start) -> Vec<[Vec<f64>; 2]> {
        let stages = match start {
            Start::Score { cuts, .. } => cuts.len() + 1,
            Start::Shares(shares) => shares.first().map_or(1, Vec::len),
            Start::First => 1,
        };
        let mut mass: Vec<[Vec<f64>; 2]> =
            (0..stages).map(|_| std::array::from_fn(|_| vec![0.0; self.patterns()])).collect();
        for (index, (g, tables)) in self.day.segments.iter().zip(&self.segments).enumerate() {
            let starts = match start {
                Start::Score { .. } => self.starts_of(index, start),
                _ => vec![tables.patterns.clone()],
            };
            for (sum, patterns) in mass.iter_mut().zip(&starts) {
                for (hidden, kind_share) in [(0, 1.0 - g.hidden_share), (1, g.hidden_share)] {
                    for edge in &patterns[hidden] {
                        for (to, from) in sum[hidden].iter_mut().zip(edge) {
                            *to += g.share * kind_share * from;
                        }
                    }
                }
            }
        }
        mass
    }
}

/// Success probability of every tier in every segment at a known day effect (logits): `[segment][tier]`.
pub fn tier_success(world: &World, day: &DayWorld, delta: f64) -> Vec<Vec<f64>> {
    if world.rows.is_some() {
        return Tables::new(world, day.clone(), DayEffect::Fixed(delta)).tier_success_of_rows();
    }
    let steepest = day.tiers.iter().map(|t| t.discrimination).fold(0.1, f64::max);
    let expectation = |mean: f64, sd: f64, k: usize, theta: f64| -> f64 {
        let nodes = quadrature::normal_nodes(mean + delta, sd, (4.0 / steepest).min(quadrature::WIDEST_SD * sd), &[]);
        nodes.iter().map(|node| node.weight * day.tiers[k].success(theta, node.x)).sum()
    };
    let of_segment = |g: &SegmentState| {
        let tiers = g.ability.iter().enumerate();
        tiers
            .map(|(k, theta)| {
                let plain = expectation(g.surface_mean + g.unseen_shift, g.surface_sd, k, *theta);
                let hidden = expectation(g.hidden_mean, g.hidden_sd, k, *theta);
                (1.0 - g.hidden_share) * plain + g.hidden_share * hidden
            })
            .collect()
    };
    day.segments.iter().map(of_segment).collect()
}

fn scaled(patterns: &KindPatterns, by: f64) -> KindPatterns {
    std::array::from_fn(|h| std::array::from_fn(|e| patterns[h][e].iter().map(|x| x * by).collect()))
}

/// `P(i and j succeed) = κ·min(p_i, p_j) + (1 − κ)·p_i·p_j`; a tier succeeds with itself whenever it succeeds.
fn both_succeed(p: f64, q: f64, shared_luck: f64, same: bool) -> f64 {
    if same { p } else { shared_luck * p.min(q) + (1.0 - shared_luck) * p * q }
}

/// Probability of every success pattern (bit `k`: tier `k` succeeds) given each tier's success probability.
///
/// With probability κ one uniform serves all tiers, so that the patterns are nested; otherwise the tiers are independent.
pub fn pattern_probabilities(p: &[f64], shared_luck: f64, out: &mut [f64]) {
    out.fill(0.0);
    if let Some(first) = out.first_mut() {
        *first = 1.0 - shared_luck;
    }
    for (k, p) in p.iter().enumerate() {
        let half = 1 << k;
        for pattern in 0..half {
            let mass = out[pattern];
            out[pattern] = mass * (1.0 - p);
            out[pattern + half] = mass * p;
        }
    }
    if shared_luck > 0.0 {
        // With U in increasing order of p, tiers drop out one after the other.
        let mut order: [usize; MAX_TIERS] = std::array::from_fn(|k| k);
        let order = &mut order[..p.len().min(MAX_TIERS)];
        order.sort_by(|i, j| p[*i].total_cmp(&p[*j]));
        let mut alive = (1_usize << order.len()) - 1;
        let mut below = 0.0;
        for &k in order.iter() {
            out[alive] += shared_luck * (p[k] - below);
            below = p[k];
            alive &= !(1 << k);
        }
        out[alive] += shared_luck * (1.0 - below);
    }
}

/// What a rule makes of each success pattern, by kind of request and starting stage.
pub(super) struct Outcomes {
    patterns: usize,
    starts: usize,
    flows: Vec<Flow>,
}

impl Outcomes {
    /// Empty for a plain classifier, which [`Tables::evaluate`] treats by itself.
    fn new(tables: &Tables, rule: &Rule) -> Self {
        if matches!((&rule.start, &rule.gate), (Start::Score { .. }, Gate::None)) {
            Self { patterns: tables.patterns(), starts: 0, flows: Vec::new() }
        } else {
            Self::of_every_pattern(tables, rule)
        }
    }

    pub(super) fn of_every_pattern(tables: &Tables, rule: &Rule) -> Self {
        let patterns = tables.patterns();
        let starts = match &rule.start {
            Start::First => 1,
            _ => rule.chain.len(),
        };
        let mut flows = Vec::with_capacity(2 * starts * patterns);
        for hidden in [false, true] {
            for start in 0..starts {
                flows.extend((0..patterns).map(|pattern| follow(&tables.day, rule, start, pattern, hidden)));
            }
        }
        Self { patterns, starts, flows }
    }

    pub(super) fn get(&self, hidden: usize, start: usize, pattern: usize) -> &Flow {
        &self.flows[(hidden * self.starts + start) * self.patterns + pattern]
    }
}

/// Follows a request with a known success pattern through a rule.
fn follow(day: &DayWorld, rule: &Rule, start: usize, pattern: usize, hidden: bool) -> Flow {
    let mut flow = Flow::default();
    let tiers = day.tiers.len();
    let good = |tier: usize| pattern >> tier & 1 == 1;
    let chain = match rule.gate {
        // The oracle sees the pattern: the cheapest tier that succeeds, or the cheapest of all.
        Gate::Oracle => {
            let best = rule.chain.iter().position(|k| good(*k)).unwrap_or(0);
            &rule.chain[best..=best]
        }
        Gate::None => &rule.chain[start..=start],
        _ => &rule.chain[start..],
    };
    let mut reach = 1.0;
    let mut paid_usd = rule.overhead_usd;
    flow.overhead_ms = rule.overhead_ms;
    flow.overhead_usd = rule.overhead_usd;
    for (stage, &tier) in chain.iter().enumerate() {
        let ok = good(tier);
        flow.calls[tier] += reach;
        let last = stage + 1 == chain.len();
        let mut escalated = 0.0;
        // Price of the verdict at this stage on the answers that stop here, USD times their share.
        let mut verdicts_on_stopped_usd = 0.0;
        match &rule.gate {
            Gate::Confidence { thresholds } if !last => {
                escalated = below_threshold(day, tier, hidden, ok, thresholds.get(start + stage).copied());
            }
            Gate::Judge { judge, judged } if !last => {
                let bad = if ok {
                    1.0 - day.judge_specificity(judge.specificity)
                } else {
                    day.judge_sensitivity(judge.sensitivity)
                };
                escalated = judged * bad;
                verdicts_on_stopped_usd = reach * judged * (1.0 - bad) * judge.usd_each;
                flow.overhead_usd += reach * judged * judge.usd_each;
                flow.overhead_ms += reach * judged * judge.latency_ms;
            }
            Gate::Human { threshold, human } => {
                let handed = below_threshold(day, tier, hidden, ok, Some(*threshold));
                flow.answered[tiers] += handed;
                flow.success[tiers] += handed * human.success;
                flow.calls_failed[tier] += handed * (1.0 - human.success);
                flow.overhead_usd += handed * human.usd_each;
                flow.overhead_failed_usd += handed * (1.0 - human.success) * (paid_usd + human.usd_each);
                flow.overhead_ms += handed * human.latency_ms;
                escalated = handed;
            }
            _ => {}
        }
        let stopped = reach * (1.0 - escalated);
        flow.answered[tier] += stopped;
        if ok {
            flow.success[tier] += stopped;
        } else {
            for &called in &chain[..=stage] {
                flow.calls_failed[called] += stopped;
            }
            flow.overhead_failed_usd += stopped * paid_usd + verdicts_on_stopped_usd;
        }
        if let Gate::Judge { judge, .. } = &rule.gate {
            // What is escalated has been judged.
            paid_usd += judge.usd_each;
        }
        reach *= escalated;
    }
    flow
}

fn below_threshold(day: &DayWorld, tier: usize, hidden: bool, ok: bool, threshold: Option<f64>) -> f64 {
    let Some(threshold) = threshold else { return 0.0 };
    normal::cdf(threshold - confidence_mean(day, tier, hidden, ok))
}

/// Mean of self-confidence: `±D/2`.
pub fn confidence_mean(day: &DayWorld, tier: usize, hidden: bool, ok: bool) -> f64 {
    let Some(tier) = day.tiers.get(tier) else { return 0.0 };
    let half = if hidden { tier.half_separation_hidden } else { tier.half_separation };
    if ok { half } else { -half }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joint_success_is_that_of_the_design() {
        let (p, kappa) = ([0.3, 0.8], 0.6);
        let mut out = vec![0.0; 4];
        pattern_probabilities(&p, kappa, &mut out);
        assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert!((out[3] - (kappa * 0.3 + (1.0 - kappa) * 0.24)).abs() < 1e-15);
        assert!((out[1] + out[3] - 0.3).abs() < 1e-15);
        assert!((out[2] + out[3] - 0.8).abs() < 1e-15);
    }

    #[test]
    fn eight_tiers_keep_their_margins() {
        let p = [0.5, 0.1, 0.9, 0.9, 0.0, 1.0, 0.33, 0.62];
        let mut out = vec![0.0; 256];
        pattern_probabilities(&p, 0.4, &mut out);
        assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        for (k, expected) in p.iter().enumerate() {
            let margin: f64 = out.iter().enumerate().filter(|(i, _)| i >> k & 1 == 1).map(|(_, m)| m).sum();
            assert!((margin - expected).abs() < 1e-14, "tier {k}");
        }
    }
}
