use crate::detection::observation::Observation;

/// A reference level estimated from the first days, as teams must who do not know it. It replaces the known reference of each
/// later observation; the first days themselves are withheld.
#[derive(Clone, Copy, Debug)]
pub struct Baseline {
    days_left: u32,
    bad: f64,
    labels: f64,
    count: f64,
    exposure: f64,
    deviation: f64,
    seen: f64,
}

impl Baseline {
    /// Estimated over `days`.
    pub fn new(days: u32) -> Self {
        Self { days_left: days, bad: 0.0, labels: 0.0, count: 0.0, exposure: 0.0, deviation: 0.0, seen: 0.0 }
    }

    /// The observation against the estimated reference, nothing while that is still being estimated.
    pub fn apply(&mut self, observation: &Observation) -> Observation {
        if self.days_left > 0 {
            self.days_left -= 1;
            match *observation {
                Observation::Binomial { bad, labels, .. } => {
                    self.bad += bad;
                    self.labels += labels;
                }
                Observation::Poisson { count, exposure, .. } => {
                    self.count += count;
                    self.exposure += exposure;
                }
                Observation::Normal { value, mean, .. } => {
                    self.deviation += value - mean;
                    self.seen += 1.0;
                }
                Observation::None => {}
            }
            return Observation::None;
        }
        match *observation {
            // Half an event more (Jeffreys), so that a quiet baseline does not turn the first event into proof.
            Observation::Binomial { bad, labels, rate: known, level } if self.labels > 0.0 => {
                let rate = (self.bad + 0.5) / (self.labels + 1.0);
                Observation::Binomial { bad, labels, rate, level: in_proportion(level, known, rate) }
            }
            Observation::Poisson { count, exposure, rate: known, level } if self.exposure > 0.0 => {
                let rate = (self.count + 0.5) / self.exposure;
                Observation::Poisson { count, exposure, rate, level: in_proportion(level, known, rate) }
            }
            Observation::Normal { value, mean, sd, level } if self.seen > 0.0 => {
                Observation::Normal { value, mean: mean + self.deviation / self.seen, sd, level }
            }
            _ => Observation::None,
        }
    }
}

/// The level beside an estimated rate: the same share of it as of the known one.
fn in_proportion(level: f64, known: f64, estimated: f64) -> f64 {
    if known > 0.0 { level / known * estimated } else { estimated }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_days_set_the_level() {
        let mut baseline = Baseline::new(2);
        let day = |bad| Observation::binomial(bad, 100.0, 0.5);
        assert_eq!(baseline.apply(&day(9.0)), Observation::None);
        assert_eq!(baseline.apply(&day(10.0)), Observation::None);
        let expected = Observation::binomial(12.0, 100.0, 19.5 / 201.0);
        assert_eq!(baseline.apply(&day(12.0)), expected);
    }
}
