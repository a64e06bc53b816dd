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
use crate::report::breakdown::{Heat, HeatCell, HeatMap, HeatRow, heat_map, segments_csv, tint, when};
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
        let mut found = heat_map(scenario, parts, view.settings.heat);
        let memory = ui.scope_id().with("order");
        let mut order: Order = ui.data(|data| data.get_temp(memory)).unwrap_or_default();
        ui.label(
            RichText::new(format!(
                "{}. Cells: {} Right: what the segment gains or loses against the baseline. A click on a heading sorts.{}",
                when(scenario),
                view.settings.heat.help(),
                if found.has_idle { " Tiers that answer nothing are left out." } else { "" }
            ))
            .weak()
            .small(),
        );
        ui.add_space(4.0);
        order.sort(&mut found);
        scale(ui, &found);
        egui::ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| map(ui, &found, &mut order));
        ui.data_mut(|data| data.insert_temp(memory, order));
    });
}

/// By which column the segments stand in order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Column {
    /// As the file has them.
    Segment,
    /// What an answerer's cell holds, the greatest first.
    Answerer(usize),
    /// The worst first.
    Quality,
    /// The largest loss first.
    #[default]
    Net,
}

/// The order of the segments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Order {
    column: Column,
    is_reversed: bool,
}

impl Order {
    fn sort(self, map: &mut HeatMap<'_>) {
        match self.column {
            Column::Segment => map.rows.sort_by(|a, b| a.segment.name.cmp(&b.segment.name)),
            Column::Answerer(i) => {
                let value = |row: &HeatRow<'_>| row.cells.get(i).and_then(HeatCell::value).unwrap_or(f64::NEG_INFINITY);
                map.rows.sort_by(|a, b| value(b).total_cmp(&value(a)));
            }
            Column::Quality => map.rows.sort_by(|a, b| a.segment.quality.total_cmp(&b.segment.quality)),
            Column::Net => map.rows.sort_by(|a, b| a.net_usd.total_cmp(&b.net_usd)),
        }
        if self.is_reversed {
            map.rows.reverse();
        }
    }

    /// A heading that sorts by its column when it is clicked, and the other way round when it is clicked again.
    fn heading(&mut self, ui: &mut egui::Ui, width: f32, text: &str, column: Column) -> egui::Response {
        let is_own = self.column == column;
        let arrow = match (is_own, self.is_reversed) {
            (false, _) => "",
            (true, false) => " ▼",
            (true, true) => " ▲",
        };
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let response = ui
            .allocate_ui_with_layout(egui::vec2(width, ROW), layout, |ui| {
                ui.set_min_width(width);
                let text = RichText::new(format!("{text}{arrow}")).strong();
                ui.add(egui::Button::new(text).frame(false).truncate())
            })
            .inner;
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Sort by {text}")));
        if response.clicked() {
            self.is_reversed = is_own && !self.is_reversed;
            self.column = column;
        }
        response
    }
}

/// What the colours of the cells mean: from the least to the greatest of them.
fn scale(ui: &mut egui::Ui, map: &HeatMap<'_>) {
    let Some([least, most]) = &map.ends else { return };
    ui.horizontal(|ui| {
        ui.label(RichText::new(least).small());
        let (rect, _) = ui.allocate_exact_size(egui::vec2(120.0, 10.0), egui::Sense::hover());
        const PIECES: usize = 24;
        for i in 0..PIECES {
            let [r, g, b] = tint(i as f64 / (PIECES - 1) as f64).rgb;
            let left = rect.left() + rect.width() * i as f32 / PIECES as f32;
            let piece = egui::Rect::from_min_size(egui::pos2(left, rect.top()), egui::vec2(6.0, rect.height()));
            ui.painter().rect_filled(piece.intersect(rect), 0.0, Color32::from_rgb(r, g, b));
        }
        ui.label(RichText::new(most).small());
    });
}

fn map(ui: &mut egui::Ui, map: &HeatMap<'_>, order: &mut Order) {
    let columns = map.answerers.len().max(1) as f32;
    let width = ((ui.available_width() - NAME - QUALITY - NET - 20.0) / columns).clamp(80.0, 200.0);
    let dark = ui.visuals().dark_mode;
    ui.spacing_mut().item_spacing = egui::Vec2::splat(SPACE);
    ui.horizontal(|ui| {
        order.heading(ui, NAME, "Segment", Column::Segment);
        for (i, name) in map.answerers.iter().enumerate() {
            order.heading(ui, width, name, Column::Answerer(i));
        }
        order
            .heading(ui, QUALITY, "Good answers", Column::Quality)
            .on_hover_text("Of the policy, and of the baseline in brackets.");
        order
            .heading(ui, NET, "Net, USD a month", Column::Net)
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
