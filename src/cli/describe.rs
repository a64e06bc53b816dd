//! `new`: a scenario from the answers of *Describe your product*.

use std::path::PathBuf;

use clap::Args;

use super::target::Target;
use super::{Failure, prices, print_as_it_is, until_written, with_progress};
use crate::describe::{self, Answers, answers};
use crate::disk::read::{self, Pipes};
use crate::jobs::{self, FrontierOptions};
use crate::report::sentence;
use crate::scenario::read::MAX_BYTES;
use crate::scenario::visible;
use crate::simulation::world::World;

#[derive(Debug, Args)]
pub(super) struct New {
    /// File of answers; --example prints one.
    #[arg(long, value_name = "FILE", required_unless_present = "example", requires = "out")]
    answers: Option<PathBuf>,
    /// Scenario file to write.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over a file that is already there.
    #[arg(long)]
    force: bool,
    /// Price list to take prices from, in place of the one that comes with the program.
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Print an answers file with every question, and do nothing else.
    #[arg(long, conflicts_with_all = ["answers", "out", "force", "list"])]
    example: bool,
}

pub(super) fn run(asked: &New) -> Result<String, Failure> {
    let (Some(from), Some(out)) = (&asked.answers, &asked.out) else {
        return print_as_it_is(answers::EXAMPLE).map(|()| String::new());
    };
    let inputs: Vec<_> = std::iter::once(from.as_path()).chain(asked.list.as_deref()).collect();
    let target = Target::new(out, &inputs, asked.force)?;
    let list = prices::list(asked.list.as_deref())?;
    let file = from.display().to_string();
    let file = visible::name(&file);
    let input = |what: &dyn std::fmt::Display| Failure::Input(format!("{file}: {what}"));
    let awaited = until_written(from);
    let bytes =
        read::bytes(from, MAX_BYTES as u64, Pipes::Awaited(&awaited)).map_err(|e| Failure::Input(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| input(&"not UTF-8 text; save the file with the encoding UTF-8"))?;
    let answers = Answers::parse(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(|why| input(&why))?;
    let described = describe::scenario(&answers, &list).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("{file}: {problem}")).collect();
        Failure::Input(lines.join("\n"))
    })?;
    let world = World::compile(&described.scenario).map_err(|error| input(&error))?;
    let options =
        FrontierOptions { exact_settings: 0, fill_stateful: false, review: false, ..FrontierOptions::default() };
    let frontier = with_progress(0, |control| jobs::frontier(&world, &options, control))?;
    target.write(&described.text, |wrote| {
        let mut said = format!("{wrote}\n\nAssumed:\n");
        for assumption in &described.assumptions {
            said.push_str(&format!("- {assumption}\n"));
        }
        said.push_str("\nIn production, on the last day:\n");
        for policy in 0..described.scenario.policies.len() {
            said.push_str(&format!("- {}\n", sentence::reading(&described.scenario, &frontier, policy)));
        }
        Ok(said)
    })
}
