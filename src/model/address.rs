//! Where a number stands in a scenario: found by its key path, read and written.
//!
//! A path is what `--set` takes: `tier.Small.ability`, `policy.Classifier.shares.0`, `event.0.multiply`. Names with dots may stand in quotes.

use super::{MAX_DAYS, SECTIONS, Scenario};
use crate::entry::{self, Datum, Entry, Form, List, Number};

/// Which thing of the scenario a number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Top of the file.
    Head,
    /// `[traffic]`
    Traffic,
    /// `[replay]`
    Replay,
    /// A segment, by index.
    Segment(usize),
    /// A tier, by index.
    Tier(usize),
    /// A policy, by index.
    Policy(usize),
    /// An event, by index.
    Event(usize),
    /// A monitor, by index.
    Monitor(usize),
    /// The detector of a monitor, by the monitor's index.
    Detector(usize),
    /// `[economics]`
    Economics,
    /// `[feedback]`
    Feedback,
    /// `[study]`
    Study,
    /// `[response]`
    Response,
    /// `[conversation]`
    Conversation,
    /// A known figure, by index. It holds no number that a path leads to: what was seen is not to be moved.
    Known(usize),
}

impl Target {
    /// The entry of a list at a place.
    pub fn of_entry(list: List, index: usize) -> Self {
        match list {
            List::Segments => Self::Segment(index),
            List::Tiers => Self::Tier(index),
            List::Policies => Self::Policy(index),
            List::Events => Self::Event(index),
            List::Monitors => Self::Monitor(index),
        }
    }

    /// The section of a file, and the place in its list; what is none is the top.
    pub fn of_section(section: &str, index: usize) -> Self {
        match section {
            "traffic" => Self::Traffic,
            "replay" => Self::Replay,
            "segment" => Self::Segment(index),
            "tier" => Self::Tier(index),
            "policy" => Self::Policy(index),
            "event" => Self::Event(index),
            "monitor" => Self::Monitor(index),
            "economics" => Self::Economics,
            "feedback" => Self::Feedback,
            "study" => Self::Study,
            "response" => Self::Response,
            "conversation" => Self::Conversation,
            _ => Self::Head,
        }
    }

    /// The list that it stands in, and its place there; `None` for a section that is no entry.
    pub fn entry(self) -> Option<(List, usize)> {
        match self {
            Self::Segment(i) => Some((List::Segments, i)),
            Self::Tier(i) => Some((List::Tiers, i)),
            Self::Policy(i) => Some((List::Policies, i)),
            Self::Event(i) => Some((List::Events, i)),
            Self::Monitor(i) | Self::Detector(i) => Some((List::Monitors, i)),
            _ => None,
        }
    }

    /// The section of a file that it stands in, and its place in that list; a detector stands in its monitor.
    pub fn section(self) -> (&'static str, usize) {
        match self {
            Self::Head => ("", 0),
            Self::Traffic => ("traffic", 0),
            Self::Replay => ("replay", 0),
            Self::Segment(i) => ("segment", i),
            Self::Tier(i) => ("tier", i),
            Self::Policy(i) => ("policy", i),
            Self::Event(i) => ("event", i),
            Self::Monitor(i) | Self::Detector(i) => ("monitor", i),
            Self::Economics => ("economics", 0),
            Self::Feedback => ("feedback", 0),
            Self::Study => ("study", 0),
            Self::Response => ("response", 0),
            Self::Conversation => ("conversation", 0),
            Self::Known(i) => ("known", i),
        }
    }
}

/// Which number of its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A key of the file format.
    Named(&'static str),
    /// A place in a list: the share of a tier or of a step, the weight of a day, the number of a segment.
    At(&'static str, usize),
    /// The day of a step.
    DayOf(&'static str, usize),
}

impl Key {
    /// The key of the table.
    pub fn name(self) -> &'static str {
        let (Self::Named(name) | Self::At(name, _) | Self::DayOf(name, _)) = self;
        name
    }

    /// The key of the file that holds it.
    pub fn in_file(self, target: Target) -> &'static str {
        if matches!(target, Target::Detector(_)) { "detector" } else { self.name() }
    }
}

/// A number of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Whose.
    pub target: Target,
    /// Which.
    pub key: Key,
}

/// Weight of a day of the week.
pub const WEIGHT: Number = Number { unit: "", min: 0.0, max: 1000.0, above_min: false, whole: false };
/// Day of a step of a rollout.
pub const DAY: Number = Number { unit: "days", min: 0.0, max: MAX_DAYS as f64, above_min: false, whole: false };

