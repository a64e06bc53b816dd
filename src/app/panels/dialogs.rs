//! Questions and notices over the window.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::{View, changes, glossary, import, palette, sheet, start, versions};
use crate::app::actions;
use crate::app::command::Command;
use crate::app::difference::{Line, Side};
use crate::app::exporting;
use crate::app::files::Guard;
use crate::app::parked::MOST_OPEN;
use crate::app::recovery::Recovered;
use crate::app::session::{Dialog, Purpose};
use crate::app::stamp::{Change, Stamp};
use crate::app::theme;
use crate::scenario::visible::{name, shortened, shown};

/// Most characters of a notice, which scrolls.
const MOST_IN_NOTICE: usize = 20_000;
/// Most characters of a path.
const MOST_OF_PATH: usize = 100;

/// Shows the dialog that is open, if any.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let Some(dialog) = &view.session.dialog else { return };
    let modal = egui::Modal::new(egui::Id::unique("dialog")).show(ui.ctx(), |ui| {
        let width = match dialog {
            Dialog::Changes | Dialog::Import(_) | Dialog::Difference { .. } => 600.0_f32,
            Dialog::Changed { .. } => 520.0,
            Dialog::Sheet(..) => 1_400.0,
            Dialog::Start => 860.0,
            _ => 440.0,
        };
        ui.set_width(width.min(ui.ctx().content_rect().width() - 60.0).max(60.0));
        match dialog {
            Dialog::Unsaved(then) => unsaved(ui, view, then, commands),
            Dialog::Path { purpose, text } => {
                let (title, action) = match purpose {
                    Purpose::Open => ("Open a scenario", "Open"),
                    Purpose::Save => ("Save the scenario as", "Save"),
                    Purpose::Import => ("Import an evaluation table", "Import"),
                    Purpose::Prices => ("Load a price list", "Load"),
                    Purpose::Locate => ("Where is the table of this scenario?", "Use it"),
                };
                path(ui, title, action, text, commands, |path| match purpose {
                    Purpose::Open => Command::Open(path),
                    Purpose::Save => Command::SaveTo(path),
                    Purpose::Import => Command::Import(path),
                    Purpose::Locate => Command::UseTable(path),
                    Purpose::Prices => Command::LoadPrices(path),
                });
            }
            Dialog::Import(form) => import::show(ui, form, commands),
            Dialog::Lost(lost) => import::lost(ui, lost, commands),
            Dialog::Outside { lesson, scenario } => {
                ui.heading("The lesson reads a file of another folder");
                ui.label(format!("{} wants to show the scenario {}.", file(lesson), file(scenario)));
                ui.add_space(8.0);
                ui.horizontal(|ui| {
                    let trust = Command::TrustLesson { lesson: lesson.clone(), scenario: scenario.clone() };
                    choice(ui, "Read it", trust, commands);
                    choice(ui, "Not now", Command::Dismiss, commands);
                });
            }
            Dialog::ExportPath { export, text } => {
                let title = format!("Export: {}", exporting::label(*export).trim_end_matches('…'));
                path(ui, &title, "Export", text, commands, |path| Command::ExportTo(*export, path));
            }
            Dialog::Recovery(recovered) => recovery(ui, recovered, commands),
            Dialog::Changed { path, change, now } => {
                changed(ui, view, Changed { path, change, now: now.as_ref() }, commands);
            }
            Dialog::Exists { path, over, another } => {
                ui.heading("There is such a file already");
                ui.label(file(path));
                ui.add_space(8.0);
                ui.horizontal(|ui| {
                    choice(ui, "Write over it", Command::clone(over), commands);
                    choice(ui, "Another name…", Command::clone(another), commands);
                    choice(ui, "Cancel", Command::Dismiss, commands);
                });
            }
            Dialog::Difference { path, lines, now } => {
                difference(ui, view, lines, Changed { path, change: &Change::Contents, now: now.as_ref() }, commands);
            }
            Dialog::Changes => changes::show(ui, view, commands),
            Dialog::Palette => palette::show(ui, view, commands),
            Dialog::Shortcuts => shortcuts(ui, commands),
            Dialog::Glossary => glossary::show(ui, commands),
            Dialog::Start => start::show(ui, view, commands),
            Dialog::Versions(found) => versions::show(ui, found.as_deref(), commands),
            Dialog::Sheet(list, told) => sheet::show(ui, view, *list, told, commands),
            Dialog::Notice { title, text } => {
                ui.heading(title);
                egui::ScrollArea::vertical()
                    .max_height(320.0)
                    .show(ui, |ui| ui.label(shown(&shortened(text, MOST_IN_NOTICE))));
                ui.add_space(8.0);
                if ui.button("OK").clicked() {
                    commands.push(Command::Dismiss);
                }
            }
        }
    });
    // A click beside it closes what is only read; what is asked or typed goes by Escape and by its buttons.
    let is_read = matches!(
        dialog,
        Dialog::Changes
            | Dialog::Palette
            | Dialog::Shortcuts
            | Dialog::Glossary
            | Dialog::Sheet(..)
            | Dialog::Start
            | Dialog::Versions(_)
            | Dialog::Notice { .. }
    );
    let must_answer = matches!(dialog, Dialog::Recovery(_));
    if modal.should_close() && !must_answer && (is_read || !modal.backdrop_response.clicked()) {
        commands.push(Command::Dismiss);
    }
}

