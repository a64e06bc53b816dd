//! The plain face of a number: the figure that stands for it, looked up once for each state of the scenario.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use eframe::egui;

use super::super::View;
use crate::app::parameters::Slider;
use crate::app::settings::Words;
use crate::model::Scenario;
use crate::model::address::{self, Address, Target};
use crate::plain;
use crate::report::sentence::grouped;

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

impl Kept {
    /// The scenario is another one. A policy that is moved changes no figure of the world: what was looked up of that still holds.
    fn follow(&mut self, scenario: &Arc<Scenario>) {
        let before = self.scenario.replace(Arc::clone(scenario));
        if before.is_some_and(|before| is_same_world(&before, scenario)) {
            self.faced.retain(|address, _| !matches!(address.target, Target::Policy(_)));
        } else {
            self.faced.clear();
        }
    }
}

/// Whether two scenarios differ in nothing but their policies and how these are watched.
fn is_same_world(a: &Scenario, b: &Scenario) -> bool {
    a.segments == b.segments
        && a.tiers == b.tiers
        && a.events == b.events
        && a.traffic == b.traffic
        && a.conversation == b.conversation
        && a.economics == b.economics
        && a.feedback == b.feedback
        && a.response == b.response
        && a.study == b.study
        && a.replay == b.replay
        && a.baseline == b.baseline
        && a.policies.len() == b.policies.len()
        && a.monitors == b.monitors
        && a.shared_luck.to_bits() == b.shared_luck.to_bits()
        && a.baseline_tier() == b.baseline_tier()
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
            kept.follow(scenario);
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

/// A number without zeros that say nothing, large ones in groups of thousands.
pub fn written(x: f64, decimals: RangeInclusive<usize>) -> String {
    if x.abs() >= 1000.0 && x.fract() == 0.0 {
        return grouped(x);
    }
    let text = egui::emath::format_with_decimals_in_range(x, decimals).replace('-', "−");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The unit of a number behind it, as short as [`unit_of`].
pub fn suffix(slider: &Slider) -> String {
    match slider.unit {
        "" if slider.is_share() => " %".to_owned(),
        "" => String::new(),
        unit => unit_of(unit),
    }
}

/// A unit behind a number, short enough for its field.
pub fn unit_of(unit: &str) -> String {
    match unit {
        "USD per million tokens" => " USD/M".to_owned(),
        "per 30 days" => " / 30 d".to_owned(),
        "labels a day" | "requests" | "tokens" | "characters" | "per logit" => String::new(),
        "days" => " d".to_owned(),
        "of 100 pairs" => " of 100".to_owned(),
        unit if unit.starts_with('%') => " %".to_owned(),
        unit => format!(" {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::written;
    use crate::entry::typed as parse;

    #[test]
    fn numbers_are_written_without_zeros_that_say_nothing() {
        for (x, most, text) in [
            (65.0, 4, "65"),
            (0.000_02, 6, "0.00002"),
            (0.0, 6, "0"),
            (40_000.0, 0, "40,000"),
            (-1.5, 4, "−1.5"),
            (10.0, 0, "10"),
        ] {
            assert_eq!(written(x, 0..=most), text);
            assert_eq!(parse(text), Some(x), "what is shown can be typed");
        }
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (text, number) in [
            ("12", Some(12.0)),
            (" 65 %", Some(65.0)),
            ("1,200", Some(1200.0)),
            ("1,200,000.5", Some(1_200_000.5)),
            ("1,2345", Some(1.2345)),
            ("0,5", Some(0.5)),
            ("-2,25 logits", Some(-2.25)),
            ("−3", Some(-3.0)),
            ("1e3", Some(1000.0)),
            ("20 000", Some(20_000.0)),
            ("9.5 USD", Some(9.5)),
            ("210 k", Some(210_000.0)),
            ("1.5 million USD", Some(1.5e6)),
            ("30 ms", Some(30.0)),
            ("lots", None),
            ("", None),
            ("1e999", None),
            ("nan", None),
        ] {
            assert_eq!(parse(text), number, "{text}");
        }
    }
}
