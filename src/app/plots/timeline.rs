//! One run day by day: what the team's aggregate dashboard shows, beside it the truth for each tier, and below both what people make of it
//! where the scenario says what they do about alarms.

mod reaction;

use eframe::egui::Color32;
use eframe::egui::{self, RichText};
use egui_plot::{HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotTransform, PlotUi, Points, VLine};

use super::Entry;
use crate::app::beside::{self, waiting};
use crate::app::chart::{Extent, axis, round_marks};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported, study};
use crate::app::labels::{Name, Writer};
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::detection::monitor::Truth;
use crate::frontier::Stages;
use crate::jobs::{self, Control, JobError};
use crate::model::Scenario;
use crate::report::detection::{Alarm, alarms, ranked};
use crate::report::sentence::{fixed, percent};
use crate::report::{csv, svg};
use crate::simulation::world::World;
use crate::timeline::Timeline;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Timeline",
    help: "One run day by day: what the dashboard shows, and the truth.",
    key: Some(egui::Key::Num6),
    open: || Command::Tab(Tab::Timeline),
    least_height: 240.0,
    is_tall: false,
    need: None,
    show,
    beside: beside::summary::show,
    export,
};

/// Width from which the heading and what moves the day stand in one row, points.
const LEAST_FOR_ONE_ROW: f32 = 560.0;
/// Least height of a picture that is worth looking at, points.
const LEAST_PICTURE: f32 = 130.0;
/// Event lines that can be told apart, across.
const MOST_EVENT_LINES: f64 = 150.0;
/// Event lines up to which each is dotted.
const FEW_EVENTS: usize = 20;
/// Places across that a plot can show apart.
const MOST_PLACES: usize = 500;

/// Shows both plots.
fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        let scenario = &view.document.scenario;
        let name = scenario.policies.get(view.session.selected).map_or("", |p| p.name.as_str());
        let Some(timeline) = view.session.timeline.as_ref().filter(|t| t.policy == view.session.selected) else {
            waiting(ui, view, &format!("{name}: computing its run…"), commands);
            return;
        };
        let has_row = ui.available_width() < LEAST_FOR_ONE_ROW;
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("One run of {name}")).strong());
            if timeline.onset_day.is_none() {
                ui.label(RichText::new("no material damage").weak());
            }
            if !has_row {
                scrubber(ui, view, timeline, commands);
            }
        });
        if has_row {
            ui.horizontal(|ui| scrubber(ui, view, timeline, commands));
        }
        let has_gate = scenario.policies.get(view.session.selected).is_some_and(|policy| policy.gate.is_some());
        if has_gate {
            ui.label(
                RichText::new("As if the steps came by the calendar: what its gate does is told in Rollout.")
                    .weak()
                    .small(),
            );
        }
        let flags = flags(view, timeline.replicate);
        let reacted = reaction::of(view, timeline);
        let below = match (&reacted, reaction::pending(view)) {
            (Some(reacted), _) => {
                reaction::words(ui, view, reacted);
                reaction::HEIGHT
            }
            (None, Some(words)) => {
                ui.label(RichText::new(words).weak().small());
                0.0
            }
            (None, None) => 0.0,
        };
        let height = ui.available_height() - below;
        if below > 0.0 && height < reaction::LEAST_ABOVE {
            // Both pictures whole, and what follows below them.
            let height = ui.available_height().clamp(LEAST_PICTURE, reaction::LEAST_ABOVE);
            egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                plots(ui, view, timeline, &flags, height, reacted.as_ref());
            });
        } else {
            plots(ui, view, timeline, &flags, height, reacted.as_ref());
        }
    });
}

/// The dashboard and the truth at a height, and what people make of the run below.
fn plots(
    ui: &mut egui::Ui,
    view: &View<'_>,
    timeline: &Timeline,
    flags: &[Alarm<'_>],
    height: f32,
    reacted: Option<&reaction::Reacted<'_>>,
) {
    let scenario = &view.document.scenario;
    let width = (ui.available_width() - theme::GAP) / 2.0;
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(egui::vec2(width, height), egui::Layout::top_down(egui::Align::Min), |ui| {
            dashboard(ui, scenario, timeline, flags, view.session.day);
        });
        ui.allocate_ui_with_layout(egui::vec2(width, height), egui::Layout::top_down(egui::Align::Min), |ui| {
            truth(ui, scenario, timeline, view.session.day);
        });
    });
    if let Some(reacted) = reacted {
        let size = egui::vec2(ui.available_width(), reaction::HEIGHT - 6.0);
        ui.allocate_ui_with_layout(size, egui::Layout::top_down(egui::Align::Min), |ui| {
            ui.set_max_height(size.y);
            reaction::show(ui, view, reacted);
        });
    }
}

