//! `cascade`: cheapest first; escalate while self-confidence is below the stage's threshold.

use super::{Launch, confidence_thresholds, plain_rule};
use crate::model::Policy;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

pub(super) fn rule(
    launch: &Launch<'_>,
    policy: &Policy,
    tiers: &[String],
    escalate: &[f64],
    setting: Option<f64>,
) -> Result<Rule, WorldError> {
    let chain = launch.chain(policy, tiers)?;
    let mut wanted = escalate.to_vec();
    if let (Some(first), Some(setting)) = (wanted.first_mut(), setting) {
        *first = setting;
    }
    if wanted.len() + 1 != chain.len() {
        return Err(WorldError::Policy {
            policy: policy.name.clone(),
            what: "needs one escalation share fewer than tiers",
        });
    }
    let start = Start::First;
    let mass = launch.tables.start_mass(&start);
    let thresholds = confidence_thresholds(&launch.tables, &chain, &mass, &wanted);
    Ok(plain_rule(policy, chain, start, Gate::Confidence { thresholds }))
}
