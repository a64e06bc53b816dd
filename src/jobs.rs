//! The only owner of threads: spreads the engines' work over a pool, reports progress, and stops at once when asked.
//!
//! Results are merged in a fixed order, so they do not depend on the number of threads nor on the size of a wave.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;
use thiserror::Error;

use crate::detection::assembly::Assembled;
use crate::detection::change_day::{self, ChangeDay};
use crate::detection::plan::{self, Plans};
use crate::detection::race::{Phase, Race, RaceError};
use crate::detection::study::{self, Results, Study};
use crate::frontier::breakdown::{self, Breakdown};
use crate::frontier::point::Point;
use crate::frontier::{Curve, Engine, Frontier, Stages, bootstrap};
use crate::model::{Monitor, Scenario};
use crate::policy;
use crate::run_length::{self, BlockSums, Game, RunLengthError, Simulated};
use crate::simulation::monte_carlo::{self, Experiment, Moments};
use crate::simulation::random::Purpose;
use crate::simulation::rows::{self, Rows, Spec, Spread};
use crate::simulation::table::Table;
use crate::simulation::traffic::Traffic;
use crate::simulation::world::{World, WorldError};
use crate::timeline::{self, Run, Sampler, Timeline};

/// Why a job ended without a result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum JobError {
    /// Somebody cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// The scenario cannot be simulated.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Monitors do not fit the policy they watch.
    #[error("{0}")]
    Monitors(String),
    /// A fault of the program: the work is lost, the program goes on.
    #[error("internal error: {0}")]
    Panicked(String),
    /// The pool could not be made.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

/// Shared between a job and whoever watches it.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

impl Control {
    /// A fresh one.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Steps done and in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    fn expect_steps(&self, steps: u64) {
        self.total.fetch_add(steps, Ordering::Relaxed);
    }

    fn step(&self) {
        self.steps(1);
    }

    fn steps(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), JobError> {
        if self.is_cancelled() { Err(JobError::Cancelled) } else { Ok(()) }
    }
}

/// A pool of `threads` threads; 0 takes as many as there are processors.
///
/// # Errors
/// When the system gives no threads.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, JobError> {
    // Asked for none, the crate would listen to a variable of the environment, which has no limit.
    let threads = if threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { threads };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("worker-{i}"))
        .build()
        .map_err(|e| JobError::Threads(e.to_string()))
}

/// Runs a job so that a fault in it becomes an error.
///
/// # Errors
/// Those of the job, and [`JobError::Panicked`].
pub fn guarded<T>(job: impl FnOnce() -> Result<T, JobError>) -> Result<T, JobError> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "unknown".to_owned());
        Err(JobError::Panicked(message))
    })
}

/// How a frontier is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrontierOptions {
    /// Engine of the stateless policies.
    pub engine: Engine,
    /// Knob settings of a sweep of a stateless policy by the exact engine.
    pub exact_settings: usize,
    /// Knob settings of a sweep by Monte Carlo.
    pub sampled_settings: usize,
    /// Requests simulated for each operating point; a sweep gets as many over all its settings.
    pub requests: u64,
    /// Whether stateful policies are simulated when the engine is exact.
    pub fill_stateful: bool,
    /// Whether the launch review is simulated.
    pub review: bool,
    /// Quality floor; `None`: the baseline's quality less the material loss.
    pub quality_floor: Option<f64>,
}

impl Default for FrontierOptions {
    fn default() -> Self {
        Self {
            engine: Engine::Exact,
            exact_settings: 101,
            sampled_settings: 21,
            requests: 1_000_000,
            fill_stateful: true,
            review: true,
            quality_floor: None,
        }
    }
}

/// Replicates of a wave for each thread at the most: enough to balance the load.
const WAVE_PER_THREAD: usize = 32;
/// Memory that the results of a wave may take, bytes.
const WAVE_BYTES: usize = 64 << 20;
/// What the result of one replicate takes for each policy, about: its histogram of latencies.
const BYTES_PER_POLICY: usize = 8 << 10;

