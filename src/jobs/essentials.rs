//! Which numbers move the answer most, each looked at on its own.

use rayon::prelude::*;

use super::pool::{Control, JobError};
use crate::frontier::Stages;
use crate::model::address::Address;
use crate::uncertainty::local::{Movable, strongest};
use crate::uncertainty::outcome::Policies;

/// Of these numbers, those that move the total cost of a policy against the baseline's most, at most this many. Empty where the exact engine
/// cannot tell the policy.
///
/// # Errors
/// When the job was cancelled.
pub fn essentials(
    stages: &Stages<'_>,
    policy: usize,
    numbers: &[Movable],
    most: usize,
    control: &Control,
) -> Result<Vec<Address>, JobError> {
    let Ok(policies) = Policies::of(stages) else { return Ok(Vec::new()) };
    let Some(place) = policies.told.iter().position(|told| *told == policy) else { return Ok(Vec::new()) };
    let world = stages.launch.world;
    let effects = control.each(numbers.par_iter(), 1, |number| {
        Ok((number.address, number.effect(&policies, place, &world.scenario, &world.traffic)))
    })?;
    Ok(strongest(&effects, most))
}
