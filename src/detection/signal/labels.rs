//! People or a model read a random sample, the same number in every stratum. The sample of a day comes back together.

use super::{Drawn, Reader, Run, Source, Split, binomial, delay, for_parts, quota};
use crate::detection::course::ArmView;
use crate::detection::observation::Observation;
use crate::simulation::random::Generator;

#[derive(Debug)]
pub(super) struct Labels {
    pub split: Split,
    pub per_day: f64,
    pub reader: Reader,
    pub lags: Vec<f64>,
}

impl Source for Labels {
    /// For each stream its share of the traffic, and the share that is in it and called bad.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = vec![0.0; 2 * self.split.len()];
        for_parts(view, &self.split, |part| {
            let (of_failed, of_good) = self.reader.says_bad(view, part.hidden);
            cells[2 * part.stream] += part.failed + part.good;
            cells[2 * part.stream + 1] += part.failed * of_failed + part.good * of_good;
        });
        cells
    }

    fn draw(&self, run: &Run<'_>, rng: &mut Generator, out: &mut Drawn) {
        let per_stream = self.per_day / self.split.len() as f64;
        for stream in 0..self.split.len() {
            let (whole, bad) = (2 * stream, 2 * stream + 1);
            // Bad labels, labels, expected bad labels by the day they come in.
            let mut arrived = vec![(0.0, 0.0, 0.0); run.days()];
            for day in 0..run.days() {
                let share = run.share(day, bad, whole);
                let n = quota(per_stream, day).min((run.requests(day) * share.whole) as u64 as f64);
                if n <= 0.0 {
                    continue;
                }
                let expected = run.share_expected(day, bad, whole);
                let x = binomial(n, share.now, rng);
                let back = day + delay::sample(&self.lags, rng);
                let Some(slot) = arrived.get_mut(back) else { continue };
                slot.0 += x;
                slot.1 += n;
                slot.2 += n * expected;
                out.add_evidence(back, share.evidence(x, n));
            }
            for (day, (bad, labels, expected)) in arrived.into_iter().enumerate() {
                if labels > 0.0 {
                    out.set(day, stream, Observation::Binomial { bad, labels, rate: expected / labels });
                }
            }
        }
    }
}