/// Runs an experiment on the current pool.
///
/// # Errors
/// [`JobError::Cancelled`].
pub fn run_experiment(
    experiment: &Experiment<'_>,
    control: &Control,
    wave: Option<usize>,
) -> Result<Moments, JobError> {
    let replicates = experiment.replicates();
    control.expect_steps(u64::from(replicates));
    let threads = rayon::current_num_threads();
    let fits = WAVE_BYTES / (BYTES_PER_POLICY * experiment.policies.len().max(1));
    let wave = wave.unwrap_or_else(|| fits.clamp(threads, WAVE_PER_THREAD * threads)).max(1);
    let mut moments = Moments::default();
    let mut next = 0;
    while next < replicates {
        let end = next.saturating_add(u32::try_from(wave).unwrap_or(u32::MAX)).min(replicates);
        let results: Vec<_> = (next..end)
            .into_par_iter()
            // One at a time: a thread that is done takes the next one, and none waits for another's last few.
            .with_max_len(1)
            .map(|replicate| {
                let result = monte_carlo::simulate(experiment, replicate, &control.cancelled);
                control.step();
                result
            })
            .collect();
        for result in &results {
            moments.merge(result.as_ref().ok_or(JobError::Cancelled)?);
        }
        next = end;
    }
    Ok(moments)
}

/// Computes a frontier on the current pool.
///
/// # Errors
/// When the scenario cannot be simulated, or the job was cancelled.
pub fn frontier(world: &World, options: &FrontierOptions, control: &Control) -> Result<Frontier, JobError> {
    let stages = Stages::new(world)?;
    let policies = world.scenario.policies.len();
    // A table is summed, whatever the policy.
    let replayed = world.traffic.is_replayed();
    let engine = match options.engine {
        Engine::Exact => Engine::Exact,
        _ if replayed => Engine::Bootstrap,
        _ => Engine::MonteCarlo,
    };
    let sampled = |i: usize| engine == Engine::MonteCarlo || !stages.is_expected(i);
    let wants_samples = !replayed && (engine == Engine::MonteCarlo || options.fill_stateful);

    let exact: Vec<usize> = (0..policies).filter(|i| !sampled(*i)).collect();
    let settings = if engine == Engine::Exact { options.exact_settings } else { options.sampled_settings };
    let mut curves = exact_curves(&stages, &exact, settings, control)?;
    if engine == Engine::Bootstrap {
        for (stage, curves) in curves.iter_mut().enumerate() {
            bootstrap_intervals(&stages, stage, curves, control)?;
        }
    }
    if wants_samples {
        let drawn: Vec<usize> = (0..policies).filter(|i| sampled(*i)).collect();
        let filled = sampled_curves(&stages, &drawn, options, control)?;
        for (stage, filled) in curves.iter_mut().zip(filled) {
            stage.extend(filled);
        }
    } else {
        for stage in &mut curves {
            for policy in (0..policies).filter(|i| sampled(*i)) {
                stage.push(empty_curve(&stages, policy));
            }
        }
    }
    for stage in &mut curves {
        stage.sort_by_key(|curve| curve.policy);
    }

    for (stage, curves) in curves.iter_mut().enumerate() {
        curves.par_iter_mut().filter(|curve| !sampled(curve.policy)).try_for_each(|curve| {
            control.check()?;
            curve.recovered = stages.recovered(stage, curve)?;
            Ok::<_, JobError>(())
        })?;
    }

    let mut launch_review = Vec::new();
    if options.review && replayed {
        launch_review = stages.replayed_reviews(curves.first().map_or(&[], Vec::as_slice));
    } else if options.review {
        let entries: Vec<(usize, Option<f64>)> =
            (0..policies).filter(|i| wants_samples || !sampled(*i)).map(|i| (i, None)).collect();
        let holdout = u64::from(world.scenario.study.holdout);
        let experiment = stages.experiment(false, &entries, Purpose::LaunchReview, holdout)?;
        let moments = run_experiment(&experiment, control, None)?;
        launch_review = stages.reviews(&entries, &moments, curves.first().map_or(&[], Vec::as_slice));
    }

    let mut assembled = Vec::new();
    for (index, curves) in curves.into_iter().enumerate() {
        control.check()?;
        assembled.extend(stages.assemble(index, curves, options.quality_floor));
    }
    let mut assembled = assembled.into_iter();
    let launch = assembled.next().ok_or(WorldError::Missing("stage"))?;
    Ok(Frontier { engine, baseline: stages.baseline, launch, production: assembled.next(), launch_review })
}

