//! Runs every monitor over replicates and keeps each run's record maxima, from which any threshold's alarm can be read off later.

use std::cell::RefCell;

use super::assembly::Assembled;
use super::channel::Channel;
use super::course::Course;
use super::day_effect::Place;
use super::detector::{self, Baseline, Detector};
use super::monitor as kinds;
use super::observation::Observation;
use super::signal::dice::{Dice, Drawing};
use super::signal::{Drawn, Run, Running, Signal, SignalError};
use crate::frontier::Stages;
use crate::model::{self, Allocation, Monitor, Strata};
use crate::simulation::random::{Address, Purpose};
use crate::simulation::world::WorldError;

/// What a replicate is for. Each phase has replicates of its own, so that no false alarm is judged by the runs that set its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Launch assumptions: sets thresholds.
    Calibration,
    /// Launch assumptions: measures the false alarms really achieved.
    Check,
    /// With the scenario's events.
    Production,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Calibration, Self::Check, Self::Production];

    /// The number of a replicate among all of a scenario.
    pub fn replicate(self, index: u32) -> u32 {
        match self {
            // A timeline's replicate has the same day effects.
            Self::Production => index,
            Self::Calibration => 1 << 31 | index,
            Self::Check => 1 << 30 | index,
        }
    }
}

/// Days on which a run's statistic was larger than ever before, with its value.
pub type Records = Vec<(u32, f64)>;

/// Whether a statistic is above a threshold. One that equals it may differ in its last digits, as sums in another order do, and is not.
pub fn exceeds(statistic: f64, threshold: f64) -> bool {
    let rounding = if threshold.is_finite() { 1e-9 * (1.0 + threshold.abs()) } else { 0.0 };
    statistic > threshold + rounding
}

/// First day on which the statistic exceeded the threshold.
pub fn alarm_day(records: &Records, threshold: f64) -> Option<u32> {
    records.iter().find(|(_, statistic)| exceeds(*statistic, threshold)).map(|(day, _)| *day)
}

/// Who takes part: a monitor as the scenario describes it, or something it is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The monitor itself.
    Itself,
    /// The same with a known reference, where its own is estimated.
    KnownReference,
    /// Its own observations, judged by the matched likelihood-ratio CUSUM: the limit of that stream.
    Limit,
    /// Every outcome, under the same detector.
    Truth,
}

/// One chart over one signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    /// Index of the monitor in the race.
    pub monitor: usize,
    /// In which role.
    pub role: Role,
    signal: usize,
    detector: Option<model::Detector>,
}

impl Contestant {
    /// Index of the signal it reads.
    pub fn signal(&self) -> usize {
        self.signal
    }
}

/// Everything a study runs; immutable while it runs.
#[derive(Debug)]
pub struct Race<'w> {
    /// The policy under study.
    pub course: Course<'w>,
    /// Who watches it.
    pub monitors: Vec<Monitor>,
    /// What is observed.
    pub signals: Vec<Signal>,
    /// Which channel each signal reads: those that look at the same share one.
    pub channel_of: Vec<usize>,
    /// Charts.
    pub contestants: Vec<Contestant>,
    /// How observations are drawn.
    pub drawing: Drawing,
    /// Which signals have a limit, the only one that goes by the evidence.
    weighed: Vec<bool>,
}

/// Why a study cannot run.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RaceError {
    /// The world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Monitors that do not fit, all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Signals(Vec<SignalError>),
}

impl<'w> Race<'w> {
    /// Prepares the study of a policy by some monitors, with what each is measured against where `with_references` says so.
    ///
    /// # Errors
    /// When the policy cannot be compiled, or with every monitor that does not fit it.
    pub fn new(
        stages: &Stages<'w>,
        policy: usize,
        monitors: Vec<Monitor>,
        with_references: bool,
    ) -> Result<Self, RaceError> {
        let course = Course::new(stages, policy, None)?;
        let (race, problems) = Self::of_those_that_fit(course, monitors, with_references);
        if problems.is_empty() { Ok(race) } else { Err(RaceError::Signals(problems)) }
    }

