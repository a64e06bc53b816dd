//! What the window does with files: nothing is lost, nothing is overwritten unseen, whatever others do meanwhile.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::common::window::{until, window};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::export::{Export, Format};
use paretoscope::app::files::Guard;
use paretoscope::app::session::Dialog;
use paretoscope::app::stamp::Change;
use paretoscope::app::tab::Tab;
use paretoscope::model::address::{Address, Key, Target};

fn scenario(name: &str) -> &'static str {
    paretoscope::scenario::library::find(name).unwrap().text
}

/// A scenario in a file of its own.
pub(crate) fn file(dir: &Path, name: &str) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, scenario("workshop-first-steps")).unwrap();
    path
}

pub(crate) fn opened(data: &Path, path: &Path) -> Harness<'static, App> {
    let mut harness = window(data);
    harness.state_mut().send(Command::Open(path.to_owned()));
    until(&mut harness, "opened", |app| app.document().source.path.as_deref() == Some(path));
    harness
}

pub(crate) fn edit(harness: &mut Harness<'_, App>, usd: f64) {
    let address = Address { target: Target::Economics, key: Key::Named("ticket.usd") };
    harness.state_mut().send(Command::Set { address, value: usd, dragging: false });
    harness.step();
}

pub(crate) fn asked(harness: &mut Harness<'_, App>, question: &str) {
    let start = Instant::now();
    // The bar above the tabs may say the same.
    while harness.state().session().dialog.is_none() || harness.query_all_by_label_contains(question).next().is_none() {
        assert!(start.elapsed() < Duration::from_secs(120), "{question}: {:?}", harness.state().session().dialog);
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    // Until the dialog has come to rest.
    harness.run_steps(4);
}

pub(crate) fn click(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

pub(crate) fn is_edited(app: &App, usd: f64) -> bool {
    (app.document().scenario.economics.ticket.usd - usd).abs() < 1e-12
}

#[test]
fn saving_does_not_undo_what_somebody_else_has_written() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mut harness = opened(data.path(), &path);
    edit(&mut harness, 7.25);
    let theirs = fs::read_to_string(&path).unwrap().replace("name = \"First steps\"", "name = \"Their steps\"");
    fs::write(&path, &theirs).unwrap();
    harness.state_mut().send(Command::Save);
    asked(&mut harness, "was changed by another program");
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
    // What differs, line by line.
    click(&mut harness, "Show the difference");
    until(&mut harness, "compared", |app| matches!(app.session().dialog, Some(Dialog::Difference { .. })));
    harness.run_steps(6);
    harness.get_by_label_contains("− name = \"Their steps\"");
    harness.get_by_label_contains("+ name = \"First steps\"");
    // Reading it again asks about the edit; one may stay.
    click(&mut harness, "Read it again");
    asked(&mut harness, "There are unsaved changes");
    click(&mut harness, "Stay");
    assert!(is_edited(harness.state(), 7.25));
    // Writing over it is a decision, about what was there when it was asked for.
    harness.state_mut().send(Command::Save);
    asked(&mut harness, "was changed by another program");
    let third = theirs.replace("Their steps", "Third steps");
    fs::write(&path, &third).unwrap();
    click(&mut harness, "Write over it");
    asked(&mut harness, "was changed by another program");
    assert_eq!(fs::read_to_string(&path).unwrap(), third);
    click(&mut harness, "Write over it");
    until(&mut harness, "saved", |app| !app.document().is_changed());
    assert!(fs::read_to_string(&path).unwrap().contains("7.25"));
    // From then on it is the window's own again.
    edit(&mut harness, 8.5);
    harness.state_mut().send(Command::Save);
    until(&mut harness, "saved again", |app| !app.document().is_changed());
    assert_eq!(harness.state().session().dialog, None);
}

#[test]
fn a_change_is_noticed_while_the_window_is_open() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mut harness = opened(data.path(), &path);
    let theirs = fs::read_to_string(&path).unwrap().replace("name = \"First steps\"", "name = \"Their steps\"");
    fs::write(&path, theirs).unwrap();
    until(&mut harness, "noticed", |app| app.session().file_change == Some(Change::Contents));
    harness.run_steps(3);
    harness.get_by_label_contains("mine.toml was changed by another program");
    click(&mut harness, "Read it again");
    until(&mut harness, "read again", |app| app.document().scenario.name == "Their steps");
    assert_eq!(harness.state().session().file_change, None);
    // Deleted, and a link in its place.
    fs::remove_file(&path).unwrap();
    until(&mut harness, "noticed", |app| app.session().file_change == Some(Change::Gone));
    edit(&mut harness, 7.25);
    harness.state_mut().send(Command::Save);
    asked(&mut harness, "has been deleted or moved");
    click(&mut harness, "Write it again");
    until(&mut harness, "saved", |app| !app.document().is_changed());
    assert!(path.is_file());
    #[cfg(unix)]
    {
        let other = file(dir.path(), "other.toml");
        let before = fs::read_to_string(&other).unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        edit(&mut harness, 9.75);
        harness.state_mut().send(Command::Save);
        asked(&mut harness, "is a link to");
        assert_eq!(fs::read_to_string(&other).unwrap(), before);
    }
}

