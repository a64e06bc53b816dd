//! Kinds of monitors: what each observes of the policy under study, how it can be split and varied, and what it is like to start with.
//!
//! Each kind is one file, with its keys, its source of observations and its words, and one line in [`KINDS`]. What several kinds draw
//! their observations from stands in [`signal`](super::signal).

mod charts;
mod churn;
mod confidence_drift;
mod csat;
mod every;
mod holdback;
mod human_review;
mod judge;
mod judge_audit;
mod never;
mod regression_suite;
mod router_drift;
mod scene;
mod shadow;
mod thumbs_down;
mod tickets;
mod truth;

pub use churn::Churn;
pub use confidence_drift::ConfidenceDrift;
pub use csat::Csat;
pub use every::Every;
pub use holdback::Holdback;
pub use human_review::HumanReview;
pub use judge::Judge;
pub use judge_audit::JudgeAudit;
pub use never::Never;
pub use regression_suite::RegressionSuite;
pub use router_drift::RouterDrift;
pub use scene::{Observed, Scene};
pub use shadow::Shadow;
pub use thumbs_down::ThumbsDown;
pub use tickets::Tickets;
pub use truth::Truth;

use super::course::Course;
use super::detector::CusumChart;
use super::signal::{Signal, SignalError, Split};
use crate::entry::{Chosen, Entry, Kind};
use crate::model::{Detector, Monitor, Scenario, Strata};

/// Every kind of monitor.
pub const KINDS: &[Registered] = &[
    Registered::new::<HumanReview>(),
    Registered::new::<Judge>(),
    Registered::new::<Shadow>(),
    Registered::new::<JudgeAudit>(),
    Registered::new::<ThumbsDown>(),
    Registered::new::<Tickets>(),
    Registered::new::<Csat>(),
    Registered::new::<Churn>(),
    Registered::new::<Holdback>(),
    Registered::new::<RegressionSuite>(),
    Registered::new::<RouterDrift>(),
    Registered::new::<ConfidenceDrift>(),
    Registered::new::<Truth>(),
    Registered::new::<Never>(),
    Registered::new::<Every>(),
];

/// What a kind of monitor does.
pub trait Watch: Kind {
    /// The ways in which its observations can be split.
    fn splits(&self) -> &'static [Strata] {
        &[Strata::All]
    }

    /// What it observes; `None` for the controls.
    ///
    /// # Errors
    /// When it does not fit the policy under study, with what would do.
    fn observe(&self, scene: &Scene<'_>) -> Result<Option<Observed>, String>;

    /// Whether a team can have it; the others are there to compare with.
    fn is_real(&self) -> bool {
        true
    }

    /// Whether it looks at nothing at all.
    fn is_control(&self) -> bool {
        false
    }

    /// Whether it needs labels, where it has a number of them.
    fn needs_labels(&self) -> bool {
        true
    }

    /// How the truth that it is compared with is split.
    fn compared_by(&self, strata: Strata) -> Strata {
        if strata == Strata::Tail { Strata::All } else { strata }
    }

    /// The same at several sizes that a budget buys, for the search of a plan.
    fn sizes(&self, template: &Monitor, _budget_usd_per_day: f64, _requests_per_day: f64) -> Vec<Monitor> {
        vec![template.clone()]
    }

    /// Detectors that are worth trying with it, all else as in its own.
    fn detectors(&self, own: &Detector) -> Vec<Detector> {
        charts::usual(own)
    }

    /// How much of it there is, where that tells it from another of its kind.
    fn amount(&self, _: &Monitor) -> Option<Amount> {
        None
    }

    /// Makes sense of a monitor that became one of this kind.
    fn settle(&self, _: &mut Monitor, _: &Scenario) {}
}

/// How much of a monitor there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// Labels a day.
    LabelsADay(f64),
    /// Days between looks.
    EveryDays(u32),
    /// Share of the traffic held back.
    HeldBack(f64),
}

/// A kind in the list of all.
pub struct Registered {
    /// One with every default.
    pub blank: fn() -> Chosen,
    watch: fn(&Chosen) -> Option<&dyn Watch>,
}

impl Registered {
    const fn new<K: Watch + Default>() -> Self {
        Self { blank: || Chosen::from(K::default()), watch: |kind| kind.as_kind::<K>().map(|kind| kind as &dyn Watch) }
    }
}

/// What a monitor's kind does; `None` for one that is not of [`KINDS`].
pub fn watch(kind: &Chosen) -> Option<&dyn Watch> {
    KINDS.iter().find_map(|registered| (registered.watch)(kind))
}

/// Whether a team can have such a monitor.
pub fn is_real(monitor: &Monitor) -> bool {
    watch(&monitor.kind).is_some_and(|kind| kind.is_real())
}

