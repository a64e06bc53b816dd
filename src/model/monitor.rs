//! `[[monitor]]`: a way of watching, with its detector. What a kind has of its own stands with that kind, in `detection`; what several
//! kinds have stands here once.

use super::money::MAX_USD;
use super::traffic::MAX_DAYS;
use crate::entry::{About, Chosen, Described, Family, Form, Key, Shown, number, share};
use crate::{entry, words};

entry! {
    /// A way of watching. Which keys it has depends on its kind.
    pub struct Monitor {
        /// Unique name.
        name: String = String::new() => Key::of(Form::Name).needed(),
        /// What is observed.
        ..kind: Chosen = Chosen::from(Unwatched {}),
        /// How the observations are split, one stream for each part; the first that alarms counts. `tail`: half of the labels go to the least confident fifth. Absent: `all`.
        strata: Strata = Strata::All => Key::of(Form::Word(Strata::WORDS)).called("Split"),
        /// Labels a day, all strata together; people read 20 to 200, models thousands.
        per_day: f64 = 0.0 => number("labels a day", 0.0, 1e9).of_kinds().often("Labels a day", 0.0, 1_000.0),
        /// Probability of "bad" of a failure; people 0.9 to 0.98, models 0.6 to 0.9 (60 to 90 %).
        sensitivity: f64 = 1.0 => share().of_kinds().often("Sensitivity", 0.0, 1.0).reads("Bad answers found"),
        /// Probability of "good" of a success; people 0.95 to 0.99, models 0.85 to 0.97 (85 to 97 %).
        specificity: f64 = 1.0 => share().of_kinds().often("Specificity", 0.5, 1.0).reads("Good answers passed"),
        /// Price of one label; 0.5 to 5 by people, 0.001 to 0.02 by models.
        usd_each: f64 = 0.0 => number("USD", 0.0, 1e6).of_kinds().often("Price of a label", 0.0, 5.0),
        /// Fixed price, for tools and the people who look at them; 5 to 100.
        usd_per_day: f64 = 0.0 => number("USD a day", 0.0, MAX_USD).often("Fixed price", 0.0, 500.0),
        /// Mean delay from request to observation; 0 for models, 1 to 5 for people.
        delay_days: f64 = 0.0 => number("days", 0.0, 3650.0).often("Delay", 0.0, 30.0),
        /// Coefficient of variation of the delay; 0.5 is typical.
        delay_cv: f64 = 0.5 => number("", 0.0, 5.0).rarely("Delay variation", 0.0, 2.0)
            .reads_as(Shown::PerCent("Delays differ by", "% of the mean")),
        /// Histogram bins of a drift statistic; 10 is usual.
        bins: u32 = 10 => number("", 2.0, 1000.0).whole().of_kinds().rarely("Histogram bins", 2.0, 50.0),
        /// Cases of a regression suite; 200 to 2,000.
        cases: u32 = 1000 => number("", 1.0, 1e7).whole().of_kinds().often("Cases", 50.0, 5_000.0),
        /// Days between looks; 1, 7 or 28.
        every_days: u32 = 7 => number("days", 1.0, 3650.0).whole().of_kinds().often("Looks every", 1.0, 90.0),
        /// Probability of "bad" of a failed hidden-hard request (a confident wrong answer); without it, as `sensitivity`. Often much lower: 0.3 to 0.6 (30 to 60 %).
        sensitivity_hidden: Option<f64> = None => share().optional().of_kinds()
            .rarely("Sensitivity, hidden-hard", 0.0, 1.0).reads("Confidently wrong answers found").usually("Another sensitivity for confidently wrong answers", 0.5),
        /// Share of the traffic that a holdback keeps on the baseline for its comparison; without it, the policy's own. 0.01 to 0.05 (1 to 5 %) is usual.
        holdback_share: Option<f64> = None => number("", 0.0, 0.5).above().optional().of_kinds()
            .often("Held back", 0.005, 0.5).usually("A holdback of its own", 0.05),
        /// Days between refreshes of a regression suite from production; without it, never. 28 is a month.
        refresh_days: Option<u32> = None => number("days", 1.0, MAX_DAYS as f64).whole().optional().of_kinds()
            .rarely("Refreshed every", 7.0, 180.0).usually("Refreshed from production", 28.0),
        /// `holdback`: the signal compared.
        observes: Option<Telemetry> = None => Key::of(Form::Word(Telemetry::WORDS)).needed().of_kinds().called("Compares"),
        /// `human_review`, `judge`: how the labels are spread over tiers or segments: as many to each, as the traffic, or `∝ √(traffic·(1 − failure rate))`, which finds a break soonest where each is as likely; absent: `equal`.
        allocation: Allocation = Allocation::Equal => Key::of(Form::Word(Allocation::WORDS)).of_kinds().called("Labels"),
        /// Drift monitors: the statistic; absent: `psi`.
        statistic: DriftStatistic = DriftStatistic::Psi => Key::of(Form::Word(DriftStatistic::WORDS)).always().of_kinds().called("Statistic"),
        /// What turns the observations into alarms; needed but for `never` and `every`.
        [detector]: Detector => Key::of(Form::Inner).needed().of_kinds(),
    }
}

