//! Rules between several values of a scenario, which no range of a single number can tell. The reader and the window hold to the same ones.

mod known;

use crate::detection::monitor;
use crate::entry::{List, Number, written};
use crate::model::{Event, EventKind, MAX_ENTRIES, Per, Scenario, Segment, Tier};
use crate::policy;
use crate::rollout::check;
use crate::sweep::Plan;
use crate::uncertainty::inputs::{Inputs, Wrong};

use super::problem::{list_names, nearest};

/// What a scenario may claim of a figure.
pub const CLAIMED: Number = Number { unit: "", min: -1e12, max: 1e12, above_min: false, whole: false };
/// What the steps of a rollout may be.
pub const STEPS: &str =
    "a list of [day, share] pairs with increasing days and shares from 0 to 1, such as [[0, 0.05], [10, 1.0]]";

/// A rule that a scenario breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The section of the file.
    pub section: &'static str,
    /// The place in its list.
    pub index: usize,
    /// The key; empty: the entry as a whole.
    pub key: &'static str,
    /// What is found, and what is allowed.
    pub message: String,
    /// Of tables in a row at the key: which one, and the key in it.
    pub row: Option<(usize, &'static str)>,
    /// What is needed where the key is not there at all.
    pub needed: Option<&'static str>,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// Whether the scenario can be used all the same.
    pub is_warning: bool,
}

impl Breach {
    fn new(section: &'static str, index: usize, key: &'static str, message: String) -> Self {
        Self { section, index, key, message, row: None, needed: None, suggestion: None, is_warning: false }
    }

    fn warning(section: &'static str, index: usize, message: String) -> Self {
        Self { is_warning: true, ..Self::new(section, index, "", message) }
    }
}

/// Every rule that a scenario breaks, and what is probably not meant.
pub fn breaches(scenario: &Scenario) -> Vec<Breach> {
    let mut found = errors(scenario);
    found.extend(warnings(scenario));
    found
}

/// Rules that make a scenario useless.
pub fn errors(scenario: &Scenario) -> Vec<Breach> {
    let mut found = Vec::new();
    if scenario.traffic.weekday.iter().sum::<f64>() <= 0.0 {
        let message = "all weights are 0, allowed: seven weights from 0 to 1000, Monday first, not all 0".to_owned();
        found.push(Breach::new("traffic", 0, "weekday", message));
    }
    if !scenario.segments.is_empty() && scenario.segments.iter().all(|s| s.share <= 0.0) {
        let message = "the shares of all segments are 0; at least one must be above 0".to_owned();
        found.push(Breach::new("segment", 0, "share", message));
    }
    for (index, tier) in scenario.tiers.iter().enumerate() {
        if tier.lower > tier.upper {
            let message = format!("found {}, which is above upper ({})", written(tier.lower), written(tier.upper));
            found.push(Breach::new("tier", index, "lower", message));
        }
    }
    for (index, policy) in scenario.policies.iter().enumerate() {
        let of = |(key, message)| Breach::new("policy", index, key, message);
        found.extend(check::problems(scenario, policy).into_iter().map(of));
    }
    for (index, policy) in scenario.policies.iter().enumerate().filter(|(_, policy)| policy.per != Per::Turn) {
        if policy::routing(policy).is_some_and(|kind| !kind.can_stay()) {
            let word = policy.kind.word();
            let message = format!("a policy of kind \"{word}\" decides at every turn, allowed: \"turn\"");
            found.push(Breach::new("policy", index, "per", message));
        }
    }
    if scenario.conversation.is_some() && scenario.replay.is_some() {
        let message =
            "rows of a replayed table are not taken for turns; leave [conversation] or [replay] out".to_owned();
        found.push(Breach::new("conversation", 0, "", message));
    }
    for (index, event) in scenario.events.iter().enumerate() {
        let word = event.kind.word();
        for (key, list, names) in [("segments", List::Segments, &event.segments), ("tiers", List::Tiers, &event.tiers)]
        {
            if !names.is_empty() && !event.kind.acts_on(list) {
                let what = list.section();
                let message = format!("an event of kind \"{word}\" does not act on a {what}; leave the key out");
                found.push(Breach::new("event", index, key, message));
            }
        }
        if event.visible && event.kind != EventKind::Difficulty {
            let message = "only an event of kind \"difficulty\" can be visible; leave the key out".to_owned();
            found.push(Breach::new("event", index, "visible", message));
        }
    }
    for (index, watcher) in scenario.monitors.iter().enumerate() {
        let Some(kind) = monitor::watch(&watcher.kind) else { continue };
        if !kind.splits().contains(&watcher.strata) {
            let words = list_names(kind.splits().iter().map(|strata| strata.word()));
            let word = watcher.kind.word();
            let message = format!("a monitor of kind \"{word}\" cannot be split so, allowed: {words}");
            found.push(Breach::new("monitor", index, "strata", message));
        }
        let reads_labels = kind.about().uses.contains(&"per_day") && kind.needs_labels();
        if reads_labels && watcher.per_day <= 0.0 {
            let message = format!("found {}, allowed: a number above 0 (labels a day)", written(watcher.per_day));
            let needed = Some("a number above 0 (labels a day)");
            found.push(Breach { needed, ..Breach::new("monitor", index, "per_day", message) });
        }
    }
    found.extend(ranges(scenario));
    found.extend(known::breaches(scenario));
    found.extend(sweeps(scenario));
    found
}

