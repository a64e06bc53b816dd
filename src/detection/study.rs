//! Thresholds, false alarms, delays and damage, read off the records of a race.

use super::assembly::{Assembled, Damage};
use super::monitor::{Every, Truth};
use super::race::{Phase, Race, Records, Role, alarm_day, exceeds};
use super::survival::{Curve, Step, Time};
use crate::frontier::point::wilson_interval;
use crate::model::Monitor;

/// Stands for a run without an alarm among alarm days, which are at most 3,649.
const NEVER: u16 = u16::MAX;

/// What replicates left so far, for some false-alarm budgets.
///
/// A launch run leaves the largest value of each chart. A production run leaves its alarm days alone once the thresholds are set, so that memory
/// does not grow with the horizon; the few before that, which a first picture is drawn from, keep their records.
#[derive(Clone, Debug)]
pub struct Results {
    budgets: Vec<f64>,
    /// `[contestant][replicate]`.
    calibration: Vec<Vec<f64>>,
    check: Vec<Vec<f64>>,
    /// `[contestant][budget]`, when they are set.
    thresholds: Option<Vec<Vec<f64>>>,
    /// Production runs before that: `[contestant][replicate]`.
    records: Vec<Vec<Records>>,
    /// Alarm days of production runs: of each contestant every budget's, replicate by replicate.
    alarms: Vec<Vec<u16>>,
}

/// What one replicate leaves, by contestant.
#[derive(Clone, Debug)]
pub enum Kept {
    /// Largest values of a calibration run.
    Calibration(Vec<f64>),
    /// Largest values of a check run.
    Check(Vec<f64>),
    /// Records of a production run.
    Records(Vec<Records>),
    /// Alarm days of a production run at each budget.
    Alarms(Vec<Vec<u16>>),
}

impl Results {
    /// None yet, to be read off at these false-alarm budgets.
    pub fn new(budgets: Vec<f64>) -> Self {
        let (calibration, check, records, alarms) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { budgets, calibration, check, thresholds: None, records, alarms }
    }

    /// What a replicate leaves.
    pub fn keep(&self, phase: Phase, replicate: Vec<Records>) -> Kept {
        let largest = |records: &Records| records.last().map_or(f64::NEG_INFINITY, |(_, statistic)| *statistic);
        match (phase, &self.thresholds) {
            (Phase::Calibration, _) => Kept::Calibration(replicate.iter().map(largest).collect()),
            (Phase::Check, _) => Kept::Check(replicate.iter().map(largest).collect()),
            (Phase::Production, None) => Kept::Records(replicate),
            (Phase::Production, Some(thresholds)) => {
                Kept::Alarms(replicate.iter().zip(thresholds).map(|(records, t)| alarm_days(records, t)).collect())
            }
        }
    }

    /// Adds what a replicate left; replicates come in their order. Calibration runs move thresholds: alarm days by the old ones go.
    pub fn add(&mut self, kept: Kept) {
        fn append<T>(all: &mut Vec<Vec<T>>, values: Vec<T>) {
            all.resize_with(values.len(), Vec::new);
            for (all, value) in all.iter_mut().zip(values) {
                all.push(value);
            }
        }
        match kept {
            Kept::Calibration(largest) => {
                append(&mut self.calibration, largest);
                if self.thresholds.take().is_some() {
                    self.alarms.clear();
                }
            }
            Kept::Check(largest) => append(&mut self.check, largest),
            Kept::Records(records) => append(&mut self.records, records),
            Kept::Alarms(days) => {
                self.alarms.resize_with(days.len(), Vec::new);
                for (all, days) in self.alarms.iter_mut().zip(days) {
                    all.extend(days);
                }
            }
        }
    }

    /// Sets the thresholds: from now on production runs leave their alarm days alone.
    pub fn set_thresholds(&mut self, race: &Race<'_>) {
        if self.thresholds.is_some() {
            return;
        }
        let of = |contestant| self.budgets.iter().map(|b| self.threshold(race, contestant, *b)).collect::<Vec<_>>();
        let thresholds: Vec<Vec<f64>> = (0..race.contestants.len()).map(of).collect();
        let days = |(records, t): (&Vec<Records>, &Vec<f64>)| records.iter().flat_map(|r| alarm_days(r, t)).collect();
        self.alarms = self.records.iter().zip(&thresholds).map(days).collect();
        self.records = Vec::new();
        self.thresholds = Some(thresholds);
    }

    /// The launch phases alone: they do not depend on events.
    pub fn launch(&self) -> Self {
        let (calibration, check) = (self.calibration.clone(), self.check.clone());
        Self { calibration, check, ..Self::new(self.budgets.clone()) }
    }

