//! The lesson beside the plots: text, prediction, reveal.

use eframe::egui::{self, RichText};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use crate::app::beside::waiting;
use crate::app::command::Command;
use crate::app::course::{Course, right_choice};
use crate::app::results::Sampling;
use crate::app::theme;
use crate::app::view::View;
use crate::lesson::figure::{self, Sources};
use crate::lesson::{Answer, Reveal, Step};
use crate::report::sentence::usd;

/// Shows the lesson.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, course: &Course, commands: &mut Vec<Command>) {
    ui.add_space(2.0);
    ui.heading(&course.lesson.title);
    let steps = course.lesson.steps.len();
    let place = course.step.map_or_else(|| "Introduction".to_owned(), |step| format!("Step {} of {steps}", step + 1));
    ui.label(RichText::new(format!("{place}, {} minutes in all", course.lesson.minutes)).weak());
    ui.horizontal_wrapped(|ui| {
        if ui.add_enabled(course.step.is_some(), egui::Button::new("Back")).clicked() {
            commands.push(Command::LessonStep(-1));
        }
        let is_last = course.step.is_some_and(|step| step + 1 >= steps);
        if ui.add_enabled(!is_last, egui::Button::new("Next")).clicked() {
            commands.push(Command::LessonStep(1));
        }
        let help = "Full screen, large type, controls out of the way";
        let label = if view.session.presenting { "Leave the presentation" } else { "Present" };
        if ui.button(label).on_hover_text(help).clicked() {
            commands.push(Command::TogglePresenter);
        }
        if ui.button("End the lesson").clicked() {
            commands.push(Command::EndLesson);
        }
    });
    ui.separator();
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let Some(step) = course.current() else {
            markdown(ui, &course.lesson.introduction);
            return;
        };
        ui.label(RichText::new(&step.title).strong().size(17.0));
        markdown(ui, &step.text);
        ui.add_space(theme::GAP);
        if let Some(question) = &step.question {
            theme::card(ui).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.label(RichText::new(&question.text).strong());
                predictions(ui, step, course, commands);
            });
        }
        if let Some(reveal) = &step.reveal {
            ui.add_space(theme::GAP);
            revealed(ui, view, step, reveal, course, commands);
        }
        if course.is_revealed() || step.reveal.is_none() {
            ui.add_space(theme::GAP);
            markdown(ui, &step.afterwards);
        }
    });
}

fn markdown(ui: &mut egui::Ui, text: &str) {
    // The cache holds links and pictures, and these texts have none.
    CommonMarkViewer::new().show(ui, &mut CommonMarkCache::default(), text);
}

fn predictions(ui: &mut egui::Ui, step: &Step, course: &Course, commands: &mut Vec<Command>) {
    let Some(question) = &step.question else { return };
    let guesses = course.guesses();
    match &question.answer {
        Answer::Number => {
            let unit = step.reveal.as_ref().map_or("", |r| r.unit.as_str());
            let mut typed = course.typed.clone();
            let mut entered = false;
            ui.horizontal(|ui| {
                let edit = ui.add(egui::TextEdit::singleline(&mut typed).desired_width(150.0).hint_text("40 55 60"));
                edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Predictions"));
                entered = edit.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                if edit.changed() {
                    commands.push(Command::TypeGuess(typed.clone()));
                }
                ui.label(unit);
                if ui
                    .button("Add")
                    .on_hover_text("One prediction, or those of a whole room with spaces between")
                    .clicked()
                {
                    entered = true;
                }
            });
            if entered && !typed.trim().is_empty() {
                commands.push(Command::AddGuesses);
            }
        }
        Answer::Choice(choices) => {
            for (index, choice) in choices.iter().enumerate() {
                let count = guesses.iter().filter(|g| **g as usize == index).count();
                ui.horizontal(|ui| {
                    if ui.button(&choice.text).on_hover_text("Count one more prediction for this").clicked() {
                        commands.push(Command::Guess(index as f64));
                    }
                    if count > 0 {
                        ui.label(RichText::new(count.to_string()).strong());
                    }
                });
            }
        }
    }
    if !guesses.is_empty() {
        ui.horizontal(|ui| {
            let what = if guesses.len() == 1 { "prediction" } else { "predictions" };
            ui.label(RichText::new(format!("{} {what}", guesses.len())).weak());
            if ui.small_button("take the last one back").clicked() {
                commands.push(Command::ForgetGuess);
            }
        });
    }
}

