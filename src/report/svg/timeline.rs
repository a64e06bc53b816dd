//! One run day by day: what the dashboard shows, and below it the truth of each tier.

use maud::{Markup, html};

use super::draw::{Anchor, Frame, Paint, Scale, dash, line, marker, picture, shortened, spread, text};
use super::reaction;
use crate::decision::diary::{Lived, Lives};
use crate::detection::study::Study;
use crate::model::Scenario;
use crate::report::detection::alarms;
use crate::timeline::Timeline;

const WIDTH: f64 = 860.0;
const UPPER: f64 = 250.0;
const LOWER: f64 = 310.0;
/// Room for the names of the lines.
const NAMES: f64 = 170.0;

/// A run; with a study, the alarms of the study's run of the same number, which is the same, are flags above it. Where people react to them,
/// what they make of the run under one monitor stands below.
pub fn timeline(
    scenario: &Scenario,
    timeline: &Timeline,
    study: Option<&Study>,
    reacted: Option<(&Lives, &Lived)>,
) -> String {
    let policy = scenario.policies.get(timeline.policy).map_or("", |p| p.name.as_str());
    let body = html! {
        (dashboard(scenario, timeline, study))
        g transform=(format!("translate(0 {UPPER:.0})")) { (truth(scenario, timeline)) }
        @if let Some((lives, lived)) = reacted {
            g transform=(format!("translate(0 {:.0})", UPPER + LOWER)) {
                (reaction::panel(scenario, lives, lived, (64.0, WIDTH - NAMES)))
            }
        }
    };
    let below = if reacted.is_some() { reaction::HEIGHT } else { 0.0 };
    picture(WIDTH, UPPER + LOWER + below, &format!("{}: one run of {policy}", scenario.name), &body)
}

fn days(timeline: &Timeline) -> f64 {
    timeline.expected.len().saturating_sub(1).max(1) as f64
}

/// Events and the onset, over a plot.
fn moments(scenario: &Scenario, timeline: &Timeline, frame: &Frame) -> Markup {
    let (_, right, top, bottom) = frame.edges();
    html! {
        @for event in &scenario.events {
            @let x = frame.x.at(event.day);
            @if x <= right { (line(&[(x, top), (x, bottom)], Paint::Weak, 1.2, "2 4", 1.0)) }
        }
        @if let Some(day) = timeline.onset_day {
            @let x = frame.x.at(f64::from(day));
            (line(&[(x, top), (x, bottom)], Paint::Bad, 1.4, "6 4", 1.0))
        }
    }
}

fn dashboard(scenario: &Scenario, timeline: &Timeline, study: Option<&Study>) -> Markup {
    let observed: Vec<(f64, f64)> = timeline
        .run
        .iter()
        .filter(|d| d.requests > 0)
        .map(|d| (f64::from(d.day), 1000.0 * d.thumbs_down as f64 / d.requests as f64))
        .collect();
    let expected: Vec<(f64, f64)> =
        timeline.expected.iter().enumerate().map(|(day, e)| (day as f64, e.thumbs_down_per_1k)).collect();
    let highest = observed.iter().chain(&expected).map(|p| p.1).fold(0.0, f64::max);
    let flags = study.map_or_else(Vec::new, |study| alarms(scenario, study, timeline.replicate));
    let room = if flags.is_empty() { 1.08 } else { 1.5 };
    let frame = Frame {
        x: Scale::fixed(0.0, days(timeline), (64.0, WIDTH - NAMES)),
        y: Scale::fixed(0.0, (highest * room).max(1e-6), (UPPER - 52.0, 40.0)),
    };
    let points: Vec<(f64, f64)> = expected.iter().map(|(t, y)| frame.at(*t, *y)).collect();
    let (_, right, _, bottom) = frame.edges();
    let mut key = vec![
        (html! { (marker(0, (right + 20.0, 56.0), 3.0, true)) }, "observed"),
        (line(&[(right + 10.0, 76.0), (right + 30.0, 76.0)], Paint::Series(0), 1.6, "none", 1.0), "expected"),
    ];
    if !scenario.events.is_empty() {
        key.push((
            line(&[(right + 10.0, 96.0), (right + 30.0, 96.0)], Paint::Weak, 1.2, "2 4", 1.0),
            "an event starts",
        ));
    }
    if timeline.onset_day.is_some() {
        let y = 56.0 + 20.0 * key.len() as f64;
        key.push((line(&[(right + 10.0, y), (right + 30.0, y)], Paint::Bad, 1.4, "6 4", 1.0), "onset of damage"));
    }
    if !flags.is_empty() {
        let y = 56.0 + 20.0 * key.len() as f64;
        key.push((html! { (marker(flags[0].monitor, (right + 20.0, y), 4.5, true)) }, "a monitor alarms"));
    }
    html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "What the dashboard shows"))
        (text((250.0, 22.0), Anchor::Start, 11.0, Paint::Weak, "thumbs-down over all traffic, with its chance ups and downs"))
        (frame.axes("day", "per 1,000 answers"))
        (moments(scenario, timeline, &frame))
        @for (t, y) in &observed { (marker(0, frame.at(*t, *y), 2.0, true)) }
        (line(&points, Paint::Series(0), 1.6, "none", 1.0))
        @for (row, alarm) in flags.iter().enumerate() {
            @let at = frame.at(f64::from(alarm.day), highest * (1.42 - 0.11 * (row % 4) as f64));
            g {
                title { "alarm of " (alarm.name) " on day " (alarm.day) }
                (line(&[at, (at.0, bottom)], Paint::Series(alarm.monitor), 0.8, "none", 0.5))
                (marker(alarm.monitor, at, 4.5, true))
            }
        }
        @for (row, (sign, words)) in key.iter().enumerate() {
            (sign)
            (text((right + 36.0, 60.0 + 20.0 * row as f64), Anchor::Start, 11.0, Paint::Ink, words))
        }
    }
}

