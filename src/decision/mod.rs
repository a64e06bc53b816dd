//! Which policy, watched how, and what is that worth: net values of options against never leaving the baseline.
//!
//! `worth` knows what a policy is worth day by day, `response` what people do about an alarm and what a run comes to; `watch` lives
//! through runs for every option and false-alarm budget, `choose` puts the options into an order and names one, `plan` knows which
//! variations of a scenario's monitors are worth a try, and `diary` tells one run day by day.

pub mod choose;
pub mod diary;
pub mod plan;
pub mod response;
pub mod watch;
pub mod worth;
