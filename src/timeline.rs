//! One run, day by day: what the team's dashboards show, and the truth behind them.
//!
//! A day's counts are drawn from their exact distributions given the day effect: requests are Poisson, split over arms,
//! segments, tiers and outcomes; what users do follows from the outcomes. That costs the same for ten requests a day as for
//! a thousand million.

use rand_distr::{Binomial, Distribution, Poisson};

use crate::frontier::Stages;
use crate::model::{Consequence, Policy, Rollout};
use crate::policy;
use crate::simulation::compiled::Compiled;
use crate::simulation::day::DayWorld;
use crate::simulation::exact::{DayEffect, SegmentFlow, Tables, downstream_usd, inference_usd};
use crate::simulation::learner::History;
use crate::simulation::random::{Address, Generator, Purpose};
use crate::simulation::rule::Rule;
use crate::simulation::world::{World, WorldError};

/// Share of the traffic that the policy serves on `day`, rollout and holdback considered.
pub fn routed_share(policy: &Policy, day: u32) -> f64 {
    let t = f64::from(day);
    let rollout = match &policy.rollout {
        None => 1.0,
        Some(Rollout::Linear { start_day, days }) => {
            if *days > 0.0 {
                ((t - start_day) / days).clamp(0.0, 1.0)
            } else {
                f64::from(t >= *start_day)
            }
        }
        Some(Rollout::Steps(steps)) => steps
            .iter()
            .filter(|(from, _)| t >= *from)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(0.0, |(_, share)| *share),
    };
    rollout * (1.0 - policy.holdback)
}

/// A day in expectation, averaged over the day effect or at a known one.
#[derive(Clone, Debug)]
pub struct ExpectedDay {
    /// Day.
    pub day: u32,
    /// Share of the traffic that the policy serves.
    pub routed_share: f64,
    /// The world of the day.
    pub world: DayWorld,
    routed: Vec<SegmentFlow>,
    baseline: Vec<SegmentFlow>,
}

/// Expected figures of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayFigures {
    /// Mean success over all traffic.
    pub quality: f64,
    /// Mean success had the baseline served everything.
    pub baseline_quality: f64,
    /// Mean success of final answers by tier, one more entry for people; `None` where it gives none.
    pub quality_by_tier: Vec<Option<f64>>,
    /// Share of final answers by tier, one more entry for people.
    pub traffic: Vec<f64>,
    /// Inference cost, USD a day.
    pub inference_usd: f64,
    /// Cost of what follows, USD a day.
    pub downstream_usd: f64,
    /// The same had the baseline served everything.
    pub baseline_inference_usd: f64,
    /// The same had the baseline served everything.
    pub baseline_downstream_usd: f64,
    /// Thumbs-down per 1,000 requests.
    pub thumbs_down_per_1k: f64,
}

impl ExpectedDay {
    fn arms(&self) -> [(f64, &[SegmentFlow]); 2] {
        [(self.routed_share, &self.routed), (1.0 - self.routed_share, &self.baseline)]
    }

    /// Expected figures.
    pub fn figures(&self, world: &World) -> DayFigures {
        let economics = &world.scenario.economics;
        let slots = world.tier_count() + 1;
        let mut answered = vec![0.0; slots];
        let mut success = vec![0.0; slots];
        for (share, flows) in self.arms() {
            for (g, s) in self.world.segments.iter().zip(flows) {
                for k in 0..slots {
                    answered[k] += share * g.share * s.flow.answered[k];
                    success[k] += share * g.share * s.flow.success[k];
                }
            }
        }
        let money = |flows: &[SegmentFlow]| {
            let inference = inference_usd(&self.world, flows, economics.reask);
            (inference, downstream_usd(&self.world, flows, economics))
        };
        let (routed, baseline) = (money(&self.routed), money(&self.baseline));
        let mix = |a: f64, b: f64| self.world.requests * (self.routed_share * a + (1.0 - self.routed_share) * b);
        let quality: f64 = success.iter().sum();
        let thumbs = world.scenario.feedback.thumbs_down;
        DayFigures {
            quality,
            baseline_quality: self
                .world
                .segments
                .iter()
                .zip(&self.baseline)
                .map(|(g, s)| g.share * s.flow.quality())
                .sum(),
            quality_by_tier: answered.iter().zip(&success).map(|(n, s)| (*n > 1e-12).then(|| s / n)).collect(),
            traffic: answered,
            inference_usd: mix(routed.0, baseline.0),
            downstream_usd: mix(routed.1, baseline.1),
            baseline_inference_usd: self.world.requests * baseline.0,
            baseline_downstream_usd: self.world.requests * baseline.1,
            thumbs_down_per_1k: 1000.0 * (thumbs.failed * (1.0 - quality) + thumbs.ok * quality),
        }
    }
}

