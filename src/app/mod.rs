//! The window.
//!
//! A frame reads the state and sends [`Command`]s; they run when the frame is over. Simulation, files and dialogs run on
//! other threads (`worker`, `tasks`) and send what they find.

pub mod actions;
pub mod arrival;
pub mod beside;
pub mod chart;
pub mod command;
pub mod course;
pub mod describing;
pub mod difference;
pub mod document;
mod documents;
mod editing;
mod execute;
pub mod export;
pub mod exporting;
pub mod files;
pub mod glossary;
pub mod labels;
pub mod layout;
pub mod manual;
pub mod panels;
pub mod parameters;
pub mod parked;
pub mod plots;
mod products;
mod receive;
pub mod recovery;
pub mod results;
pub mod rows;
pub mod session;
pub mod settings;
mod signals;
mod simulate;
pub mod stamp;
pub mod tab;
pub mod tables;
pub mod tasks;
mod teaching;
pub mod theme;
pub mod thumbnail;
pub mod versions;
pub mod view;
pub mod worker;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui;

use crate::model::Scenario;
use crate::report;
use crate::scenario::visible::{shortened, shown};
use arrival::Arrival;
use command::Command;
use document::Document;
use files::LibraryItem;
use parked::Parked;
use recovery::Recovered;
use session::{Dialog, Session};
use settings::{Settings, ThemeChoice};
use signals::Ending;
use tasks::Tasks;
use thumbnail::Thumbnail;
use worker::Worker;

/// Days that pass in a second while a run is played.
const DAYS_A_SECOND: f64 = 12.0;

/// Most characters of a scenario's name in the title of the window.
const MOST_IN_TITLE: usize = 100;

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
        Box::new(|creation| {
            let has_file = file.is_some();
            let mut app = App::new(&creation.egui_ctx, file, recovery::data_dir());
            if !has_file {
                app.show_start_page();
            }
            app.ending.listen(&creation.egui_ctx);
            Ok(Box::new(app))
        }),
    )
}

/// The window's state.
pub struct App {
    document: Document,
    /// The other scenarios that are open.
    parked: Vec<Parked>,
    /// How many of them stand before the one that is looked at.
    place: usize,
    settings: Settings,
    session: Session,
    worker: Option<Worker>,
    tasks: Tasks,
    library: Vec<LibraryItem>,
    lessons: Vec<(String, u32)>,
    /// Small pictures of the library, as far as they are worked out.
    thumbnails: Vec<Option<Thumbnail>>,
    data_dir: Option<PathBuf>,
    commands: Vec<Command>,
    /// The document that has arrived, while it is asked whether to take it over.
    arrived: Option<Arrival>,
    /// Unsaved work of earlier windows that is still to be offered.
    offered: VecDeque<Recovered>,
    /// The file that the window was started with, until nothing is to be offered any more.
    start_file: Option<PathBuf>,
    /// What is ready for the clipboard, which belongs to the frame.
    copied: Option<(export::Export, Result<exporting::Clip, export::ExportError>)>,
    /// The system wants the window to end.
    ending: Ending,
}

