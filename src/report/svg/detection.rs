//! The detection study: ranked bars, survival curves, price against damage.

use maud::{Markup, html};

use super::draw::{
    Anchor, Frame, Labels, Paint, Scale, area, dash, line, marker, picture, rect, shortened, spread, text,
};
use crate::detection::monitor::Truth;
use crate::detection::study::{MonitorResult, Study};
use crate::model::Scenario;
use crate::report::detection::ranked;
use crate::report::sentence::percent;

const WIDTH: f64 = 860.0;
/// More lines than this cannot be told apart; the table has them all.
const MOST: usize = 24;

fn name(scenario: &Scenario, result: &MonitorResult, most: usize) -> String {
    scenario.monitors.get(result.monitor).map_or_else(String::new, |m| shortened(&m.name, most))
}

fn horizon(study: &Study) -> f64 {
    (f64::from(study.days) - f64::from(study.onset_day.unwrap_or(0))).max(1.0)
}

/// The three pictures, one over the other.
pub fn detection(scenario: &Scenario, study: &Study) -> String {
    let parts = [bars_body(scenario, study), survival_body(scenario, study), damage_body(scenario, study)];
    let height = parts.iter().map(|part| part.0).sum();
    let tops = parts.iter().scan(0.0, |next, part| Some(std::mem::replace(next, *next + part.0)));
    let body = html! {
        @for ((_, part), top) in parts.iter().zip(tops) {
            g transform=(format!("translate(0 {top:.0})")) { (part) }
        }
    };
    picture(WIDTH, height, &format!("{}: detection study", scenario.name), &body)
}

/// Time to detection, ranked.
pub fn bars(scenario: &Scenario, study: &Study) -> String {
    let (height, body) = bars_body(scenario, study);
    picture(WIDTH, height, &format!("{}: days to detection of each monitor", scenario.name), &body)
}

/// Share of runs that are not noticed yet, by day.
pub fn survival(scenario: &Scenario, study: &Study) -> String {
    let (height, body) = survival_body(scenario, study);
    picture(WIDTH, height, &format!("{}: share of runs not noticed by day", scenario.name), &body)
}

/// Price of each monitor against the damage until it alarms.
pub fn damage(scenario: &Scenario, study: &Study) -> String {
    let (height, body) = damage_body(scenario, study);
    picture(WIDTH, height, &format!("{}: price against damage", scenario.name), &body)
}

fn bars_body(scenario: &Scenario, study: &Study) -> (f64, Markup) {
    const ROW: f64 = 24.0;
    let ranked = ranked(study);
    let height = 88.0 + ROW * ranked.len() as f64;
    let x = Scale::fixed(0.0, horizon(study), (250.0, WIDTH - 130.0));
    let right = x.at(horizon(study));
    let bottom = height - 46.0;
    let legend = format!(
        "bar: median · line: quartiles · open end: not reached by the horizon · false-alarm budget {}",
        percent(study.false_alarms, 1)
    );
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "Days to detection"))
        (text((250.0, 22.0), Anchor::Start, 11.0, Paint::Weak, &legend))
        @for tick in x.ticks(8) {
            (line(&[(x.at(tick), 36.0), (x.at(tick), bottom)], Paint::Grid, 1.0, "none", 1.0))
            (text((x.at(tick), bottom + 16.0), Anchor::Middle, 11.0, Paint::Weak, &format!("{tick:.0}")))
        }
        (text(((250.0 + right) / 2.0, bottom + 34.0), Anchor::Middle, 12.0, Paint::Ink, "days from the onset of a material loss to the alarm"))
        @for (row, result) in ranked.iter().enumerate() {
            @let y = 40.0 + ROW * row as f64;
            @let middle = y + ROW / 2.0;
            @let o = &result.outcome;
            (marker(result.monitor, (22.0, middle), 5.0, true))
            (text((34.0, middle + 4.0), Anchor::Start, 11.5, Paint::Ink, &name(scenario, result, 34)))
            @if let Some(median) = o.days_to(0.5) {
                (rect(250.0, y + 5.0, x.at(median) - 250.0, ROW - 10.0, Paint::Series(result.monitor), 0.75))
                @let low = o.days_to(0.25).unwrap_or(0.0);
                @let high = o.days_to(0.75).unwrap_or(horizon(study));
                (line(&[(x.at(low), middle), (x.at(high), middle)], Paint::Ink, 1.5, "none", 1.0))
                (line(&[(x.at(low), middle - 4.0), (x.at(low), middle + 4.0)], Paint::Ink, 1.5, "none", 1.0))
                @if o.days_to(0.75).is_some() {
                    (line(&[(x.at(high), middle - 4.0), (x.at(high), middle + 4.0)], Paint::Ink, 1.5, "none", 1.0))
                }
                (text((right + 8.0, middle + 4.0), Anchor::Start, 11.5, Paint::Ink, &format!("{median:.0} days")))
            } @else {
                (line(&[(250.0, middle), (right, middle)], Paint::Series(result.monitor), 2.0, "3 5", 0.9))
                @let told = if study.onset_day.is_some() { format!("{} ever", percent(o.noticed.rate, 0)) } else { "–".to_owned() };
                (text((right + 8.0, middle + 4.0), Anchor::Start, 11.5, Paint::Ink, &told))
            }
        }
        (line(&[(250.0, 36.0), (250.0, bottom), (right, bottom)], Paint::Ink, 1.0, "none", 1.0))
    };
    (height, body)
}

