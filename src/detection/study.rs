//! Thresholds, false alarms, delays and damage, read off the records of a race.

use super::course::{Assembled, Damage};
use super::race::{Phase, Race, Records, Role, alarm_day, exceeds};
use super::survival::{Curve, Step, Time};
use crate::frontier::point::wilson_interval;
use crate::scenario::model::{Monitor, MonitorKind};

/// Records of every replicate so far: `[phase][contestant][replicate]`; launch phases keep the largest value alone.
#[derive(Clone, Debug, Default)]
pub struct Results {
    calibration: Vec<Vec<f64>>,
    check: Vec<Vec<f64>>,
    production: Vec<Vec<Records>>,
}

impl Results {
    /// Adds a replicate of a phase; replicates come in their order.
    pub fn add(&mut self, phase: Phase, replicate: Vec<Records>) {
        let largest = |records: &Records| records.last().map_or(f64::NEG_INFINITY, |(_, statistic)| *statistic);
        let launch = match phase {
            Phase::Calibration => &mut self.calibration,
            Phase::Check => &mut self.check,
            Phase::Production => {
                self.production.resize_with(replicate.len(), Vec::new);
                for (all, records) in self.production.iter_mut().zip(replicate) {
                    all.push(records);
                }
                return;
            }
        };
        launch.resize_with(replicate.len(), Vec::new);
        for (all, records) in launch.iter_mut().zip(&replicate) {
            all.push(largest(records));
        }
    }

    /// The launch phases alone: they do not depend on events.
    pub fn launch(&self) -> Self {
        Self { calibration: self.calibration.clone(), check: self.check.clone(), production: Vec::new() }
    }

    /// Replicates of each phase so far, the least of the three.
    pub fn replicates(&self) -> usize {
        let count = |all: Option<usize>| all.unwrap_or(0);
        count(self.calibration.first().map(Vec::len))
            .min(count(self.check.first().map(Vec::len)))
            .min(count(self.production.first().map(Vec::len)))
    }

    /// The smallest threshold that at most a share `false_alarms` of launch runs exceeds: the order statistic with
    /// `P(a fresh run exceeds it) ≤ false_alarms`. Infinite where there are too few runs to tell.
    fn threshold(&self, contestant: usize, false_alarms: f64) -> f64 {
        let mut maxima = self.calibration.get(contestant).cloned().unwrap_or_default();
        maxima.sort_by(f64::total_cmp);
        let rank = ((1.0 - false_alarms) * (maxima.len() as f64 + 1.0)).ceil() as usize;
        rank.checked_sub(1).and_then(|i| maxima.get(i)).copied().unwrap_or(f64::INFINITY)
    }

    fn exceeding(&self, contestant: usize, threshold: f64) -> Rate {
        let maxima = self.check.get(contestant).map_or(&[][..], Vec::as_slice);
        self.false_alarms(maxima.iter().filter(|m| exceeds(**m, threshold)).count(), maxima.len())
    }

    /// How contestants do that share a false-alarm budget equally and alarm when any of them does. None of them: no alarm.
    pub(super) fn joint(&self, contestants: &[usize], false_alarms: f64, span: Span) -> Outcome {
        let each = false_alarms / contestants.len().max(1) as f64;
        let thresholds: Vec<f64> = contestants.iter().map(|c| self.threshold(*c, each)).collect();
        let runs = self.production.first().map_or(0, Vec::len);
        let mut alarms = vec![None; runs];
        for (contestant, threshold) in contestants.iter().zip(&thresholds) {
            for (all, own) in alarms.iter_mut().zip(self.alarms(*contestant, *threshold)) {
                *all = match (*all, own) {
                    (Some(a), Some(b)) => Some(u32::min(a, b)),
                    (a, b) => a.or(b),
                };
            }
        }
        let fresh = self.check.first().map_or(0, Vec::len);
        let alarms_in = |run: usize| {
            contestants.iter().zip(&thresholds).any(|(contestant, threshold)| {
                self.check.get(*contestant).and_then(|maxima| maxima.get(run)).is_some_and(|m| exceeds(*m, *threshold))
            })
        };
        let false_ones = self.false_alarms((0..fresh).filter(|run| alarms_in(*run)).count(), fresh);
        outcome(thresholds.first().copied().unwrap_or(f64::INFINITY), false_ones, alarms, span)
    }

