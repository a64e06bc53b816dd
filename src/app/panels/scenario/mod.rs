//! The scenario in cards: everything in it can be changed here.
//!
//! `number` is one number with its slider, `face` the figure that stands for it, `entry` the frame of a segment, tier, policy, event or monitor, `kinds` what is no number:
//! kinds, names, lists; `gate` what stands between the steps of a rollout, `range` how far a number may be off, `known` what somebody has seen.

mod entry;
pub mod face;
mod gate;
mod kinds;
mod known;
mod list;
pub mod number;
mod range;

use eframe::egui::{self, RichText};

use super::View;
use crate::app::command::Command;
use crate::app::parameters;
use crate::app::rows;
use crate::app::settings::{Depth, Words};
use crate::entry::{Datum, List};
use crate::model::address::Target;
use crate::model::{Conversation, Response, Scenario};
use crate::report::sentence::{counted, fixed, usd};
use crate::scenario::edit::{Edit, Entry};

/// Shows the cards.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    ui.add_space(2.0);
    ui.heading(&scenario.name);
    search(ui, view, commands);
    if !view.session.search.is_empty() {
        return found(ui, view, commands);
    }
    depth(ui, view, commands);
    if view.settings.depth == Depth::Essentials {
        return essentials(ui, view, commands);
    }
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.collapsing("About this scenario", |ui| about(ui, view, commands));
        group(ui, "Policy", true, |ui| {
            policies(ui, view, commands);
            entry::card(ui, view, Target::Policy(view.session.selected), commands);
        });
        group(ui, "Events in production", true, |ui| {
            if scenario.events.is_empty() {
                ui.label(RichText::new("None: production is like launch.").weak());
            }
            rows::cards(ui, "events", scenario.events.len(), |ui, i| entry::card(ui, view, Target::Event(i), commands));
            add(ui, "Add an event", List::Events, commands);
        });
        group(ui, "Known figures", false, |ui| known::show(ui, view, commands));
        group(ui, "Conversations", false, |ui| conversation(ui, view, commands));
        group(ui, "What an alarm leads to", false, |ui| response(ui, view, commands));
        group(ui, "Economics", false, |ui| {
            ui.label(
                RichText::new(format!(
                    "A failure costs {} USD more than a success.",
                    usd(scenario.economics.failure_usd())
                ))
                .weak(),
            )
            .on_hover_text("What follows from the chances and the costs below, before the stakes of a segment.");
            entry::plain_card(ui, view, Target::Economics, commands);
        });
        group(ui, "Tiers", false, |ui| {
            as_table(ui, List::Tiers, commands);
            for i in 0..scenario.tiers.len() {
                entry::card(ui, view, Target::Tier(i), commands);
            }
            if !scenario.is_replayed() {
                add(ui, "Add a tier", List::Tiers, commands);
            }
        });
        group(ui, "Segments", false, |ui| {
            if let Some(replay) = &scenario.replay {
                ui.label(format!("Those of the table {}.", replay.table));
                entry::plain_card(ui, view, Target::Replay, commands);
                return;
            }
            as_table(ui, List::Segments, commands);
            rows::cards(ui, "segments", scenario.segments.len(), |ui, i| {
                entry::folded(ui, view, Target::Segment(i), commands);
            });
            add(ui, "Add a segment", List::Segments, commands);
        });
        group(ui, "Monitors", false, |ui| {
            rows::cards(ui, "monitors", scenario.monitors.len(), |ui, i| {
                entry::folded(ui, view, Target::Monitor(i), commands);
            });
            add(ui, "Add a monitor", List::Monitors, commands);
        });
        group(ui, "Traffic", false, |ui| {
            entry::plain_card(ui, view, Target::Traffic, commands);
            entry::plain_card(ui, view, Target::Head, commands);
        });
        group(ui, "Feedback", false, |ui| entry::plain_card(ui, view, Target::Feedback, commands));
        group(ui, "Study and launch review", false, |ui| entry::plain_card(ui, view, Target::Study, commands));
    });
}

