//! The scenario's side of the window: everything can be edited there, and what cannot be is said beside the field.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common::window::{until, window};
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::detection::detector::CusumChart;
use paretoscope::detection::monitor::HumanReview;
use paretoscope::entry::List;
use paretoscope::model::address::{Address, Key, Target};
use paretoscope::model::{Change, EventKind, Rollout, Strata};
use paretoscope::policy::{Bandit, Cascade, SegmentRules};

/// A window with room for the whole of the scenario's side.
fn tall(data: &std::path::Path) -> Harness<'static, App> {
    let mut harness = window(data);
    harness.set_size(eframe::egui::vec2(1400.0, 4000.0));
    until(&mut harness, "curves", |app| app.session().curves.is_some() && !app.session().curves_are_old);
    harness.run_steps(3);
    harness
}

/// Picks an option of a choice, as a hand would.
fn pick(harness: &mut Harness<'_, App>, choice: &str, option: &str) {
    harness.get_all_by_role_and_label(Role::ComboBox, choice).next().unwrap_or_else(|| panic(choice)).click();
    harness.run_steps(3);
    // The list is over everything else, so its entries come last.
    harness.get_all_by_role_and_label(Role::Button, option).last().unwrap_or_else(|| panic(option)).click_accesskit();
    harness.run_steps(3);
    // A list stays open for the keyboard and for screen readers until it is closed.
    harness.key_press(eframe::egui::Key::Escape);
    harness.run_steps(3);
}

#[expect(clippy::panic, reason = "a test that finds nothing to click has failed")]
fn panic(what: &str) -> ! {
    panic!("nothing is called \"{what}\"")
}

/// Opens a fold.
fn unfold(harness: &mut Harness<'_, App>, name: &str) {
    harness.get_all_by_label(name).next().unwrap_or_else(|| panic(name)).click();
    harness.run_steps(12);
}

#[test]
fn a_policy_changes_its_kind_its_tiers_and_its_rollout() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = tall(data.path());
    let policy = |app: &App| app.document().scenario.policies[app.session().selected].clone();
    assert_eq!(policy(harness.state()).kind.word(), "classifier");
    pick(&mut harness, "Kind: classifier", "cascade");
    assert_eq!(policy(harness.state()).kind.as_kind::<Cascade>().unwrap().tiers.len(), 2);
    until(&mut harness, "its points", |app| !app.session().curves_are_old);
    pick(&mut harness, "Kind: cascade", "segment rules");
    let segment = harness.state().document().scenario.segments[1].name.clone();
    pick(&mut harness, &format!("{segment}: as the others"), "Small");
    pick(&mut harness, "All other segments: Capable", "Small");
    let SegmentRules { rules, default } = policy(harness.state()).kind.as_kind::<SegmentRules>().unwrap().clone();
    assert_eq!((rules.get(&segment).map(String::as_str), default.as_str()), (Some("Small"), "Small"));
    pick(&mut harness, "Kind: segment rules", "bandit");
    harness.get_by_label("It forgets").click();
    harness.run_steps(3);
    assert_eq!(policy(harness.state()).kind.as_kind::<Bandit>().unwrap().half_life_days, None);
    harness.get_by_label("It forgets").click();
    harness.run_steps(3);
    assert_eq!(policy(harness.state()).kind.as_kind::<Bandit>().unwrap().half_life_days, Some(30.0));
    // A bandit without arms is nothing: refused where it was clicked, and nothing is lost.
    for tier in ["Small", "Capable"] {
        harness.get_all_by_role_and_label(Role::CheckBox, tier).next().unwrap().click();
        harness.run_steps(3);
    }
    harness
        .get_all_by_label_contains("Not done: policy \"Classifier\": tiers: the list is empty")
        .next()
        .expect("said");
    let tiers = policy(harness.state()).kind.as_kind::<Bandit>().unwrap().tiers.clone();
    assert_eq!(tiers, ["Capable"]);
    unfold(&mut harness, "Rollout: in steps");
    pick(&mut harness, "In force: in steps", "evenly");
    assert!(matches!(policy(harness.state()).rollout, Some(Rollout::Linear { .. })));
    pick(&mut harness, "In force: evenly", "in steps");
    harness.get_by_label("Add a step").click();
    harness.run_steps(3);
    let Some(Rollout::Steps(steps)) = policy(harness.state()).rollout else { panic("steps") };
    assert_eq!(steps.len(), 5);
    // A step cannot come before the one before it.
    let index = harness.state().session().selected;
    let address = Address { target: Target::Policy(index), key: Key::DayOf("rollout.steps", 2) };
    harness.state_mut().send(Command::Set { address, value: 0.0, dragging: false });
    harness.run_steps(3);
    harness.get_by_label_contains("Not taken over: allowed: a list of [day, share] pairs with increasing days");
    assert_eq!(policy(harness.state()).rollout, Some(Rollout::Steps(steps)));
    for _ in 0..20 {
        harness.state_mut().send(Command::Undo);
        harness.step();
    }
    assert!(!harness.state().document().is_changed(), "every change is a step to take back");
}

