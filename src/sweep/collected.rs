//! What the units of a sweep have found so far, side by side.

use std::collections::{BTreeMap, HashMap};

use super::found::{REFUSED, Row};
use super::plan::Plan;

/// What a column of figures is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// `frontier`, `detect` or `decide`.
    pub result: String,
    /// `launch` or `production`; empty: both.
    pub stage: String,
    /// Whose figure it is.
    pub policy: String,
    /// What watches the policy.
    pub watched: String,
    /// Which figure.
    pub figure: String,
}

impl Label {
    fn of(row: &Row) -> Self {
        let text = |text: &super::found::Text| text.clone().into_owned();
        Self {
            result: text(&row.result),
            stage: text(&row.stage),
            policy: text(&row.policy),
            watched: text(&row.watched),
            figure: text(&row.figure),
        }
    }

    fn is_of(&self, row: &Row) -> bool {
        self.figure == row.figure
            && self.policy == row.policy
            && self.watched == row.watched
            && self.stage == row.stage
            && self.result == row.result
    }

    /// Which picture it belongs to: all that differ in their policy or in what watches it alone.
    pub fn picture(&self) -> (&str, &str, &str) {
        (&self.result, &self.stage, &self.figure)
    }
}

/// A unit that is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Values of the factors.
    pub values: Vec<f64>,
    /// A figure a label; NaN where one is not defined.
    pub figures: Vec<f64>,
}

/// The units of a sweep that are done, in the order of the design, and why others mean nothing.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// The columns.
    pub labels: Vec<Label>,
    /// By point.
    pub units: BTreeMap<u64, Unit>,
    /// Points at which the scenario means nothing, and why.
    pub refused: BTreeMap<u64, String>,
}

impl Collected {
    /// Takes in what was found at a point.
    pub fn add(&mut self, point: u64, values: &[f64], rows: &[Row]) {
        if let Some(row) = rows.iter().find(|row| row.result == REFUSED) {
            self.refused.insert(point, row.figure.clone().into_owned());
        }
        let mut figures = vec![f64::NAN; self.labels.len()];
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.result != REFUSED) {
            // Units have their rows in the same order, as a rule.
            let is_here = self.labels.get(at).is_some_and(|label| label.is_of(row));
            let place = if is_here { Some(at) } else { self.labels.iter().position(|label| label.is_of(row)) };
            let place = place.unwrap_or_else(|| {
                self.labels.push(Label::of(row));
                figures.push(f64::NAN);
                self.labels.len() - 1
            });
            if let Some(to) = figures.get_mut(place) {
                *to = row.value.unwrap_or(f64::NAN);
            }
        }
        self.units.insert(point, Unit { values: values.to_vec(), figures });
    }

    /// Units done.
    pub fn done(&self) -> u64 {
        self.units.len() as u64
    }

    /// Pictures that there are, in the order of the columns.
    pub fn pictures(&self) -> Vec<(&str, &str, &str)> {
        let mut pictures = Vec::new();
        for label in &self.labels {
            if !pictures.contains(&label.picture()) {
                pictures.push(label.picture());
            }
        }
        pictures
    }

    /// The columns of a picture.
    pub fn columns(&self, picture: (&str, &str, &str)) -> Vec<usize> {
        let is_of = |column: &usize| self.labels.get(*column).is_some_and(|label| label.picture() == picture);
        (0..self.labels.len()).filter(is_of).collect()
    }

    /// A figure over one factor or two: by the factors' values, the mean over the units that have them, and one of these. `up`: `None` for one.
    pub fn cells(&self, column: usize, along: usize, up: Option<usize>) -> Vec<Cell> {
        let mut cells: Vec<(Cell, f64)> = Vec::new();
        let mut places: HashMap<(u64, u64), usize> = HashMap::new();
        for (point, unit) in &self.units {
            let value = |factor: usize| unit.values.get(factor).copied().unwrap_or(f64::NAN);
            let (x, y) = (value(along), up.map_or(0.0, value));
            let figure = unit.figures.get(column).copied().unwrap_or(f64::NAN);
            if figure.is_nan() {
                continue;
            }
            let place = *places.entry((x.to_bits(), y.to_bits())).or_insert(cells.len());
            match cells.get_mut(place) {
                Some((cell, count)) => {
                    cell.mean += (figure - cell.mean) / (*count + 1.0);
                    *count += 1.0;
                }
                None => cells.push((Cell { x, y, mean: figure, point: *point }, 1.0)),
            }
        }
        cells.sort_by(|(a, _), (b, _)| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
        cells.into_iter().map(|(cell, _)| cell).collect()
    }

    /// Whether all points are in.
    pub fn is_whole(&self, plan: &Plan) -> bool {
        self.done() == plan.count()
    }
}

/// A place of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Value of the factor along.
    pub x: f64,
    /// Value of the factor up.
    pub y: f64,
    /// Mean of the figure over the units there.
    pub mean: f64,
    /// The first of these units.
    pub point: u64,
}

/// The values that cells have along and up, each once, in their order.
pub fn ticks(cells: &[Cell], of: impl Fn(&Cell) -> f64) -> Vec<f64> {
    let mut ticks: Vec<f64> = cells.iter().map(of).collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup_by(|a, b| a.total_cmp(b).is_eq());
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(policy: &str, figure: &str, value: Option<f64>) -> Row {
        Row {
            result: "frontier".into(),
            stage: "launch".into(),
            policy: policy.to_owned().into(),
            watched: "".into(),
            figure: figure.to_owned().into(),
            value,
        }
    }

    #[test]
    fn units_are_put_side_by_side_whatever_their_order() {
        let mut all = Collected::default();
        all.add(2, &[1.0, 5.0], &[row("A", "quality", Some(0.5)), row("B", "quality", Some(0.6))]);
        all.add(0, &[1.0, 4.0], &[row("B", "quality", Some(0.7)), row("A", "quality", Some(0.3))]);
        all.add(1, &[2.0, 4.0], &[row("A", "quality", None), row("B", "cost", Some(9.0))]);
        assert_eq!(all.pictures(), [("frontier", "launch", "quality"), ("frontier", "launch", "cost")]);
        let columns = all.columns(("frontier", "launch", "quality"));
        assert_eq!(columns, [0, 1]);
        // Over the first factor alone: the mean over the second.
        let cells = all.cells(0, 0, None);
        assert_eq!(cells, [Cell { x: 1.0, y: 0.0, mean: 0.4, point: 0 }]);
        let both = all.cells(1, 0, Some(1));
        assert_eq!(
            both.iter().map(|cell| (cell.x, cell.y, cell.mean)).collect::<Vec<_>>(),
            [(1.0, 4.0, 0.7), (1.0, 5.0, 0.6)]
        );
        all.add(3, &[3.0, 4.0], &[super::super::found::refused("no traffic".to_owned())]);
        assert_eq!((all.refused.len(), all.done()), (1, 4));
    }
}
