//! What is no number: kinds, names of tiers and segments, forms of rollouts and changes, splits, and numbers that may be left out. Which
//! of it an entry has, its table of keys says.

use eframe::egui::{self, RichText};

use super::super::View;
use crate::app::command::Command;
use crate::detection::monitor;
use crate::entry::{Chosen, Datum, Entry as Keyed, Family, Form, Key as Described, List, spoken};
use crate::model::address::{self, Address, Key, Target};
use crate::model::{Detector, EventKind, Monitor, Per, Policy, Rollout, Scenario, Strata};
use crate::policy;
use crate::scenario::edit::Entry;
use crate::scenario::{kinds, start};

/// Shows what of a target is no number.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let Some(entry) = address::entry_of(scenario, target) else { return };
    // A gate stands in its own card, among the steps of the rollout.
    let keys = entry.keys().into_iter().filter(|key| !is_of_gate(key.name));
    let changed = keys.into_iter().find_map(|key| value(ui, scenario, target, entry, key));
    commands.extend(changed.map(Command::Put));
    if let Target::Event(i) = target
        && let Some(event) = scenario.events.get(i)
    {
        let forms: Vec<(&str, &str)> = start::CHANGES.iter().map(|form| (*form, *form)).collect();
        let help = "A factor, a difference, or a new value.";
        let chosen = choose(ui, "The value is", help, start::change_form(event.change), &forms);
        let put = |form| Command::Put(Entry::Event(i, Box::new(start::event_of_change(event, form))));
        commands.extend(chosen.map(put));
    }
    for key in entry.keys() {
        commands.extend(optional(ui, target, entry, key));
    }
}

/// Whether a key is one of a gate's, which stand in a card of their own.
pub fn is_of_gate(key: &str) -> bool {
    key.starts_with("rollout.gate.")
}

/// What becomes of a key that is no number.
fn value(
    ui: &mut egui::Ui,
    scenario: &Scenario,
    target: Target,
    entry: &dyn Keyed,
    key: &'static Described,
) -> Option<Entry> {
    if let Form::Kind(family) = key.form {
        return kind(ui, scenario, target, entry, family);
    }
    let datum = entry.get(key.name).filter(|_| !key.label.is_empty() && is_offered(scenario, target, key))?;
    let (section, index) = target.section();
    let put = |datum: Datum| Entry::Value { section, index, key: key.name.to_owned(), datum };
    let names = |list: List| scenario.names(list);
    match (key.form, &datum) {
        (Form::Word(words), Datum::Text(chosen)) => {
            let told = |word: &crate::entry::Word| {
                if word.told.is_empty() { spoken(word.word) } else { word.told.to_owned() }
            };
            let offered = words.iter().filter(|word| is_possible(scenario, target, key, word.word, chosen));
            let options: Vec<(&str, String)> = offered.map(|word| (word.word, told(word))).collect();
            let word = choose(ui, key.label, key.help, chosen.as_str(), &borrowed(&options))?;
            if let (Target::Event(i), Some(kind)) = (target, EventKind::of_word(word))
                && let Some(event) = scenario.events.get(i)
            {
                return Some(Entry::Event(i, Box::new(start::event_of_kind(event, kind))));
            }
            Some(put(Datum::Text(word.to_owned())))
        }
        (Form::Flag, Datum::Flag(flag)) => {
            let mut flag = *flag;
            let is_changed = ui.checkbox(&mut flag, key.label).on_hover_text(key.help).changed();
            is_changed.then(|| put(Datum::Flag(flag)))
        }
        (Form::One(list), Datum::Text(chosen)) => {
            let all = names(list);
            let options: Vec<(&str, &str)> = all.iter().map(|name| (name.as_str(), name.as_str())).collect();
            choose(ui, key.label, key.help, chosen.as_str(), &options).map(|name| put(Datum::Text(name.to_owned())))
        }
        (Form::Some(list), Datum::Texts(ticked)) => {
            let help = format!("{} None ticked: all of them.", key.help);
            ticks(ui, key.label, &help, "all of them", &names(list), ticked).map(|names| put(Datum::Texts(names)))
        }
        (Form::Chain, Datum::Texts(chain)) => {
            let after = ticks(ui, key.label, key.help, "none", &names(List::Tiers), chain)?;
            with_chain(scenario, target, chain, after)
        }
        (Form::TierBy(list), Datum::TextBy(rules)) => {
            let tiers = names(List::Tiers);
            let mut options: Vec<(Option<&str>, &str)> = vec![(None, "as the others")];
            options.extend(tiers.iter().map(|tier| (Some(tier.as_str()), tier.as_str())));
            let mut changed = None;
            for of in names(list) {
                let rule = rules.get(&of).map(String::as_str);
                if let Some(tier) = choose(ui, &of, "The tier of this segment.", rule, &options) {
                    let mut rules = rules.clone();
                    match tier {
                        Some(tier) => rules.insert(of, tier.to_owned()),
                        None => rules.remove(&of),
                    };
                    changed = Some(put(Datum::TextBy(rules)));
                }
            }
            changed
        }
        _ => None,
    }
}

