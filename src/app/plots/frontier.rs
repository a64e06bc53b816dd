//! Cost against quality: one curve a policy, its operating point, the hull, and an arrow from launch to production.

use eframe::egui::{self, Color32};
use egui_plot::{Arrows, HLine, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotTransform, PlotUi, Points, VLine};

use super::Entry;
use crate::app::beside::{self, waiting};
use crate::app::chart::{Extent, axis, log_marks, round_marks};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::labels::{Name, Writer};
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
    /// How far points have moved from launch (0) to production (1).
    moved: f64,
}

impl Axes {
    fn new(settings: &Settings, scenario: &Scenario, moved: f64) -> Self {
        let csat = scenario.feedback.csat;
        Self {
            moved,
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
        let has_events = view.session.points.as_ref().is_some_and(|p| p.production.is_some());
        if has_events {
            for (at_launch, label, help) in [
                (true, "At launch", "As the launch review saw the policies"),
                (false, "In production", "As they are on the last day: what the launch review could not see"),
            ] {
                if ui.selectable_label(settings.at_launch == at_launch, label).on_hover_text(help).clicked() {
                    commands.push(Command::AtLaunch(at_launch));
                }
            }
            ui.add_space(theme::GAP);
        }
        let names = |axis: CostAxis| match axis {
            CostAxis::Inference => "invoice",
            CostAxis::Total => "with failures",
        };
        let options = [CostAxis::Inference, CostAxis::Total].map(|axis| (axis, names(axis)));
        commands.extend(pick(ui, "Cost", settings.cost, &options).map(Command::CostAxis));
        let names = |axis: QualityAxis| match axis {
            QualityAxis::All => "all requests",
            QualityAxis::HardEdge => "hardest tenth",
            QualityAxis::WorstSegment => "worst segment",
            QualityAxis::Csat => "satisfied users",
        };
        let options = [QualityAxis::All, QualityAxis::HardEdge, QualityAxis::WorstSegment, QualityAxis::Csat]
            .map(|axis| (axis, names(axis)));
        commands.extend(pick(ui, "Quality", settings.quality, &options).map(Command::QualityAxis));
        let mut log = settings.log_cost;
        if ui.checkbox(&mut log, "log").on_hover_text("Logarithmic cost axis").changed() {
            commands.push(Command::LogCost(log));
        }
    });
}

/// A choice behind its name; returns another one that was made.
fn pick<T: Copy + PartialEq>(ui: &mut egui::Ui, name: &str, chosen: T, options: &[(T, &str)]) -> Option<T> {
    let mut picked = chosen;
    let label = ui.label(name);
    let text = options.iter().find(|(value, _)| *value == chosen).map_or("", |(_, text)| text);
    let combo = egui::ComboBox::from_id_salt((name, "axis")).selected_text(text).width(90.0).show_ui(ui, |ui| {
        for (value, text) in options {
            ui.selectable_value(&mut picked, *value, *text);
        }
    });
    combo.response.labelled_by(label.id);
    (picked != chosen).then_some(picked)
}

fn plot(ui: &mut egui::Ui, view: &View<'_>, points: &Frontier, commands: &mut Vec<Command>) {
    let time = if view.settings.still { 0.0 } else { 0.35 };
    let is_in_production = !view.settings.at_launch;
    let moved = ui.ctx().animate_bool_with_time(ui.scope_id().with("stage"), is_in_production, time);
    let axes = Axes::new(view.settings, &view.document.scenario, f64::from(moved));
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
    let near: Option<Near> = ui.data(|data| data.get_temp(memory));
    let pointed = near.and_then(|near| near.policy);
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
        draw(plot, view, points, axes, pointed, dark);
    });
    annotate(ui, view, points, axes, &response.transform, pointed);
    let name = format!("Frontier plot: {quality_label} against {cost_label}");
    response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, &name));
    let near = grab(ui, view, points, axes, &response.response, &response.transform, near, commands);
    ui.data_mut(|data| match near {
        Some(near) => {
            data.insert_temp(memory, near);
        }
        None => data.remove::<Near>(memory),
    });
}

