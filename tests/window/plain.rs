//! Numbers in plain words, the few that matter most, and the words themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common::window::{until, window};
use eframe::egui::{Key as Pressed, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::settings::{Depth, Words};
use paretoscope::model::address::{Address, Key, Target, get};
use paretoscope::plain;

use eframe::egui::accesskit::Role;

fn text(app: &App) -> String {
    app.document().source.to_text(&app.document().scenario)
}

fn tall(data: &std::path::Path) -> Harness<'static, App> {
    let mut harness = window(data);
    harness.set_size(vec2(1400.0, 4000.0));
    until(&mut harness, "curves", |app| app.session().curves.is_some() && !app.session().curves_are_old);
    harness.run_steps(3);
    harness
}

#[test]
fn a_plain_face_moves_the_number_behind_it_and_undo_gives_the_same_bytes() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = tall(data.path());
    let before = text(harness.state());
    harness.get_all_by_label("Tiers").next().unwrap().click();
    harness.run_steps(12);
    // The first tier's figure: a step of the keyboard, and a typed value.
    let address = Address { target: Target::Tier(0), key: Key::Named("ability") };
    let figure = |app: &App| {
        let scenario = &app.document().scenario;
        100.0 * plain::reading(scenario, address).unwrap().at(get(scenario, address).unwrap())
    };
    let now = figure(harness.state());
    let slider = |harness: &Harness<'static, App>| {
        let shown = harness.get_all_by_role_and_label(Role::Slider, "Answers well");
        shown.map(|node| node.accesskit_node().numeric_value().unwrap()).next().unwrap()
    };
    assert!((slider(&harness) - now).abs() < 0.06, "{} on the slider, {now} in the scenario", slider(&harness));
    harness.get_all_by_role_and_label(Role::Slider, "Answers well").next().unwrap().focus();
    harness.run_steps(2);
    for _ in 0..5 {
        harness.key_press(Pressed::ArrowRight);
        harness.run_steps(2);
    }
    let moved = figure(harness.state());
    assert!(moved > now + 0.05, "{now} became {moved}");
    assert!((slider(&harness) - moved).abs() < 0.06);
    assert_ne!(text(harness.state()), before);
    until(&mut harness, "points", |app| !app.session().curves_are_old);
    for _ in 0..10 {
        harness.state_mut().send(Command::Undo);
        harness.run_steps(1);
    }
    assert_eq!(text(harness.state()), before);
    // In the model's words the same number stands there under its own name.
    harness.state_mut().send(Command::Words(Words::Model));
    harness.run_steps(3);
    assert!(harness.query_all_by_role_and_label(Role::Slider, "Answers well").next().is_none());
    harness.get_all_by_role_and_label(Role::Slider, "Ability").next().expect("the model's words");
}

#[test]
fn the_essentials_are_the_numbers_that_move_the_answer_most() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = tall(data.path());
    harness.get_by_label("Essentials").click();
    harness.run_steps(2);
    assert_eq!(harness.state().session().essentials, None);
    until(&mut harness, "essentials", |app| app.session().essentials.is_some());
    harness.run_steps(3);
    let found = harness.state().session().essentials.clone().unwrap();
    assert!((6..=12).contains(&found.len()), "{}", found.len());
    // What the flagship teaches: its event and what a lost customer costs are among them, its seed is not.
    let names: Vec<&str> = found.iter().map(|address| address.key.name()).collect();
    assert!(found.iter().any(|address| matches!(address.target, Target::Event(_))), "{names:?}");
    assert!(names.contains(&"churn.usd") || names.contains(&"churn.failed"), "{names:?}");
    assert!(harness.query_all_by_role(Role::Slider).count() >= found.len());
    // Another policy has others; they are looked for again.
    harness.state_mut().send(Command::Select(0));
    harness.run_steps(1);
    until(&mut harness, "others", |app| app.session().essentials.is_some());
    harness.get_by_label("Everything").click();
    harness.run_steps(3);
    assert_eq!(harness.state().settings().depth, Depth::Everything);
    harness.get_all_by_label("Events in production").next().expect("the cards are back");
}

#[test]
fn numbers_are_found_by_both_of_their_names() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    for name in ["classifier tells apart", "classifier router noise"] {
        harness.state_mut().send(Command::Search(name.to_owned()));
        harness.run_steps(3);
        harness.get_by_role_and_label(Role::Slider, "The router tells apart");
    }
}
