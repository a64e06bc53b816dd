//! Cost against quality: one curve a policy, its operating point, the hull, and an arrow from launch to production.

use eframe::egui::{self, Color32, RichText};
use egui_plot::{
    Arrows, HLine, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotTransform, PlotUi, Points, Polygon, Text, VLine,
};

use super::Entry;
use crate::app::beside::{self, waiting};
use crate::app::chart::{Extent, axis, log_marks, round_marks};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::parameters;
use crate::app::settings::{CostAxis, QualityAxis, Settings};
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::frontier::metrics::{CostQuality, non_decreasing_hull};
use crate::frontier::point::Point;
use crate::frontier::{Frontier, Stage};
use crate::jobs::{self, Control, FrontierOptions, JobError};
use crate::model::Scenario;
use crate::policy::Oracle;
use crate::report::sentence::{change, fixed, setting as setting_words, usd};
use crate::report::{csv, svg};
use crate::simulation::world::World;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Frontier",
    help: "What each policy costs, and at what quality.",
    key: Some(egui::Key::Num1),
    open: || Command::Tab(Tab::Frontier),
    least_height: 250.0,
    is_tall: false,
    need: None,
    show,
    beside: beside::summary::show,
    export,
};

/// What a plot needs of the settings, in plot coordinates.
#[derive(Clone, Copy)]
struct Axes {
    cost: CostAxis,
    quality: QualityAxis,
    logarithmic: bool,
    /// Share of satisfied users after a success and after a failure.
    satisfied: [f64; 2],
}

impl Axes {
    fn new(settings: &Settings, scenario: &Scenario) -> Self {
        let csat = scenario.feedback.csat;
        Self {
            cost: settings.cost,
            quality: settings.quality,
            logarithmic: settings.log_cost,
            satisfied: [csat.satisfied_ok, csat.satisfied_failed],
        }
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
            QualityAxis::WorstSegment => p.quality_by_segment.iter().flatten().copied().reduce(f64::min),
            // Those who are satisfied, of those who answer.
            QualityAxis::Csat => {
                let [ok, failed] = self.satisfied;
                Some(p.quality * ok + (1.0 - p.quality) * failed)
            }
        }
    }

    fn at(self, p: &Point) -> Option<[f64; 2]> {
        Some([self.across(self.cost_of(p)), 100.0 * self.quality_of(p)?])
    }
}

/// Height below which the plot takes the place of what explains it, points.
const LOW: f32 = 230.0;

