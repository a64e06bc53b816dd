//! One operating point: a policy at one knob setting, in numbers.

use serde::Serialize;

use crate::model::{Economics, Scenario};
use crate::simulation::day::DayWorld;
use crate::simulation::exact::{SegmentFlow, inference_usd};
use crate::simulation::monte_carlo::{Metric, PolicyMoments};
use crate::simulation::world::World;

/// A policy at one knob setting, at full rollout, without holdback.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Setting of the knob; `None` for kinds without one.
    pub knob: Option<f64>,
    /// Share of final answers by tier; one more entry for people.
    pub traffic: Vec<f64>,
    /// Calls to each tier a request (re-asked requests not counted).
    pub tier_calls: Vec<f64>,
    /// Calls a request (re-asked requests not counted).
    pub calls_per_request: f64,
    /// Inference cost with routers, judges, people and re-asked requests, USD per 1,000 requests.
    pub inference_usd_per_1k: f64,
    /// Mean success.
    pub quality: f64,
    /// Mean success among requests harder than the 90th percentile under launch assumptions; `None` if there are none.
    pub hard_edge_quality: Option<f64>,
    /// Mean success by segment; `None` where none was seen.
    pub quality_by_segment: Vec<Option<f64>>,
    /// Mean success of final answers by tier, one more entry for people; `None` where it gives none.
    pub quality_by_tier: Vec<Option<f64>>,
    /// Mean latency, ms.
    pub latency_mean_ms: f64,
    /// 95th percentile of latency, ms; Monte Carlo only.
    pub latency_p95_ms: Option<f64>,
    /// Tickets per 1,000 requests.
    pub tickets_per_1k: f64,
    /// Customers who leave per 1,000 requests.
    pub churn_per_1k: f64,
    /// Incidents per 1,000 requests.
    pub incidents_per_1k: f64,
    /// Thumbs-down per 1,000 requests.
    pub thumbs_down_per_1k: f64,
    /// Cost of tickets, churn and incidents, USD per 1,000 requests.
    pub downstream_usd_per_1k: f64,
    /// Inference and downstream, USD per 1,000 requests.
    pub total_usd_per_1k: f64,
    /// Share of requests answered no worse than by the baseline; `None` where it is not known.
    pub no_worse: Option<f64>,
    /// Share of requests that go on after a first answer; exact engine only.
    pub escalated: Option<f64>,
    /// Where requests are turns of conversations; exact engine only.
    pub conversation: Option<Talk>,
    /// 95 % intervals; Monte Carlo only.
    pub interval: Option<Intervals>,
}

/// What conversations and prompt caches make of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Talk {
    /// Share of all input tokens that is served from a cache: of the system prompt, and of the history.
    pub cached_share: f64,
    /// Share of the history that is served from a cache.
    pub history_cached_share: f64,
    /// How often another model answers than at the turn before, in a conversation.
    pub switches_per_conversation: f64,
    /// Inference cost of a conversation with routers, judges and re-asked turns, USD.
    pub usd_per_conversation: f64,
    /// Inference cost if no turn sent a history, USD per 1,000 turns: what it would be if every request stood alone.
    pub alone_usd_per_1k: f64,
}

impl Talk {
    fn of(world: &World, day: &DayWorld, flows: &[SegmentFlow], inference_usd: f64) -> Option<Self> {
        let conversation = world.scenario.turns()?;
        let [mut input, mut system, mut history, mut cached, mut switched, mut history_usd] = [0.0; 6];
        for (g, s) in day.segments.iter().zip(flows) {
            for (calls, tier) in s.flow.calls.iter().zip(&world.scenario.tiers) {
                input += g.share * calls * g.input.mean;
                system += g.share * calls * g.input.mean * tier.cached_input.hit_rate;
            }
            history += g.share * s.flow.history_tokens;
            cached += g.share * s.flow.cached_tokens;
            switched += g.share * s.flow.switched;
            history_usd += g.share * (s.flow.history_usd + world.scenario.economics.reask * s.flow.history_failed_usd);
        }
        let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
        Some(Self {
            cached_share: share(system + cached, input + history),
            history_cached_share: share(cached, history),
            switches_per_conversation: switched * conversation.mean_turns(),
            usd_per_conversation: inference_usd * conversation.mean_turns(),
            alone_usd_per_1k: 1000.0 * (inference_usd - history_usd),
        })
    }

    /// What the inference cost would be against the baseline's if every request stood alone, as a fraction; `None` where the baseline's is 0.
    pub fn change_alone(&self, baseline: &Self) -> Option<f64> {
        (baseline.alone_usd_per_1k > 0.0).then(|| self.alone_usd_per_1k / baseline.alone_usd_per_1k - 1.0)
    }
}

