//! How many requests a model answers well: integrals of its success over the difficulty of requests, as they are at launch.

use crate::model::{Normal, Scenario, Segment, Tier};
use crate::simulation::{normal, quadrature};

/// Widest panel of the quadrature, in lengths over which success falls (`1 / discrimination`).
const WIDEST_FALLS: f64 = 3.0;

/// Which requests of a segment are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Those that are as hard as they look.
    Usual,
    /// Those that are harder than they look.
    Hidden,
}

/// A model, and what moves it.
#[derive(Clone, Copy, Debug)]
pub struct Model<'s> {
    tier: &'s Tier,
    step: f64,
}

impl<'s> Model<'s> {
    /// The model as it is.
    pub fn new(tier: &'s Tier) -> Self {
        Self { tier, step: 0.0 }
    }

    /// The same with this added to its ability, logits.
    pub fn moved(self, step: f64) -> Self {
        Self { step: self.step + step, ..self }
    }

    /// What it can do on a segment, logits.
    pub fn ability(&self, segment: &Segment) -> f64 {
        self.tier.ability + self.step + self.tier.skill.get(&segment.name).copied().unwrap_or(0.0)
    }

    /// Probability of a good answer at a difficulty (logits): the four-parameter logistic.
    fn success(&self, ability: f64, difficulty: f64) -> f64 {
        let Tier { lower, upper, discrimination, .. } = *self.tier;
        lower + (upper - lower) / (1.0 + (-discrimination * (ability - difficulty)).exp())
    }

    /// Share of requests of a normal difficulty that it answers well, with an ability (logits).
    pub fn share(&self, ability: f64, difficulty: Normal) -> f64 {
        self.above(ability, difficulty, f64::NEG_INFINITY)
    }

    /// The same of the hardest tenth of them.
    pub fn hardest_tenth(&self, ability: f64, difficulty: Normal) -> f64 {
        self.above(ability, difficulty, difficulty.mean + difficulty.sd * normal::quantile(0.9))
    }

    fn above(&self, ability: f64, difficulty: Normal, from: f64) -> f64 {
        let width = (quadrature::WIDEST_SD * difficulty.sd).min(WIDEST_FALLS / self.tier.discrimination);
        let nodes = quadrature::normal_nodes(difficulty.mean, difficulty.sd, width, &[ability, from]);
        let (sum, mass) = nodes
            .iter()
            .filter(|node| node.x >= from)
            .fold((0.0, 0.0), |(sum, mass), n| (sum + n.weight * self.success(ability, n.x), mass + n.weight));
        if mass > 0.0 { sum / mass } else { self.success(ability, from) }
    }
}

/// How hard the requests of a kind are on an average day, with a shift (logits); the spread from day to day is in it.
pub fn difficulty(scenario: &Scenario, segment: &Segment, kind: Kind, shift: f64) -> Normal {
    with_day(own_difficulty(segment, kind, shift), scenario.traffic.difficulty_day_sd)
}

/// The same on one day.
fn own_difficulty(segment: &Segment, kind: Kind, shift: f64) -> Normal {
    let (mean, sd) = match kind {
        Kind::Usual => (segment.difficulty.mean, segment.difficulty.sd),
        Kind::Hidden => (segment.hidden.mean, segment.hidden.sd),
    };
    Normal { mean: mean + shift, sd }
}

fn with_day(normal: Normal, day_sd: f64) -> Normal {
    Normal { sd: normal.sd.hypot(day_sd), ..normal }
}

/// Share of the requests of a segment that a model answers well, all of them as much harder as this (logits).
pub fn of_segment(scenario: &Scenario, model: Model<'_>, segment: &Segment, shift: f64) -> f64 {
    of(model, segment, shift, scenario.traffic.difficulty_day_sd)
}

fn of(model: Model<'_>, segment: &Segment, shift: f64, day_sd: f64) -> f64 {
    let ability = model.ability(segment);
    let well = |kind| model.share(ability, with_day(own_difficulty(segment, kind, shift), day_sd));
    let hidden = segment.hidden.share;
    let usual = if hidden < 1.0 { (1.0 - hidden) * well(Kind::Usual) } else { 0.0 };
    usual + if hidden > 0.0 { hidden * well(Kind::Hidden) } else { 0.0 }
}

/// Share of all requests of some segments, by their weights, that a model answers well; 0 without segments.
pub fn of_segments<'s>(
    scenario: &Scenario,
    model: Model<'_>,
    segments: impl Iterator<Item = &'s Segment>,
    shift: f64,
) -> f64 {
    weighted(segments.map(|segment| (segment.share, of_segment(scenario, model, segment, shift))))
}

/// The same of all segments on one day that is harder by a shift (logits).
pub fn on_a_day(scenario: &Scenario, model: Model<'_>, shift: f64) -> f64 {
    weighted(scenario.segments.iter().map(|segment| (segment.share, of(model, segment, shift, 0.0))))
}

/// Mean of values by their weights; 0 without weights.
pub fn weighted(values: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, weight) = values.fold((0.0, 0.0), |(sum, weight), (w, x)| (sum + w * x, weight + w));
    if weight > 0.0 { sum / weight } else { 0.0 }
}