/// The figure as the simulation has it now; `None` while it is being computed or is not defined.
fn value(view: &View<'_>, reveal: &Reveal) -> Option<f64> {
    let session = view.session;
    let frontier = session.curves.as_ref().filter(|_| !session.curves_are_old)?;
    let studies = session.studies.as_ref().filter(|s| !s.is_old && session.studying == Sampling::Done);
    let study = studies.and_then(|s| s.at_budget(None));
    let decided = session.decided.as_ref().filter(|decided| decided.is_whole && !decided.is_old);
    let decision = decided.map(|decided| &decided.decision);
    figure::value(reveal, &Sources { scenario: &view.document.scenario, frontier, study, decision })
}

fn revealed(
    ui: &mut egui::Ui,
    view: &View<'_>,
    step: &Step,
    reveal: &Reveal,
    course: &Course,
    commands: &mut Vec<Command>,
) {
    if !course.is_revealed() {
        if ui.button(RichText::new("Reveal").strong()).on_hover_text("Show what the simulation says").clicked() {
            commands.push(Command::Reveal);
        }
        return;
    }
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let Some(value) = value(view, reveal) else {
            let session = view.session;
            let is_decided = session.decided.as_ref().is_some_and(|decided| decided.is_whole && !decided.is_old);
            let waits = reveal.figure.needs_study() && session.studying != Sampling::Done
                || reveal.figure.needs_decision() && !is_decided && session.deciding == Sampling::Running
                || view.session.curves_are_old
                || view.session.curves.is_none();
            if waits {
                waiting(ui, view, "Computing…", commands);
            } else {
                ui.label("With these settings there is no such figure.");
            }
            return;
        };
        let shown = |x: f64| match reveal.unit.as_str() {
            "%" => format!("{x:.1} %"),
            "USD" => format!("{} USD", usd(x)),
            unit => format!("{} {unit}", (x * 10.0).round() / 10.0),
        };
        ui.label(RichText::new(format!("The simulation says {}", shown(value))).strong().size(18.0));
        let guesses = course.guesses();
        let Some(question) = step.question.as_ref().filter(|_| !guesses.is_empty()) else { return };
        if let Answer::Choice(choices) = &question.answer {
            let right = right_choice(question, value);
            for (index, choice) in choices.iter().enumerate() {
                let count = guesses.iter().filter(|g| **g as usize == index).count();
                let mark = if Some(index) == right { "right: " } else { "" };
                ui.label(format!("{mark}{} – {count} of {}", choice.text, guesses.len()));
            }
            return;
        }
        let mut sorted = guesses.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(value);
        let nearest = sorted.iter().copied().min_by(|a, b| (a - value).abs().total_cmp(&(b - value).abs()));
        strip(ui, &sorted, value);
        ui.label(format!(
            "Predictions from {} to {}, the middle one {}; the nearest was {}.",
            shown(sorted.first().copied().unwrap_or(value)),
            shown(sorted.last().copied().unwrap_or(value)),
            shown(median),
            shown(nearest.unwrap_or(value))
        ));
    });
}

/// The predictions as dots on a line, and the figure as a mark across it.
fn strip(ui: &mut egui::Ui, guesses: &[f64], value: f64) {
    let dark = ui.visuals().dark_mode;
    let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 44.0), egui::Sense::hover());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "Predictions as dots, the figure as a line")
    });
    let (low, high) = guesses.iter().fold((value, value), |(l, h), x| (l.min(*x), h.max(*x)));
    let across = |x: f64| {
        let part = if high > low { (x - low) / (high - low) } else { 0.5 };
        rect.left() + 10.0 + part as f32 * (rect.width() - 20.0)
    };
    let painter = ui.painter();
    painter.hline(rect.x_range().shrink(6.0), rect.bottom() - 10.0, egui::Stroke::new(1.0, theme::neutral(dark)));
    for (i, guess) in guesses.iter().enumerate() {
        // Equal predictions stand on each other.
        let below = guesses.iter().take(i).filter(|g| (across(**g) - across(*guess)).abs() < 6.0).count().min(4);
        let at = egui::pos2(across(*guess), rect.bottom() - 10.0 - 7.0 * below as f32);
        theme::paint_marker(painter, at, 4.0, egui_plot::MarkerShape::Circle, theme::mark(dark, 0).colour);
    }
    painter.vline(across(value), rect.y_range(), egui::Stroke::new(2.5, theme::bad(dark)));
}
