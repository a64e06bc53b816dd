//! Entries to start from: new ones, and what becomes of one when its kind is changed. What the two kinds share is kept.

use std::collections::BTreeMap;

use super::read::{empty_detector, empty_monitor};
use super::vocabulary;
use crate::model::{
    Allocation, Change, DetectorKind, DriftStatistic, Event, EventKind, Hidden, Human, Judge, Monitor, MonitorKind,
    Normal, Policy, PolicyKind, Rollout, Scenario, Segment, Strata, Tokens,
};

/// Error of a router's score, logits: an embedding classifier of the usual kind.
const NOISE: f64 = 0.9;
/// Share that goes to the cheapest tier.
const CHEAPEST: f64 = 0.6;
/// Share escalated at a stage.
const ESCALATED: f64 = 0.35;

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
    Policy {
        name,
        kind: PolicyKind::Classifier { noise: NOISE, shares: shares(scenario) },
        usd_per_request: 0.0,
        latency_ms: 0.0,
        rollout: None,
        holdback: 0.0,
    }
}

/// Half as many more hidden-hard requests.
pub fn event() -> Event {
    Event {
        kind: EventKind::HiddenShare,
        segments: Vec::new(),
        tiers: Vec::new(),
        change: Change::Multiply(1.5),
        day: 30.0,
        ramp_days: 14.0,
        visible: false,
    }
}

/// People read some answers.
pub fn monitor(name: String) -> Monitor {
    Monitor {
        per_day: 50.0,
        sensitivity: 0.9,
        specificity: 0.98,
        usd_each: 1.5,
        detector: Some(empty_detector(DetectorKind::Cusum)),
        ..empty_monitor(name, MonitorKind::HumanReview)
    }
}

fn shares(scenario: &Scenario) -> Vec<f64> {
    let tiers = scenario.tiers.len();
    match tiers {
        0 => Vec::new(),
        1 => vec![1.0],
        _ => {
            let rest = (1.0 - CHEAPEST) / (tiers - 1) as f64;
            std::iter::once(CHEAPEST).chain(std::iter::repeat_n(rest, tiers - 1)).collect()
        }
    }
}

/// The policy with another kind, by its word; `None` for a word that is no kind.
pub fn policy_of_kind(scenario: &Scenario, policy: &Policy, word: &str) -> Option<Policy> {
    let before = &policy.kind;
    let all: Vec<String> = scenario.tiers.iter().map(|t| t.name.clone()).collect();
    let tiers = || match before {
        PolicyKind::Cascade { tiers, .. }
        | PolicyKind::JudgeCascade { tiers, .. }
        | PolicyKind::Bandit { tiers, .. } => tiers.clone(),
        _ => all.clone(),
    };
    let tier = |otherwise: Option<&String>| match before {
        PolicyKind::Single { tier } | PolicyKind::HumanFallback { tier, .. } => tier.clone(),
        PolicyKind::SegmentRules { default, .. } => default.clone(),
        _ => otherwise.cloned().unwrap_or_default(),
    };
    let noise = match before {
        PolicyKind::Classifier { noise, .. }
        | PolicyKind::RouterCascade { noise, .. }
        | PolicyKind::Budget { noise, .. } => *noise,
        _ => NOISE,
    };
    let shares = before.shares().map_or_else(|| shares(scenario), <[f64]>::to_vec);
    let kind = match word {
        "single" => PolicyKind::Single { tier: tier(all.last()) },
        "random" => PolicyKind::Random { shares },
        "segment_rules" => PolicyKind::SegmentRules { rules: BTreeMap::new(), default: tier(all.last()) },
        "classifier" => PolicyKind::Classifier { noise, shares },
        "cascade" => {
            let tiers = tiers();
            PolicyKind::Cascade { escalate: vec![ESCALATED; tiers.len().saturating_sub(1)], tiers }
        }
        "judge_cascade" => PolicyKind::JudgeCascade {
            tiers: tiers(),
            judge: Judge { sensitivity: 0.8, specificity: 0.9, usd_each: 0.002, latency_ms: 800.0 },
            judged: 1.0,
        },
        "router_cascade" => {
            PolicyKind::RouterCascade { noise, shares, escalate: vec![0.2; all.len().saturating_sub(1)] }
        }
        "oracle" => PolicyKind::Oracle,
        "budget" => {
            // Between the cheapest tier for everything and the most capable one, by list price.
            let weight: f64 = scenario.segments.iter().map(|s| s.share).sum::<f64>().max(1e-12);
            let price = |tier: &crate::model::Tier| {
                let of = |s: &Segment| {
                    let (input, output) = (s.tokens.input, s.tokens.output);
                    s.share * (input * tier.input_usd_per_mtok + output * tier.verbosity * tier.output_usd_per_mtok)
                };
                scenario.segments.iter().map(of).sum::<f64>() / weight / 1e6
            };
            let [low, high] = [scenario.tiers.first(), scenario.tiers.last()].map(|t| t.map_or(0.0, price));
            let usd_per_day = (scenario.traffic.requests_per_day * (low + high) / 2.0).max(1.0).round();
            PolicyKind::Budget { noise, shares, usd_per_day }
        }
        "bandit" => PolicyKind::Bandit { tiers: tiers(), usd_per_thumbs_down: 1.0, half_life_days: Some(30.0) },
        "human_fallback" => PolicyKind::HumanFallback {
            tier: tier(all.first()),
            hand_over: 0.05,
            human: Human { success: 0.97, usd_each: 4.0, latency_ms: 600_000.0 },
        },
        _ => return None,
    };
    Some(Policy { kind, ..policy.clone() })
}

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
    Policy { rollout, ..policy.clone() }
}

