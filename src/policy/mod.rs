//! Routing policies: what each kind does with a request, and how its one knob is turned.
//!
//! A policy compiles to what the engines run ([`Compiled`]): a stateless one to a [`Rule`] — where a request starts in a chain of
//! tiers, and what decides whether it goes on —, a stateful one ([`budget`], [`bandit`]) to what gives a new rule as it learns. Cut
//! points and thresholds are set here, once, under launch assumptions. Each kind is one file and one line in
//! [`compile`].

pub mod bandit;
pub mod budget;
pub mod cascade;
pub mod classifier;
pub mod human_fallback;
pub mod judge_cascade;
pub mod oracle;
pub mod random;
pub mod router_cascade;
pub mod segment_rules;
pub mod single;

use crate::model::{Policy, PolicyKind};
pub use crate::simulation::compiled::Compiled;
use crate::simulation::exact::{DayEffect, Tables};
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::{World, WorldError};

/// The world under launch assumptions, with the integrals that calibrate every policy.
#[derive(Clone, Debug)]
pub struct Launch<'w> {
    /// The world.
    pub world: &'w World,
    /// Integrals under launch assumptions, averaged over the day effect.
    pub tables: Tables,
}

impl<'w> Launch<'w> {
    /// Integrates the launch assumptions.
    pub fn new(world: &'w World) -> Self {
        Self { world, tables: Tables::new(world, world.launch.clone(), DayEffect::Averaged) }
    }

    fn tier(&self, name: &str) -> Result<usize, WorldError> {
        self.world
            .scenario
            .tier_index(name)
            .ok_or_else(|| WorldError::UnknownName { kind: "tier", name: name.to_owned() })
    }

    fn chain(&self, policy: &Policy, names: &[String]) -> Result<Vec<usize>, WorldError> {
        if names.is_empty() {
            return Err(WorldError::Policy { policy: policy.name.clone(), what: "needs at least one tier" });
        }
        names.iter().map(|name| self.tier(name)).collect()
    }

    fn all_tiers(&self) -> Vec<usize> {
        (0..self.world.tier_count()).collect()
    }

    fn one_per_tier(&self, policy: &Policy, shares: &[f64]) -> Result<(), WorldError> {
        if shares.len() == self.world.tier_count() {
            Ok(())
        } else {
            Err(WorldError::Policy { policy: policy.name.clone(), what: "needs one share per tier" })
        }
    }
}

/// The knob of a policy: what it is called, and where it stands in the scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knob {
    /// In words.
    pub label: &'static str,
    /// Unit, empty for shares.
    pub unit: &'static str,
    /// The scenario's setting.
    pub value: f64,
    /// Least setting of a sweep.
    pub min: f64,
    /// Greatest setting of a sweep.
    pub max: f64,
}

impl Knob {
    fn share(label: &'static str, value: f64) -> Self {
        Self { label, unit: "", value, min: 0.0, max: 1.0 }
    }

    /// Evenly spaced settings from `min` to `max`; exactly those ends.
    pub fn settings(&self, count: usize) -> Vec<f64> {
        match count {
            0 => Vec::new(),
            1 => vec![self.value],
            _ => {
                let last = (count - 1) as f64;
                (0..count).map(|i| self.min + (self.max - self.min) * (i as f64 / last)).collect()
            }
        }
    }
}

/// The knob of a policy; `None` for kinds without one.
pub fn knob(launch: &Launch<'_>, policy: &Policy) -> Option<Knob> {
    match &policy.kind {
        PolicyKind::Single { .. } | PolicyKind::SegmentRules { .. } | PolicyKind::Oracle => None,
        PolicyKind::Random { shares } => Some(Knob::share("share to the cheapest tier", *shares.first()?)),
        PolicyKind::Classifier { shares, .. } => Some(Knob::share("share to the cheapest tier", *shares.first()?)),
        PolicyKind::RouterCascade { shares, .. } => {
            Some(Knob::share("share starting at the cheapest tier", *shares.first()?))
        }
        PolicyKind::Cascade { escalate, .. } => {
            Some(Knob::share("share escalated by the first tier", *escalate.first()?))
        }
        PolicyKind::JudgeCascade { judged, .. } => Some(Knob::share("share of answers judged", *judged)),
        PolicyKind::HumanFallback { hand_over, .. } => Some(Knob::share("share handed to a person", *hand_over)),
        PolicyKind::Budget { usd_per_day, .. } => Some(budget::knob(launch, *usd_per_day)),
        PolicyKind::Bandit { usd_per_thumbs_down, .. } => Some(bandit::knob(*usd_per_thumbs_down)),
    }
}

