//! Segments against tiers as a heat map, the segment that loses most above.

use eframe::egui::{self, Color32, RichText};

use crate::app::command::Command;
use crate::app::panels::View;
use crate::app::theme;
use crate::report::breakdown::{Heat, HeatCell, HeatMap, heat_map, when};
use crate::report::sentence::{gain, percent};

/// Width of the names.
const NAME: f32 = 150.0;
/// Height of a row.
const ROW: f32 = 26.0;

/// Shows the map of the selected policy.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        let scenario = &view.document.scenario;
        let name = scenario.policies.get(view.session.selected).map_or("", |p| p.name.as_str());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("Where {name} gains and loses")).strong().size(15.0));
            for heat in Heat::ALL {
                let is_shown = view.settings.heat == heat;
                if ui.selectable_label(is_shown, heat.word()).on_hover_text(heat.help()).clicked() {
                    commands.push(Command::Heat(heat));
                }
            }
        });
        let Some(parts) = view.session.breakdown.as_ref().filter(|b| b.policy == view.session.selected) else {
            ui.label(RichText::new("Computing…").weak());
            return;
        };
        let found = heat_map(scenario, parts, view.settings.heat);
        ui.label(
            RichText::new(format!(
                "{}, against the baseline. Above: the segment that loses most, downstream cost less inference saved.{}",
                when(scenario),
                if found.has_idle { " Tiers that answer nothing are left out." } else { "" }
            ))
            .weak()
            .small(),
        );
        ui.add_space(4.0);
        egui::ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| map(ui, &found));
    });
}

fn map(ui: &mut egui::Ui, map: &HeatMap<'_>) {
    let width = ((ui.available_width() - NAME - 270.0) / map.answerers.len().max(1) as f32).clamp(80.0, 200.0);
    let dark = ui.visuals().dark_mode;
    egui::Grid::new("heat").spacing([4.0, 4.0]).min_row_height(ROW).show(ui, |ui| {
        ui.label(RichText::new("Segment").strong());
        for name in &map.answerers {
            ui.add_sized([width, ROW], egui::Label::new(RichText::new(*name).strong()).truncate());
        }
        ui.label(RichText::new("Quality").strong()).on_hover_text("Of the policy, and of the baseline in brackets.");
        ui.label(RichText::new("Net, USD a month").strong())
            .on_hover_text("Inference saved less extra downstream cost, against the baseline.");
        ui.end_row();
        for row in &map.rows {
            let part = row.segment;
            ui.add_sized([NAME, ROW], egui::Label::new(&part.name).truncate().halign(egui::Align::LEFT))
                .on_hover_text(format!("{}: {} of the traffic", part.name, percent(part.share, 1)));
            for (value, answerer) in row.cells.iter().zip(&map.answerers) {
                cell(ui, width, value, &part.name, answerer);
            }
            ui.label(format!("{} ({})", percent(part.quality, 1), percent(part.baseline_quality, 1)));
            let colour = if row.net_usd < 0.0 { theme::bad(dark) } else { theme::good(dark) };
            ui.label(RichText::new(gain(row.net_usd)).color(colour).strong());
            ui.end_row();
        }
    });
}

/// A cell: its colour says how large, its text what.
fn cell(ui: &mut egui::Ui, width: f32, value: &HeatCell, segment: &str, answerer: &str) {
    let text = &value.text;
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, ROW), egui::Sense::hover());
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Cell, true, format!("{segment}, {answerer}: {text}")));
    let (fill, ink) = match value.tint {
        Some(tint) => {
            let [r, g, b] = tint.rgb;
            (Color32::from_rgb(r, g, b), if tint.is_dark { Color32::WHITE } else { Color32::BLACK })
        }
        None => (ui.visuals().faint_bg_color, ui.visuals().weak_text_color()),
    };
    ui.painter().rect_filled(rect, 3.0, fill);
    let font = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, ink);
}
