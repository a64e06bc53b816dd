//! The learner of a `bandit` policy: Thompson sampling per segment, on the thumbs-down that production really gives it.
//!
//! Each hour of a day it draws a thumbs-down rate per tier from its Beta posteriors and sends that hour's requests to the tier
//! with the least `cost + usd_per_thumbs_down · rate`; at the end of the day it counts. The prior is worth one thumbs-down at
//! the launch rate. A half-life lets old counts fade.

use rand_distr::{Beta, Binomial, Distribution};

use super::day::DayWorld;
use super::exact;
use super::random::{Address, Generator, Purpose};
use super::rule::{Rule, Start};
use super::world::World;

/// Posterior draws a day.
const HOURS: usize = 24;

/// What a bandit needs to know before its first day.
#[derive(Clone, Debug)]
pub struct Learner {
    tiers: usize,
    arms: Vec<usize>,
    usd_per_thumbs_down: f64,
    /// Factor on old counts from one day to the next.
    retention: f64,
    /// Expected thumbs-down per answer at launch.
    launch_rate: f64,
    rule: Rule,
}

/// What each arm brings on each day, at three values of the day effect.
#[derive(Clone, Debug)]
pub struct History {
    /// `(table, expected requests)` of each day.
    days: Vec<(usize, f64)>,
    distinct: Vec<DayArms>,
    step: f64,
}

#[derive(Clone, Debug)]
struct DayArms {
    day: DayWorld,
    /// `[day effect −step, 0, +step][segment][tier]`: probability of success.
    success: [Vec<Vec<f64>>; 3],
}

/// What a bandit holds an arm to be on one day.
struct Belief {
    /// Thumbs-down per answer.
    rate: Option<Beta<f64>>,
    /// Cost of an answer, USD.
    usd: f64,
}

impl History {
    /// Tabulates every day of the horizon; days that do not differ share a table.
    pub fn new(world: &World, production: bool) -> Self {
        // Two standard deviations either side: the parabola through three points is then good where days really fall.
        let step = (2.0 * world.day_sd()).max(1e-3);
        let mut history = Self { days: Vec::new(), distinct: Vec::new(), step };
        for t in 0..=world.last_day() {
            let day = if production { world.production(t) } else { world.launch_on(t) };
            let requests = day.requests;
            let same =
                history.distinct.last().is_some_and(|d| d.day.segments == day.segments && d.day.tiers == day.tiers);
            if !same {
                let success = [-step, 0.0, step].map(|delta| exact::tier_success(world, &day, delta));
                history.distinct.push(DayArms { day, success });
            }
            history.days.push((history.distinct.len() - 1, requests));
        }
        history
    }
}

impl DayArms {
    fn success(&self, segment: usize, tier: usize, delta: f64, step: f64) -> f64 {
        let [low, middle, high] = [0, 1, 2].map(|i: usize| self.success[i][segment][tier]);
        let u = delta / step;
        (middle + 0.5 * u * (high - low) + 0.5 * u * u * (high - 2.0 * middle + low)).clamp(0.0, 1.0)
    }
}

impl Learner {
    /// That chooses among the tiers `arms`, and is otherwise like `rule`. It expects `launch_rate` thumbs-down per answer at launch.
    pub fn new(
        rule: Rule,
        arms: Vec<usize>,
        usd_per_thumbs_down: f64,
        half_life_days: Option<f64>,
        launch_rate: f64,
    ) -> Self {
        Self {
            tiers: rule.chain.len(),
            arms,
            usd_per_thumbs_down,
            retention: half_life_days.map_or(1.0, |days| 0.5_f64.powf(1.0 / days.max(1e-3))),
            launch_rate,
            rule,
        }
    }

    /// Learns over the whole horizon of a replicate and gives the rule of each day from `from` on.
    pub fn learn(&self, world: &World, history: &History, replicate: u32, from: u32) -> Vec<Rule> {
        let segments = world.scenario.segments.len();
        let thumbs_down = world.scenario.feedback.thumbs_down;
        let reask = world.scenario.economics.reask;
        let mut rng = Address { seed: world.scenario.seed, replicate, day: 0, purpose: Purpose::Learner }.generator(0);
        let mut counts = vec![vec![(0.0_f64, 0.0_f64); self.arms.len()]; segments];
        let mut rules = Vec::new();
        for (t, (table, requests)) in history.days.iter().enumerate() {
            let Some(arms) = history.distinct.get(*table) else { continue };
            let t = t as u32;
            let delta = world.day_effect(replicate, t);
            let mut shares = vec![vec![0.0; self.tiers]; segments];
            for (g, counts) in counts.iter_mut().enumerate() {
                let segment = &arms.day.segments[g];
                // Counts come at the end of a day: through it, what is believed of an arm stays.
                let believed: Vec<Belief> = counts
                    .iter()
                    .zip(&self.arms)
                    .map(|(counts, &tier)| {
                        let failed = 1.0 - arms.success(g, tier, 0.0, history.step);
                        Belief { rate: self.posterior(*counts), usd: segment.call_usd[tier] * (1.0 + reask * failed) }
                    })
                    .collect();
                let mut hours = vec![0_usize; self.arms.len()];
                for _ in 0..HOURS {
                    hours[self.choose(&believed, &mut rng)] += 1;
                }
                for (arm, hours) in hours.into_iter().enumerate() {
                    let share = hours as f64 / HOURS as f64;
                    let tier = self.arms[arm];
                    shares[g][tier] += share;
                    let success = arms.success(g, tier, delta, history.step);
                    let rate = thumbs_down.ok * success + thumbs_down.failed * (1.0 - success);
                    let n = (requests * segment.share * share).round();
                    let down = Binomial::new(n as u64, rate.clamp(0.0, 1.0)).map_or(0.0, |b| b.sample(&mut rng) as f64);
                    let count = &mut counts[arm];
                    *count = (count.0 * self.retention + n, count.1 * self.retention + down);
                }
            }
            if t >= from {
                rules.push(Rule { start: Start::Shares(shares), ..self.rule.clone() });
            }
        }
        rules
    }

    /// Of the thumbs-down rate, given answers and thumbs-down so far; `None` where it cannot be told from the launch rate.
    fn posterior(&self, (answers, down): (f64, f64)) -> Option<Beta<f64>> {
        // A prior worth one thumbs-down at the launch rate.
        let prior = 1.0 / self.launch_rate.clamp(1e-6, 1.0 - 1e-6);
        Beta::new(1.0 + down, prior - 1.0 + answers - down).ok()
    }

    fn choose(&self, believed: &[Belief], rng: &mut Generator) -> usize {
        let mut best = (0, f64::INFINITY);
        for (arm, belief) in believed.iter().enumerate() {
            let rate = belief.rate.map_or(self.launch_rate, |rate| rate.sample(rng));
            let loss = belief.usd + self.usd_per_thumbs_down * rate;
            if loss < best.1 {
                best = (arm, loss);
            }
        }
        best.0
    }
}
