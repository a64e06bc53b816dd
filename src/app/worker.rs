//! The background worker: one thread that always works on the newest scenario and sends what it finds, piece by piece.
//!
//! The window never simulates: it submits a scenario and reads updates. A newer request cancels the older one; updates of
//! an older job still under way are recognised by their number and dropped by the reader.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::calibrate;
use crate::decision;
use crate::decision::choose::Decision;
use crate::decision::diary::Lives;
use crate::decision::plan::Plans;
use crate::detection::study::Study;
use crate::frontier::breakdown::{self, Breakdown};
use crate::frontier::{Curve, Engine, Frontier, Stages};
use crate::jobs::{
    self, Control, DecideOptions, Detection, FrontierOptions, JobError, PlanOptions, Uncertain, UncertainOptions,
};
use crate::model::Scenario;
use crate::model::address::Address;
use crate::rollout::Outcome;
use crate::simulation::rows::Rows;
use crate::simulation::table::Table;
use crate::simulation::traffic::Traffic;
use crate::simulation::world::World;
use crate::sweep::found::Row;
use crate::sweep::{Plan, Shard};
use crate::timeline::Timeline;
use crate::uncertainty::local::Movable;

/// Requests simulated for each operating point.
pub const REQUESTS: u64 = 1_000_000;
/// Most numbers that are shown as those that move the answer most.
const ESSENTIALS: usize = 12;
/// Knob settings of an exact curve.
const SETTINGS: usize = 101;
/// False-alarm budgets that a study is read off at, beside the scenario's own.
const BUDGETS: [f64; 7] = decision::choose::BUDGETS;
/// Rest before the long simulation starts, so that a slider on its way does not start it at every step.
const REST: Duration = Duration::from_millis(200);

/// What to compute.
struct Request {
    job: u64,
    scenario: Arc<Scenario>,
    table: Option<Arc<Table>>,
    shown: Shown,
    parts: Parts,
    control: Arc<Control>,
    sampling: Arc<Control>,
    study: Arc<Control>,
    plan: Arc<Control>,
    decide: Arc<Control>,
    rollout: Arc<Control>,
    ranges: Arc<Control>,
    sweep: Arc<Control>,
    calibrate: Arc<Control>,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Index of the policy.
    pub policy: usize,
    /// Number of its run.
    pub replicate: u32,
    /// Least quality wanted; `None`: the baseline's less the material loss.
    pub quality_floor: Option<f64>,
}

/// Which parts of the work a request asks for.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Points and curves of all policies.
    pub frontier: bool,
    /// Monte Carlo intervals.
    pub intervals: bool,
    /// The detection study.
    pub study: Option<Turn>,
    /// The search for a monitoring plan.
    pub plan: Option<PlanOptions>,
    /// What every option is worth.
    pub decide: Option<DecideOptions>,
    /// The studies whose alarms the run is lived with, where people react to alarms and no study is asked for.
    pub live_by: Option<Vec<Study>>,
    /// What the steps of the policy's rollout could have shown, and what its gate does.
    pub rollout: bool,
    /// What the ranges do to the answer.
    pub ranges: Option<UncertainOptions>,
    /// Points of a sweep.
    pub sweep: Option<SweepWork>,
    /// Numbers moved until the known figures hold.
    pub calibrate: bool,
    /// The numbers among which those are looked for that move the answer most.
    pub essentials: Option<Vec<Movable>>,
}

/// What a sweep works on.
#[derive(Clone, Debug)]
pub struct SweepWork {
    /// The scenario that it began with.
    pub scenario: Arc<Scenario>,
    /// Its points.
    pub plan: Plan,
    /// Those that are known.
    pub done: HashSet<u64>,
}

/// When the detection study has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Right after the operating points: somebody is looking at it.
    First,
    /// After everything else.
    Last,
}

