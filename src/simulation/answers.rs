//! Who gives the final answer, and whether it is good: the joint probabilities that monitors sample from.
//!
//! Labels depend on more than a policy's [`super::exact::Flow`] keeps: a reviewer overlooks confident wrong answers, and a
//! shadow comparison needs the baseline's outcome on the same request.

use super::exact::{FINALS, Outcomes, Tables, pattern_probabilities};
use super::quadrature;
use super::rule::{Gate, Rule, Start};
use super::world::{MAX_TIERS, SegmentState};

/// Joint probabilities of one kind of request (plain or hidden-hard) whose final answer one tier gives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answer {
    /// The tier answers.
    pub answered: f64,
    /// And the answer is good.
    pub good: f64,
    /// The tier answers, and the baseline tier would have answered well.
    pub baseline_good: f64,
    /// The tier answers well, and the baseline tier would have too.
    pub both_good: f64,
}

impl Answer {
    fn add(&mut self, other: &Self, weight: f64) {
        self.answered += weight * other.answered;
        self.good += weight * other.good;
        self.baseline_good += weight * other.baseline_good;
        self.both_good += weight * other.both_good;
    }
}

/// Answers in one segment, summing to one: `[plain, hidden-hard][tier, or the number of tiers for a person]`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SegmentAnswers {
    /// The joint probabilities.
    pub by: [[Answer; FINALS]; 2],
}

impl SegmentAnswers {
    /// Adds `weight` times other answers.
    pub fn add(&mut self, other: &Self, weight: f64) {
        for (to, from) in self.by.iter_mut().flatten().zip(other.by.iter().flatten()) {
            to.add(from, weight);
        }
    }
}

/// A point of a segment's difficulty distribution, for cases that are run again and again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CasePoint {
    /// Probability of the point among all requests of the day.
    pub share: f64,
    /// Whether it stands for hidden-hard requests.
    pub hidden: bool,
    /// Probability of each final answerer.
    pub answered: [f64; FINALS],
    /// Probability of each final answerer and a good answer.
    pub good: [f64; FINALS],
}

impl Tables {
    /// Answers of every segment under `rule`.
    pub fn answers(&self, rule: &Rule) -> Vec<SegmentAnswers> {
        let outcomes = Outcomes::of_every_pattern(self, rule);
        let segments = self.day.segments.iter().enumerate();
        segments
            .map(|(index, g)| {
                let starts = self.starts_of(index, &rule.start);
                let mut result = SegmentAnswers::default();
                for (start, patterns) in starts.iter().enumerate() {
                    for (hidden, kind_share) in [(0, 1.0 - g.hidden_share), (1, g.hidden_share)] {
                        for masses in &patterns[hidden] {
                            for (pattern, mass) in masses.iter().enumerate() {
                                let weight = kind_share * mass;
                                if weight != 0.0 {
                                    self.add_pattern(
                                        &mut result.by[hidden],
                                        &outcomes,
                                        (hidden, start, pattern),
                                        weight,
                                    );
                                }
                            }
                        }
                    }
                }
                result
            })
            .collect()
    }

    fn add_pattern(
        &self,
        to: &mut [Answer; FINALS],
        outcomes: &Outcomes,
        (hidden, start, pattern): (usize, usize, usize),
        weight: f64,
    ) {
        let flow = outcomes.get(hidden, start, pattern);
        let baseline = self.baseline_tier().is_some_and(|b| pattern >> b & 1 == 1);
        let baseline = if baseline { 1.0 } else { 0.0 };
        for ((answer, answered), good) in to.iter_mut().zip(&flow.answered).zip(&flow.success) {
            answer.add(
                &Answer {
                    answered: *answered,
                    good: *good,
                    baseline_good: baseline * answered,
                    both_good: baseline * good,
                },
                weight,
            );
        }
    }

    /// The day's requests as points of difficulty, each with what `rule` makes of it: a suite of fixed cases is drawn from these.
    pub fn case_points(&self, rule: &Rule) -> Vec<CasePoint> {
        let outcomes = Outcomes::of_every_pattern(self, rule);
        if self.rows.is_some() {
            return self.case_cells(rule, &outcomes);
        }
        let mut points = Vec::new();
        for (index, g) in self.day.segments.iter().enumerate() {
            for hidden in [false, true] {
                let kind_share = g.share * if hidden { g.hidden_share } else { 1.0 - g.hidden_share };
                if kind_share > 0.0 {
                    self.points_of(index, g, hidden, kind_share, rule, &outcomes, &mut points);
                }
            }
        }
        points
    }

