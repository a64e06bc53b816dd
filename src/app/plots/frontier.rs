//! Cost against quality: one curve a policy, its operating point, the hull, and an arrow from launch to production.

use eframe::egui::{self, Color32, RichText};
use egui_plot::{Arrows, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotUi, Points, Text, VLine};

use super::{axis, log_marks, round_marks};
use crate::app::command::Command;
use crate::app::panels::View;
use crate::app::state::{CostAxis, QualityAxis, Settings};
use crate::app::theme;
use crate::frontier::metrics::{CostQuality, non_decreasing_hull};
use crate::frontier::point::Point;
use crate::frontier::{Frontier, Stage};
use crate::report::sentence::usd;
use crate::scenario::model::{PolicyKind, Scenario};

/// What a plot needs of the settings, in plot coordinates.
#[derive(Clone, Copy)]
struct Axes {
    cost: CostAxis,
    quality: QualityAxis,
    logarithmic: bool,
}

impl Axes {
    fn new(settings: &Settings) -> Self {
        Self { cost: settings.cost, quality: settings.quality, logarithmic: settings.log_cost }
    }

    fn across(self, usd_per_1k: f64) -> f64 {
        if self.logarithmic { usd_per_1k.max(1e-9).log10() } else { usd_per_1k }
    }

    fn cost_of(self, p: &Point) -> f64 {
        match self.cost {
            CostAxis::Inference => p.inference_usd_per_1k,
            CostAxis::Total => p.total_usd_per_1k,
        }
    }

    fn quality_of(self, p: &Point) -> Option<f64> {
        match self.quality {
            QualityAxis::All => Some(p.quality),
            QualityAxis::HardEdge => p.hard_edge_quality,
        }
    }

    fn at(self, p: &Point) -> Option<[f64; 2]> {
        Some([self.across(self.cost_of(p)), 100.0 * self.quality_of(p)?])
    }
}

/// Shows the plot with its controls.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        controls(ui, view, commands);
        let Some(points) = &view.session.points else {
            ui.centered_and_justified(|ui| ui.label(RichText::new("Computing the frontier…").weak()));
            return;
        };
        plot(ui, view, points);
    });
}

fn controls(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let settings = view.settings;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Cost against quality").strong().size(15.0));
        ui.add_space(theme::GAP);
        let mut cost = settings.cost;
        let names = |axis: CostAxis| match axis {
            CostAxis::Inference => "inference cost",
            CostAxis::Total => "total cost",
        };
        let label = ui.label("Across");
        egui::ComboBox::from_id_salt("cost axis")
            .selected_text(names(cost))
            .show_ui(ui, |ui| {
                for axis in [CostAxis::Inference, CostAxis::Total] {
                    ui.selectable_value(&mut cost, axis, names(axis));
                }
            })
            .response
            .labelled_by(label.id);
        if cost != settings.cost {
            commands.push(Command::CostAxis(cost));
        }
        let mut quality = settings.quality;
        let names = |axis: QualityAxis| match axis {
            QualityAxis::All => "quality",
            QualityAxis::HardEdge => "hard-edge quality",
        };
        let label = ui.label("upwards");
        egui::ComboBox::from_id_salt("quality axis")
            .selected_text(names(quality))
            .show_ui(ui, |ui| {
                for axis in [QualityAxis::All, QualityAxis::HardEdge] {
                    ui.selectable_value(&mut quality, axis, names(axis));
                }
            })
            .response
            .labelled_by(label.id);
        if quality != settings.quality {
            commands.push(Command::QualityAxis(quality));
        }
        let mut log = settings.log_cost;
        if ui.checkbox(&mut log, "log").on_hover_text("Logarithmic cost axis").changed() {
            commands.push(Command::LogCost(log));
        }
        let mut launch = settings.launch_curves;
        if ui.checkbox(&mut launch, "launch curves").on_hover_text("Also the curves as launch believed them").changed()
        {
            commands.push(Command::LaunchCurves(launch));
        }
    });
    let has_events = view.session.points.as_ref().is_some_and(|p| p.production.is_some());
    ui.label(RichText::new(if has_events {
        "Hollow: at launch. Filled: in production. The arrow is what the launch review could not see. Grey: the best that any policy here reaches."
    } else {
        "Nothing changes in production in this scenario: one point a policy. Grey: the best that any policy here reaches."
    }).weak().small());
}

