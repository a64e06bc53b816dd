//! Runs side by side: their figures and the inputs in which they differ, in the window and as a table.

use super::csv::write;
use super::sentence::{change, fixed, percent, usd};
use crate::frontier::claims::DAYS_PER_MONTH;
use crate::frontier::point::Point;
use crate::frontier::{Frontier, Stage};
use crate::model::Scenario;
use crate::scenario::difference::{Difference, differences};

/// What the present run is called beside those that were kept.
pub const THIS_RUN: &str = "This run";

/// A run, kept or present.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its inputs.
    pub scenario: &'a Scenario,
    /// Its results.
    pub frontier: &'a Frontier,
    /// Index of the policy looked at.
    pub policy: usize,
}

impl<'a> Run<'a> {
    /// The stage that is compared: production where there are events.
    pub fn stage(&self) -> &'a Stage {
        self.frontier.latest()
    }

    /// Name of the policy.
    pub fn policy_name(&self) -> &'a str {
        self.scenario.policies.get(self.policy).map_or("", |p| p.name.as_str())
    }

    /// Operating point of the policy.
    pub fn point(&self) -> Option<&'a Point> {
        self.stage().curves.get(self.policy)?.operating_point.as_ref()
    }

    /// Operating point of the baseline.
    pub fn baseline(&self) -> Option<&'a Point> {
        self.stage().curves.get(self.frontier.baseline)?.operating_point.as_ref()
    }

    fn monthly(&self, usd_per_1k: f64) -> f64 {
        usd_per_1k / 1000.0 * self.stage().requests_per_day * DAYS_PER_MONTH
    }

    /// What is told against the baseline, which the baseline itself has not.
    fn against_baseline<T>(&self, value: Option<T>) -> Option<T> {
        value.filter(|_| self.policy != self.frontier.baseline)
    }
}

/// A figure of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A name.
    Words(String),
    /// A share.
    Share(f64),
    /// An amount, USD.
    Usd(f64),
    /// A relative change.
    Change(f64),
    /// A ratio.
    Ratio(f64),
}

impl Value {
    /// For people.
    pub fn text(&self) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Share(x) => percent(*x, 1),
            Self::Usd(x) => usd(*x),
            Self::Change(x) => change(*x),
            Self::Ratio(x) => fixed(*x, 1),
        }
    }

    /// For spreadsheets.
    fn raw(&self) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Share(x) | Self::Usd(x) | Self::Change(x) | Self::Ratio(x) => x.to_string(),
        }
    }
}

/// A line of the table of figures.
pub struct Figure {
    /// Its name for people.
    pub label: &'static str,
    /// Its name in a file.
    key: &'static str,
    /// Read off a run.
    pub of: fn(&Run<'_>) -> Option<Value>,
}

/// The figures that runs are compared by.
pub static FIGURES: [Figure; 8] = [
    Figure { label: "Scenario", key: "scenario", of: |r| Some(Value::Words(r.scenario.name.clone())) },
    Figure { label: "Policy", key: "policy", of: |r| Some(Value::Words(r.policy_name().to_owned())) },
    Figure { label: "Quality", key: "quality", of: |r| Some(Value::Share(r.point()?.quality)) },
    Figure {
        label: "Hardest tenth",
        key: "hard_edge_quality",
        of: |r| Some(Value::Share(r.point()?.hard_edge_quality?)),
    },
    Figure {
        label: "Inference, USD a month",
        key: "inference_usd_per_month",
        of: |r| Some(Value::Usd(r.monthly(r.point()?.inference_usd_per_1k))),
    },
    Figure {
        label: "Downstream, USD a month",
        key: "downstream_usd_per_month",
        of: |r| Some(Value::Usd(r.monthly(r.point()?.downstream_usd_per_1k))),
    },
    Figure {
        label: "Total against the baseline",
        key: "total_change",
        of: |r| r.against_baseline(r.stage().metrics.get(r.policy)?.total_change).map(Value::Change),
    },
    Figure {
        label: "Trap ratio",
        key: "trap_ratio",
        of: |r| r.against_baseline(r.stage().metrics.get(r.policy)?.trap_ratio).map(Value::Ratio),
    },
];

/// Inputs that are not the same in all runs, with the value in each; `None` where a run has no such input.
pub fn inputs(runs: &[Run<'_>]) -> Vec<(String, Vec<Option<String>>)> {
    let Some((last, others)) = runs.split_last() else { return Vec::new() };
    let against: Vec<_> = others.iter().map(|run| differences(run.scenario, last.scenario)).collect();
    let mut found: Vec<(String, Vec<Option<String>>)> = Vec::new();
    for difference in against.iter().flatten() {
        if found.iter().any(|(key, _)| *key == difference.key) {
            continue;
        }
        // Where a run does not differ from the last one, it has the same.
        let value = |list: &Vec<Difference>| {
            list.iter().find(|d| d.key == difference.key).map_or(difference.second.clone(), |d| d.first.clone())
        };
        let values = against.iter().map(value).chain([difference.second.clone()]).collect();
        found.push((difference.key.clone(), values));
    }
    found
}

/// Figures and inputs for spreadsheets: one column a run.
pub fn csv(runs: &[Run<'_>]) -> String {
    let row = |what: &str, key: &str, values: Vec<String>| {
        [what.to_owned(), key.to_owned()].into_iter().chain(values).collect::<Vec<_>>()
    };
    let mut rows = vec![row("what", "key", runs.iter().map(|run| run.name.to_owned()).collect())];
    for figure in &FIGURES {
        let values = runs.iter().map(|run| (figure.of)(run).map(|v| v.raw()).unwrap_or_default());
        rows.push(row("figure", figure.key, values.collect()));
    }
    for (key, values) in inputs(runs) {
        rows.push(row("input", &key, values.into_iter().map(Option::unwrap_or_default).collect()));
    }
    write(rows)
}