impl App {
    /// A window on `file` or on the flagship. `data_dir` holds settings and recovery files; without one, neither is kept.
    pub fn new(ctx: &egui::Context, file: Option<PathBuf>, data_dir: Option<PathBuf>) -> Self {
        theme::install(ctx);
        let library = files::library();
        let flagship = library.first().and_then(|item| item.open().ok());
        let document = flagship.map_or_else(
            || Document::new(Scenario::default(), files::Source::default()),
            |opened| Document::new(opened.scenario, opened.source),
        );
        let tasks = Tasks::new(ctx.clone());
        let mut settings = data_dir.clone().and_then(|dir| tasks.read_settings(dir)).unwrap_or_default();
        // What stands beside the tabs speaks of this one.
        settings.layout.bring_to_front(settings.tab, plots::entry(settings.tab).is_tall);
        let repaint = ctx.clone();
        let worker = Worker::start(Box::new(move || repaint.request_repaint()));
        let mut app = Self {
            document,
            parked: Vec::new(),
            place: 0,
            settings,
            session: Session::default(),
            tasks,
            library,
            lessons: course::titles(),
            thumbnails: Vec::new(),
            data_dir,
            commands: Vec::new(),
            worker: None,
            arrived: None,
            offered: VecDeque::new(),
            start_file: None,
            copied: None,
            ending: Ending::default(),
        };
        match worker {
            Ok(worker) => app.worker = Some(worker),
            Err(error) => app.session.failure = Some(format!("the system gives no thread to simulate on: {error}")),
        }
        app.apply_look(ctx);
        app.start_document();
        match (&app.data_dir, file) {
            // Unsaved work comes first, that of this file before any other.
            (Some(dir), file) => {
                app.start_file.clone_from(&file);
                app.tasks.find_recovery(dir.clone(), file);
            }
            (None, Some(file)) => app.send(Command::Open(file)),
            (None, None) => {}
        }
        app
    }

    /// The same without the system's file dialogs: the window asks for paths itself. For tests, which must not open any.
    #[must_use]
    pub fn without_file_dialogs(mut self) -> Self {
        self.tasks.without_dialogs();
        self
    }

