//! `judge_audit`: people minus judge on a sub-sample.

use super::judge::Judge;
use super::{Amount, Observed, Scene, Watch, label_sizes};
use crate::detection::signal::{Reader, compare};
use crate::entry;
use crate::entry::{About, Described, Family};
use crate::model::{Monitor, Strata};

entry! {
    /// People minus judge on a sub-sample.
    pub struct JudgeAudit {}
}

impl Described for JudgeAudit {
    const ABOUT: &'static About = &About {
        uses: &["per_day", "sensitivity", "sensitivity_hidden", "specificity", "usd_each", "detector"],
        ..About::new(Family::Monitors, "judge_audit")
    };
}

impl Watch for JudgeAudit {
    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String> {
        let monitor = scene.monitor;
        let Some(judge) = scene.course.world.scenario.monitors.iter().find(|m| m.kind.is::<Judge>()) else {
            return Err(
                "an audit needs a monitor of kind \"judge\" in the scenario: that is the one it audits".to_owned()
            );
        };
        let source = compare::Audit {
            per_day: monitor.per_day,
            human: Reader::new(monitor, false),
            judge: Reader::new(judge, true),
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
