//! What the exact engine says of one point of the ranges.

use crate::frontier::claims::DAYS_PER_MONTH;
use crate::frontier::point::Point;
use crate::frontier::{Stages, metrics};
use crate::model::Scenario;
use crate::policy::Oracle;
use crate::simulation::traffic::Traffic;
use crate::simulation::world::{World, WorldError};
use crate::words;

words! {
    /// A figure of a policy that can be looked at.
    #[derive(Default)]
    pub enum Output {
        /// Inference cost, USD per 1,000 requests.
        InferenceUsdPer1k = "inference_usd_per_1k" as "inference cost per 1,000 requests",
        /// Mean success.
        Quality = "quality",
        /// Total cost against the baseline's: −0.1 is a tenth less.
        #[default]
        TotalChange = "total_change" as "total cost against the baseline",
        /// Extra downstream cost ÷ inference saving; undefined where nothing is saved.
        TrapRatio = "trap_ratio",
        /// Total cost of 30 days at the volume of day 0, USD.
        UsdPerMonth = "usd_per_month" as "total cost a month",
    }
}

/// Figures of a policy.
pub const OUTPUTS: usize = Output::ALL.len();

/// The policies that points are answered for.
#[derive(Clone, Debug, PartialEq)]
pub struct Policies {
    /// Places in the scenario of those that the exact engine can tell.
    pub told: Vec<usize>,
    /// Places of the others: they learn or steer, and only simulation tells what they do.
    pub left_out: Vec<usize>,
    /// Place of the baseline among `told`.
    pub baseline: usize,
    /// Places among `told` of those that can be chosen: all but an oracle.
    pub choices: Vec<usize>,
    /// Whether production differs from launch.
    pub has_production: bool,
}

impl Policies {
    /// Of a scenario.
    ///
    /// # Errors
    /// When it cannot be simulated, or its baseline cannot be told.
    pub fn of(stages: &Stages<'_>) -> Result<Self, WorldError> {
        let scenario = &stages.launch.world.scenario;
        let (told, left_out): (Vec<usize>, Vec<usize>) =
            (0..scenario.policies.len()).partition(|policy| stages.is_expected(*policy));
        let baseline = told.iter().position(|policy| *policy == stages.baseline);
        let baseline = baseline.ok_or(WorldError::Missing("baseline that the exact engine can tell"))?;
        let is_oracle = |policy: &usize| scenario.policies.get(*policy).is_some_and(|p| p.kind.is::<Oracle>());
        let choices = (0..told.len()).filter(|i| told.get(*i).is_some_and(|policy| !is_oracle(policy))).collect();
        Ok(Self { told, left_out, baseline, choices, has_production: stages.production.is_some() })
    }

    /// Stages of an answer: launch, and production where it differs.
    pub fn stages(&self) -> usize {
        1 + usize::from(self.has_production)
    }

    /// Length of an answer.
    pub fn width(&self) -> usize {
        self.stages() * self.told.len() * OUTPUTS
    }

    /// Where a figure stands in an answer. `policy` is a place among `told`.
    pub fn place(&self, production: bool, policy: usize, output: Output) -> usize {
        let stage = usize::from(production && self.has_production);
        (stage * self.told.len() + policy) * OUTPUTS + output as usize
    }

    /// Answers one point: the figures of every policy at every stage, NaN where one is not defined.
    ///
    /// # Errors
    /// When the scenario means nothing at this point.
    pub fn answer(&self, scenario: &Scenario, traffic: &Traffic) -> Result<Vec<f64>, WorldError> {
        let world = World::new(scenario, traffic.clone())?;
        let stages = Stages::new(&world)?;
        let requests = scenario.traffic.requests_per_day;
        let points: Vec<Vec<Point>> = self
            .told
            .iter()
            .map(|policy| Ok(stages.exact_points(*policy, None)?.unwrap_or_default()))
            .collect::<Result<_, WorldError>>()?;
        let mut answer = vec![f64::NAN; self.width()];
        for stage in 0..self.stages() {
            let Some(base) = points.get(self.baseline).and_then(|points| points.get(stage)) else { continue };
            for (policy, points) in points.iter().enumerate() {
                let Some(point) = points.get(stage) else { continue };
                for output in Output::ALL {
                    let place = self.place(stage == 1, policy, *output);
                    if let Some(to) = answer.get_mut(place) {
                        *to = figure(*output, point, base, requests);
                    }
                }
            }
        }
        Ok(answer)
    }
}

fn figure(output: Output, point: &Point, base: &Point, requests_per_day: f64) -> f64 {
    match output {
        Output::InferenceUsdPer1k => point.inference_usd_per_1k,
        Output::Quality => point.quality,
        Output::TotalChange if base.total_usd_per_1k > 0.0 => point.total_usd_per_1k / base.total_usd_per_1k - 1.0,
        Output::TotalChange => f64::NAN,
        Output::TrapRatio => metrics::trap_ratio(point, base).unwrap_or(f64::NAN),
        Output::UsdPerMonth => point.total_usd_per_1k / 1000.0 * requests_per_day * DAYS_PER_MONTH,
    }
}
