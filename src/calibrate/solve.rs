//! The calibration itself: moves the numbers, and says what came of each figure and what is left open.

use nalgebra::DMatrix;

use super::Evaluate;
use super::fit::{Fit, Model, RIDGES, Target};
use super::plan::{Plan, Wish};
use super::rank::undetermined;
use super::reach::Reach;
use super::scale::rounded;
use crate::frontier::figures::Asked;
use crate::model::Scenario;
use crate::model::address::{self, Address};
use crate::simulation::world::World;

/// A figure is met within this part of what is wanted.
pub const TOLERANCE: f64 = 1e-4;
/// A number that has moved by less, on its scale, has not moved.
const UNMOVED: f64 = 1e-7;
/// Half the distance of two places between which the last slopes are taken.
const SLOPE: f64 = 1e-4;
/// Weights of having moved with which a figure that cannot be met is left: the numbers would run to their ends for the last bit of it.
const RELAXED: &[f64] = RIDGES.split_at(2).0;

/// What came of a known figure, in the order of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Aim {
    /// Least and greatest value that meet it.
    pub wanted: (f64, f64),
    /// Its value as the scenario was; `None` where it is not defined or cannot be told.
    pub before: Option<f64>,
    /// Its value as the scenario is now.
    pub after: Option<f64>,
    /// Whether it is met.
    pub is_met: bool,
    /// Least and greatest value while its own free numbers move over their ranges and the others stay as they are now.
    pub reachable: Option<(f64, f64)>,
    /// What stood in its way from the first, in words.
    pub note: Option<String>,
    /// Other figures that the same numbers are moved for.
    pub rivals: Vec<usize>,
}

impl Aim {
    /// Whether it could be met if its free numbers were moved for it alone.
    pub fn is_reachable(&self) -> bool {
        self.reachable.is_some_and(|reachable| overlap(reachable, self.wanted))
    }
}

/// A number that may be moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Where it stands.
    pub address: Address,
    /// Its key path, as for `--set`.
    pub key: String,
    /// As it was.
    pub before: f64,
    /// As it is now.
    pub after: f64,
}

/// What a calibration came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The known figures, in the order of the scenario.
    pub aims: Vec<Aim>,
    /// The numbers that may be moved.
    pub free: Vec<Moved>,
    /// Those of them that the figures do not determine, by their places in `free`.
    pub undetermined: Vec<usize>,
    moves: Vec<(Address, f64)>,
}

impl Outcome {
    /// Moves the numbers of the scenario that was calibrated.
    pub fn apply(&self, scenario: &mut Scenario) {
        for (address, value) in &self.moves {
            address::set(scenario, *address, *value);
        }
    }

    /// Whether any number has moved.
    pub fn has_moved(&self) -> bool {
        !self.moves.is_empty()
    }
}

fn slack((low, high): (f64, f64)) -> f64 {
    TOLERANCE * low.abs().max(high.abs()) + 1e-12
}

/// Whether some value in a range meets what is wanted.
fn overlap(range: (f64, f64), wanted: (f64, f64)) -> bool {
    let slack = slack(wanted);
    range.0 <= wanted.1 + slack && range.1 >= wanted.0 - slack
}

/// Whether a value meets what is wanted.
pub fn meets(wanted: (f64, f64), value: f64) -> bool {
    let slack = slack(wanted);
    value >= wanted.0 - slack && value <= wanted.1 + slack
}

fn is_met(wanted: (f64, f64), value: Option<f64>) -> bool {
    value.is_some_and(|value| meets(wanted, value))
}

/// Numbers as they are written, and the figures that they give.
type Written = (Vec<f64>, Vec<Option<f64>>);

/// The figures of some wishes at places of the numbers.
struct Figures<'p, E> {
    plan: &'p Plan,
    evaluate: &'p E,
    asked: Vec<Asked>,
}

