//! The scenario in memory: plain data, every default filled in, names as the file writes them.
//!
//! It mirrors the sections of the file format one to one. It knows nothing of TOML (`read`, `write`) and nothing of
//! the simulation, which resolves the names to indices when it compiles a world.

use std::collections::BTreeMap;

/// Most tiers a scenario may have: as many as a replayed table may have models.
pub const MAX_TIERS: usize = 12;
/// Most tiers of a generated world: its integrals grow with the sets of tiers that may succeed.
pub const MAX_GENERATED_TIERS: usize = 8;
/// Most segments a scenario may have.
pub const MAX_SEGMENTS: usize = 200;
/// Most policies a scenario may have.
pub const MAX_POLICIES: usize = 50;
/// Longest horizon, in days.
pub const MAX_DAYS: u32 = 3650;
/// Most requests a day.
pub const MAX_REQUESTS_PER_DAY: f64 = 1e9;

/// One traffic scenario: the world, the policies to compare in it, and how it would be watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Shown as the title.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Where the numbers come from.
    pub source: String,
    /// Seed of every random number.
    pub seed: u64,
    /// κ: probability that one uniform decides for all tiers.
    pub shared_luck: f64,
    /// Name of the policy in force before routing.
    pub baseline: String,
    /// Volume and horizon.
    pub traffic: Traffic,
    /// Kinds of request. Empty when the traffic is replayed.
    pub segments: Vec<Segment>,
    /// Models, cheapest first.
    pub tiers: Vec<Tier>,
    /// Routing rules to compare.
    pub policies: Vec<Policy>,
    /// What changes in production.
    pub events: Vec<Event>,
    /// What failures cost.
    pub economics: Economics,
    /// What users do of their own accord.
    pub feedback: Feedback,
    /// How the detection study is run.
    pub study: Study,
    /// Ways of watching.
    pub monitors: Vec<Monitor>,
    /// A table of real requests in place of the segments.
    pub replay: Option<Replay>,
    /// What the scenario claims to show; the test suite holds shipped scenarios to it.
    pub expectations: Vec<Expectation>,
}

/// Volume and horizon (`[traffic]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// Horizon, days.
    pub days: u32,
    /// Mean requests a day on day 0.
    pub requests_per_day: f64,
    /// Growth per 30 days, a fraction.
    pub monthly_growth: f64,
    /// Weights Monday to Sunday; normalised to mean 1 by the world.
    pub weekday: [f64; 7],
    /// Standard deviation of the day effect, logits.
    pub difficulty_day_sd: f64,
}

/// A kind of request (`[[segment]]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Unique name.
    pub name: String,
    /// Weight of this segment in the traffic.
    pub share: f64,
    /// Surface (and, for plain requests, true) difficulty, logits.
    pub difficulty: Normal,
    /// Requests that look like the segment but are not.
    pub hidden: Hidden,
    /// Length of prompt and answer.
    pub tokens: Tokens,
    /// Multiplier of what a failure costs.
    pub stakes: f64,
}

/// A normal distribution, logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Mean, logits.
    pub mean: f64,
    /// Standard deviation, logits.
    pub sd: f64,
}

/// Hidden-hard requests of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hidden {
    /// Share of the segment's requests.
    pub share: f64,
    /// Mean of their true difficulty, logits.
    pub mean: f64,
    /// Standard deviation of their true difficulty, logits.
    pub sd: f64,
}

/// Log-normal token counts, given by mean and coefficient of variation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tokens {
    /// Mean input tokens.
    pub input: f64,
    /// Mean output tokens of a tier with verbosity 1.
    pub output: f64,
    /// Coefficient of variation of the input tokens.
    pub input_cv: f64,
    /// Coefficient of variation of the output tokens.
    pub output_cv: f64,
}

/// One model with prices and ability (`[[tier]]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// Unique name.
    pub name: String,
    /// Price of a million input tokens, USD.
    pub input_usd_per_mtok: f64,
    /// Price of a million output tokens, USD.
    pub output_usd_per_mtok: f64,
    /// Prompt caching.
    pub cached_input: CachedInput,
    /// θ, logits.
    pub ability: f64,
    /// Slope `a` of the logistic.
    pub discrimination: f64,
    /// Lower asymptote.
    pub lower: f64,
    /// Upper asymptote.
    pub upper: f64,
    /// Multiplier of the output tokens.
    pub verbosity: f64,
    /// AUROC of self-confidence against success, plain requests.
    pub confidence_auroc: f64,
    /// The same for hidden-hard requests.
    pub confidence_auroc_hidden: f64,
    /// Latency of a call.
    pub latency: Latency,
    /// Ability added on a segment, logits, by segment name.
    pub skill: BTreeMap<String, f64>,
}

