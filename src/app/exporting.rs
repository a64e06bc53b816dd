//! What exports are called, and what is computed for them: the report, pictures and tables of the scenario as it stands in the window.
//!
//! [`build`] simulates, so `tasks` runs it away from the window's thread.

use std::sync::Arc;

use super::export::{Choices, Export, ExportError, Format};
use super::plots;
use crate::jobs::{self, Control, DecideOptions, Extras, FrontierOptions, JobError};
use crate::model::Scenario;
use crate::report::{html, png};
use crate::simulation::table::Table;

/// Pixels of a PNG for each unit of its picture: sharp on paper and on a projector.
const PNG_SCALE: f32 = 2.0;

/// What menus call an export.
pub fn label(export: Export) -> String {
    match export {
        Export::Report => "Report (HTML)…".to_owned(),
        Export::One(tab, format) => {
            let (what, ending) = match format {
                Format::Svg => ("plot", "SVG"),
                Format::Png => ("plot", "PNG"),
                Format::Csv => ("table", "CSV"),
            };
            format!("{} {what} ({ending})…", plots::entry(tab).title)
        }
    }
}

/// Computes and writes out an export; `text` is the scenario's file.
///
/// # Errors
/// When the scenario cannot be simulated, or the export was cancelled.
pub fn build(
    export: Export,
    scenario: &Scenario,
    table: Option<&Arc<Table>>,
    text: &str,
    choices: &Choices,
    control: &Control,
) -> Result<Vec<u8>, ExportError> {
    let pool = jobs::pool(0)?;
    let written = jobs::guarded(|| {
        pool.install(|| -> Result<Written, JobError> {
            let world = jobs::world(scenario, table, None)?;
            match export {
                Export::Report => {
                    let options = FrontierOptions::default();
                    let decide = choices.has_options.then(|| DecideOptions::of(&world.scenario));
                    let extras = Extras { decide, ..Extras::default() };
                    let found = jobs::everything(&world, choices.policy, &options, &extras, control)?;
                    // With the segments of its table, where it replays one.
                    Ok(Ok(html::page(&world.scenario, text, &found).into_bytes()))
                }
                Export::One(tab, format) => {
                    let shown = (plots::entry(tab).export)(&world, choices, control)?;
                    Ok(match format {
                        Format::Svg => Ok(shown.picture.into_bytes()),
                        Format::Csv => Ok(shown.table.into_bytes()),
                        Format::Png => png::png(&shown.picture, PNG_SCALE),
                    })
                }
            }
        })
    })?;
    written.map_err(|error| ExportError::Failed(error.to_string()))
}

/// What an export is on the clipboard.
#[derive(Debug)]
pub enum Clip {
    /// A picture: columns and rows, and red, green, blue and opacity of each pixel.
    Picture([usize; 2], Vec<u8>),
    /// Text; of a table, with tabs between the cells, as spreadsheets take it.
    Text(String),
}

/// An export that was computed, as the clipboard takes it.
///
/// # Errors
/// When it is not what it should be.
pub fn clip(export: Export, bytes: Vec<u8>) -> Result<Clip, ExportError> {
    let failed = |error: String| ExportError::Failed(error);
    match export {
        Export::One(_, Format::Png) => {
            let (size, pixels) = png::pixels(&bytes).map_err(|error| failed(error.to_string()))?;
            Ok(Clip::Picture(size, pixels))
        }
        Export::One(_, Format::Csv) => tabbed(&bytes).map(Clip::Text).map_err(|error| failed(error.to_string())),
        Export::One(_, Format::Svg) | Export::Report => {
            String::from_utf8(bytes).map(Clip::Text).map_err(|error| failed(error.to_string()))
        }
    }
}

/// A table with commas as one with tabs.
fn tabbed(table: &[u8]) -> Result<String, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table);
    let mut writer = csv::WriterBuilder::new().delimiter(b'\t').flexible(true).from_writer(Vec::new());
    for record in reader.records() {
        writer.write_record(&record?)?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What was computed is written, or, for a PNG, cannot be painted.
type Written = Result<Vec<u8>, png::PngError>;
