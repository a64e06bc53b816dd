//! Sampling where it hurts: half of the labels go to the least confident fifth of the answers, and rare segments get more than
//! their share. Every label counts by the inverse of its sampling probability, so that the estimate is of all traffic.

use std::ops::Range;

use super::dice::{Dice, Trials};
use super::drift::{below_given_final, bisect};
use super::{
    Drawn, Expected, QUANTITIES, Reader, Run, Sampler, Source, Split, add_answers, delay, for_parts, quota, shortfall,
    whole,
};
use crate::detection::course::{ArmView, Course};
use crate::detection::observation::Observation;
use crate::simulation::answers::least_confidence;
use crate::simulation::exact::confidence_mean;

/// Share of launch answers that count as uncertain.
const UNCERTAIN: f64 = 0.2;

#[derive(Debug)]
pub(in crate::detection) struct Tail {
    reader: Reader,
    lags: Vec<f64>,
    /// Self-confidence below which an answer is uncertain.
    threshold: f64,
    /// Labels a day of each cell: `[segment][uncertain, rest]`.
    per_day: Vec<f64>,
}

impl Tail {
    pub fn new(course: &Course<'_>, reader: Reader, per_day: f64, lags: Vec<f64>) -> Self {
        let threshold = course
            .at_launch(|view| bisect(|x| uncertain_mass(view, x) - UNCERTAIN * uncertain_mass(view, f64::INFINITY)));
        // Within each half in proportion to the square root of the segment's share.
        let roots: Vec<f64> = course.world.launch.segments.iter().map(|g| g.share.sqrt()).collect();
        let whole: f64 = roots.iter().sum();
        let per_day = roots.iter().flat_map(|root| [0.5, 0.5].map(|half| half * per_day * root / whole)).collect();
        Self { reader, lags, threshold: threshold.unwrap_or(0.0), per_day }
    }
}

/// Mass of answers with self-confidence below `x`; a person's answer counts as certain.
fn uncertain_mass(view: &ArmView<'_>, x: f64) -> f64 {
    let mut mass = 0.0;
    for_parts(view, &Split::All, |part| {
        if part.answerer < view.day.tiers.len() {
            mass += part.failed * uncertain(view, part.answerer, part.hidden, false, x)
                + part.good * uncertain(view, part.answerer, part.hidden, true, x);
        }
    });
    mass
}

fn uncertain(view: &ArmView<'_>, answerer: usize, hidden: bool, ok: bool, x: f64) -> f64 {
    if answerer >= view.day.tiers.len() {
        return 0.0;
    }
    let mean = confidence_mean(view.day, answerer, hidden, ok);
    below_given_final(mean, least_confidence(view.rule, answerer), x)
}

impl Source for Tail {
    /// For each segment, uncertain and not: share of the traffic, and the share that is in it and called bad. Then over all, and of both what failed.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = vec![0.0; 2 * self.per_day.len() + QUANTITIES];
        let all = 2 * self.per_day.len();
        for_parts(view, &Split::All, |part| {
            let (of_failed, of_good) = self.reader.says_bad(view, part.hidden);
            for (mass, ok, says_bad) in [(part.failed, false, of_failed), (part.good, true, of_good)] {
                let low = uncertain(view, part.answerer, part.hidden, ok, self.threshold);
                for (band, share) in [low, 1.0 - low].into_iter().enumerate() {
                    cells[4 * part.segment + 2 * band] += mass * share;
                    cells[4 * part.segment + 2 * band + 1] += mass * share * says_bad;
                }
            }
            let all = &mut cells[all..];
            add_answers(all, 0, (part.failed, (of_failed, 1.0)), (part.good, (of_good, 1.0)));
        });
        cells
    }

    fn shortfall(&self, day: &Expected<'_>) -> f64 {
        let of = |(cell, rate): (usize, &f64)| shortfall(*rate, day.requests() * day.quantity(2 * cell));
        self.per_day.iter().enumerate().map(of).sum()
    }

    fn sampler(&self, days: usize) -> Box<dyn Sampler + '_> {
        Box::new(Weighing { tail: self, arrived: vec![[0.0; 5]; days], trials: Vec::new() })
    }
}

/// A run of it.
#[derive(Debug)]
struct Weighing<'s> {
    tail: &'s Tail,
    /// Weighted bad labels, their mean and variance under the reference, and the level, by the day they come in.
    arrived: Vec<[f64; 5]>,
    trials: Vec<Trials>,
}

impl Sampler for Weighing<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        let Tail { lags, per_day, .. } = self.tail;
        // Behind the cells, two of which are as wide as a stream.
        let all = per_day.len() / 2;
        for day in days.clone() {
            let level = run.reference(day, all).level;
            let back = day + delay::sample(lags, dice);
            self.trials.clear();
            for (cell, rate) in per_day.iter().enumerate() {
                let (any, bad) = (2 * cell, 2 * cell + 1);
                let share = run.share(day, bad, any);
                let traffic = share.whole;
                let n = quota(*rate, day).min(whole(run.requests(day) * traffic));
                if n <= 0.0 {
                    continue;
                }
                // Share of the traffic that one label of this cell stands for, by the labels it gets on average.
                let weight = traffic / rate.min(run.requests(day) * traffic).max(1e-12);
                let expected = run.channel.expected_share(day, cell);
                // Who weighs the evidence has to know every cell; for others their sum is enough.
                let x = run.weighs_evidence.then(|| dice.binomial(n, share.now));
                let Some(slot) = self.arrived.get_mut(back) else { continue };
                match x {
                    Some(x) => slot[0] += weight * x,
                    None => self.trials.push(Trials { weight, n, p: share.now }),
                }
                slot[1] += weight * n * expected;
                slot[2] += weight * weight * n * expected * (1.0 - expected);
                slot[3] += weight * n;
                slot[4] += weight * n * level;
                out.add_evidence(back, x.map_or(0.0, |x| share.evidence(x, n)));
            }
            if let (false, Some(slot)) = (self.trials.is_empty(), self.arrived.get_mut(back)) {
                slot[0] += dice.weighted(&self.trials);
            }
        }
        for (day, arrived) in self.arrived.iter().enumerate().take(days.end).skip(days.start) {
            let [bad, expected, variance, weights, level] = *arrived;
            if weights > 0.0 && variance > 0.0 {
                out.set(
                    day,
                    0,
                    Observation::Normal {
                        value: bad / weights,
                        mean: expected / weights,
                        sd: variance.sqrt() / weights,
                        level: level / weights,
                    },
                );
            }
        }
    }
}
