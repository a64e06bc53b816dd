//! The monitoring plan looked at, in words and numbers.

use eframe::egui::{self, RichText};

use super::{noticed, row};
use crate::app::command::Command;
use crate::app::theme;
use crate::app::view::View;
use crate::report::plan::{describe, name, reading};
use crate::report::sentence::{grouped, percent, usd};

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(2.0);
        ui.heading("Monitoring plan");
        let Some((planned, selected)) = view.session.plan_shown() else {
            ui.label(RichText::new("The search has to be over first.").weak());
            how(ui);
            return;
        };
        let plans = &planned.plans;
        let Some(plan) = plans.plans.get(selected) else { return };
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(name(plans, plan)).strong().size(15.0));
            if selected == plans.recommended {
                ui.label(RichText::new("The recommended plan").color(theme::good(ui.visuals().dark_mode)));
            }
            ui.label(reading(plans, plan));
            ui.add_space(4.0);
            let o = &plan.outcome;
            egui::Grid::new("plan").num_columns(2).spacing([8.0, 3.0]).show(ui, |ui| {
                row(ui, "Price, USD a day", "Labels, fixed price, and the saving that a holdback forgoes.", usd(plan.usd_per_day));
                noticed(ui, o);
                row(ui, "Mean damage, USD", "Extra downstream cost from the onset to the alarm, or to the end.", usd(plan.damage_usd));
                row(ui, "Its standard error", "Over the replicates.", usd(plan.damage_se_usd));
                row(ui, "Price and damage, USD", "Over the whole horizon.", usd(plan.total_usd));
                row(
                    ui,
                    "False alarms",
                    "Share of fresh runs with any alarm while nothing is wrong.",
                    percent(o.false_alarms.rate, 1),
                );
            });
            if !plan.members.is_empty() {
                ui.add_space(4.0);
                for monitor in plans.monitors_of(plan) {
                    ui.label(format!("• {}", describe(monitor)));
                }
                let help = "Adds the plan's monitors to the scenario, where Detection studies them beside the others. Undo takes them out again.";
                if ui.button("Put into the scenario").on_hover_text(help).clicked() {
                    commands.push(Command::TakePlan);
                }
            }
        });
        ui.add_space(theme::GAP);
        ui.label(
            RichText::new(format!(
                "{} monitors tried, the better ones and their pairs over {} runs, the best of these over as many fresh ones.",
                grouped(plans.tried as f64),
                grouped(plans.replicates as f64)
            ))
            .weak(),
        );
        how(ui);
    });
}

fn how(ui: &mut egui::Ui) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new("How the search goes").strong());
    ui.label(
        RichText::new(
            "Each monitor of the scenario is tried in several sample sizes, splits and detectors, all with the same chance of a \
             false alarm. Three rounds: all of them over a few runs; the better ones, alone and in pairs, over many; and those that no cheaper one beats \
             once more, with thresholds set anew. Each round has fresh runs, so that luck does not choose. The best has the least of price and \
             damage over the horizon; within a standard error the simpler one is taken.",
        )
        .weak(),
    );
}