/// 95 % intervals of a sampled point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Intervals {
    /// Mean success.
    pub quality: [f64; 2],
    /// Hard-edge quality.
    pub hard_edge_quality: Option<[f64; 2]>,
    /// Inference cost, USD per 1,000 requests.
    pub inference_usd_per_1k: [f64; 2],
    /// Downstream cost, USD per 1,000 requests.
    pub downstream_usd_per_1k: [f64; 2],
    /// Total cost, USD per 1,000 requests.
    pub total_usd_per_1k: [f64; 2],
    /// Quality below the baseline's on the same requests: paired, so narrower than the two qualities' own intervals would have it.
    pub quality_gap: [f64; 2],
}

/// Cost of what follows one failure more, averaged over the traffic of `day`, USD:
/// `Σ_g π_g·stakes_g·Σ (failed − ok)·usd` over tickets, churn and incidents.
pub fn damage_per_failure_usd(economics: &Economics, day: &DayWorld) -> f64 {
    let stakes: f64 = day.segments.iter().map(|g| g.share * g.stakes).sum();
    stakes * economics.failure_usd()
}

struct Rates {
    tickets: f64,
    churn: f64,
    incidents: f64,
    thumbs_down: f64,
}

fn rates(scenario: &Scenario, quality: f64) -> Rates {
    let e = &scenario.economics;
    let per_1k = |failed: f64, ok: f64| 1000.0 * (failed * (1.0 - quality) + ok * quality);
    let thumbs = scenario.feedback.thumbs_down;
    Rates {
        tickets: per_1k(e.ticket.failed, e.ticket.ok),
        churn: per_1k(e.churn.failed, e.churn.ok),
        incidents: per_1k(e.incident.failed, e.incident.ok),
        thumbs_down: per_1k(thumbs.failed, thumbs.ok),
    }
}

/// One call for every request is one, not one and the rounding of the weights it was added up with.
fn whole_if_it_is(calls: f64) -> f64 {
    let whole = calls.round();
    if (calls - whole).abs() < 1e-12 { whole } else { calls }
}

impl Point {
    /// From the exact engine's expectations.
    pub fn from_flows(world: &World, day: &DayWorld, flows: &[SegmentFlow], knob: Option<f64>) -> Self {
        let scenario = &world.scenario;
        let tiers = day.tiers.len();
        let economics = &scenario.economics;
        let mut answered = vec![0.0; tiers + 1];
        let mut success = vec![0.0; tiers + 1];
        let mut tier_calls = vec![0.0; tiers];
        let (mut edge, mut edge_success, mut latency, mut downstream) = (0.0, 0.0, 0.0, 0.0);
        let (mut no_worse, mut escalated) = (Some(0.0), 0.0);
        for (g, s) in day.segments.iter().zip(flows) {
            for k in 0..=tiers {
                answered[k] += g.share * s.flow.answered[k];
                success[k] += g.share * s.flow.success[k];
            }
            for (k, ms) in g.call_ms.iter().enumerate() {
                tier_calls[k] += g.share * s.flow.calls[k];
                latency += g.share * s.flow.calls[k] * ms;
            }
            latency += g.share * s.flow.overhead_ms;
            edge += g.share * s.edge_mass;
            edge_success += g.share * s.edge_success;
            let ok = s.flow.quality();
            for c in [economics.ticket, economics.churn, economics.incident] {
                downstream += g.share * g.stakes * c.usd * (c.failed * (1.0 - ok) + c.ok * ok);
            }
            escalated += g.share * s.flow.escalated;
            no_worse = no_worse.zip(s.no_worse).map(|(sum, x)| sum + g.share * x);
        }
        // Every request is answered once: what their sum is off by is rounding of many weights, and is divided out.
        let (mass, shares): (f64, f64) = (answered.iter().sum(), day.segments.iter().map(|g| g.share).sum());
        for part in answered.iter_mut().chain(&mut success).chain(&mut tier_calls) {
            *part /= mass;
        }
        let no_worse = no_worse.map(|share| (share / shares).min(1.0));
        let quality: f64 = success.iter().sum();
        let inference = inference_usd(day, flows, economics.reask);
        let rates = rates(scenario, quality);
        Self {
            knob,
            calls_per_request: whole_if_it_is(tier_calls.iter().sum()),
            tier_calls,
            inference_usd_per_1k: 1000.0 * inference,
            quality,
            hard_edge_quality: (edge > 1e-12).then(|| edge_success / edge),
            quality_by_segment: flows.iter().map(|s| Some(s.flow.quality())).collect(),
            quality_by_tier: answered.iter().zip(&success).map(|(n, s)| (*n > 1e-12).then(|| s / n)).collect(),
            traffic: answered,
            latency_mean_ms: latency,
            latency_p95_ms: None,
            tickets_per_1k: rates.tickets,
            churn_per_1k: rates.churn,
            incidents_per_1k: rates.incidents,
            thumbs_down_per_1k: rates.thumbs_down,
            downstream_usd_per_1k: 1000.0 * downstream,
            total_usd_per_1k: 1000.0 * (inference + downstream),
            no_worse,
            escalated: Some(escalated),
            conversation: Talk::of(world, day, flows, inference),
            interval: None,
        }
    }

