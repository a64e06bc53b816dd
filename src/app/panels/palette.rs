//! Everything that can be done or moved, found by typing: commands, policies, numbers, scenarios, lessons and pages of the manual.

use eframe::egui::{self, Key, Modifiers, RichText};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};

use super::View;
use crate::app::actions;
use crate::app::command::Command;
use crate::app::parameters;
use crate::app::plots;
use crate::app::tab::Tab;

/// Most entries that are shown at once.
const MOST: usize = 12;
/// Longest text that is looked for, characters.
const LONGEST: usize = 80;

/// Something that can be chosen.
struct Item {
    /// What is searched and shown.
    text: String,
    /// What kind of thing it is.
    kind: &'static str,
    /// Its keys.
    keys: String,
    command: Command,
}

impl AsRef<str> for Item {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// What was typed, and which of the entries found is chosen.
#[derive(Clone, Default)]
struct Typed {
    text: String,
    chosen: usize,
}

/// Shows the field with what it finds. Enter takes the chosen entry, arrows choose, Escape closes.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let memory = ui.scope_id().with("palette");
    let stored: Option<Typed> = ui.data(|data| data.get_temp(memory));
    let is_new = stored.is_none();
    let mut typed = stored.unwrap_or_default();
    let (up, down, enter) = ui.input_mut(|input| {
        (
            input.consume_key(Modifiers::NONE, Key::ArrowUp),
            input.consume_key(Modifiers::NONE, Key::ArrowDown),
            input.consume_key(Modifiers::NONE, Key::Enter),
        )
    });
    let field = ui.add(
        egui::TextEdit::singleline(&mut typed.text)
            .char_limit(LONGEST)
            .hint_text("A command, a policy, a number, a scenario…")
            .desired_width(f32::INFINITY),
    );
    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Find anything"));
    if is_new {
        field.request_focus();
    }
    if field.changed() {
        typed.chosen = 0;
    }
    let found = found(&typed.text, items(ui, view));
    let last = found.len().min(MOST).saturating_sub(1);
    typed.chosen = match (up, down) {
        (true, _) => typed.chosen.saturating_sub(1),
        (_, true) => (typed.chosen + 1).min(last),
        _ => typed.chosen.min(last),
    };
    let mut taken = None;
    for (i, item) in found.iter().take(MOST).enumerate() {
        ui.horizontal(|ui| {
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(format!("{}  {}", item.keys, item.kind)).weak().small());
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    if ui.selectable_label(i == typed.chosen, &item.text).clicked() {
                        taken = Some(i);
                    }
                });
            });
        });
    }
    if found.is_empty() {
        ui.label(RichText::new("Nothing is called that.").weak());
    } else if found.len() > MOST {
        ui.label(RichText::new(format!("and {} more: type on", found.len() - MOST)).weak().small());
    }
    let taken = taken.or(enter.then_some(typed.chosen));
    let command = taken.and_then(|i| found.into_iter().nth(i)).map(|item| item.command);
    let is_closed = command.is_some() || ui.input(|input| input.key_pressed(Key::Escape));
    if let Some(command) = command {
        // First the dialog goes: the command may open another.
        commands.push(Command::Dismiss);
        commands.push(command);
    }
    ui.data_mut(|data| {
        // Opened again, it starts anew.
        data.remove::<Typed>(memory);
        if !is_closed {
            data.insert_temp(memory, typed);
        }
    });
}

/// What a text finds, the best first.
fn found(text: &str, items: Vec<Item>) -> Vec<Item> {
    let pattern = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    pattern.match_list(items, &mut matcher).into_iter().map(|(item, _)| item).collect()
}

fn items(ui: &egui::Ui, view: &View<'_>) -> Vec<Item> {
    let scenario = &view.document.scenario;
    let item = |text: String, kind, command| Item { text, kind, keys: String::new(), command };
    let mut items: Vec<Item> = actions::all()
        .into_iter()
        .map(|action| Item {
            text: action.label.to_owned(),
            kind: if Tab::ALL.iter().any(|tab| plots::entry(*tab).title == action.label) { "tab" } else { "command" },
            keys: action.keys.map_or_else(String::new, |keys| ui.ctx().format_shortcut(&keys)),
            command: (action.command)(),
        })
        .filter(|item| item.command != Command::Palette)
        .collect();
    let policies = scenario.policies.iter().enumerate();
    items.extend(policies.map(|(i, policy)| item(policy.name.clone(), "policy", Command::Select(i))));
    for (name, slider) in parameters::every(scenario) {
        let text = if name.is_empty() { slider.label.clone() } else { format!("{name}: {}", slider.label) };
        items.push(item(text.clone(), "number", Command::Search(text)));
    }
    let library = view.library.iter().enumerate();
    items.extend(library.map(|(i, entry)| item(entry.title.clone(), "scenario", Command::OpenLibrary(i))));
    let lessons = view.lessons.iter().enumerate();
    items.extend(lessons.map(|(i, (title, _))| item(title.clone(), "lesson", Command::StartLesson(i))));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_order_and_with_letters_left_out() {
        let item = |text: &str| Item { text: text.to_owned(), kind: "", keys: String::new(), command: Command::Undo };
        let texts = ["Classifier: Router noise", "Capable: Input price", "Open…", "Undo"];
        let all = || texts.iter().map(|text| item(text)).collect::<Vec<_>>();
        let first = |text: &str| found(text, all()).first().map(|item| item.text.clone());
        assert_eq!(first("noise class").as_deref(), Some(texts[0]));
        assert_eq!(first("cpblprice").as_deref(), Some(texts[1]));
        assert_eq!(first("open").as_deref(), Some(texts[2]));
        assert_eq!(first("xyzzy"), None);
        assert_eq!(found("", all()).len(), texts.len());
    }
}
