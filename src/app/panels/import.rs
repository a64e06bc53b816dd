//! A table on its way in: what was understood of it, and what it does not say.

use eframe::egui;

use crate::app::command::Command;
use crate::app::tables::{Form, Lost};
use crate::report::import as report;
use crate::report::sentence::{counted, grouped, percent, usd};
use crate::scenario::visible::{self, shortened, shown};

/// Segments named.
const SEGMENTS_SHOWN: usize = 6;
/// Most characters of a reason.
const MOST_IN_REASON: usize = 1000;
/// Columns named that are not used.
const COLUMNS_SHOWN: usize = 20;

/// Shows what was understood, before anything is made of it.
pub fn show(ui: &mut egui::Ui, form: &Form, commands: &mut Vec<Command>) {
    let found = &form.preview;
    let table = &found.table;
    ui.heading("Import an evaluation table");
    ui.label(format!(
        "{}: {} layout, {} rows read, {} requests kept.",
        visible::name(&form.preview.path.file_name().unwrap_or_default().to_string_lossy()),
        found.columns.layout.name(),
        grouped(found.rows_read as f64),
        grouped(table.rows() as f64)
    ));
    let mut edited = form.clone();
    egui::ScrollArea::vertical().max_height(360.0).auto_shrink([false, true]).show(ui, |ui| {
        for (reason, left) in &found.left_out {
            let lines: Vec<String> = left.first_lines.iter().map(u64::to_string).collect();
            let text = format!(
                "Left out: {}: {} (from line {})",
                counted(left.count, "row"),
                reason.words(),
                lines.join(", ")
            );
            ui.label(egui::RichText::new(text).color(ui.visuals().warn_fg_color));
        }
        if let Some(warning) = report::without_length(&found.without_length) {
            ui.label(egui::RichText::new(warning).color(ui.visuals().warn_fg_color));
        }
        ui.add_space(6.0);
        models(ui, &mut edited);
        ui.add_space(6.0);
        let sizes = &found.segments;
        let named: Vec<String> = sizes
            .iter()
            .take(SEGMENTS_SHOWN)
            .map(|(name, size)| format!("{} ({})", visible::name(name), grouped(*size as f64)))
            .collect();
        let more = if sizes.len() > SEGMENTS_SHOWN { ", …" } else { "" };
        ui.label(format!("Segments: {}: {}{more}", sizes.len(), named.join(", ")));
        if !found.columns.ignored.is_empty() {
            let ignored = &found.columns.ignored;
            let named: Vec<_> = ignored.iter().take(COLUMNS_SHOWN).map(|name| visible::name(name)).collect();
            let more = if ignored.len() > COLUMNS_SHOWN { ", …" } else { "" };
            ui.label(format!("Columns not used: {}: {}{more}", ignored.len(), named.join(", ")));
        }
        if let Some(unread) = report::unread(&found.columns) {
            ui.label(unread);
        }
        ui.add_space(6.0);
        router(ui, &mut edited);
        if form.asks_prices() {
            number(ui, "Characters of a token", &mut edited.chars_per_token, 0.1..=100.0);
            number(ui, "Output tokens of an answer", &mut edited.output_tokens, 1.0..=1e6);
        }
    });
    if edited != *form {
        edited.problem = None;
        commands.push(Command::EditImport(Box::new(edited)));
    }
    if let Some(problem) = &form.problem {
        ui.label(egui::RichText::new(shown(problem)).color(ui.visuals().error_fg_color));
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if ui.button("Import").clicked() {
            commands.push(Command::AcceptImport(Box::new(form.clone())));
        }
        if ui.button("Cancel").clicked() {
            commands.push(Command::Dismiss);
        }
    });
    ui.label(egui::RichText::new("Nothing is written before you save the scenario.").weak().small());
}

fn models(ui: &mut egui::Ui, form: &mut Form) {
    let asks_prices = form.asks_prices();
    let preview = std::sync::Arc::clone(&form.preview);
    egui::Grid::new("models").num_columns(if asks_prices { 4 } else { 3 }).striped(true).show(ui, |ui| {
        ui.label(egui::RichText::new("Model").strong());
        ui.label(egui::RichText::new("Mean score").strong());
        if asks_prices {
            ui.label(egui::RichText::new("Input price").strong()).on_hover_text("USD per million input tokens");
            ui.label(egui::RichText::new("Output price").strong()).on_hover_text("USD per million output tokens");
        } else {
            ui.label(egui::RichText::new("USD per 1,000 calls").strong());
        }
        ui.end_row();
        let tiers = preview.table.tiers.iter().zip(&preview.means);
        for ((tier, (score, cost)), (taken, input, output)) in tiers.zip(&mut form.models) {
            ui.checkbox(taken, visible::name(&tier.name).into_owned())
                .on_hover_text("Whether the scenario takes this model");
            ui.label(percent(*score, 2));
            if asks_prices {
                for (what, price) in [("input", input), ("output", output)] {
                    let value = egui::DragValue::new(price).range(0.0..=1e5).speed(0.05).suffix(" USD/M");
                    let name = format!("Price of {what} tokens of {}", visible::name(&tier.name));
                    ui.add(value).widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, &name));
                }
            } else {
                ui.label(usd(1000.0 * cost));
            }
            ui.end_row();
        }
    });
}

fn router(ui: &mut egui::Ui, form: &mut Form) {
    let preview = std::sync::Arc::clone(&form.preview);
    let scores = &preview.table.router_scores;
    const NONE: &str = "generated from the difficulty of the rows";
    if scores.is_empty() {
        ui.label(format!("Router score: none in the table (a column router|NAME); {NONE}."));
        return;
    }
    ui.horizontal(|ui| {
        let label = ui.label("Router score");
        let picked = form.router.as_deref().map_or_else(|| NONE.to_owned(), |name| visible::name(name).into_owned());
        let combo = egui::ComboBox::from_id_salt("router").selected_text(picked).show_ui(ui, |ui| {
            for score in scores {
                ui.selectable_value(
                    &mut form.router,
                    Some(score.name.clone()),
                    visible::name(&score.name).into_owned(),
                );
            }
            ui.selectable_value(&mut form.router, None, NONE);
        });
        combo.response.labelled_by(label.id);
    });
}

fn number(ui: &mut egui::Ui, label: &str, value: &mut f64, range: std::ops::RangeInclusive<f64>) {
    ui.horizontal(|ui| {
        let label = ui.label(label);
        ui.add(egui::DragValue::new(value).range(range)).labelled_by(label.id);
    });
}

/// Asks where the table of the scenario is.
pub fn lost(ui: &mut egui::Ui, lost: &Lost, commands: &mut Vec<Command>) {
    ui.heading("The table of this scenario is not at hand");
    ui.label(shown(&shortened(&lost.text, MOST_IN_REASON)));
    ui.label("Its traffic is replayed from that table, so nothing can be computed without it.");
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if let Some(path) = &lost.outside
            && ui.button("Read it").on_hover_text("From then on it is read without a question").clicked()
        {
            commands.push(Command::TrustTable(path.clone()));
        }
        if ui.button("Locate…").on_hover_text("Say where the table is").clicked() {
            commands.push(Command::LocateTable);
        }
        if lost.has_changed
            && ui
                .button("Take it as it is")
                .on_hover_text("The scenario keeps the hash of the table as it is now")
                .clicked()
        {
            commands.push(Command::TakeTable);
        }
        if ui.button("Not now").clicked() {
            commands.push(Command::Dismiss);
        }
    });
}
