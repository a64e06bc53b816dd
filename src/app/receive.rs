//! What other threads found, and documents on their way in.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::files::Opened;
use super::state::{Dialog, Document, Planned, Purpose, Sampling, Studies};
use super::tables::{Form, Lost, Preview};
use super::tasks::Outcome;
use super::worker::{Found, Worker};
use super::{App, export, files};
use crate::frontier::Frontier;
use crate::replay::source;
use crate::scenario::model::Scenario;
use crate::simulation::table::Table;

/// Files remembered.
const MOST_RECENT: usize = 10;

impl App {
    pub(super) fn open(&mut self, opened: Opened) {
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
    pub(super) fn remember(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.settings.recent.retain(|known| *known != path);
        self.settings.recent.insert(0, path);
        self.settings.recent.truncate(MOST_RECENT);
        self.keep_settings();
    }

    /// The document's table, or the question where it is.
    pub(super) fn take_table(&mut self, table: Result<Option<Arc<Table>>, Lost>) {
        match table {
            Ok(table) => self.document.table = table,
            Err(lost) => self.session.dialog = Some(Dialog::Lost(lost)),
        }
    }

    /// The document's table is this one from now on.
    pub(super) fn replace_table(&mut self, path: &Path, found: Preview) {
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

    pub(super) fn forget_recovery(&mut self) {
        self.session.unsaved_since = None;
        if let Some(dir) = &self.data_dir {
            self.tasks.forget_recovery(dir);
        }
    }

    /// Takes in what other threads found.
    pub(super) fn receive(&mut self) {
        let updates = self.worker.as_ref().map(Worker::updates).unwrap_or_default();
        for found in updates {
            let session = &mut self.session;
            match found {
                Found::Points(points) => session.points = Some(Arc::from(points)),
                Found::Curves(curves) => {
                    let curves: Arc<Frontier> = Arc::from(curves);
                    session.points = Some(Arc::clone(&curves));
                    session.curves = Some(curves);
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
                Outcome::Saved { path, scenario, result: Ok(source) } => {
                    self.session.message = format!("Saved to {}", path.display());
                    self.remember(&path);
                    self.document.saved(*source, scenario);
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
                        (None, Purpose::Save) => {
                            let name = self.document.source.proposed_name(&self.document.scenario);
                            // Whole, so that everybody sees where it goes.
                            std::path::absolute(&name).map_or(name, |path| path.display().to_string())
                        }
                    };
                    self.session.dialog = Some(Dialog::Path { purpose, text });
                }
                Outcome::RecoveryFailed(message) => {
                    self.session.message = format!("Unsaved work cannot be kept safe: {message}");
                }
            }
        }
    }

    /// Takes over the scenario of an imported table: it is still to be saved.
    pub(super) fn imported(&mut self, mut form: Box<Form>, made: Result<(Scenario, Arc<Table>), String>) {
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
    pub(super) fn recover(&mut self, opened: Opened) {
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
}
