//! Edits of whole entries of the scenario, and steps back and forth.

use std::sync::Arc;
use std::time::Instant;

use eframe::egui;

use super::App;
use super::command::Command;
use super::document::Document;
use super::parameters;
use super::results::{Calibrated, Sampling, Swept};
use super::session::Refused;
use super::simulate::Wanted;
use crate::calibrate::Outcome;
use crate::decision::choose::{Choice, Watched};
use crate::entry::{self, List};
use crate::model::address::{self, Address, Key, Target};
use crate::model::{Monitor, Range, Scenario};
use crate::report;
use crate::report::sentence::counted;
use crate::scenario::edit::{self, Entry};
use crate::scenario::problem::{Problem, Severity};
use crate::scenario::{read, sheet, write};
use crate::sweep::{Collected, Plan};

/// Most points of a sweep that the window runs: it keeps what each of them says.
const MOST_POINTS: u64 = 5000;

impl App {
    /// Puts the monitors of the plan looked at into the scenario, under names that are free.
    pub(super) fn take_plan(&mut self) {
        let Some(planned) = &self.session.planned else { return };
        let plans = &planned.plans;
        let chosen = plans.plans.get(self.session.plan.unwrap_or(plans.recommended));
        let monitors: Vec<Monitor> =
            chosen.into_iter().flat_map(|plan| plans.monitors_of(plan)).map(report::plan::named).collect();
        if monitors.is_empty() {
            return;
        }
        let count = monitors.len();
        self.document.edit(true, |scenario| add_monitors(scenario, monitors));
        self.session.message = match count {
            1 => "The monitor is in the scenario: Detection studies it".to_owned(),
            _ => format!("{count} monitors are in the scenario: Detection studies each of them"),
        };
        self.edited();
    }

    /// Takes an option into the scenario as one step: its policy is the one under study, with the option's setting, and its monitor is
    /// looked at, at the false-alarm budget that the option was valued with.
    pub(super) fn take_option(&mut self, ctx: &egui::Context, index: usize) {
        let Some(decided) = self.session.decided.as_ref().filter(|decided| !decided.is_old) else { return };
        let Some(choice) = decided.decision.options.get(index).cloned() else { return };
        let Ok(figures) = &choice.figures else { return };
        let message = report::options::taken(&decided.scenario, &choice);
        let policy = choice.policy;
        let before = self.document.scenario.monitors.len();
        if choice.watched != Watched::Stay
            && !self.change_entries(Target::Policy(policy), |scenario| put_option(scenario, &choice))
        {
            return;
        }
        if self.session.selected != policy {
            self.execute(ctx, Command::Select(policy));
        }
        let monitor = match &choice.watched {
            Watched::Stay | Watched::NotAtAll => None,
            Watched::Monitor(monitor) => Some(*monitor),
            // They are the last ones now.
            Watched::Plan(members) => (!members.is_empty()).then_some(before),
        };
        if monitor.is_some() {
            self.session.monitor = monitor;
            self.session.false_alarms = figures.false_alarms_budget.or(self.session.false_alarms);
        }
        self.session.message = message;
    }

    /// Takes the numbers over that were moved for the known figures, as one step to take back. Says whether any was.
    pub(super) fn take_calibration(&mut self, outcome: Outcome) -> bool {
        let has_moved = outcome.has_moved();
        if has_moved {
            self.document.edit(true, |scenario| outcome.apply(scenario));
            self.edited();
        }
        self.session.calibrating = Sampling::Done;
        self.session.message = report::calibrate::reading(&outcome);
        self.session.calibrated = Some(Calibrated { outcome });
        has_moved
    }

