//! Net values: closed sums, bounds, and an independent simulation that shares nothing with the program but the expectations of its days.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use crate::common;
use paretoscope::decision::choose::{Decision, Figures, Watched};
use paretoscope::decision::response::{Life, Reaction, Stakes, State};
use paretoscope::decision::worth::{Ledger, Setting, Worth};
use paretoscope::detection::detector::{CusumChart, WeeklyZChart};
use paretoscope::detection::monitor::{ThumbsDown, Tickets};
use paretoscope::frontier::Stages;
use paretoscope::jobs::{self, Control, DecideOptions};
use paretoscope::model::{Detector, Monitor, Response, Scenario};
use paretoscope::scenario::library::LIBRARY;
use paretoscope::simulation::exact::{DayEffect, SegmentFlow, Tables};
use paretoscope::simulation::random::{Address, Generator, Purpose};
use paretoscope::simulation::world::World;
use paretoscope::timeline::{Runner, routed_share};
use rand::RngExt;
use rand_distr::{Distribution, Gamma, Normal, Poisson};

fn worth(stages: &Stages<'_>, policy: usize) -> Worth {
    let ledger = Ledger::new(stages, vec![Setting { policy, knob: None }], None).unwrap();
    let parts: Vec<_> = ledger.work().into_iter().map(|(production, day)| ledger.integrate(production, day)).collect();
    ledger.assemble(&parts).remove(0)
}

fn world_of(file: &str) -> World {
    let entry = LIBRARY.iter().find(|entry| entry.file_name == file).unwrap();
    World::compile(&common::shipped(*entry)).unwrap()
}

fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    jobs::pool(0).unwrap().install(work)
}

/// What the timeline says of the money is what a policy is worth.
#[test]
fn an_unwatched_policy_is_worth_the_sum_of_the_timelines_days() {
    for file in ["workshop-first-steps.toml", "support-agent.toml"] {
        let world = world_of(file);
        let stages = Stages::new(&world).unwrap();
        let policy = world.scenario.studied_policy().unwrap();
        let worth = worth(&stages, policy);
        let timeline = run(|| jobs::timeline(&world, policy, 0, &Control::new())).unwrap();
        let saved: f64 = timeline
            .expected
            .iter()
            .map(|d| d.baseline_inference_usd + d.baseline_downstream_usd - d.inference_usd - d.downstream_usd)
            .sum();
        let found = worth.whole_usd(true);
        assert!((found - saved).abs() < 1e-6 * saved.abs(), "{file}: {found} against {saved}");
        assert_eq!(worth.onset_day, timeline.onset_day, "{file}");
    }
}

/// An alarm on the change day, understood at once: the sum of the days up to it.
#[test]
fn acting_at_once_is_worth_the_days_until_then() {
    let world = world_of("support-agent.toml");
    let stages = Stages::new(&world).unwrap();
    let worth = worth(&stages, world.scenario.studied_policy().unwrap());
    let change = world.change_day().unwrap();
    let response = Response { investigate_days: 0.0, action_days: 1e-9, ..Response::default() };
    let reaction = Reaction::new(&response, world.scenario.traffic.days, Some(change));
    let life = reaction.live(&mut Reaction::luck(1, 0), |from| Some(from.max(change)));
    let account = reaction.account(&life, &Stakes { policy: &worth, action: None, usd_per_day: 0.0 }, true);
    let closed: f64 = (0..=change).map(|day| worth.share_on(day) * worth.saving_usd[1][day as usize]).sum();
    assert!((account.value_usd() - closed).abs() < 1e-6 * closed.abs().max(1.0), "{} {closed}", account.value_usd());
    assert_eq!(account.acting_day, Some(change + 1));
}

