//! Scenario to text: what did not change keeps its spelling, its comments and its place.
//!
//! The scenario as it was read and the scenario as it is now are both turned into plain trees; where the trees differ, the
//! original text is edited.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::deep;
use super::document::ScenarioDocument;
use super::read;
use super::upgrade;
use crate::entry::{Datum, Entry, Presence, StandIn, number_of};
use crate::model::{Monitor, SECTIONS, Scenario};

impl ScenarioDocument {
    /// Text that reads as `scenario`, as close to the original as can be.
    pub fn to_text(&self, scenario: &Scenario) -> String {
        if *scenario == self.read {
            return self.text.clone();
        }
        let edited = self.edited(scenario);
        // Saving must never change a meaning: if the careful way failed, the plain way is taken.
        match edited {
            Some(text) if read::parse(&text, "").is_ok_and(|loaded| loaded.scenario == *scenario) => text,
            _ => to_text(scenario),
        }
    }

    fn edited(&self, scenario: &Scenario) -> Option<String> {
        let mut document = deep::document_mut(&self.text).ok()?;
        let (before, after) = (tree(&self.read, true), tree(scenario, true));
        let sparse = tree(scenario, false);
        merge(document.as_table_mut(), &before, &after, &sparse);
        Some(document.to_string())
    }
}

/// A clean file: the order of the format's description, defaults left out.
pub fn to_text(scenario: &Scenario) -> String {
    let mut document = DocumentMut::new();
    *document.as_table_mut() = tree(scenario, false);
    document.to_string()
}

/// One monitor as a section of a file.
pub fn monitor_text(of: &Monitor) -> String {
    let mut document = DocumentMut::new();
    let list: ArrayOfTables = std::iter::once(table(of, false, false)).collect();
    document.as_table_mut().insert("monitor", Item::ArrayOfTables(list));
    document.to_string()
}

fn value_of(x: f64) -> Value {
    // Whole numbers are written as such; beyond 2⁵³ a float does not name one number any more.
    if x.fract() == 0.0 && x.abs() < 9e15 { Value::from(x as i64) } else { Value::from(x) }
}

fn array<T>(list: &[T], to_value: impl Fn(&T) -> Value) -> Value {
    Value::from(list.iter().map(to_value).collect::<Array>())
}

/// A value as it stands in a file; `None` where nothing stands there.
fn item(datum: &Datum) -> Option<Value> {
    Some(match datum {
        Datum::Absent => return None,
        Datum::Number(x) => value_of(*x),
        Datum::Flag(flag) => Value::from(*flag),
        Datum::Text(text) => Value::from(text.as_str()),
        Datum::Numbers(list) => array(list, |x| value_of(*x)),
        Datum::Texts(list) => array(list, |name| Value::from(name.as_str())),
        Datum::Pairs(list) => array(list, |(a, b)| array(&[*a, *b], |x| value_of(*x))),
        Datum::NumberBy(map) => {
            Value::from(map.iter().map(|(name, x)| (name.as_str(), value_of(*x))).collect::<InlineTable>())
        }
        Datum::Tables(list) => tables(list),
        Datum::TextBy(map) => {
            Value::from(map.iter().map(|(name, text)| (name.as_str(), Value::from(text))).collect::<InlineTable>())
        }
    })
}

/// Tables in a row, each on a line of its own where there are several.
fn tables(list: &[Vec<(&'static str, Datum)>]) -> Value {
    let mut tables = Array::new();
    for keys in list {
        let mut table = InlineTable::new();
        for (key, datum) in keys {
            if let Some(item) = item(datum) {
                insert(&mut table, key, item);
            }
        }
        let mut table = Value::from(table);
        if list.len() > 1 {
            table.decor_mut().set_prefix("\n    ");
        }
        tables.push_formatted(table);
    }
    if list.len() > 1 {
        tables.set_trailing("\n");
    }
    Value::from(tables)
}

/// An entry as a table. `defaults`: with them; `replayed`: a table of requests says what may be left to it.
fn table(entry: &dyn Entry, defaults: bool, replayed: bool) -> Table {
    let mut table = Table::new();
    let blank = entry.blank();
    for key in entry.keys() {
        if let Some(inner) = entry.inner(key.name) {
            table.insert(key.name, value(self::table(inner, defaults, replayed).into_inline_table()));
            continue;
        }
        let Some(datum) = entry.get(key.name) else { continue };
        let is_default = blank.get(key.name).is_some_and(|default| default == datum);
        // The hidden-hard need a mean as soon as there are any, whatever its default.
        let belongs = key.with.is_some_and(|outer| number_of(entry, outer).is_some_and(|x| x > 0.0));
        let is_said = defaults || key.always || belongs || (key.presence == Presence::Needed && key.with.is_none());
        let is_nothing = match &datum {
            Datum::Flag(flag) => !flag,
            Datum::Texts(list) => list.is_empty() && key.presence != Presence::Needed,
            Datum::NumberBy(map) => map.is_empty(),
            _ => false,
        };
        let is_left_to_table = replayed && key.stand_in == Some(StandIn::Table) && datum == Datum::Number(0.0);
        if (is_default && !is_said) || is_nothing || is_left_to_table {
            continue;
        }
        let Some(item) = item(&datum) else { continue };
        insert(&mut table, key.name, item);
    }
    table
}

/// Puts a dotted key into nested inline tables.
fn insert(table: &mut dyn TableLike, key: &str, item: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key, value(item));
        }
        Some((outer, inner)) => {
            let entry = table.entry(outer).or_insert_with(|| value(InlineTable::new()));
            if let Some(inline) = entry.as_inline_table_mut() {
                insert(inline, inner, item);
            }
        }
    }
}