    /// Shows what a person can begin with, over what is open.
    pub fn show_start_page(&mut self) {
        if self.thumbnails.is_empty() {
            self.thumbnails = vec![None; self.library.len()];
            self.tasks.thumbnails(self.library.clone());
        }
        self.session.dialog = Some(Dialog::Start);
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What is kept between starts.
    pub fn settings(&self) -> &Settings {
        &self.settings
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
        if let Some(zoom) = self.settings.zoom.filter(|_| !self.session.presenting) {
            ctx.set_zoom_factor(zoom);
        }
    }

    fn notice(&mut self, title: &str, text: String) {
        self.session.dialog = Some(Dialog::Notice { title: title.to_owned(), text });
    }

    fn keep_settings(&self) {
        if let Some(dir) = &self.data_dir {
            self.tasks.keep_settings(dir.clone(), self.settings.clone());
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
        let Some(since) = self.session.unsaved_since.filter(|_| self.data_dir.is_some()) else { return };
        let due = self.session.recovered_at.map_or(since, |at| at.max(since)) + recovery::INTERVAL;
        let now = Instant::now();
        if now < due {
            ctx.request_repaint_after(due - now);
            return;
        }
        self.write_recovery();
    }

    /// Closes the window when the system wants that. Unsaved work is in its recovery file by then.
    fn follow_system(&mut self, ctx: &egui::Context) {
        let unsaved: Vec<&Document> = self.documents().filter(|document| document.is_changed()).collect();
        self.ending.note(self.data_dir.as_deref(), &unsaved);
        if self.ending.is_wanted() && !self.session.may_close {
            self.session.may_close = true;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    /// Ctrl with plus and minus is egui's own; what it sets is kept like what the menu sets.
    fn follow_zoom(&mut self, ctx: &egui::Context) {
        let now = ctx.zoom_factor();
        if !self.session.presenting && (now - self.settings.zoom.unwrap_or(1.0)).abs() > 1e-3 {
            self.settings.zoom = ((now - 1.0).abs() > 1e-3).then_some(now);
            self.keep_settings();
        }
    }

    fn shortcuts(&mut self, ctx: &egui::Context) {
        // Keys with more modifiers first: Ctrl+Shift+S holds a Ctrl+S.
        let mut actions: Vec<_> =
            actions::all().into_iter().filter_map(|a| a.keys.map(|keys| (keys, a.command))).collect();
        actions.sort_by_key(|(keys, _)| !keys.modifiers.shift);
        // What is asked comes first: nothing changes behind it.
        let is_asked = self.session.dialog.as_ref().is_some_and(Dialog::asks);
        for (keys, command) in actions {
            if !is_asked && ctx.input_mut(|input| input.consume_shortcut(&keys)) {
                self.commands.push(command());
            }
        }
        if matches!(self.session.dialog, Some(Dialog::Sheet(..))) {
            // Several cells are meant for the table, whichever of its fields has the focus.
            let is_table = |text: &str| text.contains(['\t', '\n']);
            let pasted = ctx.input_mut(|input| {
                let place =
                    input.events.iter().position(|e| matches!(e, egui::Event::Paste(text) if is_table(text)))?;
                Some(input.events.remove(place))
            });
            if let Some(egui::Event::Paste(text)) = pasted {
                self.commands.push(Command::PasteSheet(text));
            }
        } else if !ctx.egui_wants_keyboard_input() {
            // What is pasted goes to the field that has the focus; without one it is a scenario.
            let pasted = ctx.input(|input| {
                input.events.iter().find_map(|event| match event {
                    egui::Event::Paste(text) => Some(text.clone()),
                    _ => None,
                })
            });
            self.commands.extend(pasted.map(Command::Paste));
        }
        let escape =
            |ctx: &egui::Context| ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        // A dialog or an open menu over it is closed first.
        let is_covered = self.session.dialog.is_some() || egui::Popup::is_any_open(ctx);
        if self.session.manual.is_open && !is_covered && escape(ctx) {
            self.commands.push(Command::CloseManual);
        }
        if self.session.presenting && escape(ctx) {
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
        if let Some((export, made)) = self.copied.take() {
            self.put_on_clipboard(&ctx, export, made);
        }
        self.shortcuts(&ctx);
        self.follow_zoom(&ctx);
        if ctx.input(|input| input.viewport().close_requested()) && !self.session.may_close && self.unsaved().is_some()
        {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.commands.push(Command::Quit);
        }
        if self.session.exporting.is_some() {
            self.session.exporting = Some(self.tasks.export_progress());
        }
        let progress = self.worker.as_ref().map_or((0, 0), Worker::sampling_progress);
        if progress.1 > 0 {
            self.session.sampling_since.get_or_insert_with(Instant::now);
        }
        let view = view::View {
            document: &self.document,
            parked: &self.parked,
            place: self.place,
            settings: &self.settings,
            session: &self.session,
            library: &self.library,
            lessons: &self.lessons,
            thumbnails: &self.thumbnails,
            progress,
            study_progress: self.worker.as_ref().map_or((0, 0), Worker::study_progress),
            plan_progress: self.worker.as_ref().map_or((0, 0), Worker::plan_progress),
            decision_progress: self.worker.as_ref().map_or((0, 0), Worker::decision_progress),
            rollout_progress: self.worker.as_ref().map_or((0, 0), Worker::rollout_progress),
            sweep_progress: self.worker.as_ref().map_or((0, 0), Worker::sweep_progress),
            range_progress: self.worker.as_ref().map_or((0, 0), Worker::range_progress),
            calibration_progress: self.worker.as_ref().map_or((0, 0), Worker::calibration_progress),
        };
        panels::show(ui, &view, &mut self.commands);
        for command in std::mem::take(&mut self.commands) {
            self.run(&ctx, command);
        }
        if ctx.input(|input| input.pointer.any_released()) {
            // The next drag of the same slider is a step of its own.
            self.session.dragging = None;
        }
        self.describe();
        self.keep_safe(&ctx);
        self.follow_system(&ctx);
        self.tasks.watch(&self.document.source);
        if self.session.layout_is_new && !ctx.input(|input| input.pointer.any_down()) {
            self.session.layout_is_new = false;
            self.keep_settings();
        }
        self.play(&ctx);
        let mark = if self.document.is_changed() { "• " } else { "" };
        let name = shown(&self.document.scenario.name).into_owned();
        let title = format!("{mark}{} – Paretoscope", shortened(&name, MOST_IN_TITLE));
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

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.frame(ui);
    }
}
