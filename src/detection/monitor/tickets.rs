//! `tickets`: support tickets.

use super::{Observed, Scene, Watch};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Strata, Telemetry};

entry! {
    /// Support tickets.
    pub struct Tickets {}
}

impl Described for Tickets {
    const ABOUT: &'static About = &About { uses: &["usd_each", "detector"], ..About::new(Family::Monitors, "tickets") };
}

impl Watch for Tickets {
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier]
    }

    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        Ok(Some(scene.arrivals(Telemetry::Tickets)))
    }
}