/// Whether a key means something in this scenario.
fn is_offered(scenario: &Scenario, target: Target, key: &Described) -> bool {
    match (target, key.form) {
        (Target::Event(i), Form::Some(list)) => {
            let acts = scenario.events.get(i).is_some_and(|event| event.kind.acts_on(list));
            acts && !(list == List::Segments && scenario.is_replayed())
        }
        (Target::Event(i), Form::Flag) => scenario.events.get(i).is_some_and(|e| e.kind == EventKind::Difficulty),
        // How often it decides matters where requests are turns of conversations.
        (Target::Policy(_), Form::Word(_)) if key.name == "per" => scenario.conversation.is_some(),
        (Target::Monitor(i), Form::Word(_)) => scenario.monitors.get(i).is_some_and(|watcher| match key.name {
            "strata" => monitor::splits(watcher).len() > 1,
            "allocation" => matches!(watcher.strata, Strata::Tier | Strata::Segment),
            _ => true,
        }),
        _ => true,
    }
}

/// Whether a word can be chosen in this scenario.
fn is_possible(scenario: &Scenario, target: Target, key: &Described, word: &str, chosen: &str) -> bool {
    match target {
        Target::Policy(i) if key.name == "per" => {
            let kind = scenario.policies.get(i).and_then(policy::routing);
            word == Per::Turn.word() || kind.is_some_and(|kind| kind.can_stay())
        }
        Target::Monitor(i) if key.name == "strata" => scenario
            .monitors
            .get(i)
            .is_some_and(|watcher| monitor::splits(watcher).iter().any(|strata| strata.word() == word)),
        Target::Event(_) if key.name == "kind" && scenario.is_replayed() => {
            word == chosen || EventKind::of_word(word).is_some_and(EventKind::fits_a_table)
        }
        _ => true,
    }
}

/// The kind of an entry, and another one.
fn kind(ui: &mut egui::Ui, scenario: &Scenario, target: Target, entry: &dyn Keyed, family: Family) -> Option<Entry> {
    let chosen = entry.chosen()?;
    let all = kinds::all(family);
    let options: Vec<(&str, String)> = all.iter().map(|kind| (kind.word(), kind.about().spoken())).collect();
    let (label, help) = match family {
        Family::Policies => (
            "Kind",
            "The rule that picks the tier for a request. Changing it keeps what the two kinds share: tiers, shares, the router's noise.",
        ),
        Family::Monitors => ("Kind", "What is observed."),
        Family::Detectors => (
            "Detector",
            "What turns the daily observations into an alarm. The study gives each the same chance of a false alarm.",
        ),
    };
    let does = |word: &str| all.iter().find(|kind| kind.word() == word).map_or("", |kind| kind.about().does);
    let word = choose_told(ui, label, help, chosen.word(), &borrowed(&options), does)?;
    let (_, index) = target.section();
    match family {
        Family::Policies => {
            let policy = start::policy_of_kind(scenario, scenario.policies.get(index)?, word)?;
            Some(Entry::Policy(index, Box::new(policy)))
        }
        Family::Monitors => {
            let kind: Chosen = kinds::of_word(family, word)?;
            let monitor = start::monitor_of_kind(scenario, scenario.monitors.get(index)?, kind);
            Some(Entry::Monitor(index, Box::new(monitor)))
        }
        Family::Detectors => {
            let monitor = scenario.monitors.get(index)?;
            let kind = kinds::of_word(family, word)?;
            let window_days = Detector::default().window_days;
            let detector = Detector { kind, window_days, ..monitor.detector.clone()? };
            Some(Entry::Monitor(index, Box::new(Monitor { detector: Some(detector), ..monitor.clone() })))
        }
    }
}

