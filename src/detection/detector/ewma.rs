use super::Detector;
use crate::detection::observation::Observation;

/// Exponentially weighted moving average of the standardised deviation, `Z ← (1 − λ)Z + λz`, in units of its exact standard
/// deviation `√(λ/(2 − λ)·(1 − (1 − λ)²ᵗ))` (Roberts, *Technometrics* 1, 1959; Lucas & Saccucci, *Technometrics* 32, 1990).
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    weight: f64,
    average: f64,
    /// `(1 − λ)²ᵗ`
    forgotten: f64,
}

impl Ewma {
    /// With weight `λ` of the newest observation, above 0 and at most 1.
    pub fn new(weight: f64) -> Self {
        Self { weight, average: 0.0, forgotten: 1.0 }
    }
}

impl Detector for Ewma {
    fn update(&mut self, observation: &Observation) -> f64 {
        if let Some(z) = observation.z() {
            self.average += self.weight * (z - self.average);
            self.forgotten *= (1.0 - self.weight).powi(2);
        }
        let variance = self.weight / (2.0 - self.weight) * (1.0 - self.forgotten);
        if variance > 0.0 { self.average / variance.sqrt() } else { 0.0 }
    }
}

chart! {
    EwmaChart = "ewma", "EWMA", goes by ["weight"], shows Weight,
    "an average in which old days fade: good with small, lasting changes.",
    |d| Ewma::new(d.weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_first_value_is_the_deviation_and_a_constant_one_grows_by_the_gain_of_averaging() {
        let mut ewma = Ewma::new(0.2);
        let one = Observation::Normal { value: 1.0, mean: 0.0, sd: 1.0, level: 1.0 };
        assert!((ewma.update(&one) - 1.0).abs() < 1e-12);
        let last = (0..200).map(|_| ewma.update(&one)).last();
        // Z tends to 1 and its standard deviation to √(λ/(2 − λ)) = 1/3.
        assert!((last.unwrap_or(0.0) - 3.0).abs() < 1e-9);
    }
}
