//! `random`: a coin decides. In the plane of cost and quality this is the straight line that every router must beat.

use super::{Knob, Launch, Routing, Turned, keys, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// A coin decides.
    pub struct Random {
        /// Share per tier, in the order of the tiers.
        shares: Vec<f64> = Vec::new() => keys::SHARES,
    }
}

impl Described for Random {
    const ABOUT: &'static About = &About::new(Family::Policies, "random");
}

impl Routing for Random {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
        let shares = launch.shares(policy, &self.shares, setting)?;
        stateless(plain_rule(policy, launch.all_tiers(), Start::Shares(vec![shares]), Gate::None))
    }

    fn knob(&self, _: &Launch<'_>) -> Option<Knob> {
        Some(Knob::share(self.turns()?.label, *self.shares.first()?))
    }

    fn turns(&self) -> Option<Turned> {
        Some(Turned { key: "shares", place: Some(0), label: "share to the cheapest tier" })
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        Self { shares: keys::shares_of(before, scenario) }
    }
}