/// A line of the lower plot.
struct Series {
    name: String,
    paint: Paint,
    width: f64,
    dash: &'static str,
    values: Vec<(f64, f64)>,
}

fn truth(scenario: &Scenario, timeline: &Timeline) -> Markup {
    let series = |f: &dyn Fn(usize) -> Option<f64>| -> Vec<(f64, f64)> {
        (0..timeline.expected.len()).filter_map(|t| Some((t as f64, 100.0 * f(t)?))).collect()
    };
    let line_of =
        |name: &str, paint, width, dash, values| Series { name: shortened(name, 22), paint, width, dash, values };
    let launch = series(&|t| timeline.launch_quality.get(t).copied());
    let baseline = series(&|t| timeline.expected.get(t).map(|e| e.baseline_quality));
    let mut lines = vec![
        line_of("as launch believed", Paint::Weak, 1.4, "2 4", launch),
        line_of("nothing routed", Paint::Weak, 1.4, "8 4", baseline),
    ];
    for (k, tier) in scenario.tiers.iter().enumerate() {
        let values = series(&|t| timeline.expected.get(t)?.quality_by_tier.get(k).copied().flatten());
        lines.push(line_of(&tier.name, Paint::Series(k + 1), 2.0, dash(k), values));
    }
    let all = series(&|t| timeline.expected.get(t).map(|e| e.quality));
    lines.push(line_of("all answers", Paint::Series(0), 2.6, "none", all));
    lines.retain(|line| !line.values.is_empty());
    let values = lines.iter().flat_map(|l| l.values.iter().map(|p| p.1));
    let frame = Frame {
        x: Scale::fixed(0.0, days(timeline), (64.0, WIDTH - NAMES)),
        y: Scale::over(values, 0.08, (LOWER - 52.0, 40.0)),
    };
    let (_, right, top, bottom) = frame.edges();
    let ends: Vec<f64> = lines.iter().map(|l| l.values.last().map_or(bottom, |p| frame.y.at(p.1))).collect();
    let heights = spread(&ends, 15.0, (top, bottom));
    html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "The truth of each tier"))
        (text((250.0, 22.0), Anchor::Start, 11.0, Paint::Weak, "expected success of the answers that each tier gives, which no dashboard shows"))
        (frame.axes("day", "good answers, %"))
        (moments(scenario, timeline, &frame))
        @for (series, (end, label)) in lines.iter().zip(ends.iter().zip(&heights)) {
            @let points: Vec<_> = series.values.iter().map(|(t, y)| frame.at(*t, *y)).collect();
            (line(&points, series.paint, series.width, series.dash, 1.0))
            (line(&[(right, *end), (right + 8.0, *label)], series.paint, 0.7, "none", 0.8))
            (line(&[(right + 10.0, *label), (right + 32.0, *label)], series.paint, series.width, series.dash, 1.0))
            (text((right + 36.0, *label + 4.0), Anchor::Start, 11.0, Paint::Ink, &series.name))
        }
    }
}