/// A field that finds numbers by their names.
fn search(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let mut text = view.session.search.clone();
        let room = if text.is_empty() { ui.available_width() } else { (ui.available_width() - 60.0).max(60.0) };
        let field = egui::TextEdit::singleline(&mut text).char_limit(80).hint_text("Find a number").desired_width(room);
        let field = ui.add(field);
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Find a number"));
        if !view.session.search.is_empty() && ui.button("Clear").on_hover_text("Shows all cards again").clicked() {
            text.clear();
        }
        if text != view.session.search {
            commands.push(Command::Search(text));
        }
    });
}

/// Few numbers or all of them, in words or as the file has them.
fn depth(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        // One line, however narrow the panel.
        ui.spacing_mut().button_padding.x = 5.0;
        ui.spacing_mut().item_spacing.x = 3.0;
        for (depth, label, hover) in [
            (Depth::Essentials, "Essentials", "The numbers that move the answer most"),
            (Depth::Everything, "Everything", "All numbers, in cards"),
        ] {
            if ui.selectable_label(view.settings.depth == depth, label).on_hover_text(hover).clicked() {
                commands.push(Command::Depth(depth));
            }
        }
        ui.separator();
        for (words, label, hover) in [
            (Words::Plain, "Plain", "Figures that people know: “Small answers 81 % well”"),
            (Words::Model, "Model", "Numbers as the file has them: “Ability 0.7 logits”"),
        ] {
            if ui.selectable_label(view.settings.words == words, label).on_hover_text(hover).clicked() {
                commands.push(Command::Words(words));
            }
        }
    });
}

/// The numbers that move the answer most.
fn essentials(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let policy = scenario.policies.get(view.session.selected).map_or("", |policy| policy.name.as_str());
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let Some(found) = &view.session.essentials else {
            ui.label(
                RichText::new("Moving each number alone, to see which moves the answer most: about a second.").weak(),
            );
            return;
        };
        let told = match found.len() {
            0 if policy == scenario.baseline => {
                "This is the baseline: nothing moves it against itself. Pick another policy at the right.".to_owned()
            }
            0 => format!("Nothing moves {policy} against the baseline, or it learns or steers."),
            1 => format!("The number that moves the total cost of {policy} against the baseline."),
            _ => format!("What moves the total cost of {policy} against the baseline most, the strongest first."),
        };
        ui.label(RichText::new(told).weak());
        if ui.small_button("Look again").on_hover_text("After edits others may matter more").clicked() {
            commands.push(Command::Depth(Depth::Essentials));
        }
        for address in found {
            let slider = parameters::sliders(scenario, address.target).into_iter().find(|s| s.address == *address);
            let Some(slider) = slider else { continue };
            ui.add_space(2.0);
            ui.push_id(slider.address, |ui| {
                if let Some(name) = owner(scenario, address.target) {
                    ui.label(RichText::new(name).small().weak());
                }
                number::row(ui, view, &slider, commands);
            });
        }
    });
}

/// Whose number it is, where its own name does not say so.
fn owner(scenario: &Scenario, target: Target) -> Option<String> {
    if let Target::Event(i) = target {
        return scenario.events.get(i).map(|event| format!("Event: {}", event.kind.told().to_lowercase()));
    }
    name_of(scenario, target).map(str::to_owned)
}

/// The numbers found, each with the name of what it is of.
fn found(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    /// More than these nobody reads; they narrow the search.
    const MOST: usize = 40;
    let found = parameters::named(&view.document.scenario, &view.session.search);
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        if found.is_empty() {
            ui.label(RichText::new("No number is called that.").weak());
        }
        for (name, slider) in found.iter().take(MOST) {
            ui.push_id(slider.address, |ui| {
                if !name.is_empty() {
                    ui.label(RichText::new(name).small().weak());
                }
                number::row(ui, view, slider, commands);
            });
        }
        if found.len() > MOST {
            ui.label(RichText::new(format!("and {} more", found.len() - MOST)).weak().small());
        }
    });
}

