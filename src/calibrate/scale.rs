//! Scales on which numbers are moved: a step of one means about as much wherever a number stands, and the scale ends where the number's range
//! does.
//!
//! Numbers on both sides of zero (logits) are moved as they are, positive ones by ratios, shares by their odds. The last two are bent near
//! the ends of their range, so that zero has a place on the scale, too, and a number that starts there can leave it.

use crate::entry::{Key, Number};

/// How a number is moved.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// As it is, in steps of `unit`.
    Linear { unit: f64 },
    /// By ratios; below `bend` more and more as it is.
    Ratio { bend: f64 },
    /// By the odds of its place in its range; within `bend` of either end more and more as it is.
    Odds { bend: f64 },
}

/// The scale of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    form: Form,
    low: f64,
    high: f64,
    /// Where the number starts.
    start: f64,
}

/// By what part of where a number starts its scale is bent.
const BEND: f64 = 0.1;
/// Bend of a number that starts at an end of its range, as a part of that range or of what the window's slider covers.
const BEND_AT_END: f64 = 0.01;

impl Scale {
    /// The scale of a number with this range, that starts here; `key` knows what is worth dragging over.
    pub(super) fn new(number: Number, key: Option<&Key>, start: f64) -> Self {
        let (low, high) = (number.nearest(number.min), number.max);
        let drag = key.and_then(|key| key.drag).map(|drag| drag.range);
        let form = if high - low <= 1.0 {
            let inside = ((start - low) / (high - low)).clamp(0.0, 1.0);
            let edge = inside.min(1.0 - inside);
            Form::Odds { bend: if edge > 0.0 { BEND * edge } else { BEND_AT_END } }
        } else if low >= 0.0 {
            let usual = drag.map_or(1.0, |[_, high]| high);
            Form::Ratio { bend: if start > 0.0 { BEND * start } else { BEND_AT_END * usual } }
        } else if number.unit == "logits" {
            Form::Linear { unit: 1.0 }
        } else {
            Form::Linear { unit: drag.map_or(1.0, |[low, high]| 0.1 * (high - low)) }
        };
        Self { form, low, high, start }
    }

    /// The same with narrower ends.
    pub(super) fn within(mut self, low: f64, high: f64) -> Self {
        self.low = self.low.max(low).min(self.start);
        self.high = self.high.min(high).max(self.start);
        self
    }

    /// The place of a number.
    pub(super) fn place(&self, value: f64) -> f64 {
        match self.form {
            Form::Linear { unit } => value / unit,
            Form::Ratio { bend } => (value / bend).asinh(),
            Form::Odds { bend } => {
                let inside = (value - self.low) / self.width();
                (inside / bend).asinh() - ((1.0 - inside) / bend).asinh()
            }
        }
    }

    fn width(&self) -> f64 {
        (self.high - self.low).max(f64::MIN_POSITIVE)
    }

    /// The number at a place; exactly the end of the range there, and exactly the start where nothing has moved.
    pub(super) fn value(&self, place: f64) -> f64 {
        if place == self.place(self.start) {
            return self.start;
        }
        let [first, last] = self.ends();
        if place <= first {
            return self.low;
        }
        if place >= last {
            return self.high;
        }
        let value = match self.form {
            Form::Linear { unit } => place * unit,
            Form::Ratio { bend } => bend * place.sinh(),
            Form::Odds { .. } => {
                let (mut below, mut above) = (self.low, self.high);
                for _ in 0..80 {
                    let middle = 0.5 * (below + above);
                    if self.place(middle) < place {
                        below = middle;
                    } else {
                        above = middle;
                    }
                }
                0.5 * (below + above)
            }
        };
        value.clamp(self.low, self.high)
    }

    /// The places of the ends of the range.
    pub(super) fn ends(&self) -> [f64; 2] {
        [self.place(self.low), self.place(self.high)]
    }
}

/// A number with as many digits as a person might write.
pub fn rounded(value: f64) -> f64 {
    const DIGITS: usize = 7;
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // Through text, so that what is written into a file is what was rounded to.
    format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(unit: &'static str, min: f64, max: f64) -> Number {
        Number { unit, min, max, above_min: false, whole: false }
    }

    #[test]
    fn every_place_is_that_of_its_number_and_the_ends_are_the_ranges() {
        for (range, starts) in [
            (number("logits", -20.0, 20.0), [-20.0, 0.7, 20.0]),
            (number("tokens", 1.0, 1e7), [1.0, 4900.0, 1e7]),
            (number("USD", 0.0, 1e9), [0.0, 11.0, 330.0]),
            (Number::SHARE, [0.0, 0.0026, 1.0]),
            (number("", 0.5, 0.999_999), [0.5, 0.8, 0.999_999]),
            (number("per 30 days", -0.99, 10.0), [-0.99, 0.0, 3.0]),
        ] {
            for start in starts {
                let scale = Scale::new(range, None, start);
                assert_eq!(scale.value(scale.place(start)), start);
                let [first, last] = scale.ends();
                assert!(first < last, "{range:?} {start}");
                assert_eq!((scale.value(first - 1.0), scale.value(last + 1.0)), (range.min, range.max));
                let mut before = f64::NEG_INFINITY;
                for step in 0..=50 {
                    let place = first + (last - first) * f64::from(step) / 50.0;
                    let value = scale.value(place);
                    assert!(range.allows(value) && value > before, "{range:?} {start}: {value} after {before}");
                    assert!((scale.place(value) - place).abs() < 1e-6 * (1.0 + place.abs()), "{range:?} {value}");
                    before = value;
                }
            }
        }
    }

    #[test]
    fn positive_numbers_move_by_ratios_and_shares_by_odds() {
        let tokens = Scale::new(number("tokens", 1.0, 1e7), None, 5000.0);
        let moved = tokens.place(10_000.0) - tokens.place(5000.0);
        assert!((moved - 2.0_f64.ln()).abs() < 0.01, "{moved}");
        let rate = Scale::new(Number::SHARE, None, 0.2);
        let moved = rate.place(0.4) - rate.place(0.2);
        assert!((moved - ((0.4_f64 / 0.6) / (0.2 / 0.8)).ln()).abs() < 0.02, "{moved}");
        assert_eq!(rounded(0.123_456_789), 0.123_456_8);
        assert_eq!(rounded(-4_900.000_000_1), -4900.0);
    }

    #[test]
    fn narrower_ends_hold() {
        let scale = Scale::new(Number::SHARE, None, 0.9).within(0.3, 0.95);
        let [first, last] = scale.ends();
        assert_eq!((scale.value(first), scale.value(last)), (0.3, 0.95));
        assert_eq!(scale.value(scale.place(0.9)), 0.9);
    }
}
