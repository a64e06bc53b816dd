//! Which monitoring to buy: variations of the scenario's monitors, alone and in pairs, and the frontier of their price against the damage
//! that is done before they alarm.

use super::assembly::Assembled;
use super::monitor;
use super::race::{Race, Role};
use super::study::{Outcome, Results, Span, Study, damage, price};
use crate::model::{Allocation, Monitor, Scenario, Strata};

/// Share of the saving that a plan may cost when nobody says otherwise.
const SHARE_OF_SAVING: f64 = 0.1;
/// A monitor goes on to the second round when its damage is at most this multiple of the least at its price.
const NEARLY_BEST: f64 = 1.3;
/// Monitors of the second round at the most.
pub const SHORTLIST: usize = 40;

/// A monitor, or two that share the false-alarm budget and alarm when either does.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Indices in [`Plans::monitors`].
    pub members: Vec<usize>,
    /// How it does.
    pub outcome: Outcome,
    /// Price, USD a day.
    pub usd_per_day: f64,
    /// Mean damage from onset to alarm (to the horizon without one), USD.
    pub damage_usd: f64,
    /// Standard error of that mean, USD.
    pub damage_se_usd: f64,
    /// Price over the whole horizon plus damage, USD.
    pub total_usd: f64,
    /// Whether no cheaper plan does less damage.
    pub is_on_frontier: bool,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Plans {
    /// Monitors of the plans.
    pub monitors: Vec<Monitor>,
    /// Plans by increasing price; the first is to do nothing.
    pub plans: Vec<Plan>,
    /// Plans of the round before that went no further: price, USD a day, and mean damage, USD.
    pub set_aside: Vec<(f64, f64)>,
    /// Index of the plan of least total, or of a simpler one that is as good within a standard error.
    pub recommended: usize,
    /// Monitors tried.
    pub tried: usize,
    /// First day of material loss.
    pub onset_day: u32,
    /// Days of the horizon.
    pub days: u32,
    /// Budget, USD a day.
    pub budget_usd_per_day: f64,
    /// False-alarm budget.
    pub false_alarms: f64,
    /// Replicates of the last round.
    pub replicates: usize,
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

/// Monitors of a first round that go on to the second: near the best at their price, the best first, one a signal.
pub fn shortlist(race: &Race<'_>, study: &Study, budget_usd_per_day: f64) -> Vec<Monitor> {
    let figures: Vec<(usize, f64, f64)> = study
        .monitors
        .iter()
        .filter_map(|m| Some((m.monitor, m.usd_per_day, m.damage_mean?.usd)))
        .filter(|(_, usd, _)| *usd <= budget_usd_per_day)
        .collect();
    let least_at = |price: f64| {
        figures.iter().filter(|(_, usd, _)| *usd <= price).map(|(.., damage)| *damage).fold(f64::INFINITY, f64::min)
    };
    let mut near: Vec<(f64, f64, usize)> = figures
        .iter()
        .map(|(index, usd, damage)| (damage / least_at(*usd).max(1e-9), *damage, *index))
        .filter(|(ratio, ..)| *ratio <= NEARLY_BEST)
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let signal_of =
        |index: usize| race.contestant(index, Role::Itself).and_then(|c| race.contestants.get(c)).map(|c| c.signal());
    let mut taken = Vec::new();
    near.retain(|(.., index)| {
        let signal = signal_of(*index);
        let fresh = !taken.contains(&signal);
        taken.push(signal);
        fresh
    });
    near.iter().take(SHORTLIST).filter_map(|(.., index)| race.monitors.get(*index).cloned()).collect()
}

/// The false-alarm budgets of one monitor alone and of each of two that share it.
pub fn budgets(false_alarms: f64) -> Vec<f64> {
    vec![false_alarms, 0.5 * false_alarms]
}

/// Plans by their members.
pub type Sets = Vec<Vec<usize>>;

/// Every monitor of a race alone, and every pair that does not watch the same thing.
pub fn alone_and_in_pairs(race: &Race<'_>) -> Sets {
    let count = race.monitors.len();
    let singles = (0..count).map(|i| vec![i]);
    let kind = |i: usize| race.monitors.get(i).map(|m| (m.kind.word(), m.observes));
    let pairs = (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j)));
    singles.chain(pairs.filter(|(i, j)| kind(*i) != kind(*j)).map(|(i, j)| vec![i, j])).collect()
}

impl Plans {
    /// Whether a plan is worth a last look: on the frontier, or recommended.
    fn is_finalist(&self, index: usize, plan: &Plan) -> bool {
        plan.is_on_frontier || index == self.recommended
    }

