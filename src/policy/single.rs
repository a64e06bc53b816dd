//! `single`: everything to one tier.

use super::{Launch, Routing, keys, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// Everything to one tier.
    pub struct Single {
        /// The one tier.
        tier: String = String::new() => keys::TIER,
    }
}

impl Described for Single {
    const ABOUT: &'static About = &About::new(Family::Policies, "single");
}

impl Routing for Single {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, _: Option<f64>) -> Result<Compiled, WorldError> {
        stateless(plain_rule(policy, vec![launch.tier(&self.tier)?], Start::First, Gate::None))
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        Self { tier: keys::tier_of(before, scenario.tiers.last()) }
    }
}
