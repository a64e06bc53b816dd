//! A frontier: exact curves, sampled curves, intervals of a replay, and the launch review.

use rayon::prelude::*;

use super::experiment::run_experiment;
use super::pool::{Control, JobError};
use crate::frontier::point::Point;
use crate::frontier::{Curve, Engine, Frontier, Stages, bootstrap};
use crate::policy::{self, Launch};
use crate::simulation::random::Purpose;
use crate::simulation::world::{World, WorldError};

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

/// The stages of a world; launch and production are integrated side by side.
///
/// # Errors
/// When the baseline is not one of the policies.
pub fn stages(world: &World) -> Result<Stages<'_>, WorldError> {
    let baseline = Stages::baseline_of(world)?;
    let (launch, production) = rayon::join(|| Launch::new(world), || Stages::production_of(world));
    Ok(Stages { launch, production, baseline })
}

/// Computes a frontier on the current pool.
///
/// # Errors
/// When the scenario cannot be simulated, or the job was cancelled.
pub fn frontier(world: &World, options: &FrontierOptions, control: &Control) -> Result<Frontier, JobError> {
    let stages = stages(world)?;
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
    let sums = control
        .each(points.par_iter(), 1, |(policy, setting, _)| Ok(bootstrap::sums(stages, stage, *policy, *setting)?))?;
    let baseline = bootstrap::sums(stages, stage, stages.baseline, None)?;
    let intervals = bootstrap::intervals(stages.launch.world.scenario.seed, &baseline, &sums);
    for ((.., point), interval) in points.into_iter().zip(intervals) {
        point.interval = interval;
    }
    Ok(())
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
    let results = control.each(tasks.par_iter(), 1, |&(policy, setting)| {
        Ok((policy, setting.is_none(), stages.exact_points(policy, setting)?.unwrap_or_default()))
    })?;
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
fn sampled_curves(
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
