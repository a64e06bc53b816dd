//! The tab of uncertainty: no ranges yet, a range given beside a number, its handles, what the tab says of it, and taken back.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common::window::{first_steps, until};
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::results::Sampling;
use paretoscope::model::Range;
use paretoscope::model::address::{Address, Key, Target};
use paretoscope::report;
use paretoscope::scenario::{read, write};
use paretoscope::uncertainty::outcome::Output;

const CHURN: Address = Address { target: Target::Economics, key: Key::Named("churn.usd") };
const TICKET: Address = Address { target: Target::Economics, key: Key::Named("ticket.failed") };

fn put(key: &str, low: f64, high: f64, address: Address) -> Command {
    let range = Range { key: key.to_owned(), low: Some(low), high: Some(high), ..Range::default() };
    Command::PutRange { address, range: Some(range), dragging: false }
}

/// Everything is there, of the scenario as it is now.
fn is_whole(app: &App) -> bool {
    let unsure = app.session().unsure.as_ref();
    unsure.is_some_and(|unsure| unsure.is_whole && !unsure.is_old && unsure.scenario == app.document().scenario)
}

#[test]
fn a_range_is_given_moved_told_and_taken_back() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 60.0);
    harness.get_by_label("Uncertainty").click();
    harness.run_steps(3);
    harness.get_by_label_contains("No number of this scenario has a range");

    // Beside a number under Policy, which is open.
    harness.get_by_label("Range for router noise").click_accesskit();
    harness.run_steps(2);
    let given = harness.state().document().scenario.ranges.clone();
    assert_eq!(given.len(), 1, "{given:?}");
    until(&mut harness, "the ranges", is_whole);
    harness.run_steps(3);
    let unsure = harness.state().session().unsure.clone().unwrap();
    for sentence in report::uncertain::reading(&unsure.scenario, &unsure.found) {
        harness.get_by_label(&sentence);
    }
    harness.get_by_label("Upper end of the range of router noise");
    // What the router tells apart rises where its noise falls.
    let before = harness.state().document().scenario.ranges[0].low;
    harness.get_by_label("Upper end of the range of router noise").focus();
    harness.run_steps(1);
    harness.key_press(eframe::egui::Key::ArrowRight);
    harness.run_steps(2);
    assert!(harness.state().document().scenario.ranges[0].low < before);
    let text = write::to_text(&harness.state().document().scenario);
    assert!(read::parse(&text, "x.toml").is_ok());

    // Two more: a map of two, and a sample for the rate.
    harness.state_mut().send(put("economics.churn.usd", 50.0, 900.0, CHURN));
    harness.state_mut().send(put("economics.ticket.failed", 0.05, 0.3, TICKET));
    harness.run_steps(2);
    until(&mut harness, "three ranges", |app| {
        is_whole(app) && app.session().unsure.as_ref().is_some_and(|unsure| unsure.found.inputs.inputs.len() == 3)
    });
    harness.run_steps(3);
    harness.get_by_label_contains("Map of the best policy");
    harness.get_by_label_contains("What a sample would be worth");
    let loss = harness.state().session().unsure.as_ref().unwrap().found.perfect.unwrap();
    assert!(loss.value >= 0.0);

    // Ranges change no other figure, so nothing else is old.
    assert!(!harness.state().session().curves_are_old);

    harness.state_mut().send(Command::TakeApart(Output::Quality));
    harness.run_steps(2);
    until(&mut harness, "another figure", |app| {
        is_whole(app) && app.session().unsure.as_ref().is_some_and(|unsure| unsure.found.output == Output::Quality)
    });
    harness.run_steps(3);
    harness.get_by_label("Figure: quality");

    for _ in 0..4 {
        harness.state_mut().send(Command::Undo);
        harness.run_steps(2);
    }
    assert!(harness.state().document().scenario.ranges.is_empty());
    harness.run_steps(3);
    harness.get_by_label_contains("No number of this scenario has a range");
}

#[test]
fn a_range_that_cannot_be_is_refused_beside_its_number_and_work_stops_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 60.0);
    harness.state_mut().send(put("economics.ticket.failed", 0.4, 0.3, TICKET));
    harness.run_steps(2);
    assert!(harness.state().document().scenario.ranges.is_empty());
    let refused = harness.state().session().refused.clone().expect("a refusal");
    assert_eq!((refused.target, refused.key), (TICKET.target, Some(TICKET.key)));
    assert!(refused.message.contains("not below high"), "{}", refused.message);

    harness.state_mut().send(put("economics.ticket.failed", 0.1, 0.3, TICKET));
    harness.get_by_label("Uncertainty").click();
    harness.run_steps(3);
    until(&mut harness, "a first picture", |app| app.session().unsure.is_some());
    harness.state_mut().send(Command::TakeApart(Output::TrapRatio));
    harness.state_mut().send(Command::CancelRanges);
    harness.run_steps(2);
    until(&mut harness, "its end", |app| app.session().ranging != Sampling::Running);
    let stopped = std::time::Instant::now();
    until(&mut harness, "rest", |app| !app.session().busy || stopped.elapsed().as_secs() > 5);
    harness.run_steps(3);
    // Stopped, or so quick that it was whole already.
    let session = harness.state().session();
    assert!(matches!(session.ranging, Sampling::Cancelled | Sampling::Done), "{:?}", session.ranging);
}
