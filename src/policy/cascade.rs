//! `cascade`: cheapest first; escalate while self-confidence is below the stage's threshold.

use super::{Knob, Launch, Routing, Turned, confidence_thresholds, keys, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// Cheapest first; escalate while self-confidence is low.
    pub struct Cascade {
        /// Tiers in calling order.
        tiers: Vec<String> = Vec::new() => keys::TIERS,
        /// Share escalated at each stage, of the requests that reach it; one fewer than tiers.
        escalate: Vec<f64> = Vec::new() => keys::ESCALATE,
    }
}

impl Described for Cascade {
    const ABOUT: &'static About = &About::new(Family::Policies, "cascade");
}

impl Routing for Cascade {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
        let chain = launch.chain(policy, &self.tiers)?;
        let mut wanted = self.escalate.clone();
        if let (Some(first), Some(setting)) = (wanted.first_mut(), setting) {
            *first = setting;
        }
        launch.one_per_stage(policy, &wanted, chain.len())?;
        let start = Start::First;
        let mass = launch.tables.start_mass(&start);
        let thresholds = confidence_thresholds(&launch.tables, &chain, &mass, &wanted);
        stateless(plain_rule(policy, chain, start, Gate::Confidence { thresholds }))
    }

    fn knob(&self, _: &Launch<'_>) -> Option<Knob> {
        Some(Knob::share(self.turns()?.label, *self.escalate.first()?))
    }

    fn turns(&self) -> Option<Turned> {
        Some(Turned { key: "escalate", place: Some(0), label: "share escalated by the first tier" })
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        let tiers = keys::tiers_of(before, scenario);
        Self { escalate: vec![keys::ESCALATED; tiers.len().saturating_sub(1)], tiers }
    }
}
