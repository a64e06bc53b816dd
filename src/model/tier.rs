//! `[[tier]]`: one model with prices and ability.

use std::collections::BTreeMap;

use crate::entry;
use crate::entry::{Form, Key, List, Number, Shown, StandIn, number, share};

entry! {
    /// One model; tiers are listed cheapest first.
    pub struct Tier {
        /// Unique name.
        name: String = String::new() => Key::of(Form::Name).needed(),
        /// List price of input tokens; 0.1 to 1 for small models, 2 to 15 for capable ones.
        input_usd_per_mtok: f64 = 0.0 => number("USD per million tokens", 0.0, 1e5).needed().unless(StandIn::Table)
            .often("Input price", 0.01, 50.0).plainly("the input price").log(),
        /// List price of output tokens, often four or five times that of input.
        output_usd_per_mtok: f64 = 0.0 => number("USD per million tokens", 0.0, 1e5).needed().unless(StandIn::Table)
            .often("Output price", 0.01, 100.0).plainly("the output price").log(),
        /// Prompt caching.
        cached_input: CachedInput {
            /// Price of input tokens that come from the prompt cache; often a tenth of the list price.
            usd_per_mtok: f64 = 0.0 => number("USD per million tokens", 0.0, 1e5).rarely("Cached input price", 0.001, 10.0).log(),
            /// Price of input tokens that are written into the prompt cache; some providers take a quarter more than for input, most the same. Absent: the input price.
            write_usd_per_mtok: Option<f64> = None => number("USD per million tokens", 0.0, 1e5).optional().rarely("Cache write price", 0.001, 50.0).log(),
            /// Share of input tokens that come from the prompt cache; 0 without caching, 0.5 (50 %) with a long system prompt.
            hit_rate: f64 = 0.0 => share().rarely("From the cache", 0.0, 1.0),
        },
        /// What the tier can do, on the scale of difficulty: half of the requests of this difficulty succeed. One logit more is a generation of models.
        ability: f64 = 0.0 => number("logits", -20.0, 20.0).needed().unless(StandIn::Table).often("Ability", -4.0, 6.0).plainly("the ability")
            .reads_as(Shown::AnswersWell),
        /// How sharply success falls with difficulty; 1 to 2 is typical.
        discrimination: f64 = 1.3 => number("per logit", 0.05, 20.0).rarely("Discrimination", 0.3, 4.0).reads_as(Shown::BelowTheLimit),
        /// Success on the hardest requests; 0, or 0.25 (25 %) for a test with four choices.
        lower: f64 = 0.0 => share().rarely("Worst success", 0.0, 0.5).reads("Answers well at the hardest"),
        /// Success on the easiest requests; real systems stay below 1, at 0.95 to 0.99 (95 to 99 %).
        upper: f64 = 1.0 => share().often("Best success", 0.5, 1.0).reads("Answers well at the easiest"),
        /// Multiplier of output tokens: a reasoning model writes 2 to 5 times as much.
        verbosity: f64 = 1.0 => number("", 0.01, 100.0).often("Verbosity", 0.1, 5.0).log().reads_as(Shown::Tokens),
        /// How well self-confidence separates good from bad answers: 0.5 not at all, 0.8 is good.
        confidence_auroc: f64 = 0.75 => number("", 0.5, 0.999_999).often("Confidence AUROC", 0.5, 0.99).reads_as(Shown::Pairs),
        /// The same for hidden-hard requests: near 0.5 the tier is confidently wrong.
        confidence_auroc_hidden: f64 = 0.6 => number("", 0.5, 0.999_999).often("AUROC, hidden-hard", 0.5, 0.99)
            .reads_as(Shown::HiddenPairs),
        /// Latency of a call.
        latency: Latency {
            /// Time to the first token; 200 to 1,000 is typical.
            first_token_ms: f64 = 0.0 => number("ms", 0.0, 1e7).rarely("First token", 0.0, 3_000.0),
            /// Time per output token; 5 to 30 is typical.
            per_output_token_ms: f64 = 0.0 => number("ms", 0.0, 1e5).rarely("Each output token", 0.0, 100.0),
        },
        /// Its name in the price list, as `provider/model`: the window says where the tier's prices differ from the list's. No price follows from it.
        list: Option<String> = None => Key::of(Form::Text).optional(),
        /// Ability added on a segment (logits), by segment name.
        skill: BTreeMap<String, f64> = BTreeMap::new() => Key::of(Form::NumberBy(List::Segments, SKILL)).reads_as(Shown::AnswersWell),
    }
}

/// Ability added on a segment.
const SKILL: Number = Number { unit: "logits", min: -20.0, max: 20.0, above_min: false, whole: false };

/// Cached input tokens: price and share of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CachedInput {
    /// Price of a million cached input tokens, USD.
    pub usd_per_mtok: f64,
    /// Price of a million input tokens that are written into the cache, USD; `None`: the input price.
    pub write_usd_per_mtok: Option<f64>,
    /// Share of input tokens that come from the cache.
    pub hit_rate: f64,
}

/// Latency of one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Time to the first token, ms.
    pub first_token_ms: f64,
    /// Time per output token, ms.
    pub per_output_token_ms: f64,
}