    /// From the Monte Carlo engine's sums; `None` when nothing was simulated.
    pub fn from_moments(world: &World, moments: &PolicyMoments, replicates: u32, knob: Option<f64>) -> Option<Self> {
        let tiers = world.tier_count();
        let segments = world.scenario.segments.len();
        let mean = |metric| moments.ratio(metric).estimate();
        let quality = mean(Metric::Quality)?;
        // Few replicates widen the interval as Student's t does.
        let t = student_t_975(replicates);
        let interval = |metric: Metric, scale: f64| -> Option<[f64; 2]> {
            let ratio = moments.ratio(metric);
            let (estimate, se) = (ratio.estimate()?, ratio.standard_error(replicates)?);
            let ends = [scale * (estimate - t * se), scale * (estimate + t * se)];
            ends.iter().all(|end| end.is_finite()).then_some(ends)
        };
        let unit = |[lo, hi]: [f64; 2]| [lo.max(0.0), hi.min(1.0)];
        // No request earns anything: costs end at zero.
        let cost = |metric| interval(metric, 1000.0).map(|[lo, hi]| [lo.max(0.0), hi]);
        let intervals = || {
            Some(Intervals {
                quality: unit(interval(Metric::Quality, 1.0)?),
                hard_edge_quality: interval(Metric::HardEdgeQuality, 1.0).map(unit),
                inference_usd_per_1k: cost(Metric::InferenceUsd)?,
                downstream_usd_per_1k: cost(Metric::DownstreamUsd)?,
                total_usd_per_1k: cost(Metric::TotalUsd)?,
                quality_gap: interval(Metric::QualityGap, 1.0).map(|[lo, hi]| [lo.max(-1.0), hi.min(1.0)])?,
            })
        };
        let rates = rates(&world.scenario, quality);
        Some(Self {
            knob,
            traffic: (0..=tiers).map(|k| mean(Metric::Traffic(k)).unwrap_or(0.0)).collect(),
            tier_calls: (0..tiers).map(|k| mean(Metric::TierCalls(k)).unwrap_or(0.0)).collect(),
            calls_per_request: mean(Metric::Calls)?,
            inference_usd_per_1k: 1000.0 * mean(Metric::InferenceUsd)?,
            quality,
            hard_edge_quality: mean(Metric::HardEdgeQuality),
            quality_by_segment: (0..segments).map(|g| mean(Metric::SegmentQuality(g))).collect(),
            quality_by_tier: (0..=tiers).map(|k| mean(Metric::TierQuality(k))).collect(),
            latency_mean_ms: mean(Metric::LatencyMs)?,
            latency_p95_ms: moments.latency_p95_ms(),
            tickets_per_1k: rates.tickets,
            churn_per_1k: rates.churn,
            incidents_per_1k: rates.incidents,
            thumbs_down_per_1k: rates.thumbs_down,
            downstream_usd_per_1k: 1000.0 * mean(Metric::DownstreamUsd)?,
            total_usd_per_1k: 1000.0 * mean(Metric::TotalUsd)?,
            no_worse: None,
            escalated: None,
            conversation: None,
            interval: intervals(),
        })
    }
}

/// 97.5 % point of Student's t for a mean of `n` values.
fn student_t_975(n: u32) -> f64 {
    use statrs::distribution::{ContinuousCDF, StudentsT};
    if n < 2 {
        return f64::INFINITY;
    }
    StudentsT::new(0.0, 1.0, f64::from(n - 1)).map_or(1.96, |t| t.inverse_cdf(0.975))
}

/// Wilson's 95 % interval for a share (Wilson, JASA 1927).
pub fn wilson_interval(successes: f64, n: f64) -> [f64; 2] {
    if n <= 0.0 {
        return [0.0, 1.0];
    }
    let z = 1.959_963_984_540_054;
    let p = successes / n;
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    [((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_interval_is_the_published_one() {
        // Newcombe, Statistics in Medicine 1998, table I: 81 of 263, method 3.
        let [lo, hi] = wilson_interval(81.0, 263.0);
        assert!((lo - 0.2553).abs() < 5e-5 && (hi - 0.3662).abs() < 5e-5, "{lo} {hi}");
    }

    #[test]
    fn student_t_is_the_tabulated_one() {
        assert!((student_t_975(11) - 2.228).abs() < 5e-4);
    }
}
