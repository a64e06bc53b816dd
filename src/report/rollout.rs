//! A rollout in a sentence and tables, as JSON, and as CSV.

use serde_json::{Value, json};

use super::csv::{cell, write};
use super::sentence::{fixed, gain, grouped, percent, points, usd};
use super::table::{Grid, table};
use crate::detection::study::Rate;
use crate::model::{Compared, Gate, Otherwise, Scenario};
use crate::rollout::power::{StepPower, Visible, is_blind};
use crate::rollout::{Gating, Outcome, Ungated};

fn policy_name<'s>(scenario: &'s Scenario, outcome: &Outcome) -> &'s str {
    scenario.policies.get(outcome.policy).map_or("", |policy| policy.name.as_str())
}

fn gate_of<'s>(scenario: &'s Scenario, outcome: &Outcome) -> Option<&'s Gate> {
    scenario.policies.get(outcome.policy)?.gate.as_ref()
}

/// Whether no signal of a step could have shown the break-even gap; `None` where there is no such gap.
pub(super) fn was_blind(outcome: &Outcome, step: &StepPower) -> Option<bool> {
    outcome.break_even_gap.map(|gap| is_blind(step.sharpest().map(|(_, smallest)| smallest), gap))
}

/// Things in words: "a", "a and b", "a, b and c".
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// Which steps were green for want of power, and what the gate does, in a sentence or two.
pub fn reading(scenario: &Scenario, outcome: &Outcome) -> String {
    let mut out = power_sentence(scenario, outcome);
    if let Some(sentence) = gate_sentence(scenario, outcome) {
        out.push(' ');
        out.push_str(&sentence);
    }
    out
}

fn power_sentence(scenario: &Scenario, outcome: &Outcome) -> String {
    let name = policy_name(scenario, outcome);
    let Some(break_even) = outcome.break_even_gap else {
        return format!(
            "{name}: failures cost nothing here, so no gap of quality is too wide; the table says what each step could have shown."
        );
    };
    let told = points(break_even, 2);
    if break_even <= 0.0 {
        return format!(
            "{name} saves nothing at launch (break-even gap {told}): the invoice shows that without any signal."
        );
    }
    // Where nobody is left to compare with, nothing is asked of a step.
    let steps: Vec<&StepPower> =
        outcome.steps.iter().filter(|s| s.step.routed > 0.0 && s.step.routed < 1.0 && s.step.days > 0).collect();
    let Some(first) = steps.first() else {
        return format!("{name}: no step leaves a routed arm and a rest to compare it with.");
    };
    let mut shown: Vec<(String, Vec<String>)> = Vec::new();
    let mut blind: Vec<String> = Vec::new();
    for (place, signal) in first.signals.iter().map(|v| v.compared.told()).enumerate() {
        let is_shown = |s: &&StepPower| s.signals.get(place).is_some_and(|v| !is_blind(v.smallest_gap, break_even));
        let seen: Vec<bool> = steps.iter().map(is_shown).collect();
        let Some(from) = seen.iter().position(|seen| *seen) else {
            blind.push(signal);
            continue;
        };
        let shares = steps.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(s, _)| percent(s.step.share, 0));
        let when = match (from, seen.iter().skip(from).all(|seen| *seen)) {
            (0, true) => "at every step".to_owned(),
            (from, true) if from + 1 < steps.len() => {
                format!("from {} on", steps.get(from).map(|s| percent(s.step.share, 0)).unwrap_or_default())
            }
            _ => format!("at {}", listed(&shares.collect::<Vec<_>>())),
        };
        match shown.iter_mut().find(|(same, _)| *same == when) {
            Some((_, signals)) => signals.push(signal),
            None => shown.push((when, vec![signal])),
        }
    }
    let mut parts: Vec<String> = shown.iter().map(|(when, signals)| format!("{when} in {}", listed(signals))).collect();
    let is_any = !parts.is_empty();
    if !blind.is_empty() {
        let of_those = if is_any { "where a team looked at these alone, " } else { "" };
        parts.push(format!("at no step in {}: {of_those}green was for want of power", listed(&blind)));
    }
    format!("{name} breaks even at a gap of {told}. Such a gap would have shown {}.", parts.join("; "))
}

