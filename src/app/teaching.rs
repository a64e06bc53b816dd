//! A lesson under way, and the presentation.

use eframe::egui;

use super::App;
use super::command::Command;
use super::course::Course;
use super::document::Document;
use super::layout::Page;
use super::tab::Tab;

/// Size of everything for a room.
const PRESENTER_ZOOM: f32 = 1.5;

impl App {
    pub(super) fn start_course(&mut self, ctx: &egui::Context, course: Course) {
        self.session.course = Some(course);
        self.session.lesson_aside = false;
        self.session.page = Page::Scenario;
        self.session.dialog = None;
        self.show_step(ctx);
    }

    pub(super) fn change_course(&mut self, change: impl FnOnce(&mut Course)) {
        if let Some(course) = &mut self.session.course {
            change(course);
        }
    }

    /// Puts the scenario, the tab and the policy as the lesson's step has them.
    pub(super) fn show_step(&mut self, ctx: &egui::Context) {
        let Some(course) = &self.session.course else { return };
        let step = course.current().cloned();
        let before = self.document.scenario.policies.get(self.session.selected).map(|p| p.name.clone());
        let opened = course.scenario();
        if opened.scenario != *self.document.scenario {
            let table = opened.table.clone();
            self.document = Document::new(opened.scenario.clone(), opened.source.clone());
            self.take_table(table);
            self.start_document();
        }
        let policy = step.as_ref().and_then(|s| s.policy.clone()).or(before);
        if let Some(index) = policy.and_then(|name| self.document.scenario.policy_index(&name))
            && index != self.session.selected
        {
            self.execute(ctx, Command::Select(index));
        }
        let tab = step.and_then(|s| s.tab).and_then(|tab| Tab::of_key(tab.word()));
        if let Some(tab) = tab {
            self.execute(ctx, Command::Tab(tab));
        }
        self.decide_for_the_lesson();
    }

    /// Full screen with large type, or back.
    pub(super) fn present(&mut self, ctx: &egui::Context, on: bool) {
        self.session.presenting = on;
        ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(on));
        let zoom = self.settings.zoom.unwrap_or(1.0);
        ctx.set_zoom_factor(if on { PRESENTER_ZOOM.max(zoom) } else { zoom });
    }
}
