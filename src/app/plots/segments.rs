//! Segments against tiers as a heat map, the segment that loses most above.

use colorgrad::Gradient;
use eframe::egui::{self, Color32, RichText};

use crate::app::command::Command;
use crate::app::panels::View;
use crate::app::rows;
use crate::app::state::Heat;
use crate::app::theme;
use crate::frontier::breakdown::{AnswererPart, Breakdown, SegmentPart};
use crate::report::sentence::{percent, usd};

/// Width of the names.
const NAME: f32 = 150.0;
/// Width of the qualities.
const QUALITY: f32 = 124.0;
/// Width of the nets.
const NET: f32 = 128.0;
/// Height of a row.
const ROW: f32 = 26.0;
/// Space between cells.
const SPACE: f32 = 4.0;

/// Shows the map of the selected policy.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height());
        let scenario = &view.document.scenario;
        let name = scenario.policies.get(view.session.selected).map_or("", |p| p.name.as_str());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("Where {name} gains and loses")).strong().size(15.0));
            for (heat, label, help) in [
                (Heat::Loss, "loss", "What the failures of each tier cost in each segment, USD a month."),
                (Heat::Quality, "quality", "Mean success of each tier's answers in each segment."),
                (Heat::Traffic, "traffic", "Share of all traffic that each tier answers in each segment."),
            ] {
                if ui.selectable_label(view.settings.heat == heat, label).on_hover_text(help).clicked() {
                    commands.push(Command::Heat(heat));
                }
            }
        });
        let Some(parts) = view.session.breakdown.as_ref().filter(|b| b.policy == view.session.selected) else {
            ui.label(RichText::new("Computing…").weak());
            return;
        };
        let when = if scenario.events.is_empty() { "At launch" } else { "In production, on the last day" };
        ui.label(
            RichText::new(format!(
                "{when}, against the baseline. Above: the segment that loses most, downstream cost less inference saved."
            ))
            .weak()
            .small(),
        );
        ui.add_space(4.0);
        let mut names: Vec<&str> = scenario.tiers.iter().map(|t| t.name.as_str()).collect();
        if parts.segments.iter().any(|s| s.answerers.get(names.len()).is_some_and(|a| a.traffic > 1e-9)) {
            names.push("A person");
        }
        egui::ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| map(ui, view, parts, &names));
    });
}

/// What a segment loses in all, USD per 1,000 requests.
fn lost(part: &SegmentPart) -> f64 {
    part.extra_downstream_usd_per_1k - part.saving_usd_per_1k
}

fn map(ui: &mut egui::Ui, view: &View<'_>, parts: &Breakdown, tiers: &[&str]) {
    let monthly = parts.requests_per_month / 1000.0;
    let mut order: Vec<&SegmentPart> = parts.segments.iter().collect();
    order.sort_by(|a, b| lost(b).total_cmp(&lost(a)));
    let value = |a: &AnswererPart| match view.settings.heat {
        Heat::Loss => (a.traffic > 1e-9).then_some(monthly * a.failures_usd_per_1k),
        Heat::Quality => a.quality.filter(|_| a.traffic > 1e-9),
        Heat::Traffic => (a.traffic > 1e-9).then_some(a.traffic),
    };
    let shown = parts.segments.iter().flat_map(|s| s.answerers.iter().take(tiers.len())).filter_map(value);
    let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    let width = ((ui.available_width() - NAME - QUALITY - NET - 20.0) / tiers.len().max(1) as f32).clamp(80.0, 200.0);
    let dark = ui.visuals().dark_mode;
    ui.spacing_mut().item_spacing = egui::Vec2::splat(SPACE);
    ui.horizontal(|ui| {
        left(ui, NAME, RichText::new("Segment").strong());
        for name in tiers {
            ui.add_sized([width, ROW], egui::Label::new(RichText::new(*name).strong()).truncate());
        }
        left(ui, QUALITY, RichText::new("Quality").strong())
            .on_hover_text("Of the policy, and of the baseline in brackets.");
        left(ui, NET, RichText::new("Net, USD a month").strong())
            .on_hover_text("Inference saved less extra downstream cost, against the baseline.");
    });
    rows::show(ui, order.len(), ROW + SPACE, |ui, index| {
        let Some(part) = order.get(index) else { return };
        ui.horizontal(|ui| {
            left(ui, NAME, RichText::new(&part.name)).on_hover_text(format!(
                "{}: {} of the traffic",
                part.name,
                percent(part.share, 1)
            ));
            for (answerer, tier) in part.answerers.iter().zip(tiers) {
                let text = match (value(answerer), view.settings.heat) {
                    (None, _) => "–".to_owned(),
                    (Some(x), Heat::Loss) => usd(x),
                    (Some(x), _) => percent(x, 1),
                };
                cell(ui, width, value(answerer).map(|x| (x - low) / (high - low).max(1e-12)), &text, &part.name, tier);
            }
            let both = format!("{} ({})", percent(part.quality, 1), percent(part.baseline_quality, 1));
            left(ui, QUALITY, RichText::new(both));
            let net = -monthly * lost(part);
            let colour = if net < 0.0 { theme::bad(dark) } else { theme::good(dark) };
            let sign = if net > 0.0 { "+" } else { "" };
            left(ui, NET, RichText::new(format!("{sign}{}", usd(net))).color(colour).strong());
        });
    });
}

/// A text in a column of a width.
fn left(ui: &mut egui::Ui, width: f32, text: RichText) -> egui::Response {
    ui.add_sized([width, ROW], egui::Label::new(text).truncate().halign(egui::Align::LEFT))
}

/// A cell: its colour says how large, its text what. Cividis looks the same to everybody.
fn cell(ui: &mut egui::Ui, width: f32, part: Option<f64>, text: &str, segment: &str, tier: &str) {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, ROW), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Cell, true, format!("{segment}, {tier}: {text}")));
    let (fill, ink) = match part {
        Some(part) => {
            let [r, g, b, _] = colorgrad::preset::cividis().at(part as f32).to_rgba8();
            (Color32::from_rgb(r, g, b), if part < 0.5 { Color32::WHITE } else { Color32::BLACK })
        }
        None => (ui.visuals().faint_bg_color, ui.visuals().weak_text_color()),
    };
    ui.painter().rect_filled(rect, 3.0, fill);
    let font = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, ink);
}
