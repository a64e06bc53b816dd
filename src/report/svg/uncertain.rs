//! How sure the answer is: the spread of every policy's total, and what drives the policy under study.

use maud::{Markup, html};

use super::draw::{Anchor, Paint, Scale, line, lines, marker, picture, rect, shortened, text};
use crate::jobs::Uncertain;
use crate::model::Scenario;
use crate::report::uncertain as report;
use crate::uncertainty::outcome::Output;

const WIDTH: f64 = 860.0;
const TRACK: (f64, f64) = (300.0, 640.0);
const ROW: f64 = 22.0;
const LINE: f64 = 15.0;
/// Most characters of a line of words.
const MOST: usize = 138;

/// The policies above, the inputs below.
pub fn uncertain(scenario: &Scenario, found: &Uncertain) -> String {
    let words: Vec<String> = report::reading(scenario, found).iter().flat_map(|text| lines(text, MOST)).collect();
    let top = 34.0 + LINE * words.len() as f64 + 40.0;
    let (policies, height) = policies(scenario, found, top);
    let below = top + height + 56.0;
    let (inputs, inputs_height) = inputs(scenario, found, below);
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "How sure is the answer?"))
        @for (row, words) in words.iter().enumerate() {
            (text((16.0, 42.0 + LINE * row as f64), Anchor::Start, 11.0, Paint::Ink, words))
        }
        (policies)
        (inputs)
    };
    picture(WIDTH, below + inputs_height + 34.0, &format!("{}: what its ranges do to the answer", scenario.name), &body)
}

fn scale(values: impl Iterator<Item = f64>) -> Scale {
    Scale::over(values.filter(|x| x.is_finite()).chain([0.0]), 0.04, TRACK)
}

fn axis(x: &Scale, output: Output, top: f64, bottom: f64) -> Markup {
    html! {
        @for tick in x.ticks(5) {
            (line(&[(x.at(tick), top), (x.at(tick), bottom)], Paint::Grid, 1.0, "none", 1.0))
            (text((x.at(tick), bottom + 14.0), Anchor::Middle, 11.0, Paint::Weak, &report::tick(output, tick)))
        }
        (line(&[(x.at(0.0), top - 4.0), (x.at(0.0), bottom)], Paint::Ink, 1.2, "none", 1.0))
    }
}

fn policies(scenario: &Scenario, found: &Uncertain, top: f64) -> (Markup, f64) {
    let stage = usize::from(found.production);
    let rows: Vec<(usize, [f64; 5], Vec<String>)> = found
        .summaries
        .iter()
        .zip(report::policy_rows(scenario, found))
        .filter_map(|(summary, row)| {
            let spread = summary.spreads[stage].get(Output::TotalChange as usize)?;
            Some((summary.policy, spread.quantiles.map(|quantile| quantile.value), row))
        })
        .collect();
    let x = scale(rows.iter().flat_map(|(_, quantiles, _)| [quantiles[0], quantiles[4]]));
    let height = ROW * rows.len() as f64;
    let body = html! {
        (text((16.0, top - 20.0), Anchor::Start, 12.0, Paint::Ink, "Total cost against the baseline's: 5 to 95 %, 25 to 75 %, the middle"))
        (text((740.0, top - 6.0), Anchor::End, 11.0, Paint::Weak, "Saves"))
        (text((836.0, top - 6.0), Anchor::End, 11.0, Paint::Weak, "Best"))
        (axis(&x, Output::TotalChange, top, top + height))
        @for (index, (policy, quantiles, row)) in rows.iter().enumerate() {
            @let middle = top + ROW * (index as f64 + 0.5);
            (marker(*policy, (22.0, middle), 4.5, true))
            (text((34.0, middle + 4.0), Anchor::Start, 11.0, Paint::Ink, &shortened(&row[0], 42)))
            @for (low, high, half, opacity) in [(quantiles[0], quantiles[4], 3.0, 0.35), (quantiles[1], quantiles[3], 5.0, 0.8)] {
                (rect(x.at(low), middle - half, (x.at(high) - x.at(low)).max(1.5), 2.0 * half, Paint::Series(*policy), opacity))
            }
            (line(&[(x.at(quantiles[2]), middle - 7.0), (x.at(quantiles[2]), middle + 7.0)], Paint::Ink, 2.0, "none", 1.0))
            (text((740.0, middle + 4.0), Anchor::End, 11.0, Paint::Ink, &row[4]))
            (text((836.0, middle + 4.0), Anchor::End, 11.0, Paint::Ink, &row[6]))
        }
    };
    (body, height)
}

fn inputs(scenario: &Scenario, found: &Uncertain, top: f64) -> (Markup, f64) {
    let order = report::by_length(found);
    let rows = report::input_rows(scenario, found);
    let x = scale(found.bars.iter().flat_map(|bar| [bar.low, bar.high]).chain([found.at_middles]));
    let height = ROW * order.len() as f64;
    let who = scenario.policies.get(found.policy).map_or("", |policy| policy.name.as_str());
    let title = format!(
        "What it hangs on: {} of {who}, each number from its 5 % (light) to its 95 % (dark)",
        found.output.told()
    );
    let body = html! {
        (text((16.0, top - 20.0), Anchor::Start, 12.0, Paint::Ink, &shortened(&title, 120)))
        (text((740.0, top - 6.0), Anchor::End, 11.0, Paint::Weak, "Worth, USD"))
        (text((836.0, top - 6.0), Anchor::End, 11.0, Paint::Weak, "Break-even"))
        (axis(&x, found.output, top, top + height))
        @for (index, (place, row)) in order.iter().zip(&rows).enumerate() {
            @let middle = top + ROW * (index as f64 + 0.5);
            (text((16.0, middle + 4.0), Anchor::Start, 11.0, Paint::Ink, &shortened(&row[0], 46)))
            @if let Some(bar) = found.bars.get(*place) {
                @for (end, opacity) in [(bar.low, 0.4), (bar.high, 0.9)] {
                    @if end.is_finite() && found.at_middles.is_finite() {
                        @let (a, b) = (x.at(end), x.at(found.at_middles));
                        (rect(a.min(b), middle - 6.0, (a - b).abs().max(1.0), 12.0, Paint::Series(found.policy), opacity))
                    }
                }
            }
            (text((740.0, middle + 4.0), Anchor::End, 11.0, Paint::Ink, &row[7]))
            (text((836.0, middle + 4.0), Anchor::End, 11.0, Paint::Ink, &row[8]))
        }
    };
    (body, height)
}
