//! What stands beside a tab: what is looked at in it, in words and numbers.

pub mod decide;
pub mod monitor;
pub mod plan;
pub mod summary;

use eframe::egui;

use crate::app::command::Command;
use crate::app::view::View;
use crate::detection::study::Outcome;
use crate::report::detection::days;
use crate::report::sentence::percent;

/// Says what is under way, or why nothing is, and what helps.
pub fn waiting(ui: &mut egui::Ui, view: &View<'_>, under_way: &str, commands: &mut Vec<Command>) {
    if view.document.lacks_table() {
        ui.label("Nothing is computed until the table of this scenario is found.");
        let help = "Looks for it again; where it is not, asks where it is";
        if ui.button("Find the table…").on_hover_text(help).clicked() {
            commands.push(Command::FindTable);
        }
    } else if let Some(failure) = &view.session.failure {
        ui.label(format!("Nothing can be computed: {failure}"));
    } else {
        ui.label(egui::RichText::new(under_way).weak());
    }
}

/// When half of the runs are noticed, and how many are in the end.
fn noticed(ui: &mut egui::Ui, outcome: &Outcome) {
    row(ui, "A quarter noticed after", "Days from the onset of damage.", days(outcome.days_to(0.25)));
    row(ui, "Half", "Days from the onset of damage.", days(outcome.days_to(0.5)));
    row(ui, "Three quarters", "Days from the onset of damage.", days(outcome.days_to(0.75)));
    let help = "Share of runs with an alarm from the change on, of those without a false one before it.";
    row(ui, "Noticed by the end", help, percent(outcome.noticed.rate, 0));
}

/// A row of a two-column grid: what it is, explained under the pointer, and its value.
fn row(ui: &mut egui::Ui, label: &str, help: &str, value: String) {
    ui.label(egui::RichText::new(label).weak()).on_hover_text(help);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(value));
    ui.end_row();
}
