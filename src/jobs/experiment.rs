//! A Monte Carlo experiment: waves of replicates, merged in their order.

use rayon::prelude::*;

use super::pool::{Control, JobError};
use crate::simulation::monte_carlo::{self, Experiment, Moments};

/// Replicates of a wave for each thread at the most: enough to balance the load.
const WAVE_PER_THREAD: usize = 32;
/// Memory that the results of a wave may take, bytes.
const WAVE_BYTES: usize = 64 << 20;
/// What the result of one replicate takes for each policy, about: its histogram of latencies.
const BYTES_PER_POLICY: usize = 8 << 10;

/// Runs an experiment on the current pool.
///
/// # Errors
/// [`JobError::Cancelled`].
pub fn run_experiment(
    experiment: &Experiment<'_>,
    control: &Control,
    wave: Option<usize>,
) -> Result<Moments, JobError> {
    let replicates = experiment.replicates();
    control.expect_steps(u64::from(replicates));
    let threads = rayon::current_num_threads();
    let fits = WAVE_BYTES / (BYTES_PER_POLICY * experiment.policies.len().max(1));
    let wave = wave.unwrap_or_else(|| fits.clamp(threads, WAVE_PER_THREAD * threads)).max(1);
    let mut moments = Moments::default();
    let mut next = 0;
    while next < replicates {
        let end = next.saturating_add(u32::try_from(wave).unwrap_or(u32::MAX)).min(replicates);
        let results: Vec<_> = (next..end)
            .into_par_iter()
            // One at a time: a thread that is done takes the next one, and none waits for another's last few.
            .with_max_len(1)
            .map(|replicate| {
                let result = monte_carlo::simulate(experiment, replicate, control.flag());
                control.steps(1);
                result
            })
            .collect();
        for result in &results {
            moments.merge(result.as_ref().ok_or(JobError::Cancelled)?);
        }
        next = end;
    }
    Ok(moments)
}
