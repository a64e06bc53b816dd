//! Which option to take: the answer first, then what each option is worth.

use eframe::egui::{self, Align2, RichText};

use super::{Entry, Need};
use crate::app::beside::{self, waiting};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::results::{Decided, Sampling};
use crate::app::rows;
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::decision::choose::Watched;
use crate::frontier::Stages;
use crate::jobs::{self, Control, DecideOptions, JobError};
use crate::report::decide as report;
use crate::report::options::{self, Shown};
use crate::report::sentence::{gain, grouped, percent};
use crate::report::svg;
use crate::simulation::world::World;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Decide",
    help: "Which policy to put in force, watched how, and what that is worth.",
    key: Some(egui::Key::Num8),
    open: || Command::Tab(Tab::Decide),
    least_height: 520.0,
    is_tall: true,
    need: Some(Need::Decision),
    show,
    beside: beside::decide::show,
    export,
};

/// Most of the room that the picture takes, as a share of what there is.
const PICTURE_SHARE: f32 = 0.64;
/// Height of an option in the picture, points.
const ROW: std::ops::RangeInclusive<f32> = 29.0..=36.0;
/// Height of an option in the table, points.
const LINE: f32 = 22.0;
/// Room under the options of the picture for their axis, points.
const AXIS: f32 = 34.0;

/// Whether a lesson waits for predictions that the options would give away.
fn keeps_quiet(view: &View<'_>) -> bool {
    let course = view.session.course.as_ref().filter(|course| course.keeps_quiet());
    let reveal = course.and_then(|course| course.current()).and_then(|step| step.reveal.as_ref());
    reveal.is_some_and(|reveal| reveal.figure.needs_decision())
}

fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let session = view.session;
    if keeps_quiet(view) {
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_min_height(ui.available_height());
            ui.label(RichText::new("Which option to take").strong().size(15.0));
            ui.label(RichText::new("The options wait for the room's predictions.").weak());
        });
        return;
    }
    let Some(decided) = &session.decided else {
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_min_height(ui.available_height());
            title(ui, view, commands);
            if view.document.lacks_table() || session.failure.is_some() {
                return waiting(ui, view, "", commands);
            }
            ui.label(match session.deciding {
                Sampling::Running => "The first options are being worked out…",
                Sampling::Cancelled => "Stopped before the first picture.",
                _ => "Nothing is worked out yet.",
            });
        });
        return;
    };
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        title(ui, view, commands);
        if decided.is_old {
            ui.set_opacity(0.6);
        }
        let reason = report::reason(&decided.scenario, &decided.decision);
        // What nobody watches comes first: what is worth more may follow.
        let told = if decided.is_whole { reason } else { format!("So far: {reason}") };
        ui.label(RichText::new(told).strong());
        let assumption = report::assumption(&decided.decision);
        if !assumption.is_empty() {
            let told = format!("{assumption} \"What an alarm leads to\", on the left, changes that.");
            ui.label(RichText::new(told).weak().small());
        }
        if let Some(told) = report::without_ranges(&decided.scenario) {
            ui.label(RichText::new(told).weak().small());
        }
    });
    ui.add_space(theme::GAP);
    if decided.is_old {
        ui.set_opacity(0.6);
    }
    let shown = options::shown(&decided.decision);
    let height = ui.available_height();
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let most = height * PICTURE_SHARE;
        picture(ui, view, decided, &shown, most, commands);
    });
    ui.add_space(theme::GAP);
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        table(ui, decided, commands);
    });
}

fn title(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let session = view.session;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Which option to take").strong().size(15.0));
        if session.deciding == Sampling::Running {
            ui.spinner();
            let (done, total) = view.decision_progress;
            let share = if total > 0 { done as f64 / total as f64 } else { 0.0 };
            let known = session.decided.as_ref().filter(|decided| !decided.is_old);
            let known = known.map_or(0, |decided| decided.decision.options.len());
            let so_far = if known > 0 {
                format!("{} options so far, {}", grouped(known as f64), percent(share, 0))
            } else {
                percent(share, 0)
            };
            ui.label(RichText::new(so_far).weak());
            let stop = ui.button("Stop");
            stop.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Stop working out the options"));
            if stop.clicked() {
                commands.push(Command::CancelDecision);
            }
            return;
        }
        match &session.decided {
            Some(decided) if decided.is_whole && !decided.is_old => {}
            Some(decided) if !decided.is_old => {
                ui.label(RichText::new("Stopped: some options are missing.").weak());
                work_out(ui, "Work out the rest", commands);
            }
            _ => work_out(ui, "Work out the options", commands),
        }
    });
}

