//! One descriptor for each number of the format: key, unit, range, default, help, and how to reach it.
//!
//! The reader's checks, the writer, the JSON Schema, the reference page and the window's sliders all come from these tables.

use crate::model::{
    CachedInput, Change, Detector, Economics, Event, Feedback, MAX_DAYS, MAX_REQUESTS_PER_DAY, Monitor, Policy,
    PolicyKind, Replay, Rollout, Scenario, Segment, Study, Tier, Traffic,
};

/// A number of section `S`.
pub struct Parameter<S: 'static> {
    /// Key within its section, dotted inside inline tables: `difficulty.mean`.
    pub key: &'static str,
    /// Unit; empty for shares and probabilities.
    pub unit: &'static str,
    /// What it is, and where it helps what is typical.
    pub help: &'static str,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// Whether `min` itself is not allowed.
    pub above_min: bool,
    /// Value when the key is absent; `None`: it must be given, or its absence has a meaning of its own.
    pub default: Option<f64>,
    /// Whether the key may be absent although it has no default.
    pub optional: bool,
    /// Whole numbers only.
    pub whole: bool,
    /// Reads it; `None` where this kind of section does not have it, or it is absent.
    pub get: fn(&S) -> Option<f64>,
    /// Writes it.
    pub set: fn(&mut S, f64),
}

impl<S> Parameter<S> {
    /// The range in words: "a number from 0 to 1".
    pub fn allowed(&self) -> String {
        let noun = if self.whole { "a whole number" } else { "a number" };
        let unit = if self.unit.is_empty() { String::new() } else { format!(" ({})", self.unit) };
        if self.above_min {
            format!("{noun} above {} and up to {}{unit}", number(self.min), number(self.max))
        } else {
            format!("{noun} from {} to {}{unit}", number(self.min), number(self.max))
        }
    }

    /// Whether a value is in range.
    pub fn allows(&self, value: f64) -> bool {
        let whole_enough = !self.whole || value.fract().abs() < f64::EPSILON;
        let above = if self.above_min { value > self.min } else { value >= self.min };
        value.is_finite() && above && value <= self.max && whole_enough
    }
}

/// A number as a person writes it: no exponent below 10¹⁵, no trailing zeros.
pub fn number(value: f64) -> String {
    if value.abs() >= 1e15 || (value.abs() < 1e-6 && value != 0.0) { format!("{value:e}") } else { format!("{value}") }
}

macro_rules! parameters {
    ($section:ty; $($key:literal $unit:literal $min:literal .. $max:expr, $default:expr, [$($flag:ident)*], $($field:ident).+, $help:literal;)*) => {
        &[$(Parameter::<$section> {
            key: $key, unit: $unit, help: $help, min: $min, max: $max, default: $default,
            above_min: parameters!(@has above [$($flag)*]),
            whole: parameters!(@has whole [$($flag)*]),
            optional: parameters!(@has optional [$($flag)*]),
            get: |s| Some(f64::from(s.$($field).+)),
            set: parameters!(@set [$($flag)*] $section, $($field).+),
        }),*]
    };
    (@has above [above $($rest:ident)*]) => { true };
    (@has whole [whole $($rest:ident)*]) => { true };
    (@has optional [optional $($rest:ident)*]) => { true };
    (@has $want:ident [$skip:ident $($rest:ident)*]) => { parameters!(@has $want [$($rest)*]) };
    (@has $want:ident []) => { false };
    (@set [whole $($rest:ident)*] $section:ty, $($field:ident).+) => { |s: &mut $section, v| s.$($field).+ = v as u32 };
    (@set [$skip:ident $($rest:ident)*] $section:ty, $($field:ident).+) => { parameters!(@set [$($rest)*] $section, $($field).+) };
    (@set [] $section:ty, $($field:ident).+) => { |s: &mut $section, v| s.$($field).+ = v };
}

/// Greatest USD amount of anything.
const MAX_USD: f64 = 1e9;

