//! What a detector is fed each day, and the two ways of reading it: as a deviation, and as a likelihood ratio.

/// One day's observation of one stream. The reference is what launch assumptions, or a baseline period, say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Observation {
    /// Nothing came in.
    #[default]
    None,
    /// Labels, each bad with some probability.
    Binomial {
        /// Bad ones.
        bad: f64,
        /// All.
        labels: f64,
        /// Reference probability of a bad one.
        rate: f64,
        /// Level that an alternative is a multiple of: the probability moves by `(ratio − 1)·level`.
        level: f64,
    },
    /// Events that come in at some rate.
    Poisson {
        /// Events.
        count: f64,
        /// What they come from, such as requests.
        exposure: f64,
        /// Reference events per unit of exposure.
        rate: f64,
        /// Level that an alternative is a multiple of: the rate moves by `(ratio − 1)·level`.
        level: f64,
    },
    /// A number, nearly normal.
    Normal {
        /// The number; larger is worse.
        value: f64,
        /// Reference mean.
        mean: f64,
        /// Reference standard deviation.
        sd: f64,
        /// Level that an alternative is a multiple of: the mean moves by `(ratio − 1)·level`.
        level: f64,
    },
}

/// Keeps a probability away from where logarithms end.
fn inside(p: f64) -> f64 {
    p.clamp(1e-9, 1.0 - 1e-9)
}

impl Observation {
    /// Labels, an alternative being a multiple of the reference probability itself.
    pub fn binomial(bad: f64, labels: f64, rate: f64) -> Self {
        Self::Binomial { bad, labels, rate, level: rate }
    }

    /// Events, an alternative being a multiple of the reference rate itself.
    pub fn poisson(count: f64, exposure: f64, rate: f64) -> Self {
        Self::Poisson { count, exposure, rate, level: rate }
    }

    /// Whether anything came in.
    pub fn is_something(&self) -> bool {
        match *self {
            Self::None => false,
            Self::Binomial { labels, .. } => labels > 0.0,
            Self::Poisson { exposure, .. } => exposure > 0.0,
            Self::Normal { sd, .. } => sd > 0.0,
        }
    }

    /// Deviation from the reference and its variance under the reference; larger is worse. `None` where nothing came in.
    pub fn deviation(&self) -> Option<(f64, f64)> {
        match *self {
            Self::Binomial { bad, labels, rate, .. } if labels > 0.0 => {
                let rate = inside(rate);
                Some((bad - labels * rate, labels * rate * (1.0 - rate)))
            }
            Self::Poisson { count, exposure, rate, .. } if exposure > 0.0 => {
                let mean = exposure * rate.max(1e-12);
                Some((count - mean, mean))
            }
            Self::Normal { value, mean, sd, .. } if sd > 0.0 => Some((value - mean, sd * sd)),
            _ => None,
        }
    }

    /// Deviation in standard deviations.
    pub fn z(&self) -> Option<f64> {
        self.deviation().map(|(deviation, variance)| deviation / variance.sqrt())
    }

    /// Logarithm of the likelihood ratio between the alternative and the reference, nats. See [`Alternative`].
    pub fn log_likelihood_ratio(&self, ratio: f64) -> f64 {
        Alternative::new(ratio).log_likelihood_ratio(self)
    }
}

/// An alternative to the reference of observations. It lies `ratio − 1` times the level
/// above the reference: where the level is the reference itself, it is `ratio` times that.
/// A probability that would reach one is kept half way between the reference and one.
#[derive(Clone, Copy, Debug)]
pub struct Alternative {
    ratio: f64,
    /// The last reference and level, and the logarithms that follow from them: on most days they are those of the day before.
    binomial: ((f64, f64), [f64; 2]),
    /// The same of counts, with the rate by which the alternative is larger.
    poisson: ((f64, f64), [f64; 2]),
}

impl Alternative {
    /// With this ratio.
    pub fn new(ratio: f64) -> Self {
        let nothing = ((f64::NAN, f64::NAN), [0.0; 2]);
        Self { ratio, binomial: nothing, poisson: nothing }
    }

