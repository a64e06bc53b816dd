//! `segment_rules`: a table from segment to tier, as a team would write it by hand.

use std::collections::BTreeMap;

use super::{Launch, plain_rule};
use crate::model::Policy;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

pub(super) fn rule(
    launch: &Launch<'_>,
    policy: &Policy,
    rules: &BTreeMap<String, String>,
    default: &str,
) -> Result<Rule, WorldError> {
    let tiers = launch.world.tier_count();
    let mut shares = Vec::new();
    for segment in &launch.world.scenario.segments {
        let tier = launch.tier(rules.get(&segment.name).map_or(default, String::as_str))?;
        shares.push((0..tiers).map(|k| f64::from(k == tier)).collect());
    }
    Ok(plain_rule(policy, launch.all_tiers(), Start::Shares(shares), Gate::None))
}
