//! Traffic that is replayed from a table.
//!
//! Events change how much of the traffic a segment has, and how much of a segment the rows have on which only the most capable tier
//! succeeds.

use crate::model::{Change, EventKind, Hidden, Normal, Scenario, Segment, Tokens};
use crate::simulation::day::{DayWorld, SegmentState, TierState};
use crate::simulation::error::WorldError;
use crate::simulation::item_difficulty::SPREAD;
use crate::simulation::rows::Rows;

/// Refuses what a table cannot give.
///
/// # Errors
/// With what it is, and what would do.
pub(super) fn check(scenario: &Scenario, rows: &Rows) -> Result<(), WorldError> {
    let refuse = |what: String| Err(WorldError::Replay(what));
    let segments = &rows.table().segments;
    let known = |name: &String| segments.contains(name);
    for (index, event) in scenario.events.iter().enumerate() {
        let number = index + 1;
        match event.kind {
            EventKind::Difficulty | EventKind::Ability => {
                return refuse(format!(
                    "event {number} changes a difficulty or an ability, and rows have neither: resample them with segment_share or \
                     hidden_share, or fit a generated world to the table"
                ));
            }
            EventKind::RouterNoise if rows.has_router_column() => {
                return refuse(format!(
                    "event {number} changes the router's noise, and the router's scores are those of the table: leave out \
                     [replay] router to have them generated"
                ));
            }
            EventKind::Price if !matches!(event.change, Change::Multiply(_)) => {
                return refuse(format!(
                    "event {number} must `multiply` the price: the table has costs of calls, not prices"
                ));
            }
            _ => {}
        }
        if let Some(name) = event.segments.iter().find(|name| !known(name)) {
            return refuse(format!("event {number} names the segment \"{name}\", which the table does not have"));
        }
    }
    for policy in &scenario.policies {
        if let Some(name) = policy.unknown_segment(|name| known(&name.to_owned())) {
            return refuse(format!(
                "policy \"{}\" names the segment \"{name}\", which the table does not have",
                policy.name
            ));
        }
    }
    Ok(())
}

/// The table's segments as a scenario would have them.
pub(super) fn segments(scenario: &Scenario, rows: &Rows) -> Vec<Segment> {
    let output = scenario.replay.as_ref().map_or(1.0, |r| r.output_tokens);
    let input = rows.input_tokens();
    let names = rows.table().segments.iter().enumerate();
    names
        .map(|(g, name)| {
            let [plain, hidden] = [0, 1].map(|kind| rows.whole.part(g, kind).rows());
            Segment {
                name: name.clone(),
                share: plain + hidden,
                difficulty: Normal { mean: rows.cells.get(g).map_or(0.0, |c| c.mean_difficulty), sd: SPREAD },
                hidden: Hidden { share: hidden / (plain + hidden).max(1e-300), mean: 0.0, sd: SPREAD },
                tokens: Tokens {
                    input: input.get(g).copied().unwrap_or(1.0).max(1e-9),
                    output,
                    input_cv: 0.0,
                    output_cv: 0.0,
                },
                stakes: 1.0,
            }
        })
        .collect()
}

/// Mean costs of calls, and shares that rows can be resampled to.
pub(super) fn price(rows: &Rows, tiers: &[TierState], segments: &mut [SegmentState]) {
    for (g, state) in segments.iter_mut().enumerate() {
        let parts = [0, 1].map(|kind| rows.whole.part(g, kind));
        let count = parts[0].rows() + parts[1].rows();
        for (k, (usd, tier)) in state.call_usd.iter_mut().zip(tiers).enumerate() {
            *usd = tier.price_factor * (parts[0].usd(k) + parts[1].usd(k)) / count.max(1e-300);
        }
        // There is nothing to draw more of where a kind has no row.
        for (part, share) in parts.iter().zip([1.0, 0.0]) {
            if part.rows() <= 0.0 {
                state.hidden_share = share;
            }
        }
    }
}

/// What each row of a segment and kind counts on a day: `[plain, hidden-hard]`, so that the segment's rows count one in all.
pub(in crate::simulation) fn row_weights(rows: &Rows, segment: usize, hidden_share: f64) -> [f64; 2] {
    let per_row = |kind: usize, share: f64| {
        let count = rows.whole.part(segment, kind).rows();
        if count > 0.0 { share / count } else { 0.0 }
    };
    [per_row(0, 1.0 - hidden_share), per_row(1, hidden_share)]
}

/// Share of the day's traffic with a score below `x`.
pub(super) fn score_below(rows: &Rows, day: &DayWorld, noise: f64, x: f64) -> f64 {
    let stages = rows.stages(noise, &[x]);
    let Some(below) = stages.first() else { return 0.0 };
    let of_segment = |(g, state): (usize, &SegmentState)| {
        let weights = row_weights(rows, g, state.hidden_share);
        state.share * (0..2).map(|kind| weights[kind] * below.part(g, kind).rows()).sum::<f64>()
    };
    day.segments.iter().enumerate().map(of_segment).sum()
}