    /// The same of a course, with a problem for each monitor that does not fit it; that one takes no part.
    pub fn of_those_that_fit(
        course: Course<'w>,
        monitors: Vec<Monitor>,
        with_references: bool,
    ) -> (Self, Vec<SignalError>) {
        let mut signals = Vec::new();
        let mut contestants = Vec::new();
        let mut problems = Vec::new();
        let mut truths: Vec<(Strata, usize)> = Vec::new();
        for (index, monitor) in monitors.iter().enumerate() {
            // Monitors that differ in their detectors alone look at the same observations, and fit as well.
            let before = contestants.iter().rev().find_map(|c: &Contestant| {
                monitors
                    .get(c.monitor)
                    .filter(|m| c.role == Role::Itself && observe_the_same(m, monitor))
                    .map(|_| c.signal)
            });
            let mine = match before.map_or_else(
                || kinds::signal(&course, monitor).map(|signal| signal.map(Mine::New)),
                |signal| kinds::fits_its_detector(monitor).map(|()| Some(Mine::Known(signal))),
            ) {
                Ok(Some(mine)) => mine,
                Ok(None) => continue,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            let Some(chart) = monitor.detector.clone() else { continue };
            let mine = match mine {
                Mine::Known(signal) => signal,
                Mine::New(signal) => {
                    signals.push(signal);
                    signals.len() - 1
                }
            };
            let mut enter = |role, signal, detector| {
                contestants.push(Contestant { monitor: index, role, signal, detector });
            };
            enter(Role::Itself, mine, Some(chart.clone()));
            if !with_references {
                continue;
            }
            enter(Role::Limit, mine, None);
            let known = model::Detector { baseline_days: None, ..chart.clone() };
            if chart.baseline_days.is_some() {
                enter(Role::KnownReference, mine, Some(known.clone()));
            }
            if monitor.kind.is::<kinds::Truth>() {
                truths.push((monitor.strata, mine));
                continue;
            }
            let strata = kinds::watch(&monitor.kind).map_or(monitor.strata, |kind| kind.compared_by(monitor.strata));
            let truth = truths.iter().find(|(s, _)| *s == strata).map(|(_, signal)| *signal);
            let truth = truth.or_else(|| {
                signals.push(Signal::truth(&course, strata)?);
                truths.push((strata, signals.len() - 1));
                Some(signals.len() - 1)
            });
            if let Some(truth) = truth {
                contestants.push(Contestant {
                    monitor: index,
                    role: Role::Truth,
                    signal: truth,
                    detector: Some(known),
                });
            }
        }
        let channel_of = channels(&signals, &contestants, &monitors);
        let mut weighed = vec![false; signals.len()];
        for contestant in contestants.iter().filter(|c| c.role == Role::Limit) {
            if let Some(weighed) = weighed.get_mut(contestant.signal) {
                *weighed = true;
            }
        }
        (Self { course, monitors, signals, channel_of, contestants, drawing: Drawing::Exact, weighed }, problems)
    }

    /// Signals that have a channel of their own, in the order of the channels.
    pub fn looks(&self) -> Vec<&Signal> {
        let mut looks = Vec::new();
        for (signal, channel) in self.signals.iter().zip(&self.channel_of) {
            if *channel == looks.len() {
                looks.push(signal);
            }
        }
        looks
    }

    /// What a signal sees of each day.
    pub fn channel<'a>(&self, assembled: &'a Assembled, signal: usize) -> Option<&'a Channel> {
        assembled.channels.get(*self.channel_of.get(signal)?)
    }

    /// The contestant of a monitor in a role.
    pub fn contestant(&self, monitor: usize, role: Role) -> Option<usize> {
        self.contestants.iter().position(|c| c.monitor == monitor && c.role == role)
    }

    /// Streams that a monitor watches.
    pub fn streams(&self, monitor: usize) -> usize {
        self.signal(monitor).map_or(1, |s| s.strata.len())
    }

    /// What a monitor observes; `None` for the controls.
    pub fn signal(&self, monitor: usize) -> Option<&Signal> {
        let contestant = self.contestant(monitor, Role::Itself).and_then(|c| self.contestants.get(c))?;
        self.signals.get(contestant.signal)
    }

    /// The threshold that a monitor's detector guarantees without calibration, if it does.
    pub fn guaranteed_threshold(&self, monitor: usize, false_alarms: f64) -> Option<f64> {
        let detector = self.monitors.get(monitor).and_then(|m| m.detector.as_ref())?;
        let days = u32::try_from(self.course.days()).unwrap_or(u32::MAX);
        detector::charting(detector)?.guaranteed(days, self.streams(monitor), false_alarms)
    }

    /// A replicate, of which nothing is drawn yet.
    pub fn replicate<'r>(&'r self, assembled: &'r Assembled, phase: Phase, index: u32) -> Replicate<'r, 'w> {
        let world = self.course.world;
        let number = phase.replicate(index);
        let effects = (0..self.course.days()).map(|day| world.day_effect(number, day as u32));
        let places = effects.map(|effect| self.course.grid.place(effect)).collect();
        let drawn = self.signals.iter().map(|_| RefCell::new(None)).collect();
        Replicate { race: self, assembled, number, production: phase == Phase::Production, places, drawn }
    }

    /// Runs one replicate: the records of every contestant, in their order.
    pub fn run(&self, assembled: &Assembled, phase: Phase, index: u32) -> Vec<Records> {
        let replicate = self.replicate(assembled, phase, index);
        let mut results = vec![Records::new(); self.contestants.len()];
        for signal in 0..self.signals.len() {
            for (index, records) in results.iter_mut().enumerate() {
                if self.contestants.get(index).is_some_and(|c| c.signal == signal) {
                    *records = replicate.records(index);
                }
            }
            replicate.forget(signal);
        }
        results
    }
}