/// Cached input tokens: price and share of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CachedInput {
    /// Price of a million cached input tokens, USD.
    pub usd_per_mtok: f64,
    /// Share of input tokens that come from the cache.
    pub hit_rate: f64,
}

/// Latency of one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Time to the first token, ms.
    pub first_token_ms: f64,
    /// Time per output token, ms.
    pub per_output_token_ms: f64,
}

/// A rule that picks the tier for a request (`[[policy]]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Unique name.
    pub name: String,
    /// The rule.
    pub kind: PolicyKind,
    /// Overhead of the router, USD a request.
    pub usd_per_request: f64,
    /// Overhead of the router, ms a request.
    pub latency_ms: f64,
    /// How it came into force; `None`: at full share from day 0.
    pub rollout: Option<Rollout>,
    /// Share that stays on the baseline for good.
    pub holdback: f64,
}

/// The rules of DESIGN §4 with their parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyKind {
    /// Everything to one tier.
    Single {
        /// Tier name.
        tier: String,
    },
    /// A coin decides.
    Random {
        /// Share per tier, in the order of the tiers.
        shares: Vec<f64>,
    },
    /// A table from segment to tier.
    SegmentRules {
        /// Tier name by segment name.
        rules: BTreeMap<String, String>,
        /// Tier of the segments without a rule.
        default: String,
    },
    /// A score `surface + Normal(0, noise)` is cut at fixed points.
    Classifier {
        /// Standard deviation of the score's error, logits.
        noise: f64,
        /// Share per tier under launch assumptions.
        shares: Vec<f64>,
    },
    /// Cheapest first; escalate while self-confidence is low.
    Cascade {
        /// Tier names in calling order.
        tiers: Vec<String>,
        /// Share escalated at each stage under launch assumptions, of the requests that reach it; one fewer than tiers.
        escalate: Vec<f64>,
    },
    /// A judge decides whether to escalate.
    JudgeCascade {
        /// Tier names in calling order.
        tiers: Vec<String>,
        /// The judge.
        judge: Judge,
        /// Share of answers that are judged at all (at every stage but the last).
        judged: f64,
    },
    /// A classifier picks where the cascade starts.
    RouterCascade {
        /// Standard deviation of the score's error, logits.
        noise: f64,
        /// Share starting at each tier under launch assumptions.
        shares: Vec<f64>,
        /// Share escalated at each tier but the last, of the requests that tier answers.
        escalate: Vec<f64>,
    },
    /// Cheapest tier that succeeds.
    Oracle,
    /// A classifier whose cut points move through the day to meet a budget.
    Budget {
        /// Standard deviation of the score's error, logits.
        noise: f64,
        /// Share per tier at the start of a day.
        shares: Vec<f64>,
        /// Daily inference budget, USD.
        usd_per_day: f64,
    },
    /// Thompson sampling per segment on thumbs-down.
    Bandit {
        /// Tier names to choose from.
        tiers: Vec<String>,
        /// What a thumbs-down is worth against inference cost, USD.
        usd_per_thumbs_down: f64,
        /// Half-life of its memory, days; `None`: it never forgets.
        half_life_days: Option<f64>,
    },
    /// Below a self-confidence, hand over to a person.
    HumanFallback {
        /// Tier that answers first.
        tier: String,
        /// Share handed over under launch assumptions.
        hand_over: f64,
        /// The person.
        human: Human,
    },
}

impl PolicyKind {
    /// Its word in a file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Single { .. } => "single",
            Self::Random { .. } => "random",
            Self::SegmentRules { .. } => "segment_rules",
            Self::Classifier { .. } => "classifier",
            Self::Cascade { .. } => "cascade",
            Self::JudgeCascade { .. } => "judge_cascade",
            Self::RouterCascade { .. } => "router_cascade",
            Self::Oracle => "oracle",
            Self::Budget { .. } => "budget",
            Self::Bandit { .. } => "bandit",
            Self::HumanFallback { .. } => "human_fallback",
        }
    }

    /// Shares by tier, of the kinds that have them.
    pub fn shares(&self) -> Option<&[f64]> {
        match self {
            Self::Random { shares }
            | Self::Classifier { shares, .. }
            | Self::RouterCascade { shares, .. }
            | Self::Budget { shares, .. } => Some(shares),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn shares_mut(&mut self) -> Option<&mut Vec<f64>> {
        match self {
            Self::Random { shares }
            | Self::Classifier { shares, .. }
            | Self::RouterCascade { shares, .. }
            | Self::Budget { shares, .. } => Some(shares),
            _ => None,
        }
    }
}

/// A model that says whether an answer is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judge {
    /// Probability of "bad" of a failure.
    pub sensitivity: f64,
    /// Probability of "good" of a success.
    pub specificity: f64,
    /// Price of one verdict, USD.
    pub usd_each: f64,
    /// Time of one verdict, ms.
    pub latency_ms: f64,
}

