//! Figures that a lesson can reveal.

use crate::detection::study::Study;
use crate::frontier::{Frontier, Stage, claims};
use crate::model::{self, Expectation, Scenario, When};
use crate::words;

use super::Reveal;

/// A figure by what it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// Of a policy, as in a scenario's claims.
    Claim(model::Figure),
    /// Of a policy.
    Policy(PolicyFigure),
    /// Of a monitor.
    Monitor(MonitorFigure),
    /// First day of a material loss.
    OnsetDay,
}

words! {
    /// Figures of a policy beyond those that a scenario can claim.
    pub enum PolicyFigure {
        /// Inference cost against the baseline's.
        InferenceChange = "inference_change",
        /// Total cost against the baseline's.
        TotalChange = "total_change",
        /// Quality below the baseline's.
        QualityGap = "quality_gap",
        /// Quality gap at which the saving is eaten up.
        BreakEvenGap = "break_even_gap",
        /// Total cost, USD per 1,000 requests.
        TotalUsdPer1k = "total_usd_per_1k",
        /// Total cost above the baseline's, USD a month.
        MonthlyLossUsd = "monthly_loss_usd",
    }
}

words! {
    /// Figures of a monitor.
    pub enum MonitorFigure {
        /// Median days from onset to alarm.
        MedianDays = "median_days",
        /// Mean of those days, cut off at the horizon: defined where the median is not reached, too.
        RestrictedMeanDays = "restricted_mean_days",
        /// Share of runs with an alarm from the change on, of those without a false one before it.
        Detected = "detected",
        /// Median damage from onset to alarm, or to the horizon.
        DamageUsd = "damage_usd",
        /// Price.
        UsdPerDay = "usd_per_day",
    }
}

impl Figure {
    /// The figure of a word.
    pub fn parse(word: &str) -> Option<Self> {
        if word == "onset_day" {
            return Some(Self::OnsetDay);
        }
        model::Figure::of_word(word)
            .map(Self::Claim)
            .or_else(|| PolicyFigure::of_word(word).map(Self::Policy))
            .or_else(|| MonitorFigure::of_word(word).map(Self::Monitor))
    }

    /// Words of all figures.
    pub fn words() -> impl Iterator<Item = &'static str> {
        let all = [model::Figure::WORDS, PolicyFigure::WORDS, MonitorFigure::WORDS];
        all.into_iter().flatten().map(|w| w.word).chain(["onset_day"])
    }

    /// Whether the detection study has to be run for it.
    pub fn needs_study(self) -> bool {
        matches!(self, Self::Monitor(_) | Self::OnsetDay)
    }
}

/// The revealed figure, in its unit; `None` where it is not defined, or the study it needs is not there.
pub fn value(reveal: &Reveal, scenario: &Scenario, frontier: &Frontier, study: Option<&Study>) -> Option<f64> {
    let value = match reveal.figure {
        Figure::Claim(figure) => {
            let policy = reveal.of.clone();
            let when = if reveal.is_in_production { When::Production } else { When::Launch };
            let claim = Expectation { policy, figure, when, between: (0.0, 0.0) };
            claims::figure(scenario, frontier, &claim)?
        }
        Figure::Policy(figure) => {
            let stage = if reveal.is_in_production { frontier.latest() } else { &frontier.launch };
            policy(figure, scenario.policy_index(&reveal.of)?, stage, frontier.baseline)?
        }
        Figure::Monitor(figure) => {
            let index = scenario.monitors.iter().position(|m| m.name == reveal.of)?;
            let result = study?.monitors.iter().find(|m| m.monitor == index)?;
            match figure {
                MonitorFigure::MedianDays => result.outcome.days_to(0.5)?,
                MonitorFigure::RestrictedMeanDays => result.outcome.restricted_mean?.0,
                MonitorFigure::Detected => result.outcome.noticed.rate,
                MonitorFigure::DamageUsd => result.damage_median?.usd,
                MonitorFigure::UsdPerDay => result.usd_per_day,
            }
        }
        Figure::OnsetDay => f64::from(study?.onset_day?),
    };
    value.is_finite().then(|| reveal.in_unit(value))
}

fn policy(figure: PolicyFigure, policy: usize, stage: &Stage, baseline: usize) -> Option<f64> {
    let metrics = stage.metrics.get(policy)?;
    let total = |policy: usize| Some(stage.curves.get(policy)?.operating_point.as_ref()?.total_usd_per_1k);
    match figure {
        PolicyFigure::InferenceChange => metrics.inference_change,
        PolicyFigure::TotalChange => metrics.total_change,
        PolicyFigure::QualityGap => metrics.quality_gap,
        PolicyFigure::BreakEvenGap => metrics.break_even_gap,
        PolicyFigure::TotalUsdPer1k => total(policy),
        PolicyFigure::MonthlyLossUsd => {
            let per_request = (total(policy)? - total(baseline)?) / 1000.0;
            Some(per_request * stage.requests_per_day * claims::DAYS_PER_MONTH)
        }
    }
}
