//! Files and file dialogs, away from the window's thread: the window stays alive whatever a disk or a dialog takes.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::Thread;
use std::time::{Duration, Instant};

use eframe::egui;

use super::course::Course;
use super::export::{Export, ExportError};
use super::files::{self, Opened, Source};
use super::recovery;
use super::state::{Purpose, Settings};
use super::tables::{self, Form, Preview};
use crate::jobs::Control;
use crate::replay::source;
use crate::scenario::model::Scenario;
use crate::simulation::table::Table;

/// A dialog that is gone faster than this was never seen by a person: the system has none.
const BLINK: Duration = Duration::from_millis(250);

/// Computes what is exported, or says why it cannot.
pub type ExportJob = Box<dyn FnOnce(&Control) -> Result<Vec<u8>, ExportError> + Send>;

/// What a task came to.
#[derive(Debug)]
pub enum Outcome {
    /// A file was opened, or could not be.
    Opened(Result<Box<Opened>, String>),
    /// A lesson was read, or could not be.
    LessonRead(Result<Box<Course>, String>),
    /// A table was read, or could not be.
    TableRead(Result<Box<Preview>, String>),
    /// A scenario was made of a table, or could not be.
    Imported {
        /// What was said of the table.
        form: Box<Form>,
        /// The scenario with its table, or what is missing.
        made: Result<Box<(Scenario, Arc<Table>)>, String>,
    },
    /// The scenario's table was looked for in this file.
    TableFound {
        /// The file.
        path: PathBuf,
        /// The table and its hash, or why it will not do.
        result: Result<Box<Preview>, String>,
    },
    /// A file was saved, or could not be.
    Saved {
        /// The file.
        path: PathBuf,
        /// What was saved.
        scenario: Arc<Scenario>,
        /// What stands in the file now, or why it could not be saved.
        result: Result<Box<Source>, String>,
    },
    /// An export is being computed.
    Exporting(PathBuf),
    /// Something was exported, or could not be.
    Exported {
        /// The file.
        path: PathBuf,
        /// Whether it worked.
        result: Result<(), ExportError>,
    },
    /// The system has no file dialog to ask where to export to.
    NoExportDialog {
        /// What.
        export: Export,
        /// Where, as proposed.
        proposed: String,
    },
    /// The user closed a file dialog.
    DialogClosed,
    /// The system has no file dialog to show.
    NoDialog(Purpose),
    /// A recovery file could not be written.
    RecoveryFailed(String),
}

/// Tasks under way and what they came to.
pub struct Tasks {
    sender: Sender<Outcome>,
    receiver: Receiver<Outcome>,
    ctx: egui::Context,
    dialog_open: bool,
    /// Whether the system's dialogs may be shown at all.
    has_dialogs: bool,
    /// Of the newest export.
    export: Arc<Control>,
    /// Number of the newest recovery file, counted on when none is wanted any more.
    recovery: Arc<AtomicU64>,
    /// Held while a recovery file is written, so that a newer one comes after it.
    recovering: Arc<Mutex<()>>,
}

impl Tasks {
    /// None yet.
    pub fn new(ctx: egui::Context) -> Self {
        let (sender, receiver) = channel();
        Self {
            sender,
            receiver,
            ctx,
            dialog_open: false,
            has_dialogs: true,
            export: Control::new(),
            recovery: Arc::default(),
            recovering: Arc::default(),
        }
    }

    /// Shows no dialog of the system's, as where it has none: the window asks for a path instead.
    pub fn without_dialogs(&mut self) {
        self.has_dialogs = false;
    }

    /// Whether to show a dialog now: one at a time, and none where there are none, which `otherwise` says.
    fn starts_dialog(&mut self, otherwise: impl FnOnce() -> Outcome) -> bool {
        if std::mem::replace(&mut self.dialog_open, true) {
            return false;
        }
        if !self.has_dialogs {
            // The receiver lives as long as this.
            let _ = self.sender.send(otherwise());
            self.ctx.request_repaint();
        }
        self.has_dialogs
    }

    /// The window they call back.
    pub fn context(&self) -> &egui::Context {
        &self.ctx
    }

    /// What tasks came to since the last call.
    pub fn outcomes(&mut self) -> Vec<Outcome> {
        let outcomes: Vec<Outcome> = self.receiver.try_iter().collect();
        let ends_dialog = |o: &Outcome| !matches!(o, Outcome::RecoveryFailed(_) | Outcome::Exported { .. });
        if outcomes.iter().any(ends_dialog) {
            self.dialog_open = false;
        }
        outcomes
    }

