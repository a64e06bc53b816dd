//! From the inference saving to the net, step by step.

use eframe::egui::{self, RichText};

use super::Entry;
use crate::app::beside::{self, waiting};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::frontier::Stages;
use crate::frontier::breakdown::breakdown;
use crate::frontier::claims::DAYS_PER_MONTH;
use crate::jobs::{Control, Detection, JobError};
use crate::report::breakdown::{Step, Watched, money_csv, steps, when};
use crate::report::sentence::{change, gain};
use crate::report::svg;
use crate::simulation::world::World;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Money",
    help: "From the inference saving to the net, step by step.",
    key: Some(egui::Key::Num4),
    open: || Command::Tab(Tab::Money),
    least_height: 0.0,
    is_tall: false,
    need: None,
    show,
    beside: beside::summary::show,
    export,
};

/// Height of a step.
const ROW: f32 = 34.0;
/// Width of the names, and of the amounts.
const SIDES: [f32; 2] = [190.0, 140.0];

/// Shows the waterfall of the selected policy.
fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        let scenario = &view.document.scenario;
        let name = scenario.policies.get(view.session.selected).map_or("", |p| p.name.as_str());
        ui.label(RichText::new(format!("What {name} saves, and what it costs")).strong().size(15.0));
        let Some(parts) = view.session.breakdown.as_ref().filter(|b| b.policy == view.session.selected) else {
            waiting(ui, view, "Computing…", commands);
            return;
        };
        ui.label(
            RichText::new(format!(
                "{}, USD a month against the baseline, and in per cent of its invoice. To the left money is lost, to the right it is saved.",
                when(scenario)
            ))
            .weak()
            .small(),
        );
        so_far(ui, view);
        ui.add_space(6.0);
        let steps = steps(parts, watched(view));
        egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| waterfall(ui, &steps, invoice(view)));
    });
}

/// The monitor looked at, if there is one: a scenario lists monitors as alternatives.
fn watched<'v>(view: &View<'v>) -> Option<Watched<'v>> {
    let studies = view.session.studies.as_ref()?;
    let study = studies.at_budget(view.session.false_alarms)?;
    let report = study.monitors.iter().find(|r| Some(r.monitor) == view.session.monitor)?;
    let name = studies.scenario.monitors.get(report.monitor)?.name.as_str();
    Some(Watched { name, usd_per_day: report.usd_per_day })
}

/// What the baseline's calls cost, USD a month.
fn invoice(view: &View<'_>) -> Option<f64> {
    let frontier = view.session.points.as_deref()?;
    let stage = frontier.latest();
    let point = stage.curves.get(frontier.baseline)?.operating_point.as_ref()?;
    let usd = point.inference_usd_per_1k / 1000.0 * stage.requests_per_day * DAYS_PER_MONTH;
    (usd > 0.0).then_some(usd)
}

/// What was saved and lost by the day of the run that is looked at, in expectation.
fn so_far(ui: &mut egui::Ui, view: &View<'_>) {
    let Some(timeline) = view.session.timeline.as_ref().filter(|t| t.policy == view.session.selected) else { return };
    let last = timeline.expected.len().saturating_sub(1);
    let day = view.session.day.map_or(last, |day| (day as usize).min(last));
    let days = timeline.expected.iter().take(day + 1);
    let (saved, lost) = days.fold((0.0, 0.0), |(saved, lost), d| {
        (saved + d.baseline_inference_usd - d.inference_usd, lost + d.downstream_usd - d.baseline_downstream_usd)
    });
    let text = format!(
        "By day {day}, the rollout included: {} USD on the invoice, {} USD by failures, {} USD in all.",
        gain(saved),
        gain(-lost),
        gain(saved - lost)
    );
    ui.label(text);
}

fn waterfall(ui: &mut egui::Ui, steps: &[Step], invoice_usd: Option<f64>) {
    let dark = ui.visuals().dark_mode;
    let ends = || steps.iter().flat_map(|s| [s.from, s.to]);
    let (low, high) = ends().fold((0.0_f64, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    // In a narrow place the names give way first: amounts are never cut.
    let names = SIDES[0].min(0.35 * ui.available_width());
    let width = (ui.available_width() - names - SIDES[1] - 30.0).max(40.0);
    let across = |rect: egui::Rect, x: f64| rect.left() + ((x - low) / (high - low).max(1e-9)) as f32 * rect.width();
    for step in steps {
        ui.horizontal(|ui| {
            let name = if step.is_sum { RichText::new(&step.name).strong() } else { RichText::new(&step.name) };
            let layout = egui::Layout::left_to_right(egui::Align::Center);
            ui.allocate_ui_with_layout(egui::vec2(names, ROW), layout, |ui| {
                ui.set_min_width(names);
                ui.add(egui::Label::new(name).truncate()).on_hover_text(step.help);
            });
            let (rect, response) = ui.allocate_exact_size(egui::vec2(width, ROW), egui::Sense::hover());
            let amount = gain(step.usd);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(
                    egui::Role::GraphicsObject,
                    true,
                    format!("{}: {amount} USD a month", step.name),
                )
            });
            let colour = if step.usd < 0.0 { theme::bad(dark) } else { theme::good(dark) };
            let zero = across(rect, 0.0);
            ui.painter().vline(zero, rect.y_range(), egui::Stroke::new(1.0, theme::grid(dark)));
            let (a, b) = (across(rect, step.from), across(rect, step.to));
            let bar = egui::Rect::from_x_y_ranges(a.min(b)..=a.max(b).max(a.min(b) + 1.5), rect.y_range().shrink(6.0));
            ui.painter().rect_filled(bar, 2.0, if step.is_sum { colour } else { colour.gamma_multiply(0.75) });
            // What is a small part of it all is written as a small part.
            let is_small = step.usd.abs() < 0.01 * (high - low);
            let text = RichText::new(amount);
            ui.label(match (step.is_sum, is_small) {
                (true, _) => text.color(colour).strong().size(theme::TITLE),
                (false, false) => text.color(colour),
                (false, true) => text.weak().small(),
            });
            if let Some(invoice) = invoice_usd.filter(|_| !is_small) {
                ui.label(RichText::new(change(step.usd / invoice)).weak().small());
            }
        });
    }
}

fn export(world: &World, choices: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let stages = Stages::new(world)?;
    let found = breakdown(&stages, choices.policy)?;
    let steps = steps(&found, priced(&stages, choices, control)?);
    Ok(Exported { picture: svg::money(scenario, choices.policy, &steps), table: money_csv(&found, &steps) })
}

/// The monitor looked at and its price, which a holdback makes depend on the policy that it watches.
fn priced<'s>(stages: &'s Stages<'_>, choices: &Choices, control: &Control) -> Result<Option<Watched<'s>>, JobError> {
    let Some(index) = choices.monitor else { return Ok(None) };
    let Some(monitor) = stages.launch.world.scenario.monitors.get(index) else { return Ok(None) };
    match Detection::prepare(stages, choices.policy, control) {
        Ok(detection) => {
            let usd_per_day = detection.usd_per_day(index);
            Ok(usd_per_day.map(|usd_per_day| Watched { name: &monitor.name, usd_per_day }))
        }
        // Monitors that do not fit the policy are not paid for.
        Err(JobError::Monitors(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
