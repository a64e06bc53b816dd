//! Edits of whole entries: add, rename, duplicate, delete, move, replace. What refers to an entry by its name follows, or stands in the
//! way with a reason.

use std::mem;

use super::read::{MAX_ENTRIES, MAX_NAME};
use super::start;
use super::visible::is_hidden;
use crate::model::{
    Event, Expectation, MAX_GENERATED_TIERS, MAX_POLICIES, MAX_SEGMENTS, Monitor, Policy, PolicyKind, Scenario,
};

/// A list of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// `[[segment]]`
    Segments,
    /// `[[tier]]`
    Tiers,
    /// `[[policy]]`
    Policies,
    /// `[[event]]`
    Events,
    /// `[[monitor]]`
    Monitors,
}

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
    /// Name of the policy that everything is compared with.
    Baseline(String),
    /// Name of the policy under study; `None`: the first that is not the baseline.
    StudyPolicy(Option<String>),
    /// What the scenario claims to show.
    Claims(Vec<Expectation>),
    /// A policy, by index.
    Policy(usize, Box<Policy>),
    /// An event, by index.
    Event(usize, Box<Event>),
    /// A monitor, by index.
    Monitor(usize, Box<Monitor>),
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
    match edit {
        Edit::Rename(name) => rename(&mut edited, list, index, name.trim())?,
        Edit::Duplicate => duplicate(&mut edited, list, index)?,
        Edit::Delete => delete(&mut edited, list, index)?,
        Edit::Up => swap(&mut edited, list, index.checked_sub(1).ok_or("it is the first")?)?,
        Edit::Down => swap(&mut edited, list, index)?,
    }
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
    match entry {
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
        Entry::Baseline(name) => {
            scenario.policy_index(&name).ok_or("no policy has this name")?;
            scenario.baseline = name;
            Ok(())
        }
        Entry::StudyPolicy(name) => {
            scenario.study.policy = name;
            Ok(())
        }
        Entry::Claims(claims) => {
            scenario.expectations = claims;
            Ok(())
        }
        Entry::Policy(index, policy) => replace(&mut scenario.policies, index, *policy),
        Entry::Event(index, event) => replace(&mut scenario.events, index, *event),
        Entry::Monitor(index, monitor) => replace(&mut scenario.monitors, index, *monitor),
    }
}

/// Adds an entry to start from, at the end of its list.
///
/// # Errors
/// When there is no room for another, or the list is not the scenario's own; the scenario is then as it was.
pub fn add(scenario: &mut Scenario, list: List) -> Result<(), String> {
    let taken = names(scenario, list);
    let new = |word: &str| free_name(&taken, word);
    let has_room =
        |count: usize, most: usize| if count < most { Ok(()) } else { Err(format!("there are at most {most}")) };
    match list {
        List::Segments => {
            if scenario.replay.is_some() {
                return Err("the segments are those of the table".to_owned());
            }
            has_room(taken.len(), MAX_SEGMENTS)?;
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
            has_room(taken.len(), MAX_POLICIES)?;
            let policy = start::policy(scenario, new("New policy"));
            scenario.policies.push(policy);
        }
        List::Events => {
            has_room(scenario.events.len(), MAX_ENTRIES)?;
            scenario.events.push(start::event());
        }
        List::Monitors => {
            has_room(taken.len(), MAX_ENTRIES)?;
            scenario.monitors.push(start::monitor(new("New monitor")));
        }
    }
    Ok(())
}

