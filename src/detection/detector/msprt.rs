use super::Detector;
use crate::detection::observation::Observation;

/// Mixture sequential probability-ratio test of "no worse since the first day": with `S` the sum of the standardised deviations of `t` days,
/// `ln Λ = τ²S²/(2(1 + τ²t)) − ½ ln(1 + τ²t)` for `S > 0` (Robbins, *Ann. Math. Statist.* 41, 1970; Johari et al., *Oper. Res.* 70, 2022).
/// A launch test: it asks whether the first day was already worse, and good days before a change hold it back.
#[derive(Clone, Copy, Debug)]
pub struct Msprt {
    /// `τ²`, per day.
    mixing_variance: f64,
    days: f64,
    sum: f64,
}

impl Msprt {
    /// With a mixing variance that expects a decision after about `window_days`.
    pub fn new(window_days: u32) -> Self {
        Self { mixing_variance: 1.0 / f64::from(window_days.max(1)), days: 0.0, sum: 0.0 }
    }
}

impl Detector for Msprt {
    fn update(&mut self, observation: &Observation) -> f64 {
        if let Some(z) = observation.z() {
            self.days += 1.0;
            self.sum += z;
        }
        let spread = 1.0 + self.mixing_variance * self.days;
        let up = self.sum.max(0.0);
        0.5 * self.mixing_variance * up * up / spread - 0.5 * spread.ln()
    }
}

chart! {
    MsprtChart = "msprt", "mSPRT", goes by ["window_days"], shows None,
    "a test made for a launch, with one start: it does not forget the good days before a loss.",
    |d| Msprt::new(d.window_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_likelihood_mixed_over_a_normal() {
        let mut test = Msprt::new(4);
        let days = [1.0, 2.5, 0.5];
        let last = days.map(|value| test.update(&Observation::Normal { value, mean: 0.0, sd: 1.0, level: 1.0 }));
        // ∫ exp(θS − θ²t/2) N(θ; 0, 1/4) dθ by the trapezoid rule.
        let (s, t) = (days.iter().sum::<f64>(), 3.0);
        let step = 0.001;
        let integral: f64 = (-8000..=8000)
            .map(|i| {
                let theta = f64::from(i) * step;
                (theta * s - 0.5 * theta * theta * t - theta * theta * 2.0).exp() * step
            })
            .sum::<f64>()
            / (std::f64::consts::TAU * 0.25).sqrt();
        assert!((last[2] - integral.ln()).abs() < 1e-6);
    }
}