/// Top of the file.
pub const HEAD: &[Parameter<Scenario>] = &[
    Parameter {
        key: "seed",
        unit: "",
        help: "Seed of every random number: the same file and seed give the same bytes.",
        min: 0.0,
        max: 9_007_199_254_740_992.0,
        above_min: false,
        default: Some(1.0),
        optional: false,
        whole: true,
        get: |s| Some(s.seed as f64),
        set: |s, v| s.seed = v as u64,
    },
    Parameter {
        key: "shared_luck",
        unit: "",
        help: "Probability that one throw of luck decides for all tiers: at 1 a better tier never fails where a weaker one succeeds, at 0 luck is drawn for each; 0.5 is a fair guess.",
        min: 0.0,
        max: 1.0,
        above_min: false,
        default: Some(0.5),
        optional: false,
        whole: false,
        get: |s| Some(s.shared_luck),
        set: |s, v| s.shared_luck = v,
    },
];

/// `[traffic]`
pub const TRAFFIC: &[Parameter<Traffic>] = parameters! { Traffic;
    "days" "days" 1.0 .. MAX_DAYS as f64, Some(180.0), [whole], days, "Horizon of every run; 180 covers a rollout and what follows.";
    "requests_per_day" "requests" 0.0 .. MAX_REQUESTS_PER_DAY, None, [above], requests_per_day, "Mean number of requests a day on day 0; a mid-size product has 10,000 to 100,000.";
    "monthly_growth" "per 30 days" -0.99 .. 10.0, Some(0.0), [], monthly_growth, "Growth of the volume: 0.05 is 5 % in 30 days, which a growing product has.";
    "difficulty_day_sd" "logits" 0.0 .. 5.0, Some(0.0), [], difficulty_day_sd, "How much whole days differ in difficulty (standard deviation); 0.05 is typical, and makes daily counts vary as real ones do.";
};

/// `[replay]`
pub const REPLAY: &[Parameter<Replay>] = parameters! { Replay;
    "chars_per_token" "characters" 0.1 .. 100.0, Some(4.0), [], chars_per_token, "Tables without costs: characters of a token; 4 is usual for English.";
    "input_tokens" "tokens" 0.0 .. 10_000_000.0, Some(500.0), [above], input_tokens, "Tables without costs and without lengths of prompts: input tokens of a request.";
    "output_tokens" "tokens" 0.0 .. 10_000_000.0, Some(300.0), [above], output_tokens, "Tables without costs: output tokens of an answer.";
};

/// `[[segment]]`
pub const SEGMENT: &[Parameter<Segment>] = parameters! { Segment;
    "share" "" 0.0 .. 1e6, None, [], share, "Weight in the traffic; weights are normalised, so 0.7 and 0.3 are the same as 70 and 30.";
    "difficulty.mean" "logits" -20.0 .. 20.0, None, [], difficulty.mean, "Mean of how hard its requests look, and plain ones are; a tier of the same ability succeeds on half. -3 is very easy, 0 is middling, 2 is hard.";
    "difficulty.sd" "logits" 0.01 .. 10.0, None, [], difficulty.sd, "Spread of the same; 0.8 is typical.";
    "hidden.share" "" 0.0 .. 1.0, Some(0.0), [], hidden.share, "Share of requests that look like the segment but are not (hidden-hard); a few per cent is typical.";
    "hidden.mean" "logits" -20.0 .. 20.0, Some(0.0), [], hidden.mean, "Mean of the true difficulty of the hidden-hard; 1 to 3, where cheap tiers mostly fail.";
    "hidden.sd" "logits" 0.01 .. 10.0, Some(0.8), [], hidden.sd, "Spread of the true difficulty of the hidden-hard; 0.8 is typical.";
    "tokens.input" "tokens" 1.0 .. 1e7, None, [], tokens.input, "Mean input tokens, context included; 500 to 5,000 is typical.";
    "tokens.output" "tokens" 1.0 .. 1e7, None, [], tokens.output, "Mean output tokens of a tier with verbosity 1, reasoning included; 100 to 1,000 is typical.";
    "tokens.input_cv" "" 0.0 .. 5.0, Some(0.5), [], tokens.input_cv, "Coefficient of variation of the input tokens; 0.5 is typical, above 1 a few requests make the bill.";
    "tokens.output_cv" "" 0.0 .. 5.0, Some(0.5), [], tokens.output_cv, "Coefficient of variation of the output tokens; 0.5 is typical.";
    "stakes" "" 0.0 .. 1e6, Some(1.0), [], stakes, "Multiplier of what a failure costs in this segment: 1 is as the others, 5 is billing or law.";
};

