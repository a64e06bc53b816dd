//! The pictures.

pub mod compare;
pub mod detection;
pub mod frontier;
pub mod money;
pub mod plan;
pub mod segments;
pub mod timeline;

use egui_plot::{AxisHints, GridInput, GridMark};

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
