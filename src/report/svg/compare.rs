//! Runs side by side: the curve and the point of each, joined to its baseline, and below them their figures.

use maud::{Markup, html};

use super::draw::{Anchor, Frame, Labels, Paint, Scale, dash, line, marker, picture, shortened, text, width_of};
use crate::frontier::point::Point;
use crate::report::compare::{FIGURES, Figure, Run};

const WIDTH: f64 = 860.0;
/// Height of the plot; the list stands below it.
const PLOT: f64 = 430.0;
/// Heads of the list.
const HEADS: f64 = 24.0;
/// A run of the list.
const ENTRY: f64 = 40.0;
/// Where the names of the list begin.
const NAMES: f64 = 54.0;

fn plane(p: &Point) -> (f64, f64) {
    (p.inference_usd_per_1k, 100.0 * p.quality)
}

fn sweep<'a>(run: &Run<'a>) -> &'a [Point] {
    run.stage().curves.get(run.policy).map_or(&[], |c| c.sweep.as_slice())
}

/// The runs.
pub fn compare(runs: &[Run<'_>]) -> String {
    let shown: Vec<(f64, f64)> = runs
        .iter()
        .flat_map(|run| run.point().into_iter().chain(run.baseline()).chain(sweep(run)))
        .map(plane)
        .collect();
    let frame = Frame {
        x: Scale::over(shown.iter().map(|p| p.0), 0.08, (64.0, WIDTH - 20.0)),
        y: Scale::over(shown.iter().map(|p| p.1), 0.1, (PLOT - 58.0, 58.0)),
    };
    let at = |p: &Point| {
        let (x, y) = plane(p);
        frame.at(x, y)
    };
    let taken: Vec<(f64, f64)> =
        runs.iter().flat_map(|run| run.point().into_iter().chain(run.baseline())).map(at).collect();
    let mut labels = Labels::new(&frame, taken);
    let names: Vec<Markup> = runs
        .iter()
        .enumerate()
        .filter_map(|(i, run)| labels.place(at(run.point()?), &shortened(run.name, 32), 11.5, Paint::Series(i)))
        .collect();
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "Runs side by side"))
        (text((16.0, 40.0), Anchor::Start, 11.0, Paint::Weak, "Filled: the policy of a run. Hollow: its baseline. Line: the policy's other settings."))
        (frame.axes("Inference cost, USD per 1,000 requests", "Quality, % good answers"))
        @for (i, run) in runs.iter().enumerate() {
            @if sweep(run).len() > 1 {
                @let points: Vec<_> = sweep(run).iter().map(at).collect();
                (line(&points, Paint::Series(i), 2.0, dash(i), 0.85))
            }
            @if let (Some(own), Some(baseline)) = (run.point(), run.baseline()) {
                (line(&[at(baseline), at(own)], Paint::Series(i), 1.0, "1 5", 0.9))
            }
        }
        @for (i, run) in runs.iter().enumerate() {
            g {
                title { (run.name) ": " (run.policy_name()) }
                @if let Some(baseline) = run.baseline() { (marker(i, at(baseline), 5.0, false)) }
                @if let Some(own) = run.point() { (marker(i, at(own), 7.0, true)) }
            }
        }
        @for name in names { (name) }
        @for (x, figure) in columns() {
            (text((x, PLOT + 14.0), Anchor::Start, 10.5, Paint::Weak, figure.label))
        }
        @for (i, run) in runs.iter().enumerate() {
            g transform=(format!("translate(0 {:.0})", PLOT + HEADS + ENTRY * i as f64)) { (entry(i, run)) }
        }
    };
    let title = match runs {
        [only] => format!("{}: one run", only.scenario.name),
        _ => format!("{} runs side by side", runs.len()),
    };
    picture(WIDTH, PLOT + HEADS + ENTRY * runs.len() as f64, &title, &body)
}

/// Where each figure of the list begins; scenario and policy stand beside the name.
fn columns() -> impl Iterator<Item = (f64, &'static Figure)> {
    FIGURES.iter().skip(2).scan(NAMES, |next, figure| {
        let x = *next;
        *next += width_of(figure.label, 10.5) + 20.0;
        Some((x, figure))
    })
}

/// A run in words: what it is above, its figures below.
fn entry(index: usize, run: &Run<'_>) -> Markup {
    let mut who = vec![shortened(run.name, 40)];
    // A pinned run is called after its scenario until somebody renames it.
    if !run.name.starts_with(&run.scenario.name) {
        who.push(shortened(&run.scenario.name, 40));
    }
    who.push(shortened(run.policy_name(), 40));
    html! {
        (line(&[(16.0, 10.0), (44.0, 10.0)], Paint::Series(index), 2.0, dash(index), 1.0))
        (marker(index, (30.0, 10.0), 5.0, true))
        (text((NAMES, 14.0), Anchor::Start, 11.5, Paint::Ink, &who.join(" · ")))
        @for (x, figure) in columns() {
            @let value = (figure.of)(run).map_or_else(|| "–".to_owned(), |v| v.text());
            (text((x, 30.0), Anchor::Start, 11.0, Paint::Ink, &value))
        }
    }
}
