//! `[[policy]]`: a rule that picks the tier for a request. What a kind of rule has of its own stands with that kind, in `policy`.

use super::conversation::Per;
use super::gate::Gate;
use super::traffic::MAX_DAYS;
use crate::entry;
use crate::entry::{About, Chosen, Datum, Described, Entry, Family, Form, Group, Key, List, number, share};

entry! {
    /// A rule that picks the tier for a request. Which keys it has depends on its kind.
    pub struct Policy {
        /// Unique name.
        name: String = String::new() => Key::of(Form::Name).needed(),
        /// The rule.
        ..kind: Chosen = Chosen::from(Undecided {}),
        /// Price of the router itself, for each request; an embedding classifier costs about 0.00002.
        usd_per_request: f64 = 0.0 => number("USD", 0.0, 1e6).rarely("Router price", 0.0, 0.005),
        /// How often it decides where requests are turns of conversations.
        per: Per = Per::Turn => Key::of(Form::Word(Per::WORDS)).called("It decides"),
        /// Time the router itself takes, for each request; 30 for a classifier, 300 for a model that routes.
        latency_ms: f64 = 0.0 => number("ms", 0.0, 1e7).rarely("Router time", 0.0, 500.0),
        /// Random share of the traffic that stays on the baseline for good, to compare with; 0.01 to 0.05 (1 to 5 %) where there is one.
        holdback: f64 = 0.0 => share().often("Holdback", 0.0, 0.5).group(Group::Rollout),
        /// What people want to remember of it; shown beside its figures.
        note: String = String::new() => Key::of(Form::Text),
        /// How it came into force; `None`: at full share from day 0.
        ..rollout: Option<Rollout> = None,
        /// What stands between the steps of a stepped rollout; `None`: they come by the calendar.
        ..gate: Option<Gate> = None,
    }
}

entry! {
    /// A policy whose kind is not known yet.
    pub struct Undecided {}
}

impl Described for Undecided {
    const ABOUT: &'static About = &About::new(Family::Policies, "");
}

impl Policy {
    /// A policy of a kind, in force from day 0 at no price of its own.
    pub fn new(name: impl Into<String>, kind: impl Into<Chosen>) -> Self {
        Self { name: name.into(), kind: kind.into(), ..Self::default() }
    }

    /// The tier that everything goes to, where the policy names one and has nothing else of its own.
    pub fn only_tier(&self) -> Option<String> {
        let keys = self.kind.keys();
        let is_all = matches!(keys.as_slice(), [_, key] if key.form == Form::One(List::Tiers));
        self.kind.get("tier").filter(|_| is_all)?.text().map(str::to_owned)
    }

    /// A segment that a rule of its own is about and that is not among these, if there is one.
    pub fn unknown_segment(&self, is_known: impl Fn(&str) -> bool) -> Option<String> {
        let keys = self.kind.keys().into_iter().filter(|key| key.form == Form::TierBy(List::Segments));
        let names = keys.filter_map(|key| match self.kind.get(key.name) {
            Some(Datum::TextBy(rules)) => Some(rules.into_keys()),
            _ => None,
        });
        names.flatten().find(|name| !is_known(name))
    }
}

/// A model that says whether an answer is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judge {
    /// Probability of "bad" of a failure.
    pub sensitivity: f64,
    /// Probability of "good" of a success.
    pub specificity: f64,
    /// Price of one verdict, USD.
    pub usd_each: f64,
    /// Time of one verdict, ms.
    pub latency_ms: f64,
}

/// A person who answers in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Human {
    /// Probability of success, whatever the difficulty.
    pub success: f64,
    /// Price of one answer, USD.
    pub usd_each: f64,
    /// Time of one answer, ms.
    pub latency_ms: f64,
}

/// How a policy comes into force.
#[derive(Clone, Debug, PartialEq)]
pub enum Rollout {
    /// Share grows from 0 at `start_day` to 1 at `start_day + days`.
    Linear {
        /// First day.
        start_day: f64,
        /// Length, days.
        days: f64,
    },
    /// `(day, share)`, each in force from its day on.
    Steps(Vec<(f64, f64)>),
}

const START_DAY: Key = number("days", 0.0, MAX_DAYS as f64)
    .named("rollout.start_day", "Linear rollout: the day it starts, often 0.")
    .often("Rollout starts", 0.0, 90.0)
    .group(Group::Rollout);
const DAYS: Key = number("days", 0.0, MAX_DAYS as f64)
    .named("rollout.days", "Linear rollout: how long the policy takes from no traffic to all of it; 14 to 60 is usual.")
    .needed()
    .often("Rollout takes", 0.0, 120.0)
    .group(Group::Rollout);
const STEPS: Key = Key::of(Form::Steps)
    .named("rollout.steps", "Stepped rollout: `[[day, share], …]`, in place of `start_day` and `days`.");

impl Entry for Option<Rollout> {
    fn keys(&self) -> Vec<&'static Key> {
        vec![&START_DAY, &DAYS, &STEPS]
    }

    fn get(&self, key: &str) -> Option<Datum> {
        match (self.as_ref()?, key) {
            (Rollout::Linear { start_day, .. }, "rollout.start_day") => Some(Datum::Number(*start_day)),
            (Rollout::Linear { days, .. }, "rollout.days") => Some(Datum::Number(*days)),
            (Rollout::Steps(steps), "rollout.steps") => Some(Datum::Pairs(steps.clone())),
            _ => None,
        }
    }

    fn set(&mut self, key: &str, datum: Datum) -> bool {
        match (self, key, datum) {
            (Some(Rollout::Linear { start_day, .. }), "rollout.start_day", Datum::Number(x)) => *start_day = x,
            (Some(Rollout::Linear { days, .. }), "rollout.days", Datum::Number(x)) => *days = x,
            (Some(Rollout::Steps(steps)), "rollout.steps", Datum::Pairs(pairs)) => *steps = pairs,
            _ => return false,
        }
        true
    }

    fn blank(&self) -> Box<dyn Entry> {
        Box::new(self.fresh())
    }

    fn fresh(&self) -> Self {
        self.as_ref().map(|rollout| match rollout {
            Rollout::Linear { .. } => Rollout::Linear { start_day: 0.0, days: 0.0 },
            Rollout::Steps(_) => Rollout::Steps(Vec::new()),
        })
    }

    fn prepare(&mut self, is_there: &dyn Fn(&str) -> bool) {
        *self = match (is_there("rollout.steps"), is_there("rollout")) {
            (true, _) => Some(Rollout::Steps(Vec::new())),
            (false, true) => Some(Rollout::Linear { start_day: 0.0, days: 0.0 }),
            (false, false) => None,
        };
    }
}