    /// Logarithm of the likelihood ratio between the alternative and the reference, nats.
    pub fn log_likelihood_ratio(&mut self, observation: &Observation) -> f64 {
        let ratio = self.ratio;
        match *observation {
            Observation::Binomial { bad, labels, rate, level } if labels > 0.0 => {
                let [of_bad, of_good] = remembered(&mut self.binomial, (rate, level), || {
                    let rate = inside(rate);
                    let alternative = inside((rate + (ratio - 1.0) * level).min(0.5 * (1.0 + rate)));
                    [(alternative / rate).ln(), ((1.0 - alternative) / (1.0 - rate)).ln()]
                });
                bad * of_bad + (labels - bad) * of_good
            }
            Observation::Poisson { count, exposure, rate, level } if exposure > 0.0 => {
                let [of_one, more] = remembered(&mut self.poisson, (rate, level), || {
                    let rate = rate.max(1e-12);
                    let alternative = (rate + (ratio - 1.0) * level).max(1e-12);
                    [(alternative / rate).ln(), alternative - rate]
                });
                count * of_one - more * exposure
            }
            Observation::Normal { value, mean, sd, level } if sd > 0.0 => {
                let shift = (ratio - 1.0) * level / sd;
                shift * (value - mean) / sd - 0.5 * shift * shift
            }
            _ => 0.0,
        }
    }
}

/// What was worked out for the last key, or is now for another.
fn remembered(
    (last, values): &mut ((f64, f64), [f64; 2]),
    key: (f64, f64),
    work: impl FnOnce() -> [f64; 2],
) -> [f64; 2] {
    let is_same = |a: f64, b: f64| a.to_bits() == b.to_bits();
    if !is_same(last.0, key.0) || !is_same(last.1, key.1) {
        (*last, *values) = (key, work());
    }
    *values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likelihood_ratios_are_those_of_the_densities() {
        // Binomial(5, 0.1) at x = 2 against 0.2: (0.2/0.1)²·(0.8/0.9)³.
        let binomial = Observation::binomial(2.0, 5.0, 0.1);
        let expected = (4.0 * (0.8_f64 / 0.9).powi(3)).ln();
        assert!((binomial.log_likelihood_ratio(2.0) - expected).abs() < 1e-12);
        // Poisson(6) at 9 against 9: 1.5⁹·e⁻³.
        let poisson = Observation::poisson(9.0, 60.0, 0.1);
        assert!((poisson.log_likelihood_ratio(1.5) - (9.0 * 1.5_f64.ln() - 3.0)).abs() < 1e-12);
        // A reader who calls half of the failures bad, of which there are 8 %, and a tenth of the successes: 0.132. Twice the failures: 0.164.
        let noisy = Observation::Binomial { bad: 1.0, labels: 1.0, rate: 0.132, level: 0.164 - 0.132 };
        assert!((noisy.log_likelihood_ratio(2.0) - (0.164_f64 / 0.132).ln()).abs() < 1e-12);
        // N(0.5, 2²) at 1.5 against mean 0.5 + 0.5·3.
        let normal = Observation::Normal { value: 1.5, mean: 0.5, sd: 2.0, level: 3.0 };
        let density = |mean: f64| -(1.5 - mean).powi(2) / 8.0;
        assert!((normal.log_likelihood_ratio(1.5) - (density(2.0) - density(0.5))).abs() < 1e-12);
    }

    #[test]
    fn nothing_says_nothing() {
        for nothing in [Observation::None, Observation::binomial(0.0, 0.0, 0.1), Observation::poisson(0.0, 0.0, 0.1)] {
            assert!(nothing.z().is_none() && nothing.log_likelihood_ratio(2.0) == 0.0);
        }
        let never_bad = Observation::binomial(3.0, 10.0, 0.0);
        assert!(never_bad.log_likelihood_ratio(2.0).is_finite());
    }
}
