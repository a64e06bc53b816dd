use std::collections::VecDeque;

use super::Detector;
use crate::detection::observation::Observation;

/// Generalised likelihood ratio: the largest log-likelihood ratio over every starting day in the window and every increase since
/// (Lorden, *Ann. Math. Statist.* 42, 1971; windows: Lai, *J. R. Statist. Soc. B* 57, 1995), nats.
#[derive(Clone, Debug)]
pub struct Glr {
    window: usize,
    /// Sums since each starting day, the oldest first.
    since: VecDeque<Sums>,
}

/// Sufficient statistics of a stretch of days.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// Whether anything came in.
    seen: bool,
    bad: f64,
    labels: f64,
    expected: f64,
    count: f64,
    mean: f64,
    score: f64,
    information: f64,
}

impl Sums {
    fn add(&mut self, observation: &Observation) {
        self.seen |= observation.is_something();
        match *observation {
            Observation::Binomial { bad, labels, rate, .. } => {
                self.bad += bad;
                self.labels += labels;
                self.expected += labels * rate;
            }
            Observation::Poisson { count, exposure, rate, .. } => {
                self.count += count;
                self.mean += exposure * rate;
            }
            Observation::Normal { value, mean, sd, level } if sd > 0.0 => {
                self.score += (value - mean) * level / (sd * sd);
                self.information += (level / sd).powi(2);
            }
            _ => {}
        }
    }

    /// Each family's maximum in closed form: `n·KL(p̂, p)`, `x ln(x/μ) − x + μ`, `A²/2B`; with a minus sign where less was observed than
    /// expected, so that quiet stretches can be told apart.
    fn log_likelihood_ratio(&self) -> f64 {
        let term = |observed: f64, expected: f64| {
            if observed > 0.0 { observed * (observed / expected.max(1e-9)).ln() } else { 0.0 }
        };
        let binomial = term(self.bad, self.expected) + term(self.labels - self.bad, self.labels - self.expected);
        let poisson = term(self.count, self.mean) - self.count + self.mean;
        let normal = if self.information > 0.0 { 0.5 * self.score * self.score / self.information } else { 0.0 };
        binomial.copysign(self.bad - self.expected)
            + poisson.copysign(self.count - self.mean)
            + normal.copysign(self.score)
    }
}

impl Glr {
    /// Over windows of up to `window_days` days.
    pub fn new(window_days: u32) -> Self {
        Self { window: window_days.max(1) as usize, since: VecDeque::new() }
    }
}

impl Detector for Glr {
    fn update(&mut self, observation: &Observation) -> f64 {
        if self.since.len() == self.window {
            self.since.pop_front();
        }
        self.since.push_back(Sums::default());
        let mut most = f64::NEG_INFINITY;
        for sums in &mut self.since {
            sums.add(observation);
            if sums.seen {
                most = most.max(sums.log_likelihood_ratio());
            }
        }
        most
    }
}

chart! {
    GlrChart = "glr", "GLR", goes by ["window_days"], shows Days,
    "looks for the start and the size of a loss that fit the last days best: no size needs to be set.",
    |d| Glr::new(d.window_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_best_start_and_the_best_level() {
        let mut glr = Glr::new(3);
        let day = |bad| Observation::binomial(bad, 100.0, 0.1);
        for (bad, from) in [(5.0, Some((5.0, 100.0))), (20.0, Some((20.0, 100.0))), (15.0, Some((35.0, 200.0)))] {
            let expected = from.map_or(0.0, |(bad, labels): (f64, f64)| {
                let p: f64 = bad / labels;
                let divergence = labels * (p * (p / 0.1).ln() + (1.0 - p) * ((1.0 - p) / 0.9).ln());
                divergence.copysign(p - 0.1)
            });
            assert!((glr.update(&day(bad)) - expected).abs() < 1e-9, "{bad}");
        }
        // A normal stretch: A²/2B = (2 + 2)²/(2·2).
        let mut glr = Glr::new(2);
        let day = Observation::Normal { value: 2.0, mean: 0.0, sd: 1.0, level: 1.0 };
        glr.update(&day);
        assert!((glr.update(&day) - 4.0).abs() < 1e-12);
    }
}
