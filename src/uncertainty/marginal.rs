//! The distribution of one number, through its 5 % and its 95 % point.

use crate::entry::{Number, written};
use crate::model::{Range, Shape};
use crate::simulation::normal;

/// Chance of a value below `low`, and of one above `high`.
pub const TAIL: f64 = 0.05;

/// The distribution of a number. Beyond the limits of its key it is cut: what lies there counts as the limit itself, so that the two points
/// that were given stay where they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Marginal {
    fitted: Fitted,
    limits: Number,
}

#[derive(Clone, Debug, PartialEq)]
enum Fitted {
    /// Of the number itself, its logarithm or its logit.
    Normal {
        scale: Scale,
        mean: f64,
        sd: f64,
    },
    Uniform {
        low: f64,
        high: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    /// Values, and the chance of a value up to each.
    Listed {
        values: Vec<f64>,
        up_to: Vec<f64>,
    },
}

/// The scale on which a number is normal.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    Plain,
    Log,
    Logit,
}

impl Scale {
    fn of(self, x: f64) -> f64 {
        match self {
            Self::Plain => x,
            Self::Log => x.ln(),
            Self::Logit => (x / (1.0 - x)).ln(),
        }
    }

    fn back(self, y: f64) -> f64 {
        match self {
            Self::Plain => y,
            Self::Log => y.exp(),
            Self::Logit => 1.0 / (1.0 + (-y).exp()),
        }
    }
}

impl Marginal {
    /// The distribution of a range, for a key with these limits whose value in the scenario is `now` (the mode of a triangle).
    ///
    /// # Errors
    /// The key of the range that is wrong, and what is.
    pub fn fit(range: &Range, limits: Number, now: f64) -> Result<Self, (&'static str, String)> {
        if let Some(values) = &range.values {
            return Self::listed(range, values, limits);
        }
        if range.weights.is_some() {
            return Err(("weights", "weights belong to values; give values, or leave them out".to_owned()));
        }
        let allowed = limits.allowed();
        let end = |key, end: Option<f64>| {
            let end = end.ok_or_else(|| (key, format!("missing; allowed: low and high, each {allowed}, or values")))?;
            // The ends of a whole number's range need not be whole.
            let is_within = Number { whole: false, ..limits }.allows(end);
            if is_within { Ok(end) } else { Err((key, format!("found {}, allowed: {allowed}", written(end)))) }
        };
        let (low, high) = (end("low", range.low)?, end("high", range.high)?);
        if low >= high {
            let message = format!("found {}, which is not below high ({})", written(low), written(high));
            return Err(("low", message));
        }
        let fitted = match shape(range.distribution, limits, low, high) {
            Shape::LogNormal if low <= 0.0 => {
                return Err(("low", format!("found {}; a log-normal number is above 0", written(low))));
            }
            Shape::LogitNormal if low <= 0.0 || high >= 1.0 => {
                let key = if low <= 0.0 { "low" } else { "high" };
                return Err((key, "a logit-normal number lies between 0 and 1, neither of them reached".to_owned()));
            }
            Shape::LogNormal => through(Scale::Log, low, high),
            Shape::LogitNormal => through(Scale::Logit, low, high),
            Shape::Uniform => {
                let beyond = (high - low) * TAIL / (1.0 - 2.0 * TAIL);
                Fitted::Uniform { low: low - beyond, high: high + beyond }
            }
            Shape::Triangular => {
                triangle(low, if now > low && now < high { now } else { f64::midpoint(low, high) }, high)
            }
            Shape::Auto | Shape::Normal => through(Scale::Plain, low, high),
        };
        Ok(Self { fitted, limits })
    }

    fn listed(range: &Range, values: &[f64], limits: Number) -> Result<Self, (&'static str, String)> {
        if range.low.is_some() || range.high.is_some() {
            return Err(("values", "give either low and high, or values, not both".to_owned()));
        }
        if let Some(wrong) = values.iter().find(|x| !limits.allows(**x)) {
            return Err(("values", format!("found {}, allowed: {}", written(*wrong), limits.allowed())));
        }
        let weights = range.weights.clone().unwrap_or_else(|| vec![1.0; values.len()]);
        let sum: f64 = weights.iter().sum();
        if weights.len() != values.len() || sum <= 0.0 {
            let message = format!(
                "found {} weights, allowed: one for each of the {} values, not all 0",
                weights.len(),
                values.len()
            );
            return Err(("weights", message));
        }
        let mut pairs: Vec<(f64, f64)> = values.iter().copied().zip(weights).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let up_to = pairs.iter().scan(0.0, |so_far, (_, weight)| {
            *so_far += weight / sum;
            Some(*so_far)
        });
        let up_to = up_to.collect();
        Ok(Self { fitted: Fitted::Listed { values: pairs.into_iter().map(|(x, _)| x).collect(), up_to }, limits })
    }

