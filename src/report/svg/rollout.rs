//! The steps of a rollout over their days, what each signal would have shown in them, and how the runs of a gate end.

use maud::{Markup, html};

use super::draw::{Anchor, Paint, line, marker, picture, px, rect, shortened, text, width_of};
use crate::model::Scenario;
use crate::report::rollout::{GATE_NOTE, gate_lines, gate_told, signal_name, signals, verdict};
use crate::report::rollout_picture::{Ending, Part, Picture, Span, endings, picture as laid_out};
use crate::report::sentence::{fixed, grouped_or_small, percent};
use crate::rollout::Outcome;

const WIDTH: f64 = 860.0;
/// Edges of the steps.
const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 20.0;
/// Top of the words of the steps; top and bottom of the bars; the row of what cannot be shown; top and bottom of the gaps.
const WORDS: f64 = 94.0;
const BARS: (f64, f64) = (140.0, 180.0);
const NONE: f64 = 192.0;
const GAPS: (f64, f64) = (206.0, 430.0);
/// Height without a gate.
const HEIGHT: f64 = 476.0;
/// Height of a line below.
const LINE: f64 = 17.0;

struct Places {
    days: [f64; 2],
    logs: [f64; 2],
}

impl Places {
    fn x(&self, day: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (day - self.days[0]) / (self.days[1] - self.days[0]).max(1e-9)
    }

    fn y(&self, points: f64) -> f64 {
        let share = (points.log10() - self.logs[0]) / (self.logs[1] - self.logs[0]).max(1e-9);
        GAPS.1 - (GAPS.1 - GAPS.0) * share
    }

    fn across(&self, span: &Span) -> [f64; 2] {
        span.days.map(|day| self.x(day))
    }
}

/// What each step of a rollout would have shown; with a gate, what it does.
pub fn rollout(scenario: &Scenario, outcome: &Outcome) -> String {
    let name = scenario.policies.get(outcome.policy).map_or("", |policy| policy.name.as_str());
    let shown = laid_out(outcome);
    let ends = shown.spans.first().zip(shown.spans.last()).map(|(first, last)| [first.days[0], last.days[1]]);
    let places = Places { days: ends.unwrap_or([0.0, 1.0]), logs: shown.range.map(f64::log10) };
    let (below, gate) = gate(scenario, outcome);
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, &shortened(&format!("What each step of {name} could have shown"), 80)))
        (text((16.0, 40.0), Anchor::Start, 11.0, Paint::Weak,
            "Bars: share of the traffic. Marks: the smallest gap of quality that would have shown. In the shaded part green says nothing."))
        @if !shown.left_out.is_empty() {
            (text((16.0, 77.0), Anchor::Start, 11.0, Paint::Weak, &format!("Not drawn: {}.", shown.left_out)))
        }
        (key(outcome))
        (ground(&shown, &places))
        (steps(outcome, &shown, &places))
        (lines(&shown, &places))
        (dots(&shown, &places))
        g transform=(format!("translate(0 {HEIGHT:.0})")) { (gate) }
    };
    picture(WIDTH, HEIGHT + below, &format!("{}: rollout of {name}", scenario.name), &body)
}

fn key(outcome: &Outcome) -> Markup {
    let mut x = 16.0;
    let mut entries = Vec::new();
    for (place, compared) in signals(outcome).into_iter().enumerate() {
        let name = signal_name(compared);
        entries.push(html! {
            (marker(place, (x + 6.0, 58.0), 4.5, true))
            (text((x + 16.0, 62.0), Anchor::Start, 11.0, Paint::Ink, &name))
        });
        x += 34.0 + width_of(&name, 11.0);
    }
    html! { @for entry in entries { (entry) } }
}

