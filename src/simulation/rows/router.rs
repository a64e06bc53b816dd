//! The rows in the order of a router's score: what starts at which stage of a chain.
//!
//! The score is a column of the table (rows are sorted once, sums are kept at a hundred places, and cut points are positions in the order), or the estimated
//! difficulty with the policy's noise (rows of the same difficulty go together, and cut points are logits).

use std::sync::{Arc, PoisonError};

use super::{Rows, Spread, Sums};
use crate::simulation::normal::{self, Component};

/// Places in the order of the router's scores at which sums are kept: the settings of a sweep in steps of one per cent.
const PLACES: usize = 100;
/// Cut points whose cells are kept.
const KEPT_CUTS: usize = 64;

/// What a score-based policy starts with at one stage: rows and their costs by segment and pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct StageCells {
    /// Rows, `[segment][pattern]`.
    pub rows: Vec<Vec<f64>>,
    /// Cost of a call to each tier, USD summed over the rows: `[segment][pattern][tier]`.
    usd: Vec<Vec<f64>>,
}

/// The cells that start at each stage, with the cut points they belong to.
pub(super) type KeptCells = (Vec<f64>, Arc<Vec<StageCells>>);

/// What orders the rows.
#[derive(Debug)]
pub(super) enum Router {
    /// A column of the table.
    Column {
        scores: usize,
        /// Rows by score.
        order: Vec<u32>,
        /// Positions in that order, and the sums of all rows before each.
        places: Vec<(usize, Sums)>,
    },
    /// Estimated difficulty; its groups in increasing order, with the sums of each.
    Difficulty { groups: Vec<(f64, Sums)> },
}

/// Shares of a row that start at each stage of a chain.
#[derive(Clone, Copy, Debug)]
pub enum StageShares<'s> {
    /// Whatever its outcome.
    One(&'s [f64]),
    /// By the difficulty that is estimated from its outcome.
    ByPattern {
        /// Those of each group of difficulties.
        shares: &'s [Vec<f64>],
        /// Group of each pattern.
        group_of: &'s [usize],
    },
}

impl<'s> StageShares<'s> {
    /// Those of a success pattern.
    pub fn of(self, pattern: usize) -> &'s [f64] {
        match self {
            Self::One(shares) => shares,
            Self::ByPattern { shares, group_of } => {
                group_of.get(pattern).and_then(|group| shares.get(*group)).map_or(&[], Vec::as_slice)
            }
        }
    }
}

/// A score as it is compared: zero has no sign.
fn plain(score: f64) -> f64 {
    score + 0.0
}

impl Rows {
    pub(super) fn sort_by_column(&self, column: usize, spread: Spread) -> Router {
        let scores = self.table.router_scores.get(column).map_or(&[][..], |r| r.scores.as_slice());
        let mut keys: Vec<(f64, u32)> = scores.iter().enumerate().map(|(row, s)| (plain(*s), row as u32)).collect();
        (spread.sort)(&mut keys);
        let order: Vec<u32> = keys.into_iter().map(|(_, row)| row).collect();
        let n = order.len();
        let starts: Vec<usize> = (0..PLACES).map(|i| i * n / PLACES).collect();
        let mut place_of = vec![0_u8; n];
        for (place, start) in starts.iter().enumerate() {
            let end = starts.get(place + 1).copied().unwrap_or(n);
            for row in order.get(*start..end).unwrap_or_default() {
                if let Some(of) = place_of.get_mut(*row as usize) {
                    *of = place as u8;
                }
            }
        }
        let length = self.whole.values.len();
        let sums = self.over_pieces(spread, PLACES * length, |row, sums| {
            let place = place_of.get(row).map_or(0, |p| usize::from(*p));
            if let Some(sums) = sums.get_mut(place * length..(place + 1) * length) {
                self.add_row(row, sums);
            }
        });
        let mut before = Sums::zero(self.cells.len(), self.tiers());
        let mut places = Vec::with_capacity(PLACES + 1);
        for (start, own) in starts.into_iter().zip(sums.chunks_exact(length)) {
            places.push((start, before.clone()));
            for (to, from) in before.values.iter_mut().zip(own) {
                *to += from;
            }
        }
        places.push((n, before));
        Router::Column { scores: column, order, places }
    }

