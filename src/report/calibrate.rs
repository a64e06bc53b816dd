//! A calibration in a sentence and tables, as JSON, and as CSV.

use serde_json::{Value, json};

use super::csv::{cell, write};
use super::sentence::{counted, fixed, grouped, percent, usd};
use super::table::table;
use crate::calibrate::{Aim, Moved, Outcome};
use crate::entry::written;
use crate::model::{Figure, Known, Scenario};

/// A value of a figure as people read it.
pub fn value(figure: Figure, x: f64) -> String {
    match figure {
        _ if !x.is_finite() => "–".to_owned(),
        _ if figure.is_share() => format!("{} %", fixed(100.0 * x, 2)),
        Figure::MonthlyInferenceUsd => format!("{} USD", grouped(x.round())),
        Figure::RequestUsd => format!("{} USD", if x >= 1.0 { usd(x) } else { fixed(x, 5) }),
        Figure::LatencyP95Ms => format!("{} ms", grouped(x.round())),
        _ => fixed(x, 3),
    }
}

/// A value that may not be defined.
pub fn value_or_dash(figure: Figure, x: Option<f64>) -> String {
    x.map_or_else(|| "–".to_owned(), |x| value(figure, x))
}

/// A range of a figure, or its one value.
pub fn range(figure: Figure, (low, high): (f64, f64)) -> String {
    if low < high { format!("{} to {}", value(figure, low), value(figure, high)) } else { value(figure, low) }
}

/// A number of the scenario with as many digits as tell it from others.
pub fn number(x: f64) -> String {
    let digits = if x == 0.0 || !x.is_finite() { 0 } else { (5 - x.abs().log10().floor() as i32).clamp(0, 9) };
    let shown = format!("{x:.*}", digits as usize);
    let short = shown.parse().map_or(shown, written);
    short.replace('-', "−")
}

/// Names of things: "a", "a and b", "a, b and c".
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

fn known(scenario: &Scenario, index: usize) -> Option<&Known> {
    scenario.known.get(index)
}

/// What a known figure is: "monthly bill of "All capable"".
pub fn name(known: &Known) -> String {
    format!("{} of {}", known.figure.told(), known.of())
}

/// Numbers that have moved.
pub fn moved(outcome: &Outcome) -> Vec<&Moved> {
    outcome.free.iter().filter(|moved| moved.before != moved.after).collect()
}

/// What came of it, in a sentence or two.
pub fn reading(outcome: &Outcome) -> String {
    let all = outcome.aims.len();
    let met = outcome.aims.iter().filter(|aim| aim.is_met).count();
    let moved = moved(outcome).len() as u64;
    let numbers = match moved {
        0 => "no number had to move".to_owned(),
        1 => "one number has moved".to_owned(),
        n => format!("{} have moved", counted(n, "number")),
    };
    let figures = counted(all as u64, "known figure");
    let verdict = match (met, all) {
        (met, all) if met == all => {
            format!("The scenario reproduces {} {figures}", if all == 1 { "its" } else { "all" })
        }
        (0, _) => format!("The scenario reproduces none of its {figures}"),
        (met, _) => format!("The scenario reproduces {met} of {figures}"),
    };
    let open = match outcome.undetermined.len() as u64 {
        0 => String::new(),
        1 => " One free number is not determined by them.".to_owned(),
        n => format!(" {} are not determined by them.", counted(n, "free number")),
    };
    format!("{verdict}; {numbers}.{open}")
}

/// What nobody would believe of a scenario whose numbers were moved: what failures do more rarely than good answers.
pub fn odd(scenario: &Scenario) -> Vec<String> {
    let (e, thumbs) = (&scenario.economics, scenario.feedback.thumbs_down);
    let pairs = [
        ("a thumbs-down", thumbs.failed, thumbs.ok),
        ("a ticket", e.ticket.failed, e.ticket.ok),
        ("the loss of the customer", e.churn.failed, e.churn.ok),
        ("an incident", e.incident.failed, e.incident.ok),
    ];
    let odd = pairs.into_iter().filter(|(_, failed, ok)| ok > failed);
    odd.map(|(what, failed, ok)| {
        format!(
            "A good answer now leads to {what} more often ({}) than a wrong one ({}): hardly so. Look at the known figures again.",
            percent(ok, 2),
            percent(failed, 2)
        )
    })
    .collect()
}

/// Why a figure is not met; `None` where it is.
pub fn why(scenario: &Scenario, outcome: &Outcome, index: usize) -> Option<String> {
    let (aim, known) = (outcome.aims.get(index)?, known(scenario, index)?);
    if let Some(note) = &aim.note {
        return (!aim.is_met).then(|| note.clone());
    }
    if aim.is_met {
        return None;
    }
    let (low, high) = aim.reachable?;
    let told = range(known.figure, (low, high));
    if !aim.is_reachable() {
        return Some(format!("with its free numbers anywhere in their ranges it lies within {told}"));
    }
    let rivals: Vec<String> = aim.rivals.iter().filter_map(|other| self::known(scenario, *other)).map(name).collect();
    Some(if rivals.is_empty() {
        format!("it can lie within {told}, but the search from here did not get there")
    } else {
        format!("alone it can lie within {told}, but the same numbers are moved for the {}", listed(&rivals))
    })
}