/// Shows the plot with its controls.
fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        controls(ui, view, commands);
        let Some(points) = &view.session.points else {
            ui.vertical_centered(|ui| waiting(ui, view, "Computing the frontier…", commands));
            return;
        };
        plot(ui, view, points, commands);
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
            QualityAxis::WorstSegment => "worst segment",
            QualityAxis::Csat => "satisfied users",
        };
        let label = ui.label("upwards");
        egui::ComboBox::from_id_salt("quality axis")
            .selected_text(names(quality))
            .show_ui(ui, |ui| {
                for axis in [QualityAxis::All, QualityAxis::HardEdge, QualityAxis::WorstSegment, QualityAxis::Csat] {
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
    if ui.available_height() < LOW {
        // There the plot needs the room more.
        return;
    }
    let has_events = view.session.points.as_ref().is_some_and(|p| p.production.is_some());
    ui.label(RichText::new(if has_events {
        "Hollow: at launch. Filled: in production. The arrow is what the launch review could not see. Grey: the best that any policy here reaches."
    } else {
        "Nothing changes in production in this scenario: one point a policy. Grey: the best that any policy here reaches."
    }).weak().small());
}

fn plot(ui: &mut egui::Ui, view: &View<'_>, points: &Frontier, commands: &mut Vec<Command>) {
    let axes = Axes::new(view.settings, &view.document.scenario);
    let dark = ui.visuals().dark_mode;
    let cost_label = match axes.cost {
        CostAxis::Inference => "Inference cost, USD per 1,000 requests",
        CostAxis::Total => "Total cost, USD per 1,000 requests",
    };
    let quality_label = match axes.quality {
        QualityAxis::All => "Good answers, %",
        QualityAxis::HardEdge => "Quality of the hardest tenth, %",
        QualityAxis::WorstSegment => "Quality of the worst segment, %",
        QualityAxis::Csat => "Satisfied users, % of answers",
    };
    let amount = move |x: f64| if axes.logarithmic { 10_f64.powf(x) } else { x };
    let memory = ui.scope_id().with("handle");
    let near: Option<Handle> = ui.data(|data| data.get_temp(memory));
    // Other axes are another picture, with bounds of its own.
    let mut plot = Plot::new(("frontier", view.settings.cost, view.settings.quality, view.settings.log_cost))
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
            Some(match told(view, axes, plot_name, [position.x, position.y]) {
                Some(text) => text,
                None => format!(
                    "{plot_name}\n{} USD per 1,000 requests\n{} %",
                    usd(amount(position.x)),
                    fixed(position.y, 2)
                ),
            })
        })
        // What is dragged here are points and the floor; a picture that slides away is only in the way.
        .allow_drag(false)
        .allow_boxed_zoom(false);
    let places = |frontier: &'_ Frontier| -> Vec<[f64; 2]> {
        let stages = std::iter::once(&frontier.launch).chain(&frontier.production);
        let curves = stages.flat_map(|stage| &stage.curves).filter(|c| !view.session.hidden.contains(&c.policy));
        curves.flat_map(|c| c.operating_point.iter().chain(&c.sweep)).filter_map(|p| axes.at(p)).collect()
    };
    let mut drawn = places(points);
    plot = Extent::of(drawn.iter().copied()).with_room(plot);
    drawn.extend(view.session.curves.as_deref().into_iter().flat_map(places));
    let extent = Extent::of(drawn.iter().copied());
    plot = if axes.logarithmic { plot.x_grid_spacer(log_marks) } else { plot.x_grid_spacer(round_marks) };
    let response = plot.show(ui, |plot| {
        extent.bound_zoom(plot);
        draw(plot, view, points, axes, dark);
    });
    let name = format!("Frontier plot: {quality_label} against {cost_label}");
    response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, &name));
    let handle = grab(ui, view, points, axes, &response.response, &response.transform, near, commands);
    ui.data_mut(|data| match handle {
        Some(handle) => {
            data.insert_temp(memory, handle);
        }
        None => data.remove::<Handle>(memory),
    });
}

/// What the pointer can take hold of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Handle {
    /// A policy's operating point, which moves along its curve.
    Point(usize),
    /// The quality floor.
    Floor,
}

/// How near the pointer must be, points of the screen.
const REACH: f32 = 12.0;

/// Lets the pointer drag an operating point along its curve or the quality floor up and down, and select a policy by its point. Gives what it
/// holds or could take hold of.
#[expect(clippy::too_many_arguments, reason = "one caller; what a frame has at hand after the plot")]
fn grab(
    ui: &egui::Ui,
    view: &View<'_>,
    points: &Frontier,
    axes: Axes,
    response: &egui::Response,
    transform: &PlotTransform,
    held: Option<Handle>,
    commands: &mut Vec<Command>,
) -> Option<Handle> {
    let scenario = &view.document.scenario;
    let screen = |at: [f64; 2]| transform.position_from_point(&PlotPoint::new(at[0], at[1]));
    let pointer = response.interact_pointer_pos().or(response.hover_pos())?;
    let latest = points.latest();
    if response.dragged() || response.drag_stopped() {
        let dragging = !response.drag_stopped();
        match held? {
            Handle::Point(policy) => {
                let curves = view.session.curves.as_ref()?;
                let sweep = &curves.latest().curves.get(policy)?.sweep;
                let nearest = sweep
                    .iter()
                    .filter_map(|p| Some((screen(axes.at(p)?).distance_sq(pointer), p.knob?)))
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                if let (Some((_, value)), Some(address)) = (nearest, parameters::knob(scenario, policy)) {
                    commands.push(Command::Set { address, value, dragging });
                }
            }
            Handle::Floor => {
                let quality = transform.value_from_position(pointer).y / 100.0;
                commands.push(Command::Floor { quality: quality.clamp(0.0, 1.0), dragging });
            }
        }
        return held;
    }
    let nearest = (0..scenario.policies.len())
        .filter(|index| !view.session.hidden.contains(index))
        .filter_map(|index| {
            let at = axes.at(operating(view, |f| Some(f.latest()), index)?)?;
            Some((screen(at).distance(pointer), index))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(distance, _)| *distance < REACH)
        .map(|(_, index)| index);
    if let (Some(index), true) = (nearest, response.clicked()) {
        commands.push(Command::Select(index));
    }
    if let Some(index) = nearest.filter(|index| parameters::knob(scenario, *index).is_some()) {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Grab);
        return Some(Handle::Point(index));
    }
    let floor = screen([0.0, 100.0 * view.session.floor.unwrap_or(latest.quality_floor)]).y;
    if axes.quality == QualityAxis::All && (floor - pointer.y).abs() < 0.5 * REACH {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeVertical);
        return Some(Handle::Floor);
    }
    None
}

