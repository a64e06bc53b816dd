//! What the plots have in common: their axes, their grid, and how near they can be looked at.

use egui_plot::{AxisHints, GridInput, GridMark, Plot, PlotBounds, PlotUi};

use super::theme;
use crate::report::sentence::fixed;

/// A span from the least to the greatest of some values, with room around them where they differ by rounding alone.
fn roomy([low, high]: [f64; 2]) -> Option<[f64; 2]> {
    let size = low.abs().max(high.abs()).max(1.0);
    let room = if high - low < 1e-6 * size { 0.05 * size } else { 0.0 };
    (low <= high).then_some([low - room, high + room])
}

/// How much less, and how much more, than all its points a picture can be made to show.
const MOST_ZOOM: f64 = 20.0;

/// What the points of a picture span, across and upwards; `None` where no value is finite.
#[derive(Clone, Copy)]
pub struct Extent([Option<[f64; 2]>; 2]);

impl Extent {
    /// Of all of them.
    pub fn of(points: impl Iterator<Item = [f64; 2]>) -> Self {
        let ends = points.fold([[f64::INFINITY, f64::NEG_INFINITY]; 2], |ends, point| {
            [0, 1].map(|axis| {
                let ([low, high], x) = (ends[axis], point[axis]);
                if x.is_finite() { [low.min(x), high.max(x)] } else { [low, high] }
            })
        });
        Self(ends.map(roomy))
    }

    /// Leaves room around points that differ by rounding alone: a plot cannot be drawn over no span at all.
    pub fn with_room(self, mut plot: Plot<'_>) -> Plot<'_> {
        let [across, upwards] = self.0;
        for x in across.into_iter().flatten() {
            plot = plot.include_x(x);
        }
        for y in upwards.into_iter().flatten() {
            plot = plot.include_y(y);
        }
        plot
    }

    /// Keeps what is seen of a picture near to its points, whatever they are by now, and shows all of them where none is in view. Dotted and
    /// dashed lines are cut into pieces over their whole length, in view or not: looked at from very near they would fill the memory.
    pub fn bound_zoom(self, plot: &mut PlotUi<'_>) {
        let [Some(across), Some(upwards)] = self.0 else { return };
        if plot.auto_bounds().all() {
            return;
        }
        let seen = plot.plot_bounds();
        let spans = [across, upwards];
        let misses = |axis: usize| seen.max()[axis] < spans[axis][0] || seen.min()[axis] > spans[axis][1];
        if !seen.is_valid() || misses(0) || misses(1) {
            plot.set_auto_bounds(true);
            return;
        }
        let size = [seen.width(), seen.height()];
        let kept = [0, 1].map(|axis| {
            let all = spans[axis][1] - spans[axis][0];
            size[axis].clamp(all / MOST_ZOOM, all * MOST_ZOOM)
        });
        if kept != size {
            let centre = seen.center();
            let corner = |side: f64| [centre.x + side * kept[0] / 2.0, centre.y + side * kept[1] / 2.0];
            plot.set_plot_bounds(PlotBounds::from_min_max(corner(-1.0), corner(1.0)));
        }
    }
}

/// A picture that stays as it is, whatever is done with the pointer over it.
pub fn still<'a>(id: &'a str, dark: bool) -> Plot<'a> {
    Plot::new(id)
        .grid_color(theme::grid(dark))
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .x_grid_spacer(round_marks)
        .y_grid_spacer(round_marks)
        .grid_spacing(4.0..=50.0)
}

/// About six labelled lines at round numbers, with finer ones between them.
#[expect(clippy::needless_pass_by_value, reason = "the form that the plot asks for")]
pub fn round_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let span = high - low;
    if !(span.is_finite() && span > 0.0) {
        return Vec::new();
    }
    let rough = span / 6.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough).unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last.min(first + 40)).map(|i| GridMark { value: i as f64 * step, step_size: step }).collect()
}

/// An axis with its label, numbers with as many digits as its steps need, and close enough together for a small plot.
pub fn axis<'a>(horizontal: bool, label: &str) -> AxisHints<'a> {
    let hints = if horizontal {
        AxisHints::new_x().label_spacing(26.0..=38.0)
    } else {
        AxisHints::new_y().label_spacing(14.0..=20.0)
    };
    hints.label(label).formatter(|mark, _| {
        let decimals = (-mark.step_size.log10().floor()).clamp(0.0, 6.0) as usize;
        fixed(mark.value, decimals)
    })
}

