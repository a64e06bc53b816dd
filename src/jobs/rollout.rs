//! The steps of a rollout, and runs of a gated one.

use rayon::prelude::*;

use super::pool::{Control, JobError};
use crate::detection::assembly::DayParts;
use crate::frontier::Stages;
use crate::rollout::{Outcome, Rollout, RolloutError};
use crate::simulation::world::World;

impl From<RolloutError> for JobError {
    fn from(error: RolloutError) -> Self {
        match error {
            RolloutError::World(error) => Self::World(error),
            refused @ RolloutError::Refused { .. } => Self::Monitors(refused.to_string()),
        }
    }
}

/// A rollout whose days are known: what each step could have shown can be told, and the gate is ready to run.
#[derive(Debug)]
pub struct Steps<'w> {
    rollout: Rollout<'w>,
    parts: Vec<DayParts>,
}

impl<'w> Steps<'w> {
    /// Integrates the days. Steps of the work are expected for so many runs of a gate, too.
    ///
    /// # Errors
    /// When the policy has no steps, its gate cannot see anything, or the job was cancelled.
    pub fn prepare(stages: &Stages<'w>, policy: usize, replicates: u32, control: &Control) -> Result<Self, JobError> {
        let rollout = Rollout::new(stages, policy)?;
        let work = rollout.course.work();
        let runs_each = if rollout.gate.is_some() { replicates } else { 0 };
        control.expect_steps(work.len() as u64 + 2 * u64::from(runs_each));
        let parts =
            control.each(work.into_par_iter(), 1, |(production, day)| Ok(rollout.integrate(production, day)))?;
        Ok(Self { rollout, parts })
    }

    /// Whether there is a gate to run.
    pub fn has_gate(&self) -> bool {
        self.rollout.gate.is_some()
    }

    /// What each step could have shown, without what a gate does.
    pub fn power(&self) -> Outcome {
        self.rollout.outcome(&self.rollout.days(self.parts.clone()), None)
    }

    /// Everything: where there is a gate, from so many runs of each world.
    ///
    /// # Errors
    /// When the job was cancelled.
    pub fn run(&self, replicates: u32, control: &Control) -> Result<Outcome, JobError> {
        let days = self.rollout.days(self.parts.clone());
        let runs = match self.rollout.gated(&days) {
            None => None,
            Some(gated) => {
                let of = |production: bool| {
                    control.each((0..replicates).into_par_iter(), 1, |replicate| Ok(gated.run(production, replicate)))
                };
                Some([of(false)?, of(true)?])
            }
        };
        Ok(self.rollout.outcome(&days, runs))
    }
}

/// What each step of a policy's rollout could have shown; with a gate, what it does in so many runs of each world.
///
/// # Errors
/// When the policy has no steps, its gate cannot see anything, or the job was cancelled.
pub fn rollout(world: &World, policy: usize, replicates: u32, control: &Control) -> Result<Outcome, JobError> {
    Steps::prepare(&Stages::new(world)?, policy, replicates, control)?.run(replicates, control)
}