fn choice(ui: &mut egui::Ui, label: &str, command: Command, commands: &mut Vec<Command>) {
    if ui.button(label).clicked() {
        commands.push(command);
    }
}

fn file(path: &Path) -> String {
    let path = path.display().to_string();
    // The end of a path says more than its beginning.
    let cut = path.char_indices().rev().nth(MOST_OF_PATH).map_or(0, |(at, _)| at);
    let end = if cut > 0 { format!("…{}", &path[cut..]) } else { path };
    name(&end).into_owned()
}

fn unsaved(ui: &mut egui::Ui, view: &View<'_>, then: &Command, commands: &mut Vec<Command>) {
    ui.heading("There are unsaved changes");
    ui.label(format!(
        "In \"{}\". They are lost if you go on without saving; what you go on to is not.",
        name(&view.document.scenario.name)
    ));
    ui.add_space(8.0);
    let (save, on) = match then {
        Command::Quit => ("Save and quit", "Quit without saving"),
        Command::Close(_) => ("Save and close", "Close without saving"),
        _ => ("Save and go on", "Go on without saving"),
    };
    ui.horizontal_wrapped(|ui| {
        if *then == Command::TakeIn && view.parked.len() + 1 < MOST_OPEN {
            choice(ui, "Open it beside this one", Command::TakeInBeside, commands);
        }
        choice(ui, save, Command::SaveFirst(Box::new(then.clone())), commands);
        choice(ui, on, Command::Discard(Box::new(then.clone())), commands);
        choice(ui, "Stay", Command::Dismiss, commands);
    });
}

fn recovery(ui: &mut egui::Ui, recovered: &Recovered, commands: &mut Vec<Command>) {
    ui.heading("Unsaved work was found");
    ui.label(format!("The program ended before \"{}\" was saved.", name(&recovered.name)));
    if let Some(path) = &recovered.path {
        ui.label(format!("It belongs to {}. Recovering changes no file: it is still to be saved.", file(path)));
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        choice(ui, "Recover it", Command::Recover(recovered.clone()), commands);
        choice(ui, "Throw it away", Command::Forget(recovered.clone()), commands);
        if ui.button("Not now").on_hover_text("It is offered again when the program starts").clicked() {
            commands.push(Command::Later);
        }
    });
}

/// A file that is not as it was read.
#[derive(Clone, Copy)]
struct Changed<'a> {
    path: &'a Path,
    change: &'a Change,
    /// As it was when this was asked, where it can be read.
    now: Option<&'a Stamp>,
}

/// What to do about it.
fn changed(ui: &mut egui::Ui, view: &View<'_>, about: Changed<'_>, commands: &mut Vec<Command>) {
    ui.heading("The file is not as it was read");
    ui.label(format!("{} {}.", file(about.path), about.change));
    if about.change.can_be_read() {
        ui.label("Saving over it would undo what was changed there.");
    }
    ui.add_space(8.0);
    after_change(ui, view, about, commands);
}

