//! What every day of the horizon is like, at launch assumptions and in production, as functions of the day effect.
//!
//! Days that do not differ share their integrals; each signal keeps only the few numbers that its observations depend on.

use std::sync::Arc;

use super::day_effect::{Grid, NODES, Place, Table, at, mean};
use super::signal::{Arms, Signal};
use crate::frontier::Stages;
use crate::model::Consequence;
use crate::policy;
use crate::simulation::answers::SegmentAnswers;
use crate::simulation::compiled::Compiled;
use crate::simulation::day::DayWorld;
use crate::simulation::exact::{self, DayEffect, Tables};
use crate::simulation::learner::History;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::{World, WorldError};
use crate::timeline::routed_share;

/// Shares of answers are interpolated in the day effect to this error.
const INTERPOLATION_ERROR: f64 = 1e-4;

/// The policy under study and the baseline beside it, ready to be integrated on any day.
#[derive(Debug)]
pub struct Course<'w> {
    /// The world.
    pub world: &'w World,
    /// Day effects.
    pub grid: Grid,
    /// Share of the traffic that the policy serves, by day.
    pub routed_share: Vec<f64>,
    /// Expected requests by day: `[launch, production]`.
    pub requests: [Vec<f64>; 2],
    policy: Compiled,
    baseline: Compiled,
    /// What a learning policy does on each day: `[launch, production]`. One course of learning stands for all.
    learnt: [Vec<Rule>; 2],
    reask: f64,
    /// Days whose worlds differ, and which of them each day is: `[launch, production]`.
    classes: [(Vec<u32>, Vec<usize>); 2],
}

/// One arm (the policy or the baseline) on one day at one day effect.
#[derive(Debug)]
pub struct ArmView<'v> {
    /// The world.
    pub world: &'v World,
    /// The day's parameters.
    pub day: &'v DayWorld,
    /// Its number.
    pub number: u32,
    /// Whether events are in force.
    pub production: bool,
    /// Who answers, by segment.
    pub answers: &'v [SegmentAnswers],
    /// The rule in force.
    pub rule: &'v Rule,
    /// Whether this is the policy rather than the baseline.
    pub routed: bool,
}

/// What one day contributes to the study.
#[derive(Clone, Debug)]
pub struct DayParts {
    /// Quantities of each signal, at the nodes: one entry a signal, `[routed, baseline]`; a table for each piece of the day effects, or
    /// one where the signal does not vary with them.
    cells: Vec<[Vec<Table>; 2]>,
    /// Mean quality of each arm.
    quality: [f64; 2],
    /// Expected downstream cost of each arm, USD a request.
    downstream_usd: [f64; 2],
    /// Expected inference cost of each arm, USD a request.
    inference_usd: [f64; 2],
}

impl<'w> Course<'w> {
    /// Prepares the study of a policy.
    ///
    /// # Errors
    /// When the policy or the baseline cannot be compiled.
    pub fn new(stages: &Stages<'w>, policy: usize) -> Result<Self, WorldError> {
        let world = stages.launch.world;
        let scenario = &world.scenario;
        let definition = scenario.policies.get(policy).ok_or(WorldError::Missing("policy"))?;
        let baseline = scenario.policies.get(stages.baseline).ok_or(WorldError::Missing("baseline"))?;
        let compiled = policy::compile(&stages.launch, definition, None)?;
        let learnt = [false, true].map(|production| match &compiled {
            Compiled::Bandit(learner) => learner.learn(world, &History::new(world, production), 0, 0),
            _ => Vec::new(),
        });
        let days = 0..=world.last_day();
        let learns = matches!(compiled, Compiled::Bandit(_));
        let renews = scenario.monitors.iter().any(|m| m.refresh_days.is_some());
        let classes = [false, true].map(|production| {
            let every_day = learns || production && renews;
            let mut firsts: Vec<(u32, DayWorld)> = Vec::new();
            let mut of_day = Vec::new();
            for day in days.clone() {
                let state = if production { world.production(day) } else { world.launch_on(day) };
                let same = firsts.last().is_some_and(|(_, last)| !every_day && last.same_but_for_volume(&state));
                if !same {
                    firsts.push((day, state));
                }
                of_day.push(firsts.len() - 1);
            }
            (firsts.into_iter().map(|(day, _)| day).collect(), of_day)
        });
        let mut course = Self {
            world,
            grid: Grid::checked(0.0, INTERPOLATION_ERROR, |_| Vec::new()),
            routed_share: days.clone().map(|day| routed_share(definition, day)).collect(),
            requests: [
                days.clone().map(|day| world.launch_on(day).requests).collect(),
                days.map(|day| world.production(day).requests).collect(),
            ],
            policy: compiled,
            baseline: policy::compile(&stages.launch, baseline, None)?,
            learnt,
            reask: scenario.economics.reask,
            classes,
        };
        course.grid = Grid::checked(world.day_sd(), INTERPOLATION_ERROR, |effect| course.answered(effect));
        Ok(course)
    }

