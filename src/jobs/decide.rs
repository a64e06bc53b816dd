//! What every policy is worth, watched in every way.

use rayon::prelude::*;

use super::pool::{Control, JobError};
use super::study::Detection;
use crate::decision::choose::{self, BUDGETS, Choice, Decision, Figures, Watched};
use crate::decision::response::Reaction;
use crate::decision::watch::{Armed, Set, Tally, Watch};
use crate::decision::worth::{Ledger, Setting, Worth};
use crate::detection::course::Course;
use crate::detection::monitor::{self, Every};
use crate::detection::race::{Phase, Race, Role};
use crate::detection::study;
use crate::frontier::Stages;
use crate::model::Scenario;
use crate::policy::{self, Oracle};

/// Settings of a knob that are looked at for the one of greatest value.
const KNOB_SETTINGS: usize = 21;
/// Days of each world that are looked at for that.
const LOOKS: usize = 6;
/// Replicates of a wave.
const WAVE: u32 = 250;

/// What a decision is given.
#[derive(Clone, Debug, PartialEq)]
pub struct DecideOptions {
    /// Chance of any false alarm over the horizon; `None`: of several budgets the one of greatest value, for each option.
    pub false_alarms: Option<f64>,
    /// Runs of each world that figures are read off.
    pub replicates: u32,
}

impl DecideOptions {
    /// What a scenario itself asks for.
    pub fn of(scenario: &Scenario) -> Self {
        Self { false_alarms: None, replicates: scenario.study.replicates }
    }
}

/// Works out every option on the current pool. `seen` is shown the options known so far: first those that nobody watches.
///
/// # Errors
/// When the scenario cannot be simulated, or the job was cancelled.
pub fn decide(
    stages: &Stages<'_>,
    options: &DecideOptions,
    control: &Control,
    mut seen: impl FnMut(&Decision),
) -> Result<Decision, JobError> {
    let world = stages.launch.world;
    let scenario = &world.scenario;
    let desk = Desk::new(stages, options, control)?;
    let stay = Choice {
        policy: stages.baseline,
        knob: None,
        knob_is_own: true,
        watched: Watched::Stay,
        is_real: true,
        figures: Ok(Figures::unwatched(&desk.baseline, desk.change_probability)),
    };
    let mut known = vec![stay];
    known.extend(desk.worths.iter().map(|worth| {
        let figures = Figures::unwatched(worth, desk.change_probability);
        desk.choice(worth, Watched::NotAtAll, true, Ok(figures))
    }));
    let decided = |known: &[Choice]| {
        choose::decide(known.to_vec(), desk.change_probability, scenario.traffic.days, scenario.response.is_none())
    };
    seen(&decided(&known));
    for worth in &desk.worths {
        known.extend(desk.watched(worth, control)?);
        seen(&decided(&known));
    }
    Ok(decided(&known))
}

/// What the options of a scenario share.
struct Desk<'s, 'w> {
    stages: &'s Stages<'w>,
    options: &'s DecideOptions,
    change_probability: f64,
    reactions: [Reaction; 2],
    /// Worth of each policy at its own knob, and of some at a better one.
    worths: Vec<Worth>,
    baseline: Worth,
    /// Worth of the action, where it is not the baseline.
    action: Option<Worth>,
}

impl<'s, 'w> Desk<'s, 'w> {
    fn new(stages: &'s Stages<'w>, options: &'s DecideOptions, control: &Control) -> Result<Self, JobError> {
        let world = stages.launch.world;
        let scenario = &world.scenario;
        let change_day = world.change_day();
        let change_probability = if change_day.is_some() { scenario.study.change_probability } else { 0.0 };
        let buyable = |i: &usize| {
            *i != stages.baseline && scenario.policies.get(*i).is_some_and(|policy| !policy.kind.is::<Oracle>())
        };
        let policies: Vec<usize> = (0..scenario.policies.len()).filter(buyable).collect();
        let own = |policy: usize| Setting { policy, knob: None };
        let mut settings: Vec<Setting> = policies.iter().map(|i| own(*i)).collect();
        let turned: Vec<Setting> = policies
            .iter()
            .flat_map(|i| {
                stages.settings(*i, KNOB_SETTINGS).into_iter().map(|knob| Setting { policy: *i, knob: Some(knob) })
            })
            .collect();
        let value = |worth: &Worth| {
            (1.0 - change_probability) * worth.whole_usd(false) + change_probability * worth.whole_usd(true)
        };
        let all = [settings.clone(), turned].concat();
        let rough = worths(&Ledger::new(stages, all, Some(LOOKS))?, control)?;
        for policy in &policies {
            let of_policy = rough.iter().filter(|worth| worth.setting.policy == *policy);
            // Of equals the first, which is the scenario's own.
            let best = of_policy.reduce(|best, worth| if value(worth) > value(best) { worth } else { best });
            settings.extend(best.map(|worth| worth.setting).filter(|setting| setting.knob.is_some()));
        }
        settings.sort_by_key(|setting| setting.policy);
        let response = scenario.response.clone().unwrap_or_default();
        let action = response.action.as_ref().and_then(|name| scenario.policy_index(name));
        let action = action.filter(|action| *action != stages.baseline);
        let mut all = settings.clone();
        all.push(own(stages.baseline));
        all.extend(action.map(own));
        let mut worths = worths(&Ledger::new(stages, all, None)?, control)?;
        let action = action.and_then(|_| worths.pop());
        let baseline = worths.pop().ok_or_else(|| JobError::Panicked("the baseline has no worth".to_owned()))?;
        let days = scenario.traffic.days;
        let reactions = [None, change_day].map(|change| Reaction::new(&response, days, change));
        Ok(Self { stages, options, change_probability, reactions, worths, baseline, action })
    }

