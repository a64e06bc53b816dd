//! What every option is worth where numbers are ranges: an outer sample of points, a few runs at each.

use std::collections::HashMap;

use super::decide::{self, Budgets, DecideOptions};
use super::pool::{Control, JobError};
use super::uncertain::inputs_of;
use crate::decision::choose::{self, Choice, Decision, Figures, Watched};
use crate::frontier::Stages;
use crate::model::Scenario;
use crate::simulation::traffic::Traffic;
use crate::simulation::world::World;
use crate::uncertainty::information;
use crate::uncertainty::replicated::Estimate;
use crate::uncertainty::sample::{SCRAMBLES, scramble_of};

/// Runs of each world at each point, unless it is told otherwise.
pub const USUAL_RUNS: u32 = 50;
/// Most points: each is a decision of its own.
const MOST_POINTS: usize = 1 << 14;

/// Options over the ranges of a scenario.
#[derive(Clone, Debug)]
pub struct OverRanges {
    /// The options as for one point: means, and quantiles of all that may come.
    pub decision: Decision,
    /// Points.
    pub points: usize,
    /// Runs of each world at each point.
    pub runs: u32,
    /// By option, in their order.
    pub spreads: Vec<Spread>,
    /// Expected value of knowing all numbers that have ranges, USD over the horizon.
    pub perfect: Estimate,
}

/// An option over the points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Chance that its expected value is the greatest of all that can be had.
    pub is_best: Estimate,
    /// Mean of the greatest expected value less its own, USD.
    pub expected_loss_usd: Estimate,
    /// 5 and 95 % quantiles of its expected value, USD.
    pub expected_usd: [f64; 2],
    /// 5 and 95 % quantiles of the median days to acting; `None`: at some of these points nobody acts.
    pub days_to_acting: [Option<f64>; 2],
}

/// Works out every policy as it is set, and the setting that is worth most at the file's values, watched by nobody and by each monitor, at so many
/// points of the ranges (rounded up to a power of two), with `options.replicates` runs of each world at each. False-alarm budgets are those that are worth most at the file's values: what a team
/// would set. Of few runs the best is partly the luckiest, so chances to be best are drawn towards each other and losses are a little high.
///
/// # Errors
/// When the scenario has no ranges, or cannot be simulated at some point of them, or the job was cancelled.
pub fn decide_over_ranges(
    scenario: &Scenario,
    traffic: &Traffic,
    options: &DecideOptions,
    points: usize,
    control: &Control,
) -> Result<OverRanges, JobError> {
    let inputs = inputs_of(scenario)?;
    if inputs.inputs.is_empty() {
        let message = "the scenario has no [[range]]; without ranges, decide says what every option is worth at the file's values";
        return Err(JobError::Monitors(message.to_owned()));
    }
    let points = points.clamp(SCRAMBLES, MOST_POINTS).next_power_of_two();
    let settings = decide::best_settings(&Stages::new(&World::new(scenario, traffic.clone())?)?, control)?;
    let at = |scenario: &Scenario, options: &DecideOptions, budgets: Option<&Budgets>| {
        let world = World::new(scenario, traffic.clone())?;
        decide::at_settings(&Stages::new(&world)?, settings.clone(), options, budgets, control)
    };
    let (believed, _) = at(scenario, &DecideOptions::of(scenario), None)?;
    let budgets: Budgets = believed.iter().filter_map(budget).collect();
    // By point, in the same order of options.
    let mut known: Vec<Vec<Choice>> = Vec::with_capacity(points);
    let mut chances = Vec::with_capacity(points);
    for point in 0..points {
        let values = inputs.values(&inputs.uniform(scenario.seed, point, false));
        let (choices, chance) = at(&inputs.at(scenario, &values), options, Some(&budgets))?;
        chances.push(chance);
        known.push(in_order(&believed, &choices));
    }
    let chance = chances.iter().sum::<f64>() / points as f64;
    let merged = believed.iter().enumerate().map(|(place, choice)| over(choice, place, &known)).collect();
    let mut decision = choose::decide(merged, chance, scenario.traffic.days, scenario.response.is_none());
    decision.best = simplest(&decision, &believed, &known);
    Ok(summed_up(decision, &believed, &known, options.replicates))
}

/// The budget of an option that is watched by a monitor.
fn budget(choice: &Choice) -> Option<((usize, bool, usize), f64)> {
    match (&choice.watched, &choice.figures) {
        (Watched::Monitor(monitor), Ok(figures)) => {
            Some(((choice.policy, choice.knob_is_own, *monitor), figures.false_alarms_budget?))
        }
        _ => None,
    }
}

fn is_same(a: &Choice, b: &Choice) -> bool {
    a.policy == b.policy && a.knob_is_own == b.knob_is_own && a.watched == b.watched
}

/// Choices in the order of others.
fn in_order(wanted: &[Choice], choices: &[Choice]) -> Vec<Choice> {
    let find = |wanted: &Choice| {
        let missing = || Choice { figures: Err("it is no option at some points".to_owned()), ..wanted.clone() };
        choices.iter().find(|choice| is_same(choice, wanted)).cloned().unwrap_or_else(missing)
    };
    wanted.iter().map(find).collect()
}

