//! Questions and notices over the window.

use std::path::PathBuf;

use eframe::egui;

use super::{View, import};
use crate::app::actions::ACTIONS;
use crate::app::command::Command;
use crate::app::state::{Dialog, Purpose};

/// Shows the dialog that is open, if any.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let Some(dialog) = &view.session.dialog else { return };
    let modal = egui::Modal::new(egui::Id::unique("dialog")).show(ui.ctx(), |ui| {
        let width = if matches!(dialog, Dialog::Import(_)) { 600.0_f32 } else { 440.0 };
        ui.set_width(width.min(ui.ctx().content_rect().width() - 60.0).max(60.0));
        match dialog {
            Dialog::Unsaved(then) => unsaved(ui, then, commands),
            Dialog::Path { purpose, text } => {
                let (title, action) = match purpose {
                    Purpose::Open => ("Open a scenario", "Open"),
                    Purpose::Save => ("Save the scenario as", "Save"),
                    Purpose::Import => ("Import an evaluation table", "Import"),
                    Purpose::Locate => ("Where is the table of this scenario?", "Use it"),
                };
                path(ui, title, action, text, commands, |path| match purpose {
                    Purpose::Open => Command::Open(path),
                    Purpose::Save => Command::SaveTo(path),
                    Purpose::Import => Command::Import(path),
                    Purpose::Locate => Command::UseTable(path),
                });
            }
            Dialog::Import(form) => import::show(ui, form, commands),
            Dialog::Lost(lost) => import::lost(ui, lost, commands),
            Dialog::ExportPath { export, text } => {
                let title = format!("Export: {}", export.label().trim_end_matches('…'));
                path(ui, &title, "Export", text, commands, |path| Command::ExportTo(*export, path));
            }
            Dialog::Recovery(recovered) => {
                ui.heading("Unsaved work was found");
                ui.label(format!("The program ended before \"{}\" was saved.", recovered.name));
                ui.add_space(8.0);
                ui.horizontal(|ui| {
                    if ui.button("Recover it").clicked() {
                        commands.push(Command::Recover(recovered.clone()));
                    }
                    if ui.button("Throw it away").clicked() {
                        commands.push(Command::Forget(recovered.clone()));
                    }
                });
            }
            Dialog::Shortcuts => shortcuts(ui, commands),
            Dialog::Notice { title, text } => {
                ui.heading(title);
                egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| ui.label(text));
                ui.add_space(8.0);
                if ui.button("OK").clicked() {
                    commands.push(Command::Dismiss);
                }
            }
        }
    });
    // A click beside it closes what is only read; what is asked or typed goes by Escape and by its buttons.
    let is_read = matches!(dialog, Dialog::Shortcuts | Dialog::Notice { .. });
    let must_answer = matches!(dialog, Dialog::Recovery(_));
    if modal.should_close() && !must_answer && (is_read || !modal.backdrop_response.clicked()) {
        commands.push(Command::Dismiss);
    }
}

fn unsaved(ui: &mut egui::Ui, then: &Command, commands: &mut Vec<Command>) {
    ui.heading("There are unsaved changes");
    ui.label("They are lost if you go on without saving.");
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if ui.button("Save").clicked() {
            commands.push(Command::Dismiss);
            commands.push(Command::Save);
        }
        let on = if matches!(then, Command::Quit) { "Quit without saving" } else { "Go on without saving" };
        if ui.button(on).clicked() {
            commands.push(Command::Discard(Box::new(then.clone())));
        }
        if ui.button("Stay").clicked() {
            commands.push(Command::Dismiss);
        }
    });
}

/// Everything that the keyboard does.
fn shortcuts(ui: &mut egui::Ui, commands: &mut Vec<Command>) {
    ui.heading("Keyboard shortcuts");
    egui::Grid::new("shortcuts").num_columns(2).spacing([24.0, 4.0]).striped(true).show(ui, |ui| {
        for action in ACTIONS {
            let Some(keys) = action.keys else { continue };
            ui.label(ui.ctx().format_shortcut(&keys));
            ui.label(action.label);
            ui.end_row();
        }
        for (keys, what) in [("Ctrl+Plus, Ctrl+Minus", "Larger, smaller"), ("Tab, arrows, Space", "Move, turn, press")]
        {
            ui.label(keys);
            ui.label(what);
            ui.end_row();
        }
    });
    ui.add_space(8.0);
    if ui.button("OK").clicked() {
        commands.push(Command::Dismiss);
    }
}

fn path(
    ui: &mut egui::Ui,
    title: &str,
    action: &str,
    text: &str,
    commands: &mut Vec<Command>,
    command: impl FnOnce(PathBuf) -> Command,
) {
    ui.heading(title);
    let label = ui.label("The system shows no file dialog here. Path of the file:");
    let mut typed = text.to_owned();
    let edit = ui.add(egui::TextEdit::singleline(&mut typed).desired_width(f32::INFINITY)).labelled_by(label.id);
    if edit.changed() {
        commands.push(Command::TypePath(typed.clone()));
    }
    // Ready to be typed over as soon as it is there.
    let memory = edit.id.with("was focused");
    if !ui.data(|data| data.get_temp(memory).unwrap_or(false)) {
        edit.request_focus();
        let mut state = egui::TextEdit::load_state(ui.ctx(), edit.id).unwrap_or_default();
        let all = egui::text::CCursorRange::select_all(&ui.painter().layout_no_wrap(
            typed.clone(),
            egui::TextStyle::Body.resolve(ui.style()),
            ui.visuals().text_color(),
        ));
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), edit.id);
        ui.data_mut(|data| data.insert_temp(memory, true));
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let ready = !typed.trim().is_empty();
        if (ui.add_enabled(ready, egui::Button::new(action)).clicked() || entered) && ready {
            commands.push(command(PathBuf::from(typed.trim())));
        }
        if ui.button("Cancel").clicked() {
            commands.push(Command::Dismiss);
        }
    });
}