impl<E: Evaluate> Model for Figures<'_, E> {
    type Error = E::Error;

    fn at(&mut self, places: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, E::Error> {
        let scenarios: Vec<Scenario> =
            places.iter().map(|place| self.plan.scenario(&self.plan.values(place))).collect();
        let found = self.evaluate.values(&scenarios, &self.asked)?;
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Ok(found.into_iter().map(|values| values.into_iter().map(number).collect()).collect())
    }
}

impl Plan {
    /// Calibrates `scenario`, which is the plan's own, as its file has it.
    ///
    /// # Errors
    /// When whoever evaluates was stopped.
    pub fn solve<E: Evaluate>(&self, scenario: &Scenario, evaluate: &E) -> Result<Outcome, E::Error> {
        let starts: Vec<f64> = self.free.iter().map(|free| free.start).collect();
        let before = self.told(&starts, evaluate)?;
        self.measured(&before).search(scenario, &before, evaluate)
    }

    fn search<E: Evaluate>(
        &self,
        scenario: &Scenario,
        before: &[Option<f64>],
        evaluate: &E,
    ) -> Result<Outcome, E::Error> {
        // What is not defined here has no slope to follow.
        let told: Vec<usize> = (0..self.wishes.len()).filter(|i| before[*i].is_some()).collect();
        let places = self.places(&told, evaluate)?;
        let values: Vec<f64> = self
            .free
            .iter()
            .zip(self.values(&places))
            .zip(self.start().iter().zip(&places))
            .map(|((free, value), (from, to))| if (to - from).abs() <= UNMOVED { free.start } else { value })
            .collect();
        let (values, after) = self.written(values, before, evaluate)?;
        let places: Vec<f64> = self.free.iter().zip(&values).map(|(free, x)| free.scale.place(*x)).collect();
        let undetermined = undetermined(&self.slopes(&told, &places, evaluate)?);
        let moves = self.moves(&values);
        let mut calibrated = scenario.clone();
        for (address, value) in &moves {
            address::set(&mut calibrated, *address, *value);
        }
        let free = self.free.iter().map(|free| Moved {
            address: free.address,
            key: address::path(scenario, free.address),
            before: free.start,
            after: address::get(&calibrated, free.address).unwrap_or(free.start),
        });
        let mut aims = Vec::with_capacity(self.wishes.len());
        for (index, wish) in self.wishes.iter().enumerate() {
            aims.push(self.aim(index, wish, before[index], after[index], &values, evaluate)?);
        }
        Ok(Outcome { aims, free: free.collect(), undetermined, moves })
    }

