//! Which monitoring to buy: variations of the scenario's monitors, alone and in pairs, by what each is worth with its price taken off.

use super::choose::Figures;
use crate::detection::monitor;
use crate::model::{Allocation, Monitor, Scenario, Strata};

/// Share of the saving that a plan may cost when nobody says otherwise.
const SHARE_OF_SAVING: f64 = 0.1;

/// A monitor, or two that share the false-alarm budget and alarm when either does.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Indices in [`Plans::monitors`].
    pub members: Vec<usize>,
    /// What it comes to.
    pub figures: Figures,
    /// Price, USD a day.
    pub usd_per_day: f64,
    /// Whether no cheaper plan is worth more.
    pub is_on_frontier: bool,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Plans {
    /// Monitors of the plans.
    pub monitors: Vec<Monitor>,
    /// Plans by increasing price; the first is to do nothing.
    pub plans: Vec<Plan>,
    /// Plans of the rounds before that went no further: price, USD a day, and net value, USD.
    pub set_aside: Vec<(f64, f64)>,
    /// Index of the plan of greatest value, or of a simpler one that is as good within a standard error.
    pub recommended: usize,
    /// Monitors tried.
    pub tried: usize,
    /// First day of material loss.
    pub onset_day: u32,
    /// Days of the horizon.
    pub days: u32,
    /// Budget, USD a day.
    pub budget_usd_per_day: f64,
    /// False-alarm budget that was given; `None`: each plan has the one of greatest value.
    pub false_alarms: Option<f64>,
    /// Chance of the change.
    pub change_probability: f64,
    /// Whether the scenario says what people do about an alarm; otherwise the format's defaults are assumed.
    pub response_is_assumed: bool,
    /// Runs of each world that the figures are read off.
    pub replicates: u32,
    /// Whether figures will still change: plans are named before the last round.
    pub is_preliminary: bool,
}

/// A budget when nobody says otherwise, USD a day: a tenth of the inference saving at launch, which is given in USD per 1,000 requests.
pub fn default_budget_usd_per_day(saving_usd_per_1k: f64, requests_per_day: f64) -> f64 {
    (SHARE_OF_SAVING * saving_usd_per_1k / 1000.0 * requests_per_day).max(0.0)
}

/// Variations of the scenario's monitors that a budget buys: sample sizes, strata and detectors.
///
/// What `without` names, by kind or by the name of a monitor, is left out.
pub fn candidates(scenario: &Scenario, budget_usd_per_day: f64, without: &[String]) -> Vec<Monitor> {
    let is_excluded = |m: &Monitor| {
        let words = std::iter::once(m.kind.word()).chain(m.observes.map(|o| o.word())).chain([m.name.as_str()]);
        words.into_iter().any(|word| without.iter().any(|w| w == word))
    };
    let mut templates: Vec<Monitor> = Vec::new();
    for template in scenario.monitors.iter().filter(|m| !is_excluded(m) && monitor::is_real(m)) {
        if template.detector.is_some() && !templates.iter().any(|t| bare(t) == bare(template)) {
            templates.push(template.clone());
        }
    }
    let mut all = Vec::new();
    for template in &templates {
        let (Some(kind), Some(own)) = (monitor::watch(&template.kind), &template.detector) else { continue };
        for (strata, allocation) in splits(template) {
            for sized in kind.sizes(template, budget_usd_per_day, scenario.traffic.requests_per_day) {
                for detector in kind.detectors(own) {
                    all.push(Monitor { strata, allocation, detector: Some(detector), ..sized.clone() });
                }
            }
        }
    }
    all
}

/// What a template gives to all its variations.
fn bare(monitor: &Monitor) -> Monitor {
    Monitor {
        name: String::new(),
        strata: Strata::All,
        allocation: Allocation::Equal,
        per_day: 0.0,
        holdback_share: None,
        every_days: 1,
        detector: None,
        ..monitor.clone()
    }
}

/// The ways of splitting a template and of spreading its labels that are tried.
fn splits(template: &Monitor) -> Vec<(Strata, Allocation)> {
    let is_labelled = template.kind.about().uses.contains(&"allocation");
    let allocations = |strata: Strata| -> &[Allocation] {
        match strata {
            Strata::Tier if is_labelled => &[Allocation::Equal, Allocation::Proportional, Allocation::Detection],
            Strata::Segment if is_labelled => &[Allocation::Equal, Allocation::Detection],
            _ => &[Allocation::Equal],
        }
    };
    monitor::splits(template).iter().flat_map(|s| allocations(*s).iter().map(|a| (*s, *a))).collect()
}

/// Plans by their members.
pub type Sets = Vec<Vec<usize>>;

/// Each of some monitors alone, and every pair of the first `paired` that does not watch the same thing.
pub fn alone_and_in_pairs(monitors: &[Monitor], survivors: &[usize], paired: usize) -> Sets {
    let kind = |i: usize| monitors.get(i).map(|m| (m.kind.word(), m.observes));
    let few = || survivors.iter().take(paired);
    let pairs = few().enumerate().flat_map(|(place, i)| few().skip(place + 1).map(move |j| (*i, *j)));
    let singles = survivors.iter().map(|i| vec![*i]);
    singles.chain(pairs.filter(|(i, j)| kind(*i) != kind(*j)).map(|(i, j)| vec![i, j])).collect()
}

impl Plans {
    /// Puts plans into their order; `nothing` is the worth of watching nothing.
    pub fn arrange(mut self, nothing: Figures, plans: Vec<Plan>) -> Self {
        let alone = Plan { members: Vec::new(), figures: nothing, usd_per_day: 0.0, is_on_frontier: true };
        let affordable = plans.into_iter().filter(|plan| plan.usd_per_day <= self.budget_usd_per_day);
        let mut plans: Vec<Plan> = std::iter::once(alone).chain(affordable).collect();
        let value = |plan: &Plan| plan.figures.value_usd;
        plans.sort_by(|a, b| {
            let by_price = a.usd_per_day.total_cmp(&b.usd_per_day);
            by_price.then(a.members.len().cmp(&b.members.len())).then(value(b).total_cmp(&value(a)))
        });
        let mut most = f64::NEG_INFINITY;
        for plan in &mut plans {
            plan.is_on_frontier = value(plan) > most;
            most = most.max(value(plan));
        }
        let best = plans.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
        // Values closer than the noise are equal; the simplest plan, then the cheapest, is then the better one.
        let enough = best.map_or(0.0, |best| value(best) - best.figures.value_se_usd);
        let simplicity = |plan: &Plan| (plan.members.len(), plan.usd_per_day, -value(plan));
        let recommended = plans.iter().enumerate().filter(|(_, plan)| value(plan) >= enough).min_by(|a, b| {
            let (a, b) = (simplicity(a.1), simplicity(b.1));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
        });
        self.recommended = recommended.map_or(0, |(index, _)| index);
        self.plans = plans;
        self
    }

    /// Monitors of a plan.
    pub fn monitors_of<'p>(&'p self, plan: &'p Plan) -> impl Iterator<Item = &'p Monitor> {
        plan.members.iter().filter_map(|member| self.monitors.get(*member))
    }

    /// Indices of the plans on the frontier, by increasing price.
    pub fn frontier(&self) -> impl Iterator<Item = usize> {
        self.plans.iter().enumerate().filter(|(_, p)| p.is_on_frontier).map(|(index, _)| index)
    }
}