    /// Takes known figures over. No result depends on what is wanted, so that nothing is simulated anew.
    pub(super) fn put_known(&mut self, entry: Entry) {
        let Entry::Known { about, .. } = entry else { return };
        let mut scenario = Scenario::clone(&self.document.scenario);
        if let Err(reason) = edit::put(&mut scenario, entry).and_then(|()| readable(&scenario)) {
            return self.refuse(Target::Known(about), None, reason);
        }
        if scenario == *self.document.scenario {
            return;
        }
        self.document.edit(true, |s| *s = scenario);
        self.session.unsaved_since.get_or_insert_with(Instant::now);
        if self.session.refused.take().is_some() {
            self.session.message.clear();
        }
        self.session.calibrated = None;
        self.session.calibration_failure = None;
        self.session.known_now.clear();
        self.simulate(Wanted { calibrate: false, ..self.owed() });
    }

    /// Changes entries in one step to take back, or says beside `target` why it cannot be done. Says whether it was done.
    pub(super) fn change_entries(
        &mut self,
        target: Target,
        change: impl FnOnce(&mut Scenario) -> Result<(), String>,
    ) -> bool {
        let mut scenario = Scenario::clone(&self.document.scenario);
        let selected = scenario.policies.get(self.session.selected).map(|p| p.name.clone());
        // Whatever stands in the window must be a scenario that a file can hold.
        let done = change(&mut scenario).and_then(|()| readable(&scenario));
        if let Err(reason) = done {
            self.refuse(target, None, reason);
            return false;
        }
        if scenario == *self.document.scenario {
            return true;
        }
        // The same policy stays in view, wherever it stands now.
        if let Some(place) = selected.and_then(|name| scenario.policy_index(&name)) {
            self.session.selected = place;
        }
        let before = places(&self.document.scenario);
        self.document.edit(true, |s| *s = scenario);
        if places(&self.document.scenario) != before {
            self.forget_results();
        }
        self.edited();
        true
    }

    /// Takes a table over into a list, in one step. What came of it, in words.
    pub(super) fn paste_sheet(&mut self, list: List, text: &str) -> Vec<String> {
        let mut told = Vec::new();
        let mut done = Vec::new();
        let is_done =
            self.change_entries(Target::of_entry(list, 0), |scenario| match sheet::take(scenario, list, text) {
                Ok(taken) => {
                    let added = taken.added.len();
                    done.push(format!(
                        "{} changed, {} added.",
                        counted(taken.changed as u64, "number"),
                        counted(added as u64, "row")
                    ));
                    if !taken.unknown.is_empty() {
                        done.push(format!("Columns that stand for nothing here: {}.", taken.unknown.join(", ")));
                    }
                    Ok(())
                }
                Err(why) => {
                    told.extend(why);
                    Err("the table cannot be taken over".to_owned())
                }
            });
        if is_done { done } else { told }
    }

    /// Runs the sweep that is looked at. Points that are known are not run again, while the scenario is the one that they belong to.
    pub(super) fn run_sweep(&mut self) {
        let scenario = Arc::clone(&self.document.scenario);
        let index = self.session.sweep_look.index;
        let Some(sweep) = scenario.sweeps.get(index) else { return };
        let is_known =
            self.session.swept.as_ref().is_some_and(|swept| swept.index == index && swept.scenario == scenario);
        if !is_known {
            match Plan::of(&scenario, sweep) {
                Ok(plan) if plan.count() > MOST_POINTS => {
                    self.session.sweep_failure = Some(format!(
                        "it has {} points, and the window runs up to {}; the command line runs any number: paretoscope sweep",
                        report::sentence::grouped(plan.count() as f64),
                        report::sentence::grouped(MOST_POINTS as f64)
                    ));
                    return;
                }
                Ok(plan) => {
                    self.session.swept = Some(Swept { scenario, index, plan, found: Collected::default() });
                }
                Err(wrong) => {
                    self.session.sweep_failure = wrong.into_iter().next().map(|wrong| wrong.message);
                    return;
                }
            }
        }
        self.simulate(Wanted { sweep: true, ..self.owed() });
    }