/// A replicate of a race: what each signal observes is drawn when it is first asked for, and where numbers are drawn quickly no further than
/// somebody looks. What is drawn does not depend on who looks: each signal has random numbers of its own, which it takes in the order of
/// the days.
#[derive(Debug)]
pub struct Replicate<'r, 'w> {
    race: &'r Race<'w>,
    assembled: &'r Assembled,
    /// Its number among all of the scenario.
    pub number: u32,
    /// Whether events are in force.
    pub production: bool,
    places: Vec<Place>,
    drawn: Vec<RefCell<Option<(Running<'r>, Drawn)>>>,
}

/// A contestant's charts on their way through a replicate.
pub struct Charts {
    contestant: usize,
    charts: Vec<(Box<dyn Detector>, Option<Baseline>)>,
    /// Charts start from zero on this day.
    from: u32,
    /// The next day to be looked at.
    next: u32,
    records: Records,
}

impl<'r> Replicate<'r, '_> {
    fn begin(&self, signal: usize) -> Option<(Running<'r>, Drawn)> {
        let course = &self.race.course;
        let address =
            Address { seed: course.world.scenario.seed, replicate: self.number, day: 0, purpose: Purpose::Study };
        let mut drawn = Drawn::default();
        let dice = Dice::new(self.race.drawing, address, signal as u32);
        let running = self.race.signals.get(signal)?.begin(course, dice, self.weighs_evidence(signal), &mut drawn);
        Some((running, drawn))
    }

    fn weighs_evidence(&self, signal: usize) -> bool {
        self.race.weighed.get(signal).copied().unwrap_or(false)
    }

