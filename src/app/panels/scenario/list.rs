//! A tier beside the price list: which entry it is, and whether its prices are still those.

use eframe::egui::{self, RichText};

use super::super::View;
use crate::app::command::Command;
use crate::app::describing;
use crate::app::theme;
use crate::entry::{Datum, written};
use crate::model::Tier;
use crate::prices::tier;
use crate::scenario::edit::Entry;

/// Entries of the list that are offered at once.
const MOST_FOUND: usize = 8;

/// Shows what the list says of a tier, and takes another entry for it.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, index: usize, of: &Tier, commands: &mut Vec<Command>) {
    let list = describing::list(view.session.prices.as_ref());
    if let Some(found) = tier::difference(of, list) {
        let colour = theme::bad(ui.visuals().dark_mode);
        ui.add(egui::Label::new(RichText::new(format!("{}.", found.told)).color(colour)).wrap());
        let help = "Sets the tier's prices to those of the list, in one step to undo.";
        if ui.button("Take over the list's prices").on_hover_text(help).clicked() {
            commands.push(Command::TakePrices(index));
        }
    } else if let Some(unlisted) = tier::unlisted(of, list) {
        ui.add(egui::Label::new(RichText::new(unlisted).weak()).wrap());
    }
    let title = of
        .list
        .as_ref()
        .map_or_else(|| "Not in the price list".to_owned(), |name| format!("In the price list: {name}"));
    egui::CollapsingHeader::new(RichText::new(title).small()).id_salt("price list").show(ui, |ui| {
        let memory = ui.scope_id().with("search");
        let mut search: String = ui.data(|data| data.get_temp(memory)).unwrap_or_default();
        let field = ui.add(
            egui::TextEdit::singleline(&mut search).hint_text("provider or model").desired_width(ui.available_width()),
        );
        let name = format!("Search the price list for {}", of.name);
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, &name));
        ui.data_mut(|data| data.insert_temp(memory, search.clone()));
        let put = |datum| Command::Put(Entry::Value { section: "tier", index, key: "list".to_owned(), datum });
        for price in list.search(&search).into_iter().take(MOST_FOUND) {
            let name = price.name();
            let is_own = of.list.as_ref() == Some(&name);
            let told =
                format!("{name}: {} in, {} out", written(price.input_usd_per_mtok), written(price.output_usd_per_mtok));
            if ui.selectable_label(is_own, told).clicked() && !is_own {
                commands.push(put(Datum::Text(name)));
            }
        }
        if of.list.is_some() && ui.button("It is none of the list").clicked() {
            commands.push(put(Datum::Absent));
        }
    });
}