/// A day to look at, and a button that lets the days pass.
fn scrubber(ui: &mut egui::Ui, view: &View<'_>, timeline: &Timeline, commands: &mut Vec<Command>) {
    let last = timeline.expected.len().saturating_sub(1) as u32;
    ui.scope(|ui| {
        let playing = view.session.playing_since.is_some();
        let label = if playing { "Stop" } else { "Play" };
        if ui.button(label).on_hover_text("Let the days pass").clicked() {
            commands.push(Command::TogglePlay);
        }
        if ui.button("Another run").on_hover_text("The same days once more, with other ups and downs").clicked() {
            commands.push(Command::NextReplicate);
        }
        let mut day = view.session.day.unwrap_or(last).min(last);
        ui.spacing_mut().slider_width = (ui.available_width() * 0.3).clamp(80.0, 260.0);
        let slider = ui.add(egui::Slider::new(&mut day, 0..=last).prefix("day "));
        slider.widget_info(|| egui::WidgetInfo::slider(true, f64::from(day), "Day of the run"));
        if slider.changed() {
            commands.push(Command::Day(Some(day)));
        }
        let Some(day) = view.session.day.map(|day| day.min(last) as usize) else { return };
        let (Some(expected), Some(launch)) = (timeline.expected.get(day), timeline.launch_quality.get(day)) else {
            return;
        };
        let routed = timeline.routed_share.get(day).copied().unwrap_or(0.0);
        let text = format!(
            "{} routed · {} good, launch believed {}",
            percent(routed, 0),
            percent(expected.quality, 1),
            percent(*launch, 1)
        );
        if ui.small_button("all days").clicked() {
            commands.push(Command::Day(None));
        }
        ui.add(egui::Label::new(text).truncate());
    });
}

/// Alarms of the run: the study's production replicate of the same number is the same run.
fn flags<'s>(view: &View<'s>, replicate: u32) -> Vec<Alarm<'s>> {
    let Some(studies) = view.session.studies.as_ref().filter(|s| !s.is_old) else { return Vec::new() };
    let study = studies.at_budget(view.session.false_alarms);
    study.map_or_else(Vec::new, |study| alarms(&studies.scenario, study, replicate))
}

/// How high the flags of alarms stand: above the data, in a few rows so that those of near days do not cover each other.
fn flag_heights(count: usize, highest: f64) -> Vec<f64> {
    const ROWS: usize = 4;
    (0..count).map(|i| highest * (1.42 - 0.11 * (i % ROWS) as f64)).collect()
}

fn plant(plot: &mut PlotUi<'_>, flags: &[&Alarm<'_>], heights: &[f64], dark: bool) {
    for (flag, top) in flags.iter().zip(heights) {
        let mark = theme::mark(dark, flag.monitor);
        let (day, top) = (f64::from(flag.day), *top);
        let pole = vec![[day, 0.0], [day, top]];
        plot.line(Line::new("", pole).color(mark.colour.gamma_multiply(0.45)).width(1.0).allow_hover(false));
        let name = format!("alarm: {}", flag.name);
        plot.points(Points::new(name, vec![[day, top]]).shape(mark.shape).color(mark.colour).radius(4.5));
    }
}

/// What the upright lines are, with their places on the screen.
fn upright(
    scenario: &Scenario,
    timeline: &Timeline,
    transform: &PlotTransform,
    dark: bool,
) -> Vec<(f32, &'static str, Color32)> {
    let x = |day: f64| transform.position_from_point(&PlotPoint::new(day, 0.0)).x;
    let neutral = theme::neutral(dark);
    let mut lines = Vec::new();
    lines.extend(timeline.onset_day.map(|day| (x(f64::from(day)), "damage begins", theme::bad(dark))));
    lines.extend(ramp_end(timeline).map(|day| (x(day), "all traffic", neutral)));
    lines.extend(event_days(scenario, timeline.expected.len()).first().map(|day| (x(*day), "change", neutral)));
    lines
}

