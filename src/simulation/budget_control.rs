//! The controller of a `budget` policy: cut points that move through the day so that the day's inference cost meets a budget.
//!
//! At each step the controller divides what is left of the budget by the requests that a launch-like day would still bring,
//! and takes the most capable setting whose expected cost under launch assumptions fits.

use super::rule::Rule;

/// Control steps a day where spending follows its expectation.
const STEPS: usize = 16;
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
    /// Over some `settings` of rules with their expected cost, USD a request; `None` without any.
    pub fn new(mut settings: Vec<(f64, Rule)>, usd_per_day: f64, planned_requests: f64) -> Option<Self> {
        settings.sort_by(|a, b| b.0.total_cmp(&a.0));
        let affordable = usd_per_day / planned_requests;
        let fits = settings.iter().find(|(usd, _)| *usd <= affordable).or(settings.last());
        let opening = fits?.1.clone();
        Some(Self { settings, usd_per_day, planned_requests, opening })
    }

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