    /// Shares of each segment's requests that are answered well, and that each tier answers at all, by both arms at a day effect, at
    /// launch and at the end: what every signal is made of.
    fn answered(&self, effect: f64) -> Vec<f64> {
        let mut shares = Vec::new();
        let last = self.world.last_day();
        for (production, day) in [(false, 0), (true, last)] {
            let state = if production { self.world.production(day) } else { self.world.launch_on(day) };
            let tables = Tables::new(self.world, state, DayEffect::Fixed(effect));
            for compiled in [&self.policy, &self.baseline] {
                let Some(rule) = self.rule_of(compiled, production, day) else { continue };
                for answers in self.answers(compiled, rule, &tables) {
                    shares.push(answers.by.iter().flatten().map(|a| a.good).sum());
                    let of_tiers = answers.by[0].iter().zip(&answers.by[1]);
                    shares.extend(of_tiers.map(|(plain, hidden)| plain.answered + hidden.answered));
                }
            }
        }
        shares
    }

    /// Days of the horizon.
    pub fn days(&self) -> usize {
        self.routed_share.len()
    }

    /// The rule of the policy under launch assumptions at the start.
    pub fn rule(&self) -> Option<&Rule> {
        self.rule_of(&self.policy, false, 0)
    }

    /// The baseline's rule.
    pub fn baseline_rule(&self) -> Option<&Rule> {
        self.rule_of(&self.baseline, false, 0)
    }

    fn rule_of<'a>(&'a self, compiled: &'a Compiled, production: bool, day: u32) -> Option<&'a Rule> {
        match compiled {
            Compiled::Stateless(rule) => Some(rule),
            Compiled::Budget(controller) => Some(controller.rule(0.0, 0.0)),
            Compiled::Bandit(_) => self.learnt[usize::from(production)].get(day as usize),
        }
    }

    /// The days that have to be integrated: those on which the world changes.
    pub fn work(&self) -> Vec<(bool, u32)> {
        let of = |production: bool| {
            self.classes[usize::from(production)].0.iter().map(move |day| (production, *day)).collect::<Vec<_>>()
        };
        [of(false), of(true)].concat()
    }

    /// Integrates one of the days of [`Self::work`].
    pub fn integrate(&self, production: bool, day: u32, signals: &[Signal]) -> DayParts {
        let state = if production { self.world.production(day) } else { self.world.launch_on(day) };
        let mut parts = DayParts {
            cells: signals.iter().map(|_| [Vec::new(), Vec::new()]).collect(),
            quality: [0.0; 2],
            downstream_usd: [0.0; 2],
            inference_usd: [0.0; 2],
        };
        let pieces = self.grid.pieces();
        let nodes = self.grid.nodes.iter().zip(&self.grid.mean_weights).enumerate();
        let nodes = nodes.flat_map(|(piece, (effects, weights))| {
            let of_piece = effects.iter().zip(weights).enumerate().take(self.grid.distinct());
            of_piece.map(move |(node, (effect, weight))| (piece, node, effect, weight))
        });
        for (piece, node, effect, weight) in nodes {
            let tables = Tables::new(self.world, state.clone(), DayEffect::Fixed(*effect));
            for (arm, compiled) in [&self.policy, &self.baseline].into_iter().enumerate() {
                let Some(rule) = self.rule_of(compiled, production, day) else { continue };
                let answers = self.answers(compiled, rule, &tables);
                let (quality, downstream_usd) = self.outcome(&state, &answers);
                parts.quality[arm] += weight * quality;
                parts.downstream_usd[arm] += weight * downstream_usd;
                let inference_usd = exact::inference_usd(&tables.day, &tables.evaluate(rule), self.reask);
                parts.inference_usd[arm] += weight * inference_usd;
                let view = ArmView {
                    world: self.world,
                    day: &state,
                    number: day,
                    production,
                    answers: &answers,
                    rule,
                    routed: arm == 0,
                };
                for (signal, cells) in signals.iter().zip(&mut parts.cells) {
                    if signal.arms() == Arms::RoutedAlone && arm == 1
                        || !signal.varies_with_day_effect() && (piece, node) != (0, 0)
                    {
                        continue;
                    }
                    let values = signal.cells(&view);
                    if !signal.varies_with_day_effect() {
                        cells[arm] = values.into_iter().map(|value| [value; NODES]).collect();
                        continue;
                    }
                    cells[arm].resize(values.len() * pieces, [0.0; NODES]);
                    for (tables, value) in cells[arm].chunks_exact_mut(pieces).zip(values) {
                        tables[piece][node] = value;
                    }
                }
            }
        }
        parts
    }

