//! Rollouts in steps: what each step could have shown, and what a gate between the steps does.
//!
//! `steps` says which days a step has, `signals` what can be compared between the routed arm and the rest, `days` what each day is like.
//! `power` finds the smallest gap that a step would have shown; `gate` simulates a gated rollout on counts that `draws` draws and a
//! `sequence` that may be looked at every day. `check` knows a useless gate from the scenario alone. Nothing here runs threads.

pub mod check;
pub mod days;
mod draws;
pub mod gate;
pub mod power;
pub mod sequence;
pub mod signals;
pub mod steps;

use crate::detection::assembly::DayParts;
use crate::detection::course::Course;
use crate::detection::signal::Signal;
use crate::detection::study::Rate;
use crate::frontier::point::{Point, damage_per_failure_usd};
use crate::frontier::{Stages, metrics};
use crate::model::{Gate, Rollout as Form, Scenario};
use crate::policy;
use crate::simulation::world::WorldError;
use days::Days;
use gate::{Run, Worth};
use power::StepPower;
use signals::Comparison;
use steps::{Step, steps};

/// Why a rollout cannot be looked at.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RolloutError {
    /// The world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The policy, with what would do.
    #[error("policy \"{policy}\": {what}")]
    Refused {
        /// Its name.
        policy: String,
        /// What is wrong.
        what: String,
    },
}

/// A stepped rollout of one policy, ready to be integrated and run.
#[derive(Debug)]
pub struct Rollout<'w> {
    /// Index of the policy.
    pub policy: usize,
    /// What the days are like.
    pub course: Course<'w>,
    /// What is observed of each day.
    pub signals: Vec<Signal>,
    /// The same signals, as a rollout looks at them.
    pub comparisons: Vec<Comparison>,
    /// The steps as they are planned.
    pub steps: Vec<Step>,
    /// Quality below the baseline's at launch, a share.
    pub gap: f64,
    /// Inference saving ÷ damage per failure at launch; `None` where failures cost nothing.
    pub break_even_gap: Option<f64>,
    /// The gate, the place of its signal, and its margin, a share.
    pub gate: Option<(Gate, usize, f64)>,
}

/// What a rollout would be worth, and what gates make of it, in one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Gating {
    /// Share of runs that came to the last step.
    pub completed: Rate,
    /// Share of runs that were taken back at the end of each step.
    pub stopped_at: Vec<Rate>,
    /// Share of runs in which the horizon came first.
    pub unfinished: Rate,
    /// Median days from the first step to the last; `None` where less than half of the runs came there.
    pub days_to_full: Option<f64>,
    /// Mean value of a run, USD.
    pub value_usd: f64,
    /// Its standard error.
    pub value_se_usd: f64,
    /// 5 % and 95 % quantiles of the value, USD.
    pub value_range_usd: [f64; 2],
    /// Mean damage, USD.
    pub damage_usd: f64,
}

/// Steps by the calendar, whatever they show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ungated {
    /// Value against never leaving the baseline, USD.
    pub value_usd: f64,
    /// Extra downstream cost, USD.
    pub damage_usd: f64,
}

/// The whole result.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Index of the policy.
    pub policy: usize,
    /// Quality below the baseline's at launch, a share.
    pub gap: f64,
    /// The gap at which the policy breaks even, a share.
    pub break_even_gap: Option<f64>,
    /// One a step.
    pub steps: Vec<StepPower>,
    /// Without a gate: `[launch, production]`.
    pub ungated: [Ungated; 2],
    /// With the gate: its margin, a share, and what it does, `[launch, production]`.
    pub gate: Option<(f64, [Gating; 2])>,
}

impl<'w> Rollout<'w> {
    /// Of a policy.
    ///
    /// # Errors
    /// When it has no steps, a gate without use, or cannot be compiled.
    pub fn new(stages: &Stages<'w>, policy: usize) -> Result<Self, RolloutError> {
        let world = stages.launch.world;
        let scenario = &world.scenario;
        let definition = scenario.policies.get(policy).ok_or(WorldError::Missing("policy"))?;
        let refuse = |what: String| RolloutError::Refused { policy: definition.name.clone(), what };
        let Some(steps) = steps(definition, scenario.traffic.days) else { return Err(refuse(without_steps(scenario))) };
        let course = Course::new(stages, policy, None)?;
        let (comparisons, signals) = signals::comparisons(&course);
        let point = |policy: usize| -> Result<Point, WorldError> {
            let definition = scenario.policies.get(policy).ok_or(WorldError::Missing("policy"))?;
            let compiled = policy::compile(&stages.launch, definition, None)?;
            Ok(Point::from_flows(world, &stages.launch.tables.day, &stages.flows(&compiled, 0), None))
        };
        let (routed, baseline) = (point(policy)?, point(stages.baseline)?);
        let damage = damage_per_failure_usd(&scenario.economics, &stages.launch.tables.day);
        let break_even_gap = metrics::break_even_gap(&routed, &baseline, damage);
        let gate = match &definition.gate {
            None => None,
            Some(gate) => {
                let place = comparisons.iter().position(|c| c.compared == gate.observes).ok_or_else(|| {
                    let why = check::unseen(scenario, gate.observes)
                        .unwrap_or_else(|| "it shows nothing of this policy".to_owned());
                    refuse(format!("rollout.gate.observes: {}: {why}", gate.observes.told()))
                })?;
                let margin = gate.margin.or(break_even_gap).ok_or_else(|| {
                    refuse("rollout.gate.margin: failures cost so little that there is no break-even gap; give the margin as a share, such as 0.01".to_owned())
                })?;
                Some((gate.clone(), place, margin))
            }
        };
        let gap = baseline.quality - routed.quality;
        Ok(Self { policy, course, signals, comparisons, steps, gap, break_even_gap, gate })
    }