/// What is told of the point of a policy nearest to a place of the plot.
fn told(view: &View<'_>, axes: Axes, policy: &str, place: [f64; 2]) -> Option<String> {
    let scenario = &view.document.scenario;
    let frontier = view.session.curves.as_deref().or(view.session.points.as_deref())?;
    let named = |index: usize| scenario.policies.get(index).is_some_and(|p| p.name == policy);
    let stages = std::iter::once(&frontier.launch).chain(&frontier.production);
    let curves = stages.flat_map(|stage| stage.curves.iter().map(move |curve| (stage, curve)));
    let points = curves
        .filter(|(_, curve)| named(curve.policy))
        .flat_map(|(stage, curve)| curve.operating_point.iter().chain(&curve.sweep).map(move |p| (stage, curve, p)));
    let distance = |p: &Point| axes.at(p).map(|at| (at[0] - place[0]).abs() + (at[1] - place[1]).abs());
    let (_, (stage, curve, p)) =
        points.filter_map(|found| Some((distance(found.2)?, found))).min_by(|a, b| a.0.total_cmp(&b.0))?;
    let setting =
        curve.knob.as_ref().zip(p.knob).map_or_else(String::new, |(k, x)| format!(" at {}", setting_words(k, x)));
    let baseline = stage.curves.get(frontier.baseline).and_then(|c| c.operating_point.as_ref());
    let against = match baseline.filter(|b| *b != p) {
        Some(b) if b.total_usd_per_1k > 0.0 => {
            format!(" ({} against the baseline)", change(p.total_usd_per_1k / b.total_usd_per_1k - 1.0))
        }
        _ => String::new(),
    };
    Some(format!(
        "{policy}{setting}\nquality {:.2} %\ninference {} USD per 1,000\ntotal {} USD per 1,000{against}",
        100.0 * p.quality,
        usd(p.inference_usd_per_1k),
        usd(p.total_usd_per_1k),
    ))
}

fn axis_number(x: f64) -> String {
    if x.abs() >= 1000.0 { crate::report::sentence::grouped(x) } else { format!("{}", (x * 1e4).round() / 1e4) }
}

fn is_oracle(scenario: &Scenario, policy: usize) -> bool {
    scenario.policies.get(policy).is_some_and(|p| p.kind.is::<Oracle>())
}

/// Operating point of a policy: exact, or sampled where only that is known.
fn operating<'a>(view: &View<'a>, of: impl Fn(&'a Frontier) -> Option<&'a Stage>, policy: usize) -> Option<&'a Point> {
    let find = |frontier: Option<&'a Frontier>| of(frontier?)?.curves.get(policy)?.operating_point.as_ref();
    find(view.session.points.as_deref()).or_else(|| find(view.session.intervals.as_ref()))
}