    /// The share of fresh launch runs with an alarm. The threshold was set on runs too, whose number limits what this share can tell of the
    /// budget: both errors are in its interval.
    fn false_alarms(&self, count: usize, runs: usize) -> Rate {
        let rate = Rate::new(count, runs);
        let calibrated_on = self.calibration.first().map_or(0, Vec::len);
        let together = runs as f64 * calibrated_on as f64 / ((runs + calibrated_on) as f64).max(1.0);
        Rate { interval: wilson_interval(rate.rate * together, together), ..rate }
    }

    fn alarms(&self, contestant: usize, threshold: f64) -> Vec<Option<u32>> {
        let runs = self.production.get(contestant).map_or(&[][..], Vec::as_slice);
        runs.iter().map(|records| alarm_day(records, threshold)).collect()
    }
}

/// A share of runs with its 95 % interval (Wilson).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Share.
    pub rate: f64,
    /// Interval.
    pub interval: [f64; 2],
    /// Runs.
    pub runs: usize,
}

impl Rate {
    fn new(count: usize, runs: usize) -> Self {
        let (count, n) = (count as f64, runs as f64);
        Self { rate: if runs > 0 { count / n } else { 0.0 }, interval: wilson_interval(count, n), runs }
    }

    /// Whether it is no more than `chance` and two standard errors of it.
    fn is_noise(&self, chance: f64) -> bool {
        self.rate <= chance + 2.0 * (chance * (1.0 - chance) / self.runs.max(1) as f64).sqrt()
    }
}

/// How one contestant did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Alarm above this; infinite when there were too few runs to set one.
    pub threshold: f64,
    /// Share of fresh launch runs with any alarm.
    pub false_alarms: Rate,
    /// Alarm day of each production run.
    pub alarms: Vec<Option<u32>>,
    /// Share of production runs whose first alarm comes before the change day: a false one. The figures below are of the other runs.
    pub false_before_change: Rate,
    /// Share of runs with an alarm on or after the change day and before the onset.
    pub before_onset: Rate,
    /// Share of runs with an alarm on or after the change day. Without an onset these are reactions to a harmless change.
    pub noticed: Rate,
    /// Days from onset to alarm, 0 for an alarm between change and onset, censored at the horizon.
    pub survival: Curve,
    /// Mean of those days, cut off at the horizon, with its standard error; `None` where no run came to the onset.
    pub restricted_mean: Option<(f64, f64)>,
}

/// A monitor's result.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorResult {
    /// Index in the race: of a study of the scenario's monitors, in the scenario.
    pub monitor: usize,
    /// The monitor itself.
    pub outcome: Outcome,
    /// Damage from onset to alarm (to the horizon without one): median and mean over runs without a false alarm.
    pub damage_median: Option<Damage>,
    /// Mean damage.
    pub damage_mean: Option<Damage>,
    /// Labels a day.
    pub labels_per_day: f64,
    /// Price, USD a day.
    pub usd_per_day: f64,
    /// `(truth + 1) ÷ (this + 1)` of restricted mean days: a day is the least that can be seen.
    pub efficiency_vs_truth: Option<f64>,
    /// Restricted mean delay of the matched likelihood-ratio CUSUM on the same observations, days.
    pub information_bound_days: Option<f64>,
    /// `(limit + 1) ÷ (this + 1)` of restricted mean days, at most 1: what is above is chance.
    pub efficiency_vs_limit: Option<f64>,
    /// Neither the monitor nor its limit notices more often than false alarms alone would do: their efficiency says nothing.
    pub is_within_noise: bool,
    /// False alarms when an estimated reference is used with the threshold of a known one.
    pub false_alarms_if_known: Option<Rate>,
}

