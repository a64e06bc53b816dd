//! A rollout with a gate between its steps: simulated day by day, once for each run.
//!
//! At the end of a step's own days, and on every day after, the routed arm is compared with the rest. Each step stands alone: what earlier
//! steps showed does not count, as events change the difference from one to the next, and a sequence over all of them would be about no
//! day's difference. The next step comes when the evidence is that the gap is below the margin, the policy is taken back for good when it
//! is that the gap is above, and until then the step goes on; later steps are put off by as much.

use super::days::{At, Days};
use super::draws::Stream;
use super::power;
use super::sequence::{Sequence, tuned};
use super::signals::{Comparison, Counting};
use super::steps::Step;
use crate::detection::signal::dice::{Dice, Drawing};
use crate::model::{Gate, Otherwise};
use crate::simulation::random::{Address, Purpose};

/// A gated rollout, ready to run.
#[derive(Debug)]
pub struct Gated<'d> {
    days: &'d Days<'d>,
    comparison: &'d Comparison,
    signal: usize,
    gate: &'d Gate,
    steps: &'d [Step],
    /// How each step is looked at; `None` where there is nothing to compare, so that the step ends by the calendar.
    looks: Vec<Option<Look>>,
    worth: [Worth; 2],
}

/// How the end of a step is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Look {
    /// The difference of the signal's rates at the margin.
    difference: f64,
    /// Whether failures raise the rate.
    is_rising: bool,
    /// Precisions of the mixtures that let pass and that stop.
    precisions: [f64; 2],
}

/// How a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Run {
    /// Days from the first day of the rollout to the last step; `None`: it never came.
    pub days_to_full: Option<u32>,
    /// The step at whose end the policy was taken back.
    pub stopped_at: Option<usize>,
    /// What the routed traffic gained against the baseline, USD.
    pub value_usd: f64,
    /// Extra downstream cost of the routed traffic against the baseline, USD.
    pub damage_usd: f64,
}

/// What routing everything is worth in a world, summed up to the beginning of each day, USD.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth(Vec<(f64, f64)>);

impl Worth {
    /// Of a world.
    pub fn new(days: &Days<'_>, production: bool) -> Self {
        let mut sums = vec![(0.0, 0.0)];
        let (mut value, mut damage) = (0.0, 0.0);
        for day in 0..days.count() {
            let at = At { production, day };
            let [routed, baseline] = days.costs(at);
            let extra = routed.downstream_usd - baseline.downstream_usd;
            value += days.requests(at) * (baseline.inference_usd - routed.inference_usd - extra);
            damage += days.requests(at) * extra;
            sums.push((value, damage));
        }
        Self(sums)
    }

    /// Value and damage of routing everything on some days.
    fn of(&self, days: std::ops::Range<usize>) -> (f64, f64) {
        let until = |day: usize| self.0.get(day).or(self.0.last()).copied().unwrap_or_default();
        let (from, to) = (until(days.start), until(days.end));
        (to.0 - from.0, to.1 - from.1)
    }

    /// Value and damage of the steps as they are planned.
    pub fn planned(&self, steps: &[Step]) -> (f64, f64) {
        steps.iter().fold((0.0, 0.0), |sum, step| {
            let of = self.of(step.range());
            (sum.0 + step.routed * of.0, sum.1 + step.routed * of.1)
        })
    }
}

/// How a step ended.
enum End {
    GoesOn(usize),
    Stops(usize),
    Horizon,
}