/// What a target is, as an entry with keys.
pub fn entry_of(scenario: &Scenario, target: Target) -> Option<&dyn Entry> {
    let (section, index) = target.section();
    if target == Target::Head {
        return Some(scenario);
    }
    let section = SECTIONS.iter().find(|s| s.key == section)?;
    let entry = (section.part)(scenario).entry(index)?;
    if matches!(target, Target::Detector(_)) { entry.inner("detector") } else { Some(entry) }
}

/// The same, to be changed.
pub fn entry_of_mut(scenario: &mut Scenario, target: Target) -> Option<&mut dyn Entry> {
    let (section, index) = target.section();
    if target == Target::Head {
        return Some(scenario);
    }
    let section = SECTIONS.iter().find(|s| s.key == section)?;
    let entry = (section.part_mut)(scenario).entry_mut(index)?;
    match target {
        Target::Detector(_) => entry.inner("detector").is_some().then_some(())?,
        _ => return Some(entry),
    }
    entry.open("detector")
}

/// Reads a number; `None` where the scenario does not have it.
pub fn get(scenario: &Scenario, address: Address) -> Option<f64> {
    let datum = entry_of(scenario, address.target)?.get(address.key.name())?;
    match (address.key, &datum) {
        (Key::Named(_), Datum::Number(x)) => Some(*x),
        (Key::At(_, i), Datum::Numbers(list)) => list.get(i).copied(),
        (Key::At(_, i), Datum::NumberBy(map)) => Some(map.get(&scenario.segments.get(i)?.name).copied().unwrap_or(0.0)),
        (Key::At(_, i), Datum::Pairs(pairs)) => Some(pairs.get(i)?.1),
        (Key::DayOf(_, i), Datum::Pairs(pairs)) => Some(pairs.get(i)?.0),
        _ => None,
    }
}

/// Range of a number.
pub fn range(scenario: &Scenario, address: Address) -> Option<Number> {
    let key = entry::find(entry_of(scenario, address.target)?, address.key.name())?;
    match (key.form, address.key) {
        (_, Key::DayOf(..)) => Some(DAY),
        (Form::Number(number) | Form::NumberBy(_, number), _) => Some(number),
        (Form::Week, _) => Some(WEIGHT),
        _ => Some(Number::SHARE),
    }
}

/// Writes a number, kept inside its limits; does nothing where the scenario does not have it.
pub fn set(scenario: &mut Scenario, address: Address, value: f64) {
    let Some(number) = range(scenario, address).filter(|_| value.is_finite()) else { return };
    let value = number.nearest(value);
    let segment = |i: usize| scenario.segments.get(i).map(|segment| segment.name.clone());
    let named = if let Key::At(_, i) = address.key { segment(i) } else { None };
    let name = address.key.name();
    let Some(entry) = entry_of_mut(scenario, address.target) else { return };
    let Some(form) = entry::find(&*entry, name).map(|key| key.form) else { return };
    let changed = match (address.key, entry.get(name)) {
        (Key::Named(_), Some(Datum::Number(_) | Datum::Absent)) => Datum::Number(value),
        (Key::At(_, i), Some(Datum::Numbers(mut list))) if i < list.len() => {
            if form == Form::Shares {
                // The chosen share is moved to the front and back, since `with_first_share` turns the first.
                list.swap(0, i);
                list = with_first_share(&list, value);
                list.swap(0, i);
            } else if let Some(place) = list.get_mut(i) {
                *place = value;
            }
            Datum::Numbers(list)
        }
        (Key::At(..), Some(Datum::NumberBy(mut map))) => {
            let Some(segment) = named else { return };
            // None is not written into the file.
            if value == 0.0 {
                map.remove(&segment);
            } else {
                map.insert(segment, value);
            }
            Datum::NumberBy(map)
        }
        (Key::At(_, i) | Key::DayOf(_, i), Some(Datum::Pairs(mut pairs))) => {
            let Some((day, share)) = pairs.get_mut(i) else { return };
            match address.key {
                Key::DayOf(..) => *day = value,
                _ => *share = value,
            }
            Datum::Pairs(pairs)
        }
        _ => return,
    };
    entry.set(name, changed);
}

/// The shares with the first one set; the others keep their proportions.
pub fn with_first_share(shares: &[f64], first: f64) -> Vec<f64> {
    let Some((_, others)) = shares.split_first() else { return Vec::new() };
    if others.is_empty() {
        return vec![1.0];
    }
    let sum: f64 = others.iter().sum();
    let last = others.len() - 1;
    let spread = others.iter().enumerate().map(|(i, share)| {
        let part = if sum > 0.0 { share / sum } else { f64::from(i == last) };
        (1.0 - first) * part
    });
    std::iter::once(first).chain(spread).collect()
}

