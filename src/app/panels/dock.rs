//! The docked tabs in the middle of the window.

use eframe::egui;
use egui_tiles::{Behavior, SimplificationOptions, Tile, TileId, Tiles, UiResponse};

use super::View;
use crate::app::command::Command;
use crate::app::plots;
use crate::app::tab::Tab;

/// Shows the tabs. What was moved comes back as a command.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let mut layout = view.settings.layout.clone();
    layout.tree.ui(&mut Panes { view, commands }, ui);
    if layout != view.settings.layout {
        // Before what was clicked, which may bring another tab to the front.
        commands.insert(0, Command::Dock(Box::new(layout)));
    }
}

struct Panes<'a> {
    view: &'a View<'a>,
    commands: &'a mut Vec<Command>,
}

impl Behavior<Tab> for Panes<'_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _: TileId, tab: &mut Tab) -> UiResponse {
        ui.add_space(4.0);
        plots::show(ui, *tab, self.view, self.commands);
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, tab: &Tab) -> egui::WidgetText {
        plots::entry(*tab).title.into()
    }

    fn on_tab_button(&mut self, tiles: &mut Tiles<Tab>, id: TileId, response: egui::Response) -> egui::Response {
        let Some(Tile::Pane(tab)) = tiles.get(id) else { return response };
        if response.clicked() {
            self.commands.push(Command::Tab(*tab));
        }
        response.on_hover_text(plots::entry(*tab).help)
    }

    /// All tabs fit beside each other in a usual window.
    fn tab_title_spacing(&self, _: &egui::Visuals) -> f32 {
        5.0
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }
}
