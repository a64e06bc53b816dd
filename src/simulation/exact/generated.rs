//! Integrals of a generated day.
//!
//! Given its difficulty, a request's success pattern over the tiers has a closed form, and the router score is normal; so
//! surface, router noise and day effect are integrated analytically, and one panel quadrature over difficulty is left per
//! segment and kind of request (plain, hidden-hard). Where the score plays no part, the pattern probabilities are
//! integrated once and serve every policy and every knob setting.

mod turns;

use super::Tables;
use super::flow::{CasePoint, FINALS, SegmentFlow};
use super::outcomes::Outcomes;
use crate::model::MAX_TIERS;
use crate::simulation::day::{DayWorld, SegmentState};
use crate::simulation::normal::{self, Component};
use crate::simulation::pattern::{KindPatterns, pattern_probabilities};
use crate::simulation::quadrature::{self, Node};
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::World;

/// Most patterns kept for each node.
const KEPT_PATTERNS: usize = 16;

/// What scores and cases are integrated from.
#[derive(Clone, Debug)]
pub(super) struct Generated {
    day_sd: f64,
    hard_edge: f64,
    shared_luck: f64,
    /// Widest quadrature panel that resolves the logistics, logits.
    panel_width: f64,
    /// By segment.
    plain: Vec<Plain>,
}

/// The plain requests of a segment.
#[derive(Clone, Debug)]
struct Plain {
    /// Quadrature nodes of their difficulty.
    nodes: Vec<Node>,
    /// Success probabilities at those nodes, `nodes × tiers`.
    success: Vec<f64>,
    /// Pattern probabilities at those nodes, `nodes × patterns`; empty for many tiers, where it would be large.
    patterns: Vec<f64>,
}

impl Generated {
    /// Integrates a day whose effect has a spread, or is a known shift, which the day is given (logits).
    pub(super) fn integrate(world: &World, day: &mut DayWorld, day_sd: f64, shift: f64) -> (Self, Vec<KindPatterns>) {
        for g in &mut day.segments {
            g.unseen_shift += shift;
            g.hidden_mean += shift;
        }
        let mut generated = Self {
            day_sd,
            hard_edge: world.hard_edge,
            shared_luck: world.scenario.shared_luck,
            panel_width: panel_width(day),
            plain: Vec::new(),
        };
        let (plain, patterns) = day.segments.iter().map(|g| generated.segment(day, g)).unzip();
        generated.plain = plain;
        (generated, patterns)
    }

    fn plain_sd(&self, g: &SegmentState) -> f64 {
        g.surface_sd.hypot(self.day_sd)
    }

    fn segment(&self, day: &DayWorld, g: &SegmentState) -> (Plain, KindPatterns) {
        let tiers = day.tiers.len();
        let mut patterns: KindPatterns = std::array::from_fn(|_| std::array::from_fn(|_| vec![0.0; day.patterns()]));
        let mut plain = Plain { nodes: Vec::new(), success: Vec::new(), patterns: Vec::new() };
        let kinds =
            [(g.surface_mean + g.unseen_shift, self.plain_sd(g)), (g.hidden_mean, g.hidden_sd.hypot(self.day_sd))];
        let mut pattern = vec![0.0; day.patterns()];
        let mut p = [0.0; MAX_TIERS];
        for (hidden, (mean, sd)) in kinds.into_iter().enumerate() {
            let width = self.panel_width.min(quadrature::WIDEST_SD * sd);
            let nodes = quadrature::normal_nodes(mean, sd, width, &[self.hard_edge]);
            for node in &nodes {
                day.success_at(g, node.x, &mut p[..tiers]);
                pattern_probabilities(&p[..tiers], self.shared_luck, &mut pattern);
                let edge = usize::from(node.x > self.hard_edge);
                for (sum, probability) in patterns[hidden][edge].iter_mut().zip(&pattern) {
                    *sum += node.weight * probability;
                }
                if hidden == 0 {
                    plain.success.extend_from_slice(&p[..tiers]);
                    if pattern.len() <= KEPT_PATTERNS {
                        plain.patterns.extend_from_slice(&pattern);
                    }
                }
            }
            if hidden == 0 {
                plain.nodes = nodes;
            }
        }
        (plain, patterns)
    }

    /// Expectation of every segment under `rule`.
    pub(super) fn evaluate(&self, tables: &Tables, rule: &Rule) -> Vec<SegmentFlow> {
        let outcomes = Outcomes::new(tables, rule);
        let segments = tables.day.segments.iter().zip(&tables.patterns).enumerate();
        segments
            .map(|(index, (g, patterns))| {
                let mut expected = match (&rule.start, &rule.gate) {
                    (Start::Score { noise, cuts }, Gate::None) => {
                        self.classified(tables, index, rule, tables.day.router_noise(*noise), cuts)
                    }
                    (Start::First, _) => tables.contract(g, std::slice::from_ref(patterns), &outcomes, |_, _, _| 0.0),
                    _ => tables.contract(g, &tables.starts_of(index, &rule.start), &outcomes, |_, _, _| 0.0),
                };
                expected.flow.price(&g.call_usd);
                expected
            })
            .collect()
    }

