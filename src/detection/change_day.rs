//! When the change comes matters: near a full rollout or before it, late in a cumulative sum or early. The same events are moved over a
//! grid of days, and each monitor's typical and worst case are read off.

use super::study::Study;
use crate::model::Scenario;

/// The first change comes after this share of the horizon, the last one before the second.
const RANGE: (f64, f64) = (0.05, 0.65);

/// The study with the first event on another day.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeDay {
    /// Day of the first event.
    pub day: u32,
    /// What came out.
    pub study: Study,
}

/// Median days to detection of one monitor over a grid of change days; infinite where it is not reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Median over the grid.
    pub typical: f64,
    /// Largest over the grid.
    pub worst: f64,
    /// The first change day where it is so large.
    pub worst_day: u32,
}

/// Days of a grid of `points` change days; none where the scenario has no events.
pub fn days(scenario: &Scenario, points: u32) -> Vec<u32> {
    if scenario.events.is_empty() {
        return Vec::new();
    }
    let horizon = f64::from(scenario.traffic.days);
    let at = |i: u32| {
        let part = if points > 1 { f64::from(i) / f64::from(points - 1) } else { 0.5 };
        (horizon * (RANGE.0 + part * (RANGE.1 - RANGE.0))) as u32
    };
    let mut days: Vec<u32> = (0..points).map(at).collect();
    days.dedup();
    days
}

/// The scenario with all its events moved so that the first comes on `day`.
pub fn moved(scenario: &Scenario, day: u32) -> Scenario {
    let mut moved = scenario.clone();
    let first = scenario.events.iter().map(|e| e.day).fold(f64::INFINITY, f64::min);
    for event in &mut moved.events {
        event.day += f64::from(day) - first;
    }
    moved
}

/// Typical and worst case of a monitor over the change days that have an onset.
pub fn spread(grid: &[ChangeDay], monitor: usize) -> Option<Spread> {
    let median = |study: &Study| {
        study.onset_day?;
        Some(study.monitors.get(monitor)?.outcome.days_to(0.5).unwrap_or(f64::INFINITY))
    };
    let of_days: Vec<(u32, f64)> = grid.iter().filter_map(|c| Some((c.day, median(&c.study)?))).collect();
    let mut sorted: Vec<f64> = of_days.iter().map(|(_, days)| *days).collect();
    sorted.sort_by(f64::total_cmp);
    let worst = *sorted.last()?;
    let worst_day = of_days.iter().find(|(_, days)| days.total_cmp(&worst).is_eq())?.0;
    Some(Spread { typical: *sorted.get(sorted.len() / 2)?, worst, worst_day })
}
