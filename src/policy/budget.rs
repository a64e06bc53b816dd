//! `budget`: a classifier whose cut points a [`Controller`] moves through the day.

use super::{Knob, Launch, classifier, plain_rule, with_first_share};
use crate::model::Policy;
use crate::simulation::budget_control::Controller;
use crate::simulation::exact::inference_usd;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

/// Settings between all requests and none to the cheapest tier.
const SETTINGS: usize = 201;

pub(super) fn compile(
    launch: &Launch<'_>,
    policy: &Policy,
    noise: f64,
    shares: &[f64],
    usd_per_day: f64,
) -> Result<Controller, WorldError> {
    launch.one_per_tier(policy, shares)?;
    let rule = |shares: &[f64]| {
        let start = Start::Score { noise, cuts: classifier::cuts(launch, noise, shares) };
        plain_rule(policy, launch.all_tiers(), start, Gate::None)
    };
    let reask = launch.world.scenario.economics.reask;
    let settings = (0..SETTINGS).map(|i| {
        let rule = rule(&with_first_share(shares, i as f64 / (SETTINGS - 1) as f64));
        (inference_usd(&launch.tables.day, &launch.tables.evaluate(&rule), reask), rule)
    });
    Controller::new(settings.collect(), usd_per_day, launch.tables.day.requests_smoothed)
        .ok_or(WorldError::Missing("setting of a budget"))
}

/// The budget, from all requests to the cheapest tier up to all to the dearest.
pub(super) fn knob(launch: &Launch<'_>, usd_per_day: f64) -> Knob {
    let day = &launch.tables.day;
    let bill = |k: usize| day.requests_smoothed * day.segments.iter().map(|g| g.share * g.call_usd[k]).sum::<f64>();
    let bills: Vec<f64> = (0..day.tiers.len()).map(bill).collect();
    let min = bills.iter().copied().fold(f64::INFINITY, f64::min);
    let max = bills.iter().copied().fold(0.0, f64::max);
    Knob { label: "daily budget", unit: "USD", value: usd_per_day, min, max }
}
