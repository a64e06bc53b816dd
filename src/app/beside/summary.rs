//! The policies as a list, and the selected one in words and numbers.

use eframe::egui::{self, RichText};

use super::{row, waiting};
use crate::app::command::Command;
use crate::app::theme;
use crate::app::view::View;
use crate::frontier::claims::DAYS_PER_MONTH;
use crate::frontier::{Frontier, Stage};
use crate::model::Scenario;
use crate::report::sentence::{self, percent, usd};

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &view.document.scenario;
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(2.0);
        ui.heading("Policies");
        list(ui, view, commands);
        ui.add_space(theme::GAP);
        if quiet(view) {
            ui.label(RichText::new("The figures wait for the room's predictions.").weak());
            return;
        }
        let Some(frontier) = &view.session.points else {
            waiting(ui, view, "Computing…", commands);
            return;
        };
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            selected(ui, view, scenario, frontier);
        });
    });
}

/// Whether a lesson is waiting for predictions that the figures would give away.
fn quiet(view: &View<'_>) -> bool {
    view.session.course.as_ref().is_some_and(crate::app::course::Course::keeps_quiet)
}

fn list(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &view.document.scenario;
    let dark = ui.visuals().dark_mode;
    for (index, policy) in scenario.policies.iter().enumerate() {
        let mark = theme::mark(dark, index);
        ui.horizontal(|ui| {
            let mut shown = !view.session.hidden.contains(&index);
            let name = format!("Draw {}", policy.name);
            let check = ui.checkbox(&mut shown, "").on_hover_text("Whether it is drawn");
            check.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, shown, &name));
            if check.changed() {
                commands.push(Command::ShowCurve(index, shown));
            }
            theme::swatch(ui, mark.colour, Some(mark.dash), Some(mark.shape));
            let metrics = view.session.points.as_ref().and_then(|f| f.latest().metrics.get(index));
            let text = if policy.name == scenario.baseline {
                format!("{} (baseline)", policy.name)
            } else {
                policy.name.clone()
            };
            let response = ui.selectable_label(view.session.selected == index, text);
            if response.clicked() {
                commands.push(Command::Select(index));
            }
            if metrics.is_some_and(|m| m.in_trap) && !quiet(view) {
                ui.label(RichText::new("trap").small().strong().color(theme::bad(dark)))
                    .on_hover_text("Inside the trap in production: inference cost down, total cost up.");
            }
        });
    }
}

fn selected(ui: &mut egui::Ui, view: &View<'_>, scenario: &Scenario, frontier: &Frontier) {
    let index = view.session.selected;
    let dark = ui.visuals().dark_mode;
    let latest = frontier.latest();
    // A policy that learns is known from Monte Carlo alone.
    let frontier = match (latest.curves.get(index).and_then(|c| c.operating_point.as_ref()), &view.session.intervals) {
        (None, Some(sampled)) => sampled,
        _ => frontier,
    };
    let reading = sentence::reading(scenario, frontier, index);
    let metrics = frontier.latest().metrics.get(index);
    let colour = match metrics {
        Some(m) if m.in_trap => theme::bad(dark),
        Some(m) if index != frontier.baseline && m.total_change.is_some_and(|c| c < 0.0) => theme::good(dark),
        _ => ui.visuals().text_color(),
    };
    ui.label(RichText::new(reading).strong().size(15.0).color(colour));
    ui.add_space(4.0);
    stage(ui, scenario, "At launch", frontier, &frontier.launch, index, view);
    if let Some(production) = &frontier.production {
        ui.add_space(4.0);
        let day = scenario.traffic.days.saturating_sub(1);
        stage(ui, scenario, &format!("In production, day {day}"), frontier, production, index, view);
    }
    if index == frontier.baseline {
        return;
    }
    ui.add_space(4.0);
    ui.label(RichText::new("What the team could have known").strong());
    egui::Grid::new("known").num_columns(2).spacing([8.0, 3.0]).show(ui, |ui| {
        let review = view.session.curves.as_ref().and_then(|f| f.launch_review.iter().find(|r| r.policy == index));
        if let Some(r) = review {
            row(
                ui,
                "Launch review",
                "Share of held-out requests on which the routed answer was no worse than the baseline's: what the team saw.",
                format!("no worse on {}", percent(r.no_worse, 1)),
            );
        }
        if let Some(m) = frontier.launch.metrics.get(index) {
            let points = |x: f64| sentence::points(x, 1);
            if let Some(gap) = m.quality_gap {
                row(ui, "Quality gap at launch", "Baseline's quality less this policy's, before anything drifts.", points(gap));
            }
            let sampled = view.session.intervals.as_ref().and_then(|f| f.launch.curves.get(index));
            if let Some(i) = sampled.and_then(|c| c.operating_point.as_ref()?.interval.as_ref()) {
                let [low, high] = i.quality_gap.map(|gap| sentence::fixed(100.0 * gap, 2));
                row(ui, "Its 95 % interval", "From simulating the same requests under both policies.", format!("{low} to {high}"));
            }
            if let Some(gap) = m.break_even_gap {
                row(
                    ui,
                    "Break-even gap",
                    "Inference saving ÷ damage per failure: a wider gap loses money, and no monitor is faster than this arithmetic.",
                    points(gap),
                );
            }
        }
    });
}

