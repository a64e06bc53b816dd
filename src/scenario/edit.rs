//! Edits of whole entries: add, rename, duplicate, delete, move, replace. What refers to an entry by its name follows, or stands in the
//! way with a reason. Which keys refer to what, their forms say.

use super::paths::{self, Moved};
use super::read::MAX_NAME;
use super::start;
use super::visible::is_hidden;
use crate::entry::{Datum, Entry as Keyed, Form, Key, List};
use crate::model::address::{self, Address};
use crate::model::{
    Conversation, Event, Expectation, Known, MAX_GENERATED_TIERS, MAX_RANGES, Monitor, Part, Policy, Range, Response,
    SECTIONS, Scenario,
};
use crate::uncertainty::inputs::Inputs;

/// Something of a scenario as a whole, to be put in the place of what is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Title, description and source.
    Texts {
        /// Shown as the title.
        name: String,
        /// Free text.
        description: String,
        /// Where the numbers come from.
        source: String,
    },
    /// The value of a key, dotted where it stands in a table of its own.
    Value {
        /// Section of the file; empty: the top.
        section: &'static str,
        /// Place in the section's list.
        index: usize,
        /// The key.
        key: String,
        /// What it says.
        datum: Datum,
    },
    /// What the scenario claims to show.
    Claims(Vec<Expectation>),
    /// The figures that somebody has seen.
    Known {
        /// Which of them this is about.
        about: usize,
        /// All of them.
        all: Vec<Known>,
    },
    /// A policy, by index.
    Policy(usize, Box<Policy>),
    /// An event, by index.
    Event(usize, Box<Event>),
    /// A monitor, by index.
    Monitor(usize, Box<Monitor>),
    /// What people do about an alarm; `None`: nothing.
    Response(Option<Box<Response>>),
    /// How requests make conversations; `None`: they stand alone.
    Conversation(Option<Conversation>),
}

/// What is done to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Another name; events have none.
    Rename(String),
    /// The same again, behind it.
    Duplicate,
    /// Gone.
    Delete,
    /// One place up.
    Up,
    /// One place down.
    Down,
}

/// Does it.
///
/// # Errors
/// When something stands in the way, with what it is; the scenario is then as it was.
pub fn apply(scenario: &mut Scenario, list: List, index: usize, edit: &Edit) -> Result<(), String> {
    let mut edited = scenario.clone();
    let moved = match edit {
        Edit::Rename(name) => {
            rename(&mut edited, list, index, name.trim())?;
            Moved::Stay
        }
        Edit::Duplicate => {
            duplicate(&mut edited, list, index)?;
            Moved::Before(list, index + 1)
        }
        Edit::Delete => {
            delete(&mut edited, list, index)?;
            Moved::Gone(list, index)
        }
        Edit::Up | Edit::Down => {
            let first = if *edit == Edit::Up { index.checked_sub(1).ok_or("it is the first")? } else { index };
            swap(&mut edited, list, first)?;
            Moved::Swapped(list, first)
        }
    };
    paths::follow(scenario, &mut edited, moved);
    *scenario = edited;
    Ok(())
}

/// Puts an entry in the place of what is there; its name stays.
///
/// # Errors
/// When there is nothing in its place, or a text cannot stand in a file.
pub fn put(scenario: &mut Scenario, entry: Entry) -> Result<(), String> {
    fn replace<T>(list: &mut [T], index: usize, entry: T) -> Result<(), String> {
        *list.get_mut(index).ok_or("it is not there")? = entry;
        Ok(())
    }
    let before = scenario.clone();
    let is_done = match entry {
        Entry::Texts { name, description, source } => {
            check_name(name.trim())?;
            if name.trim() != scenario.name {
                // Another scenario: what the old one claims to show is not its business.
                scenario.expectations.clear();
            }
            scenario.name = name.trim().to_owned();
            scenario.description = description;
            scenario.source = source;
            Ok(())
        }
        Entry::Value { section, index, key, datum } => {
            let entry = entry_mut(scenario, section, index).ok_or(GONE)?;
            let is_done = match key.split_once('.').filter(|(outer, _)| entry.inner(outer).is_some()) {
                Some((outer, inner)) => entry.open(outer).is_some_and(|table| table.set(inner, datum)),
                None => entry.set(&key, datum),
            };
            if is_done { Ok(()) } else { Err(format!("{key} cannot be that")) }
        }
        Entry::Claims(claims) => {
            scenario.expectations = claims;
            Ok(())
        }
        Entry::Known { all, .. } => {
            scenario.known = all;
            Ok(())
        }
        Entry::Policy(index, policy) => replace(&mut scenario.policies, index, *policy),
        Entry::Event(index, event) => replace(&mut scenario.events, index, *event),
        Entry::Monitor(index, monitor) => replace(&mut scenario.monitors, index, *monitor),
        Entry::Response(response) => {
            scenario.response = response.map(|response| *response);
            Ok(())
        }
        Entry::Conversation(conversation) => {
            scenario.conversation = conversation;
            Ok(())
        }
    };
    if is_done.is_ok() {
        paths::follow(&before, scenario, Moved::Stay);
    }
    is_done
}