fn plot(ui: &mut egui::Ui, view: &View<'_>, points: &Frontier) {
    let axes = Axes::new(view.settings);
    let dark = ui.visuals().dark_mode;
    let cost_label = match axes.cost {
        CostAxis::Inference => "Inference cost, USD per 1,000 requests",
        CostAxis::Total => "Total cost, USD per 1,000 requests",
    };
    let quality_label = match axes.quality {
        QualityAxis::All => "Quality, % good answers",
        QualityAxis::HardEdge => "Quality of the hardest tenth, %",
    };
    let amount = move |x: f64| if axes.logarithmic { 10_f64.powf(x) } else { x };
    let mut plot = Plot::new("frontier")
        .custom_x_axes(vec![axis(true, cost_label).formatter(move |mark, _| axis_number(amount(mark.value)))])
        .custom_y_axes(vec![axis(false, quality_label)])
        .height(ui.available_height())
        .allow_scroll(false)
        .set_margin_fraction(egui::vec2(0.06, 0.10))
        .y_grid_spacer(round_marks)
        .grid_spacing(4.0..=60.0)
        .grid_color(theme::grid(dark))
        .label_formatter(move |hover| {
            let HoverPosition::NearDataPoint { plot_name, position, .. } = hover else { return None };
            Some(format!("{plot_name}\n{} USD per 1,000 requests\n{:.2} %", usd(amount(position.x)), position.y))
        });
    plot = if axes.logarithmic { plot.x_grid_spacer(log_marks) } else { plot.x_grid_spacer(round_marks) };
    let response = plot.show(ui, |plot| draw(plot, view, points, axes, dark));
    let name = format!("Frontier plot: {quality_label} against {cost_label}");
    response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, &name));
}

fn axis_number(x: f64) -> String {
    if x.abs() >= 1000.0 { crate::report::sentence::grouped(x) } else { format!("{}", (x * 1e4).round() / 1e4) }
}

fn is_oracle(scenario: &Scenario, policy: usize) -> bool {
    scenario.policies.get(policy).is_some_and(|p| matches!(p.kind, PolicyKind::Oracle))
}

/// Operating point of a policy: exact, or sampled where only that is known.
fn operating<'a>(view: &View<'a>, of: impl Fn(&'a Frontier) -> Option<&'a Stage>, policy: usize) -> Option<&'a Point> {
    let find = |frontier: &'a Option<Frontier>| of(frontier.as_ref()?)?.curves.get(policy)?.operating_point.as_ref();
    find(&view.session.points).or_else(|| find(&view.session.intervals))
}

fn draw<'a>(plot: &mut PlotUi<'a>, view: &View<'a>, points: &Frontier, axes: Axes, dark: bool) {
    let scenario = &view.document.scenario;
    let launch_of = |f: &'a Frontier| Some(&f.launch);
    let latest_of = |f: &'a Frontier| Some(f.latest());

    if let Some(curves) = &view.session.curves {
        hull(plot, scenario, curves.latest(), axes, dark);
    }
    if axes.cost == CostAxis::Total
        && let Some(baseline) = operating(view, latest_of, points.baseline)
    {
        let line =
            VLine::new("Baseline's total cost: to the right of it is the trap", axes.across(axes.cost_of(baseline)));
        plot.vline(line.color(theme::bad(dark)).style(LineStyle::Dashed { length: 6.0 }).width(1.0));
    }
    for (index, policy) in scenario.policies.iter().enumerate() {
        let mark = theme::mark(dark, index);
        let selected = index == view.session.selected;
        if let Some(curves) = &view.session.curves {
            let faded = view.session.curves_are_old;
            let colour = if faded { mark.colour.gamma_multiply(0.45) } else { mark.colour };
            let width = if selected { 3.0 } else { 1.6 };
            curve(plot, curves.latest(), index, axes, |line| {
                Line::new(&policy.name, line).color(colour).style(mark.dash).width(width)
            });
            if curves.production.is_some() && (view.settings.launch_curves || selected) {
                let colour = mark.colour.gamma_multiply(0.5);
                let style = LineStyle::Dotted { spacing: 6.0 };
                curve(plot, &curves.launch, index, axes, |line| {
                    Line::new(&policy.name, line).color(colour).style(style).width(1.2)
                });
            }
        }
    }
    // Points over all the lines.
    for (index, policy) in scenario.policies.iter().enumerate() {
        let mark = theme::mark(dark, index);
        let selected = index == view.session.selected;
        let Some(now) = operating(view, latest_of, index).and_then(|p| axes.at(p)) else { continue };
        let radius = if selected { 7.0 } else { 5.0 };
        if points.production.is_some()
            && let Some(then) = operating(view, launch_of, index).and_then(|p| axes.at(p))
        {
            let far = (now[0] - then[0]).abs() + (now[1] - then[1]).abs() > 1e-9;
            if far {
                plot.arrows(
                    Arrows::new(&policy.name, vec![then], vec![now])
                        .color(mark.colour)
                        .tip_length(9.0)
                        .allow_hover(false),
                );
            }
            let hollow = Points::new(&policy.name, vec![then]).shape(mark.shape).filled(false);
            plot.points(hollow.radius(radius).color(mark.colour));
        }
        interval(plot, view, &policy.name, index, axes, mark.colour);
        plot.points(Points::new(&policy.name, vec![now]).shape(mark.shape).radius(radius).color(mark.colour));
    }
    labels(plot, view, axes, dark);
}

