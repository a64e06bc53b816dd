//! What the ranges do to the answer: in sentences, tables, JSON and CSV.

use serde_json::{Value, json};

use super::csv::write;
use super::sentence::{change, fixed, gain, grouped, percent, signed, usd};
use super::table::{Grid, table};
use crate::entry::{self, List, written};
use crate::jobs::{Learning, Uncertain};
use crate::model::Scenario;
use crate::model::address::{self, Address, Key};
use crate::plain;
use crate::uncertainty::inputs::Input;
use crate::uncertainty::outcome::Output;
use crate::uncertainty::replicated::Estimate;
use crate::uncertainty::sample::SCRAMBLES;
use crate::uncertainty::summary::{PolicySummary, QUANTILES, Spread};

/// A number of the scenario as people call it: "what a lost customer costs", "the router's noise of Classifier".
pub fn name(scenario: &Scenario, address: Address) -> String {
    let path = address::path(scenario, address);
    let Some(entry) = address::entry_of(scenario, address.target) else { return path };
    let Some(key) = entry::find(entry, address.key.name()) else { return path };
    let label = match (address.key, key.drag) {
        (Key::Named(_), _) if !key.plain.is_empty() => key.plain.to_owned(),
        (Key::Named(_), Some(drag)) => format!("the {}", lower(drag.label)),
        (Key::At("skill", place), _) => {
            format!("the skill on {}", scenario.segments.get(place).map_or("a segment", |s| s.name.as_str()))
        }
        (Key::At(name, place), _) => format!("{} {}", entry::spoken(name), place + 1),
        _ => path.clone(),
    };
    match address.target.entry() {
        None => label,
        Some((List::Events, index)) => {
            let kind = scenario.events.get(index).map(|event| event.kind.told()).unwrap_or_default();
            format!(
                "{label} of the event \"{}\" on day {}",
                lower(&kind),
                scenario.events.get(index).map_or(0.0, |e| e.day)
            )
        }
        Some((list, index)) => {
            format!("{label} of {}", scenario.names(list).into_iter().nth(index).unwrap_or_default())
        }
    }
}

