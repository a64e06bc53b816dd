//! What comes in on each day of a step: counts drawn from their exact distributions, the day effect given.

use super::days::{At, Days, REST, ROUTED, Seen};
use super::sequence::Counts;
use super::signals::{Comparison, Counting};
use crate::detection::day_effect::Place;
use crate::detection::signal::{binomial, delay, multinomial, poisson, quota, whole};
use crate::simulation::random::Generator;

/// A signal during one step. Requests of earlier steps do not count.
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
    /// Labels by the day of the step on which they come back.
    back: Vec<Counts>,
    preferred: Vec<f64>,
}

impl<'d> Stream<'d> {
    /// A step begins.
    pub fn new(days: &'d Days<'d>, (comparison, signal): (&'d Comparison, usize), arms: [f64; 2]) -> Self {
        Self { days, comparison, signal, arms, sent: Vec::new(), back: Vec::new(), preferred: Vec::new() }
    }

    /// What comes in on the next day of the step.
    pub fn next(&mut self, at: At, place: &Place, rng: &mut Generator) -> Counts {
        let seen = [ROUTED, REST].map(|arm| self.days.at(at, self.signal, arm, place));
        let requests = [ROUTED, REST].map(|arm| self.days.requests(at) * self.arms[arm]);
        match self.comparison.counting {
            Counting::Events | Counting::Answers => self.arrivals(requests, seen, rng),
            Counting::Labels | Counting::Pairs => self.returned(at.day, requests, seen, rng),
        }
    }

    /// What users do: requests are Poisson given the day effect, so that whatever is split off them by chance, delays included, is Poisson, too,
    /// and independent from day to day.
    fn arrivals(&mut self, requests: [f64; 2], seen: [Seen; 2], rng: &mut Generator) -> Counts {
        self.sent.push([0, 1].map(|arm| (requests[arm] * seen[arm].any, requests[arm] * seen[arm].bad)));
        let mut due: Counts = Default::default();
        for (lag, sent) in self.comparison.lags.iter().zip(self.sent.iter().rev()) {
            for (due, sent) in due.iter_mut().zip(sent) {
                due.0 += lag * sent.1;
                due.1 += lag * sent.0;
            }
        }
        let is_answered = self.comparison.counting == Counting::Answers;
        due.map(|(bad, any)| {
            let count = poisson(bad, rng);
            (count, if is_answered { count + poisson((any - bad).max(0.0), rng) } else { any })
        })
    }

    /// Labels: the sample of a day comes back together, some days later.
    fn returned(&mut self, day: usize, requests: [f64; 2], seen: [Seen; 2], rng: &mut Generator) -> Counts {
        let today = self.sent.len();
        self.sent.push(Default::default());
        let available = [0, 1].map(|arm| whole(requests[arm] * seen[arm].any));
        let share = |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 };
        let spread = self.comparison.spread(quota(self.comparison.per_day, day), available);
        let counts: Counts = if self.comparison.counting == Counting::Pairs {
            let pairs = spread[ROUTED];
            let [bad, reversed] =
                [seen[ROUTED].bad, seen[ROUTED].reversed].map(|preferred| share(preferred, seen[ROUTED].any));
            multinomial(pairs, &[bad, reversed], 1.0, rng, &mut self.preferred);
            let count = |side: usize| self.preferred.get(side).copied().unwrap_or(0.0);
            [(count(0), pairs), (count(1), pairs)]
        } else {
            // Of an odd number the routed arm has one more.
            let sizes = [spread[ROUTED].ceil(), spread[REST].floor()];
            [0, 1].map(|arm| (binomial(sizes[arm], share(seen[arm].bad, seen[arm].any), rng), sizes[arm]))
        };
        let back = today + delay::sample(&self.comparison.lags, rng);
        if self.back.len() <= back {
            self.back.resize(back + 1, Default::default());
        }
        if let Some(slot) = self.back.get_mut(back) {
            for (sum, more) in slot.iter_mut().zip(counts) {
                sum.0 += more.0;
                sum.1 += more.1;
            }
        }
        self.back.get(today).copied().unwrap_or_default()
    }
}
