//! The monitoring plan looked at, in words and numbers.

use eframe::egui::{self, RichText};

use super::row;
use crate::app::command::Command;
use crate::app::theme;
use crate::app::view::View;
use crate::report::plan::{describe, half_act_after, name, reading};
use crate::report::sentence::{grouped, percent, usd};

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(2.0);
        ui.heading("Monitoring plan");
        let Some((planned, selected)) = view.session.plan_shown() else {
            let words = match view.session.plan_failure {
                Some(_) => "There is no plan to describe.",
                None => "The search has to be over first.",
            };
            ui.label(RichText::new(words).weak());
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
            let f = &plan.figures;
            egui::Grid::new("plan").num_columns(2).spacing([8.0, 3.0]).show(ui, |ui| {
                row(ui, "Price, USD a day", "Labels, fixed price, and the saving that a holdback forgoes.", usd(plan.usd_per_day));
                row(ui, "Net value, USD", "Expected, against staying on the baseline, over the horizon; price and investigations are taken off.", usd(f.value_usd));
                row(ui, "Its standard error", "Over the runs.", usd(f.value_se_usd));
                row(ui, "In the worst 5 %", "So much or less: a quantile of the net value over the runs.", usd(f.quantiles_usd[0]));
                row(ui, "In the best 5 %", "So much or more.", usd(f.quantiles_usd[2]));
                row(ui, "Loses", "Chance that the net value is below zero.", percent(f.loses, 0));
                row(ui, "Half act after", "If the change comes: days from the onset until half of the runs have taken the policy back.", half_act_after(plan));
                row(ui, "Act", "Share of those runs in which the policy is taken back.", percent(f.acts, 0));
                row(ui, "Mean damage, USD", "Extra downstream cost from the onset until the policy is out, or to the end.", usd(f.damage_usd));
                if let Some(budget) = f.false_alarms_budget {
                    row(ui, "False-alarm budget", "Given, or the one that is worth most.", percent(budget, 1));
                }
                row(
                    ui,
                    "False alarms",
                    "Share of fresh runs with any alarm while nothing is wrong.",
                    percent(f.false_alarms.0, 1),
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
                "{} monitors tried, the better ones and their pairs on more runs, the best of these over {} fresh ones.",
                grouped(plans.tried as f64),
                grouped(f64::from(plans.replicates))
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
            "Each monitor of the scenario is tried in several sample sizes, splits and detectors. All of them on a few runs; the better third on \
             more; the best of these on more again, alone and in pairs; and the last dozen on fresh runs, with thresholds set anew, so that luck \
             does not choose. What counts is the net value over the horizon: what the policy saves and loses until somebody acts on an alarm, \
             less the price of looking and of investigations. Within a standard error the simpler plan is taken.",
        )
        .weak(),
    );
}