/// Numbers of a tier that a replayed table may give in its place.
pub const IN_A_TABLE: &[&str] = &["input_usd_per_mtok", "output_usd_per_mtok", "ability"];

/// `[[tier]]`
pub const TIER: &[Parameter<Tier>] = parameters! { Tier;
    "input_usd_per_mtok" "USD per million tokens" 0.0 .. 1e5, None, [], input_usd_per_mtok, "List price of input tokens; 0.1 to 1 for small models, 2 to 15 for capable ones.";
    "output_usd_per_mtok" "USD per million tokens" 0.0 .. 1e5, None, [], output_usd_per_mtok, "List price of output tokens, often four or five times that of input.";
    "cached_input.usd_per_mtok" "USD per million tokens" 0.0 .. 1e5, Some(0.0), [], cached_input.usd_per_mtok, "Price of input tokens that come from the prompt cache; often a tenth of the list price.";
    "cached_input.hit_rate" "" 0.0 .. 1.0, Some(0.0), [], cached_input.hit_rate, "Share of input tokens that come from the prompt cache; 0 without caching, 0.5 (50 %) with a long system prompt.";
    "ability" "logits" -20.0 .. 20.0, None, [], ability, "What the tier can do, on the scale of difficulty: half of the requests of this difficulty succeed. One logit more is a generation of models.";
    "discrimination" "per logit" 0.05 .. 20.0, Some(1.3), [], discrimination, "How sharply success falls with difficulty; 1 to 2 is typical.";
    "lower" "" 0.0 .. 1.0, Some(0.0), [], lower, "Success on the hardest requests; 0, or 0.25 (25 %) for a test with four choices.";
    "upper" "" 0.0 .. 1.0, Some(1.0), [], upper, "Success on the easiest requests; real systems stay below 1, at 0.95 to 0.99 (95 to 99 %).";
    "verbosity" "" 0.01 .. 100.0, Some(1.0), [], verbosity, "Multiplier of output tokens: a reasoning model writes 2 to 5 times as much.";
    "confidence_auroc" "" 0.5 .. 0.999_999, Some(0.75), [], confidence_auroc, "How well self-confidence separates good from bad answers: 0.5 not at all, 0.8 is good.";
    "confidence_auroc_hidden" "" 0.5 .. 0.999_999, Some(0.6), [], confidence_auroc_hidden, "The same for hidden-hard requests: near 0.5 the tier is confidently wrong.";
    "latency.first_token_ms" "ms" 0.0 .. 1e7, Some(0.0), [], latency.first_token_ms, "Time to the first token; 200 to 1,000 is typical.";
    "latency.per_output_token_ms" "ms" 0.0 .. 1e5, Some(0.0), [], latency.per_output_token_ms, "Time per output token; 5 to 30 is typical.";
};

fn noise(policy: &mut Policy) -> Option<&mut f64> {
    match &mut policy.kind {
        PolicyKind::Classifier { noise, .. }
        | PolicyKind::RouterCascade { noise, .. }
        | PolicyKind::Budget { noise, .. } => Some(noise),
        _ => None,
    }
}

macro_rules! of_kind {
    ($key:literal $unit:literal $min:literal .. $max:literal, $default:expr, [$($flag:ident)*], $variant:ident, $($field:ident).+, $bind:ident, $help:literal) => {
        Parameter::<Policy> {
            key: $key, unit: $unit, help: $help, min: $min, max: $max, default: $default,
            above_min: parameters!(@has above [$($flag)*]), whole: false, optional: false,
            get: |p| if let PolicyKind::$variant { $bind, .. } = &p.kind { Some($($field).+) } else { None },
            set: |p, v| if let PolicyKind::$variant { $bind, .. } = &mut p.kind { $($field).+ = v; },
        }
    };
}

