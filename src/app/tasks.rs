//! Files and file dialogs, away from the window's thread: the window stays alive whatever a disk or a dialog takes.

use std::collections::VecDeque;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake};
use std::thread::Thread;
use std::time::{Duration, Instant, SystemTime};

use eframe::egui;

use super::course::{Course, Unread};
use super::describing::{self, Made};
use super::difference::{self, Line};
use super::export::{Export, ExportError};
use super::exporting::{Clip, clip};
use super::files::{self, Guard, LibraryItem, Opened, Source, Surroundings, Unwritten};
use super::recovery::{self, Own, Recovered, Rescued};
use super::session::Purpose;
use super::settings::Settings;
use super::stamp::{Change, Look, Stamp};
use super::tables::{self, Form, Lost, Preview};
use super::thumbnail::{self, Thumbnail};
use super::versions::{self, Version};
use crate::describe::Answers;
use crate::jobs::Control;
use crate::model::{Replay, Scenario};
use crate::prices::PriceList;
use crate::replay::source;
use crate::simulation::table::Table;

/// A dialog that is gone faster than this was never seen by a person: the system has none.
const BLINK: Duration = Duration::from_millis(250);

/// How long the window waits for its settings before it opens without them.
const PATIENCE: Duration = Duration::from_millis(500);
/// Time between two looks at the document's file.
const WATCH_INTERVAL: Duration = Duration::from_secs(2);

/// Computes what is exported, or says why it cannot.
pub type ExportJob = Box<dyn FnOnce(&Control) -> Result<Vec<u8>, ExportError> + Send>;

/// What a task came to.
#[derive(Debug)]
pub enum Outcome {
    /// A file was opened, or could not be.
    Opened(Result<Box<Opened>, String>),
    /// Pasted text was read, or is no scenario.
    Pasted(Result<Box<Opened>, String>),
    /// Settings that came late, from a slow disk.
    SettingsRead(Box<Settings>),
    /// Unsaved work of earlier windows was looked for.
    RecoveryFound(VecDeque<Recovered>),
    /// Unsaved work was read, or cannot be.
    RecoveredRead(Result<Box<Rescued>, String>),
    /// The document's file is not as it was read any more.
    FileChanged {
        /// As it was read.
        stamp: Stamp,
        /// What became of it; `None`: it is as it was again.
        change: Option<Change>,
    },
    /// The document was compared with its file.
    Compared {
        /// The file.
        path: PathBuf,
        /// The file as it was compared.
        now: Option<Stamp>,
        /// How they differ, or why that cannot be told.
        result: Result<Vec<Line>, String>,
    },
    /// A lesson was read, or could not be.
    LessonRead {
        /// Its file; empty for a shipped one.
        path: PathBuf,
        /// The lesson, or why it could not be read.
        result: Result<Box<Course>, Unread>,
    },
    /// A table was read, or could not be.
    TableRead(Result<Box<Preview>, String>),
    /// A scenario was made of a table, or could not be.
    Imported {
        /// What was said of the table.
        form: Box<Form>,
        /// The scenario with its table, or what is missing.
        made: Result<Box<(Scenario, Arc<Table>)>, String>,
    },
    /// The table was read that this scenario replays, or could not be.
    ScenarioTable {
        /// The document's number.
        of: u64,
        /// What of it is replayed.
        replay: Option<Replay>,
        /// The table, or why it is not at hand.
        result: Result<Option<Arc<Table>>, Lost>,
    },
    /// The scenario's table was looked for in this file.
    TableFound {
        /// The document's number.
        of: u64,
        /// The file.
        path: PathBuf,
        /// The table and its hash, or why it will not do.
        result: Result<Box<Preview>, String>,
    },
    /// A file was saved, or could not be.
    Saved {
        /// The document's number.
        of: u64,
        /// The file.
        path: PathBuf,
        /// What was saved.
        scenario: Arc<Scenario>,
        /// What stands in the file now, or why it was not saved.
        result: Result<Box<Source>, Unwritten>,
    },
    /// An export is being computed.
    Exporting(PathBuf),
    /// Something was exported, or could not be.
    Exported {
        /// What.
        export: Export,
        /// The file.
        path: PathBuf,
        /// Whether it worked.
        result: Result<(), ExportError>,
    },
    /// The small picture of a scenario of the library, by its place; `None`: it has none.
    Thumbnail(usize, Option<Thumbnail>),
    /// Earlier versions of the scenario were looked for.
    Versions(Vec<Version>),
    /// One of them was read for the document of this number, or could not be.
    Version(u64, Result<Box<Scenario>, String>),
    /// Something was made ready for the clipboard, or could not be.
    Copied(Export, Result<Clip, ExportError>),
    /// The system has no file dialog to ask where to export to.
    NoExportDialog {
        /// What.
        export: Export,
        /// Where, as proposed.
        proposed: String,
    },
    /// Answers about a product were worked out.
    Described {
        /// The answers.
        answers: Box<Answers>,
        /// What they came to.
        made: Made,
    },
    /// A price list was read, or cannot be used.
    PricesRead(Result<Box<PriceList>, String>),
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
    /// Held while settings are written; the number of those written last.
    settings: Arc<Mutex<u64>>,
    /// Number of the newest settings.
    settings_number: AtomicU64,
    /// The file whose changes are looked for.
    watched: Arc<Mutex<Option<Watched>>>,
}

