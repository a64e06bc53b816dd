//! Which numbers may be moved for a figure unless its file says otherwise.

use crate::entry::{Datum, Entry, Form, Key as Described, List};
use crate::frontier::figures::{Asked, Whose};
use crate::model::address::{self, Address, Key, Target};
use crate::model::{Figure, Policy, Scenario};

/// Segments whose tokens are moved for a bill: those with most of the traffic.
const MOST_SEGMENTS: usize = 12;

/// The usual numbers of a figure: those that are behind it and that nobody can look up. Empty where there are none.
pub(super) fn free(scenario: &Scenario, asked: &Asked) -> Vec<Address> {
    let tiers = tiers(scenario, asked.whose);
    let of_tiers = |name: &'static str| tiers.iter().map(|i| named(Target::Tier(*i), name)).collect::<Vec<_>>();
    let policy = |names: &[&str]| match asked.whose {
        Whose::Policy(index) => numbers_of(scenario, Target::Policy(index), names),
        Whose::Tier(_) => Vec::new(),
    };
    let found = match asked.figure {
        Figure::Quality if asked.segment.is_some() => {
            let at =
                |i: &usize| Address { target: Target::Tier(*i), key: Key::At("skill", asked.segment.unwrap_or(0)) };
            tiers.iter().map(at).collect()
        }
        Figure::Quality | Figure::HardEdgeQuality => of_tiers("ability"),
        Figure::MonthlyInferenceUsd if scenario.is_replayed() => vec![named(Target::Traffic, "requests_per_day")],
        Figure::MonthlyInferenceUsd | Figure::RequestUsd => tokens(scenario),
        // Tokens are the same on both sides of the ratio.
        Figure::InferenceShare => of_tiers("verbosity"),
        Figure::TotalShare | Figure::TrapRatio => {
            ["ticket.failed", "churn.failed"].map(|name| named(Target::Economics, name)).to_vec()
        }
        Figure::NoWorse => {
            let noise = policy(&["noise"]);
            if noise.is_empty() { of_tiers("ability") } else { noise }
        }
        Figure::ThumbsDownPer1k => rates(scenario, Target::Feedback, ["thumbs_down.failed", "thumbs_down.ok"]),
        Figure::TicketsPer1k => rates(scenario, Target::Economics, ["ticket.failed", "ticket.ok"]),
        Figure::ChurnPer1k => rates(scenario, Target::Economics, ["churn.failed", "churn.ok"]),
        Figure::CheapestTierShare | Figure::RoutedShare => {
            let shares = policy(&["shares"]);
            if shares.is_empty() { policy(&["escalate", "judged", "hand_over"]) } else { shares }
        }
        Figure::EscalatedShare => policy(&["escalate", "judged", "hand_over"]),
        Figure::RouterAuroc => policy(&["noise"]),
        Figure::LatencyP95Ms => of_tiers("latency.per_output_token_ms"),
    };
    found
        .into_iter()
        .filter(|address| address::get(scenario, *address).is_some() && is_used(scenario, *address))
        .collect()
}

fn named(target: Target, name: &'static str) -> Address {
    Address { target, key: Key::Named(name) }
}

/// Whether a scenario goes by a number: a table of requests has tokens, luck and what tiers can do in its rows.
fn is_used(scenario: &Scenario, address: Address) -> bool {
    let Some(replay) = &scenario.replay else { return true };
    match address.key.name() {
        "ability" | "skill" | "tokens.output" | "latency.per_output_token_ms" => false,
        "noise" => replay.router.is_none(),
        _ => true,
    }
}

/// The tiers whose answers a figure is about.
fn tiers(scenario: &Scenario, whose: Whose) -> Vec<usize> {
    let all = || (0..scenario.tiers.len()).collect();
    let policy = match whose {
        Whose::Tier(tier) => return vec![tier],
        Whose::Policy(policy) => scenario.policies.get(policy),
    };
    let Some(policy) = policy else { return all() };
    let names = names_in(policy);
    let found: Vec<usize> = names.iter().filter_map(|name| scenario.tier_index(name)).collect();
    if found.is_empty() { all() } else { found }
}

/// The tiers that a policy names itself: its only one, or its chain.
fn names_in(policy: &Policy) -> Vec<String> {
    let value = |key: &&Described| match (key.form, policy.get(key.name)) {
        (Form::One(List::Tiers), Some(Datum::Text(name))) => vec![name],
        (Form::Chain, Some(Datum::Texts(names))) => names,
        _ => Vec::new(),
    };
    let is_by_rules = policy.keys().iter().any(|key| matches!(key.form, Form::TierBy(_)));
    if is_by_rules { Vec::new() } else { policy.keys().iter().flat_map(value).collect() }
}

/// The numbers of a target at these keys: of shares, which move against each other, all but the last.
fn numbers_of(scenario: &Scenario, target: Target, names: &[&str]) -> Vec<Address> {
    let Some(entry) = address::entry_of(scenario, target) else { return Vec::new() };
    let of = |key: &'static Described| match (key.form, entry.get(key.name)) {
        (Form::Shares, Some(Datum::Numbers(shares))) => places(target, key.name, shares.len().saturating_sub(1)),
        (_, Some(Datum::Numbers(numbers))) => places(target, key.name, numbers.len()),
        (_, Some(Datum::Number(_))) => vec![named(target, key.name)],
        _ => Vec::new(),
    };
    entry.keys().into_iter().filter(|key| names.contains(&key.name)).flat_map(of).collect()
}

fn places(target: Target, name: &'static str, count: usize) -> Vec<Address> {
    (0..count).map(|i| Address { target, key: Key::At(name, i) }).collect()
}

/// A rate after a failure and one after a success; one that is nothing stays nothing.
fn rates(scenario: &Scenario, target: Target, names: [&'static str; 2]) -> Vec<Address> {
    let both = names.map(|name| named(target, name));
    let some: Vec<Address> =
        both.into_iter().filter(|rate| address::get(scenario, *rate).is_some_and(|x| x > 0.0)).collect();
    if some.is_empty() { both.to_vec() } else { some }
}

/// Output tokens of the segments with most of the traffic.
fn tokens(scenario: &Scenario) -> Vec<Address> {
    let mut order: Vec<usize> = (0..scenario.segments.len()).collect();
    let share = |i: usize| scenario.segments.get(i).map_or(0.0, |segment| segment.share);
    order.sort_by(|a, b| share(*b).total_cmp(&share(*a)).then(a.cmp(b)));
    order.truncate(MOST_SEGMENTS);
    order.sort_unstable();
    order.into_iter().map(|i| named(Target::Segment(i), "tokens.output")).collect()
}
