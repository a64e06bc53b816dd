//! The compiled world: a scenario resolved to indices and, for any day, to the parameters in force.
//!
//! It holds no state of a run. `launch` is the scenario without its events, `production(day)` with them.

use std::f64::consts::SQRT_2;
use std::sync::Arc;

use thiserror::Error;

use super::normal::{self, Component};
use super::random::{Address, Purpose, philox};
use super::replayed;
use super::rows::Rows;
use crate::model::{Change, Event, EventKind, Scenario};

pub use crate::model::MAX_TIERS;

/// Why a scenario cannot be simulated although each of its values is in range.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WorldError {
    /// The table of a replay, or what the scenario asks of it.
    #[error("[replay]: {0}")]
    Replay(String),
    /// No segment, tier or policy.
    #[error("the scenario has no {0}")]
    Missing(&'static str),
    /// More of something than the limits allow.
    #[error("the scenario has too many {0}")]
    TooMany(&'static str),
    /// A name that nothing has.
    #[error("no {kind} is named \"{name}\"")]
    UnknownName {
        /// What was looked for.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Events leave a day without any traffic.
    #[error("on day {day} the events leave no segment with any share of the traffic")]
    NoTraffic {
        /// First such day.
        day: u32,
    },
    /// A number that overflows or is undefined.
    #[error("{what} is not a finite number on day {day}")]
    NotFinite {
        /// Which quantity.
        what: &'static str,
        /// First such day.
        day: u32,
    },
    /// A list with the wrong length.
    #[error("policy \"{policy}\": {what}")]
    Policy {
        /// Policy name.
        policy: String,
        /// What is wrong.
        what: &'static str,
    },
}

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
#[derive(Clone, Debug, PartialEq)]
pub struct DayWorld {
    /// Segments in the order of the file; shares sum to one.
    pub segments: Vec<SegmentState>,
    /// Tiers in the order of the file.
    pub tiers: Vec<TierState>,
    /// Expected requests of the day.
    pub requests: f64,
    /// The same without the weekday pattern: what operating points are quoted for.
    pub requests_smoothed: f64,
    router_noise: Vec<(Change, f64)>,
    judge_sensitivity: Vec<(Change, f64)>,
    judge_specificity: Vec<(Change, f64)>,
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
}

fn apply_all(changes: &[(Change, f64)], value: f64) -> f64 {
    changes.iter().fold(value, |value, &(change, fraction)| change.apply(value, fraction))
}

/// A scenario ready to be simulated.
#[derive(Clone, Debug)]
pub struct World {
    /// The scenario it was compiled from.
    pub scenario: Scenario,
    /// The scenario without its events, on day 0.
    pub launch: DayWorld,
    /// 90th percentile of difficulty under launch assumptions, logits.
    pub hard_edge: f64,
    /// The table that is replayed in place of a generated world.
    pub rows: Option<Arc<Rows>>,
    weekday: [f64; 7],
}

impl World {
    /// Resolves a scenario.
    ///
    /// # Errors
    /// When the scenario lacks a part, or its events make it meaningless on some day.
    pub fn compile(scenario: &Scenario) -> Result<Self, WorldError> {
        if let Some(replay) = &scenario.replay {
            return Err(WorldError::Replay(format!("the table \"{}\" was not read", replay.table)));
        }
        Self::build(scenario.clone(), None)
    }

    /// Resolves a scenario whose traffic is replayed from a table.
    ///
    /// # Errors
    /// When the scenario lacks a part or asks of the table what it cannot give.
    pub fn replayed(scenario: &Scenario, rows: Arc<Rows>) -> Result<Self, WorldError> {
        replayed::check(scenario, &rows)?;
        let mut scenario = scenario.clone();
        scenario.segments = replayed::segments(&scenario, &rows);
        Self::build(scenario, Some(rows))
    }

    fn build(scenario: Scenario, rows: Option<Arc<Rows>>) -> Result<Self, WorldError> {
        use crate::model::{MAX_GENERATED_TIERS, MAX_POLICIES, MAX_SEGMENTS};
        let most_tiers = if rows.is_some() { MAX_TIERS } else { MAX_GENERATED_TIERS };
        for (n, limit, what) in [
            (scenario.segments.len(), MAX_SEGMENTS, "segments"),
            (scenario.tiers.len(), most_tiers, "tiers"),
            (scenario.policies.len(), MAX_POLICIES, "policies"),
        ] {
            if n == 0 {
                return Err(WorldError::Missing(what));
            }
            if n > limit {
                return Err(WorldError::TooMany(what));
            }
        }
        let sum: f64 = scenario.traffic.weekday.iter().sum();
        let weekday = scenario.traffic.weekday.map(|w| if sum > 0.0 { w * 7.0 / sum } else { 1.0 });
        let empty = DayWorld {
            segments: Vec::new(),
            tiers: Vec::new(),
            requests: 0.0,
            requests_smoothed: 0.0,
            router_noise: Vec::new(),
            judge_sensitivity: Vec::new(),
            judge_specificity: Vec::new(),
        };
        let mut world = Self { scenario, launch: empty, hard_edge: 0.0, rows, weekday };
        world.launch = world.resolve(0, false);
        check(&world.launch, 0)?;
        for day in world.turning_days() {
            check(&world.resolve(day, true), day)?;
        }
        world.hard_edge = match &world.rows {
            Some(rows) => rows.hard_edge,
            None => normal::mixture_quantile(&world.launch_difficulty(), 0.9),
        };
        Ok(world)
    }

    /// Days between which every event moves evenly, the last day among them: what is in range on these is in range
    /// on all, because a product of values that do not change sign between two days does not either.
    fn turning_days(&self) -> Vec<u32> {
        let last = f64::from(self.last_day());
        let ends = self.scenario.events.iter().flat_map(|e| [e.day, e.day + e.ramp_days]);
        let mut days: Vec<u32> = ends.map(|day| day.ceil().clamp(0.0, last) as u32).collect();
        days.push(self.last_day());
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The last day of the horizon.
    pub fn last_day(&self) -> u32 {
        self.scenario.traffic.days.saturating_sub(1)
    }

    /// The scenario without its events on `day` (only the volume depends on the day).
    pub fn launch_on(&self, day: u32) -> DayWorld {
        self.resolve(day, false)
    }

    /// The scenario with its events on `day`.
    pub fn production(&self, day: u32) -> DayWorld {
        self.resolve(day, true)
    }

    /// Whether production differs from launch assumptions at all.
    pub fn has_events(&self) -> bool {
        !self.scenario.events.is_empty()
    }

    /// The change day: the first day of the horizon on which an event is in force at all. `None`: nothing changes.
    pub fn change_day(&self) -> Option<u32> {
        let begun = |day: u32| self.scenario.events.iter().any(|event| event.in_force(f64::from(day)) > 0.0);
        (0..self.scenario.traffic.days).find(|day| begun(*day))
    }

    /// Standard deviation of the day effect, logits.
    pub fn day_sd(&self) -> f64 {
        self.scenario.traffic.difficulty_day_sd
    }

    /// Day effect of a replicate's day, logits.
    pub fn day_effect(&self, replicate: u32, day: u32) -> f64 {
        let address = Address { seed: self.scenario.seed, replicate, day, purpose: Purpose::Day };
        let [a, b, ..] = philox([u32::MAX, address.stream(0), day, replicate], address.key());
        let uniform = ((u64::from(a) << 32 | u64::from(b)) as f64 + 0.5) / 2.0_f64.powi(64);
        self.day_sd() * normal::quantile(uniform.clamp(1e-18, 1.0 - 1e-16))
    }

    /// Number of tiers.
    pub fn tier_count(&self) -> usize {
        self.scenario.tiers.len()
    }

    /// Share of a day's requests with a router score (with `noise`, logits, as it is on that day) below `x`.
    pub fn score_below(&self, day: &DayWorld, noise: f64, x: f64) -> f64 {
        match &self.rows {
            Some(rows) => replayed::score_below(rows, day, noise, x),
            None => {
                let of = |g: &SegmentState| g.share * normal::cdf_at(x, g.surface_mean, g.surface_sd.hypot(noise));
                day.segments.iter().map(of).sum()
            }
        }
    }

    /// Distribution of true difficulty under launch assumptions, day effect included.
    pub fn launch_difficulty(&self) -> Vec<Component> {
        let day_variance = self.day_sd().powi(2);
        let mut mixture = Vec::new();
        for g in &self.launch.segments {
            mixture.push(Component {
                weight: g.share * (1.0 - g.hidden_share),
                mean: g.surface_mean + g.unseen_shift,
                sd: (g.surface_sd.powi(2) + day_variance).sqrt(),
            });
            mixture.push(Component {
                weight: g.share * g.hidden_share,
                mean: g.hidden_mean,
                sd: (g.hidden_sd.powi(2) + day_variance).sqrt(),
            });
        }
        mixture
    }

    fn resolve(&self, day: u32, events: bool) -> DayWorld {
        let scenario = &self.scenario;
        let t = f64::from(day);
        let in_force_events: Vec<(&Event, f64)> = if events {
            scenario.events.iter().map(|e| (e, e.in_force(t))).filter(|(_, a)| *a > 0.0).collect()
        } else {
            Vec::new()
        };
        let of_kind = |kind: EventKind| in_force_events.iter().filter(move |(e, _)| e.kind == kind);
        let common = |kind| of_kind(kind).map(|(e, a)| (e.change, *a)).collect::<Vec<_>>();
        let on_segment = |e: &Event, name: &str| e.segments.is_empty() || e.segments.iter().any(|s| s == name);
        let on_tier = |e: &Event, name: &str| e.tiers.is_empty() || e.tiers.iter().any(|s| s == name);

        let tiers: Vec<TierState> = scenario
            .tiers
            .iter()
            .map(|tier| {
                let price = |usd_per_mtok: f64| {
                    let events = of_kind(EventKind::Price).filter(|(e, _)| on_tier(e, &tier.name));
                    events.fold(usd_per_mtok, |v, (e, a)| e.change.apply(v, *a)).max(0.0) / 1e6
                };
                let cached = tier.cached_input;
                TierState {
                    discrimination: tier.discrimination,
                    lower: tier.lower,
                    upper: tier.upper,
                    usd_per_input_token: (1.0 - cached.hit_rate) * price(tier.input_usd_per_mtok)
                        + cached.hit_rate * price(cached.usd_per_mtok),
                    usd_per_output_token: price(tier.output_usd_per_mtok) * tier.verbosity,
                    first_token_ms: tier.latency.first_token_ms,
                    ms_per_output_token: tier.latency.per_output_token_ms * tier.verbosity,
                    price_factor: of_kind(EventKind::Price)
                        .filter(|(e, _)| on_tier(e, &tier.name))
                        .fold(1.0, |v, (e, a)| e.change.apply(v, *a))
                        .max(0.0),
                    half_separation: SQRT_2 * normal::quantile(tier.confidence_auroc) / 2.0,
                    half_separation_hidden: SQRT_2 * normal::quantile(tier.confidence_auroc_hidden) / 2.0,
                }
            })
            .collect();

        let mut segments: Vec<SegmentState> = scenario
            .segments
            .iter()
            .map(|segment| {
                let here = |kind| of_kind(kind).filter(|(e, _)| on_segment(e, &segment.name));
                let share = here(EventKind::SegmentShare).fold(segment.share, |v, (e, a)| e.change.apply(v, *a));
                let hidden = here(EventKind::HiddenShare).fold(segment.hidden.share, |v, (e, a)| e.change.apply(v, *a));
                let (mut shift, mut visible) = (0.0, 0.0);
                for (event, a) in here(EventKind::Difficulty) {
                    let next = event.change.apply(shift, *a);
                    if event.visible {
                        visible += next - shift;
                    }
                    shift = next;
                }
                let input = LogNormal::from_mean_cv(segment.tokens.input, segment.tokens.input_cv);
                let output = LogNormal::from_mean_cv(segment.tokens.output, segment.tokens.output_cv);
                SegmentState {
                    share: share.max(0.0),
                    surface_mean: segment.difficulty.mean + visible,
                    surface_sd: segment.difficulty.sd,
                    unseen_shift: shift - visible,
                    hidden_share: hidden.clamp(0.0, 1.0),
                    hidden_mean: segment.hidden.mean + shift,
                    hidden_sd: segment.hidden.sd,
                    input,
                    output,
                    stakes: segment.stakes,
                    ability: scenario
                        .tiers
                        .iter()
                        .map(|tier| {
                            let events = here(EventKind::Ability).filter(|(e, _)| on_tier(e, &tier.name));
                            events.fold(tier.ability, |v, (e, a)| e.change.apply(v, *a))
                                + tier.skill.get(&segment.name).copied().unwrap_or(0.0)
                        })
                        .collect(),
                    call_usd: tiers
                        .iter()
                        .map(|t| t.usd_per_input_token * input.mean + t.usd_per_output_token * output.mean)
                        .collect(),
                    call_ms: tiers.iter().map(|t| t.first_token_ms + t.ms_per_output_token * output.mean).collect(),
                }
            })
            .collect();
        if let Some(rows) = &self.rows {
            replayed::price(rows, &tiers, &mut segments);
        }
        let total: f64 = segments.iter().map(|g| g.share).sum();
        for segment in &mut segments {
            segment.share /= total;
        }

        let traffic = &scenario.traffic;
        let volume = apply_all(&common(EventKind::Volume), 1.0).max(0.0);
        let smoothed = traffic.requests_per_day * (1.0 + traffic.monthly_growth).powf(t / 30.0) * volume;
        DayWorld {
            segments,
            tiers,
            requests: smoothed * self.weekday[day as usize % 7],
            requests_smoothed: smoothed,
            router_noise: common(EventKind::RouterNoise),
            judge_sensitivity: common(EventKind::JudgeSensitivity),
            judge_specificity: common(EventKind::JudgeSpecificity),
        }
    }
}

fn check(world: &DayWorld, day: u32) -> Result<(), WorldError> {
    if world.segments.iter().any(|g| !g.share.is_finite()) {
        return Err(WorldError::NoTraffic { day });
    }
    if !world.requests_smoothed.is_finite() {
        return Err(WorldError::NotFinite { what: "the number of requests", day });
    }
    for g in &world.segments {
        let numbers = [g.surface_mean, g.unseen_shift, g.hidden_mean, g.hidden_share, g.input.mu, g.output.mu];
        if numbers.iter().chain(&g.ability).chain(&g.call_usd).chain(&g.call_ms).any(|x| !x.is_finite()) {
            return Err(WorldError::NotFinite { what: "a difficulty, an ability or a price", day });
        }
    }
    Ok(())
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
