//! `oracle`: the cheapest tier that succeeds, with foresight. No router can do better, so it is the limit.

use super::{Launch, plain_rule};
use crate::model::Policy;
use crate::simulation::rule::{Gate, Rule, Start};

pub(super) fn rule(launch: &Launch<'_>, policy: &Policy) -> Rule {
    plain_rule(policy, launch.all_tiers(), Start::First, Gate::Oracle)
}
