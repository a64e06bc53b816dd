//! The range of a number: given, set by two handles, taken back.

use eframe::egui::{self, RichText};

use super::super::View;
use super::face;
use crate::app::command::Command;
use crate::app::parameters::Slider;
use crate::app::theme;
use crate::model::Range;
use crate::model::address::{self, Address, Key, Target};
use crate::plain::{self, Reading};
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
    let faced = face::of(ui, view, slider);
    let reading = faced.as_ref().and_then(|_| plain::reading(scenario, slider.address));
    if let (Some(low), Some(high)) = (range.low, range.high) {
        let track = Track::of(slider, reading.as_ref(), [low, high]);
        let moved = handles(ui, slider, &track).or_else(|| fields(ui, slider, &track));
        if let Some((end, to, dragging)) = moved {
            // An end that rises may be that of a figure which falls.
            let at = if track.falls { 1 - end } else { end };
            let number = match &reading {
                None => Ok(to),
                Some(_) => face::number(scenario, slider.address, slider.limits, to),
            };
            let mut ends = [low, high];
            commands.push(match (number, ends.get_mut(at)) {
                (Ok(number), Some(end)) => {
                    *end = number;
                    put(Range { low: Some(ends[0]), high: Some(ends[1]), ..range.clone() }, dragging)
                }
                (Err(why), _) => Command::Refuse(slider.address, why),
                (Ok(_), None) => return,
            });
        }
    }
    if let Some(marginal) = marginal {
        let shape = marginal.told();
        let key = range.key.clone();
        let input = Input { key, address: slider.address, marginal, source: String::new(), now };
        let is_shown = |end: Option<f64>, p: f64| {
            end.is_some_and(|end| (input.marginal.quantile(p) - end).abs() <= 1e-6 * end.abs().max(1e-9))
        };
        // The fields have said the ends, unless the shape is cut off and meets them no more.
        let told = if is_shown(range.low, 0.05) && is_shown(range.high, 0.95) {
            format!("5 % to 95 %, {shape}")
        } else {
            let ends = [0.05, 0.95].map(|p| uncertain::amount(&input, input.marginal.quantile(p)));
            format!("5 %: {}, 95 %: {}, {shape}", ends[0], ends[1])
        };
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

/// What the two handles stand on: the number itself, or the figure that people know it by.
struct Track {
    /// From where to where.
    reach: [f64; 2],
    /// What is allowed.
    limits: [f64; 2],
    /// The ends of the range, the smaller first.
    ends: [f64; 2],
    logarithmic: bool,
    /// Whether the figure falls where the number rises.
    falls: bool,
    /// What a value is shown in: its scale and its unit.
    shown: (f64, String),
}

impl Track {
    fn of(slider: &Slider, reading: Option<&Reading<'_>>, ends: [f64; 2]) -> Self {
        let reach = [slider.range[0].min(ends[0]), slider.range[1].max(ends[1])];
        let Some(reading) = reading else {
            let shown = (if slider.is_share() { 100.0 } else { 1.0 }, face::suffix(slider));
            let (limits, logarithmic) = (slider.limits, slider.logarithmic);
            return Self { reach, limits, ends, logarithmic, falls: false, shown };
        };
        let falls = reading.at(reach[1]) < reading.at(reach[0]);
        let figures =
            |[a, b]: [f64; 2]| if falls { [reading.at(b), reading.at(a)] } else { [reading.at(a), reading.at(b)] };
        let shown = match reading.unit {
            "" => (100.0, " %".to_owned()),
            unit => (1.0, face::unit_of(unit)),
        };
        let limits = figures(slider.limits);
        Self { reach: figures(reach), limits, ends: figures(ends), logarithmic: false, falls, shown }
    }

    /// Where a value lies between the ends, as a share of the track.
    fn share(&self, value: f64) -> f64 {
        let [from, to] = self.reach;
        let scale = |x: f64| if self.logarithmic && from > 0.0 { x.max(from).ln() } else { x };
        (scale(value) - scale(from)) / (scale(to) - scale(from)).max(1e-300)
    }

    fn value(&self, share: f64) -> f64 {
        let [from, to] = self.reach;
        let value = if self.logarithmic && from > 0.0 {
            (from.ln() + share * (to.ln() - from.ln())).exp()
        } else {
            from + share * (to - from)
        };
        // As many digits as a step of the track is worth.
        let unit = 10_f64.powf(((to - from) / 400.0).max(1e-12).log10().floor());
        ((value / unit).round() * unit).clamp(self.limits[0], self.limits[1])
    }

    /// An end that was moved, where it may go there: the ends never pass each other.
    fn moved(&self, end: usize, to: f64) -> Option<f64> {
        let [low, high] = self.ends;
        let room = 0.004 * (self.reach[1] - self.reach[0]);
        let to = if end == 0 { to.min(high - room) } else { to.max(low + room) };
        (to != self.ends[end] && to >= self.limits[0] && to <= self.limits[1]).then_some(to)
    }
}

/// Both ends as fields to type in. Which end was changed, and to what.
fn fields(ui: &mut egui::Ui, slider: &Slider, track: &Track) -> Option<(usize, f64, bool)> {
    let mut moved = None;
    let (scale, unit) = &track.shown;
    // Enough to see a step, too few to pretend that more is known.
    let decimals = match scale * (track.reach[1] - track.reach[0]) {
        width if width >= 1000.0 => 0,
        width if width >= 10.0 => 1,
        width if width >= 1.0 => 2,
        _ => 6,
    };
    ui.horizontal_wrapped(|ui| {
        for (end, (word, name)) in [("from", "Lower end"), ("to", "Upper end")].into_iter().enumerate() {
            ui.label(RichText::new(word).weak().small());
            let before = scale * track.ends[end];
            let mut edited = before;
            let field = egui::DragValue::new(&mut edited)
                .speed(scale * (track.reach[1] - track.reach[0]) / 200.0)
                .update_while_editing(false)
                .custom_parser(crate::entry::typed)
                .max_decimals(decimals)
                .custom_formatter(face::written)
                .suffix(unit);
            let response = ui.add(field);
            let said = format!("{name} of the range of {}, typed", slider.label.to_lowercase());
            response.widget_info(|| egui::WidgetInfo::slider(true, edited, &said));
            let is_same = face::written(edited, 0..=decimals) == face::written(before, 0..=decimals);
            if response.changed() && !is_same {
                moved = track.moved(end, edited / scale).map(|to| (end, to, response.dragged()));
            }
        }
    });
    moved
}

/// Two handles on one track. Which one was moved, to what, and whether it is still held.
fn handles(ui: &mut egui::Ui, slider: &Slider, track: &Track) -> Option<(usize, f64, bool)> {
    let width = (ui.available_width() - 120.0).max(60.0);
    let (rect, _) = ui.allocate_exact_size(egui::vec2(width, HEIGHT), egui::Sense::hover());
    let rail = rect.shrink2(egui::vec2(HANDLE, 0.0));
    let x = |value: f64| rail.left() + rail.width() * track.share(value).clamp(0.0, 1.0) as f32;
    let dark = ui.visuals().dark_mode;
    let middle = rect.center().y;
    let line = egui::Rect::from_x_y_ranges(rail.x_range(), middle - 2.0..=middle + 2.0);
    ui.painter().rect_filled(line, 2.0, ui.visuals().widgets.inactive.bg_fill);
    let between = egui::Rect::from_x_y_ranges(x(track.ends[0])..=x(track.ends[1]), middle - 3.0..=middle + 3.0);
    ui.painter().rect_filled(between, 2.0, theme::good(dark).gamma_multiply(0.7));
    let mut moved = None;
    for (end, name) in ["Lower end", "Upper end"].into_iter().enumerate() {
        let centre = egui::pos2(x(track.ends[end]), middle);
        let id = ui.scope_id().with(("range", slider.address, end));
        let grip = egui::Rect::from_center_size(centre, egui::vec2(2.4 * HANDLE, HEIGHT));
        let handle = ui.interact(grip, id, egui::Sense::click_and_drag());
        let said = format!("{name} of the range of {}", slider.label.to_lowercase());
        handle.widget_info(|| egui::WidgetInfo::slider(true, track.ends[end], &said));
        let mut to = handle
            .interact_pointer_pos()
            .filter(|_| handle.dragged())
            .map(|pointer| track.value(f64::from((pointer.x - rail.left()) / rail.width()).clamp(0.0, 1.0)));
        if handle.has_focus() {
            let steps = ui.input(|input| {
                let count = |key| input.num_presses(key) as f64;
                count(egui::Key::ArrowRight) + count(egui::Key::ArrowUp)
                    - count(egui::Key::ArrowLeft)
                    - count(egui::Key::ArrowDown)
            });
            if steps != 0.0 {
                to = Some(track.value((track.share(track.ends[end]) + 0.01 * steps).clamp(0.0, 1.0)));
            }
        }
        if let Some(to) = to.and_then(|to| track.moved(end, to)) {
            moved = Some((end, to, handle.dragged()));
        }
        let visuals = ui.style().interact(&handle);
        ui.painter().circle(centre, HANDLE, visuals.bg_fill, visuals.fg_stroke);
        handle.on_hover_text(if end == 0 { "5 %: hardly ever below" } else { "95 %: hardly ever above" });
    }
    moved
}
