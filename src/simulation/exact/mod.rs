//! The exact engine: expectations of every stateless policy, without noise.
//!
//! A request matters by its success pattern over the tiers; what a rule makes of each pattern is known ([`Outcomes`]), and what is left are
//! the patterns' probabilities. Traffic of the two forms has them from quadrature or from the sums over a table: which of them it is, is
//! asked here alone.

mod flow;
mod generated;
mod hermite;
mod latency;
mod outcomes;
mod replayed;
mod score;

use std::sync::Arc;

pub use flow::{Answer, CasePoint, FINALS, Flow, SegmentAnswers, SegmentFlow, Turn, downstream_usd, inference_usd};
use generated::Generated;
pub(super) use outcomes::Outcomes;
pub use outcomes::confidence_mean;
use replayed::Replayed;

use super::day::{DayWorld, SegmentState};
use super::pattern::KindPatterns;
use super::rows::Rows;
use super::rule::{Rule, Start};
use super::traffic::Traffic;
use super::world::World;
use crate::model::Conversation;

/// The day effect an expectation is taken at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DayEffect {
    /// Averaged over its distribution.
    Averaged,
    /// Known, logits.
    Fixed(f64),
}

/// The integrals of one day that every policy shares.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The day they belong to.
    pub day: DayWorld,
    baseline_tier: Option<usize>,
    conversation: Option<Conversation>,
    /// By segment.
    patterns: Vec<KindPatterns>,
    form: Form,
}

/// What else there is to a day, by the form of its traffic.
#[derive(Clone, Debug)]
enum Form {
    Generated(Generated),
    Replayed(Replayed),
}

impl Tables {
    /// Integrals of `day`.
    pub fn new(world: &World, day: DayWorld, effect: DayEffect) -> Self {
        let (day_sd, shift) = match effect {
            DayEffect::Averaged => (world.day_sd(), 0.0),
            DayEffect::Fixed(delta) => (0.0, delta),
        };
        let mut day = day;
        let scenario = &world.scenario;
        let baseline_tier = scenario.baseline_tier();
        let (form, patterns) = match &world.traffic {
            Traffic::Generated => {
                let (generated, patterns) = Generated::integrate(world, &mut day, day_sd, shift);
                (Form::Generated(generated), patterns)
            }
            Traffic::Replayed(rows) => {
                let (replayed, patterns) = Replayed::resample(rows, &mut day, shift);
                (Form::Replayed(replayed), patterns)
            }
        };
        Self { day, baseline_tier, conversation: scenario.turns().cloned(), patterns, form }
    }

    /// The baseline's tier, where the baseline is a single one.
    pub fn baseline_tier(&self) -> Option<usize> {
        self.baseline_tier
    }

    /// How requests make conversations of more than one turn; `None`: they stand alone.
    pub fn conversation(&self) -> Option<&Conversation> {
        self.conversation.as_ref().filter(|_| matches!(self.form, Form::Generated(_)))
    }

    /// The table that is replayed; `None` where the world is generated.
    pub(super) fn rows(&self) -> Option<&Arc<Rows>> {
        match &self.form {
            Form::Generated(_) => None,
            Form::Replayed(replayed) => Some(replayed.rows()),
        }
    }

    /// Rows of the table that is replayed; `None` where the world is generated.
    pub fn row_count(&self) -> Option<usize> {
        self.rows().map(|rows| rows.count())
    }

    /// Shares of the traffic at which the scores of a table's own router change: between two of them a curve over the share is a line.
    /// `None` where there are no such scores, or more of these shares than `most`.
    pub fn score_steps(&self, most: usize) -> Option<Vec<f64>> {
        self.rows().and_then(|rows| rows.score_steps(most))
    }

    /// The router score with `noise` (logits) below which a share of the day's requests lies. Of a table's own scores: the position in
    /// their order, in the table as it is.
    pub fn score_quantile(&self, noise: f64, below: f64) -> f64 {
        match &self.form {
            Form::Generated(_) => generated::score_quantile(&self.day, noise, below),
            Form::Replayed(replayed) => replayed.rows().cut(noise, below),
        }
    }

    /// Expectation of every segment under `rule`; of a turn, where requests are turns of conversations.
    pub fn evaluate(&self, rule: &Rule) -> Vec<SegmentFlow> {
        let alone = match &self.form {
            Form::Generated(generated) => generated.evaluate(self, rule),
            Form::Replayed(replayed) => replayed.evaluate(self, rule),
        };
        let Some(conversation) = self.conversation() else { return alone };
        let shares = conversation.turn_shares();
        let segments = self.turns_of(rule, &alone);
        let average = |(turns, alone): (Vec<Turn>, &SegmentFlow)| {
            if turns.is_empty() {
                return *alone;
            }
            let mut mean = SegmentFlow::default();
            for (earlier, share) in shares.iter().enumerate() {
                if let Some(turn) = turns.get(earlier).or(turns.last()) {
                    mean.average_in(&turn.with_history(&self.day, conversation, earlier), *share, self.day.tiers.len());
                }
            }
            mean
        };
        segments.into_iter().zip(&alone).map(average).collect()
    }

    /// The turns of every segment's conversations under `rule`: `[segment][turn]`, where the last one stands for all later ones.
    /// Empty where requests stand alone.
    pub fn turns(&self, rule: &Rule) -> Vec<Vec<Turn>> {
        let alone = match &self.form {
            Form::Generated(generated) => generated.evaluate(self, rule),
            Form::Replayed(_) => return Vec::new(),
        };
        self.turns_of(rule, &alone)
    }

