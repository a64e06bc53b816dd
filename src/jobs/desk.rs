//! What a decision and the search for a plan share: worths of policies, and ways of watching them that are tried on runs.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::pool::{Control, JobError};
use super::study::Detection;
use crate::decision::choose::{BUDGETS, Figures};
use crate::decision::response::Reaction;
use crate::decision::watch::{Armed, Set, Tally, Watch};
use crate::decision::worth::{Ledger, Setting, Worth};
use crate::detection::course::Course;
use crate::detection::monitor::Every;
use crate::detection::race::{Phase, Race, Role};
use crate::detection::signal::SignalError;
use crate::detection::signal::dice::Drawing;
use crate::detection::study;
use crate::frontier::Stages;
use crate::model::{Monitor, Response};

/// Replicates of a wave.
const WAVE: u32 = 250;
/// Runs after which a budget may be chosen already.
const FIRST_CHOICE: u32 = 64;
/// Standard errors by which it is then ahead of each other one.
const BEYOND_CHANCE: f64 = 3.0;

/// What is looked at, how likely the change is, and what people do.
pub(super) struct Desk<'s, 'w> {
    pub stages: &'s Stages<'w>,
    /// 0 where no event is ever in force.
    pub change_probability: f64,
    /// Worth of each policy at each setting.
    pub worths: Vec<Worth>,
    /// Worth of the baseline: nothing, but its quality counts.
    pub baseline: Worth,
    reactions: [Reaction; 2],
    /// Worth of the action, where it is not the baseline.
    action: Option<Worth>,
}

impl<'s, 'w> Desk<'s, 'w> {
    /// For policies at some settings.
    pub fn new(stages: &'s Stages<'w>, settings: Vec<Setting>, control: &Control) -> Result<Self, JobError> {
        let world = stages.launch.world;
        let scenario = &world.scenario;
        let change_day = world.change_day();
        let (response, action) = response_of(stages);
        let own = |policy: usize| Setting { policy, knob: None };
        let mut all = settings;
        all.push(own(stages.baseline));
        all.extend(action.map(own));
        let mut worths = worths(&Ledger::new(stages, all, None)?, control)?;
        let action = action.and_then(|_| worths.pop());
        let baseline = worths.pop().ok_or_else(|| JobError::Panicked("the baseline has no worth".to_owned()))?;
        let days = scenario.traffic.days;
        Ok(Self {
            stages,
            change_probability: change_probability(stages),
            worths,
            baseline,
            reactions: [None, change_day].map(|change| Reaction::new(&response, days, change)),
            action,
        })
    }
}

/// What people do about an alarm, as the format has it where the scenario says nothing, and the action where it is not the baseline.
pub(super) fn response_of(stages: &Stages<'_>) -> (Response, Option<usize>) {
    let scenario = &stages.launch.world.scenario;
    let response = scenario.response.clone().unwrap_or_default();
    let action = response.action.as_ref().and_then(|name| scenario.policy_index(name));
    (response, action.filter(|action| *action != stages.baseline))
}

/// Chance of the change; 0 where there are no events that could come.
pub(super) fn change_probability(stages: &Stages<'_>) -> f64 {
    let world = stages.launch.world;
    if world.change_day().is_some() { world.scenario.study.change_probability } else { 0.0 }
}

/// Integrates a ledger's days on the current pool.
pub(super) fn worths(ledger: &Ledger<'_>, control: &Control) -> Result<Vec<Worth>, JobError> {
    let work = ledger.work();
    control.expect_steps(work.len() as u64);
    let parts = control.each(work.into_par_iter(), 1, |(production, day)| Ok(ledger.integrate(production, day)))?;
    Ok(ledger.assemble(&parts))
}

/// Monitors that watch one policy, tried on runs.
pub(super) struct Trial<'d, 'w> {
    desk: &'d Desk<'d, 'w>,
    worth: &'d Worth,
    action: Option<Worth>,
    race: Detection<'w>,
    /// Why some monitors take no part.
    pub refused: Vec<SignalError>,
    /// Ways of watching, and the monitors of each.
    sets: Vec<(Set, Vec<usize>)>,
    budgets: Vec<f64>,
    /// What launch runs say of each contestant.
    calibrated: Vec<Calibrated>,
}

