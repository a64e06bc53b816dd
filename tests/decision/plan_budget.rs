//! The plans that are recommended and listed hold the false-alarm budget on runs that had no part in finding them.
//!
//! ```sh
//! cargo test --test decision -- --ignored --nocapture plan_budget
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::print_stdout, reason = "the rates themselves are worth reading")]

use crate::common;
use paretoscope::frontier::Stages;
use paretoscope::jobs::{self, Control, JobError, PlanOptions};
use paretoscope::simulation::world::World;

/// Searches of each scenario, each with a seed of its own.
const SEEDS: u64 = 10;
/// Replicates of a search.
const REPLICATES: u32 = 1000;

/// 99 % interval of a share (Wilson).
fn interval_99(share: f64, n: f64) -> [f64; 2] {
    let z = 2.575_829;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    [centre - half, centre + half]
}

#[test]
#[ignore = "long: eighty searches"]
fn plans_of_every_shipped_scenario_hold_the_budget_on_fresh_runs() {
    let mut broken = Vec::new();
    for (entry, shipped) in common::library() {
        let budget = shipped.study.false_alarms;
        // Alarms of the recommended plan, and of the listed ones on average: those of one search share their runs.
        let (mut recommended, mut listed, mut runs) = (0.0, 0.0, 0.0);
        for seed in 0..SEEDS {
            let mut scenario = shipped.clone();
            scenario.seed = 1000 + seed;
            let world = World::compile(&scenario).unwrap();
            let stages = Stages::new(&world).unwrap();
            let options = PlanOptions {
                false_alarms: Some(scenario.study.false_alarms),
                replicates: REPLICATES,
                ..PlanOptions::of(&scenario)
            };
            let found = match jobs::plan(&stages, scenario.studied_policy().unwrap(), &options, &Control::new(), |_| {})
            {
                Ok(found) => found,
                // A policy that does no harm leaves nothing to detect.
                Err(JobError::Monitors(_)) => break,
                Err(other) => {
                    broken.push(format!("{}: {other}", entry.file_name));
                    break;
                }
            };
            let rates: Vec<f64> =
                found.plans.iter().filter(|p| !p.members.is_empty()).map(|p| p.figures.false_alarms.0).collect();
            let chosen = &found.plans[found.recommended];
            let mean = rates.iter().sum::<f64>() / rates.len().max(1) as f64;
            listed += mean;
            // Where doing nothing is recommended, nothing alarms; what is listed counts in its place.
            recommended += if chosen.members.is_empty() { mean } else { chosen.figures.false_alarms.0 };
            runs += f64::from(REPLICATES);
        }
        if runs == 0.0 {
            println!("{:28} nothing to plan", entry.file_name);
            continue;
        }
        let searches = runs / f64::from(REPLICATES);
        for (what, sum) in [("recommended", recommended), ("listed", listed)] {
            let rate = sum / searches;
            let [low, high] = interval_99(rate, runs);
            println!(
                "{:28} {what:12} {:.2} % ({:.2} to {:.2}) for {:.0} %",
                entry.file_name,
                100.0 * rate,
                100.0 * low,
                100.0 * high,
                100.0 * budget
            );
            if low > budget {
                broken.push(format!("{}: {what} plans alarm in {rate} of {runs} launch runs", entry.file_name));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
