//! The policies as a list, and the selected one in words and numbers: money, quality and what a team can see of it, at launch and in
//! production side by side.

use eframe::egui::{self, RichText};

use super::waiting;
use crate::app::command::Command;
use crate::app::glossary;
use crate::app::theme;
use crate::app::view::View;
use crate::frontier::claims::DAYS_PER_MONTH;
use crate::frontier::point::Point;
use crate::frontier::{Frontier, Stage};
use crate::model::Scenario;
use crate::policy::Oracle;
use crate::report::sentence::{self, change, fixed, grouped, percent, points, usd};

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(2.0);
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
            selected(ui, view, frontier);
        });
    });
}

/// Whether a lesson is waiting for predictions that the figures would give away.
fn quiet(view: &View<'_>) -> bool {
    view.session.course.as_ref().is_some_and(crate::app::course::Course::keeps_quiet)
}

/// The policy that costs least with its failures; the oracle, which nobody can run, takes no part.
fn cheapest(scenario: &Scenario, stage: &Stage) -> Option<usize> {
    let cost = |i: usize| Some(stage.curves.get(i)?.operating_point.as_ref()?.total_usd_per_1k);
    let real = scenario.policies.iter().enumerate().filter(|(_, policy)| !policy.kind.is::<Oracle>());
    real.filter_map(|(i, _)| Some((cost(i)?, i))).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, i)| i)
}

fn list(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let scenario = &view.document.scenario;
    let dark = ui.visuals().dark_mode;
    let stage = view.session.points.as_deref().map(Frontier::latest).filter(|_| !quiet(view));
    let cheapest = stage.and_then(|stage| cheapest(scenario, stage));
    ui.horizontal(|ui| {
        ui.heading("Policies");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::BOTTOM), |ui| {
            ui.label(RichText::new("with failures").weak().small())
                .on_hover_text("What each policy costs in all, calls and failures, against the baseline.");
        });
    });
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
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if let Some((told, help)) = stage.and_then(|stage| standing(scenario, stage, index, cheapest)) {
                    ui.label(RichText::new(told).small().weak()).on_hover_text(help);
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center).with_main_justify(false), |ui| {
                    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
                    if ui.selectable_label(view.session.selected == index, &policy.name).clicked() {
                        commands.push(Command::Select(index));
                    }
                });
            });
        });
    }
}

/// What is said of a policy in the list, and what it means.
fn standing(
    scenario: &Scenario,
    stage: &Stage,
    index: usize,
    cheapest: Option<usize>,
) -> Option<(String, &'static str)> {
    let is_baseline = scenario.policies.get(index).is_some_and(|p| p.name == scenario.baseline);
    let least = if cheapest == Some(index) { ", least" } else { "" };
    if is_baseline {
        return Some((format!("baseline{least}"), "Everything is compared with it: what was there before routing."));
    }
    let metrics = stage.metrics.get(index)?;
    let told = change(metrics.total_change?);
    Some(if metrics.in_trap {
        (format!("trap, {told}"), "Inside the trap: the invoice falls, and the cost with failures rises.")
    } else {
        (format!("{told}{least}"), "What it costs in all, calls and failures, against the baseline.")
    })
}

/// How a figure is written, and its change.
#[derive(Clone, Copy)]
enum Form {
    /// USD a month.
    Usd,
    /// A share.
    Share,
    /// Any number, with so many decimals.
    Number(usize),
}

impl Form {
    fn written(self, x: f64) -> String {
        match self {
            Self::Usd => usd(x),
            Self::Share => percent(x, 1),
            Self::Number(0) => grouped(x),
            Self::Number(decimals) => fixed(x, decimals),
        }
    }

    fn changed(self, before: f64, after: f64) -> String {
        match self {
            Self::Share => sentence::signed(100.0 * (after - before), 1),
            _ if before > 0.0 && after >= 0.0 => change(after / before - 1.0),
            _ => String::new(),
        }
    }
}

/// A figure at launch and in production.
struct Figure {
    label: String,
    help: &'static str,
    form: Form,
    values: [Option<f64>; 2],
    /// Among those that matter most.
    is_main: bool,
}

