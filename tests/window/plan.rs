//! The tab of monitoring plans: searched, stopped, changed, looked at, taken over.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use crate::common::window::{first_steps, until};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::results::{PlanWishes, Sampling};
use paretoscope::decision::plan::Plans;
use paretoscope::report;

fn plans(app: &App) -> &Plans {
    &app.session().planned.as_ref().expect("plans were found").plans
}

/// A window on the smallest scenario with its tab of plans just opened.
fn searching(data: &Path, replicates: f64) -> Harness<'static, App> {
    let mut harness = first_steps(data, replicates);
    harness.get_by_label("Plan").click();
    harness.run_steps(2);
    harness
}

#[test]
fn plans_are_searched_for_looked_at_and_put_into_the_scenario() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = searching(data.path(), 150.0);
    assert_eq!(harness.state().session().planning, Sampling::Running, "opening the tab starts the search");
    until(&mut harness, "plans", |app| app.session().planning == Sampling::Done);
    harness.run_steps(3);
    harness.get_by_label_contains("Recommended: ");
    harness.get_by_label_contains("Plan plot");
    let found = plans(harness.state()).clone();
    // What the command line would recommend: the same search.
    let why = report::plan::why(&found);
    harness.get_by_label(&format!("Recommended: {why}"));
    // Another plan, by a click on its line.
    let other = report::plan::shown(&found).into_iter().find(|i| *i != found.recommended).unwrap();
    let name = report::plan::name(&found, &found.plans[other]);
    harness.get_all_by_label(&name).last().unwrap().click();
    harness.run_steps(3);
    assert_eq!(harness.state().session().plan, Some(other));
    // The recommended one into the scenario, and out of it again.
    harness.state_mut().send(Command::LookAtPlan(found.recommended));
    harness.run_steps(3);
    let before = harness.state().document().scenario.monitors.len();
    harness.get_by_label("Put into the scenario").click();
    harness.run_steps(3);
    let members = found.plans[found.recommended].members.len();
    assert!(members > 0);
    assert_eq!(harness.state().document().scenario.monitors.len(), before + members);
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(harness.state().document().scenario.monitors.len(), before);
}

#[test]
fn a_search_is_stopped_and_follows_the_budget_and_what_can_be_had() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = searching(data.path(), 50.0);
    harness.state_mut().send(Command::CancelPlan);
    until(&mut harness, "stopped", |app| app.session().planning == Sampling::Cancelled);
    harness.run_steps(2);
    harness.get_by_label("Search").click();
    harness.run_steps(2);
    until(&mut harness, "plans", |app| app.session().planning == Sampling::Done);
    let dear = plans(harness.state()).clone();
    let best = dear.plans.last().unwrap().clone();
    assert!(best.usd_per_day > 0.0);
    // Half of what the dearest costs: others, within the budget.
    let budget_usd_per_day = Some(best.usd_per_day / 2.0);
    let wishes = PlanWishes { budget_usd_per_day, ..PlanWishes::default() };
    harness.state_mut().send(Command::PlanWishes(wishes));
    harness.run_steps(2);
    assert!(harness.state().session().planned.as_ref().unwrap().is_old, "the old plans are marked as such");
    harness.state_mut().send(Command::Plan);
    harness.run_steps(2);
    until(&mut harness, "cheaper plans", |app| app.session().planning == Sampling::Done);
    assert!(plans(harness.state()).plans.iter().all(|p| p.usd_per_day <= best.usd_per_day / 2.0));
    // Without any monitor there is nothing to plan with, and that is said.
    let names = harness.state().document().scenario.monitors.iter().map(|m| m.name.clone()).collect();
    harness.state_mut().send(Command::PlanWishes(PlanWishes { without: names, ..PlanWishes::default() }));
    harness.state_mut().send(Command::Plan);
    harness.run_steps(2);
    until(&mut harness, "a refusal", |app| app.session().plan_failure.is_some());
    harness.run_steps(3);
    harness.get_by_label_contains("no monitor to plan with");
}
