//! Comparisons: two tiers on one request, two readers on one answer, two arms of the traffic.

use std::ops::Range;

use super::dice::Dice;
use super::telemetry::{Due, Lags};
use super::{
    Arms, Drawn, Expected, QUANTITIES, Reader, Returned, Run, Sampler, Source, Split, add_answers, delay, for_parts,
    log_ratio, multinomial, quota, shortfall, telemetry, whole,
};
use crate::detection::course::{ArmView, Course};
use crate::detection::observation::Observation;
use crate::model::{Monitor, Telemetry};

/// Requests that a cheaper tier answered are answered by the baseline's tier too, unseen; a judge says which answer it prefers.
#[derive(Debug)]
pub(in crate::detection) struct Shadow {
    pub baseline_tier: usize,
    pub per_day: f64,
    pub reader: Reader,
    pub lags: Vec<f64>,
}

impl Source for Shadow {
    fn arms(&self) -> Arms {
        Arms::RoutedAlone
    }

    /// Share of requests that another tier answered, of those on which the judge prefers the baseline, and of both what failed. For a
    /// rollout's comparison also: on which it prefers the routed answer, and what it calls bad of the routed failures and successes.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = vec![0.0; QUANTITIES + 3];
        for_parts(view, &Split::All, |part| {
            if part.answerer == self.baseline_tier {
                return;
            }
            let (of_failed, of_good) = self.reader.says_bad(view, part.hidden);
            let both_good = part.both_good;
            let routed_only = (part.good - part.both_good).max(0.0);
            let baseline_only = (part.baseline_good - part.both_good).max(0.0);
            let neither = (part.failed - baseline_only).max(0.0);
            let bad_of_failed = baseline_only * of_failed * (1.0 - of_good) + neither * of_failed * (1.0 - of_failed);
            cells[0] += part.failed + part.good;
            cells[1] +=
                both_good * of_good * (1.0 - of_good) + routed_only * of_good * (1.0 - of_failed) + bad_of_failed;
            cells[2] += part.failed;
            cells[3] += bad_of_failed;
            cells[4] += both_good * of_good * (1.0 - of_good)
                + routed_only * of_failed * (1.0 - of_good)
                + baseline_only * of_good * (1.0 - of_failed)
                + neither * of_failed * (1.0 - of_failed);
            cells[5] += part.failed * of_failed;
            cells[6] += part.good * of_good;
        });
        cells
    }

    fn shortfall(&self, day: &Expected<'_>) -> f64 {
        shortfall(self.per_day, day.routed() * day.quantity(0))
    }

    fn sampler(&self, days: usize) -> Box<dyn Sampler + '_> {
        Box::new(Pairing { shadow: self, returned: Returned::new(days) })
    }
}

/// A run of it.
#[derive(Debug)]
struct Pairing<'s> {
    shadow: &'s Shadow,
    returned: Returned,
}

impl Sampler for Pairing<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        for day in days.clone() {
            let routed = run.course.routed_share.get(day).copied().unwrap_or(0.0);
            let share = run.share(day, 1, 0);
            let n = quota(self.shadow.per_day, day).min(whole(run.requests(day) * routed * share.whole));
            if n <= 0.0 {
                continue;
            }
            let lost = dice.binomial(n, share.now);
            let back = day + delay::sample(&self.shadow.lags, dice);
            if self.returned.add(back, lost, n, run.reference(day, 0)) {
                out.add_evidence(back, share.evidence(lost, n));
            }
        }
        self.returned.deliver(days, 0, out);
    }
}

/// A person reads some of what the judge read: share that only the person calls bad, less the share that only the judge does.
#[derive(Debug)]
pub(in crate::detection) struct Audit {
    pub per_day: f64,
    pub human: Reader,
    pub judge: Reader,
    pub lags: Vec<f64>,
}

impl Source for Audit {
    /// All; only the person says bad; only the judge does; the person says bad at all.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = vec![0.0; 4];
        for_parts(view, &Split::All, |part| {
            let (human, judge) = (self.human.says_bad(view, part.hidden), self.judge.says_bad(view, part.hidden));
            for (mass, human, judge) in [(part.failed, human.0, judge.0), (part.good, human.1, judge.1)] {
                cells[0] += mass;
                cells[1] += mass * human * (1.0 - judge);
                cells[2] += mass * judge * (1.0 - human);
                cells[3] += mass * human;
            }
        });
        cells
    }

    fn shortfall(&self, day: &Expected<'_>) -> f64 {
        shortfall(self.per_day, day.requests())
    }

    fn sampler(&self, days: usize) -> Box<dyn Sampler + '_> {
        Box::new(Auditing { audit: self, arrived: vec![Arrived::default(); days], counts: Vec::new() })
    }
}