/// `[[policy]]`: every kind's numbers; `get` tells which a policy has.
pub const POLICY: &[Parameter<Policy>] = &[
    Parameter {
        key: "usd_per_request",
        unit: "USD",
        help: "Price of the router itself, for each request; an embedding classifier costs about 0.00002.",
        min: 0.0,
        max: 1e6,
        above_min: false,
        default: Some(0.0),
        optional: false,
        whole: false,
        get: |p| Some(p.usd_per_request),
        set: |p, v| p.usd_per_request = v,
    },
    Parameter {
        key: "latency_ms",
        unit: "ms",
        help: "Time the router itself takes, for each request; 30 for a classifier, 300 for a model that routes.",
        min: 0.0,
        max: 1e7,
        above_min: false,
        default: Some(0.0),
        optional: false,
        whole: false,
        get: |p| Some(p.latency_ms),
        set: |p, v| p.latency_ms = v,
    },
    Parameter {
        key: "holdback",
        unit: "",
        help: "Random share of the traffic that stays on the baseline for good, to compare with; 0.01 to 0.05 (1 to 5 %) where there is one.",
        min: 0.0,
        max: 1.0,
        above_min: false,
        default: Some(0.0),
        optional: false,
        whole: false,
        get: |p| Some(p.holdback),
        set: |p, v| p.holdback = v,
    },
    Parameter {
        key: "rollout.start_day",
        unit: "days",
        help: "Linear rollout: the day it starts, often 0.",
        min: 0.0,
        max: MAX_DAYS as f64,
        above_min: false,
        default: Some(0.0),
        optional: false,
        whole: false,
        get: |p| if let Some(Rollout::Linear { start_day, .. }) = &p.rollout { Some(*start_day) } else { None },
        set: |p, v| {
            if let Some(Rollout::Linear { start_day, .. }) = &mut p.rollout {
                *start_day = v;
            }
        },
    },
    Parameter {
        key: "rollout.days",
        unit: "days",
        help: "Linear rollout: how long the policy takes from no traffic to all of it; 14 to 60 is usual.",
        min: 0.0,
        max: MAX_DAYS as f64,
        above_min: false,
        default: None,
        optional: false,
        whole: false,
        get: |p| if let Some(Rollout::Linear { days, .. }) = &p.rollout { Some(*days) } else { None },
        set: |p, v| {
            if let Some(Rollout::Linear { days, .. }) = &mut p.rollout {
                *days = v;
            }
        },
    },
    Parameter {
        key: "noise",
        unit: "logits",
        help: "Error of the router's score of how hard a request looks (standard deviation); 0 is a perfect reader of surfaces, 0.9 an embedding classifier, 2 little better than chance. Not needed, nor used, where `[replay] router` names the table's own scores.",
        min: 0.0,
        max: 20.0,
        above_min: false,
        default: None,
        optional: false,
        whole: false,
        get: |p| match &p.kind {
            PolicyKind::Classifier { noise, .. }
            | PolicyKind::RouterCascade { noise, .. }
            | PolicyKind::Budget { noise, .. } => Some(*noise),
            _ => None,
        },
        set: |p, v| {
            if let Some(noise) = noise(p) {
                *noise = v;
            }
        },
    },
    of_kind!("judge.sensitivity" "" 0.0 .. 1.0, None, [], JudgeCascade, judge.sensitivity, judge, "Probability that the judge says \"bad\" of a failure; 0.6 to 0.9 (60 to 90 %) for a model."),
    of_kind!("judge.specificity" "" 0.0 .. 1.0, None, [], JudgeCascade, judge.specificity, judge, "Probability that the judge says \"good\" of a success; 0.85 to 0.98 (85 to 98 %) for a model."),
    of_kind!("judge.usd_each" "USD" 0.0 .. 1e6, Some(0.0), [], JudgeCascade, judge.usd_each, judge, "Price of one verdict: that of a call, 0.001 to 0.01."),
    of_kind!("judge.latency_ms" "ms" 0.0 .. 1e7, Some(0.0), [], JudgeCascade, judge.latency_ms, judge, "Time of one verdict; 500 to 2,000 for a model."),
    Parameter {
        key: "judged",
        unit: "",
        help: "Share of answers that the judge reads; 1 where every answer is gated.",
        min: 0.0,
        max: 1.0,
        above_min: false,
        default: Some(1.0),
        optional: false,
        whole: false,
        get: |p| if let PolicyKind::JudgeCascade { judged, .. } = &p.kind { Some(*judged) } else { None },
        set: |p, v| {
            if let PolicyKind::JudgeCascade { judged, .. } = &mut p.kind {
                *judged = v;
            }
        },
    },
    Parameter {
        key: "usd_per_day",
        unit: "USD a day",
        help: "Daily inference budget, between what the cheapest and the most capable tier would cost alone.",
        min: 0.0,
        max: MAX_USD,
        above_min: true,
        default: None,
        optional: false,
        whole: false,
        get: |p| if let PolicyKind::Budget { usd_per_day, .. } = &p.kind { Some(*usd_per_day) } else { None },
        set: |p, v| {
            if let PolicyKind::Budget { usd_per_day, .. } = &mut p.kind {
                *usd_per_day = v;
            }
        },
    },
    Parameter {
        key: "usd_per_thumbs_down",
        unit: "USD",
        help: "What one thumbs-down is worth to the bandit, against inference cost; 0.5 to 5 is typical.",
        min: 0.0,
        max: MAX_USD,
        above_min: false,
        default: None,
        optional: false,
        whole: false,
        get: |p| {
            if let PolicyKind::Bandit { usd_per_thumbs_down, .. } = &p.kind { Some(*usd_per_thumbs_down) } else { None }
        },
        set: |p, v| {
            if let PolicyKind::Bandit { usd_per_thumbs_down, .. } = &mut p.kind {
                *usd_per_thumbs_down = v;
            }
        },
    },
    Parameter {
        key: "half_life_days",
        unit: "days",
        help: "Half-life of what the bandit remembers; without it, it never forgets. 14 to 60 lets it follow a drift.",
        min: 0.1,
        max: MAX_DAYS as f64,
        above_min: false,
        default: None,
        optional: true,
        whole: false,
        get: |p| if let PolicyKind::Bandit { half_life_days, .. } = &p.kind { *half_life_days } else { None },
        set: |p, v| {
            if let PolicyKind::Bandit { half_life_days, .. } = &mut p.kind {
                *half_life_days = Some(v);
            }
        },
    },
    Parameter {
        key: "hand_over",
        unit: "",
        help: "Share of requests handed to a person under launch assumptions, the least confident first; 0.01 to 0.1 (1 to 10 %) is typical.",
        min: 0.0,
        max: 1.0,
        above_min: false,
        default: None,
        optional: false,
        whole: false,
        get: |p| if let PolicyKind::HumanFallback { hand_over, .. } = &p.kind { Some(*hand_over) } else { None },
        set: |p, v| {
            if let PolicyKind::HumanFallback { hand_over, .. } = &mut p.kind {
                *hand_over = v;
            }
        },
    },
    of_kind!("human.success" "" 0.0 .. 1.0, None, [], HumanFallback, human.success, human, "Probability that the person answers well; 0.9 to 0.99 (90 to 99 %)."),
    of_kind!("human.usd_each" "USD" 0.0 .. 1e6, None, [], HumanFallback, human.usd_each, human, "Price of one answer by a person; 3 to 15 for support."),
    of_kind!("human.latency_ms" "ms" 0.0 .. 1e9, Some(0.0), [], HumanFallback, human.latency_ms, human, "Time of one answer by a person; 600,000 is ten minutes."),
];

