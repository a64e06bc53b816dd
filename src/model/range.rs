//! `[[range]]` and `[[correlation]]`: what nobody knows exactly.

use crate::entry::{Form, Key, Number, number};
use crate::{entry, words};

/// Most ranges: each takes two dimensions of the points.
pub const MAX_RANGES: usize = 100;
/// Most values of a range that is a list.
pub const MAX_VALUES: usize = 1000;

/// Either end of a range; the key that it is about has limits of its own.
pub const END: Number = Number { unit: "", min: -1e12, max: 1e12, above_min: false, whole: false };

entry! {
    /// What is known of a number: a range and its shape.
    pub struct Range {
        /// The number that is not known exactly, as in `--set`: `policy.Classifier.noise`.
        key: String = String::new() => Key::of(Form::Path).needed(),
        /// The number is below this with a chance of 5 %.
        low: Option<f64> = None => number("", END.min, END.max).optional().often("5 %", -1e6, 1e6),
        /// The number is above this with a chance of 5 %.
        high: Option<f64> = None => number("", END.min, END.max).optional().often("95 %", -1e6, 1e6),
        /// Shape between and beyond the two; `auto`: log-normal for positive numbers without a limit above, logit-normal for shares and probabilities, normal otherwise.
        distribution: Shape = Shape::Auto => Key::of(Form::Word(Shape::WORDS)),
        /// In place of `low` and `high`: the values that it may have.
        values: Option<Vec<f64>> = None => Key::of(Form::Numbers(END)).optional().told("numbers"),
        /// Weights of `values`; absent: all the same.
        weights: Option<Vec<f64>> = None => Key::of(Form::Numbers(WEIGHTS)).optional().told("numbers from 0 on, one for each value"),
        /// Where the range comes from. Ranges of the same source are measured together, and told together.
        source: String = String::new() => Key::of(Form::Text),
    }
}

/// Weights of listed values.
const WEIGHTS: Number = Number { unit: "", min: 0.0, max: 1e12, above_min: false, whole: false };

words! {
    /// Shapes of a range.
    pub enum Shape {
        /// By the limits of the key.
        Auto = "auto",
        /// Normal.
        Normal = "normal",
        /// Its logarithm is normal.
        LogNormal = "log_normal" as "log-normal",
        /// Its logit is normal.
        LogitNormal = "logit_normal" as "logit-normal",
        /// Uniform.
        Uniform = "uniform",
        /// Triangular around the scenario's value.
        Triangular = "triangular",
    }
}

entry! {
    /// Ranges that rise and fall together.
    pub struct Correlation {
        /// The keys of two ranges.
        keys: Vec<String> = Vec::new() => Key::of(Form::Paths).needed().told("the keys of two ranges"),
        /// Spearman's rank correlation.
        rank: f64 = 0.0 => number("", -0.99, 0.99).needed().often("Rank correlation", -0.99, 0.99),
    }
}
