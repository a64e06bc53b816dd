//! Whoever sees nothing, or has no pointer: every control has a name, and the keyboard alone does a whole session.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common::window::{first_steps, until, window};
use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::session::Dialog;
use paretoscope::app::tab::Tab;
use paretoscope::entry::List;
use paretoscope::model::address::{Address, Target, get};

/// What can be operated.
const CONTROLS: [Role; 10] = [
    Role::Button,
    Role::CheckBox,
    Role::RadioButton,
    Role::ComboBox,
    Role::Slider,
    Role::SpinButton,
    Role::TextInput,
    Role::MultilineTextInput,
    Role::Link,
    Role::Tab,
];

/// The controls in sight that have no name, by what is before them; and how many controls there are.
fn nameless(harness: &Harness<'_, App>) -> (Vec<String>, usize) {
    let mut last = String::new();
    let mut found = Vec::new();
    let mut count = 0;
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        let name = node.label().or_else(|| node.value()).unwrap_or_default();
        if CONTROLS.contains(&node.role()) {
            count += 1;
            if name.trim().is_empty() {
                found.push(format!("{:?} after \"{last}\"", node.role()));
            }
        }
        if !name.is_empty() {
            last = name;
        }
    }
    (found, count)
}

#[test]
fn every_control_of_every_tab_and_dialog_has_a_name() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    harness.set_size(vec2(1600.0, 1200.0));
    until(&mut harness, "curves", |app| app.session().curves.is_some() && !app.session().curves_are_old);
    for tab in Tab::ALL.iter().copied() {
        harness.state_mut().send(Command::Tab(tab));
        harness.run_steps(6);
        let (nameless, count) = nameless(&harness);
        assert!(count > 30, "{tab:?}: {count} controls");
        assert_eq!(nameless, Vec::<String>::new(), "{tab:?}");
    }
    let dialogs = [
        Command::Start,
        Command::Glossary,
        Command::Shortcuts,
        Command::Palette,
        Command::Changes,
        Command::Versions,
        Command::Sheet(List::Segments),
        Command::Sheet(List::Tiers),
        Command::New,
        Command::OpenManual,
    ];
    for command in dialogs {
        let told = format!("{command:?}");
        harness.state_mut().send(command);
        harness.run_steps(6);
        let (nameless, _) = nameless(&harness);
        assert_eq!(nameless, Vec::<String>::new(), "{told}");
        harness.state_mut().send(Command::Dismiss);
        harness.run_steps(2);
    }
}

fn type_text(harness: &mut Harness<'_, App>, text: &str) {
    harness.event(Event::Text(text.to_owned()));
    harness.run_steps(3);
}

fn press(harness: &mut Harness<'_, App>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(4);
}

#[test]
fn the_keyboard_alone_does_a_whole_session() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 50.0);
    harness.set_size(vec2(1400.0, 1000.0));
    until(&mut harness, "points", |app| app.session().points.is_some());
    // Another policy, another tab, and a number found by its name and moved by arrows.
    let before = harness.state().session().selected;
    press(&mut harness, Modifiers::ALT, Key::ArrowDown);
    assert_ne!(harness.state().session().selected, before);
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    type_text(&mut harness, "money");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state().settings().tab, Tab::Money);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    type_text(&mut harness, "cost of a ticket");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let ticket = Address { target: Target::Economics, key: paretoscope::model::address::Key::Named("ticket.usd") };
    let cost = |app: &App| get(&app.document().scenario, ticket).unwrap();
    let now = cost(harness.state());
    for _ in 0..12 {
        press(&mut harness, Modifiers::NONE, Key::Tab);
        let focused = harness.root().children_recursive().find(|node| node.accesskit_node().is_focused());
        if focused.is_some_and(|node| node.accesskit_node().role() == Role::Slider) {
            break;
        }
    }
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    assert!(cost(harness.state()) > now, "{} USD", cost(harness.state()));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!((cost(harness.state()) - now).abs() < 1e-12);
    press(&mut harness, Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    assert!(cost(harness.state()) > now);
    // What a word means, and back.
    press(&mut harness, Modifiers::NONE, Key::F1);
    assert_eq!(harness.state().session().dialog, Some(Dialog::Glossary));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().session().dialog, None);
    // Saved under a typed name.
    press(&mut harness, Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S);
    until(&mut harness, "asked", |app| matches!(app.session().dialog, Some(Dialog::Path { .. })));
    harness.run_steps(3);
    for _ in 0..6 {
        let focused = harness.root().children_recursive().find(|node| node.accesskit_node().is_focused());
        if focused.is_some_and(|node| node.accesskit_node().role() == Role::TextInput) {
            break;
        }
        press(&mut harness, Modifiers::NONE, Key::Tab);
    }
    let file = data.path().join("by-keyboard.toml");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    type_text(&mut harness, &file.display().to_string());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    until(&mut harness, "saved", |app| !app.document().is_changed());
    assert!(std::fs::read_to_string(&file).unwrap().contains("usd"));
}