/// One option over all points; where it cannot be studied at one of them, the reason.
fn over(choice: &Choice, place: usize, known: &[Vec<Choice>]) -> Choice {
    let of_points: Result<Vec<&Figures>, String> =
        known.iter().filter_map(|point| point.get(place)).map(|c| c.figures.as_ref().map_err(Clone::clone)).collect();
    let figures = of_points.and_then(|points| {
        let mean = by_scramble(points.iter().map(|figures| figures.value_usd));
        Figures::over(&points, mean.se).ok_or_else(|| "there are no points".to_owned())
    });
    Choice { figures, ..choice.clone() }
}

/// Expected value of an option at a point, USD; NaN where it cannot be studied there.
fn value(point: &[Choice], place: usize) -> f64 {
    let figures = point.get(place).and_then(|choice| choice.figures.as_ref().ok());
    figures.map_or(f64::NAN, |figures| figures.value_usd)
}

/// A mean over points, with its error from the scatter over scramblings.
fn by_scramble(values: impl Iterator<Item = f64>) -> Estimate {
    let mut sums = [[0.0; 2]; SCRAMBLES];
    for (point, value) in values.enumerate() {
        if let Some([sum, count]) = sums.get_mut(scramble_of(point)) {
            *sum += value;
            *count += 1.0;
        }
    }
    let [sum, count] = sums.iter().fold([0.0; 2], |all, own| [all[0] + own[0], all[1] + own[1]]);
    let means: Vec<f64> = sums.iter().filter(|own| own[1] > 0.0).map(|own| own[0] / own[1]).collect();
    Estimate::pooled(sum / f64::max(count, 1.0), &means)
}

/// The simplest option that is no further from the greatest expected value than the standard error of their difference: what the ranges do to
/// both alike tells them not apart.
fn simplest(decision: &Decision, believed: &[Choice], known: &[Vec<Choice>]) -> usize {
    let place = |choice: &Choice| believed.iter().position(|other| is_same(other, choice));
    let real = || decision.options.iter().enumerate().filter(|(_, choice)| choice.is_real && choice.figures.is_ok());
    let Some(top) = real().next().and_then(|(_, choice)| place(choice)) else { return decision.best };
    let is_near = |choice: &Choice| {
        place(choice).is_some_and(|own| {
            let behind = by_scramble(known.iter().map(|point| value(point, top) - value(point, own)));
            behind.value <= behind.se + choose::CENT
        })
    };
    // Of equals the one worth most, which stands first.
    real()
        .filter(|(_, choice)| is_near(choice))
        .min_by_key(|(_, choice)| choice.effort())
        .map_or(decision.best, |(index, _)| index)
}

fn summed_up(decision: Decision, believed: &[Choice], known: &[Vec<Choice>], runs: u32) -> OverRanges {
    // Those that can be had and studied everywhere, by their places.
    let can_be_had = |place: &usize| {
        believed.get(*place).is_some_and(|choice| choice.is_real)
            && known.iter().all(|point| point.get(*place).is_some_and(|choice| choice.figures.is_ok()))
    };
    let real: Vec<usize> = (0..believed.len()).filter(can_be_had).collect();
    let values: Vec<Vec<f64>> =
        known.iter().map(|point| real.iter().map(|place| value(point, *place)).collect()).collect();
    let greatest = |point: &Vec<Choice>| {
        // Of equals the first: what takes no effort stands first.
        real.iter().map(|place| (*place, value(point, *place))).reduce(|a, b| if b.1 > a.1 { b } else { a })
    };
    let best: HashMap<usize, (usize, f64)> =
        known.iter().enumerate().filter_map(|(index, point)| Some((index, greatest(point)?))).collect();
    let spread = |choice: &Choice| {
        let Some(place) = believed.iter().position(|other| is_same(other, choice)) else { return Spread::default() };
        let of = |f: &dyn Fn(usize, &Vec<Choice>) -> f64| {
            by_scramble(known.iter().enumerate().map(|(i, point)| f(i, point)))
        };
        let mut means: Vec<f64> = known.iter().map(|point| value(point, place)).filter(|x| !x.is_nan()).collect();
        means.sort_by(f64::total_cmp);
        let mut days: Vec<f64> = known
            .iter()
            .filter_map(|point| point.get(place)?.figures.as_ref().ok())
            .map(|figures| figures.days_to_acting.unwrap_or(f64::INFINITY))
            .collect();
        days.sort_by(f64::total_cmp);
        let at = |sorted: &[f64], p| crate::uncertainty::summary::quantile(sorted, p);
        Spread {
            is_best: of(&|index, _| f64::from(best.get(&index).is_some_and(|(best, _)| *best == place))),
            expected_loss_usd: of(&|index, point| best.get(&index).map_or(0.0, |(_, best)| best - value(point, place))),
            expected_usd: [at(&means, 0.05), at(&means, 0.95)],
            days_to_acting: [0.05, 0.95].map(|p| Some(at(&days, p)).filter(|days| days.is_finite())),
        }
    };
    let spreads = decision.options.iter().map(spread).collect();
    OverRanges { points: known.len(), runs, spreads, perfect: information::perfect(&values), decision }
}
