//! Known figures: what somebody has seen, what the scenario makes of it, and the numbers that are moved until it holds.

use eframe::egui::{self, RichText};

use super::super::View;
use super::{kinds, text_field};
use crate::app::command::Command;
use crate::app::results::{Calibrated, Sampling};
use crate::app::theme;
use crate::entry::{find, written};
use crate::frontier::claims;
use crate::frontier::figures::Whose;
use crate::model::address::{self, Address, Key, Target};
use crate::model::{Expectation, Figure, Known, MAX_KNOWN, Scenario, When};
use crate::report::calibrate as report;
use crate::report::sentence::percent;
use crate::report::uncertain::name;
use crate::scenario::edit::Entry;
use crate::scenario::start;

/// Moved numbers that stand in the list; more of them are counted.
const MOST_LISTED: usize = 24;

/// Shows the cards, and what came of them.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    ui.label(
        RichText::new(
            "Say what is known from invoices and dashboards. Solve moves the numbers behind these figures, as little as it takes, until the \
             scenario reproduces them.",
        )
        .weak(),
    );
    for (index, known) in scenario.known.iter().enumerate() {
        // Cards have the same choices under the same names.
        ui.push_id(("known", index), |ui| card(ui, view, index, known, commands));
    }
    // One that could not be added has no card of its own.
    refusal(ui, view, scenario.known.len());
    ui.horizontal_wrapped(|ui| {
        let has_room = scenario.known.len() < MAX_KNOWN;
        if ui.add_enabled(has_room, egui::Button::new("Add a known figure")).clicked() {
            let known = with_present_value(view, start::known(scenario, Figure::Quality));
            let all: Vec<Known> = scenario.known.iter().cloned().chain([known]).collect();
            commands.push(Command::Put(Entry::Known { about: scenario.known.len(), all }));
        }
        solve(ui, view, commands);
    });
    if let Some(failure) = &view.session.calibration_failure {
        let colour = theme::bad(ui.visuals().dark_mode);
        ui.label(RichText::new(format!("Not solved: {failure}")).color(colour));
    }
    if let Some(calibrated) = &view.session.calibrated {
        outcome(ui, view, calibrated, commands);
    }
}

fn solve(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    if view.session.calibrating == Sampling::Running {
        ui.spinner();
        let (done, total) = view.calibration_progress;
        // How many evaluations it takes nobody knows before.
        let share = if total > 0 { (done as f64 / total as f64).min(0.99) } else { 0.0 };
        ui.label(RichText::new(percent(share, 0)).weak());
        let stop = ui.button("Stop");
        stop.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Stop solving"));
        if stop.clicked() {
            commands.push(Command::CancelCalibration);
        }
        return;
    }
    let can_solve = !view.document.scenario.known.is_empty() && !view.document.lacks_table();
    let help = "Moves the free numbers until the figures hold. Undo puts them back in one step.";
    if ui.add_enabled(can_solve, egui::Button::new("Solve")).on_hover_text(help).clicked() {
        commands.push(Command::Calibrate);
    }
}

/// What came of it: the numbers that have moved, and those that the figures leave open.
fn outcome(ui: &mut egui::Ui, view: &View<'_>, calibrated: &Calibrated, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let outcome = &calibrated.outcome;
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(report::reading(outcome)).strong());
        let moved = report::moved(outcome);
        if !moved.is_empty() {
            for number in moved.iter().take(MOST_LISTED) {
                // Long paths take a line of their own: a row that overflows would widen the panel.
                ui.horizontal_wrapped(|ui| {
                    let called = address::find(scenario, &number.key).map(|address| name(scenario, address));
                    ui.label(RichText::new(called.unwrap_or_else(|_| number.key.clone())).weak())
                        .on_hover_text(&number.key);
                    ui.label(format!("{} to {}", report::number(number.before), report::number(number.after)));
                });
            }
            if moved.len() > MOST_LISTED {
                ui.label(RichText::new(format!("and {} more", moved.len() - MOST_LISTED)).weak());
            }
            let undo = ui.button("Put them back").on_hover_text("Undo: one step for all of them.");
            if undo.clicked() {
                commands.push(Command::Undo);
            }
        }
        for odd in report::odd(scenario) {
            ui.label(RichText::new(odd).color(theme::bad(ui.visuals().dark_mode)));
        }
        if let Some(open) = report::open(outcome) {
            // Their names would fill the card.
            ui.label(RichText::new("Numbers that are not determined").weak().small()).on_hover_text(open);
        }
    });
}