fn selected(ui: &mut egui::Ui, view: &View<'_>, frontier: &Frontier) {
    let scenario = &view.document.scenario;
    let index = view.session.selected;
    // A policy that learns is known from Monte Carlo alone.
    let is_known = frontier.latest().curves.get(index).is_some_and(|c| c.operating_point.is_some());
    let frontier = if is_known { frontier } else { view.session.intervals.as_ref().unwrap_or(frontier) };
    let name = scenario.policies.get(index).map_or("", |p| p.name.as_str());
    if frontier.latest().curves.get(index).is_none_or(|c| c.operating_point.is_none()) {
        ui.label(RichText::new(name).strong());
        ui.label(RichText::new(sentence::reading(scenario, frontier, index)).weak());
        return;
    }
    let day = format!("day {}", scenario.traffic.days.saturating_sub(1));
    let has_production = frontier.production.is_some();
    heads(ui, name, has_production.then_some(["launch", day.as_str(), "change"]));
    let note = scenario.policies.get(index).map_or("", |policy| policy.note.as_str());
    if !note.is_empty() {
        ui.label(RichText::new(note).small());
    }
    for (title, help, figures) in groups(scenario, frontier, index) {
        if figures.is_empty() {
            continue;
        }
        ui.add_space(theme::GAP);
        ui.label(RichText::new(title).small().strong()).on_hover_text(help);
        let (main, more): (Vec<&Figure>, Vec<&Figure>) = figures.iter().partition(|figure| figure.is_main);
        for figure in main {
            row(ui, figure, has_production);
        }
        if !more.is_empty() {
            egui::CollapsingHeader::new(RichText::new("More").small().weak()).id_salt(title).show_unindented(
                ui,
                |ui| {
                    for figure in more {
                        row(ui, figure, has_production);
                    }
                },
            );
        }
    }
    ui.add_space(theme::GAP);
    known(ui, view, frontier, index);
}

/// Reads a figure off a stage, a policy's point, and the baseline's where it is another policy.
type Reading<'r> = &'r dyn Fn(&Stage, &Point, Option<&Point>) -> Option<f64>;

type Group = (&'static str, &'static str, Vec<Figure>);