fn group(ui: &mut egui::Ui, title: &str, open: bool, content: impl FnOnce(&mut egui::Ui)) {
    egui::CollapsingHeader::new(RichText::new(title).strong()).default_open(open).show_unindented(ui, content);
}

fn as_table(ui: &mut egui::Ui, list: List, commands: &mut Vec<Command>) {
    let button = ui.button("All as a table…");
    button.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("All as a table: {}s", list.section()))
    });
    if button.on_hover_text("Many numbers at once; copy to a spreadsheet and back").clicked() {
        commands.push(Command::Sheet(list));
    }
}

fn add(ui: &mut egui::Ui, label: &str, list: List, commands: &mut Vec<Command>) {
    if ui.button(label).clicked() {
        commands.push(Command::AddEntry(list));
    }
}

/// Which policy the card below is about, and another one.
fn policies(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let names: Vec<(usize, &str)> = scenario.policies.iter().map(|p| p.name.as_str()).enumerate().collect();
    ui.horizontal_wrapped(|ui| {
        let help =
            "The policy that the card below, the run and the study are about; the list on the right picks one, too.";
        if let Some(index) = kinds::choose(ui, "Policy looked at", help, view.session.selected, &names) {
            commands.push(Command::Select(index));
        }
        add(ui, "Add a policy", List::Policies, commands);
    });
}

/// What is said of the scenario, and what everything is compared with.
fn about(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    entry::refusal(ui, view, Target::Head);
    let texts = |change: fn(&mut (String, String, String), String), text: String| {
        let mut all = (scenario.name.clone(), scenario.description.clone(), scenario.source.clone());
        change(&mut all, text);
        Command::Put(Entry::Texts { name: all.0, description: all.1, source: all.2 })
    };
    if let Some(text) = text_field(ui, "Title", &scenario.name, false) {
        commands.push(texts(|all, text| all.0 = text, text));
    }
    if let Some(text) = text_field(ui, "Description", &scenario.description, true) {
        commands.push(texts(|all, text| all.1 = text, text));
    }
    if let Some(text) = text_field(ui, "Source of the numbers", &scenario.source, true) {
        commands.push(texts(|all, text| all.2 = text, text));
    }
    let put = |section, key: &str, datum| Command::Put(Entry::Value { section, index: 0, key: key.to_owned(), datum });
    let names: Vec<(&str, &str)> = scenario.policies.iter().map(|p| (p.name.as_str(), p.name.as_str())).collect();
    let help = "The policy in force before routing: savings, gaps and the trap are counted from it.";
    if let Some(name) = kinds::choose(ui, "Baseline", help, scenario.baseline.as_str(), &names) {
        commands.push(put("", "baseline", Datum::Text(name.to_owned())));
    }
    let help = "The policy that is looked at first, and that the command line watches.";
    let mut studied: Vec<(Option<&str>, &str)> = vec![(None, "the first after the baseline")];
    studied.extend(names.iter().map(|(name, _)| (Some(*name), *name)));
    if let Some(name) = kinds::choose(ui, "Policy under study", help, scenario.study.policy.as_deref(), &studied) {
        commands.push(put("study", "policy", name.map_or(Datum::Absent, |name| Datum::Text(name.to_owned()))));
    }
    claims(ui, scenario, commands);
}

/// How requests make conversations.
fn conversation(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let put = |conversation: Option<Conversation>| Command::Put(Entry::Conversation(conversation));
    if view.document.scenario.conversation.is_none() {
        entry::refusal(ui, view, Target::Conversation);
        ui.label(
            RichText::new(
                "Every request stands alone. In a conversation each turn sends the history again, and a prompt cache of one model does not serve \
                 another.",
            )
            .weak(),
        );
        let help = "Adds a [conversation] to the scenario, with usual numbers to start from.";
        if ui.button("Requests are turns of conversations").on_hover_text(help).clicked() {
            commands.push(put(Some(Conversation {
                turns_mean: 4.0,
                context_tokens: 800.0,
                ..Conversation::default()
            })));
        }
        return;
    }
    entry::plain_card(ui, view, Target::Conversation, commands);
    if ui.button("Every request stands alone").on_hover_text("Takes the [conversation] out of the scenario.").clicked()
    {
        commands.push(put(None));
    }
}