/// A policy at work in one of the two worlds, ready to be evaluated on any day.
#[derive(Debug)]
pub struct Runner {
    compiled: Compiled,
    /// What a learning policy does on each day.
    learnt: Vec<Rule>,
    reask: f64,
}

impl Runner {
    /// Prepares a policy at `setting` of its knob, or as the scenario has it, with the scenario's events or without.
    ///
    /// # Errors
    /// When the policy cannot be compiled.
    pub fn new(
        stages: &Stages<'_>,
        policy: usize,
        setting: Option<f64>,
        production: bool,
        replicate: u32,
    ) -> Result<Self, WorldError> {
        let world = stages.launch.world;
        let definition = world.scenario.policies.get(policy).ok_or(WorldError::Missing("policy"))?;
        let compiled = policy::compile(&stages.launch, definition, setting)?;
        let learnt = match &compiled {
            Compiled::Bandit(learner) => learner.learn(world, &History::new(world, production), replicate, 0),
            _ => Vec::new(),
        };
        Ok(Self { compiled, learnt, reask: world.scenario.economics.reask })
    }

    /// Whether what it does may change from one day to another of the same world: it learns, or its budget meets another volume.
    pub fn changes_daily(&self) -> bool {
        matches!(self.compiled, Compiled::Bandit(_) | Compiled::Budget(_))
    }

    /// Expectation of every segment on a day whose integrals are `tables`.
    pub fn flows(&self, tables: &Tables, day: u32) -> Vec<SegmentFlow> {
        match &self.compiled {
            Compiled::Stateless(rule) => tables.evaluate(rule),
            Compiled::Bandit(_) => self.learnt.get(day as usize).map(|rule| tables.evaluate(rule)).unwrap_or_default(),
            Compiled::Budget(controller) => {
                let mut mean = vec![SegmentFlow::default(); tables.day.segments.len()];
                controller.over_a_day(tables.day.requests, |rule, share| {
                    let flows = tables.evaluate(rule);
                    for (mean, flow) in mean.iter_mut().zip(&flows) {
                        mean.average_in(flow, share, tables.day.tiers.len());
                    }
                    inference_usd(&tables.day, &flows, self.reask)
                });
                mean
            }
        }
    }
}

/// A policy's run over the horizon, ready to be evaluated on any day.
#[derive(Debug)]
pub struct Run<'s, 'w> {
    stages: &'s Stages<'w>,
    policy: usize,
    runner: Runner,
    baseline: Runner,
    production: bool,
    replicate: u32,
}

impl<'s, 'w> Run<'s, 'w> {
    /// Prepares the run of a policy, with the scenario's events or without.
    ///
    /// # Errors
    /// When the policy cannot be compiled.
    pub fn new(stages: &'s Stages<'w>, policy: usize, production: bool, replicate: u32) -> Result<Self, WorldError> {
        let runner = |policy: usize| Runner::new(stages, policy, None, production, replicate);
        let (runner, baseline) = (runner(policy)?, runner(stages.baseline)?);
        Ok(Self { stages, policy, runner, baseline, production, replicate })
    }

    /// Expectations of a day, averaged over the day effect or at the one of this replicate.
    pub fn expected(&self, day: u32, at_day_effect: bool) -> ExpectedDay {
        let world = self.stages.launch.world;
        let effect =
            if at_day_effect { DayEffect::Fixed(world.day_effect(self.replicate, day)) } else { DayEffect::Averaged };
        let state = if self.production { world.production(day) } else { world.launch_on(day) };
        let tables = Tables::new(world, state, effect);
        let routed_share = world.scenario.policies.get(self.policy).map_or(1.0, |p| routed_share(p, day));
        ExpectedDay {
            day,
            routed_share,
            routed: self.runner.flows(&tables, day),
            baseline: self.baseline.flows(&tables, day),
            world: tables.day,
        }
    }
}

/// What was counted on one day of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct DayCounts {
    /// Day.
    pub day: u32,
    /// Requests.
    pub requests: u64,
    /// Requests that the policy served.
    pub routed: u64,
    /// Final answers by tier, one more entry for people.
    pub answered: Vec<u64>,
    /// Good final answers by tier, one more entry for people.
    pub success: Vec<u64>,
    /// Inference cost, USD.
    pub inference_usd: f64,
    /// Cost of the day's outcomes, whenever it falls due, USD.
    pub downstream_usd: f64,
    /// Thumbs-down given.
    pub thumbs_down: u64,
    /// Tickets that arrived.
    pub tickets: u64,
    /// Customers who left.
    pub churned: u64,
    /// Satisfaction surveys that came in.
    pub csat_answers: u64,
    /// Of those, satisfied.
    pub csat_satisfied: u64,
}