/// A whole study.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Index of the policy under study.
    pub policy: usize,
    /// First day on which an event is in force; `None`: nothing changes, and every alarm is a false one.
    pub change_day: Option<u32>,
    /// First day of material loss; `None`: it never comes, and an alarm after the change is a reaction to a harmless one.
    pub onset_day: Option<u32>,
    /// Days of the horizon.
    pub days: u32,
    /// Replicates of each phase.
    pub replicates: usize,
    /// False-alarm budget.
    pub false_alarms: f64,
    /// One a monitor, in the order of the scenario.
    pub monitors: Vec<MonitorResult>,
}

/// Reads a study off the results so far.
pub fn evaluate(race: &Race<'_>, assembled: &Assembled, results: &Results, policy: usize, false_alarms: f64) -> Study {
    let days = race.course.days();
    let span = Span::of(assembled, days);
    let monitors = race.monitors.iter().enumerate();
    let monitors = monitors
        .map(|(index, monitor)| {
            let outcome_of = |role: Role| {
                let contestant = race.contestant(index, role)?;
                let threshold = match (role, race.guaranteed_threshold(index, false_alarms)) {
                    (Role::Itself, Some(guaranteed)) => guaranteed,
                    _ => results.threshold(contestant, false_alarms),
                };
                let alarms = results.alarms(contestant, threshold);
                Some(outcome(threshold, results.exceeding(contestant, threshold), alarms, span))
            };
            let itself = outcome_of(Role::Itself).unwrap_or_else(|| control(monitor, results.replicates(), span));
            let mean = |o: &Outcome| o.restricted_mean.map(|(mean, _)| mean);
            let ratio = |reference: Option<f64>| Some((reference? + 1.0) / (mean(&itself)? + 1.0));
            let best = outcome_of(Role::Limit);
            let limit = best.as_ref().and_then(mean);
            let is_within_noise =
                best.as_ref().is_some_and(|best| [best, &itself].iter().all(|o| o.noticed.is_noise(false_alarms)));
            let truth = outcome_of(Role::Truth).as_ref().and_then(mean);
            let truth = if monitor.kind == MonitorKind::Truth { mean(&itself) } else { truth };
            let (damage_median, damage_mean, _) = damage(&itself.alarms, assembled, days);
            let (labels_per_day, usd_per_day) = price(race, assembled, index, monitor);
            let known = race.contestant(index, Role::KnownReference);
            let mine = race.contestant(index, Role::Itself);
            MonitorResult {
                monitor: index,
                damage_median,
                damage_mean,
                labels_per_day,
                usd_per_day,
                efficiency_vs_truth: ratio(truth),
                information_bound_days: limit,
                efficiency_vs_limit: ratio(limit).map(|ratio| ratio.min(1.0)),
                is_within_noise,
                false_alarms_if_known: known
                    .zip(mine)
                    .map(|(known, mine)| results.exceeding(mine, results.threshold(known, false_alarms))),
                outcome: itself,
            }
        })
        .collect();
    Study {
        policy,
        change_day: assembled.change_day,
        onset_day: assembled.onset_day,
        days: u32::try_from(days).unwrap_or(u32::MAX),
        replicates: results.replicates(),
        false_alarms,
        monitors,
    }
}

/// What the controls do: `never` is silent, `every` alarms as the calendar says.
fn control(monitor: &Monitor, runs: usize, span: Span) -> Outcome {
    let day = monitor.every_days.saturating_sub(1);
    let alarm = (monitor.kind == MonitorKind::Every && (day as usize) < span.days).then_some(day);
    let false_alarms = Rate::new(if alarm.is_some() { runs } else { 0 }, runs);
    outcome(f64::INFINITY, false_alarms, vec![alarm; runs], span)
}

/// The days that outcomes are counted from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// First day on which an event is in force.
    pub change: Option<u32>,
    /// First day of material loss.
    pub onset: Option<u32>,
    /// Days of the horizon.
    pub days: usize,
}

impl Span {
    pub fn of(assembled: &Assembled, days: usize) -> Self {
        Self { change: assembled.change_day, onset: assembled.onset_day, days }
    }

    /// Whether a run's first alarm is no false one: it has none, or it comes when something has changed.
    fn is_true_run(&self, alarm: Option<u32>) -> bool {
        alarm.is_none_or(|day| self.change.is_some_and(|change| day >= change))
    }
}

