//! Keys that several kinds of policies have, each described once, and what another kind takes over of them.

use crate::entry::{Entry, Form, Key, List, Shown, StandIn, number};
use crate::model::{Policy, Scenario, Tier};

/// The one tier.
pub const TIER: Key =
    Key::of(Form::One(List::Tiers)).needed().called("Tier").about("`single`, `human_fallback`: the tier.");

/// Tiers in calling order.
pub const TIERS: Key =
    Key::of(Form::Chain).needed().called("Tiers called").about("Cascades and `bandit`: tiers, cheapest first.");

/// One share a tier.
pub const SHARES: Key =
    Key::of(Form::Shares).needed().about("One per tier; for a classifier under launch assumptions.");

/// Shares passed on.
pub const ESCALATE: Key = Key::of(Form::Stages)
    .needed()
    .about("Cascades: share escalated at each stage under launch assumptions, of what reaches it.");

/// Error of a router's score.
pub const NOISE: Key = number("logits", 0.0, 20.0)
    .needed()
    .unless(StandIn::Scores)
    .about(
        "Error of the router's score of how hard a request looks (standard deviation); 0 is a perfect reader of surfaces, 0.9 an embedding classifier, 2 little better than chance. Not needed, nor used, where `[replay] router` names the table's own scores.",
    )
    .often("Router noise", 0.0, 4.0).plainly("the router's noise")
    .reads_as(Shown::ToldApart);

/// Error of a router's score, logits: an embedding classifier of the usual kind.
const USUAL_NOISE: f64 = 0.9;
/// Share that usually goes to the cheapest tier.
const CHEAPEST: f64 = 0.6;
/// Share that is usually escalated at a stage.
pub const ESCALATED: f64 = 0.35;

/// The tier that a policy went by before, or else this one.
pub fn tier_of(before: &Policy, otherwise: Option<&Tier>) -> String {
    let named = before.get("tier").or_else(|| before.get("default"));
    let named = named.and_then(|datum| datum.text().map(str::to_owned));
    named.or_else(|| otherwise.map(|tier| tier.name.clone())).unwrap_or_default()
}

/// The chain of tiers of a policy before, or else all of them.
pub fn tiers_of(before: &Policy, scenario: &Scenario) -> Vec<String> {
    let chain = before.get("tiers").and_then(|datum| datum.texts().map(<[String]>::to_vec));
    chain.unwrap_or_else(|| scenario.names(List::Tiers))
}

/// The shares of a policy before, or else the usual ones: most to the cheapest tier.
pub fn shares_of(before: &Policy, scenario: &Scenario) -> Vec<f64> {
    if let Some(shares) = before.get("shares").and_then(|datum| datum.numbers().map(<[f64]>::to_vec)) {
        return shares;
    }
    match scenario.tiers.len() {
        0 => Vec::new(),
        1 => vec![1.0],
        tiers => {
            let rest = (1.0 - CHEAPEST) / (tiers - 1) as f64;
            std::iter::once(CHEAPEST).chain(std::iter::repeat_n(rest, tiers - 1)).collect()
        }
    }
}

/// The noise of a policy before, or else the usual one.
pub fn noise_of(before: &Policy) -> f64 {
    crate::entry::number_of(before, "noise").unwrap_or(USUAL_NOISE)
}
