//! `[study]` and `[[expect]]`: how the detection study and the launch review are run, and what a scenario claims to show.

use super::Figure;
use crate::entry::{Form, Key, List, number, share};
use crate::{entry, words};

entry! {
    /// How the detection study and the launch review are run.
    pub struct Study {
        /// Simulated runs for each part of the detection study; 1,000 gives shares to within 1.5 points.
        replicates: u32 = 1000 => number("", 10.0, 1e6).whole().rarely("Runs of each part", 50.0, 10_000.0).log(),
        /// Chance of any false alarm of a monitor over the horizon; 0.05 is usual.
        false_alarms: f64 = 0.05 => number("", 0.0, 0.999).above().often("False-alarm budget", 0.01, 0.5).log(),
        /// Drop of quality that counts; the onset is the day it is reached. 0.005 is half a point (0.5 %).
        material_loss: f64 = 0.005 => number("", 0.0, 1.0).above().often("Loss that counts", 0.001, 0.1).log(),
        /// Chance that the events happen at all within the horizon; otherwise the world stays as at launch. 0.5 where nobody knows.
        change_probability: f64 = 0.5 => share().often("Chance of the change", 0.0, 1.0),
        /// Requests of the launch review; 500 to 10,000 is usual.
        holdout: u32 = 5000 => number("requests", 1.0, 1e7).whole().often("Launch review", 100.0, 50_000.0).log(),
        /// Policy under study; absent: the first that is not the baseline.
        policy: Option<String> = None => Key::of(Form::One(List::Policies)).optional(),
    }
}

entry! {
    /// A claim of the scenario: a figure of a policy lies between two values.
    pub struct Expectation {
        /// Whose figure.
        policy: String = String::new() => Key::of(Form::One(List::Policies)).needed(),
        /// Which figure.
        figure: Figure = Figure::Quality => Key::of(Form::Word(Figure::CLAIMED)).needed(),
        /// At launch or in production; absent: `launch`.
        when: When = When::Launch => Key::of(Form::Word(When::WORDS)).always(),
        /// Least and greatest value.
        between: (f64, f64) = (0.0, 0.0) => Key::of(Form::Between).needed(),
    }
}

words! {
    /// When a claim holds.
    pub enum When {
        /// Under launch assumptions.
        Launch = "launch",
        /// On the last day.
        Production = "production",
    }
}
