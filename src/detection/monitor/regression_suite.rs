//! `regression_suite`: fixed cases, rerun.

use super::{Amount, Observed, Scene, Watch, charts};
use crate::detection::signal::suite;
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Detector, Monitor, Strata};

entry! {
    /// Fixed cases, rerun.
    pub struct RegressionSuite {}
}

impl Described for RegressionSuite {
    const ABOUT: &'static About = &About {
        uses: &[
            "cases",
            "every_days",
            "refresh_days",
            "sensitivity",
            "sensitivity_hidden",
            "specificity",
            "usd_each",
            "detector",
        ],
        ..About::new(Family::Monitors, "regression_suite")
    };
}

impl Watch for RegressionSuite {
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier]
    }

    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        let monitor = scene.monitor;
        let labels_per_day = f64::from(monitor.cases) / f64::from(monitor.every_days.max(1));
        Ok(Some(Observed { labels_per_day, ..Observed::of(suite::Suite::new(monitor, scene.split())) }))
    }

    fn compared_by(&self, _: Strata) -> Strata {
        Strata::Tier
    }

    fn sizes(&self, template: &Monitor, budget_usd_per_day: f64, _: f64) -> Vec<Monitor> {
        [1, 7, 28]
            .map(|every_days| Monitor { every_days, ..template.clone() })
            .into_iter()
            .filter(|m| m.usd_each * f64::from(m.cases) / f64::from(m.every_days) <= budget_usd_per_day)
            .collect()
    }

    fn detectors(&self, own: &Detector) -> Vec<Detector> {
        vec![charts::shewhart(own), charts::ewma(own, 0.3), charts::cusum(own, 1.1), charts::cusum(own, 1.25)]
    }

    fn amount(&self, monitor: &Monitor) -> Option<Amount> {
        Some(Amount::EveryDays(monitor.every_days))
    }
}
