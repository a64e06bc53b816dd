//! How long a job goes on after somebody cancels it: `cargo bench --bench cancel`.
//!
//! Every job of the window runs on the flagship, its watched variant and the largest scenario of the library, and is cancelled at moments spread
//! over its time; the longest wait is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use paretoscope::frontier::{Engine, Stages};
use paretoscope::jobs::{
    self, Control, DecideOptions, Detection, FrontierOptions, JobError, PlanOptions, UncertainOptions,
};
use paretoscope::scenario::{library, read};
use paretoscope::simulation::world::World;

/// Moments at which each job is cancelled.
const MOMENTS: u32 = 24;

type Job<'j> = (&'static str, &'j (dyn Fn(&Control) -> Result<(), JobError> + Sync));

fn main() {
    let pool = jobs::pool(0).unwrap();
    for name in ["support-agent", "support-agent-watched", "midmarket-saas"] {
        let entry = library::LIBRARY.iter().find(|entry| entry.file_name.starts_with(&format!("{name}.")));
        let Some(entry) = entry else { continue };
        let scenario = read::parse(entry.text, name).unwrap().scenario;
        let world = World::compile(&scenario).unwrap();
        let policy = scenario.studied_policy().unwrap();
        let sampled = FrontierOptions { engine: Engine::MonteCarlo, requests: 4_000_000, ..Default::default() };
        let frontier = |control: &Control| jobs::frontier(&world, &sampled, control).map(drop);
        let curves = |control: &Control| jobs::frontier(&world, &FrontierOptions::default(), control).map(drop);
        let timeline = |control: &Control| jobs::timeline(&world, policy, 0, control).map(drop);
        let study =
            |control: &Control| Detection::prepare(&Stages::new(&world)?, policy, control)?.run(1000, control, |_| {});
        let plan = |control: &Control| {
            jobs::plan(&Stages::new(&world)?, policy, &PlanOptions::of(&scenario), control, |_| {}).map(drop)
        };
        let decide = |control: &Control| {
            jobs::decide(&Stages::new(&world)?, &DecideOptions::of(&scenario), control, |_| {}).map(drop)
        };
        let rollout = |control: &Control| jobs::rollout(&world, policy, 1000, control).map(drop);
        let uncertain = |control: &Control| {
            jobs::uncertain(&scenario, &world.traffic, &UncertainOptions::default(), control, |_| {}).map(drop)
        };
        let calibrate = |control: &Control| jobs::calibrate(&scenario, &world, control).map(drop);
        let all: [Job<'_>; 9] = [
            ("curves", &curves),
            ("Monte Carlo", &frontier),
            ("timeline", &timeline),
            ("detection", &study),
            ("plan", &plan),
            ("decide", &decide),
            ("rollout", &rollout),
            ("uncertain", &uncertain),
            ("calibrate", &calibrate),
        ];
        println!("{name}");
        for (label, job) in all {
            let begun = Instant::now();
            let end = pool.install(|| job(&Control::new()));
            let whole = begun.elapsed();
            let waits = (0..MOMENTS).map(|i| wait(&pool, job, whole * (2 * i + 1) / (2 * MOMENTS)));
            let (longest, at) = waits.max().unwrap_or_default();
            let told = end.err().map_or_else(String::new, |error| format!("; ends with: {error}"));
            println!(
                "  {label:12} {:6.0} ms in all; the longest wait after cancelling {:6.1} ms, at {:.0} ms{told}",
                whole.as_secs_f64() * 1e3,
                longest.as_secs_f64() * 1e3,
                at.as_secs_f64() * 1e3
            );
        }
    }
}

/// Cancels a job after so long, and gives how long it goes on, with that moment.
fn wait(
    pool: &rayon::ThreadPool,
    job: &(dyn Fn(&Control) -> Result<(), JobError> + Sync),
    after: Duration,
) -> (Duration, Duration) {
    let control = Control::new();
    let own = Arc::clone(&control);
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || pool.install(|| job(&own)));
        std::thread::sleep(after);
        let asked = Instant::now();
        control.cancel();
        let _ = worker.join().unwrap();
        (asked.elapsed(), after)
    })
}