fn plot<'a>(id: &'a str, unit: &'static str, dark: bool) -> Plot<'a> {
    Plot::new(id)
        .grid_color(theme::grid(dark))
        .allow_scroll(false)
        // One drag could go deeper than any bound.
        .allow_boxed_zoom(false)
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
            Some(format!("{plot_name}\nday {:.0}: {}{unit}", position.x, fixed(position.y, 2)))
        })
}

/// The line at which the rollout ends.
const ROLLOUT: LineStyle = LineStyle::Dashed { length: 3.0 };

fn rollout_colour(dark: bool) -> Color32 {
    theme::neutral(dark).gamma_multiply(0.6)
}

fn moments(plot: &mut PlotUi<'_>, scenario: &Scenario, timeline: &Timeline, day: Option<u32>, dark: bool) {
    if let Some(day) = day {
        plot.vline(VLine::new("the day looked at", f64::from(day)).color(theme::neutral(dark)).width(1.5));
    }
    if let Some(ramp) = ramp_end(timeline) {
        plot.vline(VLine::new("fully rolled out", ramp).color(rollout_colour(dark)).style(ROLLOUT));
    }
    let events = event_days(scenario, timeline.expected.len());
    // A dotted line is a circle for each dot.
    let (style, width) =
        if events.len() > FEW_EVENTS { (LineStyle::Solid, 0.5) } else { (LineStyle::Dotted { spacing: 4.0 }, 1.0) };
    for day in events {
        plot.vline(VLine::new("an event starts", day).color(theme::neutral(dark)).style(style).width(width));
    }
    if let Some(day) = timeline.onset_day {
        plot.vline(
            VLine::new("onset of material damage", f64::from(day))
                .color(theme::bad(dark))
                .style(LineStyle::Dashed { length: 6.0 }),
        );
    }
}

/// Days on which events start, those left out that would stand right beside another.
fn event_days(scenario: &Scenario, horizon: usize) -> Vec<f64> {
    let mut days: Vec<f64> = scenario.events.iter().map(|event| event.day).collect();
    days.sort_by(f64::total_cmp);
    let apart = horizon as f64 / MOST_EVENT_LINES;
    days.dedup_by(|day, before| *day - *before < apart);
    days
}

/// Days in view, as of the last frame.
fn across(plot: &PlotUi<'_>) -> [f64; 2] {
    let bounds = plot.plot_bounds();
    [bounds.min()[0], bounds.max()[0]]
}

/// A series with at most a few points for each place across that a plot can show: the lowest and the highest of days that stand
/// together, so that no peak is lost. A short one stays as it is, and of a long one that is looked at closely, the part in view.
fn thinned(mut points: Vec<[f64; 2]>, [from, to]: [f64; 2]) -> Vec<[f64; 2]> {
    let (first, last) = (points.partition_point(|p| p[0] < from), points.partition_point(|p| p[0] <= to));
    if points.len() > MOST_PLACES && first < last && 2 * (last - first) < points.len() {
        points.truncate(last + 1);
        points.drain(..first.saturating_sub(1));
    }
    let together = points.len() / MOST_PLACES;
    if together < 2 {
        return points;
    }
    let mut kept = Vec::with_capacity(2 * MOST_PLACES + 2);
    for days in points.chunks(together) {
        let by_height = |a: &&[f64; 2], b: &&[f64; 2]| a[1].total_cmp(&b[1]);
        let (Some(low), Some(high)) = (days.iter().min_by(by_height), days.iter().max_by(by_height)) else { continue };
        let (first, second) = if low[0] <= high[0] { (low, high) } else { (high, low) };
        kept.push(*first);
        if second[0] > first[0] {
            kept.push(*second);
        }
    }
    // A line ends where its days end.
    kept.extend(points.last().filter(|last| kept.last() != Some(last)).copied());
    kept
}

/// The day on which the rollout ends, if it takes any time.
fn ramp_end(timeline: &Timeline) -> Option<f64> {
    let whole = timeline.routed_share.last()?;
    let day = timeline.routed_share.iter().position(|share| share >= whole)?;
    (day > 0).then_some(day as f64)
}

/// Whether a day has come: what lies ahead of the day looked at is not drawn yet.
fn has_come(t: usize, day: Option<u32>) -> bool {
    day.is_none_or(|day| t <= day as usize)
}

