//! Runs pinned beside the present one: their points in one plot, their figures in one table, and the inputs in which they differ.

use eframe::egui::{self, RichText};
use egui_plot::{Line, LineStyle, Plot, Points, Text};

use super::Entry;
use crate::app::beside;
use crate::app::chart::{Extent, axis, round_marks};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::results::Pin;
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::jobs::{self, Control, FrontierOptions, JobError};
use crate::report::compare::{FIGURES, Run, THIS_RUN, csv};
use crate::report::svg;
use crate::scenario::difference::differences;
use crate::simulation::world::World;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Compare",
    help: "Runs side by side: pin one, change something, look at both.",
    key: Some(egui::Key::Num5),
    open: || Command::Tab(Tab::Compare),
    least_height: 0.0,
    is_tall: true,
    need: None,
    show,
    beside: beside::summary::show,
    export,
};

/// Inputs that differ, listed at the most.
const DIFFERENCES_SHOWN: usize = 40;

/// Shows the comparison.
fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Runs side by side").strong().size(15.0));
            let can_pin = view.session.curves.is_some() && !view.session.curves_are_old;
            let help = "Keep this run, its inputs and its results, to compare others with";
            if ui.add_enabled(can_pin, egui::Button::new("Pin this run")).on_hover_text(help).clicked() {
                commands.push(Command::Pin);
            }
        });
        let mut runs: Vec<Run<'_>> = view.session.pins.iter().map(pinned).collect();
        if let Some(frontier) = view.session.curves.as_deref().or(view.session.points.as_deref()) {
            let (scenario, policy) = (&*view.document.scenario, view.session.selected);
            runs.push(Run { name: THIS_RUN, scenario, frontier, policy });
        }
        if view.session.pins.is_empty() {
            ui.label(
                RichText::new("Nothing is pinned yet. Pin this run, change something or open another scenario, and see both here.")
                    .weak(),
            );
        }
        pins(ui, &view.session.pins, commands);
        egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            plot(ui, &runs);
            ui.add_space(theme::GAP);
            table(ui, &runs);
            ui.add_space(theme::GAP);
            inputs(ui, view);
        });
    });
}

fn pinned(pin: &Pin) -> Run<'_> {
    Run { name: &pin.name, scenario: &pin.scenario, frontier: &pin.frontier, policy: pin.policy }
}

fn pins(ui: &mut egui::Ui, pins: &[Pin], commands: &mut Vec<Command>) {
    let dark = ui.visuals().dark_mode;
    for (index, pin) in pins.iter().enumerate() {
        ui.horizontal(|ui| {
            let mark = theme::mark(dark, index);
            theme::swatch(ui, mark.colour, Some(mark.dash), Some(mark.shape));
            let mut name = pin.name.clone();
            let edit = ui.add(egui::TextEdit::singleline(&mut name).desired_width(200.0));
            edit.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, format!("Name of run {}", index + 1))
            });
            if edit.changed() {
                commands.push(Command::RenamePin(index, name));
            }
            let unpin = ui.small_button("unpin");
            unpin.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Unpin {}", pin.name)));
            if unpin.clicked() {
                commands.push(Command::Unpin(index));
            }
        });
    }
}

