//! The plain face of a number: the figure that stands for it, looked up once for each state of the scenario.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui;

use super::super::View;
use crate::app::parameters::Slider;
use crate::app::settings::Words;
use crate::model::Scenario;
use crate::model::address::{self, Address};
use crate::plain;

/// A number by a figure that people know.
#[derive(Clone, Debug)]
pub struct Faced {
    /// Name within its card.
    pub label: String,
    /// What it is.
    pub help: String,
    /// Unit; empty: a share.
    pub unit: &'static str,
    /// The figure now.
    pub value: f64,
    /// The figure at the ends of the slider's range, the smaller first.
    pub span: [f64; 2],
}

/// What was looked up of the scenario as it is.
#[derive(Clone, Default)]
struct Kept {
    scenario: Option<Arc<Scenario>>,
    faced: HashMap<Address, Option<Faced>>,
}

/// The figure that a slider shows; `None`: the number itself.
pub fn of(ui: &egui::Ui, view: &View<'_>, slider: &Slider) -> Option<Faced> {
    if view.settings.words == Words::Model {
        return None;
    }
    let memory = egui::Id::unique("plain faces");
    let scenario = &view.document.scenario;
    let known = ui.data_mut(|data| {
        let kept: &mut Kept = data.get_temp_mut_or_default(memory);
        if !kept.scenario.as_ref().is_some_and(|of| Arc::ptr_eq(of, scenario)) {
            *kept = Kept { scenario: Some(Arc::clone(scenario)), ..Kept::default() };
        }
        kept.faced.get(&slider.address).cloned()
    });
    known.unwrap_or_else(|| {
        let faced = look_up(scenario, slider);
        ui.data_mut(|data| {
            let kept: &mut Kept = data.get_temp_mut_or_default(memory);
            kept.faced.insert(slider.address, faced.clone());
        });
        faced
    })
}

fn look_up(scenario: &Scenario, slider: &Slider) -> Option<Faced> {
    let reading = plain::reading(scenario, slider.address)?;
    let value = reading.at(address::get(scenario, slider.address)?);
    let [low, high] = reading.reach(slider.range);
    let or = |text: String, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text };
    Some(Faced {
        value,
        span: [low.min(value), high.max(value)],
        unit: reading.unit,
        label: or(reading.label, &slider.label),
        help: or(reading.help, slider.help),
    })
}

/// The number at which a figure has a value.
///
/// # Errors
/// Why there is none.
pub fn number(scenario: &Scenario, address: Address, limits: [f64; 2], wanted: f64) -> Result<f64, String> {
    let reading = plain::reading(scenario, address).ok_or("nothing is known of it any more")?;
    reading.solve(wanted, limits).map_err(|[low, high]| {
        let scale = if reading.unit.is_empty() { 100.0 } else { 1.0 };
        let unit = if reading.unit.is_empty() { "%" } else { reading.unit };
        let [low, high] = [low, high].map(|end| crate::report::sentence::fixed(scale * end, 1));
        format!("from {low} to {high} {unit} can be reached, with the rest as it is")
    })
}