    fn turns_of(&self, rule: &Rule, alone: &[SegmentFlow]) -> Vec<Vec<Turn>> {
        let (Some(conversation), Form::Generated(generated)) = (&self.conversation, &self.form) else {
            return vec![Vec::new(); alone.len()];
        };
        let outcomes = Outcomes::of_every_pattern(self, rule);
        let of = |(segment, first)| generated.turns(self, conversation, rule, segment, first, &outcomes);
        alone.iter().enumerate().map(of).collect()
    }

    /// The day's requests as points, each with what `rule` makes of it: a suite of fixed cases is drawn from these.
    pub fn case_points(&self, rule: &Rule) -> Vec<CasePoint> {
        let outcomes = Outcomes::of_every_pattern(self, rule);
        match &self.form {
            Form::Generated(generated) => generated.case_points(self, rule, &outcomes),
            Form::Replayed(_) => replayed::case_points(self, rule, &outcomes),
        }
    }

    /// Pattern probabilities of a segment by the stage at which a request starts.
    pub(super) fn starts_of(&self, segment: usize, start: &Start) -> Vec<KindPatterns> {
        let Some(patterns) = self.patterns.get(segment) else { return Vec::new() };
        match start {
            Start::First => vec![patterns.clone()],
            Start::Shares(shares) => {
                let shares = shares.get(segment).or(shares.first()).map_or(&[][..], Vec::as_slice);
                shares.iter().map(|share| scaled(patterns, *share)).collect()
            }
            Start::Score { noise, cuts } => {
                let noise = self.day.router_noise(*noise);
                match &self.form {
                    Form::Generated(generated) => generated.score_starts(self, segment, noise, cuts),
                    Form::Replayed(replayed) => replayed.score_starts(self, segment, noise, cuts),
                }
            }
        }
    }

    /// Sums pattern probabilities against what a rule makes of each pattern. `usd` is the price of a call by starting stage, pattern and
    /// tier, where it depends on them.
    fn contract(
        &self,
        g: &SegmentState,
        starts: &[KindPatterns],
        outcomes: &Outcomes,
        usd: impl Fn(usize, usize, usize) -> f64,
    ) -> SegmentFlow {
        let mut result = SegmentFlow::default();
        let mut worse = 0.0;
        for (start, patterns) in starts.iter().enumerate() {
            for (hidden, kind_share) in [(0, 1.0 - g.hidden_share), (1, g.hidden_share)] {
                for (edge, masses) in patterns[hidden].iter().enumerate() {
                    for (pattern, mass) in masses.iter().enumerate() {
                        let weight = kind_share * mass;
                        if weight == 0.0 {
                            continue;
                        }
                        let outcome = outcomes.get(hidden, start, pattern);
                        result.flow.add(outcome, weight, self.day.tiers.len());
                        for (k, (calls, failed)) in outcome.calls.iter().zip(&outcome.calls_failed).enumerate() {
                            if *calls > 0.0 {
                                let usd = weight * usd(start, pattern, k);
                                result.flow.calls_usd += usd * calls;
                                result.flow.calls_failed_usd += usd * failed;
                            }
                        }
                        let quality = outcome.quality();
                        if edge == 1 {
                            result.edge_mass += weight;
                            result.edge_success += weight * quality;
                        }
                        if self.baseline_tier.is_some_and(|b| pattern >> b & 1 == 1) {
                            worse += weight * (1.0 - quality);
                        }
                    }
                }
            }
        }
        result.no_worse = self.baseline_tier.map(|_| 1.0 - worse);
        result
    }

    /// Mass of requests that start at each stage of `rule`, `[stage][hidden][pattern]`, over all segments.
    pub fn start_mass(&self, start: &Start) -> Vec<[Vec<f64>; 2]> {
        let stages = match start {
            Start::Score { cuts, .. } => cuts.len() + 1,
            Start::Shares(shares) => shares.first().map_or(1, Vec::len),
            Start::First => 1,
        };
        let mut mass: Vec<[Vec<f64>; 2]> =
            (0..stages).map(|_| std::array::from_fn(|_| vec![0.0; self.day.patterns()])).collect();
        for (index, (g, patterns)) in self.day.segments.iter().zip(&self.patterns).enumerate() {
            let starts = match start {
                Start::Score { .. } => self.starts_of(index, start),
                _ => vec![patterns.clone()],
            };
            for (sum, patterns) in mass.iter_mut().zip(&starts) {
                for (hidden, kind_share) in [(0, 1.0 - g.hidden_share), (1, g.hidden_share)] {
                    for edge in &patterns[hidden] {
                        for (to, from) in sum[hidden].iter_mut().zip(edge) {
                            *to += g.share * kind_share * from;
                        }
                    }
                }
            }
        }
        mass
    }
}

/// Success probability of every tier in every segment at a known day effect (logits): `[segment][tier]`.
pub fn tier_success(world: &World, day: &DayWorld, delta: f64) -> Vec<Vec<f64>> {
    match &world.traffic {
        Traffic::Generated => generated::tier_success(day, delta),
        Traffic::Replayed(_) => replayed::tier_success(&Tables::new(world, day.clone(), DayEffect::Fixed(delta))),
    }
}

fn scaled(patterns: &KindPatterns, by: f64) -> KindPatterns {
    std::array::from_fn(|h| std::array::from_fn(|e| patterns[h][e].iter().map(|x| x * by).collect()))
}
