//! The steps of a rollout: what each of them could have shown, and what a gate between them does.

mod picture;

use eframe::egui::{self, RichText};

use super::{Entry, Need};
use crate::app::beside::{self, waiting};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::results::{Rolled, Sampling};
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::jobs::{self, Control, JobError};
use crate::model::{Compared, Policy, Rollout};
use crate::report::rollout as report;
use crate::report::rollout_picture::endings;
use crate::report::sentence::{gain, percent, usd};
use crate::report::svg;
use crate::rollout::Outcome;
use crate::scenario::edit;
use crate::scenario::start;
use crate::simulation::world::World;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Rollout",
    help: "What each step of a rollout could have shown, and what a gate between the steps does.",
    key: Some(egui::Key::Num9),
    open: || Command::Tab(Tab::Rollout),
    least_height: 380.0,
    is_tall: true,
    need: Some(Need::Rollout),
    show,
    beside: beside::summary::show,
    export,
};

/// Height of the picture: least, and as a share of the room below the answer.
const PICTURE: (f32, f32) = (330.0, 0.66);

/// Whether a policy comes in steps.
fn has_steps(policy: &Policy) -> bool {
    matches!(policy.rollout, Some(Rollout::Steps(_)))
}

fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let Some(policy) = scenario.policies.get(view.session.selected) else { return };
    if !has_steps(policy) {
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_min_height(ui.available_height());
            without_steps(ui, view, policy, commands);
        });
        return;
    }
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        title(ui, view, policy, commands);
        match &view.session.rolled {
            Some(rolled) => {
                if rolled.is_old {
                    ui.set_opacity(0.6);
                }
                ui.label(RichText::new(report::reading(&rolled.scenario, &rolled.outcome)).strong());
            }
            None if view.document.lacks_table() || view.session.failure.is_some() => waiting(ui, view, "", commands),
            None => {
                ui.label(match (&view.session.rollout_failure, view.session.rolling) {
                    (Some(message), _) => format!("This rollout cannot be looked at: {message}."),
                    (None, Sampling::Running) => "The days of the rollout are being worked out…".to_owned(),
                    (None, Sampling::Cancelled) => "Stopped before the first picture.".to_owned(),
                    _ => "Nothing is worked out yet.".to_owned(),
                });
            }
        }
    });
    let Some(rolled) = &view.session.rolled else { return };
    ui.add_space(theme::GAP);
    if rolled.is_old {
        ui.set_opacity(0.6);
    }
    let height = (ui.available_height() * PICTURE.1).max(PICTURE.0);
    egui::ScrollArea::vertical().id_salt("rollout").auto_shrink([false, false]).show(ui, |ui| {
        card(ui, |ui| picture::show(ui, &rolled.outcome, height));
        card(ui, |ui| gate(ui, view, rolled, policy, commands));
        card(ui, |ui| table(ui, &rolled.outcome));
    });
}

fn card(ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui)) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
    ui.add_space(theme::GAP);
}

/// What is looked at, how far it is, and how to stop it or go on.
fn title(ui: &mut egui::Ui, view: &View<'_>, policy: &Policy, commands: &mut Vec<Command>) {
    let session = view.session;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(format!("What each step of {} could have shown", policy.name)).strong().size(15.0));
        if session.rolling == Sampling::Running {
            ui.spinner();
            let (done, total) = view.rollout_progress;
            let share = if total > 0 { done as f64 / total as f64 } else { 0.0 };
            let is_known = session.rolled.as_ref().is_some_and(|rolled| !rolled.is_old);
            let what = if is_known { "the gate's runs" } else { "the steps" };
            ui.label(RichText::new(format!("{what}, {}", percent(share, 0))).weak());
            let stop = ui.button("Stop");
            stop.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Stop looking at the rollout"));
            if stop.clicked() {
                commands.push(Command::CancelSteps);
            }
            return;
        }
        let label = match &session.rolled {
            Some(rolled) if rolled.is_whole && !rolled.is_old => return,
            Some(rolled) if !rolled.is_old => {
                ui.label(RichText::new("Stopped: the gate's runs are missing.").weak());
                "Run the gate"
            }
            _ => "Work it out",
        };
        if !view.document.lacks_table() && ui.button(label).clicked() {
            commands.push(Command::LookAtSteps);
        }
    });
}

/// What to do about a policy that does not come in steps.
fn without_steps(ui: &mut egui::Ui, view: &View<'_>, policy: &Policy, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let selected = view.session.selected;
    ui.label(RichText::new(format!("{} does not come in steps", policy.name)).strong().size(15.0));
    ui.label(
        "A rollout in steps gives a policy 5 % of the traffic first, then more, and looks at the dashboard in between. This tab says what each \
         step could have shown. This policy takes all of its traffic at once or by a share that grows evenly, so there are no steps to tell of.",
    );
    ui.add_space(theme::GAP);
    let others: Vec<(usize, &Policy)> = scenario.policies.iter().enumerate().filter(|(_, p)| has_steps(p)).collect();
    if !others.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.label("Look at a policy that comes in steps:");
            for (index, other) in others {
                if ui.button(&other.name).clicked() {
                    commands.push(Command::Select(index));
                }
            }
        });
    }
    let is_baseline = policy.name == scenario.baseline;
    if is_baseline {
        ui.label("It is the baseline, which is in force already. To give another policy steps, choose it first, in the list on the right.");
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.label("Give this one steps here, or on the left under Policy, Rollout.");
        if ui
            .button("Give it steps")
            .on_hover_text("5, 25, 50 and 100 % of the traffic. Undo takes them out.")
            .clicked()
        {
            let policy = start::policy_of_rollout(policy, start::ROLLOUTS[2]);
            commands.push(Command::Put(edit::Entry::Policy(selected, Box::new(policy))));
        }
    });
}

