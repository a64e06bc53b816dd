//! The window, driven without a display by role and name.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::time::{Duration, Instant};

use crate::common::window::{drop_file, until, window};
use eframe::egui::Rect;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::results::Sampling;
use paretoscope::app::tab::Tab;
use paretoscope::model::address::{Address, Key, Target};

/// The curves are there with their intervals. The study of detection goes on behind them, and may.
fn are_whole(app: &App) -> bool {
    let session = app.session();
    session.curves.is_some() && !session.curves_are_old && session.sampling == Sampling::Done
}

#[test]
fn it_opens_on_the_flagship_and_shows_everything() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    assert_eq!(harness.state().document().scenario.name, "Support agent");
    until(&mut harness, "intervals", |app| app.session().sampling == Sampling::Done);
    assert!(harness.state().session().timeline.is_some());
    let curves = harness.state().session().curves.as_ref().unwrap();
    assert!(curves.production.is_some());
    harness.get_by_label_contains("inside the trap");
    harness.get_by_label_contains("Frontier plot");
    harness.get_by_label_contains("Truth plot");
    harness.get_by_role_and_label(eframe::egui::accesskit::Role::Slider, "Share to Small");
}

#[test]
fn a_moved_slider_changes_the_result_and_can_be_undone_and_saved() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "curves", |app| app.session().curves.is_some());
    let cost = |app: &App| {
        app.session().points.as_ref().unwrap().launch.curves[3].operating_point.as_ref().unwrap().inference_usd_per_1k
    };
    let before = cost(harness.state());
    let address = Address { target: Target::Policy(3), key: Key::At("shares", 0) };
    harness.state_mut().send(Command::Set { address, value: 0.30, dragging: true });
    harness.step();
    harness.state_mut().send(Command::Set { address, value: 0.20, dragging: true });
    harness.step();
    until(&mut harness, "new points", |app| (cost(app) - before).abs() > 1.0 && !app.session().curves_are_old);
    assert!(cost(harness.state()) > before, "less routed, more paid");
    assert!(harness.state().document().is_changed());

    let file = data.path().join("mine.toml");
    harness.state_mut().send(Command::SaveTo(file.clone()));
    until(&mut harness, "saved", |app| !app.document().is_changed());
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("shares = [0.2, 0.8]") && text.contains("# what the team ran"), "comments stay");

    // Both steps of the drag are one step to take back.
    harness.state_mut().send(Command::Undo);
    harness.step();
    assert!(harness.state().document().is_changed());
    until(&mut harness, "old points", |app| (cost(app) - before).abs() < 1e-9);
}

#[test]
fn broken_missing_and_newer_files_leave_the_window_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let newer = data.path().join("newer.toml");
    fs::write(&newer, "schema = 99\n").unwrap();
    let broken = data.path().join("broken.toml");
    fs::write(&broken, "schema = 1\nnam = 3\n").unwrap();
    let unreadable = data.path().join("unreadable.toml");
    fs::write(&unreadable, b"schema = 1\nname = \"\xff\xfe\"\n").unwrap();
    let mut harness = window(data.path());
    for (path, says) in [
        (newer, "update Paretoscope"),
        (broken, "did you mean"),
        (unreadable, "not UTF-8"),
        (data.path().join("nothing.toml"), "there is no such file"),
        (data.path().to_owned(), "this is a folder"),
    ] {
        drop_file(&mut harness, &path);
        until(&mut harness, says, |app| app.session().dialog.is_some());
        harness.run_steps(4);
        harness.get_by_label_contains(says);
        harness.state_mut().send(Command::Dismiss);
        harness.step();
        assert_eq!(harness.state().document().scenario.name, "Support agent");
    }
    // And one that is sound.
    let scenarios = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    drop_file(&mut harness, &scenarios.join("three-tiers.toml"));
    until(&mut harness, "opened", |app| app.document().source.path.is_some());
    assert_eq!(harness.state().session().dialog, None);
}

