//! Text to scenario: every value is checked, and all problems are reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::parameter::{self, Parameter};
use super::problem::{Problem, Problems, Severity, list_names, nearest};
use super::rules;
use super::start;
use super::upgrade;
use super::visible::is_hidden;
use super::vocabulary::{self, Words};
use super::write::ScenarioDocument;
use crate::model::{
    Allocation, Change, Consequence, Csat, Detector, DetectorKind, DriftStatistic, Economics, Event, EventKind,
    Expectation, Feedback, Figure, Hidden, Human, Judge, Latency, MAX_GENERATED_TIERS, MAX_POLICIES, MAX_SEGMENTS,
    MAX_TIERS, Monitor, MonitorKind, Normal, Policy, PolicyKind, Replay, Rollout, Scenario, Segment, Strata, Study,
    ThumbsDown, Tier, Tokens, Traffic,
};

/// Largest file that is read, bytes. The largest scenario allowed takes about 200 kB.
pub const MAX_BYTES: usize = 4 << 20;
/// Most marks of structure (`=`, `,`, `[`, `{`) outside comments: a scenario at every limit has about 10,000. Parsed TOML takes
/// hundreds of bytes for each, so this is what bounds the memory that a file can claim.
const MAX_MARKS: usize = 25_000;
/// Longest name, characters.
pub const MAX_NAME: usize = 120;
/// Most events, monitors and claims, each.
pub const MAX_ENTRIES: usize = 500;

/// A scenario and what is needed to save it again.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Its text, with comments.
    pub document: ScenarioDocument,
    /// What is probably not meant.
    pub warnings: Vec<Problem>,
}

/// Reads bytes.
///
/// # Errors
/// Every problem of the text.
pub fn parse_bytes(bytes: &[u8], file: &str) -> Result<Loaded, Vec<Problem>> {
    if bytes.len() > MAX_BYTES {
        let mut problems = Problems::new(file, "");
        problems.error(
            None,
            "",
            // Whoever reads files stops at the limit: how much more there is nobody knows.
            format!(
                "the file has more than {} MiB, the most of a scenario, so this is probably not one",
                MAX_BYTES >> 20
            ),
        );
        return Err(problems.finish());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text.strip_prefix('\u{feff}').unwrap_or(text), file),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("");
            let mut problems = Problems::new(file, valid);
            let at = valid.len()..valid.len();
            problems.error(Some(at), "", "not UTF-8 text from here on; save the file with the encoding UTF-8");
            Err(problems.finish())
        }
    }
}

/// What is wrong with TOML that has more structure than a scenario can have: it is not parsed, because that would take hundreds of times its size.
pub fn too_dense(text: &str) -> Option<String> {
    // In a text over several lines a line that looks like a comment may be none, and end it.
    let is_comment =
        |line: &str| line.trim_start().starts_with('#') && !line.contains("\"\"\"") && !line.contains("'''");
    let marks: usize = text
        .lines()
        .filter(|line| !is_comment(line))
        .map(|line| line.bytes().filter(|b| matches!(b, b'=' | b',' | b'[' | b'{')).count())
        .sum();
    (marks > MAX_MARKS)
        .then(|| format!("the file has {marks} keys, lists and entries; a scenario has at most {MAX_MARKS}"))
}

/// Reads text.
///
/// # Errors
/// Every problem of the text.
pub fn parse(text: &str, file: &str) -> Result<Loaded, Vec<Problem>> {
    if text.len() > MAX_BYTES {
        return parse_bytes(text.as_bytes(), file);
    }
    let mut problems = Problems::new(file, text);
    if let Some(what) = too_dense(text) {
        problems.error(None, "", what);
        return Err(problems.finish());
    }
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let what = error.message().lines().next().unwrap_or("").trim();
            problems.error(error.span(), "", format!("not valid TOML: {what}"));
            return Err(problems.finish());
        }
    };
    let root = document.as_table();
    if !schema_is_known(root, &mut problems) {
        return Err(problems.finish());
    }
    let scenario = Reader { problems: &mut problems }.scenario(root);
    if problems.has_errors() {
        return Err(problems.finish());
    }
    Ok(Loaded {
        document: ScenarioDocument::new(text.to_owned(), scenario.clone()),
        scenario,
        warnings: problems.finish(),
    })
}

/// Whether the schema is one that the program reads; if it is newer, nothing else of the file is worth a word.
fn schema_is_known(root: &dyn TableLike, problems: &mut Problems<'_>) -> bool {
    let Some(item) = root.get("schema") else {
        problems.error(
            None,
            "schema",
            format!("missing; the first line of a scenario is schema = {}", upgrade::CURRENT),
        );
        return true;
    };
    match item.as_integer() {
        Some(found) if found > upgrade::CURRENT => {
            problems.error(
                item.span(),
                "schema",
                format!(
                    "found {found}, this version knows up to {}; update Paretoscope to open this file",
                    upgrade::CURRENT
                ),
            );
            false
        }
        Some(found) if found < 1 => {
            problems.error(
                item.span(),
                "schema",
                format!("found {found}, allowed: a whole number from 1 to {}", upgrade::CURRENT),
            );
            true
        }
        Some(_) => true,
        None => {
            problems.error(item.span(), "schema", format!("found {}, allowed: {}", describe(item), upgrade::CURRENT));
            true
        }
    }
}

/// A value in words.
fn describe(item: &Item) -> String {
    match item {
        Item::None => "nothing".to_owned(),
        Item::Table(_) => "a table".to_owned(),
        Item::ArrayOfTables(_) => "a list of tables".to_owned(),
        Item::Value(value) => describe_value(value),
    }
}

