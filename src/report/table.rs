//! Results as aligned tables for people.

use comfy_table::{CellAlignment, Table, presets};

use super::sentence::{self, grouped, percent, usd};
use crate::frontier::point::Talk;
use crate::frontier::{Frontier, Stage};
use crate::model::Scenario;
use crate::timeline::Timeline;

pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(head.iter().map(|h| (*h).to_owned()));
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A table before it is set: as text, as HTML.
pub(super) struct Grid {
    /// Names of the columns.
    pub head: &'static [&'static str],
    /// One a line.
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// As aligned text.
    pub fn text(self) -> String {
        table(self.head, self.rows)
    }
}

/// What is said under a table of operating points.
pub(super) const STAGE_NOTE: &str =
    "Costs in USD per 1,000 requests. Trap ratio: extra downstream cost for each dollar of inference saved.";

/// The operating points of a stage.
pub(super) fn stage(scenario: &Scenario, frontier: &Frontier, stage: &Stage) -> Grid {
    let share = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| percent(x, 2));
    let dash = || "–".to_owned();
    let rows = stage
        .curves
        .iter()
        .zip(&stage.metrics)
        .map(|(curve, m)| {
            let who = sentence::policy_at(scenario, stage, curve.policy);
            let Some(p) = &curve.operating_point else {
                return vec![who, dash(), dash(), dash(), dash(), dash(), dash(), dash(), dash()];
            };
            let is_baseline = curve.policy == frontier.baseline;
            vec![
                who,
                match &p.interval {
                    Some(i) => {
                        format!(
                            "{} ({} to {})",
                            percent(p.quality, 2),
                            sentence::fixed(100.0 * i.quality[0], 1),
                            sentence::fixed(100.0 * i.quality[1], 1)
                        )
                    }
                    None => percent(p.quality, 2),
                },
                share(p.hard_edge_quality),
                usd(p.inference_usd_per_1k),
                usd(p.downstream_usd_per_1k),
                usd(p.total_usd_per_1k),
                if is_baseline { dash() } else { m.inference_change.map_or_else(dash, sentence::change) },
                if is_baseline { dash() } else { m.total_change.map_or_else(dash, sentence::change) },
                m.trap_ratio.filter(|_| !is_baseline).map_or_else(dash, |r| sentence::fixed(r, 1)),
            ]
        })
        .collect();
    let head = &[
        "Policy",
        "Quality",
        "Hard edge",
        "Inference",
        "Downstream",
        "Total",
        "Inference vs baseline",
        "Total vs baseline",
        "Trap ratio",
    ];
    Grid { head, rows }
}

/// What the launch review showed.
pub(super) fn review(scenario: &Scenario, frontier: &Frontier) -> Grid {
    let rows = frontier
        .launch_review
        .iter()
        .map(|r| {
            vec![
                scenario.policies.get(r.policy).map(|p| p.name.clone()).unwrap_or_default(),
                percent(r.no_worse, 1),
                format!("{} to {}", percent(r.interval[0], 1), percent(r.interval[1], 1)),
            ]
        })
        .collect();
    Grid { head: &["Policy", "No worse", "95 % interval"], rows }
}

/// Break-even gaps against the gaps at launch.
pub(super) fn break_even(scenario: &Scenario, frontier: &Frontier) -> Grid {
    let rows = frontier
        .launch
        .metrics
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != frontier.baseline)
        .map(|(i, m)| {
            let points = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| sentence::points(x, 2));
            let sampled = frontier.launch.curves.get(i).and_then(|c| c.operating_point.as_ref()?.interval.as_ref());
            let within = sampled.map_or_else(String::new, |sampled| {
                let [low, high] = sampled.quality_gap.map(|gap| sentence::fixed(100.0 * gap, 2));
                format!(" ({low} to {high})")
            });
            vec![
                scenario.policies.get(i).map(|p| p.name.clone()).unwrap_or_default(),
                points(m.break_even_gap),
                format!("{}{within}", points(m.quality_gap)),
            ]
        })
        .collect();
    Grid { head: &["Policy", "Break-even gap", "Gap at launch"], rows }
}

