//! What a unit of work finds, as rows of one tidy table: a figure each, with what it is a figure of.

use std::borrow::Cow;

use crate::decision::choose::{Choice, Decision, Watched};
use crate::detection::study::{MonitorResult, Study};
use crate::entry::written;
use crate::frontier::metrics;
use crate::frontier::point::Point;
use crate::frontier::{Stages, point};
use crate::model::{Asked, Scenario};
use crate::simulation::world::WorldError;

/// A word, mostly one of ours.
pub type Text = Cow<'static, str>;

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `frontier`, `detect`, `decide`, or [`REFUSED`].
    pub result: Text,
    /// `launch` or `production`; empty: both.
    pub stage: Text,
    /// Whose figure it is.
    pub policy: Text,
    /// What watches the policy.
    pub watched: Text,
    /// Which figure.
    pub figure: Text,
    /// Its value; `None` where it is not defined.
    pub value: Option<f64>,
}

/// The result of a point at which the scenario means nothing; its figure is the reason.
pub const REFUSED: &str = "refused";
/// Figures of the operating points, in their order.
const STAGES: [&str; 2] = ["launch", "production"];

/// The row of a point at which the scenario means nothing.
pub fn refused(why: String) -> Row {
    let (stage, policy, watched) = (Text::from(""), Text::from(""), Text::from(""));
    Row { result: REFUSED.into(), stage, policy, watched, figure: why.into(), value: None }
}

/// Policies that the exact engine cannot tell: they learn or steer, and only simulation tells what they do.
pub fn left_out(stages: &Stages<'_>) -> Vec<usize> {
    (0..stages.launch.world.scenario.policies.len()).filter(|policy| !stages.is_expected(*policy)).collect()
}

/// The operating points of every policy that the exact engine can tell, at launch and in production.
///
/// # Errors
/// When a policy cannot be compiled.
pub fn frontier(stages: &Stages<'_>) -> Result<Vec<Row>, WorldError> {
    let scenario = &stages.launch.world.scenario;
    let points: Vec<Option<Vec<Point>>> =
        (0..scenario.policies.len()).map(|policy| stages.exact_points(policy, None)).collect::<Result<_, _>>()?;
    let mut rows = Vec::new();
    for (stage, (word, tables)) in STAGES.into_iter().zip(stages.tables()).enumerate() {
        let damage = point::damage_per_failure_usd(&scenario.economics, &tables.day);
        let at = |policy: usize| points.get(policy)?.as_ref()?.get(stage);
        let baseline = at(stages.baseline);
        for (index, policy) in scenario.policies.iter().enumerate() {
            let Some(point) = at(index) else { continue };
            let name = Text::from(policy.name.clone());
            rows.extend(figures(point, baseline, damage).into_iter().map(|(figure, value)| Row {
                result: Asked::Frontier.word().into(),
                stage: word.into(),
                policy: name.clone(),
                watched: "".into(),
                figure: figure.into(),
                value: value.filter(|value| value.is_finite()),
            }));
        }
    }
    Ok(rows)
}

fn figures(p: &Point, baseline: Option<&Point>, damage_usd: f64) -> [(&'static str, Option<f64>); 23] {
    let change = |of: fn(&Point) -> f64| baseline.map(|b| of(p) / of(b) - 1.0);
    [
        ("inference_usd_per_1k", Some(p.inference_usd_per_1k)),
        ("downstream_usd_per_1k", Some(p.downstream_usd_per_1k)),
        ("total_usd_per_1k", Some(p.total_usd_per_1k)),
        ("inference_change", change(|p| p.inference_usd_per_1k)),
        ("total_change", change(|p| p.total_usd_per_1k)),
        ("quality", Some(p.quality)),
        ("quality_gap", baseline.map(|b| b.quality - p.quality)),
        ("hard_edge_quality", p.hard_edge_quality),
        ("no_worse", p.no_worse),
        ("trap_ratio", baseline.and_then(|b| metrics::trap_ratio(p, b))),
        ("break_even_gap", baseline.and_then(|b| metrics::break_even_gap(p, b, damage_usd))),
        ("in_trap", baseline.map(|b| f64::from(u8::from(metrics::in_trap(p, b))))),
        ("cheapest_tier_share", p.traffic.first().copied()),
        ("cheapest_tier_quality", p.quality_by_tier.first().copied().flatten()),
        ("dearest_tier_share", p.traffic.len().checked_sub(2).and_then(|i| p.traffic.get(i)).copied()),
        ("people_share", p.traffic.last().copied()),
        ("calls_per_request", Some(p.calls_per_request)),
        ("latency_mean_ms", Some(p.latency_mean_ms)),
        ("tickets_per_1k", Some(p.tickets_per_1k)),
        ("churn_per_1k", Some(p.churn_per_1k)),
        ("incidents_per_1k", Some(p.incidents_per_1k)),
        ("thumbs_down_per_1k", Some(p.thumbs_down_per_1k)),
        ("knob", p.knob),
    ]
}

/// A detection study: every monitor's figures.
pub fn detect(scenario: &Scenario, study: &Study) -> Vec<Row> {
    let policy = scenario.policies.get(study.policy).map(|policy| Text::from(policy.name.clone())).unwrap_or_default();
    let day = |day: Option<u32>| day.map(f64::from);
    let row = |stage: usize, watched: Text, figure: &'static str, value: Option<f64>| Row {
        result: Asked::Detect.word().into(),
        stage: STAGES.get(stage).copied().unwrap_or_default().into(),
        policy: policy.clone(),
        watched,
        figure: figure.into(),
        value: value.filter(|value| value.is_finite()),
    };
    let mut rows = vec![
        row(1, "".into(), "change_day", day(study.change_day)),
        row(1, "".into(), "onset_day", day(study.onset_day)),
    ];
    for result in &study.monitors {
        let Some(monitor) = scenario.monitors.get(result.monitor) else { continue };
        let figures = monitor_figures(study, result);
        rows.extend(
            figures.into_iter().map(|(stage, figure, value)| row(stage, monitor.name.clone().into(), figure, value)),
        );
    }
    rows
}

