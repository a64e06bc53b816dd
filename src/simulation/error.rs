//! Why a scenario cannot be simulated.

use thiserror::Error;

/// Why a scenario cannot be simulated although each of its values is in range.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WorldError {
    /// The table of a replay, or what the scenario asks of it.
    #[error("[replay]: {0}")]
    Replay(String),
    /// No segment, tier or policy.
    #[error("the scenario has no {0}")]
    Missing(&'static str),
    /// More of something than the limits allow.
    #[error("the scenario has too many {0}")]
    TooMany(&'static str),
    /// A name that nothing has.
    #[error("no {kind} is named \"{name}\"")]
    UnknownName {
        /// What was looked for.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Events leave a day without any traffic.
    #[error("on day {day} the events leave no segment with any share of the traffic")]
    NoTraffic {
        /// First such day.
        day: u32,
    },
    /// A number that overflows or is undefined.
    #[error("{what} is not a finite number on day {day}")]
    NotFinite {
        /// Which quantity.
        what: &'static str,
        /// First such day.
        day: u32,
    },
    /// A list with the wrong length.
    #[error("policy \"{policy}\": {what}")]
    Policy {
        /// Policy name.
        policy: String,
        /// What is wrong.
        what: &'static str,
    },
}
