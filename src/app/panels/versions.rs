//! Earlier versions of the scenario, to go back to.

use std::time::SystemTime;

use eframe::egui::{self, RichText};

use crate::app::command::Command;
use crate::app::theme;
use crate::app::versions::{Version, ago};

/// Shows the list; `None` while it is being looked for.
pub fn show(ui: &mut egui::Ui, versions: Option<&[Version]>, commands: &mut Vec<Command>) {
    ui.heading("Earlier versions");
    let told = match versions {
        None => "Looking for them…",
        Some([]) => {
            "None yet: one is kept whenever the scenario is saved, and every ten minutes while it is worked on."
        }
        Some(_) => "Going back is one step: Undo takes it back. What changed… then says in what it differs.",
    };
    ui.label(RichText::new(told).weak());
    let now = SystemTime::now();
    let height = (ui.ctx().content_rect().height() - 220.0).max(80.0);
    egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
        for version in versions.unwrap_or_default() {
            ui.horizontal(|ui| {
                let age = ago(version.at, now);
                let button = ui.button("Go back to it");
                button.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Go back to the version of {age}"))
                });
                if button.clicked() {
                    commands.extend([Command::Dismiss, Command::GoBackTo(version.clone())]);
                }
                ui.label(age);
            });
        }
    });
    ui.add_space(theme::GAP);
    if ui.button("Close").clicked() {
        commands.push(Command::Dismiss);
    }
}
