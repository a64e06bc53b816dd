//! Rules of known figures: what a figure can be told of, what it can be, what may be moved for it, and that no two contradict each other.

use super::Breach;
use crate::entry::{Number, written};
use crate::model::address::{self, Unfound};
use crate::model::{Figure, Known, Scenario};
use crate::scenario::problem::{list_names, nearest};

/// Every rule that the known figures of a scenario break.
pub fn breaches(scenario: &Scenario) -> Vec<Breach> {
    let mut found = Vec::new();
    for (index, known) in scenario.known.iter().enumerate() {
        let of = |(key, message)| Breach::new("known", index, key, message);
        found.extend(misplaced(known).into_iter().chain(impossible(known)).map(of));
        for path in &known.free {
            let of = |(message, suggestion)| Breach { suggestion, ..of(("free", message)) };
            found.extend(immovable(scenario, path).map(of));
        }
        found.extend(contradicted(scenario, index, known).map(|message| of(("", message))));
    }
    found
}

/// What the figure cannot be told of.
fn misplaced(known: &Known) -> Option<(&'static str, String)> {
    let word = known.figure.word();
    let words = |fits: fn(Figure) -> bool| list_names(Figure::ALL.iter().filter(|f| fits(**f)).map(|f| f.word()));
    if known.tier.is_some() && known.policy.is_none() && !known.figure.fits_a_tier() {
        let message = format!("\"{word}\" is no figure of a tier alone; of a tier: {}", words(Figure::fits_a_tier));
        return Some(("figure", message));
    }
    if known.segment.is_some() && !known.figure.fits_a_segment() {
        let message =
            format!("\"{word}\" is not told by segment, only {}; leave the key out", words(Figure::fits_a_segment));
        return Some(("segment", message));
    }
    None
}

/// What the figure cannot be.
fn impossible(known: &Known) -> Option<(&'static str, String)> {
    let range = known.figure.range();
    let (key, found) = match (known.value, known.between) {
        (Some(value), _) => ("value", [Some(value), None]),
        (None, Some((low, high))) => ("between", [Some(low), Some(high)]),
        (None, None) => return None,
    };
    if let (Some((low, high)), None) = (known.between, known.value)
        && low >= high
    {
        let message = format!(
            "found {} to {}, allowed: a least value below the greatest one; for one value say value = …",
            written(low),
            written(high)
        );
        return Some((key, message));
    }
    let wrong = found.into_iter().flatten().find(|x| !range.allows(*x))?;
    let hint = if range == Number::SHARE && wrong > 1.0 && wrong <= 100.0 {
        format!("; {} % is {}", written(wrong), written((wrong * 1e10).round() / 1e12))
    } else {
        String::new()
    };
    let word = known.figure.word();
    Some((key, format!("found {}; \"{word}\" is {}{hint}", written(wrong), range.allowed())))
}

/// Why a number cannot be moved, and which was probably meant.
fn immovable(scenario: &Scenario, path: &str) -> Option<(String, Option<String>)> {
    match address::find(scenario, path) {
        Err(Unfound { message, word, known }) => {
            let suggestion = nearest(&word, known.iter().map(String::as_str));
            let known = if suggestion.is_none() && !known.is_empty() {
                format!("; known: {}", list_names(known.iter().map(String::as_str)))
            } else {
                String::new()
            };
            Some((format!("{message}{known}"), suggestion))
        }
        Ok(address) => {
            let is_whole = address::range(scenario, address).is_none_or(|range| range.whole);
            is_whole.then(|| (format!("\"{path}\" is a whole number, which cannot be moved little by little"), None))
        }
    }
}

/// The figure before it that cannot hold together with it.
fn contradicted(scenario: &Scenario, index: usize, known: &Known) -> Option<String> {
    let (low, high) = known.wanted()?;
    let before = scenario.known.iter().take(index).enumerate();
    before.filter(|(_, other)| other.is_of_the_same(known)).find_map(|(place, other)| {
        let (other_low, other_high) = other.wanted()?;
        (low > other_high || other_low > high).then(|| {
            format!(
                "contradicts number {}: the {} of {} cannot be {} and {}",
                place + 1,
                known.figure.told(),
                known.of(),
                told(other_low, other_high),
                told(low, high)
            )
        })
    })
}

fn told(low: f64, high: f64) -> String {
    if low < high { format!("{} to {}", written(low), written(high)) } else { written(low) }
}
