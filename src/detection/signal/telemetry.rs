//! What comes in of itself: every outcome (which nobody sees), thumbs-down, and tickets, surveys and departures after a delay.
//!
//! Requests are Poisson given the day effect, so that whatever is split off them by chance, delays included, is Poisson
//! too and independent from day to day.

use std::ops::Range;

use multiversion::multiversion;

use super::dice::Dice;
use super::{Drawn, QUANTITIES, Run, Sampler, Source, Split, add_answers, binomial_evidence, delay, for_parts, share};
use crate::detection::course::{ArmView, Course};
use crate::detection::observation::Observation;
use crate::model::{Monitor, Telemetry};

/// Every answer, good or bad: as it really is, or by whether the user said so.
#[derive(Debug)]
pub(in crate::detection) struct Outcomes {
    pub split: Split,
    pub thumbs_down: bool,
}

impl Source for Outcomes {
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = vec![0.0; QUANTITIES * self.split.len()];
        let thumbs = view.world.scenario.feedback.thumbs_down;
        let (of_failed, of_good) = if self.thumbs_down { (thumbs.failed, thumbs.ok) } else { (1.0, 0.0) };
        for_parts(view, &self.split, |part| {
            add_answers(&mut cells, part.stream, (part.failed, (of_failed, 1.0)), (part.good, (of_good, 1.0)));
        });
        cells
    }

    fn sampler(&self, _: usize) -> Box<dyn Sampler + '_> {
        Box::new(Looking { outcomes: self })
    }
}

/// A run of it.
#[derive(Debug)]
struct Looking<'s> {
    outcomes: &'s Outcomes,
}

impl Sampler for Looking<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        let Outcomes { split, thumbs_down } = self.outcomes;
        for day in days {
            let requests = run.requests(day);
            for stream in 0..split.len() {
                let (whole, bad) = (QUANTITIES * stream, QUANTITIES * stream + 1);
                // The truth is read against what launch would have been on a day as hard as this one.
                let share = run.share_in(day, bad, whole, !thumbs_down || run.weighs_evidence);
                let count = dice.poisson(requests * share.whole * share.now);
                let labels = count + dice.poisson(requests * share.whole * (1.0 - share.now));
                // The limit also knows how hard the day was; a team does not.
                let (rate, level) = if *thumbs_down {
                    let expected = run.reference(day, stream);
                    (expected.rate, expected.level)
                } else {
                    (share.launch, share.launch)
                };
                out.set(day, stream, Observation::Binomial { bad: count, labels, rate, level });
                out.add_evidence(day, share.evidence(count, labels));
            }
        }
    }
}

/// Tickets, departures, or answers to a survey, some days after the request.
#[derive(Debug)]
pub(in crate::detection) struct Arrivals {
    split: Split,
    kind: Telemetry,
    lags: Lags,
}

impl Arrivals {
    /// The users' own delay comes from the scenario; the monitor's is added.
    pub fn new(course: &Course<'_>, monitor: &Monitor, kind: Telemetry, split: Split) -> Self {
        Self { split, kind, lags: Lags::new(course, monitor, kind) }
    }
}

/// Delay from the request to the observation: probabilities of 0, 1, 2… days.
pub(crate) fn lags(course: &Course<'_>, monitor: &Monitor, kind: Telemetry) -> Vec<f64> {
    Lags::new(course, monitor, kind).all
}

/// Delays from the request to the observation.
#[derive(Debug)]
pub(super) struct Lags {
    /// Probabilities of 0, 1, 2… days.
    all: Vec<f64>,
    /// The monitor's own part of them.
    own: Vec<f64>,
    /// The users' part is geometric: chance that what is still due comes today.
    arrival: f64,
}

impl Lags {
    pub fn new(course: &Course<'_>, monitor: &Monitor, kind: Telemetry) -> Self {
        let scenario = &course.world.scenario;
        let days = course.days();
        let users = match kind {
            Telemetry::Tickets => scenario.economics.ticket.delay_days,
            Telemetry::Churn => scenario.economics.churn.delay_days,
            Telemetry::Csat => scenario.feedback.csat.delay_days,
            Telemetry::ThumbsDown => 0.0,
        };
        let own = delay::gamma(monitor.delay_days, monitor.delay_cv, days);
        let all = delay::convolve(&delay::geometric(users, days), &own, days);
        Self { all, own, arrival: 1.0 / (1.0 + users.max(0.0)) }
    }
}

/// Probabilities of a bad and of any observation that follow from a failure and from a success.
pub(super) fn follows(view: &ArmView<'_>, kind: Telemetry) -> [(f64, f64); 2] {
    let scenario = &view.world.scenario;
    let of = |c: crate::model::Consequence| [(c.failed, 1.0), (c.ok, 1.0)];
    match kind {
        Telemetry::Tickets => of(scenario.economics.ticket),
        Telemetry::Churn => of(scenario.economics.churn),
        Telemetry::Csat => {
            let csat = scenario.feedback.csat;
            [csat.satisfied_failed, csat.satisfied_ok].map(|p| (csat.response * (1.0 - p), csat.response))
        }
        Telemetry::ThumbsDown => {
            let thumbs = scenario.feedback.thumbs_down;
            [(thumbs.failed, 1.0), (thumbs.ok, 1.0)]
        }
    }
}

/// Columns of what is sent on and falls due: exposure, bad ones as expected, under launch, in production, and the level.
const COLUMNS: usize = 5;
const PRODUCTION: usize = 3;

/// What falls due on each day of what the days before it sent on.
#[derive(Debug)]
pub(super) struct Due<'s> {
    lags: &'s Lags,
    sent: [Vec<f64>; COLUMNS],
    due: [Vec<f64>; COLUMNS],
}

