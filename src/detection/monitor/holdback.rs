//! `holdback`: routed traffic against the traffic that stays on the baseline.

use super::{Amount, Observed, Scene, Watch};
use crate::detection::signal::compare;
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Monitor, Scenario, Strata, Telemetry};

entry! {
    /// Routed traffic against the traffic that stays on the baseline.
    pub struct Holdback {}
}

impl Described for Holdback {
    const ABOUT: &'static About = &About {
        uses: &["observes", "holdback_share", "usd_each", "detector"],
        ..About::new(Family::Monitors, "holdback")
    };
}

impl Watch for Holdback {
    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        let monitor = scene.monitor;
        let Some(observed) = monitor.observes else {
            return Err("`observes` is missing: which signal the two arms are compared on".to_owned());
        };
        let holdback_share = monitor.holdback_share.unwrap_or(0.0);
        let kept = scene.course.routed_share.iter().any(|share| *share < 1.0);
        if holdback_share <= 0.0 && !kept {
            return Err(
                "no traffic stays on the baseline: give the monitor a `holdback_share`, such as 0.02, or the policy a `holdback`"
                    .to_owned(),
            );
        }
        let source = compare::Holdback::new(scene.course, monitor, observed, holdback_share);
        Ok(Some(Observed { holdback_share, ..Observed::of(source) }))
    }

    fn compared_by(&self, _: Strata) -> Strata {
        Strata::Tier
    }

    fn sizes(&self, template: &Monitor, _: f64, _: f64) -> Vec<Monitor> {
        if template.holdback_share.is_none() {
            return vec![template.clone()];
        }
        [0.01, 0.02, 0.05, 0.1].map(|share| Monitor { holdback_share: Some(share), ..template.clone() }).to_vec()
    }

    fn amount(&self, monitor: &Monitor) -> Option<Amount> {
        monitor.holdback_share.map(Amount::HeldBack)
    }

    fn settle(&self, monitor: &mut Monitor, scenario: &Scenario) {
        monitor.observes = monitor.observes.or(Some(Telemetry::ThumbsDown));
        let holds_back = scenario.policies.iter().any(|policy| policy.holdback > 0.0);
        monitor.holdback_share = if holds_back { None } else { Some(monitor.holdback_share.unwrap_or(0.05)) };
    }
}
