//! What all pictures are made of: colours, scales, axes, markers, text, and places for labels.

use maud::{Markup, html};

use crate::report::breakdown::Tint;
use crate::report::sentence::{fixed, grouped};

/// A colour on a light and on a dark ground.
#[derive(Clone, Copy)]
pub(super) struct Colour {
    /// On white.
    pub light: &'static str,
    /// On near black.
    pub dark: &'static str,
}

const fn colour(light: &'static str, dark: &'static str) -> Colour {
    Colour { light, dark }
}

/// Text and axes.
pub(super) const INK: Colour = colour("#1c1c1c", "#e2e2e2");
/// What explains.
pub(super) const WEAK: Colour = colour("#5a5a5a", "#adadad");
/// Behind everything.
pub(super) const GRID: Colour = colour("#dcdcdc", "#3c3c3c");
/// The ground, where something must be hollow.
pub(super) const PAPER: Colour = colour("#ffffff", "#161616");
/// Loss and the trap.
pub(super) const BAD: Colour = colour("#b23a00", "#ff7e5a");
/// Gain.
pub(super) const GOOD: Colour = colour("#007052", "#3cc8a0");
/// The palette of Okabe and Ito, darkened or lightened until it can be read on its ground.
pub(super) const HUES: [Colour; 7] = [
    colour("#0072b2", "#56a0e9"),
    colour("#d55e00", "#ff8c42"),
    colour("#008864", "#26be96"),
    colour("#aa4b87", "#dd91be"),
    colour("#b07e00", "#f0be3c"),
    colour("#3082b4", "#82cdf5"),
    colour("#6e6e6e", "#bebebe"),
];

/// Dash patterns; an index has its own beside its hue.
const DASHES: [&str; 4] = ["none", "8 4", "2 4", "4 3"];

/// A colour by role.
#[derive(Clone, Copy)]
pub(super) enum Paint {
    /// Text and axes.
    Ink,
    /// What explains.
    Weak,
    /// Grid.
    Grid,
    /// The ground.
    Paper,
    /// Loss.
    Bad,
    /// Gain.
    Good,
    /// The series of this index.
    Series(usize),
}

impl Paint {
    /// The colour of an amount of which more is better.
    pub fn of_gain(amount: f64) -> Self {
        match amount {
            _ if amount < 0.0 => Self::Bad,
            _ if amount > 0.0 => Self::Good,
            _ => Self::Ink,
        }
    }

    /// The colour on white.
    pub fn light(self) -> &'static str {
        match self {
            Self::Ink => INK.light,
            Self::Weak => WEAK.light,
            Self::Grid => GRID.light,
            Self::Paper => PAPER.light,
            Self::Bad => BAD.light,
            Self::Good => GOOD.light,
            Self::Series(i) => HUES[i % HUES.len()].light,
        }
    }

    fn class(self, role: &str) -> String {
        match self {
            Self::Ink => format!("ink-{role}"),
            Self::Weak => format!("weak-{role}"),
            Self::Grid => format!("grid-{role}"),
            Self::Paper => format!("paper-{role}"),
            Self::Bad => format!("bad-{role}"),
            Self::Good => format!("good-{role}"),
            Self::Series(i) => format!("hue{}-{role}", i % HUES.len()),
        }
    }
}

/// A coordinate with a tenth of a pixel: the same text on every machine.
pub(super) fn px(x: f64) -> String {
    let rounded = (x * 10.0).round() / 10.0;
    // No "-0".
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

/// Dash of the `index`th line.
pub(super) fn dash(index: usize) -> &'static str {
    DASHES[index % DASHES.len()]
}

/// A whole picture; `title` is what a screen reader says.
pub(super) fn picture(width: f64, height: f64, title: &str, body: &Markup) -> String {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {}", px(width), px(height))) width=(px(width)) height=(px(height))
            role="img" font-family="Ubuntu, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12" {
            title { (title) }
            rect class=(Paint::Paper.class("fill")) width=(px(width)) height=(px(height)) fill=(Paint::Paper.light()) {}
            (body)
        }
    }
    .into_string()
}

/// Where a text stands by its anchor.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    /// The anchor is its start.
    Start,
    /// The anchor is its middle.
    Middle,
    /// The anchor is its end.
    End,
}

/// A text on a base line.
pub(super) fn text(at: (f64, f64), anchor: Anchor, size: f64, paint: Paint, words: &str) -> Markup {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    html! {
        text x=(px(at.0)) y=(px(at.1)) text-anchor=(anchor) font-size=(px(size)) class=(format!("{} paper-line", paint.class("fill")))
            fill=(paint.light()) stroke=(PAPER.light) stroke-width="3" stroke-linejoin="round" paint-order="stroke" { (words) }
    }
}

