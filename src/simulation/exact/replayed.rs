//! A day of a replayed table: its rows resampled by the events and the day effect, and what rules make of them.
//!
//! A day effect of δ logits draws harder rows more often: a row of difficulty `d` in a segment with mean `m` counts
//! `2/(1 + exp(−2δ(d − m)/σ²))` times, `σ` the spread of difficulty. To first order that moves the mean difficulty by δ, and over days with
//! effects δ and −δ every row counts once, so that a day averaged over its effect is the table as it is.

use std::sync::Arc;

use super::Tables;
use super::flow::{CasePoint, FINALS, Flow, SegmentFlow};
use super::outcomes::Outcomes;
use crate::model::MAX_TIERS;
use crate::simulation::day::{DayWorld, SegmentState};
use crate::simulation::item_difficulty::SPREAD;
use crate::simulation::pattern::KindPatterns;
use crate::simulation::rows::{Rows, StageCells, Sums};
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::traffic::row_weights;

/// The table, and whether it is resampled.
#[derive(Clone, Debug)]
pub(super) struct Replayed {
    rows: Arc<Rows>,
    /// Whether it is resampled for a day effect.
    is_tilted: bool,
}

impl Replayed {
    /// Pattern masses of a day with an effect of `shift` logits; the day's shares of the hidden-hard follow.
    pub(super) fn resample(rows: &Arc<Rows>, day: &mut DayWorld, shift: f64) -> (Self, Vec<KindPatterns>) {
        let mut all = Vec::with_capacity(day.segments.len());
        for (g, state) in day.segments.iter_mut().enumerate() {
            let mut patterns: KindPatterns = std::array::from_fn(|_| std::array::from_fn(|_| Vec::new()));
            if let Some(cells) = rows.cells.get(g) {
                let count = cells.rows.len();
                patterns = std::array::from_fn(|_| std::array::from_fn(|_| vec![0.0; count]));
                let (mut drawn, mut there) = ([0.0; 2], [0.0; 2]);
                let details = cells.rows.iter().zip(&cells.difficulty).zip(&cells.edge);
                for (pattern, ((rows_of, difficulty), edge)) in details.enumerate().filter(|(_, ((n, _), _))| **n > 0.0)
                {
                    let tilt = shift * (difficulty - cells.mean_difficulty) / (SPREAD * SPREAD);
                    let weight = rows_of * 2.0 / (1.0 + (-2.0 * tilt).exp());
                    let kind = rows.kind(pattern);
                    patterns[kind][0][pattern] = weight * (1.0 - edge);
                    patterns[kind][1][pattern] = weight * edge;
                    drawn[kind] += weight;
                    there[kind] += rows_of;
                }
                for (kind, drawn) in patterns.iter_mut().zip(drawn) {
                    for mass in kind.iter_mut().flatten() {
                        *mass /= if drawn > 0.0 { drawn } else { 1.0 };
                    }
                }
                let share = [1.0 - state.hidden_share, state.hidden_share];
                let [plain, hidden] =
                    [0, 1].map(|kind| if there[kind] > 0.0 { share[kind] * drawn[kind] / there[kind] } else { 0.0 });
                if plain + hidden > 0.0 {
                    state.hidden_share = hidden / (plain + hidden);
                }
            }
            all.push(patterns);
        }
        (Self { rows: Arc::clone(rows), is_tilted: shift != 0.0 }, all)
    }

    pub(super) fn rows(&self) -> &Arc<Rows> {
        &self.rows
    }

    /// Expectation of every segment under `rule`.
    pub(super) fn evaluate(&self, tables: &Tables, rule: &Rule) -> Vec<SegmentFlow> {
        // Without a second call, and without a day effect, sums by tier are enough.
        if matches!(rule.gate, Gate::None) && !self.is_tilted {
            return self.by_sums(tables, rule);
        }
        let outcomes = Outcomes::of_every_pattern(tables, rule);
        let stage_cells = match &rule.start {
            Start::Score { cuts, .. } => self.rows.stage_cells(cuts),
            _ => None,
        };
        let segments = tables.day.segments.iter().enumerate();
        segments
            .map(|(index, g)| {
                let starts = match (&rule.start, tables.patterns.get(index)) {
                    (Start::First, Some(patterns)) => vec![patterns.clone()],
                    _ => tables.starts_of(index, &rule.start),
                };
                tables.contract(g, &starts, &outcomes, |start, pattern, tier| {
                    let usd = match stage_cells.as_ref().and_then(|stages| stages.get(start)) {
                        Some(stage) => stage.usd(index, pattern, tier, tables.day.tiers.len()),
                        None => self.rows.cell_usd(index, pattern, tier),
                    };
                    tables.day.price_factor(tier) * usd
                })
            })
            .collect()
    }