#[test]
fn sampling_can_be_cancelled_and_another_scenario_opened() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "timeline", |app| app.session().timeline.is_some());
    if harness.state().session().sampling == Sampling::Running {
        harness.state_mut().send(Command::CancelSampling);
        until(&mut harness, "cancelled", |app| app.session().sampling != Sampling::Running);
    }
    harness.state_mut().send(Command::OpenLibrary(1));
    until(&mut harness, "opened", |app| app.document().scenario.name == "First steps");
    until(&mut harness, "its curves", |app| app.session().curves.as_ref().is_some_and(|c| c.launch.curves.len() == 5));
}

#[test]
fn unsaved_work_is_asked_about_and_survives_a_crash() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    let address = Address { target: Target::Economics, key: Key::Named("ticket.usd") };
    harness.state_mut().send(Command::Set { address, value: 7.25, dragging: false });
    harness.step();
    harness.state_mut().send(Command::OpenLibrary(2));
    until(&mut harness, "asked", |app| app.session().dialog.is_some());
    harness.run_steps(4);
    harness.get_by_label("There are unsaved changes");
    harness.state_mut().send(Command::Dismiss);
    harness.step();
    assert!((harness.state().document().scenario.economics.ticket.usd - 7.25).abs() < 1e-12);
    // A few seconds later the work is safe on disk, where the next start finds it.
    let start = Instant::now();
    let kept = || {
        fs::read_dir(data.path()).unwrap().flatten().find(|e| e.file_name().to_string_lossy().starts_with("unsaved-"))
    };
    while kept().is_none() {
        assert!(start.elapsed() < Duration::from_secs(30));
        harness.step();
        std::thread::sleep(Duration::from_millis(20));
    }
    let text = fs::read_to_string(kept().unwrap().path()).unwrap();
    assert!(text.contains("7.25"));
    drop(harness);
    let mut again = window(data.path());
    until(&mut again, "offered", |app| app.session().dialog.is_some());
    again.run_steps(4);
    again.get_by_label("Unsaved work was found");
    again.get_by_label("Recover it").click();
    until(&mut again, "recovered", |app| app.document().is_changed());
    assert!((again.state().document().scenario.economics.ticket.usd - 7.25).abs() < 1e-12);
    assert!(again.state().document().is_changed());
}

#[test]
fn the_detection_tab_races_the_monitors() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    let address = Address { target: Target::Study, key: Key::Named("replicates") };
    harness.state_mut().send(Command::Set { address, value: 300.0, dragging: false });
    harness.step();
    harness.get_by_label("Detection").click();
    harness.step();
    until(&mut harness, "a first picture", |app| app.session().studies.is_some());
    let first = harness.state().session().studies.as_ref().unwrap().at[0].replicates;
    assert!(first >= 50);
    until(&mut harness, "the whole study", |app| app.session().studying == Sampling::Done);
    harness.run_steps(2);
    harness.get_by_label_contains("notices first, after");
    harness.get_by_label_contains("Survival plot");
    harness.get_by_label_contains("Damage plot");
    // A click on a bar looks at that monitor.
    harness.get_by_label_contains("Churn: median").click();
    harness.run_steps(3);
    harness.get_by_label_contains("95 % interval of Churn");
    // Another false-alarm budget needs no new simulation.
    let alarms = |app: &App, budget: f64| {
        let studies = app.session().studies.as_ref().unwrap();
        studies.at_budget(Some(budget)).unwrap().monitors[3].outcome.false_alarms.rate
    };
    assert!(alarms(harness.state(), 0.01) < alarms(harness.state(), 0.20));
    harness.get_by_label("20 %").click();
    harness.run_steps(3);
    assert_eq!(harness.state().session().false_alarms, Some(0.20));
    assert_eq!(harness.state().session().studying, Sampling::Done);
    // The run shown carries the alarms of the study's first run.
    harness.get_by_label("Frontier").click();
    harness.run_steps(3);
    harness.get_by_label_contains("; alarms: ");
}

