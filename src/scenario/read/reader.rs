//! The reader's tables and complaints: which tables a file has, which keys in them nobody knows, and how it is said.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml_edit::{Item, TableLike, Value};

use super::MAX_NAME;
use crate::entry::{Chosen, Entry, Family, Key, List, StandIn, written};
use crate::scenario::kinds;
use crate::scenario::problem::{Problems, Severity, list_names, nearest, quoted};

/// A value in words.
pub(super) fn describe(item: &Item) -> String {
    match item {
        Item::None => "nothing".to_owned(),
        Item::Table(_) => "a table".to_owned(),
        Item::ArrayOfTables(_) => "a list of tables".to_owned(),
        Item::Value(value) => describe_value(value),
    }
}

pub(super) fn describe_value(value: &Value) -> String {
    match value {
        Value::String(s) => format!("the text {}", quoted(s.value())),
        Value::Integer(i) => i.value().to_string(),
        Value::Float(x) => written(*x.value()),
        Value::Boolean(b) => b.value().to_string(),
        Value::Datetime(_) => "a date".to_owned(),
        Value::Array(a) => format!("a list of {}", a.len()),
        Value::InlineTable(_) => "a table".to_owned(),
    }
}

/// Finds a dotted key.
pub(super) fn find<'a>(table: &'a dyn TableLike, key: &str) -> Option<&'a Item> {
    match key.split_once('.') {
        Some((head, rest)) => find(table.get(head)?.as_table_like()?, rest),
        None => table.get(key),
    }
}

/// A table and where it stands.
pub(super) type Placed<'a> = (&'a dyn TableLike, Option<Range<usize>>);

/// Tables in a row with their places: `[{ … }, { … }]`, or `[[section.key]]`.
pub(super) fn rows(item: &Item) -> Option<Vec<Placed<'_>>> {
    if let Some(tables) = item.as_array_of_tables() {
        return Some(tables.iter().map(|table| (table as &dyn TableLike, table.span())).collect());
    }
    let mut rows = Vec::new();
    for value in item.as_array()?.iter() {
        rows.push((value.as_inline_table()? as &dyn TableLike, value.span()));
    }
    Some(rows)
}

pub(super) fn key_span(table: &dyn TableLike, key: &str) -> Option<Range<usize>> {
    table.get_key_value(key).and_then(|(k, item)| k.span().or_else(|| item.span()))
}

pub(super) struct Reader<'p, 't> {
    pub(super) problems: &'p mut Problems<'t>,
    /// Names that entries go by.
    pub(super) names: Names,
}

/// What the sections of a file may refer to.
#[derive(Default)]
pub(super) struct Names {
    pub(super) segments: Vec<String>,
    pub(super) tiers: Vec<String>,
    pub(super) policies: Vec<String>,
    pub(super) is_replayed: bool,
    /// A table's own scores have their errors in them.
    pub(super) is_scored: bool,
}

impl Names {
    pub(super) fn of(&self, list: List) -> &[String] {
        match list {
            List::Segments => &self.segments,
            List::Tiers => &self.tiers,
            List::Policies => &self.policies,
            List::Events | List::Monitors => &[],
        }
    }

    /// Whether something stands in for a key.
    pub(super) fn stands_in(&self, key: &Key) -> bool {
        match key.stand_in {
            Some(StandIn::Table) => self.is_replayed,
            Some(StandIn::Scores) => self.is_scored,
            None => false,
        }
    }
}

/// A table of the file and what it is called in messages.
#[derive(Clone)]
pub(super) struct Section<'a> {
    pub(super) table: &'a dyn TableLike,
    pub(super) label: String,
    pub(super) span: Option<Range<usize>>,
}