/// Launch runs of a contestant.
#[derive(Clone, Default)]
struct Calibrated {
    /// The first run.
    from: u32,
    /// Its largest value in each run.
    maxima: Vec<f64>,
    /// The same in their order.
    sorted: Vec<f64>,
}

impl<'d, 'w> Trial<'d, 'w> {
    /// Prepares monitors of a policy. `false_alarms`: the budget that each way of watching has; `None`: that of greatest value among a few.
    pub fn new(
        desk: &'d Desk<'d, 'w>,
        worth: &'d Worth,
        monitors: Vec<Monitor>,
        false_alarms: Option<f64>,
        control: &Control,
    ) -> Result<Self, JobError> {
        let Setting { policy, knob } = worth.setting;
        let course = Course::new(desk.stages, policy, knob)?;
        let (mut race, refused) = Race::of_those_that_fit(course, monitors, false);
        race.drawing = Drawing::Quick;
        let budgets = false_alarms.map_or_else(|| BUDGETS.to_vec(), |budget| vec![budget]);
        let calibrated = vec![Calibrated::default(); race.contestants.len()];
        let action = desk.action.as_ref().map(|action| action.in_place_of(worth));
        let race = Detection::of(race, policy, budgets.clone(), control)?;
        Ok(Self { desk, worth, action, race, refused, sets: Vec::new(), budgets, calibrated })
    }

    /// Price of a monitor, USD a day.
    pub fn usd_per_day(&self, monitor: usize) -> f64 {
        self.race.usd_per_day(monitor).unwrap_or(0.0)
    }

    /// Whether a monitor fits the policy and has something to read.
    pub fn takes_part(&self, monitor: usize) -> bool {
        self.race.race.contestant(monitor, Role::Itself).is_some()
    }

    /// The monitors that can be had.
    pub fn monitors(&self) -> &[Monitor] {
        &self.race.race.monitors
    }

    /// Takes up a way of watching, by its monitors; returns its number.
    pub fn enter(&mut self, monitors: Vec<usize>) -> usize {
        let race = &self.race.race;
        let mut set = Set::default();
        for index in &monitors {
            set.contestants.extend(race.contestant(*index, Role::Itself));
            set.usd_per_day += self.usd_per_day(*index);
            let calendar = race.monitors.get(*index).filter(|monitor| monitor.kind.is::<Every>());
            set.every_days = set.every_days.or(calendar.map(|monitor| monitor.every_days.max(1)));
        }
        self.sets.push((set, monitors));
        self.sets.len() - 1
    }

    /// Members of a way of watching.
    pub fn members(&self, set: usize) -> &[usize] {
        self.sets.get(set).map_or(&[], |(_, members)| members)
    }

    /// Kinds of its members.
    pub fn kinds(&self, set: usize) -> Vec<&str> {
        self.members(set).iter().filter_map(|m| self.monitors().get(*m)).map(|m| m.kind.word()).collect()
    }

    /// Signals that its members read.
    pub fn signals(&self, set: usize) -> Vec<usize> {
        let contestants = self.sets.get(set).map_or(&[][..], |(set, _)| &set.contestants);
        contestants.iter().filter_map(|c| self.race.race.contestants.get(*c)).map(|c| c.signal()).collect()
    }

    /// Place of the largest budget, which few runs are enough for.
    pub fn last_place(&self) -> usize {
        self.budgets.len().saturating_sub(1)
    }

    /// Place of the budget nearest to this one, or else of the largest.
    pub fn place_of(&self, budget: Option<f64>) -> usize {
        let distance =
            |place: &usize| self.budgets.get(*place).zip(budget).map_or(0.0, |(own, budget)| (own - budget).abs());
        let places = 0..self.budgets.len();
        budget.and_then(|_| places.min_by(|a, b| distance(a).total_cmp(&distance(b)))).unwrap_or(self.last_place())
    }

    /// Price of a way of watching, USD a day.
    pub fn price(&self, set: usize) -> f64 {
        self.sets.get(set).map_or(0.0, |(set, _)| set.usd_per_day)
    }