/// By hand: an alarm on day 4, three days of looking, half a policy on the first day of an action that takes two, back after five.
#[test]
fn a_wrong_action_is_taken_back_and_charts_start_again() {
    let response = Response {
        investigate_days: 3.0,
        investigate_cv: 0.0,
        investigate_usd: 100.0,
        clears: 0.0,
        action_days: 2.0,
        resume_days: 5,
        ..Response::default()
    };
    let reaction = Reaction::new(&response, 20, Some(18));
    let asked = std::cell::RefCell::new(Vec::new());
    let life = reaction.live(&mut Reaction::luck(1, 0), |from| {
        asked.borrow_mut().push(from);
        (from == 0).then_some(4)
    });
    let states: Vec<(State, u32, u32)> = life.spans.iter().map(|s| (s.state, s.from, s.until)).collect();
    let expected = [
        (State::Watching, 0, 5),
        (State::Investigating, 5, 8),
        (State::Acting { is_right: false }, 8, 13),
        (State::Watching, 13, 20),
    ];
    assert_eq!(states, expected);
    assert_eq!(*asked.borrow(), [0, 13]);
    let world = world_of("workshop-first-steps.toml");
    let worth = worth(&Stages::new(&world).unwrap(), world.scenario.studied_policy().unwrap());
    let account = reaction.account(&life, &Stakes { policy: &worth, action: None, usd_per_day: 7.0 }, false);
    let day = |day: u32| worth.between_usd(false, day, day + 1);
    let routed: f64 = (0..8).chain(13..20).map(day).sum::<f64>() + 0.5 * day(8);
    assert!((account.routing_usd - routed).abs() < 1e-9, "{} {routed}", account.routing_usd);
    assert!((account.watching_usd - 7.0 * 12.0).abs() < 1e-12 && (account.investigating_usd - 100.0).abs() < 1e-12);
}

fn decided(world: &World, replicates: u32) -> Decision {
    let options = DecideOptions { replicates, ..DecideOptions::of(&world.scenario) };
    run(|| jobs::decide(&Stages::new(world).unwrap(), &options, &Control::new(), |_| {})).unwrap()
}

fn of<'d>(decision: &'d Decision, policy: usize, watched: &Watched) -> &'d Figures {
    let found = decision.options.iter().find(|c| c.policy == policy && c.knob_is_own && c.watched == *watched);
    found.unwrap().figures.as_ref().unwrap()
}

/// Nobody who goes by less than every outcome is worth more, and who never looks is worth as much as nobody.
#[test]
fn the_truth_bounds_every_monitor_and_never_is_not_looking() {
    let world = world_of("workshop-first-steps.toml");
    let mut scenario = world.scenario.clone();
    let never = Monitor::new("Nobody", paretoscope::detection::monitor::Never {});
    let mut truth = Monitor::new("All of it", paretoscope::detection::monitor::Truth {});
    truth.detector = Some(Detector::new(CusumChart {}));
    scenario.monitors.extend([never, truth]);
    let world = World::compile(&scenario).unwrap();
    let decision = decided(&world, 400);
    let policy = scenario.studied_policy().unwrap();
    let (nobody, truth) = (scenario.monitors.len() - 2, scenario.monitors.len() - 1);
    let unwatched = of(&decision, policy, &Watched::NotAtAll);
    let by_nobody = of(&decision, policy, &Watched::Monitor(nobody));
    assert!((unwatched.value_usd - by_nobody.value_usd).abs() < 1e-6 * unwatched.value_usd.abs().max(1.0));
    let limit = of(&decision, policy, &Watched::Monitor(truth));
    for monitor in 0..nobody {
        let Some(choice) = decision.options.iter().find(|c| {
            c.policy == policy && c.knob_is_own && c.watched == Watched::Monitor(monitor) && c.figures.is_ok()
        }) else {
            continue;
        };
        let figures = choice.figures.as_ref().unwrap();
        let se = figures.value_se_usd.hypot(limit.value_se_usd);
        assert!(figures.value_usd < limit.value_usd + 3.0 * se, "{}", scenario.monitors[monitor].name);
    }
    let best = &decision.options[decision.best];
    assert!(best.is_real && best.figures.is_ok());
}

