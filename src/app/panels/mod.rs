//! The parts of the window, each a function of the state that sends commands.

pub mod compact;
pub mod dialogs;
pub mod dock;
pub mod import;
pub mod lesson;
pub mod menu;
pub mod monitor;
pub mod plan;
pub mod scenario;
pub mod status;
pub mod summary;

use compact::Room;
use eframe::egui;

use super::command::Command;
use super::document::Document;
use super::files::LibraryItem;
use super::session::{Dialog, Session};
use super::settings::Settings;
use super::tab::Tab;
use crate::detection::study::Outcome;
use crate::report::detection::days;
use crate::report::sentence::percent;
/// What a frame reads.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The scenario.
    pub document: &'a Document,
    /// Kept between starts.
    pub settings: &'a Settings,
    /// What was found so far.
    pub session: &'a Session,
    /// Shipped scenarios.
    pub library: &'a [LibraryItem],
    /// Shipped lessons: title and minutes.
    pub lessons: &'a [(String, u32)],
    /// Steps of the Monte Carlo simulation done and in all.
    pub progress: (u64, u64),
    /// Steps of the detection study done and in all.
    pub study_progress: (u64, u64),
    /// Steps of the search for monitoring plans done and in all.
    pub plan_progress: (u64, u64),
}

/// Shows the whole window.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let margin = egui::Margin::symmetric(10, 6);
    let frame = |ui: &egui::Ui| egui::Frame::new().fill(ui.visuals().panel_fill).inner_margin(margin);
    let presenting = view.session.presenting;
    let room = Room::of(ui.available_size());
    if !presenting {
        let bar = frame(ui);
        egui::Panel::top("menu").frame(bar).show(ui, |ui| menu::show(ui, view, commands));
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
        egui::Panel::left("scenario")
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
    }
    if room == Room::ForAll && !view.settings.hide_summary && !presenting {
        let side = frame(ui);
        egui::Panel::right("summary")
            .frame(side)
            .resizable(true)
            .default_size((width * 0.23).clamp(250.0, 400.0))
            .size_range(220.0..=520.0)
            .show(ui, |ui| right(ui, view, commands));
    }
    let middle = frame(ui);
    egui::CentralPanel::default().frame(middle).show(ui, |ui| match room {
        Room::ForOne => compact::one(ui, view, commands),
        Room::ForTwo => compact::middle(ui, view, commands),
        Room::ForAll => dock::show(ui, view, commands),
    });
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
    match view.settings.tab {
        Tab::Detection => monitor::show(ui, view),
        Tab::Plan => plan::show(ui, view, commands),
        _ => summary::show(ui, view, commands),
    }
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

/// When half of the runs are noticed, and how many are in the end.
fn noticed(ui: &mut egui::Ui, outcome: &Outcome) {
    row(ui, "A quarter noticed after", "Days from the onset of damage.", days(outcome.days_to(0.25)));
    row(ui, "Half", "Days from the onset of damage.", days(outcome.days_to(0.5)));
    row(ui, "Three quarters", "Days from the onset of damage.", days(outcome.days_to(0.75)));
    let help = "Share of runs with an alarm from the change on, of those without a false one before it.";
    row(ui, "Noticed by the end", help, percent(outcome.noticed.rate, 0));
}

/// A row of a two-column grid: what it is, explained under the pointer, and its value.
fn row(ui: &mut egui::Ui, label: &str, help: &str, value: String) {
    ui.label(egui::RichText::new(label).weak()).on_hover_text(help);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(value));
    ui.end_row();
}