/// Gives a number a range in place of the one that it has, or takes that back.
///
/// # Errors
/// When there are too many, or the range cannot be; the scenario is then as it was.
pub fn put_range(scenario: &mut Scenario, address: Address, range: Option<Range>) -> Result<(), String> {
    let mut edited = scenario.clone();
    let is_of = |range: &Range| address::find(scenario, &range.key) == Ok(address);
    let place = scenario.ranges.iter().position(is_of);
    match (place, range) {
        (Some(place), Some(range)) => {
            edited.ranges.splice(place..=place, [range]);
        }
        (None, Some(range)) if edited.ranges.len() < MAX_RANGES => edited.ranges.push(range),
        (None, Some(_)) => return Err(format!("at most {MAX_RANGES} numbers have a range")),
        (Some(place), None) => {
            edited.ranges.remove(place);
            // What rose and fell with it does so no more.
            let is_about = |key: &String| address::find(scenario, key) == Ok(address);
            edited.correlations.retain(|correlation| !correlation.keys.iter().any(is_about));
        }
        (None, None) => return Ok(()),
    }
    if let Some(wrong) = Inputs::of(&edited).err().and_then(|wrong| wrong.into_iter().next()) {
        return Err(wrong.message);
    }
    *scenario = edited;
    Ok(())
}

/// Adds an entry to start from, at the end of its list.
///
/// # Errors
/// When there is no room for another, or the list is not the scenario's own; the scenario is then as it was.
pub fn add(scenario: &mut Scenario, list: List) -> Result<(), String> {
    let taken = scenario.names(list);
    let new = |word: &str| free_name(&taken, word);
    if list != List::Tiers {
        has_room(scenario, list)?;
    }
    match list {
        List::Segments => {
            if scenario.is_replayed() {
                return Err("the segments are those of the table".to_owned());
            }
            let segment = start::segment(scenario, new("New segment"));
            scenario.segments.push(segment);
        }
        List::Tiers => {
            let last = taken.len().checked_sub(1).ok_or("there is no tier to start from")?;
            duplicate(scenario, list, last)?;
            if let Some(tier) = scenario.tiers.last_mut() {
                // More of everything: what comes after the most capable tier.
                tier.name = new("New tier");
                tier.ability += 0.5;
                tier.input_usd_per_mtok *= 2.0;
                tier.output_usd_per_mtok *= 2.0;
            }
        }
        List::Policies => {
            let policy = start::policy(scenario, new("New policy"));
            scenario.policies.push(policy);
        }
        List::Events => scenario.events.push(start::event()),
        List::Monitors => scenario.monitors.push(start::monitor(new("New monitor"))),
    }
    Ok(())
}

fn entry_mut<'s>(scenario: &'s mut Scenario, section: &str, index: usize) -> Option<&'s mut dyn Keyed> {
    if section.is_empty() {
        return Some(scenario);
    }
    let section = SECTIONS.iter().find(|s| s.key == section)?;
    (section.part_mut)(scenario).entry_mut(index)
}

fn part(scenario: &mut Scenario, list: List) -> Result<&mut dyn Part, String> {
    list.of().map(|section| (section.part_mut)(scenario)).ok_or_else(|| GONE.to_owned())
}

/// What is said of an entry that is not there.
const GONE: &str = "it is not there";

/// Whether a list can take another entry.
fn has_room(scenario: &mut Scenario, list: List) -> Result<(), String> {
    let most = match list {
        List::Tiers => MAX_GENERATED_TIERS,
        _ => list.of().and_then(|section| section.most).unwrap_or(0),
    };
    if part(scenario, list)?.count() < most { Ok(()) } else { Err(format!("there are at most {most}")) }
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(is_hidden) {
        return Err(format!("a name has 1 to {MAX_NAME} characters on one line"));
    }
    Ok(())
}