/// Money, quality, and what a team can see.
fn groups(scenario: &Scenario, frontier: &Frontier, index: usize) -> [Group; 3] {
    let stages = [Some(&frontier.launch), frontier.production.as_ref()];
    let of = |value: Reading<'_>| {
        stages.map(|stage| {
            let stage = stage?;
            let at = |policy: usize| stage.curves.get(policy)?.operating_point.as_ref();
            value(stage, at(index)?, at(frontier.baseline).filter(|_| index != frontier.baseline))
        })
    };
    let figure = |label: &str, help, form, is_main, value: Reading<'_>| {
        let values = of(value);
        let is_there = values.iter().any(Option::is_some);
        is_there.then(|| Figure { label: label.to_owned(), help, form, values, is_main })
    };
    let monthly = |stage: &Stage, per_1k: f64| Some(per_1k / 1000.0 * stage.requests_per_day * DAYS_PER_MONTH);
    let money = [
        figure(
            "Invoice",
            "Calls, routers, judges and requests asked again, for 30 days.",
            Form::Usd,
            true,
            &|s, p, _| monthly(s, p.inference_usd_per_1k),
        ),
        figure("Failures", "Tickets, lost customers and incidents, for 30 days.", Form::Usd, true, &|s, p, _| {
            monthly(s, p.downstream_usd_per_1k)
        }),
        figure("Together", "Invoice and failures, for 30 days.", Form::Usd, true, &|s, p, _| {
            monthly(s, p.total_usd_per_1k)
        }),
        figure("Saved", "Invoice below the baseline's, for 30 days.", Form::Usd, false, &|s, p, b| {
            monthly(s, b?.inference_usd_per_1k - p.inference_usd_per_1k)
        }),
        figure("Extra damage", "Failures above the baseline's, for 30 days.", Form::Usd, false, &|s, p, b| {
            monthly(s, p.downstream_usd_per_1k - b?.downstream_usd_per_1k)
        }),
        figure(
            "Damage per USD saved",
            "The trap ratio: extra cost of failures for each dollar that the invoice falls; above 1 money is lost.",
            Form::Number(1),
            false,
            &|s, _, b| b.and_then(|_| s.metrics.get(index)?.trap_ratio),
        ),
    ];
    let mut quality: Vec<Option<Figure>> = vec![
        figure("Good answers", "Mean success of final answers.", Form::Share, true, &|_, p, _| Some(p.quality)),
        figure(
            "Hardest tenth",
            "Good answers among the hardest tenth of requests, as launch had them.",
            Form::Share,
            true,
            &|_, p, _| p.hard_edge_quality,
        ),
    ];
    for (k, tier) in scenario.tiers.iter().enumerate() {
        let share = |p: &Point| p.traffic.get(k).copied().filter(|share| *share > 0.0005);
        quality.push(figure(
            &format!("Answered by {}", tier.name),
            "Share of the final answers that this tier gives.",
            Form::Share,
            false,
            &|_, p, _| share(p),
        ));
        quality.push(figure(
            &format!("Good by {}", tier.name),
            "Good answers among those that this tier gives.",
            Form::Share,
            false,
            &|_, p, _| share(p).and_then(|_| p.quality_by_tier.get(k).copied().flatten()),
        ));
    }
    quality.push(figure("Latency, ms", "Mean over requests.", Form::Number(0), false, &|_, p, _| {
        Some(p.latency_mean_ms).filter(|ms| *ms > 0.0)
    }));
    let watch = [
        figure("Thumbs-down", "Per 1,000 answers: what a dashboard shows.", Form::Number(2), true, &|_, p, _| {
            Some(p.thumbs_down_per_1k)
        }),
        figure("Tickets", "Per 1,000 requests.", Form::Number(1), true, &|_, p, _| Some(p.tickets_per_1k)),
        figure("Customers lost", "Per 1,000 requests.", Form::Number(3), false, &|_, p, _| Some(p.churn_per_1k)),
    ];
    [
        (
            "Money, USD a month",
            "What the scenario makes true on each of the days.",
            money.into_iter().flatten().collect(),
        ),
        ("Quality", "What the scenario makes true; a team sees its dashboards and its launch review alone.", {
            quality.into_iter().flatten().collect()
        }),
        ("Seen on dashboards", "Per 1,000 requests or answers.", watch.into_iter().flatten().collect()),
    ]
}

/// Widths of the columns: launch, production, change, points.
const COLUMNS: [f32; 3] = [54.0, 66.0, 46.0];
/// Width of the one column of a scenario in which nothing changes, points.
const COLUMN: f32 = 80.0;

/// The headings of the columns.
fn heads(ui: &mut egui::Ui, name: &str, heads: Option<[&str; 3]>) {
    ui.horizontal(|ui| {
        let room = ui.available_width() - heads.map_or(0.0, |_| COLUMNS.iter().sum());
        cell(ui, room, egui::Align::Min, RichText::new(name).strong());
        for (head, width) in heads.into_iter().flatten().zip(COLUMNS) {
            cell(ui, width, egui::Align::Max, RichText::new(head).small().weak());
        }
    });
}

/// A figure with its columns.
fn row(ui: &mut egui::Ui, figure: &Figure, has_production: bool) {
    let written = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |x| figure.form.written(x));
    let sized = |text: RichText| if figure.is_main { text } else { text.small() };
    let [launch, production] = figure.values;
    ui.horizontal(|ui| {
        let columns = if has_production { COLUMNS.iter().sum() } else { COLUMN };
        let room = ui.available_width() - columns;
        cell(ui, room, egui::Align::Min, RichText::new(&figure.label).small()).on_hover_ui(|ui| {
            ui.set_max_width(360.0);
            ui.label(figure.help);
            glossary::explain(ui, &figure.label);
        });
        if !has_production {
            cell(ui, COLUMN, egui::Align::Max, sized(RichText::new(written(launch)).strong()));
            return;
        }
        let changed = launch.zip(production).map_or_else(String::new, |(a, b)| figure.form.changed(a, b));
        let texts = [
            RichText::new(written(launch)).small().weak(),
            sized(RichText::new(written(production)).strong()),
            RichText::new(changed).small(),
        ];
        for (text, width) in texts.into_iter().zip(COLUMNS) {
            cell(ui, width, egui::Align::Max, text);
        }
    });
}

