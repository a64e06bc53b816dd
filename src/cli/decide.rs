//! `decide`: what every policy is worth, watched in every way, and which to take.

use clap::Args;

use super::{Common, Failure, Format, load, pretty, probability, usd_per_day, with_progress};
use crate::frontier::Stages;
use crate::jobs::{self, DecideOptions, USUAL_RUNS};
use crate::report::decide;

#[derive(Debug, Args)]
pub(super) struct Decide {
    #[command(flatten)]
    common: Common,
    /// The most that a plan may cost, in USD a day (default: a tenth of what the policy saves at launch).
    #[arg(long, value_name = "USD", allow_negative_numbers = true, value_parser = usd_per_day)]
    budget: Option<f64>,
    /// Chance of any false alarm over the horizon (default: for each option the budget of greatest value).
    #[arg(long, value_parser = probability)]
    false_alarms: Option<f64>,
    /// Number of simulated runs of each world (default: the scenario's; with --ranges 50 at each point).
    #[arg(long, value_parser = clap::value_parser!(u32).range(20..=1_000_000))]
    replicates: Option<u32>,
    /// Take the ranges of the scenario into account, at so many points of them.
    #[arg(
        long,
        value_name = "POINTS",
        num_args = 0..=1,
        default_missing_value = "64",
        value_parser = clap::value_parser!(u32).range(16..=16_384),
        conflicts_with = "budget"
    )]
    ranges: Option<u32>,
}

pub(super) fn run(asked: &Decide) -> Result<String, Failure> {
    let world = load(&asked.common)?;
    let scenario = &world.scenario;
    let (budget_usd_per_day, false_alarms) = (asked.budget, asked.false_alarms);
    let own = if asked.ranges.is_some() { USUAL_RUNS } else { DecideOptions::of(scenario).replicates };
    let options = DecideOptions { budget_usd_per_day, false_alarms, replicates: asked.replicates.unwrap_or(own) };
    if let Some(points) = asked.ranges {
        let found = with_progress(asked.common.threads, |control| {
            jobs::decide_over_ranges(scenario, &world.traffic, &options, points as usize, control)
        })?;
        return Ok(match asked.common.format {
            Format::Text => decide::text_over_ranges(scenario, &found),
            Format::Json => pretty(&decide::json_over_ranges(scenario, &found))?,
            Format::Csv => decide::csv(scenario, &found.decision),
        });
    }
    let decision =
        with_progress(asked.common.threads, |control| jobs::decide(&Stages::new(&world)?, &options, control, |_| {}))?;
    Ok(match asked.common.format {
        Format::Text => decide::text(scenario, &decision),
        Format::Json => pretty(&decide::json(scenario, &decision))?,
        Format::Csv => decide::csv(scenario, &decision),
    })
}