/// A file, as it was read.
type Watched = (PathBuf, Stamp);

impl Tasks {
    /// None yet.
    pub fn new(ctx: egui::Context) -> Self {
        let (sender, receiver) = channel();
        let watched = Arc::default();
        watch(&watched, sender.clone(), ctx.clone());
        Self {
            sender,
            receiver,
            ctx,
            dialog_open: false,
            has_dialogs: true,
            export: Control::new(),
            settings: Arc::default(),
            settings_number: AtomicU64::new(0),
            watched,
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
        let ends_dialog = |o: &Outcome| {
            use Outcome::{Described, Exported, FileChanged, RecoveryFailed, RecoveryFound, SettingsRead};
            !matches!(
                o,
                RecoveryFailed(_)
                    | Exported { .. }
                    | FileChanged { .. }
                    | RecoveryFound(_)
                    | SettingsRead(_)
                    | Described { .. }
            )
        };
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

    /// Reads the settings, and waits a moment for them: the first frame has them, unless the disk is slow. Late ones come later.
    pub fn read_settings(&self, dir: PathBuf) -> Option<Settings> {
        let (give, take) = channel();
        self.spawn("read settings", move || {
            let settings = recovery::read_settings(&dir);
            give.send(settings).err().map(|late| Outcome::SettingsRead(Box::new(late.0)))
        });
        take.recv_timeout(PATIENCE).ok()
    }

    /// Looks for unsaved work of earlier windows, of this file first.
    pub fn find_recovery(&self, dir: PathBuf, first: Option<PathBuf>) {
        self.spawn("find recovery", move || Some(Outcome::RecoveryFound(recovery::find(&dir, first.as_deref()))));
    }

    /// Reads unsaved work of an earlier window, and the file it belongs to.
    pub fn rescue(&self, recovered: Recovered, trusted: Vec<PathBuf>) {
        self.spawn("recover", move || {
            Some(Outcome::RecoveredRead(recovery::rescue(recovered, &trusted).map(Box::new)))
        });
    }

    /// Removes unsaved work that is not wanted.
    pub fn throw_away(&self, recovered: Recovered) {
        self.spawn("throw away", move || {
            recovery::remove(&recovered.file);
            None
        });
    }

    /// Works out the small pictures of the library, one after the other.
    pub fn thumbnails(&self, items: Vec<LibraryItem>) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.spawn("thumbnails", move || {
            for (index, item) in items.iter().enumerate() {
                let picture = item.open().ok().and_then(|opened| thumbnail::of(&opened.scenario));
                // The window may be closing.
                sender.send(Outcome::Thumbnail(index, picture)).ok()?;
                ctx.request_repaint();
            }
            None
        });
    }

    /// Keeps a version of a scenario, known by `of`.
    pub fn keep_version(&self, dir: PathBuf, of: String, scenario: Arc<Scenario>, source: Source) {
        self.spawn("version", move || {
            // Versions are a help beside the file; one that cannot be kept stops nobody.
            let _ = versions::keep(&dir, &of, &source.to_text(&scenario), SystemTime::now());
            None
        });
    }

    /// Looks for the versions of a scenario.
    pub fn versions(&self, dir: PathBuf, of: String) {
        self.spawn("versions", move || Some(Outcome::Versions(versions::list(&dir, &of))));
    }

    /// Reads a version for the document of number `of`.
    pub fn version(&self, of: u64, version: Version) {
        self.spawn("version", move || {
            let text = versions::read(&version).ok_or_else(|| "it is gone, or is no text".to_owned());
            let read = text.and_then(|text| {
                files::parse(&text, "the version", Surroundings::default()).map(|opened| Box::new(opened.scenario))
            });
            Some(Outcome::Version(of, read))
        });
    }

    /// Reads a scenario of the library.
    pub fn library(&self, item: LibraryItem) {
        self.spawn("library", move || Some(Outcome::Opened(item.open().map(Box::new))));
    }

    /// Reads text as a scenario.
    pub fn paste(&self, text: String) {
        self.spawn("paste", move || {
            Some(Outcome::Pasted(files::parse(&text, "pasted text", Surroundings::default()).map(Box::new)))
        });
    }

    /// Reads a shipped lesson.
    pub fn shipped_lesson(&self, index: usize) {
        self.spawn("lesson", move || {
            let result = Course::shipped(index).map(Box::new);
            Some(Outcome::LessonRead { path: PathBuf::new(), result })
        });
    }

    /// Looks from now on whether this document's file changes.
    pub fn watch(&self, source: &Source) {
        let Ok(mut watched) = self.watched.lock() else { return };
        let wanted = source.path.as_ref().zip(source.stamp.as_ref());
        if watched.as_ref().map(|(path, stamp)| (path, stamp)) != wanted {
            *watched = wanted.map(|(path, stamp)| (path.clone(), stamp.clone()));
        }
    }

    /// Compares the document, as it would be saved, with what stands in a file.
    pub fn compare(&self, path: PathBuf, to_text: impl FnOnce(&Path) -> (String, Arc<Scenario>) + Send + 'static) {
        self.spawn("compare", move || {
            let now = Stamp::now(&path);
            let result = difference::with_file(&path, &to_text(&path).0);
            Some(Outcome::Compared { path, now, result })
        });
    }

    /// Opens a file.
    pub fn open(&self, path: PathBuf, trusted: Vec<PathBuf>) {
        self.spawn("open", move || Some(Outcome::Opened(files::open(&path, &trusted).map(Box::new))));
    }

    /// Reads the table of a scenario, that of the document of number `of`.
    pub fn scenario_table(&self, of: u64, scenario: Arc<Scenario>, folder: Option<PathBuf>, trusted: Vec<PathBuf>) {
        self.spawn("table", move || {
            let result = tables::of_scenario(&scenario, folder.as_deref(), &trusted);
            Some(Outcome::ScenarioTable { of, replay: scenario.replay.clone(), result })
        });
    }

    /// Reads a lesson.
    pub fn lesson(&self, path: PathBuf, trusted: Vec<PathBuf>) {
        self.spawn("lesson", move || {
            let result = Course::open(&path, &trusted).map(Box::new);
            Some(Outcome::LessonRead { path, result })
        });
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

    /// Works out what answers about a product come to.
    pub fn describe(&self, answers: Answers, list: Option<Arc<PriceList>>) {
        self.spawn("describe", move || {
            let made = describing::make(&answers, describing::list(list.as_ref()));
            Some(Outcome::Described { answers: Box::new(answers), made })
        });
    }

    /// Reads a price list.
    pub fn prices(&self, path: PathBuf) {
        self.spawn("prices", move || Some(Outcome::PricesRead(files::price_list(&path).map(Box::new))));
    }

    /// Shows the system's dialog and reads the price list that is picked.
    pub fn prices_dialog(&mut self) {
        if !self.starts_dialog(|| Outcome::NoDialog(Purpose::Prices)) {
            return;
        }
        let dialog =
            rfd::AsyncFileDialog::new().add_filter("Price list", &["json", "toml"]).add_filter("All files", &["*"]);
        let picked = dialog.set_title("Load a price list").pick_file();
        self.spawn("prices dialog", move || {
            let shown = Instant::now();
            Some(match block_on(picked) {
                Some(file) => Outcome::PricesRead(files::price_list(file.path()).map(Box::new)),
                None if shown.elapsed() < BLINK => Outcome::NoDialog(Purpose::Prices),
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Looks in a file for the table of the document of number `of`.
    pub fn find_table(&self, of: u64, path: PathBuf) {
        self.spawn("table", move || {
            let result = tables::preview(&path).map(Box::new);
            Some(Outcome::TableFound { of, path, result })
        });
    }

    /// Shows the system's dialog and reads the table that is picked, for the document of number `of`.
    pub fn table_dialog(&mut self, of: u64, folder: Option<&Path>, purpose: Purpose) {
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
                        Purpose::Locate => Outcome::TableFound { of, path, result },
                        _ => Outcome::TableRead(result),
                    }
                }
                None if shown.elapsed() < BLINK => Outcome::NoDialog(purpose),
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Saves to a file what `to_text` makes of the document of number `of` for it.
    pub fn save(
        &self,
        of: u64,
        path: PathBuf,
        to: Destination,
        to_text: impl FnOnce(&Path) -> (String, Arc<Scenario>) + Send + 'static,
    ) {
        self.spawn("save", move || Some(save(of, path, &to, to_text)));
    }

    /// Shows the system's dialog and opens what is picked.
    pub fn open_dialog(&mut self, folder: Option<&Path>, trusted: Vec<PathBuf>) {
        if !self.starts_dialog(|| Outcome::NoDialog(Purpose::Open)) {
            return;
        }
        // Made here because macOS wants dialogs made on the first thread; waited for elsewhere.
        let picked = dialog(folder).add_filter("Report", &["html"]).set_title("Open a scenario").pick_file();
        self.spawn("open dialog", move || {
            let shown = Instant::now();
            Some(match block_on(picked) {
                Some(file) => Outcome::Opened(files::open(file.path(), &trusted).map(Box::new)),
                None if shown.elapsed() < BLINK => Outcome::NoDialog(Purpose::Open),
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Shows the system's dialog and saves the document of number `of` to what is picked.
    pub fn save_dialog(
        &mut self,
        of: u64,
        folder: Option<&Path>,
        name: String,
        to: impl FnOnce(&Path) -> Destination + Send + 'static,
        to_text: impl FnOnce(&Path) -> (String, Arc<Scenario>) + Send + 'static,
    ) {
        if !self.starts_dialog(|| Outcome::NoDialog(Purpose::Save)) {
            return;
        }
        let picked = dialog(folder).set_title("Save the scenario as").set_file_name(name).save_file();
        self.spawn("save dialog", move || {
            let shown = Instant::now();
            Some(match block_on(picked) {
                Some(file) => save(of, file.path().to_owned(), &to(file.path()), to_text),
                None if shown.elapsed() < BLINK => Outcome::NoDialog(Purpose::Save),
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Shows the system's dialog and exports to what is picked.
    pub fn export_dialog(&mut self, export: Export, proposed: &Path, inputs: Vec<PathBuf>, job: ExportJob) {
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
                Some(file) => {
                    // The system has asked.
                    let to = Destination { guard: Guard::Agreed, inputs };
                    write_export(export, file.path().to_owned(), &to, job, &sender, &ctx, &control)
                }
                None if shown.elapsed() < BLINK => Outcome::NoExportDialog { export, proposed },
                None => Outcome::DialogClosed,
            })
        });
    }

    /// Exports to a file.
    pub fn export(&mut self, export: Export, path: PathBuf, to: Destination, job: ExportJob) {
        self.export = Control::new();
        let (sender, ctx, control) = (self.sender.clone(), self.ctx.clone(), Arc::clone(&self.export));
        self.spawn("export", move || Some(write_export(export, path, &to, job, &sender, &ctx, &control)));
    }

    /// Makes an export ready for the clipboard.
    pub fn copy(&mut self, export: Export, job: ExportJob) {
        self.export = Control::new();
        let control = Arc::clone(&self.export);
        self.spawn("copy", move || Some(Outcome::Copied(export, job(&control).and_then(|bytes| clip(export, bytes)))));
    }

    /// Stops the export under way; its file stays as it was.
    pub fn cancel_export(&self) {
        self.export.cancel();
    }

    /// Steps of the export done and in all.
    pub fn export_progress(&self) -> (u64, u64) {
        self.export.progress()
    }

    /// Writes a document's recovery file.
    pub fn recover(&self, dir: PathBuf, own: &Arc<Own>, scenario: Arc<Scenario>, source: Source) {
        let (own, turn) = (Arc::clone(own), own.turn());
        self.spawn("recovery", move || {
            let written = own.write(turn, &dir, &scenario, &source);
            written.err().map(|e| Outcome::RecoveryFailed(e.to_string()))
        });
    }

    /// All of a document is saved or was given up: no recovery file is wanted. Gives what to wait for until that is done.
    pub fn forget_recovery(&self, dir: PathBuf, own: &Arc<Own>) -> Receiver<()> {
        let (own, turn) = (Arc::clone(own), own.turn());
        let (done, wait) = channel();
        self.spawn("forget recovery", move || {
            // The sender goes when this is over.
            let _done = done;
            own.forget(turn, &dir);
            None
        });
        wait
    }

    /// Keeps the settings; a failure costs no work and is not worth a message.
    pub fn keep_settings(&self, dir: PathBuf, settings: Settings) {
        let number = self.settings_number.fetch_add(1, Ordering::SeqCst) + 1;
        let written = Arc::clone(&self.settings);
        self.spawn("settings", move || {
            let mut last = written.lock().unwrap_or_else(PoisonError::into_inner);
            // Newer ones may have come first.
            if number > *last {
                let _ = recovery::write_settings(&dir, &settings);
                *last = number;
            }
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

/// Where something is written to.
#[derive(Clone, Debug, Default)]
pub struct Destination {
    /// What may become of the file.
    pub guard: Guard,
    /// Files that are never written over.
    pub inputs: Vec<PathBuf>,
}

fn save(of: u64, path: PathBuf, to: &Destination, to_text: impl FnOnce(&Path) -> (String, Arc<Scenario>)) -> Outcome {
    let (text, scenario) = to_text(&path);
    let result = files::save(&path, text.as_bytes(), &to.inputs, &to.guard).map(|()| {
        // The new text is what the next save keeps the comments of.
        Box::new(Source {
            stamp: Stamp::of(&path, text.as_bytes()),
            folder: path.parent().map(Path::to_owned),
            path: Some(path.clone()),
            ..files::source_of(&text)
        })
    });
    Outcome::Saved { of, path, scenario, result }
}

fn write_export(
    export: Export,
    path: PathBuf,
    to: &Destination,
    job: ExportJob,
    sender: &Sender<Outcome>,
    ctx: &egui::Context,
    control: &Control,
) -> Outcome {
    let refused = |unwritten| match unwritten {
        Unwritten::Failed(why) => ExportError::Failed(why),
        Unwritten::Exists | Unwritten::Changed { .. } => ExportError::Exists,
    };
    if let Err(unwritten) = files::may_save(&path, &to.inputs, &to.guard) {
        return Outcome::Exported { export, path, result: Err(refused(unwritten)) };
    }
    // The window may be closing.
    let _ = sender.send(Outcome::Exporting(path.clone()));
    ctx.request_repaint();
    let result = job(control).and_then(|bytes| files::save(&path, &bytes, &to.inputs, &to.guard).map_err(refused));
    Outcome::Exported { export, path, result }
}

/// Looks every few seconds, as long as somebody wants to know, whether the watched file is still as it was read.
fn watch(watched: &Arc<Mutex<Option<Watched>>>, sender: Sender<Outcome>, ctx: egui::Context) {
    let watched = Arc::downgrade(watched);
    // Without a thread for it, the file is looked at when it is saved.
    let _ = std::thread::Builder::new().name("watch".to_owned()).spawn(move || {
        let mut told: Option<(Stamp, Option<Change>)> = None;
        loop {
            std::thread::sleep(WATCH_INTERVAL);
            let Some(watched) = watched.upgrade() else { return };
            let now = watched.lock().unwrap_or_else(PoisonError::into_inner).clone();
            drop(watched);
            let Some((path, stamp)) = now else { continue };
            let change = stamp.change(&path, Look::Quick);
            let before = told.take().filter(|(of, _)| *of == stamp).and_then(|(_, change)| change);
            told = Some((stamp.clone(), change.clone()));
            if change != before {
                if sender.send(Outcome::FileChanged { stamp, change }).is_err() {
                    return;
                }
                ctx.request_repaint();
            }
        }
    });
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