fn stage(
    ui: &mut egui::Ui,
    scenario: &Scenario,
    title: &str,
    frontier: &Frontier,
    stage: &Stage,
    index: usize,
    view: &View<'_>,
) {
    let point = |policy: usize| stage.curves.get(policy).and_then(|c| c.operating_point.as_ref());
    let Some(p) = point(index) else { return };
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).strong());
        ui.label(RichText::new("the truth").weak()).on_hover_text(
            "What the scenario makes true on that day. A team sees its dashboards and its launch review alone.",
        );
    });
    let monthly = |per_1k: f64| usd(per_1k / 1000.0 * stage.requests_per_day * DAYS_PER_MONTH);
    egui::Grid::new(title).num_columns(2).spacing([8.0, 3.0]).show(ui, |ui| {
        row(ui, "Quality", "Mean success of final answers.", percent(p.quality, 1));
        if let Some(q) = p.hard_edge_quality {
            row(
                ui,
                "Hard-edge quality",
                "Success among the hardest tenth of requests, as launch had them.",
                percent(q, 1),
            );
        }
        row(
            ui,
            "Inference, USD a month",
            "Calls, routers, judges and requests asked again, for 30 days.",
            monthly(p.inference_usd_per_1k),
        );
        row(
            ui,
            "Downstream, USD a month",
            "Tickets, lost customers and incidents, for 30 days.",
            monthly(p.downstream_usd_per_1k),
        );
        if index != frontier.baseline
            && let Some(b) = point(frontier.baseline)
        {
            let extra = p.downstream_usd_per_1k - b.downstream_usd_per_1k;
            let saving = b.inference_usd_per_1k - p.inference_usd_per_1k;
            row(ui, "Saved, USD a month", "Inference cost below the baseline's.", monthly(saving));
            row(ui, "Extra damage, USD a month", "Downstream cost above the baseline's.", monthly(extra));
        }
        if let Some(ratio) = stage.metrics.get(index).and_then(|m| m.trap_ratio).filter(|_| index != frontier.baseline)
        {
            row(
                ui,
                "Trap ratio",
                "Extra downstream cost for each dollar of inference saved; above 1 money is lost.",
                sentence::fixed(ratio, 1),
            );
        }
        if let Some(m) = stage.metrics.get(index)
            && let Some((knob, usd_per_1k)) = m.cheapest_at_floor
        {
            let setting = stage.curves.get(index).and_then(|c| c.knob).zip(knob);
            let setting = setting.map_or_else(String::new, |(k, x)| format!("at {}, ", sentence::setting(&k, x)));
            row(
                ui,
                &format!("Cheapest with {}", percent(stage.quality_floor, 1)),
                "The setting of least inference cost that keeps the quality floor, the line in the plot: drag it. USD per 1,000 requests.",
                format!("{setting}{} USD", usd(usd_per_1k)),
            );
        }
        row(ui, "Thumbs-down per 1,000", "What a dashboard would show.", sentence::fixed(p.thumbs_down_per_1k, 2));
        for (k, tier) in scenario.tiers.iter().enumerate() {
            let share = p.traffic.get(k).copied().unwrap_or(0.0);
            if let Some(q) = p.quality_by_tier.get(k).copied().flatten().filter(|_| share > 0.0005) {
                row(
                    ui,
                    &format!("{}: share, quality", tier.name),
                    "Share of final answers by this tier, and their mean success.",
                    format!("{}, {}", percent(share, 0), percent(q, 1)),
                );
            }
        }
        if p.latency_mean_ms > 0.0 {
            row(ui, "Latency", "Mean over requests.", format!("{} ms", sentence::grouped(p.latency_mean_ms)));
        }
        let sampled = view.session.intervals.as_ref().and_then(|f| {
            let stages = if std::ptr::eq(stage, &frontier.launch) { Some(&f.launch) } else { f.production.as_ref() };
            stages?.curves.get(index)?.operating_point.as_ref()?.interval.clone()
        });
        if let Some(i) = sampled {
            row(
                ui,
                "Quality, 95 % interval",
                "From the Monte Carlo simulation.",
                format!("{} to {}", percent(i.quality[0], 2), percent(i.quality[1], 2)),
            );
        }
    });
}
