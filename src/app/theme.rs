//! Colours, markers, dashes and spacing: one look for the whole window.
//!
//! Nothing is told by colour alone: every policy and tier has a marker or a dash of its own as well.

use eframe::egui::{self, Color32, FontId, TextStyle, Theme};
use egui_plot::{LineStyle, MarkerShape};

/// Space between cards and between groups.
pub const GAP: f32 = 8.0;

/// Size of what explains, points.
pub const SMALL: f32 = 11.5;
/// Size of what is read, points.
pub const BODY: f32 = 13.5;
/// Size of what is seen first, points.
pub const TITLE: f32 = 18.0;

/// The palette of Okabe and Ito, which people with any of the common colour-vision deficiencies can tell apart; each hue
/// once for a light and once for a dark ground.
const HUES: [(Color32, Color32); 7] = [
    (Color32::from_rgb(0, 114, 178), Color32::from_rgb(86, 160, 233)),
    (Color32::from_rgb(213, 94, 0), Color32::from_rgb(255, 140, 66)),
    (Color32::from_rgb(0, 136, 100), Color32::from_rgb(38, 190, 150)),
    (Color32::from_rgb(170, 75, 135), Color32::from_rgb(221, 145, 190)),
    (Color32::from_rgb(176, 126, 0), Color32::from_rgb(240, 190, 60)),
    (Color32::from_rgb(48, 130, 180), Color32::from_rgb(130, 205, 245)),
    (Color32::from_rgb(110, 110, 110), Color32::from_rgb(190, 190, 190)),
];

const MARKERS: [MarkerShape; 6] = [
    MarkerShape::Circle,
    MarkerShape::Square,
    MarkerShape::Diamond,
    MarkerShape::Up,
    MarkerShape::Down,
    MarkerShape::Right,
];

/// How one series is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Colour on the current ground.
    pub colour: Color32,
    /// Marker.
    pub shape: MarkerShape,
    /// Dash of its line.
    pub dash: LineStyle,
}

/// Look of the `index`th policy. Seven hues and six markers give 42 different pairs before one comes again.
pub fn mark(dark: bool, index: usize) -> Mark {
    let (light_ground, dark_ground) = HUES[index % HUES.len()];
    Mark {
        colour: if dark { dark_ground } else { light_ground },
        shape: MARKERS[index % MARKERS.len()],
        dash: dash(index),
    }
}

/// Dash of the `index`th line of a plot.
pub fn dash(index: usize) -> LineStyle {
    match index % 4 {
        0 => LineStyle::Solid,
        1 => LineStyle::Dashed { length: 9.0 },
        2 => LineStyle::Dotted { spacing: 5.0 },
        _ => LineStyle::Dashed { length: 4.0 },
    }
}

/// Colour of loss and of the trap.
pub fn bad(dark: bool) -> Color32 {
    if dark { Color32::from_rgb(255, 126, 90) } else { Color32::from_rgb(178, 58, 0) }
}

/// Colour of gain.
pub fn good(dark: bool) -> Color32 {
    if dark { Color32::from_rgb(60, 200, 160) } else { Color32::from_rgb(0, 112, 82) }
}

/// Colour of what is only for orientation.
pub fn neutral(dark: bool) -> Color32 {
    if dark { Color32::from_gray(165) } else { Color32::from_gray(95) }
}

/// Ground of a card.
pub fn card_fill(dark: bool) -> Color32 {
    if dark { Color32::from_gray(34) } else { Color32::WHITE }
}

/// The frame of a card.
pub fn card(ui: &egui::Ui) -> egui::Frame {
    let dark = ui.visuals().dark_mode;
    let line = if dark { Color32::from_gray(52) } else { Color32::from_gray(218) };
    egui::Frame::new()
        .fill(card_fill(dark))
        .stroke(egui::Stroke::new(1.0, line))
        .corner_radius(6)
        .inner_margin(egui::Margin::symmetric(10, 8))
}

/// Sets fonts sizes, spacing and colours of both themes.
pub fn install(ctx: &egui::Context) {
    // The face of tables has the arrows and signs of mathematics that the usual one lacks.
    let mut fonts = egui::FontDefinitions::default();
    fonts.families.entry(egui::FontFamily::Proportional).or_default().push("Hack".to_owned());
    ctx.set_fonts(fonts);
    ctx.all_styles_mut(|style| {
        style.text_styles.insert(TextStyle::Small, FontId::proportional(SMALL));
        style.text_styles.insert(TextStyle::Body, FontId::proportional(BODY));
        style.text_styles.insert(TextStyle::Button, FontId::proportional(BODY));
        style.text_styles.insert(TextStyle::Heading, FontId::proportional(TITLE));
        style.spacing.item_spacing = egui::vec2(8.0, 5.0);
        style.spacing.button_padding = egui::vec2(8.0, 3.0);
        style.spacing.interact_size.y = 22.0;
        style.spacing.scroll = egui::style::ScrollStyle::solid();
    });
    ctx.style_mut_of(Theme::Light, |style| {
        style.visuals.panel_fill = Color32::from_gray(244);
        style.visuals.override_text_color = Some(Color32::from_gray(28));
        style.visuals.weak_text_color = Some(Color32::from_gray(84));
        style.visuals.extreme_bg_color = Color32::WHITE;
        // On a white card a white field would not be seen.
        style.visuals.text_edit_bg_color = Some(Color32::from_gray(238));
    });
    ctx.style_mut_of(Theme::Dark, |style| {
        style.visuals.panel_fill = Color32::from_gray(24);
        style.visuals.override_text_color = Some(Color32::from_gray(226));
        style.visuals.weak_text_color = Some(Color32::from_gray(165));
        style.visuals.extreme_bg_color = Color32::from_gray(16);
    });
}

