//! Several scenarios in one window: none is lost, and what is done to one does not happen to another.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;

use crate::common::window::{until, window};
use crate::files::{asked, click, edit, file, is_edited, left_behind, opened, recovery_files};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::document::Document;

fn count(app: &App) -> usize {
    app.documents().count()
}

fn changed(app: &App) -> Vec<bool> {
    app.documents().map(Document::is_changed).collect()
}

/// An edited file, and the flagship beside it, which is looked at.
fn two(data: &std::path::Path, path: &std::path::Path) -> Harness<'static, App> {
    let mut harness = opened(data, path);
    edit(&mut harness, 7.25);
    harness.state_mut().send(Command::OpenLibrary(0));
    asked(&mut harness, "unsaved changes");
    click(&mut harness, "Open it beside this one");
    until(&mut harness, "beside", |app| count(app) == 2 && app.document().source.path.is_none());
    harness
}

#[test]
fn one_is_looked_at_and_the_others_wait_as_they_were() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mut harness = two(data.path(), &path);
    assert_eq!(changed(harness.state()), [true, false]);
    until(&mut harness, "points", |app| app.session().points.is_some() && !app.session().curves_are_old);
    // By its tab; what was found of it is there at once, and so are its steps.
    harness.get_by_role_and_label(Role::Button, "• First steps").click();
    harness.run_steps(3);
    assert!(
        is_edited(harness.state(), 7.25) && harness.state().document().source.path.as_deref() == Some(path.as_path())
    );
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(changed(harness.state()), [false, false]);
    harness.state_mut().send(Command::Redo);
    harness.run_steps(2);
    // By the keyboard, round and round; the results of the one are never those of the other.
    for _ in 0..4 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::PageDown);
        harness.run_steps(2);
        let app = harness.state();
        let policies = app.document().scenario.policies.len();
        assert!(app.session().points.as_ref().is_none_or(|points| points.launch.curves.len() == policies));
    }
    assert!(is_edited(harness.state(), 7.25));
    until(&mut harness, "all found", |app| !app.session().busy);
    // A file that is open is turned to, not opened twice.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::PageUp);
    harness.run_steps(2);
    harness.state_mut().send(Command::Open(path.clone()));
    harness.run_steps(2);
    assert!(is_edited(harness.state(), 7.25) && count(harness.state()) == 2);
    // The keyboard begins a third one; unchanged, it closes without a question.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::T);
    harness.run_steps(3);
    assert_eq!(count(harness.state()), 3);
    harness.state_mut().send(Command::Dismiss);
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::W);
    harness.run_steps(3);
    assert_eq!(count(harness.state()), 2);
    // One with changes asks first.
    harness.state_mut().send(Command::AskToClose(Some(0)));
    asked(&mut harness, "unsaved changes");
    click(&mut harness, "Stay");
    assert_eq!(changed(harness.state()), [true, false]);
    harness.state_mut().send(Command::AskToClose(Some(0)));
    asked(&mut harness, "In \"First steps\".");
    click(&mut harness, "Save and close");
    until(&mut harness, "closed", |app| count(app) == 1);
    assert!(fs::read_to_string(&path).unwrap().contains("7.25"));
    assert!(harness.query_by_label_contains("Close ").is_none(), "one alone has no tab");
    // The last one stays.
    harness.state_mut().send(Command::AskToClose(None));
    harness.run_steps(2);
    assert_eq!(count(harness.state()), 1);
}

#[test]
fn what_is_saved_when_another_is_looked_at_lands_where_it_belongs() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mut harness = two(data.path(), &path);
    harness.state_mut().send(Command::TurnTo(0));
    harness.step();
    harness.state_mut().send(Command::Save);
    harness.state_mut().send(Command::TurnTo(1));
    harness.step();
    until(&mut harness, "saved", |app| changed(app) == [false, false]);
    assert!(fs::read_to_string(&path).unwrap().contains("7.25"));
    assert!(harness.state().document().source.path.is_none(), "the one that is looked at has no file still");
    // A file that somebody else has written to meanwhile is not written over.
    harness.state_mut().send(Command::TurnTo(0));
    harness.step();
    edit(&mut harness, 8.5);
    fs::write(&path, "theirs").unwrap();
    harness.state_mut().send(Command::Save);
    harness.state_mut().send(Command::TurnTo(1));
    harness.step();
    asked(&mut harness, "was not saved to");
    assert_eq!(changed(harness.state()), [true, false]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
}

#[test]
fn each_is_kept_safe_and_asked_for_before_the_window_closes() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mut harness = two(data.path(), &path);
    until(&mut harness, "one recovery file", |_| recovery_files(data.path()).len() == 1);
    edit(&mut harness, 3.75);
    until(&mut harness, "two recovery files", |_| recovery_files(data.path()).len() == 2);
    harness.state_mut().send(Command::Quit);
    asked(&mut harness, "unsaved changes");
    click(&mut harness, "Quit without saving");
    asked(&mut harness, "In \"First steps\".");
    // Whoever stays has lost neither.
    click(&mut harness, "Stay");
    assert_eq!(changed(harness.state()), [true, true]);
    assert_eq!(recovery_files(data.path()).len(), 2);
    harness.state_mut().send(Command::Quit);
    asked(&mut harness, "unsaved changes");
    click(&mut harness, "Save and quit");
    asked(&mut harness, "unsaved changes");
    assert!(!harness.state().session().may_close && fs::read_to_string(&path).unwrap().contains("7.25"));
    click(&mut harness, "Quit without saving");
    assert!(harness.state().session().may_close);
    until(&mut harness, "forgotten", |_| recovery_files(data.path()).is_empty());
}

#[test]
fn all_the_work_of_a_window_that_died_is_taken_up_again() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    left_behind(data.path(), 1, Some(&path), 7.25);
    left_behind(data.path(), 2, None, 9.5);
    let mut harness = window(data.path());
    for work in ["\"Work 2\"", "\"Work 1\""] {
        asked(&mut harness, work);
        click(&mut harness, "Recover it");
    }
    until(&mut harness, "both", |app| changed(app) == [true, true]);
    let usd = |app: &App| app.documents().map(|d| d.scenario.economics.ticket.usd.to_string()).collect::<BTreeSet<_>>();
    assert_eq!(usd(harness.state()), ["7.25".to_owned(), "9.5".to_owned()].into());
    until(&mut harness, "files of this window", |_| {
        let names = recovery_files(data.path());
        names.len() == 2 && names.iter().all(|name| !name.to_string_lossy().contains("unsaved-1-"))
    });
}