/// The whole scenario as a tree of tables.
pub(super) fn tree(scenario: &Scenario, defaults: bool) -> Table {
    let mut root = Table::new();
    root.insert("schema", value(upgrade::CURRENT));
    let replayed = scenario.is_replayed();
    for (key, item) in table(scenario, defaults, replayed) {
        root.insert(&key, item);
    }
    let blank = Scenario::default();
    for section in SECTIONS {
        let part = (section.part)(scenario);
        // A section that may be absent says something by being there.
        let says_nothing = |table: &Table| table.is_empty() && (section.part)(&blank).count() > 0;
        let entries = (0..part.count()).filter_map(|i| part.entry(i)).map(|entry| table(entry, defaults, replayed));
        if section.most.is_some() {
            let list: ArrayOfTables = entries.collect();
            if !list.is_empty() {
                root.insert(section.key, Item::ArrayOfTables(list));
            }
        } else if let Some(entry) = entries.into_iter().next().filter(|table| !says_nothing(table)) {
            root.insert(section.key, Item::Table(entry));
        }
    }
    root
}

/// The text of an item without its comments and spaces: what is compared.
fn meaning(item: &Item) -> String {
    match item {
        Item::None => String::new(),
        Item::Value(value) => value.clone().decorated("", "").to_string(),
        other => other.to_string(),
    }
}

/// Changes in `target` what differs between `before` and `after`; what is new comes from `sparse`, without defaults.
fn merge(target: &mut dyn TableLike, before: &dyn TableLike, after: &dyn TableLike, sparse: &dyn TableLike) {
    for (key, old) in before.iter() {
        if after.get(key).is_none() && !old.is_none() {
            target.remove(key);
        }
    }
    for (key, new) in after.iter() {
        let old = before.get(key);
        if old.is_some_and(|old| meaning(old) == meaning(new)) {
            continue;
        }
        let fresh = sparse.get(key);
        if let (Some(olds), Some(news)) = (old.and_then(Item::as_array_of_tables), new.as_array_of_tables())
            && let Some(place) = target.get_mut(key).and_then(Item::as_array_of_tables_mut)
            && let Some(fresh) = fresh.and_then(Item::as_array_of_tables)
        {
            merge_list(place, olds, news, fresh);
            continue;
        }
        let tables = old.and_then(Item::as_table_like).zip(new.as_table_like());
        if let Some((olds, news)) = tables
            && let Some(place) = target.get_mut(key).and_then(Item::as_table_like_mut)
        {
            let nothing = Table::new();
            merge(place, olds, news, fresh.and_then(Item::as_table_like).unwrap_or(&nothing));
            continue;
        }
        // A value that became its default must be said where it was said before.
        let item = if target.get(key).is_some() { Some(new) } else { fresh };
        let Some(item) = item else { continue };
        match (target.get_mut(key).and_then(Item::as_value_mut), item.as_value()) {
            (Some(place), Some(new)) => {
                let decor = place.decor().clone();
                *place = new.clone();
                *place.decor_mut() = decor;
            }
            _ => {
                target.insert(key, item.clone());
            }
        }
    }
}

/// The same for a list of tables, whose entries are known by their names (or, without names, by their meaning).
fn merge_list(target: &mut ArrayOfTables, olds: &ArrayOfTables, news: &ArrayOfTables, fresh: &ArrayOfTables) {
    let identity = |table: &Table| table.get("name").map_or_else(|| table.to_string(), meaning);
    let old_ids: Vec<String> = olds.iter().map(identity).collect();
    let new_ids: Vec<String> = news.iter().map(identity).collect();
    // In place: nothing came, went or moved, apart from new names.
    let in_place = old_ids.len() == new_ids.len()
        && old_ids
            .iter()
            .zip(&new_ids)
            .all(|(old, new)| old == new || (!new_ids.contains(old) && !old_ids.contains(new)));
    if in_place && target.len() == olds.len() {
        let parts = target.iter_mut().zip(olds.iter()).zip(news.iter().zip(fresh.iter()));
        for ((place, old), (new, fresh)) in parts {
            merge(place, old, new, fresh);
        }
        return;
    }
    let mut taken: Vec<Option<Table>> = target.iter().cloned().map(Some).collect();
    let position = target.get(0).and_then(Table::position);
    let mut result = ArrayOfTables::new();
    for ((id, new), fresh) in new_ids.iter().zip(news.iter()).zip(fresh.iter()) {
        let old = old_ids.iter().position(|old| old == id);
        let kept = old.and_then(|i| Some((taken.get_mut(i)?.take()?, olds.get(i)?)));
        let mut table = match kept {
            Some((mut place, old)) => {
                merge(&mut place, old, new, fresh);
                place
            }
            None => fresh.clone(),
        };
        // Tables are written by position; one position for all keeps the order of the list.
        place_at(&mut table, position);
        result.push(table);
    }
    *target = result;
}

fn place_at(table: &mut Table, position: Option<isize>) {
    table.set_position(position);
    for (_, item) in table.iter_mut() {
        if let Some(inner) = item.as_table_mut() {
            place_at(inner, position);
        }
    }
}
