//! `--set key.path=value`: changes a scenario's text before it is checked, so that every complaint is the reader's.

use toml_edit::{Item, Key, Table, TableLike, Value};

use super::deep;
use super::problem::nearest;
use super::read::too_dense;
use super::visible::shortened;

/// Bytes of one override at the most. What reads TOML looks for an end again and again where much is opened and nothing closed.
const MOST_BYTES: usize = 16 << 10;

/// Applies overrides to a text.
///
/// # Errors
/// A sentence about the first override that cannot be applied.
pub fn apply(text: &str, overrides: &[String]) -> Result<String, String> {
    if overrides.is_empty() {
        return Ok(text.to_owned());
    }
    // A text that is no scenario is left to the reader, who says where it breaks.
    if too_dense(text).is_some() {
        return Ok(text.to_owned());
    }
    let Ok(mut document) = deep::document_mut(text) else { return Ok(text.to_owned()) };
    for one in overrides {
        let explain = |why: String| format!("--set {}: {why}", shortened(one, 200));
        if one.len() > MOST_BYTES {
            return Err(explain(format!("has {} bytes, at most {MOST_BYTES} are read", one.len())));
        }
        let (path, value) = split(one).ok_or_else(|| explain("needs the form key.path=value".to_owned()))?;
        let keys = Key::parse(path).map_err(|_| {
            explain(format!(
                "\"{}\" is not a key; quote names with spaces or dots, as in segment.\"A b\".share",
                shortened(path, 200)
            ))
        })?;
        let names: Vec<&str> = keys.iter().map(Key::get).collect();
        set(document.as_table_mut(), &names, parse_value(value)).map_err(explain)?;
    }
    Ok(document.to_string())
}

/// Splits at the first `=` outside quotes.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), _) if q == c => quote = None,
            (None, '=') => return Some((text.get(..i)?.trim(), text.get(i + 1..)?.trim())),
            _ => {}
        }
    }
    None
}

/// A TOML value; what is none is text, so that a name needs no quotes of its own.
fn parse_value(text: &str) -> Value {
    text.parse().unwrap_or_else(|_| Value::from(text))
}

fn set(table: &mut dyn TableLike, path: &[&str], value: Value) -> Result<(), String> {
    let Some((key, rest)) = path.split_first() else { return Ok(()) };
    if rest.is_empty() {
        let decor = table.get(key).and_then(Item::as_value).map(|old| old.decor().clone());
        let mut value = value;
        if let Some(decor) = decor {
            *value.decor_mut() = decor;
        }
        table.insert(key, Item::Value(value));
        return Ok(());
    }
    if table.get(key).is_none() {
        // Sections that were left out may be set all the same; the reader knows which there are.
        table.insert(key, Item::Table(Table::new()));
    }
    let Some(item) = table.get_mut(key) else { return Ok(()) };
    descend(item, key, rest, value)
}

fn descend(item: &mut Item, key: &str, rest: &[&str], value: Value) -> Result<(), String> {
    let Some((which, below)) = rest.split_first() else { return Ok(()) };
    if let Some(list) = item.as_array_of_tables_mut() {
        let names: Vec<String> =
            list.iter().map(|t| t.get("name").and_then(Item::as_str).unwrap_or("").to_owned()).collect();
        let index =
            names.iter().position(|n| n == which).or_else(|| which.parse().ok().filter(|i: &usize| *i < names.len()));
        let Some(index) = index else {
            let hint = nearest(which, names.iter().map(String::as_str))
                .map_or_else(|| format!("there are {}", names.len()), |near| format!("did you mean \"{near}\"?"));
            return Err(format!("no {key} is named or numbered \"{which}\" (numbers start at 0); {hint}"));
        };
        if below.is_empty() {
            return Err(format!("\"{which}\" is a whole {key}; say which of its keys to set"));
        }
        return list.get_mut(index).map_or(Ok(()), |table| set(table, below, value));
    }
    if let Some(array) = item.as_array_mut() {
        let index = which.parse::<usize>().ok().filter(|i| *i < array.len() && below.is_empty());
        let Some(index) = index else {
            return Err(format!("{key} is a list of {}; entries are numbered from 0", array.len()));
        };
        array.replace(index, value);
        return Ok(());
    }
    match item.as_table_like_mut() {
        Some(table) => set(table, rest, value),
        None => Err(format!("{key} is a single value and has no \"{which}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::{self, Address, Target};
    use crate::scenario::{library, read};

    #[test]
    fn a_path_leads_to_the_number_that_an_override_of_it_changes() {
        for entry in library::LIBRARY {
            let Ok(loaded) = read::parse(entry.text, entry.file_name) else { continue };
            let scenario = loaded.scenario;
            let mut tried = 0;
            for address in address::every(&scenario) {
                let path = address::path(&scenario, address);
                assert_eq!(address::find(&scenario, &path), Ok(address), "{path}");
                let value = address::get(&scenario, address).unwrap_or(f64::NAN);
                // Places of a place are no paths of an override, and a skill of 0 is not written.
                let is_step = matches!(address.key, address::Key::DayOf(..)) || path.contains("steps.");
                if is_step || (path.contains("skill.") && value == 0.0) {
                    continue;
                }
                let Ok(text) = apply(entry.text, &[format!("{path}={}", crate::entry::written(value))]) else {
                    continue;
                };
                // A place of a list that the file leaves out cannot be set alone.
                let Ok(read) = read::parse(&text, entry.file_name) else { continue };
                assert!(read.scenario == scenario, "{path} = {value}");
                tried += 1;
            }
            assert!(tried > 50, "{}", entry.file_name);
        }
    }

    #[test]
    fn names_stand_in_quotes_or_not_and_what_is_not_there_is_told() {
        let parsed = library::LIBRARY.first().and_then(|e| read::parse(e.text, e.file_name).ok());
        let Some(mut scenario) = parsed.map(|loaded| loaded.scenario) else { return };
        if let Some(monitor) = scenario.monitors.first_mut() {
            monitor.name = "Human review, 5.5".to_owned();
        }
        let found = |path: &str| address::find(&scenario, path);
        let wanted = Address { target: Target::Monitor(0), key: address::Key::Named("per_day") };
        for path in ["monitor.Human review, 5.5.per_day", "monitor.\"Human review, 5.5\".per_day", "monitor.0.per_day"]
        {
            assert_eq!(found(path), Ok(wanted), "{path}");
        }
        for (path, word) in [
            ("monitr.0.per_day", "monitr"),
            ("monitor.Nobody.per_day", "Nobody"),
            ("monitor.0.per_dya", "per_dya"),
            ("monitor.0.name", "name"),
            ("monitor.0", ""),
            ("traffic.weekday.7", "weekday.7"),
            ("", ""),
        ] {
            assert_eq!(found(path).map_err(|unfound| unfound.word), Err(word.to_owned()), "{path}");
        }
    }
}
