//! A scenario at every limit runs and can be cancelled.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common;
use std::sync::Arc;
use std::time::{Duration, Instant};

use paretoscope::frontier::{Engine, Stages};
use paretoscope::jobs::{self, Control, Detection, FrontierOptions, JobError};
use paretoscope::scenario::{read, write};
use paretoscope::simulation::random::Purpose;
use paretoscope::simulation::world::World;

#[test]
fn the_largest_file_is_read_and_written() {
    let scenario = common::at_every_limit();
    let text = write::to_text(&scenario);
    let loaded = read::parse(&text, "limits.toml").unwrap();
    assert!(loaded.scenario == scenario);
}

#[test]
fn every_operating_point_is_computed_both_ways() {
    let scenario = common::at_every_limit();
    let world = World::compile(&scenario).unwrap();
    let all: Vec<usize> = (0..50).collect();
    let stages = Stages::new(&world).unwrap();
    let control = Control::new();
    let curves = jobs::exact_curves(&stages, &all, 0, &control).unwrap();
    assert!(curves.iter().flatten().all(|c| c.operating_point.as_ref().is_some_and(|p| p.quality.is_finite())));
    let entries: Vec<(usize, Option<f64>)> = all.iter().map(|p| (*p, None)).collect();
    let experiment = stages.experiment(true, &entries, Purpose::Frontier, 20_000).unwrap();
    let moments = jobs::run_experiment(&experiment, &control, None).unwrap();
    assert_eq!(moments.requests, 20_000);
}

/// Runs a job for a moment, cancels it, and tells how long it took to stop.
fn cancel_after_a_moment(
    job: impl FnOnce(&Control) -> Result<(), JobError> + Send,
) -> (Result<(), JobError>, Duration) {
    let control = Control::new();
    let worker_control = Arc::clone(&control);
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || job(&worker_control));
        std::thread::sleep(Duration::from_millis(600));
        control.cancel();
        let asked = Instant::now();
        let result = worker.join().unwrap();
        (result, asked.elapsed())
    })
}

#[test]
fn whole_curves_a_long_run_and_a_timeline_can_be_cancelled() {
    let scenario = common::at_every_limit();
    let world = World::compile(&scenario).unwrap();
    for engine in [Engine::Exact, Engine::MonteCarlo] {
        let options = FrontierOptions { engine, requests: 1_000_000_000, ..Default::default() };
        let (result, took) = cancel_after_a_moment(|control| jobs::frontier(&world, &options, control).map(|_| ()));
        assert_eq!(result, Err(JobError::Cancelled), "{engine:?}");
        // Not a measurement: only that nobody waits for the end, which is hours away.
        assert!(took < Duration::from_secs(20), "{engine:?}: {took:?}");
    }
    let (result, took) = cancel_after_a_moment(|control| jobs::timeline(&world, 3, 0, control).map(|_| ()));
    assert_eq!(result, Err(JobError::Cancelled));
    assert!(took < Duration::from_secs(20), "{took:?}");
    let (result, took) = cancel_after_a_moment(|control| {
        let stages = Stages::new(&world)?;
        Detection::prepare(&stages, 3, control)?.run(1_000_000, control, |_| {})
    });
    assert_eq!(result, Err(JobError::Cancelled));
    assert!(took < Duration::from_secs(20), "{took:?}");
}
