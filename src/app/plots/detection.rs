//! The race of the monitors: who notices after how many days, how surely, and at what price.

use eframe::egui::{self, RichText};
use egui_plot::{FilledArea, HoverPosition, Line, LineStyle, MarkerShape, PlotPoint, Points};

use super::{Entry, Need};
use crate::app::beside::{self, waiting};
use crate::app::chart::{axis, log_marks, still};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported, study};
use crate::app::labels::{Name, Writer};
use crate::app::results::{Sampling, Studies};
use crate::app::rows;
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::detection::monitor::Truth;
use crate::detection::study::{MonitorResult, Study};
use crate::jobs::{Control, JobError};
use crate::model::Scenario;
use crate::report::detection::{csv, days, ranked, reading};
use crate::report::sentence::{percent, usd};
use crate::report::svg;
use crate::simulation::world::World;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Detection",
    help: "Which monitor notices the damage, after how many days, at what price.",
    key: Some(egui::Key::Num2),
    open: || Command::Tab(Tab::Detection),
    least_height: 620.0,
    is_tall: true,
    need: Some(Need::Study),
    show,
    beside: beside::monitor::show,
    export,
};

/// Middle width from which on the bars stand beside the plots, points.
const SIDE_BY_SIDE: f32 = 860.0;

/// Least room for the pictures, points.
const LEAST: egui::Vec2 = egui::vec2(120.0, 240.0);
/// Curves drawn at the most; more cannot be told apart.
const MOST_CURVES: usize = 30;
/// Steps of a curve that a screen can show apart.
const STEPS: f64 = 1000.0;

/// Shows the tab.
fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &view.document.scenario;
    let policy = scenario.policies.get(view.session.selected).map_or("", |p| p.name.as_str());
    let Some((studies, study, monitor)) = view.session.study_shown() else {
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_min_height(ui.available_height());
            ui.label(RichText::new(format!("Watching {policy}")).strong().size(15.0));
            if view.document.lacks_table() {
                return waiting(ui, view, "", commands);
            }
            ui.label(RichText::new(match (&view.session.study_failure, view.session.studying) {
                (Some(message), _) => message.clone(),
                (None, Sampling::Running) => "The first runs are under way…".to_owned(),
                (None, Sampling::Cancelled) => "Stopped before the first picture.".to_owned(),
                _ if scenario.monitors.is_empty() => "The scenario has no monitors: add some to its file.".to_owned(),
                _ => "No study yet.".to_owned(),
            }));
        });
        return;
    };
    if studies.is_old {
        ui.set_opacity(0.6);
    }
    head(ui, view, policy, studies, study, commands);
    ui.add_space(theme::GAP);
    // However much the head takes in a narrow place.
    let size = ui.available_size().max(LEAST);
    let half = (size - egui::Vec2::splat(theme::GAP)) / 2.0;
    let scenario = &studies.scenario;
    ui.spacing_mut().item_spacing = egui::Vec2::splat(theme::GAP);
    if size.x >= SIDE_BY_SIDE {
        ui.horizontal_top(|ui| {
            card(ui, egui::vec2(half.x, size.y), |ui| bars(ui, scenario, study, monitor, commands));
            ui.vertical(|ui| {
                card(ui, half, |ui| survival(ui, scenario, study, monitor));
                card(ui, half, |ui| damage(ui, scenario, study, monitor));
            });
        });
    } else {
        // The bars are what the tab is for.
        let [bars_height, below] = [0.56, 0.44].map(|share| share * (size.y - theme::GAP));
        card(ui, egui::vec2(size.x, bars_height), |ui| bars(ui, scenario, study, monitor, commands));
        ui.horizontal_top(|ui| {
            let half = egui::vec2(half.x, below);
            card(ui, half, |ui| survival(ui, scenario, study, monitor));
            card(ui, half, |ui| damage(ui, scenario, study, monitor));
        });
    }
}