fn draw<'a>(plot: &mut PlotUi<'a>, view: &View<'a>, points: &Frontier, axes: Axes, dark: bool) {
    let scenario = &view.document.scenario;
    let launch_of = |f: &'a Frontier| Some(&f.launch);
    let latest_of = |f: &'a Frontier| Some(f.latest());

    if let Some(curves) = &view.session.curves {
        shade(plot, view, curves, axes, dark);
        hull(plot, scenario, curves.latest(), axes, dark);
    }
    if axes.quality == QualityAxis::All {
        let floor = 100.0 * view.session.floor.unwrap_or(points.latest().quality_floor);
        let line = HLine::new(format!("Quality floor, {floor:.1} %: drag it"), floor);
        plot.hline(line.color(theme::neutral(dark)).style(LineStyle::Dashed { length: 3.0 }).width(1.0));
    }
    if axes.cost == CostAxis::Total
        && let Some(baseline) = operating(view, latest_of, points.baseline)
    {
        let line =
            VLine::new("Baseline's total cost: to the right of it is the trap", axes.across(axes.cost_of(baseline)));
        plot.vline(line.color(theme::bad(dark)).style(LineStyle::Dashed { length: 6.0 }).width(1.0));
    }
    let drawn = |index: &usize| !view.session.hidden.contains(index);
    for (index, policy) in scenario.policies.iter().enumerate().filter(|(index, _)| drawn(index)) {
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
    for (index, policy) in scenario.policies.iter().enumerate().filter(|(index, _)| drawn(index)) {
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
    let mut order: Vec<usize> =
        (0..scenario.policies.len()).filter(|index| !view.session.hidden.contains(index)).collect();
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
        // Lines that run behind it do not strike it out.
        let text = text.background_color(theme::card_fill(dark).gamma_multiply(0.65));
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

/// What the hull dominates, and where the trap is.
fn shade(plot: &mut PlotUi<'_>, view: &View<'_>, curves: &Frontier, axes: Axes, dark: bool) {
    let stage = curves.latest();
    let line = hull_line(&view.document.scenario, stage, axes);
    let all = stage.curves.iter().flat_map(|c| c.operating_point.iter().chain(&c.sweep)).filter_map(|p| axes.at(p));
    let (mut right, mut bottom, mut top) = (f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY);
    for [x, y] in all {
        (right, bottom, top) = (right.max(x), bottom.min(y), top.max(y));
    }
    let polygon = |name: &str, corners: Vec<[f64; 2]>, colour: Color32| {
        Polygon::new(name, corners).fill_color(colour).stroke(egui::Stroke::NONE).allow_hover(false)
    };
    if let (Some(first), Some(last)) = (line.first(), line.last()) {
        let mut corners = line.clone();
        corners.extend([[right.max(last[0]), last[1]], [right.max(last[0]), bottom], [first[0], bottom]]);
        plot.polygon(polygon("dominated", corners, theme::neutral(dark).gamma_multiply(0.07)));
    }
    let baseline = stage.curves.get(curves.baseline).and_then(|c| c.operating_point.as_ref());
    if let (CostAxis::Total, Some(baseline)) = (axes.cost, baseline) {
        let left = axes.across(axes.cost_of(baseline));
        if right > left {
            let corners = vec![[left, bottom], [right, bottom], [right, top], [left, top]];
            plot.polygon(polygon("trap", corners, theme::bad(dark).gamma_multiply(0.08)));
        }
    }
    // The stretches of the selected policy's curve that are inside the trap.
    let selected = view.session.selected;
    let zones = stage.metrics.get(selected).map_or(&[][..], |m| m.trap_zone.as_slice());
    for [from, to] in zones {
        let inside = |p: &&Point| p.knob.is_some_and(|knob| knob >= *from && knob <= *to);
        let sweep = stage.curves.get(selected).map_or(&[][..], |c| c.sweep.as_slice());
        let line: Vec<[f64; 2]> = sweep.iter().filter(inside).filter_map(|p| axes.at(p)).collect();
        let colour = theme::bad(dark).gamma_multiply(0.28);
        plot.line(Line::new("inside the trap", line).color(colour).width(11.0).allow_hover(false));
    }
}

/// The hull on the axes that are shown; the oracle, which nobody can run, takes no part.
fn hull_line(scenario: &Scenario, stage: &Stage, axes: Axes) -> Vec<[f64; 2]> {
    let mut plane = Vec::new();
    for curve in stage.curves.iter().filter(|c| !is_oracle(scenario, c.policy)) {
        for p in curve.operating_point.iter().chain(&curve.sweep) {
            if let Some(quality) = axes.quality_of(p) {
                plane.push(CostQuality { cost: axes.cost_of(p), quality });
            }
        }
    }
    non_decreasing_hull(&plane).iter().map(|p| [axes.across(p.cost), 100.0 * p.quality]).collect()
}

fn hull(plot: &mut PlotUi<'_>, scenario: &Scenario, stage: &Stage, axes: Axes, dark: bool) {
    let line = hull_line(scenario, stage, axes);
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
        QualityAxis::WorstSegment | QualityAxis::Csat => None,
    };
    let mut bar = |from: [f64; 2], to: [f64; 2]| {
        plot.line(Line::new(name, vec![from, to]).color(colour).width(1.5).allow_hover(false));
    };
    bar([axes.across(across[0]), at[1]], [axes.across(across[1]), at[1]]);
    if let Some([low, high]) = upwards {
        bar([at[0], 100.0 * low], [at[0], 100.0 * high]);
    }
}

fn export(world: &World, choices: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let frontier = jobs::frontier(world, &FrontierOptions::default(), control)?;
    Ok(Exported {
        picture: svg::frontier(scenario, &frontier, false, Some(choices.policy)),
        table: csv::frontier(scenario, &frontier),
    })
}
