//! The parameters in force on one day.

use super::error::WorldError;
use crate::model::Change;

/// A log-normal distribution by the parameters of its logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    /// Mean.
    pub mean: f64,
    /// Mean of the logarithm.
    pub mu: f64,
    /// Standard deviation of the logarithm.
    pub sigma: f64,
}

impl LogNormal {
    /// From mean and coefficient of variation: `σ² = ln(1 + cv²)`, `μ = ln mean − σ²/2`.
    pub fn from_mean_cv(mean: f64, cv: f64) -> Self {
        let variance = (cv * cv).ln_1p();
        Self { mean, mu: mean.ln() - 0.5 * variance, sigma: variance.sqrt() }
    }
}

/// A segment as it is on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentState {
    /// Probability that a request is of this segment.
    pub share: f64,
    /// Mean of the surface difficulty, visible shifts included, logits.
    pub surface_mean: f64,
    /// Standard deviation of the surface difficulty, logits.
    pub surface_sd: f64,
    /// What a plain request's difficulty adds to its surface (the invisible shift), logits.
    pub unseen_shift: f64,
    /// Share of hidden-hard requests.
    pub hidden_share: f64,
    /// Mean of the hidden-hard difficulty, shifts included, logits.
    pub hidden_mean: f64,
    /// Standard deviation of the hidden-hard difficulty, logits.
    pub hidden_sd: f64,
    /// Input tokens.
    pub input: LogNormal,
    /// Output tokens of a tier with verbosity 1.
    pub output: LogNormal,
    /// Multiplier of what a failure costs.
    pub stakes: f64,
    /// Ability of each tier on this segment, logits.
    pub ability: Vec<f64>,
    /// Expected cost of one call to each tier, USD.
    pub call_usd: Vec<f64>,
    /// Expected latency of one call to each tier, ms.
    pub call_ms: Vec<f64>,
}

/// A tier as it is on one day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TierState {
    /// Slope of the logistic.
    pub discrimination: f64,
    /// Lower asymptote.
    pub lower: f64,
    /// Upper asymptote.
    pub upper: f64,
    /// USD per input token, caching included.
    pub usd_per_input_token: f64,
    /// USD per token of a history that a prompt cache holds.
    pub usd_per_cached_token: f64,
    /// USD per token of a history that it does not hold.
    pub usd_per_written_token: f64,
    /// USD per output token of a tier with verbosity 1 (verbosity included).
    pub usd_per_output_token: f64,
    /// Time to the first token, ms.
    pub first_token_ms: f64,
    /// ms per output token of a tier with verbosity 1 (verbosity included).
    pub ms_per_output_token: f64,
    /// By what events multiply the price.
    pub price_factor: f64,
    /// Half the separation `D/2` of self-confidence, plain requests.
    pub half_separation: f64,
    /// The same for hidden-hard requests.
    pub half_separation_hidden: f64,
}

impl TierState {
    /// Four-parameter logistic: probability of success at difficulty `d` with ability `theta` (logits).
    pub fn success(&self, theta: f64, d: f64) -> f64 {
        self.lower + (self.upper - self.lower) / (1.0 + (-self.discrimination * (theta - d)).exp())
    }
}

/// Everything that is in force on one day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayWorld {
    /// Segments in the order of the file; shares sum to one.
    pub segments: Vec<SegmentState>,
    /// Tiers in the order of the file.
    pub tiers: Vec<TierState>,
    /// Expected requests of the day.
    pub requests: f64,
    /// The same without the weekday pattern: what operating points are quoted for.
    pub requests_smoothed: f64,
    pub(super) router_noise: Vec<(Change, f64)>,
    pub(super) judge_sensitivity: Vec<(Change, f64)>,
    pub(super) judge_specificity: Vec<(Change, f64)>,
}

impl DayWorld {
    /// Noise of a router score on this day, given the noise it was built with, logits.
    pub fn router_noise(&self, noise: f64) -> f64 {
        apply_all(&self.router_noise, noise).max(0.0)
    }