/// Gives the points of a replay's curves intervals.
fn bootstrap_intervals(
    stages: &Stages<'_>,
    stage: usize,
    curves: &mut [Curve],
    control: &Control,
) -> Result<(), JobError> {
    let mut points: Vec<(usize, Option<f64>, &mut Point)> = Vec::new();
    for curve in curves {
        points.extend(curve.operating_point.iter_mut().map(|point| (curve.policy, None, point)));
        points.extend(curve.sweep.iter_mut().map(|point| (curve.policy, point.knob, point)));
    }
    control.expect_steps(points.len() as u64);
    let sums: Vec<bootstrap::Sums> = points
        .par_iter()
        .map(|(policy, setting, _)| {
            control.check()?;
            let sums = bootstrap::sums(stages, stage, *policy, *setting)?;
            control.step();
            Ok(sums)
        })
        .collect::<Result<_, JobError>>()?;
    let baseline = bootstrap::sums(stages, stage, stages.baseline, None)?;
    let intervals = bootstrap::intervals(stages.launch.world.scenario.seed, &baseline, &sums);
    for ((.., point), interval) in points.into_iter().zip(intervals) {
        point.interval = interval;
    }
    Ok(())
}

/// The world of a scenario: generated, or replayed from its table. Sums over the table that were taken `before` serve again while
/// nothing that they depend on has changed.
///
/// # Errors
/// When the scenario cannot be simulated.
pub fn world(scenario: &Scenario, table: Option<&Arc<Table>>, before: Option<&Arc<Rows>>) -> Result<World, WorldError> {
    let (Some(_), Some(table)) = (&scenario.replay, table) else { return World::compile(scenario) };
    let spec = Spec::new(table, scenario)?;
    let serves = |rows: &&Arc<Rows>| *rows.spec() == spec && Arc::ptr_eq(rows.table(), table);
    let rows = before.filter(serves).cloned();
    let rows = rows.unwrap_or_else(|| Arc::new(Rows::compile(table, spec, SPREAD)));
    World::new(scenario, Traffic::Replayed(rows))
}

/// Over the current pool.
const SPREAD: Spread = Spread {
    map: |n, of| (0..n).into_par_iter().with_max_len(1).map(of).collect(),
    sort: |keys| keys.par_sort_unstable_by(rows::by_score),
};

/// The same world with its first event on another day.
fn moved_world(world: &World, day: u32) -> Result<World, WorldError> {
    let moved = change_day::moved(&world.scenario, day);
    World::new(&moved, world.traffic.clone())
}

fn empty_curve(stages: &Stages<'_>, policy: usize) -> Curve {
    let definition = stages.launch.world.scenario.policies.get(policy);
    let knob = definition.and_then(|d| policy::knob(&stages.launch, d));
    Curve { policy, knob, operating_point: None, sweep: Vec::new(), recovered: None }
}

