use super::{Detector, ShiryaevRoberts};
use crate::detection::observation::Observation;

/// Increases that are mixed, as multiples of the one asked for, with equal weights.
const MIXTURE: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

/// Mixture e-detector: the mean of Shiryaev–Roberts statistics over several alternatives (Shin, Ramdas & Rinaldo, *New England J. Statist.
/// Data Sci.* 2, 2024). Under the reference its expectation grows by one a day, so that the chance of ever exceeding `c` within `T` days
/// is at most `T/c`, whatever the distribution of the days before: the guaranteed threshold. The statistic is its logarithm.
#[derive(Clone, Debug)]
pub struct EDetector {
    charts: [ShiryaevRoberts; MIXTURE.len()],
    statistic: f64,
}

impl EDetector {
    /// Mixed around `ratio` times the reference level.
    pub fn new(ratio: f64) -> Self {
        Self { charts: MIXTURE.map(|m| ShiryaevRoberts::new(1.0 + m * (ratio - 1.0))), statistic: f64::NEG_INFINITY }
    }

    /// Logarithm of the threshold that holds the chance of a false alarm of `streams` charts within `days` to `false_alarms`.
    pub fn guaranteed_threshold(days: u32, streams: usize, false_alarms: f64) -> f64 {
        (f64::from(days) * streams as f64 / false_alarms).ln()
    }
}

impl Detector for EDetector {
    fn update(&mut self, observation: &Observation) -> f64 {
        if observation.is_something() {
            let logs = self.charts.each_mut().map(|chart| chart.step(observation));
            let most = logs.into_iter().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logs.iter().map(|log| (log - most).exp()).sum();
            self.statistic = most + (sum / MIXTURE.len() as f64).ln();
        }
        self.statistic
    }
}

chart! {
    EDetectorChart = "e_detector", "e-detector", goes by ["ratio"], shows Ratio,
    "weighs several sizes of loss at once, so that none of them needs to be right.",
    |d| EDetector::new(d.ratio)
}

chart! {
    GuaranteedEDetectorChart = "e_detector_guaranteed", "e-detector, guaranteed", goes by ["ratio"], shows None,
    "an e-detector with a threshold that is proven and not simulated: fewer false alarms than the budget, and slower.",
    |d| EDetector::new(d.ratio),
    guaranteed EDetector::guaranteed_threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_mean_of_its_charts() {
        let mut detector = EDetector::new(2.0);
        let mut r = [0.0_f64; 5];
        for value in [0.3, 1.0, 2.0] {
            for (r, m) in r.iter_mut().zip(MIXTURE) {
                *r = (1.0 + *r) * (m * value - 0.5 * m * m).exp();
            }
            let statistic = detector.update(&Observation::Normal { value, mean: 0.0, sd: 1.0, level: 1.0 });
            assert!((statistic - (r.iter().sum::<f64>() / 5.0).ln()).abs() < 1e-12);
        }
        assert!((EDetector::guaranteed_threshold(180, 2, 0.05) - 7200.0_f64.ln()).abs() < 1e-12);
    }
}
