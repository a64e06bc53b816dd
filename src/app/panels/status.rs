//! The bar at the bottom: what is being computed, how far it is, and messages.

use eframe::egui;

use super::View;
use crate::app::command::Command;
use crate::app::state::Sampling;
use crate::app::theme;

/// Shows the bar.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let session = view.session;
    let dark = ui.visuals().dark_mode;
    ui.horizontal(|ui| {
        if let Some(failure) = &session.failure {
            ui.colored_label(theme::bad(dark), format!("Problem: {failure}"));
            return;
        }
        match session.sampling {
            Sampling::Running => {
                let (done, total) = view.progress;
                let fraction = if total > 0 { done as f32 / total as f32 } else { 0.0 };
                ui.label("Monte Carlo intervals");
                let bar = ui.add(egui::ProgressBar::new(fraction).desired_width(180.0).show_percentage());
                bar.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "Monte Carlo progress")
                });
                if ui.button("Cancel").clicked() {
                    commands.push(Command::CancelSampling);
                }
            }
            Sampling::Done => {
                ui.label("Curves exact; 95 % intervals from 1,000,000 requests for each policy.");
            }
            Sampling::Cancelled | Sampling::None => {
                ui.label("Curves exact; no intervals.");
                if ui.button("Simulate").clicked() {
                    commands.push(Command::Sample);
                }
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(egui::RichText::new(&session.message).weak()).truncate());
        });
    });
}
