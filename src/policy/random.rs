//! `random`: a coin decides. In the plane of cost and quality this is the straight line that every router must beat.

use super::{Launch, plain_rule, with_first_share};
use crate::model::Policy;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

pub(super) fn rule(
    launch: &Launch<'_>,
    policy: &Policy,
    shares: &[f64],
    setting: Option<f64>,
) -> Result<Rule, WorldError> {
    launch.one_per_tier(policy, shares)?;
    let shares = setting.map_or_else(|| shares.to_vec(), |first| with_first_share(shares, first));
    Ok(plain_rule(policy, launch.all_tiers(), Start::Shares(vec![shares]), Gate::None))
}
