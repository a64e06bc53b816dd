//! The frame of an entry: its title, what can be done to it as a whole, what was refused, its kind and its numbers.

use eframe::egui::{self, RichText};

use super::super::View;
use super::{edit_of, gate, kinds, list, name_of, number, text_field};
use crate::app::command::Command;
use crate::app::parameters::{self, Slider};
use crate::app::theme;
use crate::entry::{Datum, Group};
use crate::model::Scenario;
use crate::model::address::Target;
use crate::report::sentence::usd;
use crate::scenario::edit::{Edit, Entry};
use crate::scenario::start;

fn title(scenario: &Scenario, target: Target) -> String {
    if let Some(name) = name_of(scenario, target) {
        return name.to_owned();
    }
    let Target::Event(i) = target else { return String::new() };
    let Some(event) = scenario.events.get(i) else { return String::new() };
    let what = event.kind.told();
    let of: Vec<&str> = event.segments.iter().chain(&event.tiers).map(String::as_str).collect();
    if of.is_empty() { what } else { format!("{what}: {}", of.join(", ")) }
}

/// An entry in a card of its own.
pub fn card(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(RichText::new(title(scenario, target)).strong());
            if let Some(said) = view.document.comment(target, "") {
                label.on_hover_text(format!("In the file: {said}"));
            }
            menu(ui, scenario, target, commands);
        });
        inside(ui, view, target, commands);
    });
}

/// An entry that opens on a click, for long lists.
pub fn folded(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    egui::CollapsingHeader::new(title(scenario, target)).id_salt(target.section()).show(ui, |ui| {
        menu(ui, scenario, target, commands);
        inside(ui, view, target, commands);
    });
}

/// A section that is no entry of a list.
pub fn plain_card(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        inside(ui, view, target, commands);
    });
}

fn inside(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    // Cards of one list have the same choices under the same names.
    ui.push_id(target, |ui| {
        refusal(ui, view, target);
        kinds::show(ui, view, target, commands);
        numbers(ui, view, target, commands);
        if let Target::Tier(i) = target
            && let Some(tier) = view.document.scenario.tiers.get(i)
        {
            list::show(ui, view, i, tier, commands);
        }
        if let Target::Monitor(i) = target {
            kinds::show(ui, view, Target::Detector(i), commands);
            numbers(ui, view, Target::Detector(i), commands);
        }
    });
}

/// Why the last edit of this was not taken over.
pub fn refusal(ui: &mut egui::Ui, view: &View<'_>, target: Target) {
    if let Some(refused) = view.session.refused.as_ref().filter(|r| r.target == target && r.key.is_none()) {
        let colour = theme::bad(ui.visuals().dark_mode);
        ui.label(RichText::new(format!("Not done: {}", refused.message)).color(colour));
    }
}

fn numbers(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let sliders = parameters::sliders(scenario, target);
    if let Target::Segment(i) = target
        && let Some(segment) = scenario.segments.get(i)
    {
        let cost = usd(segment.stakes * scenario.economics.failure_usd());
        ui.label(RichText::new(format!("A failure here costs {cost} USD more than a success.")).weak())
            .on_hover_text("The chances and costs under Economics, times the stakes of this segment.");
    }
    let of = |group: Group| sliders.iter().filter(move |slider| slider.group == group);
    for slider in of(Group::Often) {
        number::row(ui, view, slider, commands);
    }
    if let Target::Policy(i) = target
        && let Some(policy) = scenario.policies.get(i)
    {
        let form = start::rollout_form(policy.rollout.as_ref());
        fold(ui, view, target, &format!("Rollout: {form}"), of(Group::Rollout), commands, |ui, commands| {
            kinds::rollout(ui, i, policy, commands);
            let is_of_gate = |slider: &&Slider| kinds::is_of_gate(slider.address.key.name());
            for slider in of(Group::Rollout).filter(|slider| !is_of_gate(slider)) {
                number::row(ui, view, slider, commands);
            }
            gate::show(ui, view, i, policy, of(Group::Rollout).filter(is_of_gate), commands);
        });
    }
    if of(Group::Rare).next().is_some() {
        fold(ui, view, target, "More", of(Group::Rare), commands, |ui, commands| {
            for slider in of(Group::Rare) {
                number::row(ui, view, slider, commands);
            }
        });
    }
    if let Target::Policy(i) = target
        && let Some(policy) = scenario.policies.get(i)
    {
        note(ui, i, &policy.note, commands);
    }
}