fn work_out(ui: &mut egui::Ui, label: &str, commands: &mut Vec<Command>) {
    if ui.button(label).clicked() {
        commands.push(Command::Decide);
    }
}

/// Places across the picture.
struct Places {
    /// Left edge of the spans, and how wide they can be.
    track: [f32; 2],
    /// Values at its ends.
    ends: [f64; 2],
}

impl Places {
    fn of(rect: egui::Rect, decided: &Decided, shown: &[Shown<'_>]) -> Self {
        let width = rect.width();
        let (names, values) = ((width * 0.4).clamp(110.0, 300.0), 116.0);
        let track = [rect.left() + names, (width - names - values).max(40.0)];
        Self { track, ends: options::range(&decided.decision, shown) }
    }

    fn x(&self, usd: f64) -> f32 {
        let [low, high] = self.ends;
        let share = (usd - low) / (high - low).max(1e-12);
        self.track[0] + self.track[1] * share.clamp(0.0, 1.0) as f32
    }

    fn right(&self) -> f32 {
        self.track[0] + self.track[1]
    }
}

/// The options as spans, the best first.
fn picture(
    ui: &mut egui::Ui,
    view: &View<'_>,
    decided: &Decided,
    shown: &[Shown<'_>],
    most: f32,
    commands: &mut Vec<Command>,
) {
    ui.label(RichText::new("What each option is worth, against staying on the baseline").strong());
    let note = format!("{} Click an option to take it into the scenario.", options::note(&decided.decision, shown));
    ui.label(RichText::new(note).weak().small());
    let rows = shown.len().max(1) as f32;
    let row = ((most - 60.0 - AXIS) / rows).clamp(*ROW.start(), *ROW.end());
    let height = (row * rows).min((most - 60.0 - AXIS).max(row * 2.0));
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.push_id("picture", |ui| {
        let area =
            egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
        let inside = area.show(ui, |ui| {
            rows::show(ui, shown.len(), row, |ui, index| {
                if let Some(option) = shown.get(index) {
                    span(ui, view, decided, shown, option, row, commands);
                }
            });
            ui.min_rect().x_range()
        });
        axis(ui, decided, shown, inside.inner);
    });
}

/// What a click on an option does, and what it says under the pointer.
fn takes(response: egui::Response, decided: &Decided, index: usize, commands: &mut Vec<Command>) {
    let Some(choice) = decided.decision.options.get(index) else { return };
    if response.clicked() && !decided.is_old && choice.figures.is_ok() {
        commands.push(Command::TakeOption(index));
    }
    response.on_hover_ui(|ui| {
        ui.set_max_width(380.0);
        ui.label(RichText::new(options::line(&decided.scenario, choice)).strong());
        ui.label(options::told(&decided.scenario, &decided.decision, choice));
        if choice.figures.is_ok() && choice.watched != Watched::Stay {
            let click = if decided.is_old {
                "The scenario has changed since: this is being worked out anew."
            } else {
                "Click: take it into the scenario. Undo takes it out again."
            };
            ui.label(RichText::new(click).weak());
        }
    });
}

fn span(
    ui: &mut egui::Ui,
    view: &View<'_>,
    decided: &Decided,
    shown: &[Shown<'_>],
    option: &Shown<'_>,
    height: f32,
    commands: &mut Vec<Command>,
) {
    let (scenario, decision) = (&decided.scenario, &decided.decision);
    let Shown { index, choice, figures } = option;
    let dark = ui.visuals().dark_mode;
    let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), height), egui::Sense::click());
    let said = options::spoken(scenario, decision, *index);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &said));
    let painter = ui.painter_at(rect);
    let is_best = *index == decision.best;
    if is_best {
        painter.rect_filled(rect, 4.0, theme::good(dark).gamma_multiply(0.12));
    }
    if response.hovered() {
        painter.rect_filled(rect, 4.0, ui.visuals().widgets.hovered.weak_bg_fill.gamma_multiply(0.6));
    }
    let places = Places::of(rect, decided, shown);
    let middle = rect.center().y;
    let mark = theme::mark(dark, choice.policy);
    let faint = if choice.is_real { 1.0 } else { 0.5 };
    let colour = mark.colour.gamma_multiply(faint);
    theme::paint_marker(&painter, egui::pos2(rect.left() + 10.0, middle), 4.5, mark.shape, colour);
    let ink = if choice.is_real { ui.visuals().text_color() } else { ui.visuals().weak_text_color() };
    let [font, small] = [egui::TextStyle::Body, egui::TextStyle::Small].map(|style| style.resolve(ui.style()));
    let weak = ui.visuals().weak_text_color();
    let left = rect.left() + 22.0;
    let room = places.track[0] - left - 12.0;
    cut(&painter, egui::pos2(left, middle - 6.5), &report::policy(scenario, choice), &font, ink, room);
    cut(&painter, egui::pos2(left, middle + 7.0), &options::watch(scenario, choice), &small, weak, room);
    painter.vline(places.x(0.0), rect.y_range(), egui::Stroke::new(1.0, theme::neutral(dark)));
    let [low, mean, high] = [figures.quantiles_usd[0], figures.value_usd, figures.quantiles_usd[2]];
    let bar = egui::Rect::from_x_y_ranges(
        places.x(low)..=places.x(high).max(places.x(low) + 2.0),
        middle - 4.5..=middle + 4.5,
    );
    painter.rect_filled(bar, 2.0, colour.gamma_multiply(0.45));
    for (edge, away, is_cut) in
        [(places.track[0], -7.0, low < places.ends[0]), (places.right(), 7.0, high > places.ends[1])]
    {
        if is_cut {
            let corners = [(away, 0.0), (0.0, -5.0), (0.0, 5.0)].map(|(x, y)| egui::pos2(edge + x, middle + y));
            painter.add(egui::Shape::convex_polygon(corners.to_vec(), colour, egui::Stroke::NONE));
        }
    }
    if (places.ends[0]..=places.ends[1]).contains(&mean) {
        theme::paint_marker(&painter, egui::pos2(places.x(mean), middle), 5.5, mark.shape, colour);
    }
    let right = rect.right() - 4.0;
    let verdict = options::verdict(decision, *index);
    let lift = if verdict.is_empty() { 0.0 } else { 6.5 };
    painter.text(egui::pos2(right, middle - lift), Align2::RIGHT_CENTER, gain(figures.value_usd), font, ink);
    if !verdict.is_empty() {
        let colour = if is_best { theme::good(dark) } else { ink };
        painter.text(egui::pos2(right, middle + 7.5), Align2::RIGHT_CENTER, verdict, small, colour);
    }
    let is_looked_at = view.session.selected == choice.policy
        && choice.knob_is_own
        && matches!(choice.watched, Watched::Monitor(monitor) if view.session.monitor == Some(monitor));
    if is_looked_at {
        painter.rect_stroke(rect.shrink(1.0), 4.0, egui::Stroke::new(1.0, ink), egui::StrokeKind::Inside);
    }
    takes(response, decided, *index, commands);
}