/// Colour of the grid of a plot: there, but behind everything.
pub fn grid(dark: bool) -> Color32 {
    if dark { Color32::from_gray(58) } else { Color32::from_gray(212) }
}

/// Hatches a region: seen on any screen and by anybody, and what lies in it stays readable.
pub fn hatch(painter: &egui::Painter, region: egui::Rect, colour: Color32) {
    const STEP: f32 = 9.0;
    let painter = painter.with_clip_rect(region.intersect(painter.clip_rect()));
    let stroke = egui::Stroke::new(1.0, colour);
    let count = ((region.width() + region.height()) / STEP).clamp(0.0, 2000.0) as usize;
    for i in 1..=count {
        let x = region.left() + i as f32 * STEP;
        let low = egui::pos2(x - region.height(), region.bottom());
        painter.line_segment([egui::pos2(x, region.top()), low], stroke);
    }
}

/// Paints a legend swatch: a piece of the line with the marker on it. Returns the response of its place.
pub fn swatch(
    ui: &mut egui::Ui,
    colour: Color32,
    dash: Option<LineStyle>,
    shape: Option<MarkerShape>,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(24.0, 14.0), egui::Sense::hover());
    paint_swatch(ui.painter(), rect, colour, dash, shape);
    response
}

/// A swatch with its name, in one piece: a line break never comes between them.
pub fn key_entry(ui: &mut egui::Ui, name: &str, colour: Color32, dash: Option<LineStyle>, shape: Option<MarkerShape>) {
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(name.to_owned(), font, ui.visuals().text_color());
    let size = egui::vec2(29.0 + galley.size().x, galley.size().y.max(14.0));
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, name));
    let place = egui::Rect::from_min_size(rect.left_center() - egui::vec2(0.0, 7.0), egui::vec2(24.0, 14.0));
    paint_swatch(ui.painter(), place, colour, dash, shape);
    let at = egui::pos2(rect.left() + 29.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, colour);
}

fn paint_swatch(
    painter: &egui::Painter,
    rect: egui::Rect,
    colour: Color32,
    dash: Option<LineStyle>,
    shape: Option<MarkerShape>,
) {
    let stroke = egui::Stroke::new(2.0, colour);
    let ends = [rect.left_center(), rect.right_center()];
    match dash {
        Some(LineStyle::Solid) => {
            painter.line_segment(ends, stroke);
        }
        Some(LineStyle::Dashed { length }) => {
            painter.extend(egui::Shape::dashed_line(&ends, stroke, length * 0.7, 3.5));
        }
        Some(LineStyle::Dotted { spacing }) => {
            painter.extend(egui::Shape::dotted_line(&ends, colour, spacing, 1.3));
        }
        None => {}
    }
    if let Some(shape) = shape {
        paint_marker(painter, rect.center(), 4.5, shape, colour);
    }
}

/// Paints a filled marker as the plots draw it.
pub fn paint_marker(painter: &egui::Painter, at: egui::Pos2, radius: f32, shape: MarkerShape, colour: Color32) {
    let corners = |points: &[(f32, f32)]| -> Vec<egui::Pos2> {
        points.iter().map(|(x, y)| at + radius * egui::vec2(*x, *y)).collect()
    };
    let outline = match shape {
        MarkerShape::Square => corners(&[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)]),
        MarkerShape::Diamond => corners(&[(0.0, -1.1), (1.1, 0.0), (0.0, 1.1), (-1.1, 0.0)]),
        MarkerShape::Up => corners(&[(0.0, -1.0), (0.9, 0.7), (-0.9, 0.7)]),
        MarkerShape::Down => corners(&[(0.0, 1.0), (-0.9, -0.7), (0.9, -0.7)]),
        MarkerShape::Right => corners(&[(1.0, 0.0), (-0.7, 0.9), (-0.7, -0.9)]),
        _ => {
            painter.circle_filled(at, radius * 0.9, colour);
            return;
        }
    };
    painter.add(egui::Shape::convex_polygon(outline, colour, egui::Stroke::NONE));
}
