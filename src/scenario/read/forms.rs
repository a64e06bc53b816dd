//! How each form of value is read, and what is said of one that is none.

use std::collections::BTreeMap;

use toml_edit::{Item, Value};

use super::MAX_NAME;
use super::reader::{Reader, Section, describe, describe_value, find, float, rows};
use crate::entry::{Blank, Chosen, Datum, Entry, Form, Key, List, Number, Word, written};
use crate::model::MAX_VALUES;
use crate::model::address::WEIGHT;
use crate::scenario::problem::{Severity, list_names, nearest};
use crate::scenario::visible::is_hidden;
use crate::scenario::{kinds, rules};

/// What a key path is.
const PATH: &str = "the key path of a number, as in --set: tier.Small.ability";

/// What tables in a row are like; factors of a sweep are the only ones.
const TABLES: &str = "{ key = \"event.0.multiply\", values = [1, 2, 3] }";

impl Reader<'_, '_> {
    /// What a key may hold, in words.
    pub(super) fn allowed(&self, key: &Key, entry: &dyn Entry) -> String {
        let tiers = self.names.tiers.len();
        match key.form {
            Form::Number(_) if key.with.is_some() => "how hard the hidden-hard requests truly are (logits)".to_owned(),
            Form::Number(number) => number.allowed(),
            Form::NumberOr(number, word) => format!("\"{word}\" or {}", number.allowed()),
            Form::Text if key.told == "a path" => "the path of a table, relative to this file".to_owned(),
            Form::Text => "text in quotes".to_owned(),
            Form::Name => "a name in quotes".to_owned(),
            Form::Hash => "64 hexadecimal digits, or nothing for any table of that name".to_owned(),
            Form::Word(words) => list_names(words.iter().map(|w| w.word)),
            Form::Kind(family) => list_names(kinds::all(family).iter().map(Chosen::word)),
            Form::Flag => "true or false".to_owned(),
            Form::One(List::Tiers) => format!("a tier: {}", list_names(self.names.tiers.iter().map(String::as_str))),
            Form::One(_) if key.name == "baseline" => "the name of the policy in force before routing".to_owned(),
            Form::One(list) => format!("the name of a {}", list.section()),
            Form::Some(_) => "a list of names in quotes".to_owned(),
            Form::Chain => "a list of tier names, cheapest first".to_owned(),
            Form::Shares => format!("{tiers} shares from 0 to 1, one per tier, that sum to 1"),
            Form::Stages => {
                format!("{} shares from 0 to 1, one for each tier but the last", stages(entry, tiers))
            }
            Form::Week => "seven weights from 0 to 1000, Monday first, not all 0".to_owned(),
            Form::Steps => rules::STEPS.to_owned(),
            Form::Between => "two numbers, the least and the greatest value, such as [0.9, 0.95]".to_owned(),
            Form::Numbers(number) => format!("a list of {}", number.allowed().replacen("a number", "numbers", 1)),
            Form::Path => PATH.to_owned(),
            Form::Words(words) => format!("a list of {}", list_names(words.iter().map(|w| w.word))),
            Form::Tables(_) => format!("a list of tables such as {TABLES}"),
            Form::NumberBy(_, number) => number.allowed(),
            Form::TierBy(_) => "a table from segment to tier, such as { \"Billing\" = \"Small\" }".to_owned(),
            Form::Paths => "a list of key paths, such as [\"tier.Small.ability\"]".to_owned(),
            Form::Inner => "a detector such as { kind = \"cusum\", ratio = 1.5 }".to_owned(),
        }
    }

