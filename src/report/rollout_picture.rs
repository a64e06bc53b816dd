//! Where everything stands in the picture of a rollout, in days and points: the window and the exported picture draw the same.

use super::rollout::was_blind;
use super::sentence::{percent, points};
use crate::model::Compared;
use crate::rollout::{Gating, Outcome};

/// The least that the last step takes of the picture, as a share of the steps before it.
const LAST: f64 = 0.35;
/// Room on the logarithmic axis beyond the values, powers of ten.
const ROOM: f64 = 0.12;

/// A step in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Which step.
    pub step: usize,
    /// First and last edge, days.
    pub days: [f64; 2],
    /// Whether it goes on beyond its edge.
    pub is_cut: bool,
    /// Share of the traffic.
    pub share: f64,
    /// Whether no signal could have shown the break-even gap, although there was somebody to compare with.
    pub is_blind: bool,
    /// Its days in words, such as "days 0 to 7".
    pub told: String,
}

/// What a signal would have shown in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// The signal.
    pub compared: Compared,
    /// Its place among the signals.
    pub signal: usize,
    /// The step.
    pub step: usize,
    /// Where its marker stands, days.
    pub day: f64,
    /// The smallest visible gap, points; `None`: it cannot be shown.
    pub gap: Option<f64>,
}

/// The picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The steps that have days.
    pub spans: Vec<Span>,
    /// One a signal and step.
    pub dots: Vec<Dot>,
    /// Gaps that lines stand for, points: what it is, its place, and whether it is the break-even gap.
    pub lines: Vec<(String, f64, bool)>,
    /// What is not drawn, in words; empty: nothing.
    pub left_out: String,
    /// Ends of the logarithmic axis, points.
    pub range: [f64; 2],
}

/// Lays it out.
pub fn picture(outcome: &Outcome) -> Picture {
    let known: Vec<_> = outcome.steps.iter().enumerate().filter(|(_, step)| step.step.days > 0).collect();
    let first = known.first().map_or(0, |(_, step)| step.step.first_day);
    let mut spans = Vec::new();
    let mut dots = Vec::new();
    for (place, (index, step)) in known.iter().enumerate() {
        let (from, days) = (step.step.first_day, step.step.days);
        let before = f64::from(from - first);
        // Half a year at full rollout would leave the steps before no room.
        let most = if place + 1 == known.len() && before > 0.0 { (LAST * before).max(1.0) } else { f64::INFINITY };
        let width = f64::from(days).min(most);
        let left = f64::from(from);
        let last_day = from + days - 1;
        let can_compare = step.step.routed > 0.0 && step.step.routed < 1.0;
        spans.push(Span {
            step: *index,
            is_blind: can_compare && was_blind(outcome, step) == Some(true) && outcome.break_even_gap > Some(0.0),
            days: [left, left + width],
            is_cut: f64::from(days) > most,
            share: step.step.share,
            told: if days == 1 { format!("day {from}") } else { format!("days {from} to {last_day}") },
        });
        let count = step.signals.len();
        dots.extend(step.signals.iter().enumerate().map(|(signal, visible)| Dot {
            compared: visible.compared,
            signal,
            step: *index,
            day: left + width * (signal as f64 + 0.5) / count.max(1) as f64,
            gap: visible.smallest_gap.map(|gap| 100.0 * gap).filter(|gap| *gap > 0.0),
        }));
    }
    let mut lines = Vec::new();
    let mut left_out = Vec::new();
    for (gap, what, is_break_even) in
        [(outcome.break_even_gap, "break-even gap", true), (Some(outcome.gap), "gap at launch", false)]
    {
        match gap {
            Some(gap) if gap > 0.0 => lines.push((format!("{what} {}", points(gap, 2)), 100.0 * gap, is_break_even)),
            Some(gap) => left_out.push(format!("the {what} of {} has no place on this axis", points(gap, 2))),
            None => left_out.push(format!("there is no {what}: failures cost nothing")),
        }
    }
    let values = dots.iter().filter_map(|dot| dot.gap).chain(lines.iter().map(|line| line.1));
    let [low, high] = values.fold([f64::INFINITY, 0.0_f64], |[low, high], x| [low.min(x), high.max(x)]);
    let range = if low <= high { [low, high] } else { [0.1, 100.0] };
    let factor = 10_f64.powf(ROOM);
    Picture { spans, dots, lines, left_out: left_out.join("; "), range: [range[0] / factor, range[1] * factor] }
}