/// About how wide a text is.
pub(super) fn width_of(words: &str, size: f64) -> f64 {
    0.54 * size * words.chars().count() as f64
}

/// At most so many characters.
pub(super) fn shortened(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    words.chars().take(most.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

/// A broken line through points.
pub(super) fn line(points: &[(f64, f64)], paint: Paint, width: f64, dash: &str, opacity: f64) -> Markup {
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
    html! {
        polyline points=(path.join(" ")) fill="none" class=(paint.class("line")) stroke=(paint.light()) stroke-width=(px(width))
            stroke-dasharray=(dash) stroke-opacity=(opacity) stroke-linejoin="round" {}
    }
}

/// A filled area.
pub(super) fn area(points: &[(f64, f64)], paint: Paint, opacity: f64) -> Markup {
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
    html! { polygon points=(path.join(" ")) class=(paint.class("fill")) fill=(paint.light()) fill-opacity=(opacity) {} }
}

/// A box.
pub(super) fn rect(x: f64, y: f64, width: f64, height: f64, paint: Paint, opacity: f64) -> Markup {
    html! {
        rect x=(px(x)) y=(px(y)) width=(px(width.max(0.0))) height=(px(height)) class=(paint.class("fill")) fill=(paint.light())
            fill-opacity=(opacity) {}
    }
}

/// A box with words in its middle. Its colour is a figure, which a dark ground does not change.
pub(super) fn tinted(corner: (f64, f64), size: (f64, f64), tint: Tint, words: &str) -> Markup {
    let [r, g, b] = tint.rgb;
    let middle = (corner.0 + size.0 / 2.0, corner.1 + size.1 / 2.0 + 4.0);
    html! {
        rect x=(px(corner.0)) y=(px(corner.1)) width=(px(size.0)) height=(px(size.1)) rx="3" fill=(format!("#{r:02x}{g:02x}{b:02x}")) {}
        text x=(px(middle.0)) y=(px(middle.1)) text-anchor="middle" font-size="11.5" fill=(if tint.is_dark { "#ffffff" } else { "#000000" }) { (words) }
    }
}

/// The star of what is recommended.
pub(super) fn star(at: (f64, f64), radius: f64) -> Markup {
    let corner = |i: u32| {
        let angle = std::f64::consts::PI * f64::from(i) / 5.0;
        let length = if i.is_multiple_of(2) { radius } else { 0.42 * radius };
        format!("{},{}", px(at.0 + length * angle.sin()), px(at.1 - length * angle.cos()))
    };
    let path: Vec<String> = (0..10).map(corner).collect();
    html! {
        polygon points=(path.join(" ")) class=(format!("{} {}", Paint::Good.class("fill"), Paint::Paper.class("line"))) fill=(GOOD.light)
            stroke=(PAPER.light) stroke-width="1" {}
    }
}

/// The marker of the `index`th series: six shapes beside seven hues.
pub(super) fn marker(index: usize, at: (f64, f64), radius: f64, is_filled: bool) -> Markup {
    let paint = Paint::Series(index);
    let fill = if is_filled { paint } else { Paint::Paper };
    let class = format!("{} {}", fill.class("fill"), paint.class("line"));
    let corners: &[(f64, f64)] = match index % 6 {
        1 => &[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
        2 => &[(0.0, -1.15), (1.15, 0.0), (0.0, 1.15), (-1.15, 0.0)],
        3 => &[(0.0, -1.05), (1.0, 0.75), (-1.0, 0.75)],
        4 => &[(0.0, 1.05), (1.0, -0.75), (-1.0, -0.75)],
        5 => &[(1.05, 0.0), (-0.75, 1.0), (-0.75, -1.0)],
        _ => {
            return html! {
                circle cx=(px(at.0)) cy=(px(at.1)) r=(px(radius * 0.95)) class=(class) fill=(fill.light()) stroke=(paint.light()) stroke-width="1.5" {}
            };
        }
    };
    let path: Vec<String> =
        corners.iter().map(|(x, y)| format!("{},{}", px(at.0 + radius * x), px(at.1 + radius * y))).collect();
    html! { polygon points=(path.join(" ")) class=(class) fill=(fill.light()) stroke=(paint.light()) stroke-width="1.5" {} }
}

/// An arrow that stops short of its end, where a marker stands.
pub(super) fn arrow(from: (f64, f64), to: (f64, f64), gap: f64, paint: Paint) -> Option<Markup> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if length < gap + 9.0 {
        return None;
    }
    let (ux, uy) = (dx / length, dy / length);
    let tip = (to.0 - gap * ux, to.1 - gap * uy);
    let barb = |side: f64| (tip.0 - 8.0 * ux + side * 3.5 * uy, tip.1 - 8.0 * uy - side * 3.5 * ux);
    Some(html! {
        (line(&[(from.0 + gap * ux, from.1 + gap * uy), tip], paint, 1.6, "none", 1.0))
        (area(&[tip, barb(1.0), barb(-1.0)], paint, 1.0))
    })
}

/// A scale from values to pixels.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    pixels: (f64, f64),
    is_log: bool,
}

impl Scale {
    /// A linear one that covers the values with a margin on each side, as a share of their span.
    pub fn over(values: impl IntoIterator<Item = f64>, margin: f64, pixels: (f64, f64)) -> Self {
        let (low, high) = values
            .into_iter()
            .filter(|x| x.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if low > high {
            return Self { low: 0.0, high: 1.0, pixels, is_log: false };
        }
        // One value alone, or values that differ by rounding, get a span of their own.
        let span = if high - low > 1e-9 * high.abs().max(1e-9) { high - low } else { high.abs().max(1.0) * 0.1 };
        Self { low: low - margin * span, high: high + margin * span, pixels, is_log: false }
    }

    /// From exactly `low` to `high`.
    pub fn fixed(low: f64, high: f64, pixels: (f64, f64)) -> Self {
        Self { low, high: if high > low { high } else { low + 1.0 }, pixels, is_log: false }
    }

    /// A logarithmic one over whole decades.
    pub fn decades(values: impl IntoIterator<Item = f64>, pixels: (f64, f64)) -> Self {
        let inner = Self::over(values.into_iter().filter(|x| *x > 0.0).map(f64::log10), 0.0, pixels);
        let (low, high) = (inner.low.floor(), inner.high.ceil());
        Self { low, high: if high > low { high } else { low + 1.0 }, pixels, is_log: true }
    }

    /// Pixel of a value.
    pub fn at(&self, value: f64) -> f64 {
        let value = if self.is_log { value.max(1e-12).log10() } else { value };
        let share = (value - self.low) / (self.high - self.low);
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }

    /// Round values inside, at most about `most`.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        if self.is_log {
            let (low, high) = (self.low.floor() as i32, self.high.ceil() as i32);
            // Powers of ten alone are too few on a short scale.
            let multiples: &[f64] = if self.high - self.low < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
            let all = (low..=high).flat_map(|e| multiples.iter().map(move |m| m * 10_f64.powi(e)));
            let is_inside = |x: &f64| (self.low - 1e-9..=self.high + 1e-9).contains(&x.log10());
            return all.filter(is_inside).collect();
        }
        let rough = (self.high - self.low) / most.max(1) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough * 0.999).unwrap_or(rough);
        let first = (self.low / step - 1e-9).ceil() as i64;
        (first..first.saturating_add(100))
            .map(|i| i as f64 * step)
            .take_while(|x| *x <= self.high + 1e-9 * step)
            .collect()
    }
}

