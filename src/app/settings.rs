//! What outlives the window. `recovery` keeps it on the disk.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::tab::Tab;
use crate::report::breakdown::Heat;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Horizontal axis of the frontier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostAxis {
    /// What the invoice says.
    #[default]
    Inference,
    /// With what failures cost.
    Total,
}

/// Vertical axis of the frontier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityAxis {
    /// All requests.
    #[default]
    All,
    /// The hardest tenth.
    HardEdge,
    /// The segment that is served worst.
    WorstSegment,
    /// Users satisfied, of those who answer the survey.
    Csat,
}

/// In which words numbers are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// By figures that people know.
    #[default]
    Plain,
    /// As the file has them.
    Model,
}

/// How many numbers of the scenario are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Those that move the answer most.
    Essentials,
    /// All of them.
    #[default]
    Everything,
}

/// Kept between starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Size of everything; `None`: by the size of the window.
    pub zoom: Option<f32>,
    /// The tab picked last: what the right side speaks of.
    pub tab: Tab,
    /// How the tabs are docked.
    pub layout: Layout,
    /// Horizontal axis of the frontier.
    pub cost: CostAxis,
    /// Vertical axis of the frontier.
    pub quality: QualityAxis,
    /// Whether the cost axis is logarithmic.
    pub log_cost: bool,
    /// Whether the frontier shows launch, not production.
    pub at_launch: bool,
    /// Whether nothing moves by itself.
    pub still: bool,
    /// In which words numbers are shown.
    pub words: Words,
    /// How many numbers of the scenario are shown.
    pub depth: Depth,
    /// What the map of segments and tiers shows.
    pub heat: Heat,
    /// Whether the scenario's side is hidden.
    pub hide_scenario: bool,
    /// Whether the summary's side is hidden.
    pub hide_summary: bool,
    /// Files used last, the newest first.
    pub recent: Vec<PathBuf>,
    /// Files that somebody has agreed to read although they are not in the folder of what names them.
    pub trusted: Vec<PathBuf>,
}
