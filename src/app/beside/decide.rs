//! The option to take and the cautious one, in words and numbers, and how options are valued.

use eframe::egui::{self, RichText};

use super::row;
use crate::app::command::Command;
use crate::app::results::Decided;
use crate::app::theme;
use crate::app::view::View;
use crate::decision::choose::Watched;
use crate::report::options::{line, told};
use crate::report::sentence::{fixed, gain, percent, usd};

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(2.0);
        ui.heading("Decision");
        if let Some(decided) = &view.session.decided {
            let decision = &decided.decision;
            option(ui, decided, decision.best, "Take this", commands);
            if decision.cautious != decision.best {
                ui.add_space(theme::GAP);
                option(ui, decided, decision.cautious, "The cautious one", commands);
            }
        } else {
            ui.label(RichText::new("The options have to be worked out first.").weak());
        }
        how(ui);
    });
}

fn option(ui: &mut egui::Ui, decided: &Decided, index: usize, title: &str, commands: &mut Vec<Command>) {
    let (scenario, decision) = (&decided.scenario, &decided.decision);
    let Some(choice) = decision.options.get(index) else { return };
    let Ok(f) = &choice.figures else { return };
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if decided.is_old {
            ui.set_opacity(0.6);
        }
        ui.label(RichText::new(title).strong().color(theme::good(ui.visuals().dark_mode)));
        ui.label(RichText::new(line(scenario, choice)).strong().size(15.0));
        ui.label(told(scenario, decision, choice));
        if choice.watched == Watched::Stay {
            return;
        }
        ui.add_space(4.0);
        egui::Grid::new(("option", index)).num_columns(2).spacing([8.0, 3.0]).show(ui, |ui| {
            row(ui, "Value, USD", "Expected net value against staying on the baseline.", gain(f.value_usd));
            row(ui, "Its standard error", "Over the runs; 0 where it is exact.", usd(f.value_se_usd));
            row(ui, "Loses", "Chance that it comes to less than the baseline.", percent(f.loses, 0));
            if let Some(budget) = f.false_alarms_budget {
                row(
                    ui,
                    "False-alarm budget",
                    "Chance of any alarm over the horizon while nothing changes, chosen so that the option is worth most: late alarms cost money, false \
                     ones do, too.",
                    percent(budget, 1),
                );
            }
            if let Some(days) = f.days_to_acting {
                row(
                    ui,
                    "Acts after, days",
                    "From the onset of material damage until it is taken back, if the change comes: the median.",
                    fixed(days, 0),
                );
            }
            row(ui, "Damage, USD", "Mean damage until it is taken back, if the change comes.", usd(f.damage_usd));
            row(ui, "Watching, USD", "Price of watching over the horizon.", usd(f.watching_usd));
            row(ui, "Investigations, USD", "People's time after alarms.", usd(f.investigating_usd));
            row(ui, "Quality at the end", "Mean success on the last day, if the change comes.", percent(f.quality_at_end, 1));
        });
        let help = "Studies this policy, sets its knob and looks at this monitor. Undo takes it back.";
        let button = egui::Button::new("Take it into the scenario");
        if ui.add_enabled(!decided.is_old, button).on_hover_text(help).clicked() {
            commands.push(Command::TakeOption(index));
        }
    });
}

fn how(ui: &mut egui::Ui) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new("How options are valued").strong());
    ui.label(
        RichText::new(
            "Every policy is tried as it is set and at its best setting, watched by nobody and by each monitor. Each run is lived through day by \
             day: an alarm is investigated, and then the policy stays or is taken back. Its value is what it saved against the baseline, less \
             damage, watching and investigations. With the chance of the change (Study and launch review) the events happen, otherwise nothing \
             does. The false-alarm budget is chosen on runs of its own, the figures come from fresh ones. Within a standard error of the best, \
             the simpler option is taken.",
        )
        .weak(),
    );
}
