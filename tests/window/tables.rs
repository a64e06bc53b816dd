//! Evaluation tables in the window: dropped, previewed, imported, saved, lost and found.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::common::window::{drop_file, window};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::results::Sampling;
use paretoscope::app::session::Dialog;

/// Runs frames until something holds, and some more until what it shows has come to rest.
fn until(harness: &mut Harness<'_, App>, what: &str, holds: impl Fn(&App) -> bool) {
    common::window::until(harness, what, holds);
    harness.run_steps(4);
}

/// Whether the newest scenario has been computed.
fn is_done(app: &App) -> bool {
    app.session().curves.is_some() && !app.session().curves_are_old && app.session().sampling == Sampling::Done
}

fn log(path: &Path, has_costs: bool) {
    let mut text =
        if has_costs { "request,small,large,small|cost,large|cost\n" } else { "request,small,large\n" }.to_owned();
    for row in 0..400 {
        let (small, large) = (u8::from(row % 3 != 0), u8::from(row % 10 != 0));
        let costs = if has_costs { ",0.001,0.01" } else { "" };
        writeln!(text, "{row},{small},{large}{costs}").unwrap();
    }
    text.push_str(if has_costs { "400,,1,0.001,0.01\n" } else { "400,,1\n" });
    fs::write(path, text).unwrap();
}

#[test]
fn the_replayed_log_of_the_library_shows_everything() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    let index = paretoscope::app::files::library().iter().position(|i| i.title == "A replayed log").unwrap();
    harness.state_mut().send(Command::OpenLibrary(index));
    until(&mut harness, "computed", |app| app.document().scenario.name == "A replayed log" && is_done(app));
    until(&mut harness, "studied", |app| app.session().studying == Sampling::Done);
    let session = harness.state().session();
    assert_eq!(session.failure, None);
    assert_eq!(session.study_failure, None);
    assert!(session.timeline.is_some());
    let intervals = session.intervals.as_ref().unwrap();
    assert!(intervals.launch.curves.iter().all(|c| c.operating_point.as_ref().unwrap().interval.is_some()));
    harness.get_by_label_contains("inside the trap");
}

#[test]
fn a_table_is_previewed_imported_saved_and_found_again() {
    let data = tempfile::tempdir().unwrap();
    let logs = data.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let table = logs.join("log.csv");
    log(&table, true);
    let mut harness = window(data.path());
    drop_file(&mut harness, &table);
    until(&mut harness, "preview", |app| matches!(app.session().dialog, Some(Dialog::Import(_))));
    harness.get_by_label_contains("401 rows read, 400 requests kept");
    harness.get_by_label_contains("Left out: 1 row: a score that is missing or no number (from line 402)");
    assert_eq!(harness.state().document().scenario.name, "Support agent", "nothing is replaced before the import");
    harness.get_by_label("Import").click();
    until(&mut harness, "imported", |app| app.document().scenario.name == "log" && is_done(app));
    assert!(harness.state().document().is_changed(), "it is still to be saved");
    let points = harness.state().session().points.as_ref().unwrap();
    assert!((points.launch.tiers_alone[0].quality - 266.0 / 400.0).abs() < 1e-12);

    let file = data.path().join("mine.toml");
    harness.state_mut().send(Command::SaveTo(file.clone()));
    until(&mut harness, "saved", |app| !app.document().is_changed());
    assert!(fs::read_to_string(&file).unwrap().contains("table = \"logs/log.csv\""));
    // Saved elsewhere, the path follows.
    let other = logs.join("other.toml");
    harness.state_mut().send(Command::SaveTo(other.clone()));
    until(&mut harness, "saved again", |app| app.document().source.path.as_deref() == Some(other.as_path()));
    assert!(fs::read_to_string(&other).unwrap().contains("table = \"log.csv\""));

    // The table moves: the window asks, and takes the answer.
    let moved = data.path().join("moved.csv");
    fs::rename(&table, &moved).unwrap();
    let mut harness = window(data.path());
    harness.state_mut().send(Command::Open(file.clone()));
    until(&mut harness, "asked", |app| matches!(app.session().dialog, Some(Dialog::Lost(_))));
    harness.get_by_label_contains("there is no such file");
    harness.get_by_label("Locate…");
    // Not now: the window does not pretend that it computes, and asks again when somebody wants it to.
    harness.get_by_label("Not now").click();
    until(&mut harness, "put off", |app| app.session().dialog.is_none() && !app.session().busy);
    assert_eq!(harness.query_all_by_label_contains("omputing").count(), 0);
    assert!(harness.query_all_by_label_contains("until the table of this scenario is found").count() > 0);
    harness.get_all_by_label("Find the table…").next().unwrap().click();
    until(&mut harness, "asked again", |app| matches!(app.session().dialog, Some(Dialog::Lost(_))));
    harness.state_mut().send(Command::UseTable(moved.clone()));
    until(&mut harness, "found", |app| app.document().table.is_some() && is_done(app));
    harness.state_mut().send(Command::SaveTo(file.clone()));
    until(&mut harness, "saved", |app| !app.document().is_changed());
    assert!(fs::read_to_string(&file).unwrap().contains("table = \"moved.csv\""));

    // The table changes: the window says so, and can take it as it is.
    log(&moved, true);
    let text = fs::read_to_string(&moved).unwrap();
    fs::write(&moved, text.replace("1,1,1,", "1,0,1,")).unwrap();
    let mut harness = window(data.path());
    harness.state_mut().send(Command::Open(file));
    until(&mut harness, "asked", |app| matches!(app.session().dialog, Some(Dialog::Lost(_))));
    harness.get_by_label_contains("has changed since it was imported");
    harness.get_by_label("Take it as it is").click();
    until(&mut harness, "taken", |app| app.document().table.is_some() && is_done(app));
    assert!(harness.state().document().is_changed(), "the new hash is to be saved");
}