    /// Whether another day differs in nothing but its volume.
    pub fn same_but_for_volume(&self, other: &Self) -> bool {
        self.segments == other.segments
            && self.tiers == other.tiers
            && self.router_noise == other.router_noise
            && self.judge_sensitivity == other.judge_sensitivity
            && self.judge_specificity == other.judge_specificity
    }

    /// A judge's sensitivity on this day.
    pub fn judge_sensitivity(&self, sensitivity: f64) -> f64 {
        apply_all(&self.judge_sensitivity, sensitivity).clamp(0.0, 1.0)
    }

    /// A judge's specificity on this day.
    pub fn judge_specificity(&self, specificity: f64) -> f64 {
        apply_all(&self.judge_specificity, specificity).clamp(0.0, 1.0)
    }
    /// Number of success patterns over the tiers.
    pub(super) fn patterns(&self) -> usize {
        1 << self.tiers.len()
    }

    /// Success probability of every tier on a request of a segment, given its difficulty (logits).
    #[inline]
    pub(super) fn success_at(&self, g: &SegmentState, difficulty: f64, out: &mut [f64]) {
        for ((p, tier), theta) in out.iter_mut().zip(&self.tiers).zip(&g.ability) {
            *p = tier.success(*theta, difficulty);
        }
    }

    /// By what events multiply the price of a tier.
    pub(super) fn price_factor(&self, tier: usize) -> f64 {
        self.tiers.get(tier).map_or(1.0, |t| t.price_factor)
    }

    /// Refuses a day that means nothing; `day` is its number.
    pub(super) fn check(&self, day: u32) -> Result<(), WorldError> {
        if self.segments.iter().any(|g| !g.share.is_finite()) {
            return Err(WorldError::NoTraffic { day });
        }
        if !self.requests_smoothed.is_finite() {
            return Err(WorldError::NotFinite { what: "the number of requests", day });
        }
        for g in &self.segments {
            let numbers = [g.surface_mean, g.unseen_shift, g.hidden_mean, g.hidden_share, g.input.mu, g.output.mu];
            if numbers.iter().chain(&g.ability).chain(&g.call_usd).chain(&g.call_ms).any(|x| !x.is_finite()) {
                return Err(WorldError::NotFinite { what: "a difficulty, an ability or a price", day });
            }
        }
        Ok(())
    }
}

pub(super) fn apply_all(changes: &[(Change, f64)], value: f64) -> f64 {
    changes.iter().fold(value, |value, &(change, fraction)| change.apply(value, fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_normal_tokens_have_the_mean_and_variation_asked_for() {
        for (mean, cv) in [(1200.0, 0.4), (300.0, 0.0), (7.5, 2.0)] {
            let d = LogNormal::from_mean_cv(mean, cv);
            // Moments of the log-normal: e^(μ + σ²/2), and (e^(σ²) − 1) for the square of the variation.
            assert!(((d.mu + 0.5 * d.sigma * d.sigma).exp() / mean - 1.0).abs() < 1e-12);
            assert!(((d.sigma * d.sigma).exp_m1().sqrt() - cv).abs() < 1e-12);
        }
    }

    #[test]
    fn the_four_parameter_logistic_has_its_landmarks() {
        let tier = TierState {
            discrimination: 1.3,
            lower: 0.1,
            upper: 0.9,
            usd_per_input_token: 0.0,
            usd_per_cached_token: 0.0,
            usd_per_written_token: 0.0,
            usd_per_output_token: 0.0,
            first_token_ms: 0.0,
            ms_per_output_token: 0.0,
            half_separation: 0.0,
            half_separation_hidden: 0.0,
            price_factor: 1.0,
        };
        assert!((tier.success(2.0, 2.0) - 0.5).abs() < 1e-15, "half way between the asymptotes at d = θ");
        assert!((tier.success(0.0, 99.0) - 0.1).abs() < 1e-12 && (tier.success(0.0, -99.0) - 0.9).abs() < 1e-12);
        // One logit of a·(θ − d) above the middle: 1/(1 + e⁻¹) of the range.
        assert!((tier.success(1.0 / 1.3, 0.0) - (0.1 + 0.8 * 0.731_058_578_630_005)).abs() < 1e-12);
    }
}
