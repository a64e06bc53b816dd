//! The one form that every engine runs: where a request starts in a chain of tiers, and what decides whether it goes on.

use crate::model::{Human, Judge, Per};

/// A stateless policy at one knob setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Tiers in calling order.
    pub chain: Vec<usize>,
    /// Where in the chain a request starts.
    pub start: Start,
    /// What decides whether it goes on.
    pub gate: Gate,
    /// How often it decides, where requests are turns of conversations.
    pub per: Per,
    /// Price of the router, USD a request.
    pub overhead_usd: f64,
    /// Time of the router, ms a request.
    pub overhead_ms: f64,
}

/// Where in the chain a request starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// At the first tier.
    First,
    /// By chance: shares over the chain, one row for all segments or one a segment.
    Shares(Vec<Vec<f64>>),
    /// By a score `surface + Normal(0, noise)`: below the first cut at the first tier, and so on.
    Score {
        /// Noise under launch assumptions, logits.
        noise: f64,
        /// Increasing cut points, logits; one fewer than tiers in the chain.
        cuts: Vec<f64>,
    },
}

/// What decides whether a request goes on to the next tier of the chain.
#[derive(Clone, Debug, PartialEq)]
pub enum Gate {
    /// Nothing: the tier it starts at answers.
    None,
    /// Self-confidence below the stage's threshold.
    Confidence {
        /// One fewer than tiers in the chain.
        thresholds: Vec<f64>,
    },
    /// A judge that says "bad".
    Judge {
        /// Under launch assumptions.
        judge: Judge,
        /// Share of answers judged.
        judged: f64,
    },
    /// Self-confidence below the threshold: a person answers.
    Human {
        /// Threshold of the last tier's self-confidence.
        threshold: f64,
        /// The person.
        human: Human,
    },
    /// Foresight: the cheapest tier of the chain that succeeds, or the cheapest of all.
    Oracle,
}
