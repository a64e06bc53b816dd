//! Rules between several values of a scenario, which no range of a single number can tell. The reader and the window hold to the same ones.

use super::model::{Monitor, MonitorKind, Segment, Tier};
use super::parameter::number;
use super::vocabulary;

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
