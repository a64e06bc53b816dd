//! What the ranges of a scenario do to the answer: points in waves, what drives an output, and what knowing more is worth.

use rayon::prelude::*;

use super::pool::{Control, JobError};
use crate::frontier::Stages;
use crate::model::Scenario;
use crate::simulation::normal;
use crate::simulation::traffic::Traffic;
use crate::simulation::world::{World, WorldError};
use crate::uncertainty::flip::{self, Bar};
use crate::uncertainty::indices::{Design, Index, indices};
use crate::uncertainty::information::{self, Expected, MOST_TOGETHER, SAMPLES, Values};
use crate::uncertainty::inputs::{Input, Inputs};
use crate::uncertainty::marginal::Marginal;
use crate::uncertainty::outcome::{Output, Policies};
use crate::uncertainty::replicated::Estimate;
use crate::uncertainty::sample::{FEWEST_POINTS, MOST_POINTS};
use crate::uncertainty::summary::{Answers, PolicySummary, least};

/// Points that a study has unless it is told otherwise.
pub const USUAL_POINTS: u32 = 4096;
/// Points of a study for each of those that indices are read off, which are answered once more for each input.
const PER_INDEX: usize = 8;
/// Nodes of a range that a sample of labels is looked at on.
const NODES: usize = 200;
/// Steps of a map along each of its inputs.
pub const MAP_STEPS: usize = 25;

/// What a study is given.
#[derive(Clone, Debug, PartialEq)]
pub struct UncertainOptions {
    /// Points; rounded up to a power of two.
    pub points: u32,
    /// The policy whose output is taken apart, by its place in the scenario; `None`: the one under study.
    pub policy: Option<usize>,
    /// Which of its figures.
    pub output: Output,
    /// In production, or at launch.
    pub production: bool,
}

impl Default for UncertainOptions {
    fn default() -> Self {
        Self { points: USUAL_POINTS, policy: None, output: Output::TotalChange, production: true }
    }
}

/// What knowing some inputs is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Learning {
    /// Places of the inputs.
    pub inputs: Vec<usize>,
    /// Expected value of knowing them exactly, USD a month.
    pub perfect: Estimate,
    /// Of a rate: numbers of labels, and the expected value of that many, USD a month.
    pub samples: Vec<(u32, Estimate)>,
}

/// The best policy over two inputs, the others at their middles.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Places of the inputs, along and up.
    pub inputs: [usize; 2],
    /// Values of both.
    pub values: [Vec<f64>; 2],
    /// By step of the second and then of the first: the best policy, by its place in the scenario, and the chosen policy's total against the
    /// baseline's.
    pub cells: Vec<(usize, f64)>,
}

/// What a study has found so far.
#[derive(Clone, Debug)]
pub struct Uncertain {
    /// The inputs.
    pub inputs: Inputs,
    /// The policies.
    pub policies: Policies,
    /// The policy whose output is taken apart, by its place in the scenario.
    pub policy: usize,
    /// Which of its figures.
    pub output: Output,
    /// In production, or at launch.
    pub production: bool,
    /// Points in all, and those so far.
    pub points: [usize; 2],
    /// Points at which the scenario means nothing, and why at the first of them.
    pub refused: Option<(usize, String)>,
    /// By policy.
    pub summaries: Vec<PolicySummary>,
    /// The output at the middle of every range.
    pub at_middles: f64,
    /// By input.
    pub bars: Vec<Bar>,
    /// By input: where the policy's total equals the baseline's. Empty for the baseline itself.
    pub break_even: Vec<Option<f64>>,
    /// By input; `None`: not yet, or the inputs are correlated, and shares of the variance then mean nothing.
    pub indices: Option<Vec<Index>>,
    /// Expected value of knowing everything, USD a month.
    pub perfect: Option<Estimate>,
    /// Of each input and each group alone.
    pub learning: Vec<Learning>,
    /// The two inputs that matter most.
    pub map: Option<Map>,
}

impl Uncertain {
    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.points[0] == self.points[1] && self.perfect.is_some()
    }
}

/// The ranges of a scenario, or all that is wrong with them.
pub(super) fn inputs_of(scenario: &Scenario) -> Result<Inputs, JobError> {
    Inputs::of(scenario).map_err(|wrong| {
        JobError::Monitors(wrong.into_iter().map(|wrong| wrong.message).collect::<Vec<_>>().join("; "))
    })
}