/// `[[event]]`; of `multiply`, `add` and `set` an event has one.
pub const EVENT: &[Parameter<Event>] = &[
    Parameter {
        key: "multiply",
        unit: "",
        help: "The value is multiplied by this; 1 changes nothing.",
        min: 0.0,
        max: 1e6,
        above_min: false,
        default: None,
        optional: true,
        whole: false,
        get: |e| if let Change::Multiply(v) = e.change { Some(v) } else { None },
        set: |e, v| e.change = Change::Multiply(v),
    },
    Parameter {
        key: "add",
        unit: "",
        help: "This is added to the value; 0 changes nothing.",
        min: -1e6,
        max: 1e6,
        above_min: false,
        default: None,
        optional: true,
        whole: false,
        get: |e| if let Change::Add(v) = e.change { Some(v) } else { None },
        set: |e, v| e.change = Change::Add(v),
    },
    Parameter {
        key: "set",
        unit: "",
        help: "The value becomes this, whatever it was.",
        min: -1e6,
        max: 1e6,
        above_min: false,
        default: None,
        optional: true,
        whole: false,
        get: |e| if let Change::Set(v) = e.change { Some(v) } else { None },
        set: |e, v| e.change = Change::Set(v),
    },
    Parameter {
        key: "day",
        unit: "days",
        help: "First day on which it shows; after the rollout began, so that the launch review could not know.",
        min: 0.0,
        max: MAX_DAYS as f64,
        above_min: false,
        default: None,
        optional: false,
        whole: false,
        get: |e| Some(e.day),
        set: |e, v| e.day = v,
    },
    Parameter {
        key: "ramp_days",
        unit: "days",
        help: "Days until it is fully in force; 0: at once, as a provider's update; 14 to 60: as users find out.",
        min: 0.0,
        max: MAX_DAYS as f64,
        above_min: false,
        default: Some(0.0),
        optional: false,
        whole: false,
        get: |e| Some(e.ramp_days),
        set: |e, v| e.ramp_days = v,
    },
];

