//! Routing policies: what each kind does with a request, and how its one knob is turned.
//!
//! A policy compiles to what the engines run ([`Compiled`]). Cut points and thresholds are set here, once, under launch assumptions.
//! Each kind is one file, with its keys, its rule, its knob and its words, and one line in [`KINDS`].

mod bandit;
mod budget;
mod cascade;
mod classifier;
mod human_fallback;
mod judge_cascade;
mod keys;
mod oracle;
mod random;
mod router_cascade;
mod segment_rules;
mod single;

pub use bandit::Bandit;
pub use budget::Budget;
pub use cascade::Cascade;
pub use classifier::Classifier;
pub use human_fallback::HumanFallback;
pub use judge_cascade::JudgeCascade;
pub use keys::ESCALATED as USUALLY_ESCALATED;
pub use oracle::Oracle;
pub use random::Random;
pub use router_cascade::RouterCascade;
pub use segment_rules::SegmentRules;
pub use single::Single;

use crate::entry::{Chosen, Kind};
use crate::model::address::with_first_share;
use crate::model::{Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::exact::{DayEffect, Tables};
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::{World, WorldError};

/// Every kind of policy.
pub const KINDS: &[Registered] = &[
    Registered::new::<Single>(),
    Registered::new::<Random>(),
    Registered::new::<SegmentRules>(),
    Registered::new::<Classifier>(),
    Registered::new::<Cascade>(),
    Registered::new::<JudgeCascade>(),
    Registered::new::<RouterCascade>(),
    Registered::new::<Oracle>(),
    Registered::new::<Budget>(),
    Registered::new::<Bandit>(),
    Registered::new::<HumanFallback>(),
];

/// What a kind of policy does.
pub trait Routing: Kind {
    /// Compiles a policy of this kind, at `setting` of its knob or as the scenario has it.
    ///
    /// # Errors
    /// When it names a tier that does not exist or has lists of the wrong length.
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError>;

    /// Its knob, where it has one.
    fn knob(&self, _: &Launch<'_>) -> Option<Knob> {
        None
    }

    /// What the knob turns.
    fn turns(&self) -> Option<Turned> {
        None
    }

    /// Whether it can decide for a conversation, or only upwards; otherwise it decides at every turn.
    fn can_stay(&self) -> bool {
        true
    }

    /// Whether it learns or keeps count, so that only Monte Carlo can run it.
    fn is_stateful(&self) -> bool {
        false
    }

    /// One to start from, in the place of a policy of another kind: what the two kinds share is kept.
    fn usual(scenario: &Scenario, before: &Policy) -> Self
    where
        Self: Sized;
}

/// What the knob of a policy turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turned {
    /// The key.
    pub key: &'static str,
    /// The place in it, where it is a list.
    pub place: Option<usize>,
    /// What a setting is, in words.
    pub label: &'static str,
}

/// A kind in the list of all.
pub struct Registered {
    /// One with every default.
    pub blank: fn() -> Chosen,
    /// One to start from, in the place of a policy of another kind.
    pub usual: fn(&Scenario, &Policy) -> Chosen,
    routing: fn(&Chosen) -> Option<&dyn Routing>,
}

impl Registered {
    const fn new<K: Routing + Default>() -> Self {
        Self {
            blank: || Chosen::from(K::default()),
            usual: |scenario, before| Chosen::from(K::usual(scenario, before)),
            routing: |kind| kind.as_kind::<K>().map(|kind| kind as &dyn Routing),
        }
    }
}

/// What a policy's kind does; `None` for one that is not of [`KINDS`].
pub fn routing(policy: &Policy) -> Option<&dyn Routing> {
    KINDS.iter().find_map(|kind| (kind.routing)(&policy.kind))
}

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

    /// The shares, one a tier, with the knob turned.
    fn shares(&self, policy: &Policy, shares: &[f64], setting: Option<f64>) -> Result<Vec<f64>, WorldError> {
        self.one_per_tier(policy, shares)?;
        Ok(setting.map_or_else(|| shares.to_vec(), |first| with_first_share(shares, first)))
    }

    fn one_per_stage(&self, policy: &Policy, escalate: &[f64], tiers: usize) -> Result<(), WorldError> {
        if escalate.len() + 1 == tiers {
            Ok(())
        } else {
            let what = "needs one escalation share fewer than tiers";
            Err(WorldError::Policy { policy: policy.name.clone(), what })
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
    routing(policy)?.knob(launch)
}

/// Whether a policy learns or keeps count, so that only Monte Carlo can run it.
pub fn is_stateful(policy: &Policy) -> bool {
    routing(policy).is_some_and(|kind| kind.is_stateful())
}

/// Compiles a policy, at `setting` of its knob or as the scenario has it.
///
/// # Errors
/// When it names a tier that does not exist or has lists of the wrong length.
pub fn compile(launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
    let kind = routing(policy)
        .ok_or_else(|| WorldError::Policy { policy: policy.name.clone(), what: "is of no kind that there is" })?;
    kind.compile(launch, policy, setting)
}

fn stateless(rule: Rule) -> Result<Compiled, WorldError> {
    Ok(Compiled::Stateless(rule))
}

fn plain_rule(policy: &Policy, chain: Vec<usize>, start: Start, gate: Gate) -> Rule {
    let (overhead_usd, overhead_ms) = (policy.usd_per_request, policy.latency_ms);
    Rule { chain, start, gate, per: policy.per, overhead_usd, overhead_ms }
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
