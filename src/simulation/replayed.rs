//! A day of a replayed table: its rows resampled by the events and the day effect, and what policies make of them.
//!
//! Events change how much of the traffic a segment has, and how much of a segment the rows have on which only the most capable tier
//! succeeds. A day effect of δ logits draws harder rows more often: a row of difficulty `d` in a segment with mean `m` counts
//! `2/(1 + exp(−2δ(d − m)/σ²))` times, `σ` the spread of difficulty. To first order that moves the mean difficulty by δ, and over days with
//! effects δ and −δ every row counts once, so that a day averaged over its effect is the table as it is.

use std::sync::Arc;

use super::answers::CasePoint;
use super::exact::{FINALS, Flow, KindPatterns, Outcomes, SegmentFlow, SegmentTables, Tables};
use super::item_difficulty::SPREAD;
use super::rows::{Rows, StageCells, StageShares, Sums};
use super::rule::{Gate, Rule, Start};
use super::world::{DayWorld, MAX_TIERS, SegmentState, TierState, WorldError};
use crate::model::{Change, EventKind, Hidden, Normal, PolicyKind, Scenario, Segment, Tokens};

/// Refuses what a table cannot give.
///
/// # Errors
/// With what it is, and what would do.
pub(super) fn check(scenario: &Scenario, rows: &Rows) -> Result<(), WorldError> {
    let refuse = |what: String| Err(WorldError::Replay(what));
    let segments = &rows.table().segments;
    let known = |name: &String| segments.contains(name);
    for (index, event) in scenario.events.iter().enumerate() {
        let number = index + 1;
        match event.kind {
            EventKind::Difficulty | EventKind::Ability => {
                return refuse(format!(
                    "event {number} changes a difficulty or an ability, and rows have neither: resample them with segment_share or \
                     hidden_share, or fit a generated world to the table"
                ));
            }
            EventKind::RouterNoise if rows.has_router_column() => {
                return refuse(format!(
                    "event {number} changes the router's noise, and the router's scores are those of the table: leave out \
                     [replay] router to have them generated"
                ));
            }
            EventKind::Price if !matches!(event.change, Change::Multiply(_)) => {
                return refuse(format!(
                    "event {number} must `multiply` the price: the table has costs of calls, not prices"
                ));
            }
            _ => {}
        }
        if let Some(name) = event.segments.iter().find(|name| !known(name)) {
            return refuse(format!("event {number} names the segment \"{name}\", which the table does not have"));
        }
    }
    for policy in &scenario.policies {
        if let PolicyKind::SegmentRules { rules, .. } = &policy.kind
            && let Some(name) = rules.keys().find(|name| !known(name))
        {
            return refuse(format!(
                "policy \"{}\" names the segment \"{name}\", which the table does not have",
                policy.name
            ));
        }
    }
    Ok(())
}

/// The table's segments as a scenario would have them.
pub(super) fn segments(scenario: &Scenario, rows: &Rows) -> Vec<Segment> {
    let output = scenario.replay.as_ref().map_or(1.0, |r| r.output_tokens);
    let input = rows.input_tokens();
    let names = rows.table().segments.iter().enumerate();
    names
        .map(|(g, name)| {
            let [plain, hidden] = [0, 1].map(|kind| rows.whole.part(g, kind).rows());
            Segment {
                name: name.clone(),
                share: plain + hidden,
                difficulty: Normal { mean: rows.cells.get(g).map_or(0.0, |c| c.mean_difficulty), sd: SPREAD },
                hidden: Hidden { share: hidden / (plain + hidden).max(1e-300), mean: 0.0, sd: SPREAD },
                tokens: Tokens {
                    input: input.get(g).copied().unwrap_or(1.0).max(1e-9),
                    output,
                    input_cv: 0.0,
                    output_cv: 0.0,
                },
                stakes: 1.0,
            }
        })
        .collect()
}