/// A card of a size, its own margin and line included.
fn card(ui: &mut egui::Ui, size: egui::Vec2, content: impl FnOnce(&mut egui::Ui)) {
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.spacing_mut().item_spacing = egui::vec2(8.0, 4.0);
        theme::card(ui).show(ui, |ui| {
            ui.set_width(size.x - 22.0);
            ui.set_height(size.y - 18.0);
            content(ui);
        });
    });
}

fn head(
    ui: &mut egui::Ui,
    view: &View<'_>,
    policy: &str,
    studies: &Studies,
    study: &Study,
    commands: &mut Vec<Command>,
) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("Watching {policy}")).strong().size(15.0));
            ui.add_space(theme::GAP);
            ui.label("false alarms").on_hover_text(
                "The chance that a monitor alarms at all over the horizon while nothing is wrong. Every monitor gets the same, so that the race is fair.",
            );
            for at in &studies.at {
                let budget = at.false_alarms;
                let is_shown = (budget - study.false_alarms).abs() < 1e-12;
                let label = percent(budget, if budget < 0.01 { 1 } else { 0 });
                if ui.selectable_label(is_shown, label).clicked() {
                    commands.push(Command::FalseAlarms(budget));
                }
            }
            if study.replicates < view.document.scenario.study.replicates as usize {
                ui.label(RichText::new(format!("{} runs so far", study.replicates)).weak());
            }
        });
        ui.label(reading(&studies.scenario, study));
    });
}

