//! `budget`: a classifier whose cut points move through the day so that the day's inference cost meets a budget.
//!
//! At each step the controller divides what is left of the budget by the requests that a launch-like day would still bring,
//! and takes the most capable setting whose expected cost under launch assumptions fits.

use super::{Knob, Launch, classifier, plain_rule, with_first_share};
use crate::frontier::point;
use crate::model::Policy;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

/// Control steps a day where spending follows its expectation.
const STEPS: usize = 16;
/// Settings between all requests and none to the cheapest tier.
const SETTINGS: usize = 201;

/// Rules by expected cost, and the budget.
#[derive(Clone, Debug)]
pub struct Controller {
    /// `(expected USD a request under launch assumptions, rule)`, dearest first.
    settings: Vec<(f64, Rule)>,
    usd_per_day: f64,
    /// Requests of the day that the budget was planned for.
    planned_requests: f64,
    opening: Rule,
}

impl Controller {
    /// The rule for the next step: `elapsed` of the day is over (0 to 1) and `spent_usd` of the budget gone.
    pub fn rule(&self, elapsed: f64, spent_usd: f64) -> &Rule {
        if elapsed <= 0.0 {
            return &self.opening;
        }
        let requests_left = self.planned_requests * (1.0 - elapsed);
        let affordable = (self.usd_per_day - spent_usd) / requests_left;
        let fits = self.settings.iter().find(|(usd, _)| *usd <= affordable).or(self.settings.last());
        fits.map_or(&self.opening, |(_, rule)| rule)
    }

    /// The rules of a day with many `requests`, step by step, each with its share of the day; `spends` gives the expected USD a request
    /// of a rule, and spending follows it.
    pub fn over_a_day(&self, requests: f64, mut spends: impl FnMut(&Rule, f64) -> f64) {
        let share = 1.0 / STEPS as f64;
        let mut spent = 0.0;
        for step in 0..STEPS {
            spent += share * requests * spends(self.rule(step as f64 * share, spent), share);
        }
    }
}

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
    let mut settings: Vec<(f64, Rule)> = (0..SETTINGS)
        .map(|i| {
            let rule = rule(&with_first_share(shares, i as f64 / (SETTINGS - 1) as f64));
            (point::inference_usd(&launch.tables.day, &launch.tables.evaluate(&rule), reask), rule)
        })
        .collect();
    settings.sort_by(|a, b| b.0.total_cmp(&a.0));
    let planned_requests = launch.tables.day.requests_smoothed;
    let affordable = usd_per_day / planned_requests;
    let fits = settings.iter().find(|(usd, _)| *usd <= affordable).or(settings.last());
    let opening = fits.map_or_else(|| rule(shares), |(_, rule)| rule.clone());
    Ok(Controller { settings, usd_per_day, planned_requests, opening })
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
