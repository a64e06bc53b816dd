//! `judge`: a model reads a sample.

use super::{Amount, Observed, Scene, Watch, label_sizes};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Monitor, Strata};

entry! {
    /// A model reads a sample.
    pub struct Judge {}
}

impl Described for Judge {
    const ABOUT: &'static About = &About {
        uses: &["allocation", "per_day", "sensitivity", "sensitivity_hidden", "specificity", "usd_each", "detector"],
        ..About::new(Family::Monitors, "judge")
    };
}

impl Watch for Judge {
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier, Strata::Segment, Strata::Tail]
    }

    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        Ok(Some(scene.read_sample(true)))
    }

    fn sizes(&self, template: &Monitor, budget_usd_per_day: f64, requests_per_day: f64) -> Vec<Monitor> {
        label_sizes(template, budget_usd_per_day, requests_per_day)
    }

    fn amount(&self, monitor: &Monitor) -> Option<Amount> {
        Some(Amount::LabelsADay(monitor.per_day))
    }
}