/// The parts that every step of a study needs.
struct Desk<'s> {
    scenario: &'s Scenario,
    traffic: &'s Traffic,
    inputs: Inputs,
    policies: Policies,
    /// Place of the chosen policy among those that can be told.
    chosen: usize,
    options: &'s UncertainOptions,
}

/// Studies the ranges of a scenario on the current pool. `seen` is shown what is known so far.
///
/// # Errors
/// When the scenario has no ranges or cannot be simulated, the exact engine cannot tell the policy, or the job was cancelled.
pub fn uncertain(
    scenario: &Scenario,
    traffic: &Traffic,
    options: &UncertainOptions,
    control: &Control,
    mut seen: impl FnMut(&Uncertain),
) -> Result<Uncertain, JobError> {
    let desk = Desk::new(scenario, traffic, options)?;
    let count = desk.inputs.inputs.len();
    let points = (options.points as usize).clamp(FEWEST_POINTS, MOST_POINTS).next_power_of_two();
    let first = (points / PER_INDEX).max(FEWEST_POINTS);
    let is_independent = desk.inputs.copula.is_independent();
    let for_indices = if is_independent { first * (count + 1) } else { 0 };
    control.expect_steps((points + for_indices + count + MAP_STEPS * MAP_STEPS) as u64);

    let mut found = desk.begin(points, control)?;
    let mut answers = Answers::default();
    let mut uniform: Vec<Vec<f64>> = Vec::new();
    while answers.rows.len() < points {
        let from = answers.rows.len();
        let until = if from == 0 { FEWEST_POINTS } else { 2 * from }.min(points);
        let wave = (from..until).into_par_iter();
        let rows = control.each(wave, 1, |point| {
            let at = desk.inputs.uniform(scenario.seed, point, false);
            let answer = desk.answer(&desk.inputs.values(&at));
            Ok((at, answer))
        })?;
        for (at, answer) in rows {
            uniform.push(at);
            answers.rows.push(answer.unwrap_or_else(|error| {
                let refused = found.refused.get_or_insert_with(|| (0, error.to_string()));
                refused.0 += 1;
                Vec::new()
            }));
        }
        found.points[1] = answers.rows.len();
        found.summaries = answers.summaries(&desk.policies);
        seen(&found);
    }
    if answers.answered() == 0 {
        let why = found.refused.map(|(_, why)| why).unwrap_or_default();
        return Err(JobError::Monitors(format!("the scenario means nothing at any point of its ranges: {why}")));
    }
    desk.learn(&uniform, &answers, &mut found, control)?;
    seen(&found);
    if is_independent {
        found.indices = Some(desk.indices(&answers, first, control)?);
        seen(&found);
    }
    found.map = desk.map_of_most(&found).map(|inputs| desk.map(inputs, control)).transpose()?;
    Ok(found)
}

/// The map of two inputs, by their places.
///
/// # Errors
/// As for [`uncertain`].
pub fn map(
    scenario: &Scenario,
    traffic: &Traffic,
    options: &UncertainOptions,
    inputs: [usize; 2],
    control: &Control,
) -> Result<Map, JobError> {
    control.expect_steps((MAP_STEPS * MAP_STEPS) as u64);
    Desk::new(scenario, traffic, options)?.map(inputs, control)
}

impl<'s> Desk<'s> {
    fn new(scenario: &'s Scenario, traffic: &'s Traffic, options: &'s UncertainOptions) -> Result<Self, JobError> {
        let inputs = inputs_of(scenario)?;
        if inputs.inputs.is_empty() {
            let message = "the scenario has no [[range]]: say of a number that you do not know exactly how low and how high it may be, as in \
                           [[range]] key = \"economics.churn.usd\" low = 100 high = 500";
            return Err(JobError::Monitors(message.to_owned()));
        }
        // Which policies can be told depends on their kinds alone.
        let world = World::new(scenario, traffic.clone())?;
        let policies = Policies::of(&Stages::new(&world)?)?;
        let wanted = options.policy.or_else(|| scenario.studied_policy()).ok_or(WorldError::Missing("policy"))?;
        let name = scenario.policies.get(wanted).map_or("", |policy| policy.name.as_str());
        let chosen = policies.told.iter().position(|policy| *policy == wanted).ok_or_else(|| {
            let message = "learns or steers as it goes, so only simulation tells its figures, and points are answered without: choose another with --policy";
            JobError::Monitors(format!("policy \"{name}\" {message}"))
        })?;
        Ok(Self { scenario, traffic, inputs, policies, chosen, options })
    }

