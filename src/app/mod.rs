//! The window.
//!
//! A frame reads the state and sends [`Command`]s; they run when the frame is over. Simulation, files and dialogs run on
//! other threads (`worker`, `tasks`) and send what they find.

pub mod actions;
pub mod command;
pub mod course;
pub mod export;
pub mod files;
pub mod layout;
pub mod panels;
pub mod parameters;
pub mod plots;
pub mod recovery;
pub mod state;
pub mod tables;
pub mod tasks;
pub mod theme;
pub mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui;

use crate::jobs::PlanOptions;
use crate::replay::source;
use crate::report;
use crate::scenario::edit::{self, Entry, List};
use crate::scenario::model::{Monitor, Scenario};
use crate::scenario::{read, write};
use crate::simulation::table::Table;
use command::Command;
use course::Course;
use files::{LibraryItem, Opened};
use parameters::{Key, Target};
use state::{
    Dialog, Document, Pin, Planned, Purpose, Refused, Sampling, Session, Settings, Side, Studies, Tab, ThemeChoice,
};
use tables::{Form, Lost, Preview};
use tasks::{Outcome, Tasks};
use worker::{Found, Parts, Shown, Turn, Worker};

/// Size of everything for a room.
const PRESENTER_ZOOM: f32 = 1.5;
/// Days that pass in a second while a run is played.
const DAYS_A_SECOND: f64 = 12.0;
/// Runs to look at one after the other.
const MOST_RUNS: u32 = 1000;
/// Files remembered.
const MOST_RECENT: usize = 10;

/// The program's icon.
const ICON: &str = include_str!("../../assets/packaging/paretoscope.svg");
/// Pixels of the window's icon.
const ICON_SIDE: u32 = 128;

/// Opens the window, on `file` or on the flagship, and returns when it is closed.
///
/// # Errors
/// When there is no display, or nothing to paint with.
pub fn run(file: Option<PathBuf>) -> eframe::Result {
    let mut viewport = egui::ViewportBuilder::default();
    if let Ok(rgba) = report::png::icon(ICON, ICON_SIDE) {
        viewport = viewport.with_icon(egui::IconData { rgba, width: ICON_SIDE, height: ICON_SIDE });
    }
    let options = eframe::NativeOptions {
        viewport: viewport
            .with_title("Paretoscope")
            .with_app_id("paretoscope")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([800.0, 560.0]),
        ..Default::default()
    };
    eframe::run_native(
        "Paretoscope",
        options,
        Box::new(|creation| Ok(Box::new(App::new(&creation.egui_ctx, file, recovery::data_dir())))),
    )
}

/// Parts of the work that are asked for.
#[derive(Clone, Copy)]
struct Wanted {
    frontier: bool,
    intervals: bool,
    study: bool,
    plan: bool,
}

/// The window's state.
pub struct App {
    document: Document,
    settings: Settings,
    session: Session,
    worker: Option<Worker>,
    tasks: Tasks,
    library: Vec<LibraryItem>,
    lessons: Vec<(String, u32)>,
    data_dir: Option<PathBuf>,
    commands: Vec<Command>,
}

impl App {
    /// A window on `file` or on the flagship. `data_dir` holds settings and recovery files; without one, neither is kept.
    pub fn new(ctx: &egui::Context, file: Option<PathBuf>, data_dir: Option<PathBuf>) -> Self {
        theme::install(ctx);
        let library = files::library();
        let flagship = library.first().and_then(|item| item.open().ok());
        let document = flagship.map_or_else(
            || Document::new(read::empty(), files::Source::default()),
            |opened| Document::new(opened.scenario, opened.source),
        );
        let settings = data_dir.as_deref().map(recovery::read_settings).unwrap_or_default();
        let repaint = ctx.clone();
        let worker = Worker::start(Box::new(move || repaint.request_repaint()));
        let mut app = Self {
            document,
            settings,
            session: Session::default(),
            tasks: Tasks::new(ctx.clone()),
            library,
            lessons: course::titles(),
            data_dir,
            commands: Vec::new(),
            worker: None,
        };
        match worker {
            Ok(worker) => app.worker = Some(worker),
            Err(error) => app.session.failure = Some(format!("the system gives no thread to simulate on: {error}")),
        }
        if let Some(found) = app.data_dir.as_deref().and_then(recovery::find) {
            app.session.dialog = Some(Dialog::Recovery(found));
        }
        app.apply_look(ctx);
        app.start_document();
        if let Some(file) = file {
            app.send(Command::Open(file));
        }
        app
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What was found so far.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Sends a command, as a menu would.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    fn apply_look(&self, ctx: &egui::Context) {
        ctx.set_theme(match self.settings.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        });
        if let Some(zoom) = self.settings.zoom {
            ctx.set_zoom_factor(zoom);
        }
    }

    /// Starts from the document as it is now: nothing that was found before belongs to it.
    fn start_document(&mut self) {
        let dialog = self.session.dialog.take();
        let failure = self.session.failure.take();
        let pins = std::mem::take(&mut self.session.pins);
        let (presenting, lesson_aside) = (self.session.presenting, self.session.lesson_aside);
        let course = self.session.course.take();
        // An export goes on whatever is opened meanwhile.
        let exporting = self.session.exporting;
        self.session =
            Session { dialog, failure, pins, course, presenting, lesson_aside, exporting, ..Session::default() };
        self.session.selected = self.document.scenario.studied_policy().unwrap_or(0);
        self.simulate(self.everything());
    }