/// A person who answers in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Human {
    /// Probability of success, whatever the difficulty.
    pub success: f64,
    /// Price of one answer, USD.
    pub usd_each: f64,
    /// Time of one answer, ms.
    pub latency_ms: f64,
}

/// How a policy comes into force.
#[derive(Clone, Debug, PartialEq)]
pub enum Rollout {
    /// Share grows from 0 at `start_day` to 1 at `start_day + days`.
    Linear {
        /// First day.
        start_day: f64,
        /// Length, days.
        days: f64,
    },
    /// `(day, share)`, each in force from its day on.
    Steps(Vec<(f64, f64)>),
}

/// Something that changes in production (`[[event]]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What it acts on.
    pub kind: EventKind,
    /// Segments it acts on; empty: all.
    pub segments: Vec<String>,
    /// Tiers it acts on; empty: all.
    pub tiers: Vec<String>,
    /// How the value changes.
    pub change: Change,
    /// First day.
    pub day: f64,
    /// Days until it is fully in force; 0: at once.
    pub ramp_days: f64,
    /// `difficulty` only: shifts the surface too.
    pub visible: bool,
}

impl Event {
    /// By what fraction it is in force on `day`: none on the first day of a ramp.
    pub fn in_force(&self, day: f64) -> f64 {
        if self.ramp_days > 0.0 {
            ((day - self.day) / self.ramp_days).clamp(0.0, 1.0)
        } else if day >= self.day {
            1.0
        } else {
            0.0
        }
    }
}

/// What an event acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Share of hidden-hard requests.
    HiddenShare,
    /// Difficulty shift, logits (starts from 0).
    Difficulty,
    /// Weight of the segment, before normalising.
    SegmentShare,
    /// Ability of a tier, logits.
    Ability,
    /// Prices of a tier (all of them).
    Price,
    /// Requests a day.
    Volume,
    /// Noise of every router score, logits.
    RouterNoise,
    /// Sensitivity of every judge.
    JudgeSensitivity,
    /// Specificity of every judge.
    JudgeSpecificity,
}

/// How an event changes a value `v` when in force by the fraction `a`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// `v·(1 + a·(m − 1))`
    Multiply(f64),
    /// `v + a·x`
    Add(f64),
    /// `v + a·(y − v)`
    Set(f64),
}

impl Change {
    /// The changed value.
    pub fn apply(self, value: f64, fraction: f64) -> f64 {
        match self {
            Self::Multiply(m) => value * (1.0 + fraction * (m - 1.0)),
            Self::Add(x) => value + fraction * x,
            Self::Set(y) => value + fraction * (y - value),
        }
    }
}

/// What failures cost (`[economics]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Economics {
    /// Probability that a failed request is asked again.
    pub reask: f64,
    /// Support tickets.
    pub ticket: Consequence,
    /// Customers who leave.
    pub churn: Consequence,
    /// Incidents.
    pub incident: Consequence,
}

impl Economics {
    /// What follows a failure costs more than what follows a success, `Σ (failed − ok)·usd` over tickets, churn and incidents, USD; before a
    /// segment's stakes.
    pub fn failure_usd(&self) -> f64 {
        [self.ticket, self.churn, self.incident].iter().map(|c| (c.failed - c.ok) * c.usd).sum()
    }
}

/// Something that follows a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consequence {
    /// Probability after a failure.
    pub failed: f64,
    /// Probability after a success.
    pub ok: f64,
    /// Cost of one, USD, before the segment's stakes.
    pub usd: f64,
    /// Mean delay, days.
    pub delay_days: f64,
}

/// What users do of their own accord (`[feedback]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// Thumbs-down per answer.
    pub thumbs_down: ThumbsDown,
    /// Satisfaction survey.
    pub csat: Csat,
}

/// Thumbs-down rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThumbsDown {
    /// Probability after a failure.
    pub failed: f64,
    /// Probability after a success.
    pub ok: f64,
}

/// A satisfaction survey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Csat {
    /// Share of requests with an answered survey.
    pub response: f64,
    /// Probability of "satisfied" after a success.
    pub satisfied_ok: f64,
    /// Probability of "satisfied" after a failure.
    pub satisfied_failed: f64,
    /// Mean delay, days.
    pub delay_days: f64,
}