/// Goes over every key of every entry that stands in a scenario.
fn for_keys(scenario: &mut Scenario, mut visit: impl FnMut(&'static str, &mut dyn Keyed, &'static Key)) {
    for key in scenario.keys() {
        visit("", scenario, key);
    }
    for section in SECTIONS {
        let part = (section.part_mut)(scenario);
        for index in 0..part.count() {
            let Some(entry) = part.entry_mut(index) else { continue };
            for key in entry.keys() {
                visit(section.key, entry, key);
            }
        }
    }
}

/// Changes the values that refer to entries of a list.
fn for_references(scenario: &mut Scenario, list: List, mut change: impl FnMut(&'static str, Form, Datum) -> Datum) {
    for_keys(scenario, |section, entry, key| {
        let refers = match key.form {
            Form::One(of) | Form::Some(of) | Form::NumberBy(of, _) => of == list,
            Form::TierBy(of) => of == list || list == List::Tiers,
            Form::Chain => list == List::Tiers,
            _ => false,
        };
        if refers && let Some(datum) = entry.get(key.name) {
            entry.set(key.name, change(section, key.form, datum));
        }
    });
}

fn rename(s: &mut Scenario, list: List, index: usize, to: &str) -> Result<(), String> {
    let all = s.names(list);
    let from = all.get(index).ok_or("it has no name")?.clone();
    check_name(to)?;
    if all.iter().enumerate().any(|(i, name)| i != index && name == to) {
        return Err(format!("\"{to}\" is there already"));
    }
    let new = |name: String| if name == from { to.to_owned() } else { name };
    for_references(s, list, |_, form, datum| match datum {
        Datum::Text(name) => Datum::Text(new(name)),
        Datum::Texts(names) => Datum::Texts(names.into_iter().map(new).collect()),
        Datum::NumberBy(map) => Datum::NumberBy(map.into_iter().map(|(name, x)| (new(name), x)).collect()),
        Datum::TextBy(map) => Datum::TextBy(
            map.into_iter()
                .map(|(of, tier)| if form == Form::TierBy(list) { (new(of), tier) } else { (of, new(tier)) })
                .collect(),
        ),
        other => other,
    });
    if let Some(entry) = part(s, list)?.entry_mut(index) {
        entry.set("name", Datum::Text(to.to_owned()));
    }
    Ok(())
}

/// `name`, or with a number behind it: one that nothing in the list has.
pub fn free_name(taken: &[String], name: &str) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

fn duplicate(s: &mut Scenario, list: List, index: usize) -> Result<(), String> {
    let all = s.names(list);
    let from = all.get(index).cloned().unwrap_or_default();
    let name = free_name(&all, &format!("{from} copy"));
    if list == List::Tiers && s.is_replayed() {
        return Err("the tiers are the models of the table".to_owned());
    }
    has_room(s, list)?;
    if list == List::Segments {
        // The two share what the one had, so that the rest of the traffic stays as it is.
        if let Some(segment) = s.segments.get_mut(index) {
            segment.share /= 2.0;
        }
        for_references(s, list, |_, _, datum| match datum {
            Datum::Texts(mut names) if names.contains(&from) => {
                names.push(name.clone());
                Datum::Texts(names)
            }
            Datum::NumberBy(mut map) => {
                map.extend(map.get(&from).copied().map(|x| (name.clone(), x)));
                Datum::NumberBy(map)
            }
            Datum::TextBy(mut map) => {
                map.extend(map.get(&from).cloned().map(|tier| (name.clone(), tier)));
                Datum::TextBy(map)
            }
            other => other,
        });
    }
    let part = part(s, list)?;
    if !part.duplicate(index) {
        return Err(GONE.to_owned());
    }
    if let Some(copy) = part.entry_mut(index + 1) {
        copy.set("name", Datum::Text(name));
    }
    if list == List::Tiers {
        // It gets no traffic yet.
        for_tier_shares(s, |form, shares| {
            let at = if form == Form::Shares { index + 1 } else { index };
            shares.insert(at.min(shares.len()), 0.0);
        });
    }
    Ok(())
}

/// Changes the lists that have a place for each tier.
fn for_tier_shares(s: &mut Scenario, mut change: impl FnMut(Form, &mut Vec<f64>)) {
    for_keys(s, |_, entry, key| {
        // Where a chain of its own says which tiers are called, the stages are that chain's.
        let is_by_tier = key.form == Form::Shares || key.form == Form::Stages && entry.get("tiers").is_none();
        if is_by_tier && let Some(Datum::Numbers(mut shares)) = entry.get(key.name) {
            change(key.form, &mut shares);
            entry.set(key.name, Datum::Numbers(shares));
        }
    });
}

fn delete(s: &mut Scenario, list: List, index: usize) -> Result<(), String> {
    let name = s.names(list).get(index).cloned().unwrap_or_default();
    if part(s, list)?.entry(index).is_none() {
        return Err(GONE.to_owned());
    }
    may_go(s, list, &name)?;
    // What was seen of it goes with it.
    s.known.retain(|known| {
        let of = match list {
            List::Policies => &known.policy,
            List::Tiers => &known.tier,
            List::Segments => &known.segment,
            List::Events | List::Monitors => &None,
        };
        of.as_ref() != Some(&name)
    });
    for_references(s, list, |_, form, datum| match datum {
        Datum::Text(named) if named == name && form == Form::One(List::Policies) => Datum::Absent,
        Datum::Texts(mut names) => {
            names.retain(|n| *n != name);
            Datum::Texts(names)
        }
        Datum::NumberBy(mut map) => {
            map.remove(&name);
            Datum::NumberBy(map)
        }
        Datum::TextBy(mut map) if form == Form::TierBy(list) => {
            map.remove(&name);
            Datum::TextBy(map)
        }
        other => other,
    });
    if list == List::Policies {
        s.expectations.retain(|claim| claim.policy != name);
    }
    if list == List::Tiers {
        for_tier_shares(s, |form, shares| {
            let at = if form == Form::Shares { index } else { index.min(shares.len().saturating_sub(1)) };
            if at < shares.len() {
                shares.remove(at);
            }
            if form == Form::Shares {
                let (left, count) = (shares.iter().sum::<f64>(), shares.len() as f64);
                shares.iter_mut().for_each(|share| *share = if left > 0.0 { *share / left } else { 1.0 / count });
            }
        });
    }
    part(s, list)?.remove(index);
    Ok(())
}

/// Whether nothing stands in the way of an entry's end.
fn may_go(s: &mut Scenario, list: List, name: &str) -> Result<(), String> {
    if matches!(list, List::Segments | List::Tiers) && part(s, list)?.count() < 2 {
        return Err(format!("a scenario needs a {}", list.section()));
    }
    if list == List::Policies && name == s.baseline {
        return Err("everything is compared with it: it is the baseline".to_owned());
    }
    let mut is_alone = false;
    let mut users: Vec<String> = Vec::new();
    for_keys(s, |section, entry, key| {
        let uses = match (key.form, entry.get(key.name)) {
            (Form::One(of), Some(Datum::Text(named))) => of == list && named == name,
            (Form::Chain, Some(Datum::Texts(names))) => list == List::Tiers && names.iter().any(|n| n == name),
            (Form::TierBy(_), Some(Datum::TextBy(map))) => list == List::Tiers && map.values().any(|n| n == name),
            (Form::Some(of), Some(Datum::Texts(names))) => {
                // An event about no segment would be one about all.
                is_alone |= of == list && matches!(names.as_slice(), [only] if only == name);
                false
            }
            _ => false,
        };
        if uses && section == "policy" {
            let user = entry.get("name").and_then(|n| n.text().map(|n| format!("\"{n}\""))).unwrap_or_default();
            if !users.contains(&user) {
                users.push(user);
            }
        }
    });
    if !users.is_empty() {
        return Err(format!("policies name it: {}", users.join(", ")));
    }
    if is_alone {
        return Err(format!("an event is about \"{name}\" alone: delete that first"));
    }
    Ok(())
}

/// Swaps an entry with the one after it.
fn swap(s: &mut Scenario, list: List, index: usize) -> Result<(), String> {
    if list == List::Tiers {
        return Err("tiers stand in the order of their prices".to_owned());
    }
    if part(s, list)?.swap(index) { Ok(()) } else { Err("it is the last".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read, write};
    use crate::simulation::world::World;

    fn every() -> Vec<Scenario> {
        let parse = |e: &library::LibraryEntry| read::parse(e.text, e.file_name).map(|l| l.scenario).ok();
        library::LIBRARY.iter().filter_map(parse).filter(|s| s.replay.is_none()).collect()
    }

    #[test]
    fn whatever_is_edited_stays_a_scenario_that_can_be_read_and_simulated() {
        let lists = [List::Segments, List::Tiers, List::Policies, List::Events, List::Monitors];
        let edits = [Edit::Rename("Another".to_owned()), Edit::Duplicate, Edit::Delete, Edit::Up, Edit::Down];
        let mut done = 0;
        for scenario in every() {
            for list in lists {
                for (edit, index) in edits.iter().flat_map(|e| (0..12).map(move |i| (e, i))) {
                    let mut edited = scenario.clone();
                    if apply(&mut edited, list, index, edit).is_err() {
                        assert_eq!(edited, scenario, "a refusal changes nothing");
                        continue;
                    }
                    done += 1;
                    let what = format!("{}: {list:?} {index} {edit:?}", scenario.name);
                    let read = read::parse(&write::to_text(&edited), "x");
                    assert!(read.as_ref().is_ok_and(|l| l.scenario == edited), "{what}: {:?}", read.err());
                    assert!(World::compile(&edited).is_ok(), "{what}");
                }
            }
        }
        assert!(done > 300, "{done}");
    }

    #[test]
    fn a_duplicated_segment_changes_nothing_and_a_renamed_tier_keeps_its_policies() {
        use crate::frontier::Stages;
        let quality = |s: &Scenario| -> Vec<f64> {
            let Ok(world) = World::compile(s) else { return Vec::new() };
            let Ok(stages) = Stages::new(&world) else { return Vec::new() };
            let of = |i: usize| stages.exact_points(i, None).ok().flatten().map(|p| p.iter().map(|p| p.quality).sum());
            (0..s.policies.len()).filter_map(of).collect()
        };
        for scenario in every() {
            let before = quality(&scenario);
            for (list, edit) in [(List::Segments, Edit::Duplicate), (List::Tiers, Edit::Rename("Renamed".to_owned()))] {
                let mut edited = scenario.clone();
                assert_eq!(apply(&mut edited, list, 0, &edit), Ok(()));
                let after = quality(&edited);
                assert_eq!(before.len(), after.len());
                for (a, b) in before.iter().zip(after) {
                    assert!((a - b).abs() < 1e-9, "{}: {edit:?}: {a} {b}", scenario.name);
                }
            }
        }
    }

    #[test]
    fn the_action_after_an_alarm_follows_its_policy() {
        for scenario in every() {
            let Some(index) = (0..scenario.policies.len()).find(|i| scenario.policies[*i].name != scenario.baseline)
            else {
                continue;
            };
            let mut edited = scenario.clone();
            let name = scenario.policies[index].name.clone();
            edited.study.policy = None;
            let response = Response { action: Some(name), ..Response::default() };
            assert_eq!(put(&mut edited, Entry::Response(Some(Box::new(response)))), Ok(()));
            let action = |s: &Scenario| s.response.as_ref().and_then(|response| response.action.clone());
            let renamed = Edit::Rename("Another".to_owned());
            assert_eq!(apply(&mut edited, List::Policies, index, &renamed), Ok(()));
            assert_eq!(action(&edited).as_deref(), Some("Another"));
            let read = read::parse(&write::to_text(&edited), "x").map(|loaded| loaded.scenario);
            assert_eq!(read.ok().as_ref(), Some(&edited));
            // Its end leaves the baseline, as absent means.
            assert_eq!(apply(&mut edited, List::Policies, index, &Edit::Delete), Ok(()));
            assert!(edited.response.is_some() && action(&edited).is_none());
            assert!(read::parse(&write::to_text(&edited), "x").is_ok_and(|loaded| loaded.scenario == edited));
            // One that says nothing of its own stands in the file all the same, and goes.
            assert_eq!(put(&mut edited, Entry::Response(Some(Box::default()))), Ok(()));
            assert!(read::parse(&write::to_text(&edited), "x").is_ok_and(|loaded| loaded.scenario == edited));
            assert_eq!(put(&mut edited, Entry::Response(None)), Ok(()));
            assert!(read::parse(&write::to_text(&edited), "x").is_ok_and(|loaded| loaded.scenario.response.is_none()));
        }
    }

    #[test]
    fn known_figures_and_their_key_paths_follow_what_they_are_about() {
        let found = every().into_iter().find(|s| s.name == "Support agent");
        assert!(found.is_some());
        let Some(mut s) = found else { return };
        let free = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        s.known = vec![
            Known {
                tier: Some("Small".to_owned()),
                segment: Some("How-to".to_owned()),
                value: Some(0.9),
                free: free(&["tier.Small.skill.How-to", "tier.0.ability", "segment.Billing.tokens.output"]),
                ..Known::default()
            },
            Known {
                policy: Some("Classifier".to_owned()),
                value: Some(0.9),
                free: free(&[
                    "policy.Classifier.shares.1",
                    "event.0.multiply",
                    "policy.\"Uncertainty cascade\".escalate.0",
                ]),
                ..Known::default()
            },
        ];
        let paths = |s: &Scenario| s.known.iter().flat_map(|known| known.free.clone()).collect::<Vec<_>>();
        let is_sound = |s: &Scenario| read::parse(&write::to_text(s), "x").is_ok_and(|loaded| loaded.scenario == *s);
        assert!(is_sound(&s));
        let rename = |name: &str| Edit::Rename(name.to_owned());
        for (list, index, edit) in [
            (List::Tiers, 0, rename("A.b c")),
            (List::Segments, 2, rename("Questions")),
            (List::Policies, 3, rename("Router")),
            (List::Segments, 0, Edit::Down),
            (List::Policies, 1, Edit::Delete),
            (List::Segments, 0, Edit::Duplicate),
        ] {
            assert_eq!(apply(&mut s, list, index, &edit), Ok(()), "{edit:?}");
            assert!(is_sound(&s), "{edit:?}: {:?}", s.known);
        }
        assert_eq!(
            paths(&s),
            [
                "tier.\"A.b c\".skill.Questions",
                "tier.0.ability",
                "segment.Billing.tokens.output",
                "policy.Router.shares.1",
                "event.0.multiply",
                "policy.\"Uncertainty cascade\".escalate.0"
            ]
        );
        assert_eq!(s.known[0].tier.as_deref(), Some("A.b c"));
        assert_eq!(s.known[0].segment.as_deref(), Some("Questions"));
        // Another event in front, and another tier before the last.
        s.events.push(s.events[0].clone());
        s.events[1].day += 9.0;
        assert_eq!(apply(&mut s, List::Events, 0, &Edit::Down), Ok(()));
        assert_eq!(paths(&s)[4], "event.1.multiply");
        assert_eq!(apply(&mut s, List::Tiers, 0, &Edit::Duplicate), Ok(()));
        assert_eq!(paths(&s)[3], "policy.Router.shares.2");
        assert!(is_sound(&s), "{:?}", s.known);
        // A number that goes is moved for nothing any more; what a figure is about takes the figure along.
        let billing = s.segment_index("Billing").unwrap_or(0);
        assert_eq!(apply(&mut s, List::Segments, billing, &Edit::Delete), Ok(()));
        assert!(!paths(&s).iter().any(|path| path.contains("Billing")), "{:?}", s.known);
        assert!(is_sound(&s), "{:?}", s.known);
        let questions = s.segment_index("Questions").unwrap_or(0);
        assert_eq!(apply(&mut s, List::Segments, questions, &Edit::Delete), Ok(()));
        assert_eq!(s.known.len(), 1);
        assert!(is_sound(&s), "{:?}", s.known);
    }

    #[test]
    fn what_stands_in_the_way_is_said() {
        let Some(flagship) = every().into_iter().next() else { return assert!(every().is_empty(), "no library") };
        let refusal = |list, index, edit| apply(&mut flagship.clone(), list, index, &edit).err().unwrap_or_default();
        let baseline = flagship.policy_index(&flagship.baseline).unwrap_or(0);
        assert!(refusal(List::Policies, baseline, Edit::Delete).contains("baseline"));
        assert!(refusal(List::Tiers, 0, Edit::Delete).contains("policies name it"));
        assert!(refusal(List::Tiers, 0, Edit::Down).contains("order of their prices"));
        assert!(refusal(List::Policies, 0, Edit::Up).contains("first"));
        assert!(refusal(List::Policies, 0, Edit::Rename(flagship.policies[1].name.clone())).contains("already"));
        assert!(refusal(List::Segments, 0, Edit::Rename("  ".to_owned())).contains("characters"));
    }
}
