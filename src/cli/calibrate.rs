//! `calibrate`: moves numbers of a scenario until its known figures hold.

use std::path::PathBuf;

use clap::Args;

use super::target::Target;
use super::{Common, Failure, Format, folder_of, lines, prepare, pretty, with_progress};
use crate::jobs;
use crate::replay::source;
use crate::report::calibrate;
use crate::scenario::read;
use crate::scenario::visible;

#[derive(Debug, Args)]
pub(super) struct Calibrate {
    #[command(flatten)]
    common: Common,
    /// Scenario file to write, with only these numbers moved. Without it the command shows what it would move and writes nothing.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write over a file that is already there.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(asked: &Calibrate) -> Result<String, Failure> {
    let common = &asked.common;
    let target = asked.out.as_deref().map(|out| Target::new(out, &[&common.file], asked.force)).transpose()?;
    let (text, world) = prepare(&common.file, &common.set, common.seed, common.threads)?;
    // As its file has it: a replayed world knows more of its segments.
    let loaded = read::parse(&text, "").map_err(|problems| Failure::Input(lines(&problems)))?;
    let table = loaded.scenario.replay.as_ref().map(|replay| source::path(replay, folder_of(&common.file)));
    let target = target.map(|target| target.with_inputs(table)).transpose()?;
    let file = common.file.display().to_string();
    let file = visible::name(&file);
    let outcome = with_progress(common.threads, |control| jobs::calibrate(&loaded.scenario, &world, control)).map_err(
        |failure| match failure {
            Failure::Input(message) => Failure::Input(format!("{file}: {message}")),
            other => other,
        },
    )?;
    let scenario = &loaded.scenario;
    let told = match common.format {
        Format::Text => calibrate::text(scenario, &outcome),
        Format::Json => pretty(&calibrate::json(scenario, &outcome))?,
        Format::Csv => calibrate::csv(scenario, &outcome),
    };
    let Some(target) = target else { return Ok(told) };
    let mut calibrated = scenario.clone();
    outcome.apply(&mut calibrated);
    target.write(&loaded.document.to_text(&calibrated), |wrote| {
        Ok(match common.format {
            Format::Text => format!("{told}\n{wrote}\n"),
            Format::Json | Format::Csv => told.clone(),
        })
    })
}
