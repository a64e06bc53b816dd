//! Figures of a policy or a tier: those that a scenario claims (`[[expect]]`), and those that somebody has seen (`[[known]]`).

use crate::entry::{Number, Word};
use crate::words;

words! {
    /// Figures of a policy, some of them of a tier alone, too.
    pub enum Figure {
        /// Mean success.
        Quality = "quality" as "quality",
        /// Success among the hardest tenth.
        HardEdgeQuality = "hard_edge_quality" as "quality at the hard edge",
        /// Inference cost ÷ that of the baseline at the same time.
        InferenceShare = "inference_share" as "bill against the baseline's",
        /// Total cost ÷ that of the baseline at the same time.
        TotalShare = "total_share" as "total cost against the baseline's",
        /// Extra downstream cost ÷ inference saving.
        TrapRatio = "trap_ratio" as "trap ratio",
        /// Share of holdout requests on which the routed answer is no worse.
        NoWorse = "no_worse" as "share answered no worse",
        /// Inference cost of 30 days at the day's volume, USD.
        MonthlyInferenceUsd = "monthly_inference_usd" as "monthly bill",
        /// Thumbs-down per 1,000 answers.
        ThumbsDownPer1k = "thumbs_down_per_1k" as "thumbs-down per 1,000",
        /// Share of final answers that the cheapest tier gives.
        CheapestTierShare = "cheapest_tier_share" as "share of the cheapest tier",
        /// Inference cost of a request, USD.
        RequestUsd = "request_usd" as "cost of a request",
        /// Share of final answers that another tier than the baseline's gives, or a person.
        RoutedShare = "routed_share" as "share routed",
        /// Tickets per 1,000 requests.
        TicketsPer1k = "tickets_per_1k" as "tickets per 1,000",
        /// Customers who leave per 1,000 requests.
        ChurnPer1k = "churn_per_1k" as "customers lost per 1,000",
        /// Share of requests that go on after a first answer, to another tier or to a person.
        EscalatedShare = "escalated_share" as "share escalated",
        /// How well the router's score tells requests on which the first tier of its chain fails from those on which it succeeds.
        RouterAuroc = "router_auroc" as "AUROC of the router's score",
        /// 95th percentile of latency, ms.
        LatencyP95Ms = "latency_p95_ms" as "95th percentile of latency",
    }
}

/// Figures at the end of the list that no operating point holds.
const COMPUTED_APART: usize = 2;

impl Figure {
    /// The words of those that an operating point holds: what a scenario can claim, and a lesson can reveal. The others are worked out when
    /// they are known figures.
    pub const CLAIMED: &'static [Word] = Self::WORDS.split_at(Self::WORDS.len() - COMPUTED_APART).0;

    /// What one of [`Figure::CLAIMED`] stands for.
    pub fn of_claimed(word: &str) -> Option<Self> {
        Self::CLAIMED.iter().find(|claimed| claimed.word == word).and_then(|claimed| Self::of_word(claimed.word))
    }

    /// Whether it can be told of a tier that answers everything alone; the others say what routing does.
    pub fn fits_a_tier(self) -> bool {
        matches!(
            self,
            Self::Quality
                | Self::HardEdgeQuality
                | Self::MonthlyInferenceUsd
                | Self::RequestUsd
                | Self::ThumbsDownPer1k
                | Self::TicketsPer1k
                | Self::ChurnPer1k
                | Self::LatencyP95Ms
        )
    }

    /// Whether it can be told of one segment.
    pub fn fits_a_segment(self) -> bool {
        self == Self::Quality
    }

    /// What values it can have at all.
    pub fn range(self) -> Number {
        let (unit, min, max) = match self {
            Self::Quality
            | Self::HardEdgeQuality
            | Self::NoWorse
            | Self::CheapestTierShare
            | Self::RoutedShare
            | Self::EscalatedShare
            | Self::RouterAuroc => return Number::SHARE,
            Self::InferenceShare | Self::TotalShare => ("", 0.0, 1e6),
            Self::TrapRatio => ("", -1e6, 1e6),
            Self::MonthlyInferenceUsd | Self::RequestUsd => ("USD", 0.0, 1e12),
            Self::ThumbsDownPer1k | Self::TicketsPer1k | Self::ChurnPer1k => ("per 1,000", 0.0, 1000.0),
            Self::LatencyP95Ms => ("ms", 0.0, 1e10),
        };
        Number { unit, min, max, above_min: false, whole: false }
    }

    /// Whether it is a share, which people read in per cent.
    pub fn is_share(self) -> bool {
        self.range() == Number::SHARE || matches!(self, Self::InferenceShare | Self::TotalShare)
    }
}