#[test]
fn saving_as_and_exporting_ask_before_they_write_over_a_file() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mine, other) = (file(dir.path(), "mine.toml"), dir.path().join("other.toml"));
    fs::write(&other, "somebody else's").unwrap();
    let mut harness = opened(data.path(), &mine);
    edit(&mut harness, 7.25);
    harness.state_mut().send(Command::SaveTo(other.clone()));
    asked(&mut harness, "There is such a file already");
    assert_eq!(fs::read_to_string(&other).unwrap(), "somebody else's");
    harness.state_mut().send(Command::Dismiss);
    harness.step();
    harness.state_mut().send(Command::SaveTo(other.clone()));
    asked(&mut harness, "There is such a file already");
    click(&mut harness, "Write over it");
    until(&mut harness, "saved", |app| app.document().source.path.as_deref() == Some(other.as_path()));
    assert!(fs::read_to_string(&other).unwrap().contains("7.25"));

    let picture = Export::One(Tab::Frontier, Format::Csv);
    let table = dir.path().join("frontier.csv");
    fs::write(&table, "old").unwrap();
    harness.state_mut().send(Command::ExportTo(picture, table.clone()));
    asked(&mut harness, "There is such a file already");
    click(&mut harness, "Another name…");
    // The field is ready to be typed into, each time.
    harness.run_steps(2);
    assert!(harness.ctx.memory(|memory| memory.focused()).is_some());
    harness.state_mut().send(Command::Dismiss);
    harness.run_steps(3);
    harness.state_mut().send(Command::ExportElsewhere(picture, table.clone()));
    harness.run_steps(3);
    assert!(harness.ctx.memory(|memory| memory.focused()).is_some());
    assert!(matches!(harness.state().session().dialog, Some(Dialog::ExportPath { .. })));
    assert_eq!(fs::read_to_string(&table).unwrap(), "old");
    harness.state_mut().send(Command::ExportOver(picture, table.clone()));
    until(&mut harness, "exported", |app| app.session().message.starts_with("Exported to"));
    assert!(fs::read_to_string(&table).unwrap().contains("Classifier"));
    // The scenario's own file is nothing to export to, whatever anybody says.
    harness.state_mut().send(Command::ExportOver(picture, other.clone()));
    asked(&mut harness, "stands in this file");
    assert!(fs::read_to_string(&other).unwrap().contains("7.25"));
}

#[test]
fn an_export_goes_over_no_table_that_the_scenario_replays() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = dir.path().join("replayed.toml");
    fs::write(&path, scenario("replayed-log")).unwrap();
    let table = dir.path().join("replayed-log.csv");
    fs::copy("scenarios/replayed-log.csv", &table).unwrap();
    let before = fs::read(&table).unwrap();
    let mut harness = opened(data.path(), &path);
    harness.state_mut().send(Command::ExportOver(Export::One(Tab::Frontier, Format::Csv), table.clone()));
    asked(&mut harness, "stands in this file");
    click(&mut harness, "OK");
    harness.state_mut().send(Command::SaveOver(table.clone(), Guard::Agreed));
    asked(&mut harness, "stands in this file");
    assert_eq!(fs::read(&table).unwrap(), before);
}

