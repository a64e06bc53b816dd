//! The menu bar.

use eframe::egui;

use super::View;
use crate::app::actions::{self, Place};
use crate::app::command::Command;
use crate::app::export::Export;
use crate::app::exporting;
use crate::app::plots;
use crate::app::settings::{ThemeChoice, Words};
use crate::app::tab::Tab;

/// Shows the bar.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    egui::MenuBar::new().ui(ui, |ui| {
        menu(ui, "File", |ui| {
            actions(ui, Place::File, view, commands);
            ui.menu_button("Recent files", |ui| {
                if view.settings.recent.is_empty() {
                    ui.label(egui::RichText::new("None yet").weak());
                }
                for (index, path) in view.settings.recent.iter().enumerate() {
                    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
                    if ui.button(name).on_hover_text(path.display().to_string()).clicked() {
                        commands.push(Command::OpenRecent(index));
                        ui.close();
                    }
                }
            });
            ui.menu_button("Export", |ui| {
                export(ui, Export::Report, commands);
                for tab in Tab::ALL.iter().copied() {
                    ui.menu_button(plots::entry(tab).title, |ui| {
                        for one in Export::of(tab) {
                            export(ui, one, commands);
                        }
                    });
                }
            });
        });
        menu(ui, "Edit", |ui| actions(ui, Place::Edit, view, commands));
        menu(ui, "Library", |ui| {
            ui.set_min_width(330.0);
            for (index, item) in view.library.iter().enumerate() {
                let response = ui.button(&item.title);
                let response = response.on_hover_ui(|ui| {
                    ui.set_max_width(420.0);
                    ui.label(&item.description);
                });
                if response.clicked() {
                    commands.push(Command::OpenLibrary(index));
                    ui.close();
                }
            }
        });
        menu(ui, "Lessons", |ui| {
            ui.set_min_width(260.0);
            for (index, (title, minutes)) in view.lessons.iter().enumerate() {
                if ui.button(format!("{title} ({minutes} minutes)")).clicked() {
                    commands.push(Command::StartLesson(index));
                    ui.close();
                }
            }
            ui.label(egui::RichText::new("Your own: open a lesson file (.md)").weak().small());
        });
        menu(ui, "View", |ui| {
            actions(ui, Place::View, view, commands);
            ui.separator();
            for (choice, label) in
                [(ThemeChoice::System, "As the system"), (ThemeChoice::Light, "Light"), (ThemeChoice::Dark, "Dark")]
            {
                if ui.radio(view.settings.theme == choice, label).clicked() {
                    commands.push(Command::Theme(choice));
                    ui.close();
                }
            }
            ui.separator();
            for (zoom, label) in
                [(None, "Normal size"), (Some(1.25), "125 %"), (Some(1.5), "150 %"), (Some(2.0), "200 %")]
            {
                if ui.radio(view.settings.zoom == zoom, label).clicked() {
                    commands.push(Command::Zoom(zoom));
                    ui.close();
                }
            }
            ui.separator();
            for (words, label, hover) in [
                (Words::Plain, "Plain words", "“Small answers 81 % well”"),
                (Words::Model, "The model's words", "“Ability 0.7 logits”, as the file has it"),
            ] {
                if ui.radio(view.settings.words == words, label).on_hover_text(hover).clicked() {
                    commands.push(Command::Words(words));
                    ui.close();
                }
            }
            ui.separator();
            let mut still = view.settings.still;
            if ui.checkbox(&mut still, "Reduce motion").on_hover_text("Nothing moves by itself").changed() {
                commands.push(Command::Still(still));
                ui.close();
            }
        });
        menu(ui, "Help", |ui| actions(ui, Place::Help, view, commands));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let place = match &view.document.source.path {
                Some(path) => path.display().to_string(),
                None if view.document.has_no_file() => "no file yet".to_owned(),
                None => "library".to_owned(),
            };
            let changed = if view.document.is_changed() { "unsaved changes · " } else { "" };
            ui.add(egui::Label::new(egui::RichText::new(format!("{changed}{place}")).weak().small()).truncate());
        });
    });
}

fn export(ui: &mut egui::Ui, export: Export, commands: &mut Vec<Command>) {
    if ui.button(exporting::label(export)).clicked() {
        commands.push(Command::Export(export));
        ui.close();
    }
}

/// A menu, which scrolls where it is taller than the window.
fn menu(ui: &mut egui::Ui, name: &str, content: impl FnOnce(&mut egui::Ui)) {
    ui.menu_button(name, |ui| {
        let height = (ui.ctx().content_rect().height() - 60.0).max(80.0);
        egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, content);
    });
}

/// The actions of a menu.
fn actions(ui: &mut egui::Ui, place: Place, view: &View<'_>, commands: &mut Vec<Command>) {
    let (undo, redo) = view.document.history();
    for action in actions::all().into_iter().filter(|a| a.place == place) {
        let command = (action.command)();
        let enabled = match command {
            Command::Undo => undo,
            Command::Redo => redo,
            Command::ResetAll => view.document.is_changed(),
            _ => true,
        };
        let keys = action.keys.map_or_else(String::new, |keys| ui.ctx().format_shortcut(&keys));
        if ui.add_enabled(enabled, egui::Button::new(action.label).shortcut_text(keys)).clicked() {
            commands.push(command);
            ui.close();
        }
    }
}