entry! {
    /// A monitor whose kind is not known yet.
    pub struct Unwatched {}
}

impl Described for Unwatched {
    const ABOUT: &'static About = &About::new(Family::Monitors, "");
}

words! {
    /// How a monitor splits what it sees.
    pub enum Strata {
        /// One pooled stream.
        All = "all" as "not at all",
        /// One stream a tier.
        Tier = "tier" as "by tier",
        /// One stream a segment.
        Segment = "segment" as "by segment",
        /// Oversamples low self-confidence and rare segments.
        Tail = "tail" as "the tail more often",
    }
}

words! {
    /// How labels are spread over strata. For finding which of them broke, `n ∝ √(ρ·W·p·q/Δ)` is a first-order answer, with `ρ` the chance
    /// that a stratum breaks, `W` its share of the traffic, `p` its failure rate (`q = 1 − p`) and `Δ` its rise; estimating a mean would
    /// take `n ∝ W·√(p·q)` (Neyman).
    pub enum Allocation {
        /// As many to each.
        Equal = "equal" as "as many to each",
        /// As the traffic.
        Proportional = "proportional" as "as the traffic",
        /// `∝ √(W·q)`: every stratum as likely to break, each by the same multiple of its rate.
        Detection = "detection" as "for detection",
    }
}

words! {
    /// Distance between a day's distribution and that of launch.
    pub enum DriftStatistic {
        /// Population stability index.
        Psi = "psi" as "population stability index",
        /// Kolmogorov–Smirnov.
        Ks = "ks" as "Kolmogorov–Smirnov",
        /// Jensen–Shannon.
        Js = "js" as "Jensen–Shannon",
    }
}

words! {
    /// What users do of their own accord, and what follows.
    pub enum Telemetry {
        /// Thumbs-down.
        ThumbsDown = "thumbs_down",
        /// Support tickets.
        Tickets = "tickets",
        /// Satisfaction survey.
        Csat = "csat" as "CSAT",
        /// Customers who leave.
        Churn = "churn",
    }
}

#[allow(
    clippy::derivable_impls,
    reason = "the macro derives for all vocabularies alike, and this one alone needs a default"
)]
impl Default for Telemetry {
    fn default() -> Self {
        Self::ThumbsDown
    }
}

entry! {
    /// What turns the observations into alarms.
    pub struct Detector {
        /// The chart.
        ..kind: Chosen = Chosen::from(Uncharted {}),
        /// Alternative to be found quickly, as a multiple of the launch failure rate, read through what this monitor sees of failures; 1.25 to 2. One far from the change that comes can be blind to it.
        ratio: f64 = 1.5 => number("", 0.01, 100.0).for_kinds().often("Looks for a rise of", 0.8, 4.0)
            .reads_as(Shown::PerCent("Looks for failures at", "% of the launch level")),
        /// EWMA: weight of the newest observation; 0.05 to 0.3, the smaller for the smaller change.
        weight: f64 = 0.2 => number("", 0.0, 1.0).above().for_kinds().often("Weight of the newest", 0.02, 1.0),
        /// Window of detectors that have one; 7 or 28.
        window_days: u32 = 7 => number("days", 1.0, MAX_DAYS as f64).whole().for_kinds().often("Window", 1.0, 60.0),
        /// Days from which the reference level is estimated; without it, the level is known from launch assumptions. 14 to 56 is usual.
        baseline_days: Option<u32> = None => number("days", 1.0, MAX_DAYS as f64).whole().optional()
            .often("Reference from", 7.0, 90.0).usually("Reference estimated from the first days", 28.0),
    }
}

entry! {
    /// A detector whose kind is not known yet.
    pub struct Uncharted {}
}

impl Described for Uncharted {
    const ABOUT: &'static About = &About::new(Family::Detectors, "");
}

impl Monitor {
    /// A monitor of a kind with every default and no detector.
    pub fn new(name: impl Into<String>, kind: impl Into<Chosen>) -> Self {
        Self { name: name.into(), kind: kind.into(), ..Self::default() }
    }
}

impl Detector {
    /// A detector of a kind with every default.
    pub fn new(kind: impl Into<Chosen>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }
}
