//! `single`: everything to one tier.

use super::{Launch, plain_rule};
use crate::model::Policy;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

pub(super) fn rule(launch: &Launch<'_>, policy: &Policy, tier: &str) -> Result<Rule, WorldError> {
    Ok(plain_rule(policy, vec![launch.tier(tier)?], Start::First, Gate::None))
}
