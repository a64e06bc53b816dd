//! What exports are called, and what is computed for them: the report, pictures and tables of the scenario as it stands in the window.
//!
//! [`build`] simulates, so `tasks` runs it away from the window's thread.

use std::sync::Arc;

use super::export::{Choices, Export, ExportError, Format};
use super::plots;
use crate::jobs::{self, Control, Extras, FrontierOptions, JobError};
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
                    let found = jobs::everything(&world, choices.policy, &options, &Extras::default(), control)?;
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

/// What was computed is written, or, for a PNG, cannot be painted.
type Written = Result<Vec<u8>, png::PngError>;