/// What to do about numbers that the figures leave open.
pub fn open(outcome: &Outcome) -> Option<String> {
    let keys: Vec<String> =
        outcome.undetermined.iter().filter_map(|i| outcome.free.get(*i)).map(|moved| moved.key.clone()).collect();
    (!keys.is_empty()).then(|| {
        format!(
            "Not determined by the figures, so that other values serve as well: {}. Another known figure would pin them down, or a range says \
             what they can be.",
            keys.join(", ")
        )
    })
}

/// For people: the answer first, then figures and numbers.
pub fn text(scenario: &Scenario, outcome: &Outcome) -> String {
    let mut parts = vec![reading(outcome)];
    let rows = outcome.aims.iter().zip(&scenario.known).map(|(aim, known)| {
        let figure = known.figure;
        vec![
            name(known),
            range(figure, aim.wanted),
            value_or_dash(figure, aim.before),
            value_or_dash(figure, aim.after),
            if aim.is_met { "yes" } else { "no" }.to_owned(),
            aim.reachable.map_or_else(|| "–".to_owned(), |reachable| range(figure, reachable)),
        ]
    });
    parts.push(table(&["Known figure", "Wanted", "Before", "After", "Met", "Can be"], rows.collect()));
    let not_met: Vec<String> = (0..outcome.aims.len())
        .filter_map(|i| Some(format!("Not met: {}: {}.", name(known(scenario, i)?), why(scenario, outcome, i)?)))
        .collect();
    parts.push(not_met.join("\n"));
    if !outcome.free.is_empty() {
        let rows = outcome.free.iter().map(|moved| {
            let after = if moved.before == moved.after { "as it was".to_owned() } else { number(moved.after) };
            vec![moved.key.clone(), number(moved.before), after]
        });
        parts.push(table(&["Free number", "Before", "After"], rows.collect()));
    }
    parts.extend(open(outcome));
    let mut moved = scenario.clone();
    outcome.apply(&mut moved);
    parts.extend(odd(&moved));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// For scripts.
pub fn json(scenario: &Scenario, outcome: &Outcome) -> Value {
    let aim = |(index, (aim, known)): (usize, (&Aim, &Known))| {
        json!({
            "figure": known.figure.word(),
            "of": {
                "policy": known.policy,
                "tier": known.tier,
                "segment": known.segment,
                "when": known.when.word(),
            },
            "wanted": [aim.wanted.0, aim.wanted.1],
            "before": aim.before,
            "after": aim.after,
            "is_met": aim.is_met,
            "reachable": aim.reachable.map(|(low, high)| [low, high]),
            "why_not": why(scenario, outcome, index),
        })
    };
    let undetermined: Vec<&str> =
        outcome.undetermined.iter().filter_map(|i| outcome.free.get(*i)).map(|moved| moved.key.as_str()).collect();
    json!({
        "scenario": scenario.name,
        "known": outcome.aims.iter().zip(&scenario.known).enumerate().map(aim).collect::<Vec<_>>(),
        "free": outcome.free.iter().map(|moved| json!({
            "key": moved.key,
            "before": moved.before,
            "after": moved.after,
        })).collect::<Vec<_>>(),
        "undetermined": undetermined,
    })
}

/// For spreadsheets: figures and numbers in one table.
pub fn csv(scenario: &Scenario, outcome: &Outcome) -> String {
    let head = [
        "what",
        "figure_or_key",
        "policy",
        "tier",
        "segment",
        "when",
        "wanted_low",
        "wanted_high",
        "before",
        "after",
        "met",
        "reachable_low",
        "reachable_high",
        "undetermined",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let text = |x: &Option<String>| x.clone().unwrap_or_default();
    for (aim, known) in outcome.aims.iter().zip(&scenario.known) {
        rows.push(vec![
            "known".to_owned(),
            known.figure.word().to_owned(),
            text(&known.policy),
            text(&known.tier),
            text(&known.segment),
            known.when.word().to_owned(),
            cell(Some(aim.wanted.0)),
            cell(Some(aim.wanted.1)),
            cell(aim.before),
            cell(aim.after),
            aim.is_met.to_string(),
            cell(aim.reachable.map(|range| range.0)),
            cell(aim.reachable.map(|range| range.1)),
            String::new(),
        ]);
    }
    for (index, moved) in outcome.free.iter().enumerate() {
        let mut row = vec![String::new(); head.len()];
        let cells = [
            (0, "free".to_owned()),
            (1, moved.key.clone()),
            (8, cell(Some(moved.before))),
            (9, cell(Some(moved.after))),
            (13, outcome.undetermined.contains(&index).to_string()),
        ];
        for (place, cell) in cells {
            if let Some(at) = row.get_mut(place) {
                *at = cell;
            }
        }
        rows.push(row);
    }
    write(rows)
}
