//! Where a policy's saving and its damage come from: by segment and tier, and step by step from the saving to the net.

use super::Stages;
use super::claims::DAYS_PER_MONTH;
use crate::model::Consequence;
use crate::policy;
use crate::simulation::exact::SegmentFlow;
use crate::simulation::world::WorldError;

/// A policy on the last day (or at launch, without events), against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Breakdown {
    /// Index of the policy.
    pub policy: usize,
    /// In the order of the scenario.
    pub segments: Vec<SegmentPart>,
    /// From the saving to the net.
    pub money: Money,
    /// Expected requests a month, weekday pattern aside.
    pub requests_per_month: f64,
}

/// A segment's part.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentPart {
    /// Its name.
    pub name: String,
    /// Share of the traffic.
    pub share: f64,
    /// Mean success under the policy.
    pub quality: f64,
    /// Mean success under the baseline.
    pub baseline_quality: f64,
    /// Downstream cost above the baseline's, USD per 1,000 requests of all traffic.
    pub extra_downstream_usd_per_1k: f64,
    /// Inference cost below the baseline's, USD per 1,000 requests of all traffic.
    pub saving_usd_per_1k: f64,
    /// Who answers; one more entry for people.
    pub answerers: Vec<AnswererPart>,
}

/// What one tier answers of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AnswererPart {
    /// Share of all traffic.
    pub traffic: f64,
    /// Mean success; `None` where it gives no answers.
    pub quality: Option<f64>,
    /// What its failures cost downstream, USD per 1,000 requests of all traffic.
    pub failures_usd_per_1k: f64,
}

/// Differences to the baseline, USD per 1,000 requests; what is gained counts above zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Money {
    /// Calls of models, requests asked again included.
    pub calls: f64,
    /// Routers, judges and people.
    pub overhead: f64,
    /// Tickets.
    pub tickets: f64,
    /// Lost customers.
    pub churn: f64,
    /// Incidents.
    pub incidents: f64,
}

impl Money {
    /// Everything together.
    pub fn net(&self) -> f64 {
        self.calls + self.overhead + self.tickets + self.churn + self.incidents
    }
}

/// Inference (calls, overhead) and downstream cost (tickets, churn, incidents) of a segment, USD a request of the segment.
fn costs(stages: &Stages<'_>, stakes: f64, s: &SegmentFlow) -> [f64; 5] {
    let e = &stages.launch.world.scenario.economics;
    let (ok, f) = (s.flow.quality(), &s.flow);
    let follow = |c: Consequence| stakes * c.usd * (c.failed * (1.0 - ok) + c.ok * ok);
    [
        f.calls_usd + e.reask * f.calls_failed_usd,
        f.overhead_usd + e.reask * f.overhead_failed_usd,
        follow(e.ticket),
        follow(e.churn),
        follow(e.incident),
    ]
}

/// Breaks a policy down.
///
/// # Errors
/// When the policy or the baseline cannot be compiled.
pub fn breakdown(stages: &Stages<'_>, policy: usize) -> Result<Breakdown, WorldError> {
    let world = stages.launch.world;
    let scenario = &world.scenario;
    let stage = stages.count() - 1;
    let tables = stages.tables().nth(stage).ok_or(WorldError::Missing("stage"))?;
    let flows = |index: usize| -> Result<Vec<SegmentFlow>, WorldError> {
        let definition = scenario.policies.get(index).ok_or(WorldError::Missing("policy"))?;
        Ok(stages.flows(&policy::compile(&stages.launch, definition, None)?, stage))
    };
    let (routed, baseline) = (flows(policy)?, flows(stages.baseline)?);
    let e = &scenario.economics;
    let damage = e.failure_usd();
    let mut money = Money::default();
    let mut segments = Vec::new();
    for (((g, segment), own), before) in tables.day.segments.iter().zip(&scenario.segments).zip(&routed).zip(&baseline)
    {
        let per_1k = 1000.0 * g.share;
        let (own_costs, costs_before) = (costs(stages, g.stakes, own), costs(stages, g.stakes, before));
        let gains: [f64; 5] = std::array::from_fn(|i| per_1k * (costs_before[i] - own_costs[i]));
        let [calls, overhead, tickets, churn, incidents] = gains;
        for (sum, gain) in [
            (&mut money.calls, calls),
            (&mut money.overhead, overhead),
            (&mut money.tickets, tickets),
            (&mut money.churn, churn),
            (&mut money.incidents, incidents),
        ] {
            *sum += gain;
        }
        let answerers = own.flow.answered.iter().zip(&own.flow.success).take(world.tier_count() + 1);
        segments.push(SegmentPart {
            name: segment.name.clone(),
            share: g.share,
            quality: own.flow.quality(),
            baseline_quality: before.flow.quality(),
            extra_downstream_usd_per_1k: -(tickets + churn + incidents),
            saving_usd_per_1k: calls + overhead,
            answerers: answerers
                .map(|(answered, success)| AnswererPart {
                    traffic: g.share * answered,
                    quality: (*answered > 1e-12).then(|| success / answered),
                    failures_usd_per_1k: per_1k * g.stakes * damage * (answered - success),
                })
                .collect(),
        });
    }
    let requests_per_month = tables.day.requests_smoothed * DAYS_PER_MONTH;
    Ok(Breakdown { policy, segments, money, requests_per_month })
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::scenario::{library, read};
    use crate::simulation::world::World;

    #[test]
    fn the_parts_sum_to_the_differences_of_the_points() {
        for name in ["support-agent", "fintech-compliance", "three-tiers"] {
            let text = library::find(name).map(|e| e.text).unwrap_or_default();
            let scenario = read::parse(text, name).map_or_else(|_| crate::model::Scenario::default(), |l| l.scenario);
            let Ok(world) = World::compile(&scenario) else { panic!("{name}") };
            let Ok(stages) = Stages::new(&world) else { panic!("{name}") };
            let last = |policy: usize| stages.exact_points(policy, None).ok().flatten().and_then(|p| p.last().cloned());
            let Some(before) = last(stages.baseline) else { panic!("{name}") };
            for policy in 0..scenario.policies.len() {
                let Some(own) = last(policy) else { continue };
                let Ok(parts) = breakdown(&stages, policy) else { panic!("{name}") };
                let close =
                    |a: f64, b: f64| assert!((a - b).abs() < 1e-7 * b.abs().max(1.0), "{name} {policy}: {a} {b}");
                close(parts.money.calls + parts.money.overhead, before.inference_usd_per_1k - own.inference_usd_per_1k);
                close(parts.money.net(), before.total_usd_per_1k - own.total_usd_per_1k);
                let sum = |of: &dyn Fn(&SegmentPart) -> f64| parts.segments.iter().map(of).sum::<f64>();
                close(
                    sum(&|s| s.extra_downstream_usd_per_1k),
                    own.downstream_usd_per_1k - before.downstream_usd_per_1k,
                );
                close(sum(&|s| s.share * s.quality), own.quality);
                close(sum(&|s| s.answerers.iter().map(|a| a.traffic).sum()), 1.0);
            }
        }
    }
}
