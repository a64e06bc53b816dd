//! A table compiled for the engines: sums over its rows, from which every policy's figures follow.
//!
//! Rows are told apart by segment and success pattern (*cells*), for whatever a second call decides, and by the router's score (sorted
//! once, sums at a hundred places and row by row between them), for whatever a score alone decides. Rows on which only the most capable
//! tier succeeds are a replay's hidden-hard requests: events resample them within their segment.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::item_difficulty;
use super::table::{Table, nested_patterns};
use super::world::{MAX_TIERS, WorldError};
use crate::scenario::model::{PolicyKind, Scenario};

/// Places in the order of the router's scores at which sums are kept: the settings of a sweep in steps of one per cent.
const PLACES: usize = 100;
/// Most pieces that a pass over the rows is cut into.
const PIECES: usize = 8;
/// Rows of a piece at least.
const PIECE_ROWS: usize = 1 << 16;
/// Share of the rows beyond the hard edge.
const EDGE_SHARE: f64 = 0.1;
/// Cut points whose cells are kept.
const KEPT_CUTS: usize = 64;

/// How work is spread over threads; the core has none of its own.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Calls a function for every number below the first argument, and gives the results in order.
    pub map: fn(usize, &(dyn Fn(usize) -> Vec<f64> + Sync)) -> Vec<Vec<f64>>,
    /// Sorts.
    pub sort: fn(&mut [(f64, u32)], fn(&(f64, u32), &(f64, u32)) -> Ordering),
}

impl Spread {
    /// One after the other.
    pub const SERIAL: Self =
        Self { map: |n, of| (0..n).map(of).collect(), sort: |keys, by| keys.sort_unstable_by(by) };
}

/// What of a scenario the sums depend on: while it stays the same, they need not be taken again.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Column of each tier.
    columns: Vec<usize>,
    /// USD per input and per output token of each tier; `None`: the table has costs.
    prices: Option<Vec<(f64, f64)>>,
    chars_per_token: f64,
    input_tokens: f64,
    output_tokens: f64,
    /// The baseline's tier, where it is a single one.
    baseline: Option<usize>,
    /// Column of the router's scores.
    router: Option<usize>,
}

impl Spec {
    /// Finds the columns that a scenario speaks of.
    ///
    /// # Errors
    /// When the table has no such model or router score.
    pub fn new(table: &Table, scenario: &Scenario) -> Result<Self, WorldError> {
        let Some(replay) = &scenario.replay else { return Err(WorldError::Missing("[replay]")) };
        if table.rows() == 0 {
            return Err(WorldError::Replay("the table has no row that can be used".to_owned()));
        }
        if scenario.tiers.is_empty() {
            return Err(WorldError::Missing("tiers"));
        }
        if scenario.tiers.len() > MAX_TIERS {
            return Err(WorldError::TooMany("tiers"));
        }
        let listed = |names: Vec<&str>| names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ");
        let columns = scenario
            .tiers
            .iter()
            .map(|tier| {
                table.tiers.iter().position(|t| t.name == tier.name).ok_or_else(|| {
                    let models = listed(table.tiers.iter().map(|t| t.name.as_str()).collect());
                    WorldError::Replay(format!(
                        "the table has no model \"{}\" for the tier of that name; it has {models}",
                        tier.name
                    ))
                })
            })
            .collect::<Result<Vec<usize>, _>>()?;
        let router = match &replay.router {
            None => None,
            Some(name) => Some(table.router_scores.iter().position(|r| r.name == *name).ok_or_else(|| {
                let scores = listed(table.router_scores.iter().map(|r| r.name.as_str()).collect());
                let there = if scores.is_empty() { "it has none".to_owned() } else { format!("it has {scores}") };
                WorldError::Replay(format!("the table has no router score \"{name}\"; {there}"))
            })?),
        };
        let prices = (!table.has_costs()).then(|| {
            let of = |t: &crate::scenario::model::Tier| {
                let cached = t.cached_input;
                let input =
                    (1.0 - cached.hit_rate) * t.input_usd_per_mtok + cached.hit_rate * cached.usd_per_mtok;
                (input / 1e6, t.output_usd_per_mtok * t.verbosity / 1e6)
            };
            scenario.tiers.iter().map(of).collect()
        });
        let baseline = scenario.policies.iter().find(|p| p.name == scenario.baseline).and_then(|p| match &p.kind {
            PolicyKind::Single { tier } => scenario.tier_index(tier),
            _ => None,
        });
        Ok(Self {
            columns,
            prices,
            chars_per_token: replay.chars_per_token,
            input_tokens: replay.input_tokens,
            output_tokens: replay.output_tokens,
            baseline,
            router,
        })
    }
}

