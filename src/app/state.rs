//! The three states of the window: the document, which is saved; the settings, which outlive it; the session, which ends.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::course::Course;
use super::difference::Line;
use super::files::Source;
use super::layout::Layout;
use super::parameters::{self, Address, Key, Target};
use super::stamp::{Change, Stamp};
use crate::detection::plan::Plans;
use crate::detection::study::Study;
use crate::frontier::Frontier;
use crate::frontier::breakdown::Breakdown;
use crate::model::Scenario;
use crate::report::breakdown::Heat;
use crate::simulation::table::Table;
use crate::timeline::Timeline;

/// Most steps that can be undone.
const HISTORY: usize = 200;

/// A scenario being worked on.
#[derive(Debug)]
pub struct Document {
    /// As edited. Behind an `Arc` so that the worker can have it without a copy.
    pub scenario: Arc<Scenario>,
    /// As it stands in the file: what "reset" goes back to.
    pub original: Arc<Scenario>,
    /// Where it came from and where it is saved to.
    pub source: Source,
    /// The table that it replays, once it was read.
    pub table: Option<Arc<Table>>,
    undo: Vec<Arc<Scenario>>,
    redo: Vec<Arc<Scenario>>,
    never_saved: bool,
}

impl Document {
    /// Whether nothing can be computed before its table is found.
    pub fn lacks_table(&self) -> bool {
        self.scenario.replay.is_some() && self.table.is_none()
    }

    /// A document as it stands in its file.
    pub fn new(scenario: Scenario, source: Source) -> Self {
        let scenario = Arc::new(scenario);
        Self {
            original: Arc::clone(&scenario),
            scenario,
            source,
            table: None,
            undo: Vec::new(),
            redo: Vec::new(),
            never_saved: false,
        }
    }

    /// Whether there is something to save.
    pub fn is_changed(&self) -> bool {
        self.never_saved || (!Arc::ptr_eq(&self.scenario, &self.original) && self.scenario != self.original)
    }

    /// Marks work that stands in no file at all.
    pub fn never_saved(&mut self) {
        self.never_saved = true;
    }

    /// Takes note that `scenario` was saved, and stands in `source` now.
    pub fn saved(&mut self, source: Source, scenario: Arc<Scenario>) {
        self.source = source;
        // From another folder the table has another name, and so it had in every state before.
        let table = scenario.replay.as_ref().map(|replay| &replay.table);
        for state in self.undo.iter_mut().chain(&mut self.redo).chain([&mut self.scenario]) {
            let differs = state.replay.as_ref().map(|replay| &replay.table) != table;
            if let Some(table) = table.filter(|_| differs)
                && let Some(replay) = &mut Arc::make_mut(state).replay
            {
                replay.table.clone_from(table);
            }
        }
        self.original = scenario;
        self.never_saved = false;
    }

    /// Changes the scenario. With `step`, the state before becomes one to go back to; a slider on its way makes one step.
    pub fn edit(&mut self, step: bool, change: impl FnOnce(&mut Scenario)) {
        if step {
            if self.undo.len() == HISTORY {
                self.undo.remove(0);
            }
            self.undo.push(Arc::clone(&self.scenario));
            self.redo.clear();
        }
        change(Arc::make_mut(&mut self.scenario));
    }

    /// Takes back the last step. Says whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else { return false };
        self.redo.push(std::mem::replace(&mut self.scenario, before));
        true
    }

    /// Does the last undone step again. Says whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        self.undo.push(std::mem::replace(&mut self.scenario, after));
        true
    }

    /// Where a number of the scenario stands in its file: entries are known by their names, renamed ones and events by their places, as
    /// long as none came or went.
    fn in_file(&self, address: Address) -> Option<Address> {
        let (now, file) = (&*self.scenario, &*self.original);
        fn find<T>(now: &[T], file: &[T], index: usize, name: fn(&T) -> &str) -> Option<usize> {
            let own = name(now.get(index)?);
            let by_name = file.iter().position(|entry| name(entry) == own);
            // The place is its own only where what stands there in the file is not somewhere else now.
            by_name.or_else(|| {
                let before = name(file.get(index)?);
                (now.len() == file.len() && !now.iter().any(|entry| name(entry) == before)).then_some(index)
            })
        }
        let segment = |i: usize| find(&now.segments, &file.segments, i, |s| &s.name);
        let tier = |i: usize| find(&now.tiers, &file.tiers, i, |t| &t.name);
        let policy = |i: usize| find(&now.policies, &file.policies, i, |p| &p.name);
        let monitor = |i: usize| find(&now.monitors, &file.monitors, i, |m| &m.name);
        let target = match address.target {
            Target::Segment(i) => Target::Segment(segment(i)?),
            Target::Tier(i) => Target::Tier(tier(i)?),
            Target::Policy(i) => Target::Policy(policy(i)?),
            Target::Monitor(i) => Target::Monitor(monitor(i)?),
            Target::Detector(i) => Target::Detector(monitor(i)?),
            Target::Event(_) if now.events.len() != file.events.len() => return None,
            other => other,
        };
        let key = match address.key {
            Key::Skill(i) => Key::Skill(segment(i)?),
            Key::Share(i) => Key::Share(tier(i)?),
            other => other,
        };
        Some(Address { target, key })
    }

    /// A number as it stands in the file.
    pub fn original_value(&self, address: Address) -> Option<f64> {
        parameters::get(&self.original, self.in_file(address)?)
    }

    /// What the file says beside a key of a section or an entry; "" for the whole of it.
    pub fn comment(&self, target: Target, key: &str) -> Option<&str> {
        // A key that every entry has, to find the entry by.
        let (section, index) = self.in_file(Address { target, key: Key::Named("") })?.target.section();
        self.source.comments.at(section, index, key)
    }

    /// Whether there is a step to take back, and one to do again.
    pub fn history(&self) -> (bool, bool) {
        (!self.undo.is_empty(), !self.redo.is_empty())
    }
}

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

