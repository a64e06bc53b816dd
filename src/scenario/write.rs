//! Scenario to text: what did not change keeps its spelling, its comments and its place.
//!
//! The scenario as it was read and the scenario as it is now are both turned into plain trees; where the trees differ, the
//! original text is edited.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::parameter::{self, Parameter};
use super::read;
use super::upgrade;
use super::vocabulary;
use crate::model::{Event, Expectation, Monitor, Policy, PolicyKind, Rollout, Scenario, Segment, Tier};

/// A scenario's text, kept for saving.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioDocument {
    text: String,
    read: Scenario,
}

impl ScenarioDocument {
    pub(super) fn new(text: String, read: Scenario) -> Self {
        Self { text, read }
    }

    /// The text as it was read.
    pub fn original(&self) -> &str {
        &self.text
    }

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
        let mut document: DocumentMut = self.text.parse().ok()?;
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
    list(document.as_table_mut(), "monitor", std::slice::from_ref(of), |m| monitor(m, false));
    document.to_string()
}

fn number(x: f64) -> Item {
    // Whole numbers are written as such; beyond 2⁵³ a float does not name one number any more.
    if x.fract() == 0.0 && x.abs() < 9e15 { value(x as i64) } else { value(x) }
}

fn value_of(x: f64) -> Value {
    match number(x) {
        Item::Value(value) => value,
        _ => Value::from(x),
    }
}

/// Puts the numbers of a section into a table; inner tables are written inline.
fn put<S>(table: &mut Table, parameters: &[Parameter<S>], section: &S, defaults: bool, has: impl Fn(&str) -> bool) {
    for p in parameters.iter().filter(|p| has(p.key)) {
        let Some(x) = (p.get)(section) else { continue };
        if !defaults && p.default == Some(x) {
            continue;
        }
        match p.key.split_once('.') {
            None => {
                table.insert(p.key, number(x));
            }
            Some((outer, inner)) => {
                let entry = table.entry(outer).or_insert_with(|| value(InlineTable::new()));
                if let Some(inline) = entry.as_inline_table_mut() {
                    inline.insert(inner, value_of(x));
                }
            }
        }
    }
}

fn numbers(list: &[f64]) -> Item {
    value(list.iter().map(|x| value_of(*x)).collect::<Array>())
}

fn names(list: &[String]) -> Item {
    value(list.iter().map(String::as_str).collect::<Array>())
}

/// The whole scenario as a tree of tables.
pub(super) fn tree(s: &Scenario, defaults: bool) -> Table {
    let mut root = Table::new();
    root.insert("schema", value(upgrade::CURRENT));
    root.insert("name", value(&s.name));
    for (key, text) in [("description", &s.description), ("source", &s.source)] {
        if defaults || !text.is_empty() {
            root.insert(key, value(text));
        }
    }
    put(&mut root, parameter::HEAD, s, defaults, |_| true);
    root.insert("baseline", value(&s.baseline));
    let mut traffic = Table::new();
    put(&mut traffic, parameter::TRAFFIC, &s.traffic, defaults, |_| true);
    if defaults || s.traffic.weekday != [1.0; 7] {
        traffic.insert("weekday", numbers(&s.traffic.weekday));
    }
    root.insert("traffic", Item::Table(traffic));
    if let Some(replay) = &s.replay {
        let mut table = Table::new();
        table.insert("table", value(&replay.table));
        for (key, text) in [("blake3", &replay.blake3), ("segment", &replay.segment), ("router", &replay.router)] {
            if let Some(text) = text {
                table.insert(key, value(text));
            }
        }
        put(&mut table, parameter::REPLAY, replay, defaults, |_| true);
        root.insert("replay", Item::Table(table));
    }
    list(&mut root, "segment", &s.segments, |x| segment(x, defaults));
    list(&mut root, "tier", &s.tiers, |x| tier(x, defaults, s.replay.is_some()));
    list(&mut root, "policy", &s.policies, |x| policy(x, defaults));
    list(&mut root, "event", &s.events, |x| event(x, defaults));
    section(&mut root, "economics", parameter::ECONOMICS, &s.economics, defaults);
    section(&mut root, "feedback", parameter::FEEDBACK, &s.feedback, defaults);
    let mut study = Table::new();
    put(&mut study, parameter::STUDY, &s.study, defaults, |_| true);
    if let Some(policy) = &s.study.policy {
        study.insert("policy", value(policy));
    }
    if !study.is_empty() {
        root.insert("study", Item::Table(study));
    }
    list(&mut root, "monitor", &s.monitors, |x| monitor(x, defaults));
    list(&mut root, "expect", &s.expectations, expectation);
    root
}

fn list<T>(root: &mut Table, key: &str, entries: &[T], to_table: impl Fn(&T) -> Table) {
    if !entries.is_empty() {
        root.insert(key, Item::ArrayOfTables(entries.iter().map(to_table).collect()));
    }
}

fn section<S>(root: &mut Table, key: &str, parameters: &[Parameter<S>], from: &S, defaults: bool) {
    let mut table = Table::new();
    put(&mut table, parameters, from, defaults, |_| true);
    if !table.is_empty() {
        root.insert(key, Item::Table(table));
    }
}

fn segment(s: &Segment, defaults: bool) -> Table {
    let mut table = Table::new();
    table.insert("name", value(&s.name));
    // The hidden-hard need a mean as soon as there are any, whatever its default.
    put(&mut table, parameter::SEGMENT, s, defaults, |key| !key.starts_with("hidden"));
    if defaults || s.hidden.share > 0.0 {
        put(&mut table, parameter::SEGMENT, s, true, |key| key.starts_with("hidden"));
    } else {
        put(&mut table, parameter::SEGMENT, s, false, |key| key.starts_with("hidden"));
    }
    table
}

