//! `[[sweep]]`: an experiment that travels with its scenario: which numbers take which values, and what is looked at there.

use super::range::END;
use crate::entry::{Blank, Form, Key, number};
use crate::{entry, words};

/// Most factors of a sweep: each takes a dimension of its design.
pub const MAX_FACTORS: usize = 100;
/// A design has fewer points than this: nobody has the time or the disk for so many.
pub const TOO_MANY_POINTS: u64 = 1_000_000_000;

entry! {
    /// A number that takes several values.
    pub struct Factor {
        /// The number, as in `--set`: `event.0.multiply`.
        key: String = String::new() => Key::of(Form::Path).needed(),
        /// The values that it takes.
        values: Option<Vec<f64>> = None => Key::of(Form::Numbers(END)).optional().told("numbers"),
        /// In place of `values`: its least value.
        from: Option<f64> = None => number("", END.min, END.max).optional(),
        /// Its greatest value.
        to: Option<f64> = None => number("", END.min, END.max).optional(),
        /// Equally far values from `from` to `to`, both among them; only where the design is `grid` or `one_at_a_time`, the others take any value between the two.
        steps: Option<u32> = None => number("", 2.0, 1_000_000.0).whole().optional(),
    }
}

words! {
    /// How the points of a sweep are laid out.
    pub enum Design {
        /// Every value of each factor with every value of the others.
        Grid = "grid",
        /// The file's values, then each factor's values alone.
        OneAtATime = "one_at_a_time" as "one at a time",
        /// Of as many equal slices of each factor as there are points each has one point.
        LatinHypercube = "latin_hypercube" as "Latin hypercube",
        /// Scrambled Sobol' points.
        Sobol = "sobol" as "Sobol' points",
    }
}

words! {
    /// What is looked at at each point of a sweep.
    pub enum Asked {
        /// What every policy costs and how good it is.
        Frontier = "frontier",
        /// When each monitor notices.
        Detect = "detect",
        /// What every option is worth.
        Decide = "decide",
    }
}

entry! {
    /// An experiment over some numbers of the scenario.
    pub struct Sweep {
        /// Name, by which it is run.
        name: String = String::new() => Key::of(Form::Name).needed(),
        /// The numbers that change, each with `values`, or with `from`, `to` and `steps`.
        factors: Vec<Factor> = Vec::new() => Key::of(Form::Tables(Blank(|| Box::new(Factor::default())))).needed(),
        /// How the points are laid out: `grid` is every combination, `one_at_a_time` the file's values and then each factor's values alone, the others spread `points` points.
        design: Design = Design::Grid => Key::of(Form::Word(Design::WORDS)),
        /// Number of points of `latin_hypercube` and `sobol`; the others have their own.
        points: Option<u64> = None => number("", 1.0, 1e12).whole().optional(),
        /// What is looked at at each point: the operating points of every policy, the detection study, what every option is worth.
        results: Vec<Asked> = Vec::new() => Key::of(Form::Words(Asked::WORDS)).needed(),
        /// Simulated runs of `detect` and `decide` at each point; absent: the study's.
        replicates: Option<u32> = None => number("", 20.0, 1_000_000.0).whole().optional(),
    }
}
