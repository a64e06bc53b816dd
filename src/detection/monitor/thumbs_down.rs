//! `thumbs_down`: thumbs-down of users.

use super::{Observed, Scene, Watch};
use crate::detection::signal::telemetry;
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::Strata;

entry! {
    /// Thumbs-down of users.
    pub struct ThumbsDown {}
}

impl Described for ThumbsDown {
    const ABOUT: &'static About =
        &About { uses: &["usd_each", "detector"], ..About::new(Family::Monitors, "thumbs_down") };
}

impl Watch for ThumbsDown {
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier]
    }

    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        Ok(Some(Observed::of(telemetry::Outcomes { split: scene.split(), thumbs_down: true })))
    }
}