    /// The figures of every policy at these values of the inputs.
    fn answer(&self, values: &[f64]) -> Result<Vec<f64>, WorldError> {
        self.policies.answer(&self.inputs.at(self.scenario, values), self.traffic)
    }

    /// The chosen output of an answer; NaN where it is not defined.
    fn output_of(&self, answer: &[f64]) -> f64 {
        let place = self.policies.place(self.options.production, self.chosen, self.options.output);
        answer.get(place).copied().unwrap_or(f64::NAN)
    }

    fn output(&self, values: &[f64]) -> f64 {
        self.answer(values).map_or(f64::NAN, |answer| self.output_of(&answer))
    }

    /// The chosen policy's total against the baseline's, at the stage that is looked at.
    fn change(&self, answer: &[f64]) -> f64 {
        let place = self.policies.place(self.options.production, self.chosen, Output::TotalChange);
        answer.get(place).copied().unwrap_or(f64::NAN)
    }

    /// What can be told without points: bars and break-even values.
    fn begin(&self, points: usize, control: &Control) -> Result<Uncertain, JobError> {
        let middles = self.inputs.middles();
        let inputs = self.inputs.inputs.par_iter().enumerate();
        let is_baseline = self.chosen == self.policies.baseline;
        let ends = control.each(inputs, 1, |(place, input)| {
            let bar = flip::bar(input, place, &middles, |values| self.output(values));
            let change = |values: &[f64]| self.answer(values).map_or(f64::NAN, |answer| self.change(&answer));
            let zero = (!is_baseline).then(|| flip::break_even(input, place, &middles, change));
            Ok((bar, zero))
        })?;
        let (bars, break_even): (Vec<Bar>, Vec<Option<Option<f64>>>) = ends.into_iter().unzip();
        Ok(Uncertain {
            inputs: self.inputs.clone(),
            policies: self.policies.clone(),
            policy: self.policies.told.get(self.chosen).copied().unwrap_or(0),
            output: self.options.output,
            production: self.options.production,
            points: [points, 0],
            refused: None,
            summaries: Vec::new(),
            at_middles: self.output(&middles),
            bars,
            break_even: break_even.into_iter().flatten().collect(),
            indices: None,
            perfect: None,
            learning: Vec::new(),
            map: None,
        })
    }

    /// What knowing more is worth.
    fn learn(
        &self,
        uniform: &[Vec<f64>],
        answers: &Answers,
        found: &mut Uncertain,
        control: &Control,
    ) -> Result<(), JobError> {
        // Points that were refused are left out everywhere, so that rows belong together.
        let answered = || uniform.iter().zip(&answers.rows).filter(|(_, row)| !row.is_empty());
        let places: Vec<usize> = self
            .policies
            .choices
            .iter()
            .map(|policy| self.policies.place(true, *policy, Output::UsdPerMonth))
            .collect();
        let values: Values = answered()
            .map(|(_, row)| places.iter().map(|place| -row.get(*place).copied().unwrap_or(f64::NAN)).collect())
            .collect();
        let joined: Vec<Vec<f64>> = answered().map(|(at, _)| self.inputs.joined(at)).collect();
        let scales: Vec<Scale> = self.inputs.inputs.iter().map(Scale::of).collect();
        let alone = (0..scales.len()).map(|input| vec![input]);
        let together = self.inputs.groups.iter().filter(|group| group.len() <= MOST_TOGETHER).cloned();
        let sets: Vec<Vec<usize>> = alone.chain(together).collect();
        found.perfect = Some(information::perfect(&values));
        found.learning = control.each(sets.into_par_iter(), 0, |set| {
            let coordinates = |point: &Vec<f64>| -> Vec<(f64, f64)> {
                set.iter().filter_map(|input| Some(scales.get(*input)?.coordinates(*point.get(*input)?))).collect()
            };
            let points: Vec<Vec<(f64, f64)>> = joined.iter().map(coordinates).collect();
            let expected = Expected::new(&points, &values);
            let rate = match set.as_slice() {
                [input] => scales.get(*input).filter(|scale| scale.is_rate),
                _ => None,
            };
            let samples = rate.map_or_else(Vec::new, |scale| {
                let nodes = scale.nodes();
                SAMPLES.iter().map(|labels| (*labels, expected.sample(&nodes, *labels))).collect()
            });
            Ok(Learning { perfect: expected.partial(&values), inputs: set, samples })
        })?;
        Ok(())
    }