/// The frontier.
pub fn frontier(scenario: &Scenario, frontier: &Frontier) -> String {
    let mut out = vec![format!("{} ({} engine)", scenario.name, frontier.engine.name()), String::new()];
    let mut add = |title: &str, of: &Stage| {
        out.push(format!("{title}, {} requests a day", grouped(of.requests_per_day)));
        out.push(stage(scenario, frontier, of).text());
        out.push(STAGE_NOTE.to_owned());
        out.push(String::new());
    };
    add("At launch", &frontier.launch);
    if let Some(production) = &frontier.production {
        let day = scenario.traffic.days.saturating_sub(1);
        add(&format!("In production, on day {day}"), production);
    }
    if !frontier.launch_review.is_empty() {
        out.push(format!(
            "Launch review on {} requests, against the baseline",
            grouped(f64::from(scenario.study.holdout))
        ));
        out.push(review(scenario, frontier).text());
        out.push(String::new());
    }
    if let Some(grid) = conversations(scenario, frontier) {
        out.push("Conversations and prompt caches".to_owned());
        out.push(grid.text());
        out.push(CONVERSATIONS_NOTE.to_owned());
        out.push(String::new());
    }
    out.push("Break-even quality gap (inference saving ÷ damage per failure) against the gap at launch".to_owned());
    out.push(break_even(scenario, frontier).text());
    out.push(String::new());
    for policy in 0..scenario.policies.len() {
        out.push(sentence::reading(scenario, frontier, policy));
    }
    out.join("\n") + "\n"
}

/// What the columns of [`conversations`] mean.
pub(super) const CONVERSATIONS_NOTE: &str = "Decides: how often. Cached: share of all input, and of the history, that a prompt cache serves. Switches: how often another model answers \
than at the turn before. Inference against the baseline, and what it would be if every request stood alone.";

/// What conversations and prompt caches make of every policy, on the last day; `None` where requests stand alone.
pub(super) fn conversations(scenario: &Scenario, frontier: &Frontier) -> Option<Grid> {
    scenario.conversation.as_ref()?;
    let stage = frontier.latest();
    let talk = |policy: usize| stage.curves.get(policy)?.operating_point.as_ref()?.conversation;
    let baseline = talk(frontier.baseline);
    let rows = scenario.policies.iter().enumerate().map(|(index, policy)| {
        let dash = || "–".to_owned();
        let of = |told: &dyn Fn(&Talk) -> String| talk(index).as_ref().map_or_else(dash, told);
        let change = |x: Option<f64>| x.map_or_else(dash, sentence::change);
        let as_alone = talk(index).zip(baseline).and_then(|(own, baseline)| own.change_alone(&baseline));
        let metrics = stage.metrics.get(index);
        vec![
            policy.name.clone(),
            policy.per.told(),
            of(&|talk| percent(talk.cached_share, 0)),
            of(&|talk| percent(talk.history_cached_share, 0)),
            of(&|talk| format!("{:.2}", talk.switches_per_conversation)),
            of(&|talk| usd(talk.usd_per_conversation)),
            change(metrics.and_then(|m| m.inference_change)),
            change(as_alone),
        ]
    });
    let head = &["Policy", "Decides", "Cached", "Of the history", "Switches", "USD each", "Inference", "If alone"];
    Some(Grid { head, rows: rows.collect() })
}

/// A timeline: every week, so that half a year fits a screen.
pub fn timeline(scenario: &Scenario, timeline: &Timeline) -> String {
    let name = scenario.policies.get(timeline.policy).map_or("", |p| p.name.as_str());
    let mut out = vec![format!("{}: {name}, day by day (every seventh day shown)", scenario.name), String::new()];
    let mut head =
        vec!["Day", "Routed", "Thumbs-down per 1,000", "Tickets", "CSAT", "Inference", "Quality", "Baseline"];
    let tiers: Vec<String> = scenario.tiers.iter().map(|t| format!("{} quality", t.name)).collect();
    head.extend(tiers.iter().map(String::as_str));
    let rows = timeline
        .run
        .iter()
        .zip(&timeline.expected)
        .zip(&timeline.routed_share)
        .step_by(7)
        .map(|((run, expected), share)| {
            let n = run.requests as f64;
            let good: u64 = run.success.iter().sum();
            let ratio = |a: u64, b: f64| if b > 0.0 { Some(a as f64 / b) } else { None };
            let dash = || "–".to_owned();
            let mut row = vec![
                run.day.to_string(),
                percent(*share, 0),
                ratio(run.thumbs_down, n).map_or_else(dash, |x| format!("{:.2}", 1000.0 * x)),
                grouped(run.tickets as f64),
                ratio(run.csat_satisfied, run.csat_answers as f64).map_or_else(dash, |x| percent(x, 1)),
                usd(run.inference_usd),
                ratio(good, n).map_or_else(dash, |x| percent(x, 2)),
                percent(expected.baseline_quality, 2),
            ];
            row.extend((0..tiers.len()).map(|k| {
                let answered = run.answered.get(k).copied().unwrap_or(0) as f64;
                ratio(run.success.get(k).copied().unwrap_or(0), answered).map_or_else(dash, |x| percent(x, 2))
            }));
            row
        })
        .collect();
    out.push(table(&head, rows));
    out.push(String::new());
    out.push(match timeline.onset_day {
        Some(day) => format!(
            "Onset: from day {day} on, expected quality is at least {} points below launch assumptions.",
            100.0 * scenario.study.material_loss
        ),
        None => "No onset: expected quality never falls materially below launch assumptions.".to_owned(),
    });
    out.join("\n") + "\n"
}