    /// The value of a key, checked; `None` where it is wrong, which has been said then.
    pub(super) fn datum(&mut self, section: &Section<'_>, key: &Key, item: &Item, entry: &dyn Entry) -> Option<Datum> {
        let allowed = self.allowed(key, entry);
        let name = key.name;
        match key.form {
            Form::Number(number) => self.checked(section, name, number, item).map(Datum::Number),
            Form::NumberOr(_, word) if item.as_str() == Some(word) => Some(Datum::Text(word.to_owned())),
            Form::NumberOr(number, _) => {
                let value = item.as_value().and_then(float).filter(|x| number.allows(*x));
                if value.is_none() {
                    self.wrong(section, name, item, &allowed);
                }
                value.map(Datum::Number)
            }
            Form::Text => self.text(section, name, item).map(Datum::Text),
            Form::Name => self.name(section, item).map(Datum::Text),
            Form::Hash => self.hash(section, name, item, &allowed),
            Form::Word(words) => {
                let words: Vec<&str> = words.iter().map(|w| w.word).collect();
                self.word(section, name, &words, false).map(|word| Datum::Text(word.to_owned()))
            }
            Form::Flag => {
                let flag = item.as_bool();
                if flag.is_none() {
                    self.wrong(section, name, item, &allowed);
                }
                flag.map(Datum::Flag)
            }
            Form::One(list) => {
                let found = self.text(section, name, item)?;
                self.known_name(section, name, list, &found);
                Some(Datum::Text(found))
            }
            Form::Some(list) => self.names_in(section, name, list, item).map(Datum::Texts),
            Form::Chain => self.chain(section, name, item).map(Datum::Texts),
            Form::Shares => {
                let tiers = self.names.tiers.len();
                let shares = self.number_list(section, name, Number::SHARE, item, &allowed);
                let Some(shares) = shares else { return Some(Datum::Numbers(vec![0.0; tiers])) };
                let sum: f64 = shares.iter().sum();
                if tiers > 0 && shares.len() != tiers {
                    let message = format!("found {} shares, allowed: {allowed}", shares.len());
                    self.problems.error(item.span(), &section.key(name), message);
                } else if tiers > 0 && (sum - 1.0).abs() > 1e-6 {
                    let message =
                        format!("the shares sum to {}, allowed: {allowed}", written((sum * 1e6).round() / 1e6));
                    self.problems.error(item.span(), &section.key(name), message);
                }
                Some(Datum::Numbers(shares))
            }
            Form::Stages => {
                let wanted = stages(entry, self.names.tiers.len());
                let shares = self.number_list(section, name, Number::SHARE, item, &allowed);
                let Some(shares) = shares else { return Some(Datum::Numbers(vec![0.0; wanted])) };
                if shares.len() != wanted {
                    let message = format!("found {} shares, allowed: {allowed}", shares.len());
                    self.problems.error(item.span(), &section.key(name), message);
                }
                Some(Datum::Numbers(shares))
            }
            Form::Week => {
                let weights = self.number_list(section, name, WEIGHT, item, &allowed)?;
                if weights.len() != 7 {
                    let message = format!("found {} weights, allowed: {allowed}", weights.len());
                    self.problems.error(item.span(), &section.key(name), message);
                    return None;
                }
                Some(Datum::Numbers(weights))
            }
            Form::Steps => self.steps(section, name, item).map(Datum::Pairs),
            Form::Between => {
                let between = self.number_list(section, name, rules::CLAIMED, item, &allowed)?;
                match between.as_slice() {
                    [low, high] if low <= high => Some(Datum::Numbers(between)),
                    [_, _] => {
                        let message = format!("the least value is above the greatest, allowed: {allowed}");
                        self.problems.error(item.span(), &section.key(name), message);
                        None
                    }
                    _ => {
                        let message = format!("found {} numbers, allowed: {allowed}", between.len());
                        self.problems.error(item.span(), &section.key(name), message);
                        None
                    }
                }
            }
            Form::Numbers(number) => {
                let numbers = self.number_list(section, name, number, item, &allowed)?;
                if numbers.is_empty() || numbers.len() > MAX_VALUES {
                    let message = format!("found {} numbers, allowed: from 1 to {MAX_VALUES}", numbers.len());
                    self.problems.error(item.span(), &section.key(name), message);
                    return None;
                }
                Some(Datum::Numbers(numbers))
            }
            Form::Path => self.text(section, name, item).map(Datum::Text),
            Form::Words(words) => self.words(section, name, words, item, &allowed).map(Datum::Texts),
            Form::Tables(blank) => self.rows(section, name, item, blank, &allowed).map(Datum::Tables),
            Form::NumberBy(list, number) => {
                let table = self.table(section, name)?;
                let mut by = BTreeMap::new();
                for (of, item) in table.table.iter() {
                    self.known_name(&table, of, list, of);
                    match item.as_value().and_then(float).filter(|x| number.allows(*x)) {
                        Some(x) => {
                            by.insert(of.to_owned(), x);
                        }
                        None => self.wrong(&table, of, item, &number.allowed()),
                    }
                }
                Some(Datum::NumberBy(by))
            }
            Form::TierBy(list) => {
                let table = self.table(section, name)?;
                let mut by = BTreeMap::new();
                for (of, item) in table.table.iter() {
                    self.known_name(&table, of, list, of);
                    match item.as_str() {
                        Some(tier) => {
                            self.known_name(&table, of, List::Tiers, tier);
                            by.insert(of.to_owned(), tier.to_owned());
                        }
                        None => self.wrong(&table, of, item, "the name of a tier"),
                    }
                }
                Some(Datum::TextBy(by))
            }
            Form::Paths => self.paths(section, name, item, &allowed).map(Datum::Texts),
            Form::Kind(_) | Form::Inner => None,
        }
    }