/// Something found.
#[derive(Debug)]
pub enum Found {
    /// Exact operating points, without curves.
    Points(Box<Frontier>),
    /// The same of the policy that is looked at and of the baseline alone, of a large scenario.
    FirstPoints(Box<Frontier>),
    /// Exact curves and everything derived from them.
    Curves(Box<Frontier>),
    /// Where the saving and the damage of the policy asked for come from.
    Breakdown(Box<Breakdown>),
    /// The numbers that move the answer most, the strongest first.
    Essentials(Vec<Address>),
    /// The timeline of the policy asked for.
    Timeline(Box<Timeline>),
    /// Operating points by Monte Carlo, with intervals.
    Intervals(Box<Frontier>),
    /// The long simulation was cancelled by the user.
    IntervalsCancelled,
    /// The detection study so far, at increasing false-alarm budgets.
    Study {
        /// One a budget.
        at: Vec<Study>,
        /// Whether all replicates are in.
        is_whole: bool,
    },
    /// The detection study was cancelled by the user.
    StudyCancelled,
    /// There is no study, for this reason.
    StudyFailed(String),
    /// The monitoring plans found.
    Plans(Box<Plans>),
    /// The search for a plan was cancelled by the user.
    PlansCancelled,
    /// There is no plan, for this reason.
    PlansFailed(String),
    /// The options worked out so far.
    Decision {
        /// In their order.
        decision: Box<Decision>,
        /// Whether that is all of them.
        is_whole: bool,
    },
    /// Working out the options was stopped by the user.
    DecisionCancelled,
    /// The run asked for as each monitor and the people behind it make it.
    Lives(Box<Lives>),
    /// What the steps of the rollout could have shown.
    Rollout {
        /// With what the gate does, where that is known.
        outcome: Box<Outcome>,
        /// Whether that is all.
        is_whole: bool,
    },
    /// Looking at the rollout was stopped by the user.
    RolloutCancelled,
    /// The rollout cannot be looked at, for this reason.
    RolloutFailed(String),
    /// What the ranges do to the answer.
    Ranges {
        /// What is known so far.
        found: Box<Uncertain>,
        /// Whether that is all.
        is_whole: bool,
    },
    /// Looking at the ranges was stopped by the user.
    RangesCancelled,
    /// Nothing can be said of the ranges, for this reason.
    RangesFailed(String),
    /// What was found at a point of a sweep.
    Unit {
        /// Its number.
        point: u64,
        /// Values of the factors.
        values: Vec<f64>,
        /// What was found.
        rows: Vec<Row>,
    },
    /// The sweep is at its end.
    SweepDone,
    /// The sweep was stopped by the user.
    SweepCancelled,
    /// The sweep cannot be run, for this reason.
    SweepFailed(String),
    /// The known figures as the scenario has them, in their order.
    Known(Vec<Option<f64>>),
    /// What moving numbers for them came to.
    Calibrated(Box<calibrate::Outcome>),
    /// Moving numbers was stopped by the user.
    CalibrationCancelled,
    /// No number can be moved, for this reason.
    CalibrationFailed(String),
    /// The job ended early, with this message.
    Failed(String),
    /// The job is at its end.
    Finished,
}

/// An update of a job.
#[derive(Debug)]
pub struct Update {
    /// Number of the job.
    pub job: u64,
    /// What was found.
    pub found: Found,
}

/// Calls the window back so that it paints what came in.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// The window's end of the worker. Dropping it cancels the work and waits for the thread.
pub struct Worker {
    requests: Option<Sender<Request>>,
    updates: Receiver<Update>,
    thread: Option<JoinHandle<()>>,
    control: Arc<Control>,
    sampling: Arc<Control>,
    study: Arc<Control>,
    plan: Arc<Control>,
    decide: Arc<Control>,
    rollout: Arc<Control>,
    ranges: Arc<Control>,
    sweep: Arc<Control>,
    calibrate: Arc<Control>,
    job: u64,
}

