//! Results as CSV, one row a point or a day.

use std::borrow::Cow;

use crate::frontier::point::{Point, Talk};
use crate::frontier::{Frontier, Stage};
use crate::model::Scenario;
use crate::timeline::Timeline;

pub(super) fn write(rows: Vec<Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory fails only for rows of different lengths, which the callers do not make.
        if writer.write_record(row.iter().map(|cell| no_formula(cell).into_owned())).is_err() {
            return String::new();
        }
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A spreadsheet takes what begins so for a formula, unless a quote stands before it. Numbers stay numbers.
pub(crate) fn no_formula(cell: &str) -> Cow<'_, str> {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if is_formula { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

pub(super) fn cell(value: Option<f64>) -> String {
    value.map(|x| x.to_string()).unwrap_or_default()
}

/// Every point of the frontier.
pub fn frontier(scenario: &Scenario, frontier: &Frontier) -> String {
    let mut head: Vec<String> = [
        "stage",
        "policy",
        "kind",
        "point",
        "knob",
        "inference_usd_per_1k",
        "quality",
        "hard_edge_quality",
        "calls_per_request",
        "latency_mean_ms",
        "latency_p95_ms",
        "tickets_per_1k",
        "churn_per_1k",
        "incidents_per_1k",
        "thumbs_down_per_1k",
        "downstream_usd_per_1k",
        "total_usd_per_1k",
        "no_worse",
        "quality_low",
        "quality_high",
        "inference_usd_per_1k_low",
        "inference_usd_per_1k_high",
        "total_usd_per_1k_low",
        "total_usd_per_1k_high",
    ]
    .map(str::to_owned)
    .to_vec();
    let finals = super::json::finals(scenario);
    head.extend(finals.iter().map(|name| format!("traffic: {name}")));
    head.extend(finals.iter().map(|name| format!("quality: {name}")));
    head.extend(scenario.segments.iter().map(|g| format!("quality in segment: {}", g.name)));
    let has_turns = scenario.conversation.is_some();
    if has_turns {
        let figures = [
            "cached_share",
            "history_cached_share",
            "switches_per_conversation",
            "usd_per_conversation",
            "alone_usd_per_1k",
        ];
        head.extend(figures.map(str::to_owned));
    }
    let mut rows = vec![head];
    let mut stage_rows = |label: &str, stage: &Stage| {
        for curve in &stage.curves {
            let Some(policy) = scenario.policies.get(curve.policy) else { continue };
            let mut add = |kind: &str, p: &Point| {
                let mut row = vec![
                    label.to_owned(),
                    policy.name.clone(),
                    policy.kind.word().to_owned(),
                    kind.to_owned(),
                    cell(p.knob),
                    p.inference_usd_per_1k.to_string(),
                    p.quality.to_string(),
                    cell(p.hard_edge_quality),
                    p.calls_per_request.to_string(),
                    p.latency_mean_ms.to_string(),
                    cell(p.latency_p95_ms),
                    p.tickets_per_1k.to_string(),
                    p.churn_per_1k.to_string(),
                    p.incidents_per_1k.to_string(),
                    p.thumbs_down_per_1k.to_string(),
                    p.downstream_usd_per_1k.to_string(),
                    p.total_usd_per_1k.to_string(),
                    cell(p.no_worse),
                ];
                let intervals = p.interval.as_ref();
                let ends = [
                    intervals.map(|i| i.quality),
                    intervals.map(|i| i.inference_usd_per_1k),
                    intervals.map(|i| i.total_usd_per_1k),
                ];
                row.extend(ends.iter().flat_map(|i| [cell(i.map(|i| i[0])), cell(i.map(|i| i[1]))]));
                row.extend(p.traffic.iter().map(ToString::to_string));
                row.extend(p.quality_by_tier.iter().map(|q| cell(*q)));
                row.extend(p.quality_by_segment.iter().map(|q| cell(*q)));
                if has_turns {
                    let of = |pick: fn(&Talk) -> f64| cell(p.conversation.as_ref().map(pick));
                    row.extend([
                        of(|talk| talk.cached_share),
                        of(|talk| talk.history_cached_share),
                        of(|talk| talk.switches_per_conversation),
                        of(|talk| talk.usd_per_conversation),
                        of(|talk| talk.alone_usd_per_1k),
                    ]);
                }
                rows.push(row);
            };
            if let Some(p) = &curve.operating_point {
                add("operating", p);
            }
            for p in &curve.sweep {
                add("sweep", p);
            }
        }
    };
    stage_rows("launch", &frontier.launch);
    if let Some(production) = &frontier.production {
        stage_rows("production", production);
    }
    write(rows)
}

/// Every day of a timeline.
pub fn timeline(scenario: &Scenario, timeline: &Timeline) -> String {
    let finals = super::json::finals(scenario);
    let mut head: Vec<String> = [
        "day",
        "routed_share",
        "requests",
        "routed",
        "thumbs_down",
        "tickets",
        "churned",
        "csat_answers",
        "csat_satisfied",
        "inference_usd",
        "downstream_usd",
        "expected_quality",
        "baseline_quality",
        "launch_quality",
        "expected_inference_usd",
        "expected_downstream_usd",
        "baseline_inference_usd",
        "baseline_downstream_usd",
        "expected_thumbs_down_per_1k",
    ]
    .map(str::to_owned)
    .to_vec();
    head.extend(finals.iter().map(|name| format!("answered: {name}")));
    head.extend(finals.iter().map(|name| format!("success: {name}")));
    head.extend(finals.iter().map(|name| format!("expected quality: {name}")));
    let mut rows = vec![head];
    for ((run, e), (share, launch)) in
        timeline.run.iter().zip(&timeline.expected).zip(timeline.routed_share.iter().zip(&timeline.launch_quality))
    {
        let mut row = vec![
            run.day.to_string(),
            share.to_string(),
            run.requests.to_string(),
            run.routed.to_string(),
            run.thumbs_down.to_string(),
            run.tickets.to_string(),
            run.churned.to_string(),
            run.csat_answers.to_string(),
            run.csat_satisfied.to_string(),
            run.inference_usd.to_string(),
            run.downstream_usd.to_string(),
            e.quality.to_string(),
            e.baseline_quality.to_string(),
            launch.to_string(),
            e.inference_usd.to_string(),
            e.downstream_usd.to_string(),
            e.baseline_inference_usd.to_string(),
            e.baseline_downstream_usd.to_string(),
            e.thumbs_down_per_1k.to_string(),
        ];
        row.extend(run.answered.iter().map(ToString::to_string));
        row.extend(run.success.iter().map(ToString::to_string));
        row.extend(e.quality_by_tier.iter().map(|q| cell(*q)));
        rows.push(row);
    }
    write(rows)
}
