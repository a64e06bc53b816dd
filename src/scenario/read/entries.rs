//! The sections of a file, and the entries in them.

use toml_edit::{Item, TableLike};

use super::reader::{Reader, Section, find, key_span};
use crate::entry::{self, Chosen, Entry, Family, Form, Key, List, Presence, number_of};
use crate::model::{Change, EventKind, MAX_GENERATED_TIERS, SECTIONS, Scenario, Section as Part};
use crate::scenario::problem::Severity;
use crate::scenario::{kinds, rules};

impl Reader<'_, '_> {
    pub(super) fn scenario(&mut self, table: &dyn TableLike) -> Scenario {
        let root = Section { table, label: String::new(), span: None };
        let mut scenario = Scenario::default();
        let head = scenario.keys();
        let sections = SECTIONS.iter().map(|part| part.key);
        let known: Vec<&str> = std::iter::once("schema").chain(head.iter().map(|k| k.name)).chain(sections).collect();
        self.unknown_keys(&root, &known);
        self.names.is_replayed = table.get("replay").is_some_and(Item::is_table_like);
        self.names.is_scored = find(table, "replay.router").is_some_and(Item::is_str);
        let found: Vec<Vec<Section<'_>>> = SECTIONS.iter().map(|part| self.sections(&root, part)).collect();
        for (part, sections) in SECTIONS.iter().zip(&found) {
            let name = |s: &Section<'_>| s.table.get("name").and_then(Item::as_str).unwrap_or("").to_owned();
            let names: Vec<String> = sections.iter().map(name).collect();
            let has_names = entry::find((part.part)(&scenario).blank().as_ref(), "name");
            if has_names.is_some_and(|key| key.form == Form::Name) {
                self.unique_names(sections, &names);
            }
            match part.list {
                Some(List::Segments) => self.names.segments = names,
                Some(List::Tiers) => self.names.tiers = names,
                Some(List::Policies) => self.names.policies = names,
                _ => {}
            }
        }
        self.values(&root, &mut scenario);
        self.missing_sections(&root);
        for (part, sections) in SECTIONS.iter().zip(&found) {
            for section in sections {
                if let Some(entry) = (part.part_mut)(&mut scenario).add() {
                    self.entry(section, part.key, entry);
                }
            }
        }
        let place = |key: &str, index: usize| {
            let at = SECTIONS.iter().position(|part| part.key == key)?;
            found.get(at)?.get(index).cloned()
        };
        if let (Some(first), Some(_)) = (place("segment", 0), &scenario.replay) {
            let message = "a scenario has either [[segment]] sections or [replay], not both";
            self.problems.error(first.span.clone(), &first.label, message);
        }
        for breach in rules::breaches(&scenario) {
            let Some(section) = place(breach.section, breach.index) else { continue };
            // Of an event that nobody knows what it acts on, no more is said.
            let kind = section.table.get("kind").and_then(Item::as_str).and_then(EventKind::of_word);
            if breach.section == "event" && !breach.is_warning && kind.is_none() {
                continue;
            }
            let severity = if breach.is_warning { Severity::Warning } else { Severity::Error };
            match (breach.key, breach.needed) {
                ("", _) => {
                    self.problems.add(
                        severity,
                        section.span.clone(),
                        &section.label,
                        breach.message,
                        breach.suggestion,
                    );
                }
                (key, _) if self.is_missed(&section, breach.section, key) => {}
                (key, _) if let Some((row, inner)) = breach.row => {
                    let label = format!("{}: {inner}", section.row(key, row));
                    let at = section.span_in_row(key, row, inner);
                    self.problems.add(severity, at, &label, breach.message, breach.suggestion);
                }
                (key, Some(needed)) if find(section.table, key).is_none() => self.missing(&section, key, needed),
                (key, _) => {
                    let at = section.span_of(key);
                    self.problems.add(severity, at, &section.key(key), breach.message, breach.suggestion);
                }
            }
        }
        scenario
    }

    /// Whether a key is needed and not there, which has been said already.
    fn is_missed(&self, section: &Section<'_>, part: &str, key: &str) -> bool {
        let blank = SECTIONS.iter().find(|s| s.key == part).map(|s| (s.part)(&Scenario::default()).blank());
        let found = blank.and_then(|blank| entry::find(blank.as_ref(), key));
        let is_needed = found.is_some_and(|key| key.presence == Presence::Needed && key.with.is_none());
        is_needed && find(section.table, key).is_none()
    }