/// Words on one line that end with dots where there is no room.
fn cut(painter: &egui::Painter, at: egui::Pos2, words: &str, font: &egui::FontId, ink: egui::Color32, room: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font.clone(), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(10.0));
    let galley = painter.layout_job(job);
    painter.galley(egui::pos2(at.x, at.y - galley.size().y / 2.0), galley, ink);
}

/// Round amounts below the spans, as many as there is room for, and what the line at zero is.
fn axis(ui: &mut egui::Ui, decided: &Decided, shown: &[Shown<'_>], across: egui::Rangef) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), AXIS), egui::Sense::hover());
    // As wide as the options above, beside which there may be a bar to scroll with.
    let rect = egui::Rect::from_x_y_ranges(across, rect.y_range());
    let places = Places::of(rect, decided, shown);
    let [low, high] = places.ends;
    let rough = (high - low) / 3.5;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= rough).unwrap_or(rough);
    let font = egui::TextStyle::Small.resolve(ui.style());
    let weak = ui.visuals().weak_text_color();
    let mut taken = f32::NEG_INFINITY;
    for i in (low / step).ceil() as i64..=(high / step).floor() as i64 {
        let usd = i as f64 * step;
        let words = if step >= 1.0 { grouped(usd) } else { gain(usd) };
        let galley = ui.painter().layout_no_wrap(words, font.clone(), weak);
        let x = places.x(usd) - galley.size().x / 2.0;
        ui.painter().vline(places.x(usd), rect.top()..=rect.top() + 3.0, egui::Stroke::new(1.0, weak));
        if x > taken {
            taken = x + galley.size().x + 8.0;
            ui.painter().galley(egui::pos2(x, rect.top() + 3.0), galley, weak);
        }
    }
    let words = format!("USD; the line at 0: {}", options::at_zero(&decided.decision));
    let galley = ui.painter().layout_no_wrap(words, font, weak);
    // Under its line where there is room, and inside the picture in any case.
    let x = (places.x(0.0) - galley.size().x / 2.0).min(places.right() - galley.size().x).max(rect.left());
    ui.painter().galley(egui::pos2(x, rect.top() + 17.0), galley, weak);
}

