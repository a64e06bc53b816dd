//! `segment_rules`: a table from segment to tier, as a team would write it by hand.

use std::collections::BTreeMap;

use super::{Launch, Routing, keys, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family, Form, Key, List};
use crate::model::{Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// A table from segment to tier.
    pub struct SegmentRules {
        /// `segment_rules`: tier name by segment name.
        rules: BTreeMap<String, String> = BTreeMap::new() => Key::of(Form::TierBy(List::Segments)).needed().called("Rules"),
        /// `segment_rules`: tier of the other segments.
        default: String = String::new() => Key::of(Form::One(List::Tiers)).needed().called("All other segments"),
    }
}

impl Described for SegmentRules {
    const ABOUT: &'static About = &About::new(Family::Policies, "segment_rules");
}

impl Routing for SegmentRules {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, _: Option<f64>) -> Result<Compiled, WorldError> {
        let tiers = launch.world.tier_count();
        let mut shares = Vec::new();
        for segment in &launch.world.scenario.segments {
            let tier = launch.tier(self.rules.get(&segment.name).unwrap_or(&self.default))?;
            shares.push((0..tiers).map(|k| f64::from(k == tier)).collect());
        }
        stateless(plain_rule(policy, launch.all_tiers(), Start::Shares(shares), Gate::None))
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        Self { rules: BTreeMap::new(), default: keys::tier_of(before, scenario.tiers.last()) }
    }
}