impl Worker {
    /// Starts the thread; `wake` is called after every update.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> std::io::Result<Self> {
        let (requests, inbox) = channel();
        let (outbox, updates) = channel();
        let thread = std::thread::Builder::new()
            .name("simulation".to_owned())
            .spawn(move || serve(&inbox, &Outbox { sender: outbox, wake }))?;
        Ok(Self {
            requests: Some(requests),
            updates,
            thread: Some(thread),
            control: Control::new(),
            sampling: Control::new(),
            study: Control::new(),
            plan: Control::new(),
            decide: Control::new(),
            rollout: Control::new(),
            ranges: Control::new(),
            sweep: Control::new(),
            calibrate: Control::new(),
            job: 0,
        })
    }

    /// Cancels what is under way and asks for this instead. Returns the job's number.
    pub fn submit(&mut self, scenario: Arc<Scenario>, table: Option<Arc<Table>>, shown: Shown, parts: Parts) -> u64 {
        self.cancel();
        self.job += 1;
        self.control = Control::new();
        self.sampling = Control::new();
        self.study = Control::new();
        self.plan = Control::new();
        self.decide = Control::new();
        self.rollout = Control::new();
        self.ranges = Control::new();
        self.sweep = Control::new();
        self.calibrate = Control::new();
        let request = Request {
            job: self.job,
            scenario,
            table,
            shown,
            parts,
            control: Arc::clone(&self.control),
            sampling: Arc::clone(&self.sampling),
            study: Arc::clone(&self.study),
            plan: Arc::clone(&self.plan),
            decide: Arc::clone(&self.decide),
            rollout: Arc::clone(&self.rollout),
            ranges: Arc::clone(&self.ranges),
            sweep: Arc::clone(&self.sweep),
            calibrate: Arc::clone(&self.calibrate),
        };
        if let Some(requests) = &self.requests {
            // A thread that is gone has said why in its last update.
            let _ = requests.send(request);
        }
        self.job
    }

    /// Stops the long simulation and keeps the rest.
    pub fn cancel_sampling(&self) {
        self.sampling.cancel();
    }

    /// Stops the detection study and keeps the rest.
    pub fn cancel_study(&self) {
        self.study.cancel();
    }

    /// Stops the search for a plan and keeps the rest.
    pub fn cancel_plan(&self) {
        self.plan.cancel();
    }

    /// Stops working out the options and keeps the rest.
    pub fn cancel_decision(&self) {
        self.decide.cancel();
    }

    /// Steps of working out the options done and in all.
    pub fn decision_progress(&self) -> (u64, u64) {
        self.decide.progress()
    }

    /// Stops looking at the rollout and keeps the rest.
    pub fn cancel_rollout(&self) {
        self.rollout.cancel();
    }

    /// Steps of looking at the rollout done and in all.
    pub fn rollout_progress(&self) -> (u64, u64) {
        self.rollout.progress()
    }

    /// Stops the sweep and keeps the rest.
    pub fn cancel_sweep(&self) {
        self.sweep.cancel();
    }

    /// Units of the sweep done and in all.
    pub fn sweep_progress(&self) -> (u64, u64) {
        self.sweep.progress()
    }

    /// Stops looking at the ranges and keeps the rest.
    pub fn cancel_ranges(&self) {
        self.ranges.cancel();
    }

    /// Steps of looking at the ranges done and in all.
    pub fn range_progress(&self) -> (u64, u64) {
        self.ranges.progress()
    }

    /// Stops moving numbers and keeps the rest.
    pub fn cancel_calibration(&self) {
        self.calibrate.cancel();
    }

    /// Steps of moving numbers done and in all.
    pub fn calibration_progress(&self) -> (u64, u64) {
        self.calibrate.progress()
    }

    /// Steps of the search for a plan done and in all.
    pub fn plan_progress(&self) -> (u64, u64) {
        self.plan.progress()
    }

    /// Steps of the detection study done and in all.
    pub fn study_progress(&self) -> (u64, u64) {
        self.study.progress()
    }

    /// Steps of the long simulation done and in all.
    pub fn sampling_progress(&self) -> (u64, u64) {
        self.sampling.progress()
    }

    /// Updates of the newest job that came in since the last call.
    pub fn updates(&self) -> Vec<Found> {
        self.updates.try_iter().filter(|update| update.job == self.job).map(|update| update.found).collect()
    }

    fn cancel(&self) {
        self.control.cancel();
        self.sampling.cancel();
        self.study.cancel();
        self.plan.cancel();
        self.decide.cancel();
        self.rollout.cancel();
        self.ranges.cancel();
        self.sweep.cancel();
        self.calibrate.cancel();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.cancel();
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A fault in the thread was reported as an update; closing goes on.
            let _ = thread.join();
        }
    }
}

