//! The glossary: what a term means, in a sentence and a small picture.

use std::f32::consts::PI;

use eframe::egui::{self, Color32, Pos2, RichText, Stroke, pos2, vec2};

use crate::app::command::Command;
use crate::app::glossary::{self, Term};
use crate::app::theme;

/// Most terms that are shown at once.
const MOST: usize = 8;
/// Size of a picture, points.
const SIZE: egui::Vec2 = vec2(120.0, 56.0);

/// Shows the field with the terms it finds.
pub fn show(ui: &mut egui::Ui, commands: &mut Vec<Command>) {
    ui.heading("Words");
    let memory = ui.scope_id().with("glossary");
    let frame = ui.ctx().cumulative_frame_nr();
    let stored: Option<(u64, String)> = ui.data(|data| data.get_temp(memory));
    // What was typed is gone with the dialog.
    let stored = stored.filter(|(last, _)| last + 2 >= frame);
    let is_new = stored.is_none();
    let mut text = stored.map(|(_, text)| text).unwrap_or_default();
    let field = egui::TextEdit::singleline(&mut text).char_limit(60).hint_text("A word").desired_width(f32::INFINITY);
    let field = ui.add(field);
    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Find a word"));
    if is_new {
        field.request_focus();
    }
    let found = glossary::find(&text);
    let height = (ui.ctx().content_rect().height() - 200.0).clamp(160.0, 520.0);
    egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
        for term in found.iter().take(MOST) {
            entry(ui, term, commands);
        }
        if found.is_empty() {
            ui.label(RichText::new("No term is called that.").weak());
        } else if found.len() > MOST {
            ui.label(RichText::new(format!("and {} more: type a word", found.len() - MOST)).weak().small());
        }
    });
    ui.add_space(theme::GAP);
    let is_closed = ui.button("Close").clicked() || ui.input(|input| input.key_pressed(egui::Key::Escape));
    if is_closed {
        commands.push(Command::Dismiss);
    }
    ui.data_mut(|data| data.insert_temp(memory, (frame, text)));
}

fn entry(ui: &mut egui::Ui, term: &Term, commands: &mut Vec<Command>) {
    ui.horizontal_top(|ui| {
        draw(ui, sketch(term));
        ui.vertical(|ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(&term.name).strong());
                ui.label(RichText::new(&term.group).weak().small());
            });
            ui.label(&term.meaning);
            let link = ui.link(RichText::new("In the manual").small());
            link.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Link, true, format!("{} in the manual", term.name))
            });
            if link.clicked() {
                commands.push(Command::Dismiss);
                commands.push(Command::Manual(term.place.clone()));
            }
        });
    });
    ui.add_space(theme::GAP);
}

/// A small picture: what it is about, drawn with a few lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sketch {
    /// Success falls as requests get harder.
    Success,
    /// The same, gently and steeply.
    Slopes,
    /// Many easy requests, and a few far off.
    Hidden,
    /// Two heaps that overlap.
    Heaps,
    /// From one model to the next.
    Steps,
    /// A fork.
    Fork,
    /// Points, and the line of the best.
    Frontier,
    /// A small bar that falls and a large one that grows.
    Trap,
    /// Bars.
    Bars,
    /// A line over the days that falls at a day.
    Drop,
    /// A statistic that passes its threshold.
    Alarm,
    /// A share that grows in steps.
    Rollout,
    /// A point with its interval.
    Interval,
    /// A staircase down.
    Survival,
}

/// The picture of a term: its own, or that of what it belongs to.
fn sketch(term: &Term) -> Sketch {
    match term.name.as_str() {
        "Ability" | "Difficulty" | "Logit" | "Best and worst success" | "Skill" | "Quality" | "Failure" => {
            Sketch::Success
        }
        "Discrimination" => Sketch::Slopes,
        "Hidden-hard" | "Surface" | "Hard edge" => Sketch::Hidden,
        "AUROC"
        | "Self-confidence"
        | "Shared luck"
        | "Sensitivity and specificity"
        | "Router drift, confidence drift" => Sketch::Heaps,
        "Cascade" | "Judged cascade" | "Router and cascade" | "Human fallback" => Sketch::Steps,
        "Policy" | "Router" | "Classifier" | "Segment rules" | "Random mix" | "Single" | "Baseline" | "Bandit" => {
            Sketch::Fork
        }
        "Knob" | "Operating point" | "Oracle" | "Budget" => Sketch::Frontier,
        "Rollout" | "Gate" | "Green for want of power" | "Holdback" => Sketch::Rollout,
        "Pareto trap" | "Trap zone" | "Trap ratio" | "Break-even gap" | "Damage" => Sketch::Trap,
        "Kaplan–Meier" | "Restricted mean" | "Run length" => Sketch::Survival,
        _ => match term.group.as_str() {
            "Models" | "Money" | "Traffic" => Sketch::Bars,
            "Policies" => Sketch::Fork,
            "Launch and production" => Sketch::Drop,
            "The picture of cost and quality" => Sketch::Frontier,
            "Watching" | "Alarms" => Sketch::Alarm,
            _ => Sketch::Interval,
        },
    }
}

/// Points of a curve over the width of a picture, both from 0 to 1, upwards.
fn curve(of: impl Fn(f32) -> f32) -> Vec<[f32; 2]> {
    (0..=40).map(|i| i as f32 / 40.0).map(|x| [x, of(x)]).collect()
}

