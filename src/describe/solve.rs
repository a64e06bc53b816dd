//! Moves the scenario until the figures hold that were answered.
//!
//! How well models answer is found by calibration. A bill is exactly proportional to the length of requests and answers, so that their number is
//! scaled once at the end.

use super::answers::Answers;
use super::build::{all, significant};
use super::models::Known;
use super::{Page, Problem};
use crate::calibrate::{self, Evaluate, Plan};
use crate::entry::written;
use crate::frontier::figures::{Asked, Whose};
use crate::model::address::{self, Address, Key, Target};
use crate::model::{Figure, Known as Seen, Range, Scenario};
use crate::simulation::world::World;

/// How far a model of which nothing is known may be from what is assumed, either way, on the scale of the model's ability (logits).
const OPEN: f64 = 0.6;

/// Evaluates one scenario after the other.
struct Alone;

impl Evaluate for Alone {
    type Error = std::convert::Infallible;

    fn values(&self, scenarios: &[Scenario], asked: &[Asked]) -> Result<Vec<Vec<Option<f64>>>, Self::Error> {
        Ok(scenarios
            .iter()
            .map(|scenario| values(scenario, asked).unwrap_or_else(|| vec![None; asked.len()]))
            .collect())
    }
}

fn values(scenario: &Scenario, asked: &[Asked]) -> Option<Vec<Option<f64>>> {
    let world = World::compile(scenario).ok()?;
    calibrate::values(&world, asked).ok()
}

fn quality(tier: usize, segment: Option<usize>) -> Asked {
    Asked { figure: Figure::Quality, whose: Whose::Tier(tier), segment, production: false }
}