    /// The number below which it lies with chance `p`.
    pub fn quantile(&self, p: f64) -> f64 {
        self.limits.nearest(self.uncut(p))
    }

    /// The middle: half of the chance lies on either side.
    pub fn middle(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Of listed values: the chances between which the value of `p` is the same.
    pub fn step(&self, p: f64) -> Option<[f64; 2]> {
        let Fitted::Listed { values, up_to } = &self.fitted else { return None };
        let value = self.uncut(p);
        let ends = |i: &usize| {
            [i.checked_sub(1).and_then(|i| up_to.get(i)).copied().unwrap_or(0.0), up_to.get(*i).copied().unwrap_or(1.0)]
        };
        let same: Vec<[f64; 2]> = (0..values.len())
            .filter(|i| values.get(*i).is_some_and(|x| x.total_cmp(&value).is_eq()))
            .map(|i| ends(&i))
            .collect();
        Some([same.first()?[0], same.last()?[1]])
    }

    /// Chance of a value below `x`, before it is cut.
    fn below(&self, x: f64) -> f64 {
        match &self.fitted {
            Fitted::Normal { scale, mean, sd } => match scale {
                Scale::Log if x <= 0.0 => 0.0,
                Scale::Logit if x <= 0.0 => 0.0,
                Scale::Logit if x >= 1.0 => 1.0,
                _ => normal::cdf_at(scale.of(x), *mean, *sd),
            },
            Fitted::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Fitted::Triangular { low, mode, high } => {
                let (rising, falling, all) = (mode - low, high - mode, high - low);
                if x <= *low {
                    0.0
                } else if x >= *high {
                    1.0
                } else if x <= *mode {
                    (x - low).powi(2) / (all * rising)
                } else {
                    1.0 - (high - x).powi(2) / (all * falling)
                }
            }
            Fitted::Listed { .. } => f64::from(x > self.limits.max),
        }
    }

    fn uncut(&self, p: f64) -> f64 {
        match &self.fitted {
            Fitted::Normal { scale, mean, sd } => scale.back(mean + sd * normal::quantile(p)),
            Fitted::Uniform { low, high } => low + p.clamp(0.0, 1.0) * (high - low),
            Fitted::Triangular { low, mode, high } => {
                let (rising, falling, all) = (mode - low, high - mode, high - low);
                let p = p.clamp(0.0, 1.0);
                if p * all <= rising {
                    low + (p * all * rising).sqrt()
                } else {
                    high - ((1.0 - p) * all * falling).sqrt()
                }
            }
            Fitted::Listed { values, up_to } => {
                let index = up_to.partition_point(|up_to| *up_to < p - 1e-12);
                values.get(index).or(values.last()).copied().unwrap_or(0.0)
            }
        }
    }

    /// The chance that is cut below and above.
    pub fn cut(&self) -> [f64; 2] {
        match self.fitted {
            Fitted::Listed { .. } => [0.0; 2],
            _ => [self.below(self.limits.min), 1.0 - self.below(self.limits.max)],
        }
    }

    /// Its shape in words.
    pub fn told(&self) -> &'static str {
        match self.fitted {
            Fitted::Normal { scale: Scale::Plain, .. } => "normal",
            Fitted::Normal { scale: Scale::Log, .. } => "log-normal",
            Fitted::Normal { scale: Scale::Logit, .. } => "logit-normal",
            Fitted::Uniform { .. } => "uniform",
            Fitted::Triangular { .. } => "triangular",
            Fitted::Listed { .. } => "listed values",
        }
    }

    /// The limits of its key.
    pub fn limits(&self) -> Number {
        self.limits
    }

    /// Whether it is a share or a probability, so that labels can be counted for it.
    pub fn is_rate(&self) -> bool {
        is_share(self.limits)
    }
}

fn is_share(limits: Number) -> bool {
    limits.unit.is_empty() && limits.min.total_cmp(&0.0).is_eq() && limits.max.total_cmp(&1.0).is_eq()
}

/// What `auto` stands for.
fn shape(given: Shape, limits: Number, low: f64, high: f64) -> Shape {
    match given {
        Shape::Auto if is_share(limits) && low > 0.0 && high < 1.0 => Shape::LogitNormal,
        Shape::Auto if limits.min >= 0.0 && limits.max > 1.0 && low > 0.0 => Shape::LogNormal,
        Shape::Auto => Shape::Normal,
        other => other,
    }
}

/// Normal on a scale, through its two points.
fn through(scale: Scale, low: f64, high: f64) -> Fitted {
    let (a, b) = (scale.of(low), scale.of(high));
    Fitted::Normal { scale, mean: f64::midpoint(a, b), sd: (b - a) / (2.0 * normal::quantile(1.0 - TAIL)) }
}