/// Sums over rows by segment and kind (plain; only the most capable tier succeeds).
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    values: Vec<f64>,
    tiers: usize,
}

/// The sums of one segment and kind.
#[derive(Clone, Copy, Debug)]
pub struct Part<'s> {
    values: &'s [f64],
    tiers: usize,
}

impl Part<'_> {
    fn at(&self, field: usize) -> f64 {
        self.values.get(field).copied().unwrap_or(0.0)
    }

    /// Rows.
    pub fn rows(&self) -> f64 {
        self.at(0)
    }

    /// Rows beyond the hard edge.
    pub fn edge(&self) -> f64 {
        self.at(1)
    }

    /// Successes of a tier.
    pub fn success(&self, tier: usize) -> f64 {
        self.at(2 + tier)
    }

    /// Successes of a tier beyond the hard edge.
    pub fn edge_success(&self, tier: usize) -> f64 {
        self.at(2 + self.tiers + tier)
    }

    /// Cost of calling a tier, USD.
    pub fn usd(&self, tier: usize) -> f64 {
        self.at(2 + 2 * self.tiers + tier)
    }

    /// Cost of calling a tier where it fails, USD.
    pub fn failed_usd(&self, tier: usize) -> f64 {
        self.at(2 + 3 * self.tiers + tier)
    }

    /// Rows on which the baseline succeeds and a tier fails.
    pub fn worse(&self, tier: usize) -> f64 {
        self.at(2 + 4 * self.tiers + tier)
    }
}

fn width(tiers: usize) -> usize {
    2 + 5 * tiers
}

impl Sums {
    fn zero(segments: usize, tiers: usize) -> Self {
        Self { values: vec![0.0; segments * 2 * width(tiers)], tiers }
    }

    /// Those of a segment and kind.
    pub fn part(&self, segment: usize, kind: usize) -> Part<'_> {
        let width = width(self.tiers);
        let from = (2 * segment + kind) * width;
        Part { values: self.values.get(from..from + width).unwrap_or_default(), tiers: self.tiers }
    }

    fn add(&mut self, other: &Self, weight: f64) {
        for (to, from) in self.values.iter_mut().zip(&other.values) {
            *to += weight * from;
        }
    }
}

/// The rows of a segment by success pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// Rows, by pattern.
    pub rows: Vec<f64>,
    /// Cost of a call to each tier, USD summed over the rows: `[pattern][tier]`.
    usd: Vec<f64>,
    /// Estimated difficulty, logits, by pattern.
    pub difficulty: Vec<f64>,
    /// Part of the rows beyond the hard edge, by pattern.
    pub edge: Vec<f64>,
    /// Mean difficulty of the segment, logits.
    pub mean_difficulty: f64,
    /// Index of the difficulty among those of all cells.
    group: Vec<usize>,
}

/// What a score-based policy starts with at one stage: rows and their costs by segment and pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct StageCells {
    /// Rows, `[segment][pattern]`.
    pub rows: Vec<Vec<f64>>,
    /// Cost of a call to each tier, USD summed over the rows: `[segment][pattern][tier]`.
    usd: Vec<Vec<f64>>,
}

#[derive(Debug)]
enum Router {
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

/// A compiled table.
#[derive(Debug)]
pub struct Rows {
    table: Arc<Table>,
    spec: Spec,
    /// Index of the tier with the highest mean score.
    capable: usize,
    /// By segment.
    pub cells: Vec<Cells>,
    /// Sums over all rows.
    pub whole: Sums,
    /// Estimated difficulty of which a tenth of the rows has more, logits.
    pub hard_edge: f64,
    router: Router,
    kept: Mutex<Vec<(Vec<f64>, Arc<Vec<StageCells>>)>>,
}

impl Rows {
    /// Takes the sums of a table.
    pub fn compile(table: &Arc<Table>, spec: Spec, spread: Spread) -> Self {
        let mut rows = Self {
            table: Arc::clone(table),
            capable: 0,
            cells: Vec::new(),
            whole: Sums::zero(table.segments.len(), spec.columns.len()),
            hard_edge: 0.0,
            router: Router::Difficulty { groups: Vec::new() },
            spec,
            kept: Mutex::new(Vec::new()),
        };
        rows.take_cells(spread);
        rows.sum_whole();
        rows.router = match rows.spec.router {
            Some(scores) => rows.sort_by_column(scores, spread),
            None => rows.sort_by_difficulty(),
        };
        rows
    }