#[test]
fn events_and_monitors_change_their_kinds_and_splits() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = tall(data.path());
    let event = |app: &App| app.document().scenario.events[0].clone();
    pick(&mut harness, "Acts on: Share of hidden-hard requests", "Ability");
    assert_eq!((event(harness.state()).kind, event(harness.state()).change), (EventKind::Ability, Change::Add(-0.5)));
    harness.get_all_by_role_and_label(Role::CheckBox, "Small").next().unwrap().click();
    harness.run_steps(3);
    assert_eq!(event(harness.state()).tiers, ["Small"]);
    pick(&mut harness, "The value is: added to", "set");
    assert_eq!(event(harness.state()).change, Change::Set(0.0));
    until(&mut harness, "points", |app| !app.session().curves_are_old);
    assert_eq!(harness.state().session().failure, None);

    unfold(&mut harness, "Monitors");
    let name = harness.state().document().scenario.monitors[0].name.clone();
    unfold(&mut harness, &name);
    let monitor = |app: &App| app.document().scenario.monitors[0].clone();
    let word = |app: &App| app.document().scenario.monitors[0].kind.about().spoken();
    let kind = format!("Kind: {}", word(harness.state()));
    pick(&mut harness, &kind, "human review");
    assert!(monitor(harness.state()).kind.is::<HumanReview>());
    assert!(monitor(harness.state()).per_day > 0.0);
    let split = match monitor(harness.state()).strata {
        Strata::All => "Split: not at all",
        Strata::Tier => "Split: by tier",
        _ => "Split: by segment",
    };
    pick(&mut harness, split, "the tail more often");
    assert_eq!(monitor(harness.state()).strata, Strata::Tail);
    for given in [None, Some(0.5)] {
        harness.get_by_label("Another sensitivity for confidently wrong answers").click();
        harness.run_steps(3);
        assert_eq!(monitor(harness.state()).sensitivity_hidden, given);
    }
    pick(&mut harness, "Detector: weekly z-test", "CUSUM");
    assert!(monitor(harness.state()).detector.is_some_and(|d| d.kind.is::<CusumChart>()));
    harness.get_by_label("Add a monitor").click();
    harness.run_steps(3);
    assert_eq!(harness.state().document().scenario.monitors.last().unwrap().name, "New monitor");
}

#[test]
fn what_is_typed_is_taken_over_or_refused_beside_its_field() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = tall(data.path());
    let days = |app: &App| app.document().scenario.traffic.days;
    unfold(&mut harness, "Traffic");
    let mut type_days = |text: &str| {
        let field = harness
            .get_all_by_role(Role::SpinButton)
            .find(|node| node.value().is_some_and(|v| v.starts_with("180")))
            .unwrap_or_else(|| panic("180 days"));
        field.click();
        harness.run_steps(3);
        harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::A);
        harness.run_steps(2);
        harness.event(eframe::egui::Event::Text(text.to_owned()));
        harness.run_steps(2);
        harness.key_press(eframe::egui::Key::Enter);
        harness.run_steps(4);
        let said = harness.query_all_by_label_contains("Not taken over").next().is_some();
        (said, days(harness.state()))
    };
    assert_eq!(type_days("lots"), (true, 180));
    assert_eq!(type_days("9999"), (true, 180));
    assert_eq!(type_days("90"), (false, 90));
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(days(harness.state()), 180, "what is typed is one step");
}

#[test]
fn entries_are_added_and_a_reset_finds_the_files_value_after_a_move() {
    use paretoscope::scenario::edit::Edit;
    let data = tempfile::tempdir().unwrap();
    let mut harness = tall(data.path());
    for (group, button) in [("Tiers", "Add a tier"), ("Segments", "Add a segment")] {
        unfold(&mut harness, group);
        harness.get_by_label(button).click();
        harness.run_steps(3);
    }
    harness.get_by_label("Add a policy").click();
    harness.run_steps(3);
    let scenario = harness.state().document().scenario.clone();
    assert_eq!(scenario.tiers.last().unwrap().name, "New tier");
    assert_eq!(scenario.segments.last().unwrap().name, "New segment");
    assert_eq!(scenario.policies[harness.state().session().selected].name, "New policy", "the new one is in view");
    until(&mut harness, "all of it", |app| {
        app.session().curves.as_ref().is_some_and(|c| c.launch.curves.len() == scenario.policies.len())
            && !app.session().curves_are_old
    });
    assert_eq!(harness.state().session().failure, None);
    // The second segment comes first, is changed, and goes back to what its own lines of the file say.
    let before = scenario.segments[1].stakes;
    harness.state_mut().send(Command::EditEntry(List::Segments, 1, Edit::Up));
    harness.run_steps(2);
    let address = Address { target: Target::Segment(0), key: Key::Named("stakes") };
    harness.state_mut().send(Command::Set { address, value: before + 7.0, dragging: false });
    harness.run_steps(2);
    harness.state_mut().send(Command::Reset(address));
    harness.run_steps(2);
    assert_eq!(harness.state().document().scenario.segments[0].stakes, before);
    // The new segment has no line in the file to go back to.
    let last = scenario.segments.len() - 1;
    let address = Address { target: Target::Segment(last), key: Key::Named("stakes") };
    assert_eq!(harness.state().document().original_value(address), None);
    // What is said of the scenario.
    unfold(&mut harness, "About this scenario");
    harness.get_by_role_and_label(Role::TextInput, "Title").click();
    harness.run_steps(2);
    harness.event(eframe::egui::Event::Text("My ".to_owned()));
    harness.run_steps(2);
    harness.key_press(eframe::egui::Key::Enter);
    harness.run_steps(3);
    assert!(harness.state().document().scenario.name.contains("My"));
}
