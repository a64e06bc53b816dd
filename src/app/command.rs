//! Everything a person can do in the window. A frame only reads and sends commands; they run when the frame is over.

use std::path::PathBuf;

use super::export::Export;
use super::parameters::Address;
use super::recovery::Recovered;
use super::state::{CostAxis, QualityAxis, Tab, ThemeChoice};

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Show the dialog that opens a file.
    OpenDialog,
    /// Open this file.
    Open(PathBuf),
    /// Open a scenario of the library, by index.
    OpenLibrary(usize),
    /// Save to the document's file, or ask where.
    Save,
    /// Ask where to save.
    SaveAs,
    /// Save to this file.
    SaveTo(PathBuf),
    /// Ask where to export this.
    Export(Export),
    /// Export this to this file.
    ExportTo(Export, PathBuf),
    /// Stop the export under way.
    CancelExport,
    /// Put the scenario's text on the clipboard.
    CopyScenario,
    /// Ask the system for what is on the clipboard.
    AskPaste,
    /// Open this text as a scenario.
    Paste(String),
    /// Close the window.
    Quit,
    /// Take back the last edit.
    Undo,
    /// Do the last undone edit again.
    Redo,
    /// Set a number of the scenario; `dragging`: more of the same follows.
    Set {
        /// Which.
        address: Address,
        /// To what.
        value: f64,
        /// Whether the slider is held.
        dragging: bool,
    },
    /// Put a number back to the file's value.
    Reset(Address),
    /// Put everything back to the file's values.
    ResetAll,
    /// Look at this policy.
    Select(usize),
    /// Stop the Monte Carlo simulation.
    CancelSampling,
    /// Run the Monte Carlo simulation again.
    Sample,
    /// Stop the detection study.
    CancelStudy,
    /// Go on with the detection study.
    Study,
    /// Show this in the middle of the window.
    Tab(Tab),
    /// Read the study off at this false-alarm budget.
    FalseAlarms(f64),
    /// Look at this monitor.
    Monitor(usize),
    /// Light or dark.
    Theme(ThemeChoice),
    /// Size of everything; `None`: the system's.
    Zoom(Option<f32>),
    /// What the frontier shows across.
    CostAxis(CostAxis),
    /// What the frontier shows upwards.
    QualityAxis(QualityAxis),
    /// Logarithmic cost axis.
    LogCost(bool),
    /// Launch curves of all policies.
    LaunchCurves(bool),
    /// The path typed so far.
    TypePath(String),
    /// Close the dialog over the window.
    Dismiss,
    /// Give up unsaved changes and do this.
    Discard(Box<Command>),
    /// Take over recovered work.
    Recover(Recovered),
    /// Throw recovered work away.
    Forget(Recovered),
}

impl Command {
    /// Whether unsaved changes would be lost.
    pub fn replaces_document(&self) -> bool {
        matches!(self, Self::OpenDialog | Self::Open(_) | Self::OpenLibrary(_) | Self::Paste(_) | Self::Quit)
    }
}
