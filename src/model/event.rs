//! `[[event]]`: something that changes in production.

use super::traffic::MAX_DAYS;
use crate::entry::{Datum, Entry, Form, Key, List, Shown, number};
use crate::{entry, words};

entry! {
    /// Something that changes in production. One of `multiply`, `add` and `set`.
    pub struct Event {
        /// What it acts on.
        kind: EventKind = EventKind::Volume => Key::of(Form::Word(EventKind::WORDS)).needed().called("Acts on"),
        /// Segments it acts on; absent: all.
        segments: Vec<String> = Vec::new() => Key::of(Form::Some(List::Segments)).called("Only segments"),
        /// Tiers it acts on; absent: all.
        tiers: Vec<String> = Vec::new() => Key::of(Form::Some(List::Tiers)).called("Only tiers"),
        /// How the value changes.
        ..change: Change = Change::Multiply(1.0),
        /// First day on which it shows; after the rollout began, so that the launch review could not know.
        day: f64 = 0.0 => number("days", 0.0, MAX_DAYS as f64).needed().often("First day", 0.0, 180.0).plainly("the day"),
        /// Days until it is fully in force; 0: at once, as a provider's update; 14 to 60: as users find out.
        ramp_days: f64 = 0.0 => number("days", 0.0, MAX_DAYS as f64).often("Fully in force after", 0.0, 120.0),
        /// `difficulty`: shifts the surface that routers see, too.
        visible: bool = false => Key::of(Form::Flag).called("The surface shifts, too"),
    }
}

impl Event {
    /// By what fraction it is in force on `day`: none on the first day of a ramp.
    pub fn in_force(&self, day: f64) -> f64 {
        if self.ramp_days > 0.0 {
            ((day - self.day) / self.ramp_days).clamp(0.0, 1.0)
        } else if day >= self.day {
            1.0
        } else {
            0.0
        }
    }
}

words! {
    /// What an event acts on.
    pub enum EventKind {
        /// Share of hidden-hard requests.
        HiddenShare = "hidden_share" as "Share of hidden-hard requests",
        /// Difficulty shift, logits (starts from 0).
        Difficulty = "difficulty" as "Difficulty",
        /// Weight of the segment, before normalising.
        SegmentShare = "segment_share" as "Share of a segment",
        /// Ability of a tier, logits.
        Ability = "ability" as "Ability",
        /// Prices of a tier (all of them).
        Price = "price" as "Price",
        /// Requests a day.
        Volume = "volume" as "Volume",
        /// Noise of every router score, logits.
        RouterNoise = "router_noise" as "Router noise",
        /// Sensitivity of every judge.
        JudgeSensitivity = "judge_sensitivity" as "Sensitivity of judges",
        /// Specificity of every judge.
        JudgeSpecificity = "judge_specificity" as "Specificity of judges",
    }
}

impl EventKind {
    /// The lists that an event of this kind can be narrowed to entries of.
    pub fn acts_on(self, list: List) -> bool {
        match list {
            List::Segments => matches!(self, Self::HiddenShare | Self::Difficulty | Self::SegmentShare | Self::Ability),
            List::Tiers => matches!(self, Self::Ability | Self::Price),
            _ => false,
        }
    }

    /// Whether the rows of a replayed table can show it: their difficulty and their answers stay as they are.
    pub fn fits_a_table(self) -> bool {
        matches!(self, Self::HiddenShare | Self::SegmentShare | Self::Price | Self::Volume)
    }
}

/// How an event changes a value `v` when in force by the fraction `a`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// `v·(1 + a·(m − 1))`
    Multiply(f64),
    /// `v + a·x`
    Add(f64),
    /// `v + a·(y − v)`
    Set(f64),
}

impl Change {
    /// The changed value.
    pub fn apply(self, value: f64, fraction: f64) -> f64 {
        match self {
            Self::Multiply(m) => value * (1.0 + fraction * (m - 1.0)),
            Self::Add(x) => value + fraction * x,
            Self::Set(y) => value + fraction * (y - value),
        }
    }
}

const MULTIPLY: Key = number("", 0.0, 1e6)
    .named("multiply", "The value is multiplied by this; 1 changes nothing.")
    .optional()
    .often("Multiplied by", 0.0, 6.0)
    .plainly("the factor")
    .reads_as(Shown::Afterwards);
const ADD: Key = number("", -1e6, 1e6)
    .named("add", "This is added to the value; 0 changes nothing.")
    .optional()
    .often("Added", -3.0, 3.0)
    .plainly("the step")
    .reads_as(Shown::Afterwards);
const SET: Key = number("", -1e6, 1e6)
    .named("set", "The value becomes this, whatever it was.")
    .optional()
    .often("Set to", 0.0, 1.0)
    .plainly("the new value")
    .reads_as(Shown::Afterwards);

/// Of its three keys a change has one.
impl Entry for Change {
    fn keys(&self) -> Vec<&'static Key> {
        vec![&MULTIPLY, &ADD, &SET]
    }

    fn get(&self, key: &str) -> Option<Datum> {
        match (self, key) {
            (Self::Multiply(x), "multiply") | (Self::Add(x), "add") | (Self::Set(x), "set") => Some(Datum::Number(*x)),
            _ => None,
        }
    }

    fn set(&mut self, key: &str, datum: Datum) -> bool {
        match (self, key, datum.number()) {
            (Self::Multiply(x), "multiply", Some(value))
            | (Self::Add(x), "add", Some(value))
            | (Self::Set(x), "set", Some(value)) => {
                *x = value;
                true
            }
            _ => false,
        }
    }

    fn blank(&self) -> Box<dyn Entry> {
        Box::new(self.fresh())
    }

    fn fresh(&self) -> Self {
        // One that no file can hold, so that what is held is never left out as a default.
        match self {
            Self::Multiply(_) => Self::Multiply(f64::NAN),
            Self::Add(_) => Self::Add(f64::NAN),
            Self::Set(_) => Self::Set(f64::NAN),
        }
    }

    fn prepare(&mut self, is_there: &dyn Fn(&str) -> bool) {
        *self = match (is_there("multiply"), is_there("add"), is_there("set")) {
            (false, true, _) => Self::Add(0.0),
            (false, false, true) => Self::Set(0.0),
            _ => Self::Multiply(1.0),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_follow_their_arithmetic() {
        assert!((Change::Multiply(2.5).apply(0.04, 0.5) - 0.04 * 1.75).abs() < 1e-15);
        assert!((Change::Add(0.5).apply(1.0, 0.25) - 1.125).abs() < 1e-15);
        assert!((Change::Set(3.0).apply(1.0, 0.25) - 1.5).abs() < 1e-15);
        let event = |day: f64, ramp_days: f64| Event { day, ramp_days, ..Event::default() };
        let ramp = event(21.0, 28.0);
        for (day, expected) in [(20.0, 0.0), (21.0, 0.0), (35.0, 0.5), (49.0, 1.0), (90.0, 1.0)] {
            assert!((ramp.in_force(day) - expected).abs() < 1e-15);
        }
        assert!(event(5.0, 0.0).in_force(4.0) < 0.5 && event(5.0, 0.0).in_force(5.0) > 0.5);
    }
}
