//! `shadow`: the cheap tier against the baseline on the same request.

use super::{Amount, Observed, Scene, Watch, label_sizes};
use crate::detection::signal::{Reader, compare};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Monitor, Strata};

entry! {
    /// The cheap tier against the baseline on the same request.
    pub struct Shadow {}
}

impl Described for Shadow {
    const ABOUT: &'static About = &About {
        uses: &["per_day", "sensitivity", "sensitivity_hidden", "specificity", "usd_each", "detector"],
        ..About::new(Family::Monitors, "shadow")
    };
}

impl Watch for Shadow {
    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        let monitor = scene.monitor;
        let Some(tier) = scene.single_baseline() else {
            return Err(
                "a shadow comparison needs a baseline of kind \"single\": it compares with that one tier".to_owned()
            );
        };
        let source = compare::Shadow {
            baseline_tier: tier,
            per_day: monitor.per_day,
            reader: Reader::new(monitor, true),
            lags: scene.lags(),
        };
        Ok(Some(Observed { labels_per_day: monitor.per_day, ..Observed::of(source) }))
    }

    fn compared_by(&self, _: Strata) -> Strata {
        Strata::Tier
    }

    fn sizes(&self, template: &Monitor, budget_usd_per_day: f64, requests_per_day: f64) -> Vec<Monitor> {
        label_sizes(template, budget_usd_per_day, requests_per_day)
    }

    fn amount(&self, monitor: &Monitor) -> Option<Amount> {
        Some(Amount::LabelsADay(monitor.per_day))
    }
}
