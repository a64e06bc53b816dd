//! The frontier: every policy's curve in the plane of cost and quality, at launch and in production, and what follows from it.
//!
//! Pure functions from a world to results. `crate::jobs` calls them, in parallel where that pays.

pub mod bootstrap;
pub mod breakdown;
pub mod claims;
pub mod figures;
pub mod metrics;
pub mod point;

use crate::policy::{self, Classifier, Knob, Launch, Oracle};
use crate::simulation::compiled::Compiled;
use crate::simulation::exact::{DayEffect, SegmentFlow, Tables, inference_usd};
use crate::simulation::learner::History;
use crate::simulation::monte_carlo::{Experiment, Metric, Moments};
use crate::simulation::random::{Address, Purpose};
use crate::simulation::rule::Rule;
use crate::simulation::world::{World, WorldError};
use metrics::{CostQuality, Recovered};
use point::Point;

/// Which engine gave the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Quadrature; stateful policies are filled in by Monte Carlo.
    Exact,
    /// Request by request.
    MonteCarlo,
    /// Sums over a table, and intervals by drawing its rows again.
    Bootstrap,
}

impl Engine {
    /// The name in the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::MonteCarlo => "monte-carlo",
            Self::Bootstrap => "bootstrap",
        }
    }
}

/// Most steps of a table's scores at each of which a curve is evaluated; with more of them the curve is smooth.
const MOST_SCORE_STEPS: usize = 5000;

/// Runs over which what a bandit has learnt is averaged in a replay.
const LEARNT_RUNS: u32 = 16;

/// One policy at one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Index of the policy in the scenario.
    pub policy: usize,
    /// Its knob, if it has one.
    pub knob: Option<Knob>,
    /// At the scenario's setting; `None` until a stateful policy has been simulated.
    pub operating_point: Option<Point>,
    /// At the settings of the sweep, in increasing order.
    pub sweep: Vec<Point>,
    /// APGR and CPT, where they are known better than from the sweep's points.
    pub recovered: Option<Recovered>,
}

/// Everything at launch, or everything in production on the last day.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Expected requests a day, weekday pattern aside.
    pub requests_per_day: f64,
    /// One curve a policy, in the order of the scenario.
    pub curves: Vec<Curve>,
    /// Each tier alone.
    pub tiers_alone: Vec<Point>,
    /// The policies' derived figures, in the order of the scenario.
    pub metrics: Vec<PolicyMetrics>,
    /// Points that no other beats, by cost: policy and knob. The oracle, which nobody can run, takes no part.
    pub pareto: Vec<(usize, Option<f64>)>,
    /// Non-decreasing convex hull of the same points, `(USD per 1,000 requests, quality)`.
    pub hull: Vec<CostQuality>,
    /// AIQ of the hull of the single tiers, RouterBench's "zero router".
    pub zero_router_aiq: Option<f64>,
    /// Quality floor of [`PolicyMetrics::cheapest_at_floor`].
    pub quality_floor: f64,
    /// Damage of one failure more, USD.
    pub damage_per_failure_usd: f64,
}

/// Derived figures of one policy; `None` where a figure is not defined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyMetrics {
    /// RouterBench: average improvement in quality.
    pub aiq: Option<f64>,
    /// RouteLLM: average performance gap recovered.
    pub apgr: Option<f64>,
    /// RouteLLM: least share of strong calls with half the gap recovered.
    pub cpt50: Option<f64>,
    /// The same for 80 %.
    pub cpt80: Option<f64>,
    /// AutoMix: ΔIBC of the operating point.
    pub delta_ibc: Option<f64>,
    /// Inference cost against the baseline's: −0.6 is 60 % less.
    pub inference_change: Option<f64>,
    /// Total cost against the baseline's.
    pub total_change: Option<f64>,
    /// Quality below the baseline's.
    pub quality_gap: Option<f64>,
    /// Extra downstream cost ÷ inference saving.
    pub trap_ratio: Option<f64>,
    /// Inference saving ÷ damage per failure.
    pub break_even_gap: Option<f64>,
    /// Inference cost down, total cost up.
    pub in_trap: bool,
    /// Knob settings inside the trap.
    pub trap_zone: Vec<[f64; 2]>,
    /// Cheapest setting (by inference) with at least the floor's quality: knob and USD per 1,000 requests.
    pub cheapest_at_floor: Option<(Option<f64>, f64)>,
    /// Setting of least total cost: knob and USD per 1,000 requests.
    pub least_total_cost: Option<(Option<f64>, f64)>,
}

