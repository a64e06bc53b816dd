//! Options side by side: what each is worth, and which to take.

use super::watch::Tally;
use super::worth::Worth;
use crate::frontier::point::wilson_interval;
use crate::model::Monitor;

/// False-alarm budgets that an option chooses from.
pub const BUDGETS: [f64; 7] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/// Values closer than this are equal, USD: a policy that routes nothing differs from staying by the dust of sums.
pub const CENT: f64 = 0.01;

/// Values that an outline consists of.
pub const OUTLINE: usize = 40;

/// How an option watches its policy.
#[derive(Clone, Debug, PartialEq)]
pub enum Watched {
    /// The policy is the baseline: there is nothing to watch.
    Stay,
    /// Not at all.
    NotAtAll,
    /// By a monitor of the scenario, by its index.
    Monitor(usize),
    /// By what the search for a plan found.
    Plan(Vec<Monitor>),
}

/// A policy at a knob, watched in one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Index of the policy.
    pub policy: usize,
    /// Setting of its knob; `None`: it has none.
    pub knob: Option<f64>,
    /// Whether that is the scenario's own setting.
    pub knob_is_own: bool,
    /// How it is watched.
    pub watched: Watched,
    /// Whether a team could have it: the truth and the controls are there to compare with.
    pub is_real: bool,
    /// What it comes to, or why it cannot be studied.
    pub figures: Result<Figures, String>,
}

/// What an option comes to over the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// False-alarm budget of greatest expected value; `None` where nobody watches.
    pub false_alarms_budget: Option<f64>,
    /// Thresholds at that budget, one a monitor.
    pub thresholds: Vec<f64>,
    /// Expected net value against staying on the baseline, USD.
    pub value_usd: f64,
    /// Its standard error, USD.
    pub value_se_usd: f64,
    /// 5, 50 and 95 % quantiles of the net value, USD.
    pub quantiles_usd: [f64; 3],
    /// Equally likely net values, in their order, that stand for all of them, USD.
    pub outline_usd: [f64; OUTLINE],
    /// Expected net value at launch and in production, USD.
    pub value_by_world_usd: [f64; 2],
    /// Chance that the net value is below zero.
    pub loses: f64,
    /// Median days from the onset to acting; `None`: no onset, or fewer than half of the production runs act.
    pub days_to_acting: Option<f64>,
    /// Share of production runs in which the policy is taken back for a reason.
    pub acts: f64,
    /// Mean damage of production runs until the policy was out, USD.
    pub damage_usd: f64,
    /// Expected price of watching, USD.
    pub watching_usd: f64,
    /// Expected price of investigations, USD.
    pub investigating_usd: f64,
    /// Share of launch runs with an alarm, and its 95 % interval.
    pub false_alarms: (f64, [f64; 2]),
    /// Mean quality of the answers on the last day of production.
    pub quality_at_end: f64,
    /// Runs of each world; 0: the figures are exact.
    pub runs: usize,
}

impl Figures {
    /// Of a policy that nobody watches: it is worth the sum of its days, exactly.
    pub fn unwatched(worth: &Worth, change_probability: f64) -> Self {
        let worlds = [worth.whole_usd(false), worth.whole_usd(true)];
        let outcomes = mixture(worlds.map(|usd| vec![usd]), change_probability);
        let days = u32::try_from(worth.days()).unwrap_or(u32::MAX);
        let share = worth.share_on(days.saturating_sub(1));
        Self {
            false_alarms_budget: None,
            thresholds: Vec::new(),
            value_usd: worlds[0] * (1.0 - change_probability) + worlds[1] * change_probability,
            value_se_usd: 0.0,
            quantiles_usd: quantiles(&outcomes, [0.05, 0.5, 0.95]),
            outline_usd: outline(&outcomes),
            value_by_world_usd: worlds,
            loses: loses(&outcomes),
            days_to_acting: None,
            acts: 0.0,
            damage_usd: worth.damage_between_usd(0, days),
            watching_usd: 0.0,
            investigating_usd: 0.0,
            false_alarms: (0.0, [0.0, 0.0]),
            quality_at_end: quality(worth, share),
            runs: 0,
        }
    }