/// Names beside the points, the selected policy's first; a name that finds no free place is left to the list of policies.
fn labels<'a>(plot: &mut PlotUi<'a>, view: &View<'a>, axes: Axes, dark: bool) {
    let scenario = &view.document.scenario;
    let mut order: Vec<usize> = (0..scenario.policies.len()).collect();
    order.sort_by_key(|i| *i != view.session.selected);
    let place = |index: usize| operating(view, |f| Some(f.latest()), index).and_then(|p| axes.at(p));
    let mut taken: Vec<egui::Rect> = order
        .iter()
        .filter_map(|i| place(*i))
        .map(|[x, y]| egui::Rect::from_center_size(plot.screen_from_plot(PlotPoint::new(x, y)), egui::vec2(10.0, 10.0)))
        .collect();
    for index in order {
        let (Some(policy), Some([x, y])) = (scenario.policies.get(index), place(index)) else { continue };
        let selected = index == view.session.selected;
        let size = if selected { 14.0 } else { 11.5 };
        let extent = egui::vec2(0.56 * size * policy.name.chars().count() as f32, size + 2.0);
        let point = plot.screen_from_plot(PlotPoint::new(x, y));
        let sides = [
            (egui::Align2::LEFT_CENTER, egui::vec2(9.0, 0.0)),
            (egui::Align2::RIGHT_CENTER, egui::vec2(-9.0, 0.0)),
            (egui::Align2::CENTER_TOP, egui::vec2(0.0, 8.0)),
            (egui::Align2::CENTER_BOTTOM, egui::vec2(0.0, -8.0)),
        ];
        let inside = plot.transform().frame().shrink(2.0);
        let free = sides.into_iter().find_map(|(anchor, offset)| {
            let rect = anchor.anchor_size(point + offset, extent);
            (inside.contains_rect(rect) && !taken.iter().any(|t| t.intersects(rect))).then_some((anchor, offset, rect))
        });
        let Some((anchor, offset, rect)) = free else { continue };
        taken.push(rect);
        let text = RichText::new(&policy.name).size(size).color(theme::mark(dark, index).colour);
        let text = if selected { text.strong() } else { text };
        let at = plot.plot_from_screen(point + offset);
        plot.text(Text::new("", at, text).anchor(anchor).allow_hover(false));
    }
}

fn curve<'a>(
    plot: &mut PlotUi<'a>,
    stage: &Stage,
    index: usize,
    axes: Axes,
    styled: impl FnOnce(Vec<[f64; 2]>) -> Line<'a>,
) {
    let Some(curve) = stage.curves.get(index).filter(|c| c.sweep.len() > 1) else { return };
    plot.line(styled(curve.sweep.iter().filter_map(|p| axes.at(p)).collect()));
}

/// The hull on the axes that are shown; the oracle, which nobody can run, takes no part.
fn hull(plot: &mut PlotUi<'_>, scenario: &Scenario, stage: &Stage, axes: Axes, dark: bool) {
    let mut plane = Vec::new();
    for curve in stage.curves.iter().filter(|c| !is_oracle(scenario, c.policy)) {
        for p in curve.operating_point.iter().chain(&curve.sweep) {
            if let Some(quality) = axes.quality_of(p) {
                plane.push(CostQuality { cost: axes.cost_of(p), quality });
            }
        }
    }
    let line: Vec<[f64; 2]> =
        non_decreasing_hull(&plane).iter().map(|p| [axes.across(p.cost), 100.0 * p.quality]).collect();
    if line.len() > 1 {
        let colour = theme::neutral(dark).gamma_multiply(0.55);
        plot.line(Line::new("Best of all policies here (convex hull)", line).color(colour).width(5.0));
    }
}

/// 95 % intervals as a cross.
fn interval(plot: &mut PlotUi<'_>, view: &View<'_>, name: &str, index: usize, axes: Axes, colour: Color32) {
    let Some(sampled) = &view.session.intervals else { return };
    let Some(p) = sampled.latest().curves.get(index).and_then(|c| c.operating_point.as_ref()) else { return };
    let (Some(interval), Some(at)) = (&p.interval, axes.at(p)) else { return };
    let across = match axes.cost {
        CostAxis::Inference => interval.inference_usd_per_1k,
        CostAxis::Total => interval.total_usd_per_1k,
    };
    let upwards = match axes.quality {
        QualityAxis::All => Some(interval.quality),
        QualityAxis::HardEdge => interval.hard_edge_quality,
    };
    let mut bar = |from: [f64; 2], to: [f64; 2]| {
        plot.line(Line::new(name, vec![from, to]).color(colour).width(1.5).allow_hover(false));
    };
    bar([axes.across(across[0]), at[1]], [axes.across(across[1]), at[1]]);
    if let Some([low, high]) = upwards {
        bar([at[0], 100.0 * low], [at[0], 100.0 * high]);
    }
}