/// A key path that leads to no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfound {
    /// What there is not: "no tier is named or numbered \"Smal\"".
    pub message: String,
    /// The word that is not known.
    pub word: String,
    /// What could stand in its place.
    pub known: Vec<String>,
}

impl Unfound {
    fn new(message: String, word: &str, known: Vec<String>) -> Self {
        Self { message, word: word.to_owned(), known }
    }
}

/// Finds a number by its key path.
///
/// # Errors
/// What in the path is not there.
pub fn find(scenario: &Scenario, path: &str) -> Result<Address, Unfound> {
    let path = path.trim();
    if let Some(key) = number_in(scenario, Target::Head, path) {
        return Ok(Address { target: Target::Head, key });
    }
    let (section, rest) = first_word(path);
    let found = SECTIONS.iter().find(|s| s.key == section);
    let Some(found) = found.filter(|found| Target::of_section(found.key, 0) != Target::Head) else {
        let known = SECTIONS.iter().map(|s| s.key.to_owned()).chain(numbers_of(scenario, Target::Head)).collect();
        return Err(Unfound::new(format!("there is no number \"{path}\""), section, known));
    };
    let part = (found.part)(scenario);
    let (index, rest) = match found.most {
        Some(_) => entry_in(scenario, found.key, rest)?,
        None if part.count() == 0 => {
            return Err(Unfound::new(format!("the scenario has no [{}]", found.key), section, Vec::new()));
        }
        None => (0, rest),
    };
    let target = Target::of_section(found.key, index);
    let detector =
        rest.strip_prefix("detector.").filter(|_| found.key == "monitor").map(|rest| (Target::Detector(index), rest));
    let (target, rest) = detector.unwrap_or((target, rest));
    match number_in(scenario, target, rest) {
        Some(key) => Ok(Address { target, key }),
        None => {
            let message =
                format!("\"{path}\" is no number of the scenario: {} has no number \"{rest}\"", told(found.key));
            Err(Unfound::new(message, rest, numbers_of(scenario, target)))
        }
    }
}

/// A section as a part of a sentence.
fn told(section: &str) -> String {
    let article = if section.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    match section {
        "segment" | "tier" | "policy" | "event" | "monitor" => format!("this {section}"),
        _ => format!("{article} [{section}]"),
    }
}

/// What stands before the first dot, and what after it.
fn first_word(path: &str) -> (&str, &str) {
    path.split_once('.').unwrap_or((path, ""))
}

/// The entry of a list that a path begins with, by name or by number, and the rest of the path.
fn entry_in<'p>(scenario: &Scenario, section: &'static str, path: &'p str) -> Result<(usize, &'p str), Unfound> {
    let part = SECTIONS.iter().find(|s| s.key == section).map(|s| (s.part)(scenario));
    let count = part.map_or(0, |part| part.count());
    let name = |i| part?.entry(i)?.get("name")?.text().map(str::to_owned);
    let names: Vec<String> = (0..count).map(|i| name(i).unwrap_or_default()).collect();
    // Of several names that fit the longest: "A" and "A.b" may both be there.
    let named = |i: &usize| names.get(*i).and_then(|name| after_name(path, name).map(|rest| (name.len(), *i, rest)));
    if let Some((_, index, rest)) = (0..count).filter_map(|i| named(&i)).max_by_key(|(length, ..)| *length) {
        return Ok((index, rest));
    }
    let (word, rest) = first_word(path);
    if let Some(index) = word.parse().ok().filter(|i: &usize| *i < count) {
        return Ok((index, rest));
    }
    let message = format!("no {section} is named or numbered \"{word}\" (numbers start at 0)");
    let known = names.into_iter().filter(|name| !name.is_empty()).collect();
    Err(Unfound::new(message, word.trim_matches(['"', '\'']), known))
}

/// What follows a name, which may stand in quotes.
fn after_name<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    if name.is_empty() {
        return None;
    }
    let quoted = |quote: char| path.strip_prefix(quote)?.strip_prefix(name)?.strip_prefix(quote);
    let rest = quoted('"').or_else(|| quoted('\'')).or_else(|| path.strip_prefix(name))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