fn lower(text: &str) -> String {
    // An abbreviation stays as it is.
    if text.chars().nth(1).is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A value of an input with its unit; shares in per cent.
pub fn amount(input: &Input, value: f64) -> String {
    let limits = input.marginal.limits();
    if !value.is_finite() {
        return "–".to_owned();
    }
    if limits.unit.is_empty() && limits.max <= 1.0 {
        let text = fixed(100.0 * value, decimals(100.0 * value));
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        return format!("{text} %");
    }
    let number = if value.abs() >= 1000.0 { grouped(value) } else { plain(value) };
    if limits.unit.is_empty() { number } else { format!("{number} {}", limits.unit) }
}

/// A chance, near its ends with a digit more: 0.3 % is not never.
fn chance(share: f64) -> String {
    let is_near_an_end = share.min(1.0 - share) > 0.0 && share.min(1.0 - share) < 0.01;
    percent(share, usize::from(is_near_an_end))
}

/// Three figures that count.
fn decimals(value: f64) -> usize {
    match value.abs() {
        x if x >= 100.0 => 0,
        x if x >= 10.0 => 1,
        x if x >= 1.0 => 2,
        x if x >= 0.1 => 3,
        _ => 4,
    }
}

fn plain(value: f64) -> String {
    let rounded = 10_f64.powi(decimals(value) as i32);
    written((value * rounded).round() / rounded).replace('-', "−")
}

/// A value of an output.
pub fn figure(output: Output, value: f64) -> String {
    match output {
        _ if !value.is_finite() => "–".to_owned(),
        Output::InferenceUsdPer1k => usd(value),
        Output::Quality => percent(value, 2),
        Output::TotalChange => change(value),
        Output::TrapRatio => fixed(value, 2),
        Output::UsdPerMonth => usd(value),
    }
}

fn policy_name(scenario: &Scenario, policy: usize) -> &str {
    scenario.policies.get(policy).map_or("", |policy| policy.name.as_str())
}

/// A chance below this is told as hardly any.
const RARELY: f64 = 0.02;

/// The summary of the policy whose output is taken apart.
fn own(found: &Uncertain) -> Option<&PolicySummary> {
    found.summaries.iter().find(|summary| summary.policy == found.policy)
}

/// The policies that can be chosen, the one of least expected loss first.
fn by_loss(found: &Uncertain) -> Vec<&PolicySummary> {
    let mut choices: Vec<&PolicySummary> =
        found.summaries.iter().filter(|s| s.expected_loss_usd_per_month.is_some()).collect();
    let loss = |s: &PolicySummary| s.expected_loss_usd_per_month.map_or(f64::INFINITY, |loss| loss.value);
    choices.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
    choices
}

/// The input that the output hangs on most: by its total index, or before there are any by the length of its bar.
pub fn driver(found: &Uncertain) -> Option<usize> {
    let weight = |place: usize| match &found.indices {
        Some(indices) => indices.get(place).map_or(f64::NAN, |index| index.total.value),
        None => found.bars.get(place).map_or(f64::NAN, |bar| (bar.high - bar.low).abs()),
    };
    let places = (0..found.inputs.inputs.len()).filter(|place| weight(*place) > 0.0);
    places.max_by(|a, b| weight(*a).total_cmp(&weight(*b)))
}

/// What it all comes to: what the answer hangs on, how sure it is, and what to measure first.
pub fn reading(scenario: &Scenario, found: &Uncertain) -> Vec<String> {
    let mut out = Vec::new();
    let name_of = |place: usize| found.inputs.inputs.get(place).map(|input| (input, name(scenario, input.address)));
    let who = policy_name(scenario, found.policy);
    if let Some((place, (input, called))) = driver(found).and_then(|place| Some((place, name_of(place)?))) {
        let is_money = matches!(found.output, Output::TotalChange | Output::UsdPerMonth);
        let what = match own(found).map(|own| own.saves.value) {
            _ if !is_money => format!("The {} of {who}", found.output.told()),
            // What hardly ever happens does not hang on anything.
            Some(saves) if saves < RARELY => format!("{who} loses money almost wherever the numbers lie. How much"),
            Some(saves) if saves > 1.0 - RARELY => {
                format!("{who} saves money almost wherever the numbers lie. How much")
            }
            _ => format!("Whether {who} saves money"),
        };
        let turn = found.break_even.get(place).copied().flatten();
        // By the figure that people know, too.
        let figure = plain::reading(scenario, input.address);
        let read = |value: f64| match &figure {
            Some(reading) if reading.unit.is_empty() => {
                format!("{} ({}: {})", amount(input, value), lower(&reading.label), percent(reading.at(value), 1))
            }
            Some(reading) if reading.unit != input.marginal.limits().unit => {
                format!(
                    "{} ({}: {} {})",
                    amount(input, value),
                    lower(&reading.label),
                    fixed(reading.at(value), 1),
                    reading.unit
                )
            }
            _ => amount(input, value),
        };
        let turn =
            turn.filter(|_| is_money).map_or_else(String::new, |value| format!(", break-even at {}", read(value)));
        out.push(format!("{what} hangs mostly on {called}: {} in your file{turn}.", read(input.now)));
    }
    if let (Some(own), Some(best)) = (own(found), by_loss(found).first()) {
        let sure = if own.policy == found.policies.told.get(found.policies.baseline).copied().unwrap_or(usize::MAX) {
            String::new()
        } else {
            format!(
                "Within these ranges {who} saves money with a chance of {} and is in the trap with {}. ",
                chance(own.saves.value),
                chance(own.in_trap.value)
            )
        };
        let is_best = best.is_best.map_or(0.0, |chance| chance.value);
        let loss = best.expected_loss_usd_per_month.map_or(0.0, |loss| loss.value);
        out.push(format!(
            "{sure}Of the policies as they are set, {} is the choice of least expected loss: it is best with a chance of {}, and costs {} USD a month more than the best would on average.",
            policy_name(scenario, best.policy),
            chance(is_best),
            usd(loss)
        ));
    }
    if let Some(all) = found.perfect {
        let most = alone(found).max_by(|a, b| a.perfect.value.total_cmp(&b.perfect.value));
        let worth = |x: f64| x >= 0.5;
        let named = most.filter(|most| worth(most.perfect.value)).and_then(|most| {
            let (_, called) = name_of(*most.inputs.first()?)?;
            Some(format!(
                "Measure {called} first: knowing it exactly would be worth {} USD a month; knowing everything, {}.",
                usd(most.perfect.value),
                usd(all.value)
            ))
        });
        out.push(named.unwrap_or_else(|| {
            match worth(all.value) {
                true => format!(
                    "No number alone would change the choice; knowing them all would be worth {} USD a month.",
                    usd(all.value)
                ),
                false => {
                    "Nothing is worth measuring for this choice: the same policy is best wherever the numbers lie."
                        .to_owned()
                }
            }
        }));
    }
    out
}

/// What single inputs are worth knowing.
fn alone(found: &Uncertain) -> impl Iterator<Item = &Learning> {
    found.learning.iter().filter(|learning| learning.inputs.len() == 1)
}

/// What there is to know beside the tables.
pub fn notes(scenario: &Scenario, found: &Uncertain) -> Vec<String> {
    let mut notes = Vec::new();
    if found.points[1] < found.points[0] {
        notes.push(format!(
            "{} of {} points so far.",
            grouped(found.points[1] as f64),
            grouped(found.points[0] as f64)
        ));
    }
    for policy in &found.policies.left_out {
        notes.push(format!(
            "{} is left out: it learns or steers as it goes, and only simulation tells what it does.",
            policy_name(scenario, *policy)
        ));
    }
    for input in &found.inputs.inputs {
        let cut: f64 = input.marginal.cut().iter().sum();
        if cut > 5e-4 {
            notes.push(format!(
                "{} % of the {} range of {} lie beyond what the key allows and count as its limit.",
                fixed(100.0 * cut, 1),
                input.marginal.told(),
                input.key
            ));
        }
    }
    if let Some((count, why)) = &found.refused {
        notes.push(format!("{count} points are left out, because the scenario means nothing there: {why}."));
    }
    if !found.inputs.copula.is_independent() {
        notes.push(
            "Some inputs are correlated: the variance is then no sum of parts, and no indices are given. What knowing an input is worth \
             holds all the same."
                .to_owned(),
        );
    }
    notes
}

/// The head of the table of policies.
pub const POLICIES_HEAD: [&str; 8] =
    ["Policy", "Total against baseline", "5 to 95 %", "Quality", "Saves", "In the trap", "Best", "Expected loss"];

/// The rows of the table of policies.
pub fn policy_rows(scenario: &Scenario, found: &Uncertain) -> Vec<Vec<String>> {
    let stage = usize::from(found.production);
    let row = |summary: &PolicySummary| {
        let spread = |output: Output| summary.spreads[stage].get(output as usize);
        let at = |output, which: usize| spread(output).map_or(f64::NAN, |spread| spread.quantiles[which].value);
        let rate = |rate: Option<Estimate>| rate.map_or_else(|| "–".to_owned(), told_rate);
        let total = |which| figure(Output::TotalChange, at(Output::TotalChange, which));
        vec![
            policy_name(scenario, summary.policy).to_owned(),
            total(2),
            format!("{} … {}", total(0), total(4)),
            format!(
                "{} … {}",
                figure(Output::Quality, at(Output::Quality, 0)),
                figure(Output::Quality, at(Output::Quality, 4))
            ),
            rate(Some(summary.saves)),
            rate(Some(summary.in_trap)),
            rate(summary.is_best),
            summary.expected_loss_usd_per_month.map_or_else(|| "–".to_owned(), money),
        ]
    };
    found.summaries.iter().map(row).collect()
}

/// A chance with its error, where that shows.
fn told_rate(rate: Estimate) -> String {
    match rate.se {
        se if se >= 0.0005 => format!("{} ± {}", percent(rate.value, 1), fixed(100.0 * se, 1)),
        _ => percent(rate.value, 1),
    }
}

/// An amount with its error; less than half a dollar a month is none.
fn money(amount: Estimate) -> String {
    if amount.value.abs() < 0.5 && amount.se < 5.0 {
        return "0".to_owned();
    }
    match amount.se {
        se if se >= 0.005 * amount.value.abs().max(1.0) => format!("{} ± {}", usd(amount.value), usd(se)),
        _ => usd(amount.value),
    }
}

/// The head of the table of inputs.
pub const INPUTS_HEAD: [&str; 9] =
    ["Input", "In the file", "5 %", "95 %", "At 5 %", "At 95 %", "First, total index", "Worth knowing", "Break-even"];

/// Places of the inputs, the longest bar first.
pub fn by_length(found: &Uncertain) -> Vec<usize> {
    let length = |place: &usize| found.bars.get(*place).map_or(0.0, |bar| (bar.high - bar.low).abs());
    let mut order: Vec<usize> = (0..found.inputs.inputs.len()).collect();
    order.sort_by(|a, b| length(b).total_cmp(&length(a)));
    order
}

/// The rows of the table of inputs, the longest bar first.
pub fn input_rows(scenario: &Scenario, found: &Uncertain) -> Vec<Vec<String>> {
    let row = |(place, input): (usize, &Input)| {
        let end = |p: f64| amount(input, input.marginal.quantile(p));
        let bar = found.bars.get(place);
        let index = found.indices.as_ref().and_then(|indices| indices.get(place));
        let learning = alone(found).find(|learning| learning.inputs == [place]);
        vec![
            name(scenario, input.address),
            amount(input, input.now),
            end(0.05),
            end(0.95),
            figure(found.output, bar.map_or(f64::NAN, |bar| bar.low)),
            figure(found.output, bar.map_or(f64::NAN, |bar| bar.high)),
            index.map_or_else(
                || "–".to_owned(),
                |i| format!("{}, {}", fixed(i.first.value, 2), fixed(i.total.value, 2)),
            ),
            learning.map_or_else(|| "–".to_owned(), |learning| money(learning.perfect)),
            found.break_even.get(place).copied().flatten().map_or_else(|| "–".to_owned(), |value| amount(input, value)),
        ]
    };
    let inputs = by_length(found).into_iter().filter_map(|place| Some((place, found.inputs.inputs.get(place)?)));
    inputs.map(row).collect()
}

/// What the columns of the tables are.
pub fn tables_note(scenario: &Scenario, found: &Uncertain) -> String {
    let stage = if found.production { "in production" } else { "at launch" };
    format!(
        "Totals and quality {stage}, the middle and 5 to 95 % over {} points. Best: least total cost in production; expected loss: its total less the \
         least, USD a month. At 5 % and at 95 %: {} of {}, all other inputs at their middles ({} where all are). Indices: share of its variance. \
         Worth knowing: USD a month, by spline regression; too high by chance where nothing hangs on the input. ± one standard error.",
        grouped(found.points[1] as f64),
        found.output.told(),
        policy_name(scenario, found.policy),
        figure(found.output, found.at_middles),
    )
}

/// Everything for a terminal.
pub fn text(scenario: &Scenario, found: &Uncertain) -> String {
    let mut out = reading(scenario, found).join("\n");
    out.push_str("\n\n");
    out.push_str(&table(&POLICIES_HEAD, policy_rows(scenario, found)));
    out.push_str("\n\n");
    out.push_str(&Grid { head: &INPUTS_HEAD, rows: input_rows(scenario, found) }.text());
    let groups: Vec<Vec<String>> = found
        .learning
        .iter()
        .filter(|learning| learning.inputs.len() > 1)
        .map(|learning| vec![names(scenario, found, &learning.inputs), money(learning.perfect)])
        .collect();
    if !groups.is_empty() {
        out.push_str("\n\n");
        out.push_str(&table(&["Known together", "Worth, USD a month"], groups));
    }
    if let Some(rows) = sample_rows(scenario, found) {
        out.push_str("\n\n");
        let head: Vec<&str> = rows.0.iter().map(String::as_str).collect();
        out.push_str(&table(&head, rows.1));
    }
    out.push_str("\n\n");
    out.push_str(&tables_note(scenario, found));
    for note in notes(scenario, found) {
        out.push('\n');
        out.push_str(&note);
    }
    out.push('\n');
    out
}

fn names(scenario: &Scenario, found: &Uncertain, inputs: &[usize]) -> String {
    let named = inputs.iter().filter_map(|place| found.inputs.inputs.get(*place));
    named.map(|input| name(scenario, input.address)).collect::<Vec<_>>().join(" + ")
}

/// What samples of labels are worth: the head and the rows, where an input is a rate.
pub fn sample_rows(scenario: &Scenario, found: &Uncertain) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    // Of what is worth nothing exactly known no sample is worth anything.
    let is_worth = |learning: &&Learning| !learning.samples.is_empty() && learning.perfect.value >= 0.5;
    let rates: Vec<&Learning> = found.learning.iter().filter(is_worth).collect();
    let sizes = rates.first()?.samples.iter().map(|(labels, _)| format!("{} labels", grouped(f64::from(*labels))));
    let head = std::iter::once("A sample is worth, USD a month".to_owned()).chain(sizes).collect();
    let row = |learning: &&Learning| {
        let amounts = learning.samples.iter().map(|(_, worth)| money(*worth));
        std::iter::once(names(scenario, found, &learning.inputs)).chain(amounts).collect()
    };
    Some((head, rates.iter().map(row).collect()))
}

fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { Value::Null }
}

fn spread_json(spread: &Spread) -> Value {
    let mut out = serde_json::Map::new();
    for (p, quantile) in QUANTILES.iter().zip(spread.quantiles) {
        out.insert(format!("p{}", (100.0 * p).round()), number(quantile.value));
    }
    out.insert("mean".to_owned(), number(spread.mean.value));
    let errors: Vec<Value> = spread.quantiles.iter().map(|quantile| number(quantile.se)).collect();
    out.insert("mean_se".to_owned(), number(spread.mean.se));
    out.insert("quantiles_se".to_owned(), json!(errors));
    out.insert("defined".to_owned(), number(spread.defined));
    Value::Object(out)
}

/// Everything, as other programs read it.
pub fn json(scenario: &Scenario, found: &Uncertain) -> Value {
    let key = |place: &usize| found.inputs.inputs.get(*place).map_or("", |input| input.key.as_str());
    let keys = |places: &[usize]| places.iter().map(|place| key(place).to_owned()).collect::<Vec<String>>();
    let interval = |estimate: Estimate| estimate.interval(SCRAMBLES).map(number);
    let stage = usize::from(found.production);
    let rate = |rate: Option<Estimate>| rate.map_or(Value::Null, |rate| number(rate.value));
    let error = |rate: Option<Estimate>| rate.map_or(Value::Null, |rate| number(rate.se));
    let policies: Vec<Value> = found
        .summaries
        .iter()
        .map(|summary| {
            let of = |output: Output| summary.spreads[stage].get(output as usize).map_or(Value::Null, spread_json);
            let launch = |output: Output| summary.spreads[0].get(output as usize).map_or(Value::Null, spread_json);
            json!({
                "policy": policy_name(scenario, summary.policy),
                "inference_usd_per_1k": of(Output::InferenceUsdPer1k),
                "quality": of(Output::Quality),
                "total_change": of(Output::TotalChange),
                "trap_ratio": of(Output::TrapRatio),
                "usd_per_month": of(Output::UsdPerMonth),
                "saves": number(summary.saves.value),
                "in_trap": number(summary.in_trap.value),
                "is_best": rate(summary.is_best),
                "expected_loss_usd_per_month": rate(summary.expected_loss_usd_per_month),
                "se": {
                    "saves": number(summary.saves.se),
                    "in_trap": number(summary.in_trap.se),
                    "is_best": error(summary.is_best),
                    "expected_loss_usd_per_month": error(summary.expected_loss_usd_per_month),
                },
                "launch": { "quality": launch(Output::Quality), "total_change": launch(Output::TotalChange) },
            })
        })
        .collect();
    let inputs = found.inputs.inputs.iter().enumerate();
    let tornado: Vec<Value> = inputs
        .clone()
        .filter_map(|(place, input)| Some((input, found.bars.get(place)?)))
        .map(|(input, bar)| json!({ "key": input.key, "low": number(bar.low), "high": number(bar.high) }))
        .collect();
    let indices = found.indices.as_ref().map(|indices| {
        let of = |(input, index): (&Input, &crate::uncertainty::indices::Index)| {
            json!({
                "key": input.key,
                "first": number(index.first.value),
                "first_interval": interval(index.first),
                "total": number(index.total.value),
                "total_interval": interval(index.total),
            })
        };
        found.inputs.inputs.iter().zip(indices).map(of).collect::<Vec<Value>>()
    });
    let evppi: Vec<Value> = found
        .learning
        .iter()
        .map(|learning| {
            json!({
                "keys": keys(&learning.inputs),
                "usd_per_month": number(learning.perfect.value),
                "se": number(learning.perfect.se),
            })
        })
        .collect();
    let evsi: Vec<Value> = found
        .learning
        .iter()
        .filter(|learning| !learning.samples.is_empty())
        .map(|learning| {
            let samples: Vec<Value> = learning
                .samples
                .iter()
                .map(|(labels, worth)| json!({ "labels": labels, "usd_per_month": number(worth.value), "se": number(worth.se) }))
                .collect();
            json!({ "keys": keys(&learning.inputs), "samples": samples })
        })
        .collect();
    let break_even: Vec<Value> = inputs
        .filter_map(|(place, input)| Some((input, found.break_even.get(place)?)))
        .map(|(input, value)| json!({ "key": input.key, "value": value }))
        .collect();
    let map = found.map.as_ref().map(|map| {
        let cells: Vec<Value> = map
            .cells
            .iter()
            .map(|(best, change)| {
                json!([scenario.policies.get(*best).map(|policy| policy.name.clone()), number(*change)])
            })
            .collect();
        json!({ "keys": keys(&map.inputs), "values": map.values, "cells": cells })
    });
    json!({
        "scenario": scenario.name,
        "points": found.points[1],
        "stage": if found.production { "production" } else { "launch" },
        "policies": policies,
        "of": { "policy": policy_name(scenario, found.policy), "output": found.output.word() },
        "at_middles": number(found.at_middles),
        "tornado": tornado,
        "indices": indices,
        "evpi_usd_per_month": found.perfect.map_or(Value::Null, |perfect| number(perfect.value)),
        "evpi_se": found.perfect.map_or(Value::Null, |perfect| number(perfect.se)),
        "evppi": evppi,
        "evsi": evsi,
        "break_even": break_even,
        "map": map,
        "left_out": found.policies.left_out.iter().map(|policy| policy_name(scenario, *policy)).collect::<Vec<_>>(),
        "reading": reading(scenario, found),
    })
}

