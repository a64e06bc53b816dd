//! A sweep: run, stopped, gone on with; its figures as small pictures side by side.

use std::sync::Mutex;

use eframe::egui::{self, Align2, RichText};

use super::Entry;
use crate::app::beside;
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::results::{Sampling, SweepLook, Swept};
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::entry::written;
use crate::jobs::{self, Control, JobError};
use crate::report::breakdown::tint;
use crate::report::sentence::{grouped, percent};
use crate::report::svg;
use crate::report::sweep as report;
use crate::simulation::world::World;
use crate::sweep::collected::{Cell, ticks};
use crate::sweep::{Collected, Plan, Shard};

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Sweep",
    help: "Experiments over numbers of the scenario: every point run, and the figures side by side.",
    key: None,
    open: || Command::Tab(Tab::Sweep),
    least_height: 380.0,
    is_tall: true,
    need: None,
    show,
    beside: beside::summary::show,
    export,
};

/// Size of a small picture, at the least and at the most.
const PANEL: (f32, f32) = (210.0, 320.0);
/// Height of one, without its words.
const HEIGHT: f32 = 130.0;

fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if scenario.sweeps.is_empty() {
            ui.set_min_height(ui.available_height());
            return without_sweeps(ui);
        }
        head(ui, view, commands);
    });
    let Some(swept) = view.session.swept.as_ref().filter(|swept| !swept.found.labels.is_empty()) else { return };
    ui.add_space(theme::GAP);
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        pictures(ui, view, swept, commands);
    });
}

fn without_sweeps(ui: &mut egui::Ui) {
    ui.label(RichText::new("This scenario has no sweep").strong().size(15.0));
    ui.label(
        "A sweep is an experiment that travels with its scenario: some numbers take several values each, and the program looks at every combination. \
         Write one into the file, open it again, and run it here or with paretoscope sweep:",
    );
    ui.add_space(theme::GAP);
    ui.label(RichText::new(EXAMPLE).monospace());
}

const EXAMPLE: &str = "[[sweep]]\nname = \"drift and noise\"\nfactors = [{ key = \"event.0.multiply\", values = [1, 2, 3, 4] },\n           { key = \
                       \"policy.Classifier.noise\", from = 0.5, to = 2.0, steps = 7 }]\ndesign = \"grid\"\nresults = [\"frontier\"]";

/// Which sweep, what it is, and how far it is.
fn head(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let look = view.session.sweep_look;
    let index = look.index.min(scenario.sweeps.len().saturating_sub(1));
    let Some(sweep) = scenario.sweeps.get(index) else { return };
    let plan = Plan::of(scenario, sweep);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Sweep").strong().size(15.0));
        let names: Vec<&str> = scenario.sweeps.iter().map(report::name).collect();
        if let Some(index) = choose(ui, "Sweep looked at", index, &names) {
            commands.push(Command::LookAtSweep(SweepLook { index, ..SweepLook::default() }));
        }
        let session = view.session;
        let known = session.swept.as_ref().filter(|swept| swept.index == index);
        let is_same = known.is_some_and(|swept| swept.scenario == view.document.scenario);
        if session.sweeping == Sampling::Running {
            ui.spinner();
            let (done, total) = view.sweep_progress;
            let share = if total > 0 { done as f64 / total as f64 } else { 0.0 };
            ui.label(RichText::new(format!("{} points, {}", grouped(done as f64), percent(share, 0))).weak());
            let stop = ui.button("Stop");
            stop.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Stop the sweep"));
            if stop.clicked() {
                commands.push(Command::CancelSweep);
            }
            return;
        }
        let is_whole = known.is_some_and(|swept| swept.found.is_whole(&swept.plan));
        let label = match known {
            Some(swept) if is_same && !is_whole && swept.found.done() > 0 => "Go on",
            Some(_) if is_same && is_whole => return,
            Some(_) => "Run it again",
            None => "Run it",
        };
        if let Some(swept) = known.filter(|_| !is_same) {
            let what = if swept.found.done() > 0 { "The scenario has changed since." } else { "" };
            ui.label(RichText::new(what).weak());
        }
        if !view.document.lacks_table() && plan.is_ok() && ui.button(label).clicked() {
            commands.push(Command::RunSweep);
        }
    });
    match &plan {
        Ok(plan) => ui.label(report::told(scenario, plan)),
        Err(wrong) => ui.label(wrong.first().map(|wrong| wrong.message.clone()).unwrap_or_default()),
    };
    if let Some(message) = &view.session.sweep_failure {
        ui.colored_label(theme::bad(ui.visuals().dark_mode), format!("This sweep cannot be run: {message}."));
    }
}

