//! The docked tabs in the middle of the window.

use eframe::egui;
use egui_tiles::{Behavior, SimplificationOptions, Tile, TileId, Tiles, UiResponse};

use super::View;
use crate::app::command::Command;
use crate::app::plots;
use crate::app::tab::Tab;

/// Least height at which the plots of the detection study can be read; in a lower place they scroll.
const DETECTION_HEIGHT: f32 = 620.0;

/// The same of the monitoring plans.
const PLAN_HEIGHT: f32 = 560.0;
/// The same of the frontier.
const FRONTIER_HEIGHT: f32 = 250.0;
/// The same of the run.
const TIMELINE_HEIGHT: f32 = 240.0;

/// Shows the tabs. What was moved comes back as a command.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let mut layout = view.settings.layout.clone();
    layout.tree.ui(&mut Panes { view, commands }, ui);
    if layout != view.settings.layout {
        // Before what was clicked, which may bring another tab to the front.
        commands.insert(0, Command::Dock(Box::new(layout)));
    }
}

/// Name of a tab, and what it shows.
pub fn title(tab: Tab) -> (&'static str, &'static str) {
    match tab {
        Tab::Frontier => ("Frontier", "What each policy costs, and at what quality."),
        Tab::Detection => ("Detection", "Which monitor notices the damage, after how many days, at what price."),
        Tab::Plan => ("Plan", "Which monitoring to buy for a budget: price against the damage until somebody notices."),
        Tab::Segments => ("Segments", "Which segments and tiers the loss comes from."),
        Tab::Money => ("Money", "From the inference saving to the net, step by step."),
        Tab::Compare => ("Compare", "Runs side by side: pin one, change something, look at both."),
        Tab::Timeline => ("Timeline", "One run day by day: what the dashboard shows, and the truth."),
    }
}

/// A tab that scrolls where there is less room than it needs.
fn tall(ui: &mut egui::Ui, least: f32, content: impl FnOnce(&mut egui::Ui)) {
    if ui.available_height() >= least {
        return content(ui);
    }
    let height = least;
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        // Within a scrolled area there is no end to the height that the plots would take.
        ui.allocate_ui(egui::vec2(ui.available_width(), height), content);
    });
}

struct Panes<'a> {
    view: &'a View<'a>,
    commands: &'a mut Vec<Command>,
}

/// What a tab shows.
pub fn pane(ui: &mut egui::Ui, tab: Tab, view: &View<'_>, commands: &mut Vec<Command>) {
    match tab {
        Tab::Frontier => tall(ui, FRONTIER_HEIGHT, |ui| plots::frontier::show(ui, view, commands)),
        Tab::Detection => tall(ui, DETECTION_HEIGHT, |ui| plots::detection::show(ui, view, commands)),
        Tab::Plan => tall(ui, PLAN_HEIGHT, |ui| plots::plan::show(ui, view, commands)),
        Tab::Segments => plots::segments::show(ui, view, commands),
        Tab::Money => plots::money::show(ui, view),
        Tab::Compare => plots::compare::show(ui, view, commands),
        Tab::Timeline => tall(ui, TIMELINE_HEIGHT, |ui| plots::timeline::show(ui, view, commands)),
    }
}

impl Behavior<Tab> for Panes<'_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _: TileId, tab: &mut Tab) -> UiResponse {
        ui.add_space(4.0);
        pane(ui, *tab, self.view, self.commands);
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, tab: &Tab) -> egui::WidgetText {
        title(*tab).0.into()
    }

    fn on_tab_button(&mut self, tiles: &mut Tiles<Tab>, id: TileId, response: egui::Response) -> egui::Response {
        let Some(Tile::Pane(tab)) = tiles.get(id) else { return response };
        if response.clicked() {
            self.commands.push(Command::Tab(*tab));
        }
        response.on_hover_text(title(*tab).1)
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }
}