/// What the pointer is near to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Near {
    /// The policy whose point it is over.
    policy: Option<usize>,
    /// What it can take hold of.
    handle: Option<Handle>,
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
/// is near to.
#[expect(clippy::too_many_arguments, reason = "one caller; what a frame has at hand after the plot")]
fn grab(
    ui: &egui::Ui,
    view: &View<'_>,
    points: &Frontier,
    axes: Axes,
    response: &egui::Response,
    transform: &PlotTransform,
    near: Option<Near>,
    commands: &mut Vec<Command>,
) -> Option<Near> {
    let scenario = &view.document.scenario;
    let screen = |at: [f64; 2]| transform.position_from_point(&PlotPoint::new(at[0], at[1]));
    let pointer = response.interact_pointer_pos().or(response.hover_pos())?;
    let latest = points.latest();
    if response.dragged() || response.drag_stopped() {
        let dragging = !response.drag_stopped();
        match near?.handle? {
            Handle::Point(policy) => {
                let curves = view.session.curves.as_ref()?;
                let sweep = &shown(view, curves).curves.get(policy)?.sweep;
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
        return near;
    }
    let nearest = (0..scenario.policies.len())
        .filter(|index| !view.session.hidden.contains(index))
        .filter_map(|index| Some((screen(place(view, axes, index)?).distance(pointer), index)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(distance, _)| *distance < REACH)
        .map(|(_, index)| index);
    if let (Some(index), true) = (nearest, response.clicked()) {
        commands.push(Command::Select(index));
    }
    if let Some(index) = nearest.filter(|index| parameters::knob(scenario, *index).is_some()) {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Grab);
        return Some(Near { policy: nearest, handle: Some(Handle::Point(index)) });
    }
    let floor = screen([0.0, 100.0 * view.session.floor.unwrap_or(latest.quality_floor)]).y;
    if axes.quality == QualityAxis::All && (floor - pointer.y).abs() < 0.5 * REACH {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeVertical);
        return Some(Near { policy: nearest, handle: Some(Handle::Floor) });
    }
    Some(Near { policy: nearest, handle: None })
}

/// The stage that is shown.
fn shown<'f>(view: &View<'_>, frontier: &'f Frontier) -> &'f Stage {
    if view.settings.at_launch { &frontier.launch } else { frontier.latest() }
}

/// Where the point of a policy is drawn: on its way from launch to production.
fn place(view: &View<'_>, axes: Axes, index: usize) -> Option<[f64; 2]> {
    let [then, now] = ends(view, axes, index)?;
    Some([0, 1].map(|k| then[k] + axes.moved * (now[k] - then[k])))
}

/// A policy's point at launch and in production.
fn ends(view: &View<'_>, axes: Axes, index: usize) -> Option<[[f64; 2]; 2]> {
    let now = operating(view, |f| Some(f.latest()), index).and_then(|p| axes.at(p))?;
    let then = operating(view, |f| Some(&f.launch), index).and_then(|p| axes.at(p)).unwrap_or(now);
    Some([then, now])
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

/// How strongly a policy is drawn.
fn strength(view: &View<'_>, index: usize, pointed: Option<usize>) -> Strength {
    if index == view.session.selected {
        Strength::Full
    } else if pointed == Some(index) {
        Strength::Pointed
    } else {
        Strength::Quiet
    }
}

/// The selected policy stands out, the one under the pointer has its colour, the others are there to compare with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Full,
    Pointed,
    Quiet,
}

fn draw<'a>(plot: &mut PlotUi<'a>, view: &View<'a>, points: &Frontier, axes: Axes, pointed: Option<usize>, dark: bool) {
    let scenario = &view.document.scenario;
    if let Some(curves) = &view.session.curves {
        trap_zone(plot, view, shown(view, curves), axes, dark);
        hull(plot, scenario, shown(view, curves), axes, dark);
    }
    if axes.quality == QualityAxis::All {
        let line = HLine::new("Quality floor: drag it", floor(view, points)).allow_hover(false);
        plot.hline(line.color(theme::neutral(dark)).style(LineStyle::Dashed { length: 3.0 }).width(1.0));
    }
    if let Some(x) = trap_border(view, points, axes) {
        let line = VLine::new("Baseline's total cost", x).allow_hover(false);
        plot.vline(line.color(theme::bad(dark)).style(LineStyle::Dashed { length: 6.0 }).width(1.0));
    }
    let quiet = theme::neutral(dark);
    // The quiet ones first, so that the selected policy lies over all of them.
    let mut order: Vec<usize> =
        (0..scenario.policies.len()).filter(|index| !view.session.hidden.contains(index)).collect();
    order.sort_by_key(|index| match strength(view, *index, pointed) {
        Strength::Quiet => 0,
        Strength::Pointed => 1,
        Strength::Full => 2,
    });
    for index in order.iter().copied() {
        let (Some(policy), Some(curves)) = (scenario.policies.get(index), &view.session.curves) else { continue };
        let mark = theme::mark(dark, index);
        let (colour, width) = match strength(view, index, pointed) {
            Strength::Full => (mark.colour, 3.0),
            Strength::Pointed => (mark.colour, 2.0),
            Strength::Quiet => (quiet.gamma_multiply(0.4), 1.0),
        };
        let colour = if view.session.curves_are_old { colour.gamma_multiply(0.45) } else { colour };
        curve(plot, shown(view, curves), index, axes, |line| Line::new(&policy.name, line).color(colour).width(width));
    }
    for index in order {
        let Some(policy) = scenario.policies.get(index) else { continue };
        let mark = theme::mark(dark, index);
        let strength = strength(view, index, pointed);
        let (colour, radius) = match strength {
            Strength::Full => (mark.colour, 7.0),
            Strength::Pointed => (mark.colour, 6.0),
            Strength::Quiet => (quiet, 4.5),
        };
        let (Some([then, now]), Some(at)) = (ends(view, axes, index), place(view, axes, index)) else { continue };
        let far = (now[0] - then[0]).abs() + (now[1] - then[1]).abs() > 1e-9;
        if far && strength != Strength::Quiet {
            let arrow = Arrows::new(&policy.name, vec![then], vec![now]);
            plot.arrows(arrow.color(colour).tip_length(9.0).allow_hover(false));
            for end in [then, now] {
                let hollow = Points::new(&policy.name, vec![end]).shape(mark.shape).filled(false);
                plot.points(hollow.radius(radius - 2.0).color(colour).allow_hover(false));
            }
        }
        if !view.settings.at_launch {
            interval(plot, view, &policy.name, index, axes, colour);
        }
        plot.points(Points::new(&policy.name, vec![at]).shape(mark.shape).radius(radius).color(colour));
    }
}