fn tier(t: &Tier, defaults: bool, replayed: bool) -> Table {
    let mut table = Table::new();
    table.insert("name", value(&t.name));
    put(&mut table, parameter::TIER, t, defaults, |key| {
        let zero = [t.input_usd_per_mtok, t.output_usd_per_mtok, t.ability].map(|x| x == 0.0);
        let left_to_table = parameter::IN_A_TABLE.iter().zip(zero).any(|(k, is_zero)| *k == key && is_zero);
        !(replayed && left_to_table)
    });
    if !t.skill.is_empty() {
        let skill: InlineTable = t.skill.iter().map(|(name, x)| (name.as_str(), value_of(*x))).collect();
        table.insert("skill", value(skill));
    }
    table
}

fn policy(p: &Policy, defaults: bool) -> Table {
    let mut table = Table::new();
    table.insert("name", value(&p.name));
    let mut kind = |word: &str| table.insert("kind", value(word));
    match &p.kind {
        PolicyKind::Single { tier } => {
            kind("single");
            table.insert("tier", value(tier));
        }
        PolicyKind::Random { shares } => {
            kind("random");
            table.insert("shares", numbers(shares));
        }
        PolicyKind::SegmentRules { rules, default } => {
            kind("segment_rules");
            let rules: InlineTable = rules.iter().map(|(s, t)| (s.as_str(), Value::from(t))).collect();
            table.insert("rules", value(rules));
            table.insert("default", value(default));
        }
        PolicyKind::Classifier { shares, .. } => {
            kind("classifier");
            table.insert("shares", numbers(shares));
        }
        PolicyKind::Cascade { tiers, escalate } => {
            kind("cascade");
            table.insert("tiers", names(tiers));
            table.insert("escalate", numbers(escalate));
        }
        PolicyKind::JudgeCascade { tiers, .. } => {
            kind("judge_cascade");
            table.insert("tiers", names(tiers));
        }
        PolicyKind::RouterCascade { shares, escalate, .. } => {
            kind("router_cascade");
            table.insert("shares", numbers(shares));
            table.insert("escalate", numbers(escalate));
        }
        PolicyKind::Oracle => {
            kind("oracle");
        }
        PolicyKind::Budget { shares, .. } => {
            kind("budget");
            table.insert("shares", numbers(shares));
        }
        PolicyKind::Bandit { tiers, .. } => {
            kind("bandit");
            table.insert("tiers", names(tiers));
        }
        PolicyKind::HumanFallback { tier, .. } => {
            kind("human_fallback");
            table.insert("tier", value(tier));
        }
    }
    put(&mut table, parameter::POLICY, p, defaults, |_| true);
    if let Some(Rollout::Steps(steps)) = &p.rollout {
        let pairs: Array = steps
            .iter()
            .map(|(day, share)| Value::from([value_of(*day), value_of(*share)].into_iter().collect::<Array>()))
            .collect();
        let mut rollout = InlineTable::new();
        rollout.insert("steps", Value::from(pairs));
        table.insert("rollout", value(rollout));
    }
    table
}

fn event(e: &Event, defaults: bool) -> Table {
    let mut table = Table::new();
    table.insert("kind", value(vocabulary::word(vocabulary::EVENT_KINDS, &e.kind)));
    if !e.segments.is_empty() {
        table.insert("segments", names(&e.segments));
    }
    if !e.tiers.is_empty() {
        table.insert("tiers", names(&e.tiers));
    }
    put(&mut table, parameter::EVENT, e, defaults, |_| true);
    if e.visible {
        table.insert("visible", value(true));
    }
    table
}

fn monitor(m: &Monitor, defaults: bool) -> Table {
    let mut table = Table::new();
    table.insert("name", value(&m.name));
    table.insert("kind", value(vocabulary::word(vocabulary::MONITOR_KINDS, &m.kind)));
    let strata = vocabulary::word(vocabulary::STRATA, &m.strata);
    if defaults || strata != "all" {
        table.insert("strata", value(strata));
    }
    let own = vocabulary::monitor_keys(m.kind);
    let has = |key: &str| own.contains(&key) || vocabulary::MONITOR_KEYS.contains(&key);
    put(&mut table, parameter::MONITOR, m, defaults, has);
    put(&mut table, parameter::MONITOR_OPTIONAL, m, defaults, has);
    if let Some(observes) = &m.observes {
        table.insert("observes", value(vocabulary::word(vocabulary::MONITOR_KINDS, observes)));
    }
    let allocation = vocabulary::word(vocabulary::ALLOCATIONS, &m.allocation);
    if own.contains(&"allocation") && (defaults || allocation != "equal") {
        table.insert("allocation", value(allocation));
    }
    if own.contains(&"statistic") {
        table.insert("statistic", value(vocabulary::word(vocabulary::STATISTICS, &m.statistic)));
    }
    if let Some(d) = &m.detector {
        let mut inner = Table::new();
        inner.insert("kind", value(vocabulary::word(vocabulary::DETECTOR_KINDS, &d.kind)));
        put(&mut inner, parameter::DETECTOR, d, defaults, |_| true);
        table.insert("detector", value(inner.into_inline_table()));
    }
    table
}

fn expectation(e: &Expectation) -> Table {
    let mut table = Table::new();
    table.insert("policy", value(&e.policy));
    table.insert("figure", value(vocabulary::word(vocabulary::FIGURES, &e.figure)));
    table.insert("when", value(vocabulary::word(vocabulary::STAGES, &e.production)));
    table.insert("between", numbers(&[e.between.0, e.between.1]));
    table
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
