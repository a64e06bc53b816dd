//! Signals that can be compared between the routed arm and the rest.

use super::check;
use crate::detection::course::Course;
use crate::detection::monitor::{self, Churn, Csat, HumanReview, Judge, Shadow, ThumbsDown, Tickets};
use crate::detection::signal::{Signal, delay, telemetry};
use crate::entry::Chosen;
use crate::model::{Compared, Telemetry};

/// How a signal's observations come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Of known many requests some are followed by one: tickets, departures. Their number is Poisson given the day effect.
    Events,
    /// Users answer or not, and say good or bad: thumbs, surveys.
    Answers,
    /// A sample of fixed size from each arm is read.
    Labels,
    /// Routed requests are answered by the baseline's tier, too: which answer is better?
    Pairs,
}

/// A signal, as a rollout looks at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Which one.
    pub compared: Compared,
    /// How its observations come about.
    pub counting: Counting,
    /// Labels or pairs a day, both arms together.
    pub per_day: f64,
    /// Shares of a day's observations that come in 0, 1, 2… days later.
    pub lags: Vec<f64>,
}

impl Comparison {
    /// Share that has come in after so many days.
    pub fn arrived(&self, days: usize) -> f64 {
        self.lags.iter().take(days + 1).sum()
    }

    /// How many labels or pairs each arm gives on a day, where it has so many requests that could be read: an equal part of what is wanted, as
    /// neither arm is known better; what an arm cannot give the other gives. Pairs come from the routed arm alone.
    pub fn spread(&self, wanted: f64, available: [f64; 2]) -> [f64; 2] {
        if self.counting == Counting::Pairs {
            return [wanted.min(available[0]), 0.0];
        }
        let half = [0.5 * wanted, 0.5 * wanted];
        let short = [0, 1].map(|arm| (half[arm] - available[arm]).max(0.0));
        [(half[0] + short[1]).min(available[0]), (half[1] + short[0]).min(available[1])]
    }
}

fn counting(compared: Compared) -> (Counting, Option<Telemetry>, Chosen) {
    match compared {
        Compared::Tickets => (Counting::Events, Some(Telemetry::Tickets), Tickets {}.into()),
        Compared::Churn => (Counting::Events, Some(Telemetry::Churn), Churn {}.into()),
        // A thumb comes with the answer, and no monitor waits for it.
        Compared::ThumbsDown => (Counting::Answers, None, ThumbsDown {}.into()),
        Compared::Csat => (Counting::Answers, Some(Telemetry::Csat), Csat {}.into()),
        Compared::HumanReview => (Counting::Labels, None, HumanReview {}.into()),
        Compared::Judge => (Counting::Labels, None, Judge {}.into()),
        Compared::Shadow => (Counting::Pairs, None, Shadow {}.into()),
    }
}

/// Every signal of a scenario that shows a difference between failures and successes, and what it observes of each arm.
pub fn comparisons(course: &Course<'_>) -> (Vec<Comparison>, Vec<Signal>) {
    let scenario = &course.world.scenario;
    let of = |compared: &Compared| {
        if check::unseen(scenario, *compared).is_some() {
            return None;
        }
        let (counting, telemetry, kind) = counting(*compared);
        let monitor = check::taken_as(scenario, *compared, kind);
        let signal = monitor::signal(course, &monitor).ok().flatten()?;
        let lags = match (counting, telemetry) {
            (_, Some(of)) => telemetry::lags(course, &monitor, of),
            (Counting::Answers, None) => vec![1.0],
            _ => delay::gamma(monitor.delay_days, monitor.delay_cv, course.days()),
        };
        Some((Comparison { compared: *compared, counting, per_day: monitor.per_day, lags }, signal))
    };
    Compared::ALL.iter().filter_map(of).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_spread_equally_as_far_as_the_arms_have_requests() {
        let labels = |counting| Comparison { compared: Compared::Judge, counting, per_day: 10.0, lags: vec![1.0] };
        let read = labels(Counting::Labels);
        assert_eq!(read.spread(10.0, [100.0, 100.0]), [5.0, 5.0]);
        assert_eq!(read.spread(10.0, [2.0, 100.0]), [2.0, 8.0]);
        assert_eq!(read.spread(10.0, [100.0, 1.0]), [9.0, 1.0]);
        assert_eq!(read.spread(10.0, [2.0, 3.0]), [2.0, 3.0]);
        assert_eq!(labels(Counting::Pairs).spread(10.0, [7.0, 100.0]), [7.0, 0.0]);
    }
}
