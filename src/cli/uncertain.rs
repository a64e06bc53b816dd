//! `uncertain`: what the ranges do to the answer, what drives it, and what to measure first.

use clap::{Args, ValueEnum};

use super::{Common, Failure, Format, load, policy_of, pretty, with_progress};
use crate::jobs::{self, USUAL_POINTS, UncertainOptions};
use crate::report::uncertain;
use crate::uncertainty::outcome::Output;
use crate::uncertainty::sample::MOST_POINTS;

#[derive(Debug, Args)]
pub(super) struct Uncertain {
    #[command(flatten)]
    common: Common,
    /// Number of points drawn from the ranges, rounded up to a power of two.
    #[arg(long, default_value_t = USUAL_POINTS, value_parser = clap::value_parser!(u32).range(16..=MOST_POINTS as i64))]
    points: u32,
    /// Figure that is taken apart: what drives it.
    #[arg(long, value_enum, default_value_t = Figure::TotalChange)]
    output: Figure,
    /// Policy whose figure that is (default: the one under study).
    #[arg(long)]
    policy: Option<String>,
    /// At launch, or in production.
    #[arg(long, value_enum, default_value_t = Stage::Production)]
    when: Stage,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Figure {
    /// Inference cost, USD per 1,000 requests.
    #[value(name = "inference_usd_per_1k")]
    InferenceUsdPer1k,
    /// Mean success.
    Quality,
    /// Total cost against the baseline's.
    TotalChange,
    /// Extra downstream cost for each dollar of inference saved.
    TrapRatio,
    /// Total cost of 30 days, USD.
    UsdPerMonth,
}

impl Figure {
    fn output(self) -> Output {
        match self {
            Self::InferenceUsdPer1k => Output::InferenceUsdPer1k,
            Self::Quality => Output::Quality,
            Self::TotalChange => Output::TotalChange,
            Self::TrapRatio => Output::TrapRatio,
            Self::UsdPerMonth => Output::UsdPerMonth,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Stage {
    Launch,
    Production,
}

pub(super) fn run(asked: &Uncertain) -> Result<String, Failure> {
    let world = load(&asked.common)?;
    let scenario = &world.scenario;
    let policy = asked.policy.as_deref().map(|name| policy_of(scenario, Some(name))).transpose()?;
    let options = UncertainOptions {
        points: asked.points,
        policy,
        output: asked.output.output(),
        production: asked.when == Stage::Production,
    };
    let traffic = &world.traffic;
    let found =
        with_progress(asked.common.threads, |control| jobs::uncertain(scenario, traffic, &options, control, |_| {}))?;
    Ok(match asked.common.format {
        Format::Text => uncertain::text(scenario, &found),
        Format::Json => pretty(&uncertain::json(scenario, &found))?,
        Format::Csv => uncertain::csv(scenario, &found),
    })
}
