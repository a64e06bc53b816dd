//! Which points a sweep has: its factors, checked, and how they are laid out.

use super::spread::{LatinHypercube, sobol};
use crate::entry::{Form, Number, written};
use crate::model::address::{self, Address};
use crate::model::{Asked, Design, Factor, MAX_FACTORS, Scenario, Sweep, TOO_MANY_POINTS};

/// What is wrong with a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// The key of the sweep.
    pub key: &'static str,
    /// Of a factor: which one, and its key.
    pub factor: Option<(usize, &'static str)>,
    /// What is found, and what is allowed.
    pub message: String,
    /// A word that is not known, and what could stand in its place.
    pub unknown: Option<(String, Vec<String>)>,
}

/// The values that a factor takes.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    Listed(Vec<f64>),
    /// So many, equally far from one another, both ends among them.
    Even(f64, f64, u32),
    /// Any between two.
    Between(f64, f64),
}

/// A factor, with what its number allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Its key path, as the sweep gives it; a column of the results has this name.
    pub key: String,
    /// Where it stands.
    pub address: Address,
    /// Its value in the scenario.
    pub now: f64,
    limits: Number,
    values: Values,
}

impl Axis {
    /// How many values it takes; 0: any between two.
    pub fn count(&self) -> u64 {
        match &self.values {
            Values::Listed(list) => list.len() as u64,
            Values::Even(.., steps) => u64::from(*steps),
            Values::Between(..) => 0,
        }
    }

    /// One of its values.
    fn value(&self, index: u64) -> f64 {
        match &self.values {
            Values::Listed(list) => list.get(index as usize).copied().unwrap_or(self.now),
            Values::Even(from, to, steps) => {
                let part = index as f64 / f64::from(steps.saturating_sub(1).max(1));
                // As a person would write it: 0.3 and not 0.30000000000000004.
                self.limits.nearest(short(from + (to - from) * part).clamp(*from, *to))
            }
            Values::Between(from, _) => *from,
        }
    }

    /// The value at a coordinate of the unit cube.
    fn at(&self, coordinate: f64) -> f64 {
        match &self.values {
            Values::Between(from, to) if self.limits.whole => {
                (from + (coordinate * (to - from + 1.0)).floor()).clamp(*from, *to)
            }
            Values::Between(from, to) => (from + (to - from) * coordinate).clamp(*from, *to),
            _ => self.value((coordinate * self.count() as f64) as u64),
        }
    }
}

/// A number with twelve digits: what is beyond is the dust of sums.
fn short(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// A sweep that can be run: every point by its index.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The sweep's name.
    pub name: String,
    /// Its factors.
    pub axes: Vec<Axis>,
    /// How the points are laid out.
    pub design: Design,
    /// What is looked at at each, in the order of the format.
    pub asked: Vec<Asked>,
    /// Simulated runs of each study.
    pub replicates: u32,
    /// Seed of the design.
    pub seed: u64,
    count: u64,
    cube: Option<LatinHypercube>,
}