    /// What the job under way still owes: a new request ends it, so that it is asked for again.
    fn owed(&self) -> Wanted {
        let session = &self.session;
        Wanted {
            frontier: session.curves_are_old,
            intervals: session.sampling == Sampling::Running,
            study: session.studying == Sampling::Running,
            plan: session.planning == Sampling::Running,
        }
    }

    /// Everything, of plans only those that somebody is looking at: a search for them takes long.
    fn everything(&self) -> Wanted {
        Wanted { frontier: true, intervals: true, study: true, plan: self.settings.tab == Tab::Plan }
    }

    /// Asks for what is wanted, in an order that depends on what is looked at.
    fn simulate(&mut self, wanted: Wanted) {
        let scenario = &self.document.scenario;
        let study = match self.settings.tab {
            _ if !wanted.study || scenario.monitors.is_empty() => None,
            Tab::Detection => Some(Turn::First),
            _ => Some(Turn::Last),
        };
        let wishes = &self.session.plan_wishes;
        let plan = wanted.plan.then(|| PlanOptions {
            budget_usd_per_day: wishes.budget_usd_per_day,
            false_alarms: self.session.false_alarms.unwrap_or(scenario.study.false_alarms),
            replicates: scenario.study.replicates,
            without: wishes.without.clone(),
        });
        let parts = Parts { frontier: wanted.frontier, intervals: wanted.intervals, study, plan };
        let Some(worker) = &mut self.worker else { return };
        let table = self.document.table.clone();
        let shown = Shown {
            policy: self.session.selected,
            replicate: self.session.replicate,
            quality_floor: self.session.floor,
        };
        let (studies, plans) = (parts.study.is_some(), parts.plan.is_some());
        worker.submit(Arc::clone(scenario), table, shown, parts);
        self.session.busy = true;
        self.session.failure = None;
        if wanted.frontier {
            self.session.curves_are_old = true;
        }
        if wanted.intervals {
            self.session.intervals = None;
            self.session.sampling = Sampling::Running;
        }
        if studies {
            self.session.study_failure = None;
            self.session.studying = Sampling::Running;
            if let Some(studies) = &mut self.session.studies {
                studies.is_old = true;
            }
        }
        self.session.planning = if plans { Sampling::Running } else { Sampling::None };
        if plans {
            self.session.plan_failure = None;
            self.plans_are_old();
        }
    }

    /// Something that monitoring plans depend on has changed.
    fn plans_are_old(&mut self) {
        if let Some(planned) = &mut self.session.planned {
            planned.is_old = true;
        }
    }

    /// Puts the monitors of the plan looked at into the scenario, under names that are free.
    fn take_plan(&mut self) {
        let Some(planned) = &self.session.planned else { return };
        let plans = &planned.plans;
        let chosen = plans.plans.get(self.session.plan.unwrap_or(plans.recommended));
        let monitors: Vec<Monitor> =
            chosen.into_iter().flat_map(|plan| plans.monitors_of(plan)).map(report::plan::named).collect();
        if monitors.is_empty() {
            return;
        }
        let count = monitors.len();
        self.document.edit(true, |scenario| {
            for monitor in monitors {
                let name = edit::free_name(&edit::names(scenario, List::Monitors), &monitor.name);
                scenario.monitors.push(Monitor { name, ..monitor });
            }
        });
        self.session.message = match count {
            1 => "The monitor is in the scenario: Detection studies it".to_owned(),
            _ => format!("{count} monitors are in the scenario: Detection studies each of them"),
        };
        self.edited();
    }

    fn edited(&mut self) {
        self.session.refused = None;
        self.session.unsaved_since.get_or_insert_with(Instant::now);
        self.session.selected = self.session.selected.min(self.document.scenario.policies.len().saturating_sub(1));
        self.plans_are_old();
        self.session.plan_failure = None;
        self.simulate(self.everything());
    }

    fn open(&mut self, opened: Opened) {
        if !opened.warnings.is_empty() {
            self.session.dialog = Some(Dialog::Notice {
                title: "The file says something odd".to_owned(),
                text: opened.warnings.join("\n"),
            });
        }
        self.document = Document::new(opened.scenario, opened.source);
        if let Some(path) = self.document.source.path.clone() {
            self.remember(&path);
        }
        self.take_table(opened.table);
        self.forget_recovery();
        self.start_document();
    }

    /// Puts a file at the head of those used last.
    fn remember(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.settings.recent.retain(|known| *known != path);
        self.settings.recent.insert(0, path);
        self.settings.recent.truncate(MOST_RECENT);
        self.keep_settings();
    }

    /// The document's table, or the question where it is.
    fn take_table(&mut self, table: Result<Option<Arc<Table>>, Lost>) {
        match table {
            Ok(table) => self.document.table = table,
            Err(lost) => self.session.dialog = Some(Dialog::Lost(lost)),
        }
    }