/// `[economics]`
pub const ECONOMICS: &[Parameter<Economics>] = parameters! { Economics;
    "reask" "" 0.0 .. 1.0, Some(0.0), [], reask, "Probability that a failed request is asked again: the same calls once more. 0.1 to 0.3 (10 to 30 %) is typical.";
    "ticket.failed" "" 0.0 .. 1.0, Some(0.0), [], ticket.failed, "Probability of a support ticket after a failure; 0.05 to 0.3 (5 to 30 %) is typical.";
    "ticket.ok" "" 0.0 .. 1.0, Some(0.0), [], ticket.ok, "Probability of a support ticket after a success; 0.01 to 0.05 (1 to 5 %) is typical.";
    "ticket.usd" "USD" 0.0 .. MAX_USD, Some(0.0), [], ticket.usd, "Cost of a ticket; 5 to 15 USD is typical for SaaS support.";
    "ticket.delay_days" "days" 0.0 .. 3650.0, Some(0.0), [], ticket.delay_days, "Mean delay of a ticket; 1 to 3 is typical.";
    "churn.failed" "" 0.0 .. 1.0, Some(0.0), [], churn.failed, "Probability that the customer leaves after a failure; 0.001 to 0.01 (0.1 to 1 %) is typical.";
    "churn.ok" "" 0.0 .. 1.0, Some(0.0), [], churn.ok, "Probability that the customer leaves after a success; 0 unless leaving is to be counted as such.";
    "churn.usd" "USD" 0.0 .. MAX_USD, Some(0.0), [], churn.usd, "Value of a customer who leaves: a year's margin, 50 to 2,000 for software.";
    "churn.delay_days" "days" 0.0 .. 3650.0, Some(0.0), [], churn.delay_days, "Mean delay until the customer leaves: until the contract ends, 30 for monthly ones.";
    "incident.failed" "" 0.0 .. 1.0, Some(0.0), [], incident.failed, "Probability of an incident (legal, safety, data) after a failure; 0 or one in thousands.";
    "incident.ok" "" 0.0 .. 1.0, Some(0.0), [], incident.ok, "Probability of an incident after a success; 0 as a rule.";
    "incident.usd" "USD" 0.0 .. MAX_USD, Some(0.0), [], incident.usd, "Cost of an incident: a lawyer's week is 10,000, a fine can be far more.";
    "incident.delay_days" "days" 0.0 .. 3650.0, Some(0.0), [], incident.delay_days, "Mean delay until the incident shows; weeks.";
};

