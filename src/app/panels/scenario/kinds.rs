//! What is no number: kinds, names of tiers and segments, forms of rollouts and changes, splits, and numbers that may be left out.

use eframe::egui::{self, RichText};

use super::super::View;
use super::entry::event_words;
use crate::app::command::Command;
use crate::app::parameters::{Address, Key, Target};
use crate::model::{
    Allocation, Detector, DetectorKind, DriftStatistic, Event, EventKind, Monitor, MonitorKind, Policy, PolicyKind,
    Rollout, Scenario, Strata,
};
use crate::scenario::edit::Entry;
use crate::scenario::read::empty_detector;
use crate::scenario::start;
use crate::scenario::vocabulary::{self, Words};

/// Shows what of a target is no number.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, target: Target, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    match target {
        Target::Policy(i) => {
            if let Some(policy) = scenario.policies.get(i) {
                let changed = self::policy(ui, scenario, policy);
                commands.extend(changed.map(|p| Command::Put(Entry::Policy(i, Box::new(p)))));
                let address = Address { target, key: Key::Named("half_life_days") };
                if let PolicyKind::Bandit { half_life_days, .. } = &policy.kind
                    && let Some(command) = optional(ui, "It forgets", half_life_days.is_some(), address, 30.0, || {
                        Entry::Policy(i, Box::new(forgetting_nothing(policy)))
                    })
                {
                    commands.push(command);
                }
            }
        }
        Target::Event(i) => {
            if let Some(event) = scenario.events.get(i) {
                let changed = self::event(ui, scenario, event);
                commands.extend(changed.map(|e| Command::Put(Entry::Event(i, Box::new(e)))));
            }
        }
        Target::Monitor(i) => {
            if let Some(monitor) = scenario.monitors.get(i) {
                let changed = self::monitor(ui, scenario, monitor);
                commands.extend(changed.map(|m| Command::Put(Entry::Monitor(i, Box::new(m)))));
                optional_numbers(ui, target, i, monitor, commands);
            }
        }
        _ => {}
    }
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

/// The words of a vocabulary as people read them.
fn readable<T: Copy>(words: Words<T>) -> Vec<(T, String)> {
    words.iter().map(|(word, value)| (*value, vocabulary::spoken(word))).collect()
}

