//! The search for a monitoring plan, by successive halving: many variations on few runs, the better ones on more, the last on fresh ones.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::desk::{Desk, Trial};
use super::pool::{Control, JobError};
use crate::decision::choose::Figures;
use crate::decision::plan::{self, Plan, Plans};
use crate::decision::worth::{Setting, Worth};
use crate::detection::race::Phase;
use crate::frontier::Stages;
use crate::model::Scenario;

/// One round of a search.
struct Round {
    /// Launch runs that set thresholds.
    calibrating: u32,
    /// Runs of each world that choose.
    choosing: u32,
    /// Ways of watching that go on.
    survivors: usize,
    /// Of these at the most from one stream of observations: charts of the same stream say nearly the same.
    of_stream: usize,
}

/// The rounds (Jamieson & Talwalkar, *AISTATS* 2016: successive halving), each with about as many runs as the one before over all of its ways
/// of watching together.
const ROUNDS: [Round; 3] = [
    Round { calibrating: 48, choosing: 24, survivors: 36, of_stream: 1 },
    Round { calibrating: 100, choosing: 40, survivors: 36, of_stream: 2 },
    Round { calibrating: 400, choosing: 150, survivors: LISTED, of_stream: 2 },
];
/// Runs of the first picture.
const FIRST_LOOK: u32 = 40;
/// Plans that are listed.
const LISTED: usize = 12;
/// Survivors that are tried in pairs, too.
const PAIRED: usize = 8;
/// Runs of the round of pairs.
const PAIRS: Round = Round { calibrating: 800, choosing: 250, survivors: LISTED, of_stream: LISTED };
/// Launch runs that set the thresholds of the plans that are listed in the end, where their budget is given.
const CALIBRATION_OF_THE_FINALISTS: u32 = 8000;

/// What a search for a plan is given.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanOptions {
    /// Most that a plan may cost, USD a day; `None`: a tenth of the inference saving at launch.
    pub budget_usd_per_day: Option<f64>,
    /// Chance of any false alarm of a plan over the horizon; `None`: for each plan the one of greatest value.
    pub false_alarms: Option<f64>,
    /// Runs of each world that the plans are read off in the end.
    pub replicates: u32,
    /// Kinds or names of monitors that cannot be had.
    pub without: Vec<String>,
}

impl PlanOptions {
    /// What a scenario itself asks for.
    pub fn of(scenario: &Scenario) -> Self {
        let replicates = scenario.study.replicates;
        Self { budget_usd_per_day: None, false_alarms: None, replicates, without: Vec::new() }
    }
}

/// A budget for a plan, USD a day.
fn default_plan_budget(stages: &Stages<'_>, setting: Setting) -> Result<f64, JobError> {
    let inference = |policy: usize, knob: Option<f64>| -> Result<f64, JobError> {
        let points = stages.exact_points(policy, knob)?.unwrap_or_default();
        Ok(points.first().map_or(0.0, |p| p.inference_usd_per_1k))
    };
    let saving = inference(stages.baseline, None)? - inference(setting.policy, setting.knob)?;
    Ok(plan::default_budget_usd_per_day(saving, stages.launch.world.scenario.traffic.requests_per_day))
}

/// Searches for a monitoring plan on the current pool. `seen` is shown the best plans of every round.
///
/// # Errors
/// When the scenario or a monitor does not allow it, the loss never becomes material, or the job was cancelled.
pub fn plan(
    stages: &Stages<'_>,
    policy: usize,
    options: &PlanOptions,
    control: &Control,
    seen: impl FnMut(&Plans),
) -> Result<Plans, JobError> {
    let desk = Desk::new(stages, vec![Setting { policy, knob: None }], control)?;
    let worth = desk.worths.first().ok_or_else(|| JobError::Panicked("the policy has no worth".to_owned()))?;
    search(&desk, worth, options, control, seen)
}