#[test]
fn a_table_without_costs_asks_for_prices() {
    let data = tempfile::tempdir().unwrap();
    let table = data.path().join("log.csv");
    log(&table, false);
    let mut harness = window(data.path());
    harness.state_mut().send(Command::Import(table));
    until(&mut harness, "preview", |app| matches!(app.session().dialog, Some(Dialog::Import(_))));
    harness.get_by_label("Import").click();
    until(
        &mut harness,
        "asked",
        |app| matches!(&app.session().dialog, Some(Dialog::Import(form)) if form.problem.is_some()),
    );
    harness.get_by_label_contains("give each model the price of its tokens");
    harness.get_by_label("Price of input tokens of small");
    let Some(Dialog::Import(mut form)) = harness.state().session().dialog.clone() else { return };
    form.models = vec![(true, 0.2, 0.6), (true, 3.0, 15.0)];
    harness.state_mut().send(Command::AcceptImport(form));
    until(&mut harness, "imported", |app| app.document().scenario.name == "log" && is_done(app));
    // 500 input tokens where the table has no prompts, and 300 output tokens.
    let alone = &harness.state().session().points.as_ref().unwrap().launch.tiers_alone;
    assert!((alone[0].inference_usd_per_1k - (500.0 * 0.2 + 300.0 * 0.6) / 1000.0).abs() < 1e-9);
    assert!((alone[1].inference_usd_per_1k - (500.0 * 3.0 + 300.0 * 15.0) / 1000.0).abs() < 1e-9);
}

#[test]
fn what_is_no_table_leaves_the_window_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let empty = data.path().join("empty.csv");
    fs::write(&empty, "").unwrap();
    let one = data.path().join("one.csv");
    fs::write(&one, "request,small\n1,1\n").unwrap();
    let mut harness = window(data.path());
    for (path, says) in [(empty, "the file is empty"), (one, "only one model"), (data.path().to_owned(), "folder")] {
        harness.state_mut().send(Command::Import(path));
        until(&mut harness, says, |app| app.session().dialog.is_some());
        harness.get_by_label_contains(says);
        harness.state_mut().send(Command::Dismiss);
        harness.step();
        assert_eq!(harness.state().document().scenario.name, "Support agent");
    }
}

#[test]
fn a_table_is_read_once_for_a_scenario_and_its_like_from_the_same_folder() {
    use paretoscope::app::{files, tables};
    use std::sync::Arc;
    let data = tempfile::tempdir().unwrap();
    let (here, there) = (data.path().join("here"), data.path().join("there"));
    for folder in [&here, &there] {
        fs::create_dir(folder).unwrap();
        for name in ["replayed-log.toml", "replayed-log.csv"] {
            fs::copy(Path::new("scenarios").join(name), folder.join(name)).unwrap();
        }
        // A name that the library does not have.
        fs::rename(folder.join("replayed-log.csv"), folder.join("mine.csv")).unwrap();
        let text = fs::read_to_string(folder.join("replayed-log.toml")).unwrap();
        fs::write(folder.join("replayed-log.toml"), text.replace("replayed-log.csv", "mine.csv")).unwrap();
    }
    let first = files::open(&here.join("replayed-log.toml"), &[]).unwrap();
    let of = |folder: &Path| files::open_like(&folder.join("replayed-log.toml"), &[], Some(&first)).unwrap();
    let table = |opened: &files::Opened| opened.table.clone().unwrap().unwrap();
    assert!(Arc::ptr_eq(&table(&of(&here)), &table(&first)));
    assert!(!Arc::ptr_eq(&table(&of(&there)), &table(&first)));
    // What is trusted from then on is the file itself, whatever link led to it.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(here.join("mine.csv"), data.path().join("link.csv")).unwrap();
        let preview = tables::preview(&data.path().join("link.csv")).unwrap();
        assert_eq!(preview.real_path, here.join("mine.csv").canonicalize().ok());
    }
}