fn borrowed<T: Copy>(options: &[(T, String)]) -> Vec<(T, &str)> {
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
    all: &[&str],
    ticked: &[String],
) -> Option<Vec<String>> {
    let mut clicked = None;
    let mut boxes = |ui: &mut egui::Ui| {
        for name in all {
            let mut is_ticked = ticked.iter().any(|t| t == name);
            if ui.checkbox(&mut is_ticked, *name).changed() {
                clicked = Some((*name, is_ticked));
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
    let stays = |n: &&&str| if **n == name { is_ticked } else { ticked.iter().any(|t| t == **n) };
    Some(all.iter().filter(stays).map(|n| (*n).to_owned()).collect())
}

fn tier_names(scenario: &Scenario) -> Vec<&str> {
    scenario.tiers.iter().map(|t| t.name.as_str()).collect()
}

fn policy(ui: &mut egui::Ui, scenario: &Scenario, policy: &Policy) -> Option<Policy> {
    let words: Vec<(&str, String)> =
        vocabulary::POLICY_KINDS.iter().map(|(word, _)| (*word, vocabulary::spoken(word))).collect();
    let kind = policy.kind.word();
    let help = "The rule that picks the tier for a request. Changing it keeps what the two kinds share: tiers, shares, the router's noise.";
    if let Some(word) = choose(ui, "Kind", help, kind, &borrowed(&words)) {
        return start::policy_of_kind(scenario, policy, word);
    }
    of_kind(ui, scenario, policy).map(|kind| Policy { kind, ..policy.clone() })
}

/// Tiers and rules of a policy's kind.
fn of_kind(ui: &mut egui::Ui, scenario: &Scenario, policy: &Policy) -> Option<PolicyKind> {
    let tiers = tier_names(scenario);
    let options: Vec<(&str, &str)> = tiers.iter().map(|t| (*t, *t)).collect();
    let mut kind = policy.kind.clone();
    match &mut kind {
        PolicyKind::Single { tier } => {
            *tier = choose(ui, "Tier", "Everything goes to this tier.", tier.as_str(), &options)?.to_owned();
        }
        PolicyKind::HumanFallback { tier, .. } => {
            let help = "This tier answers first; where it is least confident, a person answers.";
            *tier = choose(ui, "Tier", help, tier.as_str(), &options)?.to_owned();
        }
        PolicyKind::SegmentRules { rules, default } => {
            let help = "The tier of the segments without a rule of their own.";
            let chosen = choose(ui, "All other segments", help, default.as_str(), &options).map(str::to_owned);
            let mut of_segments = None;
            for segment in &scenario.segments {
                let mut with_none: Vec<(Option<&str>, &str)> = vec![(None, "as the others")];
                with_none.extend(tiers.iter().map(|t| (Some(*t), *t)));
                let rule = rules.get(&segment.name).map(String::as_str);
                if let Some(tier) = choose(ui, &segment.name, "The tier of this segment.", rule, &with_none) {
                    of_segments = Some((segment.name.clone(), tier.map(str::to_owned)));
                }
            }
            match (chosen, of_segments) {
                (Some(tier), _) => *default = tier,
                (None, Some((segment, Some(tier)))) => {
                    rules.insert(segment, tier);
                }
                (None, Some((segment, None))) => {
                    rules.remove(&segment);
                }
                (None, None) => return None,
            }
        }
        PolicyKind::Cascade { tiers: chain, escalate } => {
            let help = "The tiers that are called one after the other, cheapest first.";
            let after = ticks(ui, "Tiers called", help, "none", &tiers, chain)?;
            // Each tier keeps its own share escalated.
            let own = |name: &String| chain.iter().position(|t| t == name).and_then(|at| escalate.get(at)).copied();
            let shares = after.iter().take(after.len().saturating_sub(1)).map(|t| own(t).unwrap_or(0.35)).collect();
            (*chain, *escalate) = (after, shares);
        }
        PolicyKind::JudgeCascade { tiers: chain, .. } => {
            let help = "The tiers that are called one after the other, cheapest first.";
            *chain = ticks(ui, "Tiers called", help, "none", &tiers, chain)?;
        }
        PolicyKind::Bandit { tiers: arms, .. } => {
            *arms = ticks(ui, "Tiers to choose from", "The arms of the bandit.", "none", &tiers, arms)?;
        }
        _ => return None,
    }
    Some(kind)
}

fn forgetting_nothing(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    if let PolicyKind::Bandit { half_life_days, .. } = &mut policy.kind {
        *half_life_days = None;
    }
    policy
}

/// How a policy comes into force.
pub fn rollout(ui: &mut egui::Ui, index: usize, policy: &Policy, commands: &mut Vec<Command>) {
    commands.extend(rolled_out(ui, policy).map(|p| Command::Put(Entry::Policy(index, Box::new(p)))));
}

fn rolled_out(ui: &mut egui::Ui, policy: &Policy) -> Option<Policy> {
    let forms: Vec<(&str, &str)> = start::ROLLOUTS.iter().map(|form| (*form, *form)).collect();
    let form = start::rollout_form(policy.rollout.as_ref());
    let help = "How the policy comes into force: all traffic from day 0, a share that grows evenly, or steps.";
    if let Some(form) = choose(ui, "In force", help, form, &forms) {
        return Some(start::policy_of_rollout(policy, form));
    }
    let Some(Rollout::Steps(steps)) = &policy.rollout else { return None };
    let mut edited = steps.clone();
    let (add, remove) = ui
        .horizontal(|ui| {
            (
                ui.small_button("Add a step").clicked(),
                steps.len() > 1 && ui.small_button("Remove the last step").clicked(),
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
    Some(Policy { rollout: Some(Rollout::Steps(edited)), ..policy.clone() })
}

fn event(ui: &mut egui::Ui, scenario: &Scenario, event: &Event) -> Option<Event> {
    let is_possible = |kind: &EventKind| {
        !scenario.is_replayed()
            || matches!(kind, EventKind::HiddenShare | EventKind::SegmentShare | EventKind::Price | EventKind::Volume)
            || *kind == event.kind
    };
    let kinds: Vec<(EventKind, &str)> = vocabulary::EVENT_KINDS
        .iter()
        .map(|(_, kind)| (*kind, event_words(*kind)))
        .filter(|(k, _)| is_possible(k))
        .collect();
    if let Some(kind) = choose(ui, "Acts on", "What changes in production.", event.kind, &kinds) {
        return Some(start::event_of_kind(event, kind));
    }
    let forms: Vec<(&str, &str)> = start::CHANGES.iter().map(|form| (*form, *form)).collect();
    let help = "A factor, a difference, or a new value.";
    if let Some(form) = choose(ui, "The value is", help, start::change_form(event.change), &forms) {
        return Some(start::event_of_change(event, form));
    }
    let (on_segments, on_tiers) = start::acts_on(event.kind);
    if on_segments && !scenario.is_replayed() {
        let names: Vec<&str> = scenario.segments.iter().map(|s| s.name.as_str()).collect();
        if let Some(segments) =
            ticks(ui, "Only segments", "None ticked: all of them.", "all of them", &names, &event.segments)
        {
            return Some(Event { segments, ..event.clone() });
        }
    }
    if on_tiers {
        let names = tier_names(scenario);
        if let Some(tiers) = ticks(ui, "Only tiers", "None ticked: all of them.", "all of them", &names, &event.tiers) {
            return Some(Event { tiers, ..event.clone() });
        }
    }
    if event.kind == EventKind::Difficulty {
        let mut visible = event.visible;
        let help = "Whether requests look harder, too, so that a router can react; otherwise only the truth shifts.";
        if ui.checkbox(&mut visible, "The surface shifts, too").on_hover_text(help).changed() {
            return Some(Event { visible, ..event.clone() });
        }
    }
    None
}

fn monitor(ui: &mut egui::Ui, scenario: &Scenario, monitor: &Monitor) -> Option<Monitor> {
    let kinds = readable(vocabulary::MONITOR_KINDS);
    if let Some(kind) = choose(ui, "Kind", "What is observed.", monitor.kind, &borrowed(&kinds)) {
        return Some(start::monitor_of_kind(scenario, monitor, kind));
    }
    let own = vocabulary::monitor_keys(monitor.kind);
    let allowed = vocabulary::strata_allowed(monitor.kind);
    if allowed.len() > 1 {
        let words = |strata: &Strata| match strata {
            Strata::All => "not at all",
            Strata::Tier => "by tier",
            Strata::Segment => "by segment",
            Strata::Tail => "the tail more often",
        };
        let options: Vec<(Strata, &str)> = allowed.iter().map(|s| (*s, words(s))).collect();
        let help = "One stream for each part; the first that alarms counts. The tail: half of the labels go to the least confident fifth.";
        if let Some(strata) = choose(ui, "Split", help, monitor.strata, &options) {
            return Some(Monitor { strata, ..monitor.clone() });
        }
    }
    if own.contains(&"allocation") && matches!(monitor.strata, Strata::Tier | Strata::Segment) {
        let options = [
            (Allocation::Equal, "as many to each"),
            (Allocation::Proportional, "as the traffic"),
            (Allocation::Detection, "for detection"),
        ];
        let help = "How the labels are spread over the parts; for detection: by √(share × quality).";
        if let Some(allocation) = choose(ui, "Labels", help, monitor.allocation, &options) {
            return Some(Monitor { allocation, ..monitor.clone() });
        }
    }
    if own.contains(&"observes") {
        let signals: Vec<(MonitorKind, String)> = readable(vocabulary::MONITOR_KINDS)
            .into_iter()
            .filter(|(k, _)| {
                matches!(k, MonitorKind::ThumbsDown | MonitorKind::Tickets | MonitorKind::Csat | MonitorKind::Churn)
            })
            .collect();
        let help = "What is compared between the routed traffic and the holdback.";
        let chosen = monitor.observes.unwrap_or(MonitorKind::ThumbsDown);
        if let Some(observes) = choose(ui, "Compares", help, chosen, &borrowed(&signals)) {
            return Some(Monitor { observes: Some(observes), ..monitor.clone() });
        }
    }
    if own.contains(&"statistic") {
        let options = [
            (DriftStatistic::Psi, "population stability index"),
            (DriftStatistic::Ks, "Kolmogorov–Smirnov"),
            (DriftStatistic::Js, "Jensen–Shannon"),
        ];
        let help = "Distance between the distribution of a day and that of launch.";
        if let Some(statistic) = choose(ui, "Statistic", help, monitor.statistic, &options) {
            return Some(Monitor { statistic, ..monitor.clone() });
        }
    }
    None
}

/// How a detector reads the days.
fn how_it_reads(kind: DetectorKind) -> &'static str {
    match kind {
        DetectorKind::Shewhart => "each day alone: quick with large jumps, blind to small ones.",
        DetectorKind::Ewma => "an average in which old days fade: good with small, lasting changes.",
        DetectorKind::Cusum => {
            "adds up how much better each day fits a loss of the size set below than no loss: the quickest for a loss of that size."
        }
        DetectorKind::PageHinkley => {
            "adds up how far the days lie above their own mean so far, and so gets used to a slow drift."
        }
        DetectorKind::ShiryaevRoberts => "adds up the evidence for a loss begun on any earlier day; close to CUSUM.",
        DetectorKind::Glr => {
            "looks for the start and the size of a loss that fit the last days best: no size needs to be set."
        }
        DetectorKind::EDetector => "weighs several sizes of loss at once, so that none of them needs to be right.",
        DetectorKind::EDetectorGuaranteed => {
            "an e-detector with a threshold that is proven and not simulated: fewer false alarms than the budget, and slower."
        }
        DetectorKind::Msprt => {
            "a test made for a launch, with one start: it does not forget the good days before a loss."
        }
        DetectorKind::Adwin => "splits the days so far everywhere, and compares the newer part with the older one.",
        DetectorKind::WeeklyZ => "compares each whole window with launch, once a window: what many teams do.",
    }
}

/// The detector of a monitor.
pub fn detector(ui: &mut egui::Ui, view: &View<'_>, index: usize, commands: &mut Vec<Command>) {
    let Some(monitor) = view.document.scenario.monitors.get(index) else { return };
    let Some(detector) = &monitor.detector else { return };
    let put =
        |detector: Detector| Entry::Monitor(index, Box::new(Monitor { detector: Some(detector), ..monitor.clone() }));
    let kinds = readable(vocabulary::DETECTOR_KINDS);
    let help =
        "What turns the daily observations into an alarm. The study gives each the same chance of a false alarm.";
    if let Some(kind) = choose_told(ui, "Detector", help, detector.kind, &borrowed(&kinds), how_it_reads) {
        let usual = empty_detector(kind);
        commands.push(Command::Put(put(Detector { kind, window_days: usual.window_days, ..*detector })));
    }
    let address = Address { target: Target::Detector(index), key: Key::Named("baseline_days") };
    let is_given = detector.baseline_days.is_some();
    let known = || put(Detector { baseline_days: None, ..*detector });
    commands.extend(optional(ui, "Reference estimated from the first days", is_given, address, 28.0, known));
}

fn optional_numbers(ui: &mut egui::Ui, target: Target, index: usize, monitor: &Monitor, commands: &mut Vec<Command>) {
    let own = vocabulary::monitor_keys(monitor.kind);
    type Without = fn(Monitor) -> Monitor;
    let rows: [(&'static str, &str, bool, f64, Without); 3] = [
        (
            "sensitivity_hidden",
            "Another sensitivity for confidently wrong answers",
            monitor.sensitivity_hidden.is_some(),
            0.5,
            |m| Monitor { sensitivity_hidden: None, ..m },
        ),
        ("holdback_share", "A holdback of its own", monitor.holdback_share.is_some(), 0.05, |m| Monitor {
            holdback_share: None,
            ..m
        }),
        ("refresh_days", "Refreshed from production", monitor.refresh_days.is_some(), 28.0, |m| Monitor {
            refresh_days: None,
            ..m
        }),
    ];
    for (key, label, is_given, start, without) in rows {
        if own.contains(&key) {
            let address = Address { target, key: Key::Named(key) };
            let entry = || Entry::Monitor(index, Box::new(without(monitor.clone())));
            commands.extend(optional(ui, label, is_given, address, start, entry));
        }
    }
}

/// A number that may be left out: a box that gives it a value to start from, or takes it away.
fn optional(
    ui: &mut egui::Ui,
    label: &str,
    is_given: bool,
    address: Address,
    start: f64,
    without: impl FnOnce() -> Entry,
) -> Option<Command> {
    let mut given = is_given;
    if !ui.checkbox(&mut given, label).changed() {
        return None;
    }
    Some(if given { Command::Set { address, value: start, dragging: false } } else { Command::Put(without()) })
}