struct Outbox {
    sender: Sender<Update>,
    wake: Wake,
}

impl Outbox {
    fn send(&self, job: u64, found: Found) {
        // The window may be closing.
        let _ = self.sender.send(Update { job, found });
        (self.wake)();
    }
}

fn serve(inbox: &Receiver<Request>, outbox: &Outbox) {
    let pool = match jobs::pool(0) {
        Ok(pool) => pool,
        Err(error) => {
            while let Ok(request) = inbox.recv() {
                outbox.send(request.job, Found::Failed(error.to_string()));
            }
            return;
        }
    };
    // Sums over a table serve until something changes that they depend on.
    let mut rows: Option<Arc<Rows>> = None;
    while let Ok(mut request) = inbox.recv() {
        // Only the newest counts.
        while let Ok(newer) = inbox.try_recv() {
            request = newer;
        }
        match jobs::guarded(|| pool.install(|| work(&request, outbox, &mut rows))) {
            Ok(()) | Err(JobError::Cancelled) => {}
            Err(error) => outbox.send(request.job, Found::Failed(error.to_string())),
        }
        outbox.send(request.job, Found::Finished);
    }
}

fn work(request: &Request, outbox: &Outbox, rows: &mut Option<Arc<Rows>>) -> Result<(), JobError> {
    let world = jobs::world(&request.scenario, request.table.as_ref(), rows.as_ref())?;
    *rows = world.traffic.rows().cloned();
    let stages = jobs::stages(&world)?;
    let control = &request.control;
    if request.parts.frontier {
        if is_large(&request.scenario) {
            // What somebody looks at comes first; the others keep their places meanwhile.
            let mut first = vec![stages.baseline, request.shown.policy];
            first.dedup();
            let points = operating_points(&stages, &first, request.shown.quality_floor, control)?;
            outbox.send(request.job, Found::FirstPoints(Box::new(points)));
        }
        let all: Vec<usize> = (0..request.scenario.policies.len()).collect();
        let points = operating_points(&stages, &all, request.shown.quality_floor, control)?;
        outbox.send(request.job, Found::Points(Box::new(points)));
    }
    if !request.scenario.known.is_empty() {
        outbox.send(request.job, Found::Known(calibrate::now(&world)));
    }
    if request.parts.calibrate {
        let outcome = jobs::calibrate(&request.scenario, &world, &request.calibrate);
        if let Some(outcome) = part(request, outbox, outcome, Found::CalibrationCancelled, Found::CalibrationFailed)? {
            outbox.send(request.job, Found::Calibrated(Box::new(outcome)));
        }
    }
    let mut steps = None;
    if request.parts.rollout {
        steps = watch_steps(request, outbox, show_steps(request, outbox, &stages))?.flatten();
    }
    let mut study = None;
    if request.parts.study == Some(Turn::First) {
        study = observe(request, outbox, start_study(request, outbox, &stages))?;
    }
    if request.parts.frontier {
        let options = FrontierOptions {
            engine: Engine::Exact,
            exact_settings: SETTINGS,
            fill_stateful: false,
            quality_floor: request.shown.quality_floor,
            ..FrontierOptions::default()
        };
        let curves = jobs::frontier(&world, &options, control)?;
        outbox.send(request.job, Found::Curves(Box::new(curves)));
    }
    let timeline = jobs::timeline(&world, request.shown.policy, request.shown.replicate, control)?;
    outbox.send(request.job, Found::Timeline(Box::new(timeline)));
    if control.is_cancelled() {
        return Err(JobError::Cancelled);
    }
    // After what everybody waits for: a policy that learns is averaged over several runs here.
    let parts = breakdown::breakdown(&stages, request.shown.policy)?;
    outbox.send(request.job, Found::Breakdown(Box::new(parts)));
    if let Some(numbers) = &request.parts.essentials {
        let found = jobs::essentials(&stages, request.shown.policy, numbers, ESSENTIALS, control)?;
        outbox.send(request.job, Found::Essentials(found));
    }
    if let Some(studies) = &request.parts.live_by {
        live(request, outbox, &stages, studies)?;
    }
    if let Some(options) = &request.parts.ranges {
        look_at_ranges(request, outbox, &world, options)?;
    }
    let parts = &request.parts;
    let asked = [parts.intervals, parts.study.is_some(), parts.plan.is_some(), parts.decide.is_some(), steps.is_some()];
    if asked.contains(&true) {
        rest(control)?;
    }
    if let Some(sweep) = &request.parts.sweep {
        run_sweep(request, outbox, &world.traffic, sweep)?;
    }
    if let Some(options) = &request.parts.decide {
        decide(request, outbox, &stages, options)?;
    }
    if let Some(steps) = steps {
        watch_steps(request, outbox, run_gate(request, outbox, &steps))?;
    }
    if let Some(options) = &request.parts.plan {
        // Somebody is looking at it.
        let early = |plans: &Plans| outbox.send(request.job, Found::Plans(Box::new(plans.clone())));
        let plans = jobs::plan(&stages, request.shown.policy, options, &request.plan, early);
        if let Some(plans) = part(request, outbox, plans, Found::PlansCancelled, Found::PlansFailed)? {
            outbox.send(request.job, Found::Plans(Box::new(plans)));
        }
    }
    if let Some(mut study) = study {
        observe(request, outbox, finish_study(request, outbox, &stages, &mut study))?;
    }
    if request.parts.intervals {
        let options = FrontierOptions {
            engine: Engine::MonteCarlo,
            sampled_settings: 0,
            requests: REQUESTS,
            review: false,
            ..FrontierOptions::default()
        };
        match jobs::frontier(&world, &options, &request.sampling) {
            Ok(sampled) => outbox.send(request.job, Found::Intervals(Box::new(sampled))),
            Err(JobError::Cancelled) if !control.is_cancelled() => outbox.send(request.job, Found::IntervalsCancelled),
            Err(error) => return Err(error),
        }
    }
    if request.parts.study == Some(Turn::Last)
        && let Some(mut study) = observe(request, outbox, start_study(request, outbox, &stages))?
    {
        observe(request, outbox, finish_study(request, outbox, &stages, &mut study))?;
    }
    Ok(())
}

