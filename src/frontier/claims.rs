//! Claims of a scenario (`[[expect]]`): what a figure is, and whether it is where the scenario says.

use super::point::Point;
use super::{Frontier, Stage};
use crate::model::{Expectation, Figure, Scenario, When};

/// Days of a month in bills.
pub const DAYS_PER_MONTH: f64 = 30.0;

/// The value of a claimed figure; `None` where it is not defined.
pub fn figure(scenario: &Scenario, frontier: &Frontier, claim: &Expectation) -> Option<f64> {
    let policy = scenario.policy_index(&claim.policy)?;
    let stage: &Stage = if claim.when == When::Production { frontier.latest() } else { &frontier.launch };
    let curve = stage.curves.get(policy)?;
    let point = curve.operating_point.as_ref()?;
    let metrics = stage.metrics.get(policy)?;
    match claim.figure {
        Figure::InferenceShare => metrics.inference_change.map(|c| 1.0 + c),
        Figure::TotalShare => metrics.total_change.map(|c| 1.0 + c),
        Figure::TrapRatio => metrics.trap_ratio,
        other => of_point(scenario, point, other, stage.requests_per_day),
    }
}

/// A figure that an operating point holds alone, at so many requests a day; `None` where it is not defined, or needs more than the point.
pub(super) fn of_point(scenario: &Scenario, point: &Point, figure: Figure, requests_per_day: f64) -> Option<f64> {
    match figure {
        Figure::Quality => Some(point.quality),
        Figure::HardEdgeQuality => point.hard_edge_quality,
        Figure::NoWorse => point.no_worse,
        Figure::MonthlyInferenceUsd => Some(point.inference_usd_per_1k / 1000.0 * requests_per_day * DAYS_PER_MONTH),
        Figure::ThumbsDownPer1k => Some(point.thumbs_down_per_1k),
        Figure::CheapestTierShare => point.traffic.first().copied(),
        Figure::RequestUsd => Some(point.inference_usd_per_1k / 1000.0),
        Figure::RoutedShare => routed_share(scenario, point),
        Figure::TicketsPer1k => Some(point.tickets_per_1k),
        Figure::ChurnPer1k => Some(point.churn_per_1k),
        Figure::EscalatedShare => point.escalated,
        // Against the baseline, or held by no operating point.
        Figure::InferenceShare
        | Figure::TotalShare
        | Figure::TrapRatio
        | Figure::RouterAuroc
        | Figure::LatencyP95Ms => None,
    }
}

/// Share of final answers that are not the baseline's tier's; `None` where the baseline is not one tier for everything.
fn routed_share(scenario: &Scenario, point: &Point) -> Option<f64> {
    Some(1.0 - point.traffic.get(scenario.baseline_tier()?)?)
}

/// Whether a claim holds; a figure that is not defined holds no claim.
pub fn holds(scenario: &Scenario, frontier: &Frontier, claim: &Expectation) -> bool {
    figure(scenario, frontier, claim).is_some_and(|x| x >= claim.between.0 && x <= claim.between.1)
}
