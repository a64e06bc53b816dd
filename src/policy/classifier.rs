//! `classifier`: a score of how hard a request looks, cut so that under launch assumptions each tier gets its share.

use super::{Knob, Launch, Routing, Turned, keys, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// A score `surface + Normal(0, noise)` is cut at fixed points.
    pub struct Classifier {
        /// Share per tier, in the order of the tiers.
        shares: Vec<f64> = Vec::new() => keys::SHARES,
        /// Standard deviation of the score's error, logits.
        noise: f64 = 0.0 => keys::NOISE,
    }
}

impl Described for Classifier {
    const ABOUT: &'static About = &About::new(Family::Policies, "classifier");
}

impl Routing for Classifier {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
        let shares = launch.shares(policy, &self.shares, setting)?;
        let start = Start::Score { noise: self.noise, cuts: cuts(launch, self.noise, &shares) };
        stateless(plain_rule(policy, launch.all_tiers(), start, Gate::None))
    }

    fn knob(&self, _: &Launch<'_>) -> Option<Knob> {
        Some(Knob::share(self.turns()?.label, *self.shares.first()?))
    }

    fn turns(&self) -> Option<Turned> {
        Some(Turned { key: "shares", place: Some(0), label: "share to the cheapest tier" })
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        Self { shares: keys::shares_of(before, scenario), noise: keys::noise_of(before) }
    }
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