impl Section<'_> {
    pub(super) fn key(&self, key: &str) -> String {
        if self.label.is_empty() { key.to_owned() } else { format!("{}: {key}", self.label) }
    }

    /// What a table in a row of tables is called.
    pub(super) fn row(&self, key: &str, index: usize) -> String {
        format!("{} {}", self.key(key), index + 1)
    }

    /// Where a value in a row of tables stands, or else its table.
    pub(super) fn span_in_row(&self, key: &str, index: usize, inner: &str) -> Option<Range<usize>> {
        let row = find(self.table, key).and_then(rows).and_then(|rows| rows.into_iter().nth(index));
        row.and_then(|(table, span)| table.get(inner).and_then(Item::span).or(span)).or_else(|| self.span_of(key))
    }

    /// Where a key's value stands, or else the section.
    pub(super) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        find(self.table, key).and_then(Item::span).or_else(|| self.span.clone())
    }
}

pub(super) fn float(value: &Value) -> Option<f64> {
    value.as_float().or(value.as_integer().map(|i| i as f64))
}

impl<'p, 't> Reader<'p, 't> {
    pub(super) fn new(problems: &'p mut Problems<'t>) -> Self {
        Self { problems, names: Names::default() }
    }

    pub(super) fn wrong(&mut self, section: &Section<'_>, key: &str, item: &Item, allowed: &str) {
        self.problems.error(item.span(), &section.key(key), format!("found {}, allowed: {allowed}", describe(item)));
    }

    pub(super) fn missing(&mut self, section: &Section<'_>, key: &str, allowed: &str) {
        self.problems.error(section.span.clone(), &section.key(key), format!("missing; needed: {allowed}"));
    }

    /// Reports keys that are not among `allowed` (dotted keys open their tables).
    pub(super) fn unknown_keys(&mut self, section: &Section<'_>, allowed: &[&str]) {
        self.unknown_keys_below(section, section.table, "", allowed);
    }

    pub(super) fn unknown_keys_below(
        &mut self,
        section: &Section<'_>,
        table: &dyn TableLike,
        prefix: &str,
        allowed: &[&str],
    ) {
        for (key, item) in table.iter() {
            let full = format!("{prefix}{key}");
            if allowed.contains(&full.as_str()) {
                continue;
            }
            let below = format!("{full}.");
            if allowed.iter().any(|a| a.starts_with(&below)) {
                match item.as_table_like() {
                    Some(inner) => self.unknown_keys_below(section, inner, &below, allowed),
                    None => self.wrong(
                        section,
                        &full,
                        item,
                        &format!("a table such as {{ {} }}", inner_keys(allowed, &below)),
                    ),
                }
                continue;
            }
            let known: BTreeSet<&str> = allowed
                .iter()
                .filter_map(|a| a.strip_prefix(prefix))
                .map(|a| a.split('.').next().unwrap_or(a))
                .collect();
            let suggestion = nearest(key, known.iter().copied());
            let message = if suggestion.is_some() {
                "unknown key".to_owned()
            } else {
                format!("unknown key; known here: {}", known.iter().copied().collect::<Vec<_>>().join(", "))
            };
            let at = key_span(table, key);
            self.problems.add(Severity::Error, at, &section.key(&full), message, suggestion);
        }
    }

    /// Reports a name in `key` that no entry of the list has.
    pub(super) fn known_name(&mut self, section: &Section<'_>, key: &str, list: List, name: &str) {
        let known = self.names.of(list);
        // Where nothing is defined at all, that has been said once already.
        if known.is_empty() || known.iter().any(|k| k == name) || name.is_empty() {
            return;
        }
        let names = || known.iter().map(String::as_str);
        let suggestion = nearest(name, names());
        let message = format!("no {} is named {}; defined: {}", list.section(), quoted(name), list_names(names()));
        self.problems.add(Severity::Error, section.span_of(key), &section.key(key), message, suggestion);
    }

