//! What people do every day: tables of entries, variants, notes, the clipboard, the start page and the tour.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common::window::{first_steps, until, window};
use eframe::egui::accesskit::Role;
use eframe::egui::{Event, OutputCommand, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::export::Format;
use paretoscope::app::session::Dialog;
use paretoscope::app::tab::Tab;
use paretoscope::entry::List;
use paretoscope::model::address::{self, Address, Key, Target};
use paretoscope::scenario::sheet;

fn paste(harness: &mut Harness<'_, App>, text: &str) {
    harness.input_mut().events.push(Event::Paste(text.to_owned()));
    harness.run_steps(3);
}

#[test]
fn segments_are_edited_as_a_table_and_a_spreadsheet_pastes_into_it() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    harness.set_size(vec2(1400.0, 1000.0));
    until(&mut harness, "points", |app| app.session().points.is_some());
    let before = harness.state().document().scenario.clone();
    harness.state_mut().send(Command::Sheet(List::Segments));
    harness.run_steps(4);
    let names = before.names(List::Segments);
    // Two ticked rows take what is typed into one of them.
    for name in names.iter().take(2) {
        harness.get_by_role_and_label(Role::CheckBox, &format!("Tick {name}")).click();
        harness.run_steps(2);
    }
    let cell = format!("Tokens of a request of {}", names[0]);
    harness.get_by_role_and_label(Role::SpinButton, &cell).focus();
    harness.run_steps(2);
    harness.key_press(eframe::egui::Key::ArrowUp);
    harness.run_steps(3);
    let now = harness.state().document().scenario.clone();
    assert_ne!(now.segments[0].tokens.input, before.segments[0].tokens.input);
    assert_eq!(now.segments[0].tokens.input, now.segments[1].tokens.input, "both rows are ticked");
    assert_eq!(now.segments[2], before.segments[2]);
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(harness.state().document().scenario, before, "one step takes both back");

    paste(&mut harness, &format!("name\tstakes\n{}\t4\nReturns\t2\n", names[0]));
    harness.get_by_label("1 number changed, 1 row added.");
    let now = harness.state().document().scenario.clone();
    assert_eq!(now.segments[0].stakes, 4.0);
    assert_eq!(now.segments.last().unwrap().name, "Returns");
    paste(&mut harness, &format!("name\tstakes\n{}\tmany\n", names[0]));
    harness.get_by_label("row 2, stakes: \"many\" is no number");
    assert_eq!(harness.state().document().scenario, now, "nothing of it is taken over");
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(harness.state().document().scenario, before);
    // What is copied out comes back as it was.
    paste(&mut harness, &sheet::text(&before, List::Segments));
    harness.get_by_label("0 numbers changed, 0 rows added.");
}

#[test]
fn a_variant_stands_beside_its_model_and_is_compared_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 50.0);
    until(&mut harness, "curves", |app| app.session().curves.is_some() && !app.session().curves_are_old);
    let (selected, count) = (harness.state().session().selected, harness.state().document().scenario.policies.len());
    harness.state_mut().send(Command::Variant);
    harness.run_steps(3);
    let app = harness.state();
    assert_eq!(app.document().scenario.policies.len(), count + 1);
    assert_eq!((app.session().selected, app.session().pins.len()), (selected + 1, 1));
    assert_eq!(app.settings().tab, Tab::Compare);
    let [model, variant] = [selected, selected + 1].map(|i| app.document().scenario.policies[i].clone());
    assert_ne!(model.name, variant.name);
    assert_eq!(model.kind, variant.kind);
}

#[test]
fn the_clipboard_takes_a_picture_and_a_table() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 50.0);
    until(&mut harness, "curves", |app| app.session().curves.is_some() && !app.session().curves_are_old);
    harness.state_mut().send(Command::Tab(Tab::Money));
    harness.run_steps(2);
    for (format, told) in
        [(Format::Csv, "The table is on the clipboard"), (Format::Png, "The picture is on the clipboard")]
    {
        harness.state_mut().send(Command::Copy(format));
        let mut found = None;
        for _ in 0..2_000 {
            harness.step();
            found = harness.output().platform_output.commands.iter().find_map(|command| match command {
                OutputCommand::CopyText(text) => Some((text.clone(), [0, 0])),
                OutputCommand::CopyImage(image) => Some((String::new(), image.size)),
                _ => None,
            });
            if found.is_some() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let (text, [width, height]) = found.expect("something was copied");
        if format == Format::Csv {
            let widths: Vec<usize> = text.lines().map(|line| line.split('\t').count()).collect();
            assert!(widths.len() > 2 && widths[0] > 2, "{text}");
        } else {
            assert!(width > 400 && height > 200, "{width} × {height}");
        }
        assert!(harness.state().session().message.starts_with(told), "{}", harness.state().session().message);
    }
}

#[test]
fn a_note_of_a_policy_is_kept_in_the_file_and_shown_beside_its_figures() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    harness.set_size(vec2(1400.0, 3000.0));
    until(&mut harness, "points", |app| app.session().points.is_some());
    harness.get_by_label("Note").click();
    harness.run_steps(8);
    harness.get_by_role_and_label(Role::TextInput, "Note of the policy").focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, "Note of the policy").type_text("Agreed with finance");
    harness.run_steps(2);
    harness.key_press(eframe::egui::Key::Escape);
    harness.run_steps(4);
    let app = harness.state();
    assert_eq!(app.document().scenario.policies[app.session().selected].note, "Agreed with finance");
    let text = app.document().source.to_text(&app.document().scenario);
    assert!(text.contains("note = \"Agreed with finance\""), "{text}");
}

