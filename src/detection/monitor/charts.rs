//! Detectors that the search of a plan tries.

use crate::detection::detector::{CusumChart, EwmaChart, GlrChart, ShewhartChart, ShiryaevRobertsChart, WeeklyZChart};
use crate::entry::Chosen;
use crate::model::Detector;

fn of(own: &Detector, kind: impl Into<Chosen>) -> Detector {
    Detector { kind: kind.into(), ..own.clone() }
}

pub(super) fn shewhart(own: &Detector) -> Detector {
    of(own, ShewhartChart {})
}

pub(super) fn cusum(own: &Detector, ratio: f64) -> Detector {
    Detector { ratio, ..of(own, CusumChart {}) }
}

pub(super) fn ewma(own: &Detector, weight: f64) -> Detector {
    Detector { weight, ..of(own, EwmaChart {}) }
}

/// Those for shares and counts.
pub(super) fn usual(own: &Detector) -> Vec<Detector> {
    vec![
        cusum(own, 1.1),
        cusum(own, 1.25),
        cusum(own, 1.5),
        cusum(own, 2.0),
        Detector { ratio: 1.25, ..of(own, ShiryaevRobertsChart {}) },
        ewma(own, 0.1),
        Detector { window_days: 28, ..of(own, GlrChart {}) },
        Detector { window_days: 7, ..of(own, WeeklyZChart {}) },
    ]
}
