//! `router_drift`: the distribution of the router score.

use super::{Observed, Scene, Watch, charts};
use crate::detection::course;
use crate::detection::detector::ShewhartChart;
use crate::detection::signal::drift;
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Detector, Monitor, Scenario, Strata};

entry! {
    /// The distribution of the router score.
    pub struct RouterDrift {}
}

impl Described for RouterDrift {
    const ABOUT: &'static About = &About {
        uses: &["statistic", "bins", "per_day", "usd_each", "detector"],
        ..About::new(Family::Monitors, "router_drift")
    };
}

impl Watch for RouterDrift {
    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        let monitor = scene.monitor;
        let Some(noise) = course::has_score(scene.rule) else {
            return Err(
                "the policy under study has no router score; watch a classifier or a router cascade, or its self-confidence"
                    .to_owned(),
            );
        };
        let source = drift::Drift::of_scores(scene.course, monitor, noise);
        Ok(Some(Observed { labels_per_day: monitor.per_day, ..Observed::of(source) }))
    }

    fn splits(&self) -> &'static [Strata] {
        &[Strata::All, Strata::Tier]
    }

    fn compared_by(&self, _: Strata) -> Strata {
        Strata::Tier
    }

    fn detectors(&self, own: &Detector) -> Vec<Detector> {
        vec![charts::shewhart(own), charts::ewma(own, 0.1), charts::ewma(own, 0.3), charts::cusum(own, 1.5)]
    }

    fn settle(&self, monitor: &mut Monitor, _: &Scenario) {
        monitor.detector.get_or_insert_with(|| Detector::new(ShewhartChart {}));
    }

    fn needs_labels(&self) -> bool {
        // It reads every request unless told otherwise.
        false
    }
}
