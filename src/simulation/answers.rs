//! Who gives the final answer, and whether it is good: the joint probabilities that monitors sample from.
//!
//! Labels depend on more than a policy's [`super::exact::Flow`] keeps: a reviewer overlooks confident wrong answers, and a
//! shadow comparison needs the baseline's outcome on the same request.

pub use super::exact::{Answer, SegmentAnswers};
use super::exact::{FINALS, Outcomes, Tables, Turn};
use super::rule::{Gate, Rule};
use crate::model::Per;

impl Tables {
    /// Answers of every segment under `rule`; of a turn, where requests are turns of conversations.
    pub fn answers(&self, rule: &Rule) -> Vec<SegmentAnswers> {
        let alone = self.answers_alone(rule);
        let Some(conversation) = self.conversation().filter(|_| rule.per != Per::Turn) else { return alone };
        let shares = conversation.turn_shares();
        let average = |(alone, turns): (SegmentAnswers, Vec<Turn>)| {
            let mut mean = SegmentAnswers::default();
            for (number, share) in shares.iter().enumerate() {
                match turns.get(number).filter(|_| number > 0) {
                    Some(turn) => mean.add(&turn.answers, *share),
                    None => mean.add(&alone, *share),
                }
            }
            mean
        };
        alone.into_iter().zip(self.turns(rule)).map(average).collect()
    }

    fn answers_alone(&self, rule: &Rule) -> Vec<SegmentAnswers> {
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