/// Ranked bars: quartiles as a bar, the median as a tick.
fn bars(ui: &mut egui::Ui, scenario: &Scenario, study: &Study, selected: usize, commands: &mut Vec<Command>) {
    let dark = ui.visuals().dark_mode;
    ui.label(RichText::new("Days until somebody notices").strong());
    let Some(onset) = study.onset_day else {
        let said = match study.change_day {
            Some(_) => "Nothing to notice: shares of runs that react to a harmless change.",
            None => "Nothing to notice: shares of runs with an alarm, all of them false.",
        };
        ui.label(RichText::new(said).weak().small());
        without_onset(ui, scenario, study);
        return;
    };
    ui.label(
        RichText::new(
            "Bar: the middle half of the runs. Line: the median. Arrow: beyond the last day. Hatched: not even a quarter notices.",
        )
        .weak()
        .small(),
    );
    let horizon = f64::from(study.days - onset);
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let width = ui.available_width();
        let names = (width * 0.42).clamp(110.0, 230.0);
        let values = 78.0;
        let track = (width - names - values - 16.0).max(40.0);
        let results = ranked(study);
        let rows = results.len().max(1) as f32;
        let height = (ui.available_height() / (rows + 1.2)).clamp(17.0, 42.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        rows::show(ui, results.len(), height, |ui, index| {
            let Some(result) = results.get(index) else { return };
            let Some(monitor) = scenario.monitors.get(result.monitor) else { return };
            let o = &result.outcome;
            let mark = theme::mark(dark, result.monitor);
            let (rect, response) = ui.allocate_exact_size(egui::vec2(width, height), egui::Sense::click());
            let is_early = o.before_onset.rate > 0.5;
            let median = match o.days_to(0.5) {
                _ if is_early => format!("before the onset in {} of the runs", percent(o.before_onset.rate, 0)),
                Some(_) => format!("median {} days", days(o.days_to(0.5))),
                None => format!("not noticed within {horizon:.0} days in half of the runs"),
            };
            let said = format!("{}: {median}, noticed in {}", monitor.name, percent(o.noticed.rate, 0));
            response.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::Button, true, selected == result.monitor, &said)
            });
            if response.clicked() {
                commands.push(Command::Monitor(result.monitor));
            }
            let painter = ui.painter_at(rect);
            if selected == result.monitor || response.hovered() {
                painter.rect_filled(rect, 4.0, ui.visuals().widgets.hovered.weak_bg_fill.gamma_multiply(0.6));
            }
            let middle = rect.center().y;
            theme::paint_marker(&painter, egui::pos2(rect.left() + 9.0, middle), 4.5, mark.shape, mark.colour);
            let font = egui::TextStyle::Body.resolve(ui.style());
            let room = names - 24.0;
            let mut job =
                egui::text::LayoutJob::simple_singleline(monitor.name.clone(), font.clone(), ui.visuals().text_color());
            job.wrap = egui::text::TextWrapping::truncate_at_width(room);
            let galley = painter.layout_job(job);
            painter.galley(
                egui::pos2(rect.left() + 20.0, middle - galley.size().y / 2.0),
                galley,
                ui.visuals().text_color(),
            );
            let left = rect.left() + names;
            let x = |days: f64| left + track * (days / horizon).clamp(0.0, 1.0) as f32;
            painter.hline(left..=left + track, middle, egui::Stroke::new(1.0, theme::grid(dark)));
            let whole = egui::Rect::from_x_y_ranges(left..=left + track, middle - 5.0..=middle + 5.0);
            if let Some(low) = o.days_to(0.25) {
                let high = o.days_to(0.75);
                let end = x(high.unwrap_or(horizon)).max(x(low) + 2.0);
                let bar = egui::Rect::from_x_y_ranges(x(low)..=end, whole.y_range());
                painter.rect_filled(bar, 2.0, mark.colour.gamma_multiply(0.45));
                if high.is_none() {
                    let tip = bar.right_center() + egui::vec2(6.0, 0.0);
                    theme::paint_marker(&painter, tip, 5.0, MarkerShape::Right, mark.colour);
                }
            } else {
                theme::hatch(&painter, whole, mark.colour.gamma_multiply(0.6));
            }
            if let Some(median) = o.days_to(0.5) {
                painter.vline(x(median), middle - 8.0..=middle + 8.0, egui::Stroke::new(2.5, mark.colour));
            }
            let (text, colour) = match o.days_to(0.5) {
                _ if is_early => ("0 days, early".to_owned(), ui.visuals().text_color()),
                Some(median) => (format!("{median:.0} days"), ui.visuals().text_color()),
                None => (format!("over {horizon:.0}"), ui.visuals().weak_text_color()),
            };
            painter.text(egui::pos2(rect.right() - 2.0, middle), egui::Align2::RIGHT_CENTER, text, font, colour);
            response.on_hover_text(said);
        });
        let (rect, _) = ui.allocate_exact_size(egui::vec2(width, 16.0), egui::Sense::hover());
        ui.painter().text(
            rect.left_top() + egui::vec2(20.0, 2.0),
            egui::Align2::LEFT_TOP,
            "days from the onset",
            egui::TextStyle::Small.resolve(ui.style()),
            ui.visuals().weak_text_color(),
        );
        let font = egui::TextStyle::Small.resolve(ui.style());
        let step = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
            .into_iter()
            .find(|step| horizon / step <= 5.0)
            .unwrap_or(horizon);
        for i in 0..=(horizon / step) as u32 {
            let day = f64::from(i) * step;
            let x = rect.left() + names + track * (day / horizon) as f32;
            if x < rect.left() + 130.0 {
                continue;
            }
            ui.painter().text(
                egui::pos2(x, rect.top() + 2.0),
                egui::Align2::CENTER_TOP,
                format!("{day:.0}"),
                font.clone(),
                ui.visuals().weak_text_color(),
            );
        }
    });
}

fn without_onset(ui: &mut egui::Ui, scenario: &Scenario, study: &Study) {
    let dark = ui.visuals().dark_mode;
    egui::Grid::new("without onset").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        for result in &study.monitors {
            let Some(monitor) = scenario.monitors.get(result.monitor) else { continue };
            let mark = theme::mark(dark, result.monitor);
            ui.horizontal(|ui| {
                theme::swatch(ui, mark.colour, None, Some(mark.shape));
                ui.label(&monitor.name);
            });
            let o = &result.outcome;
            ui.label(percent(if study.change_day.is_some() { o.noticed.rate } else { o.false_before_change.rate }, 1));
            ui.end_row();
        }
    });
}