#[test]
fn a_study_can_be_stopped_and_taken_up_again_and_what_does_not_fit_is_said() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    let address = Address { target: Target::Study, key: Key::Named("replicates") };
    harness.state_mut().send(Command::Set { address, value: 20_000.0, dragging: false });
    harness.state_mut().send(Command::Tab(Tab::Detection));
    harness.step();
    until(&mut harness, "a first picture", |app| app.session().studies.is_some());
    harness.state_mut().send(Command::CancelStudy);
    until(&mut harness, "stopped", |app| app.session().studying == Sampling::Cancelled);
    harness.get_by_label_contains("Detection study stopped");
    assert!(harness.state().session().studies.is_some(), "what was found stays");
    harness.state_mut().send(Command::Set { address, value: 100.0, dragging: false });
    until(&mut harness, "the whole study", |app| app.session().studying == Sampling::Done);
    // The cascade has no router score for the drift monitor to watch.
    let cascade = harness.state().document().scenario.policy_index("Uncertainty cascade").unwrap();
    harness.state_mut().send(Command::Select(cascade));
    until(&mut harness, "a refusal", |app| app.session().study_failure.is_some());
    harness.run_steps(2);
    harness.get_by_label_contains("no router score");
}

#[test]
fn an_operating_point_is_dragged_along_its_curve_in_one_step() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    // The other jobs need not take the time of this one.
    let address = Address { target: Target::Study, key: Key::Named("replicates") };
    harness.state_mut().send(Command::Set { address, value: 20.0, dragging: false });
    until(&mut harness, "curves", are_whole);
    let share = |app: &App| {
        let kind = &app.document().scenario.policies[3].kind;
        kind.as_kind::<paretoscope::policy::Classifier>().map_or(f64::NAN, |classifier| classifier.shares[0])
    };
    let before = share(harness.state());
    // Where the point is on the screen: the plot is found by its name, and the pointer searched for over it.
    let plot = harness.get_by_label_contains("Frontier plot").rect();
    let mut found = None;
    'search: for row in 1..20 {
        for column in 1..50 {
            let at = plot.left_top()
                + eframe::egui::vec2(plot.width() * column as f32 / 50.0, plot.height() * row as f32 / 20.0);
            harness.hover_at(at);
            harness.step();
            if harness.output().platform_output.cursor_icon == eframe::egui::CursorIcon::Grab {
                found = Some(at);
                harness.drag_at(at);
                harness.step();
                harness.hover_at(at - eframe::egui::vec2(90.0, 40.0));
                harness.step();
                harness.hover_at(at - eframe::egui::vec2(100.0, 44.0));
                harness.step();
                harness.drop_at(at - eframe::egui::vec2(100.0, 44.0));
                harness.run_steps(3);
                if (share(harness.state()) - before).abs() > 1e-9 {
                    break 'search;
                }
                // Another policy's point: put it back.
                harness.state_mut().send(Command::Undo);
                harness.run_steps(2);
                until(&mut harness, "again", |app| app.session().curves.is_some() && !app.session().curves_are_old);
            }
        }
    }
    assert!(found.is_some(), "no point can be taken hold of");
    assert!((share(harness.state()) - before).abs() > 1e-9, "the classifier's point was never dragged");
    harness.state_mut().send(Command::Undo);
    harness.step();
    assert!((share(harness.state()) - before).abs() < 1e-12, "a drag is one step to take back");
}

#[test]
fn a_run_is_scrubbed_played_and_drawn_again() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "timeline", |app| app.session().timeline.is_some());
    let counted = |app: &App| app.session().timeline.as_ref().map(|t| t.run[5].thumbs_down);
    let first = harness.state().session().timeline.clone();
    harness.state_mut().send(Command::Day(Some(60)));
    harness.run_steps(2);
    harness.get_by_label_contains("good, launch believed");
    harness.get_by_label("Play").click();
    harness.step();
    until(&mut harness, "played", |app| app.session().day.is_some_and(|day| day > 61));
    harness.get_by_label("Stop").click();
    harness.run_steps(2);
    assert!(harness.state().session().playing_since.is_none());
    harness.get_by_label("Another run").click();
    harness.step();
    until(&mut harness, "another", |app| app.session().timeline != first);
    assert!(counted(harness.state()).is_some());
}

