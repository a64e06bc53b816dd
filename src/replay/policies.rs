//! The policies and monitors that a scenario made of a table starts with.

use crate::model::{Detector, DetectorKind, Monitor, MonitorKind, Policy, PolicyKind, Strata, Tier};
use crate::scenario::read::{empty_detector, empty_monitor};

/// The most capable tier alone, which is the baseline; a classifier, a random mix, a cascade; the other tiers alone; the oracle.
/// `best_first` are the names of the tiers by mean score.
pub(super) fn policies(tiers: &[Tier], best_first: &[&str], noise: f64) -> Vec<Policy> {
    let policy = |name: String, kind: PolicyKind| Policy {
        name,
        kind,
        usd_per_request: 0.0,
        latency_ms: 0.0,
        rollout: None,
        holdback: 0.0,
    };
    let mut all: Vec<Policy> = best_first
        .iter()
        .map(|name| policy(format!("All {name}"), PolicyKind::Single { tier: (*name).to_owned() }))
        .collect();
    let strong = best_first.first().copied().unwrap_or_default();
    // Half to the cheapest, the rest to the most capable.
    let mut shares = vec![0.0; tiers.len()];
    if let Some(first) = shares.first_mut() {
        *first = 0.5;
    }
    if let Some(index) = tiers.iter().position(|t| t.name == strong)
        && let Some(share) = shares.get_mut(index)
    {
        *share += 0.5;
    }
    all.insert(1, policy("Classifier".to_owned(), PolicyKind::Classifier { noise, shares: shares.clone() }));
    all.push(policy("Random mix".to_owned(), PolicyKind::Random { shares }));
    if let Some(weak) = tiers.first().filter(|t| t.name != strong) {
        let tiers = vec![weak.name.clone(), strong.to_owned()];
        all.push(policy("Uncertainty cascade".to_owned(), PolicyKind::Cascade { tiers, escalate: vec![0.35] }));
    }
    all.push(policy("Oracle".to_owned(), PolicyKind::Oracle));
    all
}

/// Two samples a team can always take, and what no team sees.
pub(super) fn monitors() -> Vec<Monitor> {
    let monitor = |name: &str, kind, strata, per_day, usd_each| Monitor {
        strata,
        per_day,
        usd_each,
        sensitivity: 0.95,
        specificity: 0.98,
        delay_days: 1.0,
        detector: Some(empty_detector(DetectorKind::Cusum)),
        ..empty_monitor(name.to_owned(), kind)
    };
    vec![
        monitor("Human review, pooled", MonitorKind::HumanReview, Strata::All, 50.0, 1.5),
        monitor("Judge, per tier", MonitorKind::Judge, Strata::Tier, 200.0, 0.02),
        Monitor {
            // What sees everything can look for a small change.
            detector: Some(Detector { ratio: 1.1, ..empty_detector(DetectorKind::Cusum) }),
            ..empty_monitor("The truth".to_owned(), MonitorKind::Truth)
        },
    ]
}