    pub(super) fn sort_by_difficulty(&mut self) -> Router {
        let mut values: Vec<f64> = self
            .cells
            .iter()
            .flat_map(|c| c.difficulty.iter().zip(&c.rows).filter(|(_, rows)| **rows > 0.0).map(|(d, _)| *d))
            .collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let group_of = |d: f64| values.partition_point(|v| v.total_cmp(&d).is_lt());
        for cells in &mut self.cells {
            cells.group = cells.difficulty.iter().map(|d| group_of(*d)).collect();
        }
        let mut groups: Vec<(f64, Sums)> =
            values.iter().map(|d| (*d, Sums::zero(self.cells.len(), self.tiers()))).collect();
        for (g, cells) in self.cells.iter().enumerate() {
            let usd = cells.usd.chunks_exact(self.tiers());
            for (pattern, ((rows, usd), group)) in cells.rows.iter().zip(usd).zip(&cells.group).enumerate() {
                if let (true, Some((_, sums))) = (*rows > 0.0, groups.get_mut(*group)) {
                    self.add(&mut sums.values, g, pattern, *rows, usd);
                }
            }
        }
        Router::Difficulty { groups }
    }

    /// Rows with the same score as the one at a position: their range in the order of the scores.
    fn tied(&self, column: usize, order: &[u32], position: usize) -> (usize, usize) {
        let scores = self.table.router_scores.get(column).map_or(&[][..], |r| r.scores.as_slice());
        let score = |row: &u32| scores.get(*row as usize).map_or(f64::INFINITY, |s| plain(*s));
        let Some(own) = order.get(position).map(score) else { return (position, position) };
        (
            order.partition_point(|row| score(row).total_cmp(&own).is_lt()),
            order.partition_point(|row| score(row).total_cmp(&own).is_le()),
        )
    }

    /// Sums over the rows before a position in the order of the scores.
    fn before(&self, order: &[u32], places: &[(usize, Sums)], position: usize) -> Sums {
        let next = places.partition_point(|(start, _)| *start <= position);
        let Some((start, sums)) = next.checked_sub(1).and_then(|i| places.get(i)) else {
            return Sums::zero(self.cells.len(), self.tiers());
        };
        let mut sums = sums.clone();
        for row in order.get(*start..position).unwrap_or_default() {
            self.add_row(*row as usize, &mut sums.values);
        }
        sums
    }

    /// Sums over the rows that start at each stage of a chain; `cuts` as [`Self::cut`] gives them, `noise` in logits.
    pub fn stages(&self, noise: f64, cuts: &[f64]) -> Vec<Sums> {
        match &self.router {
            Router::Column { scores, order, places } => {
                let below = |cut: f64| {
                    let (first, end) = self.tied(*scores, order, cut.max(0.0) as usize);
                    let mut sums = self.before(order, places, first);
                    // Rows with the same score cannot be told apart: chance sends some of them on.
                    let part = cut.clamp(0.0, order.len() as f64) - first as f64;
                    if part > 0.0 && end > first {
                        let mut tied = self.before(order, places, end);
                        tied.add(&sums, -1.0);
                        sums.add(&tied, part / (end - first) as f64);
                    }
                    sums
                };
                let mut sums: Vec<Sums> = Vec::with_capacity(cuts.len() + 1);
                for (i, cut) in cuts.iter().enumerate() {
                    // A tier without any share has the cut of the one before.
                    let same = i.checked_sub(1).filter(|before| cuts.get(*before) == Some(cut));
                    let next = same.and_then(|before| sums.get(before).cloned()).unwrap_or_else(|| below(*cut));
                    sums.push(next);
                }
                let mut below = sums;
                below.push(self.whole.clone());
                for stage in (1..below.len()).rev() {
                    let (before, from) = below.split_at_mut(stage);
                    if let (Some(before), Some(own)) = (before.last(), from.first_mut()) {
                        own.add(before, -1.0);
                    }
                }
                below
            }
            Router::Difficulty { groups } => {
                let mut stages = vec![Sums::zero(self.cells.len(), self.tiers()); cuts.len() + 1];
                for (difficulty, sums) in groups {
                    for (stage, share) in stages.iter_mut().zip(bins(*difficulty, noise, cuts)) {
                        if share > 0.0 {
                            stage.add(sums, share);
                        }
                    }
                }
                stages
            }
        }
    }

