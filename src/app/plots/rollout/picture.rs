//! The picture: steps over days, what each signal would have shown in them, and how the runs of a gate end.

use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rangef, Rect, RichText, Stroke, TextStyle, pos2, vec2};

use crate::app::theme;
use crate::report::rollout as report;
use crate::report::rollout_picture::{Dot, Ending, Part, Picture, Span, picture};
use crate::report::sentence::{fixed, grouped, grouped_or_small, percent};
use crate::rollout::Outcome;

/// Room of the axis at the left, points.
const LEFT: f32 = 64.0;
/// Room of the words over the steps.
const HEAD: f32 = 62.0;
/// Height of a bar of all traffic.
const BARS: f32 = 42.0;
/// Room of the row of what cannot be shown.
const NONE: f32 = 22.0;
/// Room of the axis below.
const BELOW: f32 = 32.0;
/// How near the pointer must be to a marker, points.
const REACH: f32 = 12.0;

/// Where things stand.
struct Places {
    rect: Rect,
    days: [f64; 2],
    logs: [f64; 2],
}

impl Places {
    fn x(&self, day: f64) -> f32 {
        let share = (day - self.days[0]) / (self.days[1] - self.days[0]).max(1e-9);
        self.rect.left() + LEFT + (self.rect.width() - LEFT - 8.0) * share as f32
    }

    fn bars(&self) -> Rangef {
        let top = self.rect.top() + HEAD;
        Rangef::new(top, top + BARS)
    }

    fn none(&self) -> f32 {
        self.bars().max + 8.0 + NONE / 2.0
    }

    fn gaps(&self) -> Rangef {
        Rangef::new(self.bars().max + 8.0 + NONE, self.rect.bottom() - BELOW)
    }

    fn y(&self, points: f64) -> f32 {
        let share = (points.log10() - self.logs[0]) / (self.logs[1] - self.logs[0]).max(1e-9);
        let gaps = self.gaps();
        gaps.max - gaps.span() * share as f32
    }

    fn at(&self, dot: &Dot) -> Pos2 {
        pos2(self.x(dot.day), dot.gap.map_or(self.none(), |gap| self.y(gap)))
    }

    fn across(&self, span: &Span) -> Rangef {
        Rangef::new(self.x(span.days[0]), self.x(span.days[1]))
    }
}

/// Shows it.
pub fn show(ui: &mut egui::Ui, outcome: &Outcome, height: f32) {
    let picture = picture(outcome);
    let dark = ui.visuals().dark_mode;
    ui.label(
        RichText::new("The steps, and the smallest gap of quality that each signal would have shown in them").strong(),
    );
    let mut note = "Bars: share of the traffic. Marks: the lower, the smaller a gap the step could have shown. What lies in the shaded part cannot \
                    tell this policy from one that loses money: there, green says nothing."
        .to_owned();
    if !picture.left_out.is_empty() {
        note = format!("{note} Not drawn: {}.", picture.left_out);
    }
    ui.label(RichText::new(note).weak().small());
    ui.horizontal_wrapped(|ui| {
        for (place, compared) in report::signals(outcome).into_iter().enumerate() {
            let mark = theme::mark(dark, place);
            theme::key_entry(ui, &report::signal_name(compared), mark.colour, None, Some(mark.shape));
        }
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::Role::GraphicsObject,
            true,
            "Rollout plot: steps over days, with the smallest gap that each signal would have shown",
        )
    });
    let ends = picture.spans.first().zip(picture.spans.last()).map(|(first, last)| [first.days[0], last.days[1]]);
    let places = Places { rect, days: ends.unwrap_or([0.0, 1.0]), logs: picture.range.map(f64::log10) };
    ground(ui, &picture, &places);
    steps(ui, outcome, &picture, &places);
    lines(ui, &picture, &places);
    dots(ui, &picture, &places);
    let Some(pointer) = response.hover_pos() else { return };
    let distance = |dot: &&Dot| places.at(dot).distance(pointer);
    let nearest = picture.dots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    if let Some(dot) = nearest.filter(|dot| distance(dot) < REACH) {
        response.on_hover_text_at_pointer(told(outcome, dot));
        return;
    }
    let under = |span: &&Span| places.across(span).contains(pointer.x);
    if let Some(span) = picture.spans.iter().find(under) {
        let step = outcome.steps.get(span.step);
        let verdict = step.map(|step| report::verdict(outcome, step)).unwrap_or_default();
        let said = [format!("{} of the traffic, {}", percent(span.share, 0), span.told), verdict];
        response.on_hover_text_at_pointer(said.join("\n").trim_end().to_owned());
    }
}

