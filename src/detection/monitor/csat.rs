//! `csat`: a satisfaction survey.

use super::{Observed, Scene, Watch};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Strata, Telemetry};

entry! {
    /// A satisfaction survey.
    pub struct Csat {}
}

impl Described for Csat {
    const ABOUT: &'static About =
        &About { spoken: "CSAT", uses: &["usd_each", "detector"], ..About::new(Family::Monitors, "csat") };
}

impl Watch for Csat {
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier]
    }

    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        Ok(Some(scene.arrivals(Telemetry::Csat)))
    }
}