/// Draws the counts of a run, day after day.
#[derive(Debug)]
pub struct Sampler<'w> {
    world: &'w World,
    replicate: u32,
    tickets: Pending,
    churn: Pending,
    satisfied: Pending,
    dissatisfied: Pending,
}

/// Things that will arrive: each waits a geometric number of days with the given mean.
#[derive(Clone, Copy, Debug)]
struct Pending {
    waiting: u64,
    arrival: f64,
}

impl Pending {
    fn new(mean_delay_days: f64) -> Self {
        Self { waiting: 0, arrival: 1.0 / (1.0 + mean_delay_days) }
    }

    fn step(&mut self, added: u64, rng: &mut Generator) -> u64 {
        self.waiting += added;
        let arrived = binomial(self.waiting, self.arrival, rng);
        self.waiting -= arrived;
        arrived
    }
}

fn binomial(n: u64, p: f64, rng: &mut Generator) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    Binomial::new(n, p).map_or(0, |b| b.sample(rng))
}

/// Splits `n` over shares that sum to one, by successive binomials.
fn multinomial(n: u64, shares: impl Iterator<Item = f64>, rng: &mut Generator) -> Vec<u64> {
    let shares: Vec<f64> = shares.collect();
    let mut left = n;
    let mut mass: f64 = shares.iter().sum();
    shares
        .iter()
        .map(|share| {
            let taken = if mass > 0.0 { binomial(left, (share / mass).clamp(0.0, 1.0), rng) } else { 0 };
            left -= taken;
            mass -= share;
            taken
        })
        .collect()
}

impl<'w> Sampler<'w> {
    /// Starts a run before day 0.
    pub fn new(world: &'w World, replicate: u32) -> Self {
        let scenario = &world.scenario;
        let csat = scenario.feedback.csat.delay_days;
        Self {
            world,
            replicate,
            tickets: Pending::new(scenario.economics.ticket.delay_days),
            churn: Pending::new(scenario.economics.churn.delay_days),
            satisfied: Pending::new(csat),
            dissatisfied: Pending::new(csat),
        }
    }

    /// Draws the next day; `expected` is taken at this replicate's day effect.
    pub fn draw(&mut self, expected: &ExpectedDay) -> DayCounts {
        let scenario = &self.world.scenario;
        let economics = &scenario.economics;
        let address =
            Address { seed: scenario.seed, replicate: self.replicate, day: expected.day, purpose: Purpose::Timeline };
        let mut rng = address.generator(0);
        let slots = self.world.tier_count() + 1;
        let requests = if expected.world.requests > 0.0 {
            Poisson::new(expected.world.requests).map_or(0.0, |p| p.sample(&mut rng)) as u64
        } else {
            0
        };
        let routed = binomial(requests, expected.routed_share, &mut rng);
        let mut counts = DayCounts {
            day: expected.day,
            requests,
            routed,
            answered: vec![0; slots],
            success: vec![0; slots],
            inference_usd: 0.0,
            downstream_usd: 0.0,
            thumbs_down: 0,
            tickets: 0,
            churned: 0,
            csat_answers: 0,
            csat_satisfied: 0,
        };
        let (mut good, mut bad) = (0, 0);
        let (mut new_tickets, mut new_churn) = (0, 0);
        for (n, (_, flows)) in [routed, requests - routed].into_iter().zip(expected.arms()) {
            let by_segment = multinomial(n, expected.world.segments.iter().map(|g| g.share), &mut rng);
            for ((n, g), s) in by_segment.into_iter().zip(&expected.world.segments).zip(flows) {
                let by_tier = multinomial(n, s.flow.answered[..slots].iter().copied(), &mut rng);
                let mut segment_good = 0;
                for (k, answered) in by_tier.into_iter().enumerate() {
                    let p = if s.flow.answered[k] > 0.0 { s.flow.success[k] / s.flow.answered[k] } else { 0.0 };
                    let success = binomial(answered, p, &mut rng);
                    counts.answered[k] += answered;
                    counts.success[k] += success;
                    segment_good += success;
                }
                let segment_bad = n - segment_good;
                good += segment_good;
                bad += segment_bad;
                let f = &s.flow;
                counts.inference_usd += n as f64
                    * (f.calls_usd + f.overhead_usd + economics.reask * (f.calls_failed_usd + f.overhead_failed_usd));
                let mut follow = |c: Consequence| {
                    let count = binomial(segment_bad, c.failed, &mut rng) + binomial(segment_good, c.ok, &mut rng);
                    counts.downstream_usd += count as f64 * c.usd * g.stakes;
                    count
                };
                new_tickets += follow(economics.ticket);
                new_churn += follow(economics.churn);
                follow(economics.incident);
            }
        }
        let thumbs = scenario.feedback.thumbs_down;
        counts.thumbs_down = binomial(bad, thumbs.failed, &mut rng) + binomial(good, thumbs.ok, &mut rng);
        counts.tickets = self.tickets.step(new_tickets, &mut rng);
        counts.churned = self.churn.step(new_churn, &mut rng);
        let csat = scenario.feedback.csat;
        let (from_good, from_bad) = (binomial(good, csat.response, &mut rng), binomial(bad, csat.response, &mut rng));
        let satisfied =
            binomial(from_good, csat.satisfied_ok, &mut rng) + binomial(from_bad, csat.satisfied_failed, &mut rng);
        counts.csat_satisfied = self.satisfied.step(satisfied, &mut rng);
        counts.csat_answers =
            counts.csat_satisfied + self.dissatisfied.step(from_good + from_bad - satisfied, &mut rng);
        counts
    }
}