/// Makes the figures hold. Returns how well each model answers each kind of requests, as shares.
pub(super) fn figures(
    scenario: &mut Scenario,
    answers: &Answers,
    models: &[Known],
    assumptions: &mut Vec<String>,
) -> Result<Vec<Vec<f64>>, Vec<Problem>> {
    let mut problems = Vec::new();
    for (tier, model) in models.iter().enumerate() {
        // One model's figures depend on no other model.
        let (wanted, is_answered) = wanted(scenario, tier, model);
        if let Err(problem) = meet(scenario, tier, wanted.clone()) {
            problems.push(problem);
        }
        scenario
            .known
            .extend(wanted.into_iter().zip(is_answered).filter(|(_, is_answered)| *is_answered).map(|(seen, _)| seen));
    }
    if problems.is_empty()
        && let Some(bill) = answers.bill_usd_per_month
        && let Err(problem) = meet_bill(scenario, answers, bill)
    {
        problems.push(problem);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    open(scenario, models, assumptions);
    let asked: Vec<Asked> = (0..scenario.tiers.len())
        .flat_map(|tier| (0..scenario.segments.len()).map(move |segment| quality(tier, Some(segment))))
        .collect();
    let good = values(scenario, &asked).unwrap_or_default();
    let good: Vec<f64> = good.into_iter().map(|value| value.unwrap_or(0.0)).collect();
    Ok(good.chunks(scenario.segments.len().max(1)).map(<[f64]>::to_vec).collect())
}

/// What a model has to reach, and which of that was answered.
fn wanted(scenario: &Scenario, tier: usize, model: &Known) -> (Vec<Seen>, Vec<bool>) {
    let name = &model.tier.name;
    let seen = |segment: Option<String>, value: f64, address: Address| Seen {
        tier: Some(name.clone()),
        segment,
        value: Some(value),
        free: vec![address::path(scenario, address)],
        ..Seen::default()
    };
    let target = Target::Tier(tier);
    let overall = model
        .overall
        .map(|value| (seen(None, value, Address { target, key: Key::Named("ability") }), model.is_answered));
    let by_kind = model.by_kind.iter().filter_map(|(place, value)| {
        let segment = scenario.segments.get(*place)?.name.clone();
        Some((seen(Some(segment), *value, Address { target, key: Key::At("skill", *place) }), true))
    });
    overall.into_iter().chain(by_kind).unzip()
}

fn meet(scenario: &mut Scenario, tier: usize, wanted: Vec<Seen>) -> Result<(), Problem> {
    if wanted.is_empty() {
        return Ok(());
    }
    let problem = |message: String| Err(Problem::new(Page::Models, message));
    let of = |scenario: &Scenario| scenario.tiers.get(tier).map(|tier| tier.name.clone()).unwrap_or_default();
    let asked = Scenario { known: wanted, ..scenario.clone() };
    let Ok(world) = World::compile(&asked) else {
        return problem(format!("\"{}\" cannot be simulated with these answers", of(scenario)));
    };
    let Ok(plan) = Plan::new(&world) else { return Ok(()) };
    let Ok(outcome) = plan.solve(&asked, &Alone);
    outcome.apply(scenario);
    for (aim, seen) in outcome.aims.iter().zip(&asked.known) {
        if !aim.is_met {
            let on = seen.segment.as_ref().map_or_else(String::new, |segment| format!(" on \"{segment}\""));
            let reach = aim.reachable.map_or_else(String::new, |(low, high)| {
                format!("; from {:.1} to {:.1} % is possible beside the other answers", 100.0 * low, 100.0 * high)
            });
            let wanted = written(100.0 * aim.wanted.0);
            return problem(format!("\"{}\" cannot answer {wanted} % well{on}{reach}", of(scenario)));
        }
    }
    Ok(())
}

fn meet_bill(scenario: &mut Scenario, answers: &Answers, bill: f64) -> Result<(), Problem> {
    let problem = |message: String| Err(Problem::new(Page::Models, message));
    let named = answers.bill_of.as_ref().and_then(|name| scenario.tier_index(name));
    let last = scenario.tiers.len().saturating_sub(1);
    let tier = named.unwrap_or(last);
    let name = scenario.tiers.get(tier).map(|tier| tier.name.clone()).unwrap_or_default();
    let asked =
        [Asked { figure: Figure::MonthlyInferenceUsd, whose: Whose::Tier(tier), segment: None, production: false }];
    let now = values(scenario, &asked).and_then(|found| found.first().copied().flatten()).filter(|now| *now > 0.0);
    let Some(now) = now else { return problem(format!("\"{name}\" costs nothing, so that it has no bill")) };
    let factor = bill / now;
    for segment in &mut scenario.segments {
        let tokens = &mut segment.tokens;
        for count in [&mut tokens.input, &mut tokens.output] {
            // Two digits more than a bill is met to.
            *count = format!("{:.7e}", *count * factor).parse().unwrap_or(*count);
            if !(1.0..=1e7).contains(count) {
                return problem(format!(
                    "a bill of {} USD a month would mean {} tokens a request or an answer: look at the bill, the requests a day and the prices again",
                    written(bill),
                    written(significant(*count))
                ));
            }
        }
    }
    let is_baseline = tier == last;
    scenario.known.push(Seen {
        figure: Figure::MonthlyInferenceUsd,
        policy: is_baseline.then(|| all(&name)),
        tier: (!is_baseline).then_some(name),
        value: Some(bill),
        ..Seen::default()
    });
    Ok(())
}

/// Models of which nothing is known get a range, told as good answers.
fn open(scenario: &mut Scenario, models: &[Known], assumptions: &mut Vec<String>) {
    let unknown: Vec<usize> = models
        .iter()
        .enumerate()
        .filter(|(_, model)| model.overall.is_some() && !model.is_answered)
        .map(|(tier, _)| tier)
        .collect();
    if unknown.is_empty() {
        return;
    }
    let asked: Vec<Asked> = unknown.iter().map(|tier| quality(*tier, None)).collect();
    let at = |step: f64| {
        let mut moved = scenario.clone();
        for (_, tier) in moved.tiers.iter_mut().enumerate().filter(|(place, _)| unknown.contains(place)) {
            tier.ability += step;
        }
        values(&moved, &asked).unwrap_or_default()
    };
    let (low, high) = (at(-OPEN), at(OPEN));
    let mut ranges = Vec::new();
    for (i, place) in unknown.iter().enumerate() {
        let (Some(tier), Some(model)) = (scenario.tiers.get(*place), models.get(*place)) else { continue };
        let percent = |values: &[Option<f64>]| {
            values.get(i).copied().flatten().map_or_else(|| "–".to_owned(), |x| format!("{:.0}", 100.0 * x))
        };
        assumptions.push(format!(
            "How well \"{}\" answers was not said: {:.0} % is assumed by its price, and {} to {} % held to be possible.",
            tier.name,
            100.0 * model.good,
            percent(&low),
            percent(&high)
        ));
        let address = Address { target: Target::Tier(*place), key: Key::Named("ability") };
        ranges.push(Range {
            key: address::path(scenario, address),
            low: Some(significant(tier.ability - OPEN)),
            high: Some(significant(tier.ability + OPEN)),
            source: format!("how well {} answers is not known; usual for its price", tier.name),
            ..Range::default()
        });
    }
    scenario.ranges.extend(ranges);
}