fn dashboard(ui: &mut egui::Ui, scenario: &Scenario, timeline: &Timeline, flags: &[Alarm<'_>], day: Option<u32>) {
    let dark = ui.visuals().dark_mode;
    ui.label(RichText::new("Dashboard: thumbs-down per 1,000 answers").small())
        .on_hover_text("Over all traffic, with its chance ups and downs. Dots: the days. Line: what is expected.");
    let height = ui.available_height();
    let observed: Vec<[f64; 2]> = timeline
        .run
        .iter()
        .filter(|d| d.requests > 0)
        .filter(|d| has_come(d.day as usize, day))
        .map(|d| [f64::from(d.day), 1000.0 * d.thumbs_down as f64 / d.requests as f64])
        .collect();
    let expected: Vec<[f64; 2]> = timeline
        .expected
        .iter()
        .enumerate()
        .filter(|(t, _)| has_come(*t, day))
        .map(|(t, e)| [t as f64, e.thumbs_down_per_1k])
        .collect();
    let flags: Vec<&Alarm<'_>> = flags.iter().filter(|flag| has_come(flag.day as usize, day)).collect();
    let highest = observed.iter().chain(&expected).map(|p| p[1]).fold(0.0, f64::max);
    let heights = flag_heights(flags.len(), highest);
    let picture = plot("dashboard", " per 1,000", dark).height(height).custom_y_axes(vec![axis(false, "per 1,000")]);
    let ends = [[0.0, 0.0], [timeline.expected.len() as f64, 0.0]];
    let extent = Extent::of(observed.iter().chain(&expected).chain(&ends).copied());
    let response = extent.with_room(picture).show(ui, |plot| {
        extent.bound_zoom(plot);
        moments(plot, scenario, timeline, day, dark);
        let mark = theme::mark(dark, 0);
        plot.points(Points::new("observed", thinned(observed, across(plot))).color(mark.colour).radius(1.8));
        plot.line(Line::new("expected", thinned(expected, across(plot))).color(mark.colour).width(1.6));
        plant(plot, &flags, &heights, dark);
    });
    let mut writer = Writer::new(ui, response.transform.frame().shrink(2.0));
    writer.over_lines(&upright(scenario, timeline, &response.transform, dark));
    let names: Vec<Name<'_>> = flags
        .iter()
        .zip(&heights)
        .map(|(flag, height)| Name {
            text: flag.name,
            at: response.transform.position_from_point(&PlotPoint::new(f64::from(flag.day), *height)),
            radius: 4.5,
            size: theme::SMALL,
            colour: theme::mark(dark, flag.monitor).colour,
            along: false,
        })
        .collect();
    // Above the data, which names would hide; the others are told under the pointer.
    writer.stay_above(response.transform.position_from_point(&PlotPoint::new(0.0, 1.04 * highest)).y);
    writer.names(&names);
    writer.finish("dashboard");
    response.response.widget_info(|| {
        let alarms: Vec<String> = flags.iter().map(|flag| format!("{} on day {}", flag.name, flag.day)).collect();
        let alarms = if alarms.is_empty() { String::new() } else { format!("; alarms: {}", alarms.join(", ")) };
        let said = format!("Dashboard plot: thumbs-down per 1,000 by day{alarms}");
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, said)
    });
}