fn describe_value(value: &Value) -> String {
    match value {
        Value::String(s) => format!("the text {}", quoted(s.value())),
        Value::Integer(i) => i.value().to_string(),
        Value::Float(x) => parameter::number(*x.value()),
        Value::Boolean(b) => b.value().to_string(),
        Value::Datetime(_) => "a date".to_owned(),
        Value::Array(a) => format!("a list of {}", a.len()),
        Value::InlineTable(_) => "a table".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    if text.chars().count() > 60 {
        format!("\"{}…\"", text.chars().take(60).collect::<String>())
    } else {
        format!("\"{text}\"")
    }
}

/// Finds a dotted key.
fn find<'a>(table: &'a dyn TableLike, key: &str) -> Option<&'a Item> {
    match key.split_once('.') {
        Some((head, rest)) => find(table.get(head)?.as_table_like()?, rest),
        None => table.get(key),
    }
}

fn key_span(table: &dyn TableLike, key: &str) -> Option<Range<usize>> {
    table.get_key_value(key).and_then(|(k, item)| k.span().or_else(|| item.span()))
}

struct Reader<'p, 't> {
    problems: &'p mut Problems<'t>,
}

/// A table of the file and what it is called in messages.
#[derive(Clone)]
struct Section<'a> {
    table: &'a dyn TableLike,
    label: String,
    span: Option<Range<usize>>,
}

impl Section<'_> {
    fn key(&self, key: &str) -> String {
        if self.label.is_empty() { key.to_owned() } else { format!("{}: {key}", self.label) }
    }
}

impl Reader<'_, '_> {
    fn wrong(&mut self, section: &Section<'_>, key: &str, item: &Item, allowed: &str) {
        self.problems.error(item.span(), &section.key(key), format!("found {}, allowed: {allowed}", describe(item)));
    }

    fn missing(&mut self, section: &Section<'_>, key: &str, allowed: &str) {
        self.problems.error(section.span.clone(), &section.key(key), format!("missing; needed: {allowed}"));
    }

    /// Reports keys that are not among `allowed` (dotted keys open their tables).
    fn unknown_keys(&mut self, section: &Section<'_>, allowed: &[&str]) {
        self.unknown_keys_below(section, section.table, "", allowed);
    }