/// Mean costs of calls, and shares that rows can be resampled to.
pub(super) fn price(rows: &Rows, tiers: &[TierState], segments: &mut [SegmentState]) {
    for (g, state) in segments.iter_mut().enumerate() {
        let parts = [0, 1].map(|kind| rows.whole.part(g, kind));
        let count = parts[0].rows() + parts[1].rows();
        for (k, (usd, tier)) in state.call_usd.iter_mut().zip(tiers).enumerate() {
            *usd = tier.price_factor * (parts[0].usd(k) + parts[1].usd(k)) / count.max(1e-300);
        }
        // There is nothing to draw more of where a kind has no row.
        for (part, share) in parts.iter().zip([1.0, 0.0]) {
            if part.rows() <= 0.0 {
                state.hidden_share = share;
            }
        }
    }
}

/// What each row of a segment and kind counts on a day: `[plain, hidden-hard]`, so that the segment's rows count one in all.
fn row_weights(rows: &Rows, segment: usize, hidden_share: f64) -> [f64; 2] {
    let per_row = |kind: usize, share: f64| {
        let count = rows.whole.part(segment, kind).rows();
        if count > 0.0 { share / count } else { 0.0 }
    };
    [per_row(0, 1.0 - hidden_share), per_row(1, hidden_share)]
}

/// Share of the day's traffic with a score below `x`.
pub(super) fn score_below(rows: &Rows, day: &DayWorld, noise: f64, x: f64) -> f64 {
    let stages = rows.stages(noise, &[x]);
    let Some(below) = stages.first() else { return 0.0 };
    let of_segment = |(g, state): (usize, &SegmentState)| {
        let weights = row_weights(rows, g, state.hidden_share);
        state.share * (0..2).map(|kind| weights[kind] * below.part(g, kind).rows()).sum::<f64>()
    };
    day.segments.iter().enumerate().map(of_segment).sum()
}

