//! Everything that a report tells, computed in one go.

use super::decide::{self, DecideOptions};
use super::frontier::{FrontierOptions, frontier};
use super::plan::PlanOptions;
use super::pool::{Control, JobError};
use super::study::Detection;
use super::timeline::timeline;
use super::uncertain::{Uncertain, UncertainOptions, uncertain};
use crate::decision::choose::Decision;
use crate::decision::plan::Plans;
use crate::detection::study::Study;
use crate::frontier::breakdown::{self, Breakdown};
use crate::frontier::{Frontier, Stages};
use crate::simulation::world::World;
use crate::timeline::Timeline;

/// Everything that a report tells.
#[derive(Clone, Debug)]
pub struct Everything {
    /// Costs and quality.
    pub frontier: Frontier,
    /// The detection study, or why there is none.
    pub study: Result<Study, String>,
    /// One run of the policy under study.
    pub timeline: Timeline,
    /// Where its saving and its damage come from.
    pub breakdown: Breakdown,
    /// Monitoring plans, or why there are none; `None`: not searched for, as a search takes longer than all the rest.
    pub plans: Option<Result<Plans, String>>,
    /// What every option is worth; `None`: not asked for, as that takes as long.
    pub decision: Option<Decision>,
    /// What the ranges do to the answer, or why that cannot be told; `None`: the scenario has none.
    pub unsure: Option<Result<Uncertain, String>>,
}

/// What of a report takes long, and is left out unless it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// How monitoring plans are searched for.
    pub plan: Option<PlanOptions>,
    /// How the options are worked out.
    pub decide: Option<DecideOptions>,
}

/// Computes everything about a scenario on the current pool; `policy` is the one that is watched.
///
/// # Errors
/// When the scenario cannot be simulated, or the job was cancelled.
pub fn everything(
    world: &World,
    policy: usize,
    options: &FrontierOptions,
    extras: &Extras,
    control: &Control,
) -> Result<Everything, JobError> {
    let frontier = frontier(world, options, control)?;
    let timeline = timeline(world, policy, 0, control)?;
    let stages = Stages::new(world)?;
    let breakdown = breakdown::breakdown(&stages, policy)?;
    let study = if world.scenario.monitors.is_empty() {
        Err("the scenario has no monitors".to_owned())
    } else {
        or_why(Detection::prepare(&stages, policy, control).and_then(|mut detection| {
            detection.run(world.scenario.study.replicates, control, |_| {})?;
            Ok(detection.study(world.scenario.study.false_alarms))
        }))?
    };
    let plan = |options| or_why(super::plan::plan(&stages, policy, options, control, |_| {}));
    let plans = extras.plan.as_ref().map(plan).transpose()?;
    let decide = |options| decide::decide(&stages, options, control, |_| {});
    let decision = extras.decide.as_ref().map(decide).transpose()?;
    let scenario = &world.scenario;
    let ranges = || {
        let options = UncertainOptions { policy: Some(policy), ..UncertainOptions::default() };
        or_why(uncertain(scenario, &world.traffic, &options, control, |_| {}))
    };
    let unsure = (!scenario.ranges.is_empty()).then(ranges).transpose()?;
    Ok(Everything { frontier, study, timeline, breakdown, plans, decision, unsure })
}

/// What the monitors do not allow is an answer, too.
fn or_why<T>(found: Result<T, JobError>) -> Result<Result<T, String>, JobError> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(JobError::Monitors(why)) => Ok(Err(why)),
        Err(other) => Err(other),
    }
}
