//! The bar at the bottom: what is being computed, how far it is, and messages.

use eframe::egui;

use super::View;
use super::compact::Room;
use crate::app::command::Command;
use crate::app::results::Sampling;
use crate::app::theme;
use crate::app::worker::REQUESTS;
use crate::report::sentence::{grouped, reading};

/// Shows the bar.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, room: Room, commands: &mut Vec<Command>) {
    let session = view.session;
    let dark = ui.visuals().dark_mode;
    // Where there is little room, only what is going on.
    let is_roomy = room != Room::ForOne;
    ui.horizontal(|ui| {
        if let Some(failure) = &session.failure {
            ui.colored_label(theme::bad(dark), format!("Problem: {failure}"));
            return;
        }
        match session.sampling {
            Sampling::Running => {
                if progress(ui, "Intervals", view.progress) {
                    commands.push(Command::CancelSampling);
                }
                if let Some(speed) = speed(view).filter(|_| is_roomy) {
                    ui.label(egui::RichText::new(speed).weak());
                }
            }
            Sampling::Done if room == Room::ForOne => {
                // What a moved slider does, while the numbers are on another page.
                if let Some(points) = session.points.as_ref().filter(|_| session.course.is_none()) {
                    let sentence = reading(&view.document.scenario, points, session.selected);
                    ui.add(egui::Label::new(sentence).truncate());
                }
            }
            Sampling::Done => {
                ui.label(if view.document.scenario.is_replayed() {
                    "Curves are sums over the table; 95 % intervals by drawing its rows again."
                } else {
                    "Curves exact; 95 % intervals from 1,000,000 requests for each policy."
                });
            }
            Sampling::Cancelled | Sampling::None => {
                ui.label("Curves exact; no intervals.");
                if ui.button("Simulate").clicked() {
                    commands.push(Command::Sample);
                }
            }
        }
        if is_roomy && session.studying != Sampling::None {
            ui.separator();
        }
        match session.studying {
            // One bar at a time.
            _ if !is_roomy && session.sampling == Sampling::Running => {}
            Sampling::Running => {
                if progress(ui, "Detection study", view.study_progress) {
                    commands.push(Command::CancelStudy);
                }
            }
            Sampling::Cancelled => {
                ui.label("Detection study stopped.");
                if ui.button("Go on").clicked() {
                    commands.push(Command::Study);
                }
            }
            Sampling::Done if room == Room::ForOne => {}
            Sampling::Done => {
                let replicates = session.studies.as_ref().and_then(|s| s.at.first()).map_or(0, |s| s.replicates);
                ui.label(format!("Detection from {} runs.", grouped(replicates as f64)));
            }
            Sampling::None => {}
        }
        let under_way = [
            (session.planning, "Plans", view.plan_progress, Command::CancelPlan),
            (session.deciding, "Options", view.decision_progress, Command::CancelDecision),
            (session.rolling, "Rollout", view.rollout_progress, Command::CancelSteps),
            (session.ranging, "Ranges", view.range_progress, Command::CancelRanges),
        ];
        for (state, name, steps, cancel) in under_way {
            if state != Sampling::Running {
                continue;
            }
            if is_roomy {
                ui.separator();
            }
            if progress(ui, name, steps) {
                commands.push(cancel);
            }
        }
        if let Some(steps) = session.exporting {
            ui.separator();
            if progress(ui, "Export", steps) {
                commands.push(Command::CancelExport);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(egui::RichText::new(&session.message).weak()).truncate());
        });
    });
}

/// How fast the long simulation goes; a replay draws rows, not requests.
fn speed(view: &View<'_>) -> Option<String> {
    let seconds = view.session.sampling_since?.elapsed().as_secs_f64();
    let (done, total) = view.progress;
    if view.document.scenario.is_replayed() || total == 0 || seconds < 0.2 {
        return None;
    }
    let policies = view.document.scenario.policies.len() as f64;
    let millions = REQUESTS as f64 * policies * done as f64 / total as f64 / seconds / 1e6;
    Some(format!("{} million routed requests a second", grouped(millions.round())))
}

/// A progress bar with its Cancel button; whether that was clicked.
fn progress(ui: &mut egui::Ui, what: &str, (done, total): (u64, u64)) -> bool {
    let fraction = if total > 0 { done as f32 / total as f32 } else { 0.0 };
    ui.label(what);
    let bar = ui.add(
        egui::ProgressBar::new(fraction)
            .desired_width(if ui.available_width() > 300.0 { 150.0 } else { 60.0 })
            .show_percentage(),
    );
    bar.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, format!("{what}: progress")));
    ui.button("Cancel").on_hover_text(format!("Stop: {what}")).clicked()
}
