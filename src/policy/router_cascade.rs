//! `router_cascade`: a classifier picks where the cascade starts.

use super::{Knob, Launch, Routing, Turned, classifier, confidence_thresholds, keys, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// A classifier picks where the cascade starts.
    pub struct RouterCascade {
        /// Share per tier, in the order of the tiers.
        shares: Vec<f64> = Vec::new() => keys::SHARES,
        /// Share escalated at each stage, of the requests that reach it; one fewer than tiers.
        escalate: Vec<f64> = Vec::new() => keys::ESCALATE,
        /// Standard deviation of the score's error, logits.
        noise: f64 = 0.0 => keys::NOISE,
    }
}

impl Described for RouterCascade {
    const ABOUT: &'static About = &About::new(Family::Policies, "router_cascade");
}

impl Routing for RouterCascade {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
        let shares = launch.shares(policy, &self.shares, setting)?;
        launch.one_per_stage(policy, &self.escalate, shares.len())?;
        let chain = launch.all_tiers();
        let start = Start::Score { noise: self.noise, cuts: classifier::cuts(launch, self.noise, &shares) };
        let mass = launch.tables.start_mass(&start);
        let thresholds = confidence_thresholds(&launch.tables, &chain, &mass, &self.escalate);
        stateless(plain_rule(policy, chain, start, Gate::Confidence { thresholds }))
    }

    fn knob(&self, _: &Launch<'_>) -> Option<Knob> {
        Some(Knob::share(self.turns()?.label, *self.shares.first()?))
    }

    fn turns(&self) -> Option<Turned> {
        Some(Turned { key: "shares", place: Some(0), label: "share starting at the cheapest tier" })
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        let shares = keys::shares_of(before, scenario);
        let escalate = vec![0.2; scenario.tiers.len().saturating_sub(1)];
        Self { shares, escalate, noise: keys::noise_of(before) }
    }
}
