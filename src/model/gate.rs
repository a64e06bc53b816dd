//! `rollout.gate`: what decides, at the end of each step of a rollout, whether the next one comes.

use super::traffic::MAX_DAYS;
use crate::entry::{Datum, Entry, Form, Group, Key, Number, Value, number};
use crate::words;

words! {
    /// What the routed arm and the rest of the traffic are compared on.
    pub enum Compared {
        /// Support tickets.
        Tickets = "tickets",
        /// Thumbs-down.
        ThumbsDown = "thumbs_down" as "thumbs-down",
        /// Answers to the satisfaction survey.
        Csat = "csat" as "CSAT",
        /// Customers who leave.
        Churn = "churn",
        /// What people say of a sample.
        HumanReview = "human_review",
        /// What a model says of a sample.
        Judge = "judge",
        /// Pairs of a routed answer and the baseline's to the same request.
        Shadow = "shadow" as "shadow pairs",
    }
}

words! {
    /// What a gate does when it has waited as long as it may.
    pub enum Otherwise {
        /// Back to the baseline, for good.
        Stop = "stop",
        /// The next step comes all the same.
        GoOn = "go_on",
    }
}

/// Stands between two steps of a rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The signal.
    pub observes: Compared,
    /// The gap of quality that is still good enough, a share from 0 to 1; `None`: the policy's break-even gap.
    pub margin: Option<f64>,
    /// Chance that it lets a gap as wide as the margin pass.
    pub alpha: f64,
    /// Chance that it stops at a gap no wider than the margin.
    pub beta: f64,
    /// The longest wait after a step's own days.
    pub longest_days: u32,
    /// What it does then.
    pub otherwise: Otherwise,
}

impl Default for Gate {
    fn default() -> Self {
        let (alpha, beta) = (0.05, 0.2);
        Self { observes: Compared::Tickets, margin: None, alpha, beta, longest_days: 28, otherwise: Otherwise::Stop }
    }
}

/// What stands for the break-even gap.
pub const BREAK_EVEN: &str = "break_even";

const OBSERVES: Key = Key::of(Form::Word(Compared::WORDS))
    .named(
        "rollout.gate.observes",
        "Gate: the signal on which the routed arm is compared with the rest of the traffic. Labels and pairs are those of the scenario's first monitor of that kind.",
    )
    .needed()
    .called("Gate compares");
const MARGIN: Key = Key::of(Form::NumberOr(Number::SHARE, BREAK_EVEN)).named(
    "rollout.gate.margin",
    "Gate: the gap of quality that is still good enough, as a share: 0.01 is one point. Absent: `break_even`, the gap at which the extra tickets, departures and incidents eat up what the policy saves.",
);
const ALPHA: Key = number("", 0.0, 0.5)
    .above()
    .named("rollout.gate.alpha", "Gate: chance that it lets a gap as wide as the margin pass a step; 0.05 is usual.")
    .often("Gate passes a loss", 0.01, 0.5)
    .group(Group::Rollout);
const BETA: Key = number("", 0.0, 0.5)
    .above()
    .named("rollout.gate.beta", "Gate: chance that it stops at a gap no wider than the margin; 0.2 is usual.")
    .often("Gate stops for nothing", 0.01, 0.5)
    .group(Group::Rollout);
const LONGEST_DAYS: Key = number("days", 1.0, MAX_DAYS as f64)
    .whole()
    .named("rollout.gate.longest_days", "Gate: the longest wait after a step's own days; 14 to 28 is usual.")
    .often("Gate waits at most", 1.0, 90.0)
    .group(Group::Rollout);
const OTHERWISE: Key = Key::of(Form::Word(Otherwise::WORDS))
    .named(
        "rollout.gate.otherwise",
        "Gate: what it does after the longest wait: back to the baseline for good, or the next step. Absent: `stop`.",
    )
    .called("Gate, undecided");

impl Entry for Option<Gate> {
    fn keys(&self) -> Vec<&'static Key> {
        vec![&OBSERVES, &MARGIN, &ALPHA, &BETA, &LONGEST_DAYS, &OTHERWISE]
    }

    fn get(&self, key: &str) -> Option<Datum> {
        let gate = self.as_ref()?;
        match key {
            "rollout.gate.observes" => Some(gate.observes.datum()),
            "rollout.gate.margin" => Some(gate.margin.map_or(Datum::Text(BREAK_EVEN.to_owned()), Datum::Number)),
            "rollout.gate.alpha" => Some(gate.alpha.datum()),
            "rollout.gate.beta" => Some(gate.beta.datum()),
            "rollout.gate.longest_days" => Some(gate.longest_days.datum()),
            "rollout.gate.otherwise" => Some(gate.otherwise.datum()),
            _ => None,
        }
    }

    fn set(&mut self, key: &str, datum: Datum) -> bool {
        let Some(gate) = self else { return false };
        match (key, datum) {
            ("rollout.gate.observes", datum) => gate.observes.take(datum),
            ("rollout.gate.margin", Datum::Number(share)) => {
                gate.margin = Some(share);
                true
            }
            ("rollout.gate.margin", Datum::Text(word)) if word == BREAK_EVEN => {
                gate.margin = None;
                true
            }
            ("rollout.gate.alpha", datum) => gate.alpha.take(datum),
            ("rollout.gate.beta", datum) => gate.beta.take(datum),
            ("rollout.gate.longest_days", datum) => gate.longest_days.take(datum),
            ("rollout.gate.otherwise", datum) => gate.otherwise.take(datum),
            _ => false,
        }
    }

    fn blank(&self) -> Box<dyn Entry> {
        Box::new(self.fresh())
    }

    fn fresh(&self) -> Self {
        self.as_ref().map(|_| Gate::default())
    }

    fn prepare(&mut self, is_there: &dyn Fn(&str) -> bool) {
        *self = is_there("rollout.gate").then(Gate::default);
    }
}
