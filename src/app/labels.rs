//! What is written within a picture: no two texts lie over each other.

use std::sync::Arc;

use eframe::egui::{self, Align2, Color32, FontId, Galley, Pos2, Rect, Vec2};

use super::theme;

/// A name that wants a place.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    /// The point that it names.
    at: Pos2,
    /// Room that it takes, points.
    size: Vec2,
    /// Radius of the point's mark, points.
    radius: f32,
    /// Above or below first.
    along: bool,
}

/// Distances from the mark at which a name is tried, points: beyond the first, a line leads to it.
const DISTANCES: [f32; 5] = [4.0, 14.0, 26.0, 40.0, 60.0];
/// From this distance on a line leads from the mark to the name, points.
const LED: f32 = 10.0;
/// Room kept free around a name, points.
const MARGIN: f32 = 1.5;

/// Places for names, in their order: the first ones have the first choice, the nearest free place counts. None lies over another, over an
/// `obstacle` or over the mark of any of the points, and all lie `inside`. A name that finds no place has none.
fn place(wanted: &[Wanted], obstacles: &[Rect], inside: Rect) -> Vec<Option<Rect>> {
    let marks = wanted.iter().map(|one| Rect::from_center_size(one.at, Vec2::splat(2.0 * one.radius)));
    let mut taken: Vec<Rect> = obstacles.iter().copied().chain(marks).collect();
    wanted
        .iter()
        .map(|one| {
            let tried = DISTANCES.iter().flat_map(|distance| around(one, *distance));
            let is_free = |rect: &Rect| {
                inside.contains_rect(*rect) && !taken.iter().any(|other| other.expand(MARGIN).intersects(*rect))
            };
            let found = tried.into_iter().find(is_free)?;
            taken.push(found);
            Some(found)
        })
        .collect()
}

/// Places at a distance from a mark: right, left, above, below, then the corners.
fn around(one: &Wanted, distance: f32) -> [Rect; 8] {
    let reach = one.radius + distance;
    let slant = reach * std::f32::consts::FRAC_1_SQRT_2;
    let anchors = [
        (Align2::LEFT_CENTER, Vec2::new(reach, 0.0)),
        (Align2::RIGHT_CENTER, Vec2::new(-reach, 0.0)),
        (Align2::CENTER_BOTTOM, Vec2::new(0.0, -reach)),
        (Align2::CENTER_TOP, Vec2::new(0.0, reach)),
        (Align2::LEFT_TOP, Vec2::new(slant, slant)),
        (Align2::LEFT_BOTTOM, Vec2::new(slant, -slant)),
        (Align2::RIGHT_TOP, Vec2::new(-slant, slant)),
        (Align2::RIGHT_BOTTOM, Vec2::new(-slant, -slant)),
    ];
    let anchors = if one.along {
        [anchors[7], anchors[6], anchors[2], anchors[3], anchors[5], anchors[4], anchors[0], anchors[1]]
    } else {
        anchors
    };
    anchors.map(|(anchor, offset)| anchor.anchor_size(one.at + offset, one.size))
}

/// The corner or side of a name that is nearest to its point, and the distance: where a line to it ends.
fn nearest(rect: Rect, at: Pos2) -> (Pos2, f32) {
    let end = at.clamp(rect.min, rect.max);
    (end, end.distance(at))
}

/// Under which name a picture tells the places of its texts, for tests.
pub fn told(picture: &str) -> egui::Id {
    egui::Id::unique(("labels", picture))
}

/// A name beside a point.
#[derive(Clone, Debug)]
pub struct Name<'t> {
    /// What is written.
    pub text: &'t str,
    /// The point.
    pub at: Pos2,
    /// Radius of its mark, points.
    pub radius: f32,
    /// Size of the text, points.
    pub size: f32,
    /// Colour of the text.
    pub colour: Color32,
    /// Whether a line comes from the left and ends in the point: the name stands above or below it.
    pub along: bool,
}

/// Writes into a picture once it is painted.
pub struct Writer<'u> {
    ui: &'u egui::Ui,
    painter: egui::Painter,
    inside: Rect,
    written: Vec<Rect>,
}

impl<'u> Writer<'u> {
    /// One that stays inside this part of the screen.
    pub fn new(ui: &'u egui::Ui, inside: Rect) -> Self {
        Self { ui, painter: ui.painter_at(inside), inside, written: Vec::new() }
    }

    /// What paints, within the picture.
    pub fn painter(&self) -> &egui::Painter {
        &self.painter
    }

    /// From now on nothing is written below this place.
    pub fn stay_above(&mut self, y: f32) {
        self.inside.max.y = self.inside.max.y.min(y);
    }

