//! `never`: a control that never alarms.

use super::{Observed, Scene, Watch};
use crate::entry;
use crate::entry::{About, Described, Family};

entry! {
    /// A control that never alarms.
    pub struct Never {}
}

impl Described for Never {
    const ABOUT: &'static About = &About { uses: &[], ..About::new(Family::Monitors, "never") };
}

impl Watch for Never {
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