fn truth(ui: &mut egui::Ui, scenario: &Scenario, timeline: &Timeline, day: Option<u32>) {
    let dark = ui.visuals().dark_mode;
    ui.label(RichText::new("The truth, which no dashboard shows: good answers").small())
        .on_hover_text("Mean success of the answers that each tier gives. A capable tier gets the harder requests, so it can look worse than a cheap one.");
    let neutral = theme::neutral(dark);
    let height = ui.available_height();
    let series = |f: &dyn Fn(usize) -> Option<f64>| -> Vec<[f64; 2]> {
        let days = (0..timeline.expected.len()).filter(|t| has_come(*t, day));
        days.filter_map(|t| Some([t as f64, 100.0 * f(t)?])).collect()
    };
    let launch = series(&|t| timeline.launch_quality.get(t).copied());
    let baseline = series(&|t| timeline.expected.get(t).map(|e| e.baseline_quality));
    let all = series(&|t| timeline.expected.get(t).map(|e| e.quality));
    let (dotted, dashed) = (LineStyle::Dotted { spacing: 5.0 }, LineStyle::Dashed { length: 8.0 });
    let mut lines = vec![
        ("as launch believed".to_owned(), launch, neutral, dotted, 1.5),
        ("nothing routed".to_owned(), baseline, neutral, dashed, 1.5),
    ];
    for (k, tier) in scenario.tiers.iter().enumerate() {
        let line = series(&|t| timeline.expected.get(t)?.quality_by_tier.get(k).copied().flatten());
        let colour = theme::mark(dark, k + 1).colour;
        lines.push((tier.name.clone(), line, colour, theme::dash(k), 2.0));
    }
    lines.push(("all answers".to_owned(), all, theme::mark(dark, 0).colour, LineStyle::Solid, 2.5));
    // Days still to come have room already.
    let days = [[0.0, f64::NAN], [timeline.expected.len() as f64, f64::NAN]];
    let extent = Extent::of(lines.iter().flat_map(|line| &line.1).chain(&days).copied());
    let mut ends = Vec::new();
    let picture = plot("truth", " %", dark).height(height).custom_y_axes(vec![axis(false, "good answers, %")]);
    let response = extent.with_room(picture).show(ui, |plot| {
        extent.bound_zoom(plot);
        moments(plot, scenario, timeline, day, dark);
        let seen = across(plot);
        for (name, line, colour, style, width) in lines {
            ends.extend(line.last().map(|end| (name.clone(), *end, colour)));
            let line = thinned(line, seen);
            if !line.is_empty() {
                plot.line(Line::new(name, line).color(colour).style(style).width(width));
            }
        }
    });
    let mut writer = Writer::new(ui, response.transform.frame().shrink(2.0));
    // The last line lies over the others and has the first choice.
    let names: Vec<Name<'_>> = ends
        .iter()
        .rev()
        .map(|(name, [x, y], colour)| Name {
            text: name,
            at: response.transform.position_from_point(&PlotPoint::new(*x, *y)),
            radius: 2.0,
            size: theme::SMALL,
            colour: *colour,
            along: true,
        })
        .collect();
    writer.names(&names);
    writer.finish("truth");
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "Truth plot: quality of each tier by day")
    });
}

/// Whether a monitor is one that somebody can look at.
fn is_seen(scenario: &Scenario, monitor: usize) -> bool {
    scenario.monitors.get(monitor).is_some_and(|m| !m.kind.is::<Truth>())
}

fn export(world: &World, choices: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let timeline = jobs::timeline(world, choices.policy, choices.replicate, control)?;
    // Alarms are flags where there is a study; a run without monitors is shown all the same.
    let study = study(world, choices, control).ok();
    let lives = match &study {
        Some(study) if scenario.response.is_some() => {
            let studies = std::slice::from_ref(study);
            Some(jobs::lives(&Stages::new(world)?, choices.policy, choices.replicate, studies, control)?)
        }
        _ => None,
    };
    let first = || ranked(study.as_ref()?).iter().find(|m| is_seen(scenario, m.monitor)).map(|m| m.monitor);
    let monitor = choices.monitor.or_else(first);
    let budget = study.as_ref().map_or(scenario.study.false_alarms, |study| study.false_alarms);
    let reacted = lives.as_ref().zip(monitor);
    let reacted = reacted.and_then(|(lives, monitor)| Some((lives, lives.of(monitor, budget)?)));
    Ok(Exported {
        picture: svg::timeline(scenario, &timeline, study.as_ref(), reacted),
        table: csv::timeline(scenario, &timeline),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thinned_series_keeps_its_ends_and_its_peaks() {
        let short: Vec<[f64; 2]> = (0..180).map(|t| [f64::from(t), 1.0]).collect();
        let whole = [0.0, 3650.0];
        assert_eq!(thinned(short.clone(), whole), short);
        let mut long: Vec<[f64; 2]> = (0..3650).map(|t| [f64::from(t), (0.01 * f64::from(t)).sin()]).collect();
        long[1234][1] = 7.0;
        long[2345][1] = -7.0;
        let kept = thinned(long.clone(), whole);
        assert!(kept.len() < 1100, "{}", kept.len());
        assert!(kept.contains(&[1234.0, 7.0]) && kept.contains(&[2345.0, -7.0]));
        assert_eq!(kept.last(), long.last());
        assert!(kept.windows(2).all(|w| w[0][0] < w[1][0]));
        // Looked at closely, every day of it; before the first frame there is nothing to go by.
        assert_eq!(thinned(long.clone(), [1000.0, 1200.0]), long[999..=1201]);
        assert!(thinned(long.clone(), [f64::INFINITY, f64::NEG_INFINITY]).len() > 900);
    }
}
