//! What was changed since the file was opened or saved, each with a button that takes it back.

use eframe::egui::{self, RichText};

use super::View;
use crate::app::command::Command;
use crate::model::address;
use crate::scenario::difference::{Difference, differences};

/// Changes that are shown at the most; more are counted.
const MOST: usize = 200;

/// Shows the list. Numbers are taken back one by one; what is no number by undo, which goes back step by step.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    ui.heading("What changed");
    let (file, now) = (&*view.document.original, &*view.document.scenario);
    // Worked out while the dialog is open, from two scenarios in memory.
    let found = differences(file, now);
    if found.is_empty() {
        ui.label("Nothing: the scenario is as it was opened or saved.");
    } else {
        ui.label(RichText::new("Since the file was opened or saved: what it was, and what it is now.").weak());
    }
    let height = (ui.ctx().content_rect().height() - 220.0).max(80.0);
    egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
        egui::Grid::new("changes").num_columns(4).spacing([12.0, 4.0]).striped(true).show(ui, |ui| {
            for change in found.iter().take(MOST) {
                row(ui, view, change, commands);
                ui.end_row();
            }
        });
        if found.len() > MOST {
            ui.label(RichText::new(format!("and {} more", found.len() - MOST)).weak());
        }
    });
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if !found.is_empty() && ui.button("Take all back").clicked() {
            commands.extend([Command::Dismiss, Command::ResetAll]);
        }
        if ui.button("Close").clicked() {
            commands.push(Command::Dismiss);
        }
    });
}

fn row(ui: &mut egui::Ui, view: &View<'_>, change: &Difference, commands: &mut Vec<Command>) {
    let told = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    ui.add(egui::Label::new(&change.key).truncate()).on_hover_text(&change.key);
    ui.add(egui::Label::new(RichText::new(told(&change.first)).weak()).truncate());
    ui.add(egui::Label::new(told(&change.second)).truncate());
    let number = address::find(&view.document.scenario, &change.key).ok();
    if let Some(address) = number.filter(|address| view.document.original_value(*address).is_some()) {
        let button = ui.small_button("Take back");
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Take back {}", change.key)));
        if button.clicked() {
            commands.push(Command::Reset(address));
        }
    }
}
