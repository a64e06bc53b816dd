//! `paretoscope import` and `paretoscope fit`: a team's own evaluation log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::target::Target;
use super::{Common, Failure, Format, pretty, until_written, with_progress};
use crate::disk::read::{self as disk, Pipes, Whole};
use crate::jobs::{self, JobError};
use crate::model::Scenario;
use crate::replay::read::{self, Imported, Options};
use crate::replay::{self, Assumptions, TableError, fit, source};
use crate::report::{import as report, log};
use crate::scenario::problem::Severity;
use crate::scenario::read::MAX_NAME;
use crate::scenario::{read as scenario_reader, visible, write};
use crate::simulation::table::Table as RowsOfTable;

#[derive(Debug, Args)]
pub(super) struct Table {
    /// Evaluation table (CSV, JSON Lines or Parquet) with a score of every model for each request: from 0 to 1, or true and false.
    table: PathBuf,
    /// Name of the column that holds the segments, if it is not one of the usual names.
    #[arg(long, value_name = "COLUMN")]
    segment: Option<String>,
    /// Form of the output; CSV is the same as text here.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct Gaps {
    /// Price of a model in USD per million input and output tokens (repeatable).
    #[arg(long = "price", value_name = "MODEL=INPUT/OUTPUT", value_parser = price)]
    prices: Vec<(String, f64, f64)>,
    /// Take this model of the table (repeatable; default: all). Needed where the table has more models than a scenario holds.
    #[arg(long = "model", value_name = "MODEL")]
    models: Vec<String>,
    /// How many characters make a token.
    #[arg(long, default_value_t = 4.0, value_parser = above_zero)]
    chars_per_token: f64,
    /// Input tokens of a request, if the table has no prompts and no lengths of prompts.
    #[arg(long, default_value_t = 500.0, value_parser = above_zero)]
    input_tokens: f64,
    /// Output tokens of an answer.
    #[arg(long, default_value_t = 300.0, value_parser = above_zero)]
    output_tokens: f64,
}

impl Gaps {
    fn assumptions(&self) -> Assumptions {
        Assumptions {
            prices: self.prices.clone(),
            chars_per_token: self.chars_per_token,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            models: self.models.clone(),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Fit {
    #[command(flatten)]
    table: Table,
    /// Scenario file to write.
    #[arg(long)]
    out: PathBuf,
    /// Write over a file that is already there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    gaps: Gaps,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    table: Table,
    /// Scenario file to write. Without it the command shows how it reads the table and writes nothing.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write over a file that is already there.
    #[arg(long)]
    force: bool,
    /// Router score that classifiers use (default: the first one of the table).
    #[arg(long, value_name = "NAME")]
    router: Option<String>,
    #[command(flatten)]
    gaps: Gaps,
}

#[derive(Debug, Args)]
pub(super) struct Sample {
    /// Scenario file, or a name of the library.
    file: PathBuf,
    /// Table to write (CSV).
    #[arg(long)]
    out: PathBuf,
    /// Write over a file that is already there.
    #[arg(long)]
    force: bool,
    /// Number of requests to draw.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    requests: u32,
    /// Use this seed in place of the scenario's.
    #[arg(long, value_parser = super::seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Change a value of the scenario, such as policy.Classifier.noise=0.5 (repeatable).
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    set: Vec<String>,
}

fn above_zero(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|x: &f64| x.is_finite() && *x > 0.0).ok_or_else(|| "a number above 0".to_owned())
}

fn price(text: &str) -> Result<(String, f64, f64), String> {
    let wrong = || "a model's name and two prices, such as gpt-4=10/30".to_owned();
    // Names of models may hold a slash and an equals sign; prices do not.
    let (model, prices) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (input, output) = prices.split_once('/').ok_or_else(wrong)?;
    let number = |text: &str| text.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0).ok_or_else(wrong);
    Ok((model.to_owned(), number(input)?, number(output)?))
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        Self::Input(error.to_string())
    }
}

/// Reads a table and returns it with the open file, because data from a pipe exists nowhere else.
fn load(table: &Table, models: &[String]) -> Result<(Imported, Whole), Failure> {
    let options = Options { segment: table.segment.clone(), models: models.to_vec() };
    let path = &table.table;
    let read = with_progress(0, |control| {
        let result = whole(path).and_then(|whole| {
            Ok((read::opened(&name(path), &whole.file, &options, &|| !control.is_cancelled())?, whole))
        });
        if control.is_cancelled() { Err(JobError::Cancelled) } else { Ok(result) }
    })?;
    Ok(read?)
}