    fn unknown_keys_below(&mut self, section: &Section<'_>, table: &dyn TableLike, prefix: &str, allowed: &[&str]) {
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

    /// Checks a number's type and range.
    fn checked<S>(&mut self, section: &Section<'_>, parameter: &Parameter<S>, item: &Item) -> Option<f64> {
        let value = match item.as_value() {
            Some(Value::Integer(i)) => *i.value() as f64,
            Some(Value::Float(x)) => *x.value(),
            _ => {
                self.wrong(section, parameter.key, item, &parameter.allowed());
                return None;
            }
        };
        if !parameter.allows(value) {
            self.wrong(section, parameter.key, item, &parameter.allowed());
            return None;
        }
        Some(value)
    }

    /// Reads the numbers of a table of descriptors into `target`; `has` says which of them this kind of section has.
    fn numbers<S>(
        &mut self,
        section: &Section<'_>,
        parameters: &[Parameter<S>],
        target: &mut S,
        has: impl Fn(&str) -> bool,
    ) {
        for parameter in parameters.iter().filter(|p| has(p.key)) {
            match find(section.table, parameter.key) {
                Some(item) => {
                    if let Some(value) = self.checked(section, parameter, item) {
                        (parameter.set)(target, value);
                    }
                }
                None => match parameter.default {
                    Some(default) => (parameter.set)(target, default),
                    None if parameter.optional => {}
                    None => self.missing(section, parameter.key, &parameter.allowed()),
                },
            }
        }
    }

    fn text(&mut self, section: &Section<'_>, key: &str) -> Option<String> {
        let item = section.table.get(key)?;
        let text = item.as_str();
        if text.is_none() {
            self.wrong(section, key, item, "text in quotes");
        }
        text.map(str::to_owned)
    }

    /// A name: needed, not empty, not endless, without control characters.
    fn name(&mut self, section: &Section<'_>) -> String {
        let Some(item) = section.table.get("name") else {
            self.missing(section, "name", "a name in quotes");
            return String::new();
        };
        let Some(name) = item.as_str() else {
            self.wrong(section, "name", item, "a name in quotes");
            return String::new();
        };
        if name.trim().is_empty() || name.chars().count() > MAX_NAME || name.chars().any(is_hidden) {
            self.wrong(
                section,
                "name",
                item,
                &format!("a name of 1 to {MAX_NAME} characters on one line, none of them hidden"),
            );
        }
        name.to_owned()
    }

    fn word<T: Copy>(&mut self, section: &Section<'_>, key: &str, words: Words<T>) -> Option<T> {
        let item = section.table.get(key)?;
        let found = item.as_str();
        let known = found.and_then(|f| words.iter().find(|(word, _)| *word == f));
        if known.is_none() {
            let suggestion = found.and_then(|f| nearest(f, words.iter().map(|(word, _)| *word)));
            let message =
                format!("found {}, allowed: {}", describe(item), list_names(words.iter().map(|(word, _)| *word)));
            self.problems.add(Severity::Error, item.span(), &section.key(key), message, suggestion);
        }
        known.map(|(_, value)| *value)
    }

    fn needed_word<T: Copy>(&mut self, section: &Section<'_>, key: &str, words: Words<T>) -> Option<T> {
        if section.table.get(key).is_none() {
            self.missing(section, key, &list_names(words.iter().map(|(word, _)| *word)));
        }
        self.word(section, key, words)
    }

    fn boolean(&mut self, section: &Section<'_>, key: &str) -> bool {
        let Some(item) = section.table.get(key) else { return false };
        item.as_bool().unwrap_or_else(|| {
            self.wrong(section, key, item, "true or false");
            false
        })
    }

    /// A list of numbers in a range.
    fn number_list(&mut self, section: &Section<'_>, key: &str, min: f64, max: f64, allowed: &str) -> Option<Vec<f64>> {
        let item = section.table.get(key)?;
        let Some(array) = item.as_array() else {
            self.wrong(section, key, item, allowed);
            return None;
        };
        let mut numbers = Vec::with_capacity(array.len().min(64));
        for value in array.iter() {
            let number = value.as_float().or(value.as_integer().map(|i| i as f64));
            match number {
                Some(x) if x.is_finite() && x >= min && x <= max => numbers.push(x),
                _ => {
                    let message = format!("found {} in the list, allowed: {allowed}", describe_value(value));
                    self.problems.error(value.span(), &section.key(key), message);
                    return None;
                }
            }
        }
        Some(numbers)
    }

    fn text_list(&mut self, section: &Section<'_>, key: &str) -> Option<Vec<String>> {
        let item = section.table.get(key)?;
        let list =
            item.as_array().and_then(|a| a.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
        if list.is_none() {
            self.wrong(section, key, item, "a list of names in quotes");
        }
        list
    }

    /// Reports names in `key` that are not among `known`.
    fn known_name(&mut self, section: &Section<'_>, key: &str, kind: &str, name: &str, known: &[String]) {
        // Where nothing is defined at all, that has been said once already.
        if known.is_empty() || known.iter().any(|k| k == name) || name.is_empty() {
            return;
        }
        let names = || known.iter().map(String::as_str);
        let suggestion = nearest(name, names());
        let message = format!("no {kind} is named {}; defined: {}", quoted(name), list_names(names()));
        let at = find(section.table, key).and_then(Item::span).or(section.span.clone());
        self.problems.add(Severity::Error, at, &section.key(key), message, suggestion);
    }

    /// The tables of a list, `[[key]]` or `key = [{ … }]`.
    fn tables<'a>(&mut self, root: &Section<'a>, key: &str, limit: usize) -> Vec<Section<'a>> {
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

    fn table<'a>(&mut self, root: &Section<'a>, key: &str) -> Option<Section<'a>> {
        let item = root.table.get(key)?;
        let Some(table) = item.as_table_like() else {
            self.wrong(root, key, item, &format!("a section [{key}] (one bracket)"));
            return None;
        };
        let label = if root.label.is_empty() { key.to_owned() } else { format!("{}: {key}", root.label) };
        Some(Section { table, label, span: item.span() })
    }

    fn unique_names(&mut self, sections: &[Section<'_>], names: &[String]) {
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

    fn scenario(&mut self, table: &dyn TableLike) -> Scenario {
        let root = Section { table, label: String::new(), span: None };
        self.unknown_keys(
            &root,
            &[
                "schema",
                "name",
                "description",
                "source",
                "seed",
                "shared_luck",
                "baseline",
                "traffic",
                "segment",
                "tier",
                "policy",
                "event",
                "economics",
                "feedback",
                "study",
                "monitor",
                "replay",
                "expect",
            ],
        );
        let mut scenario = empty();
        scenario.name = self.name(&root);
        scenario.description = self.text(&root, "description").unwrap_or_default();
        scenario.source = self.text(&root, "source").unwrap_or_default();
        self.numbers(&root, parameter::HEAD, &mut scenario, |_| true);
        self.traffic(&root, &mut scenario.traffic);
        scenario.replay = self.replay(&root);

        let segments = self.tables(&root, "segment", MAX_SEGMENTS);
        scenario.segments = segments.iter().map(|s| self.segment(s)).collect();
        let segment_names: Vec<String> = scenario.segments.iter().map(|s| s.name.clone()).collect();
        self.unique_names(&segments, &segment_names);
        if segments.is_empty() && root.table.get("segment").is_none() && scenario.replay.is_none() {
            self.problems.error(None, "segment", "missing; a scenario needs at least one [[segment]]");
        }
        if let (Some(first), Some(_)) = (segments.first(), &scenario.replay) {
            let message = "a scenario has either [[segment]] sections or [replay], not both";
            self.problems.error(first.span.clone(), &first.label, message);
        }
        if let Some(message) = rules::segment_shares(&scenario.segments) {
            let at = segments.first().and_then(|s| s.table.get("share")).and_then(Item::span);
            self.problems.error(at, "segment: share", message);
        }

        let replayed = scenario.replay.is_some();
        let tiers = self.tables(&root, "tier", if replayed { MAX_TIERS } else { MAX_GENERATED_TIERS });
        scenario.tiers = tiers.iter().map(|s| self.tier(s, &segment_names, replayed)).collect();
        let tier_names: Vec<String> = scenario.tiers.iter().map(|t| t.name.clone()).collect();
        self.unique_names(&tiers, &tier_names);
        if root.table.get("tier").is_none() {
            self.problems.error(None, "tier", "missing; a scenario needs at least one [[tier]]");
        }
        self.cheapest_first(&tiers, &scenario.tiers);

        let policies = self.tables(&root, "policy", MAX_POLICIES);
        // A table's own scores have their errors in them.
        let is_scored = scenario.replay.as_ref().is_some_and(|replay| replay.router.is_some());
        let policy = |s| self.policy(s, &tier_names, &segment_names, is_scored);
        scenario.policies = policies.iter().map(policy).collect();
        let policy_names: Vec<String> = scenario.policies.iter().map(|p| p.name.clone()).collect();
        self.unique_names(&policies, &policy_names);
        if root.table.get("policy").is_none() {
            self.problems.error(None, "policy", "missing; a scenario needs at least one [[policy]]");
        }
        match self.text(&root, "baseline") {
            Some(baseline) => {
                self.known_name(&root, "baseline", "policy", &baseline, &policy_names);
                scenario.baseline = baseline;
            }
            None if root.table.get("baseline").is_none() => {
                self.missing(&root, "baseline", "the name of the policy in force before routing");
            }
            None => {}
        }

        let events = self.tables(&root, "event", MAX_ENTRIES);
        scenario.events = events.iter().filter_map(|s| self.event(s, &segment_names, &tier_names)).collect();
        self.clamped_shares(&events, &scenario);
        if let Some(section) = self.table(&root, "economics") {
            self.plain(&section, parameter::ECONOMICS, &mut scenario.economics);
        }
        if let Some(section) = self.table(&root, "feedback") {
            self.plain(&section, parameter::FEEDBACK, &mut scenario.feedback);
        }
        self.study(&root, &mut scenario.study, &policy_names);
        let monitors = self.tables(&root, "monitor", MAX_ENTRIES);
        for section in &monitors {
            scenario.monitors.extend(self.monitor(section));
        }
        let names: Vec<String> =
            monitors.iter().map(|s| s.table.get("name").and_then(Item::as_str).unwrap_or("").to_owned()).collect();
        self.unique_names(&monitors, &names);
        for section in self.tables(&root, "expect", MAX_ENTRIES) {
            scenario.expectations.extend(self.expectation(&section, &policy_names));
        }
        scenario
    }

    /// A section of numbers and nothing else.
    fn plain<S>(&mut self, section: &Section<'_>, parameters: &[Parameter<S>], target: &mut S) {
        let keys: Vec<&str> = parameters.iter().map(|p| p.key).collect();
        self.unknown_keys(section, &keys);
        self.numbers(section, parameters, target, |_| true);
    }

    fn traffic(&mut self, root: &Section<'_>, traffic: &mut Traffic) {
        if root.table.get("traffic").is_none() {
            self.missing(root, "traffic", "a section [traffic] with requests_per_day");
            return;
        }
        let Some(section) = self.table(root, "traffic") else { return };
        let mut keys: Vec<&str> = parameter::TRAFFIC.iter().map(|p| p.key).collect();
        keys.push("weekday");
        self.unknown_keys(&section, &keys);
        self.numbers(&section, parameter::TRAFFIC, traffic, |_| true);
        let allowed = "seven weights from 0 to 1000, Monday first, not all 0";
        if let Some(weights) = self.number_list(&section, "weekday", 0.0, 1000.0, allowed) {
            match <[f64; 7]>::try_from(weights) {
                Ok(week) => {
                    traffic.weekday = week;
                    if let Some(message) = rules::weekday(&week) {
                        let at = section.table.get("weekday").and_then(Item::span);
                        self.problems.error(at, &section.key("weekday"), message);
                    }
                }
                Err(weights) => {
                    let at = section.table.get("weekday").and_then(Item::span);
                    self.problems.error(
                        at,
                        &section.key("weekday"),
                        format!("found {} weights, allowed: {allowed}", weights.len()),
                    );
                }
            }
        }
    }

    fn replay(&mut self, root: &Section<'_>) -> Option<Replay> {
        let section = self.table(root, "replay")?;
        let mut keys: Vec<&str> = parameter::REPLAY.iter().map(|p| p.key).collect();
        keys.extend(["table", "blake3", "segment", "router"]);
        self.unknown_keys(&section, &keys);
        let table = self.text(&section, "table");
        if table.is_none() && section.table.get("table").is_none() {
            self.missing(&section, "table", "the path of a table, relative to this file");
        }
        let blake3 = self.text(&section, "blake3").filter(|hash| !hash.is_empty());
        if let Some(hash) = &blake3
            && (hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            let at = section.table.get("blake3").and_then(Item::span);
            let allowed = "64 hexadecimal digits, or nothing for any table of that name";
            self.problems.error(at, &section.key("blake3"), format!("no BLAKE3 hash, allowed: {allowed}"));
        }
        let mut replay = Replay {
            table: String::new(),
            blake3,
            segment: self.text(&section, "segment"),
            router: self.text(&section, "router"),
            chars_per_token: 4.0,
            input_tokens: 500.0,
            output_tokens: 300.0,
        };
        self.numbers(&section, parameter::REPLAY, &mut replay, |_| true);
        table.map(|table| Replay { table, ..replay })
    }

    fn segment(&mut self, section: &Section<'_>) -> Segment {
        let mut keys: Vec<&str> = parameter::SEGMENT.iter().map(|p| p.key).collect();
        keys.push("name");
        self.unknown_keys(section, &keys);
        let mut segment = Segment {
            name: self.name(section),
            share: 0.0,
            difficulty: Normal { mean: 0.0, sd: 1.0 },
            hidden: Hidden { share: 0.0, mean: 0.0, sd: 0.8 },
            tokens: Tokens { input: 1.0, output: 1.0, input_cv: 0.5, output_cv: 0.5 },
            stakes: 1.0,
        };
        self.numbers(section, parameter::SEGMENT, &mut segment, |_| true);
        if segment.hidden.share > 0.0 && find(section.table, "hidden.mean").is_none() {
            self.missing(section, "hidden.mean", "how hard the hidden-hard requests truly are (logits)");
        }
        segment
    }

    /// What a replayed tier costs and how able it is, its table says.
    fn tier(&mut self, section: &Section<'_>, segments: &[String], replayed: bool) -> Tier {
        let mut keys: Vec<&str> = parameter::TIER.iter().map(|p| p.key).collect();
        keys.extend(["name", "skill"]);
        self.unknown_keys(section, &keys);
        let mut tier = empty_tier(self.name(section));
        let table = section.table;
        self.numbers(section, parameter::TIER, &mut tier, |key| {
            !(replayed && parameter::IN_A_TABLE.contains(&key)) || find(table, key).is_some()
        });
        if let Some(message) = rules::asymptotes(&tier) {
            let at = section.table.get("lower").and_then(Item::span);
            self.problems.error(at, &section.key("lower"), message);
        }
        if let Some(skill) = self.table(section, "skill") {
            for (name, item) in skill.table.iter() {
                self.known_name(&skill, name, "segment", name, segments);
                match item.as_float().or(item.as_integer().map(|i| i as f64)) {
                    Some(x) if x.is_finite() && x.abs() <= 20.0 => {
                        tier.skill.insert(name.to_owned(), x);
                    }
                    _ => self.wrong(&skill, name, item, "a number from -20 to 20 (logits)"),
                }
            }
        }
        tier
    }

    fn cheapest_first(&mut self, sections: &[Section<'_>], tiers: &[Tier]) {
        // One token in, one out, as a rough order: real requests differ.
        let price = |t: &Tier| t.input_usd_per_mtok + t.output_usd_per_mtok * t.verbosity;
        for (pair, section) in tiers.windows(2).zip(sections.iter().skip(1)) {
            if let [before, this] = pair
                && price(this) < price(before)
            {
                let message =
                    format!("cheaper than {} before it; tiers are listed cheapest first", quoted(&before.name));
                self.problems.add(Severity::Warning, section.span.clone(), &section.label, message, None);
            }
        }
    }

    fn tier_list(&mut self, section: &Section<'_>, tiers: &[String]) -> Vec<String> {
        let Some(names) = self.text_list(section, "tiers") else {
            if section.table.get("tiers").is_none() {
                self.missing(section, "tiers", "a list of tier names, cheapest first");
            }
            return Vec::new();
        };
        for name in &names {
            self.known_name(section, "tiers", "tier", name, tiers);
        }
        let order: Vec<Option<usize>> = names.iter().map(|n| tiers.iter().position(|t| t == n)).collect();
        let ascending = order.windows(2).all(|w| w[0].is_none() || w[1].is_none() || w[0] < w[1]);
        let at = section.table.get("tiers").and_then(Item::span);
        if names.is_empty() {
            self.problems.error(at, &section.key("tiers"), "the list is empty, allowed: at least one tier");
        } else if !ascending {
            self.problems.error(
                at,
                &section.key("tiers"),
                "each tier once, in the order of the [[tier]] sections, cheapest first",
            );
        }
        names
    }

    /// Shares, one a tier, that sum to one.
    fn shares(&mut self, section: &Section<'_>, tiers: usize) -> Vec<f64> {
        let allowed = format!("{tiers} shares from 0 to 1, one per tier, that sum to 1");
        if section.table.get("shares").is_none() {
            self.missing(section, "shares", &allowed);
        }
        let Some(shares) = self.number_list(section, "shares", 0.0, 1.0, &allowed) else { return vec![0.0; tiers] };
        if tiers == 0 {
            return shares;
        }
        let at = section.table.get("shares").and_then(Item::span);
        let sum: f64 = shares.iter().sum();
        if shares.len() != tiers {
            self.problems.error(
                at,
                &section.key("shares"),
                format!("found {} shares, allowed: {allowed}", shares.len()),
            );
        } else if (sum - 1.0).abs() > 1e-6 {
            let message =
                format!("the shares sum to {}, allowed: {allowed}", parameter::number((sum * 1e6).round() / 1e6));
            self.problems.error(at, &section.key("shares"), message);
        }
        shares
    }

    fn escalate(&mut self, section: &Section<'_>, stages: usize) -> Vec<f64> {
        let wanted = stages.saturating_sub(1);
        let allowed = format!("{wanted} shares from 0 to 1, one for each tier but the last");
        if section.table.get("escalate").is_none() {
            self.missing(section, "escalate", &allowed);
        }
        let Some(escalate) = self.number_list(section, "escalate", 0.0, 1.0, &allowed) else {
            return vec![0.0; wanted];
        };
        if escalate.len() != wanted {
            let at = section.table.get("escalate").and_then(Item::span);
            self.problems.error(
                at,
                &section.key("escalate"),
                format!("found {} shares, allowed: {allowed}", escalate.len()),
            );
        }
        escalate
    }

    fn one_tier(&mut self, section: &Section<'_>, key: &str, tiers: &[String]) -> String {
        match self.text(section, key) {
            Some(name) => {
                self.known_name(section, key, "tier", &name, tiers);
                name
            }
            None => {
                if section.table.get(key).is_none() {
                    self.missing(section, key, &format!("a tier: {}", list_names(tiers.iter().map(String::as_str))));
                }
                String::new()
            }
        }
    }

    fn policy(&mut self, section: &Section<'_>, tiers: &[String], segments: &[String], is_scored: bool) -> Policy {
        let name = self.name(section);
        let mut policy = Policy {
            name,
            kind: PolicyKind::Oracle,
            usd_per_request: 0.0,
            latency_ms: 0.0,
            rollout: None,
            holdback: 0.0,
        };
        static KINDS: &[(&str, &str)] = &[
            ("single", "single"),
            ("random", "random"),
            ("segment_rules", "segment_rules"),
            ("classifier", "classifier"),
            ("cascade", "cascade"),
            ("judge_cascade", "judge_cascade"),
            ("router_cascade", "router_cascade"),
            ("oracle", "oracle"),
            ("budget", "budget"),
            ("bandit", "bandit"),
            ("human_fallback", "human_fallback"),
        ];
        let Some(kind) = self.needed_word(section, "kind", KINDS) else { return policy };
        let own = vocabulary::POLICY_KINDS.iter().find(|(k, _)| *k == kind).map_or(&[][..], |(_, keys)| keys);
        self.keys_of_kind(section, "policy", kind, vocabulary::POLICY_KEYS, own);
        policy.kind = match kind {
            "single" => PolicyKind::Single { tier: self.one_tier(section, "tier", tiers) },
            "random" => PolicyKind::Random { shares: self.shares(section, tiers.len()) },
            "segment_rules" => self.segment_rules(section, tiers, segments),
            "classifier" => PolicyKind::Classifier { noise: 0.0, shares: self.shares(section, tiers.len()) },
            "cascade" => {
                let chain = self.tier_list(section, tiers);
                PolicyKind::Cascade { escalate: self.escalate(section, chain.len()), tiers: chain }
            }
            "judge_cascade" => PolicyKind::JudgeCascade {
                tiers: self.tier_list(section, tiers),
                judge: Judge { sensitivity: 1.0, specificity: 1.0, usd_each: 0.0, latency_ms: 0.0 },
                judged: 1.0,
            },
            "router_cascade" => PolicyKind::RouterCascade {
                noise: 0.0,
                shares: self.shares(section, tiers.len()),
                escalate: self.escalate(section, tiers.len()),
            },
            "budget" => PolicyKind::Budget { noise: 0.0, shares: self.shares(section, tiers.len()), usd_per_day: 1.0 },
            "bandit" => PolicyKind::Bandit {
                tiers: self.tier_list(section, tiers),
                usd_per_thumbs_down: 0.0,
                half_life_days: None,
            },
            "human_fallback" => PolicyKind::HumanFallback {
                tier: self.one_tier(section, "tier", tiers),
                hand_over: 0.0,
                human: Human { success: 1.0, usd_each: 0.0, latency_ms: 0.0 },
            },
            _ => PolicyKind::Oracle,
        };
        policy.rollout = self.rollout(section);
        let linear = matches!(policy.rollout, Some(Rollout::Linear { .. }));
        let is_needless = |key: &str| key == "noise" && is_scored && section.table.get(key).is_none();
        self.numbers(section, parameter::POLICY, &mut policy, |key| {
            let is_own = own.contains(&key) || vocabulary::POLICY_KEYS.contains(&key);
            (is_own || linear && key.starts_with("rollout.")) && !is_needless(key)
        });
        policy
    }

    /// Like [`Reader::unknown_keys`], but a key that another kind has is named as such.
    fn keys_of_kind(&mut self, section: &Section<'_>, what: &str, kind: &str, common: &[&str], own: &[&str]) {
        let all: Vec<(&str, &[&str])> = if what == "policy" {
            vocabulary::POLICY_KINDS.to_vec()
        } else {
            vocabulary::MONITOR_KINDS.iter().map(|(word, kind)| (*word, vocabulary::monitor_keys(*kind))).collect()
        };
        let mut allowed: Vec<&str> = common.iter().chain(own).copied().collect();
        for (key, _) in section.table.iter() {
            let here = allowed.iter().any(|a| *a == key || a.split('.').next() == Some(key));
            if here {
                continue;
            }
            let owners: Vec<&str> = all
                .iter()
                .filter(|(_, keys)| keys.iter().any(|k| k.split('.').next() == Some(key)))
                .map(|(word, _)| *word)
                .collect();
            if !owners.is_empty() {
                let message = format!("a {what} of kind \"{kind}\" does not use this key; {} does", list_names(owners));
                self.problems.error(key_span(section.table, key), &section.key(key), message);
                allowed.push(
                    all.iter()
                        .flat_map(|(_, keys)| keys.iter())
                        .find(|k| k.split('.').next() == Some(key))
                        .map_or("", |k| *k),
                );
                allowed.extend(
                    all.iter().flat_map(|(_, keys)| keys.iter().copied()).filter(|k| k.split('.').next() == Some(key)),
                );
            }
        }
        self.unknown_keys(section, &allowed);
    }

    fn segment_rules(&mut self, section: &Section<'_>, tiers: &[String], segments: &[String]) -> PolicyKind {
        let mut rules = BTreeMap::new();
        match self.table(section, "rules") {
            Some(table) => {
                for (segment, item) in table.table.iter() {
                    self.known_name(&table, segment, "segment", segment, segments);
                    match item.as_str() {
                        Some(tier) => {
                            self.known_name(&table, segment, "tier", tier, tiers);
                            rules.insert(segment.to_owned(), tier.to_owned());
                        }
                        None => self.wrong(&table, segment, item, "the name of a tier"),
                    }
                }
            }
            None if section.table.get("rules").is_none() => {
                self.missing(section, "rules", "a table from segment to tier, such as { \"Billing\" = \"Small\" }");
            }
            None => {}
        }
        PolicyKind::SegmentRules { rules, default: self.one_tier(section, "default", tiers) }
    }

    fn rollout(&mut self, section: &Section<'_>) -> Option<Rollout> {
        let rollout = self.table(section, "rollout")?;
        self.unknown_keys(&rollout, &["start_day", "days", "steps"]);
        let Some(item) = rollout.table.get("steps") else { return Some(Rollout::Linear { start_day: 0.0, days: 0.0 }) };
        if rollout.table.get("days").is_some() || rollout.table.get("start_day").is_some() {
            self.problems.error(
                item.span(),
                &rollout.key("steps"),
                "give either steps, or start_day and days, not both",
            );
        }
        let pairs: Option<Vec<(f64, f64)>> = item.as_array().and_then(|array| {
            let number = |v: &Value| v.as_float().or(v.as_integer().map(|i| i as f64)).filter(|x| x.is_finite());
            array
                .iter()
                .map(|pair| {
                    match pair.as_array().map(|p| p.iter().map(number).collect::<Option<Vec<_>>>())?.as_deref() {
                        Some([day, share]) => Some((*day, *share)),
                        _ => None,
                    }
                })
                .collect()
        });
        let steps = pairs.unwrap_or_default();
        if let Some(message) = rules::rollout_steps(&steps) {
            self.problems.error(item.span(), &rollout.key("steps"), format!("found {}, {message}", describe(item)));
            return None;
        }
        Some(Rollout::Steps(steps))
    }

    fn event(&mut self, section: &Section<'_>, segments: &[String], tiers: &[String]) -> Option<Event> {
        self.unknown_keys(section, vocabulary::EVENT_KEYS);
        let kind = self.needed_word(section, "kind", vocabulary::EVENT_KINDS);
        let mut event = Event {
            kind: kind.unwrap_or(EventKind::Volume),
            segments: self.text_list(section, "segments").unwrap_or_default(),
            tiers: self.text_list(section, "tiers").unwrap_or_default(),
            change: Change::Multiply(1.0),
            day: 0.0,
            ramp_days: 0.0,
            visible: self.boolean(section, "visible"),
        };
        for name in &event.segments {
            self.known_name(section, "segments", "segment", name, segments);
        }
        for name in &event.tiers {
            self.known_name(section, "tiers", "tier", name, tiers);
        }
        if let Some(kind) = kind {
            let word = vocabulary::word(vocabulary::EVENT_KINDS, &kind);
            let (on_segments, on_tiers) = start::acts_on(kind);
            for (key, applies, what) in [("segments", on_segments, "segment"), ("tiers", on_tiers, "tier")] {
                if let Some(item) = section.table.get(key).filter(|_| !applies) {
                    let message = format!("an event of kind \"{word}\" does not act on a {what}; leave the key out");
                    self.problems.error(item.span(), &section.key(key), message);
                } else if let Some(item) = section.table.get(key)
                    && item.as_array().is_some_and(toml_edit::Array::is_empty)
                {
                    self.problems.error(
                        item.span(),
                        &section.key(key),
                        format!("the list is empty; leave the key out for every {what}"),
                    );
                }
            }
            if let Some(item) = section.table.get("visible").filter(|_| kind != EventKind::Difficulty) {
                let message = "only an event of kind \"difficulty\" can be visible; leave the key out";
                self.problems.error(item.span(), &section.key("visible"), message);
            }
        }
        let given: Vec<&str> =
            ["multiply", "add", "set"].into_iter().filter(|k| section.table.get(k).is_some()).collect();
        match given.as_slice() {
            [_] => {}
            [] => self.missing(section, "multiply", "one of multiply, add or set"),
            _ => {
                let at = given.get(1).and_then(|k| key_span(section.table, k));
                self.problems.error(
                    at,
                    &section.label,
                    format!("found {}; an event has only one of multiply, add and set", given.join(" and ")),
                );
            }
        }
        self.numbers(section, parameter::EVENT, &mut event, |_| true);
        Some(event)
    }

    /// Warns where events would push a share of hidden-hard requests out of 0..1: it is clamped there.
    fn clamped_shares(&mut self, sections: &[Section<'_>], scenario: &Scenario) {
        for segment in &scenario.segments {
            if let Some((event, day, share)) = rules::clamped_share(segment, &scenario.events, scenario.traffic.days)
                && let Some(section) = sections.get(event)
            {
                let (limit, share) = (if share > 1.0 { 1 } else { 0 }, parameter::number((1e4 * share).round() / 1e4));
                let message = format!(
                    "on day {day} the events make {share} of the hidden share of \"{}\"; it stays at {limit}",
                    segment.name
                );
                self.problems.add(Severity::Warning, section.span.clone(), &section.label, message, None);
            }
        }
    }

    fn study(&mut self, root: &Section<'_>, study: &mut Study, policies: &[String]) {
        let Some(section) = self.table(root, "study") else { return };
        let mut keys: Vec<&str> = parameter::STUDY.iter().map(|p| p.key).collect();
        keys.push("policy");
        self.unknown_keys(&section, &keys);
        self.numbers(&section, parameter::STUDY, study, |_| true);
        study.policy = self.text(&section, "policy");
        if let Some(policy) = &study.policy {
            self.known_name(&section, "policy", "policy", policy, policies);
        }
    }

    fn monitor(&mut self, section: &Section<'_>) -> Option<Monitor> {
        let name = self.name(section);
        let kind = self.needed_word(section, "kind", vocabulary::MONITOR_KINDS)?;
        let word = vocabulary::word(vocabulary::MONITOR_KINDS, &kind);
        let own = vocabulary::monitor_keys(kind);
        self.keys_of_kind(section, "monitor", word, vocabulary::MONITOR_KEYS, own);
        let mut monitor = empty_monitor(name, kind);
        monitor.strata = self.word(section, "strata", vocabulary::STRATA).unwrap_or(Strata::All);
        let strata_allowed = vocabulary::strata_allowed(kind);
        if !strata_allowed.contains(&monitor.strata) {
            let at = section.table.get("strata").and_then(Item::span);
            let words = strata_allowed.iter().map(|s| vocabulary::word(vocabulary::STRATA, s));
            let message = format!("a monitor of kind \"{word}\" cannot be split so, allowed: {}", list_names(words));
            self.problems.error(at, &section.key("strata"), message);
        }
        let has = |key: &str| own.contains(&key) || vocabulary::MONITOR_KEYS.contains(&key);
        self.numbers(section, parameter::MONITOR, &mut monitor, has);
        self.numbers(section, parameter::MONITOR_OPTIONAL, &mut monitor, has);
        if let Some(message) = rules::labels(&monitor) {
            match section.table.get("per_day") {
                Some(item) => self.problems.error(item.span(), &section.key("per_day"), message),
                None => self.missing(section, "per_day", "a number above 0 (labels a day)"),
            }
        }
        if kind == MonitorKind::Holdback {
            static SIGNALS: Words<MonitorKind> = &[
                ("thumbs_down", MonitorKind::ThumbsDown),
                ("tickets", MonitorKind::Tickets),
                ("csat", MonitorKind::Csat),
                ("churn", MonitorKind::Churn),
            ];
            monitor.observes = self.needed_word(section, "observes", SIGNALS);
        }
        if own.contains(&"allocation") {
            monitor.allocation = self.word(section, "allocation", vocabulary::ALLOCATIONS).unwrap_or(Allocation::Equal);
        }
        if own.contains(&"statistic") {
            monitor.statistic = self.word(section, "statistic", vocabulary::STATISTICS).unwrap_or(DriftStatistic::Psi);
        }
        let is_control = matches!(kind, MonitorKind::Never | MonitorKind::Every);
        match (self.table(section, "detector"), is_control) {
            (Some(detector), false) => monitor.detector = self.detector(&detector),
            (Some(detector), true) => {
                let message =
                    format!("a monitor of kind \"{word}\" is a control and has no detector; leave the key out");
                self.problems.error(detector.span.clone(), &detector.label, message);
            }
            (None, false) if section.table.get("detector").is_none() => {
                self.missing(section, "detector", "a detector such as { kind = \"cusum\", ratio = 1.5 }");
            }
            _ => {}
        }
        Some(monitor)
    }

    fn detector(&mut self, section: &Section<'_>) -> Option<Detector> {
        let mut keys: Vec<&str> = parameter::DETECTOR.iter().map(|p| p.key).collect();
        keys.push("kind");
        self.unknown_keys(section, &keys);
        let kind = self.needed_word(section, "kind", vocabulary::DETECTOR_KINDS)?;
        let mut detector = empty_detector(kind);
        self.numbers(section, parameter::DETECTOR, &mut detector, |_| true);
        Some(detector)
    }

    fn expectation(&mut self, section: &Section<'_>, policies: &[String]) -> Option<Expectation> {
        self.unknown_keys(section, &["policy", "figure", "when", "between"]);
        let policy = self.text(section, "policy");
        match &policy {
            Some(policy) => self.known_name(section, "policy", "policy", policy, policies),
            None if section.table.get("policy").is_none() => self.missing(section, "policy", "the name of a policy"),
            None => {}
        }
        let figure: Option<Figure> = self.needed_word(section, "figure", vocabulary::FIGURES);
        let production = self.word(section, "when", vocabulary::STAGES).unwrap_or(false);
        let allowed = "two numbers, the least and the greatest value, such as [0.9, 0.95]";
        if section.table.get("between").is_none() {
            self.missing(section, "between", allowed);
        }
        let between = self.number_list(section, "between", -1e12, 1e12, allowed)?;
        let &[low, high] = between.as_slice() else {
            let at = section.table.get("between").and_then(Item::span);
            self.problems.error(
                at,
                &section.key("between"),
                format!("found {} numbers, allowed: {allowed}", between.len()),
            );
            return None;
        };
        if low > high {
            let at = section.table.get("between").and_then(Item::span);
            self.problems.error(
                at,
                &section.key("between"),
                format!("the least value is above the greatest, allowed: {allowed}"),
            );
        }
        Some(Expectation { policy: policy?, figure: figure?, production, between: (low, high) })
    }
}

/// A scenario with every default and nothing in it.
pub fn empty() -> Scenario {
    let none = Consequence { failed: 0.0, ok: 0.0, usd: 0.0, delay_days: 0.0 };
    Scenario {
        name: String::new(),
        description: String::new(),
        source: String::new(),
        seed: 1,
        shared_luck: 0.5,
        baseline: String::new(),
        traffic: Traffic {
            days: 180,
            requests_per_day: 1.0,
            monthly_growth: 0.0,
            weekday: [1.0; 7],
            difficulty_day_sd: 0.0,
        },
        segments: Vec::new(),
        tiers: Vec::new(),
        policies: Vec::new(),
        events: Vec::new(),
        economics: Economics { reask: 0.0, ticket: none, churn: none, incident: none },
        feedback: Feedback {
            thumbs_down: ThumbsDown { failed: 0.0, ok: 0.0 },
            csat: Csat { response: 0.0, satisfied_ok: 0.9, satisfied_failed: 0.4, delay_days: 0.0 },
        },
        study: Study { policy: None, replicates: 1000, false_alarms: 0.05, material_loss: 0.005, holdout: 5000 },
        monitors: Vec::new(),
        replay: None,
        expectations: Vec::new(),
    }
}

/// A tier with every default and no price.
pub fn empty_tier(name: String) -> Tier {
    Tier {
        name,
        input_usd_per_mtok: 0.0,
        output_usd_per_mtok: 0.0,
        cached_input: parameter::NO_CACHE,
        ability: 0.0,
        discrimination: 1.3,
        lower: 0.0,
        upper: 1.0,
        verbosity: 1.0,
        confidence_auroc: 0.75,
        confidence_auroc_hidden: 0.6,
        latency: Latency { first_token_ms: 0.0, per_output_token_ms: 0.0 },
        skill: BTreeMap::new(),
    }
}

/// A monitor with every default.
pub fn empty_monitor(name: String, kind: MonitorKind) -> Monitor {
    Monitor {
        name,
        kind,
        strata: Strata::All,
        allocation: Allocation::Equal,
        per_day: 0.0,
        sensitivity: 1.0,
        sensitivity_hidden: None,
        specificity: 1.0,
        usd_each: 0.0,
        usd_per_day: 0.0,
        delay_days: 0.0,
        delay_cv: 0.5,
        observes: None,
        holdback_share: None,
        statistic: DriftStatistic::Psi,
        bins: 10,
        cases: 1000,
        every_days: 7,
        refresh_days: None,
        detector: None,
    }
}

/// A detector with every default.
pub fn empty_detector(kind: DetectorKind) -> Detector {
    Detector { kind, ratio: 1.5, weight: 0.2, window_days: 7, baseline_days: None }
}

fn inner_keys(allowed: &[&str], prefix: &str) -> String {
    let keys: Vec<String> = allowed.iter().filter_map(|a| a.strip_prefix(prefix)).map(|k| format!("{k} = …")).collect();
    keys.join(", ")
}