#[test]
fn an_edit_made_while_a_file_is_being_read_is_not_thrown_away() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    for command in [Command::Open(path), Command::OpenLibrary(2), Command::StartLesson(0)] {
        let mut harness = window(data.path());
        harness.state_mut().send(command);
        // In the same frame, before anything can have come.
        edit(&mut harness, 7.25);
        asked(&mut harness, "There are unsaved changes");
        assert!(is_edited(harness.state(), 7.25));
        click(&mut harness, "Stay");
        assert!(is_edited(harness.state(), 7.25) && harness.state().session().course.is_none());
    }
}

#[test]
fn saving_first_goes_on_with_what_was_asked_for() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mut harness = opened(data.path(), &path);
    edit(&mut harness, 7.25);
    harness.state_mut().send(Command::OpenLibrary(2));
    asked(&mut harness, "There are unsaved changes");
    click(&mut harness, "Save and go on");
    until(&mut harness, "the other one", |app| app.document().source.path.is_none());
    assert!(fs::read_to_string(&path).unwrap().contains("7.25"));
}

pub(crate) fn recovery_files(data: &Path) -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("unsaved-");
    fs::read_dir(data).unwrap().map(|e| e.unwrap().path()).filter(is_one).collect()
}

/// Unsaved work of a window that died.
pub(crate) fn left_behind(data: &Path, number: u32, file: Option<&Path>, usd: f64) -> PathBuf {
    let text = scenario("workshop-first-steps").replace("usd = 2.0, delay_days", &format!("usd = {usd}, delay_days"));
    // The number of a process that nobody else has, as it started when nothing did.
    let recovered = serde_json::json!({
        "name": format!("Work {number}"), "path": file, "text": text, "process": 1, "started": u64::MAX,
    });
    let path = data.join(format!("unsaved-1-{number}.json"));
    fs::write(&path, recovered.to_string()).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    path
}

#[test]
fn recovery_is_offered_however_the_window_starts_and_goes_when_it_is_superseded() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mine = left_behind(data.path(), 1, Some(&path), 7.25);
    let other = left_behind(data.path(), 2, None, 9.5);
    let start = |file: Option<&Path>| {
        Harness::builder()
            .with_size([1280.0, 800.0])
            .with_context_setup(paretoscope::app::theme::install)
            .build_ui_state(
                |ui, app: &mut App| app.frame(ui),
                App::new(&eframe::egui::Context::default(), file.map(Path::to_owned), Some(data.path().to_owned()))
                    .without_file_dialogs(),
            )
    };
    // Without a file the newest is first.
    let mut harness = start(None);
    asked(&mut harness, "\"Work 2\"");
    drop(harness);
    // With its file, its own is first; put off, the next one comes, and then the file.
    let mut harness = start(Some(&path));
    asked(&mut harness, "\"Work 1\"");
    harness.get_by_label_contains("mine.toml");
    click(&mut harness, "Not now");
    asked(&mut harness, "\"Work 2\"");
    click(&mut harness, "Not now");
    until(&mut harness, "the file", |app| app.document().source.path.as_deref() == Some(path.as_path()));
    assert!(mine.exists() && other.exists() && !harness.state().document().is_changed());
    drop(harness);
    // Recovered, it is an edit of its file, and the old one goes when the new one is there.
    let mut harness = start(Some(&path));
    asked(&mut harness, "\"Work 1\"");
    click(&mut harness, "Recover it");
    until(&mut harness, "recovered", |app| app.document().is_changed());
    assert!(is_edited(harness.state(), 7.25));
    until(&mut harness, "superseded", |_| !mine.exists());
    assert!(other.exists() && recovery_files(data.path()).len() == 2);
    // Saved, none of it is wanted.
    harness.state_mut().send(Command::Save);
    until(&mut harness, "saved", |app| !app.document().is_changed());
    until(&mut harness, "forgotten", |_| recovery_files(data.path()) == [other.clone()]);
    assert!(fs::read_to_string(&path).unwrap().contains("7.25"));
    drop(harness);
    // Thrown away, the file that was asked for opens.
    let mut harness = start(Some(&path));
    asked(&mut harness, "\"Work 2\"");
    click(&mut harness, "Throw it away");
    until(&mut harness, "the file", |app| app.document().source.path.as_deref() == Some(path.as_path()));
    until(&mut harness, "gone", |_| !other.exists());
}

