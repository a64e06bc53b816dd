//! `[[segment]]`: a kind of request (an intent).

use crate::entry;
use crate::entry::{Form, Key, Shown, number, share};

entry! {
    /// A kind of request (an intent).
    pub struct Segment {
        /// Unique name.
        name: String = String::new() => Key::of(Form::Name).needed(),
        /// Weight in the traffic; weights are normalised, so 0.7 and 0.3 are the same as 70 and 30.
        share: f64 = 0.0 => number("", 0.0, 1e6).needed().often("Weight", 0.0, 1.0).plainly("the share").reads_as(Shown::PartOfTraffic),
        /// Surface (and, for plain requests, true) difficulty.
        difficulty: Normal {
            /// Mean of how hard its requests look, and plain ones are; a tier of the same ability succeeds on half. -3 is very easy, 0 is middling, 2 is hard.
            mean: f64 = 0.0 => number("logits", -20.0, 20.0).needed().often("Difficulty", -6.0, 4.0).plainly("the difficulty").reads_as(Shown::UsualWell),
            /// Spread of the same; 0.8 is typical.
            sd: f64 = 1.0 => number("logits", 0.01, 10.0).needed().often("Difficulty spread", 0.05, 3.0).reads_as(Shown::HardestTenth),
        },
        /// Requests that look like the segment but are not.
        hidden: Hidden {
            /// Share of requests that look like the segment but are not (hidden-hard); a few per cent is typical.
            share: f64 = 0.0 => share().often("Hidden-hard share", 0.0, 0.4).plainly("the share of hidden-hard requests")
                .reads("Harder than they look"),
            /// Mean of the true difficulty of the hidden-hard; 1 to 3, where cheap tiers mostly fail.
            mean: f64 = 0.0 => number("logits", -20.0, 20.0).needed().with("hidden.share").often("Hidden difficulty", -4.0, 6.0)
                .reads_as(Shown::HiddenWell),
            /// Spread of the true difficulty of the hidden-hard; 0.8 is typical.
            sd: f64 = 0.8 => number("logits", 0.01, 10.0).with("hidden.share").rarely("Hidden spread", 0.05, 3.0).reads_as(Shown::HiddenHardestTenth),
        },
        /// Length of prompt and answer.
        tokens: Tokens {
            /// Mean input tokens, context included; 500 to 5,000 is typical.
            input: f64 = 1.0 => number("tokens", 1.0, 1e7).needed().rarely("Input tokens", 50.0, 20_000.0).log()
                .reads("Tokens of a request"),
            /// Mean output tokens of a tier with verbosity 1, reasoning included; 100 to 1,000 is typical.
            output: f64 = 1.0 => number("tokens", 1.0, 1e7).needed().rarely("Output tokens", 20.0, 8_000.0).log()
                .reads("Tokens of an answer"),
            /// Coefficient of variation of the input tokens; 0.5 is typical, above 1 a few requests make the bill.
            input_cv: f64 = 0.5 => number("", 0.0, 5.0).rarely("Input variation", 0.0, 2.0)
                .reads_as(Shown::PerCent("Requests differ in length by", "% of the mean")),
            /// Coefficient of variation of the output tokens; 0.5 is typical.
            output_cv: f64 = 0.5 => number("", 0.0, 5.0).rarely("Output variation", 0.0, 2.0)
                .reads_as(Shown::PerCent("Answers differ in length by", "% of the mean")),
        },
        /// Multiplier of what a failure costs in this segment: 1 is as the others, 5 is billing or law.
        stakes: f64 = 1.0 => number("", 0.0, 1e6).often("Stakes", 0.0, 10.0).plainly("the stakes").reads_as(Shown::FailureUsd),
    }
}

/// A normal distribution, logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Mean, logits.
    pub mean: f64,
    /// Standard deviation, logits.
    pub sd: f64,
}

/// Hidden-hard requests of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hidden {
    /// Share of the segment's requests.
    pub share: f64,
    /// Mean of their true difficulty, logits.
    pub mean: f64,
    /// Standard deviation of their true difficulty, logits.
    pub sd: f64,
}

/// Log-normal token counts, given by mean and coefficient of variation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tokens {
    /// Mean input tokens.
    pub input: f64,
    /// Mean output tokens of a tier with verbosity 1.
    pub output: f64,
    /// Coefficient of variation of the input tokens.
    pub input_cv: f64,
    /// Coefficient of variation of the output tokens.
    pub output_cv: f64,
}
