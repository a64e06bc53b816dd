//! The days of a course put together: what signals see of each, and what it does to quality and costs.
//!
//! Days that do not differ share their integrals; each signal keeps only the few numbers that its observations depend on.

use std::sync::Arc;

use super::channel::Channel;
use super::course::{ArmView, Course};
use super::day_effect::{NODES, Table};
use super::signal::{Arms, Signal};
use crate::model::Consequence;
use crate::simulation::answers::SegmentAnswers;
use crate::simulation::day::DayWorld;
use crate::simulation::exact::{self, DayEffect, Tables};

/// What one day contributes to the study.
#[derive(Clone, Debug)]
pub struct DayParts {
    /// Quantities of each signal, at the nodes: one entry a signal, `[routed, baseline]`; a table for each piece of the day effects, or
    /// one where the signal does not vary with them.
    cells: Vec<[Arc<[Table]>; 2]>,
    /// Mean quality of each arm.
    quality: [f64; 2],
    /// Expected downstream cost of each arm, USD a request.
    downstream_usd: [f64; 2],
    /// Expected inference cost of each arm, USD a request.
    inference_usd: [f64; 2],
}

/// What a request costs in one arm, in expectation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Inference, USD.
    pub inference_usd: f64,
    /// What follows, USD, booked on the day of the request.
    pub downstream_usd: f64,
}

impl DayParts {
    /// Takes the tables of another day where they are the same: most signals that look at something other than the traffic see one day, only.
    pub fn share_with(&mut self, other: &Self) {
        for (mine, theirs) in self.cells.iter_mut().flatten().zip(other.cells.iter().flatten()) {
            if *mine == *theirs {
                *mine = Arc::clone(theirs);
            }
        }
    }

    /// Costs of the policy's arm and of the baseline's.
    pub fn costs(&self) -> [Cost; 2] {
        [0, 1].map(|arm| Cost { inference_usd: self.inference_usd[arm], downstream_usd: self.downstream_usd[arm] })
    }

    /// Tables of a signal's quantities in an arm (0: the policy's, 1: the baseline's), as many a quantity as there are pieces.
    pub fn tables(&self, signal: usize, arm: usize) -> &[Table] {
        self.cells.get(signal).and_then(|arms| arms.get(arm)).map_or(&[], |tables| tables)
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
    /// One a look: see [`Race::looks`](super::race::Race::looks).
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

impl Course<'_> {
    /// Integrates one of the days of [`Self::work`].
    pub fn integrate(&self, production: bool, day: u32, signals: &[&Signal]) -> DayParts {
        let state = if production { self.world.production(day) } else { self.world.launch_on(day) };
        let mut of_signals: Vec<[Vec<Table>; 2]> = signals.iter().map(|_| [Vec::new(), Vec::new()]).collect();
        let mut parts =
            DayParts { cells: Vec::new(), quality: [0.0; 2], downstream_usd: [0.0; 2], inference_usd: [0.0; 2] };
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
                for (signal, cells) in signals.iter().zip(&mut of_signals) {
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
        parts.cells = of_signals.into_iter().map(|arms| arms.map(Arc::from)).collect();
        parts
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
    pub fn assemble(&self, parts: &[DayParts], signals: &[&Signal]) -> Assembled {
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
            let empty: [Arc<[Table]>; 2] = [[].into(), [].into()];
            let [policy, baseline] = parts.get(*class).and_then(|p| p.cells.get(signal)).unwrap_or(&empty);
            days.push(match arms {
                Arms::RoutedAlone => Arc::clone(policy),
                Arms::Apart => [&**policy, &**baseline].concat().into(),
                Arms::Mixed => policy
                    .iter()
                    .zip(baseline.iter())
                    .map(|(p, b)| std::array::from_fn(|j| routed * p[j] + (1.0 - routed) * b[j]))
                    .collect(),
            });
        }
        days
    }
}
