//! `paretoscope import` and `paretoscope fit`: a team's own evaluation log.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Format, pretty, with_progress};
use crate::jobs::JobError;
use crate::replay::TableError;
use crate::replay::fit::{self, FitOptions};
use crate::replay::read::{self, Imported, Options};
use crate::report::import;
use crate::scenario::{file, write};

#[derive(Debug, Args)]
pub(super) struct Table {
    /// Evaluation table: CSV, JSON Lines or Parquet. For each request one score from 0 to 1 (or true and false) of every model.
    table: PathBuf,
    /// The column of the segments, where it has a name of its own.
    #[arg(long, value_name = "COLUMN")]
    segment: Option<String>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Fit {
    #[command(flatten)]
    table: Table,
    /// Scenario file to write.
    #[arg(long)]
    out: PathBuf,
    /// What a model costs, USD per million input and output tokens (repeatable).
    #[arg(long = "price", value_name = "MODEL=INPUT/OUTPUT", value_parser = price)]
    prices: Vec<(String, f64, f64)>,
    /// A model to take, where the table has more than a scenario holds (repeatable; default: all).
    #[arg(long = "model", value_name = "MODEL")]
    models: Vec<String>,
    /// Characters of a token.
    #[arg(long, default_value_t = 4.0, value_parser = above_zero)]
    chars_per_token: f64,
    /// Output tokens of an answer.
    #[arg(long, default_value_t = 300.0, value_parser = above_zero)]
    output_tokens: f64,
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

fn load(table: &Table) -> Result<Imported, Failure> {
    let options = Options { segment: table.segment.clone() };
    let read = with_progress(0, |control| {
        let result = read::table(&table.table, &options, &|| !control.is_cancelled());
        if control.is_cancelled() { Err(JobError::Cancelled) } else { Ok(result) }
    })?;
    Ok(read?)
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Shows what is understood of a table.
pub(super) fn preview(table: &Table) -> Result<String, Failure> {
    let found = load(table)?;
    let file = name(&table.table);
    match table.format {
        Format::Json => pretty(&import::preview_json(&file, &found)),
        Format::Text | Format::Csv => Ok(import::preview(&file, &found)),
    }
}

/// Fits a world to a table and saves it.
pub(super) fn fit(asked: &Fit) -> Result<String, Failure> {
    let found = load(&asked.table)?;
    let file = name(&asked.table.table);
    let options = FitOptions {
        prices: asked.prices.clone(),
        chars_per_token: asked.chars_per_token,
        output_tokens: asked.output_tokens,
        models: asked.models.clone(),
    };
    if let Some((unknown, ..)) =
        asked.prices.iter().find(|(model, ..)| !found.built.table.tiers.iter().any(|t| t.name == *model))
    {
        return Err(Failure::Input(format!("--price: the table has no model named \"{unknown}\"")));
    }
    let table = &found.built.table;
    let fitted = with_progress(0, |_| Ok(fit::fit(table, &options)))?;
    let mut fitted = fitted.map_err(|what| Failure::Input(format!("{file}: {what}")))?;
    let stem = asked.table.table.file_stem().map_or_else(|| file.clone(), |s| s.to_string_lossy().into_owned());
    fitted.scenario.name = format!("{stem}, fitted");
    fitted.scenario.source = format!("Fitted to {file}.");
    file::save(&asked.out, &write::to_text(&fitted.scenario)).map_err(|e| Failure::Other(e.to_string()))?;
    match asked.table.format {
        Format::Json => pretty(&import::fitted_json(&fitted)),
        Format::Text | Format::Csv => Ok(format!(
            "{}\n{}Wrote {}\n",
            import::preview(&file, &found),
            import::fitted(&fitted),
            asked.out.display()
        )),
    }
}