    /// The places at which the figures are met as far as they can be.
    fn places<E: Evaluate>(&self, told: &[usize], evaluate: &E) -> Result<Vec<f64>, E::Error> {
        let (start, ends) = (self.start(), self.ends());
        let wishes = || told.iter().filter_map(|i| self.wishes.get(*i));
        let targets: Vec<Target> = wishes().map(|wish| wish.target).collect();
        let mut model = Figures { plan: self, evaluate, asked: wishes().filter_map(|wish| wish.asked).collect() };
        let whole = Fit { targets: &targets, ends: &ends, start: &start };
        let places = whole.run(&mut model, &start, &RIDGES)?;
        let met = |values: &[f64]| -> Vec<bool> {
            let is_met = |(target, value): (&Target, &f64)| meets((target.low, target.high), *value);
            targets.iter().zip(values).map(is_met).collect()
        };
        let at = |places: &Vec<f64>, model: &mut Figures<'_, E>| -> Result<Vec<f64>, E::Error> {
            Ok(model.at(std::slice::from_ref(places))?.pop().unwrap_or_default())
        };
        let reached = met(&at(&places, &mut model)?);
        if reached.iter().all(|is_met| *is_met) {
            return Ok(places);
        }
        // What no move of its own numbers can meet must not pull at the numbers of others.
        let values = self.values(&places);
        let mut hopeless = vec![false; told.len()];
        for (((hopeless, is_met), wish), target) in hopeless.iter_mut().zip(&reached).zip(wishes()).zip(&targets) {
            if let (false, Some(asked)) = (*is_met, wish.asked) {
                let found = self.reachable(&wish.free, asked, &values, evaluate)?;
                *hopeless = !found.is_some_and(|found| overlap(found, (target.low, target.high)));
            }
        }
        if !hopeless.contains(&true) {
            return Ok(places);
        }
        let others: Vec<Target> =
            targets.iter().zip(&hopeless).map(|(t, off)| if *off { t.anything() } else { *t }).collect();
        let places = Fit { targets: &others, ends: &ends, start: &start }.run(&mut model, &start, &RIDGES)?;
        // It comes as near by its own numbers as it does without running to their ends, while the others stay.
        let own = |j: &usize| wishes().zip(&hopeless).any(|(wish, off)| *off && wish.free.contains(j));
        let held: Vec<[f64; 2]> = ends
            .iter()
            .zip(&places)
            .enumerate()
            .map(|(j, (ends, place))| if own(&j) { *ends } else { [*place; 2] })
            .collect();
        let near = Fit { targets: &targets, ends: &held, start: &places }.run(&mut model, &places, RELAXED)?;
        let values = at(&near, &mut model)?;
        let relaxed: Vec<Target> = targets
            .iter()
            .zip(&values)
            .zip(&hopeless)
            .map(|((target, value), off)| {
                if *off && !value.is_nan() {
                    Target { low: target.low.min(*value), high: target.high.max(*value), ..*target }
                } else {
                    *target
                }
            })
            .collect();
        let before = met(&at(&places, &mut model)?);
        let near = Fit { targets: &relaxed, ends: &ends, start: &start }.run(&mut model, &near, &RIDGES)?;
        let now = met(&at(&near, &mut model)?);
        let is_as_good = before.iter().zip(&now).all(|(before, now)| *now || !before);
        Ok(if is_as_good { near } else { places })
    }

    /// The figures in the world that the plan was made for.
    pub fn now(&self, world: &World) -> Vec<Option<f64>> {
        let asked: Vec<Asked> = self.wishes.iter().filter_map(|wish| wish.asked).collect();
        let mut found = super::values(world, &asked).unwrap_or_default().into_iter();
        self.wishes.iter().map(|wish| wish.asked.and_then(|_| found.next().flatten())).collect()
    }

    /// The figures while numbers have these values.
    fn told<E: Evaluate>(&self, values: &[f64], evaluate: &E) -> Result<Vec<Option<f64>>, E::Error> {
        let asked: Vec<Asked> = self.wishes.iter().filter_map(|wish| wish.asked).collect();
        let found = evaluate.values(&[self.scenario(values)], &asked)?.pop().unwrap_or_default();
        let mut found = found.into_iter();
        Ok(self.wishes.iter().map(|wish| wish.asked.and_then(|_| found.next().flatten())).collect())
    }

    /// The numbers with as many digits as a person might write, as long as that misses no figure that is met without.
    fn written<E: Evaluate>(
        &self,
        values: Vec<f64>,
        before: &[Option<f64>],
        evaluate: &E,
    ) -> Result<Written, E::Error> {
        if self.free.iter().zip(&values).all(|(free, value)| free.start == *value) {
            return Ok((values, before.to_vec()));
        }
        let short: Vec<f64> = self
            .free
            .iter()
            .zip(&values)
            .map(|(free, value)| {
                let short = rounded(*value);
                let [first, last] = free.scale.ends();
                let is_inside = (first..=last).contains(&free.scale.place(short));
                if *value == free.start || !is_inside { *value } else { short }
            })
            .collect();
        let (exact, after) = (self.told(&values, evaluate)?, self.told(&short, evaluate)?);
        let wanted = |wish: &Wish| (wish.target.low, wish.target.high);
        let is_as_good = self
            .wishes
            .iter()
            .zip(exact.iter().zip(&after))
            .all(|(wish, (exact, short))| is_met(wanted(wish), *short) || !is_met(wanted(wish), *exact));
        Ok(if is_as_good { (short, after) } else { (values, exact) })
    }

    /// How the figures change with each number, each in its own measure.
    fn slopes<E: Evaluate>(&self, told: &[usize], places: &[f64], evaluate: &E) -> Result<DMatrix<f64>, E::Error> {
        let wishes: Vec<&Wish> = told.iter().filter_map(|i| self.wishes.get(*i)).collect();
        let mut model = Figures { plan: self, evaluate, asked: wishes.iter().filter_map(|wish| wish.asked).collect() };
        let ends = self.ends();
        let mut around = Vec::with_capacity(2 * places.len());
        for (j, [first, last]) in ends.iter().enumerate() {
            for side in [-SLOPE, SLOPE] {
                let mut other = places.to_vec();
                other[j] = (other[j] + side).clamp(*first, *last);
                around.push(other);
            }
        }
        let found = model.at(&around)?;
        Ok(DMatrix::from_fn(wishes.len(), places.len(), |i, j| {
            let apart = around[2 * j + 1][j] - around[2 * j][j];
            let slope = (found[2 * j + 1][i] - found[2 * j][i]) / (apart * wishes[i].target.measure);
            if slope.is_finite() { slope } else { 0.0 }
        }))
    }

    fn aim<E: Evaluate>(
        &self,
        index: usize,
        wish: &Wish,
        before: Option<f64>,
        after: Option<f64>,
        values: &[f64],
        evaluate: &E,
    ) -> Result<Aim, E::Error> {
        let wanted = (wish.target.low, wish.target.high);
        let mut note = wish.note.clone();
        if wish.asked.is_some() && before.is_none() {
            note = note.or_else(|| Some("it is not defined in the scenario as it is".to_owned()));
        }
        let reachable = match wish.asked {
            None => None,
            Some(_) if wish.free.is_empty() => after.map(|value| (value, value)),
            Some(asked) => self.reachable(&wish.free, asked, values, evaluate)?,
        };
        let shares = |other: &Wish| other.free.iter().any(|free| wish.free.contains(free));
        let others = self.wishes.iter().enumerate().filter(|(other, wish)| *other != index && shares(wish));
        let rivals = others.map(|(other, _)| other).collect();
        Ok(Aim { wanted, before, after, is_met: is_met(wanted, after), reachable, note, rivals })
    }

    /// The least and the greatest value of a figure while some numbers move over their ranges.
    fn reachable<E: Evaluate>(
        &self,
        free: &[usize],
        asked: Asked,
        values: &[f64],
        evaluate: &E,
    ) -> Result<Option<(f64, f64)>, E::Error> {
        let own: Vec<_> = free.iter().filter_map(|i| self.free.get(*i)).collect();
        let ends: Vec<[f64; 2]> = own.iter().map(|free| free.scale.ends()).collect();
        let start: Vec<f64> = free.iter().zip(&own).map(|(i, free)| free.scale.place(values[*i])).collect();
        let at = |places: &[Vec<f64>]| -> Result<Vec<f64>, E::Error> {
            let scenario = |place: &Vec<f64>| {
                let mut values = values.to_vec();
                for ((i, free), z) in free.iter().zip(&own).zip(place) {
                    values[*i] = free.scale.value(*z);
                }
                self.scenario(&values)
            };
            let scenarios: Vec<Scenario> = places.iter().map(scenario).collect();
            let found = evaluate.values(&scenarios, &[asked])?;
            Ok(found.into_iter().map(|values| values.first().copied().flatten().unwrap_or(f64::NAN)).collect())
        };
        Reach::new(&ends, at).range(&start)
    }
}
