//! `classifier`: a score of how hard a request looks, cut so that under launch assumptions each tier gets its share.

use super::{Launch, plain_rule, with_first_share};
use crate::model::Policy;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

pub(super) fn rule(
    launch: &Launch<'_>,
    policy: &Policy,
    noise: f64,
    shares: &[f64],
    setting: Option<f64>,
) -> Result<Rule, WorldError> {
    launch.one_per_tier(policy, shares)?;
    let shares = setting.map_or_else(|| shares.to_vec(), |first| with_first_share(shares, first));
    let start = Start::Score { noise, cuts: cuts(launch, noise, &shares) };
    Ok(plain_rule(policy, launch.all_tiers(), start, Gate::None))
}

/// Cut points of a score with `noise` (logits) that give each tier its share under launch assumptions.
pub(super) fn cuts(launch: &Launch<'_>, noise: f64, shares: &[f64]) -> Vec<f64> {
    let mut below = 0.0;
    let count = shares.len().saturating_sub(1);
    shares
        .iter()
        .take(count)
        .map(|share| {
            below += share;
            // Shares that sum to one only within rounding still mean "none" and "all".
            let below = if below > 1.0 - 1e-9 { 1.0 } else { below };
            launch.tables.score_quantile(noise, below)
        })
        .collect()
}
