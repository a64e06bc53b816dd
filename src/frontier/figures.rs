//! Figures on their own: of policies and of single tiers, by the exact engine, and only as many integrals as they need.

use std::collections::HashMap;

use super::claims::of_point;
use super::point::Point;
use super::{Stages, metrics};
use crate::model::Figure;
use crate::policy;
use crate::simulation::compiled::Compiled;
use crate::simulation::exact::Tables;
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

/// Share of the requests below the percentile of latency that is told.
const P95: f64 = 0.95;

/// Whose figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A policy's, by index.
    Policy(usize),
    /// A tier's that answers everything, by index.
    Tier(usize),
}

/// A figure that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which.
    pub figure: Figure,
    /// Whose.
    pub whose: Whose,
    /// On which segment, by index; `None`: over all of them.
    pub segment: Option<usize>,
    /// On the last day, rather than at launch.
    pub production: bool,
}

/// What was worked out of policies and tiers at the stages of a world.
struct Points<'s, 'w> {
    stages: &'s Stages<'w>,
    points: HashMap<(Whose, bool), Option<(Point, Compiled)>>,
}

/// Values of figures, in their order; `None` for one that is not defined, or that the exact engine cannot tell.
///
/// # Errors
/// When a policy cannot be compiled.
pub fn values(stages: &Stages<'_>, asked: &[Asked]) -> Result<Vec<Option<f64>>, WorldError> {
    let mut points = Points { stages, points: HashMap::new() };
    asked.iter().map(|asked| points.value(asked)).collect()
}

/// A tier that answers everything.
pub fn alone(tier: usize) -> Rule {
    Rule {
        chain: vec![tier],
        start: Start::First,
        gate: Gate::None,
        per: crate::model::Per::Turn,
        overhead_usd: 0.0,
        overhead_ms: 0.0,
    }
}

impl Points<'_, '_> {
    fn tables(&self, production: bool) -> &Tables {
        let launch = &self.stages.launch.tables;
        // Without events production is like launch.
        if production { self.stages.production.as_ref().unwrap_or(launch) } else { launch }
    }

    fn point(&mut self, whose: Whose, production: bool) -> Result<Option<&(Point, Compiled)>, WorldError> {
        if !self.points.contains_key(&(whose, production)) {
            let found = self.evaluate(whose, production)?;
            self.points.insert((whose, production), found);
        }
        Ok(self.points.get(&(whose, production)).and_then(Option::as_ref))
    }

    fn evaluate(&self, whose: Whose, production: bool) -> Result<Option<(Point, Compiled)>, WorldError> {
        let (stages, tables) = (self.stages, self.tables(production));
        let world = stages.launch.world;
        let compiled = match whose {
            Whose::Tier(tier) => Compiled::Stateless(alone(tier)),
            Whose::Policy(policy) => {
                let Some(definition) = world.scenario.policies.get(policy) else { return Ok(None) };
                if !stages.is_expected(policy) {
                    return Ok(None);
                }
                policy::compile(&stages.launch, definition, None)?
            }
        };
        let stage = usize::from(production && stages.production.is_some());
        let flows = match compiled.stateless() {
            Some(rule) => tables.evaluate(rule),
            None => stages.flows(&compiled, stage),
        };
        Ok(Some((Point::from_flows(world, &tables.day, &flows, None), compiled)))
    }

    fn value(&mut self, asked: &Asked) -> Result<Option<f64>, WorldError> {
        let scenario = &self.stages.launch.world.scenario;
        let requests = self.tables(asked.production).day.requests_smoothed;
        let baseline = match asked.figure {
            Figure::InferenceShare | Figure::TotalShare | Figure::TrapRatio => {
                self.point(Whose::Policy(self.stages.baseline), asked.production)?.map(|(point, _)| point.clone())
            }
            _ => None,
        };
        let Some((point, compiled)) = self.point(asked.whose, asked.production)? else { return Ok(None) };
        let per = |of: fn(&Point) -> f64| {
            let (own, other) = (of(point), of(baseline.as_ref()?));
            (other > 0.0).then(|| own / other)
        };
        let value = match asked.figure {
            Figure::Quality if let Some(segment) = asked.segment => {
                point.quality_by_segment.get(segment).copied().flatten()
            }
            Figure::InferenceShare => per(|p| p.inference_usd_per_1k),
            Figure::TotalShare => per(|p| p.total_usd_per_1k),
            Figure::TrapRatio => baseline.as_ref().and_then(|baseline| metrics::trap_ratio(point, baseline)),
            Figure::RouterAuroc | Figure::LatencyP95Ms => {
                let Some(rule) = compiled.stateless().cloned() else { return Ok(None) };
                let tables = self.tables(asked.production);
                match asked.figure {
                    Figure::RouterAuroc => tables.score_auroc(&rule),
                    _ => tables.latency_quantile(&rule, P95),
                }
            }
            other => of_point(scenario, point, other, requests),
        };
        Ok(value.filter(|value| value.is_finite()))
    }
}