    /// Read off runs. `action`: what takes the policy's place; `None`: the baseline.
    pub fn of(
        tally: &Tally,
        budget: Option<f64>,
        thresholds: Vec<f64>,
        change_probability: f64,
        worth: &Worth,
        action: Option<&Worth>,
    ) -> Self {
        let n = tally.values_usd.each_ref().map(|values| values.len() as f64);
        let mean = |sums: [f64; 2]| {
            let of = |world: usize| if n[world] > 0.0 { sums[world] / n[world] } else { 0.0 };
            (1.0 - change_probability) * of(0) + change_probability * of(1)
        };
        let (value_usd, value_se_usd) = tally.value_usd(change_probability);
        let outcomes = mixture(tally.values_usd.clone(), change_probability);
        let by_world = |world: usize| tally.values_usd[world].iter().sum::<f64>() / n[world].max(1.0);
        let last = u32::try_from(worth.days()).unwrap_or(u32::MAX).saturating_sub(1);
        let share = worth.share_on(last);
        let left = if n[1] > 0.0 { tally.left_at_end[1] / n[1] } else { 1.0 };
        let [of_action, _] = action.map_or([worth.quality_at_end[1][1]; 2], |action| action.quality_at_end[1]);
        let [of_policy, of_baseline] = worth.quality_at_end[1];
        let false_ones = tally.alarmed[0] as f64;
        Self {
            false_alarms_budget: budget,
            thresholds,
            value_usd,
            value_se_usd,
            quantiles_usd: quantiles(&outcomes, [0.05, 0.5, 0.95]),
            outline_usd: outline(&outcomes),
            value_by_world_usd: [by_world(0), by_world(1)],
            loses: loses(&outcomes),
            days_to_acting: worth.onset_day.and_then(|onset| median_delay(&tally.acting_days, onset)),
            acts: tally.acting_days.iter().flatten().count() as f64 / n[1].max(1.0),
            damage_usd: if n[1] > 0.0 { tally.damage_usd / n[1] } else { 0.0 },
            watching_usd: mean(tally.watching_usd),
            investigating_usd: mean(tally.investigating_usd),
            false_alarms: (false_ones / n[0].max(1.0), wilson_interval(false_ones, n[0])),
            quality_at_end: share * (left * of_policy + (1.0 - left) * of_action) + (1.0 - share) * of_baseline,
            runs: tally.values_usd[0].len(),
        }
    }
}

impl Figures {
    /// The same option at several points that are equally likely: means, and quantiles of all that may come. `se`: the standard error of the
    /// mean value, USD.
    pub fn over(points: &[&Self], se: f64) -> Option<Self> {
        let first = *points.first()?;
        let n = points.len() as f64;
        let mean = |of: &dyn Fn(&Self) -> f64| points.iter().map(|point| of(point)).sum::<f64>() / n;
        let mut outcomes: Vec<(f64, f64)> =
            points.iter().flat_map(|point| point.outline_usd).map(|usd| (usd, 1.0 / (n * OUTLINE as f64))).collect();
        outcomes.sort_by(|a, b| a.0.total_cmp(&b.0));
        // A point at which nobody acts is longer than any.
        let mut days: Vec<f64> = points.iter().filter_map(|point| point.days_to_acting).collect();
        days.sort_by(f64::total_cmp);
        Some(Self {
            false_alarms_budget: first.false_alarms_budget,
            thresholds: Vec::new(),
            value_usd: mean(&|f| f.value_usd),
            value_se_usd: se,
            quantiles_usd: quantiles(&outcomes, [0.05, 0.5, 0.95]),
            outline_usd: outline(&outcomes),
            value_by_world_usd: [0, 1].map(|world| mean(&|f| f.value_by_world_usd[world])),
            loses: mean(&|f| f.loses),
            days_to_acting: days.get((points.len().saturating_sub(1)) / 2).copied(),
            acts: mean(&|f| f.acts),
            damage_usd: mean(&|f| f.damage_usd),
            watching_usd: mean(&|f| f.watching_usd),
            investigating_usd: mean(&|f| f.investigating_usd),
            false_alarms: (mean(&|f| f.false_alarms.0), [0, 1].map(|end| mean(&|f| f.false_alarms.1[end]))),
            quality_at_end: mean(&|f| f.quality_at_end),
            runs: points.iter().map(|point| point.runs).sum(),
        })
    }
}

fn quality(worth: &Worth, share: f64) -> f64 {
    let [policy, baseline] = worth.quality_at_end[1];
    share * policy + (1.0 - share) * baseline
}

