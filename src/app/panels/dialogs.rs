//! Questions and notices over the window.

use std::path::PathBuf;

use eframe::egui;

use super::View;
use crate::app::command::Command;
use crate::app::state::Dialog;

/// Shows the dialog that is open, if any.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let Some(dialog) = &view.session.dialog else { return };
    let modal = egui::Modal::new(egui::Id::unique("dialog")).show(ui.ctx(), |ui| {
        ui.set_width(440.0_f32.min(ui.ctx().content_rect().width() - 60.0));
        match dialog {
            Dialog::Unsaved(then) => unsaved(ui, then, commands),
            Dialog::Path { save, text } => {
                let (title, action) =
                    if *save { ("Save the scenario as", "Save") } else { ("Open a scenario", "Open") };
                path(ui, title, action, text, commands, |path| {
                    if *save { Command::SaveTo(path) } else { Command::Open(path) }
                });
            }
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
    let must_answer = matches!(dialog, Dialog::Recovery(_));
    if modal.should_close() && !must_answer {
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
        if ui.button("Go on without saving").clicked() {
            commands.push(Command::Discard(Box::new(then.clone())));
        }
        if ui.button("Stay").clicked() {
            commands.push(Command::Dismiss);
        }
    });
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
