//! `[[known]]`: a figure that somebody has seen, which the scenario has to reproduce.

use super::{Figure, When};
use crate::entry;
use crate::entry::{Form, Key, List, number};

entry! {
    /// A figure that somebody has seen. Calibrating moves numbers of the scenario until it reproduces its known figures.
    pub struct Known {
        /// Which figure.
        figure: Figure = Figure::Quality => Key::of(Form::Word(Figure::WORDS)).needed(),
        /// The policy whose figure it is; or else `tier`.
        policy: Option<String> = None => Key::of(Form::One(List::Policies)).optional(),
        /// The tier whose figure it is, as if it answered everything; or else `policy`. Of a tier: `quality`, `hard_edge_quality`, `monthly_inference_usd`, `request_usd`, `thumbs_down_per_1k`, `tickets_per_1k`, `churn_per_1k` and `latency_p95_ms`.
        tier: Option<String> = None => Key::of(Form::One(List::Tiers)).optional(),
        /// The segment that it is about, where the figure is `quality`; absent: all of them.
        segment: Option<String> = None => Key::of(Form::One(List::Segments)).optional(),
        /// At launch or in production; absent: `launch`.
        when: When = When::Launch => Key::of(Form::Word(When::WORDS)).always(),
        /// What was seen; or else `between`. Shares from 0 to 1, money in USD, times in ms.
        value: Option<f64> = None => number("", -1e12, 1e12).optional(),
        /// Least and greatest value, where it is not known better; it is met anywhere between them.
        between: Option<(f64, f64)> = None => Key::of(Form::Between).optional(),
        /// Key paths, as for `--set`, of the numbers that may be moved for it; absent: the usual ones of the figure.
        free: Vec<String> = Vec::new() => Key::of(Form::Paths),
    }
}

impl Known {
    /// The least and the greatest value that meet it; `None` where it names neither.
    pub fn wanted(&self) -> Option<(f64, f64)> {
        self.value.map(|value| (value, value)).or(self.between)
    }

    /// Whether it is about the same figure of the same thing as another one.
    pub fn is_of_the_same(&self, other: &Self) -> bool {
        let of =
            |known: &Self| (known.figure, known.policy.clone(), known.tier.clone(), known.segment.clone(), known.when);
        of(self) == of(other)
    }

    /// What it is a figure of, in words: `"Small" on "Billing", in production`.
    pub fn of(&self) -> String {
        let whole = self.policy.as_ref().or(self.tier.as_ref()).map_or("", String::as_str);
        let part = self.segment.as_ref().map_or_else(String::new, |segment| format!(" on \"{segment}\""));
        let when = if self.when == When::Production { ", in production" } else { "" };
        format!("\"{whole}\"{part}{when}")
    }
}
