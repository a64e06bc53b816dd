//! The menu bar.

use eframe::egui;

use super::View;
use crate::app::command::Command;
use crate::app::export::Export;
use crate::app::state::ThemeChoice;

/// Shows the bar.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    egui::MenuBar::new().ui(ui, |ui| {
        ui.menu_button("File", |ui| {
            entry(ui, "Open…", "Ctrl+O", true, Command::OpenDialog, commands);
            entry(ui, "Save", "Ctrl+S", true, Command::Save, commands);
            entry(ui, "Save as…", "Ctrl+Shift+S", true, Command::SaveAs, commands);
            ui.separator();
            ui.menu_button("Export", |ui| {
                for export in Export::all() {
                    let keys = if export == Export::Report { "Ctrl+E" } else { "" };
                    entry(ui, &export.label(), keys, true, Command::Export(export), commands);
                }
            });
            ui.separator();
            entry(ui, "Quit", "Ctrl+Q", true, Command::Quit, commands);
        });
        ui.menu_button("Edit", |ui| {
            let (undo, redo) = view.document.history();
            entry(ui, "Undo", "Ctrl+Z", undo, Command::Undo, commands);
            entry(ui, "Redo", "Ctrl+Shift+Z", redo, Command::Redo, commands);
            ui.separator();
            entry(ui, "Copy scenario as text", "Ctrl+Shift+C", true, Command::CopyScenario, commands);
            entry(ui, "Paste scenario", "Ctrl+V", true, Command::AskPaste, commands);
            ui.separator();
            entry(ui, "Reset to the file", "", view.document.is_changed(), Command::ResetAll, commands);
        });
        ui.menu_button("Library", |ui| {
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
        ui.menu_button("View", |ui| {
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
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let place =
                view.document.source.path.as_ref().map_or_else(|| "library".to_owned(), |p| p.display().to_string());
            let changed = if view.document.is_changed() { "unsaved changes · " } else { "" };
            ui.add(egui::Label::new(egui::RichText::new(format!("{changed}{place}")).weak().small()).truncate());
        });
    });
}

fn entry(ui: &mut egui::Ui, label: &str, keys: &str, enabled: bool, command: Command, commands: &mut Vec<Command>) {
    let button = egui::Button::new(label).shortcut_text(keys);
    if ui.add_enabled(enabled, button).clicked() {
        commands.push(command);
        ui.close();
    }
}
