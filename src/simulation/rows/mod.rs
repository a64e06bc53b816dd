//! A table compiled for the engines: sums over its rows, from which every policy's figures follow.
//!
//! Rows are told apart by segment and success pattern (*cells*), for whatever a second call decides, and by the router's score (sorted
//! once, sums at a hundred places and row by row between them), for whatever a score alone decides. Rows on which only the most capable
//! tier succeeds are a replay's hidden-hard requests: events resample them within their segment.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex};

mod router;
mod spec;
mod sums;

use super::item_difficulty;
use super::table::{Table, nested_patterns};
use crate::model::MAX_TIERS;
use router::Router;
pub use router::{StageCells, StageShares};
pub use spec::Spec;
use sums::width;
pub use sums::{Part, Sums};

/// Most pieces that a pass over the rows is cut into.
const PIECES: usize = 8;
/// Rows of a piece at least.
const PIECE_ROWS: usize = 1 << 16;
/// Share of the rows beyond the hard edge.
const EDGE_SHARE: f64 = 0.1;

/// Sums of the pieces of a table, by their number.
type Pieces<'f> = &'f (dyn Fn(usize) -> Vec<f64> + Sync);

/// How work is spread over threads; the core has none of its own.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Calls a function for every number below the first argument, and gives the results in order.
    pub map: fn(usize, Pieces<'_>) -> Vec<Vec<f64>>,
    /// Sorts, [`by_score`].
    pub sort: fn(&mut [(f64, u32)]),
}

/// Order of rows: by score, and as the table has them where it is the same.
pub fn by_score(a: &(f64, u32), b: &(f64, u32)) -> Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

impl Spread {
    /// One after the other.
    pub const SERIAL: Self =
        Self { map: |n, of| (0..n).map(of).collect(), sort: |keys| keys.sort_unstable_by(by_score) };
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
    kept: Mutex<Vec<router::KeptCells>>,
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
}