/// Compiles a policy, at `setting` of its knob or as the scenario has it.
///
/// # Errors
/// When it names a tier that does not exist or has lists of the wrong length.
pub fn compile(launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
    let rule = match &policy.kind {
        PolicyKind::Single { tier } => single::rule(launch, policy, tier)?,
        PolicyKind::Random { shares } => random::rule(launch, policy, shares, setting)?,
        PolicyKind::SegmentRules { rules, default } => segment_rules::rule(launch, policy, rules, default)?,
        PolicyKind::Classifier { noise, shares } => classifier::rule(launch, policy, *noise, shares, setting)?,
        PolicyKind::Cascade { tiers, escalate } => cascade::rule(launch, policy, tiers, escalate, setting)?,
        PolicyKind::JudgeCascade { tiers, judge, judged } => {
            judge_cascade::rule(launch, policy, tiers, *judge, setting.unwrap_or(*judged))?
        }
        PolicyKind::RouterCascade { noise, shares, escalate } => {
            router_cascade::rule(launch, policy, *noise, shares, escalate, setting)?
        }
        PolicyKind::Oracle => oracle::rule(launch, policy),
        PolicyKind::HumanFallback { tier, hand_over, human } => {
            human_fallback::rule(launch, policy, tier, setting.unwrap_or(*hand_over), *human)?
        }
        PolicyKind::Budget { noise, shares, usd_per_day } => {
            return budget::compile(launch, policy, *noise, shares, setting.unwrap_or(*usd_per_day))
                .map(Compiled::Budget);
        }
        PolicyKind::Bandit { tiers, usd_per_thumbs_down, half_life_days } => {
            let value = setting.unwrap_or(*usd_per_thumbs_down);
            return bandit::compile(launch, policy, tiers, value, *half_life_days).map(Compiled::Bandit);
        }
    };
    Ok(Compiled::Stateless(rule))
}

fn plain_rule(policy: &Policy, chain: Vec<usize>, start: Start, gate: Gate) -> Rule {
    Rule { chain, start, gate, overhead_usd: policy.usd_per_request, overhead_ms: policy.latency_ms }
}

/// `shares` with the first set to `first`, the others keeping their proportions (all to the last if they are zero).
pub fn with_first_share(shares: &[f64], first: f64) -> Vec<f64> {
    let Some((_, others)) = shares.split_first() else { return Vec::new() };
    if others.is_empty() {
        return vec![1.0];
    }
    let sum: f64 = others.iter().sum();
    let last = others.len() - 1;
    let spread = others.iter().enumerate().map(|(i, share)| {
        let part = if sum > 0.0 { share / sum } else { f64::from(i == last) };
        (1.0 - first) * part
    });
    std::iter::once(first).chain(spread).collect()
}

/// `P(below)` of each stage's threshold: sets the thresholds of self-confidence so that the wanted share is escalated.
///
/// `mass[stage][hidden][pattern]` is what starts at each stage, `wanted[stage]` the share of what reaches a stage that goes on.
fn confidence_thresholds(tables: &Tables, chain: &[usize], mass: &[[Vec<f64>; 2]], wanted: &[f64]) -> Vec<f64> {
    use crate::simulation::exact::confidence_mean;
    use crate::simulation::normal::{self, Component};
    let Some(first) = mass.first() else { return Vec::new() };
    let mut reached: [Vec<f64>; 2] = std::array::from_fn(|h| vec![0.0; first[h].len()]);
    let mut thresholds = Vec::new();
    for (stage, (&tier, share)) in chain.iter().zip(wanted).enumerate() {
        if let Some(starting) = mass.get(stage) {
            for hidden in 0..2 {
                for (to, from) in reached[hidden].iter_mut().zip(&starting[hidden]) {
                    *to += from;
                }
            }
        }
        let mut mixture = Vec::with_capacity(4);
        for (hidden, patterns) in reached.iter().enumerate() {
            for ok in [false, true] {
                let weight =
                    patterns.iter().enumerate().filter(|(i, _)| (i >> tier & 1 == 1) == ok).map(|(_, m)| m).sum();
                mixture.push(Component { weight, mean: confidence_mean(&tables.day, tier, hidden == 1, ok), sd: 1.0 });
            }
        }
        let threshold = normal::mixture_quantile(&mixture, *share);
        for (hidden, patterns) in reached.iter_mut().enumerate() {
            for (pattern, m) in patterns.iter_mut().enumerate() {
                *m *=
                    normal::cdf(threshold - confidence_mean(&tables.day, tier, hidden == 1, pattern >> tier & 1 == 1));
            }
        }
        thresholds.push(threshold);
    }
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_the_knob_keeps_the_other_shares_in_proportion() {
        assert_eq!(with_first_share(&[0.5, 0.3, 0.2], 0.0), vec![0.0, 0.6, 0.4]);
        assert_eq!(with_first_share(&[1.0, 0.0, 0.0], 0.25), vec![0.25, 0.0, 0.75]);
        assert_eq!(with_first_share(&[1.0], 0.3), vec![1.0]);
    }
}
