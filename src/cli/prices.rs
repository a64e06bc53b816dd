//! `prices`: the price list, or a newer one from a file.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Format, pretty, until_written};
use crate::disk::read::{self, Pipes};
use crate::model::Scenario;
use crate::prices::{self, PriceList, tier};
use crate::report::prices as report;
use crate::scenario::visible;

#[derive(Debug, Args)]
pub(super) struct Prices {
    /// Show only models with every word of this in their names, in any case.
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    /// A newer list: the open list of model prices as JSON (LiteLLM's model_prices_and_context_window.json), or one in the program's own layout.
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A list from a file, or the one that comes with the program.
pub(super) fn list(path: Option<&Path>) -> Result<PriceList, Failure> {
    let Some(path) = path else { return Ok(prices::shipped().clone()) };
    let awaited = until_written(path);
    let bytes = read::bytes(path, prices::MAX_BYTES, Pipes::Awaited(&awaited))
        .map_err(|error| Failure::Input(format!("--list: {error}")))?;
    let file = path.display().to_string();
    PriceList::parse(&bytes, &file).map_err(|problems| {
        let lines: Vec<String> =
            problems.iter().map(|problem| format!("{}: {problem}", visible::name(&file))).collect();
        Failure::Input(lines.join("\n"))
    })
}

pub(super) fn run(asked: &Prices) -> Result<String, Failure> {
    let list = list(asked.list.as_deref())?;
    let found = list.search(&asked.search);
    Ok(match asked.format {
        Format::Text => report::text(&list, &found),
        Format::Json => pretty(&report::json(&list, &found))?,
        Format::Csv => report::csv(&list, &found),
    })
}

/// Names in `tier.list` that the list does not have, in words. Lists change, so that this is no fault of a scenario.
pub(super) fn unlisted(scenario: &Scenario) -> Vec<String> {
    scenario.tiers.iter().filter_map(|of| tier::unlisted(of, prices::shipped())).collect()
}
