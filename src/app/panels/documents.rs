//! The scenarios that are open, as tabs above everything else; with one alone there is nothing to choose.

use eframe::egui;

use super::View;
use crate::app::command::Command;
use crate::app::parked::in_order;
use crate::scenario::visible::{shortened, shown};

/// Most characters of a name in its tab.
const MOST_IN_TAB: usize = 36;

/// Shows the tabs.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        for (index, document) in in_order(view.parked, view.place, view.document).enumerate() {
            let name = shown(&document.scenario.name);
            let mark = if document.is_changed() { "• " } else { "" };
            let tab = ui.selectable_label(index == view.place, format!("{mark}{}", shortened(&name, MOST_IN_TAB)));
            let place =
                document.source.path.as_ref().map_or_else(|| "No file yet".to_owned(), |p| p.display().to_string());
            let tab = tab.on_hover_text(format!("{name}\n{place}"));
            if tab.clicked() {
                commands.push(Command::TurnTo(index));
            }
            let close = ui.add(egui::Button::new("×").small().frame(false)).on_hover_text("Close this scenario");
            close.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Close {name}")));
            if close.clicked() || tab.middle_clicked() {
                commands.push(Command::AskToClose(Some(index)));
            }
            ui.add_space(6.0);
        }
        let more = ui.small_button("Another…").on_hover_text("Another scenario beside these");
        if more.clicked() {
            commands.push(Command::OpenBeside);
        }
    });
}
