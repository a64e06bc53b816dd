//! Whether a signal can tell failures from successes, and whether a gate makes sense: told from the scenario alone.

use crate::entry::{Chosen, written};
use crate::model::{Compared, Monitor, Policy, Rollout, Scenario};

/// The scenario's first monitor of a signal's kind.
pub(super) fn monitor_of(scenario: &Scenario, compared: Compared) -> Option<&Monitor> {
    scenario.monitors.iter().find(|monitor| monitor.kind.word() == compared.word())
}

/// Why a signal shows no difference between failures and successes, and what would do; `None`: it shows one.
pub fn unseen(scenario: &Scenario, compared: Compared) -> Option<String> {
    let (economics, feedback) = (&scenario.economics, &scenario.feedback);
    let same = |what: &str, key: &str, [failed, ok]: [f64; 2]| {
        (failed - ok).abs().total_cmp(&0.0).is_eq().then(|| {
            format!(
                "{what} as often after a failure as after a success ({key} are both {}), so there is no difference to see",
                written(ok)
            )
        })
    };
    let read_by = |kind: &str| match monitor_of(scenario, compared) {
        None => Some(format!(
            "nobody takes such labels: add a [[monitor]] of kind \"{kind}\", whose labels a day and whose reader it takes"
        )),
        Some(monitor) if monitor.sensitivity + monitor.specificity <= 1.0 => Some(format!(
            "the reader of monitor \"{}\" calls failures bad no more often than successes: raise its sensitivity or its specificity",
            monitor.name
        )),
        Some(_) => None,
    };
    match compared {
        Compared::Tickets => {
            same("tickets come", "economics.ticket.failed and ok", [economics.ticket.failed, economics.ticket.ok])
        }
        Compared::Churn => {
            same("customers leave", "economics.churn.failed and ok", [economics.churn.failed, economics.churn.ok])
        }
        Compared::ThumbsDown => {
            let thumbs = feedback.thumbs_down;
            same("thumbs-down come", "feedback.thumbs_down.failed and ok", [thumbs.failed, thumbs.ok])
        }
        Compared::Csat if feedback.csat.response <= 0.0 => {
            Some("nobody answers the survey: set feedback.csat.response above 0, such as 0.05".to_owned())
        }
        Compared::Csat => {
            let csat = feedback.csat;
            let rates = [csat.satisfied_failed, csat.satisfied_ok];
            same("people are satisfied", "feedback.csat.satisfied_failed and satisfied_ok", rates)
        }
        Compared::HumanReview | Compared::Judge => read_by(compared.word()),
        Compared::Shadow if scenario.baseline_tier().is_none() => {
            Some("pairs need a baseline of kind \"single\", whose one tier answers each request once more".to_owned())
        }
        Compared::Shadow => read_by(compared.word()),
    }
}

/// What is wrong with a policy's gate, by its key.
pub fn problems(scenario: &Scenario, policy: &Policy) -> Vec<(&'static str, String)> {
    let Some(gate) = &policy.gate else { return Vec::new() };
    let mut found = Vec::new();
    match &policy.rollout {
        Some(Rollout::Steps(steps)) if steps.len() == 1 => found.push((
            "rollout.gate",
            "the rollout has one step, and a gate decides on the next: give at least two steps, or leave the gate out"
                .to_owned(),
        )),
        Some(Rollout::Steps(_)) => {}
        _ => found.push((
            "rollout.gate",
            "a gate stands between the steps of a rollout, and this one has none: give rollout.steps, such as [[0, 0.05], [7, 0.25], \
             [14, 1.0]], or leave the gate out"
                .to_owned(),
        )),
    }
    if let Some(why) = unseen(scenario, gate.observes) {
        found.push(("rollout.gate.observes", format!("{why}; or let the gate observe another signal")));
    }
    if gate.margin.is_none() && scenario.economics.failure_usd() <= 0.0 {
        found.push((
            "rollout.gate.margin",
            "no failure costs anything, so there is no break-even gap: price tickets, churn or incidents in [economics], or give the \
             margin as a share of quality, such as 0.01 for one point"
                .to_owned(),
        ));
    }
    found
}

/// A monitor to take a signal's numbers from: the scenario's first of that kind, over everything and without a detector; for what users do of
/// their own accord one without a delay of its own, where the scenario has none.
pub(super) fn taken_as(scenario: &Scenario, compared: Compared, kind: Chosen) -> Monitor {
    let own = monitor_of(scenario, compared).cloned().unwrap_or_else(|| Monitor::new(compared.told(), kind));
    Monitor { strata: crate::model::Strata::All, detector: None, ..own }
}
