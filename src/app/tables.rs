//! Evaluation tables in the window: finding the one that a scenario replays, and bringing in a new one.
//!
//! What reads a file here blocks, so `tasks` runs it away from the window's thread.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{MAX_TIERS, Scenario};
use crate::replay::Assumptions;
use crate::replay::build::{LeftOut, Reason};
use crate::replay::import::{self, Import};
use crate::replay::layout::Columns;
use crate::replay::read::{self, Imported, Options};
use crate::replay::source::{self, SourceError};
use crate::scenario::library;
use crate::simulation::table::{Table, mean};

/// What is wrong with the table of a scenario, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// In words.
    pub text: String,
    /// Whether it is there, only not as it was.
    pub has_changed: bool,
    /// Where it is, if that is outside the scenario's folder and nobody has agreed to read it.
    pub outside: Option<PathBuf>,
}

/// The table that a scenario in `folder` replays; none where its world is generated. Elsewhere only what is `trusted` is read.
///
/// # Errors
/// When it is gone, has changed, cannot be used, or is not to be read without a question.
pub fn of_scenario(
    scenario: &Scenario,
    folder: Option<&Path>,
    trusted: &[PathBuf],
) -> Result<Option<Arc<Table>>, Lost> {
    let Some(replay) = &scenario.replay else { return Ok(None) };
    // What lies where the program happened to be started is no part of a scenario that has no file.
    if folder.is_none() && Path::new(&replay.table).is_relative() && library::table(&replay.table).is_none() {
        let text = format!(
            "\"{}\": the table is named as seen from the scenario's folder, and this scenario stands in no file",
            replay.table
        );
        return Err(Lost { text, has_changed: false, outside: None });
    }
    if library::table(&replay.table).is_none()
        && let Some(outside) = source::reads_outside(scenario, folder)
        && !trusted.contains(&outside)
    {
        let text =
            format!("{}: the table is not in the scenario's own folder. It has not been read.", outside.display());
        return Err(Lost { text, has_changed: false, outside: Some(outside) });
    }
    match source::open(scenario, folder, &|| true) {
        Ok(found) => Ok(Some(Arc::new(found.built.table))),
        Err(error) => {
            let (text, has_changed) = match &error {
                SourceError::Missing(path) => (format!("{}: there is no such file", path.display()), false),
                SourceError::Changed { path, .. } => {
                    (format!("{}: the file has changed since it was imported", path.display()), true)
                }
                error => (error.to_string(), false),
            };
            Err(Lost { text, has_changed, outside: None })
        }
    }
}

/// A table that was read and not yet taken over, with what a frame shows of it: no frame goes over its rows.
#[derive(Debug)]
pub struct Preview {
    /// Where it is.
    pub path: PathBuf,
    /// The same with links followed, by which it is trusted from then on.
    pub real_path: Option<PathBuf>,
    /// Its hash.
    pub blake3: String,
    /// What its columns were taken for.
    pub columns: Columns,
    /// Rows read.
    pub rows_read: u64,
    /// Rows left out.
    pub left_out: BTreeMap<Reason, LeftOut>,
    /// Rows for the sake of which no length of a prompt is used.
    pub without_length: LeftOut,
    /// The table.
    pub table: Arc<Table>,
    /// Mean score of each model, and mean cost of its calls, USD.
    pub means: Vec<(f64, f64)>,
    /// Segments with their requests, the largest first.
    pub segments: Vec<(String, u64)>,
}

impl PartialEq for Preview {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.blake3 == other.blake3
    }
}

/// Reads a table.
///
/// # Errors
/// With what is wrong with it.
pub fn preview(path: &Path) -> Result<Preview, String> {
    let found = read::table(path, &Options::default(), &|| true).map_err(|e| e.to_string())?;
    let blake3 = source::hash(path, &|| true).map_err(|e| e.to_string())?;
    let Imported { columns, built, rows_read } = found;
    let table = built.table;
    let mut segments: Vec<(String, u64)> = table.segments.iter().cloned().zip(table.segment_sizes()).collect();
    segments.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(Preview {
        path: path.to_owned(),
        real_path: path.canonicalize().ok(),
        blake3,
        columns,
        rows_read,
        left_out: built.left_out,
        without_length: built.without_length,
        means: table.tiers.iter().map(|t| (t.scores.mean(), mean(&t.costs_usd))).collect(),
        segments,
        table: Arc::new(table),
    })
}