/// A list to choose from, by its name for who cannot see it.
fn choose(ui: &mut egui::Ui, name: &str, chosen: usize, all: &[impl AsRef<str>]) -> Option<usize> {
    let mut picked = None;
    let shown = all.get(chosen).map_or("", AsRef::as_ref);
    let list = egui::ComboBox::from_id_salt(name).selected_text(shown).width(180.0).show_ui(ui, |ui| {
        for (index, one) in all.iter().enumerate() {
            if ui.selectable_label(index == chosen, one.as_ref()).clicked() && index != chosen {
                picked = Some(index);
            }
        }
    });
    let said = format!("{name}: {shown}");
    list.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &said));
    picked
}

fn pictures(ui: &mut egui::Ui, view: &View<'_>, swept: &Swept, commands: &mut Vec<Command>) {
    let look = view.session.sweep_look;
    let (scenario, plan, found) = (&swept.scenario, &swept.plan, &swept.found);
    let all = found.pictures();
    let shown = look.picture.filter(|p| *p < all.len()).unwrap_or_else(|| report::usual_picture(found));
    let Some(picture) = all.get(shown).copied() else { return };
    let factors: Vec<String> = plan.axes.iter().map(|axis| report::factor(scenario, axis)).collect();
    let along = look.along.min(factors.len().saturating_sub(1));
    let other = (0..factors.len()).find(|factor| *factor != along);
    let up = look.up.filter(|up| *up != along && *up < factors.len()).or(other);
    ui.horizontal_wrapped(|ui| {
        let names: Vec<String> = all.iter().map(|picture| report::picture(*picture)).collect();
        if let Some(picture) = choose(ui, "Figure", shown, &names) {
            commands.push(Command::LookAtSweep(SweepLook { picture: Some(picture), ..look }));
        }
        if factors.len() > 1 {
            ui.label("across");
            if let Some(along) = choose(ui, "Across", along, &factors) {
                commands.push(Command::LookAtSweep(SweepLook { along, ..look }));
            }
            ui.label("up");
            if let Some(up) = choose(ui, "Up", up.unwrap_or(0), &factors) {
                commands.push(Command::LookAtSweep(SweepLook { up: Some(up), ..look }));
            }
        }
    });
    let columns = found.columns(picture);
    let panels: Vec<(usize, String, Vec<Cell>)> = columns
        .iter()
        .enumerate()
        .filter_map(|(index, column)| {
            Some((index, report::whose(found.labels.get(*column)?), found.cells(*column, along, up)))
        })
        .filter(|(.., cells)| !cells.is_empty())
        .collect();
    let values = panels.iter().flat_map(|(.., cells)| cells.iter().map(|cell| cell.mean));
    let ends = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    key(ui, picture.2, ends, up.is_some());
    if !found.refused.is_empty() {
        let why = found.refused.values().next().map_or("", String::as_str);
        ui.label(RichText::new(format!("{} points mean nothing: {why}", found.refused.len())).weak().small());
    }
    let width = ui.available_width();
    let across = ((width / PANEL.0) as usize).clamp(1, 6);
    let size = (width / across as f32 - 12.0).min(PANEL.1);
    egui::ScrollArea::vertical().id_salt("sweep").auto_shrink([false, false]).show(ui, |ui| {
        for row in panels.chunks(across) {
            ui.horizontal(|ui| {
                for (index, name, cells) in row {
                    ui.allocate_ui(egui::vec2(size, HEIGHT + 44.0), |ui| {
                        let what =
                            Panel { index: *index, name, cells, ends, figure: picture.2, factors: &factors, along, up };
                        what.show(ui, size, commands);
                    });
                }
            });
        }
    });
}

