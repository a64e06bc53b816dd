//! Detectors: each turns a stream of daily observations into one number that grows with evidence of damage.
//!
//! An alarm is the number exceeding a threshold; what threshold, the study decides (see [`crate::detection::study`]). Every detector
//! can be used on a stream of anybody's own numbers:
//!
//! ```
//! use paretoscope::detection::detector::{Cusum, Detector};
//! use paretoscope::detection::observation::Observation;
//!
//! let mut cusum = Cusum::new(1.5);
//! let failures_of_200 = [9.0, 11.0, 10.0, 19.0, 22.0, 18.0];
//! let statistics = failures_of_200.map(|bad| cusum.update(&Observation::binomial(bad, 200.0, 0.05)));
//! assert!(statistics[5] > 5.0 && statistics[2] < 1.0);
//! ```

/// A kind of chart: its word, what it is called in the literature, the numbers it goes by, and how it is made of a scenario's detector.
macro_rules! chart {
    ($kind:ident = $word:literal, $spoken:literal, goes by [$($uses:literal),*], shows $setting:ident, $does:literal, $make:expr $(, guaranteed $threshold:expr)?) => {
        $crate::entry! {
            #[doc = concat!($spoken, " as a kind: ", $does)]
            pub struct $kind {}
        }

        impl $crate::entry::Described for $kind {
            const ABOUT: &'static $crate::entry::About = &$crate::entry::About {
                spoken: $spoken,
                does: $does,
                uses: &[$($uses),*],
                ..$crate::entry::About::new($crate::entry::Family::Detectors, $word)
            };
        }

        impl $crate::detection::detector::Charting for $kind {
            fn chart(&self, detector: &$crate::model::Detector) -> Box<dyn $crate::detection::detector::Detector> {
                let make: fn(&$crate::model::Detector) -> _ = $make;
                Box::new(make(detector))
            }

            fn setting(&self) -> $crate::detection::detector::Setting {
                $crate::detection::detector::Setting::$setting
            }

            $(fn guaranteed(&self, days: u32, streams: usize, false_alarms: f64) -> Option<f64> {
                Some($threshold(days, streams, false_alarms))
            })?
        }
    };
}

mod adwin;
mod baseline;
mod cusum;
mod e_detector;
mod ewma;
mod glr;
mod msprt;
mod page_hinkley;
mod shewhart;
mod shiryaev_roberts;
mod weekly_z;

pub use adwin::{Adwin, AdwinChart};
pub use baseline::Baseline;
pub use cusum::{Cusum, CusumChart};
pub use e_detector::{EDetector, EDetectorChart, GuaranteedEDetectorChart};
pub use ewma::{Ewma, EwmaChart};
pub use glr::{Glr, GlrChart};
pub use msprt::{Msprt, MsprtChart};
pub use page_hinkley::{PageHinkley, PageHinkleyChart};
pub use shewhart::{Shewhart, ShewhartChart};
pub use shiryaev_roberts::{ShiryaevRoberts, ShiryaevRobertsChart};
pub use weekly_z::{WeeklyZ, WeeklyZChart};

use super::observation::Observation;
use crate::entry::{Chosen, Kind};
use crate::model;

/// A chart over one stream.
pub trait Detector {
    /// Takes the next observation and returns the evidence so far: never NaN, larger is worse. A chart that would rest says −∞ while
    /// it has nothing to go by.
    fn update(&mut self, observation: &Observation) -> f64;

    /// The same, for those to whom evidence up to a floor is all one: it may then be told as anything up to the floor.
    fn update_above(&mut self, observation: &Observation, _floor: f64) -> f64 {
        self.update(observation)
    }
}

/// Which of its numbers tells a chart from another of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// None.
    None,
    /// The alternative.
    Ratio,
    /// The weight of the newest observation.
    Weight,
    /// The window.
    Days,
}

/// What a kind of chart does with a scenario's detector.
pub trait Charting: Kind {
    /// The chart, without its baseline period (see [`Baseline`]).
    fn chart(&self, detector: &model::Detector) -> Box<dyn Detector>;

    /// Which of its numbers tells it from another of its kind.
    fn setting(&self) -> Setting;

    /// The threshold that keeps the chance of a false alarm over so many days and streams without calibration, if it is known.
    fn guaranteed(&self, _days: u32, _streams: usize, _false_alarms: f64) -> Option<f64> {
        None
    }
}

/// A kind in the list of all.
pub struct Registered {
    /// One with every default.
    pub blank: fn() -> Chosen,
    charting: fn(&Chosen) -> Option<&dyn Charting>,
}

impl Registered {
    const fn new<K: Charting + Default>() -> Self {
        Self {
            blank: || Chosen::from(K::default()),
            charting: |kind| kind.as_kind::<K>().map(|kind| kind as &dyn Charting),
        }
    }
}

/// Every kind of chart.
pub const KINDS: &[Registered] = &[
    Registered::new::<ShewhartChart>(),
    Registered::new::<EwmaChart>(),
    Registered::new::<CusumChart>(),
    Registered::new::<PageHinkleyChart>(),
    Registered::new::<ShiryaevRobertsChart>(),
    Registered::new::<GlrChart>(),
    Registered::new::<EDetectorChart>(),
    Registered::new::<GuaranteedEDetectorChart>(),
    Registered::new::<MsprtChart>(),
    Registered::new::<AdwinChart>(),
    Registered::new::<WeeklyZChart>(),
];

/// What a detector's kind does; `None` for one that is not of [`KINDS`].
pub fn charting(detector: &model::Detector) -> Option<&dyn Charting> {
    KINDS.iter().find_map(|kind| (kind.charting)(&detector.kind))
}

/// The chart that a scenario describes, without its baseline period (see [`Baseline`]); one without a kind never says anything.
pub fn build(detector: &model::Detector) -> Box<dyn Detector> {
    charting(detector).map_or_else(|| Box::new(Silent) as Box<dyn Detector>, |kind| kind.chart(detector))
}

/// A chart of no kind.
struct Silent;

impl Detector for Silent {
    fn update(&mut self, _: &Observation) -> f64 {
        f64::NEG_INFINITY
    }
}