/// Names of a list, in its order; none for events.
pub fn names(scenario: &Scenario, list: List) -> Vec<String> {
    match list {
        List::Segments => scenario.segments.iter().map(|s| s.name.clone()).collect(),
        List::Tiers => scenario.tiers.iter().map(|t| t.name.clone()).collect(),
        List::Policies => scenario.policies.iter().map(|p| p.name.clone()).collect(),
        List::Monitors => scenario.monitors.iter().map(|m| m.name.clone()).collect(),
        List::Events => Vec::new(),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(is_hidden) {
        return Err(format!("a name has 1 to {MAX_NAME} characters on one line"));
    }
    Ok(())
}

fn rename(s: &mut Scenario, list: List, index: usize, to: &str) -> Result<(), String> {
    let all = names(s, list);
    let from = all.get(index).ok_or("it has no name")?.clone();
    check_name(to)?;
    if all.iter().enumerate().any(|(i, name)| i != index && name == to) {
        return Err(format!("\"{to}\" is there already"));
    }
    let change = |name: &mut String| {
        if *name == from {
            to.clone_into(name);
        }
    };
    match list {
        List::Segments => {
            s.segments.iter_mut().for_each(|g| change(&mut g.name));
            s.events.iter_mut().flat_map(|e| &mut e.segments).for_each(change);
            for tier in &mut s.tiers {
                if let Some(skill) = tier.skill.remove(&from) {
                    tier.skill.insert(to.to_owned(), skill);
                }
            }
            for policy in &mut s.policies {
                if let PolicyKind::SegmentRules { rules, .. } = &mut policy.kind
                    && let Some(tier) = rules.remove(&from)
                {
                    rules.insert(to.to_owned(), tier);
                }
            }
        }
        List::Tiers => {
            s.tiers.iter_mut().for_each(|t| change(&mut t.name));
            s.events.iter_mut().flat_map(|e| &mut e.tiers).for_each(change);
            s.policies.iter_mut().flat_map(|p| tiers_of(&mut p.kind)).for_each(change);
        }
        List::Policies => {
            s.policies.iter_mut().for_each(|p| change(&mut p.name));
            change(&mut s.baseline);
            s.study.policy.iter_mut().for_each(change);
            s.expectations.iter_mut().for_each(|e| change(&mut e.policy));
        }
        List::Monitors => s.monitors.iter_mut().for_each(|m| change(&mut m.name)),
        List::Events => {}
    }
    Ok(())
}

/// Every tier that a policy names.
fn tiers_of(kind: &mut PolicyKind) -> Vec<&mut String> {
    match kind {
        PolicyKind::Single { tier } | PolicyKind::HumanFallback { tier, .. } => vec![tier],
        PolicyKind::SegmentRules { rules, default } => rules.values_mut().chain([default]).collect(),
        PolicyKind::Cascade { tiers, .. }
        | PolicyKind::JudgeCascade { tiers, .. }
        | PolicyKind::Bandit { tiers, .. } => tiers.iter_mut().collect(),
        _ => Vec::new(),
    }
}

/// `name`, or with a number behind it: one that nothing in the list has.
pub fn free_name(taken: &[String], name: &str) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

fn again<T: Clone>(list: &mut Vec<T>, index: usize, most: usize, change: impl FnOnce(&mut T)) -> Result<(), String> {
    if list.len() >= most {
        return Err(format!("there are at most {most}"));
    }
    let mut copy = list.get(index).ok_or("it is not there")?.clone();
    change(&mut copy);
    list.insert(index + 1, copy);
    Ok(())
}

fn duplicate(s: &mut Scenario, list: List, index: usize) -> Result<(), String> {
    let all = names(s, list);
    let from = all.get(index).cloned().unwrap_or_default();
    let name = free_name(&all, &format!("{from} copy"));
    match list {
        List::Segments => {
            // The two share what the one had, so that the rest of the traffic stays as it is.
            if let Some(segment) = s.segments.get_mut(index) {
                segment.share /= 2.0;
            }
            again(&mut s.segments, index, MAX_SEGMENTS, |g| g.name.clone_from(&name))?;
            for event in s.events.iter_mut().filter(|e| e.segments.contains(&from)) {
                event.segments.push(name.clone());
            }
            for tier in &mut s.tiers {
                if let Some(skill) = tier.skill.get(&from).copied() {
                    tier.skill.insert(name.clone(), skill);
                }
            }
            for policy in &mut s.policies {
                if let PolicyKind::SegmentRules { rules, .. } = &mut policy.kind
                    && let Some(tier) = rules.get(&from).cloned()
                {
                    rules.insert(name.clone(), tier);
                }
            }
            Ok(())
        }
        List::Tiers => {
            if s.replay.is_some() {
                return Err("the tiers are the models of the table".to_owned());
            }
            again(&mut s.tiers, index, MAX_GENERATED_TIERS, |t| t.name = name)?;
            for policy in &mut s.policies {
                // It gets no traffic yet.
                if let Some(shares) = policy.kind.shares_mut() {
                    shares.insert((index + 1).min(shares.len()), 0.0);
                }
                if let PolicyKind::RouterCascade { escalate, .. } = &mut policy.kind {
                    escalate.insert(index.min(escalate.len()), 0.0);
                }
            }
            Ok(())
        }
        List::Policies => again(&mut s.policies, index, MAX_POLICIES, |p| p.name = name),
        List::Monitors => again(&mut s.monitors, index, MAX_ENTRIES, |m| m.name = name),
        List::Events => again(&mut s.events, index, MAX_ENTRIES, |_| {}),
    }
}

fn delete(s: &mut Scenario, list: List, index: usize) -> Result<(), String> {
    let name = names(s, list).get(index).cloned().unwrap_or_default();
    let gone = "it is not there";
    match list {
        List::Segments => {
            if s.segments.len() < 2 {
                return Err("a scenario needs a segment".to_owned());
            }
            // An event about no segment would be one about all.
            if s.events.iter().any(|e| e.segments == [name.clone()]) {
                return Err(format!("an event is about \"{name}\" alone: delete that first"));
            }
            s.segments.get(index).ok_or(gone)?;
            s.segments.remove(index);
            s.events.iter_mut().for_each(|e| e.segments.retain(|g| *g != name));
            for tier in &mut s.tiers {
                tier.skill.remove(&name);
            }
            for policy in &mut s.policies {
                if let PolicyKind::SegmentRules { rules, .. } = &mut policy.kind {
                    rules.remove(&name);
                }
            }
        }
        List::Tiers => {
            if s.tiers.len() < 2 {
                return Err("a scenario needs a tier".to_owned());
            }
            let mut kinds: Vec<(String, PolicyKind)> =
                s.policies.iter().map(|p| (p.name.clone(), p.kind.clone())).collect();
            let users: Vec<String> = kinds
                .iter_mut()
                .filter_map(|(policy, kind)| {
                    tiers_of(kind).into_iter().any(|t| *t == name).then(|| format!("\"{policy}\""))
                })
                .collect();
            if !users.is_empty() {
                return Err(format!("policies name it: {}", users.join(", ")));
            }
            if s.events.iter().any(|e| e.tiers == [name.clone()]) {
                return Err(format!("an event is about \"{name}\" alone: delete that first"));
            }
            s.tiers.get(index).ok_or(gone)?;
            s.tiers.remove(index);
            s.events.iter_mut().for_each(|e| e.tiers.retain(|t| *t != name));
            for policy in &mut s.policies {
                if let PolicyKind::RouterCascade { escalate, .. } = &mut policy.kind {
                    let at = index.min(escalate.len().saturating_sub(1));
                    if at < escalate.len() {
                        escalate.remove(at);
                    }
                }
                let Some(shares) = policy.kind.shares_mut() else { continue };
                if index < shares.len() {
                    shares.remove(index);
                }
                let left: f64 = shares.iter().sum();
                let count = shares.len();
                for share in shares {
                    *share = if left > 0.0 { *share / left } else { 1.0 / count as f64 };
                }
            }
        }
        List::Policies => {
            if name == s.baseline {
                return Err("everything is compared with it: it is the baseline".to_owned());
            }
            s.policies.get(index).ok_or(gone)?;
            s.policies.remove(index);
            s.expectations.retain(|e| e.policy != name);
            if s.study.policy.as_ref() == Some(&name) {
                s.study.policy = None;
            }
        }
        List::Events => {
            s.events.get(index).ok_or(gone)?;
            s.events.remove(index);
        }
        List::Monitors => {
            s.monitors.get(index).ok_or(gone)?;
            s.monitors.remove(index);
        }
    }
    Ok(())
}

/// Swaps an entry with the one after it.
fn swap(s: &mut Scenario, list: List, index: usize) -> Result<(), String> {
    fn both<T>(list: &mut [T], index: usize) -> Result<(), String> {
        match list.get_mut(index..).unwrap_or_default() {
            [a, b, ..] => {
                mem::swap(a, b);
                Ok(())
            }
            _ => Err("it is the last".to_owned()),
        }
    }
    match list {
        List::Segments => both(&mut s.segments, index),
        List::Tiers => Err("tiers stand in the order of their prices".to_owned()),
        List::Policies => both(&mut s.policies, index),
        List::Events => both(&mut s.events, index),
        List::Monitors => both(&mut s.monitors, index),
    }
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
