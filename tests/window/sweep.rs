//! The tab of sweeps: none yet, run, stopped and gone on with, looked at, and a point taken into the scenario.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common::window::{first_steps, until, window};
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::results::{Sampling, SweepLook};
use paretoscope::app::tab::Tab;
use paretoscope::frontier::Stages;
use paretoscope::scenario::library;
use paretoscope::simulation::world::World;

const SWEEP: &str = "
[[sweep]]
name = \"noise and price\"
factors = [{ key = \"policy.1.ability\", values = [1, 2] }]
results = [\"frontier\"]
";

fn is_whole(app: &App) -> bool {
    app.session().swept.as_ref().is_some_and(|swept| swept.found.is_whole(&swept.plan))
        && app.session().sweeping == Sampling::Done
}

#[test]
fn a_scenario_without_a_sweep_says_how_to_write_one() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 60.0);
    harness.state_mut().send(Command::Tab(Tab::Sweep));
    harness.run_steps(3);
    harness.get_by_label_contains("This scenario has no sweep");
}

#[test]
fn a_sweep_is_run_looked_at_stopped_and_a_point_is_taken() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("swept.toml");
    let sweep = SWEEP.replace("policy.1.ability", "tier.1.ability").replace(
        "values = [1, 2] }",
        "values = [2.5, 3.0, 3.5] }, { key = \"economics.ticket.usd\", from = 2, to = 12, steps = 3 }",
    );
    let text = library::LIBRARY.iter().find(|entry| entry.file_name == "workshop-first-steps.toml").unwrap().text;
    std::fs::write(&path, format!("{text}{sweep}")).unwrap();
    let mut harness = window(data.path());
    harness.state_mut().send(Command::Open(path));
    until(&mut harness, "opened", |app| !app.document().scenario.sweeps.is_empty());
    harness.state_mut().send(Command::Tab(Tab::Sweep));
    harness.run_steps(3);
    harness.get_by_label_contains("9 points (grid)");
    harness.get_by_label("Run it").click();
    harness.run_steps(2);
    until(&mut harness, "all points", is_whole);
    harness.run_steps(3);
    let swept = harness.state().session().swept.clone().unwrap();
    assert_eq!(swept.found.done(), 9);

    // What it says at a point is what the engine says there.
    let point = 5;
    let values = swept.plan.values(point);
    let at = swept.plan.scenario(&swept.scenario, &values);
    let world = World::compile(&at).unwrap();
    let stages = Stages::new(&world).unwrap();
    let policy = at.studied_policy().unwrap();
    let wanted = stages.exact_points(policy, None).unwrap().unwrap()[0].quality;
    let name = &at.policies[policy].name;
    let column =
        swept.found.labels.iter().position(|l| l.policy == *name && l.stage == "launch" && l.figure == "quality");
    let found = swept.found.units[&point].figures[column.unwrap()];
    assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");

    harness.state_mut().send(Command::LookAtSweep(SweepLook { along: 1, ..SweepLook::default() }));
    harness.run_steps(3);
    harness.get_by_label_contains("Across: what a ticket costs");

    harness.state_mut().send(Command::TakePoint(point));
    harness.run_steps(2);
    let taken = harness.state().document().scenario.clone();
    assert!(
        (taken.economics.ticket.usd - values[1]).abs() < 1e-12 && (taken.tiers[1].ability - values[0]).abs() < 1e-12
    );
    harness.run_steps(2);
    harness.get_by_label_contains("The scenario has changed since.");
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(harness.state().document().scenario, swept.scenario);
}
