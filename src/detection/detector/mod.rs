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

pub use adwin::Adwin;
pub use baseline::Baseline;
pub use cusum::Cusum;
pub use e_detector::EDetector;
pub use ewma::Ewma;
pub use glr::Glr;
pub use msprt::Msprt;
pub use page_hinkley::PageHinkley;
pub use shewhart::Shewhart;
pub use shiryaev_roberts::ShiryaevRoberts;
pub use weekly_z::WeeklyZ;

use super::observation::Observation;
use crate::model::{self, DetectorKind};

/// A chart over one stream.
pub trait Detector {
    /// Takes the next observation and returns the evidence so far: never NaN, larger is worse. A chart that would rest says −∞ while
    /// it has nothing to go by.
    fn update(&mut self, observation: &Observation) -> f64;
}

/// The chart that a scenario describes, without its baseline period (see [`Baseline`]).
pub fn build(detector: &model::Detector) -> Box<dyn Detector> {
    match detector.kind {
        DetectorKind::Shewhart => Box::new(Shewhart),
        DetectorKind::Ewma => Box::new(Ewma::new(detector.weight)),
        DetectorKind::Cusum => Box::new(Cusum::new(detector.ratio)),
        DetectorKind::PageHinkley => Box::new(PageHinkley::new()),
        DetectorKind::ShiryaevRoberts => Box::new(ShiryaevRoberts::new(detector.ratio)),
        DetectorKind::Glr => Box::new(Glr::new(detector.window_days)),
        DetectorKind::EDetector | DetectorKind::EDetectorGuaranteed => Box::new(EDetector::new(detector.ratio)),
        DetectorKind::Msprt => Box::new(Msprt::new(detector.window_days)),
        DetectorKind::Adwin => Box::new(Adwin::new()),
        DetectorKind::WeeklyZ => Box::new(WeeklyZ::new(detector.window_days)),
    }
}