/// Days, and the share of runs not noticed by then with the bounds of its interval, %: the corners of a staircase. Steps that
/// no screen could show apart are one.
fn stairs(result: &MonitorResult, horizon: f64) -> Vec<(f64, [f64; 3])> {
    let mut corners = vec![(0.0, [100.0; 3])];
    let mut last = [100.0; 3];
    let mut steps = result.outcome.steps();
    while let Some(first) = steps.first() {
        let together = steps.partition_point(|step| step.time <= first.time + horizon / STEPS);
        let (now, later) = steps.split_at(together.max(1));
        steps = later;
        let Some(step) = now.last() else { break };
        corners.push((first.time, last));
        last = [step.survival, step.interval.0, step.interval.1].map(|share| 100.0 * share);
        corners.push((first.time, last));
    }
    corners.push((horizon, last));
    corners
}

fn survival(ui: &mut egui::Ui, scenario: &Scenario, study: &Study, selected: usize) {
    let dark = ui.visuals().dark_mode;
    ui.label(RichText::new("Runs in which nobody has noticed yet").strong());
    let name = scenario.monitors.get(selected).map_or("", |m| m.name.as_str());
    // In their order, so that which ones are drawn does not change which lies above.
    let first: Vec<usize> = ranked(study).iter().take(MOST_CURVES).map(|m| m.monitor).collect();
    let drawn = |m: &&MonitorResult| m.monitor == selected || first.contains(&m.monitor);
    let few = if study.monitors.len() > MOST_CURVES {
        format!(" Drawn: the {MOST_CURVES} that notice first.")
    } else {
        String::new()
    };
    ui.label(RichText::new(format!("The shaded band is the 95 % interval of {name}.{few}")).weak().small());
    let horizon = f64::from(study.days - study.onset_day.unwrap_or(0));
    let from = if study.onset_day.is_some() { "days since the onset" } else { "day" };
    let height = ui.available_height();
    let response = still("survival", dark)
        .height(height)
        .custom_x_axes(vec![axis(true, from)])
        .custom_y_axes(vec![axis(false, "not noticed, % of runs")])
        .include_x(0.0)
        .include_x(horizon)
        .include_y(0.0)
        .include_y(104.0)
        .set_margin_fraction(egui::vec2(0.01, 0.02))
        .label_formatter(|hover| match hover {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nday {:.0}: {:.0} % not noticed", position.x, position.y))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            for result in study.monitors.iter().filter(drawn) {
                let is_selected = result.monitor == selected;
                let mark = theme::mark(dark, result.monitor);
                let Some(monitor) = scenario.monitors.get(result.monitor) else { continue };
                let stairs = stairs(result, horizon);
                let line: Vec<[f64; 2]> = stairs.iter().map(|(day, shares)| [*day, shares[0]]).collect();
                if is_selected {
                    let column = |k: usize| -> Vec<f64> { stairs.iter().map(|(_, shares)| shares[k]).collect() };
                    let (xs, lows, highs): (Vec<f64>, _, _) =
                        (stairs.iter().map(|(day, _)| *day).collect(), column(1), column(2));
                    plot.add(
                        FilledArea::new("95 % interval", &xs, &lows, &highs)
                            .fill_color(mark.colour.gamma_multiply(0.28))
                            .allow_hover(false),
                    );
                }
                let colour = if is_selected { mark.colour } else { mark.colour.gamma_multiply(0.75) };
                plot.line(
                    Line::new(monitor.name.clone(), line)
                        .color(colour)
                        // Steps are what is meant, not the band between their corners.
                        .allow_band(false)
                        .style(mark.dash)
                        .width(if is_selected { 3.0 } else { 1.3 }),
                );
            }
        });
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "Survival plot: share of runs not noticed by day")
    });
}