fn whole(path: &Path) -> Result<Whole, TableError> {
    let awaited = until_written(path);
    Ok(disk::whole(path, source::MOST_BYTES_PIPED, Pipes::Awaited(&awaited))?)
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Shows how the program reads a table.
pub(super) fn preview(table: &Table) -> Result<String, Failure> {
    let (found, _) = load(table, &[])?;
    let file = name(&table.table);
    match table.format {
        Format::Json => pretty(&report::preview_json(&file, &found)),
        Format::Text | Format::Csv => Ok(report::preview(&file, &found)),
    }
}

/// The name of a scenario that is made from a file. Whatever the file's name holds, the result is a valid name.
fn stem(path: &Path) -> String {
    const MOST: usize = MAX_NAME - 20;
    let stem = path.file_stem().map_or_else(|| name(path), |s| s.to_string_lossy().into_owned());
    visible::shortened(&visible::name(&stem), MOST).into_owned()
}

/// Refuses to write a scenario that the program itself could not open, or not compute.
fn check_written(scenario: &Scenario, table: Option<&Arc<RowsOfTable>>) -> Result<(), Failure> {
    let what = match scenario_reader::parse(&write::to_text(scenario), "the scenario") {
        Ok(read) => match with_progress(0, |_| Ok(jobs::world(&read.scenario, table, None)))? {
            Ok(_) => return Ok(()),
            Err(error) => error.to_string(),
        },
        Err(problems) => {
            let errors = problems.iter().filter(|p| p.severity == Severity::Error).take(5);
            errors.map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("; ")
        }
    };
    Err(Failure::Input(format!(
        "the scenario could not be opened again, so it is not written: {what}; change what the table says, or the options"
    )))
}

/// Puts a scenario around a table and saves it.
pub(super) fn import(asked: &Import) -> Result<String, Failure> {
    let target = asked.out.as_ref().map(|out| Target::new(out, &[&asked.table.table], asked.force)).transpose()?;
    let (found, whole) = load(&asked.table, &asked.gaps.models)?;
    let path = &asked.table.table;
    let file = name(path);
    let preview = match asked.table.format {
        Format::Json => pretty(&report::preview_json(&file, &found))?,
        Format::Text | Format::Csv => report::preview(&file, &found),
    };
    let assumptions = asked.gaps.assumptions();
    if found.built.table.has_costs() && !asked.gaps.prices.is_empty() {
        return Err(Failure::Input("--price: the table says itself what calls cost".to_owned()));
    }
    replay::import::check_names(&found.built.table, &assumptions)
        .map_err(|what| Failure::Input(format!("{file}: {what}")))?;
    let Some(target) = target else {
        return Ok(match asked.table.format {
            Format::Json => preview,
            Format::Text | Format::Csv => format!("{preview}\nNothing was written: say where with --out FILE\n"),
        });
    };
    let lasting = source::lasting(path).filter(|_| !whole.is_copy);
    // A scenario is of no use without its table: what came through a pipe is kept beside it.
    let beside = match &lasting {
        Some(_) => None,
        None => Some(target.beside(read::ending(&file, &whole.file)?)?),
    };
    let table = lasting.as_deref().or(beside.as_ref().map(Target::path)).unwrap_or(path);
    if table.to_str().is_none() {
        let what = "its path is not UTF-8, and a scenario could not name it: give it another name";
        return Err(Failure::Input(format!("{}: {what}", name(table))));
    }
    let how = replay::import::Import {
        assumptions,
        table: source::relative(table, target.path()),
        blake3: Some(source::hash_opened(&file, &whole.file, &|| true)?),
        segment: asked.table.segment.clone(),
        router: asked.router.clone(),
    };
    let made = replay::import::scenario(&found.built.table, &how);
    let mut scenario = made.map_err(|what| Failure::Input(format!("{file}: {what}")))?;
    scenario.name = stem(table);
    check_written(&scenario, Some(&Arc::new(found.built.table)))?;
    let kept = beside.map(|beside| beside.write_copy(&whole.file)).transpose()?;
    target.write(&write::to_text(&scenario), |wrote| match asked.table.format {
        Format::Json => Ok(preview),
        Format::Text | Format::Csv => Ok(format!(
            "{preview}\n{wrote}{}\n",
            kept.map_or_else(String::new, |kept| format!(", and its table {kept}"))
        )),
    })
}

/// Fits a world to a table and saves it.
pub(super) fn fit(asked: &Fit) -> Result<String, Failure> {
    let target = Target::new(&asked.out, &[&asked.table.table], asked.force)?;
    let (found, _) = load(&asked.table, &asked.gaps.models)?;
    let file = name(&asked.table.table);
    let table = &found.built.table;
    let assumptions = asked.gaps.assumptions();
    let fitted = with_progress(0, |_| Ok(fit::fit(table, &assumptions)))?;
    let mut fitted = fitted.map_err(|what| Failure::Input(format!("{file}: {what}")))?;
    fitted.scenario.name = format!("{}, fitted", stem(&asked.table.table));
    fitted.scenario.source = format!("Fitted to {}.", visible::name(&file));
    check_written(&fitted.scenario, None)?;
    target.write(&write::to_text(&fitted.scenario), |wrote| match asked.table.format {
        Format::Json => pretty(&report::fitted_json(&fitted)),
        Format::Text | Format::Csv => {
            Ok(format!("{}\n{}{wrote}\n", report::preview(&file, &found), report::fitted(&fitted)))
        }
    })
}

/// Draws a table from a world and saves it.
pub(super) fn sample(asked: &Sample) -> Result<String, Failure> {
    let target = Target::new(&asked.out, &[&asked.file], asked.force)?;
    let common =
        Common { file: asked.file.clone(), format: Format::Text, seed: asked.seed, threads: 0, set: asked.set.clone() };
    let world = super::load(&common)?;
    if world.traffic.is_replayed() {
        return Err(Failure::Input(format!("{}: its traffic is a table already", name(&asked.file))));
    }
    let table = replay::sample::table(&world, asked.requests as usize);
    let text = log::csv(&table).map_err(Failure::Other)?;
    target.write(&text, |wrote| Ok(format!("{wrote}: {} requests\n", table.rows())))
}
