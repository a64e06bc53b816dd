//! The tab of rollouts: what each step could have shown, a gate added, seen and taken back, and the gate's card beside it.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::time::{Duration, Instant};

use crate::common::window::{first_steps, until};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::results::Sampling;
use paretoscope::app::tab::Tab;
use paretoscope::model::address::{Address, Key, Target};
use paretoscope::model::{Policy, Rollout};
use paretoscope::report;
use paretoscope::scenario::edit::Entry;
use paretoscope::scenario::{read, start, write};

fn policy(app: &App) -> Policy {
    app.document().scenario.policies[app.session().selected].clone()
}

fn put(harness: &mut Harness<'_, App>, policy: Policy) {
    let index = harness.state().session().selected;
    harness.state_mut().send(Command::Put(Entry::Policy(index, Box::new(policy))));
    harness.run_steps(2);
}

/// Everything is there, of the scenario as it is now.
fn is_whole(app: &App) -> bool {
    let rolled = app.session().rolled.as_ref();
    rolled.is_some_and(|rolled| rolled.is_whole && !rolled.is_old && rolled.scenario == app.document().scenario)
}

#[test]
fn steps_are_told_apart_a_gate_is_added_seen_and_taken_back() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 60.0);
    harness.get_by_label("Rollout").click();
    harness.run_steps(3);
    harness.get_by_label_contains("does not come in steps");
    harness.get_by_label("Give it steps").click();
    harness.run_steps(2);
    until(&mut harness, "steps", is_whole);
    harness.run_steps(3);
    let rolled = harness.state().session().rolled.clone().unwrap();
    assert_eq!(rolled.outcome.steps.len(), 4);
    let reading = report::rollout::reading(&rolled.scenario, &rolled.outcome);
    harness.get_by_label(&reading);
    harness.get_by_label_contains("Rollout plot");
    for step in &rolled.outcome.steps {
        let verdict = report::rollout::verdict(&rolled.outcome, step);
        harness.get_all_by_label(&verdict).next().unwrap();
    }

    harness.get_by_label_contains("no gate between the steps");
    harness.get_by_label("Add a gate").click_accesskit();
    harness.run_steps(2);
    let gate = policy(harness.state()).gate.expect("a gate");
    assert_eq!(Some(gate.observes), rolled.outcome.steps[0].sharpest().map(|sharpest| sharpest.0));
    until(&mut harness, "the gate's runs", is_whole);
    harness.run_steps(3);
    let outcome = harness.state().session().rolled.clone().unwrap().outcome;
    let [launch, production] = &outcome.gate.as_ref().expect("the gate has run").1;
    assert_eq!((launch.completed.runs, production.completed.runs), (60, 60));
    for (what, _, _) in report::rollout::gate_lines(&outcome).unwrap() {
        harness.get_by_label(what);
    }
    harness.get_by_label_contains("At launch: ");
    harness.get_by_label_contains("In production: ");

    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(policy(harness.state()).gate, None, "one step back");
    until(&mut harness, "no gate", is_whole);
    harness.run_steps(3);
    harness.get_by_label("Add a gate");
    harness.state_mut().send(Command::Undo);
    harness.run_steps(3);
    harness.get_by_label_contains("does not come in steps");
    harness.state_mut().send(Command::Redo);
    harness.run_steps(2);
    until(&mut harness, "steps again", is_whole);
}

#[test]
fn the_steps_are_there_before_the_gate_has_run_and_its_runs_can_be_stopped() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 100_000.0);
    let stepped = start::policy_of_rollout(&policy(harness.state()), start::ROLLOUTS[2]);
    let gated = start::policy_with_gate(&harness.state().document().scenario, &stepped, None).unwrap();
    put(&mut harness, gated);
    assert!(harness.state().session().rolled.is_none(), "nobody has looked at it");
    harness.state_mut().send(Command::Tab(Tab::Rollout));
    harness.run_steps(2);
    assert_eq!(harness.state().session().rolling, Sampling::Running);
    until(&mut harness, "the steps", |app| app.session().rolled.is_some());
    assert!(!harness.state().session().rolled.as_ref().unwrap().is_whole);
    until(&mut harness, "nothing else to wait for", |app| app.session().timeline.is_some());
    harness.run_steps(2);
    harness.get_by_label("Stop looking at the rollout").click();
    harness.step();
    let start = Instant::now();
    until(&mut harness, "stopped", |app| app.session().rolling == Sampling::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    harness.run_steps(3);
    harness.get_by_label_contains("the gate's runs are missing");
    harness.get_by_label("Run the gate");

    // An edit makes what is there old, and starts anew.
    let address = Address { target: Target::Study, key: Key::Named("replicates") };
    harness.state_mut().send(Command::Set { address, value: 50.0, dragging: false });
    harness.step();
    until(&mut harness, "all of it", is_whole);
    assert_eq!(harness.state().session().rolling, Sampling::Done);
}

#[test]
fn a_gate_is_set_in_its_card_and_goes_with_its_steps() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 50.0);
    let stepped = start::policy_of_rollout(&policy(harness.state()), start::ROLLOUTS[2]);
    put(&mut harness, stepped);
    harness.get_by_label("Rollout: in steps").click();
    harness.run_steps(8);
    harness.get_by_label("Add a gate between the steps").click_accesskit();
    harness.run_steps(8);
    let gated = policy(harness.state());
    assert!(gated.gate.is_some());
    harness.get_by_label("Gate between the steps");
    // The margin as a number of points, and what the file then says.
    harness.get_by_label("Its margin is: the break-even gap").click_accesskit();
    harness.run_steps(4);
    harness.get_by_label("a number of points").click_accesskit();
    harness.run_steps(4);
    assert_eq!(policy(harness.state()).gate.unwrap().margin, Some(start::USUAL_MARGIN));
    let text = write::to_text(&harness.state().document().scenario);
    assert!(text.contains("margin = 0.01"), "{text}");
    assert_eq!(read::parse(&text, "").unwrap().scenario, *harness.state().document().scenario);
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(policy(harness.state()).gate.unwrap().margin, None);

    // Without steps there is no place for it.
    harness.get_by_label("In force: in steps").click_accesskit();
    harness.run_steps(4);
    harness.get_by_label("evenly").click_accesskit();
    harness.run_steps(4);
    let even = policy(harness.state());
    assert!(matches!(even.rollout, Some(Rollout::Linear { .. })) && even.gate.is_none(), "{even:?}");
    assert_eq!(harness.state().session().refused, None);
    harness.state_mut().send(Command::Undo);
    harness.run_steps(4);
    assert_eq!(policy(harness.state()), gated);

    // Nor is there between one step and nothing.
    for left in [3, 2, 1] {
        harness.get_by_label("Remove the last step").click_accesskit();
        harness.run_steps(4);
        let now = policy(harness.state());
        assert!(matches!(&now.rollout, Some(Rollout::Steps(steps)) if steps.len() == left), "{now:?}");
        assert_eq!(now.gate.is_some(), left > 1);
    }
    harness.get_by_label_contains("No gate: ");
    harness.state_mut().send(Command::Undo);
    harness.run_steps(4);
    harness.get_by_label("Remove the gate").click_accesskit();
    harness.run_steps(4);
    assert_eq!(policy(harness.state()).gate, None);
}
