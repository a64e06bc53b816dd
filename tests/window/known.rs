//! Known figures in the window: added, changed, refused with a reason, solved in one step to take back.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common::window::{first_steps, until};
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::results::Sampling;
use paretoscope::model::address::{Address, Key, Target};
use paretoscope::model::{Figure, Known};
use paretoscope::scenario::edit::Entry;
use paretoscope::scenario::{read, write};

fn known(app: &App) -> Vec<Known> {
    app.document().scenario.known.clone()
}

/// A window with the part open and nothing else in its way.
fn opened(data: &std::path::Path) -> Harness<'static, App> {
    let mut harness = first_steps(data, 50.0);
    harness.set_size(eframe::egui::vec2(1400.0, 4000.0));
    harness.run_steps(3);
    harness.get_by_label("Known figures").click();
    harness.run_steps(12);
    harness
}

/// Picks an option of a choice, as a hand would.
fn pick(harness: &mut Harness<'_, App>, choice: &str, option: &str) {
    harness.get_by_role_and_label(Role::ComboBox, choice).click();
    harness.run_steps(3);
    // The list is over everything else, so its entries come last.
    harness.get_all_by_role_and_label(Role::Button, option).last().unwrap().click_accesskit();
    harness.run_steps(3);
    // A list stays open for the keyboard and for screen readers until it is closed.
    harness.key_press(eframe::egui::Key::Escape);
    harness.run_steps(3);
}

fn put(harness: &mut Harness<'_, App>, about: usize, all: Vec<Known>) {
    harness.state_mut().send(Command::Put(Entry::Known { about, all }));
    harness.run_steps(3);
}

fn type_into(harness: &mut Harness<'_, App>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, label).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::A);
    harness.run_steps(2);
    harness.event(eframe::egui::Event::Text(text.to_owned()));
    harness.run_steps(2);
    harness.key_press(eframe::egui::Key::Enter);
    harness.run_steps(3);
}

#[test]
fn a_figure_is_added_typed_solved_and_taken_back_in_one_step() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = opened(data.path());
    assert!(known(harness.state()).is_empty());
    until(&mut harness, "points", |app| app.session().points.is_some());
    harness.get_by_label("Add a known figure").click_accesskit();
    harness.run_steps(4);
    let added = known(harness.state());
    assert_eq!((added.len(), added[0].figure), (1, Figure::Quality));
    assert_eq!(added[0].policy.as_deref(), Some(harness.state().document().scenario.baseline.as_str()));
    // It starts from what the scenario has, and the window says so.
    until(&mut harness, "its value now", |app| app.session().known_now.len() == 1);
    harness.run_steps(2);
    harness.get_by_label_contains(": met");
    let before = harness.state().session().known_now[0].unwrap();
    assert!((added[0].value.unwrap() / before - 1.0).abs() < 1e-3);

    type_into(&mut harness, "Value of known figure 1", "91.5 %");
    assert_eq!(known(harness.state())[0].value, Some(0.915));
    until(&mut harness, "its value now", |app| app.session().known_now.len() == 1);
    harness.run_steps(2);
    harness.get_by_label_contains(": not met");
    let unsolved = harness.state().document().scenario.clone();
    harness.get_by_label("Solve").click_accesskit();
    harness.run_steps(2);
    until(&mut harness, "solved", |app| app.session().calibrated.is_some());
    harness.run_steps(3);
    let app = harness.state();
    assert_eq!(app.session().calibrating, Sampling::Done);
    let outcome = app.session().calibrated.clone().unwrap().outcome;
    assert!(outcome.aims[0].is_met && outcome.has_moved());
    let solved = app.document().scenario.clone();
    assert!(solved != unsolved && solved.known == unsolved.known);
    until(&mut harness, "the value now", |app| {
        app.session().known_now.first().is_some_and(|now| now.is_some_and(|now| (now / 0.915 - 1.0).abs() < 1e-4))
    });
    harness.run_steps(2);
    let moved = outcome.free.iter().find(|moved| moved.before != moved.after).unwrap().key.clone();
    let address = paretoscope::model::address::find(&solved, &moved).unwrap();
    harness.get_by_label(&paretoscope::report::uncertain::name(&solved, address));
    harness.get_by_label_contains(", now 91.50 %: met");
    harness.get_all_by_label_contains("The scenario reproduces its 1 known figure").next().unwrap();

    harness.get_by_label("Put them back").click_accesskit();
    harness.run_steps(3);
    assert_eq!(harness.state().document().scenario, unsolved, "one step back");
    assert!(harness.state().session().calibrated.is_none());
    harness.state_mut().send(Command::Redo);
    harness.run_steps(3);
    assert_eq!(harness.state().document().scenario, solved);
    let text = write::to_text(&solved);
    assert_eq!(read::parse(&text, "").unwrap().scenario, *solved);
}

