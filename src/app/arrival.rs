//! Documents on their way in. They were read on another thread; edits that were made meanwhile are not lost without a question.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use eframe::egui;

use super::App;
use super::command::Command;
use super::course::Course;
use super::document::Document;
use super::files::{Opened, Source};
use super::recovery::{MOST_RECENT, MOST_TRUSTED, Rescued};
use super::session::Dialog;
use super::tables::{Form, Lost};
use super::versions;
use crate::model::Scenario;
use crate::simulation::table::Table;

/// A document that was read and is not taken over yet.
#[derive(Debug)]
pub enum Arrival {
    /// From a file or the library.
    Opened(Box<Opened>),
    /// From the clipboard.
    Pasted(Box<Opened>),
    /// The first scenario of a lesson.
    Lesson(Box<Course>),
    /// Made of a table.
    Imported(Box<(Scenario, Arc<Table>)>),
    /// Made of answers about a product.
    Described(Box<Scenario>),
    /// Unsaved work of an earlier window.
    Rescued(Box<Rescued>),
}

/// Puts a path at the head of a list that never grows beyond `most`.
fn to_front(list: &mut Vec<PathBuf>, path: PathBuf, most: usize) {
    list.retain(|known| *known != path);
    list.insert(0, path);
    list.truncate(most);
}

impl App {
    /// Takes a document over, after a question where work would be lost.
    pub(super) fn arrive(&mut self, ctx: &egui::Context, arrival: Arrival) {
        if self.document.is_changed() && matches!(arrival, Arrival::Rescued(_)) && self.has_room() {
            self.park();
            self.take_in(ctx, arrival);
        } else if self.document.is_changed() && !self.session.may_close {
            self.arrived = Some(arrival);
            self.session.dialog = Some(Dialog::Unsaved(Box::new(Command::TakeIn)));
        } else {
            self.take_in(ctx, arrival);
        }
    }

    /// Takes a document over; the one before is given up.
    pub(super) fn take_in(&mut self, ctx: &egui::Context, arrival: Arrival) {
        self.session.dialog = None;
        // What was kept of the document before is not wanted any more.
        self.forget_recovery();
        match arrival {
            Arrival::Opened(opened) => self.take_opened(*opened),
            Arrival::Pasted(opened) => {
                self.take_opened(*opened);
                self.document.never_saved();
                self.session.unsaved_since = Some(Instant::now());
            }
            Arrival::Lesson(course) => self.start_course(ctx, *course),
            Arrival::Imported(made) => {
                let (scenario, table) = *made;
                self.document = Document::new(scenario, Source::default());
                self.document.table = Some(table);
                self.document.never_saved();
                self.start_document();
                self.session.unsaved_since = Some(Instant::now());
            }
            Arrival::Described(scenario) => {
                self.document = Document::new(*scenario, Source::default());
                self.document.never_saved();
                self.start_document();
                self.session.unsaved_since = Some(Instant::now());
            }
            Arrival::Rescued(rescued) => self.take_rescued(*rescued),
        }
    }

    fn take_opened(&mut self, opened: Opened) {
        if !opened.warnings.is_empty() {
            self.notice("The file says something odd", opened.warnings.join("\n"));
        }
        self.document = Document::new(opened.scenario, opened.source);
        if let Some(path) = self.document.source.path.clone() {
            self.remember(&path);
        }
        self.take_table(opened.table);
        self.start_document();
    }

    /// Recovered work is an edit of its file, or of nothing: it is still to be saved.
    fn take_rescued(&mut self, rescued: Rescued) {
        let Rescued { recovered, scenario, file, source, table } = rescued;
        match file {
            Some(file) => {
                self.document = Document::new(file.scenario, file.source);
                self.document.edit(true, |before| *before = scenario);
            }
            None => {
                self.document = Document::new(scenario, source);
                self.document.never_saved();
            }
        }
        self.take_table(table);
        self.start_document();
        // The old file goes only when this window has written one of its own.
        self.document.own.supersede(recovered.file);
        self.write_recovery();
        if self.session.dialog.is_none() {
            self.offer_recovery();
        }
    }

    /// Puts a file at the head of those used last.
    pub(super) fn remember(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        to_front(&mut self.settings.recent, path, MOST_RECENT);
        self.keep_settings();
    }

    /// The document's table, or the question where it is.
    pub(super) fn take_table(&mut self, table: Result<Option<Arc<Table>>, Lost>) {
        match table {
            Ok(table) => self.document.table = table,
            Err(lost) => self.session.dialog = Some(Dialog::Lost(lost)),
        }
    }

    /// Remembers that somebody has agreed to read this file, whatever scenario names it. Links in its path have been followed, away from the window's
    /// thread.
    pub(super) fn trust(&mut self, real_path: Option<PathBuf>) {
        if let Some(path) = real_path {
            to_front(&mut self.settings.trusted, path, MOST_TRUSTED);
            self.keep_settings();
        }
    }

    /// Takes over the scenario of an imported table, or says what is missing.
    pub(super) fn imported(
        &mut self,
        ctx: &egui::Context,
        mut form: Box<Form>,
        made: Result<Box<(Scenario, Arc<Table>)>, String>,
    ) {
        match made {
            Ok(made) => self.arrive(ctx, Arrival::Imported(made)),
            Err(problem) => {
                form.problem = Some(problem);
                self.session.dialog = Some(Dialog::Import(form));
            }
        }
    }

    /// Writes the recovery file now.
    pub(super) fn write_recovery(&mut self) {
        let Some(dir) = &self.data_dir else { return };
        let document = &self.document;
        self.tasks.recover(dir.clone(), &document.own, Arc::clone(&document.scenario), document.source.clone());
        self.session.recovered_at = Some(Instant::now());
        let last = *self.session.version_at.get_or_insert_with(Instant::now);
        if last.elapsed() >= versions::BETWEEN {
            self.keep_version(Arc::clone(&self.document.scenario), self.document.source.clone());
        }
        self.session.unsaved_since = None;
    }

    /// What the versions of the document are kept under: its file, or its name where it has none.
    pub(super) fn kept_as(&self) -> String {
        let path = self.document.source.path.as_ref().map(|path| path.display().to_string());
        path.unwrap_or_else(|| self.document.original.name.clone())
    }

    /// Keeps a state of the document among its versions.
    pub(super) fn keep_version(&mut self, scenario: Arc<Scenario>, source: Source) {
        let Some(dir) = self.data_dir.clone() else { return };
        self.session.version_at = Some(Instant::now());
        self.tasks.keep_version(dir, self.kept_as(), scenario, source);
    }

    /// No recovery file is wanted any more.
    pub(super) fn forget_recovery(&mut self) {
        self.session.unsaved_since = None;
        if let Some(dir) = &self.data_dir {
            self.tasks.forget_recovery(dir.clone(), &self.document.own);
        }
    }

    /// Offers unsaved work of earlier windows, one after the other, and then opens the file that the window was started with.
    pub(super) fn offer_recovery(&mut self) {
        if let Some(recovered) = self.offered.pop_front() {
            self.session.dialog = Some(Dialog::Recovery(recovered));
        } else if let Some(file) = self.start_file.take() {
            self.send(Command::Open(file));
        }
    }
}
