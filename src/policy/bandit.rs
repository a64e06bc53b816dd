//! `bandit`: a [`Learner`] that sends each hour's requests where they have cost least, counting what a thumbs-down is worth.

use super::{Knob, Launch, Routing, Turned, keys, plain_rule};
use crate::entry;
use crate::entry::{About, Described, Family, number};
use crate::model::{MAX_DAYS, MAX_USD, Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::exact;
use crate::simulation::learner::Learner;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// Thompson sampling per segment on thumbs-down.
    pub struct Bandit {
        /// Tiers in calling order.
        tiers: Vec<String> = Vec::new() => keys::TIERS.called("Tiers to choose from"),
        /// What one thumbs-down is worth to the bandit, against inference cost; 0.5 to 5 is typical.
        usd_per_thumbs_down: f64 = 0.0 => number("USD", 0.0, MAX_USD).needed().often("Worth of a thumbs-down", 0.01, 100.0).log(),
        /// Half-life of what the bandit remembers; without it, it never forgets. 14 to 60 lets it follow a drift.
        half_life_days: Option<f64> = None => number("days", 0.1, MAX_DAYS as f64).optional().often("Half-life of memory", 1.0, 180.0)
            .usually("It forgets", 30.0),
    }
}

impl Described for Bandit {
    const ABOUT: &'static About = &About::new(Family::Policies, "bandit");
}

impl Routing for Bandit {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
        let arms = launch.chain(policy, &self.tiers)?;
        let feedback = launch.world.scenario.feedback.thumbs_down;
        let success = exact::tier_success(launch.world, &launch.tables.day, 0.0);
        let mut launch_rate = 0.0;
        for (g, success) in launch.tables.day.segments.iter().zip(&success) {
            for &arm in &arms {
                let q = success[arm];
                launch_rate += g.share * (feedback.ok * q + feedback.failed * (1.0 - q)) / arms.len() as f64;
            }
        }
        let rule = plain_rule(policy, launch.all_tiers(), Start::First, Gate::None);
        let value = setting.unwrap_or(self.usd_per_thumbs_down);
        Ok(Compiled::Bandit(Learner::new(rule, arms, value, self.half_life_days, launch_rate)))
    }

    /// What a thumbs-down is worth; the sweep goes to ten times the scenario's value.
    fn knob(&self, _: &Launch<'_>) -> Option<Knob> {
        let value = self.usd_per_thumbs_down;
        Some(Knob { label: self.turns()?.label, unit: "USD", value, min: 0.0, max: 10.0 * value.max(0.1) })
    }

    fn turns(&self) -> Option<Turned> {
        Some(Turned { key: "usd_per_thumbs_down", place: None, label: "worth of a thumbs-down" })
    }

    fn is_stateful(&self) -> bool {
        true
    }

    fn can_stay(&self) -> bool {
        false
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        Self { tiers: keys::tiers_of(before, scenario), usd_per_thumbs_down: 1.0, half_life_days: Some(30.0) }
    }
}
