//! A detection study as a ranked table, as JSON, and as CSV.

use serde_json::{Value, json};

use super::csv::{cell, write};
use super::sentence::{grouped, percent, usd};
use super::table::{Grid, table};
use crate::detection::change_day::{ChangeDay, spread};
use crate::detection::monitor::{self, Truth};
use crate::detection::study::{MonitorResult, Outcome, Rate, Study};
use crate::model::{Monitor, Scenario};

/// Monitors from the one that finds the damage first to those that never do.
pub fn ranked(study: &Study) -> Vec<&MonitorResult> {
    let key = |m: &MonitorResult| {
        let days = m.outcome.days_to(0.5).unwrap_or(f64::INFINITY);
        let mean = m.outcome.restricted_mean.map_or(f64::INFINITY, |(mean, _)| mean);
        (days, mean, -m.outcome.noticed.rate)
    };
    let mut monitors: Vec<_> = study.monitors.iter().map(|m| (key(m), m)).collect();
    monitors.sort_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
    monitors.into_iter().map(|(_, m)| m).collect()
}

fn monitor_of<'s>(scenario: &'s Scenario, result: &MonitorResult) -> Option<&'s Monitor> {
    scenario.monitors.get(result.monitor)
}

/// An alarm in one run of a study.
pub struct Alarm<'s> {
    /// Index of the monitor.
    pub monitor: usize,
    /// Its name.
    pub name: &'s str,
    /// Day of the run.
    pub day: u32,
}

/// Alarms in a run of a study, the first to come first; the truth, which nobody sees, is left out.
pub fn alarms<'s>(scenario: &'s Scenario, study: &Study, replicate: u32) -> Vec<Alarm<'s>> {
    let of = |result: &MonitorResult| {
        let monitor = monitor_of(scenario, result).filter(|m| !m.kind.is::<Truth>())?;
        let day = result.outcome.alarms.get(replicate as usize).copied().flatten()?;
        Some(Alarm { monitor: result.monitor, name: &monitor.name, day })
    };
    let mut alarms: Vec<Alarm<'_>> = study.monitors.iter().filter_map(of).collect();
    alarms.sort_by_key(|alarm| alarm.day);
    alarms
}

/// The word of a monitor's detector.
pub fn detector_word(monitor: &Monitor) -> &'static str {
    monitor.detector.as_ref().map_or("none", |d| d.kind.word())
}

/// The same as people read it.
pub fn detector_spoken(monitor: &Monitor) -> String {
    monitor.detector.as_ref().map_or_else(|| "none".to_owned(), |d| d.kind.about().spoken())
}

/// Days for people: "3", "not reached".
pub fn days(days: Option<f64>) -> String {
    days.map_or_else(|| "not reached".to_owned(), |d| format!("{d:.0}"))
}

/// How near a monitor comes to its limit, for people.
pub fn of_the_limit(result: &MonitorResult) -> String {
    match result.efficiency_vs_limit {
        None => "–".to_owned(),
        Some(_) if result.is_within_noise => "within noise".to_owned(),
        Some(efficiency) => percent(efficiency, 0),
    }
}

/// The study in one sentence.
pub fn reading(scenario: &Scenario, study: &Study) -> String {
    let Some(onset) = study.onset_day else {
        let alarms = match study.change_day {
            Some(_) => "an alarm after the change is a reaction to a harmless one",
            None => "every alarm is a false one",
        };
        let loss = percent(scenario.study.material_loss, 1);
        return format!("Quality never falls by {loss} below launch assumptions: {alarms}.");
    };
    let ranked = ranked(study);
    let name = |m: &MonitorResult| monitor_of(scenario, m).map(|m| m.name.clone()).unwrap_or_default();
    let is_real = |m: &&&MonitorResult| monitor_of(scenario, m).is_some_and(monitor::is_real);
    let Some(first) = ranked.iter().find(is_real) else {
        return format!("The loss becomes material on day {onset}; the scenario has no monitors.");
    };
    let Some(median) = first.outcome.days_to(0.5) else {
        return format!("The loss becomes material on day {onset}; no monitor notices it in most runs.");
    };
    let blind = ranked.iter().filter(is_real).filter(|m| m.outcome.days_to(0.5).is_none()).count();
    let rest = match blind {
        0 => "every monitor notices in most runs".to_owned(),
        1 => "one monitor does not notice in most runs".to_owned(),
        n => format!("{n} monitors do not notice in most runs"),
    };
    let damage = first.damage_median.map(|d| format!(" and {} USD of damage", usd(d.usd))).unwrap_or_default();
    format!(
        "The loss becomes material on day {onset}. \"{}\" notices first, after {median:.0} days{damage}; {rest}.",
        name(first)
    )
}