    /// Draws what is still to come up to a day, and with it.
    fn draw(&self, signal: usize, (running, drawn): &mut (Running<'r>, Drawn), until: usize) {
        let course = &self.race.course;
        let Some(channel) = self.race.channel(self.assembled, signal) else { return };
        let weighs_evidence = self.weighs_evidence(signal);
        let run = Run { course, channel, production: self.production, places: &self.places, weighs_evidence };
        while drawn.days <= until && drawn.days < course.days() {
            running.go_on(&run, drawn);
        }
    }

    /// Gives back what a signal's observations take.
    fn forget(&self, signal: usize) {
        if let Some(drawn) = self.drawn.get(signal) {
            drawn.replace(None);
        }
    }

    /// A contestant's charts, which start from zero on a day. A reference that was estimated before stays.
    pub fn charts(&self, contestant: usize, from: u32) -> Charts {
        let of = self.race.contestants.get(contestant);
        let streams = of.and_then(|c| self.race.signals.get(c.signal)).map_or(0, |signal| signal.strata.len());
        let detector = of.and_then(|c| c.detector.as_ref());
        let chart = |detector: &model::Detector| {
            let chart = || (detector::build(detector), detector.baseline_days.map(Baseline::new));
            (0..streams).map(|_| chart()).collect()
        };
        let estimates = detector.is_some_and(|d| d.baseline_days.is_some());
        Charts {
            contestant,
            charts: detector.map_or_else(Vec::new, chart),
            from,
            next: if estimates { 0 } else { from },
            records: Records::new(),
        }
    }

    /// Follows charts day by day as long as `goes_on` says of their records.
    fn follow(&self, charts: &mut Charts, until: u32, mut goes_on: impl FnMut(&Records) -> bool) {
        let Some(signal) = self.race.contestants.get(charts.contestant).map(|c| c.signal) else { return };
        let Some(Ok(mut cell)) = self.drawn.get(signal).map(RefCell::try_borrow_mut) else { return };
        if cell.is_none() {
            *cell = self.begin(signal);
        }
        let Some(so_far) = cell.as_mut() else { return };
        let end = until.min(u32::try_from(self.race.course.days()).unwrap_or(u32::MAX));
        while charts.next < end {
            let day = charts.next as usize;
            if day >= so_far.1.days {
                self.draw(signal, so_far, day);
            }
            let streams = charts.charts.len();
            charts.look(so_far.1.observations.get(day * streams..(day + 1) * streams).unwrap_or_default());
            if !goes_on(&charts.records) {
                return;
            }
        }
    }

    /// Records of a contestant over the whole horizon.
    pub fn records(&self, contestant: usize) -> Records {
        let of = self.race.contestants.get(contestant);
        if let Some(signal) = of.filter(|c| c.detector.is_none()).map(|c| c.signal) {
            let mut whole = self.charts(contestant, 0);
            self.follow(&mut whole, u32::MAX, |_| true);
            let drawn = self.drawn.get(signal).map(RefCell::borrow);
            return drawn.and_then(|drawn| drawn.as_ref().map(|(_, drawn)| limit(drawn))).unwrap_or_default();
        }
        let mut charts = self.charts(contestant, 0);
        self.follow(&mut charts, u32::MAX, |_| true);
        charts.records
    }

    /// First day before another one on which charts exceed a threshold. Their records are kept, for other thresholds.
    pub fn first_alarm(&self, charts: &mut Charts, threshold: f64, before: u32) -> Option<u32> {
        let known = |records: &Records| alarm_day(records, threshold);
        if known(&charts.records).is_none() {
            self.follow(charts, before, |records| records.last().is_none_or(|(_, most)| !exceeds(*most, threshold)));
        }
        known(&charts.records).filter(|day| *day < before)
    }
}

impl Charts {
    /// Looks at the observations of the next day.
    fn look(&mut self, observations: &[Observation]) {
        let day = self.next;
        self.next += 1;
        for ((chart, baseline), observation) in self.charts.iter_mut().zip(observations) {
            let seen: Observation = match baseline {
                Some(baseline) => baseline.apply(observation),
                None => *observation,
            };
            if day < self.from {
                continue;
            }
            let floor = self.records.last().map_or(f64::NEG_INFINITY, |(_, most)| *most);
            let statistic = chart.update_above(&seen, floor);
            match self.records.last_mut() {
                Some((_, most)) if statistic <= *most => {}
                Some(last) if last.0 == day => last.1 = statistic,
                // A chart that has nothing to go by says −∞, which is no record.
                None if statistic == f64::NEG_INFINITY => {}
                _ => self.records.push((day, statistic)),
            }
        }
    }
}

/// What a monitor observes: something new, or a signal that is there already.
enum Mine {
    New(Signal),
    Known(usize),
}

/// The channel of each signal.
fn channels(signals: &[Signal], contestants: &[Contestant], monitors: &[Monitor]) -> Vec<usize> {
    let monitor_of = |signal: usize| {
        let own = contestants.iter().find(|c| c.signal == signal && c.role == Role::Itself);
        own.and_then(|c| monitors.get(c.monitor))
    };
    let mut channel_of: Vec<usize> = Vec::new();
    let mut count = 0;
    for signal in 0..signals.len() {
        let monitor = monitor_of(signal);
        let before = (0..signal)
            .find(|s| monitor.zip(monitor_of(*s)).is_some_and(|(this, other)| look_at_the_same(this, other)));
        channel_of.push(before.and_then(|s| channel_of.get(s).copied()).unwrap_or(count));
        count += usize::from(before.is_none());
    }
    channel_of
}

/// Whether two monitors look at the same: how much of it, when it comes in, at what price and how it is read is another matter.
fn look_at_the_same(a: &Monitor, b: &Monitor) -> bool {
    let bare = |m: &Monitor| Monitor {
        name: String::new(),
        detector: None,
        per_day: 0.0,
        allocation: Allocation::Equal,
        usd_each: 0.0,
        usd_per_day: 0.0,
        delay_days: 0.0,
        delay_cv: 0.0,
        every_days: 1,
        ..m.clone()
    };
    bare(a) == bare(b)
}

/// Whether two monitors would be shown the same.
fn observe_the_same(a: &Monitor, b: &Monitor) -> bool {
    let baseline = |m: &Monitor| m.detector.as_ref().and_then(|d| d.baseline_days);
    let bare = |m: &Monitor| Monitor { name: String::new(), detector: None, ..m.clone() };
    baseline(a) == baseline(b) && bare(a) == bare(b)
}

/// The matched CUSUM over the evidence of a run, before it is cut at zero. Days without evidence say nothing.
fn limit(drawn: &Drawn) -> Records {
    let mut records = Records::new();
    let (mut sum, mut most) = (0.0_f64, f64::NEG_INFINITY);
    for (day, nats) in drawn.matched.iter().enumerate().filter(|(_, nats)| nats.abs() > 0.0) {
        sum = sum.max(0.0) + nats;
        if sum > most {
            most = sum;
            records.push((day as u32, sum));
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statistic_that_equals_its_threshold_does_not_exceed_it_however_it_was_summed() {
        // 0.1 + 0.2 is above 0.3 in its last digit.
        let steps = [0.1, 0.2, 0.3, 0.4, 0.7];
        let (forth, back) = (steps.iter().sum::<f64>(), steps.iter().rev().sum::<f64>());
        assert!(0.1 + 0.2 > 0.3 && !exceeds(0.1 + 0.2, 0.3));
        for (statistic, threshold) in [(forth, back), (back, forth), (-forth, -back), (0.0, 0.0)] {
            assert!(!exceeds(statistic, threshold));
        }
        assert!(exceeds(0.3 + 1e-8, 0.3) && exceeds(-0.5, f64::NEG_INFINITY) && !exceeds(1e300, f64::INFINITY));
        // Charts over counts repeat values exactly: the alarm waits for a larger one.
        assert_eq!(alarm_day(&vec![(3, 0.3), (5, 0.1 + 0.2), (9, 0.31)], 0.3), Some(9));
    }
}