/// The same for a policy at any setting, whose worth is known.
pub(super) fn search(
    desk: &Desk<'_, '_>,
    worth: &Worth,
    options: &PlanOptions,
    control: &Control,
    mut seen: impl FnMut(&Plans),
) -> Result<Plans, JobError> {
    let scenario = &desk.stages.launch.world.scenario;
    let budget_usd_per_day = match options.budget_usd_per_day {
        Some(budget) => budget,
        None => default_plan_budget(desk.stages, worth.setting)?,
    };
    let candidates = plan::candidates(scenario, budget_usd_per_day, &options.without);
    if candidates.is_empty() {
        return Err(JobError::Monitors(
            "the scenario has no monitor to plan with: add one, or raise the budget".to_owned(),
        ));
    }
    let Some(onset_day) = worth.onset_day else {
        return Err(JobError::Monitors("quality never falls materially: there is nothing to detect".to_owned()));
    };
    let tried = candidates.len();
    let mut trial = Trial::new(desk, worth, candidates, options.false_alarms, control)?;
    let fits: Vec<usize> = (0..tried).filter(|i| trial.takes_part(*i)).collect();
    if let (true, Some(refused)) = (fits.is_empty(), trial.refused.first()) {
        return Err(JobError::Monitors(refused.to_string()));
    }
    let nothing = Figures::unwatched(worth, desk.change_probability);
    let mut set_aside: Vec<(f64, f64)> = Vec::new();
    let arranged = |trial: &Trial<'_, '_>, plans: Vec<Plan>, set_aside: &[(f64, f64)], replicates: u32, last: bool| {
        let found = Plans {
            monitors: trial.monitors().to_vec(),
            plans: Vec::new(),
            set_aside: set_aside.to_vec(),
            recommended: 0,
            tried,
            onset_day,
            days: scenario.traffic.days,
            budget_usd_per_day,
            false_alarms: options.false_alarms,
            change_probability: desk.change_probability,
            response_is_assumed: scenario.response.is_none(),
            replicates,
            is_preliminary: !last,
        };
        found.arrange(nothing.clone(), plans)
    };
    let affordable: Vec<usize> = fits.into_iter().filter(|i| trial.usd_per_day(*i) <= budget_usd_per_day).collect();
    let all: Vec<usize> = affordable.into_iter().map(|i| trial.enter(vec![i])).collect();
    let mut sets = delegates(&trial, &all);
    // Something to look at before the first round is over: one plan of every kind, on a few runs.
    let few = one_of_each_kind(&trial, &all);
    trial.calibrate(&few, 0..FIRST_LOOK, control)?;
    let first: Vec<(usize, usize)> = few.iter().map(|set| (*set, trial.last_place())).collect();
    let plans = listed(&trial, &first, 0..FIRST_LOOK, control)?;
    seen(&arranged(&trial, plans, &[], FIRST_LOOK, false));
    // Runs that no round before has seen; those of the last one come first, so that they are the same as a study's.
    let mut used = options.replicates;
    let mut places = vec![0; sets.len()];
    for (number, round) in ROUNDS.iter().chain([&PAIRS]).enumerate() {
        if number == ROUNDS.len() {
            let survivors: Vec<usize> = sets.iter().filter_map(|set| trial.members(*set).first().copied()).collect();
            let pairs = plan::alone_and_in_pairs(trial.monitors(), &survivors, PAIRED);
            let price = |members: &[usize]| members.iter().map(|m| trial.usd_per_day(*m)).sum::<f64>();
            let affordable: Vec<Vec<usize>> = pairs.into_iter().filter(|p| price(p) <= budget_usd_per_day).collect();
            sets = affordable.into_iter().map(|members| trial.enter(members)).collect();
        }
        if number == 1 {
            // Of the streams of observations that go on, every chart.
            let streams: HashSet<Vec<usize>> = sets.iter().map(|set| trial.signals(*set)).collect();
            sets = all.iter().copied().filter(|set| streams.contains(&trial.signals(*set))).collect();
        }
        let runs = |from: u32, count: u32| from..from.saturating_add(count);
        // Each round adds launch runs to those that the survivors have behind them, and lives through production runs that are new.
        trial.calibrate(&sets, runs(options.replicates, round.calibrating), control)?;
        let shown = runs(used, round.choosing);
        let launch = runs(options.replicates, round.choosing);
        let best = trial.best(&sets, &[(Phase::Calibration, launch), (Phase::Production, shown.clone())], control)?;
        used = used.saturating_add(round.calibrating.max(round.choosing));
        let mut ranked: Ranked = sets.iter().zip(&best).map(|(set, (place, value))| (*set, *place, *value)).collect();
        ranked.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        let (ranked, gone) = halved(&trial, ranked, round);
        set_aside.extend(gone.iter().map(|(set, _, value)| (trial.price(*set), *value)));
        sets = ranked.iter().map(|(set, ..)| *set).collect();
        places = ranked.iter().map(|(_, place, _)| *place).collect();
        let armed: Vec<(usize, usize)> = sets.iter().copied().zip(places.iter().copied()).collect();
        if number == 0 {
            // A first picture, on the runs that chose: fresh ones would take as long again.
            let first = armed.get(..LISTED.min(armed.len())).unwrap_or_default();
            let plans = listed(&trial, first, shown, control)?;
            seen(&arranged(&trial, plans, &set_aside, round.choosing, false));
        }
    }
    // The winners were lucky: their thresholds came out well by chance. A budget that is given is kept to by thresholds that are set on runs which
    // had no part in choosing. One that is chosen is a way to a threshold, which stays: what it comes to is measured on fresh runs anyway.
    if options.false_alarms.is_some() {
        let calibrating = options.replicates.max(CALIBRATION_OF_THE_FINALISTS);
        trial.calibrate(&sets, used..used.saturating_add(calibrating), control)?;
    }
    let armed: Vec<(usize, usize)> = sets.iter().copied().zip(places).collect();
    let plans = listed(&trial, &armed, 0..options.replicates, control)?;
    Ok(arranged(&trial, plans, &set_aside, options.replicates, true))
}

