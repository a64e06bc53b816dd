//! Conversations: closed forms, and the exact engine against a simulation turn by turn that shares none of its integrals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use paretoscope::model::{Conversation, Per, Scenario};
use paretoscope::policy::{self, Launch};
use paretoscope::scenario::library;
use paretoscope::simulation::compiled::Compiled;
use paretoscope::simulation::exact::{SegmentFlow, confidence_mean};
use paretoscope::simulation::monte_carlo::{Experiment, Metric, Moments, simulate};
use paretoscope::simulation::random::Purpose;
use paretoscope::simulation::rule::{Gate, Rule, Start};
use paretoscope::simulation::world::World;
use std::sync::atomic::AtomicBool;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

fn scenario(name: &str, conversation: Conversation) -> Scenario {
    let text = library::find(name).unwrap().text;
    let mut scenario = paretoscope::scenario::read::parse(text, name).unwrap().scenario;
    scenario.conversation = Some(conversation);
    for tier in &mut scenario.tiers {
        tier.cached_input.usd_per_mtok = 0.1 * tier.input_usd_per_mtok;
        tier.cached_input.write_usd_per_mtok = Some(1.25 * tier.input_usd_per_mtok);
        tier.cached_input.hit_rate = 0.3;
    }
    scenario
}

fn usual() -> Conversation {
    Conversation { turns_mean: 5.0, most_turns: 20, similarity: 0.6, context_tokens: 700.0, warm: 0.85 }
}

/// The rule of a policy as it is set, deciding as often as asked.
fn rule(launch: &Launch<'_>, index: usize, per: Per) -> Option<Rule> {
    let definition = &launch.world.scenario.policies[index];
    match policy::compile(launch, definition, None).unwrap() {
        Compiled::Stateless(rule) => Some(Rule { per, ..rule }),
        _ => None,
    }
}

/// What a turn comes to on average.
#[derive(Clone, Copy, Debug, Default)]
struct Means {
    usd: f64,
    failed_usd: f64,
    quality: f64,
    history: f64,
    cached: f64,
    switched: f64,
}