/// What people want to remember of a policy.
fn note(ui: &mut egui::Ui, index: usize, note: &str, commands: &mut Vec<Command>) {
    let title = if note.is_empty() { "Note" } else { "Note: there is one" };
    egui::CollapsingHeader::new(RichText::new(title).small()).id_salt(("note", index)).show(ui, |ui| {
        if let Some(text) = text_field(ui, "Note of the policy", note, true) {
            let (section, key) = ("policy", "note".to_owned());
            commands.push(Command::Put(Entry::Value { section, index, key, datum: Datum::Text(text) }));
        }
    });
}

/// Numbers that open on a click. What was changed among them is told from outside.
fn fold<'s>(
    ui: &mut egui::Ui,
    view: &View<'_>,
    target: Target,
    label: &str,
    sliders: impl Iterator<Item = &'s Slider>,
    commands: &mut Vec<Command>,
    content: impl FnOnce(&mut egui::Ui, &mut Vec<Command>),
) {
    let changed: Vec<_> =
        sliders.filter(|s| number::is_changed(view, s.address)).map(|s| s.label.to_lowercase()).collect();
    let told = match changed.as_slice() {
        [] => label.to_owned(),
        [one] => format!("{label} (changed: {one})"),
        several => format!("{label} ({} changed)", several.len()),
    };
    let salt = (target, label.split(':').next().unwrap_or(label));
    egui::CollapsingHeader::new(RichText::new(told).small()).id_salt(salt).show(ui, |ui| {
        content(ui, commands);
    });
}

/// What can be done to a whole entry.
fn menu(ui: &mut egui::Ui, scenario: &Scenario, target: Target, commands: &mut Vec<Command>) {
    let Some((list, index)) = target.entry() else { return };
    let name = name_of(scenario, target);
    let spoken = format!("Edit {}", name.map_or_else(|| format!("event {}", index + 1), str::to_owned));
    // What is typed must not close it.
    let config =
        egui::containers::menu::MenuConfig::new().close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let button = egui::containers::menu::MenuButton::new(RichText::new("edit").small()).config(config);
    let memory = ui.scope_id().with(("name", list, index));
    let (response, opened) = button.ui(ui, |ui| {
        if let Some(name) = name {
            let typed: Option<String> = ui.data(|data| data.get_temp(memory));
            let is_new = typed.is_none();
            let mut typed = typed.unwrap_or_else(|| name.to_owned());
            let field = ui.add(egui::TextEdit::singleline(&mut typed).desired_width(180.0));
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, format!("New name of {name}")));
            if is_new {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            ui.data_mut(|data| data.insert_temp(memory, typed.clone()));
            if ui.button("Rename").clicked() || entered {
                if typed != *name {
                    commands.push(Command::EditEntry(list, index, Edit::Rename(typed)));
                }
                ui.close();
            }
            ui.separator();
        }
        for (label, edit) in
            [("Duplicate", Edit::Duplicate), ("Move up", Edit::Up), ("Move down", Edit::Down), ("Delete", Edit::Delete)]
        {
            if ui.button(label).clicked() {
                commands.extend(edit_of(target, edit));
                ui.close();
            }
        }
    });
    if opened.is_none() {
        // What was typed and not taken over is not there the next time.
        ui.data_mut(|data| data.remove::<String>(memory));
    }
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
}
