//! The window where there is little room, as at a projector with large type: one part at a time, picked from a strip of names.

use eframe::egui;

use super::{View, dock, left, right};
use crate::app::command::Command;
use crate::app::layout::TABS;
use crate::app::state::Page;

/// Least size at which the parts of the window fit beside each other, points.
const LEAST: egui::Vec2 = egui::vec2(760.0, 430.0);

/// Whether there is too little room for all parts at once.
pub fn is_needed(available: egui::Vec2) -> bool {
    available.x < LEAST.x || available.y < LEAST.y
}

/// Shows the strip and the part picked.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let page = view.session.page;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(2.0, 2.0);
        let first = if view.session.course.is_some() { "Lesson" } else { "Scenario" };
        if ui.selectable_label(page == Page::Scenario, first).clicked() {
            commands.push(Command::Page(Page::Scenario));
        }
        for tab in TABS {
            let (name, help) = dock::title(tab);
            let is_shown = page == Page::Plots && view.settings.tab == tab;
            if ui.selectable_label(is_shown, name).on_hover_text(help).clicked() {
                commands.extend([Command::Page(Page::Plots), Command::Tab(tab)]);
            }
        }
        if ui.selectable_label(page == Page::Summary, "In numbers").clicked() {
            commands.push(Command::Page(Page::Summary));
        }
    });
    ui.add_space(2.0);
    match page {
        Page::Scenario => left(ui, view, commands),
        Page::Plots => dock::pane(ui, view.settings.tab, view, commands),
        Page::Summary => right(ui, view, commands),
    }
}