/// The quality floor, per cent.
fn floor(view: &View<'_>, points: &Frontier) -> f64 {
    100.0 * view.session.floor.unwrap_or(points.latest().quality_floor)
}

/// Where the trap begins on the cost axis: at what the baseline costs in all.
fn trap_border(view: &View<'_>, points: &Frontier, axes: Axes) -> Option<f64> {
    let stage = |f| Some(shown(view, f));
    let baseline = operating(view, stage, points.baseline).filter(|_| axes.cost == CostAxis::Total)?;
    Some(axes.across(axes.cost_of(baseline)))
}

/// What is said within the picture: the trap, the floor, the best of all policies, and the names of the points. No two lie over each other.
fn annotate(
    ui: &egui::Ui,
    view: &View<'_>,
    points: &Frontier,
    axes: Axes,
    transform: &PlotTransform,
    pointed: Option<usize>,
) {
    let scenario = &view.document.scenario;
    let dark = ui.visuals().dark_mode;
    let frame = transform.frame().shrink(2.0);
    let screen = |[x, y]: [f64; 2]| transform.position_from_point(&PlotPoint::new(x, y));
    let weak = ui.visuals().weak_text_color();
    let mut writer = Writer::new(ui, frame);
    if let Some(x) = trap_border(view, points, axes) {
        let left = screen([x, 0.0]).x.max(frame.left());
        let region = egui::Rect::from_min_max(egui::pos2(left, frame.top()), frame.max);
        if region.is_positive() {
            theme::hatch(writer.painter(), region, theme::bad(dark).gamma_multiply(0.16));
            let at = region.right_bottom() - egui::vec2(4.0, 2.0);
            writer.fixed("the trap: dearer than the baseline", at, egui::Align2::RIGHT_BOTTOM, theme::bad(dark));
        }
    }
    if axes.quality == QualityAxis::All {
        let floor = floor(view, points);
        let at = egui::pos2(frame.left() + 4.0, screen([0.0, floor]).y - 1.0);
        writer.fixed(&format!("quality floor, {floor:.1} %"), at, egui::Align2::LEFT_BOTTOM, weak);
    }
    let mut order: Vec<usize> =
        (0..scenario.policies.len()).filter(|index| !view.session.hidden.contains(index)).collect();
    order.sort_by_key(|index| match strength(view, *index, pointed) {
        Strength::Full => 0,
        Strength::Pointed => 1,
        Strength::Quiet if *index == points.baseline => 2,
        Strength::Quiet => 3,
    });
    let named = |index: usize| {
        let strength = strength(view, index, pointed);
        Some(Name {
            text: scenario.policies.get(index)?.name.as_str(),
            at: screen(place(view, axes, index)?),
            radius: 7.0,
            size: if strength == Strength::Full { theme::BODY } else { theme::SMALL },
            colour: if strength == Strength::Quiet { weak } else { theme::mark(dark, index).colour },
            along: false,
        })
    };
    let names: Vec<Name<'_>> = order.into_iter().filter_map(named).collect();
    writer.names(&names);
    writer.finish("frontier");
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

/// The stretches of the selected policy's curve that are inside the trap.
fn trap_zone(plot: &mut PlotUi<'_>, view: &View<'_>, stage: &Stage, axes: Axes, dark: bool) {
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