    /// Production runs so far.
    pub fn production(&self) -> usize {
        let compact = self.alarms.first().map_or(0, |days| days.len() / self.budgets.len().max(1));
        compact.max(self.records.first().map_or(0, Vec::len))
    }

    /// Replicates of each phase so far, the least of the three.
    pub fn replicates(&self) -> usize {
        let count = |all: Option<usize>| all.unwrap_or(0);
        count(self.calibration.first().map(Vec::len))
            .min(count(self.check.first().map(Vec::len)))
            .min(self.production())
    }

    /// The budget that is nearest to a wished one, by its place.
    fn nearest(&self, false_alarms: f64) -> Option<usize> {
        let off = |place: &usize| self.budgets.get(*place).map_or(f64::INFINITY, |b| (b - false_alarms).abs());
        (0..self.budgets.len()).min_by(|a, b| off(a).total_cmp(&off(b)))
    }

    /// Alarms above this: what a detector guarantees, or what launch runs say.
    fn threshold(&self, race: &Race<'_>, contestant: usize, false_alarms: f64) -> f64 {
        let guaranteed = race
            .contestants
            .get(contestant)
            .filter(|c| c.role == Role::Itself)
            .and_then(|c| race.guaranteed_threshold(c.monitor, false_alarms));
        guaranteed.unwrap_or_else(|| self.calibrated(contestant, false_alarms))
    }

    /// The smallest value that at most a share `false_alarms` of launch runs exceeds: the order statistic with
    /// `P(a fresh run exceeds it) ≤ false_alarms`. Infinite where there are too few runs to tell.
    fn calibrated(&self, contestant: usize, false_alarms: f64) -> f64 {
        let mut maxima = self.calibration.get(contestant).cloned().unwrap_or_default();
        maxima.sort_by(f64::total_cmp);
        calibrated(&maxima, false_alarms)
    }

    /// Threshold and alarm days of a contestant at the budget of a place.
    fn at(&self, race: &Race<'_>, contestant: usize, place: usize) -> (f64, Vec<Option<u32>>) {
        let set = self.thresholds.as_ref().and_then(|all| all.get(contestant)?.get(place).copied());
        let Some(threshold) = set else {
            let budget = self.budgets.get(place).copied().unwrap_or(0.0);
            let threshold = self.threshold(race, contestant, budget);
            let runs = self.records.get(contestant).map_or(&[][..], Vec::as_slice);
            return (threshold, runs.iter().map(|records| alarm_day(records, threshold)).collect());
        };
        let days = self.alarms.get(contestant).map_or(&[][..], Vec::as_slice);
        let own = days.iter().skip(place).step_by(self.budgets.len().max(1));
        (threshold, own.map(|day| (*day != NEVER).then(|| u32::from(*day))).collect())
    }

    fn exceeding(&self, contestant: usize, threshold: f64) -> Rate {
        let maxima = self.check.get(contestant).map_or(&[][..], Vec::as_slice);
        self.false_alarms(maxima.iter().filter(|m| exceeds(**m, threshold)).count(), maxima.len())
    }

    /// The share of fresh launch runs with an alarm. The threshold was set on runs too, whose number limits what this share can tell of the
    /// budget: both errors are in its interval.
    fn false_alarms(&self, count: usize, runs: usize) -> Rate {
        let rate = Rate::new(count, runs);
        let calibrated_on = self.calibration.first().map_or(0, Vec::len);
        let together = runs as f64 * calibrated_on as f64 / ((runs + calibrated_on) as f64).max(1.0);
        Rate { interval: wilson_interval(rate.rate * together, together), ..rate }
    }
}

/// The smallest of the largest values of launch runs, in their order, that at most a share `false_alarms` of fresh runs exceeds; infinite
/// where there are too few runs to tell.
pub fn calibrated(maxima: &[f64], false_alarms: f64) -> f64 {
    let rank = ((1.0 - false_alarms) * (maxima.len() as f64 + 1.0)).ceil() as usize;
    rank.checked_sub(1).and_then(|i| maxima.get(i)).copied().unwrap_or(f64::INFINITY)
}

