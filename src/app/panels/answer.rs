//! The answer first: what the selected policy comes to, over whatever tab is open. Each figure opens the tab that it is from.

use eframe::egui::{self, RichText};

use super::View;
use crate::app::command::Command;
use crate::app::tab::Tab;
use crate::app::theme;
use crate::report::answer::{Answer, Side, Tile, Topic, answer};

/// Room below which the figures are left to the tabs, points.
const LEAST: egui::Vec2 = egui::vec2(560.0, 470.0);
/// Room below which all of it is left to the tabs, points.
const LEAST_HEIGHT: f32 = 330.0;

/// Shows the sentence, and the figures where there is room.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let room = ui.available_size();
    let is_quiet = view.session.course.as_ref().is_some_and(crate::app::course::Course::keeps_quiet);
    if room.y < LEAST_HEIGHT || is_quiet {
        return;
    }
    let Some(found) = found(view) else { return };
    let dark = ui.visuals().dark_mode;
    let colour = colour(ui, dark, found.side);
    ui.add(egui::Label::new(RichText::new(&found.sentence).strong().size(theme::TITLE).color(colour)).wrap());
    if room.x < LEAST.x || room.y < LEAST.y {
        return;
    }
    let count = found.tiles.len().max(1);
    let width = (ui.available_width() - theme::GAP * (count - 1) as f32) / count as f32;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP;
        for one in &found.tiles {
            tile(ui, one, width, commands);
        }
    });
}

/// The answer for the selected policy. One that learns is known from Monte Carlo alone.
fn found(view: &View<'_>) -> Option<Answer> {
    let session = view.session;
    let exact = session.points.as_deref()?;
    let index = session.selected;
    let is_exact = exact.latest().curves.get(index).is_some_and(|curve| curve.operating_point.is_some());
    let frontier = if is_exact { exact } else { session.intervals.as_ref().unwrap_or(exact) };
    let study = session.study_shown().filter(|(studies, ..)| !studies.is_old).map(|(_, study, _)| study);
    Some(answer(&view.document.scenario, frontier, study, index))
}

fn colour(ui: &egui::Ui, dark: bool, side: Side) -> egui::Color32 {
    match side {
        Side::Better => theme::good(dark),
        Side::Worse => theme::bad(dark),
        Side::Even => ui.visuals().text_color(),
    }
}

/// One figure, large, with what it is above and what it is compared with beside it.
fn tile(ui: &mut egui::Ui, tile: &Tile, width: f32, commands: &mut Vec<Command>) {
    const HEIGHT: f32 = 48.0;
    let dark = ui.visuals().dark_mode;
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, HEIGHT), egui::Sense::click());
    let said = format!("{}: {}, {}. Opens the tab {}.", tile.title, tile.value, tile.beside, tab(tile.topic).key());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &said));
    let fill = if response.hovered() || response.has_focus() {
        ui.visuals().widgets.hovered.weak_bg_fill
    } else {
        theme::card_fill(dark)
    };
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 6.0, fill);
    let inside = rect.shrink2(egui::vec2(10.0, 5.0));
    let weak = ui.visuals().weak_text_color();
    let line = |text: &str, size: f32, colour: egui::Color32, room: f32| {
        let font = egui::FontId::proportional(size);
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room);
        painter.layout_job(job)
    };
    let title = line(tile.title, theme::SMALL, weak, inside.width());
    painter.galley(inside.left_top(), title, weak);
    let text = ui.visuals().text_color();
    let value = line(&tile.value, theme::TITLE, text, inside.width());
    let bottom = inside.bottom();
    let across = value.size().x;
    painter.galley(egui::pos2(inside.left(), bottom - value.size().y), value, text);
    let colour = if tile.side == Side::Even { weak } else { colour(ui, dark, tile.side) };
    let beside = line(&tile.beside, theme::SMALL, colour, inside.width() - across - 8.0);
    painter.galley(egui::pos2(inside.left() + across + 8.0, bottom - beside.size().y - 2.0), beside, colour);
    if response.on_hover_text(&tile.told).clicked() {
        commands.push(Command::Tab(tab(tile.topic)));
    }
}

fn tab(topic: Topic) -> Tab {
    match topic {
        Topic::Invoice => Tab::Frontier,
        Topic::Quality => Tab::Segments,
        Topic::AllIn => Tab::Money,
        Topic::Noticed => Tab::Detection,
    }
}
