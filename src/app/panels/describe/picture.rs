//! The small frontier that fills in while somebody answers.

use eframe::egui::{self, RichText};
use egui_plot::Points;

use super::View;
use crate::app::chart;
use crate::app::describing::{Describing, Picture};
use crate::app::theme;
use crate::report::sentence::{percent, usd};
use crate::scenario::visible::shown;

/// Height of the picture.
const HEIGHT: f32 = 210.0;

/// Shows it, or what stands in its way.
pub fn show(ui: &mut egui::Ui, view: &View<'_>) {
    let describing = &view.session.describing;
    if let Some(Err(problems)) = describing.now() {
        ui.label(RichText::new("These answers do not go together yet:").strong());
        for problem in problems {
            ui.add(
                egui::Label::new(RichText::new(shown(&problem.to_string())).color(theme::bad(ui.visuals().dark_mode)))
                    .wrap(),
            );
        }
        ui.add_space(theme::GAP);
    }
    match describing.picture() {
        Some(picture) => draw(ui, describing, picture),
        None if describing.now().is_none() => {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Cost and quality of each way of routing will stand here in a moment.");
            });
        }
        None => {}
    }
}

fn draw(ui: &mut egui::Ui, describing: &Describing, picture: &Picture) {
    let dark = ui.visuals().dark_mode;
    let scenario = &picture.described.scenario;
    let stage = picture.frontier.latest();
    let points: Vec<(usize, [f64; 2])> = stage
        .curves
        .iter()
        .filter_map(|curve| {
            curve.operating_point.as_ref().map(|point| (curve.policy, [point.total_usd_per_1k, 100.0 * point.quality]))
        })
        .collect();
    let title = if describing.now().is_none() {
        "Good answers against all costs (being worked out)"
    } else {
        "Good answers against all costs"
    };
    ui.label(RichText::new(title).strong());
    let extent = chart::Extent::of(points.iter().map(|(_, at)| *at));
    let plot = extent
        .with_room(chart::still("describe picture", dark))
        .height(HEIGHT)
        .set_margin_fraction(egui::vec2(0.12, 0.15))
        .x_axis_label("All costs, USD per 1,000 requests")
        .y_axis_label("Good answers, %");
    let drawn = plot.show(ui, |plot| {
        for (policy, at) in &points {
            let mark = theme::mark(dark, *policy);
            let name = scenario.policies.get(*policy).map_or("", |policy| policy.name.as_str());
            plot.points(Points::new(name, vec![*at]).shape(mark.shape).radius(6.0).color(mark.colour));
        }
    });
    drawn.response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::Role::Image,
            true,
            "Picture: good answers of each way of routing against all its costs",
        )
    });
    ui.label(RichText::new("On the last day, with the changes that are assumed.").weak().small());
    ui.add_space(theme::GAP);
    for (policy, reading) in picture.readings.iter().enumerate() {
        let mark = theme::mark(dark, policy);
        let at = points.iter().find(|(of, _)| *of == policy).map(|(_, at)| *at);
        ui.horizontal_top(|ui| {
            let (place, _) = ui.allocate_exact_size(egui::vec2(10.0, 16.0), egui::Sense::hover());
            ui.painter().circle_filled(place.center(), 4.0, mark.colour);
            ui.add(egui::Label::new(reading.as_str()).wrap()).on_hover_text(at.map_or_else(
                String::new,
                |[cost, good]| {
                    format!("{} good answers, {} USD per 1,000 requests", percent(good / 100.0, 1), usd(cost))
                },
            ));
        });
    }
}
