//! `every`: a control that alarms every so many days.

use super::{Observed, Scene, Watch};
use crate::entry;
use crate::entry::{About, Described, Family};

entry! {
    /// A control that alarms every so many days.
    pub struct Every {}
}

impl Described for Every {
    const ABOUT: &'static About = &About { uses: &["every_days"], ..About::new(Family::Monitors, "every") };
}

impl Watch for Every {
    fn observe(&self, _: &Scene<'_>) -> Result<Option<Observed>, String> {
        Ok(None)
    }

    fn is_real(&self) -> bool {
        false
    }

    fn is_control(&self) -> bool {
        true
    }
}