/// Words in lines of at most so many characters.
pub(super) fn lines(words: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(last) if last.chars().count() + word.chars().count() < most => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A number beside an axis.
pub(super) fn tick_label(value: f64, step: f64) -> String {
    let decimals = if step > 0.0 && step < 1.0 { (-step.log10()).ceil().clamp(0.0, 6.0) as usize } else { 0 };
    if decimals == 0 { grouped(value) } else { fixed(value, decimals) }
}

/// The frame of a plot: two scales and what is written beside them.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Across.
    pub x: Scale,
    /// Upwards.
    pub y: Scale,
}

impl Frame {
    /// Left, right, top and bottom edge.
    pub fn edges(&self) -> (f64, f64, f64, f64) {
        (self.x.pixels.0, self.x.pixels.1, self.y.pixels.1, self.y.pixels.0)
    }

    /// Pixels of a point.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.at(x), self.y.at(y))
    }

    /// Grid, numbers and names of the axes.
    pub fn axes(&self, across: &str, upwards: &str) -> Markup {
        let (left, right, top, bottom) = self.edges();
        let xs = self.x.ticks(((right - left) / 80.0) as usize);
        let ys = self.y.ticks(((bottom - top) / 45.0) as usize);
        let step = |ticks: &[f64]| match ticks {
            [first, second, ..] => second - first,
            _ => 1.0,
        };
        let label = |scale: &Scale, value: f64, step: f64| {
            if scale.is_log { crate::report::sentence::grouped_or_small(value) } else { tick_label(value, step) }
        };
        let middle = (top + bottom) / 2.0;
        html! {
            @for x in &xs {
                (line(&[(self.x.at(*x), top), (self.x.at(*x), bottom)], Paint::Grid, 1.0, "none", 1.0))
                (text((self.x.at(*x), bottom + 16.0), Anchor::Middle, 11.0, Paint::Weak, &label(&self.x, *x, step(&xs))))
            }
            @for y in &ys {
                (line(&[(left, self.y.at(*y)), (right, self.y.at(*y))], Paint::Grid, 1.0, "none", 1.0))
                (text((left - 6.0, self.y.at(*y) + 4.0), Anchor::End, 11.0, Paint::Weak, &label(&self.y, *y, step(&ys))))
            }
            (line(&[(left, top), (left, bottom), (right, bottom)], Paint::Ink, 1.0, "none", 1.0))
            (text(((left + right) / 2.0, bottom + 34.0), Anchor::Middle, 12.0, Paint::Ink, across))
            g transform=(format!("rotate(-90 14 {})", px(middle))) {
                (text((14.0, middle), Anchor::Middle, 12.0, Paint::Ink, upwards))
            }
        }
    }
}

