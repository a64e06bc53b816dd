//! What every policy is worth, watched in every way.

use std::collections::HashMap;

use super::desk::{Desk, Trial, change_probability, worths};
use super::plan::{self, PlanOptions};
use super::pool::{Control, JobError};
use crate::decision::choose::{self, Choice, Decision, Figures, Watched};
use crate::decision::worth::{Ledger, Setting, Worth};
use crate::detection::monitor;
use crate::detection::race::Phase;
use crate::frontier::Stages;
use crate::model::Scenario;
use crate::policy::{self, Oracle};

/// False-alarm budgets of options, by policy and monitor.
pub(super) type Budgets = HashMap<(usize, bool, usize), f64>;

/// Settings of a knob that are looked at for the one of greatest value.
const KNOB_SETTINGS: usize = 21;
/// Days of each world that are looked at for that.
const LOOKS: usize = 6;
/// Launch runs at the least that set the thresholds of a given false-alarm budget.
const CALIBRATING: u32 = 8000;
/// Runs at the least of a part that only chooses.
const FEWEST: u32 = 200;

/// What a decision is given.
#[derive(Clone, Debug, PartialEq)]
pub struct DecideOptions {
    /// Most that a plan may cost, USD a day; `None`: a tenth of the policy's inference saving at launch.
    pub budget_usd_per_day: Option<f64>,
    /// Chance of any false alarm over the horizon; `None`: of several budgets the one of greatest value, for each option.
    pub false_alarms: Option<f64>,
    /// Runs of each world that figures are read off.
    pub replicates: u32,
}

impl DecideOptions {
    /// What a scenario itself asks for.
    pub fn of(scenario: &Scenario) -> Self {
        Self { budget_usd_per_day: None, false_alarms: None, replicates: scenario.study.replicates }
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
    let scenario = &stages.launch.world.scenario;
    let desk = Desk::new(stages, settings(stages, control)?, control)?;
    let chance = desk.change_probability;
    let mut known = unwatched(&desk);
    let decided =
        |known: &[Choice]| choose::decide(known.to_vec(), chance, scenario.traffic.days, scenario.response.is_none());
    seen(&decided(&known));
    // A turned knob that is worth nothing while nothing has changed is worth less than the baseline however soon an alarm comes.
    for worth in desk.worths.iter().filter(|worth| worth.setting.knob.is_none() || worth.whole_usd(false) > 0.0) {
        known.extend(watched(&desk, worth, options, None, control)?);
        seen(&decided(&known));
    }
    for worth in worth_a_plan(&desk, &decided(&known)) {
        known.extend(planned(&desk, worth, options, control)?);
        seen(&decided(&known));
    }
    Ok(decided(&known))
}

/// Staying on the baseline, and each policy that nobody watches.
fn unwatched(desk: &Desk<'_, '_>) -> Vec<Choice> {
    let (stages, chance) = (desk.stages, desk.change_probability);
    let stay = Choice {
        policy: stages.baseline,
        knob: None,
        knob_is_own: true,
        watched: Watched::Stay,
        is_real: true,
        figures: Ok(Figures::unwatched(&desk.baseline, chance)),
    };
    let of = |worth: &Worth| choice(stages, worth, Watched::NotAtAll, true, Ok(Figures::unwatched(worth, chance)));
    std::iter::once(stay).chain(desk.worths.iter().map(of)).collect()
}

/// Every policy as the scenario sets it, and of all turned knobs the one that is worth most while nobody watches.
///
/// # Errors
/// When the scenario cannot be simulated, or the job was cancelled.
pub(super) fn best_settings(stages: &Stages<'_>, control: &Control) -> Result<Vec<Setting>, JobError> {
    let settings = settings(stages, control)?;
    let desk = Desk::new(stages, settings.clone(), control)?;
    let chance = desk.change_probability;
    let value = |worth: &Worth| (1.0 - chance) * worth.whole_usd(false) + chance * worth.whole_usd(true);
    let turned = desk.worths.iter().filter(|worth| worth.setting.knob.is_some() && value(worth) > 0.0);
    let best = turned.max_by(|a, b| value(a).total_cmp(&value(b))).map(|worth| worth.setting);
    Ok(settings.into_iter().filter(|setting| setting.knob.is_none() || Some(*setting) == best).collect())
}

/// Policies at these settings, watched by nobody and by each monitor. `budgets`: those that options have; without them each chooses its own.
pub(super) fn at_settings(
    stages: &Stages<'_>,
    settings: Vec<Setting>,
    options: &DecideOptions,
    budgets: Option<&Budgets>,
    control: &Control,
) -> Result<(Vec<Choice>, f64), JobError> {
    let desk = Desk::new(stages, settings, control)?;
    let mut known = unwatched(&desk);
    for worth in &desk.worths {
        known.extend(watched(&desk, worth, options, budgets, control)?);
    }
    Ok((known, desk.change_probability))
}

/// The policies that a plan is searched for: the one that is best so far, and the one under study. For all of them it would take minutes.
fn worth_a_plan<'d>(desk: &'d Desk<'_, '_>, so_far: &Decision) -> Vec<&'d Worth> {
    let stages = desk.stages;
    let is_of = |choice: &Choice, worth: &Worth| {
        let own = worth.setting.knob.is_none();
        choice.policy == worth.setting.policy && choice.knob_is_own == own && (own || choice.knob == worth.setting.knob)
    };
    let real = so_far.options.iter().filter(|choice| choice.is_real && choice.watched != Watched::Stay);
    let best = real.clone().find(|choice| choice.figures.is_ok());
    let studied = stages.launch.world.scenario.studied_policy();
    let is_wanted = |worth: &&Worth| {
        best.is_some_and(|best| is_of(best, worth))
            || (studied == Some(worth.setting.policy) && worth.setting.knob.is_none())
    };
    desk.worths.iter().filter(is_wanted).collect()
}