    /// What it was compiled for.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The table itself.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Number of rows.
    pub fn count(&self) -> usize {
        self.table.rows()
    }

    /// Number of tiers.
    pub fn tiers(&self) -> usize {
        self.spec.columns.len()
    }

    /// Kind of the rows with a pattern: 1 where only the most capable tier succeeds.
    #[inline]
    pub fn kind(&self, pattern: usize) -> usize {
        usize::from(pattern == 1 << self.capable && self.tiers() > 1)
    }

    /// Whether the router's scores are a column of the table.
    pub fn has_router_column(&self) -> bool {
        matches!(self.router, Router::Column { .. })
    }

    /// Mean cost of a call to a tier on the rows of a cell, USD.
    pub fn cell_usd(&self, segment: usize, pattern: usize, tier: usize) -> f64 {
        self.cells.get(segment).map_or(0.0, |cells| {
            let usd = cells.usd.get(pattern * self.tiers() + tier).copied().unwrap_or(0.0);
            cells.rows.get(pattern).filter(|rows| **rows > 0.0).map_or(0.0, |rows| usd / rows)
        })
    }

    /// Mean input tokens of a segment, as far as the table tells.
    pub fn input_tokens(&self) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); self.table.segments.len()];
        for (row, segment) in self.table.segment_of.iter().enumerate() {
            if let Some(sum) = sums.get_mut(*segment as usize) {
                *sum = (sum.0 + self.row_input_tokens(row), sum.1 + 1.0);
            }
        }
        sums.into_iter().map(|(sum, n)| if n > 0.0 { sum / n } else { self.spec.input_tokens }).collect()
    }

    fn row_input_tokens(&self, row: usize) -> f64 {
        self.table.prompt_chars.get(row).map_or(self.spec.input_tokens, |chars| chars / self.spec.chars_per_token)
    }

    /// Cost of a call to a tier on a row, USD.
    #[inline]
    pub fn usd(&self, row: usize, tier: usize) -> f64 {
        match &self.spec.prices {
            None => {
                let column = self.spec.columns.get(tier).and_then(|c| self.table.tiers.get(*c));
                column.and_then(|c| c.costs_usd.get(row)).copied().unwrap_or(0.0)
            }
            Some(prices) => {
                let (input, output) = prices.get(tier).copied().unwrap_or_default();
                input * self.row_input_tokens(row) + output * self.spec.output_tokens
            }
        }
    }

    /// Success patterns of a row, with their weights.
    #[inline]
    pub fn for_patterns(&self, row: usize, mut visit: impl FnMut(usize, f64)) {
        let mut scores = [0.0; MAX_TIERS];
        let tiers = self.tiers().min(MAX_TIERS);
        let (mut pattern, mut is_graded) = (0, false);
        for (k, (score, column)) in scores.iter_mut().zip(&self.spec.columns).enumerate().take(tiers) {
            *score = self.table.tiers.get(*column).map_or(0.0, |t| t.scores.at(row));
            is_graded |= *score > 0.0 && *score < 1.0;
            pattern |= usize::from(*score > 0.0) << k;
        }
        if is_graded {
            nested_patterns(scores.get(..tiers).unwrap_or_default(), visit);
        } else {
            visit(pattern, 1.0);
        }
    }

    /// Segment of a row.
    #[inline]
    pub fn segment(&self, row: usize) -> usize {
        self.table.segment_of.get(row).map_or(0, |g| *g as usize)
    }

    fn pieces(&self) -> (usize, usize) {
        let size = self.count().div_ceil(PIECES).max(PIECE_ROWS);
        (self.count().div_ceil(size), size)
    }

    /// Calls a function on pieces of the rows and adds up what it gives, in their order.
    fn over_pieces(&self, spread: Spread, length: usize, of: impl Fn(usize, &mut [f64]) + Sync) -> Vec<f64> {
        let (pieces, size) = self.pieces();
        let parts = (spread.map)(pieces, &|piece| {
            let mut sums = vec![0.0; length];
            for row in piece * size..((piece + 1) * size).min(self.count()) {
                of(row, &mut sums);
            }
            sums
        });
        let mut parts = parts.into_iter();
        let mut sums = parts.next().unwrap_or_else(|| vec![0.0; length]);
        for part in parts {
            for (to, from) in sums.iter_mut().zip(part) {
                *to += from;
            }
        }
        sums
    }

    fn take_cells(&mut self, spread: Spread) {
        let (tiers, patterns) = (self.tiers(), 1_usize << self.tiers());
        let stride = 1 + tiers;
        let sums = self.over_pieces(spread, self.table.segments.len() * patterns * stride, |row, sums| {
            let first = self.segment(row) * patterns;
            let mut usd = [0.0; MAX_TIERS];
            for (k, usd) in usd.iter_mut().enumerate().take(tiers) {
                *usd = self.usd(row, k);
            }
            self.for_patterns(row, |pattern, weight| {
                let from = (first + pattern) * stride;
                if let Some([rows, costs @ ..]) = sums.get_mut(from..from + stride) {
                    *rows += weight;
                    for (to, usd) in costs.iter_mut().zip(&usd) {
                        *to += weight * usd;
                    }
                }
            });
        });
        self.cells = sums
            .chunks_exact(patterns * stride)
            .map(|of_segment| Cells {
                rows: of_segment.chunks_exact(stride).filter_map(|cell| cell.first().copied()).collect(),
                usd: of_segment.chunks_exact(stride).flat_map(|cell| cell.iter().skip(1).copied()).collect(),
                difficulty: Vec::new(),
                edge: Vec::new(),
                mean_difficulty: 0.0,
                group: Vec::new(),
            })
            .collect();
        let mean = |k: usize| -> f64 {
            let of_patterns = |cells: &Cells| -> f64 {
                cells.rows.iter().enumerate().filter(|(p, _)| p >> k & 1 == 1).map(|(_, rows)| rows).sum()
            };
            self.cells.iter().map(of_patterns).sum()
        };
        self.capable = (0..tiers).max_by(|i, j| mean(*i).total_cmp(&mean(*j))).unwrap_or(0);
        let masses: Vec<&[f64]> = self.cells.iter().map(|c| c.rows.as_slice()).collect();
        let estimated = item_difficulty::estimate(&masses, tiers);
        // The hard edge, with a part of the rows that are tied on it.
        let mut by_difficulty: Vec<(f64, f64)> =
            masses.iter().zip(&estimated).flat_map(|(m, d)| d.iter().copied().zip(m.iter().copied())).collect();
        by_difficulty.retain(|(_, rows)| *rows > 0.0);
        by_difficulty.sort_by(|a, b| b.0.total_cmp(&a.0));
        let wanted = EDGE_SHARE * self.count() as f64;
        let (mut beyond, mut at_edge) = (0.0, 1.0);
        for group in by_difficulty.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let rows: f64 = group.iter().map(|(_, rows)| rows).sum();
            self.hard_edge = group.first().map_or(0.0, |(d, _)| *d);
            at_edge = ((wanted - beyond) / rows).clamp(0.0, 1.0);
            beyond += rows;
            if beyond >= wanted {
                break;
            }
        }
        let edge = self.hard_edge;
        for (cells, difficulty) in self.cells.iter_mut().zip(estimated) {
            let rows: f64 = cells.rows.iter().sum();
            cells.mean_difficulty =
                difficulty.iter().zip(&cells.rows).map(|(d, n)| d * n).sum::<f64>() / rows.max(1e-300);
            cells.edge = difficulty
                .iter()
                .map(|d| match d.total_cmp(&edge) {
                    Ordering::Greater => 1.0,
                    Ordering::Equal => at_edge,
                    Ordering::Less => 0.0,
                })
                .collect();
            cells.difficulty = difficulty;
        }
    }

    /// Adds what rows of one pattern contribute; `usd` their costs by tier.
    #[inline]
    fn add(&self, out: &mut [f64], segment: usize, pattern: usize, weight: f64, usd: &[f64]) {
        let tiers = self.tiers();
        let width = width(tiers);
        let from = (2 * segment + self.kind(pattern)) * width;
        let Some([rows, edge_rows, fields @ ..]) = out.get_mut(from..from + width) else { return };
        let edge = self.cells.get(segment).and_then(|c| c.edge.get(pattern)).copied().unwrap_or(0.0);
        let baseline_good = self.spec.baseline.is_some_and(|b| pattern >> b & 1 == 1);
        *rows += weight;
        *edge_rows += weight * edge;
        let (success, fields) = fields.split_at_mut(tiers);
        let (edge_success, fields) = fields.split_at_mut(tiers);
        let (cost, fields) = fields.split_at_mut(tiers);
        let (failed, worse) = fields.split_at_mut(tiers);
        let columns = success.iter_mut().zip(edge_success).zip(cost).zip(failed).zip(worse).zip(usd);
        for (k, (((((success, edge_success), cost), failed), worse), usd)) in columns.enumerate() {
            let good = (pattern >> k & 1) as f64;
            *success += weight * good;
            *edge_success += weight * edge * good;
            *cost += usd;
            *failed += usd * (1.0 - good);
            *worse += if baseline_good { weight * (1.0 - good) } else { 0.0 };
        }
    }

    fn sum_whole(&mut self) {
        let mut whole = Sums::zero(self.cells.len(), self.tiers());
        for (g, cells) in self.cells.iter().enumerate() {
            for (pattern, (rows, usd)) in cells.rows.iter().zip(cells.usd.chunks_exact(self.tiers())).enumerate() {
                if *rows > 0.0 {
                    self.add(&mut whole.values, g, pattern, *rows, usd);
                }
            }
        }
        self.whole = whole;
    }

    /// Adds one row.
    fn add_row(&self, row: usize, out: &mut [f64]) {
        let mut usd = [0.0; MAX_TIERS];
        let tiers = self.tiers().min(MAX_TIERS);
        for (k, usd) in usd.iter_mut().enumerate().take(tiers) {
            *usd = self.usd(row, k);
        }
        let segment = self.segment(row);
        self.for_patterns(row, |pattern, weight| {
            if weight < 1.0 {
                let part = usd.map(|usd| weight * usd);
                self.add(out, segment, pattern, weight, part.get(..tiers).unwrap_or_default());
            } else {
                self.add(out, segment, pattern, weight, usd.get(..tiers).unwrap_or_default());
            }
        });
    }

    fn sort_by_column(&self, column: usize, spread: Spread) -> Router {
        let scores = self.table.router_scores.get(column).map_or(&[][..], |r| r.scores.as_slice());
        let mut keys: Vec<(f64, u32)> = scores.iter().enumerate().map(|(row, s)| (*s, row as u32)).collect();
        (spread.sort)(&mut keys, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
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

    fn sort_by_difficulty(&mut self) -> Router {
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
        let score = |row: &u32| scores.get(*row as usize).copied().unwrap_or(f64::INFINITY);
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
                let below = |cut: &f64| {
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
                let mut below: Vec<Sums> = cuts.iter().map(below).collect();
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

    /// Calls a function on every row, with the shares of it that start at each stage.
    pub fn for_rows(&self, noise: f64, cuts: &[f64], mut visit: impl FnMut(usize, &[f64])) {
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
                        visit(*row as usize, &shares);
                    }
                    first = end;
                }
            }
            Router::Difficulty { groups } => {
                let shares: Vec<Vec<f64>> = groups.iter().map(|(d, _)| bins(*d, noise, cuts)).collect();
                let mut mixed = vec![0.0; cuts.len() + 1];
                for row in 0..self.count() {
                    mixed.fill(0.0);
                    let cells = self.cells.get(self.segment(row));
                    self.for_patterns(row, |pattern, weight| {
                        let group = cells.and_then(|c| c.group.get(pattern));
                        for (to, share) in mixed.iter_mut().zip(group.and_then(|g| shares.get(*g)).into_iter().flatten())
                        {
                            *to += weight * share;
                        }
                    });
                    visit(row, &mixed);
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
            for (stage, share) in stages.iter_mut().zip(shares).filter(|(_, share)| **share > 0.0) {
                let (Some(rows), Some(usd)) = (stage.rows.get_mut(g), stage.usd.get_mut(g)) else { continue };
                self.for_patterns(row, |pattern, weight| {
                    if let Some(rows) = rows.get_mut(pattern) {
                        *rows += share * weight;
                    }
                    let costs = usd.get_mut(pattern * tiers..(pattern + 1) * tiers).unwrap_or_default();
                    for (k, to) in costs.iter_mut().enumerate() {
                        *to += share * weight * self.usd(row, k);
                    }
                });
            }
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

    /// The score below which a share of the rows lies: with a router's column a position in the order of its scores.
    pub fn cut(&self, noise: f64, below: f64) -> f64 {
        match &self.router {
            Router::Column { order, .. } => below * order.len() as f64,
            Router::Difficulty { groups } => {
                let components: Vec<super::normal::Component> = groups
                    .iter()
                    .map(|(mean, sums)| super::normal::Component {
                        weight: (0..self.cells.len())
                            .flat_map(|g| [0, 1].map(|kind| sums.part(g, kind).rows()))
                            .sum::<f64>()
                            / self.count() as f64,
                        mean: *mean,
                        sd: noise,
                    })
                    .collect();
                super::normal::mixture_quantile(&components, below)
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
            let next = if cut.is_finite() { super::normal::cdf_at(cut, mean, sd) } else { f64::from(cut > 0.0) };
            let share = (next - below).max(0.0);
            below = next;
            share
        })
        .collect()
}
