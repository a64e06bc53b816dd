//! The manual in a window of its own beside the tabs, so that its steps can be followed while it is open.

use eframe::egui;
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use super::View;
use crate::app::command::Command;
use crate::app::manual::{Chapter, Part, Place, chapters};
use crate::app::theme;

/// Width of the list of pages.
const LIST: f32 = 190.0;
/// Width below which the list folds into a menu.
const NARROW: f32 = 560.0;
/// Lines longer than this are hard to read.
const WIDEST_LINE: f32 = 680.0;
/// Frames until the places of all headings are known.
const FRAMES_TO_SETTLE: u64 = 4;

/// Shows the manual, if it is open.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let reading = &view.session.manual;
    if !reading.is_open {
        return;
    }
    let place = reading.place();
    let Some(chapter) = chapters().get(place.page) else { return };
    let room = ui.ctx().content_rect().size();
    let size = egui::vec2((room.x - 40.0).min(860.0), (room.y - 90.0).min(640.0));
    let mut is_open = true;
    egui::Window::new("Manual")
        .open(&mut is_open)
        .default_size(size)
        // Below the menu bar, which stays in reach.
        .default_pos(egui::pos2((room.x - size.x - 24.0) / 2.0, 44.0))
        .min_size(egui::vec2(260.0, 160.0))
        .max_size(room - egui::vec2(16.0, 60.0))
        .collapsible(false)
        .show(ui.ctx(), |ui| {
            let is_narrow = ui.available_width() < NARROW;
            if !is_narrow {
                egui::Panel::left("pages of the manual").resizable(false).exact_size(LIST).show(ui, |ui| {
                    list(ui, place.page, commands);
                });
            }
            egui::CentralPanel::default().show(ui, |ui| {
                ui.horizontal_wrapped(|ui| {
                    if ui.add_enabled(reading.visited() > 0, egui::Button::new("Back")).clicked() {
                        commands.push(Command::ManualBack);
                    }
                    if is_narrow {
                        menu(ui, place.page, commands);
                    }
                });
                page(ui, chapter, &place, reading.visited(), commands);
            });
        });
    if !is_open {
        commands.push(Command::CloseManual);
    }
}

fn entries(ui: &mut egui::Ui, shown: usize, commands: &mut Vec<Command>) {
    for (page, chapter) in chapters().iter().enumerate() {
        if ui.selectable_label(page == shown, &chapter.title).clicked() {
            commands.push(Command::Manual(Place { page, heading: String::new() }));
        }
    }
}

fn list(ui: &mut egui::Ui, shown: usize, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| entries(ui, shown, commands));
}

fn menu(ui: &mut egui::Ui, shown: usize, commands: &mut Vec<Command>) {
    ui.menu_button("Pages", |ui| {
        egui::ScrollArea::vertical().max_height(300.0).show(ui, |ui| entries(ui, shown, commands));
    });
}

fn page(ui: &mut egui::Ui, chapter: &Chapter, place: &Place, visited: usize, commands: &mut Vec<Command>) {
    // Each visit has its own place to scroll from.
    let visit = ("page of the manual", place.page, visited);
    let memory = ui.scope_id().with(visit);
    let frame = ui.ctx().cumulative_frame_nr();
    let first = ui.data_mut(|data| *data.get_temp_mut_or(memory, frame));
    let is_new = frame < first + FRAMES_TO_SETTLE;
    if is_new {
        ui.ctx().request_repaint();
    }
    egui::ScrollArea::vertical().id_salt(visit).auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width().min(WIDEST_LINE));
        // Links stand in the line like other words, and in a colour of their own.
        ui.spacing_mut().interact_size.y = ui.text_style_height(&egui::TextStyle::Body);
        // The font has no bold: names of controls stand out by being darker, or brighter, than the rest.
        let visuals = ui.visuals_mut();
        let [text, strong] = if visuals.dark_mode { [185, 255] } else { [75, 0] };
        visuals.override_text_color = None;
        visuals.widgets.noninteractive.fg_stroke.color = egui::Color32::from_gray(text);
        visuals.widgets.active.fg_stroke.color = egui::Color32::from_gray(strong);
        visuals.hyperlink_color = theme::mark(visuals.dark_mode, 0).colour;
        for (index, section) in chapter.sections.iter().enumerate() {
            if is_new && !place.heading.is_empty() && section.name == place.heading {
                ui.scroll_to_cursor_animation(Some(egui::Align::TOP), egui::style::ScrollAnimation::none());
            }
            // It holds what was clicked in this frame, and pictures, of which there are none.
            let mut cache = CommonMarkCache::default();
            for (link, _) in &section.links {
                cache.add_link_hook(link);
            }
            let mut followed = None;
            for (at, part) in section.parts.iter().enumerate() {
                ui.push_id((place.page, index, at), |ui| match part {
                    Part::Code(text) => code(ui, text),
                    Part::Prose(text) => {
                        CommonMarkViewer::new().show(ui, &mut cache, text);
                    }
                });
                let is_clicked = |(link, _): &&(String, Place)| cache.get_link_hook(link) == Some(true);
                followed = followed.or_else(|| section.links.iter().find(is_clicked));
            }
            commands.extend(followed.map(|(_, to)| Command::Manual(to.clone())));
        }
        ui.add_space(24.0);
    });
}

/// Commands, outputs and files: not wrapped, and ready to be copied.
fn code(ui: &mut egui::Ui, text: &str) {
    ui.add_space(4.0);
    egui::Frame::new().fill(ui.visuals().extreme_bg_color).inner_margin(6.0).corner_radius(3.0).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if ui.small_button("Copy").clicked() {
            ui.ctx().copy_text(text.to_owned());
        }
        egui::ScrollArea::horizontal().show(ui, |ui| {
            ui.add(egui::Label::new(egui::RichText::new(text.trim_end()).monospace()).extend());
        });
    });
    ui.add_space(8.0);
}
