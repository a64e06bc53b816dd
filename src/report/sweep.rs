//! A sweep in words and as a table.

use super::csv::write;
use super::sentence::{change, fixed, grouped, percent, usd};
use crate::entry::{spoken, written};
use crate::model::{Asked, Scenario, Sweep};
use crate::report::uncertain;
use crate::sweep::collected::{Collected, Label};
use crate::sweep::plan::{Axis, Plan};

/// What a sweep is, in a sentence.
pub fn told(scenario: &Scenario, plan: &Plan) -> String {
    let factors: Vec<String> = plan.axes.iter().map(|axis| factor(scenario, axis)).collect();
    let asked: Vec<String> = plan
        .asked
        .iter()
        .map(|asked| match asked {
            Asked::Frontier => "the operating points of every policy".to_owned(),
            Asked::Detect => format!("the detection study with {} runs", grouped(f64::from(plan.replicates))),
            Asked::Decide => format!("every option with {} runs", grouped(f64::from(plan.replicates))),
        })
        .collect();
    format!(
        "{} points ({}) over {}. At each: {}.",
        grouped(plan.count() as f64),
        plan.design.told(),
        factors.join(" and "),
        asked.join(", ")
    )
}

/// A factor as people call it.
pub fn factor(scenario: &Scenario, axis: &Axis) -> String {
    uncertain::name(scenario, axis.address)
}

/// Name of a sweep in a list.
pub fn name(sweep: &Sweep) -> &str {
    &sweep.name
}

/// A picture in words: "quality, in production".
pub fn picture((result, stage, figure): (&str, &str, &str)) -> String {
    let stage = match stage {
        "launch" => ", at launch",
        "production" => ", in production",
        _ => "",
    };
    let of = if result == "frontier" { String::new() } else { format!("{}: ", spoken(result)) };
    format!("{of}{}{stage}", spoken(figure))
}

/// The picture that says most: totals in production, or the first that there is.
pub fn usual_picture(found: &Collected) -> usize {
    let pictures = found.pictures();
    let place = |stage: &str| pictures.iter().position(|p| *p == ("frontier", stage, "total_change"));
    place("production").or_else(|| place("launch")).unwrap_or(0)
}

/// Whose figure a column is.
pub fn whose(label: &Label) -> String {
    match (label.policy.is_empty(), label.watched.is_empty()) {
        (_, true) => label.policy.clone(),
        (true, false) => label.watched.clone(),
        // In a study all monitors watch one policy.
        (false, false) if label.result == "detect" => label.watched.clone(),
        (false, false) => format!("{}, {}", label.policy, label.watched),
    }
}

/// A figure as its picture tells it.
pub fn value(figure: &str, value: f64) -> String {
    let is_share =
        ["quality", "share", "rate", "no_worse", "loses", "is_best"].iter().any(|word| figure.contains(word));
    match figure {
        _ if !value.is_finite() => "–".to_owned(),
        _ if figure.ends_with("_change") => change(value),
        _ if figure.contains("usd") => usd(value),
        _ if is_share => percent(value, 1),
        _ if value.abs() >= 1000.0 => grouped(value),
        _ => fixed(value, if value.abs() >= 10.0 { 0 } else { 2 }),
    }
}

/// A row a unit and figure.
pub fn csv(plan: &Plan, found: &Collected) -> String {
    let mut head = vec!["point".to_owned()];
    head.extend(plan.axes.iter().map(|axis| axis.key.clone()));
    head.extend(["result", "stage", "policy", "watched", "figure", "value"].map(str::to_owned));
    let mut rows = vec![head];
    for (point, unit) in &found.units {
        for (label, figure) in found.labels.iter().zip(&unit.figures) {
            let mut row = vec![point.to_string()];
            row.extend(unit.values.iter().map(|value| written(*value)));
            row.extend([&label.result, &label.stage, &label.policy, &label.watched, &label.figure].map(Clone::clone));
            row.push(if figure.is_finite() { figure.to_string() } else { String::new() });
            rows.push(row);
        }
    }
    write(rows)
}