/// Pattern masses of a day with an effect of `shift` logits; the day's shares of the hidden-hard follow.
pub(super) fn resample(rows: &Rows, day: &mut DayWorld, shift: f64) -> Vec<SegmentTables> {
    let mut all = Vec::with_capacity(day.segments.len());
    for (g, state) in day.segments.iter_mut().enumerate() {
        let mut patterns: KindPatterns = std::array::from_fn(|_| std::array::from_fn(|_| Vec::new()));
        if let Some(cells) = rows.cells.get(g) {
            let count = cells.rows.len();
            patterns = std::array::from_fn(|_| std::array::from_fn(|_| vec![0.0; count]));
            let (mut drawn, mut there) = ([0.0; 2], [0.0; 2]);
            let details = cells.rows.iter().zip(&cells.difficulty).zip(&cells.edge);
            for (pattern, ((rows_of, difficulty), edge)) in details.enumerate().filter(|(_, ((n, _), _))| **n > 0.0) {
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
        all.push(SegmentTables::of_patterns(patterns));
    }
    all
}

impl Tables {
    fn price_factor(&self, tier: usize) -> f64 {
        self.day.tiers.get(tier).map_or(1.0, |t| t.price_factor)
    }

    pub(super) fn evaluate_rows(&self, rows: &Arc<Rows>, rule: &Rule) -> Vec<SegmentFlow> {
        // Without a second call, and without a day effect, sums by tier are enough.
        if matches!(rule.gate, Gate::None) && !self.is_tilted {
            return self.by_sums(rows, rule);
        }
        let outcomes = Outcomes::of_every_pattern(self, rule);
        let stage_cells = match &rule.start {
            Start::Score { cuts, .. } => rows.stage_cells(cuts),
            _ => None,
        };
        let segments = self.day.segments.iter().enumerate();
        segments
            .map(|(index, g)| {
                let starts = match (&rule.start, self.patterns_of(index)) {
                    (Start::First, Some(patterns)) => vec![patterns.clone()],
                    _ => self.starts_of(index, &rule.start),
                };
                self.contract(g, &starts, &outcomes, |start, pattern, tier| {
                    let usd = match stage_cells.as_ref().and_then(|stages| stages.get(start)) {
                        Some(stage) => stage.usd(index, pattern, tier, self.tiers()),
                        None => rows.cell_usd(index, pattern, tier),
                    };
                    self.price_factor(tier) * usd
                })
            })
            .collect()
    }

    /// One tier for each request: sums over the rows that start at each stage.
    fn by_sums(&self, rows: &Rows, rule: &Rule) -> Vec<SegmentFlow> {
        let by_score = match &rule.start {
            Start::Score { noise, cuts } => rows.stages(self.day.router_noise(*noise), cuts),
            _ => Vec::new(),
        };
        let segments = self.day.segments.iter().enumerate();
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
                        flow.calls_usd += weight * self.price_factor(tier) * part.usd(tier);
                        flow.calls_failed_usd += weight * self.price_factor(tier) * part.failed_usd(tier);
                        result.edge_mass += weight * part.edge();
                        result.edge_success += weight * part.edge_success(tier);
                        worse += weight * part.worse(tier);
                    }
                }
                let failed: f64 = result.flow.calls_failed.iter().sum();
                result.flow.overhead_usd = rule.overhead_usd;
                result.flow.overhead_failed_usd = rule.overhead_usd * failed;
                result.flow.overhead_ms = rule.overhead_ms;
                result.no_worse = self.baseline_tier().map(|_| 1.0 - worse);
                result
            })
            .collect()
    }

    /// Pattern masses by the stage at which a score starts a chain.
    pub(super) fn row_starts(&self, rows: &Rows, segment: usize, noise: f64, cuts: &[f64]) -> Vec<KindPatterns> {
        let Some(patterns) = self.patterns_of(segment) else { return Vec::new() };
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
                let stages = rows.cell_shares(segment, self.day.router_noise(noise), cuts);
                let of = |stage: &Vec<f64>, pattern: usize| stage.get(pattern).copied().unwrap_or(0.0);
                stages.iter().map(|stage| part_of(&|pattern| of(stage, pattern))).collect()
            }
        }
    }

    /// Success of every tier in every segment, `[segment][tier]`.
    pub(super) fn tier_success_of_rows(&self) -> Vec<Vec<f64>> {
        let of_segment = |(index, g): (usize, &SegmentState)| {
            let mut success = vec![0.0; self.tiers()];
            let kinds = self.patterns_of(index).into_iter().flatten().zip([1.0 - g.hidden_share, g.hidden_share]);
            for (edges, share) in kinds {
                for (pattern, mass) in edges.iter().flat_map(|masses| masses.iter().enumerate()) {
                    for (_, sum) in success.iter_mut().enumerate().filter(|(k, _)| pattern >> k & 1 == 1) {
                        *sum += share * mass;
                    }
                }
            }
            success
        };
        self.day.segments.iter().enumerate().map(of_segment).collect()
    }

    /// The day's cells, each with what `rule` makes of it: a suite of fixed cases is drawn from these.
    pub(super) fn case_cells(&self, rule: &Rule, outcomes: &Outcomes) -> Vec<CasePoint> {
        let mut points = Vec::new();
        for (index, g) in self.day.segments.iter().enumerate() {
            let starts = match &rule.start {
                Start::First => self.patterns_of(index).cloned().into_iter().collect(),
                _ => self.starts_of(index, &rule.start),
            };
            let Some(whole) = self.patterns_of(index) else { continue };
            for (kind, share) in [1.0 - g.hidden_share, g.hidden_share].into_iter().enumerate() {
                for pattern in 0..whole[kind][0].len() {
                    let mass = whole[kind][0][pattern] + whole[kind][1][pattern];
                    if mass * share <= 0.0 {
                        continue;
                    }
                    let hidden = kind == 1;
                    let mut point = CasePoint {
                        share: g.share * share * mass,
                        hidden,
                        answered: [0.0; FINALS],
                        good: [0.0; FINALS],
                    };
                    for (start, patterns) in starts.iter().enumerate() {
                        let part = (patterns[kind][0][pattern] + patterns[kind][1][pattern]) / mass;
                        let flow: &Flow = outcomes.get(kind, start, pattern);
                        for k in 0..=self.tiers().min(MAX_TIERS) {
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
}

/// A table's rows under a rule, one by one: for intervals by resampling them.
pub struct RowOutcomes<'t> {
    tables: &'t Tables,
    rows: Arc<Rows>,
    rule: &'t Rule,
    outcomes: Outcomes,
    weights: Vec<[f64; 2]>,
}

/// What a row contributes, in expectation over luck and routing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowOutcome {
    /// What the row counts on the day, relative to the others.
    pub weight: f64,
    /// Probability of a good answer.
    pub good: f64,
    /// Part of the row beyond the hard edge.
    pub edge: f64,
    /// Probability of being beyond the hard edge and answered well.
    pub edge_good: f64,
    /// Price of calls and of routers, judges and people, USD.
    pub usd: f64,
    /// The same where the answer is not good in the end, USD.
    pub failed_usd: f64,
}

impl<'t> RowOutcomes<'t> {
    /// Of a day without a day effect; `None` where the world is generated.
    pub fn new(tables: &'t Tables, rule: &'t Rule) -> Option<Self> {
        let rows = Arc::clone(tables.rows.as_ref()?);
        let outcomes = Outcomes::of_every_pattern(tables, rule);
        let weights = tables
            .day
            .segments
            .iter()
            .enumerate()
            .map(|(g, state)| row_weights(&rows, g, state.hidden_share).map(|w| w * state.share))
            .collect();
        Some(Self { tables, rows, rule, outcomes, weights })
    }

    /// Calls a function with every row's segment and what it contributes.
    pub fn for_each(&self, mut visit: impl FnMut(usize, usize, &RowOutcome)) {
        let first = [1.0];
        match &self.rule.start {
            Start::Score { noise, cuts } => {
                let noise = self.tables.day.router_noise(*noise);
                self.rows.for_rows(noise, cuts, |row, shares| self.visit_row(row, shares, &mut visit));
            }
            Start::First => {
                for row in 0..self.rows.count() {
                    self.visit_row(row, StageShares::One(&first), &mut visit);
                }
            }
            Start::Shares(all) => {
                for row in 0..self.rows.count() {
                    let shares = all.get(self.rows.segment(row)).or(all.first());
                    self.visit_row(row, StageShares::One(shares.map_or(&[][..], Vec::as_slice)), &mut visit);
                }
            }
        }
    }

    fn visit_row(&self, row: usize, shares: StageShares<'_>, visit: &mut impl FnMut(usize, usize, &RowOutcome)) {
        let segment = self.rows.segment(row);
        let Some(weights) = self.weights.get(segment) else { return };
        let cells = self.rows.cells.get(segment);
        let mut sum = RowOutcome::default();
        self.rows.for_patterns(row, |pattern, part| {
            let kind = self.rows.kind(pattern);
            let weight = weights[kind] * part;
            let edge = cells.and_then(|c| c.edge.get(pattern)).copied().unwrap_or(0.0);
            sum.weight += weight;
            sum.edge += weight * edge;
            for (start, share) in shares.of(pattern).iter().enumerate().filter(|(_, share)| **share > 0.0) {
                let flow = self.outcomes.get(kind, start, pattern);
                let weight = weight * share;
                let good = flow.quality();
                sum.good += weight * good;
                sum.edge_good += weight * edge * good;
                sum.usd += weight * flow.overhead_usd;
                sum.failed_usd += weight * flow.overhead_failed_usd;
                for (k, (calls, failed)) in flow.calls.iter().zip(&flow.calls_failed).enumerate() {
                    if *calls > 0.0 {
                        let usd = weight * self.tables.price_factor(k) * self.rows.usd(row, k);
                        sum.usd += usd * calls;
                        sum.failed_usd += usd * failed;
                    }
                }
            }
        });
        visit(row, segment, &sum);
    }
}
