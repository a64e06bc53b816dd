//! The start page: what a person can begin with.

use eframe::egui::{self, RichText, Sense, Stroke, pos2, vec2};

use super::View;
use crate::app::command::Command;
use crate::app::theme;
use crate::app::thumbnail::Thumbnail;

/// Size of a card of the library, points.
const CARD: egui::Vec2 = vec2(196.0, 158.0);
/// Height of its picture, points.
const PICTURE: f32 = 64.0;
/// Recent files that are shown.
const RECENT: usize = 5;

/// Shows the page.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    ui.heading("Paretoscope");
    ui.label("What routing between language models really costs, how good the answers stay, and who notices when they don't.");
    ui.add_space(theme::GAP);
    let is_wide = ui.available_width() > 560.0;
    let room = ui.available_width();
    let height = (ui.ctx().content_rect().height() - 190.0).max(120.0);
    egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
        if is_wide {
            ui.horizontal_top(|ui| {
                ui.vertical(|ui| {
                    ui.set_width(190.0);
                    begin(ui, view, commands);
                });
                ui.separator();
                ui.vertical(|ui| {
                    ui.set_max_width(room - 190.0 - 3.0 * theme::GAP);
                    library(ui, view, commands);
                });
            });
        } else {
            begin(ui, view, commands);
            ui.add_space(theme::GAP);
            library(ui, view, commands);
        }
    });
    ui.add_space(theme::GAP);
    if ui.button(format!("Close: {} is open behind this", view.document.scenario.name)).clicked() {
        commands.push(Command::Dismiss);
    }
}

fn begin(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let mut go = |ui: &mut egui::Ui, label: &str, help: &str, command: Command| {
        let width = ui.available_width().min(190.0);
        if ui.add_sized([width, 28.0], egui::Button::new(label)).on_hover_text(help).clicked() {
            commands.extend([Command::Dismiss, command]);
        }
    };
    ui.label(RichText::new("Begin").strong());
    go(ui, "Describe your product…", "Six short pages, each can be skipped", Command::New);
    go(ui, "Open a file…", "A scenario, a lesson or a table", Command::OpenDialog);
    go(ui, "What is this?", "Five steps over what is open behind this", Command::Tour(Some(0)));
    if !view.settings.recent.is_empty() {
        ui.add_space(theme::GAP);
        ui.label(RichText::new("Recent").strong());
        for (index, path) in view.settings.recent.iter().take(RECENT).enumerate() {
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            if ui.link(name).on_hover_text(path.display().to_string()).clicked() {
                commands.extend([Command::Dismiss, Command::OpenRecent(index)]);
            }
        }
    }
    ui.add_space(theme::GAP);
    ui.label(RichText::new("Lessons").strong());
    for (index, (title, minutes)) in view.lessons.iter().enumerate() {
        if ui.link(format!("{title} ({minutes} min)")).clicked() {
            commands.extend([Command::Dismiss, Command::StartLesson(index)]);
        }
    }
}

fn library(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    ui.label(RichText::new("Library").strong());
    let legend = "A mark is a way to route: across what it costs, upwards how good it is. Ring: as it was before. Cross: loses money with its failures.";
    ui.label(RichText::new(legend).small().weak());
    let columns = ((ui.available_width() + theme::GAP) / (CARD.x + theme::GAP)).floor().max(1.0) as usize;
    ui.spacing_mut().item_spacing = vec2(theme::GAP, theme::GAP);
    for row in (0..view.library.len()).collect::<Vec<_>>().chunks(columns) {
        ui.horizontal(|ui| {
            for index in row.iter().copied() {
                let Some(item) = view.library.get(index) else { continue };
                let thumbnail = view.thumbnails.get(index).and_then(Option::as_ref);
                if card(ui, &item.title, &item.description, thumbnail) {
                    commands.extend([Command::Dismiss, Command::OpenLibrary(index)]);
                }
            }
        });
    }
}

/// A scenario as a card. Whether it was clicked.
fn card(ui: &mut egui::Ui, title: &str, description: &str, thumbnail: Option<&Thumbnail>) -> bool {
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Open {title}")));
    let visuals = ui.style().interact(&response);
    let edge = if response.has_focus() || response.hovered() { visuals.fg_stroke } else { Stroke::NONE };
    ui.painter().rect(rect, 6.0, ui.visuals().extreme_bg_color, edge, egui::StrokeKind::Inside);
    let inner = rect.shrink(8.0);
    let (picture, text) = inner.split_top_bottom_at_y(inner.top() + PICTURE);
    match thumbnail {
        Some(thumbnail) => draw(ui, picture, thumbnail),
        None => {
            let baseline = [picture.left_bottom(), picture.right_bottom()];
            ui.painter().line_segment(baseline, Stroke::new(1.0, ui.visuals().weak_text_color()));
        }
    }
    let builder = egui::UiBuilder::new()
        .max_rect(text.with_min_y(text.top() + 4.0))
        .layout(egui::Layout::top_down(egui::Align::Min));
    let mut said = ui.new_child(builder);
    said.spacing_mut().item_spacing.y = 2.0;
    said.set_clip_rect(text.intersect(ui.clip_rect()));
    said.add(egui::Label::new(RichText::new(title).strong()).truncate().selectable(false));
    let sentence = RichText::new(first_sentence(description)).small().weak();
    said.add(egui::Label::new(sentence).wrap().selectable(false));
    response.on_hover_text(description).clicked()
}

fn first_sentence(text: &str) -> &str {
    text.find(". ").and_then(|end| text.get(..=end)).unwrap_or(text)
}

fn draw(ui: &egui::Ui, rect: egui::Rect, thumbnail: &Thumbnail) {
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter();
    let quiet = Stroke::new(1.0, ui.visuals().weak_text_color());
    painter.line_segment([rect.left_bottom(), rect.right_bottom()], quiet);
    painter.line_segment([rect.left_bottom(), rect.left_top()], quiet);
    let plot = rect.shrink(7.0);
    for (index, [x, y]) in thumbnail.points.iter().copied().enumerate() {
        let at = pos2(plot.left() + x * plot.width(), plot.bottom() - y * plot.height());
        let is_trap = thumbnail.in_trap.get(index).copied().unwrap_or(false);
        // What loses money is a cross, what does not a dot: colour alone says nothing.
        if is_trap {
            let stroke = Stroke::new(1.8, theme::bad(dark));
            painter.line_segment([at - vec2(3.0, 3.0), at + vec2(3.0, 3.0)], stroke);
            painter.line_segment([at - vec2(3.0, -3.0), at + vec2(3.0, -3.0)], stroke);
        } else if thumbnail.baseline == Some(index) {
            painter.circle_stroke(at, 4.0, Stroke::new(1.8, ui.visuals().text_color()));
        } else {
            painter.circle_filled(at, 3.0, theme::mark(dark, 0).colour);
        }
    }
}
