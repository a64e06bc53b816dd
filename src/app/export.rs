//! Exports: the report, pictures and tables of the scenario as it stands in the window.
//!
//! [`build`] simulates, so `tasks` runs it away from the window's thread.

use std::sync::Arc;

use thiserror::Error;

use crate::frontier::Stages;
use crate::jobs::{self, Control, Detection, FrontierOptions, JobError};
use crate::report::{csv, detection, html, png, svg};
use crate::scenario::model::Scenario;
use crate::simulation::table::Table;

/// Pixels of a PNG for each unit of its picture: sharp on paper and on a projector.
const PNG_SCALE: f32 = 2.0;

/// Why nothing was exported.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExportError {
    /// The user cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// For a reason, in words for a person.
    #[error("{0}")]
    Failed(String),
}

impl From<JobError> for ExportError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Cancelled => Self::Cancelled,
            other => Self::Failed(other.to_string()),
        }
    }
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Cost against quality.
    Frontier,
    /// The detection study.
    Detection,
    /// One run, day by day.
    Timeline,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A picture that can be scaled and edited.
    Svg,
    /// A picture of pixels.
    Png,
    /// A table.
    Csv,
}

/// Something to export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Everything on one page, as HTML.
    Report,
    /// One subject in one format.
    One(Subject, Format),
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Frontier, Self::Detection, Self::Timeline];

    /// The word in menus and in file names.
    pub fn word(self) -> &'static str {
        match self {
            Self::Frontier => "frontier",
            Self::Detection => "detection",
            Self::Timeline => "timeline",
        }
    }
}

impl Export {
    /// Ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Report => "html",
            Self::One(_, Format::Svg) => "svg",
            Self::One(_, Format::Png) => "png",
            Self::One(_, Format::Csv) => "csv",
        }
    }

    /// In the menu.
    pub fn label(self) -> String {
        match self {
            Self::Report => "Report (HTML)…".to_owned(),
            Self::One(subject, format) => {
                let (what, ending) = match format {
                    Format::Svg => ("plot", "SVG"),
                    Format::Png => ("plot", "PNG"),
                    Format::Csv => ("table", "CSV"),
                };
                let word = subject.word();
                let capital: String =
                    word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
                format!("{capital} {what} ({ending})…")
            }
        }
    }

    /// All of them, in the order of the menu.
    pub fn all() -> Vec<Self> {
        let subjects = |format: Format| Subject::ALL.map(|subject| Self::One(subject, format));
        let mut all = vec![Self::Report];
        all.extend([Format::Svg, Format::Png, Format::Csv].into_iter().flat_map(subjects));
        all
    }

    /// File name to propose, from that of the scenario.
    pub fn proposed_name(self, scenario_file: &str) -> String {
        let stem = scenario_file.strip_suffix(".toml").unwrap_or(scenario_file);
        let stem = stem.strip_suffix(".paretoscope").unwrap_or(stem);
        match self {
            Self::Report => format!("{stem}-report.html"),
            Self::One(subject, _) => format!("{stem}-{}.{}", subject.word(), self.ending()),
        }
    }
}

/// Computes and writes out an export; `text` is the scenario's file, `policy` the one looked at.
///
/// # Errors
/// When the scenario cannot be simulated, or the export was cancelled.
pub fn build(
    export: Export,
    scenario: &Scenario,
    table: Option<&Arc<Table>>,
    text: &str,
    policy: usize,
    control: &Control,
) -> Result<Vec<u8>, ExportError> {
    let pool = jobs::pool(0)?;
    let written = jobs::guarded(|| pool.install(|| simulate(export, scenario, table, text, policy, control)))?;
    written.map_err(|error| ExportError::Failed(error.to_string()))
}

/// What was computed is written, or, for a PNG, cannot be painted.
type Written = Result<Vec<u8>, png::PngError>;

fn simulate(
    export: Export,
    scenario: &Scenario,
    table: Option<&Arc<Table>>,
    text: &str,
    policy: usize,
    control: &Control,
) -> Result<Written, JobError> {
    let world = jobs::world(scenario, table, None)?;
    // With the segments of its table, where it replays one.
    let scenario = &world.scenario;
    let options = FrontierOptions::default();
    let study = || -> Result<_, JobError> {
        let stages = Stages::new(&world)?;
        let mut detection = Detection::prepare(&stages, policy, control)?;
        detection.run(scenario.study.replicates, control, |_| {})?;
        Ok(detection.study(scenario.study.false_alarms))
    };
    let (subject, format) = match export {
        Export::Report => {
            let found = jobs::everything(&world, policy, &options, control)?;
            return Ok(Ok(html::page(scenario, text, &found).into_bytes()));
        }
        Export::One(subject, format) => (subject, format),
    };
    let (picture, table) = match subject {
        Subject::Frontier => {
            let frontier = jobs::frontier(&world, &options, control)?;
            (svg::frontier(scenario, &frontier, false, Some(policy)), csv::frontier(scenario, &frontier))
        }
        Subject::Detection => {
            let study = study()?;
            (svg::detection(scenario, &study), detection::csv(scenario, &study, &[]))
        }
        Subject::Timeline => {
            let timeline = jobs::timeline(&world, policy, 0, control)?;
            // Alarms are flags where there is a study; a run without monitors is shown all the same.
            let study = study().ok();
            (svg::timeline(scenario, &timeline, study.as_ref()), csv::timeline(scenario, &timeline))
        }
    };
    Ok(match format {
        Format::Svg => Ok(picture.into_bytes()),
        Format::Csv => Ok(table.into_bytes()),
        Format::Png => png::png(&picture, PNG_SCALE),
    })
}
