//! The compiled world: a scenario resolved to indices and, for any day, to the parameters in force.
//!
//! It holds no state of a run. `launch` is the scenario without its events, `production(day)` with them.

use std::f64::consts::SQRT_2;

use super::day::{DayWorld, LogNormal, SegmentState, TierState, apply_all};
pub use super::error::WorldError;
use super::normal;
use super::random::{Address, Purpose, philox};
use super::traffic::Traffic;
use crate::model::{Event, EventKind, MAX_POLICIES, MAX_SEGMENTS, Scenario};

/// A scenario ready to be simulated.
#[derive(Clone, Debug)]
pub struct World {
    /// The scenario it was compiled from.
    pub scenario: Scenario,
    /// The scenario without its events, on day 0.
    pub launch: DayWorld,
    /// 90th percentile of difficulty under launch assumptions, logits.
    pub hard_edge: f64,
    /// Where its requests come from.
    pub traffic: Traffic,
    weekday: [f64; 7],
    /// By segment, the places of the events that act on it: with hundreds of either, looking through all of them takes longer than all else.
    events_of: Vec<Vec<usize>>,
}

impl World {
    /// Resolves a scenario whose traffic is generated.
    ///
    /// # Errors
    /// When the scenario lacks a part, or its events make it meaningless on some day.
    pub fn compile(scenario: &Scenario) -> Result<Self, WorldError> {
        Self::new(scenario, Traffic::Generated)
    }

    /// Resolves a scenario with traffic of either form.
    ///
    /// # Errors
    /// When the scenario lacks a part, asks of the traffic what it cannot give, or its events make it meaningless on some day.
    pub fn new(scenario: &Scenario, traffic: Traffic) -> Result<Self, WorldError> {
        let scenario = traffic.complete(scenario)?;
        for (n, limit, what) in [
            (scenario.segments.len(), MAX_SEGMENTS, "segments"),
            (scenario.tiers.len(), traffic.most_tiers(), "tiers"),
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
        let acts_on = |e: &Event, name: &str| e.segments.is_empty() || e.segments.iter().any(|s| s == name);
        let acting = |name: &str| {
            let events = scenario.events.iter().enumerate();
            events.filter(|(_, event)| acts_on(event, name)).map(|(i, _)| i).collect()
        };
        let events_of = scenario.segments.iter().map(|segment| acting(&segment.name)).collect();
        let launch = DayWorld::default();
        let mut world = Self { scenario, launch, hard_edge: 0.0, traffic, weekday, events_of };
        world.launch = world.resolve(0, false);
        world.launch.check(0)?;
        for day in world.turning_days() {
            world.resolve(day, true).check(day)?;
        }
        world.hard_edge = world.traffic.hard_edge(&world.launch, world.day_sd());
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

    /// The first of each run of days whose worlds differ in their volume alone, and which of them each day belongs to. `every_day`: no two
    /// days are the same.
    pub fn classes(&self, production: bool, every_day: bool) -> (Vec<u32>, Vec<usize>) {
        let mut firsts: Vec<u32> = Vec::new();
        let mut last: Option<DayWorld> = None;
        let mut of_day = Vec::new();
        for day in 0..=self.last_day() {
            let state = self.resolve(day, production);
            if every_day || !last.as_ref().is_some_and(|last| last.same_but_for_volume(&state)) {
                firsts.push(day);
                last = Some(state);
            }
            of_day.push(firsts.len() - 1);
        }
        (firsts, of_day)
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
        self.traffic.score_below(day, noise, x)
    }

    fn resolve(&self, day: u32, events: bool) -> DayWorld {
        let scenario = &self.scenario;
        let t = f64::from(day);
        // By its place in the file; 0 where it is not in force.
        let force: Vec<f64> = scenario.events.iter().map(|e| if events { e.in_force(t) } else { 0.0 }).collect();
        let in_force_events: Vec<(&Event, f64)> =
            scenario.events.iter().zip(force.iter().copied()).filter(|(_, a)| *a > 0.0).collect();
        let of_kind = |kind: EventKind| in_force_events.iter().filter(move |(e, _)| e.kind == kind);
        let common = |kind| of_kind(kind).map(|(e, a)| (e.change, *a)).collect::<Vec<_>>();
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
                    usd_per_cached_token: price(cached.usd_per_mtok),
                    usd_per_written_token: price(cached.write_usd_per_mtok.unwrap_or(tier.input_usd_per_mtok)),
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
            .zip(&self.events_of)
            .map(|(segment, own)| {
                let acting: Vec<(&Event, f64)> = own
                    .iter()
                    .filter_map(|i| Some((scenario.events.get(*i)?, *force.get(*i)?)))
                    .filter(|(_, a)| *a > 0.0)
                    .collect();
                let here = |kind: EventKind| acting.iter().filter(move |(e, _)| e.kind == kind);
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
        self.traffic.price(&tiers, &mut segments);
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