#[test]
fn recovered_work_tells_when_its_file_has_changed_since() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mut harness = opened(data.path(), &path);
    edit(&mut harness, 7.25);
    until(&mut harness, "kept", |_| !recovery_files(data.path()).is_empty());
    drop(harness);
    let theirs = fs::read_to_string(&path).unwrap().replace("name = \"First steps\"", "name = \"Their steps\"");
    fs::write(&path, &theirs).unwrap();
    let mut harness = window(data.path());
    asked(&mut harness, "Unsaved work was found");
    click(&mut harness, "Recover it");
    until(&mut harness, "recovered", |app| app.document().is_changed());
    harness.state_mut().send(Command::Save);
    asked(&mut harness, "was changed by another program");
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
}

#[test]
fn a_scenario_without_a_file_reads_no_table_that_happens_to_lie_about() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    // There is such a file where the tests run.
    let text = scenario("replayed-log").replace("replayed-log.csv", "scenarios/replayed-log.csv");
    harness.state_mut().send(Command::Paste(text));
    asked(&mut harness, "stands in no file");
    assert!(harness.state().document().table.is_none());
}

#[test]
fn what_is_in_another_folder_is_read_when_somebody_agrees() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (tables, plans) = (dir.path().join("tables"), dir.path().join("plans"));
    fs::create_dir(&tables).unwrap();
    fs::create_dir(&plans).unwrap();
    fs::copy("scenarios/replayed-log.csv", tables.join("log.csv")).unwrap();
    let path = plans.join("mine.toml");
    fs::write(&path, scenario("replayed-log").replace("replayed-log.csv", "../tables/log.csv")).unwrap();
    let mut harness = opened(data.path(), &path);
    asked(&mut harness, "not in the scenario's own folder");
    assert!(harness.state().document().table.is_none());
    click(&mut harness, "Read it");
    until(&mut harness, "read", |app| app.document().table.is_some() && app.session().curves.is_some());
    assert!(!harness.state().document().is_changed() && harness.state().session().dialog.is_none());
    // From then on it is known.
    harness.state_mut().send(Command::OpenLibrary(1));
    until(&mut harness, "another one", |app| app.document().source.path.is_none());
    harness.state_mut().send(Command::Open(path.clone()));
    until(&mut harness, "opened again", |app| app.document().table.is_some());
    assert_eq!(harness.state().session().dialog, None);

    // A lesson is asked about in the same way.
    let lesson = dir.path().join("lesson.md");
    let text = fs::read_to_string("assets/lessons/the-pareto-trap.md").unwrap();
    let inside =
        text.lines().map(|line| if line.starts_with("scenario") { "scenario = \"elsewhere.toml\"" } else { line });
    fs::write(&lesson, inside.collect::<Vec<_>>().join("\n")).unwrap();
    fs::write(tables.join("elsewhere.toml"), scenario("workshop-first-steps")).unwrap();
    #[cfg(unix)]
    {
        // A link leads out of the folder as well as a path does.
        let lessons = tempfile::tempdir().unwrap();
        let moved = lessons.path().join("lesson.md");
        fs::rename(&lesson, &moved).unwrap();
        std::os::unix::fs::symlink(tables.join("elsewhere.toml"), lessons.path().join("elsewhere.toml")).unwrap();
        harness.state_mut().send(Command::Open(moved));
        asked(&mut harness, "a file of another folder");
        assert!(harness.state().session().course.is_none());
        click(&mut harness, "Read it");
        until(&mut harness, "the lesson", |app| app.session().course.is_some());
    }
}

#[cfg(unix)]
#[test]
fn a_device_that_keeps_nothing_is_no_place_to_save_to() {
    let (data, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = file(dir.path(), "mine.toml");
    let mut harness = opened(data.path(), &path);
    edit(&mut harness, 7.25);
    harness.state_mut().send(Command::SaveTo(PathBuf::from("/dev/null")));
    asked(&mut harness, "The file cannot be saved");
    let document = harness.state().document();
    assert!(document.is_changed() && document.source.path.as_deref() == Some(path.as_path()));
}