/// A marker in words.
fn told(outcome: &Outcome, dot: &Dot) -> String {
    let name = report::signal_name(dot.compared);
    let Some(step) = outcome.steps.get(dot.step) else { return name };
    let seen = step.signals.iter().find(|visible| visible.compared == dot.compared);
    let [routed, rest] = seen.map_or([0.0; 2], |visible| visible.observations);
    let gap = dot.gap.map_or_else(
        || "no gap can be shown".to_owned(),
        |gap| format!("smallest visible gap {} points", fixed(gap, 2)),
    );
    let counted =
        format!("{} observations in the routed part, {} in the rest", grouped(routed.round()), grouped(rest.round()));
    format!("{name} at {}: {gap}\n{counted}, by the end of the step", percent(step.step.share, 0))
}

fn small(ui: &egui::Ui) -> FontId {
    TextStyle::Small.resolve(ui.style())
}

/// Axes and grid.
fn ground(ui: &egui::Ui, picture: &Picture, places: &Places) {
    let (painter, font) = (ui.painter(), small(ui));
    let (weak, grid) = (ui.visuals().weak_text_color(), Stroke::new(1.0, theme::grid(ui.visuals().dark_mode)));
    let across = Rangef::new(places.x(places.days[0]), places.x(places.days[1]));
    let left = across.min - 6.0;
    let label = |y: f32, words: &str| painter.text(pos2(left, y), Align2::RIGHT_CENTER, words, font.clone(), weak);
    for (share, words) in [(0.0, "0 %"), (1.0, "100 %")] {
        let y = places.bars().max - BARS * share;
        painter.hline(across, y, grid);
        label(y, words);
    }
    painter.hline(across, places.none(), grid);
    label(places.none(), "none");
    let [low, high] = places.logs;
    let is_short = high - low < 1.3;
    let mut last = f32::INFINITY;
    for power in (low.floor() as i32).max(-9)..=(high.ceil() as i32).min(6) {
        for digit in [1.0, 2.0, 3.0, 5.0, 7.0] {
            if !is_short && ((digit - 3.0_f64).abs() < 0.5 || digit > 6.0) {
                continue;
            }
            let value = digit * 10_f64.powi(power);
            if !(low..=high).contains(&value.log10()) {
                continue;
            }
            let y = places.y(value);
            painter.hline(across, y, grid);
            if last - y > 13.0 {
                label(y, &grouped_or_small(value));
                last = y;
            }
        }
    }
    let gaps = places.gaps();
    let axis = painter.layout_no_wrap("gap, points".to_owned(), font.clone(), weak);
    let at = pos2(places.rect.left() + 1.0, gaps.center() + axis.size().x / 2.0);
    painter.add(egui::epaint::TextShape::new(at, axis, weak).with_angle(-std::f32::consts::FRAC_PI_2));
    // Days below: where each step begins, as far as there is room.
    let mut taken = f32::NEG_INFINITY;
    for span in &picture.spans {
        let x = places.x(span.days[0]);
        painter.vline(x, Rangef::new(places.bars().min - 2.0, gaps.max + 3.0), grid);
        let galley = painter.layout_no_wrap(fixed(span.days[0], 0), font.clone(), weak);
        let from = x - galley.size().x / 2.0;
        if from > taken {
            taken = from + galley.size().x + 6.0;
            painter.galley(pos2(from, gaps.max + 4.0), galley, weak);
        }
    }
    if let Some(last) = picture.spans.last() {
        let words = if last.is_cut { format!("{} (cut)", last.told) } else { fixed(last.days[1], 0) };
        let galley = painter.layout_no_wrap(words, font.clone(), weak);
        let from = across.max - galley.size().x;
        if from > taken {
            painter.galley(pos2(from, gaps.max + 4.0), galley, weak);
        }
    }
    painter.text(pos2(across.center(), places.rect.bottom()), Align2::CENTER_BOTTOM, "day", font, weak);
}