    fn spawn(&self, name: &str, task: impl FnOnce() -> Option<Outcome> + Send + 'static) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            if let Some(outcome) = task() {
                // The window may be closing.
                let _ = sender.send(outcome);
                ctx.request_repaint();
            }
        });
        if let Err(error) = started {
            let _ = self.sender.send(Outcome::Opened(Err(format!("the system gives no thread: {error}"))));
        }
    }

    /// Opens a file.
    pub fn open(&self, path: PathBuf) {
        self.spawn("open", move || Some(Outcome::Opened(files::open(&path).map(Box::new))));
    }

    /// Reads a lesson.
    pub fn lesson(&self, path: PathBuf) {
        self.spawn("lesson", move || Some(Outcome::LessonRead(Course::open(&path).map(Box::new))));
    }

    /// Reads a table to show what is understood of it.
    pub fn import(&self, path: PathBuf) {
        self.spawn("import", move || Some(Outcome::TableRead(tables::preview(&path).map(Box::new))));
    }

    /// Makes a scenario of a table.
    pub fn make_scenario(&self, form: Box<Form>) {
        self.spawn("table", move || {
            let made = form.scenario().map(Box::new);
            Some(Outcome::Imported { form, made })
        });
    }

    /// Looks for the scenario's table in a file.
    pub fn find_table(&self, path: PathBuf) {
        self.spawn("table", move || {
            let result = tables::preview(&path).map(Box::new);
            Some(Outcome::TableFound { path, result })
        });
    }

    /// Shows the system's dialog and reads the table that is picked.
    pub fn table_dialog(&mut self, folder: Option<&Path>, purpose: Purpose) {
        if !self.starts_dialog(|| Outcome::NoDialog(purpose)) {
            return;
        }
        let dialog =
            rfd::AsyncFileDialog::new().add_filter("Evaluation table", source::ENDINGS).add_filter("All files", &["*"]);
        let dialog = folder.map_or(dialog.clone(), |folder| dialog.set_directory(folder));
        let picked = dialog.set_title("Evaluation table").pick_file();
        self.spawn("table dialog", move || {
            let shown = Instant::now();
            Some(match block_on(picked) {
                Some(file) => {
                    let path = file.path().to_owned();
                    let result = tables::preview(&path).map(Box::new);
                    match purpose {
                        Purpose::Locate => Outcome::TableFound { path, result },
                        _ => Outcome::TableRead(result),
                    }
                }
                None if shown.elapsed() < BLINK => Outcome::NoDialog(purpose),
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Saves to a file what `to_text` makes of the document for it.
    pub fn save(&self, path: PathBuf, to_text: impl FnOnce(&Path) -> (String, Arc<Scenario>) + Send + 'static) {
        self.spawn("save", move || Some(save(path, to_text)));
    }

    /// Shows the system's dialog and opens what is picked.
    pub fn open_dialog(&mut self, folder: Option<&Path>) {
        if !self.starts_dialog(|| Outcome::NoDialog(Purpose::Open)) {
            return;
        }
        // Made here because macOS wants dialogs made on the first thread; waited for elsewhere.
        let picked = dialog(folder).add_filter("Report", &["html"]).set_title("Open a scenario").pick_file();
        self.spawn("open dialog", move || {
            let shown = Instant::now();
            Some(match block_on(picked) {
                Some(file) => Outcome::Opened(files::open(file.path()).map(Box::new)),
                None if shown.elapsed() < BLINK => Outcome::NoDialog(Purpose::Open),
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Shows the system's dialog and saves to what is picked.
    pub fn save_dialog(
        &mut self,
        folder: Option<&Path>,
        name: String,
        to_text: impl FnOnce(&Path) -> (String, Arc<Scenario>) + Send + 'static,
    ) {
        if !self.starts_dialog(|| Outcome::NoDialog(Purpose::Save)) {
            return;
        }
        let picked = dialog(folder).set_title("Save the scenario as").set_file_name(name).save_file();
        self.spawn("save dialog", move || {
            let shown = Instant::now();
            Some(match block_on(picked) {
                Some(file) => save(file.path().to_owned(), to_text),
                None if shown.elapsed() < BLINK => Outcome::NoDialog(Purpose::Save),
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Shows the system's dialog and exports to what is picked.
    pub fn export_dialog(&mut self, export: Export, proposed: &Path, job: ExportJob) {
        if !self.starts_dialog(|| Outcome::NoExportDialog { export, proposed: proposed.display().to_string() }) {
            return;
        }
        let ending = export.ending();
        let mut dialog = rfd::AsyncFileDialog::new().add_filter(ending.to_uppercase(), &[ending]).set_title("Export");
        if let Some(folder) = proposed.parent().filter(|p| !p.as_os_str().is_empty()) {
            dialog = dialog.set_directory(folder);
        }
        if let Some(name) = proposed.file_name() {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
        let picked = dialog.save_file();
        let proposed = proposed.display().to_string();
        self.export = Control::new();
        let (sender, ctx, control) = (self.sender.clone(), self.ctx.clone(), Arc::clone(&self.export));
        self.spawn("export dialog", move || {
            let shown = Instant::now();
            Some(match block_on(picked) {
                Some(file) => write_export(file.path().to_owned(), job, &sender, &ctx, &control),
                None if shown.elapsed() < BLINK => Outcome::NoExportDialog { export, proposed },
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Exports to a file.
    pub fn export(&mut self, path: PathBuf, job: ExportJob) {
        self.export = Control::new();
        let (sender, ctx, control) = (self.sender.clone(), self.ctx.clone(), Arc::clone(&self.export));
        self.spawn("export", move || Some(write_export(path, job, &sender, &ctx, &control)));
    }

    /// Stops the export under way; its file stays as it was.
    pub fn cancel_export(&self) {
        self.export.cancel();
    }

    /// Steps of the export done and in all.
    pub fn export_progress(&self) -> (u64, u64) {
        self.export.progress()
    }

    /// Writes the recovery file.
    pub fn recover(&self, dir: PathBuf, scenario: Arc<Scenario>, source: Source) {
        let number = self.recovery.fetch_add(1, Ordering::SeqCst) + 1;
        let (newest, recovering) = (Arc::clone(&self.recovery), Arc::clone(&self.recovering));
        self.spawn("recovery", move || {
            let is_wanted = || newest.load(Ordering::SeqCst) == number;
            let text = source.to_text(&scenario);
            // Nothing is kept behind it: one that was left locked by a fault will do.
            let _turn = recovering.lock();
            if !is_wanted() {
                return None;
            }
            let written = recovery::write(&dir, scenario.name.clone(), source.path, text);
            if !is_wanted() {
                // Saved or given up meanwhile. A newer one is still waiting for its turn.
                recovery::remove_own(&dir);
            }
            written.err().map(|e| Outcome::RecoveryFailed(e.to_string()))
        });
    }

    /// Everything is saved or was given up: no recovery file is wanted.
    pub fn forget_recovery(&self, dir: &Path) {
        self.recovery.fetch_add(1, Ordering::SeqCst);
        recovery::remove_own(dir);
    }

    /// Keeps the settings; a failure costs no work and is not worth a message.
    pub fn keep_settings(&self, dir: PathBuf, settings: Settings) {
        self.spawn("settings", move || {
            let _ = recovery::write_settings(&dir, &settings);
            None
        });
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        // Nobody is left to wait for it.
        self.cancel_export();
    }
}

fn save(path: PathBuf, to_text: impl FnOnce(&Path) -> (String, Arc<Scenario>)) -> Outcome {
    let (text, scenario) = to_text(&path);
    let result = files::save(&path, &text).map(|()| {
        // The new text is what the next save keeps the comments of.
        let opened = files::parse(&text, "", Some(path.clone()));
        Box::new(
            opened.map_or_else(|_| Source { path: Some(path.clone()), ..Source::default() }, |opened| opened.source),
        )
    });
    Outcome::Saved { path, scenario, result }
}

fn write_export(
    path: PathBuf,
    job: ExportJob,
    sender: &Sender<Outcome>,
    ctx: &egui::Context,
    control: &Control,
) -> Outcome {
    // The window may be closing.
    let _ = sender.send(Outcome::Exporting(path.clone()));
    ctx.request_repaint();
    let result = job(control).and_then(|bytes| files::save_bytes(&path, &bytes).map_err(ExportError::Failed));
    Outcome::Exported { path, result }
}

fn dialog(folder: Option<&Path>) -> rfd::AsyncFileDialog {
    let dialog = rfd::AsyncFileDialog::new().add_filter("Scenario", &["toml"]).add_filter("All files", &["*"]);
    match folder {
        Some(folder) => dialog.set_directory(folder),
        None => dialog,
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
