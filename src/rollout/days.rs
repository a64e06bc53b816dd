//! What each day of a rollout is like, in both worlds and both arms.

use super::signals::Counting;
use crate::detection::assembly::{Cost, DayParts};
use crate::detection::course::Course;
use crate::detection::day_effect::{self, Grid, Place};

/// Quantities of a signal in an arm: what its observations come from, the bad ones, and of both what failed.
const ANY: usize = 0;
const BAD: usize = 1;
const FAILED: usize = 2;
const BAD_OF_FAILED: usize = 3;
/// Of pairs also: the routed answer is preferred, and what the judge calls bad of routed failures and successes.
const REVERSED: usize = 4;
const CALLED_BAD_OF_FAILED: usize = 5;
const CALLED_BAD_OF_GOOD: usize = 6;

/// The policy's arm.
pub const ROUTED: usize = 0;
/// The rest of the traffic, which the baseline serves.
pub const REST: usize = 1;

/// The days of the horizon, integrated.
#[derive(Debug)]
pub struct Days<'c> {
    course: &'c Course<'c>,
    parts: Vec<DayParts>,
}

/// A signal in one arm on one day, for each request of the arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// Observations.
    pub any: f64,
    /// Bad ones of them; of pairs: the baseline's answer is preferred.
    pub bad: f64,
    /// Of pairs: the routed answer is preferred.
    pub reversed: f64,
}

/// A world of the study, on one of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Whether events are in force.
    pub production: bool,
    /// The day.
    pub day: usize,
}

impl<'c> Days<'c> {
    /// `parts` in the order of [`Course::work`].
    pub fn new(course: &'c Course<'c>, parts: Vec<DayParts>) -> Self {
        Self { course, parts }
    }

    /// Days of the horizon.
    pub fn count(&self) -> usize {
        self.course.days()
    }

    /// Day effects.
    pub fn grid(&self) -> &Grid {
        &self.course.grid
    }

    /// The course that the days belong to.
    pub fn course(&self) -> &Course<'c> {
        self.course
    }

    /// Expected requests of a day.
    pub fn requests(&self, at: At) -> f64 {
        self.course.requests[usize::from(at.production)].get(at.day).copied().unwrap_or(0.0)
    }

    /// What a request costs in each arm, in expectation.
    pub fn costs(&self, at: At) -> [Cost; 2] {
        self.part(at).map_or([Cost::default(); 2], DayParts::costs)
    }

    fn part(&self, at: At) -> Option<&DayParts> {
        self.parts.get(self.course.part_of(at.production, at.day)?)
    }

    /// A quantity of a signal, averaged over the day effect.
    fn mean(&self, at: At, signal: usize, arm: usize, quantity: usize) -> f64 {
        let pieces = self.grid().pieces();
        let tables = self.part(at).map_or(&[][..], |part| part.tables(signal, arm));
        let tables = tables.get(quantity * pieces..(quantity + 1) * pieces).unwrap_or(&[]);
        day_effect::mean(tables, &self.grid().mean_weights).max(0.0)
    }

    /// A signal on a day, averaged over the day effect.
    pub fn expected(&self, at: At, signal: usize, arm: usize) -> Seen {
        let [any, bad, reversed] = [ANY, BAD, REVERSED].map(|quantity| self.mean(at, signal, arm, quantity));
        Seen { any, bad, reversed }
    }

    /// A signal on a day at a day effect.
    pub fn at(&self, at: At, signal: usize, arm: usize, place: &Place) -> Seen {
        let tables = self.part(at).map_or(&[][..], |part| part.tables(signal, arm));
        let pieces = self.grid().pieces();
        let quantity =
            |q: usize| tables.get(q * pieces + place.piece).map_or(0.0, |t| day_effect::at(t, &place.weights));
        let [any, bad, reversed] = [ANY, BAD, REVERSED].map(|q| quantity(q).max(0.0));
        Seen { any, bad, reversed }
    }

    /// By how much a signal's rate moves for each unit of quality that the routed arm loses, on a day: its rate after a failure less that after a
    /// success, as launch assumptions have it in the routed arm. Pairs are made of requests that another tier answers alone, which
    /// hold the whole gap.
    pub fn slope(&self, at: At, signal: usize, counting: Counting) -> f64 {
        let of = |quantity| self.mean(at, signal, ROUTED, quantity);
        let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let (any, failed) = (of(ANY), of(FAILED));
        let good = (any - failed).max(0.0);
        match counting {
            Counting::Pairs => {
                let told = ratio(of(CALLED_BAD_OF_FAILED), failed) - ratio(of(CALLED_BAD_OF_GOOD), good);
                ratio(told, any)
            }
            _ => ratio(of(BAD_OF_FAILED), failed) - ratio(of(BAD) - of(BAD_OF_FAILED), good),
        }
    }
}
