//! A policy at one knob setting, in the form that the engines run.

use super::budget_control::Controller;
use super::learner::Learner;
use super::rule::Rule;

/// A policy at one knob setting, ready for the engines.
#[derive(Clone, Debug)]
pub enum Compiled {
    /// The same rule for every request.
    Stateless(Rule),
    /// Cut points that move through the day.
    Budget(Controller),
    /// Shares that are learnt.
    Bandit(Learner),
}

impl Compiled {
    /// The rule, when there is just one.
    pub fn stateless(&self) -> Option<&Rule> {
        match self {
            Self::Stateless(rule) => Some(rule),
            _ => None,
        }
    }
}
