//! Ways of watching one policy, lived through run by run.

use std::collections::HashMap;

use super::response::{Account, Reaction, Stakes};
use super::worth::Worth;
use crate::detection::assembly::Assembled;
use crate::detection::race::{Charts, Phase, Race};

/// A way of watching: charts that alarm when any of them does, or the calendar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    /// Contestants of the race; none: nobody watches.
    pub contestants: Vec<usize>,
    /// Alarms after so many days, whatever happens.
    pub every_days: Option<u32>,
    /// Price, USD a day.
    pub usd_per_day: f64,
}

/// A way of watching at thresholds, one a contestant.
#[derive(Clone, Debug, PartialEq)]
pub struct Armed {
    /// Its place among the sets.
    pub set: usize,
    /// Alarms above these.
    pub thresholds: Vec<f64>,
}

/// A run under one way of watching.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// What it came to.
    pub account: Account,
    /// Day of the first alarm.
    pub first_alarm: Option<u32>,
}

/// Everything that runs are lived with.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a, 'w> {
    /// Charts and what they look at.
    pub race: &'a Race<'w>,
    /// What the days are like.
    pub assembled: &'a Assembled,
    /// What people do, where events are in force and where they are not.
    pub reactions: &'a [Reaction; 2],
    /// The policy's worth.
    pub policy: &'a Worth,
    /// That of the action, in the policy's place.
    pub action: Option<&'a Worth>,
    /// Ways of watching.
    pub sets: &'a [Set],
}

impl Watch<'_, '_> {
    /// Largest statistic of some contestants in a run without events.
    pub fn largest(&self, index: u32, contestants: &[usize]) -> Vec<f64> {
        let replicate = self.race.replicate(self.assembled, Phase::Calibration, index);
        let largest = |c: &usize| replicate.records(*c).last().map_or(f64::NEG_INFINITY, |(_, statistic)| *statistic);
        contestants.iter().map(largest).collect()
    }

    /// Lives through one replicate under each of some ways of watching, in their order.
    pub fn live(&self, phase: Phase, index: u32, all: &[Armed]) -> Vec<Outcome> {
        let replicate = self.race.replicate(self.assembled, phase, index);
        let seed = self.race.course.world.scenario.seed;
        let reaction = &self.reactions[usize::from(replicate.production)];
        // Charts from the first day on, and their records, serve every threshold.
        let mut charts: HashMap<usize, Charts> = HashMap::new();
        let mut outcomes = Vec::with_capacity(all.len());
        for armed in all {
            let Some(set) = self.sets.get(armed.set) else { continue };
            let alarm_from = |from: u32| {
                let mut first = set.every_days.map(|days| from.saturating_add(days.saturating_sub(1)));
                for (contestant, threshold) in set.contestants.iter().zip(&armed.thresholds) {
                    // Nobody waits for a chart once another one has alarmed.
                    let before = first.unwrap_or(u32::MAX);
                    let alarm = if from > 0 {
                        replicate.first_alarm(&mut replicate.charts(*contestant, from), *threshold, before)
                    } else {
                        let known = charts.entry(*contestant).or_insert_with(|| replicate.charts(*contestant, 0));
                        replicate.first_alarm(known, *threshold, before)
                    };
                    first = alarm.or(first);
                }
                first
            };
            let life = reaction.live(&mut Reaction::luck(seed, replicate.number), alarm_from);
            let stakes = Stakes { policy: self.policy, action: self.action, usd_per_day: set.usd_per_day };
            let account = reaction.account(&life, &stakes, replicate.production);
            outcomes.push(Outcome { account, first_alarm: life.alarms.first().copied() });
        }
        outcomes
    }
}

/// What runs of one way of watching came to: `[launch, production]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Net value of each run, USD.
    pub values_usd: [Vec<f64>; 2],
    /// Runs with an alarm.
    pub alarmed: [usize; 2],
    /// Sums over the runs: price of the watch and of investigations, USD.
    pub watching_usd: [f64; 2],
    /// The same of investigations.
    pub investigating_usd: [f64; 2],
    /// Damage of production runs, summed, USD.
    pub damage_usd: f64,
    /// Share of the policy that is left on the last day, summed.
    pub left_at_end: [f64; 2],
    /// First day of the rightful action of each production run.
    pub acting_days: Vec<Option<u32>>,
}

impl Tally {
    /// Adds a run; they come in their order, so that sums do not depend on the threads.
    pub fn add(&mut self, production: bool, outcome: &Outcome) {
        let world = usize::from(production);
        let account = &outcome.account;
        self.values_usd[world].push(account.value_usd());
        self.alarmed[world] += usize::from(outcome.first_alarm.is_some());
        self.watching_usd[world] += account.watching_usd;
        self.investigating_usd[world] += account.investigating_usd;
        self.left_at_end[world] += account.left_at_end;
        if production {
            self.damage_usd += account.damage_usd;
            self.acting_days.push(account.acting_day);
        }
    }

    /// Mean net value with the change coming at a chance, and its standard error, USD.
    pub fn value_usd(&self, change_probability: f64) -> (f64, f64) {
        mean_and_error(self.values_usd.each_ref().map(|values| values.iter().copied()), change_probability)
    }

    /// The same of what it is worth more than another way of watching in the same runs.
    pub fn ahead_of_usd(&self, other: &Self, change_probability: f64) -> (f64, f64) {
        let ahead =
            |world: usize| self.values_usd[world].iter().zip(&other.values_usd[world]).map(|(mine, its)| mine - its);
        mean_and_error([ahead(0), ahead(1)], change_probability)
    }
}

/// Mean of values at launch and in production, with the change coming at a chance, and its standard error.
fn mean_and_error(worlds: [impl Iterator<Item = f64> + Clone; 2], change_probability: f64) -> (f64, f64) {
    let weights = [1.0 - change_probability, change_probability];
    let (mut mean, mut variance) = (0.0, 0.0);
    for (weight, values) in weights.into_iter().zip(worlds) {
        let n = values.clone().count() as f64;
        if weight <= 0.0 || n < 1.0 {
            continue;
        }
        let of_world = values.clone().sum::<f64>() / n;
        let squares: f64 = values.map(|value| (value - of_world).powi(2)).sum();
        mean += weight * of_world;
        variance += weight * weight * squares / n / (n - 1.0).max(1.0);
    }
    (mean, variance.sqrt())
}