    /// The document's table is this one from now on.
    fn replace_table(&mut self, path: &Path, found: Preview) {
        let scenario_file = self.document.source.path.clone();
        let table = scenario_file.map_or_else(
            || std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned(),
            |file| source::relative(path, &file),
        );
        self.document.table = Some(Arc::clone(&found.table));
        self.document.edit(true, |scenario| {
            if let Some(replay) = &mut scenario.replay {
                replay.table = table;
                replay.blake3 = Some(found.blake3);
            }
        });
        self.edited();
    }

    fn forget_recovery(&mut self) {
        self.session.unsaved_since = None;
        if let Some(dir) = &self.data_dir {
            recovery::remove_own(dir);
        }
    }

    fn notice(&mut self, title: &str, text: String) {
        self.session.dialog = Some(Dialog::Notice { title: title.to_owned(), text });
    }

    fn folder(&self) -> Option<&Path> {
        self.document.source.path.as_deref().and_then(Path::parent)
    }

    fn keep_settings(&self) {
        if let Some(dir) = &self.data_dir {
            self.tasks.keep_settings(dir.clone(), self.settings.clone());
        }
    }

    /// Where an export goes unless somebody says otherwise: beside the scenario.
    fn export_path(&self, export: export::Export) -> PathBuf {
        let name = export.proposed_name(&self.document.source.proposed_name(&self.document.scenario));
        self.folder().map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
    }

    /// What computes an export of the document as it is now.
    fn export_job(&self, export: export::Export) -> tasks::ExportJob {
        let scenario = Arc::clone(&self.document.scenario);
        let text = self.document.source.to_text(&scenario);
        let (policy, table) = (self.session.selected, self.document.table.clone());
        Box::new(move |control| export::build(export, &scenario, table.as_ref(), &text, policy, control))
    }

    /// Takes in what other threads found.
    fn receive(&mut self) {
        let updates = self.worker.as_ref().map(Worker::updates).unwrap_or_default();
        for found in updates {
            let session = &mut self.session;
            match found {
                Found::Points(points) => session.points = Some(*points),
                Found::Curves(curves) => {
                    session.points = Some((*curves).clone());
                    session.curves = Some(*curves);
                    session.curves_are_old = false;
                }
                Found::Breakdown(parts) => session.breakdown = Some(*parts),
                Found::Timeline(timeline) => session.timeline = Some(*timeline),
                Found::Intervals(sampled) => {
                    session.intervals = Some(*sampled);
                    session.sampling = Sampling::Done;
                }
                Found::IntervalsCancelled => session.sampling = Sampling::Cancelled,
                Found::Study { at, is_whole } => {
                    let scenario = Arc::clone(&self.document.scenario);
                    session.studies = Some(Studies { scenario, at, is_old: false });
                    session.study_failure = None;
                    if is_whole {
                        session.studying = Sampling::Done;
                    }
                }
                Found::Plans(plans) => {
                    let (scenario, policy) = (Arc::clone(&self.document.scenario), session.selected);
                    session.planned = Some(Planned { scenario, policy, plans: *plans, is_old: false });
                    session.plan = None;
                    session.planning = Sampling::Done;
                }
                Found::PlansCancelled => session.planning = Sampling::Cancelled,
                Found::PlansFailed(message) => {
                    session.planned = None;
                    session.plan_failure = Some(message);
                    session.planning = Sampling::None;
                }
                Found::StudyCancelled => session.studying = Sampling::Cancelled,
                Found::StudyFailed(message) => {
                    session.studies = None;
                    session.study_failure = Some(message);
                    session.studying = Sampling::None;
                }
                Found::Failed(message) => {
                    session.failure = Some(message);
                    session.sampling = Sampling::None;
                    session.studying = Sampling::None;
                    session.planning = Sampling::None;
                }
                Found::Finished => session.busy = false,
            }
        }
        for outcome in self.tasks.outcomes() {
            match outcome {
                Outcome::Opened(Ok(opened)) => self.open(*opened),
                Outcome::LessonRead(Ok(course)) => {
                    let ctx = self.tasks.context().clone();
                    self.start_course(&ctx, *course);
                }
                Outcome::LessonRead(Err(message)) => self.notice("The lesson cannot be opened", message),
                Outcome::TableRead(Ok(preview)) => {
                    self.session.dialog = Some(Dialog::Import(Box::new(Form::new(*preview))));
                }
                Outcome::Imported { form, made } => self.imported(form, made.map(|made| *made)),
                Outcome::TableFound { path, result: Ok(preview) } => self.replace_table(&path, *preview),
                Outcome::TableRead(Err(message)) | Outcome::TableFound { result: Err(message), .. } => {
                    self.notice("The table cannot be used", message);
                }
                Outcome::Opened(Err(message)) => self.notice("The file cannot be opened", message),
                Outcome::Saved { path, scenario, result: Ok(()) } => {
                    self.session.message = format!("Saved to {}", path.display());
                    self.remember(&path);
                    self.document.saved(path, scenario);
                    if !self.document.is_changed() {
                        self.forget_recovery();
                    }
                }
                Outcome::Saved { result: Err(message), .. } => self.notice("The file cannot be saved", message),
                Outcome::Exported { path, result: Ok(()) } => {
                    self.session.exporting = None;
                    self.session.message = format!("Exported to {}", path.display());
                }
                Outcome::Exported { result: Err(export::ExportError::Cancelled), .. } => {
                    self.session.exporting = None;
                    self.session.message = "Export cancelled".to_owned();
                }
                Outcome::Exported { result: Err(error), .. } => {
                    self.session.exporting = None;
                    self.session.message.clear();
                    self.notice("The export failed", error.to_string());
                }
                Outcome::Exporting(path) => {
                    self.session.exporting = Some((0, 0));
                    self.session.message = format!("Exporting to {}…", path.display());
                }
                Outcome::NoExportDialog { export, proposed } => {
                    self.session.dialog = Some(Dialog::ExportPath { export, text: proposed });
                }
                Outcome::DialogClosed => {}
                Outcome::NoDialog(purpose) => {
                    let text = match (&self.document.source.path, purpose) {
                        (_, Purpose::Import | Purpose::Locate) | (None, Purpose::Open) => String::new(),
                        (Some(path), _) => path.display().to_string(),
                        (None, Purpose::Save) => self.document.source.proposed_name(&self.document.scenario),
                    };
                    self.session.dialog = Some(Dialog::Path { purpose, text });
                }
                Outcome::RecoveryFailed(message) => {
                    self.session.message = format!("Unsaved work cannot be kept safe: {message}");
                }
            }
        }
    }