/// A whole timeline: expectation and one run, day by day.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Index of the policy.
    pub policy: usize,
    /// Which run of many.
    pub replicate: u32,
    /// Share of the traffic that the policy serves, by day.
    pub routed_share: Vec<f64>,
    /// Expectations in production.
    pub expected: Vec<DayFigures>,
    /// Expected quality under launch assumptions.
    pub launch_quality: Vec<f64>,
    /// One run.
    pub run: Vec<DayCounts>,
    /// First day on which expected quality in production is below launch assumptions by the scenario's material loss.
    pub onset_day: Option<u32>,
}

/// Onset: first day with a loss of at least `material_loss` against launch assumptions.
pub fn onset_day(expected: &[DayFigures], launch_quality: &[f64], material_loss: f64) -> Option<u32> {
    let day = expected.iter().zip(launch_quality).position(|(e, q)| q - e.quality >= material_loss)?;
    u32::try_from(day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Oracle;

    fn policy(rollout: Option<Rollout>, holdback: f64) -> Policy {
        Policy { rollout, holdback, ..Policy::new("p", Oracle {}) }
    }

    #[test]
    fn rollouts_ramp_and_keep_the_holdback() {
        let linear = policy(Some(Rollout::Linear { start_day: 10.0, days: 20.0 }), 0.1);
        let shares = [0, 10, 20, 30, 99].map(|day| routed_share(&linear, day));
        for (share, expected) in shares.into_iter().zip([0.0, 0.0, 0.45, 0.9, 0.9]) {
            assert!((share - expected).abs() < 1e-12, "{share} against {expected}");
        }
        let steps = policy(Some(Rollout::Steps(vec![(5.0, 0.05), (12.0, 1.0)])), 0.0);
        let shares = [0, 5, 11, 12].map(|day| routed_share(&steps, day));
        assert_eq!(shares, [0.0, 0.05, 0.05, 1.0]);
    }

    #[test]
    fn waiting_things_arrive_after_the_mean_delay() {
        let mut rng = Address { seed: 1, replicate: 0, day: 0, purpose: Purpose::Timeline }.generator(0);
        let mut pending = Pending::new(4.0);
        let n = 200_000_u64;
        let mut delays = 0.0;
        for day in 0..400 {
            delays += f64::from(day) * pending.step(if day == 0 { n } else { 0 }, &mut rng) as f64;
        }
        // Geometric: mean 4, variance 4·5.
        let z = (delays / n as f64 - 4.0) / (20.0 / n as f64).sqrt();
        assert!(z.abs() < 4.0, "{z} standard errors");
    }

    #[test]
    fn a_split_keeps_its_total() {
        let mut rng = Address { seed: 1, replicate: 0, day: 1, purpose: Purpose::Timeline }.generator(0);
        let parts = multinomial(1_000_000, [0.2, 0.0, 0.5, 0.3].into_iter(), &mut rng);
        assert_eq!(parts.iter().sum::<u64>(), 1_000_000);
        assert_eq!(parts.get(1), Some(&0));
    }
}