/// Why the last edit of this figure was not taken over.
fn refusal(ui: &mut egui::Ui, view: &View<'_>, index: usize) {
    if let Some(refused) = view.session.refused.as_ref().filter(|r| r.target == Target::Known(index)) {
        let colour = theme::bad(ui.visuals().dark_mode);
        ui.label(RichText::new(format!("Not taken over: {}", refused.message)).small().color(colour));
    }
}

fn put(scenario: &Scenario, about: usize, known: Known) -> Command {
    let mut all = scenario.known.clone();
    if let Some(place) = all.get_mut(about) {
        *place = known;
    }
    Command::Put(Entry::Known { about, all })
}

fn card(ui: &mut egui::Ui, view: &View<'_>, index: usize, known: &Known, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            let title = ui.label(RichText::new(format!("Known figure {}", index + 1)).strong());
            if let Some(said) = view.document.comment(Target::Known(index), "") {
                title.on_hover_text(format!("In the file: {said}"));
            }
            let remove = ui.small_button("Remove");
            let name = format!("Remove known figure {}", index + 1);
            remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            if remove.clicked() {
                let mut all = scenario.known.clone();
                all.remove(index);
                commands.push(Command::Put(Entry::Known { about: index, all }));
            }
        });
        if let Some(changed) = subject(ui, view, known) {
            commands.push(put(scenario, index, changed));
        }
        wanted(ui, view, index, known, commands);
        let paths = known.free.join("\n");
        let help = find(known, "free").map_or("", |key| key.help);
        let label = if paths.is_empty() { "Moved for it: the usual numbers" } else { "Moved for it" };
        egui::CollapsingHeader::new(RichText::new(label).small()).id_salt("free").show(ui, |ui| {
            ui.label(RichText::new(format!("{help} One a line.")).weak().small());
            if let Some(text) = text_field(ui, &format!("Numbers moved for known figure {}", index + 1), &paths, true) {
                let free = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
                commands.push(put(scenario, index, Known { free, ..known.clone() }));
            }
        });
        refusal(ui, view, index);
        verdict(ui, view, index, known);
    });
}

/// Which figure of what. Returns another one.
fn subject(ui: &mut egui::Ui, view: &View<'_>, known: &Known) -> Option<Known> {
    let scenario = &*view.document.scenario;
    let figures: Vec<(Figure, String)> = Figure::ALL.iter().map(|figure| (*figure, figure.told())).collect();
    let help = "What was seen. Which keys of the scenario are usually moved for it depends on it.";
    if let Some(figure) = kinds::choose(ui, "Figure", help, known.figure, &kinds::borrowed(&figures)) {
        return Some(with_present_value(view, start::known_of_figure(scenario, known, figure)));
    }
    let mut all: Vec<(Whose, String)> =
        scenario.policies.iter().enumerate().map(|(i, policy)| (Whose::Policy(i), policy.name.clone())).collect();
    if known.figure.fits_a_tier() {
        let tiers = scenario.tiers.iter().enumerate();
        all.extend(tiers.map(|(i, tier)| (Whose::Tier(i), format!("{} alone", tier.name))));
    }
    let whose = match (&known.policy, &known.tier) {
        (Some(name), _) => scenario.policy_index(name).map(Whose::Policy),
        (None, Some(name)) => scenario.tier_index(name).map(Whose::Tier),
        (None, None) => None,
    };
    let options: Vec<(Option<Whose>, &str)> = all.iter().map(|(whose, name)| (Some(*whose), name.as_str())).collect();
    let help = "The policy whose figure it is, or a tier as if it answered everything.";
    if let Some(Some(whose)) = kinds::choose(ui, "Of", help, whose, &options) {
        let name = |list: Option<&String>| list.cloned();
        let (policy, tier) = match whose {
            Whose::Policy(i) => (name(scenario.policies.get(i).map(|p| &p.name)), None),
            Whose::Tier(i) => (None, name(scenario.tiers.get(i).map(|t| &t.name))),
        };
        return Some(with_present_value(view, Known { policy, tier, ..known.clone() }));
    }
    if known.figure.fits_a_segment() && !scenario.segments.is_empty() {
        let mut options: Vec<(Option<&str>, &str)> = vec![(None, "all segments")];
        options.extend(scenario.segments.iter().map(|segment| (Some(segment.name.as_str()), segment.name.as_str())));
        let help = "The segment that it is about.";
        if let Some(segment) = kinds::choose(ui, "On", help, known.segment.as_deref(), &options) {
            return Some(Known { segment: segment.map(str::to_owned), ..known.clone() });
        }
    }
    if !scenario.events.is_empty() || known.when == When::Production {
        let options = [(When::Launch, "at launch"), (When::Production, "in production")];
        let help = "Before the events, or on the last day.";
        if let Some(when) = kinds::choose(ui, "Seen", help, known.when, &options) {
            return Some(with_present_value(view, Known { when, ..known.clone() }));
        }
    }
    None
}