    /// Moves the day on while the run is played.
    fn play(&mut self, ctx: &egui::Context) {
        let Some((since, from)) = self.session.playing_since else { return };
        let last = self.document.scenario.traffic.days.saturating_sub(1);
        let day = from + (since.elapsed().as_secs_f64() * DAYS_A_SECOND) as u32;
        self.session.day = Some(day.min(last));
        if day >= last {
            self.session.playing_since = None;
        }
        ctx.request_repaint_after(Duration::from_millis(30));
    }

    /// Keeps unsaved work safe, at most every few seconds.
    fn keep_safe(&mut self, ctx: &egui::Context) {
        let (Some(since), Some(dir)) = (self.session.unsaved_since, &self.data_dir) else { return };
        let due = self.session.recovered_at.map_or(since, |at| at.max(since)) + recovery::INTERVAL;
        let now = Instant::now();
        if now < due {
            ctx.request_repaint_after(due - now);
            return;
        }
        let scenario = &self.document.scenario;
        let text = self.document.source.to_text(scenario);
        self.tasks.recover(dir.clone(), scenario.name.clone(), self.document.source.path.clone(), text);
        self.session.recovered_at = Some(now);
        self.session.unsaved_since = None;
    }

    fn run(&mut self, ctx: &egui::Context, command: Command) {
        if command.replaces_document() && self.document.is_changed() && !self.session.may_close {
            self.session.dialog = Some(Dialog::Unsaved(Box::new(command)));
            return;
        }
        self.execute(ctx, command);
    }

