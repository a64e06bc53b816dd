//! What a run goes through after its alarms, in words.

use super::sentence::gain;
use crate::decision::diary::{Lived, Lives};
use crate::decision::response::{Span, State};
use crate::model::Scenario;

/// Turns of a run that are told at the most.
const MOST_TURNS: usize = 6;

/// What a state is called; `None` where nothing is out of the ordinary.
pub fn word(state: State) -> Option<&'static str> {
    match state {
        State::Watching => None,
        State::Investigating => Some("investigated"),
        State::Acting { is_right: true } => Some("being taken back"),
        State::Acting { is_right: false } => Some("taken back by mistake"),
        State::Settled => Some("taken back for good"),
    }
}

/// The spans of a run up to a day and with it.
pub fn up_to(lived: &Lived, day: Option<u32>) -> Vec<Span> {
    let end = day.map_or(u32::MAX, |day| day.saturating_add(1));
    let spans = lived.life.spans.iter().filter(|span| span.from < end);
    spans.map(|span| Span { until: span.until.min(end), ..*span }).collect()
}

/// The run in a sentence or two, as far as a day where one is looked at.
pub fn reading(scenario: &Scenario, lives: &Lives, lived: &Lived, day: Option<u32>) -> String {
    let name = scenario.monitors.get(lived.monitor).map_or("", |m| m.name.as_str());
    let has_come = |other: u32| day.is_none_or(|day| other <= day);
    let mut turns = Vec::new();
    for span in lived.life.spans.iter().filter(|span| has_come(span.from)) {
        // Nobody knows yet on that day how long it will last.
        let goes_on = !has_come(span.until.saturating_sub(1));
        turns.extend(match span.state {
            State::Watching if span.from > 0 => Some(format!("watched again from day {} on", span.from)),
            State::Watching | State::Settled => None,
            State::Investigating if goes_on => Some(format!("under investigation since day {}", span.from)),
            State::Investigating => Some(format!("investigated until day {}", span.until.saturating_sub(1))),
            State::Acting { is_right } if is_right || goes_on => {
                Some(format!("\"{}\" in its place from day {} on", lives.action, span.from))
            }
            State::Acting { .. } => Some(format!(
                "\"{}\" in its place from day {} to {}, by mistake",
                lives.action,
                span.from,
                span.until.saturating_sub(1)
            )),
        });
        let alarm = span.until.saturating_sub(1);
        if span.state == State::Watching && lived.life.alarms.contains(&alarm) && has_come(alarm) {
            turns.push(format!("alarm on day {alarm}"));
        }
    }
    let alarms = lived.life.alarms.iter().filter(|alarm| has_come(**alarm)).count();
    let told = match turns.len() {
        0 => "no alarm".to_owned(),
        n if n > MOST_TURNS => {
            turns.truncate(MOST_TURNS);
            format!("{}, … {alarms} alarms in all", turns.join(", "))
        }
        _ => turns.join(", "),
    };
    let at = |sums: &[f64]| {
        let last = sums.len().saturating_sub(1);
        sums.get(day.map_or(last, |day| (day as usize).min(last))).copied().unwrap_or(0.0)
    };
    format!(
        "Watched by {name}: {told}. Gained against the baseline {}: {} USD; had nobody watched: {} USD.",
        if day.is_some() { "so far" } else { "by the end" },
        gain(at(&lived.so_far_usd)),
        gain(at(&lives.unwatched_usd))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::response::Life;

    #[test]
    fn a_run_is_told_turn_by_turn_and_not_further_than_the_day_looked_at() {
        let span = |state, from, until| Span { state, from, until };
        let spans = vec![
            span(State::Watching, 0, 41),
            span(State::Investigating, 41, 47),
            span(State::Acting { is_right: true }, 47, 48),
            span(State::Settled, 48, 100),
        ];
        let life = Life { spans, alarms: vec![40] };
        let lived = Lived { monitor: 0, life, so_far_usd: (0..100).map(f64::from).collect() };
        let unwatched_usd = (0..100).map(|day| -f64::from(day)).collect();
        let lives = Lives { policy: 1, replicate: 0, action: "All capable".to_owned(), unwatched_usd, at: Vec::new() };
        let said = |day| reading(&Scenario::default(), &lives, &lived, day);
        let whole = said(None);
        assert!(
            whole.contains("alarm on day 40, investigated until day 46, \"All capable\" in its place from day 47 on."),
            "{whole}"
        );
        assert!(whole.contains("by the end: +99.00 USD; had nobody watched: −99.00 USD"), "{whole}");
        assert!(
            said(Some(20)).contains("no alarm. Gained against the baseline so far: +20.00 USD"),
            "{}",
            said(Some(20))
        );
        assert!(said(Some(40)).contains("alarm on day 40. "), "{}", said(Some(40)));
        assert!(said(Some(43)).contains("alarm on day 40, under investigation since day 41. "), "{}", said(Some(43)));
        let days: Vec<u32> = up_to(&lived, Some(46)).iter().map(|span| span.until).collect();
        assert_eq!(days, [41, 47]);
    }
}
