use super::Detector;
use crate::detection::observation::{Alternative, Observation};

/// Page's cumulative sum of log-likelihood ratios, `S ← max(0, S) + ℓ`, nats (Page, *Biometrika* 41, 1954). Against the alternative it is
/// built for it has the least worst-case delay (Lorden, *Ann. Math. Statist.* 42, 1971; Moustakides, *Ann. Statist.* 14, 1986).
///
/// The sum is told before it is cut at zero: above zero nothing differs, and below it a chart that rests can still be given a threshold.
#[derive(Clone, Copy, Debug)]
pub struct Cusum {
    alternative: Alternative,
    sum: f64,
}

impl Cusum {
    /// Built for `ratio` times the reference level.
    pub fn new(ratio: f64) -> Self {
        Self { alternative: Alternative::new(ratio), sum: f64::NEG_INFINITY }
    }
}

impl Detector for Cusum {
    fn update(&mut self, observation: &Observation) -> f64 {
        if observation.is_something() {
            self.sum = self.sum.max(0.0) + self.alternative.log_likelihood_ratio(observation);
        }
        self.sum
    }
}

chart! {
    CusumChart = "cusum", "CUSUM", goes by ["ratio"], shows Ratio,
    "adds up how much better each day fits a loss of the size set below than no loss: the quickest for a loss of that size.",
    |d| Cusum::new(d.ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_over_at_zero() {
        let mut cusum = Cusum::new(2.0);
        let day = |value| Observation::Normal { value, mean: 0.0, sd: 1.0, level: 1.0 };
        // ℓ = value − 1/2.
        let sums = [1.5, -3.0, 0.75, 1.0].map(|value| cusum.update(&day(value)));
        for (sum, expected) in sums.into_iter().zip([1.0, -2.5, 0.25, 0.75]) {
            assert!((sum - expected).abs() < 1e-12);
        }
    }
}
