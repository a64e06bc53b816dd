//! Rules between several values of a scenario, which no range of a single number can tell. The reader and the window hold to the same ones.

use super::parameter::number;
use super::vocabulary;
use crate::model::{Event, EventKind, Monitor, MonitorKind, Segment, Tier};

/// Most steps of a rollout.
const MAX_STEPS: usize = super::read::MAX_ENTRIES;

/// A tier's asymptotes are in order.
pub fn asymptotes(tier: &Tier) -> Option<String> {
    (tier.lower > tier.upper)
        .then(|| format!("found {}, which is above upper ({})", number(tier.lower), number(tier.upper)))
}

/// Some segment has traffic.
pub fn segment_shares(segments: &[Segment]) -> Option<String> {
    (!segments.is_empty() && segments.iter().all(|s| s.share <= 0.0))
        .then(|| "the shares of all segments are 0; at least one must be above 0".to_owned())
}

/// The first day on which events push a segment's share of hidden-hard requests out of 0..1, where it is clamped: the last of these events,
/// the day, and the share as it would be. Looked at when an event starts or is fully in force, and on the last day of the horizon.
pub fn clamped_share(segment: &Segment, events: &[Event], horizon_days: u32) -> Option<(usize, u32, f64)> {
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

/// Some day of the week has traffic.
pub fn weekday(weights: &[f64]) -> Option<String> {
    (weights.iter().sum::<f64>() <= 0.0)
        .then(|| "all weights are 0, allowed: seven weights from 0 to 1000, Monday first, not all 0".to_owned())
}

/// A monitor that reads labels has some.
pub fn labels(monitor: &Monitor) -> Option<String> {
    let reads_labels = vocabulary::monitor_keys(monitor.kind).contains(&"per_day")
        && !matches!(monitor.kind, MonitorKind::RouterDrift | MonitorKind::ConfidenceDrift);
    (reads_labels && monitor.per_day <= 0.0)
        .then(|| format!("found {}, allowed: a number above 0 (labels a day)", number(monitor.per_day)))
}

/// The steps of a rollout, as pairs of day and share, come one after the other.
pub fn rollout_steps(steps: &[(f64, f64)]) -> Option<String> {
    let is_sound = |(day, share): &(f64, f64)| *day >= 0.0 && day.is_finite() && (0.0..=1.0).contains(share);
    let is_ordered = steps.windows(2).all(|pair| matches!(pair, [a, b] if a.0 < b.0));
    let is_right = !steps.is_empty() && steps.len() <= MAX_STEPS && is_ordered && steps.iter().all(is_sound);
    (!is_right).then(|| {
        "allowed: a list of [day, share] pairs with increasing days and shares from 0 to 1, such as [[0, 0.05], [10, 1.0]]"
            .to_owned()
    })
}