/// The number of a target at what is left of a path.
fn number_in(scenario: &Scenario, target: Target, path: &str) -> Option<Key> {
    let entry = entry_of(scenario, target)?;
    let key = entry.keys().into_iter().filter(|key| key.name == path || starts_with_key(path, key.name));
    let key = key.max_by_key(|key| key.name.len())?;
    let place = path.strip_prefix(key.name)?.strip_prefix('.');
    let found = match (key.form, place) {
        (Form::Number(_), None) => Key::Named(key.name),
        (Form::NumberBy(List::Segments, _), Some(place)) => {
            let index = scenario.segments.iter().position(|segment| after_name(place, &segment.name) == Some(""));
            Key::At(key.name, index?)
        }
        (Form::Steps, Some(place)) => match place.split_once('.')? {
            (i, "0") => Key::DayOf(key.name, i.parse().ok()?),
            (i, "1") => Key::At(key.name, i.parse().ok()?),
            _ => return None,
        },
        (_, Some(place)) => Key::At(key.name, place.parse().ok()?),
        _ => return None,
    };
    get(scenario, Address { target, key: found }).is_some().then_some(found)
}

fn starts_with_key(path: &str, key: &str) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
}

/// The numbers of a target that are there, as the end of a path.
fn numbers_of(scenario: &Scenario, target: Target) -> Vec<String> {
    let Some(entry) = entry_of(scenario, target) else { return Vec::new() };
    let keys = entry.keys().into_iter();
    keys.flat_map(|key| ends_of(scenario, target, entry, key)).map(|key| end_of(scenario, key)).collect()
}

/// The numbers that a key holds.
fn ends_of(scenario: &Scenario, target: Target, entry: &dyn Entry, key: &'static entry::Key) -> Vec<Key> {
    let places = match (key.form, entry.get(key.name)) {
        (Form::Number(_), _) => vec![Key::Named(key.name)],
        (Form::NumberBy(..), _) => (0..scenario.segments.len()).map(|i| Key::At(key.name, i)).collect(),
        (_, Some(Datum::Numbers(list))) => (0..list.len()).map(|i| Key::At(key.name, i)).collect(),
        (_, Some(Datum::Pairs(list))) => {
            (0..list.len()).flat_map(|i| [Key::DayOf(key.name, i), Key::At(key.name, i)]).collect()
        }
        _ => Vec::new(),
    };
    places.into_iter().filter(|key| get(scenario, Address { target, key: *key }).is_some()).collect()
}

/// The end of a path: the key, and the place in it.
fn end_of(scenario: &Scenario, key: Key) -> String {
    match key {
        Key::Named(name) => name.to_owned(),
        Key::DayOf(name, i) => format!("{name}.{i}.0"),
        Key::At(name @ "rollout.steps", i) => format!("{name}.{i}.1"),
        Key::At(name @ "skill", i) => {
            format!("{name}.{}", in_path(scenario.segments.get(i).map_or("", |s| s.name.as_str())))
        }
        Key::At(name, i) => format!("{name}.{i}"),
    }
}

/// A name as a part of a path: in quotes where it is more than one plain word.
fn in_path(name: &str) -> String {
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let quote = if name.contains('"') { '\'' } else { '"' };
    if is_plain { name.to_owned() } else { format!("{quote}{name}{quote}") }
}

/// The key path of a number, as `--set` takes it.
pub fn path(scenario: &Scenario, address: Address) -> String {
    let (section, index) = address.target.section();
    let end = end_of(scenario, address.key);
    let end = if matches!(address.target, Target::Detector(_)) { format!("detector.{end}") } else { end };
    let name = |list: List| scenario.names(list).into_iter().nth(index);
    match address.target.entry() {
        _ if section.is_empty() => end,
        None => format!("{section}.{end}"),
        Some((list, _)) => {
            let entry =
                name(list).filter(|_| list != List::Events).map_or_else(|| index.to_string(), |name| in_path(&name));
            format!("{section}.{entry}.{end}")
        }
    }
}

/// Every number of a scenario.
pub fn every(scenario: &Scenario) -> Vec<Address> {
    let targets = SECTIONS.iter().filter(|s| Target::of_section(s.key, 0) != Target::Head).flat_map(|section| {
        let count = (section.part)(scenario).count();
        (0..count).flat_map(|i| {
            let detector = (section.key == "monitor").then_some(Target::Detector(i));
            std::iter::once(Target::of_section(section.key, i)).chain(detector)
        })
    });
    let of = |target: Target| {
        let entry = entry_of(scenario, target);
        let keys = entry
            .into_iter()
            .flat_map(|entry| entry.keys().into_iter().flat_map(move |key| ends_of(scenario, target, entry, key)));
        keys.map(|key| Address { target, key }).collect::<Vec<_>>()
    };
    std::iter::once(Target::Head).chain(targets).flat_map(of).collect()
}