/// A side of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The scenario.
    Left,
    /// What is selected, in words and numbers.
    Right,
}

/// What a window shows that has room for one part alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The scenario, or the lesson.
    Scenario,
    /// A tab.
    #[default]
    Plots,
    /// What is selected, in words and numbers.
    Summary,
}

/// What the middle of the window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Cost against quality.
    #[default]
    Frontier,
    /// Which monitor notices, and when.
    Detection,
    /// Which monitoring to buy.
    Plan,
    /// Which segments and tiers the loss comes from.
    Segments,
    /// From the saving to the net.
    Money,
    /// Runs side by side.
    Compare,
    /// One run, day by day.
    Timeline,
}

/// A run kept to compare others with.
#[derive(Clone, Debug)]
pub struct Pin {
    /// Its name.
    pub name: String,
    /// Its inputs.
    pub scenario: Arc<Scenario>,
    /// Its results.
    pub frontier: Arc<Frontier>,
    /// Index of the policy that was looked at.
    pub policy: usize,
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
    /// Whether all launch curves are drawn, not only that of the selected policy.
    pub launch_curves: bool,
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
}

/// A question or a notice over the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// Unsaved changes stand in the way of this.
    Unsaved(Box<super::command::Command>),
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
        export: super::export::Export,
        /// What was typed so far.
        text: String,
    },
    /// A recovery file was found.
    Recovery(super::recovery::Recovered),
    /// A table is on its way in.
    Import(Box<super::tables::Form>),
    /// The scenario's table is not at hand.
    Lost(super::tables::Lost),
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
        over: Box<super::command::Command>,
        /// Asks for another name.
        another: Box<super::command::Command>,
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
    /// Something to read.
    Notice {
        /// Heading.
        title: String,
        /// What happened and what to do.
        text: String,
    },
}

/// What the long simulation is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Nothing asked for yet.
    #[default]
    None,
    /// Under way.
    Running,
    /// Intervals are there.
    Done,
    /// Cancelled by the user.
    Cancelled,
}

/// A detection study, read off at several false-alarm budgets.
#[derive(Clone, Debug)]
pub struct Studies {
    /// The scenario that was studied.
    pub scenario: Arc<Scenario>,
    /// One a budget, in increasing order.
    pub at: Vec<Study>,
    /// Whether the scenario has been edited since.
    pub is_old: bool,
}

impl Studies {
    /// The study at a budget, or at the scenario's own.
    pub fn at_budget(&self, false_alarms: Option<f64>) -> Option<&Study> {
        let wanted = false_alarms.unwrap_or(self.scenario.study.false_alarms);
        let distance = |study: &&Study| (study.false_alarms - wanted).abs();
        self.at.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }
}

/// Monitoring plans that a search found.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The scenario that was searched for.
    pub scenario: Arc<Scenario>,
    /// The policy that is watched.
    pub policy: usize,
    /// What was found.
    pub plans: Plans,
    /// Whether something that they depend on has changed since.
    pub is_old: bool,
}

/// What a plan may be made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanWishes {
    /// Most that it may cost, USD a day; `None`: a tenth of the saving.
    pub budget_usd_per_day: Option<f64>,
    /// Names of monitors that cannot be had.
    pub without: Vec<String>,
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
    /// Over the window.
    pub dialog: Option<Dialog>,
    /// The manual beside the tabs.
    pub manual: super::manual::Reading,
    /// What became of the document's file since it was read, until somebody has taken note.
    pub file_change: Option<Change>,
    /// To be done when the document is saved.
    pub after_save: Option<Box<super::command::Command>>,
    /// When the last edit was made that no recovery file holds yet.
    pub unsaved_since: Option<Instant>,
    /// When the last recovery file was written.
    pub recovered_at: Option<Instant>,
    /// The user has said that the window may close.
    pub may_close: bool,
    /// The slider being dragged: its steps make one undo step.
    pub dragging: Option<Address>,
}
