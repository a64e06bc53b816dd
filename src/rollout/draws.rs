//! What comes in on each day of a step: counts drawn from their exact distributions, the day effect given.

use super::days::{At, Days, REST, ROUTED, Seen};
use super::sequence::Counts;
use super::signals::{Comparison, Counting};
use crate::detection::day_effect::Place;
use crate::detection::signal::dice::Dice;
use crate::detection::signal::{delay, multinomial, quota, whole};

/// A signal during one step, by the day of the request. Requests of earlier steps do not count.
#[derive(Debug)]
pub struct Stream<'d> {
    days: &'d Days<'d>,
    comparison: &'d Comparison,
    /// Its place among the signals.
    signal: usize,
    /// Shares of the traffic of the two arms.
    arms: [f64; 2],
    /// Observations and bad ones that each day of the step sends on, by arm.
    sent: Vec<[(f64, f64); 2]>,
    /// The labels of each day, and the day of the step on which they come back.
    read: Vec<(usize, Counts)>,
    /// What has come in of each day's requests.
    seen: Vec<Counts>,
    preferred: Vec<f64>,
}

impl<'d> Stream<'d> {
    /// A step begins.
    pub fn new(days: &'d Days<'d>, (comparison, signal): (&'d Comparison, usize), arms: [f64; 2]) -> Self {
        let (sent, read, seen, preferred) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { days, comparison, signal, arms, sent, read, seen, preferred }
    }

    /// What has come in so far, one entry for each day of requests.
    pub fn seen(&self) -> &[Counts] {
        &self.seen
    }

    /// The next day of the step passes.
    pub fn next(&mut self, at: At, place: &Place, dice: &mut Dice) {
        let seen = [ROUTED, REST].map(|arm| self.days.at(at, self.signal, arm, place));
        let requests = [ROUTED, REST].map(|arm| self.days.requests(at) * self.arms[arm]);
        self.seen.push(Counts::default());
        match self.comparison.counting {
            Counting::Events | Counting::Answers => self.arrive(requests, seen, dice),
            Counting::Labels | Counting::Pairs => self.come_back(at.day, requests, seen, dice),
        }
    }

    /// What users do: requests are Poisson given the day effect, so that whatever is split off them by chance, delays included, is Poisson, too,
    /// and independent from day to day.
    fn arrive(&mut self, requests: [f64; 2], seen: [Seen; 2], dice: &mut Dice) {
        self.sent.push([0, 1].map(|arm| (requests[arm] * seen[arm].any, requests[arm] * seen[arm].bad)));
        let is_answered = self.comparison.counting == Counting::Answers;
        let days = self.sent.iter().zip(&mut self.seen).rev();
        for (lag, (sent, seen)) in self.comparison.lags.iter().zip(days) {
            for ((any, bad), seen) in sent.iter().zip(seen) {
                let count = dice.poisson(lag * bad);
                seen.0 += count;
                seen.1 += if is_answered { count + dice.poisson((lag * (any - bad)).max(0.0)) } else { lag * any };
            }
        }
    }

    /// Labels: the sample of a day comes back together, some days later.
    fn come_back(&mut self, day: usize, requests: [f64; 2], seen: [Seen; 2], dice: &mut Dice) {
        let today = self.read.len();
        let available = [0, 1].map(|arm| whole(requests[arm] * seen[arm].any));
        let share = |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 };
        let spread = self.comparison.spread(quota(self.comparison.per_day, day), available);
        let counts: Counts = if self.comparison.counting == Counting::Pairs {
            let pairs = spread[ROUTED];
            let [bad, reversed] =
                [seen[ROUTED].bad, seen[ROUTED].reversed].map(|preferred| share(preferred, seen[ROUTED].any));
            multinomial(pairs, &[bad, reversed], 1.0, dice, &mut self.preferred);
            let count = |side: usize| self.preferred.get(side).copied().unwrap_or(0.0);
            [(count(0), pairs), (count(1), pairs)]
        } else {
            // Of an odd number the routed arm has one more.
            let sizes = [spread[ROUTED].ceil(), spread[REST].floor()];
            [0, 1].map(|arm| (dice.binomial(sizes[arm], share(seen[arm].bad, seen[arm].any)), sizes[arm]))
        };
        self.read.push((today + delay::sample(&self.comparison.lags, dice), counts));
        for ((back, counts), seen) in self.read.iter().zip(&mut self.seen) {
            if *back == today {
                *seen = *counts;
            }
        }
    }
}