/// Points of a sweep, each as it is done.
fn run_sweep(request: &Request, outbox: &Outbox, traffic: &Traffic, work: &SweepWork) -> Result<(), JobError> {
    let scenario = work.scenario.as_ref();
    let asked = jobs::Sweep { plan: &work.plan, scenario, traffic, shard: Shard::WHOLE };
    let keep = |point: u64, values: &[f64], rows: &[Row]| {
        outbox.send(request.job, Found::Unit { point, values: values.to_vec(), rows: rows.to_vec() });
        Ok(())
    };
    let done = jobs::sweep(&asked, &|point, _: &[f64]| !work.done.contains(&point), &keep, &request.sweep);
    if part(request, outbox, done, Found::SweepCancelled, Found::SweepFailed)?.is_some() {
        outbox.send(request.job, Found::SweepDone);
    }
    Ok(())
}

/// What the ranges do to the answer, as it becomes known.
fn look_at_ranges(
    request: &Request,
    outbox: &Outbox,
    world: &World,
    options: &UncertainOptions,
) -> Result<(), JobError> {
    let send = |found: &Uncertain, is_whole: bool| {
        outbox.send(request.job, Found::Ranges { found: Box::new(found.clone()), is_whole });
    };
    let found =
        jobs::uncertain(&request.scenario, &world.traffic, options, &request.ranges, |found| send(found, false));
    if let Some(found) = part(request, outbox, found, Found::RangesCancelled, Found::RangesFailed)? {
        send(&found, true);
    }
    Ok(())
}