/// Columns of the table: how wide they are, and what they are.
const COLUMNS: [(f32, &str, &str); 11] = [
    (150.0, "Policy", "With the setting of its knob where that is not the scenario's own."),
    (150.0, "Watched by", "The monitor that somebody looks at, at the false-alarm budget that is worth most."),
    (130.0, "Value", "Expected net value against staying on the baseline, USD, ± its standard error."),
    (76.0, "5 %", "In the worst 5 % of the runs it comes to this or less, USD."),
    (76.0, "95 %", "In the best 5 % of the runs it comes to this or more, USD."),
    (52.0, "Loses", "Chance that it comes to less than staying on the baseline."),
    (
        80.0,
        "Acts after",
        "Days from the onset of material damage until the policy is taken back, if the change comes: the median.",
    ),
    (76.0, "Damage", "Mean damage until the policy is out, if the change comes, USD."),
    (76.0, "Watching", "Price of watching and of investigations, USD."),
    (88.0, "False alarms", "Chance of any alarm while nothing changes."),
    (90.0, "Quality", "Mean success of the answers on the last day, if the change comes."),
];

/// Every option, by its value; those that cannot be studied come last.
fn table(ui: &mut egui::Ui, decided: &Decided, commands: &mut Vec<Command>) {
    let width: f32 = COLUMNS.iter().map(|column| column.0).sum();
    egui::ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
        ui.set_min_width(width);
        ui.horizontal(|ui| {
            for (place, (width, head, help)) in COLUMNS.iter().enumerate() {
                let layout = if place < 2 {
                    egui::Layout::left_to_right(egui::Align::Center)
                } else {
                    egui::Layout::right_to_left(egui::Align::Center)
                };
                ui.allocate_ui_with_layout(egui::vec2(*width, LINE), layout, |ui| {
                    ui.set_min_width(*width);
                    if place == 0 {
                        ui.add_space(22.0);
                    }
                    ui.label(RichText::new(*head).strong()).on_hover_text(*help);
                });
            }
        });
        ui.push_id("table", |ui| {
            rows::show(ui, decided.decision.options.len(), LINE, |ui, index| {
                line(ui, decided, index, width, commands);
            });
        });
    });
}

fn line(ui: &mut egui::Ui, decided: &Decided, index: usize, width: f32, commands: &mut Vec<Command>) {
    let (scenario, decision) = (&decided.scenario, &decided.decision);
    let Some(choice) = decision.options.get(index) else { return };
    let dark = ui.visuals().dark_mode;
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, LINE), egui::Sense::click());
    let said = format!("Line of {}", options::spoken(scenario, decision, index));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &said));
    let painter = ui.painter_at(rect);
    if index == decision.best {
        painter.rect_filled(rect, 3.0, theme::good(dark).gamma_multiply(0.12));
    } else if index % 2 == 1 {
        painter.rect_filled(rect, 0.0, ui.visuals().faint_bg_color);
    }
    if response.hovered() {
        painter.rect_filled(rect, 3.0, ui.visuals().widgets.hovered.weak_bg_fill.gamma_multiply(0.6));
    }
    let mark = theme::mark(dark, choice.policy);
    let faint = if choice.is_real { 1.0 } else { 0.5 };
    let middle = rect.center().y;
    theme::paint_marker(
        &painter,
        egui::pos2(rect.left() + 10.0, middle),
        4.0,
        mark.shape,
        mark.colour.gamma_multiply(faint),
    );
    let ink = if choice.is_real { ui.visuals().text_color() } else { ui.visuals().weak_text_color() };
    let font = egui::TextStyle::Body.resolve(ui.style());
    let mut left = rect.left();
    for (place, (cell, (width, ..))) in options::cells(scenario, choice).iter().zip(&COLUMNS).enumerate() {
        match (&choice.figures, place) {
            (Err(why), 2) => {
                let room = rect.right() - left - 24.0;
                let words = format!("cannot be studied: {why}");
                cut(&painter, egui::pos2(left + 24.0, middle), &words, &font, ui.visuals().weak_text_color(), room);
                break;
            }
            (_, 0 | 1) => {
                let indent = if place == 0 { 22.0 } else { 0.0 };
                cut(&painter, egui::pos2(left + indent, middle), cell, &font, ink, width - indent - 6.0);
            }
            _ => {
                painter.text(egui::pos2(left + width, middle), Align2::RIGHT_CENTER, cell, font.clone(), ink);
            }
        }
        left += width;
    }
    takes(response, decided, index, commands);
}

fn export(world: &World, _: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let decision = jobs::decide(&Stages::new(world)?, &DecideOptions::of(scenario), control, |_| {})?;
    Ok(Exported { picture: svg::decide(scenario, &decision), table: report::csv(scenario, &decision) })
}