impl<'d> Gated<'d> {
    /// `margin` is a gap of quality, a share.
    pub fn new(
        days: &'d Days<'d>,
        (comparison, signal): (&'d Comparison, usize),
        (gate, margin): (&'d Gate, f64),
        steps: &'d [Step],
    ) -> Self {
        let look = |step: &Step| look(days, (comparison, signal), (gate, margin), step);
        let last = steps.len().saturating_sub(1);
        let looks = steps.iter().take(last).map(look).collect();
        let worth = [false, true].map(|production| Worth::new(days, production));
        Self { days, comparison, signal, gate, steps, looks, worth }
    }

    /// One run in one of the worlds.
    pub fn run(&self, production: bool, replicate: u32) -> Run {
        let mut run = Run::default();
        let Some((last, before)) = self.steps.split_last() else { return run };
        let horizon = self.days.count();
        let first = self.steps.first().map_or(0, |step| step.first_day as usize);
        let mut today = first;
        let worth = &self.worth[usize::from(production)];
        let serve = |run: &mut Run, routed: f64, days: std::ops::Range<usize>| {
            let (value, damage) = worth.of(days);
            run.value_usd += routed * value;
            run.damage_usd += routed * damage;
        };
        for (number, step) in before.iter().enumerate() {
            // One that is over before a whole day, or lies beyond the horizon.
            if step.days == 0 {
                continue;
            }
            let look = self.looks.get(number).copied().flatten();
            match self.watch(step, look, (production, replicate), today) {
                End::GoesOn(end) => {
                    serve(&mut run, step.routed, today..end);
                    today = end;
                }
                End::Stops(end) => {
                    serve(&mut run, step.routed, today..end);
                    run.stopped_at = Some(number);
                    return run;
                }
                End::Horizon => {
                    serve(&mut run, step.routed, today..horizon);
                    return run;
                }
            }
        }
        if today < horizon {
            run.days_to_full = u32::try_from(today - first).ok();
            serve(&mut run, last.routed, today..horizon);
        }
        run
    }

    /// A step from the day on which it begins.
    fn watch(&self, step: &Step, look: Option<Look>, (production, replicate): (bool, u32), begins: usize) -> End {
        let horizon = self.days.count();
        let own_end = begins + step.days as usize;
        let Some(look) = look else { return if own_end <= horizon { End::GoesOn(own_end) } else { End::Horizon } };
        let world = self.days.course().world;
        let mut stream = Stream::new(self.days, (self.comparison, self.signal), step.arms());
        let limits = [self.gate.alpha, self.gate.beta].map(|level| -level.ln());
        let longest = own_end + self.gate.longest_days as usize;
        for day in begins..longest.min(horizon) {
            let number = u32::try_from(day).unwrap_or(u32::MAX);
            let place = self.days.grid().place(world.day_effect(replicate, number));
            let address = Address { seed: world.scenario.seed, replicate, day: number, purpose: Purpose::Rollout };
            stream.next(At { production, day }, &place, &mut Dice::new(Drawing::Exact, address, 0));
            if day + 1 < own_end {
                continue;
            }
            let mut sequence = Sequence::new(self.comparison.counting);
            for counts in stream.seen() {
                sequence.add(*counts);
            }
            if sequence.evidence(look.difference, look.is_rising, look.precisions[0]) >= limits[0] {
                return End::GoesOn(day + 1);
            }
            if sequence.evidence(look.difference, !look.is_rising, look.precisions[1]) >= limits[1] {
                return End::Stops(day + 1);
            }
        }
        match self.gate.otherwise {
            _ if longest > horizon => End::Horizon,
            Otherwise::Stop => End::Stops(longest),
            Otherwise::GoOn => End::GoesOn(longest),
        }
    }
}

/// How a step is looked at: the margin on the signal's own scale, and sequences tuned to what is expected to have come in by the step's end.
fn look(
    days: &Days<'_>,
    (comparison, signal): (&Comparison, usize),
    (gate, margin): (&Gate, f64),
    step: &Step,
) -> Option<Look> {
    let is_comparable = step.routed > 0.0 && (step.routed < 1.0 || comparison.counting == Counting::Pairs);
    let at = At { production: false, day: step.first_day as usize };
    let slope = days.slope(at, signal, comparison.counting);
    if !is_comparable || step.days == 0 || slope.abs().total_cmp(&0.0).is_eq() {
        return None;
    }
    let difference = margin * slope;
    let mut plan = Sequence::new(comparison.counting);
    for day in step.range() {
        let at = At { production: false, day };
        let arrived = comparison.arrived(step.range().end - 1 - day);
        let sizes = power::sizes(days, comparison, (signal, at), step.arms()).map(|size| arrived * size);
        let seen = [0, 1].map(|arm| days.expected(at, signal, arm));
        let rate = |part: f64, any: f64| if any > 0.0 { part / any } else { 0.0 };
        plan.add(if comparison.counting == Counting::Pairs {
            [seen[0].bad, seen[0].reversed].map(|part| (sizes[0] * rate(part, seen[0].any), sizes[0]))
        } else {
            [0, 1].map(|arm| (sizes[arm] * rate(seen[arm].bad, seen[arm].any), sizes[arm]))
        });
    }
    let variance = plan.variance(difference);
    // A step too short for anything to come in has nothing to be tuned to.
    let variance = if variance > 0.0 { variance } else { 1.0 };
    let precisions = [gate.alpha, gate.beta].map(|level| tuned(variance, level));
    Some(Look { difference, is_rising: slope > 0.0, precisions })
}
