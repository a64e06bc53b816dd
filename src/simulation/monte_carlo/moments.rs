//! What is estimated: ratios of two sums over the replicates, merged in a fixed order.

use super::{Experiment, histogram};
use crate::simulation::exact::FINALS;

/// The quantities that are estimated, each a ratio of two sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Mean success.
    Quality,
    /// Mean success beyond the hard edge.
    HardEdgeQuality,
    /// Inference cost a request, USD.
    InferenceUsd,
    /// Downstream cost a request, USD.
    DownstreamUsd,
    /// Both, USD.
    TotalUsd,
    /// Latency, ms.
    LatencyMs,
    /// Calls a request.
    Calls,
    /// Share of requests answered no worse than by the first policy.
    NoWorse,
    /// Mean success of the first policy on the same requests, less that of this one.
    QualityGap,
    /// Share of final answers by a tier (index `tiers`: a person).
    Traffic(usize),
    /// Mean success of a tier's final answers.
    TierQuality(usize),
    /// Calls to a tier a request.
    TierCalls(usize),
    /// Mean success in a segment.
    SegmentQuality(usize),
}

impl Metric {
    const FIXED: usize = 9;

    pub(super) fn count(tiers: usize, segments: usize) -> usize {
        Self::FIXED + 2 * (tiers + 1) + tiers + segments
    }

    fn index(self, tiers: usize) -> usize {
        match self {
            Self::Quality => 0,
            Self::HardEdgeQuality => 1,
            Self::InferenceUsd => 2,
            Self::DownstreamUsd => 3,
            Self::TotalUsd => 4,
            Self::LatencyMs => 5,
            Self::Calls => 6,
            Self::NoWorse => 7,
            Self::QualityGap => 8,
            Self::Traffic(k) => Self::FIXED + k,
            Self::TierQuality(k) => Self::FIXED + tiers + 1 + k,
            Self::TierCalls(k) => Self::FIXED + 2 * (tiers + 1) + k,
            Self::SegmentQuality(g) => Self::FIXED + 2 * (tiers + 1) + tiers + g,
        }
    }
}

/// Sums over replicates of a numerator `x` and a denominator `y`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ratio {
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Ratio {
    fn add(&mut self, x: f64, y: f64) {
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// The ratio; `None` where nothing was counted.
    pub fn estimate(&self) -> Option<f64> {
        (self.y > 0.0).then(|| self.x / self.y)
    }

    /// What was counted: the denominator.
    pub fn counted(&self) -> f64 {
        self.y
    }

    /// Standard error of the ratio over `replicates` independent replicates (Cochran, *Sampling Techniques*, 1977, §6.4):
    /// day effects make requests of one replicate alike, so replicates are the unit. `None` below two replicates.
    pub fn standard_error(&self, replicates: u32) -> Option<f64> {
        let ratio = self.estimate()?;
        if replicates < 2 {
            return None;
        }
        let n = f64::from(replicates);
        let squares = (self.xx - 2.0 * ratio * self.xy + ratio * ratio * self.yy).max(0.0);
        Some((squares * n / (n - 1.0)).sqrt() / self.y)
    }
}

/// Sums over replicates for one policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyMoments {
    ratios: Vec<Ratio>,
    latency: Vec<u64>,
    tiers: usize,
}

impl PolicyMoments {
    /// Sums of a metric.
    pub fn ratio(&self, metric: Metric) -> Ratio {
        self.ratios.get(metric.index(self.tiers)).copied().unwrap_or_default()
    }

    /// 95th percentile of latency, ms, within half a per cent; `None` where nothing was counted.
    pub fn latency_p95_ms(&self) -> Option<f64> {
        histogram::quantile(&self.latency, 0.95)
    }
}

/// Sums over replicates for every policy of an experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// One entry a policy, in the order of the experiment.
    pub policies: Vec<PolicyMoments>,
    /// Replicates merged.
    pub replicates: u32,
    /// Requests simulated.
    pub requests: u64,
}

impl Moments {
    /// Adds a replicate. The order of calls matters to the last bit, so callers keep to that of the replicates.
    pub fn merge(&mut self, replicate: &Replicate) {
        self.policies.resize_with(replicate.policies.len(), PolicyMoments::default);
        for (to, from) in self.policies.iter_mut().zip(&replicate.policies) {
            to.tiers = from.tiers;
            to.ratios.resize_with(from.sums.len(), Ratio::default);
            for (ratio, (x, y)) in to.ratios.iter_mut().zip(&from.sums) {
                ratio.add(*x, *y);
            }
            to.latency.resize(histogram::BINS, 0);
            for (to, from) in to.latency.iter_mut().zip(&from.latency) {
                *to += u64::from(*from);
            }
        }
        self.replicates += 1;
        self.requests += replicate.requests;
    }
}

/// What one replicate gave.
#[derive(Clone, Debug, Default)]
pub struct Replicate {
    pub(super) policies: Vec<ReplicateSums>,
    pub(super) requests: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ReplicateSums {
    /// Numerator and denominator of each metric.
    sums: Vec<(f64, f64)>,
    latency: Vec<u32>,
    tiers: usize,
}

/// Sums of one policy in one segment of a replicate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) requests: f64,
    pub(super) success: f64,
    pub(super) edge: f64,
    pub(super) edge_success: f64,
    pub(super) usd: f64,
    pub(super) failed_usd: f64,
    pub(super) ms: f64,
    pub(super) worse: f64,
    pub(super) answered: [f64; FINALS],
    pub(super) tier_success: [f64; FINALS],
    pub(super) calls: [f64; FINALS],
}

/// Turns a policy's sums by segment into numerators and denominators of the metrics; `first` are those of the first policy.
pub(super) fn reduce(
    experiment: &Experiment<'_>,
    segments: &[Sums],
    first: &[Sums],
    latency: Vec<u32>,
) -> ReplicateSums {
    let economics = &experiment.world.scenario.economics;
    let tiers = experiment.day.tiers.len();
    let mut out = vec![(0.0, 0.0); experiment.metrics()];
    let mut add = |metric: Metric, x: f64, y: f64| {
        if let Some(slot) = out.get_mut(metric.index(tiers)) {
            slot.0 += x;
            slot.1 += y;
        }
    };
    for (g, ((s, first), segment)) in segments.iter().zip(first).zip(&experiment.day.segments).enumerate() {
        let n = s.requests;
        let failed = n - s.success;
        let inference = s.usd + economics.reask * s.failed_usd;
        let consequences = [economics.ticket, economics.churn, economics.incident];
        let downstream: f64 =
            consequences.iter().map(|c| segment.stakes * c.usd * (c.failed * failed + c.ok * s.success)).sum();
        add(Metric::Quality, s.success, n);
        add(Metric::HardEdgeQuality, s.edge_success, s.edge);
        add(Metric::InferenceUsd, inference, n);
        add(Metric::DownstreamUsd, downstream, n);
        add(Metric::TotalUsd, inference + downstream, n);
        add(Metric::LatencyMs, s.ms, n);
        add(Metric::Calls, s.calls.iter().sum(), n);
        add(Metric::NoWorse, n - s.worse, n);
        add(Metric::QualityGap, first.success - s.success, n);
        for k in 0..=tiers {
            add(Metric::Traffic(k), s.answered[k], n);
            add(Metric::TierQuality(k), s.tier_success[k], s.answered[k]);
        }
        for k in 0..tiers {
            add(Metric::TierCalls(k), s.calls[k], n);
        }
        add(Metric::SegmentQuality(g), s.success, n);
    }
    ReplicateSums { sums: out, latency, tiers }
}
