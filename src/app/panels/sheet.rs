//! Segments or tiers as a table: many numbers at once, several rows together, and what a spreadsheet has.

use std::collections::BTreeSet;

use eframe::egui::{self, RichText};
use egui_extras::{Column, TableBuilder};

use super::View;
use super::scenario::{face, number};
use crate::app::command::Command;
use crate::app::parameters::{self, Slider};
use crate::app::theme;
use crate::entry::{Face, List, Shown, typed};
use crate::model::address::{self, Address, Target};
use crate::scenario::sheet;

/// Height of a row, points.
const ROW: f32 = 24.0;
/// Least width of the column of names, points.
const NAMES: f32 = 130.0;

/// Shows the table of a list. `told` is what came of the last table that was pasted.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, list: List, told: &[String], commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    ui.horizontal(|ui| {
        ui.heading(if list == List::Tiers { "All tiers" } else { "All segments" });
        ui.label(RichText::new("What is changed in one of the ticked rows is changed in all of them.").weak());
    });
    let names = scenario.names(list);
    let columns = columns(view, list);
    let memory = ui.scope_id().with(("ticked rows", list));
    let frame = ui.ctx().cumulative_frame_nr();
    let stored: Option<(u64, BTreeSet<usize>)> = ui.data(|data| data.get_temp(memory));
    // Ticks are gone with the dialog.
    let mut ticked = stored.filter(|(last, _)| last + 2 >= frame).map(|(_, ticked)| ticked).unwrap_or_default();
    ticked.retain(|row| *row < names.len());
    let height = (ui.ctx().content_rect().height() - 230.0).max(120.0);
    egui::ScrollArea::horizontal().show(ui, |ui| {
        let mut table = TableBuilder::new(ui)
            .striped(true)
            .max_scroll_height(height)
            .min_scrolled_height(height.min(ROW * (names.len() + 2) as f32))
            .column(Column::auto())
            .column(Column::auto().at_least(NAMES));
        for _ in &columns {
            table = table.column(Column::auto().at_least(84.0));
        }
        let table = table.header(ROW + 14.0, |mut header| {
            header.col(|_| {});
            header.col(|ui| {
                ui.label(RichText::new("Name").strong());
            });
            for (slider, label) in &columns {
                header.col(|ui| {
                    let text = RichText::new(label).small().strong();
                    ui.add(egui::Label::new(text).wrap()).on_hover_text(slider.help);
                });
            }
        });
        table.body(|body| {
            body.rows(ROW, names.len(), |mut row| {
                let index = row.index();
                let Some(name) = names.get(index) else { return };
                row.col(|ui| {
                    let mut is_ticked = ticked.contains(&index);
                    let tick = ui.checkbox(&mut is_ticked, "");
                    tick.widget_info(|| {
                        egui::WidgetInfo::selected(egui::Role::CheckBox, true, is_ticked, format!("Tick {name}"))
                    });
                    if tick.changed() && !ticked.remove(&index) {
                        ticked.insert(index);
                    }
                });
                row.col(|ui| {
                    ui.add(egui::Label::new(name).truncate()).on_hover_text(name);
                });
                for (slider, label) in &columns {
                    row.col(|ui| {
                        let of = |row: usize| at(slider, Target::of_entry(list, row));
                        // Shares follow from each other: two of them cannot be typed at once.
                        let is_alone = slider.face == Face::Figure(Shown::PartOfTraffic) || !ticked.contains(&index);
                        let rows: Vec<usize> = if is_alone { vec![index] } else { ticked.iter().copied().collect() };
                        let all: Vec<Address> = rows.into_iter().map(|row| of(row).address).collect();
                        cell(ui, view, &of(index), &format!("{label} of {name}"), &all, commands);
                    });
                }
            });
        });
    });
    ui.data_mut(|data| data.insert_temp(memory, (frame, ticked)));
    for line in told {
        ui.label(RichText::new(line).weak());
    }
    if let Some(refused) = &view.session.refused {
        ui.label(
            RichText::new(format!("Not taken over: {}", refused.message)).color(theme::bad(ui.visuals().dark_mode)),
        );
    }
    ui.add_space(theme::GAP);
    ui.horizontal_wrapped(|ui| {
        if ui.button("Copy for a spreadsheet").on_hover_text("All rows, with the file's names of the columns").clicked() {
            ui.ctx().copy_text(sheet::text(scenario, list));
        }
        let help = "Rows copied in a spreadsheet, with a row of headings: names in the first column. A name that is not here yet is added.";
        if ui.button("Paste from a spreadsheet").on_hover_text(help).clicked() {
            commands.push(Command::AskPaste);
        }
        if ui.button("Close").clicked() {
            commands.push(Command::Dismiss);
        }
    });
}

/// The columns: the numbers of an entry that a table can hold, and how they are called.
fn columns(view: &View<'_>, list: List) -> Vec<(Slider, String)> {
    let scenario = &*view.document.scenario;
    let known = sheet::keys(scenario, list);
    let is_known = |slider: &Slider| matches!(slider.address.key, address::Key::Named(name) if known.iter().any(|key| key.name == name));
    let sliders = parameters::sliders(scenario, Target::of_entry(list, 0)).into_iter().filter(is_known);
    sliders.map(|slider| (slider.clone(), number::name(&slider, view.settings.words))).collect()
}

/// The same number of another entry.
fn at(slider: &Slider, target: Target) -> Slider {
    Slider { address: Address { target, ..slider.address }, ..slider.clone() }
}

/// One number. What is typed goes to every one of `all`.
fn cell(ui: &mut egui::Ui, view: &View<'_>, slider: &Slider, name: &str, all: &[Address], commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let Some(value) = address::get(scenario, slider.address) else { return };
    let faced = face::of(ui, view, slider);
    let scale = match &faced {
        Some(faced) if faced.unit.is_empty() => 100.0,
        None if slider.is_share() => 100.0,
        _ => 1.0,
    };
    let shown = scale * faced.as_ref().map_or(value, |faced| faced.value);
    let mut edited = shown;
    let decimals = if faced.is_some() { 1 } else { 4 };
    let speed = scale * (slider.range[1] - slider.range[0]).abs() / 400.0;
    let response = ui.add(
        egui::DragValue::new(&mut edited)
            .speed(if faced.is_some() { 0.2 } else { speed })
            .update_while_editing(false)
            .max_decimals(decimals)
            .custom_parser(typed)
            .custom_formatter(face::written)
            .suffix(match &faced {
                Some(faced) if faced.unit.is_empty() => " %".to_owned(),
                Some(faced) => face::unit_of(faced.unit),
                None => face::suffix(slider),
            }),
    );
    let is_same = face::written(edited, 0..=decimals) == face::written(shown, 0..=decimals);
    response.widget_info(|| egui::WidgetInfo {
        label: Some(name.to_owned()),
        ..egui::WidgetInfo::drag_value(true, edited)
    });
    // A field that is left says again what it shows: that is no edit.
    if !response.changed() || (is_same && !response.dragged()) {
        return;
    }
    let mut values = Vec::new();
    for address in all {
        let wanted = edited / scale;
        let value = match &faced {
            Some(_) => face::number(scenario, *address, slider.limits, wanted),
            None => Ok(wanted),
        };
        match value {
            Ok(value) => values.push((*address, value)),
            Err(why) => {
                commands.push(Command::Refuse(*address, why));
                return;
            }
        }
    }
    commands.push(Command::SetAll { values, dragging: response.dragged() });
}