    fn execute(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::OpenDialog => {
                let folder = self.folder().map(Path::to_owned);
                self.tasks.open_dialog(folder.as_deref());
            }
            Command::Open(path) => {
                self.session.dialog = None;
                match path.extension() {
                    Some(ending) if ending.eq_ignore_ascii_case("md") => self.tasks.lesson(path),
                    _ if source::is_table(&path) => self.tasks.import(path),
                    _ => self.tasks.open(path),
                }
            }
            Command::ImportDialog => {
                let folder = self.folder().map(Path::to_owned);
                self.tasks.table_dialog(folder.as_deref(), Purpose::Import);
            }
            Command::Import(path) => {
                self.session.dialog = None;
                self.session.message = format!("Reading {}", path.display());
                self.tasks.import(path);
            }
            Command::EditImport(form) => {
                if let Some(Dialog::Import(before)) = &mut self.session.dialog {
                    *before = form;
                }
            }
            Command::AcceptImport(form) => self.tasks.make_scenario(form),
            Command::LocateTable => {
                let folder = self.folder().map(Path::to_owned);
                self.tasks.table_dialog(folder.as_deref(), Purpose::Locate);
            }
            Command::UseTable(path) => {
                self.session.dialog = None;
                self.tasks.find_table(path);
            }
            Command::TakeTable => {
                let replay = self.document.scenario.replay.as_ref();
                let path = replay.map(|replay| source::path(replay, self.folder()));
                self.session.dialog = None;
                if let Some(path) = path {
                    self.tasks.find_table(path);
                }
            }
            Command::OpenLibrary(index) => match self.library.get(index).map(LibraryItem::open) {
                Some(Ok(opened)) => self.open(opened),
                Some(Err(message)) => self.notice("The scenario cannot be opened", message),
                None => {}
            },
            Command::Save => match self.document.source.path.clone() {
                Some(path) => self.run(ctx, Command::SaveTo(path)),
                None => self.run(ctx, Command::SaveAs),
            },
            Command::SaveAs => {
                let scenario = Arc::clone(&self.document.scenario);
                let name = self.document.source.proposed_name(&scenario);
                let folder = self.folder().map(Path::to_owned);
                let (source, from) = (self.document.source.clone(), folder.clone());
                self.tasks.save_dialog(folder.as_deref(), name, move |path| {
                    let scenario = tables::rebased(&scenario, from.as_deref(), path);
                    (source.to_text(&scenario), scenario)
                });
            }
            Command::SaveTo(path) => {
                self.session.dialog = None;
                let scenario = tables::rebased(&self.document.scenario, self.folder(), &path);
                self.tasks.save(path, self.document.source.to_text(&scenario), scenario);
            }
            Command::Export(_) | Command::ExportTo(..) if self.session.exporting.is_some() => {
                self.session.dialog = None;
                self.session.message = "One export at a time: wait for it, or cancel it".to_owned();
            }
            Command::CancelExport => self.tasks.cancel_export(),
            Command::Export(export) => {
                let proposed = self.export_path(export);
                self.tasks.export_dialog(export, &proposed, self.export_job(export));
            }
            Command::ExportTo(export, path) => {
                self.session.dialog = None;
                self.tasks.export(path, self.export_job(export));
            }
            Command::CopyScenario => {
                ctx.copy_text(self.document.source.to_text(&self.document.scenario));
                self.session.message = "The scenario is on the clipboard, as text".to_owned();
            }
            Command::AskPaste => ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            Command::Paste(text) => match files::parse(&text, "pasted text", None) {
                Ok(opened) => {
                    self.open(opened);
                    self.document.never_saved();
                    self.session.unsaved_since = Some(Instant::now());
                }
                Err(message) => self.notice("The pasted text is no scenario", message),
            },
            Command::Quit => {
                self.session.may_close = true;
                self.forget_recovery();
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Command::Undo => self.travel(Document::undo),
            Command::Redo => self.travel(Document::redo),
            Command::Set { address, value, dragging } => {
                let objection = parameters::objection(&self.document.scenario, address, value);
                // A slider stops at the limits of what is allowed; what was typed is refused, with the reason.
                if let Some(message) = objection {
                    return self.refuse(address.target, Some(address.key), message);
                }
                // A slider on its way makes one step to undo, not one for each frame.
                let step = self.session.dragging != Some(address);
                self.session.dragging = dragging.then_some(address);
                self.document.edit(step, |scenario| parameters::set(scenario, address, value));
                self.edited();
            }
            Command::Reset(address) => {
                if let Some(value) = self.document.original_value(address) {
                    self.session.dragging = None;
                    self.document.edit(true, |scenario| parameters::set(scenario, address, value));
                    self.edited();
                }
            }
            Command::ResetAll => {
                let original = Arc::clone(&self.document.original);
                self.document.edit(true, |scenario| scenario.clone_from(&original));
                self.edited();
            }
            Command::Select(policy) => {
                self.session.selected = policy;
                // A run of the new policy; points and curves are those of all policies, and stay.
                let points_are_whole = !self.session.curves_are_old;
                let sampled = self.session.sampling == Sampling::Done;
                self.session.timeline = None;
                self.session.studies = None;
                self.session.monitor = None;
                self.session.planned = None;
                self.session.plan = None;
                self.session.plan_failure = None;
                let wanted = self.everything();
                self.simulate(Wanted { frontier: !points_are_whole, intervals: !sampled, ..wanted });
            }
            Command::CancelSampling => {
                if let Some(worker) = &self.worker {
                    worker.cancel_sampling();
                }
            }
            Command::Sample => self.simulate(Wanted { intervals: true, ..self.owed() }),
            Command::CancelStudy => {
                if let Some(worker) = &self.worker {
                    worker.cancel_study();
                }
            }
            Command::Study => self.simulate(Wanted { study: true, ..self.owed() }),
            Command::Plan => self.simulate(Wanted { plan: true, ..self.owed() }),
            Command::CancelPlan => {
                if let Some(worker) = &self.worker {
                    worker.cancel_plan();
                }
            }
            Command::PlanWishes(wishes) => {
                if wishes != self.session.plan_wishes {
                    self.session.plan_wishes = wishes;
                    self.plans_are_old();
                    self.session.plan_failure = None;
                }
            }
            Command::LookAtPlan(plan) => self.session.plan = Some(plan),
            Command::TakePlan => self.take_plan(),
            Command::Tab(tab) => {
                self.change_setting(ctx, |s| {
                    s.tab = tab;
                    s.layout.bring_to_front(tab);
                });
                // Whoever looks does not want to wait for the intervals.
                let session = &self.session;
                let has_plans = session.planned.as_ref().is_some_and(|planned| !planned.is_old);
                let is_first_look = match tab {
                    Tab::Detection => session.studies.is_none() && session.study_failure.is_none(),
                    Tab::Plan => !has_plans && session.plan_failure.is_none() && session.planning == Sampling::None,
                    _ => false,
                };
                if is_first_look {
                    let owed = self.owed();
                    self.simulate(Wanted {
                        study: owed.study || tab == Tab::Detection,
                        plan: owed.plan || tab == Tab::Plan,
                        ..owed
                    });
                }
            }
            Command::FalseAlarms(budget) => {
                self.session.false_alarms = Some(budget);
                self.plans_are_old();
            }
            Command::Monitor(monitor) => self.session.monitor = Some(monitor),
            Command::Theme(theme) => self.change_setting(ctx, |s| s.theme = theme),
            Command::Zoom(zoom) => {
                self.change_setting(ctx, |s| s.zoom = zoom);
                ctx.set_zoom_factor(zoom.unwrap_or(1.0));
            }
            Command::CostAxis(axis) => self.change_setting(ctx, |s| s.cost = axis),
            Command::QualityAxis(axis) => self.change_setting(ctx, |s| s.quality = axis),
            Command::LogCost(on) => self.change_setting(ctx, |s| s.log_cost = on),
            Command::LaunchCurves(on) => self.change_setting(ctx, |s| s.launch_curves = on),
            Command::TypePath(typed) => {
                if let Some(Dialog::Path { text, .. } | Dialog::ExportPath { text, .. }) = &mut self.session.dialog {
                    *text = typed;
                }
            }
            Command::OpenRecent(index) => {
                if let Some(path) = self.settings.recent.get(index).cloned() {
                    self.run(ctx, Command::Open(path));
                }
            }
            // A divider on its way is not written to the disk at every step.
            Command::Dock(layout) => {
                self.settings.layout = *layout;
                self.session.layout_is_new = true;
            }
            Command::ResetLayout => self.change_setting(ctx, |s| {
                s.layout = layout::Layout::default();
                (s.hide_scenario, s.hide_summary) = (false, false);
            }),
            Command::TogglePanel(side) => self.change_setting(ctx, |s| match side {
                Side::Left => s.hide_scenario = !s.hide_scenario,
                Side::Right => s.hide_summary = !s.hide_summary,
            }),
            Command::Step(by) => {
                let count = self.document.scenario.policies.len().max(1) as isize;
                let next = (self.session.selected as isize + by).rem_euclid(count);
                self.run(ctx, Command::Select(next as usize));
            }
            Command::NextReplicate => {
                self.session.replicate = (self.session.replicate + 1) % MOST_RUNS;
                self.simulate(self.owed());
            }
            Command::Day(day) => {
                self.session.playing_since = None;
                self.session.day = day;
            }
            Command::TogglePlay => {
                let last = self.document.scenario.traffic.days.saturating_sub(1);
                let from = self.session.day.filter(|day| *day < last).unwrap_or(0);
                self.session.playing_since = match self.session.playing_since {
                    Some(_) => None,
                    None => Some((Instant::now(), from)),
                };
                self.session.day = Some(from);
            }
            Command::ShowCurve(policy, shown) => {
                if shown {
                    self.session.hidden.remove(&policy);
                } else {
                    self.session.hidden.insert(policy);
                }
            }
            Command::Floor { quality, dragging } => {
                self.session.floor = Some(quality);
                if !dragging {
                    self.simulate(Wanted { frontier: true, ..self.owed() });
                }
            }
            Command::Heat(heat) => self.change_setting(ctx, |s| s.heat = heat),
            Command::Pin => {
                if let Some(frontier) = self.session.curves.clone() {
                    let scenario = Arc::clone(&self.document.scenario);
                    let name = format!("{} {}", scenario.name, self.session.pins.len() + 1);
                    let policy = self.session.selected;
                    self.session.pins.push(Pin { name, scenario, frontier, policy });
                }
            }
            Command::RenamePin(index, name) => {
                if let Some(pin) = self.session.pins.get_mut(index) {
                    pin.name = name;
                }
            }
            Command::Unpin(index) => {
                if index < self.session.pins.len() {
                    self.session.pins.remove(index);
                }
            }
            Command::EditEntry(list, index, edit) => {
                let target = match list {
                    List::Segments => Target::Segment(index),
                    List::Tiers => Target::Tier(index),
                    List::Policies => Target::Policy(index),
                    List::Events => Target::Event(index),
                    List::Monitors => Target::Monitor(index),
                };
                self.change_entries(target, |scenario| edit::apply(scenario, list, index, &edit));
            }
            Command::AddEntry(list) => {
                let target = match list {
                    List::Segments => Target::Segment(0),
                    List::Tiers => Target::Tier(0),
                    List::Policies => Target::Policy(0),
                    List::Events => Target::Event(0),
                    List::Monitors => Target::Monitor(0),
                };
                if self.change_entries(target, |scenario| edit::add(scenario, list)) && list == List::Policies {
                    let last = self.document.scenario.policies.len().saturating_sub(1);
                    self.execute(ctx, Command::Select(last));
                }
            }
            Command::Put(entry) => {
                let target = match &entry {
                    Entry::Texts { .. } | Entry::Baseline(_) | Entry::StudyPolicy(_) => Target::Head,
                    Entry::Policy(i, _) => Target::Policy(*i),
                    Entry::Event(i, _) => Target::Event(*i),
                    Entry::Monitor(i, _) => Target::Monitor(*i),
                };
                self.change_entries(target, |scenario| edit::put(scenario, entry));
            }
            Command::Refuse(address, message) => self.refuse(address.target, Some(address.key), message),
            Command::StartLesson(index) => match Course::shipped(index) {
                Ok(course) => self.start_course(ctx, course),
                Err(message) => self.notice("The lesson cannot be opened", message),
            },
            Command::LessonStep(by) => {
                if self.session.course.as_mut().is_some_and(|course| course.go(by)) {
                    self.show_step(ctx);
                }
            }
            Command::TypeGuess(typed) => self.change_course(|course| course.typed = typed),
            Command::AddGuesses => self.change_course(Course::guess_typed),
            Command::Guess(value) => self.change_course(|course| course.guess(value)),
            Command::ForgetGuess => self.change_course(Course::forget_guess),
            Command::Reveal => self.change_course(Course::reveal),
            Command::EndLesson => {
                self.session.course = None;
                if self.session.presenting {
                    self.present(ctx, false);
                }
            }
            Command::TogglePresenter => {
                let on = !self.session.presenting;
                self.present(ctx, on);
            }
            Command::ShowLesson(shown) => self.session.lesson_aside = !shown,
            Command::Shortcuts => self.session.dialog = Some(Dialog::Shortcuts),
            Command::Dismiss => self.session.dialog = None,
            Command::Discard(then) => {
                self.session.dialog = None;
                self.execute(ctx, *then);
            }
            Command::Recover(recovered) => {
                self.session.dialog = None;
                match files::parse(&recovered.text, "recovered work", recovered.path.clone()) {
                    Ok(opened) => {
                        recovery::remove(&recovered.file);
                        self.recover(opened);
                    }
                    Err(message) => self.notice("The recovered work cannot be read", message),
                }
            }
            Command::Forget(recovered) => {
                self.session.dialog = None;
                recovery::remove(&recovered.file);
            }
        }
    }

