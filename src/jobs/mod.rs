//! The only owner of threads: spreads the engines' work over a pool, reports progress, and stops at once when asked.
//!
//! Results are merged in a fixed order, so they do not depend on the number of threads nor on the size of a wave. [`pool`](mod@pool) keeps
//! what every job promises; each job is a file.

mod arl;
mod calibrate;
mod change_days;
mod decide;
mod decide_ranges;
mod desk;
mod essentials;
mod everything;
mod experiment;
mod frontier;
mod lives;
mod plan;
mod pool;
mod rollout;
mod study;
mod sweep;
mod timeline;
mod uncertain;
mod world;

pub use arl::play;
pub use calibrate::calibrate;
pub use change_days::change_days;
pub use decide::{DecideOptions, decide};
pub use decide_ranges::{OverRanges, Spread, USUAL_RUNS, decide_over_ranges};
pub use essentials::essentials;
pub use everything::{Everything, Extras, everything};
pub use experiment::run_experiment;
pub use frontier::{FrontierOptions, exact_curves, frontier, stages};
pub use lives::lives;
pub use plan::{PlanOptions, plan};
pub use pool::{Control, JobError, guarded, pool};
pub use rollout::{Steps, rollout};
pub use study::{Detection, FIRST_REPLICATES};
pub use sweep::{Sweep, sweep};
pub use timeline::timeline;
pub use uncertain::{Learning, Map, USUAL_POINTS, Uncertain, UncertainOptions, map, uncertain};
pub use world::world;
