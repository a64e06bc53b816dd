//! The pictures.

pub mod frontier;
pub mod timeline;

use egui_plot::{GridInput, GridMark};

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