/// Typical and worst case over change days.
fn change_days(scenario: &Scenario, study: &Study, grid: &[ChangeDay]) -> String {
    let with_onset: Vec<String> =
        grid.iter().filter(|c| c.study.onset_day.is_some()).map(|c| c.day.to_string()).collect();
    let days = |x: f64| days(Some(x).filter(|x| x.is_finite()));
    let rows = ranked(study)
        .into_iter()
        .filter_map(|result| Some((monitor_of(scenario, result)?, spread(grid, result.monitor)?)))
        .map(|(monitor, s)| vec![monitor.name.clone(), days(s.typical), days(s.worst), s.worst_day.to_string()])
        .collect();
    format!(
        "\nMedian days when the first change comes on day {}:\n\n{}",
        with_onset.join(", "),
        table(&["Monitor", "Typical", "Worst", "For a change on day"], rows)
    )
}

static WITH_ONSET: [&str; 12] = head("Noticed");
static WITHOUT_ONSET: [&str; 12] = head("Reacted");

/// Columns of the ranked table; without an onset an alarm is a reaction to a harmless change.
const fn head(noticed: &'static str) -> [&'static str; 12] {
    [
        "Monitor",
        "Detector",
        "Median days",
        "Quartiles",
        noticed,
        "Before the onset",
        "Before the change",
        "False alarms",
        "Damage",
        "Labels a day",
        "USD a day",
        "Of the limit",
    ]
}

/// The ranked table.
pub(super) fn grid(scenario: &Scenario, study: &Study) -> Grid {
    let rows = ranked(study)
        .into_iter()
        .filter_map(|result| Some((monitor_of(scenario, result)?, result)))
        .map(|(monitor, result)| {
            let o = &result.outcome;
            let damage = result.damage_median.map_or_else(
                || "–".to_owned(),
                |d| {
                    let mark = if study.onset_day.is_some() && o.days_to(0.5).is_none() { "≥ " } else { "" };
                    format!("{mark}{}", usd(d.usd))
                },
            );
            let quartiles = match (study.onset_day, o.days_to(0.25), o.days_to(0.75)) {
                (None, ..) | (_, None, _) => "–".to_owned(),
                (_, Some(low), Some(high)) => format!("{low:.0} to {high:.0}"),
                (_, Some(low), None) => format!("{low:.0} to –"),
            };
            vec![
                monitor.name.clone(),
                detector_spoken(monitor),
                if study.onset_day.is_some() { days(o.days_to(0.5)) } else { "–".to_owned() },
                quartiles,
                percent(o.noticed.rate, 0),
                if study.onset_day.is_some() { percent(o.before_onset.rate, 0) } else { "–".to_owned() },
                percent(o.false_before_change.rate, 0),
                percent(o.false_alarms.rate, 1),
                damage,
                grouped(result.labels_per_day.round()),
                usd(result.usd_per_day),
                of_the_limit(result),
            ]
        })
        .collect();
    let head = if study.onset_day.is_some() { &WITH_ONSET } else { &WITHOUT_ONSET };
    Grid { head, rows }
}

