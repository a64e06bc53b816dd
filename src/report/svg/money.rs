//! From the inference saving to the net: a bar for each step, which begins where the one before ended.

use maud::html;

use super::draw::{Anchor, Paint, Scale, area, line, picture, shortened, text};
use crate::model::Scenario;
use crate::report::breakdown::{Step, when};
use crate::report::sentence::{gain, grouped};

const WIDTH: f64 = 860.0;
const ROW: f64 = 34.0;
/// Above the first step.
const HEAD: f64 = 58.0;
/// The bars, between the names and the amounts.
const BARS: (f64, f64) = (230.0, 740.0);
/// How far a bar is pointed.
const POINT: f64 = 8.0;

/// The steps of a policy.
pub fn money(scenario: &Scenario, policy: usize, steps: &[Step]) -> String {
    let policy = scenario.policies.get(policy).map_or("", |p| p.name.as_str());
    let ends = || steps.iter().flat_map(|s| [s.from, s.to]);
    let x = Scale::over(ends().chain([0.0]), 0.03, BARS);
    let bottom = HEAD + ROW * steps.len() as f64 + 4.0;
    let middle = |row: usize| HEAD + ROW * (row as f64 + 0.5);
    let has_bars = ends().any(|usd| usd.abs() > 0.0);
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, &shortened(&format!("What {policy} saves, and what it costs"), 80)))
        (text((16.0, 40.0), Anchor::Start, 11.0, Paint::Weak, &format!("{}, USD a month against the baseline. To the right and +: gained; to the left and −: lost.", when(scenario))))
        @if has_bars {
            @for tick in x.ticks(8) {
                (line(&[(x.at(tick), HEAD - 6.0), (x.at(tick), bottom)], Paint::Grid, 1.0, "none", 1.0))
                (text((x.at(tick), bottom + 16.0), Anchor::Middle, 11.0, Paint::Weak, &grouped(tick)))
            }
            (line(&[(x.at(0.0), HEAD - 6.0), (x.at(0.0), bottom)], Paint::Ink, 1.0, "none", 1.0))
        }
        @for (row, step) in steps.iter().enumerate() {
            @let y = middle(row);
            @let (from, to) = (x.at(step.from), x.at(step.to));
            @let paint = Paint::of_gain(step.usd);
            @let size = if step.is_sum { 13.0 } else { 11.5 };
            g {
                title { (step.name) ": " (gain(step.usd)) " USD a month. " (step.help) }
                (text((16.0, y + 4.0), Anchor::Start, size, Paint::Ink, &shortened(&step.name, 33)))
                @if has_bars { (area(&bar(from, to, y, step.is_sum), paint, 1.0)) }
                (text((WIDTH - 16.0, y + 4.0), Anchor::End, size, paint, &gain(step.usd)))
            }
            // The next step begins where this one ends.
            @if !step.is_sum {
                (line(&[(to, y), (to, middle(row + 1))], Paint::Weak, 0.8, "2 3", 0.9))
            }
        }
    };
    picture(WIDTH, bottom + 28.0, &format!("{}: what {policy} saves, and what it costs", scenario.name), &body)
}

/// Corners of a bar. A step points to where it goes, for whoever does not see the colour.
fn bar(from: f64, to: f64, middle: f64, is_sum: bool) -> Vec<(f64, f64)> {
    let half = if is_sum { 11.0 } else { 8.0 };
    let (top, bottom) = (middle - half, middle + half);
    let way = if to < from { -1.0 } else { 1.0 };
    // Something is seen of the smallest step, too.
    let to = if (to - from).abs() < 1.5 { from + 1.5 * way } else { to };
    let point = if is_sum { 0.0 } else { POINT.min((to - from).abs()) * way };
    vec![(from, top), (to - point, top), (to, middle), (to - point, bottom), (from, bottom)]
}