/// The steps: bars, and what they come to in words.
fn steps(ui: &egui::Ui, outcome: &Outcome, picture: &Picture, places: &Places) {
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter();
    let (text, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    for span in &picture.spans {
        let across = places.across(span).shrink(1.0);
        let verdict = outcome.steps.get(span.step).map(|step| report::verdict(outcome, step)).unwrap_or_default();
        let bars = places.bars();
        let bar = Rect::from_x_y_ranges(across, Rangef::new(bars.max - BARS * span.share as f32, bars.max));
        let colour = if span.is_blind { theme::bad(dark) } else { theme::neutral(dark) };
        painter.rect_filled(bar, 2.0, colour.gamma_multiply(0.55));
        if across.span() < 26.0 {
            continue;
        }
        let share = painter.layout_no_wrap(percent(span.share, 0), TextStyle::Body.resolve(ui.style()), text);
        let top = places.rect.top();
        painter.galley(pos2(across.center() - share.size().x / 2.0, top), share, text);
        let colour = if span.is_blind { theme::bad(dark) } else { weak };
        let mut job = egui::text::LayoutJob::simple(verdict, small(ui), colour, across.span() - 2.0);
        job.halign = egui::Align::Center;
        job.wrap.max_rows = 3;
        // A word that is cut says less than the table below.
        job.wrap.break_anywhere = false;
        let words = painter.layout_job(job);
        if words.size().x <= across.span() {
            painter.galley(pos2(across.center(), top + 17.0), words, colour);
        }
    }
}

/// The gaps that lines stand for, and the shaded part above the break-even gap.
fn lines(ui: &egui::Ui, picture: &Picture, places: &Places) {
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter();
    let across = Rangef::new(places.x(places.days[0]), places.x(places.days[1]));
    for (index, (words, gap, is_break_even)) in picture.lines.iter().enumerate() {
        let y = places.y(*gap);
        let colour = if *is_break_even { theme::bad(dark) } else { ui.visuals().text_color() };
        if *is_break_even {
            let above = Rect::from_x_y_ranges(across, Rangef::new(places.bars().max + 8.0, y));
            painter.rect_filled(above, 0.0, colour.gamma_multiply(0.09));
        }
        let ends = [pos2(across.min, y), pos2(across.max, y)];
        let stroke = Stroke::new(1.8, colour);
        if *is_break_even {
            painter.line_segment(ends, stroke);
        } else {
            painter.extend(egui::Shape::dashed_line(&ends, stroke, 7.0, 4.0));
        }
        // The upper line has its words above it, the lower one below.
        let is_upper = picture.lines.iter().enumerate().all(|(other, line)| other == index || line.1 <= *gap);
        let (anchor, y) = if is_upper { (Align2::RIGHT_BOTTOM, y - 2.0) } else { (Align2::RIGHT_TOP, y + 2.0) };
        let galley = painter.layout_no_wrap(words.clone(), small(ui), colour);
        let place = anchor.anchor_size(pos2(across.max - 4.0, y), galley.size());
        painter.rect_filled(place.expand2(vec2(3.0, 0.0)), 2.0, theme::card_fill(dark).gamma_multiply(0.8));
        painter.galley(place.min, galley, colour);
    }
}

/// What each signal would have shown.
fn dots(ui: &egui::Ui, picture: &Picture, places: &Places) {
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter();
    for dot in &picture.dots {
        let mark = theme::mark(dark, dot.signal);
        let at = places.at(dot);
        let Some(span) = picture.spans.iter().find(|span| span.step == dot.step) else { continue };
        if dot.gap.is_some() {
            painter.hline(places.across(span).shrink(2.0), at.y, Stroke::new(1.4, mark.colour.gamma_multiply(0.75)));
            theme::paint_marker(painter, at, 5.0, mark.shape, mark.colour);
        } else {
            theme::paint_marker(painter, at, 4.0, mark.shape, mark.colour.gamma_multiply(0.7));
        }
    }
}

/// Colour of how runs end: the earlier they are stopped, the stronger.
fn colour_of(dark: bool, ending: Ending) -> Color32 {
    let ground = theme::card_fill(dark);
    match ending {
        Ending::Stopped(place, count) => {
            ground.lerp_to_gamma(theme::bad(dark), 1.0 - 0.6 * place as f32 / count.max(1) as f32)
        }
        Ending::Unfinished => ground.lerp_to_gamma(theme::neutral(dark), 0.6),
        Ending::Full => theme::good(dark),
    }
}

/// Black or white, whichever can be read on a colour.
fn ink_on(colour: Color32) -> Color32 {
    let [r, g, b] = [colour.r(), colour.g(), colour.b()].map(f32::from);
    if 0.299 * r + 0.587 * g + 0.114 * b > 130.0 { Color32::BLACK } else { Color32::WHITE }
}

/// How the runs of a world end: a bar of parts, each in words.
pub fn runs(ui: &mut egui::Ui, world: &str, parts: &[Part]) {
    let dark = ui.visuals().dark_mode;
    let said: Vec<String> = parts.iter().map(|part| format!("{} {}", percent(part.share, 0), part.told)).collect();
    let said = said.join(", ");
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, format!("{world}: {said}")));
    let painter = ui.painter_at(rect);
    let font = small(ui);
    painter.text(rect.left_center(), Align2::LEFT_CENTER, world, font.clone(), ui.visuals().text_color());
    let mut left = rect.left() + 84.0;
    let whole = rect.right() - left;
    for part in parts {
        let width = whole * part.share as f32;
        let bar = Rect::from_min_size(pos2(left, rect.top() + 1.0), vec2((width - 1.0).max(1.0), 18.0));
        let colour = colour_of(dark, part.ending);
        painter.rect_filled(bar, 2.0, colour);
        let words = format!("{} {}", percent(part.share, 0), part.told);
        let ink = ink_on(colour);
        let galley = painter.layout_no_wrap(words, font.clone(), ink);
        let short = painter.layout_no_wrap(percent(part.share, 0), font.clone(), ink);
        if let Some(galley) = [galley, short].into_iter().find(|galley| galley.size().x + 6.0 < bar.width()) {
            painter.galley(bar.center() - galley.size() / 2.0, galley, ink);
        }
        left += width;
    }
    response.on_hover_text(format!("{world}: {said}"));
}