fn monitor_figures(study: &Study, result: &MonitorResult) -> [(usize, &'static str, Option<f64>); 14] {
    let outcome = &result.outcome;
    let noticed = if study.onset_day.is_some() { "detected" } else { "reacted" };
    [
        (0, "threshold", Some(outcome.threshold)),
        (0, "false_alarms", Some(outcome.false_alarms.rate)),
        (1, "false_alarms_before_change", Some(outcome.false_before_change.rate)),
        (1, "noticed_before_onset", Some(outcome.before_onset.rate)),
        (1, noticed, Some(outcome.noticed.rate)),
        (1, "days_p25", outcome.days_to(0.25)),
        (1, "days_median", outcome.days_to(0.5)),
        (1, "days_p75", outcome.days_to(0.75)),
        (1, "days_restricted_mean", outcome.restricted_mean.map(|(mean, _)| mean)),
        (1, "days_restricted_mean_se", outcome.restricted_mean.map(|(_, se)| se)),
        (1, "damage_usd_median", result.damage_median.map(|damage| damage.usd)),
        (1, "damage_usd_mean", result.damage_mean.map(|damage| damage.usd)),
        (1, "labels_per_day", Some(result.labels_per_day)),
        (1, "usd_per_day", Some(result.usd_per_day)),
    ]
}

/// A decision: every option's figures.
pub fn decide(scenario: &Scenario, decision: &Decision) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, choice) in decision.options.iter().enumerate() {
        let (policy, watched) = (policy_of(scenario, choice), watched(scenario, choice));
        let mut put = |figure: &'static str, value: Option<f64>| {
            rows.push(Row {
                result: Asked::Decide.word().into(),
                stage: "".into(),
                policy: policy.clone(),
                watched: watched.clone(),
                figure: figure.into(),
                value: value.filter(|value| value.is_finite()),
            });
        };
        let is = |at: usize| Some(f64::from(u8::from(at == index)));
        // Of what cannot be studied the figures are there, without a value.
        let figures = choice.figures.as_ref().ok();
        put("value_usd", figures.map(|f| f.value_usd));
        put("value_usd_se", figures.map(|f| f.value_se_usd));
        for (place, figure) in ["value_usd_p5", "value_usd_p50", "value_usd_p95"].into_iter().enumerate() {
            put(figure, figures.and_then(|f| f.quantiles_usd.get(place).copied()));
        }
        put("loses", figures.map(|f| f.loses));
        put("days_to_acting", figures.and_then(|f| f.days_to_acting));
        put("acts", figures.map(|f| f.acts));
        put("damage_usd", figures.map(|f| f.damage_usd));
        put("watching_usd", figures.map(|f| f.watching_usd));
        put("false_alarms", figures.map(|f| f.false_alarms.0));
        put("false_alarms_budget", figures.and_then(|f| f.false_alarms_budget));
        put("quality_at_end", figures.map(|f| f.quality_at_end));
        put("knob", choice.knob);
        put("best", is(decision.best));
        put("cautious", is(decision.cautious));
    }
    rows
}

/// The policy of an option, with its setting where that is not the scenario's.
fn policy_of(scenario: &Scenario, choice: &Choice) -> Text {
    let name = scenario.policies.get(choice.policy).map(|policy| policy.name.as_str()).unwrap_or_default();
    match choice.knob.filter(|_| !choice.knob_is_own) {
        Some(knob) => format!("{name} at {}", written(knob)).into(),
        None => name.to_owned().into(),
    }
}

fn watched(scenario: &Scenario, choice: &Choice) -> Text {
    match &choice.watched {
        Watched::Stay => "nothing to watch".into(),
        Watched::NotAtAll => "not at all".into(),
        Watched::Monitor(index) => {
            scenario.monitors.get(*index).map(|monitor| Text::from(monitor.name.clone())).unwrap_or_default()
        }
        Watched::Plan(members) => {
            let names: Vec<&str> = members.iter().map(|monitor| monitor.name.as_str()).collect();
            format!("plan: {}", names.join(" + ")).into()
        }
    }
}