    fn answers(&self, compiled: &Compiled, rule: &Rule, tables: &Tables) -> Vec<SegmentAnswers> {
        let Compiled::Budget(controller) = compiled else { return tables.answers(rule) };
        let mut mean = vec![SegmentAnswers::default(); tables.day.segments.len()];
        controller.over_a_day(tables.day.requests, |rule, share| {
            for (mean, answers) in mean.iter_mut().zip(tables.answers(rule)) {
                mean.add(&answers, share);
            }
            exact::inference_usd(&tables.day, &tables.evaluate(rule), self.reask)
        });
        mean
    }

    /// Mean quality and downstream cost, USD a request.
    fn outcome(&self, day: &DayWorld, answers: &[SegmentAnswers]) -> (f64, f64) {
        let economics = &self.world.scenario.economics;
        let (mut quality, mut usd) = (0.0, 0.0);
        for (g, answers) in day.segments.iter().zip(answers) {
            let ok: f64 = answers.by.iter().flatten().map(|a| a.good).sum();
            let cost = |c: Consequence| c.usd * (c.failed * (1.0 - ok) + c.ok * ok);
            quality += g.share * ok;
            usd += g.share * g.stakes * (cost(economics.ticket) + cost(economics.churn) + cost(economics.incident));
        }
        (quality, usd)
    }

    /// Puts the days together; `parts` in the order of [`Self::work`].
    pub fn assemble(&self, parts: &[DayParts], signals: &[Signal]) -> Assembled {
        let (launch_classes, _) = &self.classes[0];
        let worlds = [&parts[..launch_classes.len().min(parts.len())], &parts[launch_classes.len().min(parts.len())..]];
        let of_day = |world: usize, day: usize| self.classes[world].1.get(day).and_then(|c| worlds[world].get(*c));
        let channels = (0..signals.len())
            .map(|signal| {
                let [launch, mut production] =
                    [0, 1].map(|world| self.channel(worlds[world], world, signal, signals[signal].arms()));
                // Days on which a signal would see the same in both worlds share one table, which says so.
                for day in 0..production.len().min(launch.len()) {
                    if launch[day] == production[day] {
                        production[day] = Arc::clone(&launch[day]);
                    }
                }
                let days = [launch, production];
                Channel::new(days, &self.grid, signals[signal].varies_with_day_effect())
            })
            .collect();
        let mix =
            |arms: [f64; 2], day: usize| self.routed_share[day] * arms[0] + (1.0 - self.routed_share[day]) * arms[1];
        let mut damage = Vec::new();
        let mut loss = Vec::new();
        for day in 0..self.days() {
            let (Some(launch), Some(production)) = (of_day(0, day), of_day(1, day)) else { continue };
            let lost = mix(launch.quality, day) - mix(production.quality, day);
            let requests = self.requests[1][day];
            loss.push(lost);
            damage.push(Damage {
                usd: requests * (mix(production.downstream_usd, day) - mix(launch.downstream_usd, day)),
                failed_requests: requests * lost,
            });
        }
        let material = self.world.scenario.study.material_loss;
        let onset_day = loss.iter().position(|l| *l >= material).and_then(|day| u32::try_from(day).ok());
        let last = self.days().saturating_sub(1);
        let saving_usd_per_day = of_day(1, last)
            .map_or(0.0, |parts| self.requests[1][last] * (parts.inference_usd[1] - parts.inference_usd[0]));
        Assembled { channels, damage, change_day: self.world.change_day(), onset_day, saving_usd_per_day }
    }

    fn channel(&self, parts: &[DayParts], world: usize, signal: usize, arms: Arms) -> Vec<Arc<[Table]>> {
        let mut days: Vec<Arc<[Table]>> = Vec::new();
        let mut previous: Option<(usize, f64)> = None;
        for (class, routed) in self.classes[world].1.iter().zip(&self.routed_share) {
            let key = (*class, if arms == Arms::Mixed { *routed } else { 0.0 });
            if let (Some(last), true) = (days.last(), previous == Some(key)) {
                days.push(Arc::clone(last));
                continue;
            }
            previous = Some(key);
            let empty = [Vec::new(), Vec::new()];
            let [policy, baseline] = parts.get(*class).and_then(|p| p.cells.get(signal)).unwrap_or(&empty);
            days.push(match arms {
                Arms::RoutedAlone => policy.as_slice().into(),
                Arms::Apart => [policy.as_slice(), baseline.as_slice()].concat().into(),
                Arms::Mixed => policy
                    .iter()
                    .zip(baseline)
                    .map(|(p, b)| std::array::from_fn(|j| routed * p[j] + (1.0 - routed) * b[j]))
                    .collect(),
            });
        }
        days
    }
}