/// What falls due on a day: exposure, bad ones as expected, under launch and in production, and the level. Where nobody weighs the evidence,
/// the two worlds are the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfDay {
    pub exposure: f64,
    pub expected: f64,
    pub launch: f64,
    pub production: f64,
    pub level: f64,
}

impl OfDay {
    /// Bad ones in the world of a run.
    pub fn now(&self, run: &Run<'_>) -> f64 {
        if run.production { self.production } else { self.launch }
    }

    /// Evidence of so many bad ones, nats.
    pub fn evidence(&self, count: f64) -> f64 {
        count * super::log_ratio(self.production, self.launch) - (self.production - self.launch)
    }
}

impl<'s> Due<'s> {
    pub fn new(lags: &'s Lags, days: usize) -> Self {
        let rows = || std::array::from_fn(|_| Vec::with_capacity(days));
        Self { lags, sent: rows(), due: rows() }
    }

    /// What the next day sends on, of so many requests.
    pub fn send(&mut self, run: &Run<'_>, day: usize, stream: usize, requests: f64) {
        let share = run.share(day, QUANTITIES * stream + 1, QUANTITIES * stream);
        let exposure = requests * share.whole;
        let expected = run.reference(day, stream);
        let of_day = [
            exposure,
            exposure * expected.rate,
            exposure * share.launch,
            exposure * share.production,
            exposure * expected.level,
        ];
        for (sent, value) in self.sent.iter_mut().zip(of_day) {
            sent.push(value);
        }
    }

    /// Adds up what falls due on the next days.
    pub fn fall_due(&mut self, run: &Run<'_>, days: Range<usize>, dice: &Dice) {
        let Lags { all, own, arrival } = self.lags;
        let is_quick = dice.is_quick();
        let lags = if is_quick { own } else { all };
        for (column, (due, sent)) in self.due.iter_mut().zip(&self.sent).enumerate() {
            due.resize(days.end, 0.0);
            if column == PRODUCTION && !run.weighs_evidence {
                continue;
            }
            add_up(due, sent, lags, days.start);
            if is_quick {
                // What waits for the users shrinks by the same share every day: one step a day in place of one for each day before it.
                let mut waiting = days.start.checked_sub(1).and_then(|day| due.get(day)).copied().unwrap_or(0.0);
                for due in due.iter_mut().skip(days.start) {
                    waiting = arrival * *due + (1.0 - arrival) * waiting;
                    *due = waiting;
                }
            }
        }
    }

    /// What falls due on a day.
    pub fn on(&self, day: usize, run: &Run<'_>) -> OfDay {
        let [exposure, expected, launch, production, level] =
            self.due.each_ref().map(|due| due.get(day).copied().unwrap_or(0.0));
        let production = if run.weighs_evidence { production } else { launch };
        OfDay { exposure, expected, launch, production, level }
    }
}

/// Adds to what falls due from a day on what was sent so many days before.
#[multiversion(targets("x86_64+avx+avx2", "aarch64+neon"))]
fn add_up(due: &mut [f64], sent: &[f64], lags: &[f64], from: usize) {
    // Lag by lag over all days: a loop that the machine does several steps of at once.
    for (lag, share) in lags.iter().enumerate() {
        let first = from.max(lag);
        let (Some(due), Some(sent)) = (due.get_mut(first..), sent.get(first - lag..)) else { return };
        for (due, sent) in due.iter_mut().zip(sent) {
            *due += share * sent;
        }
    }
}

impl Source for Arrivals {
    /// For each stream what its observations come from (requests, or answered surveys), how many are bad, and of both what failed.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = vec![0.0; QUANTITIES * self.split.len()];
        let [failed, good] = follows(view, self.kind);
        for_parts(view, &self.split, |part| {
            add_answers(&mut cells, part.stream, (part.failed, failed), (part.good, good));
        });
        cells
    }

    fn sampler(&self, days: usize) -> Box<dyn Sampler + '_> {
        Box::new(Arriving { arrivals: self, due: (0..self.split.len()).map(|_| Due::new(&self.lags, days)).collect() })
    }
}

/// A run of it.
#[derive(Debug)]
struct Arriving<'s> {
    arrivals: &'s Arrivals,
    /// One a stream.
    due: Vec<Due<'s>>,
}

impl Sampler for Arriving<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        for (stream, due) in self.due.iter_mut().enumerate() {
            for day in days.clone() {
                due.send(run, day, stream, run.requests(day));
            }
            due.fall_due(run, days.clone(), dice);
            for day in days.clone() {
                let of_day = due.on(day, run);
                let OfDay { exposure, expected, launch, production, level } = of_day;
                let mean = of_day.now(run);
                if exposure <= 0.0 {
                    continue;
                }
                let count = dice.poisson(mean);
                if self.arrivals.kind == Telemetry::Csat {
                    let labels = count + dice.poisson((exposure - mean).max(0.0));
                    out.set(
                        day,
                        stream,
                        Observation::Binomial {
                            bad: count,
                            labels,
                            rate: share(expected, exposure),
                            level: level / exposure,
                        },
                    );
                    let (p1, p0) = (share(production, exposure), share(launch, exposure));
                    out.add_evidence(day, binomial_evidence(count, labels, p1, p0));
                } else {
                    out.set(
                        day,
                        stream,
                        Observation::Poisson { count, exposure, rate: expected / exposure, level: level / exposure },
                    );
                    out.add_evidence(day, of_day.evidence(count));
                }
            }
        }
    }
}