#[test]
fn what_cannot_be_is_refused_beside_its_card() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = opened(data.path());
    harness.get_by_label("Add a known figure").click_accesskit();
    harness.run_steps(4);
    let own = known(harness.state());
    type_into(&mut harness, "Value of known figure 1", "140");
    assert_eq!(known(harness.state()), own);
    harness.get_by_label_contains("Not taken over: known 1: value: found 1.4");
    type_into(&mut harness, "Value of known figure 1", "lots");
    harness.get_all_by_label_contains("is no number").next().unwrap();
    assert_eq!(known(harness.state()), own);

    let misspelt = Known { free: vec!["tier.Small.abilty".to_owned()], ..own[0].clone() };
    put(&mut harness, 0, vec![misspelt]);
    harness.get_all_by_label_contains("did you mean \"ability\"?").next().unwrap();
    assert_eq!(known(harness.state()), own);
    let other = Known { value: Some(0.5), ..own[0].clone() };
    put(&mut harness, 1, vec![own[0].clone(), other]);
    assert!(harness.state().session().refused.as_ref().unwrap().message.contains("contradicts number 1"));
    assert_eq!(known(harness.state()), own);

    // A number that a figure is solved with may not go; a whole figure may.
    harness.get_by_label("Remove known figure 1").click_accesskit();
    harness.run_steps(3);
    assert!(known(harness.state()).is_empty());
    harness.state_mut().send(Command::Undo);
    harness.run_steps(3);
    assert_eq!(known(harness.state()), own);
}

#[test]
fn choices_follow_the_figure_and_names_follow_their_entries() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = opened(data.path());
    harness.get_by_label("Add a known figure").click_accesskit();
    harness.run_steps(4);
    let baseline = harness.state().document().scenario.baseline.clone();
    pick(&mut harness, &format!("Of: {baseline}"), "Small alone");
    assert_eq!(known(harness.state())[0].tier.as_deref(), Some("Small"));
    pick(&mut harness, "It is: one value", "a range");
    assert!(known(harness.state())[0].between.is_some_and(|(low, high)| low < high));
    let rename = paretoscope::scenario::edit::Edit::Rename("Tiny".to_owned());
    harness.state_mut().send(Command::EditEntry(paretoscope::entry::List::Tiers, 0, rename));
    harness.run_steps(3);
    assert_eq!(known(harness.state())[0].tier.as_deref(), Some("Tiny"));
    // What only routing has cannot be a tier's.
    pick(&mut harness, "Figure: quality", &Figure::NoWorse.told());
    let now = known(harness.state())[0].clone();
    assert!(now.figure == Figure::NoWorse && now.tier.is_none() && now.policy.is_some(), "{now:?}");
    assert!(harness.state().session().refused.is_none());
}

#[test]
fn solving_can_be_stopped_and_an_edit_lets_go_of_its_answer() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = opened(data.path());
    let quality = Known { tier: Some("Capable".to_owned()), value: Some(0.9), ..Known::default() };
    put(&mut harness, 0, vec![quality]);
    harness.state_mut().send(Command::Calibrate);
    harness.state_mut().send(Command::CancelCalibration);
    harness.step();
    until(&mut harness, "over", |app| app.session().calibrating != Sampling::Running);
    harness.state_mut().send(Command::Calibrate);
    harness.step();
    until(&mut harness, "solved", |app| app.session().calibrated.is_some());
    let address = Address { target: Target::Economics, key: Key::Named("ticket.usd") };
    harness.state_mut().send(Command::Set { address, value: 12.0, dragging: false });
    harness.run_steps(2);
    assert!(harness.state().session().calibrated.is_none());
}
