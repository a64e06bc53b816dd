//! `oracle`: the cheapest tier that succeeds, with foresight. No router can do better, so it is the limit.

use super::{Gate, Launch, Rule, Start, plain_rule};
use crate::scenario::model::Policy;

pub(super) fn rule(launch: &Launch<'_>, policy: &Policy) -> Rule {
    plain_rule(policy, launch.all_tiers(), Start::First, Gate::Oracle)
}