/// The best plan of a policy, where there is one.
fn planned(
    desk: &Desk<'_, '_>,
    worth: &Worth,
    options: &DecideOptions,
    control: &Control,
) -> Result<Option<Choice>, JobError> {
    let DecideOptions { budget_usd_per_day, false_alarms, replicates } = *options;
    let wanted = PlanOptions { budget_usd_per_day, false_alarms, replicates, without: Vec::new() };
    match plan::search(desk, worth, &wanted, control, |_| {}) {
        Ok(plans) => Ok(plans.plans.get(plans.recommended).filter(|best| !best.members.is_empty()).map(|best| {
            let members = plans.monitors_of(best).cloned().collect();
            choice(desk.stages, worth, Watched::Plan(members), true, Ok(best.figures.clone()))
        })),
        // Nothing to plan with, or nothing to detect: that is no option.
        Err(JobError::Monitors(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Every policy that can be had but the baseline.
fn policies(stages: &Stages<'_>) -> Vec<usize> {
    let scenario = &stages.launch.world.scenario;
    let can_be_had = |policy: &usize| {
        *policy != stages.baseline && scenario.policies.get(*policy).is_some_and(|p| !p.kind.is::<Oracle>())
    };
    (0..scenario.policies.len()).filter(can_be_had).collect()
}

/// Every policy that can be had but the baseline, as it is and at the knob of greatest value while nobody watches, where that is another.
fn settings(stages: &Stages<'_>, control: &Control) -> Result<Vec<Setting>, JobError> {
    let chance = change_probability(stages);
    let policies = policies(stages);
    let mut settings: Vec<Setting> = policies.iter().map(|policy| Setting { policy: *policy, knob: None }).collect();
    let turned = policies.iter().flat_map(|policy| {
        let knobs = stages.settings(*policy, KNOB_SETTINGS);
        knobs.into_iter().map(|knob| Setting { policy: *policy, knob: Some(knob) })
    });
    let all = settings.iter().copied().chain(turned).collect();
    let rough = worths(&Ledger::new(stages, all, Some(LOOKS))?, control)?;
    let value = |worth: &Worth| (1.0 - chance) * worth.whole_usd(false) + chance * worth.whole_usd(true);
    for policy in policies {
        let of_policy = rough.iter().filter(|worth| worth.setting.policy == policy);
        // Of equals the first, which is the scenario's own.
        let best = of_policy.reduce(|best, worth| if value(worth) > value(best) { worth } else { best });
        settings.extend(best.map(|worth| worth.setting).filter(|setting| setting.knob.is_some()));
    }
    settings.sort_by_key(|setting| setting.policy);
    Ok(settings)
}

/// An option of a policy.
fn choice(
    stages: &Stages<'_>,
    worth: &Worth,
    watched: Watched,
    is_real: bool,
    figures: Result<Figures, String>,
) -> Choice {
    let Setting { policy, knob } = worth.setting;
    let own = || policy::knob(&stages.launch, stages.launch.world.scenario.policies.get(policy)?);
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
fn watched(
    desk: &Desk<'_, '_>,
    worth: &Worth,
    options: &DecideOptions,
    budgets: Option<&Budgets>,
    control: &Control,
) -> Result<Vec<Choice>, JobError> {
    let monitors = &desk.stages.launch.world.scenario.monitors;
    let mut trial = Trial::new(desk, worth, monitors.clone(), options.false_alarms, control)?;
    let why_not = |trial: &Trial<'_, '_>, name: &str| {
        trial.refused.iter().find(|refused| refused.monitor == name).map(|refused| refused.what.clone())
    };
    let mut studied = Vec::new();
    let mut choices = Vec::new();
    for (index, monitor) in monitors.iter().enumerate() {
        match why_not(&trial, &monitor.name) {
            None => studied.push((index, trial.enter(vec![index]))),
            Some(why) => {
                let watched = Watched::Monitor(index);
                choices.push(choice(desk.stages, worth, watched, monitor::is_real(monitor), Err(why)));
            }
        }
    }
    let sets: Vec<usize> = studied.iter().map(|(_, set)| *set).collect();
    let runs = options.replicates;
    // A budget that is given is kept to on many runs; one that is chosen is only a way to some threshold, whose false alarms are measured on
    // others. Those that choose the budget will do for it.
    let choosing = (runs / 4).max(FEWEST);
    let calibrating = if options.false_alarms.is_some() { runs.max(CALIBRATING) } else { choosing };
    trial.calibrate(&sets, 0..calibrating, control)?;
    // The budgets are chosen on runs of their own.
    let work = [(Phase::Calibration, 0..choosing), (Phase::Production, runs..runs.saturating_add(choosing))];
    let armed = match budgets {
        None => trial.places(&sets, &work, control)?,
        Some(budgets) => {
            let of =
                |index: &usize| budgets.get(&(worth.setting.policy, worth.setting.knob.is_none(), *index)).copied();
            studied.iter().map(|(index, set)| (*set, trial.place_of(of(index)))).collect()
        }
    };
    let figures = trial.figures(&armed, &[(Phase::Check, 0..runs), (Phase::Production, 0..runs)], control)?;
    for ((index, _), figures) in studied.iter().zip(figures) {
        let is_real = monitors.get(*index).is_some_and(monitor::is_real);
        choices.push(choice(desk.stages, worth, Watched::Monitor(*index), is_real, Ok(figures)));
    }
    Ok(choices)
}