impl Means {
    fn numbers(&self) -> [(&'static str, f64); 6] {
        [
            ("USD", self.usd),
            ("USD of failures", self.failed_usd),
            ("quality", self.quality),
            ("history", self.history),
            ("cached", self.cached),
            ("switched", self.switched),
        ]
    }
}

fn exact(world: &World, flows: &[SegmentFlow]) -> Means {
    let mut means = Means::default();
    for (g, s) in world.launch.segments.iter().zip(flows) {
        means.usd += g.share * s.flow.calls_usd;
        means.failed_usd += g.share * s.flow.calls_failed_usd;
        means.quality += g.share * s.flow.quality();
        means.history += g.share * s.flow.history_tokens;
        means.cached += g.share * s.flow.cached_tokens;
        means.switched += g.share * s.flow.switched;
    }
    means
}

struct Simulated {
    rng: StdRng,
}

impl Simulated {
    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.rng)
    }

    fn uniform(&mut self) -> f64 {
        self.rng.random()
    }

    /// One conversation: sums over its turns, and how many they are.
    fn conversation(&mut self, world: &World, rule: &Rule, sums: &mut Means) -> f64 {
        let scenario = &world.scenario;
        let talk = scenario.conversation.clone().unwrap();
        let day = &world.launch;
        let mut pick = self.uniform();
        let mut index = 0;
        while index + 1 < day.segments.len() && pick >= day.segments[index].share {
            pick -= day.segments[index].share;
            index += 1;
        }
        let g = &day.segments[index];
        let hidden = self.uniform() < g.hidden_share;
        let delta = world.day_sd() * self.normal();
        let (mut z, mut u) = (self.normal(), self.normal());
        let mut last_called: Vec<usize> = Vec::new();
        let mut last: Option<usize> = None;
        let mut turn = 0;
        loop {
            if turn > 0 {
                let fresh = (1.0 - talk.similarity * talk.similarity).sqrt();
                z = talk.similarity * z + fresh * self.normal();
                u = talk.similarity * u + fresh * self.normal();
            }
            let surface = g.surface_mean + g.surface_sd * z;
            let difficulty = delta + if hidden { g.hidden_mean + g.hidden_sd * u } else { surface + g.unseen_shift };
            let shared = self.uniform() < scenario.shared_luck;
            let one = self.uniform();
            let ok: Vec<bool> = (0..day.tiers.len())
                .map(|k| {
                    let luck = if shared { one } else { self.uniform() };
                    luck < day.tiers[k].success(g.ability[k], difficulty)
                })
                .collect();
            let drawn = match &rule.start {
                Start::First => 0,
                Start::Shares(rows) => {
                    let row = rows.get(index).unwrap_or(&rows[0]);
                    let mut x = self.uniform();
                    let mut stage = 0;
                    while stage + 1 < row.len() && x >= row[stage] {
                        x -= row[stage];
                        stage += 1;
                    }
                    stage
                }
                Start::Score { noise, cuts } => {
                    let score = surface + noise * self.normal();
                    cuts.iter().filter(|cut| score >= **cut).count()
                }
            };
            let (start, is_fixed) = match (rule.per, last) {
                (Per::Conversation, Some(stage)) => (stage, true),
                (Per::Upgrade, Some(stage)) => (drawn.max(stage), false),
                _ => (drawn, false),
            };
            let mut called = Vec::new();
            let end = match &rule.gate {
                _ if is_fixed => {
                    called.push(rule.chain[start]);
                    start
                }
                Gate::Oracle => {
                    let end = (start..rule.chain.len()).find(|s| ok[rule.chain[*s]]).unwrap_or(start);
                    called.push(rule.chain[end]);
                    end
                }
                gate => {
                    let mut stage = start;
                    loop {
                        let tier = rule.chain[stage];
                        called.push(tier);
                        let goes_on = stage + 1 < rule.chain.len()
                            && match gate {
                                Gate::Confidence { thresholds } => {
                                    self.normal() + confidence_mean(day, tier, hidden, ok[tier]) < thresholds[stage]
                                }
                                Gate::Judge { judge, judged } => {
                                    let bad = if ok[tier] { 1.0 - judge.specificity } else { judge.sensitivity };
                                    self.uniform() < judged * bad
                                }
                                _ => false,
                            };
                        if !goes_on {
                            break stage;
                        }
                        stage += 1;
                    }
                }
            };
            let answer = rule.chain[end];
            let good = ok[answer];
            let warm = self.uniform() < talk.warm;
            let tokens = f64::from(turn) * talk.context_tokens;
            let mut usd = 0.0;
            for &tier in &called {
                let is_cached = turn > 0 && warm && last_called.contains(&tier);
                let price = &scenario.tiers[tier];
                let per_mtok = if is_cached {
                    price.cached_input.usd_per_mtok
                } else {
                    price.cached_input.write_usd_per_mtok.unwrap_or(price.input_usd_per_mtok)
                };
                usd += g.call_usd[tier] + tokens * per_mtok / 1e6;
                sums.history += tokens;
                sums.cached += if is_cached { tokens } else { 0.0 };
            }
            sums.usd += usd;
            if good {
                sums.quality += 1.0;
            } else {
                sums.failed_usd += usd;
            }
            if last.is_some_and(|last| last != end) {
                sums.switched += 1.0;
            }
            last = Some(end);
            last_called = called;
            turn += 1;
            if turn >= i32::try_from(talk.most_turns).unwrap() || self.uniform() >= 1.0 - 1.0 / talk.turns_mean {
                return f64::from(turn);
            }
        }
    }

    /// Means of a turn with their standard errors, from batches of conversations.
    fn run(world: &World, rule: &Rule, turns: f64, seed: u64) -> Vec<(&'static str, f64, f64)> {
        const BATCHES: usize = 50;
        let mut simulated = Self { rng: StdRng::seed_from_u64(seed) };
        let batches: Vec<Means> = (0..BATCHES)
            .map(|_| {
                let (mut sums, mut count) = (Means::default(), 0.0);
                while count < turns / BATCHES as f64 {
                    count += simulated.conversation(world, rule, &mut sums);
                }
                Means {
                    usd: sums.usd / count,
                    failed_usd: sums.failed_usd / count,
                    quality: sums.quality / count,
                    history: sums.history / count,
                    cached: sums.cached / count,
                    switched: sums.switched / count,
                }
            })
            .collect();
        let n = BATCHES as f64;
        (0..6)
            .map(|i| {
                let values: Vec<f64> = batches.iter().map(|means| means.numbers()[i].1).collect();
                let mean = values.iter().sum::<f64>() / n;
                let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
                (batches[0].numbers()[i].0, mean, (variance / n).sqrt())
            })
            .collect()
    }
}

fn hold(name: &str, turns: f64) {
    let world = World::compile(&scenario(name, usual())).unwrap();
    let launch = Launch::new(&world);
    for (index, policy) in world.scenario.policies.iter().enumerate() {
        for per in [Per::Turn, Per::Conversation, Per::Upgrade] {
            let Some(rule) = rule(&launch, index, per) else { continue };
            if matches!(rule.gate, Gate::Human { .. }) {
                continue;
            }
            let means = exact(&world, &launch.tables.evaluate(&rule));
            let found = Simulated::run(&world, &rule, turns, 7 + index as u64);
            for ((what, mean, se), (_, expected)) in found.into_iter().zip(means.numbers()) {
                let z = (mean - expected) / se.max(1e-12 + 1e-9 * expected.abs());
                assert!(
                    z.abs() < 4.0,
                    "{name}, {}, {per:?}: {what} is {expected}, and {mean} ± {se} by simulation: {z:.1} standard errors",
                    policy.name
                );
            }
        }
    }
}

#[test]
fn the_exact_engine_agrees_with_a_simulation_turn_by_turn() {
    hold("support-agent", 300_000.0);
}

#[test]
#[ignore = "long: minutes"]
fn the_exact_engine_agrees_with_ten_million_turns() {
    for name in ["support-agent", "three-tiers"] {
        hold(name, 1e7);
    }
}

