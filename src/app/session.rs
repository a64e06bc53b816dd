//! What is gone when the window closes: what was found, what is looked at, and what is asked over the window.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::command::Command;
use super::course::Course;
use super::describing::Describing;
use super::difference::Line;
use super::export::Export;
use super::layout::Page;
use super::recovery::Recovered;
use super::results::{
    Calibrated, Decided, Pin, PlanWishes, Planned, Rolled, Sampling, Studies, SweepLook, Swept, Unsure,
};
use super::stamp::{Change, Stamp};
use super::tables::{Form, Lost};
use super::versions::Version;
use crate::decision::diary::Lives;
use crate::detection::monitor::Truth;
use crate::detection::study::{MonitorResult, Study};
use crate::entry::List;
use crate::frontier::Frontier;
use crate::frontier::breakdown::Breakdown;
use crate::model::address::{Address, Key, Target};
use crate::prices::PriceList;
use crate::report::detection::ranked;
use crate::timeline::Timeline;
use crate::uncertainty::outcome::Output;

/// What a file is picked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To open a scenario.
    Open,
    /// To save the scenario.
    Save,
    /// To import an evaluation table.
    Import,
    /// To say where the scenario's table is.
    Locate,
    /// To load a price list.
    Prices,
}

/// A question or a notice over the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// Everything that can be done, found by typing.
    Palette,
    /// What was changed since the file.
    Changes,
    /// Unsaved changes stand in the way of this.
    Unsaved(Box<Command>),
    /// The system shows no file dialog: type a path.
    Path {
        /// What it is for.
        purpose: Purpose,
        /// What was typed so far.
        text: String,
    },
    /// The system shows no file dialog: type where to export to.
    ExportPath {
        /// What.
        export: Export,
        /// What was typed so far.
        text: String,
    },
    /// A recovery file was found.
    Recovery(Recovered),
    /// A table is on its way in.
    Import(Box<Form>),
    /// The scenario's table is not at hand.
    Lost(Lost),
    /// A lesson's scenario is in another folder.
    Outside {
        /// The lesson.
        lesson: PathBuf,
        /// Its scenario.
        scenario: PathBuf,
    },
    /// The file to save to was changed by somebody else.
    Changed {
        /// The file.
        path: PathBuf,
        /// What became of it.
        change: Change,
        /// As it is now, where it can be read.
        now: Option<Stamp>,
    },
    /// There is such a file already.
    Exists {
        /// The file.
        path: PathBuf,
        /// Writes over it.
        over: Box<Command>,
        /// Asks for another name.
        another: Box<Command>,
    },
    /// How the document differs from its file.
    Difference {
        /// The file.
        path: PathBuf,
        /// Line by line.
        lines: Vec<Line>,
        /// The file as it was compared.
        now: Option<Stamp>,
    },
    /// The keyboard shortcuts.
    Shortcuts,
    /// What words mean.
    Glossary,
    /// What to begin with.
    Start,
    /// Earlier versions; `None`: they are being looked for.
    Versions(Option<Vec<Version>>),
    /// A list as a table, and what came of the last table that was pasted.
    Sheet(List, Vec<String>),
    /// Something to read.
    Notice {
        /// Heading.
        title: String,
        /// What happened and what to do.
        text: String,
    },
}

impl Dialog {
    /// Whether somebody has to answer before anything else goes on.
    pub fn asks(&self) -> bool {
        use Dialog::{
            Changed, Changes, Difference, Exists, ExportPath, Glossary, Import, Lost, Notice, Outside, Palette, Path,
            Recovery, Sheet, Shortcuts, Start, Unsaved, Versions,
        };
        match self {
            Unsaved(_) | Path { .. } | ExportPath { .. } | Recovery(_) | Import(_) | Lost(_) | Outside { .. } => true,
            Changed { .. } | Exists { .. } | Difference { .. } => true,
            Palette | Changes | Shortcuts | Glossary | Start | Versions(_) | Sheet(..) | Notice { .. } => false,
        }
    }
}

/// An edit that was not taken over.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// What it was an edit of.
    pub target: Target,
    /// Of which of its numbers; `None`: of something else.
    pub key: Option<Key>,
    /// Why it was not taken over, and what is allowed.
    pub message: String,
}