/// Expected damage of one day against launch assumptions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Damage {
    /// Extra downstream cost, USD.
    pub usd: f64,
    /// Extra failed requests.
    pub failed_requests: f64,
}

/// Everything that replicates are drawn from.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// One a signal.
    pub channels: Vec<Channel>,
    /// Expected damage by day.
    pub damage: Vec<Damage>,
    /// First day on which an event is in force; `None`: nothing changes.
    pub change_day: Option<u32>,
    /// First day with a material loss of quality in production; `None`: it never comes.
    pub onset_day: Option<u32>,
    /// Inference saving of the policy on the last day, had it all the traffic, USD a day.
    pub saving_usd_per_day: f64,
}

/// Quantities of one signal by day, each as a function of the day effect: `[launch, production][day][quantity]`.
#[derive(Clone, Debug)]
pub struct Channel {
    /// A quantity has a table for each piece of the day effects.
    days: [Vec<Arc<[Table]>>; 2],
    /// Tables of a quantity.
    pieces: usize,
    /// The same averaged over the day effect: `[launch, production][day][quantity]`.
    expected: [Vec<Arc<[f64]>>; 2],
}

impl Channel {
    fn new(days: [Vec<Arc<[Table]>>; 2], grid: &Grid, varies: bool) -> Self {
        let pieces = if varies { grid.pieces() } else { 1 };
        let average = |tables: &[Table]| {
            if varies { mean(tables, &grid.mean_weights) } else { tables.first().map_or(0.0, |t| t[0]) }
        };
        let expected = days.each_ref().map(|days| {
            each_once(days, |tables| tables.chunks_exact(pieces).map(|tables| average(tables).max(0.0)).collect())
        });
        Self { days, pieces, expected }
    }

    fn tables(&self, production: bool, day: usize) -> &[Table] {
        self.days[usize::from(production)].get(day).map_or(&[], |t| t)
    }

    /// Whether the signal would see the same in both worlds on a day.
    pub fn is_same(&self, day: usize) -> bool {
        let [launch, production] = &self.days;
        matches!((launch.get(day), production.get(day)), (Some(a), Some(b)) if Arc::ptr_eq(a, b))
    }

    /// A quantity on a day at a day effect.
    #[inline]
    pub fn at(&self, production: bool, day: usize, quantity: usize, place: &Place) -> f64 {
        let table = quantity * self.pieces + place.piece.min(self.pieces - 1);
        self.tables(production, day).get(table).map_or(0.0, |t| at(t, &place.weights).max(0.0))
    }

    /// A quantity averaged over the day effect.
    #[inline]
    pub fn expected(&self, production: bool, day: usize, quantity: usize) -> f64 {
        self.all_expected(production, day).get(quantity).copied().unwrap_or(0.0)
    }

    /// Every quantity on a day, averaged over the day effect: as they are where the signal does not vary with it.
    pub fn all_expected(&self, production: bool, day: usize) -> &[f64] {
        self.expected[usize::from(production)].get(day).map_or(&[], |q| q)
    }
}

/// Works something out for each day, once for days that share their tables.
fn each_once(days: &[Arc<[Table]>], work: impl Fn(&[Table]) -> Arc<[f64]>) -> Vec<Arc<[f64]>> {
    let mut results: Vec<Arc<[f64]>> = Vec::new();
    for (day, tables) in days.iter().enumerate() {
        let same = day.checked_sub(1).and_then(|d| days.get(d)).is_some_and(|before| Arc::ptr_eq(before, tables));
        results.push(match results.last() {
            Some(last) if same => Arc::clone(last),
            _ => work(tables),
        });
    }
    results
}

/// Whether a rule uses a router score.
pub fn has_score(rule: &Rule) -> Option<f64> {
    match rule.start {
        Start::Score { noise, .. } => Some(noise),
        _ => None,
    }
}

/// Whether answers of a rule have a self-confidence of their own tier (a person has none).
pub fn has_confidence(rule: &Rule) -> bool {
    !matches!(rule.gate, Gate::Oracle)
}
