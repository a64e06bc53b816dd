//! What can be exported: the report, and each tab as a picture and as a table. `exporting` computes it.

use thiserror::Error;

use super::results::Pin;
use super::tab::Tab;
use crate::detection::study::Study;
use crate::frontier::Stages;
use crate::jobs::{Control, Detection, JobError, PlanOptions};
use crate::simulation::world::World;
use crate::uncertainty::outcome::Output;

/// Why nothing was exported.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExportError {
    /// The user cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// There is such a file already, and nobody said that it may go.
    #[error("there is such a file already")]
    Exists,
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
    /// One tab in one format.
    One(Tab, Format),
}

/// What somebody has chosen in the window beside the scenario.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Index of the policy looked at.
    pub policy: usize,
    /// Index of the monitor looked at, which the money pays for.
    pub monitor: Option<usize>,
    /// Which run of the policy.
    pub replicate: u32,
    /// False-alarm budget of the detectors; `None`: the scenario's.
    pub false_alarms: Option<f64>,
    /// What the search for a monitoring plan is given; `None`: what the scenario asks for.
    pub plan: Option<PlanOptions>,
    /// Whether the report has the options: somebody has looked at them.
    pub has_options: bool,
    /// The figure that Uncertainty takes apart.
    pub output: Output,
    /// Runs kept to compare this one with.
    pub pins: Vec<Pin>,
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

    /// All of them, in the order of the menu.
    pub fn all() -> Vec<Self> {
        std::iter::once(Self::Report).chain(Tab::ALL.iter().flat_map(|tab| Self::of(*tab))).collect()
    }

    /// A tab in every format.
    pub fn of(tab: Tab) -> [Self; 3] {
        [Format::Svg, Format::Png, Format::Csv].map(|format| Self::One(tab, format))
    }

    /// File name to propose, from that of the scenario.
    pub fn proposed_name(self, scenario_file: &str) -> String {
        let stem = scenario_file.strip_suffix(".toml").unwrap_or(scenario_file);
        let stem = stem.strip_suffix(".paretoscope").unwrap_or(stem);
        match self {
            Self::Report => format!("{stem}-report.html"),
            Self::One(tab, _) => format!("{stem}-{}.{}", tab.key(), self.ending()),
        }
    }
}

/// A tab as a picture and as a table.
#[derive(Clone, Debug)]
pub struct Exported {
    /// SVG.
    pub picture: String,
    /// CSV.
    pub table: String,
}

/// The detection study that a tab is exported with.
///
/// # Errors
/// When there is nothing to study, or the export was cancelled.
pub fn study(world: &World, choices: &Choices, control: &Control) -> Result<Study, JobError> {
    let scenario = &world.scenario;
    let stages = Stages::new(world)?;
    let false_alarms = choices.false_alarms.unwrap_or(scenario.study.false_alarms);
    let mut detection = Detection::prepare_at(&stages, choices.policy, vec![false_alarms], control)?;
    detection.run(scenario.study.replicates, control, |_| {})?;
    Ok(detection.study(false_alarms))
}