#[test]
fn curves_panels_floor_shortcuts_and_recent_files() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "curves", are_whole);
    harness.get_by_label("Draw Oracle").click();
    harness.run_steps(2);
    assert_eq!(harness.state().session().hidden.len(), 1);
    harness.state_mut().send(Command::Floor { quality: 0.91, dragging: false });
    until(&mut harness, "floor", |app| {
        app.session().curves.as_ref().is_some_and(|c| (c.launch.quality_floor - 0.91).abs() < 1e-12)
    });
    harness.run_steps(3);
    harness.get_all_by_label("At 91.0 % good").next().expect("the floor is told");
    harness.key_press(eframe::egui::Key::F1);
    harness.run_steps(3);
    assert_eq!(harness.state().session().dialog, Some(paretoscope::app::session::Dialog::Glossary));
    harness.get_by_label_contains("One question put to your product");
    harness.get_by_role_and_label(eframe::egui::accesskit::Role::TextInput, "Find a word").type_text("auroc");
    harness.run_steps(3);
    harness.get_by_label_contains("0.5 is no better than a coin");
    harness.state_mut().send(Command::Dismiss);
    harness.step();
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::F1);
    harness.run_steps(3);
    assert_eq!(harness.state().session().dialog, Some(paretoscope::app::session::Dialog::Shortcuts));
    harness.get_by_label("Policy before");
    harness.state_mut().send(Command::Dismiss);
    harness.step();
    harness.key_press(eframe::egui::Key::F9);
    harness.run_steps(3);
    assert!(harness.query_by_label("About this scenario").is_none(), "the scenario's side is hidden");
    let file = data.path().join("mine.toml");
    harness.state_mut().send(Command::SaveTo(file.clone()));
    until(&mut harness, "saved", |app| app.document().source.path.is_some());
    drop(harness);
    // Settings are written by another thread.
    let start = Instant::now();
    loop {
        let mut next = window(data.path());
        next.run_steps(2);
        next.state_mut().send(Command::OpenRecent(0));
        for _ in 0..50 {
            next.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        if next.state().document().source.path.as_deref() == Some(file.as_path()) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "the file is not remembered");
    }
}

#[test]
fn segments_money_and_pinned_runs() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "curves", are_whole);
    harness.state_mut().send(Command::Tab(Tab::Segments));
    harness.run_steps(3);
    let parts = harness.state().session().breakdown.clone().unwrap();
    assert_eq!(parts.segments.len(), harness.state().document().scenario.segments.len());
    harness.get_by_label_contains(&format!("{}, Small: ", parts.segments[0].name));
    harness.get_by_label("quality").click();
    harness.run_steps(3);
    harness.state_mut().send(Command::Tab(Tab::Money));
    harness.run_steps(3);
    harness.get_by_label_contains("Tickets: −");
    harness.get_by_label_contains("Net: ");
    harness.state_mut().send(Command::Tab(Tab::Compare));
    harness.run_steps(3);
    harness.get_by_label("Pin this run").click();
    harness.run_steps(3);
    let address = Address { target: Target::Policy(3), key: Key::At("shares", 0) };
    harness.state_mut().send(Command::Set { address, value: 0.30, dragging: false });
    harness.step();
    until(&mut harness, "new curves", |app| !app.session().curves_are_old);
    harness.run_steps(3);
    harness.get_by_label("policy.Classifier.shares");
    harness.state_mut().send(Command::RenamePin(0, "Before".to_owned()));
    // Another scenario beside it.
    harness.state_mut().send(Command::OpenLibrary(1));
    until(&mut harness, "asked", |app| app.session().dialog.is_some());
    harness.run_steps(2);
    harness.get_by_label("Go on without saving").click();
    harness.step();
    until(&mut harness, "other scenario", |app| {
        app.session().curves.is_some() && app.document().scenario.name != "Support agent"
    });
    harness.run_steps(3);
    harness.get_all_by_label("Before").next().expect("the pin stays");
    harness.get_by_label("Unpin Before").click();
    harness.run_steps(3);
    assert!(harness.state().session().pins.is_empty());
}