/// The signal that shows the smallest gap in the first step that can show any.
pub fn sharpest(outcome: &Outcome) -> Option<Compared> {
    outcome.steps.iter().find_map(|step| step.sharpest()).map(|(compared, _)| compared)
}

/// What the gate does, or how to add one.
fn gate(ui: &mut egui::Ui, view: &View<'_>, rolled: &Rolled, policy: &Policy, commands: &mut Vec<Command>) {
    let outcome = &rolled.outcome;
    if let (Some(told), Some(lines), Some((_, worlds))) =
        (report::gate_told(&rolled.scenario, outcome), report::gate_lines(outcome), &outcome.gate)
    {
        ui.label(RichText::new("What the gate does").strong());
        ui.label(RichText::new(told).weak().small());
        ui.add_space(4.0);
        for (name, gating) in ["At launch", "In production"].into_iter().zip(worlds) {
            picture::runs(ui, name, &endings(outcome, gating));
        }
        ui.add_space(4.0);
        egui::Grid::new("gate").num_columns(3).spacing([18.0, 3.0]).striped(true).show(ui, |ui| {
            ui.label("");
            for (head, help) in [
                ("At launch", "In a world as launch believes it to be: no event comes."),
                ("In production", "With the events of the scenario."),
            ] {
                amount(ui, RichText::new(head).strong()).on_hover_text(help);
            }
            ui.end_row();
            for (what, help, values) in lines {
                ui.label(RichText::new(what).weak()).on_hover_text(help);
                for value in values {
                    amount(ui, RichText::new(value));
                }
                ui.end_row();
            }
        });
        ui.label(RichText::new(report::GATE_NOTE).weak().small());
        return;
    }
    if policy.gate.is_some() {
        ui.label(RichText::new("What the gate does").strong());
        ui.label(match view.session.rolling {
            Sampling::Running => "Its runs are being simulated…",
            _ => "Its runs were stopped before their end.",
        });
        return;
    }
    ui.label(RichText::new("There is no gate between the steps").strong());
    let [launch, production] = &outcome.ungated;
    let in_production = if rolled.scenario.events.is_empty() {
        String::new()
    } else {
        format!(", and {} USD with the events of production", gain(production.value_usd))
    };
    ui.label(format!(
        "Each step comes by the calendar, whatever the one before has shown. Against never leaving the baseline that is worth {} USD over the \
         horizon as launch believes it{in_production}; the damage is {} USD{}.",
        gain(launch.value_usd),
        usd(launch.damage_usd),
        if rolled.scenario.events.is_empty() { String::new() } else { format!(" and {} USD", usd(production.damage_usd)) },
    ));
    ui.label(
        RichText::new(
            "A gate compares the routed requests with the rest at the end of each step. It goes on when the gap is below a margin, takes the policy \
             back when it is above, and waits otherwise.",
        )
        .weak(),
    );
    match start::policy_with_gate(&view.document.scenario, policy, sharpest(outcome)) {
        Ok(gated) => {
            let on = gated.gate.as_ref().map(|gate| gate.observes.told()).unwrap_or_default();
            let help = format!(
                "A gate on {on}, the signal that shows most here, at the break-even gap. It can be changed on the left under Policy, Rollout. \
                 Undo takes it out again."
            );
            if ui.button("Add a gate").on_hover_text(help).clicked() {
                commands.push(Command::Put(edit::Entry::Policy(view.session.selected, Box::new(gated))));
            }
        }
        Err(why) => {
            ui.label(format!("No gate can be added: {why}."));
        }
    }
}

/// The same in a column of one width: the last column would take all the room that there is.
fn amount(ui: &mut egui::Ui, text: RichText) -> egui::Response {
    let size = egui::vec2(150.0, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(text)).inner
}

fn right(ui: &mut egui::Ui, text: RichText) -> egui::Response {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(text)).inner
}

/// The numbers of the picture.
fn table(ui: &mut egui::Ui, outcome: &Outcome) {
    let (head, rows) = report::steps(outcome);
    ui.label(RichText::new("The smallest gap of quality that each step would have shown, points").strong());
    egui::ScrollArea::horizontal().id_salt("steps").auto_shrink([false, true]).show(ui, |ui| {
        egui::Grid::new("steps").num_columns(head.len() + 1).spacing([14.0, 3.0]).striped(true).show(ui, |ui| {
            for name in &head {
                right(ui, RichText::new(name).strong());
            }
            ui.label(RichText::new("A break-even gap").strong())
                .on_hover_text("Whether a gap at which the policy earns nothing would have shown.");
            ui.end_row();
            for (row, step) in rows.into_iter().zip(&outcome.steps) {
                for value in row {
                    right(ui, RichText::new(value));
                }
                ui.label(report::verdict(outcome, step));
                ui.end_row();
            }
        });
    });
    ui.label(RichText::new(report::STEPS_NOTE).weak().small());
}

fn export(world: &World, choices: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let outcome = jobs::rollout(world, choices.policy, scenario.study.replicates, control)?;
    Ok(Exported { picture: svg::rollout(scenario, &outcome), table: report::csv(&outcome) })
}