/// The same bytes whatever the threads.
#[test]
fn threads_change_nothing() {
    let world = world_of("workshop-first-steps.toml");
    let options = DecideOptions { replicates: 60, ..DecideOptions::of(&world.scenario) };
    let with = |threads: usize| {
        let work = || jobs::decide(&Stages::new(&world).unwrap(), &options, &Control::new(), |_| {});
        jobs::pool(threads).unwrap().install(work).unwrap()
    };
    assert_eq!(with(1), with(3));
}

// An independent simulation.

/// Share of all requests that fail under a policy at some day effects, and how they are found between these.
struct Failing {
    effects: Vec<f64>,
    /// `[routed, baseline][effect]`.
    failed: [Vec<f64>; 2],
}

impl Failing {
    fn at(&self, share: f64, effect: f64) -> f64 {
        let last = self.effects.len() - 1;
        let (low, high) = (self.effects[0], self.effects[last]);
        if high <= low {
            return share * self.failed[0][0] + (1.0 - share) * self.failed[1][0];
        }
        let place = ((effect - low) / (high - low) * last as f64).clamp(0.0, last as f64);
        // A parabola through the three nearest.
        let middle = (place.round() as usize).clamp(1, last - 1);
        let x = place - middle as f64;
        let weights = [0.5 * x * (x - 1.0), 1.0 - x * x, 0.5 * x * (x + 1.0)];
        let of =
            |arm: usize| -> f64 { weights.iter().enumerate().map(|(i, w)| w * self.failed[arm][middle - 1 + i]).sum() };
        share * of(0) + (1.0 - share) * of(1)
    }
}

/// A world as the slow simulation knows it: `[launch, production]`.
struct Slow {
    scenario: Scenario,
    share: Vec<f64>,
    requests: [Vec<f64>; 2],
    failing: [Vec<Failing>; 2],
    /// Baseline's total cost less the policy's, at full share, USD.
    saving: [Vec<f64>; 2],
    /// Mean share of failures at launch by day.
    reference: Vec<f64>,
}

fn failed(tables: &Tables, flows: &[SegmentFlow]) -> f64 {
    1.0 - tables.day.segments.iter().zip(flows).map(|(g, s)| g.share * s.flow.quality()).sum::<f64>()
}

