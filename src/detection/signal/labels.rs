//! People or a model read a random sample, spread over the strata. The sample of a day comes back together.

use std::ops::Range;

use super::dice::Dice;
use super::{
    Drawn, Expected, QUANTITIES, Reader, Returned, Run, Sampler, Source, Split, add_answers, delay, for_parts, quota,
    shortfall, whole,
};
use crate::detection::course::{ArmView, Course};
use crate::model::{Allocation, Monitor};

#[derive(Debug)]
pub(in crate::detection) struct Labels {
    pub split: Split,
    /// Labels a day of each stream.
    pub per_day: Vec<f64>,
    pub reader: Reader,
    pub lags: Vec<f64>,
}

impl Labels {
    /// `per_day` labels in all, spread as the monitor says.
    pub fn new(course: &Course<'_>, monitor: &Monitor, split: Split, reader: Reader, lags: Vec<f64>) -> Self {
        let mut labels = Self { split, per_day: Vec::new(), reader, lags };
        // Shares of the traffic and of bad labels under launch assumptions.
        let cells = course.at_launch(|view| labels.cells(view));
        let mut weights: Vec<f64> = match (monitor.allocation, cells) {
            (Allocation::Proportional, Some(cells)) => cells.chunks_exact(QUANTITIES).map(|c| c[0]).collect(),
            (Allocation::Detection, Some(cells)) => {
                cells.chunks_exact(QUANTITIES).map(|c| (c[0] - c[1]).max(0.0).sqrt()).collect()
            }
            _ => vec![1.0; labels.split.len()],
        };
        let mut whole: f64 = weights.iter().sum();
        if whole <= 0.0 {
            weights.fill(1.0);
            whole = weights.len() as f64;
        }
        labels.per_day = weights.iter().map(|weight| monitor.per_day * weight / whole).collect();
        labels
    }
}

impl Source for Labels {
    /// For each stream its share of the traffic, the share that is in it and called bad, and of both what failed.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = vec![0.0; QUANTITIES * self.split.len()];
        for_parts(view, &self.split, |part| {
            let (of_failed, of_good) = self.reader.says_bad(view, part.hidden);
            add_answers(&mut cells, part.stream, (part.failed, (of_failed, 1.0)), (part.good, (of_good, 1.0)));
        });
        cells
    }

    fn shortfall(&self, day: &Expected<'_>) -> f64 {
        let of = |(stream, rate): (usize, &f64)| shortfall(*rate, day.requests() * day.quantity(QUANTITIES * stream));
        self.per_day.iter().enumerate().map(of).sum()
    }

    fn sampler(&self, days: usize) -> Box<dyn Sampler + '_> {
        Box::new(Reading { labels: self, returned: self.per_day.iter().map(|_| Returned::new(days)).collect() })
    }
}

/// A run of it.
#[derive(Debug)]
struct Reading<'s> {
    labels: &'s Labels,
    /// One a stream.
    returned: Vec<Returned>,
}

impl Sampler for Reading<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        let Labels { per_day, lags, .. } = self.labels;
        for (stream, (per_day, returned)) in per_day.iter().zip(&mut self.returned).enumerate() {
            let (any, bad) = (QUANTITIES * stream, QUANTITIES * stream + 1);
            for day in days.clone() {
                let share = run.share(day, bad, any);
                let n = quota(*per_day, day).min(whole(run.requests(day) * share.whole));
                if n <= 0.0 {
                    continue;
                }
                let expected = run.reference(day, stream);
                let x = dice.binomial(n, share.now);
                let back = day + delay::sample(lags, dice);
                if returned.add(back, x, n, expected) {
                    out.add_evidence(back, share.evidence(x, n));
                }
            }
            returned.deliver(days.clone(), stream, out);
        }
    }
}