    /// Pattern probabilities by the stage at which a score with these cuts starts a chain.
    pub(super) fn score_starts(&self, tables: &Tables, segment: usize, noise: f64, cuts: &[f64]) -> Vec<KindPatterns> {
        let (Some(g), Some(patterns), Some(plain)) =
            (tables.day.segments.get(segment), tables.patterns.get(segment), self.plain.get(segment))
        else {
            return Vec::new();
        };
        let n = tables.day.patterns();
        let zero = || -> KindPatterns { std::array::from_fn(|_| std::array::from_fn(|_| vec![0.0; n])) };
        let mut starts: Vec<_> = (0..=cuts.len()).map(|_| zero()).collect();
        let mut below_previous = 0.0;
        for (stage, start) in starts.iter_mut().enumerate() {
            let below = cuts.get(stage).map_or(1.0, |c| normal::cdf_at(*c, g.surface_mean, g.surface_sd.hypot(noise)));
            for (to, from) in start[1].iter_mut().flatten().zip(patterns[1].iter().flatten()) {
                *to = (below - below_previous) * from;
            }
            below_previous = below;
        }
        let mut pattern = vec![0.0; n];
        self.for_score_bins(&tables.day, g, plain, noise, cuts, |index, node, p, bins| {
            let kept = index.and_then(|i| plain.patterns.get(i * n..(i + 1) * n));
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
    fn classified(&self, tables: &Tables, segment: usize, rule: &Rule, noise: f64, cuts: &[f64]) -> SegmentFlow {
        let (Some(g), Some(patterns), Some(plain)) =
            (tables.day.segments.get(segment), tables.patterns.get(segment), self.plain.get(segment))
        else {
            return SegmentFlow::default();
        };
        let baseline_tier = tables.baseline_tier;
        let mut result = SegmentFlow::default();
        let mut worse = 0.0;
        let mut answered = [0.0; MAX_TIERS];
        let mut success = [0.0; MAX_TIERS];
        let plain_share = 1.0 - g.hidden_share;
        self.for_score_bins(&tables.day, g, plain, noise, cuts, |_, node, p, bins| {
            let mut good = 0.0;
            let weight = plain_share * node.weight;
            let baseline = baseline_tier.and_then(|b| p.get(b)).copied().unwrap_or(0.0);
            for (k, (bin, tier)) in bins.iter().zip(&rule.chain).enumerate() {
                let q = p.get(*tier).copied().unwrap_or(0.0);
                answered[k] += weight * bin;
                success[k] += weight * bin * q;
                good += bin * q;
                worse += weight
                    * bin
                    * (baseline - both_succeed(baseline, q, self.shared_luck, baseline_tier == Some(*tier)));
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
            for (edge, masses) in patterns[1].iter().enumerate() {
                for (pattern, mass) in masses.iter().enumerate() {
                    let weight = bin * mass;
                    let good = pattern >> tier & 1 == 1;
                    answered[k] += weight;
                    if good {
                        success[k] += weight;
                    } else if baseline_tier.is_some_and(|b| pattern >> b & 1 == 1) {
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
        result.no_worse = baseline_tier.map(|_| 1.0 - worse);
        result
    }

    /// Visits the plain nodes of a segment with their index among the shared ones (if they are those), the success
    /// probabilities there and the probability of each score bin.
    fn for_score_bins(
        &self,
        day: &DayWorld,
        g: &SegmentState,
        plain: &Plain,
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
            for (i, (node, p)) in plain.nodes.iter().zip(plain.success.chunks_exact(day.tiers.len())).enumerate() {
                visit_node(Some(i), node, p);
            }
        } else {
            let mut breaks = vec![self.hard_edge];
            for cut in cuts.iter().filter(|c| c.is_finite()) {
                breaks
                    .extend([-8.0, -3.0, 0.0, 3.0, 8.0].map(|z| mean + (cut + z * score_sd - g.surface_mean) / shrink));
            }
            let mut p = [0.0; MAX_TIERS];
            let p = &mut p[..day.tiers.len()];
            for node in quadrature::normal_nodes(mean, sd, self.panel_width.min(quadrature::WIDEST_SD * sd), &breaks) {
                day.success_at(g, node.x, p);
                visit_node(None, &node, p);
            }
        }
    }

    /// The day's requests as points of difficulty, each with what `rule` makes of it.
    pub(super) fn case_points(&self, tables: &Tables, rule: &Rule, outcomes: &Outcomes) -> Vec<CasePoint> {
        let mut points = Vec::new();
        for (index, g) in tables.day.segments.iter().enumerate() {
            for hidden in [false, true] {
                let kind_share = g.share * if hidden { g.hidden_share } else { 1.0 - g.hidden_share };
                if kind_share > 0.0 {
                    self.points_of(tables, index, g, hidden, kind_share, rule, outcomes, &mut points);
                }
            }
        }
        points
    }

    #[expect(clippy::too_many_arguments, reason = "one caller; the parts of one double loop")]
    fn points_of(
        &self,
        tables: &Tables,
        index: usize,
        g: &SegmentState,
        hidden: bool,
        kind_share: f64,
        rule: &Rule,
        outcomes: &Outcomes,
        points: &mut Vec<CasePoint>,
    ) {
        let day = &tables.day;
        let tiers = day.tiers.len();
        let (mean, sd) =
            if hidden { (g.hidden_mean, g.hidden_sd) } else { (g.surface_mean + g.unseen_shift, g.surface_sd) };
        let mut p = [0.0; MAX_TIERS];
        let mut pattern = vec![0.0; 1 << tiers];
        for node in quadrature::normal_nodes(mean, sd, self.panel_width.min(quadrature::WIDEST_SD * sd), &[]) {
            day.success_at(g, node.x, &mut p[..tiers]);
            pattern_probabilities(&p[..tiers], self.shared_luck, &mut pattern);
            let mut point =
                CasePoint { share: kind_share * node.weight, hidden, answered: [0.0; FINALS], good: [0.0; FINALS] };
            // A plain request's surface is its difficulty less the unseen shift; a hidden-hard one's is that of its segment.
            let (surface, surface_sd) =
                if hidden { (g.surface_mean, g.surface_sd) } else { (node.x - g.unseen_shift, 0.0) };
            for (start, share) in start_shares(day, index, rule, surface, surface_sd).into_iter().enumerate() {
                for (pattern, mass) in pattern.iter().enumerate() {
                    let flow = outcomes.get(usize::from(hidden), start, pattern);
                    for k in 0..=tiers.min(MAX_TIERS) {
                        point.answered[k] += share * mass * flow.answered[k];
                        point.good[k] += share * mass * flow.success[k];
                    }
                }
            }
            points.push(point);
        }
    }
}

/// Widest quadrature panel that resolves the logistics of a day, logits.
fn panel_width(day: &DayWorld) -> f64 {
    let steepest = day.tiers.iter().map(|t| t.discrimination).fold(0.1, f64::max);
    4.0 / steepest
}

/// The router score with `noise` (logits) below which a share of the day's requests lies.
pub(super) fn score_quantile(day: &DayWorld, noise: f64, below: f64) -> f64 {
    let of = |g: &SegmentState| Component { weight: g.share, mean: g.surface_mean, sd: g.surface_sd.hypot(noise) };
    let scores: Vec<Component> = day.segments.iter().map(of).collect();
    normal::mixture_quantile(&scores, below)
}

/// Probability that a request of known surface starts at each stage of the chain.
fn start_shares(day: &DayWorld, segment: usize, rule: &Rule, surface: f64, surface_sd: f64) -> Vec<f64> {
    match &rule.start {
        Start::First => vec![1.0],
        Start::Shares(rows) => rows.get(segment).or(rows.first()).cloned().unwrap_or_default(),
        Start::Score { noise, cuts } => {
            let sd = surface_sd.hypot(day.router_noise(*noise));
            let mut below = 0.0;
            (0..=cuts.len())
                .map(|stage| {
                    let next = cuts.get(stage).map_or(1.0, |cut| normal::cdf_at(*cut, surface, sd));
                    let share = (next - below).max(0.0);
                    below = next;
                    share
                })
                .collect()
        }
    }
}

/// Success probability of every tier in every segment at a known day effect (logits): `[segment][tier]`.
pub(super) fn tier_success(day: &DayWorld, delta: f64) -> Vec<Vec<f64>> {
    let width = panel_width(day);
    let expectation = |mean: f64, sd: f64, k: usize, theta: f64| -> f64 {
        let nodes = quadrature::normal_nodes(mean + delta, sd, width.min(quadrature::WIDEST_SD * sd), &[]);
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

/// `P(i and j succeed) = κ·min(p_i, p_j) + (1 − κ)·p_i·p_j`; a tier succeeds with itself whenever it succeeds.
fn both_succeed(p: f64, q: f64, shared_luck: f64, same: bool) -> f64 {
    if same { p } else { shared_luck * p.min(q) + (1.0 - shared_luck) * p * q }
}
