//! The pool, and what every job promises: it tells its progress, stops when asked, and turns a fault into an error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;
use thiserror::Error;

use crate::simulation::world::WorldError;

/// Why a job ended without a result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum JobError {
    /// Somebody cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// The scenario cannot be simulated.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Monitors do not fit the policy they watch, or what is asked does not.
    #[error("{0}")]
    Monitors(String),
    /// What was found could not be kept.
    #[error("{0}")]
    Kept(String),
    /// A fault of the program: the work is lost, the program goes on.
    #[error("internal error: {0}")]
    Panicked(String),
    /// The pool could not be made.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

/// Shared between a job and whoever watches it.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: Arc<AtomicBool>,
    done: AtomicU64,
    total: AtomicU64,
}

impl Control {
    /// A fresh one.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// For a part of a job: it stops with the whole, and its steps are not the whole's.
    pub(super) fn part(&self) -> Self {
        Self { cancelled: Arc::clone(&self.cancelled), ..Self::default() }
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// What the engines look at.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.cancelled
    }

    /// Steps done and in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    pub(super) fn expect_steps(&self, steps: u64) {
        self.total.fetch_add(steps, Ordering::Relaxed);
    }

    pub(super) fn steps(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    /// Works on items side by side, `steps` steps each, and gives the results in the order of the items.
    pub(super) fn each<I, T: Send>(
        &self,
        items: impl ParallelIterator<Item = I>,
        steps: u64,
        work: impl Fn(I) -> Result<T, JobError> + Sync + Send,
    ) -> Result<Vec<T>, JobError> {
        let one = |item| {
            self.check()?;
            let result = work(item)?;
            self.steps(steps);
            Ok(result)
        };
        items.map(one).collect()
    }

    pub(super) fn check(&self) -> Result<(), JobError> {
        if self.is_cancelled() { Err(JobError::Cancelled) } else { Ok(()) }
    }
}

/// A pool of `threads` threads; 0 takes as many as there are processors.
///
/// # Errors
/// When the system gives no threads.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, JobError> {
    // Asked for none, the crate would listen to a variable of the environment, which has no limit.
    let threads = if threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { threads };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("worker-{i}"))
        .build()
        .map_err(|e| JobError::Threads(e.to_string()))
}

/// Runs a job so that a fault in it becomes an error.
///
/// # Errors
/// Those of the job, and [`JobError::Panicked`].
pub fn guarded<T>(job: impl FnOnce() -> Result<T, JobError>) -> Result<T, JobError> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "unknown".to_owned());
        Err(JobError::Panicked(message))
    })
}