impl Plan {
    /// Of a scenario's sweep.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of(scenario: &Scenario, sweep: &Sweep) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut complain = |key, message| wrong.push(Wrong { key, factor: None, message, unknown: None });
        let is_spread = matches!(sweep.design, Design::LatinHypercube | Design::Sobol);
        match sweep.factors.len() {
            0 => complain("factors", "the list is empty; a sweep changes at least one number".to_owned()),
            n if n > MAX_FACTORS => complain("factors", format!("found {n}, allowed: at most {MAX_FACTORS}")),
            _ => {}
        }
        let design = sweep.design.word();
        match sweep.points {
            None if is_spread => {
                complain("points", format!("missing; needed: the number of points of a {design} design"));
            }
            Some(_) if !is_spread => {
                let message = format!("a {design} design has as many points as its values make; leave the key out");
                complain("points", message);
            }
            _ => {}
        }
        if sweep.results.is_empty() {
            complain("results", "the list is empty, allowed: frontier, detect, decide".to_owned());
        }
        let asked: Vec<Asked> = Asked::ALL.iter().copied().filter(|asked| sweep.results.contains(asked)).collect();
        if asked.len() < sweep.results.len() {
            complain("results", "one of them stands there twice".to_owned());
        }
        if sweep.replicates.is_some() && !asked.is_empty() && asked.as_slice() == [Asked::Frontier] {
            complain("replicates", "a frontier is computed, not simulated; leave the key out".to_owned());
        }
        let mut axes: Vec<Axis> = Vec::new();
        for (index, factor) in sweep.factors.iter().enumerate().take(MAX_FACTORS) {
            match axis(scenario, factor, is_spread, &axes) {
                Ok(axis) => axes.push(axis),
                Err(found) => {
                    let of = |(key, message, unknown)| Wrong {
                        key: "factors",
                        factor: Some((index, key)),
                        message,
                        unknown,
                    };
                    wrong.extend(found.into_iter().map(of));
                }
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let count = match sweep.design {
            Design::Grid => axes.iter().fold(1_u64, |all, axis| all.saturating_mul(axis.count())),
            Design::OneAtATime => axes.iter().map(Axis::count).sum::<u64>().saturating_add(1),
            Design::LatinHypercube | Design::Sobol => sweep.points.unwrap_or(0),
        };
        if count >= TOO_MANY_POINTS {
            let key = if is_spread { "points" } else { "factors" };
            let found = if count == u64::MAX {
                "more points than can be counted".to_owned()
            } else {
                format!("{count} points")
            };
            let message = format!("the design has {found}, allowed: fewer than {TOO_MANY_POINTS}");
            return Err(vec![Wrong { key, factor: None, message, unknown: None }]);
        }
        let cube =
            (sweep.design == Design::LatinHypercube).then(|| LatinHypercube::new(count, axes.len(), scenario.seed));
        Ok(Self {
            name: sweep.name.clone(),
            design: sweep.design,
            asked,
            replicates: sweep.replicates.unwrap_or(scenario.study.replicates),
            seed: scenario.seed,
            count,
            cube,
            axes,
        })
    }

    /// Points of the design.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The values of every factor at a point.
    pub fn values(&self, point: u64) -> Vec<f64> {
        match self.design {
            Design::Grid => self.on_grid(point),
            Design::OneAtATime => self.alone(point),
            Design::LatinHypercube => {
                self.spread(|axis| self.cube.as_ref().map_or(0.5, |cube| cube.coordinate(point, axis)))
            }
            Design::Sobol => self.spread(|axis| sobol(self.seed, point, axis)),
        }
    }

    /// The last factor turns first.
    fn on_grid(&self, point: u64) -> Vec<f64> {
        let mut rest = point;
        let mut values: Vec<f64> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let count = axis.count().max(1);
                let value = axis.value(rest % count);
                rest /= count;
                value
            })
            .collect();
        values.reverse();
        values
    }

    /// The file's values first, then each factor's alone.
    fn alone(&self, point: u64) -> Vec<f64> {
        let mut values: Vec<f64> = self.axes.iter().map(|axis| axis.now).collect();
        let Some(mut rest) = point.checked_sub(1) else { return values };
        for (axis, value) in self.axes.iter().zip(&mut values) {
            if rest < axis.count() {
                *value = axis.value(rest);
                break;
            }
            rest -= axis.count();
        }
        values
    }

    fn spread(&self, coordinate: impl Fn(usize) -> f64) -> Vec<f64> {
        self.axes.iter().enumerate().map(|(index, axis)| axis.at(coordinate(index))).collect()
    }

    /// The scenario with these values. What a point does not need to be simulated is left as it is.
    pub fn scenario(&self, base: &Scenario, values: &[f64]) -> Scenario {
        let mut at = base.clone();
        for (axis, value) in self.axes.iter().zip(values) {
            // As it stands in the file it may be out of the reach of an edit, such as one share of several.
            if address::get(&at, axis.address) != Some(*value) {
                address::set(&mut at, axis.address, *value);
            }
        }
        at
    }
}

/// A part of the points: every `of`-th, from `index` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0 to one below `of`.
    pub index: u64,
    /// Parts in all.
    pub of: u64,
}

impl Shard {
    /// All points.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// How many of so many points it has.
    pub fn count(self, points: u64) -> u64 {
        points.saturating_sub(self.index).div_ceil(self.of.max(1))
    }

