//! Monitoring plans: their price against the damage until somebody notices, and a line for each that is worth one.

use eframe::egui::{self, RichText};
use egui_plot::{HoverPosition, Line, LineStyle, MarkerShape, PlotPoint, Points, Text};

use super::{Entry, Need};
use crate::app::beside::{self, waiting};
use crate::app::chart::{axis, still};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::results::{PlanWishes, Sampling};
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::decision::plan::{Plan, Plans, default_budget_usd_per_day};
use crate::detection::monitor;
use crate::frontier::Stages;
use crate::jobs::{self, Control, JobError, PlanOptions};
use crate::model::Scenario;
use crate::report::plan::{self as report, name, shown as worth_a_line, why};
use crate::report::sentence::{percent, usd};
use crate::report::svg;
use crate::simulation::world::World;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Plan",
    help: "Which monitoring to buy for a budget: price against the damage until somebody notices.",
    key: Some(egui::Key::Num7),
    open: || Command::Tab(Tab::Plan),
    least_height: 560.0,
    is_tall: true,
    need: Some(Need::Plans),
    show,
    beside: beside::plan::show,
    export,
};

/// Budgets of the slider, USD a day.
const BUDGETS: std::ops::RangeInclusive<f64> = 1.0..=10_000.0;
/// False-alarm budgets to choose from, beside the one that is worth most.
const FALSE_ALARMS: [f64; 4] = [0.01, 0.05, 0.10, 0.20];
/// Height of the plot, as a share of what there is.
const PLOT_SHARE: f32 = 0.48;
/// How near the pointer must be to a plan to pick it, points.
const REACH: f32 = 12.0;

/// Shows the tab.
fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    head(ui, view, commands);
    ui.add_space(theme::GAP);
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        let Some((planned, selected)) = view.session.plan_shown() else {
            if view.document.lacks_table() {
                return waiting(ui, view, "", commands);
            }
            ui.label(match (&view.session.plan_failure, view.session.planning) {
                (Some(message), _) => format!("No plan: {message}."),
                (None, Sampling::Running) => {
                    "Searching: every monitor in many sizes, splits and detectors, then the better ones and their pairs over fresh runs…".to_owned()
                }
                _ => "No search yet.".to_owned(),
            });
            return;
        };
        if planned.is_old {
            ui.set_opacity(0.6);
        }
        let height = ui.available_height();
        plot(ui, &planned.plans, selected, height * PLOT_SHARE, commands);
        ui.add_space(theme::GAP);
        table(ui, &planned.plans, selected, commands);
    });
}

fn head(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &*view.document.scenario;
    let policy = scenario.policies.get(view.session.selected).map_or("", |p| p.name.as_str());
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("Which monitoring to buy for {policy}")).strong().size(15.0));
            match view.session.planning {
                Sampling::Running => {
                    ui.spinner();
                    let (done, total) = view.plan_progress;
                    let share = if total > 0 { done as f64 / total as f64 } else { 0.0 };
                    ui.label(RichText::new(format!("searching, {}", percent(share, 0))).weak());
                    let stop = ui.button("Stop");
                    stop.widget_info(|| {
                        egui::WidgetInfo::labeled(egui::Role::Button, true, "Stop the search for plans")
                    });
                    if stop.clicked() {
                        commands.push(Command::CancelPlan);
                    }
                }
                _ => {
                    let is_new = view.session.planned.as_ref().is_some_and(|planned| !planned.is_old);
                    if !is_new && ui.button("Search").clicked() {
                        commands.push(Command::Plan);
                    }
                }
            }
        });
        ui.horizontal_wrapped(|ui| {
            budget(ui, view, commands);
            ui.add_space(theme::GAP);
            false_alarms(ui, view, commands);
            ui.add_space(theme::GAP);
            choice_of_monitors(ui, view, scenario, commands);
        });
        if let Some((planned, _)) = view.session.plan_shown() {
            let text = RichText::new(format!("Recommended: {}", why(&planned.plans)));
            ui.label(if planned.is_old { text.weak() } else { text });
        }
    });
}

fn budget(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let help = "The most that monitoring may cost. At first a tenth of the inference saving at launch.";
    let wishes = &view.session.plan_wishes;
    let found = view.session.planned.as_ref().map(|planned| planned.plans.budget_usd_per_day);
    let label = ui.label("At most").on_hover_text(help);
    let mut usd_per_day = wishes.budget_usd_per_day.or(found).or_else(|| usual_budget(view)).unwrap_or(0.0);
    let range = BUDGETS.start().min(usd_per_day)..=BUDGETS.end().max(usd_per_day);
    ui.spacing_mut().slider_width = 120.0;
    let slider = egui::Slider::new(&mut usd_per_day, range)
        .logarithmic(true)
        .smallest_positive(1.0)
        .clamping(egui::SliderClamping::Never)
        .max_decimals(0)
        .suffix(" USD a day");
    let response = ui.add(slider).labelled_by(label.id).on_hover_text(help);
    if response.changed() {
        let budget_usd_per_day = Some(usd_per_day.clamp(0.0, 1e9));
        commands.push(Command::PlanWishes(PlanWishes { budget_usd_per_day, ..wishes.clone() }));
    }
    // A search takes seconds: it starts when the slider has come to rest.
    if response.drag_stopped() || (response.changed() && !response.dragged()) {
        commands.push(Command::Plan);
    }
}