/// What the launch review of one policy showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Index of the policy.
    pub policy: usize,
    /// Requests reviewed.
    pub requests: u64,
    /// Share answered no worse than by the baseline.
    pub no_worse: f64,
    /// Its 95 % interval (Wilson).
    pub interval: [f64; 2],
    /// The share expected by the exact engine, where it can tell.
    pub expected: Option<f64>,
}

/// The whole result.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// Which engine.
    pub engine: Engine,
    /// Index of the baseline policy.
    pub baseline: usize,
    /// Under launch assumptions.
    pub launch: Stage,
    /// On the last day, with the events; `None` without events.
    pub production: Option<Stage>,
    /// What the team saw before it shipped.
    pub launch_review: Vec<Review>,
}

impl Frontier {
    /// The stage that the money is really made or lost in: production, or launch where nothing changes.
    pub fn latest(&self) -> &Stage {
        self.production.as_ref().unwrap_or(&self.launch)
    }
}

/// Integrals of the stages of a world.
#[derive(Clone, Debug)]
pub struct Stages<'w> {
    /// Launch assumptions, which calibrate everything.
    pub launch: Launch<'w>,
    /// The last day; `None` without events.
    pub production: Option<Tables>,
    /// Index of the baseline policy.
    pub baseline: usize,
}

impl<'w> Stages<'w> {
    /// Integrates launch and, if there are events, the last day.
    ///
    /// # Errors
    /// When the baseline is not one of the policies.
    pub fn new(world: &'w World) -> Result<Self, WorldError> {
        let baseline = Self::baseline_of(world)?;
        Ok(Self { launch: Launch::new(world), production: Self::production_of(world), baseline })
    }

    /// Place of the baseline.
    ///
    /// # Errors
    /// When it is not one of the policies.
    pub fn baseline_of(world: &World) -> Result<usize, WorldError> {
        let scenario = &world.scenario;
        let unknown = || WorldError::UnknownName { kind: "policy", name: scenario.baseline.clone() };
        scenario.policy_index(&scenario.baseline).ok_or_else(unknown)
    }

    /// Integrates the last day; `None` without events.
    pub fn production_of(world: &World) -> Option<Tables> {
        world.has_events().then(|| Tables::new(world, world.production(world.last_day()), DayEffect::Averaged))
    }

    /// Number of stages.
    pub fn count(&self) -> usize {
        1 + usize::from(self.production.is_some())
    }

    /// Tables of launch and, if there are events, of the last day.
    pub fn tables(&self) -> impl Iterator<Item = &Tables> {
        std::iter::once(&self.launch.tables).chain(&self.production)
    }

    /// Knob settings of a sweep of `points` settings; empty for a policy without a knob.
    pub fn settings(&self, policy: usize, points: usize) -> Vec<f64> {
        let Some(policy) = self.launch.world.scenario.policies.get(policy) else { return Vec::new() };
        policy::knob(&self.launch, policy).map_or_else(Vec::new, |knob| knob.settings(points))
    }

    /// Whether the exact engine can tell a policy's points: every policy's in a replay, those of stateless ones in a generated world.
    pub fn is_expected(&self, policy: usize) -> bool {
        let world = self.launch.world;
        world.traffic.is_replayed() || world.scenario.policies.get(policy).is_some_and(|p| !policy::is_stateful(p))
    }

    /// Exact points of a policy at a knob setting, one a stage; `None` for stateful policies in a generated world.
    ///
    /// # Errors
    /// When the policy cannot be compiled.
    pub fn exact_points(&self, policy: usize, setting: Option<f64>) -> Result<Option<Vec<Point>>, WorldError> {
        let world = self.launch.world;
        let Some(definition) = world.scenario.policies.get(policy) else { return Ok(None) };
        if !self.is_expected(policy) {
            return Ok(None);
        }
        let knob = setting.or_else(|| policy::knob(&self.launch, definition).map(|k| k.value));
        let compiled = policy::compile(&self.launch, definition, setting)?;
        let point = |(stage, tables): (usize, &Tables)| {
            Point::from_flows(world, &tables.day, &self.flows(&compiled, stage), knob)
        };
        Ok(Some(self.tables().enumerate().map(point).collect()))
    }

