use super::Detector;
use crate::detection::observation::Observation;

/// ADWIN's test (Bifet & Gavaldà, *SIAM Data Mining*, 2007): split the window at every day; a cut is due when the newer mean exceeds the older
/// by `√(2σ²L/m) + 2L/(3m)`, `L = ln(2 ln n/δ)` and `m` the harmonic mean of the two sizes. Read the other way round, the statistic is the
/// largest `L` at which a cut would be due, so that its confidence needs no grid to be calibrated. The first cut is the alarm, and
/// improvements do not shorten the window.
#[derive(Clone, Debug, Default)]
pub struct Adwin {
    /// Weight and mean of each day.
    days: Vec<(f64, f64)>,
    weight: f64,
    sum: f64,
    squares: f64,
    kind: Spread,
}

/// How the variance of one observation follows from the window.
#[derive(Clone, Copy, Debug, Default)]
enum Spread {
    #[default]
    Bernoulli,
    Poisson,
    Unit,
}

impl Adwin {
    /// Before the first day.
    pub fn new() -> Self {
        Self::default()
    }

    fn variance(&self) -> f64 {
        let mean = self.sum / self.weight;
        match self.kind {
            Spread::Bernoulli => mean * (1.0 - mean),
            Spread::Poisson => mean,
            Spread::Unit => (self.squares / self.weight - mean * mean).max(1e-6),
        }
    }
}

impl Detector for Adwin {
    fn update(&mut self, observation: &Observation) -> f64 {
        let (kind, weight, mean) = match *observation {
            Observation::Binomial { bad, labels, .. } if labels > 0.0 => (Spread::Bernoulli, labels, bad / labels),
            Observation::Poisson { count, exposure, .. } if exposure > 0.0 => {
                (Spread::Poisson, exposure, count / exposure)
            }
            Observation::Normal { .. } => match observation.z() {
                Some(z) => (Spread::Unit, 1.0, z),
                None => return 0.0,
            },
            _ => return 0.0,
        };
        self.kind = kind;
        self.days.push((weight, mean));
        self.weight += weight;
        self.sum += weight * mean;
        self.squares += weight * mean * mean;
        let variance = self.variance();
        let (mut older_weight, mut older_sum, mut most) = (0.0, 0.0, 0.0_f64);
        for (weight, mean) in &self.days[..self.days.len() - 1] {
            older_weight += weight;
            older_sum += weight * mean;
            let newer_weight = self.weight - older_weight;
            let gap = (self.sum - older_sum) / newer_weight - older_sum / older_weight;
            if gap > 0.0 {
                // a·y² + b·y = gap with y = √L.
                let m = 1.0 / (1.0 / older_weight + 1.0 / newer_weight);
                let (a, b) = (2.0 / (3.0 * m), (2.0 * variance / m).sqrt());
                let y = ((b * b + 4.0 * a * gap).sqrt() - b) / (2.0 * a);
                most = most.max(y * y);
            }
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_due_just_below_its_statistic() {
        let mut adwin = Adwin::new();
        let day = |bad| Observation::binomial(bad, 100.0, 0.1);
        adwin.update(&day(10.0));
        adwin.update(&day(12.0));
        let l = adwin.update(&day(30.0));
        let variance = 52.0 / 300.0 * (1.0 - 52.0 / 300.0);
        let cut = |older: f64, newer: f64| {
            let m = 1.0 / (1.0 / older + 1.0 / newer);
            (2.0 * variance * l / m).sqrt() + 2.0 * l / (3.0 * m)
        };
        // The best cut is before the last day: 0.30 against 0.11.
        assert!((cut(200.0, 100.0) - 0.19).abs() < 1e-12);
        assert!(cut(100.0, 200.0) > 0.21 - 0.10);
    }
}