fn after_change(ui: &mut egui::Ui, view: &View<'_>, about: Changed<'_>, commands: &mut Vec<Command>) {
    let Changed { path, change, now } = about;
    ui.horizontal_wrapped(|ui| {
        let is_compared = matches!(view.session.dialog, Some(Dialog::Difference { .. }));
        if change.can_be_read() && !is_compared {
            choice(ui, "Show the difference", Command::Compare, commands);
        }
        choice(ui, "Save as…", Command::SaveAs, commands);
        match change {
            Change::Gone => choice(ui, "Write it again", Command::SaveOver(path.to_owned(), Guard::New), commands),
            Change::Irregular | Change::Unreadable(_) => {}
            Change::Link(_) | Change::Contents => {
                // What is agreed to is what was there when this was asked.
                let guard = now.map_or(Guard::Agreed, |now| Guard::AsRead(now.clone()));
                choice(ui, "Write over it", Command::SaveOver(path.to_owned(), guard), commands);
                choice(ui, "Read it again", Command::Reload, commands);
            }
        }
        choice(ui, "Cancel", Command::Dismiss, commands);
    });
}

/// The document beside its file, line by line.
fn difference(ui: &mut egui::Ui, view: &View<'_>, lines: &[Line], about: Changed<'_>, commands: &mut Vec<Command>) {
    ui.heading("What differs");
    if lines.is_empty() {
        ui.label(format!("The scenario in the window is what stands in {}.", file(about.path)));
    } else {
        ui.label(format!("Lines with − stand in {} alone, lines with + in the window alone.", file(about.path)));
    }
    ui.add_space(4.0);
    let dark = ui.visuals().dark_mode;
    let height = ui.text_style_height(&egui::TextStyle::Monospace);
    egui::ScrollArea::both().max_height(320.0).auto_shrink([false, true]).show_rows(
        ui,
        height,
        lines.len(),
        |ui, rows| {
            for line in lines.get(rows).unwrap_or_default() {
                let (mark, color) = match line.side {
                    Side::File => ("−", Some(theme::bad(dark))),
                    Side::Window => ("+", Some(theme::good(dark))),
                    Side::Both => (" ", None),
                    Side::Gap => ("", None),
                };
                let mut text = egui::RichText::new(format!("{mark} {}", line.text)).monospace();
                if let Some(color) = color {
                    text = text.color(color);
                }
                ui.add(egui::Label::new(text).extend());
            }
        },
    );
    ui.add_space(8.0);
    after_change(ui, view, about, commands);
}

/// Says above the tabs that the file has changed while it was open.
pub fn file_change(ui: &mut egui::Ui, view: &View<'_>, change: &Change, commands: &mut Vec<Command>) {
    let path = view.document.source.path.as_deref().unwrap_or(Path::new(""));
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let file = name(&file);
    ui.horizontal_wrapped(|ui| {
        ui.colored_label(theme::bad(ui.visuals().dark_mode), format!("{file} {change}."));
        if change.can_be_read() {
            choice(ui, "Show the difference", Command::Compare, commands);
            choice(ui, "Read it again", Command::Reload, commands);
        }
        choice(ui, "Save as…", Command::SaveAs, commands);
        choice(ui, "Ignore", Command::Noted, commands);
    });
}

/// Everything that the keyboard does.
fn shortcuts(ui: &mut egui::Ui, commands: &mut Vec<Command>) {
    ui.heading("Keyboard shortcuts");
    // The list is longer than a small window; the title and OK stay in view.
    let most = (ui.ctx().content_rect().height() - 160.0).max(120.0);
    egui::ScrollArea::vertical().max_height(most).show(ui, |ui| {
        egui::Grid::new("shortcuts").num_columns(2).spacing([24.0, 4.0]).striped(true).show(ui, |ui| {
            for action in actions::all() {
                let Some(keys) = action.keys else { continue };
                ui.label(ui.ctx().format_shortcut(&keys));
                ui.label(action.label);
                ui.end_row();
            }
            for (keys, what) in
                [("Ctrl+Plus, Ctrl+Minus", "Larger, smaller"), ("Tab, arrows, Space", "Move, turn, press")]
            {
                ui.label(keys);
                ui.label(what);
                ui.end_row();
            }
        });
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
    let memory = edit.id.with("last shown");
    let frame = ui.ctx().cumulative_frame_nr();
    let was_there = ui.data(|data| data.get_temp::<u64>(memory)).is_some_and(|last| last + 1 >= frame);
    ui.data_mut(|data| data.insert_temp(memory, frame));
    if !was_there {
        edit.request_focus();
        let mut state = egui::TextEdit::load_state(ui.ctx(), edit.id).unwrap_or_default();
        let all = egui::text::CCursorRange::select_all(&ui.painter().layout_no_wrap(
            typed.clone(),
            egui::TextStyle::Body.resolve(ui.style()),
            ui.visuals().text_color(),
        ));
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), edit.id);
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
