//! The same study with the scenario's events on other days.

use super::pool::{Control, JobError};
use super::study::Detection;
use crate::detection::change_day::{self, ChangeDay};
use crate::detection::race::{Phase, Race};
use crate::detection::study::Results;
use crate::frontier::Stages;
use crate::simulation::world::World;

/// Studies a policy with the scenario's events moved over a grid of days, on the current pool. Thresholds are set once: launch does not
/// depend on events.
///
/// # Errors
/// When a moved scenario cannot be simulated, or the job was cancelled.
pub fn change_days(
    world: &World,
    policy: usize,
    points: u32,
    replicates: u32,
    false_alarms: f64,
    control: &Control,
) -> Result<Vec<ChangeDay>, JobError> {
    let mut launch: Option<Results> = None;
    let mut grid = Vec::new();
    for day in change_day::days(&world.scenario, points) {
        let moved = World::new(&change_day::moved(&world.scenario, day), world.traffic.clone())?;
        let stages = Stages::new(&moved)?;
        let monitors = moved.scenario.monitors.clone();
        let mut detection =
            Detection::of(Race::new(&stages, policy, monitors, false)?, policy, vec![false_alarms], control)?;
        match &launch {
            Some(results) => detection.results = results.clone(),
            None => {
                for phase in [Phase::Calibration, Phase::Check] {
                    detection.run_phase(phase, 0..replicates, control)?;
                }
                launch = Some(detection.results.launch());
            }
        }
        detection.run_phase(Phase::Production, 0..replicates, control)?;
        grid.push(ChangeDay { day, study: detection.study(false_alarms) });
    }
    Ok(grid)
}