    /// Price, USD a day, and mean damage, USD, of the plans that are not worth a last look.
    pub fn not_finalists(&self) -> Vec<(f64, f64)> {
        let others = self.plans.iter().enumerate().filter(|(index, plan)| !self.is_finalist(*index, plan));
        others.map(|(_, plan)| (plan.usd_per_day, plan.damage_usd)).collect()
    }
}

/// The plans that are worth a last look: their monitors, and the plans by their places among these.
pub fn finalists(plans: &Plans) -> (Vec<Monitor>, Sets) {
    let chosen = plans.plans.iter().enumerate().filter(|(index, plan)| plans.is_finalist(*index, plan));
    let chosen = chosen.map(|(_, plan)| plan);
    let mut places: Vec<usize> = Vec::new();
    let mut place_of = |member: usize| {
        places.iter().position(|known| *known == member).unwrap_or_else(|| {
            places.push(member);
            places.len() - 1
        })
    };
    let sets = chosen
        .filter(|plan| !plan.members.is_empty())
        .map(|plan| plan.members.iter().map(|member| place_of(*member)).collect())
        .collect();
    (places.iter().filter_map(|member| plans.monitors.get(*member).cloned()).collect(), sets)
}

/// Puts a round together: these plans, as far as the budget goes, and the one of doing nothing.
pub fn choose(
    race: &Race<'_>,
    assembled: &Assembled,
    results: &Results,
    sets: Sets,
    budget_usd_per_day: f64,
    false_alarms: f64,
    tried: usize,
) -> Option<Plans> {
    let onset_day = assembled.onset_day?;
    let days = race.course.days();
    let span = Span::of(assembled, days);
    let prices: Vec<f64> = race.monitors.iter().enumerate().map(|(i, m)| price(race, assembled, i, m).1).collect();
    let plan = |members: Vec<usize>| -> Option<Plan> {
        let contestants: Vec<usize> =
            members.iter().map(|m| race.contestant(*m, Role::Itself)).collect::<Option<_>>()?;
        let outcome = results.joint(race, &contestants, false_alarms, span)?;
        let usd_per_day = members.iter().filter_map(|m| prices.get(*m)).fold(0.0, |sum, price| sum + price);
        let (_, mean, damage_se_usd) = damage(&outcome.alarms, assembled, days);
        let damage_usd = mean?.usd;
        let total_usd = usd_per_day * days as f64 + damage_usd;
        (usd_per_day <= budget_usd_per_day).then_some(Plan {
            members,
            outcome,
            usd_per_day,
            damage_usd,
            damage_se_usd,
            total_usd,
            is_on_frontier: false,
        })
    };
    let mut plans: Vec<Plan> = std::iter::once(Vec::new()).chain(sets).filter_map(plan).collect();
    plans.sort_by(|a, b| {
        a.usd_per_day
            .total_cmp(&b.usd_per_day)
            .then(a.damage_usd.total_cmp(&b.damage_usd))
            .then(a.members.cmp(&b.members))
    });
    let mut least = f64::INFINITY;
    for plan in &mut plans {
        plan.is_on_frontier = plan.damage_usd < least;
        least = least.min(plan.damage_usd);
    }
    let least = plans.iter().min_by(|a, b| a.total_usd.total_cmp(&b.total_usd))?;
    // Totals closer than the noise are equal; the simplest plan, then the cheapest, is then the better one.
    let equal = least.total_usd + least.damage_se_usd;
    let simplicity = |p: &Plan| (p.members.len(), p.usd_per_day, p.total_usd);
    let recommended = plans
        .iter()
        .enumerate()
        .filter(|(_, p)| p.total_usd <= equal)
        .min_by(|a, b| {
            let (a, b) = (simplicity(a.1), simplicity(b.1));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
        })
        .map(|(index, _)| index)?;
    Some(Plans {
        monitors: race.monitors.clone(),
        plans,
        set_aside: Vec::new(),
        recommended,
        tried,
        onset_day,
        days: u32::try_from(days).unwrap_or(u32::MAX),
        budget_usd_per_day,
        false_alarms,
        replicates: results.replicates(),
    })
}

impl Plans {
    /// Monitors of a plan.
    pub fn monitors_of<'p>(&'p self, plan: &'p Plan) -> impl Iterator<Item = &'p Monitor> {
        plan.members.iter().filter_map(|member| self.monitors.get(*member))
    }

    /// Indices of the plans on the frontier, by increasing price.
    pub fn frontier(&self) -> impl Iterator<Item = usize> {
        self.plans.iter().enumerate().filter(|(_, p)| p.is_on_frontier).map(|(index, _)| index)
    }
}