    /// Like [`Reader::unknown_keys`], but a key that another kind has is named as such.
    pub(super) fn keys_of_kind(
        &mut self,
        section: &Section<'_>,
        what: &str,
        family: Family,
        entry: &dyn Entry,
        mut allowed: Vec<&'static str>,
    ) {
        let word = entry.chosen().map_or("", Chosen::word);
        let outer = |name: &'static str| name.split('.').next().unwrap_or(name);
        for (key, _) in section.table.iter() {
            if allowed.iter().any(|name| *name == key || outer(name) == key) {
                continue;
            }
            let others = kinds::all(family).into_iter().map(|kind| (kind.word(), kinds::keys_with(entry, kind)));
            let owners: Vec<(&str, Vec<&'static Key>)> =
                others.filter(|(_, keys)| keys.iter().any(|k| k.outer() == key)).collect();
            if owners.is_empty() {
                continue;
            }
            let is_control = kinds::is_control(entry) && key == "detector";
            let at = if is_control { section.span_of(key) } else { key_span(section.table, key) };
            let message = if is_control {
                format!("a {what} of kind \"{word}\" is a control and has no detector; leave the key out")
            } else {
                let words = list_names(owners.iter().map(|(word, _)| *word));
                format!("a {what} of kind \"{word}\" does not use this key; {words} does")
            };
            self.problems.error(at, &section.key(key), message);
            let known = owners.iter().flat_map(|(_, keys)| keys).filter(|k| k.outer() == key);
            allowed.extend(known.map(|k| k.name));
        }
        self.unknown_keys(section, &allowed);
    }

    /// The tables of a list, `[[key]]` or `key = [{ … }]`.
    pub(super) fn tables<'a>(&mut self, root: &Section<'a>, key: &str, limit: usize) -> Vec<Section<'a>> {
        let Some(item) = root.table.get(key) else { return Vec::new() };
        let mut sections: Vec<Section<'a>> = Vec::new();
        let label = |index: usize, table: &dyn TableLike| match table.get("name").and_then(Item::as_str) {
            Some(name) if !name.trim().is_empty() && name.chars().count() <= MAX_NAME => {
                format!("{key} {}", quoted(name))
            }
            _ => format!("{key} {}", index + 1),
        };
        if let Some(array) = item.as_array_of_tables() {
            for (index, table) in array.iter().enumerate().take(limit) {
                sections.push(Section { table, label: label(index, table), span: table.span() });
            }
            if array.len() > limit {
                let span = array.get(limit).and_then(toml_edit::Table::span);
                self.problems.error(span, key, format!("found {}, allowed: at most {limit}", array.len()));
            }
        } else if let Some(array) = item.as_array()
            && array.iter().all(Value::is_inline_table)
        {
            for (index, value) in array.iter().enumerate().take(limit) {
                if let Some(table) = value.as_inline_table() {
                    sections.push(Section { table, label: label(index, table), span: value.span() });
                }
            }
            if array.len() > limit {
                self.problems.error(item.span(), key, format!("found {}, allowed: at most {limit}", array.len()));
            }
        } else {
            let allowed = format!("one or more [[{key}]] sections (two brackets)");
            self.wrong(&root.clone(), key, item, &allowed);
        }
        sections
    }

    pub(super) fn table<'a>(&mut self, root: &Section<'a>, key: &str) -> Option<Section<'a>> {
        let item = root.table.get(key)?;
        let Some(table) = item.as_table_like() else {
            self.wrong(root, key, item, &format!("a section [{key}] (one bracket)"));
            return None;
        };
        let label = if root.label.is_empty() { key.to_owned() } else { format!("{}: {key}", root.label) };
        Some(Section { table, label, span: item.span() })
    }

    pub(super) fn unique_names(&mut self, sections: &[Section<'_>], names: &[String]) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, (section, name)) in sections.iter().zip(names).enumerate() {
            if name.is_empty() {
                continue;
            }
            if let Some(first) = seen.insert(name, index) {
                let at = section.table.get("name").and_then(Item::span);
                let message = format!(
                    "the name {} is taken already, by number {}; every name must be different",
                    quoted(name),
                    first + 1
                );
                self.problems.error(at, &section.key("name"), message);
            }
        }
    }
}

fn inner_keys(allowed: &[&str], prefix: &str) -> String {
    let keys: Vec<String> = allowed.iter().filter_map(|a| a.strip_prefix(prefix)).map(|k| format!("{k} = …")).collect();
    keys.join(", ")
}