/// How the detection study and the launch review are run (`[study]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Policy under study; `None`: the first that is not the baseline.
    pub policy: Option<String>,
    /// Replicates for each part of the study.
    pub replicates: u32,
    /// Chance of any false alarm of a monitor over the horizon.
    pub false_alarms: f64,
    /// Drop of quality that counts.
    pub material_loss: f64,
    /// Requests of the launch review.
    pub holdout: u32,
}

/// A way of watching (`[[monitor]]`). Keys that a kind does not use keep their defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Monitor {
    /// Unique name.
    pub name: String,
    /// What is observed.
    pub kind: MonitorKind,
    /// How the observations are split.
    pub strata: Strata,
    /// How the labels are spread over the strata.
    pub allocation: Allocation,
    /// Labels a day (in all strata together).
    pub per_day: f64,
    /// Probability of "bad" of a failure.
    pub sensitivity: f64,
    /// The same for hidden-hard requests (confidently wrong answers); `None`: as `sensitivity`.
    pub sensitivity_hidden: Option<f64>,
    /// Probability of "good" of a success.
    pub specificity: f64,
    /// Price of one label, USD.
    pub usd_each: f64,
    /// Fixed price, USD a day.
    pub usd_per_day: f64,
    /// Mean delay from request to observation, days.
    pub delay_days: f64,
    /// Coefficient of variation of the delay.
    pub delay_cv: f64,
    /// `holdback`: which of the user signals is compared.
    pub observes: Option<MonitorKind>,
    /// `holdback`: share of the traffic kept on the baseline for this comparison; `None`: the policy's own.
    pub holdback_share: Option<f64>,
    /// `router_drift`, `confidence_drift`: the statistic.
    pub statistic: DriftStatistic,
    /// `router_drift`, `confidence_drift`: histogram bins.
    pub bins: u32,
    /// `regression_suite`: cases.
    pub cases: u32,
    /// `regression_suite`, `every`: days between looks.
    pub every_days: u32,
    /// `regression_suite`: days between refreshes from production; `None`: never.
    pub refresh_days: Option<u32>,
    /// What turns the observations into alarms; `None` for the controls.
    pub detector: Option<Detector>,
}

/// Monitors of DESIGN §7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorKind {
    /// People read a sample.
    HumanReview,
    /// A model reads a sample.
    Judge,
    /// Cheap tier against baseline on the same request.
    Shadow,
    /// Human minus judge on a sub-sample.
    JudgeAudit,
    /// Thumbs-down.
    ThumbsDown,
    /// Support tickets.
    Tickets,
    /// Satisfaction survey.
    Csat,
    /// Customers who leave.
    Churn,
    /// Routed traffic against the holdback.
    Holdback,
    /// Fixed cases rerun.
    RegressionSuite,
    /// Distribution of the router score.
    RouterDrift,
    /// Distribution of self-confidence.
    ConfidenceDrift,
    /// Every outcome.
    Truth,
    /// No alarm at all.
    Never,
    /// An alarm every so many days.
    Every,
}

/// How a monitor splits what it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strata {
    /// One pooled stream.
    All,
    /// One stream a tier.
    Tier,
    /// One stream a segment.
    Segment,
    /// Oversamples low self-confidence and rare segments.
    Tail,
}

/// How labels are spread over strata. For finding which of them broke, `n ∝ √(ρ·W·p·q/Δ)` is a first-order answer, with `ρ` the chance
/// that a stratum breaks, `W` its share of the traffic, `p` its failure rate (`q = 1 − p`) and `Δ` its rise; estimating a mean would
/// take `n ∝ W·√(p·q)` (Neyman).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// As many to each.
    Equal,
    /// As the traffic.
    Proportional,
    /// `∝ √(W·q)`: every stratum as likely to break, each by the same multiple of its rate.
    Detection,
}

/// Distance between a day's distribution and that of launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftStatistic {
    /// Population stability index.
    Psi,
    /// Kolmogorov–Smirnov.
    Ks,
    /// Jensen–Shannon.
    Js,
}

/// What turns a daily observation into alarms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detector {
    /// The chart.
    pub kind: DetectorKind,
    /// Alternative as a multiple of the launch rate.
    pub ratio: f64,
    /// EWMA weight λ.
    pub weight: f64,
    /// Window, days (GLR, weekly z).
    pub window_days: u32,
    /// Days from which the reference is estimated; `None`: known from launch assumptions.
    pub baseline_days: Option<u32>,
}