/// `[feedback]`
pub const FEEDBACK: &[Parameter<Feedback>] = parameters! { Feedback;
    "thumbs_down.failed" "" 0.0 .. 1.0, Some(0.0), [], thumbs_down.failed, "Probability of a thumbs-down after a failure; 1 in 100 is typical.";
    "thumbs_down.ok" "" 0.0 .. 1.0, Some(0.0), [], thumbs_down.ok, "Probability of a thumbs-down after a success; 1 in 1,000 is typical.";
    "csat.response" "" 0.0 .. 1.0, Some(0.0), [], csat.response, "Share of requests with an answered satisfaction survey; 0.01 to 0.1 (1 to 10 %) is typical.";
    "csat.satisfied_ok" "" 0.0 .. 1.0, Some(0.9), [], csat.satisfied_ok, "Probability of \"satisfied\" after a success; 0.85 to 0.95 (85 to 95 %).";
    "csat.satisfied_failed" "" 0.0 .. 1.0, Some(0.4), [], csat.satisfied_failed, "Probability of \"satisfied\" after a failure; 0.3 to 0.6 (30 to 60 %): many do not notice.";
    "csat.delay_days" "days" 0.0 .. 3650.0, Some(0.0), [], csat.delay_days, "Mean delay of a survey; 1 to 7.";
};

/// `[study]`
pub const STUDY: &[Parameter<Study>] = parameters! { Study;
    "replicates" "" 10.0 .. 1e6, Some(1000.0), [whole], replicates, "Simulated runs for each part of the detection study; 1,000 gives shares to within 1.5 points.";
    "false_alarms" "" 0.0 .. 0.999, Some(0.05), [above], false_alarms, "Chance of any false alarm of a monitor over the horizon; 0.05 is usual.";
    "material_loss" "" 0.0 .. 1.0, Some(0.005), [above], material_loss, "Drop of quality that counts; the onset is the day it is reached. 0.005 is half a point (0.5 %).";
    "holdout" "requests" 1.0 .. 1e7, Some(5000.0), [whole], holdout, "Requests of the launch review; 500 to 10,000 is usual.";
};

/// `[[monitor]]`
pub const MONITOR: &[Parameter<Monitor>] = parameters! { Monitor;
    "per_day" "labels a day" 0.0 .. 1e9, Some(0.0), [], per_day, "Labels a day, all strata together; people read 20 to 200, models thousands.";
    "sensitivity" "" 0.0 .. 1.0, Some(1.0), [], sensitivity, "Probability of \"bad\" of a failure; people 0.9 to 0.98, models 0.6 to 0.9 (60 to 90 %).";
    "specificity" "" 0.0 .. 1.0, Some(1.0), [], specificity, "Probability of \"good\" of a success; people 0.95 to 0.99, models 0.85 to 0.97 (85 to 97 %).";
    "usd_each" "USD" 0.0 .. 1e6, Some(0.0), [], usd_each, "Price of one label; 0.5 to 5 by people, 0.001 to 0.02 by models.";
    "usd_per_day" "USD a day" 0.0 .. MAX_USD, Some(0.0), [], usd_per_day, "Fixed price, for tools and the people who look at them; 5 to 100.";
    "delay_days" "days" 0.0 .. 3650.0, Some(0.0), [], delay_days, "Mean delay from request to observation; 0 for models, 1 to 5 for people.";
    "delay_cv" "" 0.0 .. 5.0, Some(0.5), [], delay_cv, "Coefficient of variation of the delay; 0.5 is typical.";
    "bins" "" 2.0 .. 1000.0, Some(10.0), [whole], bins, "Histogram bins of a drift statistic; 10 is usual.";
    "cases" "" 1.0 .. 1e7, Some(1000.0), [whole], cases, "Cases of a regression suite; 200 to 2,000.";
    "every_days" "days" 1.0 .. 3650.0, Some(7.0), [whole], every_days, "Days between looks; 1, 7 or 28.";
};

