use super::Detector;
use crate::detection::observation::{Alternative, Observation};

/// Shiryaev–Roberts: `R ← (1 + R)·e^ℓ`, the likelihood ratio summed over every day on which the change may have come (Shiryaev,
/// *Theory Probab. Appl.* 8, 1963; Roberts, *Technometrics* 8, 1966). The statistic is `ln(1 + R)`.
#[derive(Clone, Copy, Debug)]
pub struct ShiryaevRoberts {
    alternative: Alternative,
    /// `ln(1 + R)`
    log_one_plus: f64,
}

impl ShiryaevRoberts {
    /// Built for `ratio` times the reference level.
    pub fn new(ratio: f64) -> Self {
        Self { alternative: Alternative::new(ratio), log_one_plus: 0.0 }
    }

    /// `ln R` after the observation.
    pub(super) fn step(&mut self, observation: &Observation) -> f64 {
        let log = self.log_one_plus + self.alternative.log_likelihood_ratio(observation);
        self.log_one_plus = if log > 30.0 { log } else { log.exp().ln_1p() };
        log
    }
}

impl Detector for ShiryaevRoberts {
    fn update(&mut self, observation: &Observation) -> f64 {
        if observation.is_something() {
            self.step(observation);
        }
        self.log_one_plus
    }
}

chart! {
    ShiryaevRobertsChart = "shiryaev_roberts", "Shiryaev–Roberts", goes by ["ratio"], shows Ratio,
    "adds up the evidence for a loss begun on any earlier day; close to CUSUM.",
    |d| ShiryaevRoberts::new(d.ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_its_recursion() {
        let mut chart = ShiryaevRoberts::new(2.0);
        let mut r = 0.0_f64;
        for value in [0.3, -1.0, 2.0, 0.7] {
            r = (1.0 + r) * (value - 0.5_f64).exp();
            let statistic = chart.update(&Observation::Normal { value, mean: 0.0, sd: 1.0, level: 1.0 });
            assert!((statistic - r.ln_1p()).abs() < 1e-12);
        }
    }
}