/// The policy with another chain of tiers; each tier keeps its own share escalated.
fn with_chain(scenario: &Scenario, target: Target, before: &[String], after: Vec<String>) -> Option<Entry> {
    let (_, index) = target.section();
    let mut policy = scenario.policies.get(index)?.clone();
    if let Some(Datum::Numbers(escalate)) = policy.get("escalate") {
        let own = |name: &String| before.iter().position(|t| t == name).and_then(|at| escalate.get(at)).copied();
        let stages = after.iter().take(after.len().saturating_sub(1));
        let shares = stages.map(|tier| own(tier).unwrap_or(policy::USUALLY_ESCALATED)).collect();
        policy.set("escalate", Datum::Numbers(shares));
    }
    policy.set("tiers", Datum::Texts(after));
    Some(Entry::Policy(index, Box::new(policy)))
}

/// A number that may be left out: a box that gives it a value to start from, or takes it away.
fn optional(ui: &mut egui::Ui, target: Target, entry: &dyn Keyed, key: &'static Described) -> Option<Command> {
    let (label, start) = key.usual?;
    let mut is_given = entry.get(key.name)? != Datum::Absent;
    if !ui.checkbox(&mut is_given, label).changed() {
        return None;
    }
    if is_given {
        let address = Address { target, key: Key::Named(key.name) };
        return Some(Command::Set { address, value: start, dragging: false });
    }
    let (section, index) = target.section();
    let path =
        if matches!(target, Target::Detector(_)) { format!("detector.{}", key.name) } else { key.name.to_owned() };
    Some(Command::Put(Entry::Value { section, index, key: path, datum: Datum::Absent }))
}

/// A choice among a few: its name, what it means, what is chosen. Returns another choice.
pub fn choose<T: PartialEq + Copy>(
    ui: &mut egui::Ui,
    label: &str,
    help: &str,
    chosen: T,
    options: &[(T, &str)],
) -> Option<T> {
    choose_told(ui, label, help, chosen, options, |_| "")
}

/// The same, each option with what it means.
fn choose_told<T: PartialEq + Copy>(
    ui: &mut egui::Ui,
    label: &str,
    help: &str,
    chosen: T,
    options: &[(T, &str)],
    meaning: impl Fn(T) -> &'static str,
) -> Option<T> {
    let mut picked = chosen;
    ui.horizontal(|ui| {
        ui.label(RichText::new(label).weak()).on_hover_text(help);
        let text = options.iter().find(|(value, _)| *value == chosen).map_or("", |(_, word)| word);
        let shown = egui::ComboBox::from_id_salt((label, "choice"))
            .selected_text(text)
            .width((ui.available_width() - 12.0).clamp(60.0, 210.0))
            .truncate()
            .show_ui(ui, |ui| {
                for (value, word) in options {
                    let option = ui.selectable_value(&mut picked, *value, *word);
                    if !meaning(*value).is_empty() {
                        option.on_hover_text(format!("{word}: {}", meaning(*value)));
                    }
                }
            });
        shown
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, format!("{label}: {text}")));
        shown.response.on_hover_ui(|ui| {
            ui.label(help);
            if !meaning(chosen).is_empty() {
                ui.label(format!("{text}: {}", meaning(chosen)));
            }
        });
    });
    (picked != chosen).then_some(picked)
}