/// What a search takes when nobody says otherwise.
fn usual_budget(view: &View<'_>) -> Option<f64> {
    let launch = &view.session.points.as_ref()?.launch;
    let inference = |i: usize| Some(launch.curves.get(i)?.operating_point.as_ref()?.inference_usd_per_1k);
    let baseline = view.document.scenario.policy_index(&view.document.scenario.baseline)?;
    let saving = inference(baseline)? - inference(view.session.selected)?;
    Some(default_budget_usd_per_day(saving, view.document.scenario.traffic.requests_per_day))
}

fn false_alarms(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let help = "The chance that a plan alarms at all over the horizon while nothing is wrong; two monitors share it. Left open, each plan takes \
                the one that is worth most.";
    ui.label("false alarms").on_hover_text(help);
    let wishes = &view.session.plan_wishes;
    for budget in std::iter::once(None).chain(FALSE_ALARMS.map(Some)) {
        let label = budget.map_or_else(|| "as is worth most".to_owned(), |budget| percent(budget, 0));
        if ui.selectable_label(budget == wishes.false_alarms, label).on_hover_text(help).clicked() {
            commands
                .extend([Command::PlanWishes(PlanWishes { false_alarms: budget, ..wishes.clone() }), Command::Plan]);
        }
    }
}

fn choice_of_monitors(ui: &mut egui::Ui, view: &View<'_>, scenario: &Scenario, commands: &mut Vec<Command>) {
    let names: Vec<&str> = scenario.monitors.iter().filter(|m| monitor::is_real(m)).map(|m| m.name.as_str()).collect();
    let wishes = &view.session.plan_wishes;
    let without = names.iter().filter(|name| wishes.without.iter().any(|w| w == *name)).count();
    let label = match without {
        0 => format!("from all {} monitors", names.len()),
        _ => format!("from {} of {} monitors", names.len() - without, names.len()),
    };
    ui.menu_button(label, |ui| {
        ui.label(RichText::new("What can be had").weak());
        for name in &names {
            let mut can_be_had = !wishes.without.iter().any(|w| w == name);
            if ui.checkbox(&mut can_be_had, *name).changed() {
                let mut without = wishes.without.clone();
                without.retain(|w| w != name);
                if !can_be_had {
                    without.push((*name).to_owned());
                }
                commands.extend([Command::PlanWishes(PlanWishes { without, ..wishes.clone() }), Command::Plan]);
            }
        }
    })
    .response
    .on_hover_text("Each monitor of the scenario is tried in several sample sizes, splits and detectors. Leave out what cannot be had.");
}

/// Price and value.
fn place(plan: &Plan) -> [f64; 2] {
    let (price, value) = report::place(plan);
    [price, value]
}

