//! Who gives the final answer, and whether it is good: the joint probabilities that monitors sample from.
//!
//! Labels depend on more than a policy's [`super::exact::Flow`] keeps: a reviewer overlooks confident wrong answers, and a
//! shadow comparison needs the baseline's outcome on the same request.

use super::exact::{FINALS, Outcomes, Tables};
use super::rule::{Gate, Rule};

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
