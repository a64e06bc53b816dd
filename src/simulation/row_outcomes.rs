//! What a rule makes of the rows of a replayed table, row by row.

use std::sync::Arc;

use super::exact::{Outcomes, Tables};
use super::rows::{Rows, StageShares};
use super::rule::{Rule, Start};
use super::traffic::row_weights;

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
        let rows = Arc::clone(tables.rows()?);
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
                        let usd = weight * self.tables.day.price_factor(k) * self.rows.usd(row, k);
                        sum.usd += usd * calls;
                        sum.failed_usd += usd * failed;
                    }
                }
            }
        });
        visit(row, segment, &sum);
    }
}