/// Exact curves of the given policies, one list a stage.
///
/// # Errors
/// When a policy cannot be compiled, or the job was cancelled.
pub fn exact_curves(
    stages: &Stages<'_>,
    policies: &[usize],
    settings: usize,
    control: &Control,
) -> Result<Vec<Vec<Curve>>, JobError> {
    let tasks: Vec<(usize, Option<f64>)> = policies
        .iter()
        .flat_map(|&policy| {
            let sweep = if settings == 0 { Vec::new() } else { stages.settings(policy, settings) };
            std::iter::once((policy, None)).chain(sweep.into_iter().map(move |s| (policy, Some(s))))
        })
        .collect();
    control.expect_steps(tasks.len() as u64);
    let results: Vec<(usize, bool, Vec<Point>)> = tasks
        .par_iter()
        .map(|&(policy, setting)| {
            control.check()?;
            let points = stages.exact_points(policy, setting)?.unwrap_or_default();
            control.step();
            Ok((policy, setting.is_none(), points))
        })
        .collect::<Result<_, JobError>>()?;
    let mut curves: Vec<Vec<Curve>> =
        (0..stages.count()).map(|_| policies.iter().map(|p| empty_curve(stages, *p)).collect()).collect();
    for (policy, is_operating_point, points) in results {
        let Some(row) = policies.iter().position(|p| *p == policy) else { continue };
        for (stage, point) in curves.iter_mut().zip(points) {
            let Some(curve) = stage.get_mut(row) else { continue };
            if is_operating_point {
                curve.operating_point = Some(point);
            } else {
                curve.sweep.push(point);
            }
        }
    }
    Ok(curves)
}

/// Sampled curves of the given policies, one list a stage.
///
/// # Errors
/// When a policy cannot be compiled, or the job was cancelled.
pub fn sampled_curves(
    stages: &Stages<'_>,
    policies: &[usize],
    options: &FrontierOptions,
    control: &Control,
) -> Result<Vec<Vec<Curve>>, JobError> {
    let mut curves = Vec::new();
    if policies.is_empty() {
        return Ok(vec![Vec::new(); stages.count()]);
    }
    let points: Vec<(usize, Option<f64>)> = policies.iter().map(|p| (*p, None)).collect();
    let sweeps: Vec<(usize, Option<f64>)> = policies
        .iter()
        .flat_map(|&p| stages.settings(p, options.sampled_settings).into_iter().map(move |s| (p, Some(s))))
        .collect();
    for stage in 0..stages.count() {
        let sample = |entries: &[(usize, Option<f64>)], requests: u64| -> Result<Vec<Option<Point>>, JobError> {
            if entries.is_empty() {
                return Ok(Vec::new());
            }
            let experiment = stages.experiment(stage == 1, entries, Purpose::Frontier, requests)?;
            let moments = run_experiment(&experiment, control, None)?;
            Ok(stages.sampled_points(entries, &moments))
        };
        let operating = sample(&points, options.requests)?;
        let swept = sample(&sweeps, (options.requests / options.sampled_settings.max(1) as u64).max(1))?;
        curves.push(
            policies
                .iter()
                .zip(operating)
                .map(|(&policy, operating_point)| Curve {
                    operating_point,
                    sweep: sweeps
                        .iter()
                        .zip(&swept)
                        .filter(|((p, _), _)| *p == policy)
                        .filter_map(|(_, point)| point.clone())
                        .collect(),
                    ..empty_curve(stages, policy)
                })
                .collect(),
        );
    }
    Ok(curves)
}

/// Days of a timeline that are held at once.
const DAYS_OF_A_WAVE: usize = 32;

/// Computes a timeline on the current pool.
///
/// # Errors
/// When the policy cannot be compiled, or the job was cancelled.
pub fn timeline(world: &World, policy: usize, replicate: u32, control: &Control) -> Result<Timeline, JobError> {
    let stages = Stages::new(world)?;
    let production = Run::new(&stages, policy, true, replicate)?;
    let launch = Run::new(&stages, policy, false, replicate)?;
    let days = world.scenario.traffic.days;
    control.expect_steps(u64::from(days));
    let mut sampler = Sampler::new(world, replicate);
    let mut result = Timeline {
        policy,
        replicate,
        routed_share: Vec::new(),
        expected: Vec::new(),
        launch_quality: Vec::new(),
        run: Vec::new(),
        onset_day: None,
    };
    // A wave at a time: a day's expectations are large, and its counts are drawn in the order of the days.
    for first in (0..days).step_by(DAYS_OF_A_WAVE) {
        let wave = first..days.min(first + DAYS_OF_A_WAVE as u32);
        let per_day: Vec<_> = wave
            .into_par_iter()
            .map(|day| {
                control.check()?;
                let averaged = production.expected(day, false).figures(world);
                let launch_quality = launch.expected(day, false).figures(world).quality;
                let at_effect = production.expected(day, true);
                control.step();
                Ok((averaged, launch_quality, at_effect))
            })
            .collect::<Result<_, JobError>>()?;
        for (averaged, launch_quality, at_effect) in per_day {
            result.routed_share.push(at_effect.routed_share);
            result.run.push(sampler.draw(&at_effect));
            result.expected.push(averaged);
            result.launch_quality.push(launch_quality);
        }
    }
    result.onset_day =
        timeline::onset_day(&result.expected, &result.launch_quality, world.scenario.study.material_loss);
    Ok(result)
}