    /// Integrates one of the days of the course's work.
    pub fn integrate(&self, production: bool, day: u32) -> DayParts {
        self.course.integrate(production, day, &self.signals.iter().collect::<Vec<_>>())
    }

    /// The days put together; `parts` in the order of the course's work.
    pub fn days(&self, parts: Vec<DayParts>) -> Days<'_> {
        Days::new(&self.course, parts)
    }

    /// The gated rollout, ready to run.
    pub fn gated<'d>(&'d self, days: &'d Days<'d>) -> Option<gate::Gated<'d>> {
        let (gate, place, margin) = self.gate.as_ref()?;
        let comparison = self.comparisons.get(*place)?;
        Some(gate::Gated::new(days, (comparison, *place), (gate, *margin), &self.steps))
    }

    /// Everything, from the days and, where there is a gate, from its runs `[launch, production]`.
    pub fn outcome(&self, days: &Days<'_>, runs: Option<[Vec<Run>; 2]>) -> Outcome {
        let ungated = [false, true].map(|production| {
            let (value_usd, damage_usd) = Worth::new(days, production).planned(&self.steps);
            Ungated { value_usd, damage_usd }
        });
        let gate = self.gate.as_ref().zip(runs);
        Outcome {
            policy: self.policy,
            gap: self.gap,
            break_even_gap: self.break_even_gap,
            steps: self.steps.iter().map(|step| power::of_step(days, &self.comparisons, step)).collect(),
            ungated,
            gate: gate.map(|((_, _, margin), runs)| (*margin, runs.map(|runs| gating(&runs, self.steps.len())))),
        }
    }
}

/// What to do about a policy whose rollout has no steps.
fn without_steps(scenario: &Scenario) -> String {
    let has_steps = |p: &&crate::model::Policy| matches!(p.rollout, Some(Form::Steps(_)));
    let others: Vec<String> = scenario.policies.iter().filter(has_steps).map(|p| format!("\"{}\"", p.name)).collect();
    let other =
        if others.is_empty() { String::new() } else { format!(", or ask for one that has: {}", others.join(", ")) };
    format!(
        "its rollout has no steps, so there is nothing to tell of each; give it some, such as rollout = {{ steps = [[0, 0.05], [7, 0.25], [14, 1.0]] }}{other}"
    )
}

/// What runs come to.
fn gating(runs: &[Run], steps: usize) -> Gating {
    let count = |is: &dyn Fn(&&Run) -> bool| Rate::new(runs.iter().filter(is).count(), runs.len());
    let n = runs.len().max(1) as f64;
    let mean = |of: fn(&Run) -> f64| runs.iter().map(of).sum::<f64>() / n;
    let value_usd = mean(|run| run.value_usd);
    let squares: f64 = runs.iter().map(|run| (run.value_usd - value_usd).powi(2)).sum();
    let mut values: Vec<f64> = runs.iter().map(|run| run.value_usd).collect();
    values.sort_by(f64::total_cmp);
    let mut days: Vec<f64> = runs.iter().map(|run| run.days_to_full.map_or(f64::INFINITY, f64::from)).collect();
    days.sort_by(f64::total_cmp);
    let at = |sorted: &[f64], p: f64| sorted.get((p * (n - 1.0)) as usize).copied();
    Gating {
        completed: count(&|run| run.days_to_full.is_some()),
        stopped_at: (0..steps).map(|step| count(&|run| run.stopped_at == Some(step))).collect(),
        unfinished: count(&|run| run.days_to_full.is_none() && run.stopped_at.is_none()),
        days_to_full: at(&days, 0.5).filter(|days| days.is_finite()),
        value_usd,
        value_se_usd: (squares / (n - 1.0).max(1.0) / n).sqrt(),
        value_range_usd: [0.05, 0.95].map(|p| at(&values, p).unwrap_or(0.0)),
        damage_usd: mean(|run| run.damage_usd),
    }
}
