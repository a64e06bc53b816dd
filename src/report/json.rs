//! Results as JSON, in the form that scripts rely on.

use serde_json::{Map, Value, json};

use crate::frontier::point::Point;
use crate::frontier::{Curve, Frontier, PolicyMetrics, Stage};
use crate::model::Scenario;
use crate::timeline::{DayCounts, DayFigures, Timeline};

/// Names of who can give a final answer: the tiers, and a person.
pub fn finals(scenario: &Scenario) -> Vec<&str> {
    scenario.tiers.iter().map(|t| t.name.as_str()).chain(["human"]).collect()
}

fn by_name<'a>(names: impl IntoIterator<Item = &'a str>, values: impl IntoIterator<Item = Value>) -> Value {
    Value::Object(names.into_iter().map(str::to_owned).zip(values).collect::<Map<_, _>>())
}

/// Shares of final answers; people only where there are any.
fn traffic(scenario: &Scenario, shares: &[f64]) -> Value {
    let tiers = scenario.tiers.len();
    let shown = shares.iter().enumerate().filter(|(k, share)| *k < tiers || **share > 0.0);
    let names = finals(scenario);
    Value::Object(shown.filter_map(|(k, share)| Some(((*names.get(k)?).to_owned(), json!(share)))).collect())
}

fn quality_by_tier(scenario: &Scenario, values: &[Option<f64>]) -> Value {
    let tiers = scenario.tiers.len();
    let names = finals(scenario);
    let shown = values.iter().enumerate().filter(|(k, q)| *k < tiers || q.is_some());
    Value::Object(shown.filter_map(|(k, q)| Some(((*names.get(k)?).to_owned(), json!(q)))).collect())
}

fn point(scenario: &Scenario, p: &Point) -> Value {
    let mut found = json!({
        "knob": p.knob,
        "traffic": traffic(scenario, &p.traffic),
        "calls_per_request": p.calls_per_request,
        "inference_usd_per_1k": p.inference_usd_per_1k,
        "quality": p.quality,
        "hard_edge_quality": p.hard_edge_quality,
        "quality_by_segment": by_name(
            scenario.segments.iter().map(|g| g.name.as_str()),
            p.quality_by_segment.iter().map(|q| json!(q)),
        ),
        "quality_by_tier": quality_by_tier(scenario, &p.quality_by_tier),
        "latency_ms": { "mean": p.latency_mean_ms, "p95": p.latency_p95_ms },
        "tickets_per_1k": p.tickets_per_1k,
        "churn_per_1k": p.churn_per_1k,
        "incidents_per_1k": p.incidents_per_1k,
        "thumbs_down_per_1k": p.thumbs_down_per_1k,
        "downstream_usd_per_1k": p.downstream_usd_per_1k,
        "total_usd_per_1k": p.total_usd_per_1k,
        "no_worse": p.no_worse,
        "interval": p.interval,
    });
    if let (Some(talk), Some(object)) = (&p.conversation, found.as_object_mut()) {
        object.insert("conversation".into(), json!(talk));
    }
    found
}

fn curve(scenario: &Scenario, curve: &Curve) -> Map<String, Value> {
    let policy = scenario.policies.get(curve.policy);
    let mut object = Map::new();
    object.insert("name".into(), json!(policy.map(|p| p.name.as_str())));
    object.insert("kind".into(), json!(policy.map(|p| p.kind.word())));
    object.insert("operating_point".into(), curve.operating_point.as_ref().map_or(Value::Null, |p| point(scenario, p)));
    object.insert("sweep".into(), curve.sweep.iter().map(|p| point(scenario, p)).collect());
    object
}

fn metrics(scenario: &Scenario, policy: usize, m: &PolicyMetrics) -> Value {
    let at = |best: &Option<(Option<f64>, f64)>| best.map(|(knob, usd)| json!({ "knob": knob, "usd_per_1k": usd }));
    json!({
        "policy": scenario.policies.get(policy).map(|p| p.name.as_str()),
        "aiq": m.aiq, "apgr": m.apgr, "cpt50": m.cpt50, "cpt80": m.cpt80, "delta_ibc": m.delta_ibc,
        "inference_change": m.inference_change, "total_change": m.total_change, "quality_gap": m.quality_gap,
        "trap_ratio": m.trap_ratio, "break_even_gap": m.break_even_gap, "in_trap": m.in_trap, "trap_zone": m.trap_zone,
        "cheapest_at_floor": at(&m.cheapest_at_floor), "least_total_cost": at(&m.least_total_cost),
    })
}