impl From<RaceError> for JobError {
    fn from(error: RaceError) -> Self {
        match error {
            RaceError::World(error) => Self::World(error),
            signals @ RaceError::Signals(_) => Self::Monitors(signals.to_string()),
        }
    }
}

/// Plays a chart or a sequential test `runs` times on the current pool.
///
/// # Errors
/// When a parameter is out of range or a run does not end.
pub fn play(game: &Game, runs: u32, seed: u64) -> Result<Simulated, RunLengthError> {
    let blocks: Vec<BlockSums> = (0..run_length::blocks(runs))
        .into_par_iter()
        .map(|block| run_length::play_block(game, runs, block, seed))
        .collect::<Result<_, _>>()?;
    Ok(Simulated::of(&blocks, runs))
}

/// Replicates of the first wave of a study: what a first picture is drawn from.
pub const FIRST_REPLICATES: u32 = 50;
/// Replicates of each further wave.
const REPLICATES_OF_A_WAVE: u32 = 250;

/// A study that can be read off at some false-alarm budgets.
#[derive(Debug)]
pub struct Detection<'w> {
    /// What ran.
    pub race: Race<'w>,
    /// What the days are like.
    pub assembled: Assembled,
    /// What came out.
    pub results: Results,
    /// Index of the policy under study.
    pub policy: usize,
    /// Steps of progress that a replicate counts for.
    steps: u64,
}

impl<'w> Detection<'w> {
    /// Integrates every day of the study on the current pool. It will be read off at the scenario's own false-alarm budget.
    ///
    /// # Errors
    /// When the scenario or a monitor does not allow it, or the job was cancelled.
    pub fn prepare(stages: &Stages<'w>, policy: usize, control: &Control) -> Result<Self, JobError> {
        let own = stages.launch.world.scenario.study.false_alarms;
        Self::prepare_at(stages, policy, vec![own], control)
    }

    /// The same, to be read off at these budgets.
    ///
    /// # Errors
    /// Those of [`Self::prepare`].
    pub fn prepare_at(
        stages: &Stages<'w>,
        policy: usize,
        budgets: Vec<f64>,
        control: &Control,
    ) -> Result<Self, JobError> {
        let monitors = stages.launch.world.scenario.monitors.clone();
        Self::of(Race::new(stages, policy, monitors, true)?, policy, budgets, control)
    }

    fn of(race: Race<'w>, policy: usize, budgets: Vec<f64>, control: &Control) -> Result<Self, JobError> {
        let work = race.course.work();
        control.expect_steps(work.len() as u64);
        let parts: Vec<_> = work
            .into_par_iter()
            .map(|(production, day)| {
                control.check()?;
                let parts = race.course.integrate(production, day, &race.signals);
                control.step();
                Ok(parts)
            })
            .collect::<Result<_, JobError>>()?;
        let assembled = race.course.assemble(&parts, &race.signals);
        Ok(Self { race, assembled, results: Results::new(budgets), policy, steps: 1 })
    }

