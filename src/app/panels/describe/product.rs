//! The product, and the kinds of requests that come to it.

use eframe::egui::{self, RichText};

use super::{Asked, heading, number, text};
use crate::app::theme;
use crate::describe::{Answers, Hard, Kind, MAX_KINDS, typical};

/// Product and volume.
pub fn product(ui: &mut egui::Ui, answers: &mut Answers) {
    ui.label("A name is all that is needed. Where you do not know a number, leave it: a usual one is taken, and said at the end.");
    heading(ui, "Product");
    ui.horizontal(|ui| {
        ui.label("Name");
        text(ui, "Name of the product", "My product", &mut answers.name);
    });
    heading(ui, "Volume");
    let asked =
        Asked { label: "Requests a day", usual: typical::REQUESTS_PER_DAY, range: [1.0, 1e9], unit: "", instead: "" };
    number(ui, &asked, &mut answers.requests_per_day);
    let asked = Asked { label: "Growth in 30 days", usual: 0.0, range: [-50.0, 100.0], unit: "%", instead: "" };
    number(ui, &asked, &mut answers.monthly_growth_percent);
    let asked =
        Asked { label: "Look ahead", usual: typical::HORIZON_DAYS, range: [7.0, 3650.0], unit: "days", instead: "" };
    number(ui, &asked, &mut answers.horizon_days);
}

/// Kinds of requests.
pub fn requests(ui: &mut egui::Ui, answers: &mut Answers) {
    ui.label("One to six kinds of requests, as your team would name them. Without any, all requests are of one kind.");
    let mut gone = None;
    for (index, kind) in answers.request.iter_mut().enumerate() {
        ui.push_id(("kind", index), |ui| {
            theme::card(ui).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    text(ui, &format!("Name of kind {}", index + 1), "such as Billing", &mut kind.name);
                    let remove = ui.button("Remove");
                    remove.widget_info(|| {
                        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Remove kind {}", index + 1))
                    });
                    if remove.clicked() {
                        gone = Some(index);
                    }
                });
                let label = format!("Share of kind {}", index + 1);
                number(
                    ui,
                    &Asked { label: &label, usual: 20.0, range: [0.0, 100.0], unit: "%", instead: "an equal part" },
                    &mut kind.share_percent,
                );
                hard(ui, index, kind);
                let label = format!("Kind {}: harder than it looks", index + 1);
                let asked = Asked {
                    label: &label,
                    usual: typical::HARDER_PERCENT,
                    range: [0.0, 100.0],
                    unit: "%",
                    instead: "",
                };
                number(ui, &asked, &mut kind.harder_than_it_looks_percent);
            });
        });
    }
    if let Some(index) = gone {
        let kind = answers.request.remove(index);
        for model in &mut answers.model {
            model.good_percent_by_kind.remove(&kind.name);
        }
    }
    ui.add_space(theme::GAP);
    if ui.add_enabled(answers.request.len() < MAX_KINDS, egui::Button::new("Add a kind of requests")).clicked() {
        answers.request.push(Kind::default());
    }
}

fn hard(ui: &mut egui::Ui, index: usize, kind: &mut Kind) {
    let shown = kind.hard.unwrap_or(Hard::Easy);
    ui.horizontal_wrapped(|ui| {
        ui.label("How hard");
        let box_ = egui::ComboBox::from_id_salt("hard").selected_text(shown.told()).show_ui(ui, |ui| {
            for step in Hard::ALL {
                if ui.selectable_label(kind.hard == Some(*step), step.told()).on_hover_text(step.help()).clicked() {
                    kind.hard = Some(*step);
                }
            }
        });
        let name = format!("How hard kind {} is", index + 1);
        box_.response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &name);
            info.current_text_value = Some(shown.told().to_owned());
            info
        });
        ui.label(RichText::new(shown.help()).weak());
    });
}