/// Finds free places for labels beside points.
pub(super) struct Labels {
    taken: Vec<[f64; 4]>,
    inside: [f64; 4],
}

impl Labels {
    /// Inside these edges, around these points.
    pub fn new(frame: &Frame, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (left, right, top, bottom) = frame.edges();
        let taken = points.into_iter().map(|(x, y)| [x - 6.0, x + 6.0, y - 6.0, y + 6.0]).collect();
        Self { taken, inside: [left, right, top, bottom] }
    }

    /// A label beside a point, with a thin line to it where it stands far away; nothing where there is no place at all.
    pub fn place(&mut self, at: (f64, f64), words: &str, size: f64, paint: Paint) -> Option<Markup> {
        let width = width_of(words, size);
        let far = [10.0, 26.0, 44.0, 66.0, 90.0, 120.0];
        let ways =
            [(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (0.8, -0.8), (0.8, 0.8), (-0.8, -0.8), (-0.8, 0.8)];
        for distance in far {
            for (ux, uy) in ways {
                let (x, y) = (at.0 + distance * ux, at.1 + distance * uy);
                let (anchor, left) = if ux > 0.1 {
                    (Anchor::Start, x)
                } else if ux < -0.1 {
                    (Anchor::End, x - width)
                } else {
                    (Anchor::Middle, x - width / 2.0)
                };
                let place = [left, left + width, y - size * 0.6, y + size * 0.6];
                let is_inside = place[0] >= self.inside[0]
                    && place[1] <= self.inside[1]
                    && place[2] >= self.inside[2]
                    && place[3] <= self.inside[3];
                let is_free =
                    self.taken.iter().all(|t| t[1] < place[0] || t[0] > place[1] || t[3] < place[2] || t[2] > place[3]);
                if is_inside && is_free {
                    self.taken.push(place);
                    return Some(html! {
                        @if distance > 12.0 { (line(&[at, (x, y)], paint, 0.7, "none", 0.7)) }
                        (text((x, y + size * 0.35), anchor, size, paint, words))
                    });
                }
            }
        }
        None
    }
}

/// Heights for labels beside the ends of lines: in their order, at least `apart` from each other, inside `range`.
pub(super) fn spread(wanted: &[f64], apart: f64, range: (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]).then(a.cmp(b)));
    let mut heights = wanted.to_vec();
    let mut least = range.0;
    for index in &order {
        heights[*index] = heights[*index].max(least);
        least = heights[*index] + apart;
    }
    // Back up from below where they ran over the edge.
    let mut most = range.1;
    for index in order.iter().rev() {
        heights[*index] = heights[*index].min(most);
        most = heights[*index] - apart;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let ticks = Scale::fixed(0.13, 0.97, (0.0, 100.0)).ticks(5);
        let expected = [0.2, 0.4, 0.6, 0.8];
        assert_eq!(ticks.len(), expected.len(), "{ticks:?}");
        assert!(ticks.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(tick_label(0.2, 0.2), "0.2");
        assert_eq!(
            Scale::decades([2.0, 50_000.0], (0.0, 1.0)).ticks(5),
            [1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0]
        );
        assert_eq!(tick_label(-1500.0, 500.0), "−1,500");
    }

    #[test]
    fn labels_that_would_overlap_are_moved_apart_and_stay_inside() {
        let heights = spread(&[50.0, 52.0, 99.0, 100.0], 10.0, (0.0, 100.0));
        assert!(heights.iter().all(|y| (0.0..=100.0).contains(y)), "{heights:?}");
        assert!(heights.windows(2).all(|w| w[1] - w[0] >= 10.0 - 1e-9), "{heights:?}");
    }

    #[test]
    fn what_people_wrote_is_escaped() {
        let markup = text((0.0, 0.0), Anchor::Start, 12.0, Paint::Ink, "<script>\"&'").into_string();
        assert!(markup.contains("&lt;script&gt;") && !markup.contains("<script>"), "{markup}");
    }
}