/// What is said under the ranked table, a line each.
pub(super) fn notes(scenario: &Scenario, study: &Study) -> Vec<String> {
    let mut out = vec![
        "Days from the onset of a material loss to the alarm; damage in USD until then. Noticed: by the end, of the runs without a false alarm;"
            .to_owned(),
        "before the onset: the part of it whose alarm came when something had changed, but had not yet cost a material loss. Before the change: false alarms of these runs."
            .to_owned(),
        "False alarms: share of fresh launch-like runs with any alarm. Of the limit: speed of the best possible reading of the same observations."
            .to_owned(),
    ];
    for result in &study.monitors {
        if let (Some(missed), Some(monitor)) = (result.false_alarms_if_known, monitor_of(scenario, result)) {
            out.push(format!(
                "\"{}\" estimates its reference: with the threshold of a known one, {} of launch runs would alarm.",
                monitor.name,
                percent(missed.rate, 1)
            ));
        }
        let false_alarms = &result.outcome.false_alarms;
        if false_alarms.interval[1] < study.false_alarms
            && let Some(monitor) = monitor_of(scenario, result).filter(|m| m.detector.is_some())
        {
            out.push(format!(
                "\"{}\" spends {} of the false-alarm budget of {}: its counts take few values, or its threshold is a guaranteed one.",
                monitor.name,
                percent(false_alarms.rate, 1),
                percent(study.false_alarms, 1)
            ));
        }
        if result.outcome.threshold == f64::INFINITY
            && let Some(monitor) = monitor_of(scenario, result).filter(|m| m.detector.is_some())
        {
            out.push(format!(
                "\"{}\" has no threshold: {} replicates are too few for so small a false-alarm budget.",
                monitor.name, study.replicates
            ));
        }
    }
    out
}

/// A ranked table for people.
pub fn text(scenario: &Scenario, study: &Study, grid: &[ChangeDay]) -> String {
    let policy = scenario.policies.get(study.policy).map(|p| p.name.clone()).unwrap_or_default();
    let mut out = vec![
        format!(
            "{}: watching \"{policy}\" for {} days, {} replicates, false alarms {} over the horizon",
            scenario.name,
            study.days,
            grouped(study.replicates as f64),
            percent(study.false_alarms, 1)
        ),
        String::new(),
    ];
    let Grid { head, rows } = self::grid(scenario, study);
    out.push(table(head, rows));
    out.extend(notes(scenario, study));
    if !grid.is_empty() {
        out.push(change_days(scenario, study, grid));
    }
    out.push(String::new());
    out.push(reading(scenario, study));
    out.push(String::new());
    out.join("\n")
}

