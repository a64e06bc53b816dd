//! The pictures.

pub mod compare;
pub mod detection;
pub mod frontier;
pub mod money;
pub mod plan;
pub mod segments;
pub mod timeline;

use egui_plot::{AxisHints, GridInput, GridMark, Plot, PlotBounds, PlotUi};

use crate::app::theme;

/// Bounds to include where values differ by rounding alone: a plot cannot be drawn over no span at all.
pub fn least_span(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let (low, high) = values
        .filter(|x| x.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let size = low.abs().max(high.abs()).max(1.0);
    (low <= high && high - low < 1e-6 * size).then_some([low - 0.05 * size, high + 0.05 * size])
}

/// How much closer, and how much farther, a picture can be looked at than it is at first.
const MOST_ZOOM: f64 = 20.0;

/// Keeps a picture that can be zoomed within bounds. Dotted and dashed lines are cut into pieces over their whole length, in view or not: looked
/// at from very near they would fill the memory.
pub fn bound_zoom(plot: &mut PlotUi<'_>) {
    let (bounds, memory) = (plot.plot_bounds(), plot.response().id.with("size at first"));
    let size = [bounds.width(), bounds.height()];
    if plot.auto_bounds().all() {
        if size.iter().all(|length| length.is_finite() && *length > 0.0) {
            plot.ctx().data_mut(|data| data.insert_temp(memory, size));
        }
        return;
    }
    let Some(whole) = plot.ctx().data(|data| data.get_temp::<[f64; 2]>(memory)) else { return };
    let kept = [0, 1].map(|i| size[i].clamp(whole[i] / MOST_ZOOM, whole[i] * MOST_ZOOM));
    if kept != size {
        let centre = bounds.center();
        let corner = |side: f64| [centre.x + side * kept[0] / 2.0, centre.y + side * kept[1] / 2.0];
        plot.set_plot_bounds(PlotBounds::from_min_max(corner(-1.0), corner(1.0)));
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
        format!("{:.decimals$}", mark.value)
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
    marks
}

#[cfg(test)]
mod tests {
    use eframe::egui::{self, Event, Modifiers, MouseWheelSource, MouseWheelUnit, Shape, TouchPhase};
    use egui_plot::{Line, LineStyle, Plot};

    use super::{bound_zoom, least_span};

    #[test]
    fn a_dotted_line_looked_at_from_near_does_not_fill_the_memory() {
        fn count(shape: &Shape) -> usize {
            match shape {
                Shape::Vec(inner) => inner.iter().map(count).sum(),
                _ => 1,
            }
        }
        let mut harness = egui_kittest::Harness::new_ui(|ui| {
            Plot::new("zoomed").width(400.0).height(400.0).allow_scroll(false).show(ui, |plot| {
                bound_zoom(plot);
                let style = LineStyle::Dotted { spacing: 4.0 };
                plot.line(Line::new("through the middle", vec![[0.0, 0.0], [100.0, 100.0]]).style(style));
            });
        });
        harness.run_steps(3);
        let pieces = |harness: &egui_kittest::Harness<'_>| -> usize {
            harness.output().shapes.iter().map(|clipped| count(&clipped.shape)).sum()
        };
        let at_first = pieces(&harness);
        harness.hover_at(egui::pos2(225.0, 185.0));
        harness.step();
        let mut most = 0;
        for _ in 0..80 {
            let (unit, phase, source) = (MouseWheelUnit::Point, TouchPhase::Move, MouseWheelSource::Wheel);
            let (delta, modifiers) = (egui::vec2(0.0, 100.0), Modifiers::COMMAND);
            harness.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
            harness.step();
            most = most.max(pieces(&harness));
            assert!(most < 40 * at_first, "{most} pieces in place of {at_first}");
        }
        assert!(most > 4 * at_first, "it was looked at from nearer: {most} and {at_first}");
    }

    #[test]
    fn values_that_are_one_get_room_and_others_none() {
        let noise = [42.868_100_930_942_3, 42.868_100_930_942_33];
        assert!(least_span(noise.into_iter()).is_some_and(|[low, high]| low < 41.0 && high > 44.0));
        assert_eq!(least_span([1.0, 2.0].into_iter()), None);
        assert_eq!(least_span([f64::NAN].into_iter()), None);
        assert_eq!(least_span(std::iter::empty()), None);
    }
}
