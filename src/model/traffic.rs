//! `[traffic]`: volume and horizon.

use crate::entry;
use crate::entry::{Form, Key, Shown, number};

/// Longest horizon, in days.
pub const MAX_DAYS: u32 = 3650;
/// Most requests a day.
pub const MAX_REQUESTS_PER_DAY: f64 = 1e9;

entry! {
    /// Volume and horizon.
    pub struct Traffic {
        /// Horizon of every run; 180 covers a rollout and what follows.
        days: u32 = 180 => number("days", 1.0, MAX_DAYS as f64).whole().often("Horizon", 7.0, 365.0).reads("Days looked at"),
        /// Mean number of requests a day on day 0; a mid-size product has 10,000 to 100,000.
        requests_per_day: f64 = 1.0 => number("requests", 0.0, MAX_REQUESTS_PER_DAY).above().needed()
            .often("Requests a day", 100.0, 1e6).plainly("the number of requests a day").log(),
        /// Growth of the volume: 0.05 is 5 % in 30 days, which a growing product has.
        monthly_growth: f64 = 0.0 => number("per 30 days", -0.99, 10.0).often("Growth", -0.2, 0.5)
            .reads_as(Shown::PerCent("Growth", "% in 30 days")),
        /// How much whole days differ in difficulty (standard deviation); 0.05 is typical, and makes daily counts vary as real ones do.
        difficulty_day_sd: f64 = 0.0 => number("logits", 0.0, 5.0).often("Day-to-day spread", 0.0, 0.5).reads_as(Shown::BadDay),
        /// Weights of the days of the week, Monday first; normalised to mean 1.
        weekday: [f64; 7] = [1.0; 7] => Key::of(Form::Week).reads_as(Shown::PartOfTraffic),
    }
}
