//! The parts of the window, each a function of the state that sends commands.

pub mod answer;
pub mod changes;
pub mod compact;
pub mod describe;
pub mod dialogs;
pub mod dock;
pub mod documents;
pub mod glossary;
pub mod import;
pub mod lesson;
pub mod manual;
pub mod menu;
pub mod palette;
pub mod scenario;
pub mod sheet;
pub mod start;
pub mod status;
pub mod tour;
pub mod versions;

use compact::Room;
use eframe::egui;

use super::command::Command;
use super::plots;
use super::session::Dialog;
use super::view::View;
use tour::Part;

/// Shows the whole window.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let margin = egui::Margin::symmetric(10, 6);
    let frame = |ui: &egui::Ui| egui::Frame::new().fill(ui.visuals().panel_fill).inner_margin(margin);
    let presenting = view.session.presenting;
    let room = Room::of(ui.available_size());
    if !presenting {
        let bar = frame(ui);
        let menu = egui::Panel::top("menu").frame(bar).show(ui, |ui| menu::show(ui, view, commands));
        tour::note(ui.ctx(), Part::Menu, menu.response.rect);
        if !view.parked.is_empty() {
            let bar = frame(ui);
            egui::Panel::top("documents").frame(bar).show(ui, |ui| documents::show(ui, view, commands));
        }
        let is_asked = matches!(view.session.dialog, Some(Dialog::Changed { .. } | Dialog::Difference { .. }));
        if let Some(change) = view.session.file_change.as_ref().filter(|_| !is_asked) {
            let bar = frame(ui);
            egui::Panel::top("file").frame(bar).show(ui, |ui| dialogs::file_change(ui, view, change, commands));
        }
        let bar = frame(ui);
        egui::Panel::bottom("status").frame(bar).show(ui, |ui| status::show(ui, view, room, commands));
    }
    let width = ui.available_width();
    let has_left = room != Room::ForOne && (!view.settings.hide_scenario || view.session.course.is_some());
    if has_left {
        let side = frame(ui);
        let left = egui::Panel::left("scenario")
            .frame(side)
            .resizable(true)
            .default_size((width * 0.25).clamp(270.0, 420.0))
            .size_range(230.0..=560.0)
            .show(ui, |ui| match room {
                Room::ForAll => {
                    if view.session.course.is_some() && !presenting {
                        sides(ui, view, commands);
                    }
                    left(ui, view, commands);
                }
                _ => compact::side(ui, view, commands),
            });
        tour::note(ui.ctx(), Part::Scenario, left.response.rect);
    }
    if room == Room::ForAll && !view.settings.hide_summary && !presenting {
        let side = frame(ui);
        let right = egui::Panel::right("summary")
            .frame(side)
            .resizable(true)
            .default_size((width * 0.23).clamp(264.0, 400.0))
            .size_range(220.0..=520.0)
            .show(ui, |ui| right(ui, view, commands));
        tour::note(ui.ctx(), Part::Summary, right.response.rect);
    }
    let middle = frame(ui);
    egui::CentralPanel::default().frame(middle).show(ui, |ui| match room {
        Room::ForOne => compact::one(ui, view, commands),
        Room::ForTwo => {
            answer::show(ui, view, commands);
            compact::middle(ui, view, commands);
        }
        Room::ForAll => {
            let whole = ui.max_rect();
            answer::show(ui, view, commands);
            let (answer, tabs) = whole.split_top_bottom_at_y(ui.cursor().top());
            tour::note(ui.ctx(), Part::Answer, answer);
            tour::note(ui.ctx(), Part::Tabs, tabs);
            dock::show(ui, view, commands);
        }
    });
    manual::show(ui, view, commands);
    describe::show(ui, view, commands);
    tour::show(ui, view, commands);
    dialogs::show(ui, view, commands);
}

/// The lesson with the scenario behind it, or the scenario.
fn left(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let presenting = view.session.presenting;
    match &view.session.course {
        Some(course) if !view.session.lesson_aside || presenting => lesson::show(ui, view, course, commands),
        _ => scenario::show(ui, view, commands),
    }
}

/// What is selected, in words and numbers.
fn right(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    (plots::entry(view.settings.tab).beside)(ui, view, commands);
}

/// The lesson, or the scenario's controls.
fn sides(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        for (is_lesson, label) in [(true, "Lesson"), (false, "Scenario")] {
            if ui.selectable_label(view.session.lesson_aside != is_lesson, label).clicked() {
                commands.push(Command::ShowLesson(is_lesson));
            }
        }
    });
}