/// Options with their words, as [`choose`] takes them.
pub fn borrowed<T: Copy>(options: &[(T, String)]) -> Vec<(T, &str)> {
    options.iter().map(|(value, word)| (*value, word.as_str())).collect()
}

/// Names that stand in their card at the most; more of them open on a click.
const MOST_IN_SIGHT: usize = 4;

/// Boxes to tick, one a name, in the order of the names. Returns the names ticked after a click. `none` says what it means that none is.
fn ticks(
    ui: &mut egui::Ui,
    label: &str,
    help: &str,
    none: &str,
    all: &[String],
    ticked: &[String],
) -> Option<Vec<String>> {
    let mut clicked = None;
    let mut boxes = |ui: &mut egui::Ui| {
        for name in all {
            let mut is_ticked = ticked.iter().any(|t| t == name);
            if ui.checkbox(&mut is_ticked, name.as_str()).changed() {
                clicked = Some((name, is_ticked));
            }
        }
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(label).weak()).on_hover_text(help);
        if all.len() <= MOST_IN_SIGHT {
            boxes(ui);
            return;
        }
        let told = match ticked {
            [] => none.to_owned(),
            [one] => one.clone(),
            several => format!("{} of {}", several.len(), all.len()),
        };
        let config =
            egui::containers::menu::MenuConfig::new().close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
        let button = egui::containers::menu::MenuButton::new(told.clone()).config(config);
        let (response, _) = button.ui(ui, |ui| {
            egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| boxes(ui));
        });
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{label}: {told}")));
        response.on_hover_text(help);
    });
    let (name, is_ticked) = clicked?;
    let stays = |n: &&String| if *n == name { is_ticked } else { ticked.contains(n) };
    Some(all.iter().filter(stays).cloned().collect())
}

/// How a policy comes into force.
pub fn rollout(ui: &mut egui::Ui, index: usize, policy: &Policy, commands: &mut Vec<Command>) {
    commands.extend(rolled_out(ui, policy).map(|p| Command::Put(Entry::Policy(index, Box::new(p)))));
}

fn rolled_out(ui: &mut egui::Ui, policy: &Policy) -> Option<Policy> {
    let forms: Vec<(&str, &str)> = start::ROLLOUTS.iter().map(|form| (*form, *form)).collect();
    let form = start::rollout_form(policy.rollout.as_ref());
    let help = if policy.gate.is_some() {
        "How the policy comes into force: all traffic from day 0, a share that grows evenly, or steps. Without steps there is no place for the \
         gate: it goes, and undo brings it back."
    } else {
        "How the policy comes into force: all traffic from day 0, a share that grows evenly, or steps."
    };
    if let Some(form) = choose(ui, "In force", help, form, &forms) {
        return Some(start::policy_of_rollout(policy, form));
    }
    let Some(Rollout::Steps(steps)) = &policy.rollout else { return None };
    let mut edited = steps.clone();
    let (add, remove) = ui
        .horizontal(|ui| {
            (
                ui.small_button("Add a step").clicked(),
                steps.len() > 1 && remove(ui, steps.len() == 2 && policy.gate.is_some()),
            )
        })
        .inner;
    if add {
        let (day, share) = steps.last().copied().unwrap_or((0.0, 0.0));
        edited.push((day + 7.0, (share + 0.25).min(1.0)));
    } else if remove {
        edited.pop();
    } else {
        return None;
    }
    // A gate stands between two steps.
    let gate = policy.gate.clone().filter(|_| edited.len() > 1);
    Some(Policy { rollout: Some(Rollout::Steps(edited)), gate, ..policy.clone() })
}

fn remove(ui: &mut egui::Ui, takes_gate: bool) -> bool {
    let button = ui.small_button("Remove the last step");
    let button = if takes_gate {
        button.on_hover_text("The gate goes, too: with one step there is nothing between steps. Undo brings both back.")
    } else {
        button
    };
    button.clicked()
}
