//! What a signal needs of each day: quantities as functions of the day effect.

use std::sync::Arc;

use super::day_effect::{Grid, Place, Table, at, mean};

/// Quantities of one stream of observations, in this order: what they come from, the bad ones, and of both the part that follows from
/// failures.
pub const QUANTITIES: usize = 4;

/// What a part is of a whole.
pub fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// By how much the share of bad observations grows when failures double and successes shrink in proportion: what the alternative of a
/// detector, a multiple of the failure rate, is to this stream.
pub fn level([whole, bad, failed, bad_of_failed]: [f64; QUANTITIES]) -> f64 {
    let good = whole - failed;
    let lost = if good > 0.0 { failed * (bad - bad_of_failed) / good } else { 0.0 };
    if whole > 0.0 { (bad_of_failed - lost) / whole } else { 0.0 }
}

/// What a team that knows its launch level expects of one stream on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reference {
    /// Share of bad observations.
    pub rate: f64,
    /// See [`level`].
    pub level: f64,
}

/// Quantities of one signal by day, each as a function of the day effect: `[launch, production][day][quantity]`.
#[derive(Clone, Debug)]
pub struct Channel {
    /// A quantity has a table for each piece of the day effects.
    days: [Vec<Arc<[Table]>>; 2],
    /// Tables of a quantity.
    pieces: usize,
    /// The same averaged over the day effect: `[launch, production][day][quantity]`.
    expected: [Vec<Arc<[f64]>>; 2],
    /// The launch level of each stream by day, for quantities that come by streams: worked out once, as every run asks for it.
    references: Vec<Arc<[Reference]>>,
    /// The share that each second quantity is of the one before it, at launch by day.
    shares: Vec<Arc<[f64]>>,
}

impl Channel {
    pub(super) fn new(days: [Vec<Arc<[Table]>>; 2], grid: &Grid, varies: bool) -> Self {
        let pieces = if varies { grid.pieces() } else { 1 };
        let average = |tables: &[Table]| {
            if varies { mean(tables, &grid.mean_weights) } else { tables.first().map_or(0.0, |t| t[0]) }
        };
        let expected = days.each_ref().map(|days| {
            each_once(days, |tables| tables.chunks_exact(pieces).map(|tables| average(tables).max(0.0)).collect())
        });
        let references = each_once(&expected[0], |quantities| quantities.as_chunks().0.iter().map(reference).collect());
        let of_pair = |[whole, part]: &[f64; 2]| share(*part, *whole);
        let shares = each_once(&expected[0], |quantities| quantities.as_chunks().0.iter().map(of_pair).collect());
        Self { days, pieces, expected, references, shares }
    }

    /// The share that the second quantity of a pair is of the first, under launch assumptions averaged over the day effect.
    #[inline]
    pub fn expected_share(&self, day: usize, pair: usize) -> f64 {
        self.shares.get(day).and_then(|of_day| of_day.get(pair)).copied().unwrap_or(0.0)
    }

    /// The launch level of a stream, for quantities that come by streams.
    #[inline]
    pub fn reference(&self, day: usize, stream: usize) -> Reference {
        self.references.get(day).and_then(|of_day| of_day.get(stream)).copied().unwrap_or_default()
    }

    /// All quantities on a day at a day effect.
    #[inline]
    pub fn look<'a>(&'a self, production: bool, day: usize, place: &'a Place) -> Look<'a> {
        let piece = place.piece.min(self.pieces - 1);
        Look { tables: self.tables(production, day), pieces: self.pieces, piece, weights: &place.weights }
    }

    fn tables(&self, production: bool, day: usize) -> &[Table] {
        self.days[usize::from(production)].get(day).map_or(&[], |t| t)
    }

    /// Whether the signal would see the same in both worlds on a day.
    pub fn is_same(&self, day: usize) -> bool {
        let [launch, production] = &self.days;
        matches!((launch.get(day), production.get(day)), (Some(a), Some(b)) if Arc::ptr_eq(a, b))
    }

    /// A quantity on a day at a day effect.
    #[inline]
    pub fn at(&self, production: bool, day: usize, quantity: usize, place: &Place) -> f64 {
        self.look(production, day, place).at(quantity)
    }

    /// A quantity averaged over the day effect.
    #[inline]
    pub fn expected(&self, production: bool, day: usize, quantity: usize) -> f64 {
        self.all_expected(production, day).get(quantity).copied().unwrap_or(0.0)
    }

    /// Every quantity on a day, averaged over the day effect: as they are where the signal does not vary with it.
    pub fn all_expected(&self, production: bool, day: usize) -> &[f64] {
        self.expected[usize::from(production)].get(day).map_or(&[], |q| q)
    }
}

/// What a signal sees of a day at its effect.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    tables: &'a [Table],
    pieces: usize,
    piece: usize,
    weights: &'a Table,
}

impl Look<'_> {
    /// A quantity.
    #[inline]
    pub fn at(&self, quantity: usize) -> f64 {
        let table = quantity * self.pieces + self.piece;
        self.tables.get(table).map_or(0.0, |t| at(t, self.weights).max(0.0))
    }
}

fn reference(quantities: &[f64; QUANTITIES]) -> Reference {
    Reference { rate: share(quantities[1], quantities[0]), level: level(*quantities) }
}

/// Works something out for each day, once for days that share their tables.
fn each_once<T, R>(days: &[Arc<[T]>], work: impl Fn(&[T]) -> Arc<[R]>) -> Vec<Arc<[R]>> {
    let mut results: Vec<Arc<[R]>> = Vec::new();
    for (day, tables) in days.iter().enumerate() {
        let same = day.checked_sub(1).and_then(|d| days.get(d)).is_some_and(|before| Arc::ptr_eq(before, tables));
        results.push(match results.last() {
            Some(last) if same => Arc::clone(last),
            _ => work(tables),
        });
    }
    results
}
