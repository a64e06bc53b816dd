//! The words of the format: names of kinds and figures, and which keys each kind of policy and monitor has.

use crate::model::{Allocation, DetectorKind, DriftStatistic, EventKind, Figure, MonitorKind, Strata};

/// Words of a type.
pub type Words<T> = &'static [(&'static str, T)];

/// What an event acts on.
pub const EVENT_KINDS: Words<EventKind> = &[
    ("hidden_share", EventKind::HiddenShare),
    ("difficulty", EventKind::Difficulty),
    ("segment_share", EventKind::SegmentShare),
    ("ability", EventKind::Ability),
    ("price", EventKind::Price),
    ("volume", EventKind::Volume),
    ("router_noise", EventKind::RouterNoise),
    ("judge_sensitivity", EventKind::JudgeSensitivity),
    ("judge_specificity", EventKind::JudgeSpecificity),
];

/// Monitors.
pub const MONITOR_KINDS: Words<MonitorKind> = &[
    ("human_review", MonitorKind::HumanReview),
    ("judge", MonitorKind::Judge),
    ("shadow", MonitorKind::Shadow),
    ("judge_audit", MonitorKind::JudgeAudit),
    ("thumbs_down", MonitorKind::ThumbsDown),
    ("tickets", MonitorKind::Tickets),
    ("csat", MonitorKind::Csat),
    ("churn", MonitorKind::Churn),
    ("holdback", MonitorKind::Holdback),
    ("regression_suite", MonitorKind::RegressionSuite),
    ("router_drift", MonitorKind::RouterDrift),
    ("confidence_drift", MonitorKind::ConfidenceDrift),
    ("truth", MonitorKind::Truth),
    ("never", MonitorKind::Never),
    ("every", MonitorKind::Every),
];

/// Strata of a monitor.
pub const STRATA: Words<Strata> =
    &[("all", Strata::All), ("tier", Strata::Tier), ("segment", Strata::Segment), ("tail", Strata::Tail)];

/// The strata that a kind of monitor can be split into.
pub fn strata_allowed(kind: MonitorKind) -> &'static [Strata] {
    match kind {
        MonitorKind::HumanReview | MonitorKind::Judge => &[Strata::All, Strata::Tier, Strata::Segment, Strata::Tail],
        MonitorKind::ThumbsDown | MonitorKind::Tickets | MonitorKind::Csat | MonitorKind::Churn => {
            &[Strata::All, Strata::Tier]
        }
        MonitorKind::Truth => &[Strata::All, Strata::Tier, Strata::Segment],
        MonitorKind::RouterDrift | MonitorKind::ConfidenceDrift | MonitorKind::RegressionSuite => {
            &[Strata::All, Strata::Tier]
        }
        _ => &[Strata::All],
    }
}

/// How labels are spread over strata.
pub const ALLOCATIONS: Words<Allocation> =
    &[("equal", Allocation::Equal), ("proportional", Allocation::Proportional), ("detection", Allocation::Detection)];

/// Statistics of drift.
pub const STATISTICS: Words<DriftStatistic> =
    &[("psi", DriftStatistic::Psi), ("ks", DriftStatistic::Ks), ("js", DriftStatistic::Js)];

/// Detectors.
pub const DETECTOR_KINDS: Words<DetectorKind> = &[
    ("shewhart", DetectorKind::Shewhart),
    ("ewma", DetectorKind::Ewma),
    ("cusum", DetectorKind::Cusum),
    ("page_hinkley", DetectorKind::PageHinkley),
    ("shiryaev_roberts", DetectorKind::ShiryaevRoberts),
    ("glr", DetectorKind::Glr),
    ("e_detector", DetectorKind::EDetector),
    ("e_detector_guaranteed", DetectorKind::EDetectorGuaranteed),
    ("msprt", DetectorKind::Msprt),
    ("adwin", DetectorKind::Adwin),
    ("weekly_z", DetectorKind::WeeklyZ),
];

/// Figures a scenario makes claims about.
pub const FIGURES: Words<Figure> = &[
    ("quality", Figure::Quality),
    ("hard_edge_quality", Figure::HardEdgeQuality),
    ("inference_share", Figure::InferenceShare),
    ("total_share", Figure::TotalShare),
    ("trap_ratio", Figure::TrapRatio),
    ("no_worse", Figure::NoWorse),
    ("monthly_inference_usd", Figure::MonthlyInferenceUsd),
    ("thumbs_down_per_1k", Figure::ThumbsDownPer1k),
    ("cheapest_tier_share", Figure::CheapestTierShare),
];