    /// Runs replicates of every phase until there are so many; `seen` is shown the results now and then: after a first few, and from when
    /// thresholds are set after each wave.
    ///
    /// # Errors
    /// [`JobError::Cancelled`].
    pub fn run(&mut self, replicates: u32, control: &Control, mut seen: impl FnMut(&Self)) -> Result<(), JobError> {
        let mut next = u32::try_from(self.results.replicates()).unwrap_or(u32::MAX);
        control.expect_steps(3 * u64::from(replicates.saturating_sub(next)));
        if next == 0 {
            next = FIRST_REPLICATES.min(replicates);
            for phase in Phase::ALL {
                self.wave(phase, 0..next, control)?;
            }
            seen(self);
        }
        if next >= replicates {
            return Ok(());
        }
        self.run_expected(Phase::Calibration, next..replicates, control)?;
        self.results.set_thresholds(&self.race);
        // Alarm days by thresholds that have moved since are gone.
        let kept = u32::try_from(self.results.production()).unwrap_or(u32::MAX);
        control.expect_steps(u64::from(next.saturating_sub(kept)));
        self.run_expected(Phase::Production, kept..next, control)?;
        while next < replicates {
            let end = next.saturating_add(REPLICATES_OF_A_WAVE).min(replicates);
            for phase in [Phase::Check, Phase::Production] {
                self.wave(phase, next..end, control)?;
            }
            next = end;
            seen(self);
        }
        Ok(())
    }

    /// Runs some replicates of one phase alone; production comes after calibration, which sets its thresholds.
    ///
    /// # Errors
    /// [`JobError::Cancelled`].
    pub fn run_phase(&mut self, phase: Phase, replicates: Range<u32>, control: &Control) -> Result<(), JobError> {
        control.expect_steps(self.steps * u64::from(replicates.end.saturating_sub(replicates.start)));
        self.run_expected(phase, replicates, control)
    }

    /// The same, with its steps expected already.
    fn run_expected(&mut self, phase: Phase, replicates: Range<u32>, control: &Control) -> Result<(), JobError> {
        if phase == Phase::Production {
            self.results.set_thresholds(&self.race);
        }
        for first in replicates.clone().step_by(REPLICATES_OF_A_WAVE as usize) {
            self.wave(phase, first..replicates.end.min(first.saturating_add(REPLICATES_OF_A_WAVE)), control)?;
        }
        Ok(())
    }

    fn wave(&mut self, phase: Phase, replicates: Range<u32>, control: &Control) -> Result<(), JobError> {
        let wave: Vec<_> = replicates
            .into_par_iter()
            .with_max_len(1)
            .map(|index| {
                control.check()?;
                let kept = self.results.keep(phase, self.race.run(&self.assembled, phase, index));
                control.steps(self.steps);
                Ok(kept)
            })
            .collect::<Result<_, JobError>>()?;
        for kept in wave {
            self.results.add(kept);
        }
        Ok(())
    }

    /// Price of a monitor, USD a day; it needs no replicates.
    pub fn usd_per_day(&self, monitor: usize) -> Option<f64> {
        let definition = self.race.monitors.get(monitor)?;
        Some(study::price(&self.race, &self.assembled, monitor, definition).1)
    }

    /// Reads the study off at that of its false-alarm budgets which is nearest to a wished one.
    pub fn study(&self, false_alarms: f64) -> Study {
        study::evaluate(&self.race, &self.assembled, &self.results, self.policy, false_alarms)
    }
}

/// Replicates of the first round of a search for a plan, which only has to find the better half.
const REPLICATES_OF_A_FIRST_ROUND: u32 = 250;
/// Launch runs that set the thresholds of the plans that are listed in the end.
const CALIBRATION_OF_THE_FINALISTS: u32 = 8000;

