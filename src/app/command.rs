//! Everything a person can do in the window. A frame only reads and sends commands; they run when the frame is over.

use std::path::PathBuf;

use super::export::{Export, Format};
use super::files::Guard;
use super::layout::Layout;
use super::layout::{Page, Side};
use super::manual::Place;
use super::recovery::Recovered;
use super::results::{PlanWishes, SweepLook};
use super::settings::{CostAxis, Depth, QualityAxis, ThemeChoice, Words};
use super::tab::Tab;
use super::tables::Form;
use super::versions::Version;
use crate::describe::Answers;
use crate::entry::List;
use crate::model::Range;
use crate::model::address::Address;
use crate::report::breakdown::Heat;
use crate::scenario::edit::{Edit, Entry};
use crate::uncertainty::outcome::Output;

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Describe a product, page by page.
    New,
    /// The answers so far.
    Answer(Box<Answers>),
    /// So many pages on.
    DescribePage(isize),
    /// Go on without the answers of this page.
    SkipPage,
    /// Close the pages; the answers stay.
    CloseDescribe,
    /// Make a scenario of the answers, and open it.
    MakeScenario,
    /// What is searched for in the price list.
    SearchPrices(String),
    /// Show the dialog that loads a price list.
    PricesDialog,
    /// Load the price list in this file.
    LoadPrices(PathBuf),
    /// Take the list's prices over into this tier.
    TakePrices(usize),
    /// Show the dialog that opens a file.
    OpenDialog,
    /// Open this file.
    Open(PathBuf),
    /// Show the dialog that imports an evaluation table.
    ImportDialog,
    /// Read an evaluation table and show what is understood of it.
    Import(PathBuf),
    /// What was said of the table so far.
    EditImport(Box<Form>),
    /// Make a scenario of the table.
    AcceptImport(Box<Form>),
    /// Look for the scenario's table again.
    FindTable,
    /// Ask where the scenario's table is.
    LocateTable,
    /// The scenario's table is this file.
    UseTable(PathBuf),
    /// The scenario's table has changed, and that is all right.
    TakeTable,
    /// This file may be read as the scenario's table, although it is in another folder.
    TrustTable(PathBuf),
    /// The lesson may read this scenario, although it is in another folder.
    TrustLesson {
        /// The lesson.
        lesson: PathBuf,
        /// Its scenario.
        scenario: PathBuf,
    },
    /// Open a scenario of the library, by index.
    OpenLibrary(usize),
    /// Save to the document's file, or ask where.
    Save,
    /// Ask where to save.
    SaveAs,
    /// Save to this file; ask where it is another one that is there already.
    SaveTo(PathBuf),
    /// Save to this file, as long as it is what somebody has agreed to write over.
    SaveOver(PathBuf, Guard),
    /// Save, and then do this.
    SaveFirst(Box<Command>),
    /// Take over the document that has arrived.
    TakeIn,
    /// Take it over beside those that are open.
    TakeInBeside,
    /// Begin another scenario beside those that are open.
    OpenBeside,
    /// Look at the open scenario of this place.
    TurnTo(usize),
    /// Look at the open scenario so many places further on.
    TurnBy(isize),
    /// Close the open scenario of this place, or the one that is looked at, and ask before changes are lost.
    AskToClose(Option<usize>),
    /// Close the open scenario of this place, whatever is unsaved in it.
    Close(usize),
    /// Show how the document differs from its file.
    Compare,
    /// Read the document's file again.
    Reload,
    /// The document's file has changed, and that is known now.
    Noted,
    /// Ask where to export this.
    Export(Export),
    /// Export this to this file, unless it is there already.
    ExportTo(Export, PathBuf),
    /// Export this to this file, whatever stands in it.
    ExportOver(Export, PathBuf),
    /// Ask for another file than this to export to.
    ExportElsewhere(Export, PathBuf),
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
    /// Search for monitoring plans.
    Plan,
    /// Stop the search for monitoring plans.
    CancelPlan,
    /// What monitoring plans may be made of from now on.
    PlanWishes(PlanWishes),
    /// Look at this monitoring plan, by index.
    LookAtPlan(usize),
    /// Put the monitors of the plan looked at into the scenario.
    TakePlan,
    /// Work out what every option is worth.
    Decide,
    /// Stop working out the options.
    CancelDecision,
    /// Take this option into the scenario, by its place in the decision.
    TakeOption(usize),
    /// Look at the steps of the rollout.
    LookAtSteps,
    /// Run the sweep that is looked at, or go on with it.
    RunSweep,
    /// Stop running it.
    CancelSweep,
    /// Look at something else of a sweep.
    LookAtSweep(SweepLook),
    /// Put the values of a point of the sweep into the scenario.
    TakePoint(u64),
    /// Give a number a range, or take it back.
    PutRange {
        /// The number.
        address: Address,
        /// Its range; `None`: it is known.
        range: Option<Range>,
        /// Whether a handle is still on its way.
        dragging: bool,
    },
    /// Look at what the ranges do to the answer.
    LookAtRanges,
    /// Stop looking at that.
    CancelRanges,
    /// Take this figure of the selected policy apart.
    TakeApart(Output),
    /// Stop looking at the steps of the rollout.
    CancelSteps,
    /// Move numbers until the known figures hold.
    Calibrate,
    /// Stop moving numbers.
    CancelCalibration,
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
    /// Show the frontier at launch, or in production.
    AtLaunch(bool),
    /// Whether nothing moves by itself.
    Still(bool),
    /// Put the tab that is looked at on the clipboard, in this format: a picture, or a table for a spreadsheet.
    Copy(Format),
    /// Set several numbers in one step.
    SetAll {
        /// Which, and to what.
        values: Vec<(Address, f64)>,
        /// Whether they are still on their way.
        dragging: bool,
    },
    /// Another policy like the selected one, beside it, and this run pinned to compare the two.
    Variant,
    /// In which words numbers are shown.
    Words(Words),
    /// How many numbers are shown.
    Depth(Depth),
    /// The path typed so far.
    TypePath(String),
    /// Open a file used before, by index.
    OpenRecent(usize),
    /// Dock the tabs like this.
    Dock(Box<Layout>),
    /// Dock the tabs as at first and show both sides.
    ResetLayout,
    /// Show this part, where there is room for one alone.
    Page(Page),
    /// Hide or show a side of the window.
    TogglePanel(Side),
    /// Look at a policy so many places on.
    Step(isize),
    /// Look at another run.
    NextReplicate,
    /// Look at this day of the run; `None`: at none.
    Day(Option<u32>),
    /// Play the run, or stop.
    TogglePlay,
    /// Draw a policy's curve, or not.
    ShowCurve(usize, bool),
    /// Least quality wanted.
    Floor {
        /// Mean success.
        quality: f64,
        /// Whether more of the same follows.
        dragging: bool,
    },
    /// What the map of segments and tiers shows.
    Heat(Heat),
    /// Keep this run to compare others with.
    Pin,
    /// Give a pinned run another name.
    RenamePin(usize, String),
    /// Let a pinned run go.
    Unpin(usize),
    /// Rename, duplicate, delete or move an entry of a list.
    EditEntry(List, usize, Edit),
    /// Add an entry to start from to a list.
    AddEntry(List),
    /// Put something in the place of what is there.
    Put(Entry),
    /// What was typed as a number cannot be taken over, for this reason.
    Refuse(Address, String),
    /// Start a shipped lesson, by index.
    StartLesson(usize),
    /// Go so many steps on in the lesson.
    LessonStep(isize),
    /// The predictions typed so far.
    TypeGuess(String),
    /// Take the predictions typed.
    AddGuesses,
    /// Take a prediction.
    Guess(f64),
    /// Take the last prediction back.
    ForgetGuess,
    /// Reveal the step's figure.
    Reveal,
    /// Leave the lesson.
    EndLesson,
    /// Full screen, large type, controls out of the way; or back.
    TogglePresenter,
    /// Show the lesson, or the scenario's controls.
    ShowLesson(bool),
    /// Find anything by typing.
    Palette,
    /// Show what was changed since the file.
    Changes,
    /// Show the numbers of this name; empty: all cards.
    Search(String),
    /// Show the keyboard shortcuts.
    Shortcuts,
    /// Show what words mean.
    Glossary,
    /// Show what to begin with.
    Start,
    /// Show earlier versions of the scenario.
    Versions,
    /// Go back to one of them.
    GoBackTo(Version),
    /// Show this step of the tour, or none.
    Tour(Option<usize>),
    /// Show a list as a table.
    Sheet(List),
    /// Take a table over into the list that is shown as a table.
    PasteSheet(String),
    /// Show the manual, at the page that was read last.
    OpenManual,
    /// Show this place of the manual.
    Manual(Place),
    /// Show the place of the manual that was read before.
    ManualBack,
    /// Close the manual.
    CloseManual,
    /// Close the dialog over the window.
    Dismiss,
    /// Give up unsaved changes and do this.
    Discard(Box<Command>),
    /// Take over recovered work.
    Recover(Recovered),
    /// Throw recovered work away.
    Forget(Recovered),
    /// Leave recovered work where it is.
    Later,
}