/// Two charts of every stream of observations, to tell how good the stream is: a quarter into its list and a quarter before its end.
fn delegates(trial: &Trial<'_, '_>, all: &[usize]) -> Vec<usize> {
    let mut streams: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for set in all {
        let stream = trial.signals(*set);
        match streams.last_mut().filter(|(known, _)| *known == stream) {
            Some((_, sets)) => sets.push(*set),
            None => streams.push((stream, vec![*set])),
        }
    }
    let mut delegates = Vec::new();
    for (_, sets) in streams {
        let quarter = sets.len() / 4;
        let mut two = vec![sets.get(quarter).copied(), sets.get(sets.len() - 1 - quarter).copied()];
        two.dedup();
        delegates.extend(two.into_iter().flatten());
    }
    delegates
}

/// The first of every kind.
fn one_of_each_kind(trial: &Trial<'_, '_>, all: &[usize]) -> Vec<usize> {
    let mut kinds = HashSet::new();
    all.iter().copied().filter(|set| kinds.insert(trial.kinds(*set))).collect()
}

/// Ranked ways of watching, each with its place among the budgets and its value.
type Ranked = Vec<(usize, usize, f64)>;

/// Those that go on, the best first, and those that do not. No kind of monitor takes more than a third of the places.
fn halved(trial: &Trial<'_, '_>, ranked: Ranked, round: &Round) -> (Ranked, Ranked) {
    let most = round.survivors;
    let (mut kinds, mut streams) = (HashMap::new(), HashMap::new());
    let (mut on, mut gone) = (Vec::new(), Vec::new());
    for one in ranked {
        let of_kind: &mut usize = kinds.entry(trial.kinds(one.0)).or_default();
        let of_stream: &mut usize = streams.entry(trial.signals(one.0)).or_default();
        if on.len() < most && *of_kind < most.div_ceil(3) && *of_stream < round.of_stream {
            *of_kind += 1;
            *of_stream += 1;
            on.push(one);
        } else {
            gone.push(one);
        }
    }
    (on, gone)
}

/// Plans with their figures on these runs of both worlds.
fn listed(
    trial: &Trial<'_, '_>,
    armed: &[(usize, usize)],
    runs: Range<u32>,
    control: &Control,
) -> Result<Vec<Plan>, JobError> {
    let figures = trial.figures(armed, &[(Phase::Check, runs.clone()), (Phase::Production, runs)], control)?;
    let plan = |((set, _), figures): (&(usize, usize), Figures)| Plan {
        members: trial.members(*set).to_vec(),
        figures,
        usd_per_day: trial.price(*set),
        is_on_frontier: false,
    };
    Ok(armed.iter().zip(figures).map(plan).collect())
}