/// When a claim holds: `true` in production.
pub const STAGES: Words<bool> = &[("launch", false), ("production", true)];

/// The word of a value.
pub fn word<T: PartialEq>(words: Words<T>, value: &T) -> &'static str {
    words.iter().find(|(_, v)| v == value).map_or("", |(word, _)| word)
}

/// A word of the format as people read it: names as the literature writes them, and everything else without underscores.
pub fn spoken(word: &str) -> String {
    match word {
        "csat" => "CSAT",
        "shewhart" => "Shewhart",
        "ewma" => "EWMA",
        "cusum" => "CUSUM",
        "page_hinkley" => "Page–Hinkley",
        "shiryaev_roberts" => "Shiryaev–Roberts",
        "glr" => "GLR",
        "e_detector" => "e-detector",
        "e_detector_guaranteed" => "e-detector, guaranteed",
        "msprt" => "mSPRT",
        "adwin" => "ADWIN",
        "weekly_z" => "weekly z-test",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

/// Keys of each kind of policy beyond those that every policy has.
pub const POLICY_KINDS: &[(&str, &[&str])] = &[
    ("single", &["tier"]),
    ("random", &["shares"]),
    ("segment_rules", &["rules", "default"]),
    ("classifier", &["noise", "shares"]),
    ("cascade", &["tiers", "escalate"]),
    (
        "judge_cascade",
        &["tiers", "judged", "judge.sensitivity", "judge.specificity", "judge.usd_each", "judge.latency_ms"],
    ),
    ("router_cascade", &["noise", "shares", "escalate"]),
    ("oracle", &[]),
    ("budget", &["noise", "shares", "usd_per_day"]),
    ("bandit", &["tiers", "usd_per_thumbs_down", "half_life_days"]),
    ("human_fallback", &["tier", "hand_over", "human.success", "human.usd_each", "human.latency_ms"]),
];

/// Keys of every policy.
pub const POLICY_KEYS: &[&str] = &["name", "kind", "usd_per_request", "latency_ms", "rollout", "holdback"];

/// Keys of every monitor.
pub const MONITOR_KEYS: &[&str] = &["name", "kind", "strata", "usd_per_day", "delay_days", "delay_cv", "detector"];

/// Keys of a monitor's kind beyond those that every monitor has.
pub fn monitor_keys(kind: MonitorKind) -> &'static [&'static str] {
    match kind {
        MonitorKind::HumanReview | MonitorKind::Judge => {
            &["allocation", "per_day", "sensitivity", "sensitivity_hidden", "specificity", "usd_each"]
        }
        MonitorKind::Shadow | MonitorKind::JudgeAudit => {
            &["per_day", "sensitivity", "sensitivity_hidden", "specificity", "usd_each"]
        }
        MonitorKind::ThumbsDown | MonitorKind::Tickets | MonitorKind::Csat | MonitorKind::Churn => &["usd_each"],
        MonitorKind::Holdback => &["observes", "holdback_share", "usd_each"],
        MonitorKind::RegressionSuite => {
            &["cases", "every_days", "refresh_days", "sensitivity", "sensitivity_hidden", "specificity", "usd_each"]
        }
        MonitorKind::RouterDrift | MonitorKind::ConfidenceDrift => &["statistic", "bins", "per_day", "usd_each"],
        MonitorKind::Truth | MonitorKind::Never => &[],
        MonitorKind::Every => &["every_days"],
    }
}

/// Which numbers of a detector a kind goes by; a file may hold the others, too.
pub fn detector_keys(kind: DetectorKind) -> &'static [&'static str] {
    match kind {
        DetectorKind::Cusum
        | DetectorKind::ShiryaevRoberts
        | DetectorKind::EDetector
        | DetectorKind::EDetectorGuaranteed => &["ratio", "baseline_days"],
        DetectorKind::Ewma => &["weight", "baseline_days"],
        DetectorKind::Glr | DetectorKind::Msprt | DetectorKind::WeeklyZ => &["window_days", "baseline_days"],
        DetectorKind::Shewhart | DetectorKind::PageHinkley | DetectorKind::Adwin => &["baseline_days"],
    }
}

/// Keys of an event.
pub const EVENT_KEYS: &[&str] = &["kind", "segments", "tiers", "multiply", "add", "set", "day", "ramp_days", "visible"];
