//! The policies and monitors that a scenario made of a table starts with.

use crate::detection::detector::CusumChart;
use crate::detection::monitor::{HumanReview, Judge, Truth};
use crate::model::{Detector, Monitor, Policy, Strata, Tier};
use crate::policy::{Cascade, Classifier, Oracle, Random, Single};

/// The most capable tier alone, which is the baseline; a classifier, a random mix, a cascade; the other tiers alone; the oracle.
/// `best_first` are the names of the tiers by mean score.
pub(super) fn policies(tiers: &[Tier], best_first: &[&str], noise: f64) -> Vec<Policy> {
    let single = |name: &&str| Policy::new(format!("All {name}"), Single { tier: (*name).to_owned() });
    let mut all: Vec<Policy> = best_first.iter().map(single).collect();
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
    all.insert(1, Policy::new("Classifier", Classifier { noise, shares: shares.clone() }));
    all.push(Policy::new("Random mix", Random { shares }));
    if let Some(weak) = tiers.first().filter(|t| t.name != strong) {
        let tiers = vec![weak.name.clone(), strong.to_owned()];
        all.push(Policy::new("Uncertainty cascade", Cascade { tiers, escalate: vec![0.35] }));
    }
    all.push(Policy::new("Oracle", Oracle {}));
    all
}

/// Two samples a team can always take, and what no team sees.
pub(super) fn monitors() -> Vec<Monitor> {
    let sample = |monitor: Monitor, strata, per_day, usd_each| Monitor {
        strata,
        per_day,
        usd_each,
        sensitivity: 0.95,
        specificity: 0.98,
        delay_days: 1.0,
        detector: Some(Detector::new(CusumChart {})),
        ..monitor
    };
    vec![
        sample(Monitor::new("Human review, pooled", HumanReview {}), Strata::All, 50.0, 1.5),
        sample(Monitor::new("Judge, per tier", Judge {}), Strata::Tier, 200.0, 0.02),
        Monitor {
            // What sees everything can look for a small change.
            detector: Some(Detector { ratio: 1.1, ..Detector::new(CusumChart {}) }),
            ..Monitor::new("The truth", Truth {})
        },
    ]
}