fn outcome(threshold: f64, false_alarms: Rate, alarms: Vec<Option<u32>>, span: Span) -> Outcome {
    // Without an onset the days count from the change.
    let from = span.onset.or(span.change).unwrap_or(0);
    let limit = (span.days as f64 - f64::from(from)).max(0.0);
    let runs: Vec<Option<u32>> = alarms.iter().copied().filter(|alarm| span.is_true_run(*alarm)).collect();
    let times: Vec<Time> = runs
        .iter()
        .map(|alarm| match alarm {
            Some(day) => Time { time: f64::from(day.saturating_sub(from)), event: true },
            None => Time { time: limit, event: false },
        })
        .collect();
    let noticed = times.iter().filter(|t| t.event).count();
    let before_onset = runs.iter().flatten().filter(|day| span.onset.is_some_and(|onset| **day < onset)).count();
    let survival = Curve::kaplan_meier(&times);
    Outcome {
        threshold,
        false_alarms,
        false_before_change: Rate::new(alarms.len() - runs.len(), alarms.len()),
        before_onset: Rate::new(before_onset, runs.len()),
        noticed: Rate::new(noticed, runs.len()),
        restricted_mean: (span.onset.is_some() && !times.is_empty()).then(|| survival.restricted_mean(limit)),
        survival,
        alarms,
    }
}

/// Median and mean damage from onset to alarm, and the standard error of the mean, USD.
pub(super) fn damage(
    alarms: &[Option<u32>],
    assembled: &Assembled,
    days: usize,
) -> (Option<Damage>, Option<Damage>, f64) {
    let Some(onset) = assembled.onset_day else { return (None, None, 0.0) };
    let mut sum = Damage::default();
    let so_far: Vec<Damage> = assembled
        .damage
        .iter()
        .enumerate()
        .map(|(day, d)| {
            if day >= onset as usize {
                sum.usd += d.usd;
                sum.failed_requests += d.failed_requests;
            }
            sum
        })
        .collect();
    let last = days.saturating_sub(1) as u32;
    let span = Span::of(assembled, days);
    // An alarm between change and onset leaves no damage: the sums start at the onset.
    let mut until: Vec<u32> = alarms.iter().filter(|a| span.is_true_run(**a)).map(|a| a.unwrap_or(last)).collect();
    until.sort_unstable();
    let at = |day: u32| so_far.get(day as usize).copied();
    let median = until.get(until.len() / 2).and_then(|day| at(*day));
    let n = until.len() as f64;
    let mean = (!until.is_empty()).then(|| {
        let total = until.iter().filter_map(|day| at(*day)).fold(Damage::default(), |a, b| Damage {
            usd: a.usd + b.usd,
            failed_requests: a.failed_requests + b.failed_requests,
        });
        Damage { usd: total.usd / n, failed_requests: total.failed_requests / n }
    });
    let squares =
        |mean: f64| -> f64 { until.iter().filter_map(|day| at(*day)).map(|damage| (damage.usd - mean).powi(2)).sum() };
    let standard_error = mean.map_or(0.0, |mean| (squares(mean.usd) / n / (n - 1.0).max(1.0)).sqrt());
    (median, mean, standard_error)
}

/// Labels and USD a day; a holdback costs the saving that it forgoes.
pub(crate) fn price(race: &Race<'_>, assembled: &Assembled, index: usize, monitor: &Monitor) -> (f64, f64) {
    let Some(signal) = race.signal(index) else { return (0.0, monitor.usd_per_day) };
    let labels = signal.labels_per_day;
    let forgone = signal.holdback_share * assembled.saving_usd_per_day;
    (labels, labels * monitor.usd_each + monitor.usd_per_day + forgone.max(0.0))
}

impl Outcome {
    /// Undetected share by days since onset, for plots: starts at 1.
    pub fn steps(&self) -> &[Step] {
        &self.survival.steps
    }

    /// Quantile of days to detection; `None`: not reached, or no onset.
    pub fn days_to(&self, share: f64) -> Option<f64> {
        self.restricted_mean.and_then(|_| self.survival.quantile(share))
    }
}
