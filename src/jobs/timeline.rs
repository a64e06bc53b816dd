//! One run, day by day.

use rayon::prelude::*;

use super::pool::{Control, JobError};
use crate::frontier::Stages;
use crate::simulation::world::World;
use crate::timeline::{self, Run, Sampler, Timeline};

/// Days of a timeline that are held at once.
const DAYS_OF_A_WAVE: usize = 32;

/// Computes a timeline on the current pool.
///
/// # Errors
/// When the policy cannot be compiled, or the job was cancelled.
pub fn timeline(world: &World, policy: usize, replicate: u32, control: &Control) -> Result<Timeline, JobError> {
    let stages = Stages::new(world)?;
    let production = Run::new(&stages, policy, true, replicate)?;
    let launch = Run::new(&stages, policy, false, replicate)?;
    let days = world.scenario.traffic.days;
    control.expect_steps(u64::from(days));
    let mut sampler = Sampler::new(world, replicate);
    let mut result = Timeline {
        policy,
        replicate,
        routed_share: Vec::new(),
        expected: Vec::new(),
        launch_quality: Vec::new(),
        run: Vec::new(),
        onset_day: None,
    };
    // A wave at a time: a day's expectations are large, and its counts are drawn in the order of the days.
    for first in (0..days).step_by(DAYS_OF_A_WAVE) {
        let wave = first..days.min(first + DAYS_OF_A_WAVE as u32);
        let per_day = control.each(wave.into_par_iter(), 1, |day| {
            let averaged = production.expected(day, false).figures(world);
            let launch_quality = launch.expected(day, false).figures(world).quality;
            Ok((averaged, launch_quality, production.expected(day, true)))
        })?;
        for (averaged, launch_quality, at_effect) in per_day {
            result.routed_share.push(at_effect.routed_share);
            result.run.push(sampler.draw(&at_effect));
            result.expected.push(averaged);
            result.launch_quality.push(launch_quality);
        }
    }
    result.onset_day =
        timeline::onset_day(&result.expected, &result.launch_quality, world.scenario.study.material_loss);
    Ok(result)
}
