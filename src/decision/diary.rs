//! One run told day by day: what it goes through after each alarm, and the money that has come in by then.

use super::response::{Life, Reaction, Stakes, State};

/// A run under one monitor.
#[derive(Clone, Debug, PartialEq)]
pub struct Lived {
    /// Index of the monitor.
    pub monitor: usize,
    /// What the run goes through.
    pub life: Life,
    /// Net value against the baseline from day 0 up to each day and with it, USD.
    pub so_far_usd: Vec<f64>,
}

/// A run under every monitor, at several false-alarm budgets.
#[derive(Clone, Debug, PartialEq)]
pub struct Lives {
    /// Index of the policy.
    pub policy: usize,
    /// Which run.
    pub replicate: u32,
    /// Name of what takes the policy's place.
    pub action: String,
    /// The same had nobody watched, USD.
    pub unwatched_usd: Vec<f64>,
    /// One a budget, in increasing order of the budgets.
    pub at: Vec<(f64, Vec<Lived>)>,
}

impl Lives {
    /// The run under a monitor, at the budget nearest to a wished one.
    pub fn of(&self, monitor: usize, false_alarms: f64) -> Option<&Lived> {
        let off = |(budget, _): &&(f64, Vec<Lived>)| (budget - false_alarms).abs();
        let (_, lived) = self.at.iter().min_by(|a, b| off(a).total_cmp(&off(b)))?;
        lived.iter().find(|lived| lived.monitor == monitor)
    }
}

/// Net value of a run from day 0 up to each day and with it, USD: the sums of its account, day by day.
pub fn so_far_usd(reaction: &Reaction, life: &Life, stakes: &Stakes<'_>, production: bool) -> Vec<f64> {
    let mut sums = Vec::new();
    let mut sum = 0.0;
    let mut acting_from = 0;
    for span in &life.spans {
        if matches!(span.state, State::Acting { .. }) {
            acting_from = span.from;
        }
        for day in span.from..span.until {
            let policy = stakes.policy.between_usd(production, day, day + 1);
            sum += match span.state {
                State::Watching => policy - stakes.usd_per_day,
                State::Investigating => policy,
                State::Acting { .. } | State::Settled => {
                    let left = reaction.left(day, acting_from);
                    let action = stakes.action.map_or(0.0, |action| action.between_usd(production, day, day + 1));
                    left * policy + (1.0 - left) * action
                }
            };
            // People's time is booked on the day of the alarm.
            let alarms = life.alarms.iter().filter(|alarm| **alarm == day).count();
            sum -= alarms as f64 * reaction.investigate_usd();
            sums.push(sum);
        }
    }
    sums
}