/// Detectors of DESIGN §7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetectorKind {
    /// One look at a time.
    Shewhart,
    /// Exponentially weighted moving average.
    Ewma,
    /// Likelihood-ratio CUSUM.
    Cusum,
    /// Page–Hinkley.
    PageHinkley,
    /// Shiryaev–Roberts.
    ShiryaevRoberts,
    /// Generalised likelihood ratio.
    Glr,
    /// Mixture e-detector, calibrated threshold.
    EDetector,
    /// Mixture e-detector, guaranteed threshold.
    EDetectorGuaranteed,
    /// Mixture sequential probability-ratio test (a launch test).
    Msprt,
    /// ADWIN.
    Adwin,
    /// Fixed weekly z-test.
    WeeklyZ,
}

/// A table of real requests (`[replay]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Path relative to the scenario file.
    pub table: String,
    /// BLAKE3 hash of the table as it was imported, in hexadecimal digits; `None`: any table of that name will do.
    pub blake3: Option<String>,
    /// Column of the segments, where it has a name of its own.
    pub segment: Option<String>,
    /// Router score of the table that classifiers go by; `None`: a difficulty estimated from the outcomes, with their noise.
    pub router: Option<String>,
    /// Characters of a token, for tables that have no costs.
    pub chars_per_token: f64,
    /// Input tokens of a request, for tables that have neither costs nor lengths of prompts.
    pub input_tokens: f64,
    /// Output tokens of an answer, for tables that have no costs.
    pub output_tokens: f64,
}

/// A claim of the scenario (`[[expect]]`): `figure` of `policy` lies in `between`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Policy name.
    pub policy: String,
    /// Which figure.
    pub figure: Figure,
    /// In production (the last day) rather than at launch.
    pub production: bool,
    /// Least and greatest value.
    pub between: (f64, f64),
}

/// Figures a scenario can make claims about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Mean success.
    Quality,
    /// Success among the hardest tenth.
    HardEdgeQuality,
    /// Inference cost ÷ that of the baseline at the same time.
    InferenceShare,
    /// Total cost ÷ that of the baseline at the same time.
    TotalShare,
    /// Extra downstream cost ÷ inference saving.
    TrapRatio,
    /// Share of holdout requests on which the routed answer is no worse.
    NoWorse,
    /// Inference cost of 30 days at the day's volume, USD.
    MonthlyInferenceUsd,
    /// Thumbs-down per 1,000 answers.
    ThumbsDownPer1k,
    /// Share of final answers that the cheapest tier gives.
    CheapestTierShare,
}

impl Scenario {
    /// Whether its traffic is replayed from a table in place of a generated one.
    pub fn is_replayed(&self) -> bool {
        self.replay.is_some()
    }

    /// The policy under study: the one `[study]` names, else the first that is not the baseline, else the first.
    pub fn studied_policy(&self) -> Option<usize> {
        let named = self.study.policy.as_ref().and_then(|name| self.policy_index(name));
        named
            .or_else(|| self.policies.iter().position(|policy| policy.name != self.baseline))
            .or(if self.policies.is_empty() { None } else { Some(0) })
    }

    /// Index of the policy with this name.
    pub fn policy_index(&self, name: &str) -> Option<usize> {
        self.policies.iter().position(|policy| policy.name == name)
    }

    /// Index of the tier with this name.
    pub fn tier_index(&self, name: &str) -> Option<usize> {
        self.tiers.iter().position(|tier| tier.name == name)
    }

    /// Index of the segment with this name.
    pub fn segment_index(&self, name: &str) -> Option<usize> {
        self.segments.iter().position(|segment| segment.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_follow_their_arithmetic() {
        assert!((Change::Multiply(2.5).apply(0.04, 0.5) - 0.04 * 1.75).abs() < 1e-15);
        assert!((Change::Add(0.5).apply(1.0, 0.25) - 1.125).abs() < 1e-15);
        assert!((Change::Set(3.0).apply(1.0, 0.25) - 1.5).abs() < 1e-15);
        let event = |day: f64, ramp_days: f64| Event {
            kind: EventKind::Volume,
            segments: Vec::new(),
            tiers: Vec::new(),
            change: Change::Multiply(1.0),
            day,
            ramp_days,
            visible: false,
        };
        let ramp = event(21.0, 28.0);
        for (day, expected) in [(20.0, 0.0), (21.0, 0.0), (35.0, 0.5), (49.0, 1.0), (90.0, 1.0)] {
            assert!((ramp.in_force(day) - expected).abs() < 1e-15);
        }
        assert!(event(5.0, 0.0).in_force(4.0) < 0.5 && event(5.0, 0.0).in_force(5.0) > 0.5);
    }
}
