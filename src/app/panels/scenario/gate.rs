//! The gate between the steps of a rollout: added, set, removed.

use eframe::egui::{self, RichText};

use super::super::View;
use super::{kinds, number};
use crate::app::command::Command;
use crate::app::parameters::Slider;
use crate::app::plots::rollout::sharpest;
use crate::app::theme;
use crate::entry::{Datum, find};
use crate::model::address::{Address, Key, Target};
use crate::model::{Compared, Gate, Otherwise, Policy, Rollout};
use crate::rollout::check;
use crate::scenario::edit::Entry;
use crate::scenario::start;

const OBSERVES: &str = "rollout.gate.observes";
const MARGIN: &str = "rollout.gate.margin";
const OTHERWISE: &str = "rollout.gate.otherwise";

/// Shows the card, or how to add a gate; nothing where the policy does not come in steps.
pub fn show<'s>(
    ui: &mut egui::Ui,
    view: &View<'_>,
    index: usize,
    policy: &Policy,
    sliders: impl Iterator<Item = &'s Slider>,
    commands: &mut Vec<Command>,
) {
    if !matches!(policy.rollout, Some(Rollout::Steps(_))) {
        return;
    }
    ui.add_space(4.0);
    let Some(gate) = &policy.gate else {
        return without(ui, view, index, policy, commands);
    };
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Gate between the steps").strong()).on_hover_text(
                "At the end of each step, and on every day after, it compares the routed requests with the rest. It goes on when the gap of \
                 quality is below the margin, takes the policy back for good when it is above, and waits otherwise.",
            );
            if ui.small_button("Remove the gate").clicked() {
                let policy = Policy { gate: None, ..policy.clone() };
                commands.push(Command::Put(Entry::Policy(index, Box::new(policy))));
            }
        });
        observes(ui, view, index, policy, gate, commands);
        margin(ui, index, policy, gate, commands);
        for slider in sliders {
            number::row(ui, view, slider, commands);
        }
        let options =
            [(Otherwise::Stop, "takes the policy back"), (Otherwise::GoOn, "goes on all the same")];
        let chosen = kinds::choose(ui, "After that it", help(policy, OTHERWISE), gate.otherwise, &options);
        commands.extend(chosen.map(|otherwise| put(index, OTHERWISE, Datum::Text(otherwise.word().to_owned()))));
    });
}

/// How to add one.
fn without(ui: &mut egui::Ui, view: &View<'_>, index: usize, policy: &Policy, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let rolled = view.session.rolled.as_ref().filter(|rolled| rolled.outcome.policy == index);
    match start::policy_with_gate(scenario, policy, rolled.and_then(|rolled| sharpest(&rolled.outcome))) {
        Ok(gated) => {
            let help =
                "It decides at the end of each step whether the next one comes. The Rollout tab shows what it does.";
            let button = ui.small_button("Add a gate").on_hover_text(help);
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Add a gate between the steps"));
            if button.clicked() {
                commands.push(Command::Put(Entry::Policy(index, Box::new(gated))));
            }
        }
        Err(why) => {
            ui.label(RichText::new(format!("No gate: {why}.")).weak().small());
        }
    }
}

/// The signal: those that tell failures from successes.
fn observes(
    ui: &mut egui::Ui,
    view: &View<'_>,
    index: usize,
    policy: &Policy,
    gate: &Gate,
    commands: &mut Vec<Command>,
) {
    let scenario = &*view.document.scenario;
    let can_see = |compared: &&Compared| **compared == gate.observes || check::unseen(scenario, **compared).is_none();
    let options: Vec<(&str, String)> =
        Compared::ALL.iter().filter(can_see).map(|compared| (compared.word(), compared.told())).collect();
    let help = format!("{} Those that cannot tell failures from successes here are left out.", help(policy, OBSERVES));
    let chosen = kinds::choose(ui, "It compares", &help, gate.observes.word(), &kinds::borrowed(&options));
    commands.extend(chosen.map(|word| put(index, OBSERVES, Datum::Text(word.to_owned()))));
}

/// The margin: the break-even gap, or a number of points.
fn margin(ui: &mut egui::Ui, index: usize, policy: &Policy, gate: &Gate, commands: &mut Vec<Command>) {
    let help = help(policy, MARGIN);
    let options = [(true, "the break-even gap"), (false, "a number of points")];
    if let Some(is_break_even) = kinds::choose(ui, "Its margin is", help, gate.margin.is_none(), &options) {
        let datum = if is_break_even {
            Datum::Text(crate::model::BREAK_EVEN.to_owned())
        } else {
            Datum::Number(start::USUAL_MARGIN)
        };
        commands.push(put(index, MARGIN, datum));
    }
    let Some(share) = gate.margin else { return };
    ui.horizontal(|ui| {
        let label = ui.label("Margin").on_hover_text(help);
        let mut points = 100.0 * share;
        let field = egui::DragValue::new(&mut points)
            .range(0.0..=100.0)
            .speed(0.02)
            .max_decimals(4)
            .update_while_editing(false)
            .suffix(" points");
        let response = ui.add(field).labelled_by(label.id).on_hover_text(help);
        if response.changed() {
            let address = Address { target: Target::Policy(index), key: Key::Named(MARGIN) };
            commands.push(Command::Set { address, value: points / 100.0, dragging: response.dragged() });
        }
    });
}

fn help(policy: &Policy, key: &str) -> &'static str {
    let help = find(policy, key).map_or("", |key| key.help);
    help.strip_prefix("Gate: ").unwrap_or(help)
}

fn put(index: usize, key: &str, datum: Datum) -> Command {
    let (section, _) = Target::Policy(index).section();
    Command::Put(Entry::Value { section, index, key: key.to_owned(), datum })
}