    /// The indices of the chosen output.
    fn indices(&self, answers: &Answers, first: usize, control: &Control) -> Result<Vec<Index>, JobError> {
        let count = self.inputs.inputs.len();
        let a: Vec<f64> = answers.rows.iter().take(first).map(|row| self.output_of(row)).collect();
        // At the second points, and at the first with one coordinate of the second.
        let work = (0..first * (count + 1)).into_par_iter();
        let outputs = control.each(work, 1, |unit| {
            let (point, which) = (unit / (count + 1), unit % (count + 1));
            let second = self.inputs.uniform(self.scenario.seed, point, true);
            let mut at = second.clone();
            if let Some(input) = which.checked_sub(1) {
                at = self.inputs.uniform(self.scenario.seed, point, false);
                if let (Some(to), Some(from)) = (at.get_mut(input), second.get(input)) {
                    *to = *from;
                }
            }
            Ok(self.output(&self.inputs.values(&at)))
        })?;
        let column = |which: usize| outputs.iter().skip(which).step_by(count + 1).copied().collect::<Vec<f64>>();
        Ok(indices(&Design { a, b: column(0), ab: (1..=count).map(column).collect() }))
    }

    /// The two inputs with the longest bars.
    fn map_of_most(&self, found: &Uncertain) -> Option<[usize; 2]> {
        let mut order: Vec<usize> = (0..found.bars.len()).collect();
        let length = |input: &usize| found.bars.get(*input).map_or(0.0, |bar| (bar.high - bar.low).abs());
        order.sort_by(|a, b| length(b).total_cmp(&length(a)));
        match order.as_slice() {
            [first, second, ..] => Some([*first, *second]),
            _ => None,
        }
    }

    fn map(&self, inputs: [usize; 2], control: &Control) -> Result<Map, JobError> {
        let [along, up] = inputs
            .map(|input| self.inputs.inputs.get(input).map_or_else(Vec::new, |input| flip::steps(input, MAP_STEPS)));
        let middles = self.inputs.middles();
        let work = (0..along.len() * up.len()).into_par_iter();
        let cells = control.each(work, 1, |cell| {
            let mut values = middles.clone();
            for (input, value) in inputs.iter().zip([along.get(cell % along.len()), up.get(cell / along.len())]) {
                if let (Some(to), Some(value)) = (values.get_mut(*input), value) {
                    *to = *value;
                }
            }
            let answer = self.answer(&values).unwrap_or_default();
            let best = least(&self.policies, &answer).map(|(place, _)| place);
            let best = best.and_then(|place| self.policies.told.get(place)).copied();
            Ok((best.unwrap_or(usize::MAX), self.change(&answer)))
        })?;
        Ok(Map { inputs, values: [along, up], cells })
    }
}

/// An input as regressions see it: its value in units of its spread, and its normal score.
struct Scale {
    marginal: Marginal,
    middle: f64,
    spread: f64,
    is_rate: bool,
}

impl Scale {
    fn of(input: &Input) -> Self {
        let [low, middle, high] = [0.05, 0.5, 0.95].map(|p| input.marginal.quantile(p));
        let spread = if high > low { high - low } else { 1.0 };
        Self { middle, spread, is_rate: input.marginal.is_rate(), marginal: input.marginal.clone() }
    }

    fn coordinates(&self, uniform: f64) -> (f64, f64) {
        // Of listed values only the value itself can be learnt, not the point within its step.
        let score = self.marginal.step(uniform).map_or(uniform, |[low, high]| f64::midpoint(low, high));
        ((self.marginal.quantile(uniform) - self.middle) / self.spread, normal::quantile(score))
    }

    fn nodes(&self) -> Vec<(f64, f64, f64)> {
        let at = |i: usize| {
            let uniform = (i as f64 + 0.5) / NODES as f64;
            let (value, score) = self.coordinates(uniform);
            (self.marginal.quantile(uniform), value, score)
        };
        (0..NODES).map(at).collect()
    }
}
