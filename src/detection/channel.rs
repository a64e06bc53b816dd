//! What a signal needs of each day: quantities as functions of the day effect.

use std::sync::Arc;

use super::day_effect::{Grid, Place, Table, at, mean};

/// Quantities of one signal by day, each as a function of the day effect: `[launch, production][day][quantity]`.
#[derive(Clone, Debug)]
pub struct Channel {
    /// A quantity has a table for each piece of the day effects.
    days: [Vec<Arc<[Table]>>; 2],
    /// Tables of a quantity.
    pieces: usize,
    /// The same averaged over the day effect: `[launch, production][day][quantity]`.
    expected: [Vec<Arc<[f64]>>; 2],
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
        Self { days, pieces, expected }
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
        let table = quantity * self.pieces + place.piece.min(self.pieces - 1);
        self.tables(production, day).get(table).map_or(0.0, |t| at(t, &place.weights).max(0.0))
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

/// Works something out for each day, once for days that share their tables.
fn each_once(days: &[Arc<[Table]>], work: impl Fn(&[Table]) -> Arc<[f64]>) -> Vec<Arc<[f64]>> {
    let mut results: Vec<Arc<[f64]>> = Vec::new();
    for (day, tables) in days.iter().enumerate() {
        let same = day.checked_sub(1).and_then(|d| days.get(d)).is_some_and(|before| Arc::ptr_eq(before, tables));
        results.push(match results.last() {
            Some(last) if same => Arc::clone(last),
            _ => work(tables),
        });
    }
    results
}