/// What every option is worth: those that nobody watches first, then the others as they are known.
fn decide(request: &Request, outbox: &Outbox, stages: &Stages<'_>, options: &DecideOptions) -> Result<(), JobError> {
    let send = |decision: &Decision, is_whole: bool| {
        outbox.send(request.job, Found::Decision { decision: Box::new(decision.clone()), is_whole });
    };
    match jobs::decide(stages, options, &request.decide, |decision| send(decision, false)) {
        Ok(decision) => send(&decision, true),
        Err(JobError::Cancelled) if request.control.is_cancelled() => return Err(JobError::Cancelled),
        Err(JobError::Cancelled) => outbox.send(request.job, Found::DecisionCancelled),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// The run that is shown, with what people make of its alarms. Without a response an alarm changes nothing.
fn live(request: &Request, outbox: &Outbox, stages: &Stages<'_>, studies: &[Study]) -> Result<(), JobError> {
    if request.scenario.response.is_none() {
        return Ok(());
    }
    let lives = jobs::lives(stages, request.shown.policy, request.shown.replicate, studies, &request.control)?;
    outbox.send(request.job, Found::Lives(Box::new(lives)));
    Ok(())
}

/// What each step could have shown, at once. Returns the rollout where it has a gate, whose runs come later.
fn show_steps<'w>(
    request: &Request,
    outbox: &Outbox,
    stages: &Stages<'w>,
) -> Result<Option<jobs::Steps<'w>>, JobError> {
    let replicates = request.scenario.study.replicates;
    let steps = jobs::Steps::prepare(stages, request.shown.policy, replicates, &request.rollout)?;
    let is_whole = !steps.has_gate();
    outbox.send(request.job, Found::Rollout { outcome: Box::new(steps.power()), is_whole });
    Ok((!is_whole).then_some(steps))
}

/// What the gate does.
fn run_gate(request: &Request, outbox: &Outbox, steps: &jobs::Steps<'_>) -> Result<(), JobError> {
    let outcome = steps.run(request.scenario.study.replicates, &request.rollout)?;
    outbox.send(request.job, Found::Rollout { outcome: Box::new(outcome), is_whole: true });
    Ok(())
}

/// A part that ends early ends nothing else, unless the whole job was cancelled.
fn part<T>(
    request: &Request,
    outbox: &Outbox,
    result: Result<T, JobError>,
    cancelled: Found,
    failed: fn(String) -> Found,
) -> Result<Option<T>, JobError> {
    match result {
        Ok(value) => return Ok(Some(value)),
        Err(JobError::Cancelled) if request.control.is_cancelled() => return Err(JobError::Cancelled),
        Err(JobError::Cancelled) => outbox.send(request.job, cancelled),
        Err(JobError::Monitors(message)) => outbox.send(request.job, failed(message)),
        Err(error) => return Err(error),
    }
    Ok(None)
}

/// A look at the rollout, as a part.
fn watch_steps<T>(request: &Request, outbox: &Outbox, result: Result<T, JobError>) -> Result<Option<T>, JobError> {
    part(request, outbox, result, Found::RolloutCancelled, Found::RolloutFailed)
}

/// A study, as a part.
fn observe<T>(request: &Request, outbox: &Outbox, result: Result<T, JobError>) -> Result<Option<T>, JobError> {
    part(request, outbox, result, Found::StudyCancelled, Found::StudyFailed)
}

