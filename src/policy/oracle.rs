//! `oracle`: the cheapest tier that succeeds, with foresight. No router can do better, so it is the limit.

use super::{Launch, Routing, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// The cheapest tier that succeeds.
    pub struct Oracle {}
}

impl Described for Oracle {
    const ABOUT: &'static About = &About::new(Family::Policies, "oracle");
}

impl Routing for Oracle {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, _: Option<f64>) -> Result<Compiled, WorldError> {
        stateless(plain_rule(policy, launch.all_tiers(), Start::First, Gate::Oracle))
    }

    fn usual(_: &Scenario, _: &Policy) -> Self {
        Self {}
    }
}