    /// Calls a function on every row, with the shares of each of its patterns that start at each stage.
    pub fn for_rows(&self, noise: f64, cuts: &[f64], mut visit: impl FnMut(usize, StageShares<'_>)) {
        match &self.router {
            Router::Column { scores, order, .. } => {
                let mut first = 0;
                let scores = self.table.router_scores.get(*scores).map_or(&[][..], |r| r.scores.as_slice());
                let score = |position: usize| order.get(position).and_then(|row| scores.get(*row as usize));
                while first < order.len() {
                    let mut end = first + 1;
                    while end < order.len() && score(end) == score(first) {
                        end += 1;
                    }
                    let (a, b) = (first as f64, end as f64);
                    let mut below = a;
                    let shares: Vec<f64> = cuts
                        .iter()
                        .copied()
                        .chain([f64::INFINITY])
                        .map(|cut| {
                            let cut = cut.clamp(below, b);
                            let share = (cut - below) / (b - a);
                            below = cut;
                            share
                        })
                        .collect();
                    for row in order.get(first..end).unwrap_or_default() {
                        visit(*row as usize, StageShares::One(&shares));
                    }
                    first = end;
                }
            }
            Router::Difficulty { groups } => {
                let shares: Vec<Vec<f64>> = groups.iter().map(|(d, _)| bins(*d, noise, cuts)).collect();
                for row in 0..self.count() {
                    let cells = self.cells.get(self.segment(row));
                    let group_of = cells.map_or(&[][..], |c| c.group.as_slice());
                    visit(row, StageShares::ByPattern { shares: &shares, group_of });
                }
            }
        }
    }

    /// The cells that start at each stage; `None` where the router goes by difficulty, which [`Self::cell_shares`] tells.
    pub fn stage_cells(&self, cuts: &[f64]) -> Option<Arc<Vec<StageCells>>> {
        if !self.has_router_column() {
            return None;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cells)) = kept.iter().find(|(at, _)| at == cuts) {
            return Some(Arc::clone(cells));
        }
        let (tiers, patterns) = (self.tiers(), 1_usize << self.tiers());
        let empty = || StageCells {
            rows: self.cells.iter().map(|_| vec![0.0; patterns]).collect(),
            usd: self.cells.iter().map(|_| vec![0.0; patterns * tiers]).collect(),
        };
        let mut stages: Vec<StageCells> = (0..=cuts.len()).map(|_| empty()).collect();
        self.for_rows(0.0, cuts, |row, shares| {
            let g = self.segment(row);
            self.for_patterns(row, |pattern, weight| {
                let starting = stages.iter_mut().zip(shares.of(pattern));
                for (stage, share) in starting.filter(|(_, share)| **share > 0.0) {
                    if let Some(rows) = stage.rows.get_mut(g).and_then(|rows| rows.get_mut(pattern)) {
                        *rows += share * weight;
                    }
                    let usd = stage.usd.get_mut(g).and_then(|usd| usd.get_mut(pattern * tiers..(pattern + 1) * tiers));
                    for (k, to) in usd.into_iter().flatten().enumerate() {
                        *to += share * weight * self.usd(row, k);
                    }
                }
            });
        });
        let stages = Arc::new(stages);
        if kept.len() >= KEPT_CUTS {
            kept.remove(0);
        }
        kept.push((cuts.to_vec(), Arc::clone(&stages)));
        Some(stages)
    }

