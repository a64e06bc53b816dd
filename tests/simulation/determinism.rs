//! The same scenario, seed and version give the same bytes, whatever the threads and the size of the waves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common;
use paretoscope::frontier::{Engine, Stages};
use paretoscope::jobs::{self, Control, FrontierOptions};
use paretoscope::report::json;
use paretoscope::simulation::random::Purpose;
use paretoscope::simulation::world::World;

#[test]
fn any_number_of_threads_gives_the_same_frontier_and_timeline() {
    for (entry, scenario) in common::library().iter().take(4) {
        let world = World::compile(scenario).unwrap();
        let options = FrontierOptions {
            engine: Engine::MonteCarlo,
            requests: 100_000,
            sampled_settings: 3,
            ..Default::default()
        };
        let run = |threads: usize| {
            jobs::pool(threads).unwrap().install(|| {
                let frontier = jobs::frontier(&world, &options, &Control::new()).unwrap();
                let timeline = jobs::timeline(&world, 0, 3, &Control::new()).unwrap();
                (json::frontier(scenario, &frontier).to_string(), json::timeline(scenario, &timeline).to_string())
            })
        };
        let one = run(1);
        assert_eq!(one, run(2), "{}", entry.file_name);
        assert_eq!(one, run(7), "{}", entry.file_name);
    }
}

#[test]
fn any_size_of_a_wave_gives_the_same_sums() {
    let scenario = common::flagship();
    let world = World::compile(&scenario).unwrap();
    let stages = Stages::new(&world).unwrap();
    let entries: Vec<(usize, Option<f64>)> = (0..scenario.policies.len()).map(|i| (i, None)).collect();
    let experiment = stages.experiment(true, &entries, Purpose::Frontier, 500_000).unwrap();
    let run = |threads: usize, wave: Option<usize>| {
        jobs::pool(threads).unwrap().install(|| jobs::run_experiment(&experiment, &Control::new(), wave)).unwrap()
    };
    let reference = run(1, Some(1));
    for (threads, wave) in [(1, Some(1000)), (2, Some(3)), (7, Some(5)), (3, None)] {
        assert!(run(threads, wave) == reference, "{threads} threads, waves of {wave:?}");
    }
}

#[test]
fn another_seed_gives_other_numbers() {
    let mut scenario = common::flagship();
    let run = |scenario: &paretoscope::model::Scenario| {
        let world = World::compile(scenario).unwrap();
        jobs::timeline(&world, 3, 0, &Control::new()).unwrap().run
    };
    let first = run(&scenario);
    scenario.seed += 1;
    assert!(first != run(&scenario));
}