fn rate(rate: Rate) -> Value {
    json!({ "rate": rate.rate, "interval": rate.interval })
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

fn survival(outcome: &Outcome) -> Value {
    let steps = outcome.steps().iter().map(|s| json!([s.time, s.survival, s.interval.0, s.interval.1]));
    Value::Array(std::iter::once(json!([0, 1, 1, 1])).chain(steps).collect())
}

/// The study for scripts.
pub fn json(scenario: &Scenario, study: &Study, grid: &[ChangeDay]) -> Value {
    let policy = scenario.policies.get(study.policy).map(|p| p.name.as_str()).unwrap_or_default();
    let monitors: Vec<Value> = study
        .monitors
        .iter()
        .filter_map(|result| Some((monitor_of(scenario, result)?, result)))
        .map(|(monitor, result)| {
            let o = &result.outcome;
            let (low, high) = o.survival.quantile_interval(0.5);
            let known_onset = study.onset_day.is_some();
            json!({
                "name": monitor.name,
                "kind": monitor.kind.word(),
                "strata": monitor.strata.word(),
                "detector": detector_word(monitor),
                "threshold": finite(o.threshold),
                "false_alarms": rate(o.false_alarms),
                "false_alarms_with_threshold_of_known_reference": result.false_alarms_if_known.map(rate),
                "false_alarms_before_change": rate(o.false_before_change),
                "noticed_before_onset": known_onset.then(|| rate(o.before_onset)),
                "detected": known_onset.then(|| rate(o.noticed)),
                "reacted": (study.change_day.is_some() && !known_onset).then(|| rate(o.noticed)),
                "days_to_detection": {
                    "p25": o.days_to(0.25),
                    "median": o.days_to(0.5),
                    "p75": o.days_to(0.75),
                    "median_interval": if known_onset { json!([low, high]) } else { Value::Null },
                    "restricted_mean": o.restricted_mean.map(|(mean, _)| mean),
                    "restricted_mean_interval": o.restricted_mean.map(|(mean, se)| {
                        [(mean - 1.96 * se).max(0.0), mean + 1.96 * se]
                    }),
                },
                "survival": survival(o),
                "damage_usd": {
                    "median": result.damage_median.map(|d| d.usd),
                    "mean": result.damage_mean.map(|d| d.usd),
                },
                "damage_failed_requests": {
                    "median": result.damage_median.map(|d| d.failed_requests),
                    "mean": result.damage_mean.map(|d| d.failed_requests),
                },
                "labels_per_day": result.labels_per_day,
                "usd_per_day": result.usd_per_day,
                "efficiency_vs_truth": result.efficiency_vs_truth,
                "information_bound_days": result.information_bound_days,
                "efficiency_vs_limit": result.efficiency_vs_limit,
                "is_within_noise": result.is_within_noise,
                "over_change_days": spread(grid, result.monitor).map(|s| json!({
                    "typical_median": finite(s.typical),
                    "worst_median": finite(s.worst),
                    "worst_change_day": s.worst_day,
                })),
            })
        })
        .collect();
    json!({
        "scenario": scenario.name,
        "policy": policy,
        "change_day": study.change_day,
        "onset_day": study.onset_day,
        "days": study.days,
        "replicates": study.replicates,
        "false_alarms_budget": study.false_alarms,
        "reading": reading(scenario, study),
        "change_days": grid.iter().map(|c| json!({ "day": c.day, "onset_day": c.study.onset_day })).collect::<Vec<_>>(),
        "monitors": monitors,
    })
}

/// One row a monitor, for spreadsheets.
pub fn csv(scenario: &Scenario, study: &Study, grid: &[ChangeDay]) -> String {
    let head = [
        "monitor",
        "kind",
        "strata",
        "detector",
        "threshold",
        "false_alarm_rate",
        "false_alarms_before_change",
        "noticed_before_onset",
        "detected",
        "reacted",
        "p25_days",
        "median_days",
        "p75_days",
        "restricted_mean_days",
        "damage_median_usd",
        "damage_mean_usd",
        "labels_per_day",
        "usd_per_day",
        "efficiency_vs_truth",
        "information_bound_days",
        "efficiency_vs_limit",
        "is_within_noise",
        "typical_median_days",
        "worst_median_days",
        "worst_change_day",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for result in &study.monitors {
        let Some(monitor) = monitor_of(scenario, result) else { continue };
        let o = &result.outcome;
        let over = spread(grid, result.monitor);
        let onset = study.onset_day;
        rows.push(vec![
            monitor.name.clone(),
            monitor.kind.word().to_owned(),
            monitor.strata.word().to_owned(),
            detector_word(monitor).to_owned(),
            cell(finite(o.threshold)),
            o.false_alarms.rate.to_string(),
            o.false_before_change.rate.to_string(),
            cell(onset.map(|_| o.before_onset.rate)),
            cell(onset.map(|_| o.noticed.rate)),
            cell(onset.is_none().then_some(o.noticed.rate).filter(|_| study.change_day.is_some())),
            cell(o.days_to(0.25)),
            cell(o.days_to(0.5)),
            cell(o.days_to(0.75)),
            cell(o.restricted_mean.map(|(mean, _)| mean)),
            cell(result.damage_median.map(|d| d.usd)),
            cell(result.damage_mean.map(|d| d.usd)),
            result.labels_per_day.to_string(),
            result.usd_per_day.to_string(),
            cell(result.efficiency_vs_truth),
            cell(result.information_bound_days),
            cell(result.efficiency_vs_limit),
            result.is_within_noise.to_string(),
            cell(over.and_then(|s| finite(s.typical))),
            cell(over.and_then(|s| finite(s.worst))),
            cell(over.map(|s| f64::from(s.worst_day))),
        ]);
    }
    write(rows)
}
