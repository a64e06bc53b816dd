use super::Detector;
use crate::detection::observation::Observation;

/// Tolerated drift, standard deviations.
const TOLERANCE: f64 = 0.1;

/// Page–Hinkley: `m ← m + z − z̄ − 0.1` with `z̄` the mean so far; the statistic is `m − min m` with the least over the days before (0 at first;
/// Hinkley, *Biometrika* 58, 1971; in
/// the form of Mouss et al., *5th Asian Control Conference*, 2004). It learns its level as it goes, and so forgets a slow drift.
#[derive(Clone, Copy, Debug)]
pub struct PageHinkley {
    seen: f64,
    mean: f64,
    sum: f64,
    least: f64,
    statistic: f64,
}

impl PageHinkley {
    /// Before the first day.
    pub fn new() -> Self {
        Self { seen: 0.0, mean: 0.0, sum: 0.0, least: 0.0, statistic: f64::NEG_INFINITY }
    }
}

impl Default for PageHinkley {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector for PageHinkley {
    fn update(&mut self, observation: &Observation) -> f64 {
        if let Some(z) = observation.z() {
            self.seen += 1.0;
            self.mean += (z - self.mean) / self.seen;
            self.sum += z - self.mean - TOLERANCE;
            self.statistic = self.sum - self.least;
            self.least = self.least.min(self.sum);
        }
        self.statistic
    }
}

chart! {
    PageHinkleyChart = "page_hinkley", "Page–Hinkley", goes by [], shows None,
    "adds up how far the days lie above their own mean so far, and so gets used to a slow drift.",
    |_| PageHinkley::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_measures_from_its_own_mean() {
        let mut chart = PageHinkley::new();
        let day = |value| Observation::Normal { value, mean: 0.0, sd: 1.0, level: 1.0 };
        // Means 5, 5, 6: sums −0.1, −0.2, −0.2 + 8 − 6 − 0.1 = 1.7; least before them 0, −0.1, −0.2.
        let statistics = [5.0, 5.0, 8.0].map(|value| chart.update(&day(value)));
        for (statistic, expected) in statistics.into_iter().zip([-0.1, -0.1, 1.9]) {
            assert!((statistic - expected).abs() < 1e-12, "{statistic}");
        }
    }
}
