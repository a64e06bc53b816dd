use super::Detector;
use crate::detection::observation::Observation;

/// What many teams really use: at the end of every window, one z-test of the window against the reference; windows do not overlap.
/// On the days between nothing is looked at: −∞.
#[derive(Clone, Copy, Debug)]
pub struct WeeklyZ {
    window_days: u32,
    days: u32,
    deviation: f64,
    variance: f64,
}

impl WeeklyZ {
    /// A look every `window_days`.
    pub fn new(window_days: u32) -> Self {
        Self { window_days: window_days.max(1), days: 0, deviation: 0.0, variance: 0.0 }
    }
}

impl Detector for WeeklyZ {
    fn update(&mut self, observation: &Observation) -> f64 {
        if let Some((deviation, variance)) = observation.deviation() {
            self.deviation += deviation;
            self.variance += variance;
        }
        self.days += 1;
        if self.days < self.window_days {
            return f64::NEG_INFINITY;
        }
        let z = if self.variance > 0.0 { self.deviation / self.variance.sqrt() } else { f64::NEG_INFINITY };
        *self = Self::new(self.window_days);
        z
    }
}

chart! {
    WeeklyZChart = "weekly_z", "weekly z-test", goes by ["window_days"], shows Days,
    "compares each whole window with launch, once a window: what many teams do.",
    |d| WeeklyZ::new(d.window_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_once_a_window() {
        let mut chart = WeeklyZ::new(2);
        let day = |bad| Observation::binomial(bad, 100.0, 0.1);
        let looks = [12.0, 14.0, 30.0, 10.0].map(|bad| chart.update(&day(bad)));
        for (look, expected) in looks.into_iter().zip([None, Some(6.0), None, Some(20.0)]) {
            let expected = expected.map_or(f64::NEG_INFINITY, |deviation: f64| deviation / 18.0_f64.sqrt());
            assert!(look.total_cmp(&expected).is_eq() || (look - expected).abs() < 1e-12);
        }
    }
}
