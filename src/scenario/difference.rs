//! In which inputs two scenarios differ.

use std::collections::HashMap;

use toml_edit::{Item, Table, Value};

use super::write;
use crate::model::Scenario;

/// An input that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its key, with the names of what it belongs to: `policy.Classifier.noise`.
    pub key: String,
    /// In the first scenario; `None` where it has no such input.
    pub first: Option<String>,
    /// In the second.
    pub second: Option<String>,
}

/// Inputs in which two scenarios differ, in the order of the first one's file; free text is left out.
///
/// While a slider moves this is asked for in every frame, so entries of lists that are the same on both sides are left out before
/// anything is turned into text.
pub fn differences(first: &Scenario, second: &Scenario) -> Vec<Difference> {
    let (a, b) = (inputs(first, second), inputs(second, first));
    let values = |list: &'_ [(String, String)]| -> HashMap<String, String> {
        // Of keys that come twice the first counts.
        list.iter().rev().cloned().collect()
    };
    let (of_a, of_b) = (values(&a), values(&b));
    let mut found: Vec<Difference> = a
        .into_iter()
        .map(|(key, value)| Difference { second: of_b.get(&key).cloned(), key, first: Some(value) })
        .filter(|d| d.first != d.second)
        .collect();
    let new = b.into_iter().filter(|(key, _)| !of_a.contains_key(key));
    found.extend(new.map(|(key, value)| Difference { key, first: None, second: Some(value) }));
    found
}

/// Every input of a scenario with its key, apart from entries that the other one has as well.
fn inputs(scenario: &Scenario, other: &Scenario) -> Vec<(String, String)> {
    let (events, event_places) = only_here(&scenario.events, &other.events, false);
    let (expectations, expectation_places) = only_here(&scenario.expectations, &other.expectations, false);
    let (known, known_places) = only_here(&scenario.known, &other.known, false);
    let part = Scenario {
        name: String::new(),
        segments: only_here(&scenario.segments, &other.segments, true).0,
        tiers: only_here(&scenario.tiers, &other.tiers, true).0,
        policies: only_here(&scenario.policies, &other.policies, true).0,
        events,
        monitors: only_here(&scenario.monitors, &other.monitors, true).0,
        expectations,
        known,
        ..without_lists(scenario)
    };
    let mut found = Vec::new();
    for (key, item) in write::tree(&part, false).iter() {
        match key {
            "name" | "description" | "source" => {}
            "event" => collect(key.to_owned(), item, &event_places, &mut found),
            "expect" => collect(key.to_owned(), item, &expectation_places, &mut found),
            "known" => collect(key.to_owned(), item, &known_places, &mut found),
            _ => collect(key.to_owned(), item, &[], &mut found),
        }
    }
    found
}

/// What stands once in a scenario.
fn without_lists(scenario: &Scenario) -> Scenario {
    Scenario {
        seed: scenario.seed,
        shared_luck: scenario.shared_luck,
        baseline: scenario.baseline.clone(),
        traffic: scenario.traffic.clone(),
        replay: scenario.replay.clone(),
        economics: scenario.economics.clone(),
        feedback: scenario.feedback.clone(),
        study: scenario.study.clone(),
        ..Scenario::default()
    }
}

/// Entries of a list that the other list has not, with their places. Entries with a name are the same wherever they stand.
fn only_here<T: Clone + PartialEq>(own: &[T], other: &[T], named: bool) -> (Vec<T>, Vec<usize>) {
    let is_there = |i: usize, entry: &T| other.get(i) == Some(entry) || named && other.contains(entry);
    let left = own.iter().enumerate().filter(|(i, entry)| !is_there(*i, entry));
    left.map(|(i, entry)| (entry.clone(), i)).unzip()
}

/// Puts down an item and what is in it. Entries of a list without names are known by their places.
fn collect(key: String, item: &Item, places: &[usize], found: &mut Vec<(String, String)>) {
    match item {
        Item::Table(table) => entries(&key, table, found),
        Item::ArrayOfTables(list) => {
            for (index, table) in list.iter().enumerate() {
                let place = places.get(index).copied().unwrap_or(index) + 1;
                let name = table.get("name").and_then(Item::as_str).map_or_else(|| place.to_string(), str::to_owned);
                entries(&format!("{key}.{name}"), table, found);
            }
        }
        Item::Value(Value::InlineTable(table)) => {
            for (inner, value) in table {
                collect(format!("{key}.{inner}"), &Item::Value(value.clone()), &[], found);
            }
        }
        Item::Value(value) => found.push((key, value.to_string().trim().to_owned())),
        Item::None => {}
    }
}

fn entries(key: &str, table: &Table, found: &mut Vec<(String, String)>) {
    for (inner, item) in table.iter().filter(|(inner, _)| *inner != "name") {
        collect(format!("{key}.{inner}"), item, &[], found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read};

    #[test]
    fn what_was_changed_is_told_by_its_key() {
        let text = library::flagship().text;
        let first = read::parse(text, "flagship").map_or_else(|_| Scenario::default(), |l| l.scenario);
        assert!(differences(&first, &first).is_empty());
        let mut second = first.clone();
        second.name = "Another".to_owned();
        second.traffic.days = 90;
        second.economics.ticket.usd += 1.0;
        let removed = second.policies.pop().map(|p| p.name).unwrap_or_default();
        let found = differences(&first, &second);
        let keys: Vec<&str> = found.iter().map(|d| d.key.as_str()).collect();
        assert!(keys.contains(&"traffic.days") && keys.contains(&"economics.ticket.usd"), "{keys:?}");
        let gone = found.iter().find(|d| d.key == format!("policy.{removed}.kind"));
        assert!(gone.is_some_and(|d| d.second.is_none()), "{keys:?}");
        assert!(!keys.contains(&"name"));
    }

    #[test]
    fn what_stands_elsewhere_is_the_same_and_events_go_by_their_places() {
        let text = library::flagship().text;
        let mut first = read::parse(text, "flagship").map_or_else(|_| Scenario::default(), |l| l.scenario);
        first.events.push(first.events[0].clone());
        let mut second = first.clone();
        second.monitors.reverse();
        assert!(differences(&first, &second).is_empty());
        second.events[1].day += 3.0;
        let found = differences(&first, &second);
        assert_eq!(found.iter().map(|d| d.key.as_str()).collect::<Vec<_>>(), ["event.2.day"]);
        assert_eq!((found[0].first.as_deref(), found[0].second.as_deref()), (Some("21"), Some("24")));
    }
}