/// First days above each of some thresholds.
fn alarm_days(records: &Records, thresholds: &[f64]) -> Vec<u16> {
    let day = |t: &f64| alarm_day(records, *t).and_then(|day| u16::try_from(day).ok()).unwrap_or(NEVER);
    thresholds.iter().map(day).collect()
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
    pub(crate) fn new(count: usize, runs: usize) -> Self {
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
    /// Labels made a day, the mean over the horizon in production.
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

/// Reads a study off the results so far, at the budget among theirs that is nearest to the wished one.
pub fn evaluate(race: &Race<'_>, assembled: &Assembled, results: &Results, policy: usize, wished: f64) -> Study {
    let days = race.course.days();
    let span = Span::of(assembled, days);
    let place = results.nearest(wished).unwrap_or(0);
    let false_alarms = results.budgets.get(place).copied().unwrap_or(wished);
    let monitors = race.monitors.iter().enumerate();
    let monitors = monitors
        .map(|(index, monitor)| {
            let outcome_of = |role: Role| {
                let contestant = race.contestant(index, role)?;
                let (threshold, alarms) = results.at(race, contestant, place);
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
            let truth = if monitor.kind.is::<Truth>() { mean(&itself) } else { truth };
            let (damage_median, damage_mean) = damage(&itself.alarms, assembled, days);
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
                    .map(|(known, mine)| results.exceeding(mine, results.threshold(race, known, false_alarms))),
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
    let alarm = (monitor.kind.is::<Every>() && (day as usize) < span.days).then_some(day);
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

/// Median and mean damage from onset to alarm, USD.
pub(super) fn damage(alarms: &[Option<u32>], assembled: &Assembled, days: usize) -> (Option<Damage>, Option<Damage>) {
    let Some(onset) = assembled.onset_day else { return (None, None) };
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
    (median, mean)
}

/// Labels made and USD, a day of the horizon; a holdback costs the saving that it forgoes.
pub(crate) fn price(race: &Race<'_>, assembled: &Assembled, index: usize, monitor: &Monitor) -> (f64, f64) {
    let own = race.contestant(index, Role::Itself).and_then(|c| race.contestants.get(c)).map(|c| c.signal());
    let signal = own.and_then(|i| race.signals.get(i).zip(race.channel(assembled, i)));
    let Some((signal, channel)) = signal else { return (0.0, monitor.usd_per_day) };
    let labels = signal.labels_per_day(&race.course, channel);
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

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::simulation::random::{Address, Purpose};

    #[test]
    fn the_interval_of_false_alarms_covers_the_budget_as_often_as_it_says() {
        const BUDGET: f64 = 0.05;
        let (repeats, runs) = (2000_u32, 500);
        let mut rng = Address { seed: 3, replicate: 0, day: 0, purpose: Purpose::Study }.generator(0);
        let (mut covered, mut covered_by_fresh_alone) = (0.0, 0.0);
        for _ in 0..repeats {
            let mut results = Results::new(vec![BUDGET]);
            for _ in 0..runs {
                results.add(Kept::Calibration(vec![rng.random()]));
                results.add(Kept::Check(vec![rng.random()]));
            }
            let found = results.exceeding(0, results.calibrated(0, BUDGET));
            let holds = |[low, high]: [f64; 2]| f64::from(u8::from(low <= BUDGET && BUDGET <= high));
            covered += holds(found.interval);
            covered_by_fresh_alone += holds(wilson_interval(found.rate * runs as f64, runs as f64));
        }
        // 95 % ± 4 standard errors of 2,000 repeats, and the order statistic is a little on the safe side.
        let [covered, alone] = [covered, covered_by_fresh_alone].map(|n| n / f64::from(repeats));
        assert!((covered - 0.95_f64).abs() < 0.025, "covers {covered}");
        // Fresh runs alone would leave the threshold's error out: the normal approximation says 1.96/√2 standard errors, 83 %.
        assert!((alone - 0.834_f64).abs() < 0.04, "covers {alone}");
    }

    #[test]
    fn alarm_days_are_those_of_the_records_at_every_budget() {
        let mut rng = Address { seed: 4, replicate: 0, day: 0, purpose: Purpose::Study }.generator(0);
        let rising = |rng: &mut crate::simulation::random::Generator| -> Records {
            let mut sum = 0.0;
            let step = |day: u32| {
                sum += rng.random::<f64>();
                (day, sum)
            };
            (0..40).map(step).collect()
        };
        let runs: Vec<Records> = (0..30).map(|_| rising(&mut rng)).collect();
        let thresholds = [3.0, 9.5, 20.0, f64::INFINITY];
        for run in &runs {
            for (threshold, day) in thresholds.iter().zip(alarm_days(run, &thresholds)) {
                let first = run.iter().find(|(_, sum)| sum > threshold).map(|(day, _)| *day);
                assert_eq!((day != NEVER).then_some(u32::from(day)), first);
            }
        }
    }
}