#[test]
fn the_start_page_opens_what_is_clicked_and_the_tour_points_at_the_window() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    harness.state_mut().show_start_page();
    harness.run_steps(4);
    assert_eq!(harness.state().session().dialog, Some(Dialog::Start));
    for name in ["Describe your product…", "Open a file…", "What is this?", "Open First steps"] {
        harness.get_by_role_and_label(Role::Button, name);
    }
    harness.get_by_role_and_label(Role::Button, "Open First steps").click();
    until(&mut harness, "opened", |app| app.document().scenario.name == "First steps");
    assert_eq!(harness.state().session().dialog, None);
    harness.state_mut().show_start_page();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "What is this?").click();
    harness.run_steps(3);
    for title in ["Ways to route", "The answer first", "The pictures", "The numbers behind it"] {
        harness.get_by_label(title);
        harness.get_by_role_and_label(Role::Button, "Next").click();
        harness.run_steps(3);
    }
    harness.get_by_label("Your own product");
    harness.get_by_role_and_label(Role::Button, "Done").click();
    harness.run_steps(2);
    assert_eq!(harness.state().session().tour, None);
}

#[test]
fn every_save_keeps_a_version_and_going_back_is_one_step() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("mine.toml");
    let mut harness = first_steps(data.path(), 50.0);
    harness.state_mut().send(Command::SaveTo(path.clone()));
    until(&mut harness, "saved", |app| !app.document().is_changed());
    let first = harness.state().document().scenario.clone();
    // Names of versions are seconds.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let address = Address { target: Target::Traffic, key: Key::Named("requests_per_day") };
    harness.state_mut().send(Command::Set { address, value: 4_321.0, dragging: false });
    harness.run_steps(2);
    harness.state_mut().send(Command::Save);
    until(&mut harness, "saved again", |app| !app.document().is_changed());
    let second = harness.state().document().scenario.clone();
    let found = |app: &App| match &app.session().dialog {
        Some(Dialog::Versions(Some(found))) => found.len(),
        _ => 0,
    };
    for _ in 0..100 {
        harness.state_mut().send(Command::Versions);
        until(&mut harness, "versions", |app| matches!(app.session().dialog, Some(Dialog::Versions(Some(_)))));
        if found(harness.state()) == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(found(harness.state()), 2);
    harness.run_steps(2);
    harness.get_all_by_label_contains("Go back to the version of").last().unwrap().click();
    until(&mut harness, "back", |app| app.document().scenario == first);
    assert!(harness.state().document().is_changed());
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(harness.state().document().scenario, second);
}

#[test]
fn each_drag_is_a_step_of_its_own_and_an_undone_step_is_never_written_over() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "points", |app| app.session().points.is_some());
    let share = |app: &App| {
        address::get(
            &app.document().scenario,
            Address { target: Target::Policy(app.session().selected), key: Key::At("shares", 0) },
        )
    };
    let slider = harness.get_by_role_and_label(Role::Slider, "Share to Small").rect();
    let drag = |harness: &mut Harness<'_, App>, from: f32, to: f32| {
        let at = |x: f32| pos2(slider.left() + x * slider.width(), slider.center().y);
        harness.hover_at(at(from));
        harness.run_steps(1);
        harness.drag_at(at(from));
        harness.run_steps(1);
        for step in 1..=4 {
            harness.hover_at(at(from + (to - from) * step as f32 / 4.0));
            harness.run_steps(1);
        }
        harness.drop_at(at(to));
        harness.run_steps(2);
    };
    let first = share(harness.state());
    drag(&mut harness, 0.65, 0.8);
    let second = share(harness.state());
    drag(&mut harness, 0.8, 0.3);
    let third = share(harness.state());
    assert!(first != second && second != third, "{first:?} {second:?} {third:?}");
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(share(harness.state()), second);
    // A drag after a step back is a step, and takes what was undone away.
    drag(&mut harness, 0.8, 0.5);
    let other = share(harness.state());
    assert_ne!(other, second);
    assert_eq!(harness.state().document().history(), (true, false));
    harness.state_mut().send(Command::Undo);
    harness.run_steps(2);
    assert_eq!(share(harness.state()), second);
    harness.state_mut().send(Command::Redo);
    harness.run_steps(2);
    assert_eq!(share(harness.state()), other);
}

#[test]
fn nothing_changes_behind_a_question_and_undo_keeps_the_policy_in_view() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    until(&mut harness, "curves", |app| app.session().curves.is_some() && !app.session().curves_are_old);
    let selected = |app: &App| app.document().scenario.policies[app.session().selected].name.clone();
    let before = selected(harness.state());
    harness.state_mut().send(Command::Variant);
    harness.run_steps(3);
    assert_ne!(selected(harness.state()), before);
    harness.state_mut().send(Command::Undo);
    harness.run_steps(3);
    harness.state_mut().send(Command::Redo);
    harness.run_steps(3);
    let index = harness.state().document().scenario.policy_index(&before).unwrap();
    harness.state_mut().send(Command::Select(index));
    harness.run_steps(2);
    harness.state_mut().send(Command::Undo);
    harness.run_steps(3);
    assert_eq!(selected(harness.state()), before);
    // With a question open, keys change nothing behind it.
    harness.state_mut().send(Command::Redo);
    harness.run_steps(2);
    let now = harness.state().document().scenario.clone();
    harness.state_mut().send(Command::OpenLibrary(1));
    until(&mut harness, "a question", |app| matches!(app.session().dialog, Some(Dialog::Unsaved(_))));
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::Z);
    harness.run_steps(3);
    assert_eq!(harness.state().document().scenario, now);
}
