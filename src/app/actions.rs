//! What a person can do, in one list: menus, shortcuts and the page that lists them come from it.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::command::Command;
use super::plots::{self, Entry};
use super::tab::Tab;
use crate::entry::List;

/// Where an action stands in the menus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// File menu.
    File,
    /// Edit menu.
    Edit,
    /// View menu.
    View,
    /// Help menu.
    Help,
    /// Keyboard alone.
    Nowhere,
}

/// An action.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// Its name.
    pub label: &'static str,
    /// Its menu.
    pub place: Place,
    /// Its keys.
    pub keys: Option<KeyboardShortcut>,
    /// What it sends.
    pub command: fn() -> Command,
}

const fn keys(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// All of them, in the order of the menus. The tabs head the View menu.
pub fn all() -> Vec<Action> {
    let mut tabs: Vec<&Entry> = Tab::ALL.iter().map(|tab| plots::entry(*tab)).collect();
    tabs.sort_by_key(|tab| (tab.key.is_none(), tab.key));
    let tabs = tabs.into_iter().map(|tab| Action {
        label: tab.title,
        place: Place::View,
        keys: tab.key.map(|key| KeyboardShortcut::new(CTRL, key)),
        command: tab.open,
    });
    let (before, after) = ACTIONS.split_at(ACTIONS.iter().position(|a| a.place == Place::View).unwrap_or(0));
    before.iter().copied().chain(tabs).chain(after.iter().copied()).collect()
}

/// Those that do not follow from the tabs.
const ACTIONS: &[Action] = &[
    Action { label: "Start page", place: Place::File, keys: None, command: || Command::Start },
    Action { label: "New…", place: Place::File, keys: keys(CTRL, Key::N), command: || Command::New },
    Action { label: "Open…", place: Place::File, keys: keys(CTRL, Key::O), command: || Command::OpenDialog },
    Action {
        label: "Another scenario beside this one…",
        place: Place::File,
        keys: keys(CTRL, Key::T),
        command: || Command::OpenBeside,
    },
    Action {
        label: "Import table…", place: Place::File, keys: keys(CTRL, Key::I), command: || Command::ImportDialog
    },
    Action { label: "Load a price list…", place: Place::File, keys: None, command: || Command::PricesDialog },
    Action { label: "Save", place: Place::File, keys: keys(CTRL, Key::S), command: || Command::Save },
    Action { label: "Save as…", place: Place::File, keys: keys(CTRL_SHIFT, Key::S), command: || Command::SaveAs },
    Action {
        label: "Export the report…",
        place: Place::File,
        keys: keys(CTRL, Key::E),
        command: || Command::Export(super::export::Export::Report),
    },
    Action {
        label: "Close this scenario",
        place: Place::File,
        keys: keys(CTRL, Key::W),
        command: || Command::AskToClose(None),
    },
    Action { label: "Quit", place: Place::File, keys: keys(CTRL, Key::Q), command: || Command::Quit },
    Action { label: "Undo", place: Place::Edit, keys: keys(CTRL, Key::Z), command: || Command::Undo },
    Action { label: "Redo", place: Place::Edit, keys: keys(CTRL_SHIFT, Key::Z), command: || Command::Redo },
    Action {
        label: "Copy scenario as text",
        place: Place::Edit,
        keys: keys(CTRL_SHIFT, Key::C),
        command: || Command::CopyScenario,
    },
    Action {
        label: "Copy the picture",
        place: Place::Edit,
        keys: keys(CTRL_SHIFT, Key::P),
        command: || Command::Copy(super::export::Format::Png),
    },
    Action {
        label: "Copy the table",
        place: Place::Edit,
        keys: keys(CTRL_SHIFT, Key::T),
        command: || Command::Copy(super::export::Format::Csv),
    },
    Action { label: "Paste scenario", place: Place::Edit, keys: None, command: || Command::AskPaste },
    Action {
        label: "Duplicate as a variant",
        place: Place::Edit,
        keys: keys(CTRL_SHIFT, Key::D),
        command: || Command::Variant,
    },
    Action { label: "Reset to the file", place: Place::Edit, keys: None, command: || Command::ResetAll },
    Action { label: "What changed…", place: Place::Edit, keys: None, command: || Command::Changes },
    Action {
        label: "Segments as a table…",
        place: Place::Edit,
        keys: None,
        command: || Command::Sheet(List::Segments),
    },
    Action { label: "Tiers as a table…", place: Place::Edit, keys: None, command: || Command::Sheet(List::Tiers) },
    Action { label: "Earlier versions…", place: Place::Edit, keys: None, command: || Command::Versions },
    Action { label: "Find anything…", place: Place::Edit, keys: keys(CTRL, Key::K), command: || Command::Palette },
    Action { label: "Layout as at first", place: Place::View, keys: None, command: || Command::ResetLayout },
    Action { label: "Pin this run", place: Place::View, keys: keys(CTRL, Key::D), command: || Command::Pin },
    Action {
        label: "Hide or show the scenario",
        place: Place::View,
        keys: keys(Modifiers::NONE, Key::F9),
        command: || Command::TogglePanel(super::layout::Side::Left),
    },
    Action {
        label: "Hide or show the summary",
        place: Place::View,
        keys: keys(Modifiers::NONE, Key::F10),
        command: || Command::TogglePanel(super::layout::Side::Right),
    },
    Action {
        label: "Next policy",
        place: Place::Nowhere,
        keys: keys(Modifiers::ALT, Key::ArrowDown),
        command: || Command::Step(1),
    },
    Action {
        label: "Policy before",
        place: Place::Nowhere,
        keys: keys(Modifiers::ALT, Key::ArrowUp),
        command: || Command::Step(-1),
    },
    Action {
        label: "Next open scenario",
        place: Place::Nowhere,
        keys: keys(CTRL, Key::PageDown),
        command: || Command::TurnBy(1),
    },
    Action {
        label: "Open scenario before",
        place: Place::Nowhere,
        keys: keys(CTRL, Key::PageUp),
        command: || Command::TurnBy(-1),
    },
    Action {
        label: "Another run",
        place: Place::Nowhere,
        keys: keys(CTRL, Key::R),
        command: || Command::NextReplicate,
    },
    Action {
        label: "Play the run, or stop",
        place: Place::Nowhere,
        keys: keys(CTRL, Key::P),
        command: || Command::TogglePlay,
    },
    Action {
        label: "Next step of the lesson",
        place: Place::Nowhere,
        keys: keys(Modifiers::NONE, Key::PageDown),
        command: || Command::LessonStep(1),
    },
    Action {
        label: "Step of the lesson before",
        place: Place::Nowhere,
        keys: keys(Modifiers::NONE, Key::PageUp),
        command: || Command::LessonStep(-1),
    },
    Action { label: "Reveal", place: Place::Nowhere, keys: keys(CTRL, Key::Enter), command: || Command::Reveal },
    Action {
        label: "Presentation: full screen, large type",
        place: Place::View,
        keys: keys(Modifiers::NONE, Key::F11),
        command: || Command::TogglePresenter,
    },
    Action {
        label: "Manual",
        place: Place::Help,
        keys: keys(Modifiers::SHIFT, Key::F1),
        command: || Command::OpenManual,
    },
    Action { label: "What is this?", place: Place::Help, keys: None, command: || Command::Tour(Some(0)) },
    Action {
        label: "Words…", place: Place::Help, keys: keys(Modifiers::NONE, Key::F1), command: || Command::Glossary
    },
    Action {
        label: "Keyboard shortcuts",
        place: Place::Help,
        keys: keys(CTRL, Key::F1),
        command: || Command::Shortcuts,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_keys_or_a_name() {
        let actions = all();
        for (i, a) in actions.iter().enumerate() {
            for b in actions.iter().skip(i + 1) {
                assert_ne!(a.label, b.label);
                assert!(a.keys.is_none() || a.keys != b.keys, "{} and {}", a.label, b.label);
            }
        }
    }
}
