//! In which inputs two scenarios differ.

use toml_edit::{DocumentMut, Item, Value};

use super::model::Scenario;
use super::write;

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
pub fn differences(first: &Scenario, second: &Scenario) -> Vec<Difference> {
    let (a, b) = (inputs(first), inputs(second));
    let find = |list: &[(String, String)], key: &str| list.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
    let mut found: Vec<Difference> = a
        .iter()
        .map(|(key, value)| Difference { key: key.clone(), first: Some(value.clone()), second: find(&b, key) })
        .filter(|d| d.first != d.second)
        .collect();
    let new = b.iter().filter(|(key, _)| find(&a, key).is_none());
    found.extend(new.map(|(key, value)| Difference { key: key.clone(), first: None, second: Some(value.clone()) }));
    found
}

/// Every input with its key.
fn inputs(scenario: &Scenario) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(document) = write::to_text(scenario).parse::<DocumentMut>() {
        for (key, item) in document.iter().filter(|(key, _)| !["name", "description", "source"].contains(key)) {
            collect(key.to_owned(), item, &mut found);
        }
    }
    found
}

fn collect(key: String, item: &Item, found: &mut Vec<(String, String)>) {
    match item {
        Item::Table(table) => {
            for (inner, item) in table.iter().filter(|(inner, _)| *inner != "name") {
                collect(format!("{key}.{inner}"), item, found);
            }
        }
        Item::ArrayOfTables(list) => {
            for (index, table) in list.iter().enumerate() {
                let name =
                    table.get("name").and_then(Item::as_str).map_or_else(|| (index + 1).to_string(), str::to_owned);
                collect(format!("{key}.{name}"), &Item::Table(table.clone()), found);
            }
        }
        Item::Value(Value::InlineTable(table)) => {
            for (inner, value) in table {
                collect(format!("{key}.{inner}"), &Item::Value(value.clone()), found);
            }
        }
        Item::Value(value) => found.push((key, value.to_string().trim().to_owned())),
        Item::None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read};

    #[test]
    fn what_was_changed_is_told_by_its_key() {
        let text = library::flagship().text;
        let first = read::parse(text, "flagship").map_or_else(|_| read::empty(), |l| l.scenario);
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
}
