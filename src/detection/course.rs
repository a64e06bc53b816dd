//! What every day of the horizon is like, at launch assumptions and in production: who answers, at any day effect.

use super::day_effect::Grid;
use crate::frontier::Stages;
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
    /// Integrals under launch assumptions, averaged over the day effect.
    pub(super) launch: Tables,
    pub(super) policy: Compiled,
    pub(super) baseline: Compiled,
    /// What a learning policy does on each day: `[launch, production]`. One course of learning stands for all.
    learnt: [Vec<Rule>; 2],
    pub(super) reask: f64,
    /// Days whose worlds differ, and which of them each day is: `[launch, production]`.
    pub(super) classes: [(Vec<u32>, Vec<usize>); 2],
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

impl<'w> Course<'w> {
    /// Prepares the study of a policy, at a setting of its knob or as the scenario has it.
    ///
    /// # Errors
    /// When the policy or the baseline cannot be compiled.
    pub fn new(stages: &Stages<'w>, policy: usize, knob: Option<f64>) -> Result<Self, WorldError> {
        let world = stages.launch.world;
        let scenario = &world.scenario;
        let definition = scenario.policies.get(policy).ok_or(WorldError::Missing("policy"))?;
        let baseline = scenario.policies.get(stages.baseline).ok_or(WorldError::Missing("baseline"))?;
        let compiled = policy::compile(&stages.launch, definition, knob)?;
        let learnt = [false, true].map(|production| match &compiled {
            Compiled::Bandit(learner) => learner.learn(world, &History::new(world, production), 0, 0),
            _ => Vec::new(),
        });
        let days = 0..=world.last_day();
        let learns = matches!(compiled, Compiled::Bandit(_));
        let renews = scenario.monitors.iter().any(|m| m.refresh_days.is_some());
        let classes = [false, true].map(|production| world.classes(production, learns || production && renews));
        let mut course = Self {
            world,
            grid: Grid::checked(0.0, INTERPOLATION_ERROR, |_| Vec::new()),
            routed_share: days.clone().map(|day| routed_share(definition, day)).collect(),
            requests: [
                days.clone().map(|day| world.launch_on(day).requests).collect(),
                days.map(|day| world.production(day).requests).collect(),
            ],
            launch: stages.launch.tables.clone(),
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

    pub(super) fn rule_of<'a>(&'a self, compiled: &'a Compiled, production: bool, day: u32) -> Option<&'a Rule> {
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

    /// Which of the days of [`Self::work`] a day is like; `None` beyond the horizon.
    pub fn part_of(&self, production: bool, day: usize) -> Option<usize> {
        let [(launch, launch_of), (_, production_of)] = &self.classes;
        if production { production_of.get(day).map(|class| launch.len() + class) } else { launch_of.get(day).copied() }
    }

    /// Who answers at the day effect of `tables`, averaged over what a budget's controller does in a day.
    pub(super) fn answers(&self, compiled: &Compiled, rule: &Rule, tables: &Tables) -> Vec<SegmentAnswers> {
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
