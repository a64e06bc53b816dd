//! Entries to start from: new ones, and what becomes of one when its kind is changed. What the two kinds share is kept.

use crate::detection::monitor;
use crate::entry::{Chosen, List};
use crate::model::{
    Change, Compared, Event, EventKind, Figure, Gate, Hidden, Known, Monitor, Normal, Policy, Rollout, Scenario,
    Segment, Tokens,
};
use crate::policy::{self, Classifier, Routing};
use crate::rollout::check;

/// A segment of plain requests, as large as the others are on average.
pub fn segment(scenario: &Scenario, name: String) -> Segment {
    let count = scenario.segments.len().max(1) as f64;
    let mean = |of: fn(&Segment) -> f64| scenario.segments.iter().map(of).sum::<f64>() / count;
    let is_first = scenario.segments.is_empty();
    Segment {
        name,
        share: if is_first { 1.0 } else { mean(|s| s.share) },
        difficulty: Normal { mean: -1.0, sd: 0.8 },
        hidden: Hidden { share: 0.0, mean: 1.0, sd: 0.8 },
        tokens: Tokens {
            input: if is_first { 1000.0 } else { mean(|s| s.tokens.input).round() },
            output: if is_first { 300.0 } else { mean(|s| s.tokens.output).round() },
            input_cv: 0.5,
            output_cv: 0.5,
        },
        stakes: 1.0,
    }
}

/// A classifier that sends most requests to the cheapest tier.
pub fn policy(scenario: &Scenario, name: String) -> Policy {
    Policy::new(name, Classifier::usual(scenario, &Policy::default()))
}

/// A known figure of the baseline.
pub fn known(scenario: &Scenario, figure: Figure) -> Known {
    known_of_figure(scenario, &Known { policy: Some(scenario.baseline.clone()), ..Known::default() }, figure)
}

/// A known figure that has become another figure: of the same thing, where that can have it, with a usual value.
pub fn known_of_figure(scenario: &Scenario, before: &Known, figure: Figure) -> Known {
    let fits = before.policy.is_some() || figure.fits_a_tier();
    // What only routing has is asked of the policy under study.
    let routed = || scenario.studied_policy().and_then(|i| scenario.policies.get(i)).map(|policy| policy.name.clone());
    Known {
        figure,
        policy: if fits { before.policy.clone() } else { routed() },
        tier: before.tier.clone().filter(|_| fits),
        segment: before.segment.clone().filter(|_| figure.fits_a_segment()),
        when: before.when,
        value: Some(usual_value(figure)),
        between: None,
        free: Vec::new(),
    }
}

fn usual_value(figure: Figure) -> f64 {
    match figure {
        Figure::InferenceShare | Figure::CheapestTierShare | Figure::RoutedShare => 0.5,
        Figure::EscalatedShare => 0.3,
        Figure::RouterAuroc => 0.75,
        Figure::TrapRatio | Figure::ChurnPer1k => 1.0,
        Figure::MonthlyInferenceUsd => 100_000.0,
        Figure::RequestUsd => 0.05,
        Figure::ThumbsDownPer1k => 3.0,
        Figure::TicketsPer1k => 30.0,
        Figure::LatencyP95Ms => 10_000.0,
        _ => 0.9,
    }
}

/// A value as somebody would write it who has read it off a dashboard.
pub fn written_value(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

/// Half as many more hidden-hard requests.
pub fn event() -> Event {
    Event {
        kind: EventKind::HiddenShare,
        change: Change::Multiply(1.5),
        day: 30.0,
        ramp_days: 14.0,
        ..Event::default()
    }
}

/// People read some answers.
pub fn monitor(name: String) -> Monitor {
    monitor::usual(name)
}

/// The policy with another kind, by its word; `None` for a word that is no kind.
pub fn policy_of_kind(scenario: &Scenario, before: &Policy, word: &str) -> Option<Policy> {
    let kind = policy::KINDS.iter().find(|kind| (kind.blank)().word() == word)?;
    Some(Policy { kind: (kind.usual)(scenario, before), ..before.clone() })
}

/// The monitor with another kind; what the new kind does not use goes back to its default, so that it does not stay on hidden.
pub fn monitor_of_kind(scenario: &Scenario, before: &Monitor, kind: Chosen) -> Monitor {
    monitor::of_kind(scenario, before, kind)
}

/// The margin that a gate starts from where it is no break-even gap: a point of quality.
pub const USUAL_MARGIN: f64 = 0.01;

/// The forms that a rollout can have, in words: at once, growing evenly, in steps.
pub const ROLLOUTS: [&str; 3] = ["at once", "evenly", "in steps"];

/// Which of [`ROLLOUTS`] it is.
pub fn rollout_form(rollout: Option<&Rollout>) -> &'static str {
    match rollout {
        None => ROLLOUTS[0],
        Some(Rollout::Linear { .. }) => ROLLOUTS[1],
        Some(Rollout::Steps(_)) => ROLLOUTS[2],
    }
}