/// Price a day against median damage.
fn damage(ui: &mut egui::Ui, scenario: &Scenario, study: &Study, selected: usize) {
    let dark = ui.visuals().dark_mode;
    ui.label(RichText::new("Price against damage").strong());
    ui.label(
        RichText::new("Median damage before the alarm. Hollow: most runs end unnoticed, and the damage goes on. Line: nothing cheaper does better.")
            .weak()
            .small(),
    );
    let points: Vec<(usize, [f64; 2], bool)> = study
        .monitors
        .iter()
        .filter(|m| scenario.monitors.get(m.monitor).is_some_and(|m| !m.kind.is::<Truth>()))
        .filter_map(|m| {
            let usd = m.damage_median?.usd.max(1.0);
            Some((m.monitor, [m.usd_per_day, usd.log10()], m.outcome.days_to(0.5).is_some()))
        })
        .collect();
    if points.is_empty() {
        ui.label(RichText::new("No damage in this scenario.").weak());
        return;
    }
    let mut sorted: Vec<[f64; 2]> = points.iter().map(|p| p.1).collect();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let most = sorted.last().map_or(1.0, |p| p[0]).max(1.0);
    let mut front: Vec<[f64; 2]> = Vec::new();
    for p in sorted {
        match front.last().copied() {
            Some(last) if p[1] < last[1] => front.extend([[p[0], last[1]], p]),
            None => front.push(p),
            _ => {}
        }
    }
    front.extend(front.last().map(|last| [most * 1.05, last[1]]));
    let height = ui.available_height();
    let (text, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let response = still("damage", dark)
        .height(height)
        .custom_x_axes(vec![axis(true, "price of the monitor, USD a day")])
        .custom_y_axes(vec![axis(false, "damage, USD").formatter(|mark, _| usd(10_f64.powf(mark.value)))])
        .y_grid_spacer(log_marks)
        .include_x(-0.04 * most)
        .include_x(1.08 * most)
        .set_margin_fraction(egui::vec2(0.02, 0.12))
        .label_formatter(|hover| match hover {
            HoverPosition::NearDataPoint { plot_name, position, .. } if !plot_name.is_empty() => Some(format!(
                "{plot_name}\n{} USD a day, {} USD of damage",
                usd(position.x),
                usd(10_f64.powf(position.y))
            )),
            _ => None,
        })
        .show(ui, |plot| {
            plot.line(
                Line::new("", front)
                    .color(theme::neutral(dark))
                    .style(LineStyle::Dashed { length: 5.0 })
                    .width(1.2)
                    .allow_hover(false),
            );
            for (index, at, is_reached) in &points {
                let mark = theme::mark(dark, *index);
                let name = scenario.monitors.get(*index).map_or("", |m| m.name.as_str());
                let is_selected = *index == selected;
                plot.points(
                    Points::new(name, vec![*at])
                        .shape(mark.shape)
                        .color(mark.colour)
                        .filled(*is_reached)
                        .radius(if is_selected { 7.5 } else { 5.0 }),
                );
            }
        });
    let mut writer = Writer::new(ui, response.transform.frame().shrink(2.0));
    let mut order: Vec<&(usize, [f64; 2], bool)> = points.iter().collect();
    order.sort_by_key(|(index, ..)| *index != selected);
    let names: Vec<Name<'_>> = order
        .into_iter()
        .filter_map(|(index, at, _)| {
            let is_selected = *index == selected;
            Some(Name {
                text: scenario.monitors.get(*index)?.name.as_str(),
                at: response.transform.position_from_point(&PlotPoint::new(at[0], at[1])),
                radius: if is_selected { 7.5 } else { 5.0 },
                size: theme::SMALL,
                colour: if is_selected { text } else { weak },
                along: false,
            })
        })
        .collect();
    writer.names(&names);
    writer.finish("damage");
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "Damage plot: price of each monitor against damage")
    });
}

fn export(world: &World, choices: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let study = study(world, choices, control)?;
    Ok(Exported { picture: svg::detection(scenario, &study), table: csv(scenario, &study, &[]) })
}
