//! What people make of a run: days on which an alarm is looked into, days on which the policy is out, and the money by then.

use maud::{Markup, html};

use super::draw::{Anchor, Frame, Paint, Scale, line, rect, text};
use crate::decision::diary::{Lived, Lives};
use crate::decision::response::State;
use crate::model::Scenario;
use crate::report::diary::{reading, word};

/// Height of the panel.
pub(super) const HEIGHT: f64 = 250.0;

fn paint(state: State) -> Paint {
    match state {
        State::Watching => Paint::Grid,
        State::Investigating => Paint::Series(4),
        State::Acting { is_right: true } => Paint::Series(5),
        State::Acting { is_right: false } => Paint::Bad,
        State::Settled => Paint::Good,
    }
}

const STATES: [State; 4] =
    [State::Investigating, State::Acting { is_right: true }, State::Settled, State::Acting { is_right: false }];

/// The panel, between these edges across.
pub(super) fn panel(scenario: &Scenario, lives: &Lives, lived: &Lived, across: (f64, f64)) -> Markup {
    let money =
        |sums: &[f64]| -> Vec<(f64, f64)> { sums.iter().enumerate().map(|(t, usd)| (t as f64, *usd)).collect() };
    let (with, without) = (money(&lived.so_far_usd), money(&lives.unwatched_usd));
    let last = lives.unwatched_usd.len().saturating_sub(1).max(1) as f64;
    let frame = Frame {
        x: Scale::fixed(0.0, last, across),
        y: Scale::over(with.iter().chain(&without).map(|p| p.1).chain([0.0]), 0.08, (HEIGHT - 52.0, 56.0)),
    };
    let (left, right, top, bottom) = frame.edges();
    let points =
        |series: &[(f64, f64)]| -> Vec<(f64, f64)> { series.iter().map(|(t, usd)| frame.at(*t, *usd)).collect() };
    let spans = || lived.life.spans.iter().filter(|span| span.state != State::Watching);
    let told: Vec<State> = STATES.into_iter().filter(|state| spans().any(|span| span.state == *state)).collect();
    html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, "What people make of it"))
        (text((16.0, 40.0), Anchor::Start, 11.0, Paint::Weak, &reading(scenario, lives, lived, None)))
        @for span in spans() {
            @let (from, until) = (frame.x.at(f64::from(span.from)), frame.x.at(f64::from(span.until).min(last)));
            (rect(from, top, until - from, bottom - top, paint(span.state), 0.25))
        }
        (frame.axes("day", "USD gained"))
        (line(&[(left, frame.y.at(0.0)), (right, frame.y.at(0.0))], Paint::Weak, 1.0, "none", 1.0))
        (line(&points(&without), Paint::Weak, 1.6, "8 4", 1.0))
        (line(&points(&with), Paint::Series(lives.policy), 2.2, "none", 1.0))
        (line(&[(right + 10.0, top + 10.0), (right + 30.0, top + 10.0)], Paint::Series(lives.policy), 2.2, "none", 1.0))
        (text((right + 36.0, top + 14.0), Anchor::Start, 11.0, Paint::Ink, "as people react"))
        (line(&[(right + 10.0, top + 30.0), (right + 30.0, top + 30.0)], Paint::Weak, 1.6, "8 4", 1.0))
        (text((right + 36.0, top + 34.0), Anchor::Start, 11.0, Paint::Ink, "had nobody watched"))
        @for (row, state) in told.iter().enumerate() {
            @let y = top + 50.0 + 20.0 * row as f64;
            (rect(right + 12.0, y - 6.0, 16.0, 12.0, paint(*state), 0.35))
            (text((right + 36.0, y + 4.0), Anchor::Start, 11.0, Paint::Ink, word(*state).unwrap_or_default()))
        }
    }
}