/// Studies a policy with the scenario's events moved over a grid of days, on the current pool. Thresholds are set once: launch does not
/// depend on events.
///
/// # Errors
/// When a moved scenario cannot be simulated, or the job was cancelled.
pub fn change_days(
    world: &World,
    policy: usize,
    points: u32,
    replicates: u32,
    false_alarms: f64,
    control: &Control,
) -> Result<Vec<ChangeDay>, JobError> {
    let mut launch: Option<Results> = None;
    let mut grid = Vec::new();
    for day in change_day::days(&world.scenario, points) {
        let moved = moved_world(world, day)?;
        let stages = Stages::new(&moved)?;
        let monitors = moved.scenario.monitors.clone();
        let mut detection =
            Detection::of(Race::new(&stages, policy, monitors, false)?, policy, vec![false_alarms], control)?;
        match &launch {
            Some(results) => detection.results = results.clone(),
            None => {
                for phase in [Phase::Calibration, Phase::Check] {
                    detection.run_phase(phase, 0..replicates, control)?;
                }
                launch = Some(detection.results.launch());
            }
        }
        detection.run_phase(Phase::Production, 0..replicates, control)?;
        grid.push(ChangeDay { day, study: detection.study(false_alarms) });
    }
    Ok(grid)
}

/// What a search for a plan is given.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanOptions {
    /// Most that a plan may cost, USD a day; `None`: a tenth of the inference saving at launch.
    pub budget_usd_per_day: Option<f64>,
    /// Chance of any false alarm of a plan over the horizon.
    pub false_alarms: f64,
    /// Replicates of the second round.
    pub replicates: u32,
    /// Kinds or names of monitors that cannot be had.
    pub without: Vec<String>,
}

impl PlanOptions {
    /// What a scenario itself asks for.
    pub fn of(scenario: &Scenario) -> Self {
        let study = &scenario.study;
        let (false_alarms, replicates) = (study.false_alarms, study.replicates);
        Self { budget_usd_per_day: None, false_alarms, replicates, without: Vec::new() }
    }
}

/// A budget for a plan, USD a day.
fn default_plan_budget(stages: &Stages<'_>, policy: usize) -> Result<f64, JobError> {
    let inference = |policy: usize| -> Result<f64, JobError> {
        let points = stages.exact_points(policy, None)?.unwrap_or_default();
        Ok(points.first().map_or(0.0, |p| p.inference_usd_per_1k))
    };
    let saving = inference(stages.baseline)? - inference(policy)?;
    Ok(plan::default_budget_usd_per_day(saving, stages.launch.world.scenario.traffic.requests_per_day))
}

