//! The parts of the window, each a function of the state that sends commands.

pub mod dialogs;
pub mod import;
pub mod menu;
pub mod monitor;
pub mod scenario;
pub mod status;
pub mod summary;

use eframe::egui;

use super::command::Command;
use super::files::LibraryItem;
use super::plots;
use super::state::{Document, Session, Settings, Tab};
use super::theme;

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
    /// Steps of the Monte Carlo simulation done and in all.
    pub progress: (u64, u64),
    /// Steps of the detection study done and in all.
    pub study_progress: (u64, u64),
}

/// Shows the whole window.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let margin = egui::Margin::symmetric(10, 6);
    let frame = |ui: &egui::Ui| egui::Frame::new().fill(ui.visuals().panel_fill).inner_margin(margin);
    let bar = frame(ui);
    egui::Panel::top("menu").frame(bar).show(ui, |ui| menu::show(ui, view, commands));
    let bar = frame(ui);
    egui::Panel::bottom("status").frame(bar).show(ui, |ui| status::show(ui, view, commands));
    let width = ui.available_width();
    if !view.settings.hide_scenario {
        let side = frame(ui);
        egui::Panel::left("scenario")
            .frame(side)
            .resizable(true)
            .default_size((width * 0.25).clamp(270.0, 420.0))
            .size_range(230.0..=560.0)
            .show(ui, |ui| scenario::show(ui, view, commands));
    }
    if !view.settings.hide_summary {
        let side = frame(ui);
        egui::Panel::right("summary")
            .frame(side)
            .resizable(true)
            .default_size((width * 0.23).clamp(250.0, 400.0))
            .size_range(220.0..=520.0)
            .show(ui, |ui| match view.settings.tab {
                Tab::Detection => monitor::show(ui, view),
                _ => summary::show(ui, view, commands),
            });
    }
    let middle = frame(ui);
    egui::CentralPanel::default().frame(middle).show(ui, |ui| {
        tabs(ui, view, commands);
        match view.settings.tab {
            Tab::Detection => return plots::detection::show(ui, view, commands),
            Tab::Segments => return plots::segments::show(ui, view, commands),
            Tab::Money => return plots::money::show(ui, view),
            Tab::Compare => return plots::compare::show(ui, view, commands),
            Tab::Frontier => {}
        }
        let height = ui.available_height();
        ui.allocate_ui(egui::vec2(ui.available_width(), height * 0.5), |ui| {
            ui.set_min_height(height * 0.5 - theme::GAP);
            plots::frontier::show(ui, view, commands);
        });
        ui.add_space(theme::GAP);
        plots::timeline::show(ui, view, commands);
    });
    dialogs::show(ui, view, commands);
}

fn tabs(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        for (tab, label, help) in [
            (Tab::Frontier, "Frontier", "What each policy costs, and at what quality."),
            (Tab::Segments, "Segments", "Which segments and tiers the loss comes from."),
            (Tab::Money, "Money", "From the inference saving to the net, step by step."),
            (Tab::Compare, "Compare", "Runs side by side: pin one, change something, look at both."),
            (Tab::Detection, "Detection", "Which monitor notices the damage, after how many days, at what price."),
        ] {
            let text = egui::RichText::new(label).size(15.0);
            if ui.selectable_label(view.settings.tab == tab, text).on_hover_text(help).clicked() {
                commands.push(Command::Tab(tab));
            }
        }
    });
    ui.add_space(2.0);
}

/// A row of a two-column grid: what it is, explained under the pointer, and its value.
fn row(ui: &mut egui::Ui, label: &str, help: &str, value: String) {
    ui.label(egui::RichText::new(label).weak()).on_hover_text(help);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(value));
    ui.end_row();
}
