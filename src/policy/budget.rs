//! `budget`: a classifier whose cut points a [`Controller`] moves through the day.

use super::{Knob, Launch, Routing, Turned, classifier, keys, plain_rule};
use crate::entry;
use crate::entry::{About, Described, Family, number};
use crate::model::address::with_first_share;
use crate::model::{MAX_USD, Policy, Scenario, Segment, Tier};
use crate::simulation::budget_control::Controller;
use crate::simulation::compiled::Compiled;
use crate::simulation::exact::inference_usd;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

/// Settings between all requests and none to the cheapest tier.
const SETTINGS: usize = 201;

entry! {
    /// A classifier whose cut points move through the day to meet a budget.
    pub struct Budget {
        /// Share per tier, in the order of the tiers.
        shares: Vec<f64> = Vec::new() => keys::SHARES,
        /// Standard deviation of the score's error, logits.
        noise: f64 = 0.0 => keys::NOISE,
        /// Daily inference budget, between what the cheapest and the most capable tier would cost alone.
        usd_per_day: f64 = 1.0 => number("USD a day", 0.0, MAX_USD).above().needed().often("Daily budget", 1.0, 20_000.0).log(),
    }
}

impl Described for Budget {
    const ABOUT: &'static About = &About::new(Family::Policies, "budget");
}

impl Routing for Budget {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
        launch.one_per_tier(policy, &self.shares)?;
        let rule = |shares: &[f64]| {
            let start = Start::Score { noise: self.noise, cuts: classifier::cuts(launch, self.noise, shares) };
            plain_rule(policy, launch.all_tiers(), start, Gate::None)
        };
        let reask = launch.world.scenario.economics.reask;
        let settings = (0..SETTINGS).map(|i| {
            let rule = rule(&with_first_share(&self.shares, i as f64 / (SETTINGS - 1) as f64));
            (inference_usd(&launch.tables.day, &launch.tables.evaluate(&rule), reask), rule)
        });
        let usd_per_day = setting.unwrap_or(self.usd_per_day);
        Controller::new(settings.collect(), usd_per_day, launch.tables.day.requests_smoothed)
            .map(Compiled::Budget)
            .ok_or(WorldError::Missing("setting of a budget"))
    }

    /// The budget, from all requests to the cheapest tier up to all to the dearest.
    fn knob(&self, launch: &Launch<'_>) -> Option<Knob> {
        let day = &launch.tables.day;
        let bill = |k: usize| day.requests_smoothed * day.segments.iter().map(|g| g.share * g.call_usd[k]).sum::<f64>();
        let bills: Vec<f64> = (0..day.tiers.len()).map(bill).collect();
        let min = bills.iter().copied().fold(f64::INFINITY, f64::min);
        let max = bills.iter().copied().fold(0.0, f64::max);
        Some(Knob { label: self.turns()?.label, unit: "USD", value: self.usd_per_day, min, max })
    }

    fn turns(&self) -> Option<Turned> {
        Some(Turned { key: "usd_per_day", place: None, label: "daily budget" })
    }

    fn is_stateful(&self) -> bool {
        true
    }

    fn can_stay(&self) -> bool {
        false
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        // Between the cheapest tier for everything and the most capable one, by list price.
        let weight: f64 = scenario.segments.iter().map(|s| s.share).sum::<f64>().max(1e-12);
        let price = |tier: &Tier| {
            let of = |s: &Segment| {
                let (input, output) = (s.tokens.input, s.tokens.output);
                s.share * (input * tier.input_usd_per_mtok + output * tier.verbosity * tier.output_usd_per_mtok)
            };
            scenario.segments.iter().map(of).sum::<f64>() / weight / 1e6
        };
        let [low, high] = [scenario.tiers.first(), scenario.tiers.last()].map(|t| t.map_or(0.0, price));
        let usd_per_day = (scenario.traffic.requests_per_day * (low + high) / 2.0).max(1.0).round();
        Self { shares: keys::shares_of(before, scenario), noise: keys::noise_of(before), usd_per_day }
    }
}