/// Searches for a monitoring plan on the current pool: all candidates over a few replicates, then the better ones over fresh ones.
///
/// # Errors
/// When the scenario or a monitor does not allow it, the loss never becomes material, or the job was cancelled.
pub fn plan(stages: &Stages<'_>, policy: usize, options: &PlanOptions, control: &Control) -> Result<Plans, JobError> {
    let scenario = &stages.launch.world.scenario;
    let PlanOptions { false_alarms, replicates, .. } = *options;
    let budget_usd_per_day = match options.budget_usd_per_day {
        Some(budget) => budget,
        None => default_plan_budget(stages, policy)?,
    };
    let candidates = plan::candidates(scenario, budget_usd_per_day, &options.without);
    let tried = candidates.len();
    if tried == 0 {
        return Err(JobError::Monitors(
            "the scenario has no monitor to plan with: add one, or raise the budget".to_owned(),
        ));
    }
    // A replicate takes as long as it has monitors.
    let second_round = |monitors: usize| Phase::ALL.len() as u64 * u64::from(replicates) * monitors as u64;
    let guessed = second_round(tried.min(plan::SHORTLIST));
    control.expect_steps(guessed);
    let budgets = plan::budgets(false_alarms);
    let mut first = Detection::of(Race::new(stages, policy, candidates, false)?, policy, budgets.clone(), control)?;
    first.steps = tried as u64;
    if first.assembled.onset_day.is_none() {
        return Err(JobError::Monitors("quality never falls materially: there is nothing to detect".to_owned()));
    }
    for phase in [Phase::Calibration, Phase::Production] {
        first.run_phase(phase, 0..REPLICATES_OF_A_FIRST_ROUND, control)?;
    }
    let shortlist = plan::shortlist(&first.race, &first.study(false_alarms), budget_usd_per_day);
    drop(first);
    // Fresh replicates: the first round's winners were lucky on its own.
    let owed = second_round(shortlist.len());
    control.steps(guessed.saturating_sub(owed));
    control.expect_steps(owed.saturating_sub(guessed));
    let round = |monitors: Vec<Monitor>| {
        let steps = monitors.len() as u64;
        let mut round = Detection::of(Race::new(stages, policy, monitors, false)?, policy, budgets.clone(), control)?;
        round.steps = steps;
        Ok::<_, JobError>(round)
    };
    let choose = |round: &Detection<'_>, sets: plan::Sets| {
        plan::choose(&round.race, &round.assembled, &round.results, sets, budget_usd_per_day, false_alarms, tried)
            .ok_or_else(|| JobError::Monitors("no plan fits the budget".to_owned()))
    };
    let mut second = round(shortlist)?;
    let fresh = |first: u32, count: u32| first..first.saturating_add(count);
    for phase in Phase::ALL {
        second.run_expected(phase, fresh(REPLICATES_OF_A_FIRST_ROUND, replicates), control)?;
    }
    let chosen = choose(&second, plan::alone_and_in_pairs(&second.race))?;
    drop(second);
    let (finalists, sets) = plan::finalists(&chosen);
    let set_aside = chosen.not_finalists();
    if finalists.is_empty() {
        return Ok(chosen);
    }
    // The second round's winners were lucky too: their thresholds came out low by chance. The last ones are set on many runs, and judged on
    // others, that had no part in choosing.
    let mut last = round(finalists)?;
    let begin = REPLICATES_OF_A_FIRST_ROUND.saturating_add(replicates);
    last.run_phase(Phase::Calibration, fresh(begin, replicates.max(CALIBRATION_OF_THE_FINALISTS)), control)?;
    for phase in [Phase::Check, Phase::Production] {
        last.run_phase(phase, fresh(begin, replicates), control)?;
    }
    Ok(Plans { set_aside, ..choose(&last, sets)? })
}

/// Everything that a report tells.
#[derive(Clone, Debug)]
pub struct Everything {
    /// Costs and quality.
    pub frontier: Frontier,
    /// The detection study, or why there is none.
    pub study: Result<Study, String>,
    /// One run of the policy under study.
    pub timeline: Timeline,
    /// Where its saving and its damage come from.
    pub breakdown: Breakdown,
    /// Monitoring plans, or why there are none; `None`: not searched for, as a search takes longer than all the rest.
    pub plans: Option<Result<Plans, String>>,
}

/// Computes everything about a scenario on the current pool; `policy` is the one that is watched. Monitoring plans are searched for where
/// `plan` says how.
///
/// # Errors
/// When the scenario cannot be simulated, or the job was cancelled.
pub fn everything(
    world: &World,
    policy: usize,
    options: &FrontierOptions,
    plan: Option<&PlanOptions>,
    control: &Control,
) -> Result<Everything, JobError> {
    let frontier = frontier(world, options, control)?;
    let timeline = timeline(world, policy, 0, control)?;
    let stages = Stages::new(world)?;
    let breakdown = breakdown::breakdown(&stages, policy)?;
    let study = if world.scenario.monitors.is_empty() {
        Err("the scenario has no monitors".to_owned())
    } else {
        or_why(Detection::prepare(&stages, policy, control).and_then(|mut detection| {
            detection.run(world.scenario.study.replicates, control, |_| {})?;
            Ok(detection.study(world.scenario.study.false_alarms))
        }))?
    };
    let plans = plan.map(|options| or_why(self::plan(&stages, policy, options, control))).transpose()?;
    Ok(Everything { frontier, study, timeline, breakdown, plans })
}

/// What the monitors do not allow is an answer, too.
fn or_why<T>(found: Result<T, JobError>) -> Result<Result<T, String>, JobError> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(JobError::Monitors(why)) => Ok(Err(why)),
        Err(other) => Err(other),
    }
}
