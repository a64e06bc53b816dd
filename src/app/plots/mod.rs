//! The pictures.

pub mod compare;
pub mod detection;
pub mod frontier;
pub mod money;
pub mod plan;
pub mod segments;
pub mod timeline;

use egui_plot::{AxisHints, GridInput, GridMark};

/// Bounds to include where values differ by rounding alone: a plot cannot be drawn over no span at all.
pub fn least_span(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let (low, high) = values
        .filter(|x| x.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let size = low.abs().max(high.abs()).max(1.0);
    (low <= high && high - low < 1e-6 * size).then_some([low - 0.05 * size, high + 0.05 * size])
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
    use super::least_span;

    #[test]
    fn values_that_are_one_get_room_and_others_none() {
        let noise = [42.868_100_930_942_3, 42.868_100_930_942_33];
        assert!(least_span(noise.into_iter()).is_some_and(|[low, high]| low < 41.0 && high > 44.0));
        assert_eq!(least_span([1.0, 2.0].into_iter()), None);
        assert_eq!(least_span([f64::NAN].into_iter()), None);
        assert_eq!(least_span(std::iter::empty()), None);
    }
}