    /// Checks a number's type and range.
    pub(super) fn checked(&mut self, section: &Section<'_>, key: &str, number: Number, item: &Item) -> Option<f64> {
        let value = item.as_value().and_then(float).filter(|x| number.allows(*x));
        if value.is_none() {
            self.wrong(section, key, item, &number.allowed());
        }
        value
    }

    pub(super) fn text(&mut self, section: &Section<'_>, key: &str, item: &Item) -> Option<String> {
        let text = item.as_str();
        if text.is_none() {
            self.wrong(section, key, item, "text in quotes");
        }
        text.map(str::to_owned)
    }

    /// A name: not empty, not endless, without hidden characters.
    pub(super) fn name(&mut self, section: &Section<'_>, item: &Item) -> Option<String> {
        let Some(name) = item.as_str() else {
            self.wrong(section, "name", item, "a name in quotes");
            return None;
        };
        if name.trim().is_empty() || name.chars().count() > MAX_NAME || name.chars().any(is_hidden) {
            let allowed = format!("a name of 1 to {MAX_NAME} characters on one line, none of them hidden");
            self.wrong(section, "name", item, &allowed);
        }
        Some(name.to_owned())
    }

    pub(super) fn hash(&mut self, section: &Section<'_>, key: &str, item: &Item, allowed: &str) -> Option<Datum> {
        let hash = self.text(section, key, item)?;
        if hash.is_empty() {
            return Some(Datum::Absent);
        }
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            let message = format!("no BLAKE3 hash, allowed: {allowed}");
            self.problems.error(item.span(), &section.key(key), message);
        }
        Some(Datum::Text(hash))
    }

    pub(super) fn word<'w>(
        &mut self,
        section: &Section<'_>,
        key: &str,
        words: &[&'w str],
        needed: bool,
    ) -> Option<&'w str> {
        let Some(item) = find(section.table, key) else {
            if needed {
                self.missing(section, key, &list_names(words.iter().copied()));
            }
            return None;
        };
        let found = item.as_str();
        let known = found.and_then(|found| words.iter().find(|word| **word == found));
        if known.is_none() {
            let suggestion = found.and_then(|found| nearest(found, words.iter().copied()));
            let message = format!("found {}, allowed: {}", describe(item), list_names(words.iter().copied()));
            self.problems.add(Severity::Error, item.span(), &section.key(key), message, suggestion);
        }
        known.copied()
    }

    /// A list of numbers in a range.
    pub(super) fn number_list(
        &mut self,
        section: &Section<'_>,
        key: &str,
        range: Number,
        item: &Item,
        allowed: &str,
    ) -> Option<Vec<f64>> {
        let Some(array) = item.as_array() else {
            self.wrong(section, key, item, allowed);
            return None;
        };
        let mut numbers = Vec::with_capacity(array.len().min(64));
        for value in array.iter() {
            match float(value).filter(|x| range.allows(*x)) {
                Some(x) => numbers.push(x),
                None => {
                    let message = format!("found {} in the list, allowed: {allowed}", describe_value(value));
                    self.problems.error(value.span(), &section.key(key), message);
                    return None;
                }
            }
        }
        Some(numbers)
    }

    pub(super) fn text_list(&mut self, section: &Section<'_>, key: &str, item: &Item) -> Option<Vec<String>> {
        let list =
            item.as_array().and_then(|a| a.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
        if list.is_none() {
            self.wrong(section, key, item, "a list of names in quotes");
        }
        list
    }

    /// Some of a few words.
    fn words(
        &mut self,
        section: &Section<'_>,
        key: &str,
        words: &[Word],
        item: &Item,
        allowed: &str,
    ) -> Option<Vec<String>> {
        let Some(array) = item.as_array() else {
            self.wrong(section, key, item, allowed);
            return None;
        };
        let mut found = Vec::new();
        let mut is_sound = true;
        for value in array.iter() {
            match words.iter().find(|word| value.as_str() == Some(word.word)) {
                Some(word) => found.push(word.word.to_owned()),
                None => {
                    let near = value.as_str().and_then(|word| nearest(word, words.iter().map(|w| w.word)));
                    let message = format!("found {} in the list, allowed: {allowed}", describe_value(value));
                    self.problems.add(Severity::Error, value.span(), &section.key(key), message, near);
                    is_sound = false;
                }
            }
        }
        is_sound.then_some(found)
    }

    /// Tables in a row.
    fn rows(
        &mut self,
        section: &Section<'_>,
        key: &str,
        item: &Item,
        blank: Blank,
        allowed: &str,
    ) -> Option<Vec<Vec<(&'static str, Datum)>>> {
        let Some(tables) = rows(item) else {
            self.wrong(section, key, item, allowed);
            return None;
        };
        let mut found = Vec::new();
        for (index, (table, span)) in tables.into_iter().enumerate() {
            let row = Section { table, label: section.row(key, index), span };
            let mut entry = blank.0();
            self.entry(&row, key, entry.as_mut());
            let blank = blank.0();
            found.push(entry.keys().into_iter().filter_map(|key| said(key, entry.as_ref(), blank.as_ref())).collect());
        }
        Some(found)
    }

    /// Names of entries of a list; none means all, and is left out.
    pub(super) fn names_in(
        &mut self,
        section: &Section<'_>,
        key: &str,
        list: List,
        item: &Item,
    ) -> Option<Vec<String>> {
        let names = self.text_list(section, key, item)?;
        for name in &names {
            self.known_name(section, key, list, name);
        }
        if names.is_empty() {
            let message = format!("the list is empty; leave the key out for every {}", list.section());
            self.problems.error(item.span(), &section.key(key), message);
        }
        Some(names)
    }

    /// Key paths, each once, at least one. Where they lead is looked at when the whole scenario is known.
    fn paths(&mut self, section: &Section<'_>, key: &str, item: &Item, allowed: &str) -> Option<Vec<String>> {
        let list = item.as_array().and_then(|a| a.iter().map(|v| v.as_str().map(str::to_owned)).collect());
        let Some(paths): Option<Vec<String>> = list else {
            self.wrong(section, key, item, allowed);
            return None;
        };
        if paths.is_empty() {
            let message = "the list is empty; leave the key out for the usual numbers of the figure";
            self.problems.error(item.span(), &section.key(key), message);
        }
        Some(paths)
    }

    /// Tiers in their order, each once, at least one.
    pub(super) fn chain(&mut self, section: &Section<'_>, key: &str, item: &Item) -> Option<Vec<String>> {
        let names = self.text_list(section, key, item)?;
        for name in &names {
            self.known_name(section, key, List::Tiers, name);
        }
        let order: Vec<Option<usize>> =
            names.iter().map(|name| self.names.tiers.iter().position(|tier| tier == name)).collect();
        let is_ascending = order.windows(2).all(|w| matches!(w, [a, b] if a.is_none() || b.is_none() || a < b));
        if names.is_empty() {
            let message = "the list is empty, allowed: at least one tier";
            self.problems.error(item.span(), &section.key(key), message);
        } else if !is_ascending {
            let message = "each tier once, in the order of the [[tier]] sections, cheapest first";
            self.problems.error(item.span(), &section.key(key), message);
        }
        Some(names)
    }

    /// The steps of a rollout.
    pub(super) fn steps(&mut self, section: &Section<'_>, key: &str, item: &Item) -> Option<Vec<(f64, f64)>> {
        let (outer, inner) = key.split_once('.').unwrap_or(("", key));
        let label = format!("{}: {inner}", section.key(outer));
        if [".days", ".start_day"].iter().any(|other| find(section.table, &format!("{outer}{other}")).is_some()) {
            self.problems.error(item.span(), &label, "give either steps, or start_day and days, not both");
        }
        let pairs: Option<Vec<(f64, f64)>> = item.as_array().and_then(|array| {
            let pair = |pair: &Value| {
                let numbers = pair.as_array()?.iter().map(|v| float(v).filter(|x| x.is_finite()));
                match numbers.collect::<Option<Vec<f64>>>()?.as_slice() {
                    [day, share] => Some((*day, *share)),
                    _ => None,
                }
            };
            array.iter().map(pair).collect()
        });
        let steps = pairs.unwrap_or_default();
        if let Some(message) = rules::rollout_steps(&steps) {
            self.problems.error(item.span(), &label, format!("found {}, {message}", describe(item)));
            return None;
        }
        Some(steps)
    }
}

/// A value as one that stands in a table.
fn said(key: &Key, entry: &dyn Entry, blank: &dyn Entry) -> Option<(&'static str, Datum)> {
    let datum = entry.get(key.name).filter(|datum| blank.get(key.name).as_ref() != Some(datum))?;
    Some((key.name, datum))
}

/// Stages of a chain that pass requests on: one fewer than tiers.
fn stages(entry: &dyn Entry, tiers: usize) -> usize {
    let chain = entry.get("tiers").and_then(|datum| datum.texts().map(<[String]>::len));
    chain.unwrap_or(tiers).saturating_sub(1)
}