/// Median of the days from the onset to acting; a run that never acts is longer than any.
fn median_delay(acting: &[Option<u32>], onset: u32) -> Option<f64> {
    let mut days: Vec<u32> = acting.iter().flatten().map(|day| day.saturating_sub(onset)).collect();
    days.sort_unstable();
    let middle = acting.len().checked_sub(1)? / 2;
    days.get(middle).map(|day| f64::from(*day))
}

/// Values with their probabilities, the least first.
fn mixture(values: [Vec<f64>; 2], change_probability: f64) -> Vec<(f64, f64)> {
    let weights = [1.0 - change_probability, change_probability];
    let mut all: Vec<(f64, f64)> = Vec::new();
    for (values, weight) in values.into_iter().zip(weights) {
        let each = weight / values.len().max(1) as f64;
        all.extend(values.into_iter().filter(|_| weight > 0.0).map(|value| (value, each)));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

/// The middles of as many equally likely parts as an outline has.
fn outline(outcomes: &[(f64, f64)]) -> [f64; OUTLINE] {
    quantiles(outcomes, std::array::from_fn(|part| (part as f64 + 0.5) / OUTLINE as f64))
}

/// Quantiles of values with their probabilities, the least first.
fn quantiles<const N: usize>(outcomes: &[(f64, f64)], shares: [f64; N]) -> [f64; N] {
    shares.map(|share| {
        let mut below = 0.0;
        let reached = outcomes.iter().find(|(_, weight)| {
            below += weight;
            // Sums of many equal weights end a little off.
            below >= share - 1e-12
        });
        reached.or(outcomes.last()).map_or(0.0, |(value, _)| *value)
    })
}

fn loses(outcomes: &[(f64, f64)]) -> f64 {
    outcomes.iter().filter(|(value, _)| *value < 0.0).map(|(_, weight)| weight).sum::<f64>().min(1.0)
}

/// Options in their order, and which of them to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Chance that the events happen; 0 where there are none.
    pub change_probability: f64,
    /// Days of the horizon.
    pub days: u32,
    /// Whether the scenario says what people do about an alarm; otherwise the format's defaults are assumed.
    pub response_is_assumed: bool,
    /// By decreasing expected value; those that cannot be studied come last.
    pub options: Vec<Choice>,
    /// Index of the option to take: the simplest within a standard error of the greatest expected value.
    pub best: usize,
    /// Index of the option with the greatest 5 % quantile.
    pub cautious: usize,
}

impl Choice {
    /// Monitors that have to be looked after.
    fn monitors(&self) -> usize {
        match &self.watched {
            Watched::Stay | Watched::NotAtAll => 0,
            Watched::Monitor(_) => 1,
            Watched::Plan(members) => members.len(),
        }
    }

    /// The less there is to it, the less.
    pub fn effort(&self) -> (bool, usize, bool) {
        (!matches!(self.watched, Watched::Stay), self.monitors(), !self.knob_is_own)
    }
}

/// Puts options into their order. There is always one that can be taken: to stay on the baseline.
pub fn decide(mut options: Vec<Choice>, change_probability: f64, days: u32, response_is_assumed: bool) -> Decision {
    let value = |choice: &Choice| choice.figures.as_ref().map_or(f64::NEG_INFINITY, |f| f.value_usd);
    // Of equals the simpler one, then the one that came first.
    options.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.effort().cmp(&b.effort())));
    // What can be had: its place, its effort, its figures.
    let all: Vec<_> = options
        .iter()
        .enumerate()
        .filter(|(_, choice)| choice.is_real)
        .filter_map(|(index, choice)| Some((index, choice.effort(), choice.figures.as_ref().ok()?)))
        .collect();
    let enough = all.first().map_or(0.0, |(.., figures)| figures.value_usd - figures.value_se_usd) - CENT;
    let best = all
        .iter()
        .filter(|(.., figures)| figures.value_usd >= enough)
        .min_by(|a, b| a.1.cmp(&b.1).then(a.2.watching_usd.total_cmp(&b.2.watching_usd)).then(a.0.cmp(&b.0)))
        .map_or(0, |(index, ..)| *index);
    let low = |figures: &Figures| figures.quantiles_usd[0];
    let least_bad = all.iter().map(|(.., figures)| low(figures)).fold(f64::NEG_INFINITY, f64::max);
    let cautious = all
        .iter()
        .filter(|(.., figures)| low(figures) >= least_bad - CENT)
        .min_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)))
        .map_or(best, |(index, ..)| *index);
    Decision { change_probability, days, response_is_assumed, options, best, cautious }
}
