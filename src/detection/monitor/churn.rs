//! `churn`: customers who leave.

use super::{Observed, Scene, Watch};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Strata, Telemetry};

entry! {
    /// Customers who leave.
    pub struct Churn {}
}

impl Described for Churn {
    const ABOUT: &'static About = &About { uses: &["usd_each", "detector"], ..About::new(Family::Monitors, "churn") };
}

impl Watch for Churn {
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier]
    }

    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        Ok(Some(scene.arrivals(Telemetry::Churn)))
    }
}