    #[expect(clippy::too_many_arguments, reason = "one caller; the parts of one double loop")]
    fn points_of(
        &self,
        index: usize,
        g: &SegmentState,
        hidden: bool,
        kind_share: f64,
        rule: &Rule,
        outcomes: &Outcomes,
        points: &mut Vec<CasePoint>,
    ) {
        let tiers = self.day.tiers.len();
        let (mean, sd) =
            if hidden { (g.hidden_mean, g.hidden_sd) } else { (g.surface_mean + g.unseen_shift, g.surface_sd) };
        let mut p = [0.0; MAX_TIERS];
        let mut pattern = vec![0.0; 1 << tiers];
        for node in quadrature::normal_nodes(mean, sd, self.panel_width().min(quadrature::WIDEST_SD * sd), &[]) {
            self.success_at(g, node.x, &mut p[..tiers]);
            pattern_probabilities(&p[..tiers], self.shared_luck(), &mut pattern);
            let mut point =
                CasePoint { share: kind_share * node.weight, hidden, answered: [0.0; FINALS], good: [0.0; FINALS] };
            // A plain request's surface is its difficulty less the unseen shift; a hidden-hard one's is that of its segment.
            let (surface, surface_sd) =
                if hidden { (g.surface_mean, g.surface_sd) } else { (node.x - g.unseen_shift, 0.0) };
            for (start, share) in self.start_shares(index, rule, surface, surface_sd).into_iter().enumerate() {
                for (pattern, mass) in pattern.iter().enumerate() {
                    let flow = outcomes.get(usize::from(hidden), start, pattern);
                    for k in 0..=tiers.min(MAX_TIERS) {
                        point.answered[k] += share * mass * flow.answered[k];
                        point.good[k] += share * mass * flow.success[k];
                    }
                }
            }
            points.push(point);
        }
    }

    /// Probability that a request of known surface starts at each stage of the chain.
    fn start_shares(&self, segment: usize, rule: &Rule, surface: f64, surface_sd: f64) -> Vec<f64> {
        match &rule.start {
            Start::First => vec![1.0],
            Start::Shares(rows) => rows.get(segment).or(rows.first()).cloned().unwrap_or_default(),
            Start::Score { noise, cuts } => {
                let sd = surface_sd.hypot(self.day.router_noise(*noise));
                let mut below = 0.0;
                (0..=cuts.len())
                    .map(|stage| {
                        let next = cuts.get(stage).map_or(1.0, |cut| super::normal::cdf_at(*cut, surface, sd));
                        let share = (next - below).max(0.0);
                        below = next;
                        share
                    })
                    .collect()
            }
        }
    }
}

/// Below which self-confidence tier `k` under `rule` never gives a final answer; negative infinity where there is no such gate.
pub fn least_confidence(rule: &Rule, tier: usize) -> f64 {
    let stage = rule.chain.iter().position(|k| *k == tier);
    match (&rule.gate, stage) {
        (Gate::Confidence { thresholds }, Some(stage)) if stage + 1 < rule.chain.len() => {
            thresholds.get(stage).copied().unwrap_or(f64::NEG_INFINITY)
        }
        (Gate::Human { threshold, .. }, Some(_)) => *threshold,
        _ => f64::NEG_INFINITY,
    }
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::frontier::Stages;
    use crate::policy::{self, Compiled};
    use crate::scenario::{library, read};
    use crate::simulation::exact::DayEffect;
    use crate::simulation::world::World;

    #[test]
    fn answers_and_case_points_sum_to_the_exact_flows() {
        for name in ["support-agent", "three-tiers", "cascade-done-right"] {
            let text = library::find(name).map(|e| e.text).unwrap_or_default();
            let scenario = read::parse(text, name).map(|l| l.scenario).unwrap_or_else(|_| read::empty());
            let Ok(world) = World::compile(&scenario) else { panic!("{name}") };
            let Ok(stages) = Stages::new(&world) else { panic!("{name}") };
            let day = world.production(world.last_day());
            let tables = Tables::new(&world, day, DayEffect::Fixed(0.1));
            for definition in &scenario.policies {
                let Ok(Compiled::Stateless(rule)) = policy::compile(&stages.launch, definition, None) else { continue };
                let flows = tables.evaluate(&rule);
                let answers = tables.answers(&rule);
                let mut overall = [(0.0, 0.0); FINALS];
                for ((g, flow), answers) in tables.day.segments.iter().zip(&flows).zip(&answers) {
                    let mut no_worse = 1.0;
                    for k in 0..FINALS {
                        let sum = |f: fn(&Answer) -> f64| answers.by.iter().map(|kind| f(&kind[k])).sum::<f64>();
                        let (answered, good) = (sum(|a| a.answered), sum(|a| a.good));
                        assert!((answered - flow.flow.answered[k]).abs() < 1e-6, "{name} {} {k}", definition.name);
                        assert!((good - flow.flow.success[k]).abs() < 1e-6, "{name} {} {k}", definition.name);
                        overall[k].0 += g.share * answered;
                        overall[k].1 += g.share * good;
                        no_worse -= sum(|a| a.baseline_good) - sum(|a| a.both_good);
                    }
                    let expected = flow.no_worse.unwrap_or(f64::NAN);
                    assert!((no_worse - expected).abs() < 1e-6, "{name} {}", definition.name);
                }
                let points = tables.case_points(&rule);
                for (k, (answered, good)) in overall.into_iter().enumerate() {
                    let sum = |f: fn(&CasePoint, usize) -> f64| points.iter().map(|p| p.share * f(p, k)).sum::<f64>();
                    assert!((sum(|p, k| p.answered[k]) - answered).abs() < 1e-3, "{name} {} {k}", definition.name);
                    assert!((sum(|p, k| p.good[k]) - good).abs() < 1e-3, "{name} {} {k}", definition.name);
                }
            }
        }
    }
}
