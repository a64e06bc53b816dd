//! The window where there is little room: less stands beside each other, and strips of names pick what is shown.

use eframe::egui;

use super::{View, left, right};
use crate::app::command::Command;
use crate::app::layout::Page;
use crate::app::plots;
use crate::app::tab::Tab;

/// What fits beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// One part at a time, as at a projector with large type.
    ForOne,
    /// The scenario or the numbers, and one tab.
    ForTwo,
    /// The scenario, docked tabs, and the numbers.
    ForAll,
}

impl Room {
    /// In a window of this size, points.
    pub fn of(size: egui::Vec2) -> Self {
        if size.x < 760.0 || size.y < 430.0 {
            Self::ForOne
        } else if size.x < 1100.0 || size.y < 570.0 {
            Self::ForTwo
        } else {
            Self::ForAll
        }
    }
}

/// Shows the strip of all parts and the one picked.
pub fn one(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let page = view.session.page;
    strip(ui, |ui| {
        first(ui, view, page == Page::Scenario, commands);
        tabs(ui, view, page == Page::Plots, commands);
        entry(ui, page == Page::Summary, NUMBERS, Page::Summary, commands);
    });
    match page {
        Page::Scenario => left(ui, view, commands),
        Page::Plots => plots::show(ui, view.settings.tab, view, commands),
        Page::Summary => right(ui, view, commands),
    }
}

/// Shows the side: the scenario or the lesson, or the numbers.
pub fn side(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    if view.session.presenting {
        return left(ui, view, commands);
    }
    let has_numbers = view.session.page == Page::Summary;
    strip(ui, |ui| {
        first(ui, view, !has_numbers, commands);
        entry(ui, has_numbers, NUMBERS, Page::Summary, commands);
    });
    if has_numbers { right(ui, view, commands) } else { left(ui, view, commands) }
}

/// Shows the strip of tabs and the one picked.
pub fn middle(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    strip(ui, |ui| tabs(ui, view, true, commands));
    plots::show(ui, view.settings.tab, view, commands);
}

const NUMBERS: &str = "In numbers";

/// The scenario, and before it the lesson where there is one.
fn first(ui: &mut egui::Ui, view: &View<'_>, is_shown: bool, commands: &mut Vec<Command>) {
    let session = view.session;
    let has_lesson = session.course.is_some();
    for (is_lesson, name) in [(true, "Lesson"), (false, "Scenario")] {
        // In front of a room the lesson's own text is all there is.
        if is_lesson != has_lesson && (is_lesson || session.presenting) {
            continue;
        }
        let is_this = is_shown && (!has_lesson || session.lesson_aside != is_lesson || session.presenting);
        if ui.selectable_label(is_this, name).clicked() {
            commands.push(Command::Page(Page::Scenario));
            commands.extend(has_lesson.then_some(Command::ShowLesson(is_lesson)));
        }
    }
}

fn strip(ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui)) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(2.0);
        content(ui);
    });
    ui.add_space(2.0);
}

fn entry(ui: &mut egui::Ui, is_shown: bool, name: &str, page: Page, commands: &mut Vec<Command>) {
    if ui.selectable_label(is_shown, name).clicked() {
        commands.push(Command::Page(page));
    }
}

fn tabs(ui: &mut egui::Ui, view: &View<'_>, are_shown: bool, commands: &mut Vec<Command>) {
    for tab in Tab::ALL.iter().copied() {
        let plots::Entry { title, help, .. } = *plots::entry(tab);
        let is_shown = are_shown && view.settings.tab == tab;
        if ui.selectable_label(is_shown, title).on_hover_text(help).clicked() {
            // Beside a tab, the side stays what it is.
            commands.extend((!are_shown).then_some(Command::Page(Page::Plots)));
            commands.push(Command::Tab(tab));
        }
    }
}
