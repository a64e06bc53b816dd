//! The search for a monitoring plan, in three rounds.

use super::pool::{Control, JobError};
use super::study::Detection;
use crate::detection::plan::{self, Plans};
use crate::detection::race::{Phase, Race};
use crate::frontier::Stages;
use crate::model::{Monitor, Scenario};

/// Replicates of the first round of a search for a plan, which only has to find the better half.
const REPLICATES_OF_A_FIRST_ROUND: u32 = 250;
/// Launch runs that set the thresholds of the plans that are listed in the end.
const CALIBRATION_OF_THE_FINALISTS: u32 = 8000;

/// What a search for a plan is given.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanOptions {
    /// Most that a plan may cost, USD a day; `None`: a tenth of the inference saving at launch.
    pub budget_usd_per_day: Option<f64>,
    /// Chance of any false alarm of a plan over the horizon.
    pub false_alarms: f64,
    /// Replicates of the second round.
    pub replicates: u32,
    /// Kinds or names of monitors that cannot be had.
    pub without: Vec<String>,
}

impl PlanOptions {
    /// What a scenario itself asks for.
    pub fn of(scenario: &Scenario) -> Self {
        let study = &scenario.study;
        let (false_alarms, replicates) = (study.false_alarms, study.replicates);
        Self { budget_usd_per_day: None, false_alarms, replicates, without: Vec::new() }
    }
}

/// A budget for a plan, USD a day.
fn default_plan_budget(stages: &Stages<'_>, policy: usize) -> Result<f64, JobError> {
    let inference = |policy: usize| -> Result<f64, JobError> {
        let points = stages.exact_points(policy, None)?.unwrap_or_default();
        Ok(points.first().map_or(0.0, |p| p.inference_usd_per_1k))
    };
    let saving = inference(stages.baseline)? - inference(policy)?;
    Ok(plan::default_budget_usd_per_day(saving, stages.launch.world.scenario.traffic.requests_per_day))
}

/// Searches for a monitoring plan on the current pool: all candidates over a few replicates, then the better ones over fresh ones.
///
/// # Errors
/// When the scenario or a monitor does not allow it, the loss never becomes material, or the job was cancelled.
pub fn plan(stages: &Stages<'_>, policy: usize, options: &PlanOptions, control: &Control) -> Result<Plans, JobError> {
    let scenario = &stages.launch.world.scenario;
    let PlanOptions { false_alarms, replicates, .. } = *options;
    let budget_usd_per_day = match options.budget_usd_per_day {
        Some(budget) => budget,
        None => default_plan_budget(stages, policy)?,
    };
    let candidates = plan::candidates(scenario, budget_usd_per_day, &options.without);
    let tried = candidates.len();
    if tried == 0 {
        return Err(JobError::Monitors(
            "the scenario has no monitor to plan with: add one, or raise the budget".to_owned(),
        ));
    }
    // A replicate takes as long as it has monitors.
    let second_round = |monitors: usize| Phase::ALL.len() as u64 * u64::from(replicates) * monitors as u64;
    let guessed = second_round(tried.min(plan::SHORTLIST));
    control.expect_steps(guessed);
    let budgets = plan::budgets(false_alarms);
    let mut first = Detection::of(Race::new(stages, policy, candidates, false)?, policy, budgets.clone(), control)?;
    first.steps = tried as u64;
    if first.assembled.onset_day.is_none() {
        return Err(JobError::Monitors("quality never falls materially: there is nothing to detect".to_owned()));
    }
    for phase in [Phase::Calibration, Phase::Production] {
        first.run_phase(phase, 0..REPLICATES_OF_A_FIRST_ROUND, control)?;
    }
    let shortlist = plan::shortlist(&first.race, &first.study(false_alarms), budget_usd_per_day);
    drop(first);
    // Fresh replicates: the first round's winners were lucky on its own.
    let owed = second_round(shortlist.len());
    control.steps(guessed.saturating_sub(owed));
    control.expect_steps(owed.saturating_sub(guessed));
    let round = |monitors: Vec<Monitor>| {
        let steps = monitors.len() as u64;
        let mut round = Detection::of(Race::new(stages, policy, monitors, false)?, policy, budgets.clone(), control)?;
        round.steps = steps;
        Ok::<_, JobError>(round)
    };
    let choose = |round: &Detection<'_>, sets: plan::Sets| {
        plan::choose(&round.race, &round.assembled, &round.results, sets, budget_usd_per_day, false_alarms, tried)
            .ok_or_else(|| JobError::Monitors("no plan fits the budget".to_owned()))
    };
    let mut second = round(shortlist)?;
    let fresh = |first: u32, count: u32| first..first.saturating_add(count);
    for phase in Phase::ALL {
        second.run_expected(phase, fresh(REPLICATES_OF_A_FIRST_ROUND, replicates), control)?;
    }
    let chosen = choose(&second, plan::alone_and_in_pairs(&second.race))?;
    drop(second);
    let (finalists, sets) = plan::finalists(&chosen);
    let set_aside = chosen.not_finalists();
    if finalists.is_empty() {
        return Ok(chosen);
    }
    // The second round's winners were lucky too: their thresholds came out low by chance. The last ones are set on many runs, and judged on
    // others, that had no part in choosing.
    let mut last = round(finalists)?;
    let begin = REPLICATES_OF_A_FIRST_ROUND.saturating_add(replicates);
    last.run_phase(Phase::Calibration, fresh(begin, replicates.max(CALIBRATION_OF_THE_FINALISTS)), control)?;
    for phase in [Phase::Check, Phase::Production] {
        last.run_phase(phase, fresh(begin, replicates), control)?;
    }
    Ok(Plans { set_aside, ..choose(&last, sets)? })
}