/// Gone when the window closes.
#[derive(Debug, Default)]
pub struct Session {
    /// Index of the selected policy.
    pub selected: usize,
    /// Newest operating points with the figures that follow from them.
    pub points: Option<Arc<Frontier>>,
    /// Newest curves; while a slider moves they lag behind the points.
    pub curves: Option<Arc<Frontier>>,
    /// Whether the curves belong to an older scenario than the points.
    pub curves_are_old: bool,
    /// Which run is shown.
    pub replicate: u32,
    /// The day of it that is looked at.
    pub day: Option<u32>,
    /// The tabs were docked anew and the settings not kept since.
    pub layout_is_new: bool,
    /// Since when the run is played, and from which day.
    pub playing_since: Option<(Instant, u32)>,
    /// Policies whose curves are not drawn.
    pub hidden: BTreeSet<usize>,
    /// Least quality wanted; `None`: the baseline's less the material loss.
    pub floor: Option<f64>,
    /// Where the selected policy's saving and damage come from.
    pub breakdown: Option<Breakdown>,
    /// The lesson under way.
    pub course: Option<Course>,
    /// Whether the scenario's controls are shown in place of the lesson.
    pub lesson_aside: bool,
    /// The part shown where there is room for one alone.
    pub page: Page,
    /// Whether the window is full screen with large type.
    pub presenting: bool,
    /// Runs kept to compare others with; opening another scenario keeps them.
    pub pins: Vec<Pin>,
    /// Timeline of the selected policy.
    pub timeline: Option<Timeline>,
    /// Operating points by Monte Carlo; `None` while they would be out of date.
    pub intervals: Option<Frontier>,
    /// Progress of the same.
    pub sampling: Sampling,
    /// When its first step was done.
    pub sampling_since: Option<Instant>,
    /// The detection study of the selected policy, at several false-alarm budgets.
    pub studies: Option<Studies>,
    /// Progress of the same.
    pub studying: Sampling,
    /// False-alarm budget shown; `None`: the scenario's.
    pub false_alarms: Option<f64>,
    /// The monitor looked at; `None`: the first that notices.
    pub monitor: Option<usize>,
    /// Why there is no study.
    pub study_failure: Option<String>,
    /// The monitoring plans of the selected policy.
    pub planned: Option<Planned>,
    /// Progress of the search for them.
    pub planning: Sampling,
    /// Why there are none.
    pub plan_failure: Option<String>,
    /// What they may be made of.
    pub plan_wishes: PlanWishes,
    /// The plan looked at, by its index; `None`: the recommended one.
    pub plan: Option<usize>,
    /// What every option is worth.
    pub decided: Option<Decided>,
    /// Progress of the same.
    pub deciding: Sampling,
    /// The run shown, with what people make of its alarms.
    pub lives: Option<Lives>,
    /// What the steps of the selected policy's rollout could have shown.
    pub rolled: Option<Rolled>,
    /// Progress of the same.
    pub rolling: Sampling,
    /// Why that cannot be told.
    pub rollout_failure: Option<String>,
    /// What the ranges do to the answer for the selected policy.
    pub unsure: Option<Unsure>,
    /// Progress of the same.
    pub ranging: Sampling,
    /// Why that cannot be told.
    pub range_failure: Option<String>,
    /// The figure that is taken apart.
    pub output: Output,
    /// The sweep that was run last.
    pub swept: Option<Swept>,
    /// Progress of the same.
    pub sweeping: Sampling,
    /// Why a sweep cannot be run.
    pub sweep_failure: Option<String>,
    /// What is looked at of it.
    pub sweep_look: SweepLook,
    /// The known figures as the scenario has them now, in their order.
    pub known_now: Vec<Option<f64>>,
    /// What moving numbers for them has come to.
    pub calibrated: Option<Calibrated>,
    /// Progress of the same.
    pub calibrating: Sampling,
    /// Why nothing was moved.
    pub calibration_failure: Option<String>,
    /// When the last version of the document was kept.
    pub version_at: Option<Instant>,
    /// The step of the tour that is shown.
    pub tour: Option<usize>,
    /// The numbers that move the answer of the selected policy most, the strongest first; `None`: nobody has looked yet.
    pub essentials: Option<Vec<Address>>,
    /// Whether a job is under way.
    pub busy: bool,
    /// Why the newest job gave no result.
    pub failure: Option<String>,
    /// The last edit, where it was not taken over.
    pub refused: Option<Refused>,
    /// Short message for the status bar.
    pub message: String,
    /// Steps of an export under way, done and in all.
    pub exporting: Option<(u64, u64)>,
    /// Title of the window as last set.
    pub title: String,
    /// Which numbers are looked for by their name; empty: none.
    pub search: String,
    /// Over the window.
    pub dialog: Option<Dialog>,
    /// *Describe your product*.
    pub describing: Describing,
    /// The price list that was loaded; `None`: the one that comes with the program.
    pub prices: Option<Arc<PriceList>>,
    /// The manual beside the tabs.
    pub manual: super::manual::Reading,
    /// What became of the document's file since it was read, until somebody has taken note.
    pub file_change: Option<Change>,
    /// To be done when the document is saved.
    pub after_save: Option<Box<Command>>,
    /// When the last edit was made that no recovery file holds yet.
    pub unsaved_since: Option<Instant>,
    /// When the last recovery file was written.
    pub recovered_at: Option<Instant>,
    /// The user has said that what is unsaved may be lost when the window closes.
    pub given_up: bool,
    /// The user has said that the window may close.
    pub may_close: bool,
    /// The slider being dragged: its steps make one undo step.
    pub dragging: Option<Address>,
}

impl Session {
    /// Gives what belongs to the window to the session of another document.
    pub fn hand_over(&mut self, to: &mut Self) {
        to.dialog = self.dialog.take();
        to.failure = self.failure.take();
        to.pins = std::mem::take(&mut self.pins);
        (to.presenting, to.lesson_aside, to.page) = (self.presenting, self.lesson_aside, self.page);
        // An export goes on whatever is looked at meanwhile.
        to.exporting = self.exporting;
        // What was answered and loaded serves the next document as well.
        to.describing = std::mem::take(&mut self.describing);
        to.prices = self.prices.take();
        to.manual = std::mem::take(&mut self.manual);
    }

    /// The study shown and the monitor looked at.
    pub fn study_shown(&self) -> Option<(&Studies, &Study, usize)> {
        let studies = self.studies.as_ref()?;
        let study = studies.at_budget(self.false_alarms)?;
        let first = || {
            let real =
                |m: &&&MonitorResult| studies.scenario.monitors.get(m.monitor).is_some_and(|m| !m.kind.is::<Truth>());
            ranked(study).iter().find(real).map(|m| m.monitor)
        };
        let monitor = self.monitor.or_else(first)?;
        Some((studies, study, monitor))
    }

    /// The plans found and the one looked at.
    pub fn plan_shown(&self) -> Option<(&Planned, usize)> {
        let planned = self.planned.as_ref()?;
        let looked_at = self.plan.filter(|plan| *plan < planned.plans.plans.len());
        Some((planned, looked_at.unwrap_or(planned.plans.recommended)))
    }
}