/// A run of it.
#[derive(Debug)]
struct Auditing<'s> {
    audit: &'s Audit,
    arrived: Vec<Arrived>,
    counts: Vec<f64>,
}

/// What comes in on a day.
#[derive(Clone, Copy, Debug, Default)]
struct Arrived {
    difference: f64,
    labels: f64,
    mean: f64,
    variance: f64,
    level: f64,
}

impl Sampler for Auditing<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        for day in days.clone() {
            let n = quota(self.audit.per_day, day).min(whole(run.requests(day)));
            let expected = [1, 2, 3].map(|q| run.share_expected(day, q, 0));
            let only = [1, 2].map(|q| run.share(day, q, 0));
            let under = [only.map(|s| s.launch), only.map(|s| s.production)];
            let now = under[usize::from(run.production)];
            multinomial(n, &now, 1.0, dice, &mut self.counts);
            let (human, judge) = (self.counts[0], self.counts[1]);
            let back = day + delay::sample(&self.audit.lags, dice);
            let Some(slot) = self.arrived.get_mut(back) else { continue };
            slot.difference += human - judge;
            slot.labels += n;
            slot.mean += n * (expected[0] - expected[1]);
            slot.variance += n * (expected[0] + expected[1] - (expected[0] - expected[1]).powi(2));
            slot.level += n * expected[2];
            let rest = |p: [f64; 2]| 1.0 - p[0] - p[1];
            let evidence = human * log_ratio(under[1][0], under[0][0])
                + judge * log_ratio(under[1][1], under[0][1])
                + (n - human - judge) * log_ratio(rest(under[1]), rest(under[0]));
            out.add_evidence(back, evidence);
        }
        for (day, a) in self.arrived.iter().enumerate().take(days.end).skip(days.start) {
            if a.labels > 0.0 {
                let sd = a.variance.max(1e-12).sqrt() / a.labels;
                let (value, mean) = (a.difference / a.labels, a.mean / a.labels);
                out.set(day, 0, Observation::Normal { value, mean, sd, level: a.level / a.labels });
            }
        }
    }
}

/// The policy's traffic against the traffic left on the baseline, by what users do; whatever befalls both arms cancels out.
#[derive(Debug)]
pub(in crate::detection) struct Holdback {
    kind: Telemetry,
    own_share: f64,
    lags: Lags,
}

impl Holdback {
    pub fn new(course: &Course<'_>, monitor: &Monitor, kind: Telemetry, own_share: f64) -> Self {
        Self { kind, own_share, lags: Lags::new(course, monitor, kind) }
    }
}

impl Source for Holdback {
    fn arms(&self) -> Arms {
        Arms::Apart
    }

    /// What the arm's observations come from, how many are bad, and of both what failed.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = vec![0.0; QUANTITIES];
        let [failed, good] = telemetry::follows(view, self.kind);
        for_parts(view, &Split::All, |part| {
            add_answers(&mut cells, 0, (part.failed, failed), (part.good, good));
        });
        cells
    }

    fn sampler(&self, days: usize) -> Box<dyn Sampler + '_> {
        Box::new(Holding { holdback: self, due: [Due::new(&self.lags, days), Due::new(&self.lags, days)] })
    }
}

/// A run of it.
#[derive(Debug)]
struct Holding<'s> {
    holdback: &'s Holdback,
    /// The policy's arm and the other one.
    due: [Due<'s>; 2],
}

impl Sampler for Holding<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        for (arm, due) in self.due.iter_mut().enumerate() {
            for day in days.clone() {
                let routed = run.course.routed_share.get(day).copied().unwrap_or(0.0);
                let routed = routed.min(1.0 - self.holdback.own_share);
                let share = if arm == 0 { routed } else { 1.0 - routed };
                let requests = run.requests(day) * share;
                due.send(run, day, arm, requests);
            }
            due.fall_due(run, days.clone(), dice);
        }
        for day in days {
            let [routed, kept] = self.due.each_ref().map(|arm| arm.on(day, run));
            let counts = [routed, kept].map(|arm| dice.poisson(arm.now(run)));
            if routed.exposure <= 0.0 || kept.exposure <= 0.0 {
                continue;
            }
            for (count, arm) in counts.iter().zip([routed, kept]) {
                out.add_evidence(day, arm.evidence(*count));
            }
            let rates = [routed, kept].map(|arm| arm.expected / arm.exposure);
            let variance = rates[0].max(1e-12) / routed.exposure + rates[1].max(1e-12) / kept.exposure;
            out.set(
                day,
                0,
                Observation::Normal {
                    value: counts[0] / routed.exposure - counts[1] / kept.exposure,
                    mean: rates[0] - rates[1],
                    sd: variance.sqrt(),
                    level: (routed.level / routed.exposure).max(1e-12),
                },
            );
        }
    }
}