fn pareto(scenario: &Scenario, stage: &Stage) -> Value {
    let name = |policy: usize| scenario.policies.get(policy).map(|p| p.name.as_str());
    stage.pareto.iter().map(|(policy, knob)| json!({ "policy": name(*policy), "knob": knob })).collect()
}

fn all_metrics(scenario: &Scenario, stage: &Stage) -> Value {
    stage.metrics.iter().enumerate().map(|(i, m)| metrics(scenario, i, m)).collect()
}

fn stage(scenario: &Scenario, stage: &Stage) -> Value {
    json!({
        "requests_per_day": stage.requests_per_day,
        "damage_per_failure_usd": stage.damage_per_failure_usd,
        "quality_floor": stage.quality_floor,
        "zero_router_aiq": stage.zero_router_aiq,
        "policies": stage.curves.iter().map(|c| Value::Object(curve(scenario, c))).collect::<Vec<_>>(),
        "pareto": pareto(scenario, stage),
        "metrics": all_metrics(scenario, stage),
    })
}

/// The frontier.
pub fn frontier(scenario: &Scenario, frontier: &Frontier) -> Value {
    let name = |policy: usize| scenario.policies.get(policy).map(|p| p.name.as_str());
    let reviews: Vec<Value> = frontier
        .launch_review
        .iter()
        .map(|r| {
            json!({ "policy": name(r.policy), "requests": r.requests, "no_worse": r.no_worse, "interval": r.interval,
                    "expected": r.expected })
        })
        .collect();
    let policies: Vec<Value> = frontier
        .launch
        .curves
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let mut object = curve(scenario, c);
            if let Some(production) = &frontier.production {
                let at = production.curves.get(i).and_then(|c| c.operating_point.as_ref());
                object.insert("production_point".into(), at.map_or(Value::Null, |p| point(scenario, p)));
            }
            Value::Object(object)
        })
        .collect();
    let mut result = json!({
        "scenario": scenario.name,
        "engine": frontier.engine.name(),
        "baseline": scenario.baseline,
        "launch_review": reviews,
        "policies": policies,
        "pareto": pareto(scenario, &frontier.launch),
        "metrics": all_metrics(scenario, &frontier.launch),
    });
    if let (Some(production), Some(object)) = (&frontier.production, result.as_object_mut()) {
        object.insert("launch".into(), stage(scenario, &frontier.launch));
        object.insert("production".into(), stage(scenario, production));
    }
    result
}

fn counts(scenario: &Scenario, c: &DayCounts) -> Value {
    let names = finals(scenario);
    let by_final = |values: &[u64]| by_name(names.iter().copied(), values.iter().map(|v| json!(v)));
    json!({
        "requests": c.requests, "routed": c.routed,
        "answered": by_final(&c.answered), "success": by_final(&c.success),
        "inference_usd": c.inference_usd, "downstream_usd": c.downstream_usd,
        "thumbs_down": c.thumbs_down, "tickets": c.tickets, "churned": c.churned,
        "csat_answers": c.csat_answers, "csat_satisfied": c.csat_satisfied,
    })
}

fn figures(scenario: &Scenario, f: &DayFigures) -> Value {
    json!({
        "quality": f.quality, "baseline_quality": f.baseline_quality,
        "quality_by_tier": quality_by_tier(scenario, &f.quality_by_tier), "traffic": traffic(scenario, &f.traffic),
        "inference_usd": f.inference_usd, "downstream_usd": f.downstream_usd,
        "baseline_inference_usd": f.baseline_inference_usd, "baseline_downstream_usd": f.baseline_downstream_usd,
        "thumbs_down_per_1k": f.thumbs_down_per_1k,
    })
}

/// A timeline.
pub fn timeline(scenario: &Scenario, timeline: &Timeline) -> Value {
    let days: Vec<Value> = timeline
        .run
        .iter()
        .zip(&timeline.expected)
        .zip(timeline.routed_share.iter().zip(&timeline.launch_quality))
        .map(|((run, expected), (share, launch))| {
            json!({
                "day": run.day, "routed_share": share, "launch_quality": launch,
                "expected": figures(scenario, expected), "run": counts(scenario, run),
            })
        })
        .collect();
    json!({
        "scenario": scenario.name,
        "policy": scenario.policies.get(timeline.policy).map(|p| p.name.as_str()),
        "onset_day": timeline.onset_day,
        "days": days,
    })
}