    /// Reports sections that a scenario needs and that are not there.
    pub(super) fn missing_sections(&mut self, root: &Section<'_>) {
        for part in SECTIONS.iter().filter(|part| root.table.get(part.key).is_none()) {
            let (key, is_generated) = (part.key, part.list == Some(List::Segments) && !self.names.is_replayed);
            if part.needed && part.most.is_none() {
                self.missing(root, key, &format!("a section [{key}] with requests_per_day"));
            } else if part.needed || is_generated {
                self.problems.error(None, key, format!("missing; a scenario needs at least one [[{key}]]"));
            }
        }
    }

    /// The tables of a part of the scenario, as they stand in the file.
    pub(super) fn sections<'a>(&mut self, root: &Section<'a>, part: &Part) -> Vec<Section<'a>> {
        let key = part.key;
        match part.most {
            None => self.table(root, key).into_iter().collect(),
            Some(most) => {
                let is_generated = part.list == Some(List::Tiers) && !self.names.is_replayed;
                self.tables(root, key, if is_generated { MAX_GENERATED_TIERS } else { most })
            }
        }
    }

    /// Reads a section; unknown keys are reported.
    pub(super) fn entry(&mut self, section: &Section<'_>, what: &str, entry: &mut dyn Entry) {
        entry.prepare(&|key| find(section.table, key).is_some());
        let family = entry.chosen().map(|kind| kind.about().family);
        if let Some(family) = family {
            let Some(kind) = self.kind(section, family) else {
                // Without a kind nothing but the name can be looked at.
                if let Some(name) = entry::find(&*entry, "name") {
                    self.value(section, name, entry);
                }
                return;
            };
            entry.choose(kind);
        }
        let keys: Vec<&str> = entry.keys().iter().map(|key| key.name).collect();
        match family {
            Some(family) if family != Family::Detectors => self.keys_of_kind(section, what, family, entry, keys),
            _ => self.unknown_keys(section, &keys),
        }
        match what {
            "event" => {
                let ways: Vec<&str> = Change::Multiply(1.0).keys().into_iter().map(|key| key.name).collect();
                self.one_of(section, &ways, "an event");
            }
            "known" => {
                self.one_of(section, &["policy", "tier"], "a known figure");
                self.one_of(section, &["value", "between"], "a known figure");
            }
            _ => {}
        }
        self.values(section, entry);
    }

    /// Of keys that say the same thing in different ways, an entry has one.
    pub(super) fn one_of(&mut self, section: &Section<'_>, ways: &[&str], entry: &str) {
        let given: Vec<&str> = ways.iter().copied().filter(|way| section.table.get(way).is_some()).collect();
        let (Some((last, others)), Some(first)) = (ways.split_last(), ways.first()) else { return };
        let listed = |word: &str| format!("{} {word} {last}", others.join(", "));
        match given.as_slice() {
            [_] => {}
            [] => self.missing(section, first, &format!("one of {}", listed("or"))),
            [_, second, ..] => {
                let at = key_span(section.table, second);
                let message = format!("found {}; {entry} has only one of {}", given.join(" and "), listed("and"));
                self.problems.error(at, &section.label, message);
            }
        }
    }

    pub(super) fn values(&mut self, section: &Section<'_>, entry: &mut dyn Entry) {
        for key in entry.keys() {
            if !matches!(key.form, Form::Kind(_)) {
                self.value(section, key, entry);
            }
        }
        for key in entry.keys() {
            if let Some(outer) = key.with
                && key.presence == Presence::Needed
                && find(section.table, key.name).is_none()
                && number_of(&*entry, outer).is_some_and(|x| x > 0.0)
            {
                self.missing(section, key.name, &self.allowed(key, entry));
            }
        }
    }

    /// The kind that a section says it is of.
    pub(super) fn kind(&mut self, section: &Section<'_>, family: Family) -> Option<Chosen> {
        let all = kinds::all(family);
        let words: Vec<&str> = all.iter().map(Chosen::word).collect();
        let word = self.word(section, "kind", &words, true)?;
        all.into_iter().find(|kind| kind.word() == word)
    }

    /// Reads the value of one key into the entry.
    pub(super) fn value(&mut self, section: &Section<'_>, key: &'static Key, entry: &mut dyn Entry) {
        let Some(item) = find(section.table, key.name) else {
            let applies = entry.get(key.name).is_some() || key.form == Form::Inner;
            if applies && key.presence == Presence::Needed && key.with.is_none() && !self.names.stands_in(key) {
                let allowed = self.allowed(key, entry);
                self.missing(section, key.name, &allowed);
            }
            return;
        };
        if key.form == Form::Inner {
            if let (Some(table), Some(inner)) = (self.table(section, key.name), entry.open(key.name)) {
                self.entry(&table, key.name, inner);
            }
            return;
        }
        if let Some(datum) = self.datum(section, key, item, entry) {
            entry.set(key.name, datum);
        }
    }
}
