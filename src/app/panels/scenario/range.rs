//! The range of a number: given, set by two handles, taken back.

use eframe::egui::{self, RichText};

use super::super::View;
use crate::app::command::Command;
use crate::app::parameters::Slider;
use crate::app::theme;
use crate::model::Range;
use crate::model::address::{self, Address, Key, Target};
use crate::report::uncertain;
use crate::uncertainty::inputs::Input;
use crate::uncertainty::marginal::Marginal;

/// Height of the two handles.
const HEIGHT: f32 = 18.0;
/// Radius of a handle.
const HANDLE: f32 = 6.0;

/// The range of a number, where it has one.
pub fn of<'s>(view: &'s View<'_>, address: Address) -> Option<&'s Range> {
    let scenario = &*view.document.scenario;
    scenario.ranges.iter().find(|range| address::find(scenario, &range.key) == Ok(address))
}

/// A button that gives a number a range, or takes it back.
pub fn button(ui: &mut egui::Ui, view: &View<'_>, slider: &Slider, commands: &mut Vec<Command>) {
    if is_decided(slider) && of(view, slider.address).is_none() {
        return;
    }
    let (has_range, name) = match of(view, slider.address) {
        Some(_) => (true, format!("No range for {}", slider.label.to_lowercase())),
        None => (false, format!("Range for {}", slider.label.to_lowercase())),
    };
    let button = ui.add(egui::Button::new("±").small().selected(has_range));
    button.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, has_range, &name));
    let help = if has_range {
        "Take the range back: the number is known."
    } else {
        "Nobody knows this number exactly: give it a range. Uncertainty then says what that does to the answer."
    };
    if button.on_hover_text(help).clicked() {
        let range = if has_range { None } else { first(view, slider) };
        commands.push(Command::PutRange { address: slider.address, range, dragging: false });
    }
}

/// Whether a number is what somebody decides rather than a guess: how a study is run, or where a policy's knob stands.
fn is_decided(slider: &Slider) -> bool {
    slider.whole
        || slider.address.target == Target::Study
        || matches!(slider.address.key, Key::At("shares" | "escalate" | "rollout.steps", _) | Key::DayOf(..))
}

/// A range to start from: about half as much and twice as much, or as far as the slider goes.
fn first(view: &View<'_>, slider: &Slider) -> Option<Range> {
    let scenario = &*view.document.scenario;
    let now = address::get(scenario, slider.address)?;
    let [least, most] = slider.limits;
    let [from, to] = slider.range;
    let reach = 0.15 * (to - from);
    let (low, high) = if now > 0.0 && least >= 0.0 { (0.6 * now, 1.6 * now) } else { (now - reach, now + reach) };
    let (low, high) = (low.max(least), high.min(most));
    // At the end of what is allowed the range lies on one side.
    let (low, high) = if high > low { (low, high) } else { ((now - reach).max(least), (now + reach).min(most)) };
    let round = |x: f64| {
        let unit = 10_f64.powf(x.abs().max(1e-9).log10().floor() - 1.0);
        (x / unit).round() * unit
    };
    let [low, high] = [low, high].map(|x| round(x).clamp(least, most));
    let key = address::path(scenario, slider.address);
    Some(Range { key, low: Some(low), high: Some(high), ..Range::default() })
}

/// The handles of a number's range and what it is; nothing where it has none.
pub fn row(ui: &mut egui::Ui, view: &View<'_>, slider: &Slider, commands: &mut Vec<Command>) {
    let Some(range) = of(view, slider.address) else { return };
    let scenario = &*view.document.scenario;
    let put =
        |range: Range, dragging: bool| Command::PutRange { address: slider.address, range: Some(range), dragging };
    let now = address::get(scenario, slider.address).unwrap_or(0.0);
    let limits = address::range(scenario, slider.address);
    let marginal = limits.and_then(|limits| Marginal::fit(range, limits, now).ok());
    if let (Some(low), Some(high)) = (range.low, range.high) {
        let reach = [slider.range[0].min(low), slider.range[1].max(high)];
        let moved = handles(ui, slider, reach, [low, high]);
        if let Some(([low, high], dragging)) = moved {
            commands.push(put(Range { low: Some(low), high: Some(high), ..range.clone() }, dragging));
        }
    }
    if let Some(marginal) = marginal {
        let key = range.key.clone();
        let input = Input { key, address: slider.address, marginal, source: String::new(), now };
        let ends = [0.05, 0.95].map(|p| uncertain::amount(&input, input.marginal.quantile(p)));
        let told = format!("5 %: {}, 95 %: {}, {}", ends[0], ends[1], input.marginal.told());
        ui.label(RichText::new(told).weak().small()).on_hover_text(
            "Below the lower end with a chance of 5 %, above the upper end with a chance of 5 %; the shape between and beyond follows from what the \
             number is.",
        );
    }
    let source = super::text_field(ui, &format!("Source of the range: {}", slider.label), &range.source, false);
    if let Some(source) = source {
        commands.push(put(Range { source, ..range.clone() }, false));
    }
}