/// Whether an event of a kind acts on segments, and whether on tiers.
pub fn acts_on(kind: EventKind) -> (bool, bool) {
    use EventKind::{Ability, Difficulty, HiddenShare, Price, SegmentShare};
    (matches!(kind, HiddenShare | Difficulty | SegmentShare | Ability), matches!(kind, Ability | Price))
}

/// The event with another kind.
pub fn event_of_kind(event: &Event, kind: EventKind) -> Event {
    let (on_segments, on_tiers) = acts_on(kind);
    let change = match kind {
        // These start from 0, or are differences: a factor would mean nothing.
        EventKind::Difficulty => Change::Add(0.5),
        EventKind::Ability => Change::Add(-0.5),
        EventKind::JudgeSensitivity | EventKind::JudgeSpecificity => Change::Multiply(0.9),
        EventKind::Price => Change::Multiply(1.2),
        _ => Change::Multiply(1.5),
    };
    Event {
        kind,
        segments: if on_segments { event.segments.clone() } else { Vec::new() },
        tiers: if on_tiers { event.tiers.clone() } else { Vec::new() },
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

/// The monitor with another kind; what the new kind does not use goes back to its default, so that it does not stay on hidden.
pub fn monitor_of_kind(scenario: &Scenario, monitor: &Monitor, kind: MonitorKind) -> Monitor {
    let keys = vocabulary::monitor_keys(kind);
    let has = |key: &str| keys.contains(&key);
    let usual = self::monitor(monitor.name.clone());
    let fresh = empty_monitor(monitor.name.clone(), kind);
    let is_drift = matches!(kind, MonitorKind::RouterDrift | MonitorKind::ConfidenceDrift);
    let per_day = match (has("per_day"), is_drift, monitor.per_day > 0.0) {
        (false, ..) => fresh.per_day,
        (true, _, true) => monitor.per_day,
        // Drift reads every request unless told otherwise.
        (true, true, false) => fresh.per_day,
        (true, false, false) => usual.per_day,
    };
    let strata = if vocabulary::strata_allowed(kind).contains(&monitor.strata) { monitor.strata } else { Strata::All };
    let holds_back = scenario.policies.iter().any(|p| p.holdback > 0.0);
    let is_control = matches!(kind, MonitorKind::Never | MonitorKind::Every);
    Monitor {
        strata,
        allocation: if has("allocation") { monitor.allocation } else { Allocation::Equal },
        per_day,
        sensitivity: if has("sensitivity") { monitor.sensitivity } else { fresh.sensitivity },
        sensitivity_hidden: monitor.sensitivity_hidden.filter(|_| has("sensitivity_hidden")),
        specificity: if has("specificity") { monitor.specificity } else { fresh.specificity },
        usd_each: if has("usd_each") { monitor.usd_each } else { fresh.usd_each },
        usd_per_day: monitor.usd_per_day,
        delay_days: monitor.delay_days,
        delay_cv: monitor.delay_cv,
        observes: has("observes").then(|| monitor.observes.unwrap_or(MonitorKind::ThumbsDown)),
        holdback_share: if has("holdback_share") && !holds_back {
            Some(monitor.holdback_share.unwrap_or(0.05))
        } else {
            None
        },
        statistic: if has("statistic") { monitor.statistic } else { DriftStatistic::Psi },
        bins: if has("bins") { monitor.bins } else { fresh.bins },
        cases: if has("cases") { monitor.cases } else { fresh.cases },
        every_days: if has("every_days") { monitor.every_days } else { fresh.every_days },
        refresh_days: monitor.refresh_days.filter(|_| has("refresh_days")),
        detector: if is_control {
            None
        } else {
            monitor.detector.or(Some(empty_detector(if is_drift {
                DetectorKind::Shewhart
            } else {
                DetectorKind::Cusum
            })))
        },
        ..fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scenario;
    use crate::scenario::vocabulary::{EVENT_KINDS, MONITOR_KINDS, POLICY_KINDS};
    use crate::scenario::{edit, library, read, write};
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
                for (word, _) in POLICY_KINDS {
                    let mut edited = scenario.clone();
                    let made = policy_of_kind(&scenario, &scenario.policies[index], word);
                    assert!(made.is_some(), "{word}");
                    edited.policies.splice(index..=index, made);
                    assert_sound(&edited, &format!("{} {index} {word}", scenario.name));
                    for form in ROLLOUTS {
                        edited.policies[index] = policy_of_rollout(&edited.policies[index], form);
                        assert_eq!(rollout_form(edited.policies[index].rollout.as_ref()), form);
                        assert_sound(&edited, form);
                    }
                }
            }
            for index in 0..scenario.events.len() {
                for (word, kind) in EVENT_KINDS {
                    let mut edited = scenario.clone();
                    edited.events[index] = event_of_kind(&scenario.events[index], *kind);
                    assert_sound(&edited, word);
                    for form in CHANGES {
                        edited.events[index] = event_of_change(&edited.events[index], form);
                        assert_eq!(change_form(edited.events[index].change), form);
                        // A price cannot be set to 0 for tiers that cost nothing; all else is sound.
                        assert_sound(&edited, &format!("{word} {form}"));
                    }
                }
            }
            for index in 0..scenario.monitors.len() {
                for (word, kind) in MONITOR_KINDS {
                    let mut edited = scenario.clone();
                    edited.monitors[index] = monitor_of_kind(&scenario, &scenario.monitors[index], *kind);
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
        assert_eq!(random.kind.shares(), made.kind.shares());
        let review = monitor("Review".to_owned());
        let judge = monitor_of_kind(&scenario, &review, MonitorKind::Judge);
        assert_eq!(Monitor { kind: MonitorKind::HumanReview, ..judge }, review);
    }

    #[test]
    fn new_entries_are_sound() {
        use edit::List;
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
