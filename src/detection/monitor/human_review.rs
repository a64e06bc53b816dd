//! `human_review`: people read a sample.

use super::{Amount, Observed, Scene, Watch, label_sizes};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Monitor, Strata};

entry! {
    /// People read a sample.
    pub struct HumanReview {}
}

impl Described for HumanReview {
    const ABOUT: &'static About = &About {
        uses: &["allocation", "per_day", "sensitivity", "sensitivity_hidden", "specificity", "usd_each", "detector"],
        ..About::new(Family::Monitors, "human_review")
    };
}

impl Watch for HumanReview {
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier, Strata::Segment, Strata::Tail]
    }

    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        Ok(Some(scene.read_sample(false)))
    }

    fn sizes(&self, template: &Monitor, budget_usd_per_day: f64, requests_per_day: f64) -> Vec<Monitor> {
        label_sizes(template, budget_usd_per_day, requests_per_day)
    }

    fn amount(&self, monitor: &Monitor) -> Option<Amount> {
        Some(Amount::LabelsADay(monitor.per_day))
    }
}