/// Corners of a staircase that starts at 1 and goes on to the horizon.
fn staircase(steps: impl Iterator<Item = (f64, f64)>, horizon: f64) -> Vec<(f64, f64)> {
    let mut corners = vec![(0.0, 1.0)];
    let mut level = 1.0;
    for (time, next) in steps {
        corners.push((time, level));
        corners.push((time, next));
        level = next;
    }
    corners.push((horizon, level));
    corners
}

fn survival_body(scenario: &Scenario, study: &Study) -> (f64, Markup) {
    let end = horizon(study);
    let shown: Vec<&MonitorResult> = ranked(study).into_iter().take(MOST).collect();
    let height = (410.0_f64).max(110.0 + 14.0 * shown.len() as f64);
    let frame =
        Frame { x: Scale::fixed(0.0, end, (64.0, WIDTH - 240.0)), y: Scale::fixed(0.0, 100.0, (height - 52.0, 40.0)) };
    let (_, right, top, bottom) = frame.edges();
    let pixel = |corners: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
        corners.into_iter().map(|(t, share)| frame.at(t, 100.0 * share)).collect()
    };
    let curves: Vec<Vec<(f64, f64)>> =
        shown.iter().map(|r| pixel(staircase(r.outcome.steps().iter().map(|s| (s.time, s.survival)), end))).collect();
    let ends: Vec<f64> = curves.iter().map(|c| c.last().map_or(bottom, |p| p.1)).collect();
    let heights = spread(&ends, 14.0, (top - 6.0, bottom + 8.0));
    // The band of the first that can be had: bands of all would hide each other.
    let first = shown.iter().find(|r| scenario.monitors.get(r.monitor).is_some_and(|m| !m.kind.is::<Truth>()));
    let band = first.map(|r| {
        let steps = r.outcome.steps();
        let mut upper = pixel(staircase(steps.iter().map(|s| (s.time, s.interval.1)), end));
        let mut lower = pixel(staircase(steps.iter().map(|s| (s.time, s.interval.0)), end));
        lower.reverse();
        upper.extend(lower);
        area(&upper, Paint::Series(r.monitor), 0.2)
    });
    let note = first.map(|r| format!("shaded: 95 % interval of {}", name(scenario, r, 40)));
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "Not noticed yet"))
        @if let Some(note) = note { (text((250.0, 22.0), Anchor::Start, 11.0, Paint::Weak, &note)) }
        (frame.axes("days from the onset of a material loss", "runs without an alarm, %"))
        @if let Some(band) = band { (band) }
        @for ((result, curve), (end, label)) in shown.iter().zip(&curves).zip(ends.iter().zip(&heights)) {
            (line(curve, Paint::Series(result.monitor), 1.6, dash(result.monitor), 0.95))
            (line(&[(right, *end), (right + 14.0, *label)], Paint::Series(result.monitor), 0.7, "none", 0.8))
            (marker(result.monitor, (right + 20.0, *label), 4.0, true))
            (text((right + 29.0, *label + 4.0), Anchor::Start, 11.0, Paint::Ink, &name(scenario, result, 34)))
        }
    };
    (height, body)
}

fn damage_body(scenario: &Scenario, study: &Study) -> (f64, Markup) {
    const HEIGHT: f64 = 400.0;
    let points: Vec<(usize, f64, f64, bool)> = study
        .monitors
        .iter()
        .filter(|r| scenario.monitors.get(r.monitor).is_some_and(|m| !m.kind.is::<Truth>()))
        .filter_map(|r| {
            let usd = r.damage_median?.usd.max(1.0);
            Some((r.monitor, r.usd_per_day, usd, r.outcome.days_to(0.5).is_some()))
        })
        .collect();
    let heading = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "Price against damage"))
        (text((250.0, 22.0), Anchor::Start, 11.0, Paint::Weak, "hollow: most runs end unnoticed, and the damage goes on · dashes: nothing cheaper does better"))
    };
    if points.is_empty() {
        let body =
            html! { (heading) (text((64.0, 52.0), Anchor::Start, 12.0, Paint::Weak, "No damage in this scenario.")) };
        return (72.0, body);
    }
    let frame = Frame {
        x: Scale::over(points.iter().map(|p| p.1).chain([0.0]), 0.06, (80.0, WIDTH - 20.0)),
        y: Scale::decades(points.iter().map(|p| p.2), (HEIGHT - 52.0, 40.0)),
    };
    let (_, right, ..) = frame.edges();
    let mut sorted: Vec<(f64, f64)> = points.iter().map(|p| (p.1, p.2)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut front: Vec<(f64, f64)> = Vec::new();
    let mut least = f64::INFINITY;
    for (usd_per_day, usd) in sorted {
        if usd < least {
            let corner = front.last().map(|last| (frame.x.at(usd_per_day), last.1));
            front.extend(corner);
            front.push(frame.at(usd_per_day, usd));
            least = usd;
        }
    }
    let end = front.last().map(|last| (right, last.1));
    front.extend(end);
    let mut labels = Labels::new(&frame, points.iter().map(|p| frame.at(p.1, p.2)));
    let body = html! {
        (heading)
        (frame.axes("price of the monitor, USD a day", "median damage, USD"))
        (line(&front, Paint::Weak, 1.3, "5 4", 1.0))
        @for (monitor, price, usd, is_reached) in &points {
            (marker(*monitor, frame.at(*price, *usd), 5.0, *is_reached))
        }
        @for (monitor, price, usd, _) in &points {
            @let words = scenario.monitors.get(*monitor).map_or_else(String::new, |m| shortened(&m.name, 34));
            @if let Some(label) = labels.place(frame.at(*price, *usd), &words, 11.0, Paint::Series(*monitor)) { (label) }
        }
    };
    (HEIGHT, body)
}