/// `[[monitor]]`, numbers whose absence means something.
pub const MONITOR_OPTIONAL: &[Parameter<Monitor>] = &[
    Parameter {
        key: "sensitivity_hidden",
        unit: "",
        help: "Probability of \"bad\" of a failed hidden-hard request (a confident wrong answer); without it, as `sensitivity`. Often much lower: 0.3 to 0.6 (30 to 60 %).",
        min: 0.0,
        max: 1.0,
        above_min: false,
        default: None,
        optional: true,
        whole: false,
        get: |m| m.sensitivity_hidden,
        set: |m, v| m.sensitivity_hidden = Some(v),
    },
    Parameter {
        key: "holdback_share",
        unit: "",
        help: "Share of the traffic that a holdback keeps on the baseline for its comparison; without it, the policy's own. 0.01 to 0.05 (1 to 5 %) is usual.",
        min: 0.0,
        max: 0.5,
        above_min: true,
        default: None,
        optional: true,
        whole: false,
        get: |m| m.holdback_share,
        set: |m, v| m.holdback_share = Some(v),
    },
    Parameter {
        key: "refresh_days",
        unit: "days",
        help: "Days between refreshes of a regression suite from production; without it, never. 28 is a month.",
        min: 1.0,
        max: MAX_DAYS as f64,
        above_min: false,
        default: None,
        optional: true,
        whole: true,
        get: |m| m.refresh_days.map(f64::from),
        set: |m, v| m.refresh_days = Some(v as u32),
    },
];

/// `detector` of a monitor.
pub const DETECTOR: &[Parameter<Detector>] = &[
    Parameter {
        key: "ratio",
        unit: "",
        help: "Alternative to be found quickly, as a multiple of the launch failure rate, read through what this monitor sees of failures; 1.25 to 2. One far from the change that comes can be blind to it.",
        min: 0.01,
        max: 100.0,
        above_min: false,
        default: Some(1.5),
        optional: false,
        whole: false,
        get: |d| Some(d.ratio),
        set: |d, v| d.ratio = v,
    },
    Parameter {
        key: "weight",
        unit: "",
        help: "EWMA: weight of the newest observation; 0.05 to 0.3, the smaller for the smaller change.",
        min: 0.0,
        max: 1.0,
        above_min: true,
        default: Some(0.2),
        optional: false,
        whole: false,
        get: |d| Some(d.weight),
        set: |d, v| d.weight = v,
    },
    Parameter {
        key: "window_days",
        unit: "days",
        help: "Window of detectors that have one; 7 or 28.",
        min: 1.0,
        max: MAX_DAYS as f64,
        above_min: false,
        default: Some(7.0),
        optional: false,
        whole: true,
        get: |d| Some(f64::from(d.window_days)),
        set: |d, v| d.window_days = v as u32,
    },
    Parameter {
        key: "baseline_days",
        unit: "days",
        help: "Days from which the reference level is estimated; without it, the level is known from launch assumptions. 14 to 56 is usual.",
        min: 1.0,
        max: MAX_DAYS as f64,
        above_min: false,
        default: None,
        optional: true,
        whole: true,
        get: |d| d.baseline_days.map(f64::from),
        set: |d, v| d.baseline_days = Some(v as u32),
    },
];

/// No caching.
pub const NO_CACHE: CachedInput = CachedInput { usd_per_mtok: 0.0, hit_rate: 0.0 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_in_range() {
        fn check<S>(table: &[Parameter<S>]) {
            for p in table {
                assert!(p.min < p.max, "{}", p.key);
                assert!(p.default.is_none_or(|d| p.allows(d)), "{}", p.key);
            }
        }
        check(HEAD);
        check(TRAFFIC);
        check(REPLAY);
        check(SEGMENT);
        check(TIER);
        check(POLICY);
        check(EVENT);
        check(ECONOMICS);
        check(FEEDBACK);
        check(STUDY);
        check(MONITOR);
        check(MONITOR_OPTIONAL);
        check(DETECTOR);
    }
}