    /// Changes entries in one step to take back, or says beside `target` why it cannot be done. Says whether it was done.
    fn change_entries(&mut self, target: Target, change: impl FnOnce(&mut Scenario) -> Result<(), String>) -> bool {
        let mut scenario = Scenario::clone(&self.document.scenario);
        let selected = scenario.policies.get(self.session.selected).map(|p| p.name.clone());
        // Whatever stands in the window must be a scenario that a file can hold.
        let done = change(&mut scenario).and_then(|()| {
            read::parse(&write::to_text(&scenario), "").map_err(|problems| {
                let first = problems.first();
                first.map_or_else(String::new, |p| format!("{}: {}", p.key, p.message))
            })
        });
        if let Err(reason) = done {
            self.refuse(target, None, reason);
            return false;
        }
        if scenario == *self.document.scenario {
            return true;
        }
        // The same policy stays in view, wherever it stands now.
        if let Some(place) = selected.and_then(|name| scenario.policy_index(&name)) {
            self.session.selected = place;
        }
        let before = places(&self.document.scenario);
        self.document.edit(true, |s| *s = scenario);
        if places(&self.document.scenario) != before {
            self.forget_results();
        }
        self.edited();
        true
    }

    /// Says beside a field that its edit was not taken over.
    fn refuse(&mut self, target: Target, key: Option<Key>, message: String) {
        self.session.message = format!("Not done: {message}");
        self.session.refused = Some(Refused { target, key, message });
    }

