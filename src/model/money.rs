//! `[economics]` and `[feedback]`: what failures cost, and what users do of their own accord.

use crate::entry;
use crate::entry::{number, share};

/// Greatest USD amount of anything.
pub const MAX_USD: f64 = 1e9;

entry! {
    /// What failures cost.
    pub struct Economics {
        /// Probability that a failed request is asked again: the same calls once more. 0.1 to 0.3 (10 to 30 %) is typical.
        reask: f64 = 0.0 => share().often("Asks again", 0.0, 1.0).plainly("the chance that a failed request is asked again"),
        /// Support tickets.
        ticket: Consequence {
            /// Probability of a support ticket after a failure; 0.05 to 0.3 (5 to 30 %) is typical.
            failed: f64 = 0.0 => share().often("Ticket after a failure", 0.0, 1.0).plainly("the chance of a ticket after a failure"),
            /// Probability of a support ticket after a success; 0.01 to 0.05 (1 to 5 %) is typical.
            ok: f64 = 0.0 => share().rarely("Ticket after a success", 0.0, 0.2).plainly("the chance of a ticket after a success"),
            /// Cost of a ticket; 5 to 15 USD is typical for SaaS support.
            usd: f64 = 0.0 => number("USD", 0.0, MAX_USD).often("Cost of a ticket", 0.0, 50.0).plainly("what a ticket costs"),
            /// Mean delay of a ticket; 1 to 3 is typical.
            delay_days: f64 = 0.0 => number("days", 0.0, 3650.0).rarely("Delay of a ticket", 0.0, 30.0),
        },
        /// Customers who leave.
        churn: Consequence {
            /// Probability that the customer leaves after a failure; 0.001 to 0.01 (0.1 to 1 %) is typical.
            failed: f64 = 0.0 => share().often("Leaves after a failure", 0.0, 0.05).plainly("the chance that a customer leaves after a failure"),
            /// Probability that the customer leaves after a success; 0 unless leaving is to be counted as such.
            ok: f64 = 0.0 => share().rarely("Leaves after a success", 0.0, 0.01).plainly("the chance that a customer leaves after a success"),
            /// Value of a customer who leaves: a year's margin, 50 to 2,000 for software.
            usd: f64 = 0.0 => number("USD", 0.0, MAX_USD).often("Cost of a lost customer", 0.0, 2_000.0).plainly("what a lost customer costs"),
            /// Mean delay until the customer leaves: until the contract ends, 30 for monthly ones.
            delay_days: f64 = 0.0 => number("days", 0.0, 3650.0).rarely("Delay of leaving", 0.0, 180.0),
        },
        /// Incidents.
        incident: Consequence {
            /// Probability of an incident (legal, safety, data) after a failure; 0 or one in thousands.
            failed: f64 = 0.0 => share().often("Incident after a failure", 0.0, 0.01).plainly("the chance of an incident after a failure"),
            /// Probability of an incident after a success; 0 as a rule.
            ok: f64 = 0.0 => share().rarely("Incident after a success", 0.0, 0.001).plainly("the chance of an incident after a success"),
            /// Cost of an incident: a lawyer's week is 10,000, a fine can be far more.
            usd: f64 = 0.0 => number("USD", 0.0, MAX_USD).often("Cost of an incident", 0.0, 50_000.0).plainly("what an incident costs"),
            /// Mean delay until the incident shows; weeks.
            delay_days: f64 = 0.0 => number("days", 0.0, 3650.0).rarely("Delay of an incident", 0.0, 180.0),
        },
    }
}

impl Economics {
    /// What follows a failure costs more than what follows a success, `Σ (failed − ok)·usd` over tickets, churn and incidents, USD; before a
    /// segment's stakes.
    pub fn failure_usd(&self) -> f64 {
        [self.ticket, self.churn, self.incident].iter().map(|c| (c.failed - c.ok) * c.usd).sum()
    }
}

/// Something that follows a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consequence {
    /// Probability after a failure.
    pub failed: f64,
    /// Probability after a success.
    pub ok: f64,
    /// Cost of one, USD, before the segment's stakes.
    pub usd: f64,
    /// Mean delay, days.
    pub delay_days: f64,
}

entry! {
    /// What users do of their own accord.
    pub struct Feedback {
        /// Thumbs-down per answer.
        thumbs_down: ThumbsDown {
            /// Probability of a thumbs-down after a failure; 1 in 100 is typical.
            failed: f64 = 0.0 => share().often("Thumbs-down, failure", 0.0, 0.2),
            /// Probability of a thumbs-down after a success; 1 in 1,000 is typical.
            ok: f64 = 0.0 => share().often("Thumbs-down, success", 0.0, 0.02),
        },
        /// Satisfaction survey.
        csat: Csat {
            /// Share of requests with an answered satisfaction survey; 0.01 to 0.1 (1 to 10 %) is typical.
            response: f64 = 0.0 => share().often("Survey answered", 0.0, 0.5),
            /// Probability of "satisfied" after a success; 0.85 to 0.95 (85 to 95 %).
            satisfied_ok: f64 = 0.9 => share().rarely("Satisfied, success", 0.0, 1.0),
            /// Probability of "satisfied" after a failure; 0.3 to 0.6 (30 to 60 %): many do not notice.
            satisfied_failed: f64 = 0.4 => share().rarely("Satisfied, failure", 0.0, 1.0),
            /// Mean delay of a survey; 1 to 7.
            delay_days: f64 = 0.0 => number("days", 0.0, 3650.0).rarely("Delay of a survey", 0.0, 30.0),
        },
    }
}

/// Thumbs-down rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThumbsDown {
    /// Probability after a failure.
    pub failed: f64,
    /// Probability after a success.
    pub ok: f64,
}

/// A satisfaction survey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Csat {
    /// Share of requests with an answered survey.
    pub response: f64,
    /// Probability of "satisfied" after a success.
    pub satisfied_ok: f64,
    /// Probability of "satisfied" after a failure.
    pub satisfied_failed: f64,
    /// Mean delay, days.
    pub delay_days: f64,
}
