//! The steps of a rollout, and runs of a gated one.

use rayon::prelude::*;

use super::pool::{Control, JobError};
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

/// What each step of a policy's rollout could have shown; with a gate, what it does in so many runs of each world.
///
/// # Errors
/// When the policy has no steps, its gate cannot see anything, or the job was cancelled.
pub fn rollout(world: &World, policy: usize, replicates: u32, control: &Control) -> Result<Outcome, JobError> {
    let stages = Stages::new(world)?;
    let rollout = Rollout::new(&stages, policy)?;
    let work = rollout.course.work();
    let runs_each = if rollout.gate.is_some() { replicates } else { 0 };
    control.expect_steps(work.len() as u64 + 2 * u64::from(runs_each));
    let parts = control.each(work.into_par_iter(), 1, |(production, day)| Ok(rollout.integrate(production, day)))?;
    let days = rollout.days(parts);
    let runs = match rollout.gated(&days) {
        None => None,
        Some(gated) => {
            let of = |production: bool| {
                control.each((0..replicates).into_par_iter(), 1, |replicate| Ok(gated.run(production, replicate)))
            };
            Some([of(false)?, of(true)?])
        }
    };
    Ok(rollout.outcome(&days, runs))
}