#[test]
fn one_turn_is_a_request_that_stands_alone() {
    let mut alone = scenario("support-agent", usual());
    alone.conversation = None;
    let one = Scenario { conversation: Some(Conversation { turns_mean: 1.0, ..usual() }), ..alone.clone() };
    let worlds = [alone, one].map(|scenario| World::compile(&scenario).unwrap());
    let [a, b] = worlds.each_ref().map(Launch::new);
    for index in 0..a.world.scenario.policies.len() {
        for per in [Per::Turn, Per::Conversation, Per::Upgrade] {
            if let (Some(of_a), Some(of_b)) = (rule(&a, index, Per::Turn), rule(&b, index, per)) {
                assert_eq!(a.tables.evaluate(&of_a), b.tables.evaluate(&of_b));
            }
        }
    }
}

#[test]
fn closed_forms_hold() {
    let talk = Conversation { similarity: 0.0, ..usual() };
    let world = World::compile(&scenario("support-agent", talk.clone())).unwrap();
    let launch = Launch::new(&world);
    let history: f64 =
        talk.turn_shares().iter().enumerate().map(|(j, share)| share * j as f64 * talk.context_tokens).sum();
    for (index, policy) in world.scenario.policies.iter().enumerate() {
        let Some(rule) = rule(&launch, index, Per::Turn) else { continue };
        let means = exact(&world, &launch.tables.evaluate(&rule));
        match policy.name.as_str() {
            // Everything to one model: what is warm is cached.
            "All small" | "All capable" => {
                assert!((means.history / history - 1.0).abs() < 1e-12);
                assert!((means.cached / history - talk.warm).abs() < 1e-9, "{means:?}");
                assert!(means.switched.abs() < 1e-12);
            }
            // A coin at each turn: the same model twice with a chance of Σ share².
            "Random mix" => {
                let Start::Shares(rows) = &rule.start else { panic!("a mix has shares") };
                let same: f64 = rows[0].iter().map(|share| share * share).sum();
                assert!((means.cached / history - talk.warm * same).abs() < 1e-9, "{means:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn monte_carlo_agrees_with_the_exact_engine() {
    let pool = paretoscope::jobs::pool(0).unwrap();
    for name in ["support-agent", "three-tiers"] {
        let world = World::compile(&scenario(name, usual())).unwrap();
        let launch = Launch::new(&world);
        let all = 0..world.scenario.policies.len();
        let rules: Vec<Rule> = all
            .flat_map(|index| [Per::Turn, Per::Conversation, Per::Upgrade].map(|per| rule(&launch, index, per)))
            .flatten()
            .filter(|rule| !matches!(rule.gate, Gate::Human { .. }))
            .collect();
        let policies = rules.iter().cloned().map(Compiled::Stateless).collect();
        let experiment = Experiment::new(&world, false, policies, Purpose::Frontier, 3_000_000);
        let moments = pool.install(|| {
            use rayon::prelude::*;
            let never = AtomicBool::new(false);
            let replicates: Vec<_> = (0..experiment.replicates())
                .into_par_iter()
                .map(|r| simulate(&experiment, r, &never).unwrap())
                .collect();
            let mut moments = Moments::default();
            replicates.iter().for_each(|replicate| moments.merge(replicate));
            moments
        });
        let reask = world.scenario.economics.reask;
        for (rule, found) in rules.iter().zip(&moments.policies) {
            let flows = launch.tables.evaluate(rule);
            let segments = || world.launch.segments.iter().zip(&flows);
            let inference = paretoscope::simulation::exact::inference_usd(&world.launch, &flows, reask);
            let quality: f64 = segments().map(|(g, s)| g.share * s.flow.quality()).sum();
            let edge: f64 = segments().map(|(g, s)| g.share * s.edge_mass).sum();
            let edge_good: f64 = segments().map(|(g, s)| g.share * s.edge_success).sum();
            let mut wanted = vec![(Metric::InferenceUsd, inference), (Metric::Quality, quality)];
            if rule.per == Per::Turn {
                wanted.push((Metric::HardEdgeQuality, edge_good / edge));
            }
            for k in 0..world.tier_count() {
                wanted.push((Metric::TierCalls(k), segments().map(|(g, s)| g.share * s.flow.calls[k]).sum()));
            }
            for (metric, expected) in wanted {
                let ratio = found.ratio(metric);
                let Some(mean) = ratio.estimate() else { continue };
                let se = ratio.standard_error(moments.replicates).unwrap();
                // Costs are summed in single precision.
                let z = (mean - expected) / se.max(2e-6 * expected.abs() + 1e-9);
                assert!(z.abs() < 4.5, "{name}, {rule:?}: {metric:?} is {expected}, and {mean} ± {se}: {z:.1}");
            }
            // Beyond the hard edge the nodes of the turns cut a little beside the edge.
            let beyond = found.ratio(Metric::HardEdgeQuality).estimate().unwrap();
            assert!((beyond - edge_good / edge).abs() < 0.02, "{name}, {rule:?}: {beyond} {}", edge_good / edge);
        }
    }
}