#[test]
fn whole_entries_are_renamed_duplicated_moved_added_and_deleted() {
    use paretoscope::entry::List;
    use paretoscope::scenario::edit::Edit;

    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "curves", are_whole);
    let original = harness.state().document().scenario.clone();
    // Through the menu of the selected policy's card.
    harness.get_by_label("Edit Classifier").click();
    harness.run_steps(3);
    harness.get_by_label("Duplicate").click();
    harness.run_steps(3);
    let names =
        |app: &App| -> Vec<String> { app.document().scenario.policies.iter().map(|p| p.name.clone()).collect() };
    assert_eq!(names(harness.state())[4], "Classifier copy");
    until(&mut harness, "its curve", |app| {
        app.session().curves.as_ref().is_some_and(|c| c.launch.curves.len() == original.policies.len() + 1)
    });
    for (list, index, edit) in [
        (List::Policies, 4, Edit::Rename("Better classifier".to_owned())),
        (List::Policies, 4, Edit::Down),
        (List::Tiers, 0, Edit::Rename("Tiny".to_owned())),
        (List::Segments, 0, Edit::Duplicate),
        (List::Segments, 2, Edit::Delete),
        (List::Monitors, 0, Edit::Delete),
        (List::Events, 0, Edit::Duplicate),
    ] {
        harness.state_mut().send(Command::EditEntry(list, index, edit));
        harness.run_steps(2);
    }
    harness.state_mut().send(Command::AddEntry(List::Events));
    harness.state_mut().send(Command::AddEntry(List::Monitors));
    harness.run_steps(2);
    assert_eq!(names(harness.state())[5], "Better classifier");
    let scenario = harness.state().document().scenario.clone();
    assert_eq!(scenario.events.len(), original.events.len() + 2);
    assert_eq!(scenario.monitors.len(), original.monitors.len());
    until(&mut harness, "all of it", |app| {
        app.session().curves.as_ref().is_some_and(|c| c.launch.curves.len() == original.policies.len() + 1)
            && !app.session().curves_are_old
    });
    assert_eq!(harness.state().session().failure, None);
    // The baseline cannot go.
    let baseline = scenario.policy_index(&scenario.baseline).unwrap();
    harness.state_mut().send(Command::EditEntry(List::Policies, baseline, Edit::Delete));
    harness.run_steps(2);
    harness.get_all_by_label_contains("Not done: everything is compared with it").next().expect("the reason is told");
    for _ in 0..10 {
        harness.state_mut().send(Command::Undo);
        harness.step();
    }
    assert_eq!(harness.state().document().scenario, original, "every edit is one step to take back");
}

#[test]
fn with_little_room_one_part_is_shown_at_a_time() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    // A projector of 1,024 × 768 pixels at 200 %.
    harness.set_size(eframe::egui::vec2(512.0, 384.0));
    until(&mut harness, "curves", are_whole);
    harness.run_steps(3);
    harness.get_by_label_contains("Frontier plot");
    assert!(harness.query_by_label("About this scenario").is_none());
    harness.get_by_label_contains("inside the trap");
    harness.get_by_label("Scenario").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(eframe::egui::accesskit::Role::Slider, "Share to Small");
    harness.get_by_label("In numbers").click();
    harness.run_steps(3);
    harness.get_by_label("Draw Oracle");
    for (tab, shows) in [("Money", "Net: "), ("Timeline", "Truth plot"), ("Segments", "Billing, Small: ")] {
        harness.get_by_label(tab).click();
        harness.run_steps(3);
        harness.get_by_label_contains(shows);
    }
    // A lesson comes to the front, and does not give its answer away below.
    harness.state_mut().send(Command::StartLesson(0));
    until(&mut harness, "the lesson", |app| app.session().course.is_some());
    harness.run_steps(3);
    harness.get_by_label_contains("Introduction");
    // One strip of names alone, whose first is the lesson and whose second is its scenario.
    assert_eq!(harness.get_all_by_label("Lesson").count(), 1);
    harness.get_by_label("Scenario").click();
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("Introduction").next().is_none());
    harness.get_by_label("Lesson").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Introduction");
    until(&mut harness, "its curves", are_whole);
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("inside the trap").next().is_none());
    // Its next step comes to the front from any page, and the presentation keeps the larger size.
    harness.get_by_label("Frontier").click();
    harness.run_steps(3);
    harness.state_mut().send(Command::Zoom(Some(2.0)));
    harness.state_mut().send(Command::TogglePresenter);
    harness.key_press(eframe::egui::Key::PageDown);
    harness.run_steps(3);
    harness.get_by_label_contains("Step 1 of");
    assert!((harness.ctx.zoom_factor() - 2.0).abs() < 1e-6);
    harness.state_mut().send(Command::TogglePresenter);
    harness.run_steps(3);
    assert!((harness.ctx.zoom_factor() - 2.0).abs() < 1e-6);
}