    fn laid(&self, text: &str, size: f32, colour: Color32) -> Arc<Galley> {
        self.painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), colour)
    }

    fn paint(&mut self, rect: Rect, galley: Arc<Galley>, colour: Color32) {
        // Lines that run behind it do not strike it out.
        self.painter.rect_filled(rect, 2.0, theme::card_fill(self.ui.visuals().dark_mode).gamma_multiply(0.75));
        self.painter.galley(rect.min, galley, colour);
        self.written.push(rect);
    }

    /// A small text at a place; left out where it does not fit.
    pub fn fixed(&mut self, text: &str, at: Pos2, anchor: Align2, colour: Color32) {
        let galley = self.laid(text, theme::SMALL, colour);
        let rect = anchor.anchor_size(at, galley.size());
        let is_free = !self.written.iter().any(|other| other.expand(MARGIN).intersects(rect));
        if self.inside.contains_rect(rect) && is_free {
            self.paint(rect, galley, colour);
        }
    }

    /// Small texts at the top of upright lines, each right of its line in the first row that is free there.
    pub fn over_lines(&mut self, lines: &[(f32, &str, Color32)]) {
        const ROWS: usize = 3;
        for (x, text, colour) in lines {
            let galley = self.laid(text, theme::SMALL, *colour);
            let size = galley.size();
            let places = (0..ROWS).flat_map(|row| {
                let y = self.inside.top() + row as f32 * (size.y + 1.0);
                [Pos2::new(x + 3.0, y), Pos2::new(x - 3.0 - size.x, y)]
            });
            let mut rects = places.map(|min| Rect::from_min_size(min, size));
            let is_free = |rect: &Rect| {
                self.inside.contains_rect(*rect)
                    && !self.written.iter().any(|other| other.expand(MARGIN).intersects(*rect))
            };
            if let Some(rect) = rects.find(is_free) {
                self.paint(rect, galley, *colour);
            }
        }
    }

    /// Names beside points, the first ones with the first choice. Points out of view have none, names without room are left out.
    pub fn names(&mut self, names: &[Name<'_>]) {
        let names: Vec<&Name<'_>> = names.iter().filter(|name| self.painter.clip_rect().contains(name.at)).collect();
        let laid: Vec<Arc<Galley>> = names.iter().map(|name| self.laid(name.text, name.size, name.colour)).collect();
        let wanted: Vec<Wanted> = names
            .iter()
            .zip(&laid)
            .map(|(name, galley)| Wanted { at: name.at, size: galley.size(), radius: name.radius, along: name.along })
            .collect();
        let places = place(&wanted, &self.written, self.inside);
        for ((name, galley), rect) in names.into_iter().zip(laid).zip(places) {
            let Some(rect) = rect else { continue };
            let (end, distance) = nearest(rect, name.at);
            if distance > name.radius + LED {
                self.painter.line_segment([name.at, end], egui::Stroke::new(0.8, name.colour.gamma_multiply(0.7)));
            }
            self.paint(rect, galley, name.colour);
        }
    }

    /// Tells where everything was written, for tests.
    pub fn finish(self, picture: &str) {
        self.ui.data_mut(|data| data.insert_temp(told(picture), self.written));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_label_lies_over_another_or_over_a_mark(
            places in prop::collection::vec((0.0..300.0_f32, 0.0..200.0_f32, 20.0..120.0_f32), 1..20)
        ) {
            let wanted: Vec<Wanted> = places
                .iter()
                .map(|(x, y, width)| Wanted { at: Pos2::new(*x, *y), size: Vec2::new(*width, 14.0), radius: 5.0, along: false })
                .collect();
            let inside = Rect::from_min_size(Pos2::ZERO, Vec2::new(300.0, 200.0));
            let obstacle = Rect::from_min_size(Pos2::new(100.0, 100.0), Vec2::new(80.0, 10.0));
            let found = place(&wanted, &[obstacle], inside);
            prop_assert_eq!(found.len(), wanted.len());
            let placed: Vec<Rect> = found.iter().flatten().copied().collect();
            for (i, a) in placed.iter().enumerate() {
                prop_assert!(inside.contains_rect(*a) && !a.intersects(obstacle));
                prop_assert!(placed.iter().skip(i + 1).all(|b| !a.intersects(*b)));
                let over = |one: &Wanted| a.intersects(Rect::from_center_size(one.at, Vec2::splat(10.0)));
                prop_assert!(!wanted.iter().any(over));
            }
        }
    }

    #[test]
    fn a_crowded_name_is_led_to_and_one_without_room_has_no_place() {
        let inside = Rect::from_min_size(Pos2::ZERO, Vec2::new(400.0, 200.0));
        let one = |x: f32| Wanted { at: Pos2::new(x, 100.0), size: Vec2::new(100.0, 14.0), radius: 5.0, along: false };
        let found = place(&[one(200.0), one(203.0), one(206.0), one(209.0), one(212.0)], &[], inside);
        let far = found.iter().flatten().filter(|rect| nearest(**rect, Pos2::new(206.0, 100.0)).1 > LED).count();
        assert!(found.iter().all(Option::is_some) && far > 0, "{found:?}");
        assert_eq!(place(&[one(200.0)], &[], Rect::from_min_size(Pos2::ZERO, Vec2::new(50.0, 50.0))), [None]);
    }
}