    fn choice(&self, worth: &Worth, watched: Watched, is_real: bool, figures: Result<Figures, String>) -> Choice {
        let Setting { policy, knob } = worth.setting;
        let own = || policy::knob(&self.stages.launch, self.stages.launch.world.scenario.policies.get(policy)?);
        Choice {
            policy,
            knob: knob.or_else(|| own().map(|knob| knob.value)),
            knob_is_own: knob.is_none(),
            watched,
            is_real,
            figures,
        }
    }

    /// A policy watched by each of the scenario's monitors.
    fn watched(&self, worth: &Worth, control: &Control) -> Result<Vec<Choice>, JobError> {
        let world = self.stages.launch.world;
        let monitors = &world.scenario.monitors;
        let Setting { policy, knob } = worth.setting;
        let course = Course::new(self.stages, policy, knob)?;
        let (race, problems) = Race::of_those_that_fit(course, monitors.clone(), false);
        let budgets = self.options.false_alarms.map_or_else(|| BUDGETS.to_vec(), |budget| vec![budget]);
        let mut detection = Detection::of(race, policy, budgets.clone(), control)?;
        let runs = self.options.replicates;
        detection.run_phase(Phase::Calibration, 0..runs, control)?;
        detection.results.set_thresholds(&detection.race);
        let mut sets = Vec::new();
        let mut of_set = Vec::new();
        for (index, monitor) in monitors.iter().enumerate() {
            if problems.iter().any(|problem| problem.monitor == monitor.name) {
                continue;
            }
            let (_, usd_per_day) = study::price(&detection.race, &detection.assembled, index, monitor);
            let contestants = detection.race.contestant(index, Role::Itself).into_iter().collect();
            let every_days = monitor.kind.is::<Every>().then_some(monitor.every_days.max(1));
            sets.push(Set { contestants, every_days, usd_per_day });
            of_set.push(index);
        }
        let action = self.action.as_ref().map(|action| action.in_place_of(worth));
        let watch = Watch {
            race: &detection.race,
            assembled: &detection.assembled,
            reactions: &self.reactions,
            policy: worth,
            action: action.as_ref(),
            sets: &sets,
        };
        let armed = |set: usize, place: usize| {
            let members = sets.get(set).map_or(&[][..], |set| &set.contestants);
            Armed { set, thresholds: members.iter().map(|c| detection.results.threshold_at(*c, place)).collect() }
        };
        // The budgets are chosen on runs of their own.
        let places = 0..budgets.len();
        let tries: Vec<Armed> = (0..sets.len())
            .flat_map(|set| places.clone().map(move |place| (set, place)))
            .map(|(s, p)| armed(s, p))
            .collect();
        let chosen = self.tallies(
            &watch,
            &tries,
            [Phase::Calibration, Phase::Production],
            runs..runs + runs.div_ceil(2),
            control,
        )?;
        let value = |tally: &Tally| tally.value_usd(self.change_probability).0;
        let best_place = |tallies: &[Tally]| {
            let values = tallies.iter().map(value).enumerate();
            // Of equals the smallest budget.
            values.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0, |(place, _)| place)
        };
        let places: Vec<usize> = chosen.chunks(budgets.len().max(1)).map(best_place).collect();
        let best: Vec<Armed> = places.iter().enumerate().map(|(set, place)| armed(set, *place)).collect();
        let figures = self.tallies(&watch, &best, [Phase::Check, Phase::Production], 0..runs, control)?;
        let mut choices = Vec::new();
        for (((index, place), armed), tally) in of_set.iter().zip(&places).zip(best).zip(&figures) {
            let budget = budgets.get(*place).copied().filter(|_| !armed.thresholds.is_empty());
            let figures = Figures::of(tally, budget, armed.thresholds, self.change_probability, worth, action.as_ref());
            let is_real = monitors.get(*index).is_some_and(monitor::is_real);
            choices.push(self.choice(worth, Watched::Monitor(*index), is_real, Ok(figures)));
        }
        for (index, monitor) in monitors.iter().enumerate() {
            if let Some(problem) = problems.iter().find(|problem| problem.monitor == monitor.name) {
                choices.push(self.choice(
                    worth,
                    Watched::Monitor(index),
                    monitor::is_real(monitor),
                    Err(problem.what.clone()),
                ));
            }
        }
        Ok(choices)
    }

    /// Lives through runs of both worlds.
    fn tallies(
        &self,
        watch: &Watch<'_, '_>,
        all: &[Armed],
        phases: [Phase; 2],
        indices: std::ops::Range<u32>,
        control: &Control,
    ) -> Result<Vec<Tally>, JobError> {
        let mut tallies = vec![Tally::default(); all.len()];
        for phase in phases {
            let production = phase == Phase::Production;
            if production && self.stages.launch.world.change_day().is_none() {
                continue;
            }
            control.expect_steps(u64::from(indices.end - indices.start));
            for first in indices.clone().step_by(WAVE as usize) {
                let wave = first..indices.end.min(first.saturating_add(WAVE));
                let runs =
                    control.each(wave.into_par_iter().with_max_len(1), 1, |index| Ok(watch.live(phase, index, all)))?;
                for run in runs {
                    for (tally, outcome) in tallies.iter_mut().zip(&run) {
                        tally.add(production, outcome);
                    }
                }
            }
        }
        Ok(tallies)
    }
}

/// Integrates a ledger's days on the current pool.
pub(super) fn worths(ledger: &Ledger<'_>, control: &Control) -> Result<Vec<Worth>, JobError> {
    let work = ledger.work();
    control.expect_steps(work.len() as u64);
    let parts = control.each(work.into_par_iter(), 1, |(production, day)| Ok(ledger.integrate(production, day)))?;
    Ok(ledger.assemble(&parts))
}