/// 1, 2 and 5 of each power of ten, on a logarithmic axis.
#[expect(clippy::needless_pass_by_value, reason = "the form that the plot asks for")]
pub fn log_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let mut marks = Vec::new();
    for power in (low.floor() as i32).max(-12)..=(high.ceil() as i32).min(15) {
        for (digit, step_size) in [(1.0_f64, 1.0), (2.0, 0.3), (5.0, 0.3)] {
            let value = digit.log10() + f64::from(power);
            if value >= low && value <= high {
                marks.push(GridMark { value, step_size });
            }
        }
    }
    if marks.len() < 3 && low.is_finite() && high - low < 2.0 {
        // Over less than a decade: round amounts.
        let bounds = (10_f64.powf(low), 10_f64.powf(high));
        let even = round_marks(GridInput { bounds, ..input });
        marks = even.into_iter().map(|mark| GridMark { value: mark.value.log10(), step_size: 0.3 }).collect();
    }
    marks
}

#[cfg(test)]
mod tests {
    use eframe::egui::{self, Event, Modifiers, MouseWheelSource, MouseWheelUnit, Shape, TouchPhase};
    use egui_kittest::Harness;
    use egui_plot::{Line, LineStyle, Plot, PlotBounds};

    use super::Extent;

    /// A picture of a dotted line that can be another one in the next frame, and its bounds.
    type Picture = ([[f64; 2]; 2], Option<PlotBounds>);

    fn picture(line: [[f64; 2]; 2]) -> Harness<'static, Picture> {
        let mut harness = Harness::new_ui_state(
            |ui, (line, seen): &mut Picture| {
                let plot = Plot::new("zoomed").width(400.0).height(400.0).allow_scroll(false);
                let extent = Extent::of(line.iter().copied());
                extent.with_room(plot).show(ui, |plot| {
                    *seen = Some(plot.plot_bounds());
                    extent.bound_zoom(plot);
                    let style = LineStyle::Dotted { spacing: 4.0 };
                    plot.line(Line::new("through the middle", line.to_vec()).style(style));
                });
            },
            (line, None),
        );
        harness.run_steps(3);
        harness.hover_at(egui::pos2(225.0, 185.0));
        harness.step();
        harness
    }

    fn pieces(harness: &Harness<'_, Picture>) -> usize {
        fn count(shape: &Shape) -> usize {
            match shape {
                Shape::Vec(inner) => inner.iter().map(count).sum(),
                _ => 1,
            }
        }
        harness.output().shapes.iter().map(|clipped| count(&clipped.shape)).sum()
    }

    fn turn_wheel(harness: &Harness<'_, Picture>, delta: f32) {
        let (unit, phase, source) = (MouseWheelUnit::Point, TouchPhase::Move, MouseWheelSource::Wheel);
        let (delta, modifiers) = (egui::vec2(0.0, delta), Modifiers::COMMAND);
        harness.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
    }

    #[test]
    fn a_dotted_line_looked_at_from_near_does_not_fill_the_memory() {
        let mut harness = picture([[0.0, 0.0], [100.0, 100.0]]);
        let at_first = pieces(&harness);
        let mut most = 0;
        for _ in 0..80 {
            turn_wheel(&harness, 100.0);
            harness.step();
            most = most.max(pieces(&harness));
            assert!(most < 40 * at_first, "{most} pieces in place of {at_first}");
        }
        assert!(most > 4 * at_first, "it was looked at from nearer: {most} and {at_first}");
    }

    #[test]
    fn a_picture_looked_at_closely_does_not_keep_a_zoom_that_fits_another_one() {
        // A line through the same middle that is as good as flat, zoomed once, and then a steep one.
        let mut harness = picture([[0.0, 50.0], [100.0, 50.0 + 1e-10]]);
        let at_first = pieces(&harness);
        turn_wheel(&harness, 20.0);
        harness.run_steps(3);
        harness.state_mut().0 = [[0.0, 50.0 - 1e6], [100.0, 50.0 + 1e6]];
        harness.run_steps(3);
        assert!(pieces(&harness) < 100 * at_first, "{} pieces in place of {at_first}", pieces(&harness));
        // One that is nowhere in view is shown whole.
        harness.state_mut().0 = [[3000.0, 1.0], [4000.0, 2.0]];
        harness.run_steps(3);
        let seen = harness.state().1;
        assert!(seen.is_some_and(|b| b.min()[0] < 3000.0 && b.max()[0] > 4000.0 && b.height() < 2.0), "{seen:?}");
    }

    #[test]
    fn values_that_are_one_get_room_and_others_none() {
        fn span(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
            Extent::of(values.map(|x| [x, 0.0])).0[0]
        }
        let noise = [42.868_100_930_942_3, 42.868_100_930_942_33];
        assert!(span(noise.into_iter()).is_some_and(|[low, high]| low < 41.0 && high > 44.0));
        assert_eq!(span([1.0, 2.0].into_iter()), Some([1.0, 2.0]));
        assert_eq!(span([f64::NAN, 3.0, 4.0].into_iter()), Some([3.0, 4.0]));
        assert_eq!(span([f64::NAN].into_iter()), None);
        assert_eq!(span(std::iter::empty()), None);
    }
}