fn ground(shown: &Picture, places: &Places) -> Markup {
    let across = |y: f64| line(&[(LEFT, y), (RIGHT, y)], Paint::Grid, 1.0, "none", 1.0);
    let label = |y: f64, words: &str| text((LEFT - 6.0, y + 4.0), Anchor::End, 11.0, Paint::Weak, words);
    let [low, high] = places.logs;
    let mut marks = Vec::new();
    let mut last = f64::INFINITY;
    for power in (low.floor() as i32).max(-9)..=(high.ceil() as i32).min(6) {
        for digit in [1.0, 2.0, 5.0] {
            let value = digit * 10_f64.powi(power);
            let y = places.y(value);
            if (low..=high).contains(&value.log10()) && last - y > 13.0 {
                last = y;
                marks.push((y, grouped_or_small(value)));
            }
        }
    }
    let mut days = Vec::new();
    let mut taken = f64::NEG_INFINITY;
    for span in &shown.spans {
        let (x, words) = (places.x(span.days[0]), fixed(span.days[0], 0));
        let half = width_of(&words, 11.0) / 2.0;
        if x - half > taken {
            taken = x + half + 6.0;
            days.push((x, Anchor::Middle, words));
        }
    }
    if let Some(last) = shown.spans.last() {
        let words = if last.is_cut { format!("{} (cut)", last.told) } else { fixed(last.days[1], 0) };
        if RIGHT - width_of(&words, 11.0) > taken {
            days.push((RIGHT, Anchor::End, words));
        }
    }
    let middle = f64::midpoint(GAPS.0, GAPS.1);
    html! {
        (across(BARS.0)) (label(BARS.0, "100 %"))
        (across(BARS.1)) (label(BARS.1, "0 %"))
        (across(NONE)) (label(NONE, "none"))
        @for (y, words) in &marks { (across(*y)) (label(*y, words)) }
        @for span in &shown.spans {
            @let x = places.x(span.days[0]);
            (line(&[(x, BARS.0), (x, GAPS.1 + 3.0)], Paint::Grid, 1.0, "none", 1.0))
        }
        @for (x, anchor, words) in &days { (text((*x, GAPS.1 + 16.0), *anchor, 11.0, Paint::Weak, words)) }
        (text((f64::midpoint(LEFT, RIGHT), GAPS.1 + 34.0), Anchor::Middle, 12.0, Paint::Ink, "day"))
        g transform=(format!("rotate(-90 20 {})", px(middle))) {
            (text((20.0, middle), Anchor::Middle, 12.0, Paint::Ink, "smallest visible gap, points"))
        }
    }
}

