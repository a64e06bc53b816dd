//! Several scenarios in one window: turning from one to another, opening and closing them.

use std::path::Path;

use eframe::egui;

use super::App;
use super::command::Command;
use super::document::Document;
use super::files::{Source, is_same};
use super::parked::{MOST_OPEN, Parked, in_order};
use super::session::{Dialog, Session};
use crate::model::Scenario;

impl App {
    /// The scenarios that are open, in the order of their tabs.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        in_order(&self.parked, self.place, &self.document)
    }

    /// Whether another scenario finds room.
    pub(super) fn has_room(&self) -> bool {
        self.parked.len() + 1 < MOST_OPEN
    }

    /// Whether the scenario that is looked at may change now: not while something is asked about it.
    fn may_move(&self) -> bool {
        self.session.dialog.is_none() && self.session.after_save.is_none()
    }

    /// The scenario with unsaved changes that nobody has given up, the one that is looked at first.
    pub(super) fn unsaved(&self) -> Option<usize> {
        let given_up = |index: usize| self.session_at(index).is_some_and(|session| session.given_up);
        let all: Vec<usize> = self.documents().enumerate().filter(|(_, d)| d.is_changed()).map(|(i, _)| i).collect();
        let wanted = all.into_iter().filter(|index| !given_up(*index));
        wanted.min_by_key(|index| *index != self.place)
    }

    fn session_at(&self, index: usize) -> Option<&Session> {
        match index.cmp(&self.place) {
            std::cmp::Ordering::Less => self.parked.get(index).map(|parked| &parked.session),
            std::cmp::Ordering::Equal => Some(&self.session),
            std::cmp::Ordering::Greater => self.parked.get(index - 1).map(|parked| &parked.session),
        }
    }

    /// Nobody has given anything up any more.
    pub(super) fn want_all(&mut self) {
        let sessions = self.parked.iter_mut().map(|parked| &mut parked.session);
        sessions.chain([&mut self.session]).for_each(|session| session.given_up = false);
    }

    /// The scenario that is looked at waits from now on; an empty one takes its place, to the right of it.
    pub(super) fn park(&mut self) {
        if self.session.unsaved_since.is_some() {
            self.write_recovery();
        }
        self.session.playing_since = None;
        self.session.dragging = None;
        let mut session = Session::default();
        self.session.hand_over(&mut session);
        let document = std::mem::replace(&mut self.document, Document::new(Scenario::default(), Source::default()));
        let session = std::mem::replace(&mut self.session, session);
        self.parked.insert(self.place, Parked { document, session });
        self.place += 1;
    }

    /// Puts one that waits in the place of the empty one.
    fn unpark(&mut self, ctx: &egui::Context, index: usize) {
        if index >= self.parked.len() {
            return;
        }
        let Parked { document, mut session } = self.parked.remove(index);
        self.session.hand_over(&mut session);
        self.document = document;
        self.session = session;
        self.place = index;
        if self.document.lacks_table() {
            self.execute(ctx, Command::FindTable);
        }
        // What was under way when it was left is gone on with, and what the tab that is shown needs.
        self.simulate(self.owed());
        self.execute(ctx, Command::Tab(self.settings.tab));
    }

    /// Looks at another scenario, by the place of its tab.
    pub(super) fn look_at(&mut self, ctx: &egui::Context, index: usize) {
        if index == self.place || index > self.parked.len() {
            return;
        }
        self.park();
        // The empty one has no place.
        self.unpark(ctx, index);
    }

    /// The same, unless something is asked.
    pub(super) fn turn_to(&mut self, ctx: &egui::Context, index: usize) {
        if self.may_move() {
            self.look_at(ctx, index);
        }
    }

    /// Looks at the scenario of this file, where it is open.
    pub(super) fn turn_to_file(&mut self, ctx: &egui::Context, path: &Path) -> bool {
        let is_it = |document: &Document| document.source.path.as_deref().is_some_and(|own| is_same(own, path));
        let Some(index) = self.documents().position(is_it).filter(|index| *index != self.place) else { return false };
        self.look_at(ctx, index);
        true
    }

    /// Begins another scenario beside those that are open.
    pub(super) fn open_beside(&mut self) {
        if !self.may_move() {
            return;
        }
        if !self.has_room() {
            self.session.message = format!("{MOST_OPEN} scenarios are open: close one first");
            return;
        }
        let Some(opened) = self.library.first().and_then(|item| item.open().ok()) else { return };
        self.park();
        self.document = Document::new(opened.scenario, opened.source);
        self.start_document();
        self.show_start_page();
    }

    /// Closes a scenario, and asks before unsaved changes are lost.
    pub(super) fn ask_to_close(&mut self, ctx: &egui::Context, index: usize) {
        if self.parked.is_empty() {
            self.session.message = "This is the only scenario: Quit ends the program".to_owned();
        } else if self.may_move() && index <= self.parked.len() {
            let close = Command::Close(index);
            if self.documents().nth(index).is_some_and(Document::is_changed) {
                self.look_at(ctx, index);
                self.session.dialog = Some(Dialog::Unsaved(Box::new(close)));
            } else {
                self.execute(ctx, close);
            }
        }
    }

    /// Closes a scenario; what is unsaved in it is given up.
    pub(super) fn close(&mut self, ctx: &egui::Context, index: usize) {
        if self.parked.is_empty() || index > self.parked.len() {
            return;
        }
        if index == self.place {
            self.forget_recovery();
            // Its neighbour takes its place.
            self.unpark(ctx, index.min(self.parked.len() - 1));
        } else {
            let gone = self.parked.remove(if index < self.place { index } else { index - 1 });
            if let Some(dir) = &self.data_dir {
                self.tasks.forget_recovery(dir.clone(), &gone.document.own);
            }
            self.place -= usize::from(index < self.place);
        }
    }
}
