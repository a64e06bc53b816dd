//! Exports from the window, and scenarios that go from one window to another as text.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::window::{until, window};
use eframe::egui;
use egui_kittest::kittest::Queryable;
use paretoscope::app::command::Command;
use paretoscope::app::export::{self, Choices, Export, Format, Subject};
use paretoscope::app::parameters::{Address, Key, Target};
use paretoscope::jobs::Control;
use paretoscope::scenario::{library, read};

#[test]
fn every_export_is_what_its_ending_says() {
    let text = library::find("workshop-first-steps").unwrap().text;
    let mut scenario = read::parse(text, "").unwrap().scenario;
    scenario.study.replicates = 50;
    let mut names = Vec::new();
    for export in Export::all() {
        let bytes = export::build(export, &scenario, None, text, &choices, &Control::new()).unwrap();
        let start = match export.ending() {
            "html" => &b"<!DOCTYPE html>"[..],
            "svg" => b"<svg",
            "png" => b"\x89PNG",
            _ => b"",
        };
        assert!(bytes.starts_with(start) && bytes.len() > 500, "{export:?}");
        if export.ending() == "csv" {
            let mut table = csv::Reader::from_reader(bytes.as_slice());
            assert!(table.records().map(Result::unwrap).count() >= scenario.monitors.len().min(5), "{export:?}");
        }
        names.push(export.proposed_name("first-steps.paretoscope.toml"));
        // Kept under target/ for whoever wants to look.
        fs::write(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(names.last().unwrap()), bytes).unwrap();
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), Export::all().len());
}

#[test]
fn a_scenario_that_cannot_be_studied_is_an_answer() {
    let text = library::find("workshop-first-steps").unwrap().text;
    let mut scenario = read::parse(text, "").unwrap().scenario;
    scenario.baseline = "nobody".to_owned();
    let svg = Export::One(Subject::Frontier, Format::Svg);
    let refused = export::build(svg, &scenario, None, text, &Choices::default(), &Control::new());
    assert!(refused.unwrap_err().to_string().contains("nobody"));
}

#[test]
fn the_window_exports_its_scenario_as_edited_and_opens_the_report_again() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    harness.state_mut().send(Command::OpenLibrary(1));
    harness.step();
    let address = Address { target: Target::Economics, key: Key::Named("ticket.usd") };
    harness.state_mut().send(Command::Set { address, value: 7.25, dragging: false });
    let report = data.path().join("mine.html");
    harness.state_mut().send(Command::ExportTo(Export::Report, report.clone()));
    until(&mut harness, "exported", |app| app.session().message.starts_with("Exported to"));
    assert!(fs::read_to_string(&report).unwrap().contains("7.25"));

    harness.state_mut().send(Command::Undo);
    harness.step();
    harness.state_mut().send(Command::Open(report));
    until(&mut harness, "opened", |app| (app.document().scenario.economics.ticket.usd - 7.25).abs() < 1e-12);
    // Saving must not replace the report by a scenario file.
    assert_eq!(harness.state().document().source.path, None);

    let nowhere = data.path().join("no such folder/x.csv");
    harness.state_mut().send(Command::ExportTo(Export::One(Subject::Timeline, Format::Csv), nowhere));
    until(&mut harness, "refused", |app| app.session().dialog.is_some());
    harness.run_steps(2);
    harness.get_by_label("The export failed");
}

#[test]
fn a_scenario_goes_from_one_window_to_another_as_text() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut from = window(here.path());
    from.state_mut().send(Command::OpenLibrary(2));
    from.step();
    from.state_mut().send(Command::CopyScenario);
    from.step();
    let copied = from
        .output()
        .platform_output
        .commands
        .iter()
        .find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
        .unwrap();
    let mut to = window(there.path());
    to.step();
    to.event(egui::Event::Paste(copied));
    to.step();
    to.step();
    assert_eq!(to.state().document().scenario, from.state().document().scenario);
    assert!(to.state().document().is_changed(), "it stands in no file yet");

    to.event(egui::Event::Paste("not a scenario".to_owned()));
    to.step();
    // Unsaved work is asked about first.
    to.run_steps(3);
    to.get_by_label("There are unsaved changes");
    to.get_by_label("Go on without saving").click();
    to.run_steps(3);
    to.get_by_label("The pasted text is no scenario");
}

#[test]
fn an_export_can_be_cancelled_and_leaves_no_file() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    // Hours of work.
    let address = Address { target: Target::Study, key: Key::Named("replicates") };
    harness.state_mut().send(Command::Set { address, value: 1_000_000.0, dragging: false });
    let file = data.path().join("never.csv");
    let export = Export::One(Subject::Detection, Format::Csv);
    harness.state_mut().send(Command::ExportTo(export, file.clone()));
    until(&mut harness, "under way", |app| app.session().exporting.is_some_and(|(_, total)| total > 0));
    harness.state_mut().send(Command::ExportTo(export, data.path().join("second.csv")));
    harness.step();
    assert!(harness.state().session().message.starts_with("One export at a time"));
    harness.get_by_label_contains("Export: progress");
    harness.state_mut().send(Command::CancelExport);
    until(&mut harness, "cancelled", |app| app.session().exporting.is_none());
    assert_eq!(harness.state().session().message, "Export cancelled");
    assert!(!file.exists() && harness.state().session().dialog.is_none());
}