    /// Puts the values of a point of the sweep into the scenario, in one step to take back.
    pub(super) fn take_point(&mut self, point: u64) {
        let Some(swept) = &self.session.swept else { return };
        let (plan, values) = (swept.plan.clone(), swept.plan.values(point));
        if self.change_entries(Target::Head, |scenario| {
            *scenario = plan.scenario(scenario, &values);
            Ok(())
        }) {
            let axes = plan.axes.iter().zip(&values);
            let told: Vec<String> =
                axes.map(|(axis, value)| format!("{} = {}", axis.key, entry::written(*value))).collect();
            self.session.message = format!("The scenario has the values of this point: {}", told.join(", "));
        }
    }

    /// Gives a number a range, or takes it back. Ranges change no figure but those of Uncertainty: nothing else is computed anew.
    pub(super) fn put_range(&mut self, address: Address, range: Option<Range>, dragging: bool) {
        let mut scenario = Scenario::clone(&self.document.scenario);
        if let Err(message) = edit::put_range(&mut scenario, address, range) {
            return self.refuse(address.target, Some(address.key), message);
        }
        // A handle on its way makes one step to undo, as a slider does.
        let step = self.session.dragging != Some(address);
        self.session.dragging = dragging.then_some(address);
        self.document.edit(step, |s| *s = scenario);
        self.session.refused = None;
        self.session.unsaved_since.get_or_insert_with(Instant::now);
        self.ranges_are_old();
        self.follow_decision();
        if self.looks_at_ranges() {
            self.simulate(Wanted { ranges: true, ..self.owed() });
        }
    }

    /// Says beside a field that its edit was not taken over.
    pub(super) fn refuse(&mut self, target: Target, key: Option<Key>, message: String) {
        self.session.message = format!("Not done: {message}");
        self.session.refused = Some(Refused { target, key, message });
    }

    /// Goes a step back or forth.
    pub(super) fn travel(&mut self, go: impl FnOnce(&mut Document) -> bool) {
        let before = places(&self.document.scenario);
        let selected = self.document.scenario.policies.get(self.session.selected).map(|p| p.name.clone());
        // What is moved next is a step of its own.
        self.session.dragging = None;
        if go(&mut self.document) {
            if places(&self.document.scenario) != before {
                // The same policy stays in view, wherever it stands now.
                if let Some(place) = selected.and_then(|name| self.document.scenario.policy_index(&name)) {
                    self.session.selected = place;
                }
                self.forget_results();
            }
            self.session.message.clear();
            self.edited();
        }
    }
}

/// Whether a file can hold a scenario, or why not.
fn readable(scenario: &Scenario) -> Result<(), String> {
    let read = read::parse(&write::to_text(scenario), "").map(|_| ());
    read.map_err(|problems| {
        let first = problems.iter().find(|problem| problem.severity == Severity::Error).or(problems.first());
        let hint = |p: &Problem| p.suggestion.as_ref().map_or_else(String::new, |s| format!("; did you mean \"{s}\"?"));
        first.map_or_else(String::new, |p| format!("{}: {}{}", p.key, p.message, hint(p)))
    })
}

/// Puts monitors behind the others, under names that are free.
fn add_monitors(scenario: &mut Scenario, monitors: Vec<Monitor>) {
    for monitor in monitors {
        let name = edit::free_name(&scenario.names(List::Monitors), &monitor.name);
        scenario.monitors.push(Monitor { name, ..monitor });
    }
}

/// What an option says of its policy, and the monitors that it brings.
fn put_option(scenario: &mut Scenario, choice: &Choice) -> Result<(), String> {
    let policy = scenario.policies.get(choice.policy).ok_or("it is not there")?;
    scenario.study.policy = Some(policy.name.clone());
    if let Some(setting) = choice.knob.filter(|_| !choice.knob_is_own) {
        let address = parameters::knob(scenario, choice.policy).ok_or("it has no knob")?;
        address::set(scenario, address, setting);
    }
    if let Watched::Plan(members) = &choice.watched {
        add_monitors(scenario, members.iter().map(report::plan::named).collect());
    }
    Ok(())
}

/// What stands where: results are known by these places.
fn places(scenario: &Scenario) -> [Vec<String>; 4] {
    [List::Policies, List::Segments, List::Tiers, List::Monitors].map(|list| scenario.names(list))
}