/// The policy with its rollout in another of the [`ROLLOUTS`].
pub fn policy_of_rollout(policy: &Policy, form: &str) -> Policy {
    let span = match &policy.rollout {
        Some(Rollout::Linear { start_day, days }) => (*start_day, *days),
        Some(Rollout::Steps(steps)) => {
            let ends = steps.first().zip(steps.last()).map(|(first, last)| (first.0, last.0 - first.0));
            ends.unwrap_or((0.0, 28.0))
        }
        None => (0.0, 28.0),
    };
    let rollout = match form {
        form if form == ROLLOUTS[1] => Some(Rollout::Linear { start_day: span.0, days: span.1 }),
        form if form == ROLLOUTS[2] => {
            let step = (span.1 / 3.0).max(1.0).round();
            let at = |i: f64| span.0 + i * step;
            Some(Rollout::Steps(vec![(at(0.0), 0.05), (at(1.0), 0.25), (at(2.0), 0.5), (at(3.0), 1.0)]))
        }
        _ => None,
    };
    // A gate stands between steps.
    let gate = policy.gate.clone().filter(|_| matches!(rollout, Some(Rollout::Steps(_))));
    Policy { rollout, gate, ..policy.clone() }
}

/// The policy with a gate between its steps, on the signal that is wanted or on the first that tells failures from successes.
///
/// # Errors
/// Why no gate makes sense here, and what would do.
pub fn policy_with_gate(scenario: &Scenario, policy: &Policy, wanted: Option<Compared>) -> Result<Policy, String> {
    let all = wanted.into_iter().chain(Compared::ALL.iter().copied());
    let observes = all
        .into_iter()
        .find(|compared| check::unseen(scenario, *compared).is_none())
        .ok_or("no signal of this scenario comes more often after a failure than after a success")?;
    // Where failures cost nothing no gap breaks even.
    let margin = (scenario.economics.failure_usd() <= 0.0).then_some(USUAL_MARGIN);
    let policy = Policy { gate: Some(Gate { observes, margin, ..Gate::default() }), ..policy.clone() };
    match check::problems(scenario, &policy).into_iter().next() {
        Some((_, why)) => Err(why),
        None => Ok(policy),
    }
}

/// The event with another kind.
pub fn event_of_kind(event: &Event, kind: EventKind) -> Event {
    let change = match kind {
        // These start from 0, or are differences: a factor would mean nothing.
        EventKind::Difficulty => Change::Add(0.5),
        EventKind::Ability => Change::Add(-0.5),
        EventKind::JudgeSensitivity | EventKind::JudgeSpecificity => Change::Multiply(0.9),
        EventKind::Price => Change::Multiply(1.2),
        _ => Change::Multiply(1.5),
    };
    let kept = |list: List, names: &[String]| if kind.acts_on(list) { names.to_vec() } else { Vec::new() };
    Event {
        kind,
        segments: kept(List::Segments, &event.segments),
        tiers: kept(List::Tiers, &event.tiers),
        change,
        visible: event.visible && kind == EventKind::Difficulty,
        ..event.clone()
    }
}

/// The forms of a change: by a factor, by a difference, to a value.
pub const CHANGES: [&str; 3] = ["multiplied", "added to", "set"];

/// Which of [`CHANGES`] it is.
pub fn change_form(change: Change) -> &'static str {
    match change {
        Change::Multiply(_) => CHANGES[0],
        Change::Add(_) => CHANGES[1],
        Change::Set(_) => CHANGES[2],
    }
}

