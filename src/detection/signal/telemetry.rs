//! What comes in of itself: every outcome (which nobody sees), thumbs-down, and tickets, surveys and departures after a delay.
//!
//! Requests are Poisson given the day effect, so that whatever is split off them by chance, delays included, is Poisson
//! too and independent from day to day.

use super::dice::Dice;
use super::{Drawn, QUANTITIES, Run, Source, Split, add_answers, binomial_evidence, delay, for_parts, share};
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

    fn draw(&self, run: &Run<'_>, dice: &mut Dice, out: &mut Drawn) {
        for day in 0..run.days() {
            let requests = run.requests(day);
            for stream in 0..self.split.len() {
                let (whole, bad) = (QUANTITIES * stream, QUANTITIES * stream + 1);
                // The truth is read against what launch would have been on a day as hard as this one.
                let share = run.share_in(day, bad, whole, !self.thumbs_down || run.weighs_evidence);
                let count = dice.poisson(requests * share.whole * share.now);
                let labels = count + dice.poisson(requests * share.whole * (1.0 - share.now));
                // The limit also knows how hard the day was; a team does not.
                let (rate, level) = if self.thumbs_down {
                    (run.share_expected(day, bad, whole), run.level(day, stream))
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
    lags: Vec<f64>,
}

impl Arrivals {
    /// The users' own delay comes from the scenario; the monitor's is added.
    pub fn new(course: &Course<'_>, monitor: &Monitor, kind: Telemetry, split: Split) -> Self {
        Self { split, kind, lags: lags(course, monitor, kind) }
    }
}

/// Delay from the request to the observation.
pub(crate) fn lags(course: &Course<'_>, monitor: &Monitor, kind: Telemetry) -> Vec<f64> {
    let scenario = &course.world.scenario;
    let days = course.days();
    let users = match kind {
        Telemetry::Tickets => scenario.economics.ticket.delay_days,
        Telemetry::Churn => scenario.economics.churn.delay_days,
        Telemetry::Csat => scenario.feedback.csat.delay_days,
        Telemetry::ThumbsDown => 0.0,
    };
    let own = delay::gamma(monitor.delay_days, monitor.delay_cv, days);
    delay::convolve(&delay::geometric(users, days), &own, days)
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

/// What falls due on each day of what the days before it sent on: exposure, bad ones as expected, under launch, in production, and the
/// level. Where nobody weighs the evidence, the two worlds are the same.
pub(super) fn due(run: &Run<'_>, lags: &[f64], sent: &[Vec<f64>; 5]) -> [Vec<f64>; 5] {
    const LAUNCH: usize = 2;
    const PRODUCTION: usize = 3;
    let mut all: [Vec<f64>; 5] = std::array::from_fn(|_| vec![0.0; run.days()]);
    for (column, (due, sent)) in all.iter_mut().zip(sent).enumerate() {
        if column == PRODUCTION && !run.weighs_evidence {
            continue;
        }
        // Lag by lag over all days: a loop that the machine does several steps of at once.
        for (lag, share) in lags.iter().enumerate().take(run.days()) {
            for (due, sent) in due.iter_mut().skip(lag).zip(sent) {
                *due += share * sent;
            }
        }
    }
    if !run.weighs_evidence {
        all[PRODUCTION] = all[LAUNCH].clone();
    }
    all
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

    fn draw(&self, run: &Run<'_>, dice: &mut Dice, out: &mut Drawn) {
        for stream in 0..self.split.len() {
            let (whole, bad) = (QUANTITIES * stream, QUANTITIES * stream + 1);
            // What each day sends on: exposure, bad ones as expected, under launch and in production, and the level.
            let mut sent: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::with_capacity(run.days()));
            for day in 0..run.days() {
                let share = run.share(day, bad, whole);
                let exposure = run.requests(day) * share.whole;
                let expected = run.share_expected(day, bad, whole);
                let of_day = [
                    exposure,
                    exposure * expected,
                    exposure * share.launch,
                    exposure * share.production,
                    exposure * run.level(day, stream),
                ];
                for (sent, value) in sent.iter_mut().zip(of_day) {
                    sent.push(value);
                }
            }
            let due = due(run, &self.lags, &sent);
            for day in 0..run.days() {
                let [exposure, expected, launch, production, level] = due.each_ref().map(|due| due[day]);
                let mean = if run.production { production } else { launch };
                if exposure <= 0.0 {
                    continue;
                }
                let count = dice.poisson(mean);
                if self.kind == Telemetry::Csat {
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
                    out.add_evidence(day, count * super::log_ratio(production, launch) - (production - launch));
                }
            }
        }
    }
}
