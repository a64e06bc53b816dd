//! `report`: everything about a scenario, on one page.

use std::path::{Path, PathBuf};

use clap::Args;

use super::target::Target;
use super::{Failure, folder_of, policy_of, prepare, with_progress};
use crate::jobs::{self, DecideOptions, Extras, FrontierOptions, PlanOptions};
use crate::model::Scenario;
use crate::replay::source;
use crate::report::html;
use crate::scenario::overrides;

/// What the command takes.
/// A page holds its scenario, seed and all: it is one that a file can have.
fn seed(text: &str) -> Result<u64, String> {
    super::seed_up_to(text, 1 << 53)
}

#[derive(Debug, Args)]
pub(super) struct Report {
    /// Scenario file, a report, or a name of the library such as support-agent.
    file: PathBuf,
    /// File to write the page to.
    #[arg(long, value_name = "REPORT.html")]
    out: PathBuf,
    /// Write over a file that is already there.
    #[arg(long)]
    force: bool,
    /// Policy that is watched (default: the one under study).
    #[arg(long)]
    policy: Option<String>,
    /// Also search for a monitoring plan, with the scenario's false-alarm budget. This takes longer than all the rest.
    #[arg(long)]
    plan: bool,
    /// Also work out what every policy is worth, watched by every monitor, and which option to take. This takes seconds.
    #[arg(long)]
    decide: bool,
    /// Number of simulated runs in the detection study (default: the scenario's).
    #[arg(long, value_parser = clap::value_parser!(u32).range(20..=1_000_000))]
    replicates: Option<u32>,
    /// Use this seed in place of the scenario's.
    #[arg(long, value_parser = seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Number of threads (0: one for each processor). The page does not depend on it.
    #[arg(long, default_value_t = 0, value_parser = super::threads)]
    threads: usize,
    /// Change a value of the scenario, such as traffic.days=30 or policy.Classifier.noise=0.5 (repeatable).
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    set: Vec<String>,
}

/// The scenario's text, with the path of its table as seen from the page. So the page can be opened from its own folder.
fn seen_from(page: &Path, text: &str, scenario: &Scenario, folder: Option<&Path>) -> Result<String, Failure> {
    let Some(replay) = &scenario.replay else { return Ok(text.to_owned()) };
    let table = source::path(replay, folder);
    // A table of the library is at hand everywhere.
    if !table.exists() {
        return Ok(text.to_owned());
    }
    let path = toml_edit::Value::from(source::relative(&table, page));
    overrides::apply(text, &[format!("replay.table={path}")]).map_err(Failure::Input)
}

/// Writes the page, and returns the sentence that says where.
pub(super) fn run(asked: &Report) -> Result<String, Failure> {
    // Everything that was asked for stands in the page's scenario too, so that the page opens as it was computed.
    let mut set = asked.set.clone();
    set.extend(asked.seed.map(|seed| format!("seed={seed}")));
    set.extend(asked.replicates.map(|n| format!("study.replicates={n}")));
    let target = Target::new(&asked.out, &[&asked.file], asked.force)?;
    let (text, world) = prepare(&asked.file, &set, None, asked.threads)?;
    let table = world.scenario.replay.as_ref().map(|replay| source::path(replay, folder_of(&asked.file)));
    let target = target.with_inputs(table)?;
    let policy = policy_of(&world.scenario, asked.policy.as_deref())?;
    let extras = Extras {
        plan: asked.plan.then(|| PlanOptions::of(&world.scenario)),
        decide: asked.decide.then(|| DecideOptions::of(&world.scenario)),
    };
    let found = with_progress(asked.threads, |control| {
        jobs::everything(&world, policy, &FrontierOptions::default(), &extras, control)
    })?;
    let text = seen_from(&asked.out, &text, &world.scenario, folder_of(&asked.file))?;
    let page = html::page(&world.scenario, &text, &found);
    target.write(&page, |_| Ok(format!("{}: a page about \"{}\"\n", asked.out.display(), world.scenario.name)))
}