#[test]
fn no_name_lies_over_another_in_any_shipped_scenario() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    // Points are where they belong at once.
    harness.state_mut().send(Command::Still(true));
    let count = paretoscope::scenario::library::LIBRARY.len();
    for index in 0..count {
        harness.state_mut().send(Command::OpenLibrary(index));
        let name = paretoscope::scenario::library::LIBRARY[index].file_name;
        harness.run_steps(2);
        until(&mut harness, name, |app| app.session().curves.is_some() && app.session().timeline.is_some());
        let hidden = harness.state().session().hidden.len();
        let policies = harness.state().document().scenario.policies.len() - hidden;
        for at_launch in [true, false] {
            harness.state_mut().send(Command::AtLaunch(at_launch));
            harness.run_steps(4);
            for picture in ["frontier", "truth", "dashboard"] {
                let told = paretoscope::app::labels::told(picture);
                let rects: Vec<Rect> = harness.ctx.data(|data| data.get_temp(told)).unwrap_or_default();
                for (i, a) in rects.iter().enumerate() {
                    assert!(rects.iter().skip(i + 1).all(|b| !a.intersects(*b)), "{name}, {picture}: {rects:?}");
                }
                // A name without room is left out: that happens to a few, not to most.
                assert!(picture != "frontier" || 2 * rects.len() >= policies.min(20), "{name}: {}", rects.len());
            }
        }
    }
}

#[test]
fn anything_is_found_by_typing_and_a_number_is_moved_where_it_is_found() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "points", |app| app.session().points.is_some());
    harness.state_mut().send(Command::Palette);
    harness.run_steps(4);
    harness.get_by_label("Find anything").type_text("classifier noise");
    harness.run_steps(2);
    harness.get_by_label("Classifier: Router noise");
    harness.key_press(eframe::egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(harness.state().session().dialog, None);
    assert_eq!(harness.state().session().search, "Classifier: Router noise");
    let slider = eframe::egui::accesskit::Role::Slider;
    harness.get_by_role_and_label(slider, "The router tells apart");
    assert!(harness.query_by_role_and_label(slider, "Share to Small").is_none(), "only what was looked for");
    harness.get_by_label("Clear").click();
    harness.run_steps(2);
    harness.get_by_role_and_label(slider, "Share to Small");
    // By another name of the thing, and a tab.
    harness.state_mut().send(Command::Palette);
    harness.run_steps(4);
    harness.get_by_label("Find anything").type_text("money");
    harness.run_steps(2);
    harness.key_press(eframe::egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(harness.state().session().dialog, None);
}

#[test]
fn what_changed_is_listed_and_taken_back_one_by_one() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "points", |app| app.session().points.is_some());
    let noise = Address { target: Target::Policy(3), key: Key::Named("noise") };
    let ticket = Address { target: Target::Economics, key: Key::Named("ticket.usd") };
    for (address, value) in [(noise, 0.5), (ticket, 99.0)] {
        harness.state_mut().send(Command::Set { address, value, dragging: false });
        harness.step();
    }
    harness.state_mut().send(Command::Changes);
    harness.run_steps(4);
    harness.get_by_label("Take back economics.ticket.usd");
    harness.get_by_label("Take back policy.Classifier.noise").click();
    harness.run_steps(3);
    let document = harness.state().document();
    assert_eq!(paretoscope::model::address::get(&document.scenario, noise), document.original_value(noise));
    assert_eq!(paretoscope::model::address::get(&document.scenario, ticket), Some(99.0));
    assert!(harness.query_by_label("Take back policy.Classifier.noise").is_none());
    harness.get_by_label("Take all back").click();
    harness.run_steps(3);
    assert!(!harness.state().document().is_changed());
}