    /// Results by the old places of policies, segments and monitors belong to others now.
    fn forget_results(&mut self) {
        self.session.points = None;
        self.session.curves = None;
        self.session.intervals = None;
        self.session.studies = None;
        self.session.monitor = None;
        self.session.planned = None;
        self.session.plan = None;
        self.session.breakdown = None;
        self.session.hidden.clear();
    }

    /// Goes a step back or forth.
    fn travel(&mut self, go: impl FnOnce(&mut Document) -> bool) {
        let before = places(&self.document.scenario);
        if go(&mut self.document) {
            if places(&self.document.scenario) != before {
                self.forget_results();
            }
            self.edited();
        }
    }

    fn start_course(&mut self, ctx: &egui::Context, course: Course) {
        self.session.course = Some(course);
        self.session.lesson_aside = false;
        self.session.dialog = None;
        self.show_step(ctx);
    }

    fn change_course(&mut self, change: impl FnOnce(&mut Course)) {
        if let Some(course) = &mut self.session.course {
            change(course);
        }
    }

    /// Puts the scenario, the tab and the policy as the lesson's step has them.
    fn show_step(&mut self, ctx: &egui::Context) {
        let Some(course) = &self.session.course else { return };
        let step = course.current().cloned();
        let before = self.document.scenario.policies.get(self.session.selected).map(|p| p.name.clone());
        match course.scenario() {
            Ok(opened) if opened.scenario == *self.document.scenario => {}
            Ok(opened) => {
                self.document = Document::new(opened.scenario, opened.source);
                self.take_table(opened.table);
                self.start_document();
            }
            Err(message) => return self.notice("The lesson's settings do not fit its scenario", message),
        }
        let policy = step.as_ref().and_then(|s| s.policy.clone()).or(before);
        if let Some(index) = policy.and_then(|name| self.document.scenario.policy_index(&name))
            && index != self.session.selected
        {
            self.execute(ctx, Command::Select(index));
        }
        let tab = step.and_then(|s| s.tab).map(|tab| match tab {
            crate::lesson::Tab::Frontier => Tab::Frontier,
            crate::lesson::Tab::Timeline => Tab::Timeline,
            crate::lesson::Tab::Detection => Tab::Detection,
            crate::lesson::Tab::Plan => Tab::Plan,
            crate::lesson::Tab::Segments => Tab::Segments,
            crate::lesson::Tab::Money => Tab::Money,
            crate::lesson::Tab::Compare => Tab::Compare,
        });
        if let Some(tab) = tab {
            self.execute(ctx, Command::Tab(tab));
        }
    }