/// What people do about an alarm.
fn response(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let put = |response: Option<Response>| Command::Put(Entry::Response(response.map(Box::new)));
    let Some(own) = &scenario.response else {
        let usual = Response::default();
        entry::refusal(ui, view, Target::Response);
        ui.label(
            RichText::new(format!(
                "An alarm changes nothing in the run. Decide assumes that it is investigated for {} days on average, that people find out what it \
                 is, and that they return to the baseline where something is wrong.",
                fixed(usual.investigate_days, 0)
            ))
            .weak(),
        );
        if ui
            .button("Say what people do")
            .on_hover_text("Adds a [response] to the scenario, with usual numbers to start from.")
            .clicked()
        {
            commands.push(put(Some(usual)));
        }
        return;
    };
    let mut actions: Vec<(Option<&str>, &str)> = vec![(None, "return to the baseline")];
    actions.extend(scenario.policies.iter().map(|p| (Some(p.name.as_str()), p.name.as_str())));
    let help = "The policy that is put in place when the investigation ends in action.";
    if let Some(action) = kinds::choose(ui, "Action", help, own.action.as_deref(), &actions) {
        commands.push(put(Some(Response { action: action.map(str::to_owned), ..own.clone() })));
    }
    entry::plain_card(ui, view, Target::Response, commands);
    if ui.button("An alarm changes nothing").on_hover_text("Takes the [response] out of the scenario.").clicked() {
        commands.push(put(None));
    }
}

/// What the scenario claims to show, which reports hold it to.
fn claims(ui: &mut egui::Ui, scenario: &Scenario, commands: &mut Vec<Command>) {
    if scenario.expectations.is_empty() {
        return;
    }
    let help = "A shipped scenario says in its file what it shows, and reports hold it to that. A new title, and it is another scenario: the \
                claims go.";
    ui.horizontal_wrapped(|ui| {
        let count = scenario.expectations.len() as u64;
        ui.label(RichText::new(format!("{} in the file", counted(count, "claim"))).weak()).on_hover_text(help);
        if ui.button("Drop them").on_hover_text(help).clicked() {
            commands.push(Command::Put(Entry::Claims(Vec::new())));
        }
    });
}

/// A field of text that is taken over when it is left; returns what was typed then.
fn text_field(ui: &mut egui::Ui, label: &str, text: &str, is_long: bool) -> Option<String> {
    let memory = ui.scope_id().with(("text", label));
    let mut typed: String = ui.data(|data| data.get_temp(memory)).unwrap_or_else(|| text.to_owned());
    ui.label(RichText::new(label).weak());
    let width = ui.available_width();
    let edit = if is_long {
        egui::TextEdit::multiline(&mut typed).desired_rows(2)
    } else {
        egui::TextEdit::singleline(&mut typed)
    };
    let field = ui.add(edit.desired_width(width));
    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
    if field.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(memory));
        return (typed != text).then_some(typed);
    }
    if field.has_focus() {
        ui.data_mut(|data| data.insert_temp(memory, typed));
    }
    None
}

/// An edit of an entry as a command, where the target is one.
fn edit_of(target: Target, edit: Edit) -> Option<Command> {
    target.entry().map(|(list, index)| Command::EditEntry(list, index, edit))
}

/// Name of an entry; events have none.
fn name_of(scenario: &Scenario, target: Target) -> Option<&str> {
    match target {
        Target::Segment(i) => scenario.segments.get(i).map(|s| s.name.as_str()),
        Target::Tier(i) => scenario.tiers.get(i).map(|t| t.name.as_str()),
        Target::Policy(i) => scenario.policies.get(i).map(|p| p.name.as_str()),
        Target::Monitor(i) | Target::Detector(i) => scenario.monitors.get(i).map(|m| m.name.as_str()),
        _ => None,
    }
}
