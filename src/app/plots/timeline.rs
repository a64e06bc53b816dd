//! One run day by day: above, what the team's aggregate dashboard shows; below, the truth for each tier.

use eframe::egui::Color32;
use eframe::egui::{self, RichText};
use egui_plot::{HoverPosition, Line, LineStyle, MarkerShape, Plot, PlotUi, Points, VLine};

use super::{axis, round_marks};

use crate::app::panels::View;
use crate::app::theme;
use crate::scenario::model::{MonitorKind, Scenario};
use crate::timeline::Timeline;

/// Shows both plots.
pub fn show(ui: &mut egui::Ui, view: &View<'_>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        let scenario = &view.document.scenario;
        let name = scenario.policies.get(view.session.selected).map_or("", |p| p.name.as_str());
        let Some(timeline) = view.session.timeline.as_ref().filter(|t| t.policy == view.session.selected) else {
            ui.label(RichText::new(format!("{name}: computing its run…")).weak());
            return;
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("One run of {name}")).strong().size(15.0));
            let onset = match timeline.onset_day {
                Some(day) => format!("material damage from day {day} on"),
                None => "no material damage".to_owned(),
            };
            ui.label(RichText::new(onset).weak());
        });
        let flags = flags(view);
        let width = (ui.available_width() - theme::GAP) / 2.0;
        let height = ui.available_height();
        ui.horizontal(|ui| {
            ui.allocate_ui_with_layout(egui::vec2(width, height), egui::Layout::top_down(egui::Align::Min), |ui| {
                dashboard(ui, scenario, timeline, &flags);
            });
            ui.allocate_ui_with_layout(egui::vec2(width, height), egui::Layout::top_down(egui::Align::Min), |ui| {
                truth(ui, scenario, timeline);
            });
        });
    });
}

/// An alarm of the run shown.
struct Flag {
    monitor: usize,
    name: String,
    day: u32,
}

/// Alarms of the run: the study's first production replicate is the same run.
fn flags(view: &View<'_>) -> Vec<Flag> {
    let Some(studies) = view.session.studies.as_ref().filter(|s| !s.is_old) else { return Vec::new() };
    let Some(study) = studies.at_budget(view.session.false_alarms) else { return Vec::new() };
    let mut flags: Vec<Flag> = study
        .monitors
        .iter()
        .filter_map(|m| {
            let monitor = studies.scenario.monitors.get(m.monitor).filter(|m| m.kind != MonitorKind::Truth)?;
            let day = m.outcome.alarms.first().copied().flatten()?;
            Some(Flag { monitor: m.monitor, name: monitor.name.clone(), day })
        })
        .collect();
    flags.sort_by_key(|flag| flag.day);
    flags
}

/// Flags above the data, in a few rows so that those of near days do not cover each other.
fn plant(plot: &mut PlotUi<'_>, flags: &[Flag], highest: f64, dark: bool) {
    const ROWS: usize = 4;
    for (i, flag) in flags.iter().enumerate() {
        let mark = theme::mark(dark, flag.monitor);
        let (day, top) = (f64::from(flag.day), highest * (1.42 - 0.11 * (i % ROWS) as f64));
        let pole = vec![[day, 0.0], [day, top]];
        plot.line(Line::new("", pole).color(mark.colour.gamma_multiply(0.45)).width(1.0).allow_hover(false));
        let name = format!("alarm: {}", flag.name);
        plot.points(Points::new(name, vec![[day, top]]).shape(mark.shape).color(mark.colour).radius(4.5));
    }
}

fn plot<'a>(id: &'a str, unit: &'static str, dark: bool) -> Plot<'a> {
    Plot::new(id)
        .grid_color(theme::grid(dark))
        .allow_scroll(false)
        .custom_x_axes(vec![axis(true, "day")])
        .set_margin_fraction(egui::vec2(0.01, 0.12))
        .x_grid_spacer(round_marks)
        .y_grid_spacer(round_marks)
        .grid_spacing(4.0..=50.0)
        .label_formatter(move |hover| {
            let HoverPosition::NearDataPoint { plot_name, position, .. } = hover else { return None };
            if plot_name.starts_with("alarm") {
                return Some(format!("{plot_name}\nday {:.0}", position.x));
            }
            Some(format!("{plot_name}\nday {:.0}: {:.2}{unit}", position.x, position.y))
        })
}

/// What the lines are, above the plot, where it covers nothing.
fn key(
    ui: &mut egui::Ui,
    scenario: &Scenario,
    timeline: &Timeline,
    entries: &[(&str, Color32, Option<LineStyle>, Option<MarkerShape>)],
) {
    let dark = ui.visuals().dark_mode;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(9.0, 1.0);
        let mut entry = |name: &str, colour, dash, shape| theme::key_entry(ui, name, colour, dash, shape);
        for (name, colour, dash, shape) in entries {
            entry(name, *colour, *dash, *shape);
        }
        if !scenario.events.is_empty() {
            entry("event", theme::neutral(dark), Some(LineStyle::Dotted { spacing: 4.0 }), None);
        }
        if timeline.onset_day.is_some() {
            entry("onset of damage", theme::bad(dark), Some(LineStyle::Dashed { length: 6.0 }), None);
        }
    });
}