/// A part of all runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What became of them.
    pub ending: Ending,
    /// In words.
    pub told: String,
    /// How many, a share.
    pub share: f64,
}

/// How runs end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Taken back at the end of a step: which of how many.
    Stopped(usize, usize),
    /// Still waiting at the end of the horizon.
    Unfinished,
    /// At the last step.
    Full,
}

/// How the runs of a gate end, in the order of the steps; endings that no run has are left out.
pub fn endings(outcome: &Outcome, gating: &Gating) -> Vec<Part> {
    let count = outcome.steps.len();
    let stopped = gating.stopped_at.iter().zip(&outcome.steps).enumerate().map(|(place, (rate, step))| Part {
        ending: Ending::Stopped(place, count),
        told: format!("stopped at {}", percent(step.step.share, 0)),
        share: rate.rate,
    });
    let others = [
        (Ending::Unfinished, "still waiting at the end", gating.unfinished.rate),
        (Ending::Full, "full rollout", gating.completed.rate),
    ];
    let others = others.map(|(ending, told, share)| Part { ending, told: told.to_owned(), share });
    stopped.chain(others).filter(|part| part.share > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::Ungated;
    use crate::rollout::power::{StepPower, Visible};
    use crate::rollout::steps::Step;

    fn outcome(gap: f64, break_even_gap: Option<f64>) -> Outcome {
        let step = |first_day: u32, days: u32, share: f64, smallest_gap: Option<f64>| StepPower {
            step: Step { day: f64::from(first_day), share, routed: share, first_day, days },
            requests: 1000.0,
            signals: vec![Visible { compared: Compared::Tickets, observations: [10.0, 100.0], smallest_gap }],
        };
        let steps = vec![step(0, 7, 0.05, Some(0.03)), step(7, 0, 0.1, None), step(7, 173, 1.0, None)];
        let ungated = [Ungated { value_usd: 1.0, damage_usd: 0.0 }; 2];
        Outcome { policy: 0, gap, break_even_gap, steps, ungated, gate: None }
    }

    #[test]
    fn the_last_step_is_cut_and_steps_without_days_are_left_out() {
        let picture = picture(&outcome(0.01, Some(0.02)));
        let spans: Vec<_> = picture.spans.iter().map(|s| (s.step, s.days, s.is_cut, s.is_blind)).collect();
        assert_eq!(spans, [(0, [0.0, 7.0], false, true), (2, [7.0, 7.0 + LAST * 7.0], true, false)]);
        assert_eq!(picture.spans[1].told, "days 7 to 179");
        let dots: Vec<_> = picture.dots.iter().map(|dot| (dot.step, dot.gap)).collect();
        assert_eq!(dots, [(0, Some(3.0)), (2, None)]);
        let [low, high] = picture.range;
        assert!(low < 1.0 && high > 3.0, "{low} {high}");
        assert!(picture.left_out.is_empty() && picture.lines.len() == 2);
    }

    #[test]
    fn a_gap_that_has_no_place_on_the_axis_is_said() {
        let picture = picture(&outcome(-0.01, None));
        assert!(picture.lines.is_empty());
        assert!(picture.left_out.contains("no break-even gap") && picture.left_out.contains("−1.00 points"));
        assert!(!picture.spans[0].is_blind, "nothing was asked of it");
    }
}
