//! `human_fallback`: one tier answers; below a self-confidence a person takes over, at a price.

use super::{Knob, Launch, Routing, Turned, confidence_thresholds, keys, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family, number, share};
use crate::model::{Human, Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// Below a self-confidence, hand over to a person.
    pub struct HumanFallback {
        /// The one tier.
        tier: String = String::new() => keys::TIER,
        /// Share of requests handed to a person under launch assumptions, the least confident first; 0.01 to 0.1 (1 to 10 %) is typical.
        hand_over: f64 = 0.0 => share().needed().often("Handed to a person", 0.0, 0.5),
        /// The person.
        human: Human {
            /// Probability that the person answers well; 0.9 to 0.99 (90 to 99 %).
            success: f64 = 1.0 => share().needed().rarely("Person's success", 0.5, 1.0),
            /// Price of one answer by a person; 3 to 15 for support.
            usd_each: f64 = 0.0 => number("USD", 0.0, 1e6).needed().rarely("Price of a person's answer", 0.0, 20.0),
            /// Time of one answer by a person; 600,000 is ten minutes.
            latency_ms: f64 = 0.0 => number("ms", 0.0, 1e9).rarely("Time of a person's answer", 0.0, 3_600_000.0),
        },
    }
}

impl Described for HumanFallback {
    const ABOUT: &'static About = &About::new(Family::Policies, "human_fallback");
}

impl Routing for HumanFallback {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
        let chain = vec![launch.tier(&self.tier)?];
        let mass = launch.tables.start_mass(&Start::First);
        let handed = setting.unwrap_or(self.hand_over);
        let thresholds = confidence_thresholds(&launch.tables, &chain, &mass, &[handed]);
        let threshold = thresholds.first().copied().unwrap_or(f64::NEG_INFINITY);
        stateless(plain_rule(policy, chain, Start::First, Gate::Human { threshold, human: self.human }))
    }

    fn knob(&self, _: &Launch<'_>) -> Option<Knob> {
        Some(Knob::share(self.turns()?.label, self.hand_over))
    }

    fn turns(&self) -> Option<Turned> {
        Some(Turned { key: "hand_over", place: None, label: "share handed to a person" })
    }

    fn can_stay(&self) -> bool {
        false
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        Self {
            tier: keys::tier_of(before, scenario.tiers.first()),
            hand_over: 0.05,
            human: Human { success: 0.97, usd_each: 4.0, latency_ms: 600_000.0 },
        }
    }
}
