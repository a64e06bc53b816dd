//! Calibration: the scenarios that it tries are evaluated side by side.

use rayon::prelude::*;

use super::pool::{Control, JobError};
use super::world::world;
use crate::calibrate::{self, Evaluate, Outcome, Plan};
use crate::frontier::figures::Asked;
use crate::model::Scenario;
use crate::simulation::world::World;

/// Evaluations of a figure and a number, more or less: what progress is told by.
const STEPS: u64 = 60;

/// Evaluates scenarios like a world's over the current pool.
struct Side<'c, 'w> {
    world: &'w World,
    control: &'c Control,
}

impl Evaluate for Side<'_, '_> {
    type Error = JobError;

    fn values(&self, scenarios: &[Scenario], asked: &[Asked]) -> Result<Vec<Vec<Option<f64>>>, JobError> {
        let rows = self.world.traffic.rows();
        self.control.each(scenarios.par_iter(), 1, |scenario| {
            let world = world(scenario, rows.map(|rows| rows.table()), rows);
            // What cannot be simulated has no figures; the search goes elsewhere.
            Ok(world.and_then(|world| calibrate::values(&world, asked)).unwrap_or_else(|_| vec![None; asked.len()]))
        })
    }
}

/// Moves numbers of `scenario`, which `world` was made of, until its known figures hold.
///
/// # Errors
/// When it has no known figures, or the job was cancelled.
pub fn calibrate(scenario: &Scenario, world: &World, control: &Control) -> Result<Outcome, JobError> {
    let plan = Plan::new(world).map_err(JobError::Monitors)?;
    control.expect_steps(STEPS * (plan.figures() + plan.numbers()) as u64);
    plan.solve(scenario, &Side { world, control })
}