fn logistic(x: f32, middle: f32, slope: f32) -> f32 {
    0.06 + 0.86 / (1.0 + (slope * (x - middle)).exp())
}

fn heap(x: f32, middle: f32, width: f32, height: f32) -> f32 {
    0.06 + height * (-((x - middle) / width).powi(2)).exp()
}

fn draw(ui: &mut egui::Ui, sketch: Sketch) {
    let (rect, _) = ui.allocate_exact_size(SIZE, egui::Sense::hover());
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3.0, ui.visuals().extreme_bg_color);
    let inner = rect.shrink2(vec2(8.0, 6.0));
    let at = |[x, y]: [f32; 2]| pos2(inner.left() + x * inner.width(), inner.bottom() - y * inner.height());
    let colours = [theme::mark(dark, 0).colour, theme::mark(dark, 1).colour];
    let quiet = ui.visuals().weak_text_color();
    let line = |points: Vec<[f32; 2]>, colour: Color32| {
        let points: Vec<Pos2> = points.into_iter().map(at).collect();
        painter.line(points, Stroke::new(1.5, colour));
    };
    let dot = |place: [f32; 2], colour: Color32| {
        painter.circle_filled(at(place), 3.0, colour);
    };
    let bar = |x: f32, height: f32, colour: Color32| {
        painter.rect_filled(egui::Rect::from_two_pos(at([x, 0.0]), at([x + 0.14, height])), 0.0, colour);
    };
    line(vec![[0.0, 0.0], [1.0, 0.0]], quiet);
    match sketch {
        Sketch::Success => line(curve(|x| logistic(x, 0.5, 10.0)), colours[0]),
        Sketch::Slopes => {
            line(curve(|x| logistic(x, 0.5, 5.0)), colours[0]);
            line(curve(|x| logistic(x, 0.5, 25.0)), colours[1]);
        }
        Sketch::Hidden => {
            line(curve(|x| heap(x, 0.3, 0.14, 0.85)), colours[0]);
            line(curve(|x| heap(x, 0.82, 0.09, 0.3)), colours[1]);
        }
        Sketch::Heaps => {
            line(curve(|x| heap(x, 0.36, 0.2, 0.8)), colours[0]);
            line(curve(|x| heap(x, 0.64, 0.2, 0.8)), colours[1]);
        }
        Sketch::Steps => {
            dot([0.1, 0.25], colours[0]);
            line(vec![[0.18, 0.32], [0.42, 0.5]], quiet);
            dot([0.5, 0.55], colours[0]);
            line(vec![[0.58, 0.62], [0.82, 0.8]], quiet);
            dot([0.9, 0.85], colours[1]);
        }
        Sketch::Fork => {
            dot([0.1, 0.5], quiet);
            line(vec![[0.18, 0.55], [0.82, 0.85]], quiet);
            line(vec![[0.18, 0.45], [0.82, 0.2]], quiet);
            dot([0.9, 0.88], colours[1]);
            dot([0.9, 0.17], colours[0]);
        }
        Sketch::Frontier => {
            line(vec![[0.08, 0.15], [0.3, 0.6], [0.6, 0.82], [0.95, 0.92]], quiet);
            for place in [[0.08, 0.15], [0.3, 0.6], [0.6, 0.82], [0.95, 0.92]] {
                dot(place, colours[0]);
            }
            dot([0.55, 0.4], colours[1]);
        }
        Sketch::Trap => {
            bar(0.12, 0.55, colours[0]);
            bar(0.28, 0.25, colours[0]);
            bar(0.6, 0.2, colours[1]);
            bar(0.76, 0.95, colours[1]);
        }
        Sketch::Bars => {
            for (i, height) in [0.35, 0.6, 0.9].into_iter().enumerate() {
                bar(0.14 + 0.28 * i as f32, height, colours[0]);
            }
        }
        Sketch::Drop => {
            line(vec![[0.5, 0.0], [0.5, 1.0]], quiet);
            line(curve(|x| if x < 0.5 { 0.8 } else { 0.8 - 0.9 * (x - 0.5) }), colours[0]);
        }
        Sketch::Alarm => {
            line(vec![[0.0, 0.7], [1.0, 0.7]], colours[1]);
            line(curve(|x| 0.2 + 0.06 * (7.0 * PI * x).sin() + (x - 0.45).max(0.0) * 1.25), colours[0]);
        }
        Sketch::Rollout => line(
            vec![
                [0.0, 0.08],
                [0.25, 0.08],
                [0.25, 0.25],
                [0.5, 0.25],
                [0.5, 0.5],
                [0.75, 0.5],
                [0.75, 0.92],
                [1.0, 0.92],
            ],
            colours[0],
        ),
        Sketch::Interval => {
            line(vec![[0.2, 0.5], [0.8, 0.5]], colours[0]);
            line(vec![[0.2, 0.35], [0.2, 0.65]], colours[0]);
            line(vec![[0.8, 0.35], [0.8, 0.65]], colours[0]);
            dot([0.47, 0.5], colours[0]);
        }
        Sketch::Survival => line(
            vec![
                [0.0, 0.92],
                [0.3, 0.92],
                [0.3, 0.7],
                [0.45, 0.7],
                [0.45, 0.45],
                [0.7, 0.45],
                [0.7, 0.25],
                [1.0, 0.25],
            ],
            colours[0],
        ),
    }
}
