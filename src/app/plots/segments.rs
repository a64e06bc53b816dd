//! Segments against tiers as a heat map, the segment that loses most above.

use eframe::egui::{self, Color32, RichText};

use super::Entry;
use crate::app::beside::{self, waiting};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::rows;
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::frontier::Stages;
use crate::frontier::breakdown::breakdown;
use crate::jobs::{Control, JobError};
use crate::report::breakdown::{Heat, HeatCell, HeatMap, heat_map, segments_csv, when};
use crate::report::sentence::{gain, percent};
use crate::report::svg;
use crate::simulation::world::World;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Segments",
    help: "Which segments and tiers the loss comes from.",
    key: Some(egui::Key::Num3),
    open: || Command::Tab(Tab::Segments),
    least_height: 0.0,
    is_tall: false,
    need: None,
    show,
    beside: beside::summary::show,
    export,
};

/// Width of the names.
const NAME: f32 = 150.0;
/// Width of the qualities.
const QUALITY: f32 = 124.0;
/// Width of the nets.
const NET: f32 = 128.0;
/// Height of a row.
const ROW: f32 = 26.0;
/// Space between cells.
const SPACE: f32 = 4.0;

/// Shows the map of the selected policy.
fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
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
            waiting(ui, view, "Computing…", commands);
            return;
        };
        let found = heat_map(scenario, parts, view.settings.heat);
        ui.label(
            RichText::new(format!(
                "{}. Cells: {} Right: what the segment gains or loses against the baseline; the largest loss stands first.{}",
                when(scenario),
                view.settings.heat.help(),
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
    let columns = map.answerers.len().max(1) as f32;
    let width = ((ui.available_width() - NAME - QUALITY - NET - 20.0) / columns).clamp(80.0, 200.0);
    let dark = ui.visuals().dark_mode;
    ui.spacing_mut().item_spacing = egui::Vec2::splat(SPACE);
    ui.horizontal(|ui| {
        left(ui, NAME, RichText::new("Segment").strong());
        for name in &map.answerers {
            ui.add_sized([width, ROW], egui::Label::new(RichText::new(*name).strong()).truncate());
        }
        left(ui, QUALITY, RichText::new("Quality").strong())
            .on_hover_text("Of the policy, and of the baseline in brackets.");
        left(ui, NET, RichText::new("Net, USD a month").strong())
            .on_hover_text("Inference saved less extra downstream cost, against the baseline.");
    });
    rows::show(ui, map.rows.len(), ROW + SPACE, |ui, index| {
        let Some(row) = map.rows.get(index) else { return };
        let part = row.segment;
        ui.horizontal(|ui| {
            left(ui, NAME, RichText::new(&part.name)).on_hover_text(format!(
                "{}: {} of the traffic",
                part.name,
                percent(part.share, 1)
            ));
            for (value, answerer) in row.cells.iter().zip(&map.answerers) {
                cell(ui, width, value, &part.name, answerer);
            }
            let both = format!("{} ({})", percent(part.quality, 1), percent(part.baseline_quality, 1));
            left(ui, QUALITY, RichText::new(both));
            let colour = if row.net_usd < 0.0 { theme::bad(dark) } else { theme::good(dark) };
            left(ui, NET, RichText::new(gain(row.net_usd)).color(colour).strong());
        });
    });
}

/// A text in a column of a width.
fn left(ui: &mut egui::Ui, width: f32, text: RichText) -> egui::Response {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(egui::vec2(width, ROW), layout, |ui| {
        ui.set_min_width(width);
        ui.add(egui::Label::new(text).truncate())
    })
    .inner
}

/// A cell: its colour says how large, its text what.
fn cell(ui: &mut egui::Ui, width: f32, value: &HeatCell, segment: &str, answerer: &str) {
    let text = &value.text();
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, ROW), egui::Sense::hover());
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Cell, true, format!("{segment}, {answerer}: {text}")));
    let (fill, ink) = match value.tint() {
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

fn export(world: &World, choices: &Choices, _: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let found = breakdown(&Stages::new(world)?, choices.policy)?;
    Ok(Exported { picture: svg::segments(scenario, &found), table: segments_csv(scenario, &found) })
}
