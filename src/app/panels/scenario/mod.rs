//! The scenario in cards, with a slider for each number worth dragging.

use eframe::egui;

use super::View;
use crate::app::command::Command;
use crate::app::parameters::{self, Slider, Target};
use crate::app::theme;
use crate::scenario::edit::{self, Edit, List};
use crate::scenario::model::{EventKind, Scenario};

/// Shows the cards.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &view.document.scenario;
    ui.add_space(2.0);
    ui.heading(&scenario.name);
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        if !scenario.description.is_empty() {
            ui.collapsing("About this scenario", |ui| {
                ui.label(&scenario.description);
                ui.add_space(4.0);
                ui.label(egui::RichText::new(format!("Source: {}", scenario.source)).weak().small());
            });
        }
        let selected = Target::Policy(view.session.selected);
        group(ui, "Selected policy", true, |ui| card(ui, view, selected, commands));
        group(ui, "Events in production", true, |ui| {
            if scenario.events.is_empty() {
                ui.label(egui::RichText::new("None: production is like launch.").weak());
            }
            for i in 0..scenario.events.len() {
                card(ui, view, Target::Event(i), commands);
            }
            if ui.button("Add an event").clicked() {
                commands.push(Command::AddEvent);
            }
        });
        group(ui, "Economics", false, |ui| card(ui, view, Target::Economics, commands));
        group(ui, "Tiers", false, |ui| {
            for i in 0..scenario.tiers.len() {
                card(ui, view, Target::Tier(i), commands);
            }
        });
        group(ui, "Segments", false, |ui| {
            if let Some(replay) = &scenario.replay {
                ui.label(format!("Those of the table {}.", replay.table));
            }
            for (i, segment) in scenario.segments.iter().enumerate() {
                egui::CollapsingHeader::new(&segment.name).id_salt(("segment", i)).show(ui, |ui| {
                    entry_menu(ui, scenario, Target::Segment(i), commands);
                    sliders(ui, view, Target::Segment(i), commands);
                });
            }
        });
        group(ui, "Monitors", false, |ui| {
            for (i, monitor) in scenario.monitors.iter().enumerate() {
                egui::CollapsingHeader::new(&monitor.name).id_salt(("monitor", i)).show(ui, |ui| {
                    entry_menu(ui, scenario, Target::Monitor(i), commands);
                    sliders(ui, view, Target::Monitor(i), commands);
                });
            }
            if ui.button("Add a monitor").clicked() {
                commands.push(Command::AddMonitor);
            }
        });
        group(ui, "Traffic", false, |ui| {
            card(ui, view, Target::Traffic, commands);
            card(ui, view, Target::Head, commands);
        });
        group(ui, "Feedback", false, |ui| card(ui, view, Target::Feedback, commands));
        group(ui, "Study and launch review", false, |ui| card(ui, view, Target::Study, commands));
    });
}

fn group(ui: &mut egui::Ui, title: &str, open: bool, content: impl FnOnce(&mut egui::Ui)) {
    egui::CollapsingHeader::new(egui::RichText::new(title).strong()).default_open(open).show_unindented(ui, content);
}

/// What a card is about.
fn title(scenario: &Scenario, target: Target) -> Option<String> {
    match target {
        Target::Tier(i) => scenario.tiers.get(i).map(|t| t.name.clone()),
        Target::Policy(i) => scenario.policies.get(i).map(|p| p.name.clone()),
        Target::Event(i) => scenario.events.get(i).map(|e| {
            let what = match e.kind {
                EventKind::HiddenShare => "Share of hidden-hard requests",
                EventKind::Difficulty => "Difficulty",
                EventKind::SegmentShare => "Share of a segment",
                EventKind::Ability => "Ability",
                EventKind::Price => "Price",
                EventKind::Volume => "Volume",
                EventKind::RouterNoise => "Router noise",
                EventKind::JudgeSensitivity => "Sensitivity of judges",
                EventKind::JudgeSpecificity => "Specificity of judges",
            };
            let of: Vec<&str> = e.segments.iter().chain(&e.tiers).map(String::as_str).collect();
            if of.is_empty() { what.to_owned() } else { format!("{what}: {}", of.join(", ")) }
        }),
        _ => None,
    }
}

/// The list that an entry stands in.
fn entry(target: Target) -> Option<(List, usize)> {
    match target {
        Target::Segment(i) => Some((List::Segments, i)),
        Target::Tier(i) => Some((List::Tiers, i)),
        Target::Policy(i) => Some((List::Policies, i)),
        Target::Event(i) => Some((List::Events, i)),
        Target::Monitor(i) => Some((List::Monitors, i)),
        _ => None,
    }
}