/// Where a value lies between the ends, as a share of the track.
fn share(slider: &Slider, [from, to]: [f64; 2], value: f64) -> f64 {
    let scale = |x: f64| if slider.logarithmic && from > 0.0 { x.max(from).ln() } else { x };
    (scale(value) - scale(from)) / (scale(to) - scale(from)).max(1e-300)
}

fn value(slider: &Slider, [from, to]: [f64; 2], share: f64) -> f64 {
    let value = if slider.logarithmic && from > 0.0 {
        (from.ln() + share * (to.ln() - from.ln())).exp()
    } else {
        from + share * (to - from)
    };
    // As many digits as a step of the track is worth.
    let unit = 10_f64.powf(((to - from) / 400.0).max(1e-12).log10().floor());
    ((value / unit).round() * unit).clamp(slider.limits[0], slider.limits[1])
}

/// Two handles on one track. What they were moved to, and whether one is still held.
fn handles(ui: &mut egui::Ui, slider: &Slider, reach: [f64; 2], ends: [f64; 2]) -> Option<([f64; 2], bool)> {
    let width = (ui.available_width() - 120.0).max(60.0);
    let (rect, _) = ui.allocate_exact_size(egui::vec2(width, HEIGHT), egui::Sense::hover());
    let track = rect.shrink2(egui::vec2(HANDLE, 0.0));
    let x = |value: f64| track.left() + track.width() * share(slider, reach, value).clamp(0.0, 1.0) as f32;
    let dark = ui.visuals().dark_mode;
    let middle = rect.center().y;
    let rail = egui::Rect::from_x_y_ranges(track.x_range(), middle - 2.0..=middle + 2.0);
    ui.painter().rect_filled(rail, 2.0, ui.visuals().widgets.inactive.bg_fill);
    let between = egui::Rect::from_x_y_ranges(x(ends[0])..=x(ends[1]), middle - 3.0..=middle + 3.0);
    ui.painter().rect_filled(between, 2.0, theme::good(dark).gamma_multiply(0.7));
    let mut moved = None;
    for (index, name) in ["Lower end", "Upper end"].into_iter().enumerate() {
        let centre = egui::pos2(x(ends[index]), middle);
        let id = ui.scope_id().with(("range", slider.address, index));
        let grip = egui::Rect::from_center_size(centre, egui::vec2(2.4 * HANDLE, HEIGHT));
        let handle = ui.interact(grip, id, egui::Sense::click_and_drag());
        let said = format!("{name} of the range of {}", slider.label.to_lowercase());
        handle.widget_info(|| egui::WidgetInfo::slider(true, ends[index], &said));
        let mut to = handle
            .interact_pointer_pos()
            .filter(|_| handle.dragged())
            .map(|pointer| value(slider, reach, f64::from((pointer.x - track.left()) / track.width()).clamp(0.0, 1.0)));
        if handle.has_focus() {
            let steps = ui.input(|input| {
                let count = |key| input.num_presses(key) as f64;
                count(egui::Key::ArrowRight) + count(egui::Key::ArrowUp)
                    - count(egui::Key::ArrowLeft)
                    - count(egui::Key::ArrowDown)
            });
            if steps != 0.0 {
                to = Some(value(slider, reach, (share(slider, reach, ends[index]) + 0.01 * steps).clamp(0.0, 1.0)));
            }
        }
        // The handles never pass each other.
        let [low, high] = ends;
        let room = 0.004 * (reach[1] - reach[0]);
        if let Some(to) = to {
            let new = if index == 0 { [to.min(high - room), high] } else { [low, to.max(low + room)] };
            let within = |x: f64| x >= slider.limits[0] && x <= slider.limits[1];
            if new != ends && new.into_iter().all(within) {
                moved = Some((new, handle.dragged()));
            }
        }
        let visuals = ui.style().interact(&handle);
        ui.painter().circle(centre, HANDLE, visuals.bg_fill, visuals.fg_stroke);
        handle.on_hover_text(if index == 0 { "5 %: hardly ever below" } else { "95 %: hardly ever above" });
    }
    moved
}