    /// One of its points.
    pub fn point(self, place: u64) -> u64 {
        self.index + place * self.of
    }
}

type Complaint = (&'static str, String, Option<(String, Vec<String>)>);

/// A factor with its number.
fn axis(scenario: &Scenario, factor: &Factor, is_spread: bool, before: &[Axis]) -> Result<Axis, Vec<Complaint>> {
    let mut found: Vec<Complaint> = Vec::new();
    let mut complain = |key, message: String| found.push((key, message, None));
    let address = address::find(scenario, &factor.key);
    let known = address
        .as_ref()
        .ok()
        .and_then(|address| Some((*address, address::range(scenario, *address)?, address::get(scenario, *address)?)));
    let limits = known.map(|(_, limits, _)| limits);
    let mut allowed = |key, value: f64| {
        if let Some(limits) = limits.filter(|limits| !limits.allows(value)) {
            complain(key, format!("found {}, allowed here: {}", written(value), limits.allowed()));
        }
    };
    let mut values = None;
    match (&factor.values, factor.from, factor.to) {
        (Some(list), None, None) => {
            for value in list {
                allowed("values", *value);
            }
            let twice = list.iter().enumerate().find(|(i, value)| list.iter().take(*i).any(|other| other == *value));
            if let Some((_, value)) = twice {
                complain("values", format!("{} stands there twice", written(*value)));
            }
            if list.is_empty() {
                complain("values", "the list is empty".to_owned());
            }
            if factor.steps.is_some() {
                complain("steps", "steps go from one end to another; with values leave the key out".to_owned());
            }
            values = Some(Values::Listed(list.clone()));
        }
        (Some(_), ..) => complain("values", "give either values, or from and to, not both".to_owned()),
        (None, Some(from), Some(to)) => {
            allowed("from", from);
            allowed("to", to);
            if from >= to {
                complain("from", format!("found {}, which is not below to ({})", written(from), written(to)));
            }
            match factor.steps {
                None if !is_spread => {
                    complain("steps", "missing; needed: how many values from one end to the other".to_owned());
                }
                Some(_) if is_spread => {
                    complain("steps", "this design takes any value between the two ends; leave the key out".to_owned());
                }
                Some(steps) if steps < 2 => complain("steps", format!("found {steps}, allowed: 2 or more")),
                Some(steps) if limits.is_some_and(|limits| limits.whole && f64::from(steps) > to - from + 1.0) => {
                    complain("steps", format!("found {steps}, and there are fewer whole numbers between the two ends"));
                }
                _ => {}
            }
            values = Some(factor.steps.map_or(Values::Between(from, to), |steps| Values::Even(from, to, steps)));
        }
        (None, Some(_), None) => complain("to", "missing; needed: the greatest value".to_owned()),
        (None, None, Some(_)) => complain("from", "missing; needed: the least value".to_owned()),
        (None, None, None) => complain("key", "needs values, or from and to".to_owned()),
    }
    match address {
        Err(unfound) => found.insert(0, ("key", unfound.message, Some((unfound.word, unfound.known)))),
        Ok(address) if before.iter().any(|axis| axis.address == address) => {
            found.push(("key", "there is a factor of this number already".to_owned(), None));
        }
        Ok(address) if before.iter().any(|axis| moves(scenario, axis.address, address)) => {
            let message =
                "there is a factor of one of these shares already: they sum to 1, so that one moves the others";
            found.push(("key", message.to_owned(), None));
        }
        Ok(_) => {}
    }
    match (known, values) {
        (Some((address, limits, now)), Some(values)) if found.is_empty() => {
            Ok(Axis { key: factor.key.trim().to_owned(), address, now, limits, values })
        }
        _ => Err(found),
    }
}

/// Whether setting one number moves the other.
fn moves(scenario: &Scenario, one: Address, other: Address) -> bool {
    let key = address::entry_of(scenario, one.target).and_then(|entry| crate::entry::find(entry, one.key.name()));
    one.target == other.target && one.key.name() == other.key.name() && key.is_some_and(|key| key.form == Form::Shares)
}
