//! What simulations found, and what is asked of them.

use std::sync::Arc;

use crate::calibrate;
use crate::decision::choose::Decision;
use crate::decision::plan::Plans;
use crate::detection::study::Study;
use crate::frontier::Frontier;
use crate::jobs::Uncertain;
use crate::model::Scenario;
use crate::rollout::Outcome;
use crate::sweep::{Collected, Plan};

/// A run kept to compare others with.
#[derive(Clone, Debug)]
pub struct Pin {
    /// Its name.
    pub name: String,
    /// Its inputs.
    pub scenario: Arc<Scenario>,
    /// Its results.
    pub frontier: Arc<Frontier>,
    /// Index of the policy that was looked at.
    pub policy: usize,
}

/// What the long simulation is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Nothing asked for yet.
    #[default]
    None,
    /// Under way.
    Running,
    /// Intervals are there.
    Done,
    /// Cancelled by the user.
    Cancelled,
}

/// A detection study, read off at several false-alarm budgets.
#[derive(Clone, Debug)]
pub struct Studies {
    /// The scenario that was studied.
    pub scenario: Arc<Scenario>,
    /// One a budget, in increasing order.
    pub at: Vec<Study>,
    /// Whether the scenario has been edited since.
    pub is_old: bool,
}

impl Studies {
    /// The study at a budget, or at the scenario's own.
    pub fn at_budget(&self, false_alarms: Option<f64>) -> Option<&Study> {
        let wanted = false_alarms.unwrap_or(self.scenario.study.false_alarms);
        let distance = |study: &&Study| (study.false_alarms - wanted).abs();
        self.at.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }
}

/// Monitoring plans that a search found.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The scenario that was searched for.
    pub scenario: Arc<Scenario>,
    /// The policy that is watched.
    pub policy: usize,
    /// What was found.
    pub plans: Plans,
    /// Whether something that they depend on has changed since.
    pub is_old: bool,
}

/// What every option is worth.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The scenario that was decided about.
    pub scenario: Arc<Scenario>,
    /// The options known so far, in their order.
    pub decision: Decision,
    /// Whether that is all of them.
    pub is_whole: bool,
    /// Whether something that they depend on has changed since.
    pub is_old: bool,
}

/// What the steps of a rollout could have shown.
#[derive(Clone, Debug)]
pub struct Rolled {
    /// The scenario that was looked at.
    pub scenario: Arc<Scenario>,
    /// What was found.
    pub outcome: Outcome,
    /// Whether that is all of it: a gate's runs come after the rest.
    pub is_whole: bool,
    /// Whether something that it depends on has changed since.
    pub is_old: bool,
}

/// What the ranges of a scenario do to the answer.
#[derive(Clone, Debug)]
pub struct Unsure {
    /// The scenario that was looked at.
    pub scenario: Arc<Scenario>,
    /// What was found so far.
    pub found: Uncertain,
    /// Whether that is all of it.
    pub is_whole: bool,
    /// Whether something that it depends on has changed since.
    pub is_old: bool,
}

/// Numbers that were moved for the known figures. An edit afterwards lets it go.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// What came of it.
    pub outcome: calibrate::Outcome,
}

/// A sweep under way, or done.
#[derive(Clone, Debug)]
pub struct Swept {
    /// The scenario that its factors change.
    pub scenario: Arc<Scenario>,
    /// Which of its sweeps.
    pub index: usize,
    /// Its points.
    pub plan: Plan,
    /// What was found so far.
    pub found: Collected,
}

/// What is looked at of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepLook {
    /// Which of the scenario's sweeps.
    pub index: usize,
    /// Which picture; `None`: the one that says most.
    pub picture: Option<usize>,
    /// The factor along.
    pub along: usize,
    /// The factor up; `None`: the next one, where there is one.
    pub up: Option<usize>,
}

/// What a plan may be made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanWishes {
    /// Most that it may cost, USD a day; `None`: a tenth of the saving.
    pub budget_usd_per_day: Option<f64>,
    /// Chance of any false alarm over the horizon; `None`: whatever is worth most.
    pub false_alarms: Option<f64>,
    /// Names of monitors that cannot be had.
    pub without: Vec<String>,
}