/// The event with its change in another of the [`CHANGES`], one that changes nothing yet or little.
pub fn event_of_change(event: &Event, form: &str) -> Event {
    let change = match form {
        form if form == CHANGES[1] => Change::Add(0.0),
        form if form == CHANGES[2] => Change::Set(match event.kind {
            EventKind::Volume => 1000.0,
            EventKind::Difficulty | EventKind::Ability => 0.0,
            EventKind::Price => 1.0,
            EventKind::JudgeSensitivity | EventKind::JudgeSpecificity => 0.8,
            _ => 0.1,
        }),
        _ => Change::Multiply(1.0),
    };
    Event { change, ..event.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::monitor::{HumanReview, Judge};
    use crate::entry::{Entry, Family};
    use crate::scenario::{edit, kinds, library, read, write};
    use crate::simulation::world::World;

    /// Whatever the window makes of an entry is a scenario that a file can hold and that can be simulated.
    fn assert_sound(scenario: &Scenario, what: &str) {
        let read = read::parse(&write::to_text(scenario), "x");
        assert!(read.as_ref().is_ok_and(|l| l.scenario == *scenario), "{what}: {:?}", read.err());
        assert!(World::compile(scenario).is_ok(), "{what}: {:?}", World::compile(scenario).err());
    }

    fn every() -> Vec<Scenario> {
        let parse = |e: &library::LibraryEntry| read::parse(e.text, e.file_name).map(|l| l.scenario).ok();
        library::LIBRARY.iter().filter_map(parse).filter(|s| s.replay.is_none()).collect()
    }

    #[test]
    fn every_kind_can_become_every_other() {
        for scenario in every() {
            for index in 0..scenario.policies.len() {
                for word in kinds::all(Family::Policies).iter().map(Chosen::word) {
                    let mut edited = scenario.clone();
                    let made = policy_of_kind(&scenario, &scenario.policies[index], word);
                    assert!(made.is_some(), "{word}");
                    if let Some(made) = made {
                        assert_eq!(edit::put(&mut edited, edit::Entry::Policy(index, Box::new(made))), Ok(()));
                    }
                    assert_sound(&edited, &format!("{} {index} {word}", scenario.name));
                    for form in ROLLOUTS {
                        edited.policies[index] = policy_of_rollout(&edited.policies[index], form);
                        assert_eq!(rollout_form(edited.policies[index].rollout.as_ref()), form);
                        assert_sound(&edited, form);
                    }
                }
            }
            for index in 0..scenario.events.len() {
                for kind in EventKind::ALL {
                    let word = kind.word();
                    let mut edited = scenario.clone();
                    let event = Box::new(event_of_kind(&scenario.events[index], *kind));
                    assert_eq!(edit::put(&mut edited, edit::Entry::Event(index, event)), Ok(()));
                    assert_sound(&edited, word);
                    for form in CHANGES {
                        let event = Box::new(event_of_change(&edited.events[index], form));
                        assert_eq!(edit::put(&mut edited, edit::Entry::Event(index, event)), Ok(()));
                        assert_eq!(change_form(edited.events[index].change), form);
                        // A price cannot be set to 0 for tiers that cost nothing; all else is sound.
                        assert_sound(&edited, &format!("{word} {form}"));
                    }
                }
            }
            for index in 0..scenario.monitors.len() {
                for kind in kinds::all(Family::Monitors) {
                    let word = kind.word();
                    let mut edited = scenario.clone();
                    let made = Box::new(monitor_of_kind(&scenario, &scenario.monitors[index], kind));
                    assert_eq!(edit::put(&mut edited, edit::Entry::Monitor(index, made)), Ok(()));
                    assert_sound(&edited, word);
                }
            }
        }
    }

    #[test]
    fn what_two_kinds_share_is_kept() {
        let Some(scenario) = every().into_iter().next() else { return assert!(every().is_empty(), "no library") };
        let made = policy(&scenario, "New".to_owned());
        let Some(random) = policy_of_kind(&scenario, &made, "random") else { return assert!(made.name.is_empty()) };
        assert_eq!(random.get("shares"), made.get("shares"));
        let review = monitor("Review".to_owned());
        let judge = monitor_of_kind(&scenario, &review, Judge {}.into());
        assert_eq!(Monitor { kind: HumanReview {}.into(), ..judge }, review);
    }

    #[test]
    fn new_entries_are_sound() {
        for scenario in every() {
            for list in [List::Segments, List::Tiers, List::Policies, List::Events, List::Monitors] {
                let mut edited = scenario.clone();
                for _ in 0..3 {
                    assert_eq!(edit::add(&mut edited, list), Ok(()));
                    assert_sound(&edited, &format!("{list:?}"));
                }
            }
        }
    }
}
