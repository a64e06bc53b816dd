//! `rollout`: what each step could have shown, and what a gate does.

use clap::Args;

use super::{Common, Failure, Format, load, policy_of, pretty, with_progress};
use crate::jobs;
use crate::report::rollout;

#[derive(Debug, Args)]
pub(super) struct Rollout {
    #[command(flatten)]
    common: Common,
    /// Policy that is rolled out in steps (default: the one under study).
    #[arg(long)]
    policy: Option<String>,
    /// Number of simulated runs of a rollout with a gate, in each world (default: the scenario's).
    #[arg(long, value_parser = clap::value_parser!(u32).range(20..=1_000_000))]
    replicates: Option<u32>,
}

pub(super) fn run(asked: &Rollout) -> Result<String, Failure> {
    let world = load(&asked.common)?;
    let scenario = &world.scenario;
    let policy = policy_of(scenario, asked.policy.as_deref())?;
    let replicates = asked.replicates.unwrap_or(scenario.study.replicates);
    let outcome = with_progress(asked.common.threads, |control| jobs::rollout(&world, policy, replicates, control))?;
    Ok(match asked.common.format {
        Format::Text => rollout::text(scenario, &outcome),
        Format::Json => pretty(&rollout::json(scenario, &outcome))?,
        Format::Csv => rollout::csv(&outcome),
    })
}