    /// Expectations of every segment at a stage, averaged over what a policy does.
    pub fn flows(&self, compiled: &Compiled, stage: usize) -> Vec<SegmentFlow> {
        let Some(tables) = self.tables().nth(stage) else { return Vec::new() };
        if let Some(rule) = compiled.stateless() {
            return tables.evaluate(rule);
        }
        let mut mean = vec![SegmentFlow::default(); tables.day.segments.len()];
        for (rule, share) in self.rules(compiled, stage) {
            for (mean, flow) in mean.iter_mut().zip(tables.evaluate(&rule)) {
                mean.average_in(&flow, share, self.launch.world.tier_count());
            }
        }
        mean
    }

    /// What a policy does at a stage, as rules with their shares of its traffic: what a budget's controller and a bandit come to in
    /// expectation.
    pub fn rules(&self, compiled: &Compiled, stage: usize) -> Vec<(Rule, f64)> {
        let world = self.launch.world;
        match (compiled, self.tables().nth(stage)) {
            (Compiled::Stateless(rule), _) => vec![(rule.clone(), 1.0)],
            (Compiled::Budget(controller), Some(tables)) => {
                let mut rules = Vec::new();
                controller.over_a_day(tables.day.requests_smoothed, |rule, share| {
                    rules.push((rule.clone(), share));
                    let flows = tables.evaluate(rule);
                    inference_usd(&tables.day, &flows, world.scenario.economics.reask)
                });
                rules
            }
            (Compiled::Bandit(learner), Some(_)) => {
                let history = History::new(world, stage == 1);
                let share = 1.0 / f64::from(LEARNT_RUNS);
                let learnt =
                    (0..LEARNT_RUNS).filter_map(|run| learner.learn(world, &history, run, world.last_day()).pop());
                learnt.map(|rule| (rule, share)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The launch review of replayed rows: for each policy but the baseline a draw of the holdout's requests from the table.
    pub fn replayed_reviews(&self, launch: &[Curve]) -> Vec<Review> {
        use rand_distr::{Binomial, Distribution};
        let scenario = &self.launch.world.scenario;
        let holdout = u64::from(scenario.study.holdout);
        let purpose = Purpose::LaunchReview;
        let of = |curve: &Curve| {
            let expected = curve.operating_point.as_ref()?.no_worse?;
            let mut rng = Address { seed: scenario.seed, replicate: 0, day: 0, purpose }.generator(curve.policy as u32);
            let no_worse = Binomial::new(holdout, expected.clamp(0.0, 1.0)).ok()?.sample(&mut rng) as f64;
            Some(Review {
                policy: curve.policy,
                requests: holdout,
                no_worse: no_worse / holdout.max(1) as f64,
                interval: point::wilson_interval(no_worse, holdout as f64),
                expected: Some(expected),
            })
        };
        launch.iter().filter(|curve| curve.policy != self.baseline).filter_map(of).collect()
    }

    /// The experiment of one stage over policies at knob settings; the baseline is put first for comparison.
    ///
    /// # Errors
    /// When a policy cannot be compiled.
    pub fn experiment(
        &self,
        production: bool,
        entries: &[(usize, Option<f64>)],
        purpose: Purpose,
        requests: u64,
    ) -> Result<Experiment<'w>, WorldError> {
        let world = self.launch.world;
        let mut policies: Vec<Compiled> = Vec::with_capacity(entries.len() + 1);
        for (policy, setting) in std::iter::once(&(self.baseline, None)).chain(entries) {
            if let Some(definition) = world.scenario.policies.get(*policy) {
                policies.push(policy::compile(&self.launch, definition, *setting)?);
            }
        }
        Ok(Experiment::new(world, production, policies, purpose, requests))
    }

    /// Points of an experiment's policies, without the baseline that [`Stages::experiment`] put first.
    pub fn sampled_points(&self, entries: &[(usize, Option<f64>)], moments: &Moments) -> Vec<Option<Point>> {
        let world = self.launch.world;
        let knob_of = |policy: usize, setting: Option<f64>| {
            let definition = world.scenario.policies.get(policy);
            setting.or_else(|| definition.and_then(|d| policy::knob(&self.launch, d)).map(|k| k.value))
        };
        entries
            .iter()
            .zip(moments.policies.iter().skip(1))
            .map(|(&(policy, setting), m)| {
                let point = Point::from_moments(world, m, moments.replicates, knob_of(policy, setting));
                point.map(|p| Point { no_worse: m.ratio(Metric::NoWorse).estimate(), ..p })
            })
            .collect()
    }

    /// The launch review, from an experiment with [`Purpose::LaunchReview`] over every policy.
    pub fn reviews(&self, entries: &[(usize, Option<f64>)], moments: &Moments, expected: &[Curve]) -> Vec<Review> {
        entries
            .iter()
            .zip(moments.policies.iter().skip(1))
            .filter(|((policy, _), _)| *policy != self.baseline)
            .filter_map(|(&(policy, _), m)| {
                let ratio = m.ratio(Metric::NoWorse);
                let no_worse = ratio.estimate()?;
                let n = ratio.counted();
                let curve = expected.iter().find(|c| c.policy == policy);
                Some(Review {
                    policy,
                    requests: n as u64,
                    no_worse,
                    interval: point::wilson_interval(no_worse * n, n),
                    expected: curve.and_then(|c| c.operating_point.as_ref()).and_then(|p| p.no_worse),
                })
            })
            .collect()
    }

    /// APGR and CPT of a curve of the exact engine, beyond what its sweep resolves; `None` where they are not defined.
    ///
    /// # Errors
    /// When the policy cannot be compiled.
    pub fn recovered(&self, stage: usize, curve: &Curve) -> Result<Option<Recovered>, WorldError> {
        let world = self.launch.world;
        let definition = world.scenario.policies.get(curve.policy).ok_or(WorldError::Missing("policy"))?;
        let Some(tables) = self.tables().nth(stage).filter(|_| world.tier_count() == 2) else { return Ok(None) };
        let alone = tiers_alone(world, tables);
        let Some((weak, strong)) = ends(&alone) else { return Ok(None) };
        let of = |p: &Point| Some((*p.tier_calls.get(strong)?, p.quality));
        let mut sweep: Vec<(f64, f64, f64)> =
            curve.sweep.iter().filter_map(|p| Some((p.knob?, of(p)?.0, of(p)?.1))).collect();
        let at = |setting: f64| {
            let compiled = policy::compile(&self.launch, definition, Some(setting)).ok()?;
            of(&Point::from_flows(world, &tables.day, &self.flows(&compiled, stage), Some(setting)))
        };
        if definition.kind.is::<Classifier>()
            && !sweep.is_empty()
            && let Some(steps) = tables.score_steps(MOST_SCORE_STEPS)
        {
            // Between the steps of the rows' scores the curve is a line, and the area is exact.
            sweep.extend(steps.into_iter().filter_map(|knob| at(knob).map(|(share, quality)| (knob, share, quality))));
            sweep.sort_by(|a, b| a.0.total_cmp(&b.0));
            sweep.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
        }
        Ok(metrics::recovered(&sweep, alone[weak].quality, alone[strong].quality, at))
    }

    /// Puts a stage together from its curves.
    pub fn assemble(&self, stage: usize, curves: Vec<Curve>, quality_floor: Option<f64>) -> Option<Stage> {
        let world = self.launch.world;
        let tables = self.tables().nth(stage)?;
        let tiers_alone = tiers_alone(world, tables);
        let damage = point::damage_per_failure_usd(&world.scenario.economics, &tables.day);
        let baseline = curves.get(self.baseline).and_then(|c| c.operating_point.clone());
        let quality_floor = quality_floor
            .or(baseline.as_ref().map(|b| (b.quality - world.scenario.study.material_loss).max(0.0)))
            .unwrap_or(0.0);
        let mut stage = Stage {
            requests_per_day: tables.day.requests_smoothed,
            tiers_alone,
            metrics: Vec::new(),
            pareto: Vec::new(),
            hull: Vec::new(),
            zero_router_aiq: None,
            quality_floor,
            damage_per_failure_usd: damage,
            curves,
        };
        stage.derive(world, baseline.as_ref());
        Some(stage)
    }
}

/// Each tier alone.
fn tiers_alone(world: &World, tables: &Tables) -> Vec<Point> {
    let alone = |tier| Point::from_flows(world, &tables.day, &tables.evaluate(&figures::alone(tier)), None);
    (0..world.tier_count()).map(alone).collect()
}

/// The cheapest and the most capable of the tiers alone, where they are not the same.
fn ends(alone: &[Point]) -> Option<(usize, usize)> {
    let of = |p: &Point| cost_quality(p);
    let weak = alone.iter().enumerate().min_by(|a, b| of(a.1).cost.total_cmp(&of(b.1).cost)).map(|(k, _)| k);
    let strong = alone.iter().enumerate().max_by(|a, b| of(a.1).quality.total_cmp(&of(b.1).quality)).map(|(k, _)| k);
    weak.zip(strong).filter(|(weak, strong)| weak != strong)
}

fn cost_quality(point: &Point) -> CostQuality {
    CostQuality { cost: point.inference_usd_per_1k, quality: point.quality }
}

impl Stage {
    /// Every computed point of a curve, the operating point first.
    fn points(curve: &Curve) -> impl Iterator<Item = &Point> {
        curve.operating_point.iter().chain(&curve.sweep)
    }

    fn derive(&mut self, world: &World, baseline: Option<&Point>) {
        let is_oracle = |policy: usize| world.scenario.policies.get(policy).is_some_and(|p| p.kind.is::<Oracle>());
        let mut labels = Vec::new();
        let mut plane = Vec::new();
        for curve in self.curves.iter().filter(|c| !is_oracle(c.policy)) {
            for p in Self::points(curve) {
                labels.push((curve.policy, p.knob));
                plane.push(cost_quality(p));
            }
        }
        self.pareto = metrics::pareto_set(&plane).into_iter().filter_map(|i| labels.get(i).copied()).collect();
        self.hull = metrics::non_decreasing_hull(&plane);

        let planes: Vec<Vec<CostQuality>> =
            self.curves.iter().map(|c| Self::points(c).map(cost_quality).collect()).collect();
        let alone: Vec<CostQuality> = self.tiers_alone.iter().map(cost_quality).collect();
        let ends = ends(&self.tiers_alone);
        // The range that all policies share is that between the tiers alone: every policy can be mixed with the cheapest tier, so
        // that its hull starts there, and is level beyond its dearest point.
        let range = ends.map(|(weak, strong)| (alone[weak].cost, alone[strong].cost));
        let weak_alone = ends.map(|(weak, _)| alone[weak]);
        self.zero_router_aiq = range.and_then(|range| metrics::aiq(&alone, range));

        self.metrics = self
            .curves
            .iter()
            .zip(&planes)
            .map(|(curve, plane)| {
                let mut m = PolicyMetrics::default();
                if let Some(range) = range.filter(|_| !plane.is_empty()) {
                    let with_weak: Vec<CostQuality> = plane.iter().copied().chain(weak_alone).collect();
                    m.aiq = metrics::aiq(&with_weak, range);
                }
                if let Some(recovered) = curve.recovered {
                    m.apgr = Some(recovered.apgr);
                    (m.cpt50, m.cpt80) = (recovered.cpt50, recovered.cpt80);
                } else if let (Some((weak, strong)), true) = (ends, alone.len() == 2) {
                    let shares: Vec<(f64, f64)> =
                        curve.sweep.iter().filter_map(|p| Some((*p.tier_calls.get(strong)?, p.quality))).collect();
                    let pgr = metrics::pgr_curve(&shares, alone[weak].quality, alone[strong].quality);
                    m.apgr = pgr.as_deref().and_then(metrics::apgr);
                    m.cpt50 = pgr.as_deref().and_then(|c| metrics::cpt(c, 0.5));
                    m.cpt80 = pgr.as_deref().and_then(|c| metrics::cpt(c, 0.8));
                }
                let Some(point) = &curve.operating_point else { return m };
                if let Some((weak, strong)) = ends {
                    m.delta_ibc = metrics::delta_ibc(cost_quality(point), alone[weak], alone[strong]);
                }
                let cheapest = Self::points(curve).filter(|p| p.quality >= self.quality_floor - 1e-12);
                m.cheapest_at_floor = cheapest
                    .min_by(|a, b| a.inference_usd_per_1k.total_cmp(&b.inference_usd_per_1k))
                    .map(|p| (p.knob, p.inference_usd_per_1k));
                m.least_total_cost = Self::points(curve)
                    .min_by(|a, b| a.total_usd_per_1k.total_cmp(&b.total_usd_per_1k))
                    .map(|p| (p.knob, p.total_usd_per_1k));
                if let Some(baseline) = baseline {
                    let change = |a: f64, b: f64| (b > 0.0).then(|| a / b - 1.0).filter(|change| change.is_finite());
                    m.inference_change = change(point.inference_usd_per_1k, baseline.inference_usd_per_1k);
                    m.total_change = change(point.total_usd_per_1k, baseline.total_usd_per_1k);
                    m.quality_gap = Some(baseline.quality - point.quality);
                    m.trap_ratio = metrics::trap_ratio(point, baseline);
                    m.break_even_gap = metrics::break_even_gap(point, baseline, self.damage_per_failure_usd);
                    m.in_trap = metrics::in_trap(point, baseline);
                    m.trap_zone = metrics::trap_zone(&curve.sweep, baseline);
                }
                m
            })
            .collect();
    }
}