/// Words in lines that are no wider than there is room; nothing where a single word is wider.
fn wrapped(words: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        if width_of(word, 11.0) > room {
            return Vec::new();
        }
        match lines.last_mut() {
            Some(last) if width_of(&format!("{last} {word}"), 11.0) <= room => *last = format!("{last} {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn steps(outcome: &Outcome, shown: &Picture, places: &Places) -> Markup {
    html! {
        @for span in &shown.spans {
            @let [left, right] = places.across(span);
            @let middle = f64::midpoint(left, right);
            @let words = outcome.steps.get(span.step).map(|step| verdict(outcome, step)).unwrap_or_default();
            @let height = (BARS.1 - BARS.0) * span.share;
            g {
                title { (percent(span.share, 0)) " of the traffic, " (span.told) ": " (words) }
                (rect(left + 1.0, BARS.1 - height, right - left - 2.0, height, if span.is_blind { Paint::Bad } else { Paint::Weak }, 0.55))
                @if right - left > 26.0 { (text((middle, WORDS), Anchor::Middle, 12.0, Paint::Ink, &percent(span.share, 0))) }
                @for (row, words) in wrapped(&words, right - left - 4.0).iter().take(3).enumerate() {
                    (text((middle, WORDS + 13.0 * (row + 1) as f64), Anchor::Middle, 11.0, if span.is_blind { Paint::Bad } else { Paint::Weak }, words))
                }
            }
        }
    }
}

fn lines(shown: &Picture, places: &Places) -> Markup {
    html! {
        @for (index, (words, gap, is_break_even)) in shown.lines.iter().enumerate() {
            @let y = places.y(*gap);
            @let paint = if *is_break_even { Paint::Bad } else { Paint::Ink };
            @let is_upper = shown.lines.iter().enumerate().all(|(other, line)| other == index || line.1 <= *gap);
            @if *is_break_even { (rect(LEFT, BARS.1 + 4.0, RIGHT - LEFT, y - BARS.1 - 4.0, Paint::Bad, 0.09)) }
            (line(&[(LEFT, y), (RIGHT, y)], paint, 1.8, if *is_break_even { "none" } else { "7 4" }, 1.0))
            (text((RIGHT - 4.0, if is_upper { y - 5.0 } else { y + 13.0 }), Anchor::End, 11.0, paint, words))
        }
    }
}

fn dots(shown: &Picture, places: &Places) -> Markup {
    html! {
        @for dot in &shown.dots {
            @if let Some(span) = shown.spans.iter().find(|span| span.step == dot.step) {
                @let [left, right] = places.across(span);
                @let y = dot.gap.map_or(NONE, |gap| places.y(gap));
                g {
                    title { (signal_name(dot.compared)) " at " (percent(span.share, 0)) ": "
                        @match dot.gap { Some(gap) => { (fixed(gap, 2)) " points" }, None => "none" } }
                    @if dot.gap.is_some() { (line(&[(left + 2.0, y), (right - 2.0, y)], Paint::Series(dot.signal), 1.4, "none", 0.75)) }
                    (marker(dot.signal, (places.x(dot.day), y), if dot.gap.is_some() { 4.5 } else { 3.5 }, true))
                }
            }
        }
    }
}

/// How the runs of a world end, as a bar.
fn runs(y: f64, world: &str, parts: &[Part]) -> Markup {
    let left = 110.0;
    let whole = RIGHT - left;
    let mut from = left;
    let mut bars = Vec::new();
    for part in parts {
        let width = whole * part.share;
        let (paint, opacity) = match part.ending {
            Ending::Stopped(place, count) => (Paint::Bad, 0.75 - 0.5 * place as f64 / count.max(1) as f64),
            Ending::Unfinished => (Paint::Weak, 0.4),
            Ending::Full => (Paint::Good, 0.6),
        };
        let words = format!("{} {}", percent(part.share, 0), part.told);
        bars.push(html! {
            g {
                title { (words) }
                (rect(from, y, (width - 1.0).max(1.0), 18.0, paint, opacity))
                @if width_of(&words, 11.0) + 6.0 < width { (text((from + width / 2.0, y + 13.0), Anchor::Middle, 11.0, Paint::Ink, &words)) }
            }
        });
        from += width;
    }
    html! {
        (text((16.0, y + 13.0), Anchor::Start, 11.0, Paint::Ink, world))
        @for bar in bars { (bar) }
    }
}

/// What the gate does, and how much room that takes.
fn gate(scenario: &Scenario, outcome: &Outcome) -> (f64, Markup) {
    let (Some(told), Some(lines), Some((_, worlds))) =
        (gate_told(scenario, outcome), gate_lines(outcome), &outcome.gate)
    else {
        return (0.0, html! {});
    };
    let top = 110.0;
    let markup = html! {
        (text((16.0, 20.0), Anchor::Start, 14.0, Paint::Ink, "What the gate does"))
        (text((16.0, 37.0), Anchor::Start, 11.0, Paint::Weak, &told))
        (runs(46.0, "At launch", &endings(outcome, &worlds[0])))
        (runs(68.0, "In production", &endings(outcome, &worlds[1])))
        (text((480.0, top), Anchor::End, 11.0, Paint::Weak, "At launch"))
        (text((RIGHT, top), Anchor::End, 11.0, Paint::Weak, "In production"))
        @for (row, (what, _, values)) in lines.iter().enumerate() {
            @let y = top + LINE * (row + 1) as f64;
            (text((16.0, y), Anchor::Start, 11.0, Paint::Ink, what))
            (text((480.0, y), Anchor::End, 11.0, Paint::Ink, &values[0]))
            (text((RIGHT, y), Anchor::End, 11.0, Paint::Ink, &values[1]))
        }
        (text((16.0, top + LINE * (lines.len() + 1) as f64 + 4.0), Anchor::Start, 11.0, Paint::Weak, GATE_NOTE))
    };
    (top + LINE * (lines.len() + 1) as f64 + 20.0, markup)
}
