//! Exports: the report, pictures and tables of the scenario as it stands in the window.
//!
//! [`build`] simulates, so `tasks` runs it away from the window's thread.

use std::sync::Arc;

use thiserror::Error;

use super::results::Pin;
use crate::frontier::Stages;
use crate::frontier::breakdown::breakdown;
use crate::jobs::{self, Control, Detection, FrontierOptions, JobError, PlanOptions};
use crate::model::Scenario;
use crate::report::breakdown::{self as parts, Watched};
use crate::report::compare::{self, Run, THIS_RUN};
use crate::report::{csv, detection, html, plan, png, svg};
use crate::simulation::table::Table;
use crate::simulation::world::World;

/// Pixels of a PNG for each unit of its picture: sharp on paper and on a projector.
const PNG_SCALE: f32 = 2.0;

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

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Cost against quality.
    Frontier,
    /// Which segments and tiers the loss comes from.
    Segments,
    /// From the saving to the net.
    Money,
    /// Runs side by side.
    Compare,
    /// The detection study.
    Detection,
    /// Which monitoring to buy.
    Plan,
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
    pub const ALL: [Self; 7] =
        [Self::Frontier, Self::Segments, Self::Money, Self::Compare, Self::Detection, Self::Plan, Self::Timeline];

    /// The word in menus and in file names.
    pub fn word(self) -> &'static str {
        match self {
            Self::Frontier => "frontier",
            Self::Segments => "segments",
            Self::Money => "money",
            Self::Compare => "compare",
            Self::Detection => "detection",
            Self::Plan => "plan",
            Self::Timeline => "timeline",
        }
    }

    /// In menus.
    pub fn label(self) -> String {
        let word = self.word();
        word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
    }

    /// In every format.
    pub fn exports(self) -> [Export; 3] {
        [Format::Svg, Format::Png, Format::Csv].map(|format| Export::One(self, format))
    }
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
                format!("{} {what} ({ending})…", subject.label())
            }
        }
    }

    /// All of them, in the order of the menu.
    pub fn all() -> Vec<Self> {
        std::iter::once(Self::Report).chain(Subject::ALL.into_iter().flat_map(Subject::exports)).collect()
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
                    let found = jobs::everything(&world, choices.policy, &options, None, control)?;
                    // With the segments of its table, where it replays one.
                    Ok(Ok(html::page(&world.scenario, text, &found).into_bytes()))
                }
                Export::One(subject, format) => {
                    let shown = simulate(subject, &world, choices, control)?;
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

/// A subject as a picture and as a table.
struct Shown {
    picture: String,
    table: String,
}

fn simulate(subject: Subject, world: &World, choices: &Choices, control: &Control) -> Result<Shown, JobError> {
    let scenario = &world.scenario;
    let policy = choices.policy;
    let options = FrontierOptions::default();
    let study = || -> Result<_, JobError> {
        let stages = Stages::new(world)?;
        let false_alarms = choices.false_alarms.unwrap_or(scenario.study.false_alarms);
        let mut detection = Detection::prepare_at(&stages, policy, vec![false_alarms], control)?;
        detection.run(scenario.study.replicates, control, |_| {})?;
        Ok(detection.study(false_alarms))
    };
    let (picture, table) = match subject {
        Subject::Frontier => {
            let frontier = jobs::frontier(world, &options, control)?;
            (svg::frontier(scenario, &frontier, false, Some(policy)), csv::frontier(scenario, &frontier))
        }
        Subject::Segments => {
            let found = breakdown(&Stages::new(world)?, policy)?;
            (svg::segments(scenario, &found), parts::segments_csv(scenario, &found))
        }
        Subject::Money => {
            let stages = Stages::new(world)?;
            let found = breakdown(&stages, policy)?;
            let steps = parts::steps(&found, watched(&stages, choices, control)?);
            (svg::money(scenario, policy, &steps), parts::money_csv(&found, &steps))
        }
        Subject::Compare => {
            let frontier = jobs::frontier(world, &options, control)?;
            let pinned = choices.pins.iter().map(|pin| Run {
                name: &pin.name,
                scenario: &pin.scenario,
                frontier: &pin.frontier,
                policy: pin.policy,
            });
            let this = Run { name: THIS_RUN, scenario, frontier: &frontier, policy };
            let runs: Vec<Run<'_>> = pinned.chain([this]).collect();
            (svg::compare(&runs), compare::csv(&runs))
        }
        Subject::Detection => {
            let study = study()?;
            (svg::detection(scenario, &study), detection::csv(scenario, &study, &[]))
        }
        Subject::Plan => {
            let options = choices.plan.clone().unwrap_or_else(|| PlanOptions::of(scenario));
            let plans = jobs::plan(&Stages::new(world)?, policy, &options, control)?;
            (svg::plan(scenario, policy, &plans), plan::csv(&plans))
        }
        Subject::Timeline => {
            let timeline = jobs::timeline(world, policy, choices.replicate, control)?;
            // Alarms are flags where there is a study; a run without monitors is shown all the same.
            let study = study().ok();
            (svg::timeline(scenario, &timeline, study.as_ref()), csv::timeline(scenario, &timeline))
        }
    };
    Ok(Shown { picture, table })
}

/// The monitor looked at and its price, which a holdback makes depend on the policy that it watches.
fn watched<'s>(stages: &'s Stages<'_>, choices: &Choices, control: &Control) -> Result<Option<Watched<'s>>, JobError> {
    let Some(index) = choices.monitor else { return Ok(None) };
    let Some(monitor) = stages.launch.world.scenario.monitors.get(index) else { return Ok(None) };
    match Detection::prepare(stages, choices.policy, control) {
        Ok(detection) => {
            let usd_per_day = detection.usd_per_day(index);
            Ok(usd_per_day.map(|usd_per_day| Watched { name: &monitor.name, usd_per_day }))
        }
        // Monitors that do not fit the policy are not paid for.
        Err(JobError::Monitors(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