/// A text in a column of a width, cut off where it does not fit.
fn cell(ui: &mut egui::Ui, width: f32, align: egui::Align, text: RichText) -> egui::Response {
    ui.spacing_mut().item_spacing.x = 0.0;
    let size = egui::vec2(width.max(0.0), ui.spacing().interact_size.y * 0.8);
    let layout = match align {
        egui::Align::Max => egui::Layout::right_to_left(egui::Align::Center),
        _ => egui::Layout::left_to_right(egui::Align::Center),
    };
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_size(size);
        ui.add(egui::Label::new(text).truncate())
    })
    .inner
}

/// What the team could have known when it decided.
fn known(ui: &mut egui::Ui, view: &View<'_>, frontier: &Frontier, index: usize) {
    if index == frontier.baseline {
        return;
    }
    ui.label(RichText::new("What the team could have known").small().strong());
    let mut row = |label: &str, help: &str, value: String| {
        ui.horizontal(|ui| {
            let room = ui.available_width() * 0.45;
            cell(ui, room, egui::Align::Min, RichText::new(label)).on_hover_text(help);
            let room = ui.available_width();
            cell(ui, room, egui::Align::Max, RichText::new(value));
        });
    };
    let review = view.session.curves.as_ref().and_then(|f| f.launch_review.iter().find(|r| r.policy == index));
    if let Some(r) = review {
        row(
            "Launch review",
            "Share of held-out requests on which the routed answer was no worse than the baseline's: what the team saw.",
            format!("no worse on {}", percent(r.no_worse, 1)),
        );
    }
    let Some(m) = frontier.launch.metrics.get(index) else { return };
    if let Some(gap) = m.quality_gap {
        row("Gap at launch", "Baseline's quality less this policy's, before anything drifts.", points(gap, 1));
    }
    let sampled = |stage: fn(&Frontier) -> Option<&Stage>| {
        let point = stage(view.session.intervals.as_ref()?)?.curves.get(index)?.operating_point.as_ref()?;
        point.interval.as_ref()
    };
    if let Some(i) = sampled(|f| Some(&f.launch)) {
        let [low, high] = i.quality_gap.map(|gap| fixed(100.0 * gap, 2));
        row("Its 95 % interval", "From simulating the same requests under both policies.", format!("{low} to {high}"));
    }
    if let Some(gap) = m.break_even_gap {
        row(
            "Break-even gap",
            "Saving on the invoice ÷ damage per failure: a wider gap loses money, and no monitor is faster than this arithmetic.",
            points(gap, 1),
        );
    }
    if let Some(i) = sampled(|f| f.production.as_ref()) {
        let told = format!("{} to {}", percent(i.quality[0], 2), percent(i.quality[1], 2));
        row("Good in production", "95 % interval of the good answers, from the Monte Carlo simulation.", told);
    }
    let stage = frontier.latest();
    if let Some(knob) = stage.curves.get(index).and_then(|c| c.knob.as_ref()) {
        let told = match stage.metrics.get(index).and_then(|m| m.cheapest_at_floor) {
            Some((setting, usd_per_1k)) => {
                let setting = setting.map_or_else(String::new, |x| format!("{}, ", sentence::setting(knob, x)));
                format!("{setting}{} USD per 1,000", usd(usd_per_1k))
            }
            None => "no setting".to_owned(),
        };
        row(
            &format!("At {} good", percent(stage.quality_floor, 1)),
            "The cheapest setting that keeps the quality floor, the line in the plot: drag it. Invoice in USD per 1,000 requests.",
            told,
        );
    }
}
