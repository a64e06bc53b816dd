use super::Detector;
use crate::detection::observation::Observation;

/// ADWIN's test (Bifet & Gavaldà, *SIAM Data Mining*, 2007): split the window at every day; a cut is due when the newer mean exceeds the older
/// by `√(2σ²L/m) + 2L/(3m)`, `L = ln(2 ln n/δ)` and `m` the harmonic mean of the two sizes. Read the other way round, the statistic is the
/// largest `L` at which a cut would be due, so that its confidence needs no grid to be calibrated. The first cut is the alarm, and
/// improvements do not shorten the window.
#[derive(Clone, Debug, Default)]
pub struct Adwin {
    /// Weight and mean of each day; in the middle, of several days together.
    days: Vec<(f64, f64)>,
    weight: f64,
    sum: f64,
    squares: f64,
    kind: Spread,
}

/// Cuts that are tried at the most. Beyond it neighbours in the middle become one, so that the time that a day takes stays bounded.
const MOST_CUTS: usize = 400;
/// Days at the beginning that stay apart.
const FIRST_DAYS: usize = 100;
/// Newest days that stay apart.
const NEWEST_DAYS: usize = 200;

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

    /// Makes one of the two neighbours that weigh least, when there are too many; not among the first days and the newest, where a cut a day
    /// earlier or later is another one.
    fn merge(&mut self) {
        if self.days.len() <= MOST_CUTS {
            return;
        }
        let middle = FIRST_DAYS..MOST_CUTS - NEWEST_DAYS;
        let pairs = self.days.windows(2).enumerate().skip(middle.start).take(middle.len());
        let together = |pair: &[(f64, f64)]| pair.iter().map(|(weight, _)| weight).sum::<f64>();
        let least = pairs.map(|(i, pair)| (i, together(pair))).min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((i, weight)) = least {
            let (of, mean) = self.days.remove(i + 1);
            if let Some(kept) = self.days.get_mut(i) {
                *kept = (weight, (kept.0 * kept.1 + of * mean) / weight);
            }
        }
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
        self.merge();
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
                let a = 2.0 / (3.0 * m);
                // Roots only where this cut exceeds the best so far: a·y² + b·y < gap there.
                let rest = gap - a * most;
                if rest <= 0.0 || rest * rest < (1.0 - 1e-9) * 2.0 * variance / m * most {
                    continue;
                }
                let b = (2.0 * variance / m).sqrt();
                let y = ((b * b + 4.0 * a * gap).sqrt() - b) / (2.0 * a);
                most = most.max(y * y);
            }
        }
        most
    }
}

chart! {
    AdwinChart = "adwin", "ADWIN", goes by [], shows None,
    "splits the days so far everywhere, and compares the newer part with the older one.",
    |_| Adwin::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_take_bounded_work_and_the_same_statistic() {
        let mut adwin = Adwin::new();
        let mut days: Vec<f64> = Vec::new();
        for day in 0..3650_u32 {
            let bad = 10.0 + f64::from(day * 7919 % 13) + if day > 3400 { 3.0 } else { 0.0 };
            days.push(bad);
            let found = adwin.update(&Observation::binomial(bad, 100.0, 0.1));
            assert!(adwin.days.len() <= MOST_CUTS);
            if day % 350 != 349 && day != 3649 {
                continue;
            }
            // Every cut, as the definition has it.
            let n = days.len();
            let mean = days.iter().sum::<f64>() / (100.0 * n as f64);
            let best = (1..n)
                .map(|cut| {
                    let (older, newer) = (100.0 * cut as f64, 100.0 * (n - cut) as f64);
                    let gap = days[cut..].iter().sum::<f64>() / newer - days[..cut].iter().sum::<f64>() / older;
                    let m = 1.0 / (1.0 / older + 1.0 / newer);
                    let (a, b) = (2.0 / (3.0 * m), (2.0 * mean * (1.0 - mean) / m).sqrt());
                    let y = ((b * b + 4.0 * a * gap.max(0.0)).sqrt() - b) / (2.0 * a);
                    y * y
                })
                .fold(0.0, f64::max);
            assert!((found - best).abs() < 0.05 * best + 0.01, "day {day}: {found} for {best}");
            if n <= MOST_CUTS {
                assert!((found - best).abs() < 1e-9 * best + 1e-12, "day {day}: {found} for {best}");
            }
        }
    }

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