/// Of two requests drawn at random from the usual traffic, the probability that a router of this noise (logits) puts the harder one
/// higher. The difference of two scores is the difference of the surfaces and a normal error of variance `2·noise²`.
pub fn told_apart(scenario: &Scenario, noise: f64) -> f64 {
    let error = std::f64::consts::SQRT_2 * noise;
    // Segments are many only in made-up files; their pairs are then told by the pooled spread.
    let kinds: Vec<(f64, Normal)> = match scenario.segments.as_slice() {
        segments if segments.len() <= MOST_PAIRED => {
            segments.iter().map(|s| (s.share, Normal { mean: s.difficulty.mean, sd: s.difficulty.sd })).collect()
        }
        segments => vec![(1.0, pooled(segments))],
    };
    weighted(kinds.iter().flat_map(|(wi, one)| {
        kinds.iter().map(move |(wj, other)| (wi * wj, ordered(one.mean - other.mean, one.sd.hypot(other.sd), error)))
    }))
}

/// More segments than these are not paired one by one.
const MOST_PAIRED: usize = 12;

/// Probability that a difference `D ~ Normal(mean, sd²)` keeps its sign under an error `Normal(0, error²)`: the two quadrants of a bivariate
/// normal, by Plackett's integral over the correlation (Drezner and Wesolowsky, 1990):
/// `Φ(h)Φ(k) + (1/2π) ∫ exp(−(h² + k² − 2hk sin θ) / (2 cos² θ)) dθ` from 0 to `asin ρ`.
fn ordered(mean: f64, sd: f64, error: f64) -> f64 {
    if error <= 0.0 {
        return 1.0;
    }
    let spread = sd.hypot(error);
    let (h, k, rho) = (mean / sd, mean / spread, sd / spread);
    let density = |theta: f64| {
        let (sine, cosine) = theta.sin_cos();
        (-(h * h + k * k - 2.0 * h * k * sine) / (2.0 * cosine * cosine)).exp()
    };
    let quadrants = normal::cdf(h) * normal::cdf(k) + normal::cdf(-h) * normal::cdf(-k);
    quadrants + quadrature::integral(0.0, rho.asin(), 2, density) / std::f64::consts::PI
}

/// The normal with the mean and the variance of a mixture.
fn pooled(segments: &[Segment]) -> Normal {
    let mean = weighted(segments.iter().map(|s| (s.share, s.difficulty.mean)));
    let variance =
        weighted(segments.iter().map(|s| (s.share, s.difficulty.sd.powi(2) + (s.difficulty.mean - mean).powi(2))));
    Normal { mean, sd: variance.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() < tolerance, "{a} against {b}");
    }

    #[test]
    fn one_kind_of_requests_is_told_apart_as_the_arcsine_says() {
        // Orthant probability of two normals with correlation ρ: 1/4 + asin(ρ)/(2π), on either side.
        let segment = |mean: f64| {
            let mut segment = Segment { share: 1.0, ..Segment::default() };
            segment.difficulty = Normal { mean, sd: 1.2 };
            segment
        };
        let scenario = Scenario { segments: vec![segment(0.3)], ..Scenario::default() };
        for noise in [0.1, 0.9, 4.0] {
            let rho = 1.2 / 1.2_f64.hypot(noise);
            close(told_apart(&scenario, noise), 0.5 + rho.asin() / std::f64::consts::PI, 1e-9);
        }
        close(told_apart(&scenario, 0.0), 1.0, 1e-12);
        // The same segment cut in two says the same.
        let halves = Scenario { segments: vec![segment(0.3), segment(0.3)], ..Scenario::default() };
        close(told_apart(&halves, 0.9), told_apart(&scenario, 0.9), 1e-12);
    }

    #[test]
    fn quadrants_are_those_of_the_plain_integral() {
        // E[Φ(|D| / error)] by quadrature over D, with a break where the absolute value bends.
        for (mean, sd, error) in
            [(0.0_f64, 1.0_f64, 0.5_f64), (1.3, 0.8, 1.2), (-3.0, 0.5, 0.3), (0.2, 1.5, 0.02), (2.0, 2.0, 20.0)]
        {
            let nodes = quadrature::normal_nodes(mean, sd, error.min(sd), &[0.0]);
            let slow: f64 = nodes.iter().map(|node| node.weight * normal::cdf(node.x.abs() / error)).sum();
            close(ordered(mean, sd, error), slow, 2e-6);
        }
    }

    #[test]
    fn the_tenths_of_a_kind_make_up_the_whole() {
        let tier = Tier { ability: 0.4, discrimination: 1.7, lower: 0.1, upper: 0.97, ..Tier::default() };
        let model = Model::new(&tier);
        let requests = Normal { mean: -0.2, sd: 1.4 };
        // The hardest tenth by a plain sum over a fine grid of quantiles.
        let slow = |from: f64| {
            let steps = 200_000;
            let at = |i: u32| from + (1.0 - from) * (f64::from(i) + 0.5) / f64::from(steps);
            let d = |u: f64| requests.mean + requests.sd * normal::quantile(u);
            (0..steps).map(|i| model.success(tier.ability, d(at(i)))).sum::<f64>() / f64::from(steps)
        };
        close(model.hardest_tenth(tier.ability, requests), slow(0.9), 1e-6);
        close(model.share(tier.ability, requests), slow(0.0), 1e-6);
    }
}
