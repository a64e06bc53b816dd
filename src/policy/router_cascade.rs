//! `router_cascade`: a classifier picks where the cascade starts.

use super::{Launch, classifier, confidence_thresholds, plain_rule, with_first_share};
use crate::model::Policy;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

pub(super) fn rule(
    launch: &Launch<'_>,
    policy: &Policy,
    noise: f64,
    shares: &[f64],
    escalate: &[f64],
    setting: Option<f64>,
) -> Result<Rule, WorldError> {
    launch.one_per_tier(policy, shares)?;
    if escalate.len() + 1 != shares.len() {
        return Err(WorldError::Policy {
            policy: policy.name.clone(),
            what: "needs one escalation share fewer than tiers",
        });
    }
    let shares = setting.map_or_else(|| shares.to_vec(), |first| with_first_share(shares, first));
    let chain = launch.all_tiers();
    let start = Start::Score { noise, cuts: classifier::cuts(launch, noise, &shares) };
    let mass = launch.tables.start_mass(&start);
    let thresholds = confidence_thresholds(&launch.tables, &chain, &mass, escalate);
    Ok(plain_rule(policy, chain, start, Gate::Confidence { thresholds }))
}