fn slow(world: &World, policy: usize) -> Slow {
    let stages = Stages::new(world).unwrap();
    let scenario = world.scenario.clone();
    let (days, sd) = (scenario.traffic.days, world.day_sd());
    let effects: Vec<f64> = if sd > 0.0 { (-8..=8).map(|i| f64::from(i) * 0.5 * sd).collect() } else { vec![0.0] };
    let definition = &scenario.policies[policy];
    let share: Vec<f64> = (0..days).map(|day| routed_share(definition, day)).collect();
    let one = |production: bool| {
        let runners = [policy, stages.baseline].map(|p| Runner::new(&stages, p, None, production, 0).unwrap());
        let (mut requests, mut failing, mut saving, mut reference) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut before: Option<(u32, usize)> = None;
        let (_, classes) = world.classes(production, false);
        for day in 0..days {
            let state = if production { world.production(day) } else { world.launch_on(day) };
            requests.push(state.requests);
            let class = classes[day as usize];
            if before.is_some_and(|(_, known)| known == class) {
                let last = failing.len() - 1;
                let Failing { effects, failed } = &failing[last];
                failing.push(Failing { effects: effects.clone(), failed: failed.clone() });
                let per_request = saving[last] / requests[last];
                saving.push(per_request * state.requests);
                reference.push(reference[last]);
                continue;
            }
            before = Some((day, class));
            let at = |effect: f64| {
                let tables = Tables::new(world, state.clone(), DayEffect::Fixed(effect));
                runners.each_ref().map(|runner| failed(&tables, &runner.flows(&tables, day)))
            };
            let all: Vec<[f64; 2]> = effects.iter().map(|effect| at(*effect)).collect();
            failing.push(Failing {
                effects: effects.clone(),
                failed: [0, 1].map(|arm| all.iter().map(|f| f[arm]).collect()),
            });
            let tables = Tables::new(world, state.clone(), DayEffect::Averaged);
            let economics = &scenario.economics;
            let totals = runners.each_ref().map(|runner| {
                let flows = runner.flows(&tables, day);
                let of = |(g, s): (&paretoscope::simulation::day::SegmentState, &SegmentFlow)| {
                    let (f, ok) = (&s.flow, s.flow.quality());
                    let calls = f.calls_usd + f.overhead_usd;
                    let again = economics.reask * (f.calls_failed_usd + f.overhead_failed_usd);
                    let follows: f64 = [economics.ticket, economics.churn, economics.incident]
                        .iter()
                        .map(|c| c.usd * (c.failed * (1.0 - ok) + c.ok * ok))
                        .sum();
                    g.share * (calls + again + g.stakes * follows)
                };
                (tables.day.segments.iter().zip(&flows).map(of).sum::<f64>(), failed(&tables, &flows))
            });
            saving.push(state.requests * (totals[1].0 - totals[0].0));
            let share = share[day as usize];
            reference.push(share * totals[0].1 + (1.0 - share) * totals[1].1);
        }
        (requests, failing, saving, reference)
    };
    let (launch, production) = (one(false), one(true));
    // The share of the policy changes the reference although the class does not.
    let reference = (0..days as usize)
        .map(|day| {
            let failing = &launch.1[day];
            let normal = |e: f64| if sd > 0.0 { (-0.5 * (e / sd).powi(2)).exp() } else { 1.0 };
            let whole: f64 = effects.iter().map(|e| normal(*e)).sum();
            effects.iter().map(|e| normal(*e) * failing.at(share[day], *e)).sum::<f64>() / whole
        })
        .collect();
    Slow {
        share,
        requests: [launch.0, production.0],
        failing: [launch.1, production.1],
        saving: [launch.2, production.2],
        reference,
        scenario,
    }
}

/// How the slow simulation reads a day.
#[derive(Clone, Copy, PartialEq)]
enum Reads {
    /// Thumbs-down, one z-test a week.
    Thumbs,
    /// Tickets, CUSUM at 1.25.
    Tickets,
}

