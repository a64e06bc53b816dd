//! Figures that a lesson can reveal.

use crate::decision::choose::{Choice, Decision, Watched};
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
    /// Of an option: a policy, watched by a monitor or by nobody.
    Option(OptionFigure),
    /// Net value of the option to take; 0 where that is to stay on the baseline.
    BestValue,
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

words! {
    /// Figures of an option, as the policy stands in the scenario.
    pub enum OptionFigure {
        /// Expected net value against never leaving the baseline, USD over the horizon.
        Value = "value",
        /// Chance that the net value is below zero.
        Loses = "loses",
        /// Median days from the onset until the policy is taken back.
        DaysToActing = "days_to_acting",
        /// False-alarm budget at which the option is worth most.
        ChosenFalseAlarms = "chosen_false_alarms",
    }
}

/// What a figure is read off. What is not there yet is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'s> {
    /// The scenario.
    pub scenario: &'s Scenario,
    /// Its operating points.
    pub frontier: &'s Frontier,
    /// Its detection study.
    pub study: Option<&'s Study>,
    /// Its options, all of them.
    pub decision: Option<&'s Decision>,
}

impl Figure {
    /// The figure of a word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "onset_day" => return Some(Self::OnsetDay),
            "best_value" => return Some(Self::BestValue),
            _ => {}
        }
        model::Figure::of_claimed(word)
            .map(Self::Claim)
            .or_else(|| PolicyFigure::of_word(word).map(Self::Policy))
            .or_else(|| MonitorFigure::of_word(word).map(Self::Monitor))
            .or_else(|| OptionFigure::of_word(word).map(Self::Option))
    }

    /// Words of all figures.
    pub fn words() -> impl Iterator<Item = &'static str> {
        let all = [model::Figure::CLAIMED, PolicyFigure::WORDS, MonitorFigure::WORDS, OptionFigure::WORDS];
        all.into_iter().flatten().map(|w| w.word).chain(["onset_day", "best_value"])
    }

    /// Whether the detection study has to be run for it.
    pub fn needs_study(self) -> bool {
        matches!(self, Self::Monitor(_) | Self::OnsetDay)
    }

    /// Whether the options have to be worked out for it.
    pub fn needs_decision(self) -> bool {
        matches!(self, Self::Option(_) | Self::BestValue)
    }

    /// Whether it belongs to a policy or a monitor, rather than to the scenario as a whole.
    pub fn belongs_to_something(self) -> bool {
        !matches!(self, Self::OnsetDay | Self::BestValue)
    }
}

/// The revealed figure, in its unit; `None` where it is not defined, or what it is read off is not there.
pub fn value(reveal: &Reveal, sources: &Sources<'_>) -> Option<f64> {
    let Sources { scenario, frontier, study, decision } = *sources;
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
        Figure::Option(figure) => {
            let figures = option(reveal, scenario, decision?)?.figures.as_ref().ok()?;
            match figure {
                OptionFigure::Value => figures.value_usd,
                OptionFigure::Loses => figures.loses,
                OptionFigure::DaysToActing => figures.days_to_acting?,
                OptionFigure::ChosenFalseAlarms => figures.false_alarms_budget?,
            }
        }
        Figure::BestValue => {
            let decision = decision?;
            decision.options.get(decision.best)?.figures.as_ref().ok()?.value_usd
        }
    };
    value.is_finite().then(|| reveal.in_unit(value))
}

/// The option that a reveal is about: the policy as the scenario has it, watched as the reveal says.
fn option<'d>(reveal: &Reveal, scenario: &Scenario, decision: &'d Decision) -> Option<&'d Choice> {
    let policy = scenario.policy_index(&reveal.of)?;
    let monitor = match &reveal.watched_by {
        None => None,
        Some(name) => Some(scenario.monitors.iter().position(|m| m.name == *name)?),
    };
    let is_watched_so = |choice: &&Choice| match (&choice.watched, monitor) {
        (Watched::Stay | Watched::NotAtAll, None) => true,
        (Watched::Monitor(index), Some(monitor)) => *index == monitor,
        _ => false,
    };
    decision.options.iter().filter(|choice| choice.policy == policy && choice.knob_is_own).find(is_watched_so)
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
