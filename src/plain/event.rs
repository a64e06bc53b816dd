//! What an event makes of the value that it acts on, once it is fully in force and nothing else has happened.

use super::well::{self, Model};
use super::{Reading, reference};
use crate::entry::number_of;
use crate::model::{Change, Event, EventKind, Scenario, Segment};

/// The value after an event, by the number of its change.
pub(super) fn reading<'s>(scenario: &'s Scenario, event: &'s Event) -> Option<Reading<'s>> {
    let after = move |value: f64, number: f64| changed(event.change, number).apply(value, 1.0);
    let whose = of(&event.segments);
    Some(match event.kind {
        EventKind::HiddenShare => {
            some(scenario)?;
            Reading::share(
                "Then harder than they look",
                format!("Share of the requests{whose} that are harder than they look, once the event is in force."),
                move |x| {
                    let share = |s: &Segment| (s.share, after(s.hidden.share, x).clamp(0.0, 1.0));
                    well::weighted(acted_on(scenario, event).map(share))
                },
            )
        }
        EventKind::Difficulty => {
            some(scenario)?;
            let tier = reference(scenario)?;
            Reading::share(
                format!("Then {} answers well", tier.name),
                format!(
                    "Share of the requests{whose} that \"{}\" answers well, once the event is in force.",
                    tier.name
                ),
                move |x| well::of_segments(scenario, Model::new(tier), acted_on(scenario, event), after(0.0, x)),
            )
        }
        EventKind::Ability => {
            some(scenario)?;
            let named = event.tiers.first().and_then(|name| scenario.tier_index(name));
            let tier = named.and_then(|tier| scenario.tiers.get(tier)).or_else(|| reference(scenario))?;
            Reading::share(
                format!("Then {} answers well", tier.name),
                format!(
                    "Share of the requests{whose} that \"{}\" answers well, once the event is in force.",
                    tier.name
                ),
                move |x| {
                    let model = Model::new(tier).moved(after(tier.ability, x) - tier.ability);
                    well::of_segments(scenario, model, acted_on(scenario, event), 0.0)
                },
            )
        }
        EventKind::SegmentShare => {
            some(scenario)?;
            Reading::share(
                "Then share of the traffic",
                format!("Part of all requests that the requests{whose} are, once the event is in force."),
                move |x| {
                    let weight = |s: &Segment| if acts_on(event, s) { after(s.share, x).max(0.0) } else { s.share };
                    let all: f64 = scenario.segments.iter().map(weight).sum();
                    let acted_on: f64 = acted_on(scenario, event).map(weight).sum();
                    if all > 0.0 { acted_on / all } else { 0.0 }
                },
            )
        }
        EventKind::Price => {
            let named = event.tiers.first().and_then(|name| scenario.tier_index(name));
            let tier = scenario.tiers.get(named.unwrap_or(0))?;
            Reading::amount(
                format!("Then input price of {}", tier.name),
                "USD per million tokens",
                format!(
                    "Price of the input of \"{}\", once the event is in force; its other prices change alike.",
                    tier.name
                ),
                move |x| after(tier.input_usd_per_mtok, x).max(0.0),
            )
        }
        EventKind::Volume => Reading::amount(
            "Then requests a day",
            "requests",
            "Requests a day, once the event is in force, without the growth until then.",
            move |x| scenario.traffic.requests_per_day * after(1.0, x).max(0.0),
        ),
        EventKind::RouterNoise => {
            some(scenario)?;
            let noise = first(scenario, "noise")?;
            Reading::amount(
                "Then the router tells apart",
                "of 100 pairs",
                "Of 100 pairs of requests, those that the router puts in the right order, once the event is in force. 50 is a coin.",
                move |x| 100.0 * well::told_apart(scenario, after(noise, x).max(0.0)),
            )
        }
        EventKind::JudgeSensitivity => {
            let now = first(scenario, "judge.sensitivity")?;
            Reading::share(
                "Then bad answers the judge finds",
                "Share of the bad answers that the judge of a cascade finds, once the event is in force.",
                move |x| after(now, x).clamp(0.0, 1.0),
            )
        }
        EventKind::JudgeSpecificity => {
            let now = first(scenario, "judge.specificity")?;
            Reading::share(
                "Then good answers the judge passes",
                "Share of the good answers that the judge of a cascade lets pass, once the event is in force.",
                move |x| after(now, x).clamp(0.0, 1.0),
            )
        }
    })
}

/// The same kind of change by another number.
fn changed(change: Change, number: f64) -> Change {
    match change {
        Change::Multiply(_) => Change::Multiply(number),
        Change::Add(_) => Change::Add(number),
        Change::Set(_) => Change::Set(number),
    }
}

fn acts_on(event: &Event, segment: &Segment) -> bool {
    event.segments.is_empty() || event.segments.contains(&segment.name)
}

fn acted_on<'s>(scenario: &'s Scenario, event: &'s Event) -> impl Iterator<Item = &'s Segment> {
    scenario.segments.iter().filter(|segment| acts_on(event, segment))
}

/// Nothing is told of the segments of a table: they are in its rows.
fn some(scenario: &Scenario) -> Option<()> {
    (!scenario.segments.is_empty()).then_some(())
}

/// A number of the first policy that has it.
fn first(scenario: &Scenario, key: &str) -> Option<f64> {
    scenario.policies.iter().find_map(|policy| number_of(policy, key))
}

/// Whose requests, within a sentence.
fn of(segments: &[String]) -> String {
    match segments {
        [] => String::new(),
        [one] => format!(" of \"{one}\""),
        several => format!(" of {} kinds", several.len()),
    }
}