    fn watch<'a>(&'a self, sets: &'a [Set]) -> Watch<'a, 'w> {
        Watch {
            race: &self.race.race,
            assembled: &self.race.assembled,
            reactions: &self.desk.reactions,
            policy: self.worth,
            action: self.action.as_ref(),
            sets,
        }
    }

    /// Thresholds of some ways of watching are set by these launch runs from now on. Those that are known from before are not run again.
    pub fn calibrate(&mut self, sets: &[usize], runs: Range<u32>, control: &Control) -> Result<(), JobError> {
        let mut contestants: Vec<usize> =
            sets.iter().filter_map(|set| self.sets.get(*set)).flat_map(|(set, _)| set.contestants.clone()).collect();
        contestants.sort_unstable();
        contestants.dedup();
        for contestant in &contestants {
            if let Some(known) = self.calibrated.get_mut(*contestant) {
                if known.from != runs.start {
                    *known = Calibrated { from: runs.start, ..Calibrated::default() };
                }
                known.maxima.truncate(runs.len());
            }
        }
        let next = contestants.iter().filter_map(|c| self.calibrated.get(*c)).map(Calibrated::next).min();
        let runs = next.unwrap_or(runs.end).min(runs.end)..runs.end;
        control.expect_steps(runs.len() as u64);
        for wave in waves(runs) {
            let known: Vec<(usize, u32)> =
                contestants.iter().filter_map(|c| Some((*c, self.calibrated.get(*c)?.next()))).collect();
            let watch = self.watch(&[]);
            let of = |index| {
                let unknown: Vec<usize> = known.iter().filter(|(_, next)| *next <= index).map(|(c, _)| *c).collect();
                let largest = watch.largest(index, &unknown);
                Ok(unknown.into_iter().zip(largest).collect::<Vec<_>>())
            };
            for (contestant, value) in control.each(wave.into_par_iter().with_max_len(1), 1, of)?.into_iter().flatten()
            {
                if let Some(all) = self.calibrated.get_mut(contestant) {
                    all.maxima.push(value);
                }
            }
        }
        for contestant in contestants {
            if let Some(all) = self.calibrated.get_mut(contestant) {
                all.sorted.clone_from(&all.maxima);
                all.sorted.sort_by(f64::total_cmp);
            }
        }
        Ok(())
    }

    /// A way of watching at the budget of a place, which its members share equally.
    fn armed(&self, set: usize, place: usize) -> Armed {
        let race = &self.race.race;
        let contestants = self.sets.get(set).map_or(&[][..], |(set, _)| &set.contestants);
        let budget = self.budgets.get(place).copied().unwrap_or(0.0) / contestants.len().max(1) as f64;
        let threshold = |contestant: &usize| {
            let guaranteed =
                race.contestants.get(*contestant).and_then(|c| race.guaranteed_threshold(c.monitor, budget));
            let maxima = self.calibrated.get(*contestant).map_or(&[][..], |all| &all.sorted);
            guaranteed.unwrap_or_else(|| study::calibrated(maxima, budget))
        };
        Armed { set, thresholds: contestants.iter().map(threshold).collect() }
    }

    /// For each of some ways of watching the place of the budget of greatest value on these runs, and that value, USD.
    pub fn best(
        &self,
        sets: &[usize],
        work: &[(Phase, Range<u32>)],
        control: &Control,
    ) -> Result<Vec<(usize, f64)>, JobError> {
        let places = 0..self.budgets.len();
        let tries: Vec<Armed> =
            sets.iter().flat_map(|set| places.clone().map(|place| self.armed(*set, place))).collect();
        let mut tallies = vec![Tally::default(); tries.len()];
        self.live(&tries, &mut tallies, work, control)?;
        Ok(tallies.chunks(places.len().max(1)).map(|tallies| self.best_of(tallies)).collect())
    }

    /// The same places, beside their ways of watching, where nothing but the places is wanted: a budget that is far ahead of the others on the
    /// first of the runs needs no more of them.
    pub fn places(
        &self,
        sets: &[usize],
        work: &[(Phase, Range<u32>)],
        control: &Control,
    ) -> Result<Vec<(usize, usize)>, JobError> {
        let count = self.budgets.len();
        let mut open: Vec<(usize, Vec<Armed>, Vec<Tally>)> = sets
            .iter()
            .map(|set| (*set, (0..count).map(|place| self.armed(*set, place)).collect(), vec![Tally::default(); count]))
            .collect();
        let first = |runs: &Range<u32>| runs.start..runs.end.min(runs.start.saturating_add(FIRST_CHOICE));
        let rest = |runs: &Range<u32>| runs.end.min(runs.start.saturating_add(FIRST_CHOICE))..runs.end;
        let parts = [
            work.iter().map(|(phase, runs)| (*phase, first(runs))).collect::<Vec<_>>(),
            work.iter().map(|(phase, runs)| (*phase, rest(runs))).collect(),
        ];
        let mut places: HashMap<usize, usize> = HashMap::new();
        for part in parts {
            let tries: Vec<Armed> = open.iter().flat_map(|(_, tries, _)| tries.iter().cloned()).collect();
            let mut tallies: Vec<Tally> = open.iter_mut().flat_map(|(.., tallies)| std::mem::take(tallies)).collect();
            self.live(&tries, &mut tallies, &part, control)?;
            let mut tallies = tallies.into_iter();
            for (set, _, of_set) in &mut open {
                of_set.extend(tallies.by_ref().take(count));
                places.insert(*set, self.best_of(of_set).0);
            }
            open.retain(|(_, tries, tallies)| !self.is_far_ahead(tries, tallies));
        }
        Ok(sets.iter().map(|set| (*set, places.get(set).copied().unwrap_or(0))).collect())
    }

    /// The place of greatest value, of equals the smallest budget, and the value, USD.
    fn best_of(&self, tallies: &[Tally]) -> (usize, f64) {
        let values = tallies.iter().map(|tally| tally.value_usd(self.desk.change_probability).0).enumerate();
        values.reduce(|best, next| if next.1 > best.1 { next } else { best }).unwrap_or((0, f64::NEG_INFINITY))
    }

    /// Whether the best of some budgets is ahead of every other one, beyond chance.
    fn is_far_ahead(&self, tries: &[Armed], tallies: &[Tally]) -> bool {
        let (place, _) = self.best_of(tallies);
        let Some((armed, best)) = tries.get(place).zip(tallies.get(place)) else { return true };
        tries.iter().zip(tallies).filter(|(other, _)| other.thresholds != armed.thresholds).all(|(_, other)| {
            let (ahead, error) = best.ahead_of_usd(other, self.desk.change_probability);
            ahead > BEYOND_CHANCE * error && error > 0.0
        })
    }

    /// What ways of watching, each at the budget of a place, come to on these runs.
    pub fn figures(
        &self,
        sets: &[(usize, usize)],
        work: &[(Phase, Range<u32>)],
        control: &Control,
    ) -> Result<Vec<Figures>, JobError> {
        let tries: Vec<Armed> = sets.iter().map(|(set, place)| self.armed(*set, *place)).collect();
        let mut tallies = vec![Tally::default(); tries.len()];
        self.live(&tries, &mut tallies, work, control)?;
        let (chance, action) = (self.desk.change_probability, self.action.as_ref());
        let all = sets.iter().zip(tries).zip(&tallies).map(|(((_, place), armed), tally)| {
            let budget = self.budgets.get(*place).copied().filter(|_| !armed.thresholds.is_empty());
            Figures::of(tally, budget, armed.thresholds, chance, self.worth, action)
        });
        Ok(all.collect())
    }

    /// Lives through runs of both worlds, and adds them to tallies, one a way of watching.
    fn live(
        &self,
        all: &[Armed],
        tallies: &mut [Tally],
        work: &[(Phase, Range<u32>)],
        control: &Control,
    ) -> Result<(), JobError> {
        let sets: Vec<Set> = self.sets.iter().map(|(set, _)| set.clone()).collect();
        let watch = self.watch(&sets);
        for (phase, runs) in work.iter().cloned() {
            let production = phase == Phase::Production;
            if production && self.desk.stages.launch.world.change_day().is_none() {
                continue;
            }
            control.expect_steps(runs.len() as u64);
            for wave in waves(runs) {
                let lives = |index| Ok(watch.live(phase, index, all));
                for run in control.each(wave.into_par_iter().with_max_len(1), 1, lives)? {
                    for (tally, outcome) in tallies.iter_mut().zip(&run) {
                        tally.add(production, outcome);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Calibrated {
    /// The first run that nothing is known of.
    fn next(&self) -> u32 {
        self.from.saturating_add(u32::try_from(self.maxima.len()).unwrap_or(u32::MAX))
    }
}

/// Runs in portions whose results are held at once.
fn waves(runs: Range<u32>) -> impl Iterator<Item = Range<u32>> {
    let end = runs.end;
    runs.step_by(WAVE as usize).map(move |first| first..end.min(first.saturating_add(WAVE)))
}
