//! Average run lengths by simulation.

use rayon::prelude::*;

use crate::run_length::{self, BlockSums, Game, RunLengthError, Simulated};

/// Plays a chart or a sequential test `runs` times on the current pool.
///
/// # Errors
/// When a parameter is out of range or a run does not end.
pub fn play(game: &Game, runs: u32, seed: u64) -> Result<Simulated, RunLengthError> {
    let blocks: Vec<BlockSums> = (0..run_length::blocks(runs))
        .into_par_iter()
        .map(|block| run_length::play_block(game, runs, block, seed))
        .collect::<Result<_, _>>()?;
    Ok(Simulated::of(&blocks, runs))
}
