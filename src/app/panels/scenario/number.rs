//! One number: its name, its slider, what it means, and what speaks against what was typed.

use std::cell::Cell;

use eframe::egui::{self, RichText};

use super::super::View;
use super::face::{self, Faced, suffix, unit_of, written};
use super::range;
use crate::app::command::Command;
use crate::app::glossary;
use crate::app::parameters::Slider;
use crate::app::settings::Words;
use crate::app::theme;
use crate::entry::{self, Face};
use crate::model::address::{self, Address};
use crate::plain;

/// Whether a number differs from the one in the file.
pub fn is_changed(view: &View<'_>, address: Address) -> bool {
    let now = address::get(&view.document.scenario, address);
    let original = view.document.original_value(address);
    now.zip(original).is_some_and(|(now, original)| (original - now).abs() > 1e-12 * original.abs().max(1e-9))
}

/// What stands on the track of a slider: the number itself, in per cent or as it is, or the figure that stands for it.
struct Track {
    label: String,
    /// What is shown, in the unit of the suffix.
    value: f64,
    ends: [f64; 2],
    logarithmic: bool,
    decimals: usize,
    suffix: String,
    /// What it is in the model's words, where it is called otherwise.
    beside: Option<String>,
}

impl Track {
    fn of_number(slider: &Slider, value: f64, words: Words) -> Self {
        let scale = if slider.is_share() { 100.0 } else { 1.0 };
        // The slider covers what is worth dragging over; a value beyond it stretches it.
        let [low, high] = slider.range;
        Self {
            label: own_name(slider, words),
            value: scale * value,
            ends: [low.min(value) * scale, high.max(value) * scale],
            logarithmic: slider.logarithmic,
            decimals: if slider.whole {
                0
            } else if slider.range[1] < 0.1 {
                6
            } else {
                4
            },
            suffix: suffix(slider),
            beside: match (words, slider.face) {
                (Words::Plain, Face::Called(_)) => Some(slider.label.clone()),
                _ => None,
            },
        }
    }

    fn of_figure(slider: &Slider, number: f64, faced: &Faced) -> Self {
        let scale = if faced.unit.is_empty() { 100.0 } else { 1.0 };
        let ends = faced.span.map(|end| scale * end);
        Self {
            label: faced.label.clone(),
            value: scale * faced.value,
            ends,
            logarithmic: slider.logarithmic,
            // Enough to see a step, too few to pretend that more is known.
            decimals: match ends[1] - ends[0] {
                width if width >= 1_000.0 => 0,
                width if width >= 10.0 => 1,
                width if width >= 1.0 => 2,
                _ => 4,
            },
            suffix: if faced.unit.is_empty() { " %".to_owned() } else { unit_of(faced.unit) },
            beside: Some(format!("{}: {}", slider.label, spelt(slider, number))),
        }
    }
}

/// What a number is called that no figure stands for.
fn own_name(slider: &Slider, words: Words) -> String {
    match (words, slider.face) {
        (Words::Plain, Face::Called(name)) => name.to_owned(),
        _ => slider.label.clone(),
    }
}