/// What the colours are, and what a click does.
fn key(ui: &mut egui::Ui, figure: &str, (low, high): (f64, f64), is_map: bool) {
    ui.horizontal_wrapped(|ui| {
        if is_map {
            ui.label(RichText::new(report::value(figure, low)).small());
            let (rect, _) = ui.allocate_exact_size(egui::vec2(120.0, 10.0), egui::Sense::hover());
            let steps = 24;
            for step in 0..steps {
                let part = rect.width() / steps as f32;
                let at = egui::Rect::from_min_size(
                    egui::pos2(rect.left() + step as f32 * part, rect.top()),
                    egui::vec2(part + 0.5, rect.height()),
                );
                ui.painter().rect_filled(at, 0.0, colour(f64::from(step) / f64::from(steps - 1)));
            }
            ui.label(RichText::new(report::value(figure, high)).small());
        }
        ui.label(
            RichText::new("Click a point to put its values into the scenario; undo takes them out.").weak().small(),
        );
    });
}

fn colour(share: f64) -> egui::Color32 {
    let [r, g, b] = tint(share.clamp(0.0, 1.0)).rgb;
    egui::Color32::from_rgb(r, g, b)
}

/// One small picture.
struct Panel<'p> {
    index: usize,
    name: &'p str,
    cells: &'p [Cell],
    ends: (f64, f64),
    figure: &'p str,
    factors: &'p [String],
    along: usize,
    up: Option<usize>,
}