    /// One tier for each request: sums over the rows that start at each stage.
    fn by_sums(&self, tables: &Tables, rule: &Rule) -> Vec<SegmentFlow> {
        let rows = &self.rows;
        let by_score = match &rule.start {
            Start::Score { noise, cuts } => rows.stages(tables.day.router_noise(*noise), cuts),
            _ => Vec::new(),
        };
        let segments = tables.day.segments.iter().enumerate();
        segments
            .map(|(g, state)| {
                let weights = row_weights(rows, g, state.hidden_share);
                let mut result = SegmentFlow::default();
                let mut worse = 0.0;
                for (stage, &tier) in rule.chain.iter().enumerate() {
                    let (share, sums): (f64, Option<&Sums>) = match &rule.start {
                        Start::First => (f64::from(u8::from(stage == 0)), Some(&rows.whole)),
                        Start::Shares(shares) => {
                            let shares = shares.get(g).or(shares.first());
                            (shares.and_then(|s| s.get(stage)).copied().unwrap_or(0.0), Some(&rows.whole))
                        }
                        Start::Score { .. } => (1.0, by_score.get(stage)),
                    };
                    let Some(sums) = sums.filter(|_| share > 0.0) else { continue };
                    for (kind, weight) in weights.into_iter().enumerate() {
                        let (part, weight) = (sums.part(g, kind), share * weight);
                        let answered = weight * part.rows();
                        let success = weight * part.success(tier);
                        let flow = &mut result.flow;
                        flow.calls[tier] += answered;
                        flow.calls_failed[tier] += answered - success;
                        flow.answered[tier] += answered;
                        flow.success[tier] += success;
                        flow.calls_usd += weight * tables.day.price_factor(tier) * part.usd(tier);
                        flow.calls_failed_usd += weight * tables.day.price_factor(tier) * part.failed_usd(tier);
                        result.edge_mass += weight * part.edge();
                        result.edge_success += weight * part.edge_success(tier);
                        worse += weight * part.worse(tier);
                    }
                }
                let failed: f64 = result.flow.calls_failed.iter().sum();
                result.flow.overhead_usd = rule.overhead_usd;
                result.flow.overhead_failed_usd = rule.overhead_usd * failed;
                result.flow.overhead_ms = rule.overhead_ms;
                result.no_worse = tables.baseline_tier.map(|_| 1.0 - worse);
                result
            })
            .collect()
    }

    /// Pattern masses by the stage at which a score starts a chain.
    pub(super) fn score_starts(&self, tables: &Tables, segment: usize, noise: f64, cuts: &[f64]) -> Vec<KindPatterns> {
        let (rows, Some(patterns)) = (&self.rows, tables.patterns.get(segment)) else { return Vec::new() };
        let part_of = |shares: &dyn Fn(usize) -> f64| -> KindPatterns {
            std::array::from_fn(|kind| {
                std::array::from_fn(|edge| {
                    let masses = patterns[kind][edge].iter().enumerate();
                    masses.map(|(pattern, mass)| if *mass > 0.0 { mass * shares(pattern) } else { 0.0 }).collect()
                })
            })
        };
        match rows.stage_cells(cuts) {
            Some(stages) => {
                let share = |stage: &StageCells, pattern: usize| {
                    let of = |cells: Option<&Vec<f64>>| cells.and_then(|c| c.get(pattern)).copied().unwrap_or(0.0);
                    of(stage.rows.get(segment)) / of(rows.cells.get(segment).map(|c| &c.rows)).max(1e-300)
                };
                stages.iter().map(|stage| part_of(&|pattern| share(stage, pattern))).collect()
            }
            None => {
                let stages = rows.cell_shares(segment, noise, cuts);
                let of = |stage: &Vec<f64>, pattern: usize| stage.get(pattern).copied().unwrap_or(0.0);
                stages.iter().map(|stage| part_of(&|pattern| of(stage, pattern))).collect()
            }
        }
    }
}

/// Success of every tier in every segment, `[segment][tier]`.
pub(super) fn tier_success(tables: &Tables) -> Vec<Vec<f64>> {
    let of_segment = |(index, g): (usize, &SegmentState)| {
        let mut success = vec![0.0; tables.day.tiers.len()];
        let kinds = tables.patterns.get(index).into_iter().flatten().zip([1.0 - g.hidden_share, g.hidden_share]);
        for (edges, share) in kinds {
            for (pattern, mass) in edges.iter().flat_map(|masses| masses.iter().enumerate()) {
                for (_, sum) in success.iter_mut().enumerate().filter(|(k, _)| pattern >> k & 1 == 1) {
                    *sum += share * mass;
                }
            }
        }
        success
    };
    tables.day.segments.iter().enumerate().map(of_segment).collect()
}

/// The day's cells, each with what `rule` makes of it: a suite of fixed cases is drawn from these.
pub(super) fn case_points(tables: &Tables, rule: &Rule, outcomes: &Outcomes) -> Vec<CasePoint> {
    let mut points = Vec::new();
    for (index, g) in tables.day.segments.iter().enumerate() {
        let starts = match &rule.start {
            Start::First => tables.patterns.get(index).cloned().into_iter().collect(),
            _ => tables.starts_of(index, &rule.start),
        };
        let Some(whole) = tables.patterns.get(index) else { continue };
        for (kind, share) in [1.0 - g.hidden_share, g.hidden_share].into_iter().enumerate() {
            for pattern in 0..whole[kind][0].len() {
                let mass = whole[kind][0][pattern] + whole[kind][1][pattern];
                if mass * share <= 0.0 {
                    continue;
                }
                let hidden = kind == 1;
                let mut point =
                    CasePoint { share: g.share * share * mass, hidden, answered: [0.0; FINALS], good: [0.0; FINALS] };
                for (start, patterns) in starts.iter().enumerate() {
                    let part = (patterns[kind][0][pattern] + patterns[kind][1][pattern]) / mass;
                    let flow: &Flow = outcomes.get(kind, start, pattern);
                    for k in 0..=tables.day.tiers.len().min(MAX_TIERS) {
                        point.answered[k] += part * flow.answered[k];
                        point.good[k] += part * flow.success[k];
                    }
                }
                points.push(point);
            }
        }
    }
    points
}