/// The triangle with this mode, of which a twentieth lies below `low` and above `high`.
///
/// With `u` and `v` the lengths on either side of the mode: `(u − p)² = TAIL·(u + v)·u`, `(v − q)² = TAIL·(u + v)·v`, solved for `u` and `v`
/// at a known sum, which is iterated.
fn triangle(low: f64, mode: f64, high: f64) -> Fitted {
    let (p, q) = (mode - low, high - mode);
    let side = |p: f64, sum: f64| {
        let b = p + 0.5 * TAIL * sum;
        b + (b * b - p * p).max(0.0).sqrt()
    };
    let mut sum = p + q;
    for _ in 0..500 {
        let next = side(p, sum) + side(q, sum);
        let is_there = (next - sum).abs() <= 1e-15 * next;
        sum = next;
        if is_there {
            break;
        }
    }
    Fitted::Triangular { low: mode - side(p, sum), mode, high: mode + side(q, sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share() -> Number {
        Number::SHARE
    }

    fn usd() -> Number {
        Number { unit: "USD", min: 0.0, max: 1e9, above_min: false, whole: false }
    }

    fn logits() -> Number {
        Number { unit: "logits", min: -20.0, max: 20.0, above_min: false, whole: false }
    }

    fn range(low: f64, high: f64, distribution: Shape) -> Range {
        Range { low: Some(low), high: Some(high), distribution, ..Range::default() }
    }

    #[test]
    fn every_shape_meets_its_two_points_and_its_distribution_inverts_its_quantiles()
    -> Result<(), (&'static str, String)> {
        for (limits, low, high, now, told) in [
            (usd(), 20.0, 300.0, 240.0, "log-normal"),
            (share(), 0.01, 0.2, 0.05, "logit-normal"),
            (logits(), -1.0, 2.5, 1.0, "normal"),
            (share(), 0.0, 0.2, 0.05, "normal"),
        ] {
            for shape in Shape::ALL.iter().copied() {
                let wanted = range(low, high, shape);
                if low <= 0.0 && matches!(shape, Shape::LogNormal | Shape::LogitNormal)
                    || shape == Shape::LogitNormal && high > 1.0
                {
                    assert!(Marginal::fit(&wanted, limits, now).is_err(), "{shape:?} {low} {high}");
                    continue;
                }
                let marginal = Marginal::fit(&wanted, limits, now)?;
                assert!(shape != Shape::Auto || marginal.told() == told, "{}", marginal.told());
                let [a, b] = [TAIL, 1.0 - TAIL].map(|p| marginal.quantile(p));
                assert!((a - low).abs() < 1e-6 * high && (b - high).abs() < 1e-6 * high, "{shape:?}: {a} {b}");
                for p in [0.01, 0.3, 0.5, 0.8, 0.99] {
                    let back = marginal.below(marginal.uncut(p));
                    assert!((back - p).abs() < 1e-9, "{shape:?} {p}: {back}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn what_lies_beyond_the_limits_is_cut_and_told() -> Result<(), (&'static str, String)> {
        // Normal with 5 % at 0: a share below 0 is none.
        let marginal = Marginal::fit(&range(0.0, 0.2, Shape::Normal), share(), 0.1)?;
        assert!((marginal.cut()[0] - 0.05).abs() < 1e-9 && marginal.cut()[1] < 1e-12);
        assert!(marginal.quantile(0.01).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn listed_values_come_with_their_weights() -> Result<(), (&'static str, String)> {
        let (values, weights) = (Some(vec![3.0, 1.0, 2.0]), Some(vec![1.0, 2.0, 1.0]));
        let listed = Marginal::fit(&Range { values, weights, ..Range::default() }, usd(), 1.0)?;
        let found: Vec<f64> = [0.1, 0.5, 0.6, 0.75, 0.8, 1.0].iter().map(|p| listed.quantile(*p)).collect();
        assert_eq!(found, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
        Ok(())
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_key() {
        let listed =
            |values: Vec<f64>, weights: Option<Vec<f64>>| Range { values: Some(values), weights, ..Range::default() };
        for (wrong, limits, key) in [
            (range(2.0, 1.0, Shape::Auto), usd(), "low"),
            (range(1.0, 1.0, Shape::Auto), usd(), "low"),
            (range(-1.0, 1.0, Shape::Auto), usd(), "low"),
            (range(0.5, 1.5, Shape::Auto), share(), "high"),
            (range(0.0, 3.0, Shape::LogNormal), usd(), "low"),
            (Range { low: Some(1.0), ..Range::default() }, usd(), "high"),
            (Range::default(), usd(), "low"),
            (listed(vec![0.5, 2.0], None), share(), "values"),
            (listed(vec![0.5, 0.6], Some(vec![1.0])), share(), "weights"),
            (listed(vec![0.5, 0.6], Some(vec![0.0, 0.0])), share(), "weights"),
            (Range { low: Some(0.1), ..listed(vec![0.5], None) }, share(), "values"),
        ] {
            assert_eq!(Marginal::fit(&wrong, limits, 1.0).map_err(|(key, _)| key), Err(key), "{wrong:?}");
        }
    }
}
