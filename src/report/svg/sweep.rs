//! A sweep as small pictures side by side, one a policy or a monitor.

use maud::{Markup, html};

use super::draw::{Anchor, Paint, Scale, line, lines, marker, picture, px, shortened, text};
use crate::model::Scenario;
use crate::report::breakdown::tint;
use crate::report::sweep as report;
use crate::sweep::collected::{Cell, Collected, ticks};
use crate::sweep::plan::Plan;

const WIDTH: f64 = 860.0;
const ACROSS: usize = 3;
const PANEL: (f64, f64) = (250.0, 150.0);
const GAP: (f64, f64) = (32.0, 54.0);

/// The picture that says most.
pub fn sweep(scenario: &Scenario, plan: &Plan, found: &Collected) -> String {
    let pictures = found.pictures();
    let Some(shown) = pictures.get(report::usual_picture(found)).copied() else {
        return picture(
            WIDTH,
            60.0,
            &scenario.name,
            &text((16.0, 30.0), Anchor::Start, 12.0, Paint::Ink, "Nothing was found."),
        );
    };
    let columns = found.columns(shown);
    let up = (plan.axes.len() > 1).then_some(1);
    let panels: Vec<(String, Vec<Cell>)> = columns
        .iter()
        .filter_map(|column| Some((report::whose(found.labels.get(*column)?), found.cells(*column, 0, up))))
        .collect();
    let all = panels.iter().flat_map(|(_, cells)| cells.iter().map(|cell| cell.mean));
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let words = lines(&report::told(scenario, plan), 138);
    let top = 64.0 + 15.0 * words.len() as f64;
    let rows = panels.len().div_ceil(ACROSS);
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, &format!("{}: {}", plan.name, report::picture(shown))))
        @for (row, words) in words.iter().enumerate() {
            (text((16.0, 42.0 + 15.0 * row as f64), Anchor::Start, 11.0, Paint::Ink, words))
        }
        @for (index, (name, cells)) in panels.iter().enumerate() {
            @let corner = (20.0 + (index % ACROSS) as f64 * (PANEL.0 + GAP.0), top + (index / ACROSS) as f64 * (PANEL.1 + GAP.1));
            (text((corner.0, corner.1 - 6.0), Anchor::Start, 11.0, Paint::Ink, &shortened(name, 40)))
            @if up.is_some() { (map(cells, corner, (low, high))) } @else { (curve(cells, corner, index, (low, high), shown.2)) }
            (ends(scenario, plan, cells, corner))
        }
    };
    picture(WIDTH, top + rows as f64 * (PANEL.1 + GAP.1) + 10.0, &format!("{}: {}", scenario.name, plan.name), &body)
}

/// The least and the greatest value along, and what they are of.
fn ends(scenario: &Scenario, plan: &Plan, cells: &[Cell], corner: (f64, f64)) -> Markup {
    let along = ticks(cells, |cell| cell.x);
    let bottom = corner.1 + PANEL.1 + 14.0;
    let end = |value: Option<&f64>| value.map(|value| crate::entry::written(*value)).unwrap_or_default();
    let factor = |at: usize| plan.axes.get(at).map(|axis| report::factor(scenario, axis)).unwrap_or_default();
    let name = if plan.axes.len() > 1 { format!("{}; up: {}", factor(0), factor(1)) } else { factor(0) };
    html! {
        (text((corner.0, bottom), Anchor::Start, 10.0, Paint::Weak, &end(along.first())))
        (text((corner.0 + PANEL.0, bottom), Anchor::End, 10.0, Paint::Weak, &end(along.last())))
        (text((corner.0, bottom + 13.0), Anchor::Start, 10.0, Paint::Weak, &shortened(&name, 56)))
    }
}

fn map(cells: &[Cell], corner: (f64, f64), (low, high): (f64, f64)) -> Markup {
    let (along, up) = (ticks(cells, |cell| cell.x), ticks(cells, |cell| cell.y));
    let size = (PANEL.0 / along.len().max(1) as f64, PANEL.1 / up.len().max(1) as f64);
    let place =
        |ticks: &[f64], value: f64| ticks.iter().position(|tick| tick.total_cmp(&value).is_eq()).unwrap_or(0) as f64;
    html! {
        @for cell in cells {
            @let [r, g, b] = tint((cell.mean - low) / (high - low).max(1e-300)).rgb;
            rect x=(px(corner.0 + place(&along, cell.x) * size.0)) y=(px(corner.1 + PANEL.1 - (place(&up, cell.y) + 1.0) * size.1))
                width=(px(size.0)) height=(px(size.1)) fill=(format!("#{r:02x}{g:02x}{b:02x}")) {}
        }
    }
}

fn curve(cells: &[Cell], corner: (f64, f64), index: usize, (low, high): (f64, f64), figure: &str) -> Markup {
    let x = Scale::over(cells.iter().map(|cell| cell.x), 0.03, (corner.0, corner.0 + PANEL.0));
    let y = Scale::over([low, high], 0.06, (corner.1 + PANEL.1, corner.1));
    let points: Vec<(f64, f64)> = cells.iter().map(|cell| (x.at(cell.x), y.at(cell.mean))).collect();
    html! {
        @for end in [low, high] {
            (line(&[(corner.0, y.at(end)), (corner.0 + PANEL.0, y.at(end))], Paint::Grid, 1.0, "none", 1.0))
            (text((corner.0 + PANEL.0, y.at(end) - 3.0), Anchor::End, 10.0, Paint::Weak, &report::value(figure, end)))
        }
        (line(&points, Paint::Series(index), 1.8, "none", 1.0))
        @for point in &points { (marker(index, *point, 3.0, true)) }
    }
}
