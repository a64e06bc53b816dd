//! `bandit`: a [`Learner`] that sends each hour's requests where they have cost least, counting what a thumbs-down is worth.

use super::{Knob, Launch, plain_rule};
use crate::model::Policy;
use crate::simulation::exact;
use crate::simulation::learner::Learner;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

pub(super) fn compile(
    launch: &Launch<'_>,
    policy: &Policy,
    tiers: &[String],
    usd_per_thumbs_down: f64,
    half_life_days: Option<f64>,
) -> Result<Learner, WorldError> {
    let arms = launch.chain(policy, tiers)?;
    let feedback = launch.world.scenario.feedback.thumbs_down;
    let success = exact::tier_success(launch.world, &launch.tables.day, 0.0);
    let mut launch_rate = 0.0;
    for (g, success) in launch.tables.day.segments.iter().zip(&success) {
        for &arm in &arms {
            let q = success[arm];
            launch_rate += g.share * (feedback.ok * q + feedback.failed * (1.0 - q)) / arms.len() as f64;
        }
    }
    let rule = plain_rule(policy, launch.all_tiers(), Start::First, Gate::None);
    Ok(Learner::new(rule, arms, usd_per_thumbs_down, half_life_days, launch_rate))
}

/// What a thumbs-down is worth; the sweep goes to ten times the scenario's value.
pub(super) fn knob(usd_per_thumbs_down: f64) -> Knob {
    let max = 10.0 * usd_per_thumbs_down.max(0.1);
    Knob { label: "worth of a thumbs-down", unit: "USD", value: usd_per_thumbs_down, min: 0.0, max }
}