/// The value or the range.
fn wanted(ui: &mut egui::Ui, view: &View<'_>, index: usize, known: &Known, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let (low, high) = known.wanted().unwrap_or((0.0, 0.0));
    let help = "One value, or a range that it lies in: any value in it serves.";
    let forms = [(false, "one value"), (true, "a range")];
    if let Some(is_range) = kinds::choose(ui, "It is", help, known.between.is_some(), &forms) {
        let (value, between) = if is_range {
            // A hundredth around it to start from, as far as the figure goes.
            let range = known.figure.range();
            let around = (0.01 * low.abs()).max(0.001);
            (None, Some((range.nearest(low - around), range.nearest(low + around))))
        } else {
            (Some(start::written_value(0.5 * (low + high))), None)
        };
        commands.push(put(scenario, index, Known { value, between, ..known.clone() }));
    }
    let is_share = known.figure.is_share();
    // What a number is typed with, and read without.
    let unit = match known.figure.range().unit {
        _ if is_share => "%",
        "per 1,000" => "",
        unit => unit,
    };
    let scale = if is_share { 100.0 } else { 1.0 };
    let mut field = |ui: &mut egui::Ui, what: &str, key: &'static str, x: f64| -> Option<f64> {
        let label = format!("{what} of known figure {}", index + 1);
        let shown = format!("{} {unit}", written((1e9 * scale * x).round() / 1e9));
        let typed = text_field(ui, &label, shown.trim(), false)?;
        let address = Address { target: Target::Known(index), key: Key::Named(key) };
        let is_per_cent = typed.contains('%');
        match crate::entry::typed(&typed) {
            None => commands.push(Command::Refuse(address, format!("\"{typed}\" is no number"))),
            Some(x) if is_per_cent && known.figure.range().unit == "per 1,000" => return Some(10.0 * x),
            Some(_) if is_per_cent && !is_share => {
                commands.push(Command::Refuse(address, "it is an amount, not per cent of something".to_owned()));
            }
            Some(x) => return Some(x / scale),
        }
        None
    };
    let changed = match known.between {
        None => field(ui, "Value", "value", low).map(|value| Known { value: Some(value), ..known.clone() }),
        Some((low, high)) => {
            let least = field(ui, "Least value", "between", low);
            let most = field(ui, "Greatest value", "between", high);
            (least.is_some() || most.is_some()).then(|| {
                let between = Some((least.unwrap_or(low), most.unwrap_or(high)));
                Known { between, ..known.clone() }
            })
        }
    };
    commands.extend(changed.map(|known| put(scenario, index, known)));
}

/// What the scenario makes of it.
fn verdict(ui: &mut egui::Ui, view: &View<'_>, index: usize, known: &Known) {
    let session = view.session;
    let value = |x: Option<f64>| report::value_or_dash(known.figure, x);
    let Some((low, high)) = known.wanted() else { return };
    let aim = session.calibrated.as_ref().and_then(|calibrated| calibrated.outcome.aims.get(index));
    let now = session.known_now.get(index).copied().flatten();
    let is_met = now.is_some_and(|now| crate::calibrate::meets((low, high), now));
    let before = aim.filter(|aim| aim.before != aim.after).map(|aim| format!("Before {}, now", value(aim.before)));
    let told = format!(
        "{} {}: {}",
        before.unwrap_or_else(|| "Now".to_owned()),
        value(now),
        if is_met { "met" } else { "not met" }
    );
    let dark = ui.visuals().dark_mode;
    ui.label(RichText::new(told).color(if is_met { theme::good(dark) } else { theme::bad(dark) }));
    if let Some(calibrated) = &session.calibrated
        && let Some(why) = report::why(&view.document.scenario, &calibrated.outcome, index)
    {
        ui.label(RichText::new(format!("Not met: {why}.")).small());
    }
}

/// The same with the value that the scenario has now, where a point of the frontier holds it: a value to start typing from.
fn with_present_value(view: &View<'_>, known: Known) -> Known {
    let present = || {
        let policy = known.policy.clone().filter(|_| known.segment.is_none())?;
        let claim = Expectation { policy, figure: known.figure, when: known.when, between: (0.0, 0.0) };
        claims::figure(&view.document.scenario, view.session.points.as_deref()?, &claim)
    };
    match (known.value, present()) {
        (Some(_), Some(value)) => Known { value: Some(start::written_value(value)), ..known },
        _ => known,
    }
}