/// The ways in which a monitor's observations can be split.
pub fn splits(monitor: &Monitor) -> &'static [Strata] {
    watch(&monitor.kind).map_or(&[Strata::All], |kind| kind.splits())
}

/// What `monitor` observes of the policy under study; `None` for the controls.
///
/// # Errors
/// When the monitor does not fit the policy.
pub fn signal(course: &Course<'_>, monitor: &Monitor) -> Result<Option<Signal>, SignalError> {
    let refuse = |what: String| SignalError { monitor: monitor.name.clone(), what };
    let kind = watch(&monitor.kind).ok_or_else(|| refuse("is of no kind that there is".to_owned()))?;
    let Some(rule) = course.rule() else {
        return Err(refuse("the policy under study has no rule to watch".to_owned()));
    };
    let Some(baseline) = course.baseline_rule() else {
        return Err(refuse("the baseline has no rule to watch".to_owned()));
    };
    fits_its_detector(monitor)?;
    let observed = kind.observe(&Scene { course, monitor, rule, baseline }).map_err(refuse)?;
    let strata = Split::new(monitor.strata, course.world, &[rule, baseline]).names(course.world);
    Ok(observed.map(|o| Signal::new(strata, o.labels_per_day, o.holdback_share, o.source)))
}

/// Whether a monitor's detector can read anything at all.
///
/// # Errors
/// When it cannot, with what would do.
pub fn fits_its_detector(monitor: &Monitor) -> Result<(), SignalError> {
    match &monitor.detector {
        Some(detector) if detector.ratio <= 1.0 => Err(SignalError {
            monitor: monitor.name.clone(),
            what: format!(
                "detector.ratio is {}: the alternative must lie above the launch level, such as 1.5",
                detector.ratio
            ),
        }),
        _ => Ok(()),
    }
}

/// People read some answers: a monitor to start from.
pub fn usual(name: impl Into<String>) -> Monitor {
    Monitor {
        per_day: 50.0,
        sensitivity: 0.9,
        specificity: 0.98,
        usd_each: 1.5,
        detector: Some(Detector::new(CusumChart {})),
        ..Monitor::new(name, HumanReview {})
    }
}

/// The monitor as one of another kind. What the new kind does not use goes back to its default, so that it does not stay on hidden.
pub fn of_kind(scenario: &Scenario, before: &Monitor, kind: Chosen) -> Monitor {
    let mut monitor = Monitor::new(before.name.clone(), kind);
    let had = before.keys();
    for key in monitor.keys() {
        if key.name != "kind"
            && had.iter().any(|h| h.name == key.name)
            && let Some(datum) = before.get(key.name)
        {
            monitor.set(key.name, datum);
        }
    }
    let kind = monitor.kind.clone();
    let Some(does) = watch(&kind) else { return monitor };
    if !does.splits().contains(&monitor.strata) {
        monitor.strata = Strata::All;
    }
    let has = |key: &str| kind.about().uses.contains(&key);
    if has("per_day") && does.needs_labels() && monitor.per_day <= 0.0 {
        monitor.per_day = usual("").per_day;
    }
    monitor.detector = before.detector.clone().filter(|_| has("detector"));
    does.settle(&mut monitor, scenario);
    if has("detector") {
        monitor.detector.get_or_insert_with(|| Detector::new(CusumChart {}));
    }
    monitor
}

/// Fewest labels a day that are worth a plan.
const FEWEST_LABELS: f64 = 5.0;
/// Sample sizes tried, from the largest that the budget buys downwards.
const SIZES: usize = 6;

/// The template with several numbers of labels a day that the budget buys.
fn label_sizes(template: &Monitor, budget_usd_per_day: f64, requests_per_day: f64) -> Vec<Monitor> {
    if template.usd_each <= 0.0 {
        return vec![template.clone()];
    }
    let most = ((budget_usd_per_day - template.usd_per_day) / template.usd_each).min(requests_per_day);
    round_numbers_up_to(most).map(|per_day| Monitor { per_day, ..template.clone() }).collect()
}

/// 1, 2, 5, 10, 20, 50 and so on, the largest first.
fn round_numbers_up_to(most: f64) -> impl Iterator<Item = f64> {
    let steps = [1.0, 2.0, 5.0];
    (0..=27)
        .rev()
        .map(move |i| steps[i % 3] * 10.0_f64.powi((i / 3) as i32))
        .filter(move |n| *n <= most && *n >= FEWEST_LABELS)
        .take(SIZES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_sizes_are_round_and_fit_the_budget() {
        assert_eq!(round_numbers_up_to(130.0).collect::<Vec<_>>(), [100.0, 50.0, 20.0, 10.0, 5.0]);
        assert_eq!(round_numbers_up_to(3.0).count(), 0);
        assert_eq!(round_numbers_up_to(1e12).count(), SIZES);
    }
}