/// What a number of several entries is called, whose figures may have names of their own.
pub fn name(slider: &Slider, words: Words) -> String {
    match (words, slider.face) {
        (Words::Plain, Face::Figure(shown)) => {
            let name = plain::words(shown);
            let mut letters = name.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
        _ => own_name(slider, words),
    }
}

/// Shows it.
pub fn row(ui: &mut egui::Ui, view: &View<'_>, slider: &Slider, commands: &mut Vec<Command>) {
    let Some(value) = address::get(&view.document.scenario, slider.address) else { return };
    let faced = face::of(ui, view, slider);
    let track = match &faced {
        Some(faced) => Track::of_figure(slider, value, faced),
        None => Track::of_number(slider, value, view.settings.words),
    };
    let explain = |ui: &mut egui::Ui| help(ui, view, slider, faced.as_ref());
    let label = ui
        .horizontal(|ui| {
            let label = ui.label(&track.label);
            beside_panel(ui, &label, explain);
            if is_changed(view, slider.address) {
                let name = format!("Reset {}", track.label.to_lowercase());
                let original = view.document.original_value(slider.address).unwrap_or(value);
                let reset = ui.small_button("reset");
                reset.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
                if reset.on_hover_text(format!("Back to the file's value, {}", spelt(slider, original))).clicked() {
                    commands.push(Command::Reset(slider.address));
                }
            }
            range::button(ui, view, slider, commands);
            label.id
        })
        .inner;
    let mut edited = track.value;
    let [low, high] = track.ends;
    // The widest value, such as "0.00002 USD", must fit beside the slider: what overflows would widen the panel frame by frame.
    ui.spacing_mut().slider_width = (ui.available_width() - 120.0).max(60.0);
    let is_no_number = Cell::new(false);
    let response = ui
        .add(
            egui::Slider::new(&mut edited, low..=high)
                .logarithmic(track.logarithmic && low > 0.0)
                .clamping(egui::SliderClamping::Never)
                // What is typed counts when it is finished, as one step to undo.
                .update_while_editing(false)
                .custom_parser(|text| {
                    let parsed = entry::typed(text);
                    is_no_number.set(parsed.is_none());
                    parsed
                })
                .max_decimals(track.decimals)
                .custom_formatter(written)
                .suffix(track.suffix),
        )
        .labelled_by(label);
    beside_panel(ui, &response, explain);
    if let Some(beside) = track.beside {
        ui.label(RichText::new(beside).small().weak());
    }
    if is_no_number.get() {
        commands.push(Command::Refuse(slider.address, "that is no number".to_owned()));
    }
    // A field that is left says again what it shows: that is no edit.
    let is_same = written(edited, 0..=track.decimals) == written(track.value, 0..=track.decimals);
    if response.changed() && (response.dragged() || !is_same) {
        let dragging = response.dragged();
        commands.push(match wanted(view, slider, faced.as_ref(), edited) {
            Ok(value) => Command::Set { address: slider.address, value, dragging },
            Err(why) => Command::Refuse(slider.address, why),
        });
    }
    let refused = view.session.refused.as_ref();
    let here =
        |r: &&crate::app::session::Refused| (r.target, r.key) == (slider.address.target, Some(slider.address.key));
    if let Some(refused) = refused.filter(here) {
        let colour = theme::bad(ui.visuals().dark_mode);
        ui.label(RichText::new(format!("Not taken over: {}", refused.message)).small().color(colour));
    }
    range::row(ui, view, slider, commands);
}

/// Explains on hover, beside the panel: below the pointer it would lie over the next number.
fn beside_panel(ui: &egui::Ui, response: &egui::Response, content: impl FnOnce(&mut egui::Ui)) {
    let mut anchor = response.rect;
    anchor.max.x = anchor.max.x.max(ui.clip_rect().right());
    let mut tip = egui::Tooltip::for_enabled(response);
    tip.popup = tip.popup.anchor(anchor).align(egui::RectAlign::RIGHT_START);
    tip.show(content);
}

/// The number that is meant by what stands on the track.
fn wanted(view: &View<'_>, slider: &Slider, faced: Option<&Faced>, shown: f64) -> Result<f64, String> {
    match faced {
        None => Ok(if slider.is_share() { shown / 100.0 } else { shown }),
        Some(faced) => {
            let figure = if faced.unit.is_empty() { shown / 100.0 } else { shown };
            face::number(&view.document.scenario, slider.address, slider.limits, figure)
        }
    }
}

/// A value as the slider shows it.
fn spelt(slider: &Slider, value: f64) -> String {
    let shown = if slider.is_share() { (1e9 * 100.0 * value).round() / 1e9 } else { value };
    format!("{}{}", entry::written(shown), suffix(slider))
}

/// What it is, in which unit, what is allowed, and what the file says of it.
fn help(ui: &mut egui::Ui, view: &View<'_>, slider: &Slider, faced: Option<&Faced>) {
    ui.set_max_width(360.0);
    if let Some(faced) = faced {
        ui.label(&faced.help);
        ui.label(RichText::new(format!("In the model's words: {}.", slider.label)).weak());
    }
    ui.label(slider.help);
    glossary::explain(ui, &slider.label);
    if let Face::Without(why) = slider.face {
        ui.label(RichText::new(format!("It has no other name: {why}.")).weak());
    }
    let unit = if slider.unit.is_empty() { String::new() } else { format!(" {}", slider.unit) };
    let limits = slider.limits.map(|limit| spelt_limit(slider, limit));
    ui.label(RichText::new(format!("From {} to {}{unit}.", limits[0], limits[1])).weak());
    if let Some(original) = view.document.original_value(slider.address) {
        let said = view.document.comment(slider.address.target, slider.address.key.in_file(slider.address.target));
        let source = said.map_or_else(String::new, |said| format!(": “{said}”"));
        ui.label(RichText::new(format!("In the file {}{source}", spelt(slider, original))).weak());
    }
}

fn spelt_limit(slider: &Slider, limit: f64) -> String {
    if slider.is_share() { format!("{} %", entry::written(100.0 * limit)) } else { entry::written(limit) }
}
