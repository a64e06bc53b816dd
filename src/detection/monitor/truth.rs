//! `truth`: every outcome, which nobody sees.

use super::{Observed, Scene, Watch};
use crate::detection::signal::telemetry;
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::Strata;

entry! {
    /// Every outcome, which nobody sees.
    pub struct Truth {}
}

impl Described for Truth {
    const ABOUT: &'static About = &About { uses: &["detector"], ..About::new(Family::Monitors, "truth") };
}

impl Watch for Truth {
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier, Strata::Segment]
    }

    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        Ok(Some(Observed::of(telemetry::Outcomes { split: scene.split(), thumbs_down: false })))
    }

    fn is_real(&self) -> bool {
        false
    }
}
