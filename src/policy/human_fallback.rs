//! `human_fallback`: one tier answers; below a self-confidence a person takes over, at a price.

use super::{Launch, confidence_thresholds, plain_rule};
use crate::model::{Human, Policy};
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

pub(super) fn rule(
    launch: &Launch<'_>,
    policy: &Policy,
    tier: &str,
    hand_over: f64,
    human: Human,
) -> Result<Rule, WorldError> {
    let chain = vec![launch.tier(tier)?];
    let mass = launch.tables.start_mass(&Start::First);
    let thresholds = confidence_thresholds(&launch.tables, &chain, &mass, &[hand_over]);
    let threshold = thresholds.first().copied().unwrap_or(f64::NEG_INFINITY);
    Ok(plain_rule(policy, chain, Start::First, Gate::Human { threshold, human }))
}
