//! The tab of options: worked out when it is looked at, stopped, taken into the scenario; and what an alarm leads to.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use crate::common::window::{until, window};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::results::{Decided, Sampling};
use paretoscope::app::tab::Tab;
use paretoscope::decision::choose::Watched;
use paretoscope::model::address::{Address, Key, Target};
use paretoscope::report;
use paretoscope::scenario::edit::{Edit, Entry};

fn decided(app: &App) -> &Decided {
    app.session().decided.as_ref().expect("options are known")
}

fn set(harness: &mut Harness<'_, App>, target: Target, key: &'static str, value: f64) {
    let address = Address { target, key: Key::Named(key) };
    harness.state_mut().send(Command::Set { address, value, dragging: false });
    harness.run_steps(2);
}

/// A window on the smallest scenario.
fn first_steps(data: &Path, replicates: f64) -> Harness<'static, App> {
    let mut harness = window(data);
    harness.state_mut().send(Command::OpenLibrary(1));
    until(&mut harness, "opened", |app| app.document().scenario.name == "First steps");
    set(&mut harness, Target::Study, "replicates", replicates);
    harness
}

fn until_decided(harness: &mut Harness<'_, App>) {
    until(harness, "options", |app| app.session().deciding == Sampling::Done);
    harness.run_steps(3);
}

#[test]
fn the_answer_comes_first_and_an_option_is_taken_and_taken_back() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 60.0);
    assert_eq!(Tab::ALL.first(), Some(&Tab::Decide));
    assert!(harness.state().session().decided.is_none(), "nobody has looked at it");
    harness.get_by_label("Decide").click();
    harness.run_steps(2);
    assert_eq!(harness.state().session().deciding, Sampling::Running, "opening the tab starts it");
    // The unwatched options are there before the others.
    until(&mut harness, "the first options", |app| app.session().decided.is_some());
    until_decided(&mut harness);
    let found = decided(harness.state()).decision.clone();
    let scenario = harness.state().document().scenario.clone();
    harness.get_by_label(&report::decide::reason(&scenario, &found));
    harness.get_by_label_contains("The scenario does not say what an alarm leads to");
    // A watched option of a policy, at another setting than the scenario's where there is one.
    let place = |setting_is_own: bool| {
        found.options.iter().position(|choice| {
            choice.figures.is_ok()
                && matches!(choice.watched, Watched::Monitor(_))
                && choice.knob_is_own == setting_is_own
        })
    };
    let index = place(false).or(place(true)).expect("a watched option");
    let choice = found.options[index].clone();
    let line = format!("Line of {}", report::options::spoken(&scenario, &found, index));
    // Wherever it stands in the table.
    harness.get_by_label(&line).click_accesskit();
    harness.run_steps(3);
    let app = harness.state();
    let taken = app.document().scenario.clone();
    let policy = taken.policies[choice.policy].name.clone();
    assert_eq!(taken.study.policy.as_deref(), Some(policy.as_str()));
    assert_eq!(app.session().selected, choice.policy);
    let Watched::Monitor(monitor) = choice.watched else { unreachable!("picked as one") };
    assert_eq!(app.session().monitor, Some(monitor));
    assert!(app.session().message.contains("In the scenario now"), "{}", app.session().message);
    let knob = paretoscope::app::parameters::knob(&taken, choice.policy).expect("a knob");
    let setting = paretoscope::model::address::get(&taken, knob).expect("its setting");
    assert!((setting - choice.knob.unwrap()).abs() < 1e-9, "{setting} {choice:?}");
    // One step takes all of it back.
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(harness.state().document().scenario, scenario);
}

#[test]
fn it_is_stopped_goes_on_and_old_options_stay_until_there_are_new_ones() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 2000.0);
    harness.get_by_label("Decide").click();
    until(&mut harness, "the first options", |app| app.session().decided.is_some());
    harness.state_mut().send(Command::CancelDecision);
    until(&mut harness, "stopped", |app| app.session().deciding == Sampling::Cancelled);
    harness.run_steps(2);
    assert!(!decided(harness.state()).is_whole);
    harness.get_by_label_contains("Stopped: some options are missing");
    // What nobody needs is not started again by looking at another policy.
    harness.state_mut().send(Command::Select(0));
    harness.run_steps(2);
    assert_eq!(harness.state().session().deciding, Sampling::Cancelled);
    // An edit makes them old, and starts again.
    set(&mut harness, Target::Study, "replicates", 60.0);
    assert!(decided(harness.state()).is_old);
    assert_eq!(harness.state().session().deciding, Sampling::Running);
    until_decided(&mut harness);
    let now = decided(harness.state());
    assert!(now.is_whole && !now.is_old);
    // Other words change no value, and neither does another policy under study.
    let before = now.decision.clone();
    let text = |s: &str| s.to_owned();
    harness.state_mut().send(Command::Put(Entry::Texts {
        name: text("Mine"),
        description: text(""),
        source: text(""),
    }));
    harness.run_steps(2);
    assert!(!decided(harness.state()).is_old && decided(harness.state()).decision == before);
}

#[test]
fn what_an_alarm_leads_to_is_said_changed_and_taken_back() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 60.0);
    harness.get_by_label("What an alarm leads to").click_accesskit();
    harness.run_steps(4);
    harness.get_by_label_contains("An alarm changes nothing in the run");
    harness.get_by_label("Say what people do").click_accesskit();
    harness.run_steps(4);
    assert!(harness.state().document().scenario.response.is_some());
    harness.get_by_label_contains("Action: return to the baseline");
    set(&mut harness, Target::Response, "investigate_days", 3.0);
    let days = |app: &App| app.document().scenario.response.as_ref().map(|response| response.investigate_days);
    assert_eq!(days(harness.state()), Some(3.0));
    // The action follows its policy.
    let policy = harness.state().document().scenario.policies[1].name.clone();
    let own = harness.state().document().scenario.response.clone().unwrap();
    let response = paretoscope::model::Response { action: Some(policy), ..own };
    harness.state_mut().send(Command::Put(Entry::Response(Some(Box::new(response)))));
    let renamed = Command::EditEntry(paretoscope::entry::List::Policies, 1, Edit::Rename("Another".to_owned()));
    harness.state_mut().send(renamed);
    harness.run_steps(4);
    let action = |app: &App| app.document().scenario.response.as_ref().and_then(|r| r.action.clone());
    assert_eq!(action(harness.state()).as_deref(), Some("Another"));
    // The run is shown as people react, when its study is over.
    until(&mut harness, "the run with its people", |app| app.session().lives.is_some());
    harness.run_steps(4);
    harness.get_by_label_contains("Money plot");
    harness.get_by_label_contains("Gained against the baseline by the end");
    // Another run has other alarms.
    harness.state_mut().send(Command::NextReplicate);
    harness.run_steps(2);
    until(&mut harness, "another run", |app| app.session().lives.as_ref().is_some_and(|lives| lives.replicate == 1));
    harness.get_by_label("An alarm changes nothing").click_accesskit();
    harness.run_steps(4);
    assert!(harness.state().document().scenario.response.is_none());
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(action(harness.state()).as_deref(), Some("Another"));
}