fn gate_sentence(scenario: &Scenario, outcome: &Outcome) -> Option<String> {
    let gate = gate_of(scenario, outcome)?;
    let (margin, [launch, production]) = outcome.gate.as_ref()?;
    let full = |g: &Gating| percent(g.completed.rate, 0);
    let has_events = !scenario.events.is_empty();
    let completed = if has_events {
        format!("{} of runs at launch assumptions and {} in production", full(launch), full(production))
    } else {
        format!("{} of runs", full(launch))
    };
    let last = if has_events { (production, outcome.ungated[1]) } else { (launch, outcome.ungated[0]) };
    Some(format!(
        "The gate on {} (margin {}) lets {completed} through to the last step; it is worth {} USD against steps by the calendar{}.",
        gate.observes.told(),
        points(*margin, 2),
        gain(last.0.value_usd - last.1.value_usd),
        if has_events { " in production" } else { "" },
    ))
}

fn gap(outcome: &Outcome, visible: &Visible) -> String {
    let mark = match outcome.break_even_gap {
        Some(break_even) if is_blind(visible.smallest_gap, break_even) => " *",
        _ => "",
    };
    visible.smallest_gap.map_or_else(|| "–".to_owned(), |gap| format!("{}{mark}", fixed(100.0 * gap, 2)))
}

/// The signals that can be compared.
pub fn signals(outcome: &Outcome) -> Vec<Compared> {
    outcome.steps.first().map(|step| step.signals.iter().map(|v| v.compared).collect()).unwrap_or_default()
}

/// What the marks in the table of steps mean.
pub const STEPS_NOTE: &str = "Shown with a power of 80 % at a one-sided 5 %, by what has come in by the step's end; – cannot be shown; * wider than the break-even gap.";

/// What amounts of gates are.
pub const GATE_NOTE: &str =
    "Value and damage in USD over the horizon, against never leaving the baseline; damage is extra downstream cost.";

/// The table of steps: its head, and its rows.
pub fn steps(outcome: &Outcome) -> (Vec<String>, Vec<Vec<String>>) {
    let mut head = ["From day", "Share", "Days", "Requests routed"].map(str::to_owned).to_vec();
    head.extend(signals(outcome).iter().map(|signal| capital(&signal.told())));
    let rows = outcome.steps.iter().map(|step| {
        let mut row = vec![
            fixed(step.step.day, if step.step.day.fract() > 0.0 { 1 } else { 0 }),
            percent(step.step.share, 0),
            step.step.days.to_string(),
            grouped(step.requests),
        ];
        row.extend(step.signals.iter().map(|visible| gap(outcome, visible)));
        row
    });
    (head, rows.collect())
}

/// What a step comes to, in a few words.
pub fn verdict(outcome: &Outcome, step: &StepPower) -> String {
    if step.step.days == 0 {
        return "no whole day".to_owned();
    }
    if step.step.routed <= 0.0 {
        return "nothing routed".to_owned();
    }
    if step.step.routed >= 1.0 {
        // Pairs need no rest.
        let shows = step.signals.iter().any(|visible| visible.smallest_gap.is_some());
        return if shows { "no rest to compare with but pairs" } else { "no rest to compare with" }.to_owned();
    }
    let Some(break_even) = outcome.break_even_gap.filter(|gap| *gap > 0.0) else { return String::new() };
    let seen = step.signals.iter().filter(|v| !is_blind(v.smallest_gap, break_even)).count();
    match (seen, step.signals.len()) {
        (0, _) => "green for want of power".to_owned(),
        (seen, all) if seen == all => "every signal is sharp enough".to_owned(),
        (seen, all) => format!("{seen} of {all} signals are sharp enough"),
    }
}

