//! Where the loss comes from: segments against tiers as heat maps of loss, quality and traffic, one over the other.

use maud::{Markup, html};

use super::draw::{Anchor, Paint, picture, rect, shortened, text, tinted, width_of};
use crate::frontier::breakdown::Breakdown;
use crate::model::Scenario;
use crate::report::breakdown::{Heat, HeatMap, heat_map, quality, when};
use crate::report::sentence::{gain, percent};

/// Least width; many tiers, or long names of them, make it wider.
const WIDTH: f64 = 860.0;
const LEFT: f64 = 16.0;
/// Where the cells begin.
const CELLS: f64 = 190.0;
/// Quality and net, to the right of the cells.
const SIDES: [f64; 2] = [122.0, 124.0];
const ROW: f64 = 26.0;
/// Between cells.
const GAP: f64 = 3.0;
/// Widest cell that a long name of a tier is given.
const MOST: f64 = 130.0;
/// Widest cell where there is room.
const ROOMY: f64 = 212.0;
/// Above the first row of a map.
const HEAD: f64 = 52.0;

/// The maps of a policy.
pub fn segments(scenario: &Scenario, parts: &Breakdown) -> String {
    let policy = scenario.policies.get(parts.policy).map_or("", |p| p.name.as_str());
    let maps = Heat::ALL.map(|heat| (heat, heat_map(scenario, parts, heat)));
    let names = maps.iter().flat_map(|(_, map)| &map.answerers);
    let longest = names.map(|name| width_of(name, 11.0) + 10.0).fold(66.0, f64::max);
    let count = maps.iter().map(|(_, map)| map.answerers.len()).max().unwrap_or(1).max(1) as f64;
    let room = (WIDTH - CELLS - SIDES[0] - SIDES[1] - LEFT) / count;
    let cell = room.clamp(longest.min(MOST), ROOMY);
    let width = WIDTH.max(CELLS + count * cell + SIDES[0] + SIDES[1] + LEFT);
    // With the line of all segments and some air.
    let step = HEAD + ROW * (parts.segments.len() as f64 + 1.0) + 20.0;
    let body = html! {
        (text((LEFT, 22.0), Anchor::Start, 14.0, Paint::Ink, &shortened(&format!("Where {policy} gains and loses"), 80)))
        (text((LEFT, 40.0), Anchor::Start, 11.0, Paint::Weak, &format!(
            "{}. Above: the segment that loses most against the baseline, downstream cost less inference saved. Brighter: more.", when(scenario)
        )))
        @for ((heat, map), index) in maps.iter().zip(0_u32..) {
            g transform=(format!("translate(0 {:.0})", 52.0 + step * f64::from(index))) { (one(parts, *heat, map, cell)) }
        }
    };
    picture(width, 44.0 + 3.0 * step, &format!("{}: where {policy} gains and loses", scenario.name), &body)
}

fn one(parts: &Breakdown, heat: Heat, map: &HeatMap<'_>, cell: f64) -> Markup {
    let name: String =
        heat.word().chars().take(1).flat_map(char::to_uppercase).chain(heat.word().chars().skip(1)).collect();
    let middle = |column: usize| CELLS + cell * (column as f64 + 0.5);
    let most = ((cell - 8.0) / (0.54 * 11.0)) as usize;
    let end = CELLS + cell * map.answerers.len() as f64;
    let sides = [end + SIDES[0], end + SIDES[0] + SIDES[1]];
    let base = |row: usize| HEAD + ROW * row as f64 + ROW / 2.0 + 4.0;
    let is_first = heat == Heat::Loss;
    let idle = if map.has_idle { " Tiers that answer nothing are left out." } else { "" };
    // Of the policy, and of the baseline in brackets.
    let qualities = |(own, before): (f64, f64)| format!("{} ({})", percent(own, 1), percent(before, 1));
    let net: f64 = map.rows.iter().map(|row| row.net_usd).sum();
    html! {
        (text((LEFT, 20.0), Anchor::Start, 12.5, Paint::Ink, &name))
        (text((LEFT + 62.0, 20.0), Anchor::Start, 11.0, Paint::Weak, &format!("{}{idle}", heat.help())))
        @for (column, name) in map.answerers.iter().enumerate() {
            (text((middle(column), 42.0), Anchor::Middle, 11.0, Paint::Weak, &shortened(name, most)))
        }
        @if is_first {
            (text((sides[0], 42.0), Anchor::End, 11.0, Paint::Weak, "Quality (baseline)"))
            (text((sides[1], 42.0), Anchor::End, 11.0, Paint::Weak, "Net, USD a month"))
        }
        @for (row, line) in map.rows.iter().enumerate() {
            (text((LEFT, base(row)), Anchor::Start, 11.5, Paint::Ink, &shortened(&line.segment.name, 27)))
            @for (column, (value, answerer)) in line.cells.iter().zip(&map.answerers).enumerate() {
                @let corner = (CELLS + cell * column as f64 + GAP / 2.0, HEAD + ROW * row as f64 + GAP / 2.0);
                g {
                    title { (line.segment.name) ", " (answerer) ": " (value.text()) }
                    @match value.tint() {
                        Some(tint) => { (tinted(corner, (cell - GAP, ROW - GAP), tint, &value.text())) }
                        None => {
                            (rect(corner.0, corner.1, cell - GAP, ROW - GAP, Paint::Grid, 0.35))
                            (text((middle(column), base(row)), Anchor::Middle, 11.5, Paint::Weak, &value.text()))
                        }
                    }
                }
            }
            @if is_first {
                (text((sides[0], base(row)), Anchor::End, 11.5, Paint::Ink, &qualities((line.segment.quality, line.segment.baseline_quality))))
                (text((sides[1], base(row)), Anchor::End, 11.5, Paint::of_gain(line.net_usd), &gain(line.net_usd)))
            }
        }
        @let last = base(map.rows.len());
        (text((LEFT, last), Anchor::Start, 11.5, Paint::Weak, "All segments"))
        @for (column, words) in map.all.iter().enumerate() {
            (text((middle(column), last), Anchor::Middle, 11.5, Paint::Weak, words))
        }
        @if is_first {
            (text((sides[0], last), Anchor::End, 11.5, Paint::Weak, &qualities(quality(parts))))
            (text((sides[1], last), Anchor::End, 11.5, Paint::of_gain(net), &gain(net)))
        }
    }
}
