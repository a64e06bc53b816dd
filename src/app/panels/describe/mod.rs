//! *Describe your product*: six short pages with a picture that fills in beside them, and what was assumed at the end.

mod pages;
mod picture;
mod product;

use eframe::egui::{self, RichText};

use super::View;
use super::scenario::face;
use crate::app::command::Command;
use crate::app::describing;
use crate::app::theme;
use crate::describe::Page;
use crate::entry::typed;

/// Width of the picture's side.
const PICTURE: f32 = 340.0;
/// Space on either side of the line beside it.
const BETWEEN: f32 = 10.0;

/// Shows the pages, if they are open and nothing is asked over them.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let describing = &view.session.describing;
    if !describing.is_open || view.session.dialog.is_some() {
        return;
    }
    let room = ui.ctx().content_rect().size();
    let size = egui::vec2((room.x - 60.0).min(980.0), (room.y - 70.0).min(640.0));
    let modal = egui::Modal::new(egui::Id::unique("describe")).show(ui.ctx(), |ui| {
        ui.set_width(size.x);
        header(ui, describing.page);
        ui.separator();
        // The buttons below keep their place, however long a page is.
        let height = size.y - 110.0;
        let has_picture = size.x > 640.0;
        let (room, _) = ui.allocate_exact_size(egui::vec2(size.x, height), egui::Sense::hover());
        let left = if has_picture { room.width() - PICTURE - 2.0 * BETWEEN } else { room.width() };
        let part = |from: f32, width: f32| {
            egui::Rect::from_min_size(room.min + egui::vec2(from, 0.0), egui::vec2(width, height))
        };
        let mut ui_left = ui.new_child(egui::UiBuilder::new().id_salt("page").max_rect(part(0.0, left)));
        egui::ScrollArea::vertical().id_salt(describing.page).auto_shrink([false, false]).show(&mut ui_left, |ui| {
            page(ui, view, commands);
        });
        if has_picture {
            let line = ui.visuals().widgets.noninteractive.bg_stroke;
            ui.painter().vline(room.left() + left + BETWEEN, room.y_range(), line);
            let right = part(left + 2.0 * BETWEEN, PICTURE);
            let mut ui_right = ui.new_child(egui::UiBuilder::new().id_salt("picture").max_rect(right));
            egui::ScrollArea::vertical().id_salt("picture").auto_shrink([false, false]).show(&mut ui_right, |ui| {
                picture::show(ui, view);
            });
        }
        ui.separator();
        footer(ui, view, commands);
    });
    // A click beside it is no answer.
    if modal.should_close() && !modal.backdrop_response.clicked() {
        commands.push(Command::CloseDescribe);
    }
}

fn header(ui: &mut egui::Ui, page: usize) {
    let title = Page::ALL.get(page).map_or("What was assumed", |page| page.title());
    ui.horizontal(|ui| {
        ui.heading(format!("Describe your product: {title}"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let told = if page < Page::ALL.len() {
                format!("Page {} of {}", page + 1, Page::ALL.len())
            } else {
                "Done".to_owned()
            };
            ui.label(RichText::new(told).weak());
        });
    });
}

fn page(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let describing = &view.session.describing;
    let list = describing::list(view.session.prices.as_ref());
    let mut answers = describing.answers.clone();
    match describing.shown() {
        Some(Page::Product) => product::product(ui, &mut answers),
        Some(Page::Requests) => product::requests(ui, &mut answers),
        Some(Page::Models) => pages::models(ui, &mut answers, list, &describing.search, commands),
        Some(Page::WrongAnswers) => pages::wrong_answers(ui, &mut answers),
        Some(Page::Routing) => pages::routing(ui, &mut answers),
        Some(Page::Watching) => pages::watching(ui, &mut answers),
        None => summary(ui, view),
    }
    if answers != describing.answers {
        commands.push(Command::Answer(Box::new(answers)));
    }
}

/// What was assumed, in plain words.
fn summary(ui: &mut egui::Ui, view: &View<'_>) {
    let describing = &view.session.describing;
    let Some(picture) = describing.now().and_then(|made| made.as_ref().ok()) else {
        ui.label("The scenario is not ready: see beside this what is still in its way.");
        return;
    };
    ui.label(
        "This was taken for what was not said. Each of these can be changed in the scenario, or on the pages before.",
    );
    ui.add_space(6.0);
    for assumption in &picture.described.assumptions {
        ui.horizontal_top(|ui| {
            ui.label("•");
            ui.add(egui::Label::new(assumption.as_str()).wrap());
        });
    }
}

fn footer(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let describing = &view.session.describing;
    ui.horizontal(|ui| {
        if ui.add_enabled(describing.page > 0, egui::Button::new("Back")).clicked() {
            commands.push(Command::DescribePage(-1));
        }
        if describing.shown().is_some() {
            if ui.button("Next").clicked() {
                commands.push(Command::DescribePage(1));
            }
            if ui
                .button("Skip")
                .on_hover_text("Goes on without the answers of this page: usual values are taken.")
                .clicked()
            {
                commands.push(Command::SkipPage);
            }
        } else {
            let can = !matches!(describing.now(), Some(Err(_)));
            if ui
                .add_enabled(
                    can && !describing.is_wanted,
                    egui::Button::new(RichText::new("Make the scenario").strong()),
                )
                .clicked()
            {
                commands.push(Command::MakeScenario);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Close").on_hover_text("The answers stay until the program ends.").clicked() {
                commands.push(Command::CloseDescribe);
            }
        });
    });
}

/// A heading within a page.
fn heading(ui: &mut egui::Ui, text: &str) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new(text).strong());
}

/// How a number is asked for.
struct Asked<'a> {
    /// Its name.
    label: &'a str,
    /// What is taken where nobody answers.
    usual: f64,
    /// Least and greatest value.
    range: [f64; 2],
    /// What follows the number.
    unit: &'a str,
    /// What is taken in place of the usual number, where that depends on other answers; empty: the usual number.
    instead: &'a str,
}

/// A number that need not be answered: the usual one stands there until somebody changes it.
fn number(ui: &mut egui::Ui, asked: &Asked<'_>, value: &mut Option<f64>) {
    ui.horizontal(|ui| {
        let label = ui.label(asked.label);
        let mut shown = value.unwrap_or(asked.usual);
        let [low, high] = asked.range;
        let field = egui::DragValue::new(&mut shown)
            .range(low..=high)
            .speed((asked.usual.abs() * 0.01).max(0.05))
            .max_decimals(4)
            .suffix(if asked.unit.is_empty() { String::new() } else { format!(" {}", asked.unit) });
        // A number that nobody takes is not shown.
        let is_open = value.is_none() && !asked.instead.is_empty();
        let field =
            if is_open { field.custom_formatter(|_, _| "?".to_owned()) } else { field.custom_formatter(face::written) };
        let field = field.custom_parser(typed);
        if ui.add(field).labelled_by(label.id).changed() {
            *value = Some(shown);
        }
        if value.is_none() {
            let taken = if asked.instead.is_empty() { "the usual" } else { asked.instead };
            ui.label(RichText::new(format!("not answered: {taken}")).weak());
        } else {
            let forget = ui.small_button("forget");
            forget
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Forget {}", asked.label)));
            if forget.on_hover_text("Not known after all: the usual value is taken.").clicked() {
                *value = None;
            }
        }
    });
}

/// A field of text with a name.
fn text(ui: &mut egui::Ui, label: &str, hint: &str, value: &mut String) {
    let field = ui.add(egui::TextEdit::singleline(value).hint_text(hint).desired_width(220.0));
    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
}
