//! What the answers say of every policy: how its figures are spread, and how often it is the one to take.

use super::outcome::{Output, Policies};
use super::replicated::Estimate;
use super::sample::{SCRAMBLES, scramble_of};

/// The quantiles that are told.
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Answers to the first so many points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// One answer a point; empty where the scenario means nothing there.
    pub rows: Vec<Vec<f64>>,
}

/// How a figure is spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The quantiles of [`QUANTILES`], with their errors; NaN where the figure is never defined.
    pub quantiles: [Estimate; 5],
    /// The mean, with its error.
    pub mean: Estimate,
    /// Share of the points at which the figure is defined.
    pub defined: f64,
}

/// One policy over all points.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicySummary {
    /// Place in the scenario.
    pub policy: usize,
    /// By output, at launch and in production.
    pub spreads: [Vec<Spread>; 2],
    /// Chance that its total is below the baseline's in production.
    pub saves: Estimate,
    /// Chance that its inference is cheaper than the baseline's and its total dearer, in production.
    pub in_trap: Estimate,
    /// Chance that it has the least total of all that can be chosen; `None` for an oracle.
    pub is_best: Option<Estimate>,
    /// Mean of its total less the least total, USD a month; `None` for an oracle.
    pub expected_loss_usd_per_month: Option<Estimate>,
}

impl Answers {
    /// Points that were answered.
    pub fn answered(&self) -> usize {
        self.rows.iter().filter(|row| !row.is_empty()).count()
    }

    /// A figure at every answered point, by scrambling.
    fn by_scramble(&self, of: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
        let mut parts = vec![Vec::new(); SCRAMBLES];
        for (point, row) in self.rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            if let Some(part) = parts.get_mut(scramble_of(point)) {
                part.push(of(row));
            }
        }
        parts
    }

    /// The mean of a figure over the points at which it is defined.
    pub fn mean(&self, of: impl Fn(&[f64]) -> f64) -> Estimate {
        let parts = self.by_scramble(of);
        let means: Vec<f64> = parts.iter().filter_map(|part| mean(part)).collect();
        let all: Vec<f64> = parts.into_iter().flatten().collect();
        Estimate::pooled(mean(&all).unwrap_or(f64::NAN), &means)
    }

    /// How often something is so. With few inputs all scramblings may count the same number of points, though the edge lies within one: the
    /// error is at least half a point in each.
    pub fn rate(&self, of: impl Fn(&[f64]) -> bool) -> Estimate {
        let rate = self.mean(|row| f64::from(of(row)));
        let least = 0.5 / (self.answered().max(1) as f64 / SCRAMBLES as f64) / (SCRAMBLES as f64).sqrt();
        let is_sure = rate.value <= 0.0 || rate.value >= 1.0;
        Estimate { se: if is_sure { rate.se } else { rate.se.max(least) }, ..rate }
    }

    /// How a figure is spread.
    pub fn spread(&self, of: impl Fn(&[f64]) -> f64) -> Spread {
        let mut parts = self.by_scramble(&of);
        for part in &mut parts {
            part.retain(|x| !x.is_nan());
            part.sort_by(f64::total_cmp);
        }
        let means: Vec<f64> = parts.iter().filter_map(|part| mean(part)).collect();
        let mut all: Vec<f64> = parts.iter().flatten().copied().collect();
        all.sort_by(f64::total_cmp);
        let at = |p: f64| {
            let replicates: Vec<f64> =
                parts.iter().filter(|part| !part.is_empty()).map(|part| quantile(part, p)).collect();
            Estimate::pooled(quantile(&all, p), &replicates)
        };
        Spread {
            quantiles: QUANTILES.map(at),
            mean: Estimate::pooled(mean(&all).unwrap_or(f64::NAN), &means),
            defined: all.len() as f64 / self.answered().max(1) as f64,
        }
    }

    /// Every policy that the exact engine can tell.
    pub fn summaries(&self, policies: &Policies) -> Vec<PolicySummary> {
        policies.told.iter().enumerate().map(|(place, policy)| self.summary(policies, place, *policy)).collect()
    }

    fn summary(&self, policies: &Policies, place: usize, policy: usize) -> PolicySummary {
        let at =
            |row: &[f64], policy, output| row.get(policies.place(true, policy, output)).copied().unwrap_or(f64::NAN);
        let spreads = [false, true].map(|production| {
            let of = |output: &Output| {
                let place = policies.place(production, place, *output);
                self.spread(|row| row.get(place).copied().unwrap_or(f64::NAN))
            };
            Output::ALL.iter().map(of).collect()
        });
        let is_in_trap = |row: &[f64]| {
            let inference = [place, policies.baseline].map(|policy| at(row, policy, Output::InferenceUsdPer1k));
            inference[0] < inference[1] && at(row, place, Output::TotalChange) > DUST
        };
        let is_choice = policies.choices.contains(&place);
        let best = |row: &[f64]| least(policies, row).is_some_and(|(best, _)| best == place);
        let loss =
            |row: &[f64]| at(row, place, Output::UsdPerMonth) - least(policies, row).map_or(f64::NAN, |(_, usd)| usd);
        PolicySummary {
            policy,
            spreads,
            saves: self.rate(|row| at(row, place, Output::TotalChange) < -DUST),
            in_trap: self.rate(is_in_trap),
            is_best: is_choice.then(|| self.rate(best)),
            expected_loss_usd_per_month: is_choice.then(|| self.mean(loss)),
        }
    }
}

/// Changes of the total below this are rounding.
const DUST: f64 = 1e-12;

/// The choice of least total in production, and its total, USD a month; of equals the first.
pub fn least(policies: &Policies, row: &[f64]) -> Option<(usize, f64)> {
    let usd = |policy: &usize| Some((*policy, *row.get(policies.place(true, *policy, Output::UsdPerMonth))?));
    policies.choices.iter().filter_map(usd).min_by(|a, b| a.1.total_cmp(&b.1))
}

fn mean(values: &[f64]) -> Option<f64> {
    let defined = values.iter().filter(|x| !x.is_nan());
    let (sum, count) = defined.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// The quantile of sorted values, by lines between them (Hyndman and Fan 1996, type 7); NaN of none.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = p.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    match (sorted.get(below), sorted.get(above)) {
        (Some(a), Some(b)) => a + (at - at.floor()) * (b - a),
        _ => f64::NAN,
    }
}