/// What can be done to a whole entry.
fn entry_menu(ui: &mut egui::Ui, scenario: &Scenario, target: Target, commands: &mut Vec<Command>) {
    let Some((list, index)) = entry(target) else { return };
    let name = edit::names(scenario, list).into_iter().nth(index);
    let spoken = format!("Edit {}", name.clone().unwrap_or_else(|| format!("event {}", index + 1)));
    let menu = ui.menu_button(egui::RichText::new("edit").small(), |ui| {
        if let Some(name) = &name {
            let memory = ui.scope_id().with(("name", list, index));
            let mut typed: String = ui.data(|data| data.get_temp(memory)).unwrap_or_else(|| name.clone());
            let field = ui.add(egui::TextEdit::singleline(&mut typed).desired_width(180.0));
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, format!("New name of {name}")));
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            ui.data_mut(|data| data.insert_temp(memory, typed.clone()));
            if (ui.button("Rename").clicked() || entered) && typed != *name {
                commands.push(Command::EditEntry(list, index, Edit::Rename(typed)));
                ui.data_mut(|data| data.remove::<String>(memory));
                ui.close();
            }
            ui.separator();
        }
        for (label, edit) in
            [("Duplicate", Edit::Duplicate), ("Move up", Edit::Up), ("Move down", Edit::Down), ("Delete", Edit::Delete)]
        {
            if ui.button(label).clicked() {
                commands.push(Command::EditEntry(list, index, edit));
                ui.close();
            }
        }
    });
    menu.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
}

fn card(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if let Some(title) = title(&view.document.scenario, target) {
            ui.horizontal_wrapped(|ui| {
                ui.label(egui::RichText::new(title).strong());
                entry_menu(ui, &view.document.scenario, target, commands);
            });
        }
        sliders(ui, view, target, commands);
    });
}

fn sliders(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    let list = parameters::sliders(&view.document.scenario, target);
    if list.is_empty() {
        ui.label(egui::RichText::new("Nothing to turn here.").weak());
    }
    for slider in list {
        row(ui, view, &slider, commands);
    }
}

fn row(ui: &mut egui::Ui, view: &View<'_>, slider: &Slider, commands: &mut Vec<Command>) {
    let Some(value) = parameters::get(&view.document.scenario, slider.address) else { return };
    let original = parameters::get(&view.document.original, slider.address);
    let label = ui
        .horizontal(|ui| {
            let label = ui.label(&slider.label).on_hover_text(slider.help);
            if original.is_some_and(|o| (o - value).abs() > 1e-12 * o.abs().max(1e-9)) {
                let name = format!("Reset {}", slider.label.to_lowercase());
                let reset = ui.small_button("reset").on_hover_text("Back to the file's value");
                reset.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
                if reset.clicked() {
                    commands.push(Command::Reset(slider.address));
                }
            }
            label.id
        })
        .inner;
    let mut edited = if slider.is_share() { 100.0 * value } else { value };
    let scale = if slider.is_share() { 100.0 } else { 1.0 };
    // The slider covers what is worth dragging over; a value beyond it stretches it.
    let low = slider.range[0].min(value) * scale;
    let high = slider.range[1].max(value) * scale;
    let suffix = match slider.unit {
        "" if slider.is_share() => " %".to_owned(),
        "" => String::new(),
        "USD per million tokens" => " USD/M".to_owned(),
        "per 30 days" => " / 30 d".to_owned(),
        "labels a day" | "requests" | "tokens" => String::new(),
        "days" => " d".to_owned(),
        "per logit" => String::new(),
        unit => format!(" {unit}"),
    };
    // The widest value, such as "0.00002 USD", must fit beside the slider: what overflows would widen the panel frame by frame.
    ui.spacing_mut().slider_width = (ui.available_width() - 120.0).max(60.0);
    let response = ui
        .add(
            egui::Slider::new(&mut edited, low..=high)
                .logarithmic(slider.logarithmic && low > 0.0)
                .clamping(egui::SliderClamping::Never)
                .max_decimals(if slider.whole {
                    0
                } else if slider.range[1] < 0.1 {
                    6
                } else {
                    4
                })
                .suffix(suffix),
        )
        .labelled_by(label)
        .on_hover_text(slider.help);
    if response.changed() {
        let value = (edited / scale).clamp(slider.limits[0], slider.limits[1]);
        commands.push(Command::Set { address: slider.address, value, dragging: response.dragged() });
    }
}
