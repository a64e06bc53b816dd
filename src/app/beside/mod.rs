//! What stands beside a tab: what is looked at in it, in words and numbers.

pub mod monitor;
pub mod plan;
pub mod summary;

use eframe::egui;

use crate::detection::study::Outcome;
use crate::report::detection::days;
use crate::report::sentence::percent;

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