impl Slow {
    /// One run day by day: its net value, USD.
    fn live(&self, reads: Reads, threshold: f64, production: bool, usd_per_day: f64, rng: &mut Generator) -> f64 {
        let world = usize::from(production);
        let scenario = &self.scenario;
        let response = scenario.response.clone().unwrap_or_default();
        let change = (0..scenario.traffic.days)
            .find(|day| scenario.events.iter().any(|event| event.in_force(f64::from(*day)) > 0.0))
            .filter(|_| production);
        let sd = scenario.traffic.difficulty_day_sd;
        let arrives = 1.0 / (1.0 + scenario.economics.ticket.delay_days);
        let (mut waiting, mut waiting_expected, mut waiting_level, mut waiting_exposure) = (0.0, 0.0, 0.0, 0.0);
        let fresh = (f64::NEG_INFINITY, 0, 0.0, 0.0);
        let (mut cusum, mut week, mut deviation, mut variance) = fresh;
        // Last day of the investigation, whether it ends in action, and whether something had changed; first day of the action, and the same.
        let (mut investigating, mut acting) = (None::<(u32, bool, bool)>, None::<(u32, bool)>);
        let mut value = 0.0;
        for day in 0..scenario.traffic.days {
            let d = day as usize;
            if let Some((until, acts, is_right)) = investigating
                && day > until
            {
                investigating = None;
                (cusum, week, deviation, variance) = fresh;
                acting = acts.then_some((day, is_right));
            }
            if let Some((from, false)) = acting
                && day >= from + response.resume_days
            {
                acting = None;
                (cusum, week, deviation, variance) = fresh;
            }
            let left = acting
                .map_or(1.0, |(from, _)| 1.0 - (f64::from(day + 1 - from) / response.action_days).clamp(0.0, 1.0));
            value += left * self.share[d] * self.saving[world][d];
            // What comes in goes on coming in as if the policy had stayed.
            let effect = if sd > 0.0 { Normal::new(0.0, sd).unwrap().sample(rng) } else { 0.0 };
            let failed = self.failing[world][d].at(self.share[d], effect);
            let requests = self.requests[world][d];
            let draw = |mean: f64, rng: &mut Generator| {
                if mean > 0.0 { Poisson::new(mean).unwrap().sample(rng) } else { 0.0 }
            };
            let is_watching = investigating.is_none() && acting.is_none();
            let statistic = match reads {
                Reads::Thumbs => {
                    let thumbs = scenario.feedback.thumbs_down;
                    let of = |failed: f64| failed * thumbs.failed + (1.0 - failed) * thumbs.ok;
                    let count = draw(requests * of(failed), rng);
                    let labels = count + draw(requests * (1.0 - of(failed)), rng);
                    let rate = of(self.reference[d]);
                    if is_watching {
                        week += 1;
                        deviation += count - labels * rate;
                        variance += labels * rate * (1.0 - rate);
                    }
                    let z = deviation / variance.max(1e-300).sqrt();
                    let is_due = week == 7;
                    if is_due {
                        (week, deviation, variance) = (0, 0.0, 0.0);
                    }
                    if is_due { z } else { f64::NEG_INFINITY }
                }
                Reads::Tickets => {
                    let ticket = scenario.economics.ticket;
                    let of = |failed: f64| failed * ticket.failed + (1.0 - failed) * ticket.ok;
                    let reference = self.reference[d];
                    waiting += requests * of(failed);
                    waiting_exposure += requests;
                    waiting_expected += requests * of(reference);
                    // Failures double, successes shrink in proportion.
                    waiting_level += requests * reference * (ticket.failed - ticket.ok);
                    let [mean, exposure, expected, level] =
                        [&mut waiting, &mut waiting_exposure, &mut waiting_expected, &mut waiting_level].map(|all| {
                            let due = *all * arrives;
                            *all -= due;
                            due
                        });
                    let count = draw(mean, rng);
                    let (rate, alternative) = (expected / exposure, (expected + 0.25 * level) / exposure);
                    if is_watching && exposure > 0.0 {
                        let evidence = count * (alternative / rate).ln() - (alternative - rate) * exposure;
                        cusum = cusum.max(0.0) + evidence;
                    }
                    cusum
                }
            };
            if is_watching {
                value -= usd_per_day;
                if statistic > threshold + 1e-9 * (1.0 + threshold.abs()) {
                    value -= response.investigate_usd;
                    let (mean, cv) = (response.investigate_days, response.investigate_cv);
                    let lasts = Gamma::new(1.0 / (cv * cv), mean * cv * cv).unwrap().sample(rng).round() as u32;
                    let throw: f64 = rng.random();
                    let is_right = change.is_some_and(|change| day >= change);
                    let acts = if is_right { throw < response.finds } else { throw >= response.clears };
                    investigating = Some((day + lasts, acts, is_right));
                }
            }
        }
        value
    }
}

#[test]
fn values_are_those_of_an_independent_simulation() {
    values_are_simulated(300, 200);
}

#[test]
#[ignore = "long: a thousand runs of every shipped scenario"]
fn values_are_those_of_an_independent_simulation_in_many_runs() {
    values_are_simulated(1000, 600);
}

