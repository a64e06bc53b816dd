//! Options side by side: the span of what each is worth, its mean, and which one to take.

use maud::{Markup, html};

use super::draw::{
    Anchor, Paint, Scale, area, line, lines, marker, picture, px, rect, shortened, star, text, tick_label,
};
use crate::decision::choose::Decision;
use crate::model::Scenario;
use crate::report::decide::{assumption, reason};
use crate::report::options::{self, Shown};
use crate::report::sentence::gain;

const WIDTH: f64 = 860.0;
/// Edges of the spans.
const TRACK: (f64, f64) = (326.0, 660.0);
/// Right edge of the values; behind them stands what is said of an option.
const VALUES: f64 = 736.0;
const ROW: f64 = 24.0;
const LINE: f64 = 15.0;
/// Most characters of a line of words.
const MOST: usize = 138;

/// The options worth a picture; the best ones first.
pub fn decide(scenario: &Scenario, decision: &Decision) -> String {
    let answer = [reason(scenario, decision), assumption(decision)];
    let words: Vec<String> = answer.iter().flat_map(|text| lines(text, MOST)).collect();
    let top = 34.0 + LINE * words.len() as f64 + 26.0;
    let shown = options::shown(decision);
    let bottom = top + ROW * shown.len() as f64;
    let [least, most] = options::range(decision, &shown);
    let x = Scale::fixed(least, most, TRACK);
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "Which option to take"))
        @for (row, words) in words.iter().enumerate() {
            (text((16.0, 42.0 + LINE * row as f64), Anchor::Start, 11.0, Paint::Ink, words))
        }
        (axis(decision, &x, top, bottom))
        @for (row, option) in shown.iter().enumerate() {
            (self::row(scenario, decision, option, &x, top + ROW * (row as f64 + 0.5)))
        }
        (text((16.0, bottom + 54.0), Anchor::Start, 11.0, Paint::Weak, &options::note(decision, &shown)))
    };
    picture(WIDTH, bottom + 68.0, &format!("{}: what each option is worth", scenario.name), &body)
}

fn axis(decision: &Decision, x: &Scale, top: f64, bottom: f64) -> Markup {
    let ticks = x.ticks(4);
    let step = match ticks.as_slice() {
        [first, second, ..] => second - first,
        _ => 1.0,
    };
    html! {
        @for tick in &ticks {
            (line(&[(x.at(*tick), top), (x.at(*tick), bottom)], Paint::Grid, 1.0, "none", 1.0))
            (text((x.at(*tick), bottom + 15.0), Anchor::Middle, 11.0, Paint::Weak, &tick_label(*tick, step)))
        }
        (line(&[(x.at(0.0), top - 6.0), (x.at(0.0), bottom)], Paint::Ink, 1.2, "none", 1.0))
        (text((x.at(0.0), top - 10.0), Anchor::Middle, 11.0, Paint::Weak, &options::at_zero(decision)))
        (text(((TRACK.0 + TRACK.1) / 2.0, bottom + 32.0), Anchor::Middle, 12.0, Paint::Ink, "net value against the baseline, USD"))
    }
}

fn row(scenario: &Scenario, decision: &Decision, option: &Shown<'_>, x: &Scale, middle: f64) -> Markup {
    let Shown { index, choice, figures } = option;
    let is_best = *index == decision.best;
    let opacity = if choice.is_real { 1.0 } else { 0.45 };
    let at = |usd: f64| x.at(usd).clamp(TRACK.0, TRACK.1);
    let (low, high) = (at(figures.quantiles_usd[0]), at(figures.quantiles_usd[2]));
    let mean = x.at(figures.value_usd);
    let ink = if choice.is_real { Paint::Ink } else { Paint::Weak };
    html! {
        g {
            title { (options::spoken(scenario, decision, *index)) }
            @if is_best { (rect(8.0, middle - ROW / 2.0 + 1.0, WIDTH - 16.0, ROW - 2.0, Paint::Good, 0.1)) }
            (text((30.0, middle + 4.0), Anchor::Start, 11.0, ink, &shortened(&options::line(scenario, choice), 47)))
            g opacity=(px(opacity)) {
                (marker(choice.policy, (20.0, middle), 4.5, true))
                (rect(low, middle - 4.0, (high - low).max(2.0), 8.0, Paint::Series(choice.policy), 0.4))
                @for (edge, away, is_cut) in [
                    (TRACK.0, -7.0, x.at(figures.quantiles_usd[0]) < TRACK.0),
                    (TRACK.1, 7.0, x.at(figures.quantiles_usd[2]) > TRACK.1),
                ] {
                    @if is_cut {
                        (area(&[(edge + away, middle), (edge, middle - 5.0), (edge, middle + 5.0)], Paint::Series(choice.policy), 1.0))
                    }
                }
                @if (TRACK.0..=TRACK.1).contains(&mean) { (marker(choice.policy, (mean, middle), 5.0, true)) }
            }
            (text((VALUES, middle + 4.0), Anchor::End, 11.0, ink, &gain(figures.value_usd)))
            @if is_best { (star((VALUES + 12.0, middle), 7.0)) }
            (text((VALUES + 22.0, middle + 4.0), Anchor::Start, 11.0, Paint::Ink, options::verdict(decision, *index)))
        }
    }
}