/// The study over its first replicates.
fn start_study<'w>(request: &Request, outbox: &Outbox, stages: &Stages<'w>) -> Result<Detection<'w>, JobError> {
    let mut study = Detection::prepare_at(stages, request.shown.policy, budgets(request), &request.study)?;
    let replicates = request.scenario.study.replicates.min(jobs::FIRST_REPLICATES);
    study.run(replicates, &request.study, |_| {})?;
    send_study(request, outbox, &study);
    Ok(study)
}

/// The rest of its replicates, and the run that is shown with what people make of its alarms.
fn finish_study(
    request: &Request,
    outbox: &Outbox,
    stages: &Stages<'_>,
    study: &mut Detection<'_>,
) -> Result<(), JobError> {
    study.run(request.scenario.study.replicates, &request.study, |study| send_study(request, outbox, study))?;
    let studies: Vec<Study> = budgets(request).into_iter().map(|budget| study.study(budget)).collect();
    live(request, outbox, stages, &studies)
}

/// False-alarm budgets that the window offers: the scenario's own among the usual ones.
fn budgets(request: &Request) -> Vec<f64> {
    let own = request.scenario.study.false_alarms;
    let mut budgets = vec![own];
    budgets.extend(BUDGETS.iter().filter(|b| (**b - own).abs() > 1e-9));
    budgets.sort_by(f64::total_cmp);
    budgets
}

fn send_study(request: &Request, outbox: &Outbox, study: &Detection<'_>) {
    let at: Vec<Study> = budgets(request).into_iter().map(|budget| study.study(budget)).collect();
    let is_whole = study.results.replicates() >= request.scenario.study.replicates as usize;
    outbox.send(request.job, Found::Study { at, is_whole });
}

/// Whether all points of a scenario take longer than a hand on a slider waits for.
fn is_large(scenario: &Scenario) -> bool {
    /// Segments × sets of tiers that may succeed × policies; the flagship has about 300.
    const LARGE: usize = 10_000;
    scenario.segments.len() * (1_usize << scenario.tiers.len().min(20)) * scenario.policies.len() > LARGE
}

/// The operating points of some policies: what a moving slider shows first. Those of the others are left open.
fn operating_points(
    stages: &Stages<'_>,
    policies: &[usize],
    quality_floor: Option<f64>,
    control: &Control,
) -> Result<Frontier, JobError> {
    let options = FrontierOptions {
        engine: Engine::Exact,
        exact_settings: 0,
        fill_stateful: false,
        review: false,
        ..FrontierOptions::default()
    };
    let curves = jobs::exact_curves(stages, policies, options.exact_settings, control)?;
    let whole = |curves: Vec<Curve>| {
        let mut known: HashMap<usize, Curve> = curves.into_iter().map(|curve| (curve.policy, curve)).collect();
        let open = |policy| Curve { policy, knob: None, operating_point: None, sweep: Vec::new(), recovered: None };
        let count = stages.launch.world.scenario.policies.len();
        (0..count).map(|policy| known.remove(&policy).unwrap_or_else(|| open(policy))).collect()
    };
    let mut assembled = curves.into_iter().enumerate().filter_map(|(i, c)| stages.assemble(i, whole(c), quality_floor));
    let launch = assembled.next().ok_or(JobError::Cancelled)?;
    Ok(Frontier {
        engine: Engine::Exact,
        baseline: stages.baseline,
        launch,
        production: assembled.next(),
        launch_review: Vec::new(),
    })
}

fn rest(control: &Control) -> Result<(), JobError> {
    const STEP: Duration = Duration::from_millis(10);
    let mut left = REST;
    while !left.is_zero() {
        if control.is_cancelled() {
            return Err(JobError::Cancelled);
        }
        std::thread::sleep(STEP);
        left = left.saturating_sub(STEP);
    }
    Ok(())
}
