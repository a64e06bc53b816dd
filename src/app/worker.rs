//! The background worker: one thread that always works on the newest scenario and sends what it finds, piece by piece.
//!
//! The window never simulates: it submits a scenario and reads updates. A newer request cancels the older one; updates of
//! an older job still under way are recognised by their number and dropped by the reader.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::frontier::{Engine, Frontier, Stages};
use crate::jobs::{self, Control, FrontierOptions, JobError};
use crate::scenario::model::Scenario;
use crate::simulation::world::World;
use crate::timeline::Timeline;

/// Requests simulated for each operating point.
const REQUESTS: u64 = 1_000_000;
/// Knob settings of an exact curve.
const SETTINGS: usize = 101;
/// Rest before the long simulation starts, so that a slider on its way does not start it at every step.
const REST: Duration = Duration::from_millis(200);

/// What to compute.
struct Request {
    job: u64,
    scenario: Arc<Scenario>,
    policy: usize,
    parts: Parts,
    control: Arc<Control>,
    sampling: Arc<Control>,
}

/// Which parts of the work a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Points and curves of all policies.
    pub frontier: bool,
    /// Monte Carlo intervals.
    pub intervals: bool,
}

/// Something found.
#[derive(Debug)]
pub enum Found {
    /// Exact operating points, without curves.
    Points(Box<Frontier>),
    /// Exact curves and everything derived from them.
    Curves(Box<Frontier>),
    /// The timeline of the policy asked for.
    Timeline(Box<Timeline>),
    /// Operating points by Monte Carlo, with intervals.
    Intervals(Box<Frontier>),
    /// The long simulation was cancelled by the user.
    IntervalsCancelled,
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
            job: 0,
        })
    }

    /// Cancels what is under way and asks for this instead. Returns the job's number.
    pub fn submit(&mut self, scenario: Arc<Scenario>, policy: usize, parts: Parts) -> u64 {
        self.cancel();
        self.job += 1;
        self.control = Control::new();
        self.sampling = Control::new();
        let request = Request {
            job: self.job,
            scenario,
            policy,
            parts,
            control: Arc::clone(&self.control),
            sampling: Arc::clone(&self.sampling),
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
    while let Ok(mut request) = inbox.recv() {
        // Only the newest counts.
        while let Ok(newer) = inbox.try_recv() {
            request = newer;
        }
        match jobs::guarded(|| pool.install(|| work(&request, outbox))) {
            Ok(()) | Err(JobError::Cancelled) => {}
            Err(error) => outbox.send(request.job, Found::Failed(error.to_string())),
        }
        outbox.send(request.job, Found::Finished);
    }
}

fn work(request: &Request, outbox: &Outbox) -> Result<(), JobError> {
    let world = World::compile(&request.scenario)?;
    let control = &request.control;
    if request.parts.frontier {
        let points = operating_points(&world, control)?;
        outbox.send(request.job, Found::Points(Box::new(points)));
        let options = FrontierOptions {
            engine: Engine::Exact,
            exact_settings: SETTINGS,
            fill_stateful: false,
            ..FrontierOptions::default()
        };
        let curves = jobs::frontier(&world, &options, control)?;
        outbox.send(request.job, Found::Curves(Box::new(curves)));
    }
    let timeline = jobs::timeline(&world, request.policy, 0, control)?;
    outbox.send(request.job, Found::Timeline(Box::new(timeline)));
    if request.parts.intervals {
        rest(control)?;
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
    Ok(())
}

/// Operating points alone: what a moving slider shows first.
fn operating_points(world: &World, control: &Control) -> Result<Frontier, JobError> {
    let options = FrontierOptions {
        engine: Engine::Exact,
        exact_settings: 0,
        fill_stateful: false,
        review: false,
        ..FrontierOptions::default()
    };
    let stages = Stages::new(world)?;
    let policies: Vec<usize> = (0..world.scenario.policies.len()).collect();
    let curves = jobs::exact_curves(&stages, &policies, options.exact_settings, control)?;
    let mut assembled = curves.into_iter().enumerate().filter_map(|(i, c)| stages.assemble(i, c, None));
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