impl Panel<'_> {
    fn show(&self, ui: &mut egui::Ui, width: f32, commands: &mut Vec<Command>) {
        let dark = ui.visuals().dark_mode;
        let small = egui::TextStyle::Small.resolve(ui.style());
        let weak = ui.visuals().weak_text_color();
        let (whole, response) = ui.allocate_exact_size(egui::vec2(width, HEIGHT + 40.0), egui::Sense::click());
        let said = format!("{}: {} points", self.name, self.cells.len());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &said));
        let painter = ui.painter_at(whole);
        let mut title =
            egui::text::LayoutJob::simple_singleline(self.name.to_owned(), small.clone(), ui.visuals().text_color());
        title.wrap = egui::text::TextWrapping::truncate_at_width(width - 4.0);
        painter.galley(whole.left_top(), painter.layout_job(title), weak);
        let field = egui::Rect::from_min_max(
            egui::pos2(whole.left() + 2.0, whole.top() + 18.0),
            egui::pos2(whole.right() - 4.0, whole.bottom() - 22.0),
        );
        let (along, up) = (ticks(self.cells, |cell| cell.x), ticks(self.cells, |cell| cell.y));
        let place = |cell: &Cell| self.rect(field, cell, &along, &up);
        let (low, high) = self.ends;
        let share = |mean: f64| (mean - low) / (high - low).max(1e-300);
        if self.up.is_some() {
            for cell in self.cells {
                painter.rect_filled(place(cell), 0.0, colour(share(cell.mean)));
            }
        } else {
            painter.rect_stroke(field, 2.0, egui::Stroke::new(1.0, theme::grid(dark)), egui::StrokeKind::Inside);
            let mark = theme::mark(dark, self.index);
            let at = |cell: &Cell| {
                egui::pos2(
                    place(cell).center().x,
                    field.bottom() - 4.0 - (field.height() - 8.0) * share(cell.mean) as f32,
                )
            };
            let points: Vec<egui::Pos2> = self.cells.iter().map(at).collect();
            for pair in points.windows(2) {
                if let [a, b] = pair {
                    painter.line_segment([*a, *b], egui::Stroke::new(1.5, mark.colour));
                }
            }
            for point in points {
                theme::paint_marker(&painter, point, 3.0, mark.shape, mark.colour);
            }
            for (end, anchor, y) in
                [(high, Align2::RIGHT_TOP, field.top()), (low, Align2::RIGHT_BOTTOM, field.bottom())]
            {
                painter.text(
                    egui::pos2(field.right() - 3.0, y),
                    anchor,
                    report::value(self.figure, end),
                    small.clone(),
                    weak,
                );
            }
        }
        for (end, anchor, x) in
            [(along.first(), Align2::LEFT_TOP, field.left()), (along.last(), Align2::RIGHT_TOP, field.right())]
        {
            let words = end.map(|value| written(*value)).unwrap_or_default();
            painter.text(egui::pos2(x, field.bottom() + 3.0), anchor, words, small.clone(), weak);
        }
        let Some(pointer) = response.hover_pos().filter(|pointer| field.contains(*pointer)) else { return };
        let distance = |cell: &&Cell| place(cell).distance_sq_to_pos(pointer);
        let Some(cell) = self.cells.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))) else { return };
        if response.clicked() {
            commands.push(Command::TakePoint(cell.point));
        }
        let factor = |at: usize| self.factors.get(at).map_or("", String::as_str);
        let mut words = format!(
            "{}: {}\n{} {}",
            self.name,
            report::value(self.figure, cell.mean),
            factor(self.along),
            written(cell.x)
        );
        if let Some(up) = self.up {
            words.push_str(&format!("\n{} {}", factor(up), written(cell.y)));
        }
        response.on_hover_text_at_pointer(words);
    }

    /// Where a cell stands: in its row and column where values repeat, else by its values.
    fn rect(&self, field: egui::Rect, cell: &Cell, along: &[f64], up: &[f64]) -> egui::Rect {
        let is_grid = along.len() * up.len().max(1) <= 2 * self.cells.len();
        let span = |ticks: &[f64], value: f64| match ticks {
            [low, .., high] => ((value - low) / (high - low).max(1e-300)) as f32,
            _ => 0.5,
        };
        if !is_grid {
            let centre = egui::pos2(
                field.left() + 5.0 + (field.width() - 10.0) * span(along, cell.x),
                field.bottom() - 5.0 - (field.height() - 10.0) * span(up, cell.y),
            );
            return egui::Rect::from_center_size(centre, egui::vec2(8.0, 8.0));
        }
        let size = egui::vec2(field.width() / along.len().max(1) as f32, field.height() / up.len().max(1) as f32);
        let place = |ticks: &[f64], value: f64| {
            ticks.iter().position(|tick| tick.total_cmp(&value).is_eq()).unwrap_or(0) as f32
        };
        let corner = egui::pos2(
            field.left() + place(along, cell.x) * size.x,
            field.bottom() - (place(up, cell.y) + 1.0) * size.y,
        );
        egui::Rect::from_min_size(corner, size - egui::vec2(1.0, 1.0))
    }
}

/// The first sweep of the scenario, run anew.
fn export(world: &World, _: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let sweep =
        scenario.sweeps.first().ok_or_else(|| JobError::Monitors("the scenario has no [[sweep]]".to_owned()))?;
    let plan = Plan::of(scenario, sweep).map_err(|wrong| {
        JobError::Monitors(wrong.into_iter().map(|wrong| wrong.message).collect::<Vec<_>>().join("; "))
    })?;
    let found = Mutex::new(Collected::default());
    let keep = |point: u64, values: &[f64], rows: &[crate::sweep::Row]| {
        found.lock().map_err(|_| "a fault of the program".to_owned())?.add(point, values, rows);
        Ok(())
    };
    let asked = jobs::Sweep { plan: &plan, scenario, traffic: &world.traffic, shard: Shard::WHOLE };
    jobs::sweep(&asked, &|_, _: &[f64]| true, &keep, control)?;
    let found = found.into_inner().map_err(|_| JobError::Panicked("a unit of the sweep".to_owned()))?;
    Ok(Exported { picture: svg::sweep(scenario, &plan, &found), table: report::csv(&plan, &found) })
}