    /// Shares of the cells of a segment that start at each stage, `[stage][pattern]`, by estimated difficulty.
    pub fn cell_shares(&self, segment: usize, noise: f64, cuts: &[f64]) -> Vec<Vec<f64>> {
        let Some(cells) = self.cells.get(segment) else { return Vec::new() };
        let mut stages = vec![vec![0.0; cells.rows.len()]; cuts.len() + 1];
        for (pattern, difficulty) in cells.difficulty.iter().enumerate() {
            if cells.rows.get(pattern).is_some_and(|rows| *rows > 0.0) {
                for (stage, share) in stages.iter_mut().zip(bins(*difficulty, noise, cuts)) {
                    if let Some(to) = stage.get_mut(pattern) {
                        *to = share;
                    }
                }
            }
        }
        stages
    }

    /// Shares of the rows at which the scores of a router's column change: between two of them a share that is sent on takes more or fewer rows
    /// of one score, by chance. `None` where there is no column, or there are more of them than `most`.
    pub fn score_steps(&self, most: usize) -> Option<Vec<f64>> {
        let Router::Column { scores, order, .. } = &self.router else { return None };
        let scores = &self.table.router_scores.get(*scores)?.scores;
        let of = |row: &u32| scores.get(*row as usize).map_or(0.0, |s| plain(*s));
        let mut before = 0;
        let mut steps = Vec::new();
        for group in order.chunk_by(|a, b| of(a).total_cmp(&of(b)).is_eq()) {
            before += group.len();
            steps.push(before as f64 / order.len() as f64);
            if steps.len() > most {
                return None;
            }
        }
        Some(steps)
    }

    /// The score below which a share of the rows lies: with a router's column a position in the order of its scores.
    pub fn cut(&self, noise: f64, below: f64) -> f64 {
        match &self.router {
            Router::Column { order, .. } => {
                // A whole number of rows, but for the last digits of a product.
                let position = below * order.len() as f64;
                if (position - position.round()).abs() < 1e-6 { position.round() } else { position }
            }
            Router::Difficulty { groups } => {
                let components: Vec<Component> = groups
                    .iter()
                    .map(|(mean, sums)| Component {
                        weight: (0..self.cells.len())
                            .flat_map(|g| [0, 1].map(|kind| sums.part(g, kind).rows()))
                            .sum::<f64>()
                            / self.count() as f64,
                        mean: *mean,
                        sd: noise,
                    })
                    .collect();
                normal::mixture_quantile(&components, below)
            }
        }
    }
}

impl StageCells {
    /// Mean cost of a call to a tier, USD.
    pub fn usd(&self, segment: usize, pattern: usize, tier: usize, tiers: usize) -> f64 {
        let rows = self.rows.get(segment).and_then(|r| r.get(pattern)).copied().unwrap_or(0.0);
        let usd = self.usd.get(segment).and_then(|u| u.get(pattern * tiers + tier)).copied().unwrap_or(0.0);
        if rows > 0.0 { usd / rows } else { 0.0 }
    }
}

/// Probability of each bin between cuts for a normal score.
fn bins(mean: f64, sd: f64, cuts: &[f64]) -> Vec<f64> {
    let mut below = 0.0;
    cuts.iter()
        .copied()
        .chain([f64::INFINITY])
        .map(|cut| {
            let next = if cut.is_finite() { normal::cdf_at(cut, mean, sd) } else { f64::from(cut > 0.0) };
            let share = (next - below).max(0.0);
            below = next;
            share
        })
        .collect()
}
