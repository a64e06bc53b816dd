//! `[response]`: what people do about an alarm.

use super::money::MAX_USD;
use super::traffic::MAX_DAYS;
use crate::entry;
use crate::entry::{Form, Key, List, Shown, number, share};

entry! {
    /// What people do about an alarm: they investigate, and take the policy back when they find something. Without it an alarm changes nothing.
    pub struct Response {
        /// Mean length of an investigation; 2 to 14 is usual.
        investigate_days: f64 = 7.0 => number("days", 0.0, MAX_DAYS as f64).often("Investigation takes", 0.0, 60.0),
        /// Its coefficient of variation: standard deviation ÷ mean; 0.5 is usual.
        investigate_cv: f64 = 0.5 => number("", 0.0, 10.0).rarely("Spread of that", 0.0, 2.0)
            .reads_as(Shown::PerCent("Investigations differ by", "% of the mean")),
        /// People's time for one investigation, whether the alarm was true or false; 1,000 to 20,000.
        investigate_usd: f64 = 0.0 => number("USD", 0.0, MAX_USD).often("Cost of an investigation", 0.0, 50_000.0),
        /// Chance that the investigation of a true alarm ends in action; where it does not, the watch goes on.
        finds: f64 = 1.0 => share().often("Finds the cause", 0.0, 1.0),
        /// Chance that the investigation of a false alarm ends without action; where it does not, the policy is taken back for nothing.
        clears: f64 = 1.0 => share().often("Sees that nothing is wrong", 0.0, 1.0),
        /// The policy that is put in place; absent: the baseline.
        action: Option<String> = None => Key::of(Form::One(List::Policies)).optional(),
        /// Time until the action is fully in place, linear; 1 where a switch is thrown.
        action_days: f64 = 1.0 => number("days", 0.0, MAX_DAYS as f64).above().rarely("Action takes", 0.5, 30.0),
        /// Time until the policy is back after an action that was wrong; 14 to 60 is usual.
        resume_days: u32 = 30 => number("days", 0.0, MAX_DAYS as f64).whole().rarely("Back after a wrong action in", 0.0, 120.0),
    }
}