fn plot(ui: &mut egui::Ui, plans: &Plans, selected: usize, height: f32, commands: &mut Vec<Command>) {
    let dark = ui.visuals().dark_mode;
    ui.label(RichText::new("Price against value").strong());
    ui.label(
        RichText::new("Each dot is a plan. Line: no cheaper plan is worth more. Star: recommended. Click a dot to read about it. Faint: set aside in a round before, on fewer runs.")
            .weak()
            .small(),
    );
    let on_front: Vec<usize> = plans.frontier().collect();
    let prices = plans.plans.iter().map(|p| p.usd_per_day).chain(plans.set_aside.iter().map(|at| at.0));
    let most = prices.fold(1.0, f64::max);
    let steps: Vec<[f64; 2]> =
        report::staircase(plans, most).into_iter().map(|(price, value)| [price, value]).collect();
    let others: Vec<[f64; 2]> = plans.plans.iter().filter(|p| !p.is_on_frontier).map(place).collect();
    let set_aside: Vec<[f64; 2]> =
        plans.set_aside.iter().filter(|at| at.1.is_finite()).map(|(price, value)| [*price, *value]).collect();
    let front: Vec<[f64; 2]> = on_front.iter().filter_map(|i| plans.plans.get(*i)).map(place).collect();
    let values = || plans.plans.iter().map(|p| p.figures.value_usd);
    let height_of_values = (values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)).max(1.0);
    let one = |index: usize| plans.plans.get(index).map(place);
    let text = ui.visuals().text_color();
    let response = still("plans", dark)
        .height((height - 40.0).max(140.0))
        .custom_x_axes(vec![axis(true, "price of the plan, USD a day")])
        .custom_y_axes(vec![axis(false, "net value, USD").formatter(|mark, _| usd(mark.value))])
        .include_x(-0.04 * most)
        .include_x(1.08 * most)
        .set_margin_fraction(egui::vec2(0.02, 0.14))
        .label_formatter(|hover| {
            let (HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position, .. }) = hover;
            let near = |p: &&Plan| {
                let [x, y] = place(p);
                ((x - position.x) / most).hypot((y - position.y) / height_of_values) < 0.03
            };
            let plan = plans.plans.iter().find(near)?;
            Some(format!(
                "{}\n{} USD a day, worth {} USD",
                name(plans, plan),
                usd(plan.usd_per_day),
                usd(plan.figures.value_usd)
            ))
        })
        .show(ui, |plot| {
            plot.line(
                Line::new("frontier", steps)
                    .color(theme::neutral(dark))
                    .style(LineStyle::Dashed { length: 5.0 })
                    .width(1.2)
                    .allow_hover(false),
            );
            let faint =
                Points::new("set aside", set_aside).color(theme::neutral(dark).gamma_multiply(0.25)).radius(2.0);
            plot.points(faint.allow_hover(false));
            plot.points(Points::new("plans", others).color(theme::neutral(dark).gamma_multiply(0.6)).radius(2.5));
            let blue = theme::mark(dark, 0).colour;
            plot.points(Points::new("plans of the frontier", front).color(blue).radius(4.5));
            if let Some(at) = one(plans.recommended) {
                let star = Points::new("recommended", vec![at]).shape(MarkerShape::Asterisk).radius(9.0);
                plot.points(star.color(theme::good(dark)));
                let anchor = if at[0] > 0.6 * most { egui::Align2::RIGHT_BOTTOM } else { egui::Align2::LEFT_BOTTOM };
                let label = RichText::new(" recommended ").color(text);
                let label = label.background_color(theme::card_fill(dark).gamma_multiply(0.65));
                let beside = if anchor == egui::Align2::RIGHT_BOTTOM { -8.0 } else { 8.0 };
                let at = plot.screen_from_plot(PlotPoint::new(at[0], at[1])) + egui::vec2(beside, -6.0);
                plot.text(Text::new("", plot.plot_from_screen(at), label).anchor(anchor).allow_hover(false));
            }
            if let Some(at) = one(selected) {
                let ring = Points::new("looked at", vec![at]).filled(false).radius(9.0).color(text);
                plot.points(ring.allow_hover(false));
            }
            let clicked = plot.response().clicked().then(|| plot.response().interact_pointer_pos()).flatten()?;
            let distance = |p: &Plan| {
                let [x, y] = place(p);
                plot.screen_from_plot(PlotPoint::new(x, y)).distance(clicked)
            };
            let nearest = plans.plans.iter().map(distance).enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
            nearest.filter(|(_, distance)| *distance < REACH).map(|(index, _)| index)
        });
    commands.extend(response.inner.map(Command::LookAtPlan));
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "Plan plot: price of each plan against value")
    });
}

fn table(ui: &mut egui::Ui, plans: &Plans, selected: usize, commands: &mut Vec<Command>) {
    egui::ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
        let grid = egui::Grid::new("plans").num_columns(7).striped(true).spacing([14.0, 4.0]).min_col_width(8.0);
        grid.show(ui, |ui| {
            for (head, help) in [
                ("", ""),
                ("USD a day", "Labels, fixed prices, and the saving that a holdback forgoes."),
                (
                    "Half act",
                    "If the change comes: days from the onset until half of the runs have taken the policy back.",
                ),
                ("Act", "Share of those runs in which the policy is taken back."),
                ("Damage, USD", "Mean extra downstream cost from the onset until the policy is out, or to the end."),
                (
                    "Value, USD",
                    "Expected net value against staying on the baseline: price and investigations are taken off.",
                ),
                ("Plan", "What is watched, how much of it, split how, read by which detector."),
            ] {
                ui.label(RichText::new(head).strong()).on_hover_text(help);
            }
            ui.end_row();
            for index in worth_a_line(plans) {
                let Some(plan) = plans.plans.get(index) else { continue };
                let (mark, help) = match (index == plans.recommended, plan.is_on_frontier) {
                    (true, _) => ("»", "Recommended"),
                    (_, true) => ("•", "No cheaper plan is worth more"),
                    _ => ("", ""),
                };
                ui.label(mark).on_hover_text(help);
                for value in [
                    usd(plan.usd_per_day),
                    report::half_act_after(plan),
                    percent(plan.figures.acts, 0),
                    usd(plan.figures.damage_usd),
                    usd(plan.figures.value_usd),
                ] {
                    ui.label(value);
                }
                // Last, as it may be long.
                if ui.selectable_label(index == selected, name(plans, plan)).clicked() {
                    commands.push(Command::LookAtPlan(index));
                }
                ui.end_row();
            }
        });
    });
}

fn export(world: &World, choices: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let options = choices.plan.clone().unwrap_or_else(|| PlanOptions::of(scenario));
    let plans = jobs::plan(&Stages::new(world)?, choices.policy, &options, control, |_| {})?;
    Ok(Exported { picture: svg::plan(scenario, choices.policy, &plans), table: report::csv(&plans) })
}
