//! From the inference saving to the net, step by step.

use eframe::egui::{self, RichText};

use crate::app::panels::View;
use crate::app::theme;
use crate::frontier::breakdown::Breakdown;
use crate::report::sentence::usd;

/// Height of a step.
const ROW: f32 = 34.0;
/// Width of the names, and of the amounts.
const SIDES: [f32; 2] = [190.0, 120.0];

/// One step of the waterfall, USD a month; what is gained counts above zero.
struct Step {
    name: String,
    help: &'static str,
    usd: f64,
    is_sum: bool,
}

/// Shows the waterfall of the selected policy.
pub fn show(ui: &mut egui::Ui, view: &View<'_>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        let scenario = &view.document.scenario;
        let name = scenario.policies.get(view.session.selected).map_or("", |p| p.name.as_str());
        ui.label(RichText::new(format!("What {name} saves, and what it costs")).strong().size(15.0));
        let Some(parts) = view.session.breakdown.as_ref().filter(|b| b.policy == view.session.selected) else {
            ui.label(RichText::new("Computing…").weak());
            return;
        };
        let when = if scenario.events.is_empty() { "At launch" } else { "In production, on the last day" };
        ui.label(RichText::new(format!("{when}, USD a month against the baseline.")).weak().small());
        ui.add_space(6.0);
        let steps = steps(view, parts);
        egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| waterfall(ui, &steps));
    });
}

fn steps(view: &View<'_>, parts: &Breakdown) -> Vec<Step> {
    let monthly = parts.requests_per_month / 1000.0;
    let step = |name: &str, help, usd_per_1k: f64| Step {
        name: name.to_owned(),
        help,
        usd: monthly * usd_per_1k,
        is_sum: false,
    };
    let m = parts.money;
    let mut steps = vec![
        step("Calls of models", "What the calls cost less, requests asked again included.", m.calls),
        step("Routers, judges, people", "What deciding and handing over costs more.", m.overhead),
        step("Tickets", "Tickets that failures bring, times their cost.", m.tickets),
        step("Lost customers", "Customers who leave after failures, times their worth.", m.churn),
        step("Incidents", "Incidents that failures cause, times their cost.", m.incidents),
    ];
    steps.retain(|s| s.usd.abs() > 1e-9);
    // The monitor looked at, if there is one: a scenario lists monitors as alternatives.
    let study = view.session.studies.as_ref().and_then(|s| s.at_budget(view.session.false_alarms).zip(Some(s)));
    if let Some((study, studies)) = study
        && let Some(report) = study.monitors.iter().find(|r| Some(r.monitor) == view.session.monitor)
        && let Some(monitor) = studies.scenario.monitors.get(report.monitor)
    {
        steps.push(Step {
            name: format!("Monitoring: {}", monitor.name),
            help: "The monitor selected in the Detection tab, for 30 days.",
            usd: -report.usd_per_day * crate::frontier::claims::DAYS_PER_MONTH,
            is_sum: false,
        });
    }
    let net = steps.iter().map(|s| s.usd).sum();
    steps.push(Step { name: "Net".to_owned(), help: "Everything together.", usd: net, is_sum: true });
    steps
}

fn waterfall(ui: &mut egui::Ui, steps: &[Step]) {
    let dark = ui.visuals().dark_mode;
    let (mut low, mut high, mut sum) = (0.0_f64, 0.0_f64, 0.0);
    for step in steps {
        sum = if step.is_sum { step.usd } else { sum + step.usd };
        (low, high) = (low.min(sum), high.max(sum));
    }
    let width = (ui.available_width() - SIDES[0] - SIDES[1] - 30.0).max(120.0);
    let across = |rect: egui::Rect, x: f64| rect.left() + ((x - low) / (high - low).max(1e-9)) as f32 * rect.width();
    let mut before = 0.0;
    for step in steps {
        let after = if step.is_sum { step.usd } else { before + step.usd };
        let from = if step.is_sum { 0.0 } else { before };
        ui.horizontal(|ui| {
            let name = if step.is_sum { RichText::new(&step.name).strong() } else { RichText::new(&step.name) };
            ui.add_sized([SIDES[0], ROW], egui::Label::new(name).truncate().halign(egui::Align::LEFT))
                .on_hover_text(step.help);
            let (rect, response) = ui.allocate_exact_size(egui::vec2(width, ROW), egui::Sense::hover());
            let sign = if step.usd > 0.0 { "+" } else { "" };
            let amount = format!("{sign}{}", usd(step.usd));
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
            let (a, b) = (across(rect, from), across(rect, after));
            let bar = egui::Rect::from_x_y_ranges(a.min(b)..=a.max(b).max(a.min(b) + 1.5), rect.y_range().shrink(6.0));
            ui.painter().rect_filled(bar, 2.0, if step.is_sum { colour } else { colour.gamma_multiply(0.75) });
            // Which way it goes, for whoever does not see the colour.
            let arrow = if step.usd < 0.0 { "<" } else { ">" };
            let font = egui::TextStyle::Small.resolve(ui.style());
            if bar.width() > 14.0 {
                ui.painter().text(bar.center(), egui::Align2::CENTER_CENTER, arrow, font, theme::card_fill(dark));
            }
            let text = RichText::new(amount).color(colour);
            ui.label(if step.is_sum { text.strong().size(16.0) } else { text });
        });
        before = after;
    }
}