/// One row a policy and figure, and one an input.
pub fn csv(scenario: &Scenario, found: &Uncertain) -> String {
    let cell = |x: f64| if x.is_finite() { x.to_string() } else { String::new() };
    let head = ["what", "of", "p5", "p25", "p50", "p75", "p95", "mean", "se"].map(str::to_owned).to_vec();
    let mut rows = vec![head];
    let mut single = |what: &str, of: &str, estimate: Estimate| {
        let mut row = vec![what.to_owned(), of.to_owned()];
        row.extend(std::iter::repeat_n(String::new(), 5));
        row.extend([cell(estimate.value), cell(estimate.se)]);
        rows.push(row);
    };
    let exact = |value: f64| Estimate { value, se: f64::NAN };
    for (place, input) in found.inputs.inputs.iter().enumerate() {
        let bar = found.bars.get(place);
        single("tornado_low", &input.key, exact(bar.map_or(f64::NAN, |bar| bar.low)));
        single("tornado_high", &input.key, exact(bar.map_or(f64::NAN, |bar| bar.high)));
        if let Some(index) = found.indices.as_ref().and_then(|indices| indices.get(place)) {
            single("first_index", &input.key, index.first);
            single("total_index", &input.key, index.total);
        }
        if let Some(value) = found.break_even.get(place).copied().flatten() {
            single("break_even", &input.key, exact(value));
        }
        if let Some(learning) = alone(found).find(|learning| learning.inputs == [place]) {
            single("evppi_usd_per_month", &input.key, learning.perfect);
        }
    }
    if let Some(perfect) = found.perfect {
        single("evpi_usd_per_month", "", perfect);
    }
    for summary in &found.summaries {
        let who = policy_name(scenario, summary.policy);
        single("saves", who, summary.saves);
        single("in_trap", who, summary.in_trap);
        for (what, estimate) in
            [("is_best", summary.is_best), ("expected_loss_usd_per_month", summary.expected_loss_usd_per_month)]
        {
            if let Some(estimate) = estimate {
                single(what, who, estimate);
            }
        }
    }
    for summary in &found.summaries {
        for (output, spread) in Output::ALL.iter().zip(&summary.spreads[usize::from(found.production)]) {
            let mut row = vec![output.word().to_owned(), policy_name(scenario, summary.policy).to_owned()];
            row.extend(spread.quantiles.iter().map(|quantile| cell(quantile.value)));
            row.extend([cell(spread.mean.value), cell(spread.mean.se)]);
            rows.push(row);
        }
    }
    write(rows)
}

/// A difference of totals as a signed share, for axes.
pub fn tick(output: Output, value: f64) -> String {
    match output {
        Output::UsdPerMonth => gain(value),
        Output::TrapRatio => signed(value, 1),
        other => figure(other, value),
    }
}