fn moments(plot: &mut PlotUi<'_>, scenario: &Scenario, timeline: &Timeline, dark: bool) {
    for event in &scenario.events {
        plot.vline(
            VLine::new("an event starts", event.day)
                .color(theme::neutral(dark))
                .style(LineStyle::Dotted { spacing: 4.0 }),
        );
    }
    if let Some(day) = timeline.onset_day {
        plot.vline(
            VLine::new("onset of material damage", f64::from(day))
                .color(theme::bad(dark))
                .style(LineStyle::Dashed { length: 6.0 }),
        );
    }
}

fn dashboard(ui: &mut egui::Ui, scenario: &Scenario, timeline: &Timeline, flags: &[Flag]) {
    let dark = ui.visuals().dark_mode;
    ui.label("What the dashboard shows")
        .on_hover_text("Thumbs-down per 1,000 answers over all traffic, with its chance ups and downs.");
    let mark = theme::mark(dark, 0);
    let mut entries = vec![
        ("observed", mark.colour, None, Some(MarkerShape::Circle)),
        ("expected", mark.colour, Some(LineStyle::Solid), None),
    ];
    if let Some(flag) = flags.first() {
        let mark = theme::mark(dark, flag.monitor);
        entries.push(("a monitor alarms", mark.colour, None, Some(mark.shape)));
    }
    key(ui, scenario, timeline, &entries);

    let height = ui.available_height();
    let observed: Vec<[f64; 2]> = timeline
        .run
        .iter()
        .filter(|d| d.requests > 0)
        .map(|d| [f64::from(d.day), 1000.0 * d.thumbs_down as f64 / d.requests as f64])
        .collect();
    let expected: Vec<[f64; 2]> =
        timeline.expected.iter().enumerate().map(|(t, e)| [t as f64, e.thumbs_down_per_1k]).collect();
    let highest = observed.iter().chain(&expected).map(|p| p[1]).fold(0.0, f64::max);
    let response = plot("dashboard", " per 1,000", dark)
        .height(height)
        .custom_y_axes(vec![axis(false, "thumbs-down per 1,000")])
        .include_y(0.0)
        .show(ui, |plot| {
            moments(plot, scenario, timeline, dark);
            let mark = theme::mark(dark, 0);
            plot.points(Points::new("observed", observed).color(mark.colour).radius(1.8));
            plot.line(Line::new("expected", expected).color(mark.colour).width(1.6));
            plant(plot, flags, highest, dark);
        });
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "Dashboard plot: thumbs-down per 1,000 by day")
    });
}

fn truth(ui: &mut egui::Ui, scenario: &Scenario, timeline: &Timeline) {
    let dark = ui.visuals().dark_mode;
    ui.label("The truth for each tier")
        .on_hover_text("Mean success of the answers that each tier gives, which no dashboard shows.");
    let neutral = theme::neutral(dark);
    let mut entries = vec![
        ("all answers", theme::mark(dark, 0).colour, Some(LineStyle::Solid), None),
        ("nothing routed", neutral, Some(LineStyle::Dashed { length: 8.0 }), None),
        ("as launch believed", neutral, Some(LineStyle::Dotted { spacing: 5.0 }), None),
    ];
    for (k, tier) in scenario.tiers.iter().enumerate() {
        entries.push((tier.name.as_str(), theme::mark(dark, k + 1).colour, Some(theme::dash(k)), None));
    }
    key(ui, scenario, timeline, &entries);
    let height = ui.available_height();
    let response =
        plot("truth", " %", dark).height(height).custom_y_axes(vec![axis(false, "good answers, %")]).show(ui, |plot| {
            moments(plot, scenario, timeline, dark);
            let series = |f: &dyn Fn(usize) -> Option<f64>| -> Vec<[f64; 2]> {
                (0..timeline.expected.len()).filter_map(|t| Some([t as f64, 100.0 * f(t)?])).collect()
            };
            let launch = series(&|t| timeline.launch_quality.get(t).copied());
            plot.line(Line::new("as launch believed", launch).color(neutral).style(LineStyle::Dotted { spacing: 5.0 }));
            let baseline = series(&|t| timeline.expected.get(t).map(|e| e.baseline_quality));
            plot.line(
                Line::new("had nothing been routed", baseline).color(neutral).style(LineStyle::Dashed { length: 8.0 }),
            );
            for (k, tier) in scenario.tiers.iter().enumerate() {
                let mark = theme::mark(dark, k + 1);
                let line = series(&|t| timeline.expected.get(t)?.quality_by_tier.get(k).copied().flatten());
                if !line.is_empty() {
                    plot.line(
                        Line::new(format!("answered by {}", tier.name), line)
                            .color(mark.colour)
                            .style(theme::dash(k))
                            .width(2.0),
                    );
                }
            }
            let all = series(&|t| timeline.expected.get(t).map(|e| e.quality));
            plot.line(Line::new("all answers", all).color(theme::mark(dark, 0).colour).width(2.5));
        });
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "Truth plot: quality of each tier by day")
    });
}