    /// Full screen with large type, or back.
    fn present(&mut self, ctx: &egui::Context, on: bool) {
        self.session.presenting = on;
        ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(on));
        ctx.set_zoom_factor(if on { PRESENTER_ZOOM } else { self.settings.zoom.unwrap_or(1.0) });
    }

    /// Takes over the scenario of an imported table: it is still to be saved.
    fn imported(&mut self, mut form: Box<Form>, made: Result<(Scenario, Arc<Table>), String>) {
        match made {
            Ok((scenario, table)) => {
                self.session.dialog = None;
                self.document = Document::new(scenario, files::Source::default());
                self.document.table = Some(table);
                self.document.never_saved();
                self.start_document();
                self.session.unsaved_since = Some(Instant::now());
            }
            Err(problem) => {
                form.problem = Some(problem);
                self.session.dialog = Some(Dialog::Import(form));
            }
        }
    }

    /// Recovered work is an edit of its file, or of nothing: it is still to be saved.
    fn recover(&mut self, opened: Opened) {
        let from_file = opened.source.path.as_deref().and_then(|path| files::open(path).ok());
        match from_file {
            Some(file) => {
                self.document = Document::new(file.scenario, file.source);
                self.take_table(file.table);
                self.document.edit(true, |scenario| *scenario = opened.scenario);
            }
            None => {
                self.document = Document::new(opened.scenario, opened.source);
                self.take_table(opened.table);
                self.document.never_saved();
            }
        }
        self.start_document();
        self.session.unsaved_since = Some(Instant::now());
    }

    fn change_setting(&mut self, ctx: &egui::Context, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.apply_look(ctx);
        self.keep_settings();
    }

    fn shortcuts(&mut self, ctx: &egui::Context) {
        // Keys with more modifiers first: Ctrl+Shift+S holds a Ctrl+S.
        let mut actions: Vec<_> =
            actions::ACTIONS.iter().filter_map(|a| a.keys.map(|keys| (keys, a.command))).collect();
        actions.sort_by_key(|(keys, _)| !keys.modifiers.shift);
        for (keys, command) in actions {
            if ctx.input_mut(|input| input.consume_shortcut(&keys)) {
                self.commands.push(command());
            }
        }
        // What is pasted goes to the field that has the focus; without one it is a scenario.
        if !ctx.egui_wants_keyboard_input() {
            let pasted = ctx.input(|input| {
                input.events.iter().find_map(|event| match event {
                    egui::Event::Paste(text) => Some(text.clone()),
                    _ => None,
                })
            });
            self.commands.extend(pasted.map(Command::Paste));
        }
        if self.session.presenting && ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape))
        {
            self.commands.push(Command::TogglePresenter);
        }
        let dropped = ctx.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
        if let Some(path) = dropped {
            self.commands.push(Command::Open(path));
        }
    }

    /// One frame, in any place: the window's, or a test's.
    pub fn frame(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        self.receive();
        self.shortcuts(&ctx);
        if ctx.input(|input| input.viewport().close_requested())
            && !self.session.may_close
            && self.document.is_changed()
        {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.commands.push(Command::Quit);
        }
        if self.session.exporting.is_some() {
            self.session.exporting = Some(self.tasks.export_progress());
        }
        let progress = self.worker.as_ref().map_or((0, 0), Worker::sampling_progress);
        let view = panels::View {
            document: &self.document,
            settings: &self.settings,
            session: &self.session,
            library: &self.library,
            lessons: &self.lessons,
            progress,
            study_progress: self.worker.as_ref().map_or((0, 0), Worker::study_progress),
            plan_progress: self.worker.as_ref().map_or((0, 0), Worker::plan_progress),
        };
        panels::show(ui, &view, &mut self.commands);
        for command in std::mem::take(&mut self.commands) {
            self.run(&ctx, command);
        }
        self.keep_safe(&ctx);
        if self.session.layout_is_new && !ctx.input(|input| input.pointer.any_down()) {
            self.session.layout_is_new = false;
            self.keep_settings();
        }
        self.play(&ctx);
        let mark = if self.document.is_changed() { "• " } else { "" };
        let title = format!("{mark}{} – Paretoscope", self.document.scenario.name);
        if self.session.title != title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.session.title = title;
        }
        if self.session.busy || self.session.exporting.is_some() {
            // The progress bar moves.
            ctx.request_repaint_after(Duration::from_millis(60));
        }
    }
}

/// What stands where: results are known by these places.
fn places(scenario: &Scenario) -> [Vec<String>; 4] {
    [List::Policies, List::Segments, List::Tiers, List::Monitors].map(|list| edit::names(scenario, list))
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.frame(ui);
    }
}