/// Values of so many runs of the program are within three standard errors of those of so many by hand.
fn values_are_simulated(replicates: u32, runs: u32) {
    let mut compared = 0;
    for entry in LIBRARY {
        let mut scenario = common::shipped(*entry);
        if scenario.is_replayed() {
            continue;
        }
        let watch = |name: &str, mut monitor: Monitor, detector: Detector| {
            monitor.name = name.to_owned();
            monitor.usd_per_day = 11.0;
            monitor.detector = Some(detector);
            monitor
        };
        let weekly = Detector { window_days: 7, ..Detector::new(WeeklyZChart {}) };
        let cusum = Detector { ratio: 1.25, ..Detector::new(CusumChart {}) };
        scenario.monitors = vec![
            watch("Thumbs", Monitor::new("", ThumbsDown {}), weekly),
            watch("Tickets", Monitor::new("", Tickets {}), cusum),
        ];
        scenario.response = Some(Response { investigate_usd: 40.0, finds: 0.8, clears: 0.7, ..Response::default() });
        let studied = scenario.studied_policy().unwrap();
        let keep = [scenario.baseline.clone(), scenario.policies[studied].name.clone()];
        scenario.policies.retain(|p| keep.contains(&p.name));
        scenario.study.policy = None;
        let Ok(world) = World::compile(&scenario) else { continue };
        let policy = scenario.studied_policy().unwrap();
        let decision = decided(&world, replicates);
        let slow = slow(&world, policy);
        let change = if world.change_day().is_some() { scenario.study.change_probability } else { 0.0 };
        for (index, reads) in [Reads::Thumbs, Reads::Tickets].into_iter().enumerate() {
            let Some(Ok(figures)) = decision
                .options
                .iter()
                .find(|c| c.policy == policy && c.knob_is_own && c.watched == Watched::Monitor(index))
                .map(|c| c.figures.as_ref())
            else {
                continue;
            };
            let threshold = figures.thresholds[0];
            for (production, weight) in [(false, 1.0 - change), (true, change)] {
                if weight <= 0.0 {
                    continue;
                }
                let of_run = |run: u32| {
                    let purpose = Purpose::Timeline;
                    let day = 100_000 + u32::from(production);
                    let mut rng = Address { seed: 77, replicate: run, day, purpose }.generator(index as u32);
                    slow.live(reads, threshold, production, 11.0, &mut rng)
                };
                let values: Vec<f64> = (0..runs).map(of_run).collect();
                let mean = values.iter().sum::<f64>() / f64::from(runs);
                let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(runs - 1);
                // A rare alarm may be in the program's runs alone, so that both spreads count.
                let se = (spread / f64::from(runs)).sqrt().hypot(figures.value_se_usd / weight);
                let found = figures.value_by_world_usd[usize::from(production)];
                let off = (found - mean).abs();
                // A value that hardly varies may be off by what interpolation leaves.
                assert!(
                    off < 3.0 * se + 1e-4 * mean.abs(),
                    "{}, {index}, production {production}: {found} against {mean}, {} standard errors",
                    entry.file_name,
                    off / se
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 20, "{compared}");
}

/// A life is whole: its spans follow one another from the first day to the last.
#[test]
fn spans_cover_every_day_once() {
    let mut rng = Address { seed: 3, replicate: 0, day: 0, purpose: Purpose::Response }.generator(0);
    for case in 0..500 {
        let days = 1 + (rng.random::<f64>() * 60.0) as u32;
        let response = Response {
            investigate_days: rng.random::<f64>() * 9.0,
            finds: rng.random(),
            clears: rng.random(),
            action_days: 0.1 + rng.random::<f64>() * 6.0,
            resume_days: (rng.random::<f64>() * 9.0) as u32,
            ..Response::default()
        };
        let change = (rng.random::<f64>() < 0.7).then(|| (rng.random::<f64>() * f64::from(days)) as u32);
        let reaction = Reaction::new(&response, days, change);
        let mut luck = Reaction::luck(case, 0);
        let Life { spans, alarms } = reaction
            .live(&mut luck, |from| (rng.random::<f64>() < 0.8).then(|| from + (rng.random::<f64>() * 9.0) as u32));
        let mut next = 0;
        for span in &spans {
            assert!(span.from == next && span.until > span.from, "{spans:?}");
            next = span.until;
        }
        assert_eq!(next, days, "{spans:?}");
        assert!(alarms.windows(2).all(|w| w[0] < w[1]) && alarms.iter().all(|a| *a < days));
    }
}