/// A signal's name at the head of a column or a line.
pub fn signal_name(compared: Compared) -> String {
    capital(&compared.told())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What the gate comes to, a line each: what it is, what that means, and its value `[at launch, in production]`.
pub fn gate_lines(outcome: &Outcome) -> Option<Vec<(&'static str, &'static str, [String; 2])>> {
    let (_, worlds) = outcome.gate.as_ref()?;
    let of =
        |told: &dyn Fn(&Gating, &Ungated) -> String| [0, 1].map(|world| told(&worlds[world], &outcome.ungated[world]));
    Some(vec![
        ("Full rollout", "Share of the runs that come to the last step.", of(&|g, _| percent(g.completed.rate, 0))),
        ("Stopped", "Share of the runs that are taken back to the baseline, by step.", of(&|g, _| stopped(outcome, g))),
        (
            "Still waiting",
            "Share of the runs in which the horizon comes before the last step.",
            of(&|g, _| percent(g.unfinished.rate, 0)),
        ),
        (
            "Days to full rollout",
            "Median days from the first step to the last; not reached: less than half of the runs come there.",
            of(&|g, _| days_to_full(g)),
        ),
        (
            "Value with the gate, USD",
            "Saved in inference less what follows from it, over the horizon, against never leaving the baseline: the mean of the runs.",
            of(&|g, _| usd(g.value_usd)),
        ),
        ("Value without it, USD", "The same steps by the calendar, whatever they show.", of(&|_, u| usd(u.value_usd))),
        (
            "What the gate is worth, USD",
            "The difference of the two: what it saves by stopping or waiting less what it loses by that.",
            of(&|g, u| gain(g.value_usd - u.value_usd)),
        ),
        (
            "Damage with the gate, USD",
            "Extra tickets, departures and incidents over the horizon: the mean of the runs.",
            of(&|g, _| usd(g.damage_usd)),
        ),
        (
            "Damage without it, USD",
            "The same steps by the calendar, whatever they show.",
            of(&|_, u| usd(u.damage_usd)),
        ),
    ])
}

fn stopped(outcome: &Outcome, gating: &Gating) -> String {
    let stopped = gating.stopped_at.iter().zip(&outcome.steps).filter(|(rate, _)| rate.rate > 0.0);
    let stopped: Vec<String> =
        stopped.map(|(rate, step)| format!("{} at {}", percent(rate.rate, 0), percent(step.step.share, 0))).collect();
    if stopped.is_empty() { "none".to_owned() } else { stopped.join(", ") }
}

fn days_to_full(gating: &Gating) -> String {
    gating.days_to_full.map_or_else(|| "not reached".to_owned(), |days| fixed(days, 0))
}

/// The table of what gates do.
fn gating(outcome: &Outcome) -> Option<Grid> {
    let (_, worlds) = outcome.gate.as_ref()?;
    let row = |(name, (g, ungated)): (&str, (&Gating, &Ungated))| {
        vec![
            name.to_owned(),
            percent(g.completed.rate, 0),
            stopped(outcome, g),
            percent(g.unfinished.rate, 0),
            days_to_full(g),
            usd(g.value_usd),
            usd(ungated.value_usd),
            usd(g.damage_usd),
            usd(ungated.damage_usd),
        ]
    };
    let names = ["Launch", "Production"];
    let rows = names.into_iter().zip(worlds.iter().zip(&outcome.ungated)).map(row).collect();
    let head = &[
        "World",
        "Full rollout",
        "Stopped",
        "Unfinished",
        "Days to full",
        "Value",
        "Without a gate",
        "Damage",
        "Without a gate",
    ];
    Some(Grid { head, rows })
}

/// What the gate is like, in a line, once it has run.
pub fn gate_told(scenario: &Scenario, outcome: &Outcome) -> Option<String> {
    let (margin, worlds) = outcome.gate.as_ref()?;
    Some(gate_line(gate_of(scenario, outcome)?, *margin, worlds[0].completed.runs))
}

/// What a gate is like, in a line.
fn gate_line(gate: &Gate, margin: f64, runs: usize) -> String {
    format!(
        "Gate on {}: goes on below {} at level {}, stops above at level {}, waits at most {} days, then {}. {} runs of each world.",
        gate.observes.told(),
        points(margin, 2),
        percent(gate.alpha, 1),
        percent(gate.beta, 1),
        gate.longest_days,
        match gate.otherwise {
            Otherwise::Stop => "stops",
            Otherwise::GoOn => "goes on",
        },
        grouped(runs as f64),
    )
}

/// For people: the answer first.
pub fn text(scenario: &Scenario, outcome: &Outcome) -> String {
    let mut out = vec![reading(scenario, outcome), String::new()];
    let gap = |gap: Option<f64>| gap.map_or_else(|| "none".to_owned(), |gap| points(gap, 2));
    out.push(format!(
        "{}: \"{}\", the smallest gap of quality, in points, that each step would have shown",
        scenario.name,
        policy_name(scenario, outcome)
    ));
    out.push(format!("Break-even gap {}, gap at launch {}", gap(outcome.break_even_gap), gap(Some(outcome.gap))));
    out.push(String::new());
    let (head, rows) = steps(outcome);
    out.push(table(&head.iter().map(String::as_str).collect::<Vec<_>>(), rows));
    out.push(STEPS_NOTE.to_owned());
    if let (Some(gate), Some((margin, worlds)), Some(grid)) =
        (gate_of(scenario, outcome), &outcome.gate, gating(outcome))
    {
        out.push(String::new());
        out.push(gate_line(gate, *margin, worlds[0].completed.runs));
        out.push(grid.text());
        out.push(GATE_NOTE.to_owned());
    }
    out.push(String::new());
    out.join("\n")
}

fn rate(rate: &Rate) -> Value {
    json!({ "rate": rate.rate, "interval": rate.interval })
}

/// For scripts.
pub fn json(scenario: &Scenario, outcome: &Outcome) -> Value {
    let in_points = |gap: Option<f64>| gap.map(|gap| 100.0 * gap);
    let steps: Vec<Value> = outcome
        .steps
        .iter()
        .map(|step| {
            let signals = step.signals.iter().map(|visible| {
                json!({
                    "signal": visible.compared.word(),
                    "smallest_gap_points": in_points(visible.smallest_gap),
                    "observations": { "routed": visible.observations[0], "rest": visible.observations[1] },
                    "green_for_want_of_power": outcome.break_even_gap.map(|gap| is_blind(visible.smallest_gap, gap)),
                })
            });
            json!({
                "day": step.step.day,
                "share": step.step.share,
                "days": step.step.days,
                "requests": step.requests,
                "green_for_want_of_power": was_blind(outcome, step),
                "signals": signals.collect::<Vec<_>>(),
            })
        })
        .collect();
    let world = |g: &Gating| {
        json!({
            "completed": rate(&g.completed),
            "stopped_at_step": g.stopped_at.iter().map(rate).collect::<Vec<_>>(),
            "unfinished": rate(&g.unfinished),
            "days_to_full": g.days_to_full,
            "value_usd": g.value_usd,
            "value_se_usd": g.value_se_usd,
            "value_p5_usd": g.value_range_usd[0],
            "value_p95_usd": g.value_range_usd[1],
            "damage_usd": g.damage_usd,
        })
    };
    let [launch, production] = outcome.ungated.map(|u| json!({ "value_usd": u.value_usd, "damage_usd": u.damage_usd }));
    json!({
        "scenario": scenario.name,
        "policy": policy_name(scenario, outcome),
        "gap_points": 100.0 * outcome.gap,
        "break_even_gap_points": in_points(outcome.break_even_gap),
        "reading": reading(scenario, outcome),
        "steps": steps,
        "without_gate": { "launch": launch, "production": production },
        "gate": outcome.gate.as_ref().map(|(margin, [launch, production])| json!({
            "margin_points": 100.0 * margin,
            "replicates": launch.completed.runs,
            "launch": world(launch),
            "production": world(production),
        })),
    })
}

/// One row a step and signal, for spreadsheets.
pub fn csv(outcome: &Outcome) -> String {
    let head = [
        "step",
        "day",
        "share",
        "days",
        "requests",
        "signal",
        "observations_routed",
        "observations_rest",
        "smallest_gap_points",
        "break_even_gap_points",
        "green_for_want_of_power",
        "stopped_launch",
        "stopped_production",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (number, step) in outcome.steps.iter().enumerate() {
        let stopped = [0, 1].map(|world| {
            let (_, worlds) = outcome.gate.as_ref()?;
            worlds.get(world)?.stopped_at.get(number).map(|rate| rate.rate)
        });
        for visible in &step.signals {
            let blind = outcome.break_even_gap.map(|gap| is_blind(visible.smallest_gap, gap));
            rows.push(vec![
                (number + 1).to_string(),
                step.step.day.to_string(),
                step.step.share.to_string(),
                step.step.days.to_string(),
                step.requests.to_string(),
                visible.compared.word().to_owned(),
                visible.observations[0].to_string(),
                visible.observations[1].to_string(),
                cell(visible.smallest_gap.map(|gap| 100.0 * gap)),
                cell(outcome.break_even_gap.map(|gap| 100.0 * gap)),
                blind.map(|blind| blind.to_string()).unwrap_or_default(),
                cell(stopped[0]),
                cell(stopped[1]),
            ]);
        }
    }
    write(rows)
}