/// What is wrong with ranges and correlations.
fn ranges(scenario: &Scenario) -> Vec<Breach> {
    if scenario.ranges.is_empty() && scenario.correlations.is_empty() {
        return Vec::new();
    }
    let wrong = Inputs::of(scenario).map_or_else(|wrong| wrong, |_| Vec::new());
    let of = |Wrong { section, index, key, message, unknown }: Wrong| {
        Breach::new(section, index, key, with_nearest(&message, unknown))
    };
    wrong.into_iter().map(of).collect()
}

/// What is wrong with sweeps.
fn sweeps(scenario: &Scenario) -> Vec<Breach> {
    let mut found = Vec::new();
    for (index, sweep) in scenario.sweeps.iter().enumerate() {
        for wrong in Plan::of(scenario, sweep).err().unwrap_or_default() {
            let message = with_nearest(&wrong.message, wrong.unknown);
            found.push(Breach { row: wrong.factor, ..Breach::new("sweep", index, wrong.key, message) });
        }
    }
    found
}

/// What is said of a word that nobody knows, with the nearest that there is.
fn with_nearest(message: &str, unknown: Option<(String, Vec<String>)>) -> String {
    let near = unknown.and_then(|(word, known)| nearest(&word, known.iter().map(String::as_str)));
    near.map_or_else(|| message.to_owned(), |near| format!("{message}; did you mean \"{near}\"?"))
}

/// What is probably not meant.
fn warnings(scenario: &Scenario) -> Vec<Breach> {
    let mut found = Vec::new();
    // One token in, one out, as a rough order: real requests differ.
    let price = |t: &Tier| t.input_usd_per_mtok + t.output_usd_per_mtok * t.verbosity;
    for (index, pair) in scenario.tiers.windows(2).enumerate() {
        if let [before, this] = pair
            && price(this) < price(before)
        {
            let before = super::problem::quoted(&before.name);
            let message = format!("cheaper than {before} before it; tiers are listed cheapest first");
            found.push(Breach::warning("tier", index + 1, message));
        }
    }
    match scenario.turns() {
        None if scenario.conversation.is_none() => {
            let idle = scenario.policies.iter().enumerate().filter(|(_, policy)| policy.per != Per::Turn);
            let message = "per says nothing where requests stand alone: there is no [conversation]";
            found.extend(idle.map(|(index, _)| Breach::warning("policy", index, message.to_owned())));
        }
        Some(_) if !scenario.monitors.is_empty() => {
            let message = "turns of a conversation are alike, which the detection study does not count yet: daily counts vary more than it draws \
                           them, so that monitors raise more false alarms than their budget says";
            found.push(Breach::warning("conversation", 0, message.to_owned()));
        }
        _ => {}
    }
    for segment in &scenario.segments {
        if let Some((event, day, share)) = clamped_share(segment, &scenario.events, scenario.traffic.days) {
            let (limit, share) = (if share > 1.0 { 1 } else { 0 }, written((1e4 * share).round() / 1e4));
            let message = format!(
                "on day {day} the events make {share} of the hidden share of \"{}\"; it stays at {limit}",
                segment.name
            );
            found.push(Breach::warning("event", event, message));
        }
    }
    found
}

/// The first day on which events push a segment's share of hidden-hard requests out of 0..1, where it is clamped: the last of these events,
/// the day, and the share as it would be. Looked at when an event starts or is fully in force, and on the last day of the horizon.
fn clamped_share(segment: &Segment, events: &[Event], horizon_days: u32) -> Option<(usize, u32, f64)> {
    let here: Vec<(usize, &Event)> = events
        .iter()
        .enumerate()
        .filter(|(_, e)| e.kind == EventKind::HiddenShare)
        .filter(|(_, e)| e.segments.is_empty() || e.segments.contains(&segment.name))
        .collect();
    let last = horizon_days.saturating_sub(1);
    let turns = here.iter().flat_map(|(_, e)| [e.day.ceil(), (e.day + e.ramp_days).ceil()]);
    let mut days: Vec<u32> = turns.filter(|day| *day < f64::from(last)).map(|day| day as u32).chain([last]).collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter().find_map(|day| {
        let share = here
            .iter()
            .fold(segment.hidden.share, |share, (_, event)| event.change.apply(share, event.in_force(f64::from(day))));
        let last = here.iter().rev().find(|(_, event)| event.in_force(f64::from(day)) > 0.0);
        // Rounding is no excess.
        (!(-1e-9..=1.0 + 1e-9).contains(&share)).then_some(last?.0).map(|event| (event, day, share))
    })
}

/// The steps of a rollout, as pairs of day and share, come one after the other.
pub fn rollout_steps(steps: &[(f64, f64)]) -> Option<String> {
    let is_sound = |(day, share): &(f64, f64)| *day >= 0.0 && day.is_finite() && (0.0..=1.0).contains(share);
    let is_ordered = steps.windows(2).all(|pair| matches!(pair, [a, b] if a.0 < b.0));
    let is_right = !steps.is_empty() && steps.len() <= MAX_ENTRIES && is_ordered && steps.iter().all(is_sound);
    (!is_right).then(|| format!("allowed: {STEPS}"))
}