fn plot(ui: &mut egui::Ui, runs: &[Run<'_>]) {
    let dark = ui.visuals().dark_mode;
    let height = (ui.available_height() * 0.5).clamp(180.0, 420.0);
    ui.label(
        RichText::new("Filled: the policy looked at. Hollow: the baseline of that run; dots lead from it.")
            .weak()
            .small(),
    );
    let extent = Extent::of(runs.iter().flat_map(|run| {
        let curve = run.stage().curves.get(run.policy);
        let own = curve.into_iter().flat_map(|c| c.sweep.iter().chain(&c.operating_point));
        own.chain(run.baseline()).map(|p| [p.inference_usd_per_1k, 100.0 * p.quality])
    }));
    let picture = Plot::new("compare")
        .custom_x_axes(vec![axis(true, "Inference cost, USD per 1,000 requests")])
        .custom_y_axes(vec![axis(false, "Good answers, %")])
        .height(height)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .set_margin_fraction(egui::vec2(0.10, 0.16))
        .x_grid_spacer(round_marks)
        .y_grid_spacer(round_marks)
        .grid_color(theme::grid(dark));
    let response = extent.with_room(picture).show(ui, |plot| {
        extent.bound_zoom(plot);
        for (index, run) in runs.iter().enumerate() {
            let mark = theme::mark(dark, index);
            let Some(curve) = run.stage().curves.get(run.policy) else { continue };
            let name = format!("{}: {}", run.name, run.policy_name());
            let line: Vec<[f64; 2]> = curve.sweep.iter().map(|p| [p.inference_usd_per_1k, 100.0 * p.quality]).collect();
            if line.len() > 1 {
                plot.line(Line::new(name.clone(), line).color(mark.colour).style(mark.dash).width(2.0));
            }
            let baseline = run.baseline();
            if let Some(b) = baseline {
                let at = [b.inference_usd_per_1k, 100.0 * b.quality];
                let points = Points::new(format!("{}: baseline", run.name), vec![at]).shape(mark.shape).filled(false);
                plot.points(points.radius(5.0).color(mark.colour));
            }
            if let Some(p) = &curve.operating_point {
                let at = [p.inference_usd_per_1k, 100.0 * p.quality];
                plot.points(Points::new(name, vec![at]).shape(mark.shape).radius(7.0).color(mark.colour));
                let ground = theme::card_fill(dark).gamma_multiply(0.65);
                let text = RichText::new(run.name).size(12.0).color(mark.colour).background_color(ground);
                // Beside the mark, not on it.
                let sides = [
                    (egui::Align2::LEFT_TOP, egui::vec2(8.0, 6.0)),
                    (egui::Align2::RIGHT_BOTTOM, egui::vec2(-8.0, -6.0)),
                    (egui::Align2::LEFT_BOTTOM, egui::vec2(8.0, -6.0)),
                ];
                let (anchor, offset) = sides[index % sides.len()];
                let beside = plot.plot_from_screen(plot.screen_from_plot(at.into()) + offset);
                plot.text(Text::new("", beside, text).anchor(anchor).allow_hover(false));
                if let Some(b) = baseline {
                    let line = vec![[b.inference_usd_per_1k, 100.0 * b.quality], at];
                    let style = LineStyle::Dotted { spacing: 6.0 };
                    plot.line(Line::new("", line).color(mark.colour).style(style).allow_hover(false));
                }
            }
        }
    });
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::Role::GraphicsObject,
            true,
            "Compare plot: quality against inference cost of each run",
        )
    });
}

fn table(ui: &mut egui::Ui, runs: &[Run<'_>]) {
    egui::ScrollArea::horizontal().id_salt("figures").show(ui, |ui| {
        egui::Grid::new("figures").striped(true).spacing([18.0, 4.0]).show(ui, |ui| {
            ui.label("");
            for run in runs {
                ui.label(RichText::new(run.name).strong());
            }
            ui.end_row();
            for figure in &FIGURES {
                ui.label(RichText::new(figure.label).weak());
                for run in runs {
                    ui.label((figure.of)(run).map_or_else(|| "–".to_owned(), |value| value.text()));
                }
                ui.end_row();
            }
        });
    });
}

/// What the present run has otherwise than the pin last made.
fn inputs(ui: &mut egui::Ui, view: &View<'_>) {
    let Some(pin) = view.session.pins.last() else { return };
    let found = differences(&pin.scenario, &view.document.scenario);
    ui.label(RichText::new(format!("Inputs of this run that differ from \"{}\"", pin.name)).strong());
    if found.is_empty() {
        ui.label(RichText::new("None.").weak());
        return;
    }
    egui::Grid::new("inputs").striped(true).spacing([18.0, 4.0]).show(ui, |ui| {
        for head in ["Input", pin.name.as_str(), THIS_RUN] {
            ui.label(RichText::new(head).weak());
        }
        ui.end_row();
        for difference in found.iter().take(DIFFERENCES_SHOWN) {
            ui.label(&difference.key);
            for value in [&difference.first, &difference.second] {
                ui.add(egui::Label::new(value.as_deref().unwrap_or("–")).truncate());
            }
            ui.end_row();
        }
    });
    if found.len() > DIFFERENCES_SHOWN {
        ui.label(RichText::new(format!("and {} more", found.len() - DIFFERENCES_SHOWN)).weak());
    }
}

fn export(world: &World, choices: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let frontier = jobs::frontier(world, &FrontierOptions::default(), control)?;
    let this = Run { name: THIS_RUN, scenario, frontier: &frontier, policy: choices.policy };
    let runs: Vec<Run<'_>> = choices.pins.iter().map(pinned).chain([this]).collect();
    Ok(Exported { picture: svg::compare(&runs), table: csv(&runs) })
}