/// What a person says of a table before it becomes a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// The table.
    pub preview: Arc<Preview>,
    /// For each model whether it is taken, and its price, USD per million input and output tokens.
    pub models: Vec<(bool, f64, f64)>,
    /// Characters of a token.
    pub chars_per_token: f64,
    /// Output tokens of an answer.
    pub output_tokens: f64,
    /// Router score that classifiers go by.
    pub router: Option<String>,
    /// Why it could not be taken over.
    pub problem: Option<String>,
}

impl Form {
    /// Filled in as far as the table tells.
    pub fn new(preview: Preview) -> Self {
        let table = &preview.table;
        let usual = Assumptions::default();
        Self {
            models: (0..table.tiers.len()).map(|k| (k < MAX_TIERS, 0.0, 0.0)).collect(),
            chars_per_token: usual.chars_per_token,
            output_tokens: usual.output_tokens,
            router: table.router_scores.first().map(|r| r.name.clone()),
            problem: None,
            preview: Arc::new(preview),
        }
    }

    /// Whether prices have to be given.
    pub fn asks_prices(&self) -> bool {
        !self.preview.table.has_costs()
    }

    /// The scenario, with the table named by its whole path; saving makes it relative.
    ///
    /// # Errors
    /// With what is still missing.
    pub fn scenario(&self) -> Result<(Scenario, Arc<Table>), String> {
        let table = &self.preview.table;
        let chosen = table.tiers.iter().zip(&self.models).filter(|(_, (taken, ..))| *taken);
        let priced = chosen.clone().filter(|(_, (_, input, output))| *input > 0.0 || *output > 0.0);
        let assumptions = Assumptions {
            models: chosen.map(|(tier, _)| tier.name.clone()).collect(),
            prices: if self.asks_prices() {
                priced.map(|(tier, (_, input, output))| (tier.name.clone(), *input, *output)).collect()
            } else {
                Vec::new()
            },
            chars_per_token: self.chars_per_token,
            output_tokens: self.output_tokens,
            ..Assumptions::default()
        };
        let without_price = assumptions.models.iter().any(|m| !assumptions.prices.iter().any(|(name, ..)| name == m));
        if self.asks_prices() && without_price {
            return Err("the table has no costs: give each model the price of its tokens".to_owned());
        }
        if assumptions.models.len() < 2 || assumptions.models.len() > MAX_TIERS {
            return Err(format!("take 2 to {MAX_TIERS} models"));
        }
        let path = std::path::absolute(&self.preview.path).unwrap_or_else(|_| self.preview.path.clone());
        let import = Import {
            assumptions,
            table: path.to_string_lossy().into_owned(),
            blake3: Some(self.preview.blake3.clone()),
            segment: None,
            router: self.router.clone(),
        };
        let mut scenario = import::scenario(table, &import)?;
        scenario.name = self.preview.path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        Ok((scenario, Arc::clone(table)))
    }
}

/// A scenario from `folder` as it has to be written to `path`: its table is named as seen from there.
pub fn rebased(scenario: &Arc<Scenario>, folder: Option<&Path>, path: &Path) -> Arc<Scenario> {
    let Some(replay) = &scenario.replay else { return Arc::clone(scenario) };
    let table = source::path(replay, folder);
    if !table.exists() {
        // Lost, or of the library: its name is all there is.
        return Arc::clone(scenario);
    }
    let relative = source::relative(&table, path);
    if relative == replay.table {
        return Arc::clone(scenario);
    }
    let mut rebased = Scenario::clone(scenario);
    if let Some(replay) = &mut rebased.replay {
        replay.table = relative;
    }
    Arc::new(rebased)
}
