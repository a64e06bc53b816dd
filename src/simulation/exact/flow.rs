//! What becomes of requests, in expectation.

use crate::model::{Consequence, Conversation, Economics, MAX_TIERS};
use crate::simulation::day::DayWorld;

/// Slots for who answered last: every tier, and a person.
pub const FINALS: usize = MAX_TIERS + 1;

/// What becomes of a request, in expectation. Index `tiers` of `answered` and `success` is a person.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow {
    /// Calls to each tier.
    pub calls: [f64; FINALS],
    /// Calls to each tier on requests that fail in the end.
    pub calls_failed: [f64; FINALS],
    /// Probability that each tier gives the final answer.
    pub answered: [f64; FINALS],
    /// Probability that each tier gives the final answer and it is good.
    pub success: [f64; FINALS],
    /// Price of the calls, USD.
    pub calls_usd: f64,
    /// Price of the calls on requests that fail in the end, USD.
    pub calls_failed_usd: f64,
    /// Price of routers, judges and people, USD.
    pub overhead_usd: f64,
    /// The same on requests that fail in the end, USD.
    pub overhead_failed_usd: f64,
    /// Time of routers, judges and people, ms.
    pub overhead_ms: f64,
    /// Probability that it goes on after a first answer.
    pub escalated: f64,
    /// Tokens of the history that are sent with the calls, where requests are turns of conversations.
    pub history_tokens: f64,
    /// Those of them that a prompt cache holds.
    pub cached_tokens: f64,
    /// Price of the history, which is part of that of the calls, USD.
    pub history_usd: f64,
    /// The same on turns that fail in the end, USD.
    pub history_failed_usd: f64,
    /// Probability that another than at the turn before gives the final answer; 0 for a first turn.
    pub switched: f64,
}

impl Flow {
    pub(in crate::simulation) fn add(&mut self, other: &Self, weight: f64, tiers: usize) {
        for k in 0..=tiers.min(MAX_TIERS) {
            self.calls[k] += weight * other.calls[k];
            self.calls_failed[k] += weight * other.calls_failed[k];
            self.answered[k] += weight * other.answered[k];
            self.success[k] += weight * other.success[k];
        }
        self.calls_usd += weight * other.calls_usd;
        self.calls_failed_usd += weight * other.calls_failed_usd;
        self.overhead_usd += weight * other.overhead_usd;
        self.overhead_failed_usd += weight * other.overhead_failed_usd;
        self.overhead_ms += weight * other.overhead_ms;
        self.escalated += weight * other.escalated;
        self.history_tokens += weight * other.history_tokens;
        self.cached_tokens += weight * other.cached_tokens;
        self.history_usd += weight * other.history_usd;
        self.history_failed_usd += weight * other.history_failed_usd;
        self.switched += weight * other.switched;
    }

    /// Prices the calls at `usd` each, by tier.
    pub(super) fn price(&mut self, usd: &[f64]) {
        let sum = |calls: &[f64]| calls.iter().zip(usd).map(|(calls, usd)| calls * usd).sum();
        self.calls_usd = sum(&self.calls);
        self.calls_failed_usd = sum(&self.calls_failed);
    }

    /// Probability that the final answer is good.
    pub fn quality(&self) -> f64 {
        self.success.iter().sum()
    }
}

/// Expectations for one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SegmentFlow {
    /// All requests of the segment.
    pub flow: Flow,
    /// Share of the segment's requests beyond the hard edge.
    pub edge_mass: f64,
    /// Probability of being beyond the hard edge and answered well.
    pub edge_success: f64,
    /// Probability that the answer is no worse than the baseline's on the same request; `None` unless the baseline is
    /// a single tier.
    pub no_worse: Option<f64>,
}

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
    pub(in crate::simulation) fn add(&mut self, other: &Self, weight: f64) {
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

/// A turn of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Turn {
    /// What becomes of it; its history is not counted.
    pub flow: SegmentFlow,
    /// Probability that each tier is called at it and was called at the turn before.
    pub again: [f64; FINALS],
    /// The same, and the turn fails in the end.
    pub again_failed: [f64; FINALS],
    /// Probability that the one answers it who answered the turn before.
    pub same: f64,
    /// Who answers it, and whether well, where decisions stay or only go up; of a first turn, and where each turn decides anew, it is empty:
    /// these are as if they stood alone.
    pub(in crate::simulation) answers: SegmentAnswers,
}

impl Turn {
    /// With the history of `earlier` turns: what is sent, what of it a cache holds, and what it costs.
    pub fn with_history(&self, day: &DayWorld, conversation: &Conversation, earlier: usize) -> SegmentFlow {
        let mut whole = self.flow;
        if earlier == 0 {
            return whole;
        }
        let flow = &mut whole.flow;
        let tokens = earlier as f64 * conversation.context_tokens;
        for (k, tier) in day.tiers.iter().enumerate().take(MAX_TIERS) {
            let (calls, failed) = (flow.calls[k], flow.calls_failed[k]);
            let (cached, cached_failed) = (conversation.warm * self.again[k], conversation.warm * self.again_failed[k]);
            let usd = |calls: f64, cached: f64| {
                tokens * (tier.usd_per_written_token * (calls - cached) + tier.usd_per_cached_token * cached)
            };
            flow.history_usd += usd(calls, cached);
            flow.history_failed_usd += usd(failed, cached_failed);
            flow.history_tokens += tokens * calls;
            flow.cached_tokens += tokens * cached;
        }
        flow.calls_usd += flow.history_usd;
        flow.calls_failed_usd += flow.history_failed_usd;
        flow.switched = 1.0 - self.same;
        whole
    }
}

impl SegmentFlow {
    /// Adds `weight` times another expectation, for averages over settings.
    pub fn average_in(&mut self, other: &Self, weight: f64, tiers: usize) {
        self.flow.add(&other.flow, weight, tiers);
        self.edge_mass += weight * other.edge_mass;
        self.edge_success += weight * other.edge_success;
        if let Some(no_worse) = other.no_worse {
            self.no_worse = Some(self.no_worse.unwrap_or(0.0) + weight * no_worse);
        }
    }
}

/// Expected inference cost of a request, USD, re-asked requests included.
pub fn inference_usd(day: &DayWorld, flows: &[SegmentFlow], reask: f64) -> f64 {
    day.segments
        .iter()
        .zip(flows)
        .map(|(g, s)| {
            let f = &s.flow;
            g.share * (f.calls_usd + f.overhead_usd + reask * (f.calls_failed_usd + f.overhead_failed_usd))
        })
        .sum()
}

/// Expected cost of what follows a request, USD: tickets, churn and incidents of failures and of successes, times the segment's stakes.
pub fn downstream_usd(day: &DayWorld, flows: &[SegmentFlow], economics: &Economics) -> f64 {
    day.segments
        .iter()
        .zip(flows)
        .map(|(g, s)| {
            let ok = s.flow.quality();
            let cost = |c: Consequence| c.usd * (c.failed * (1.0 - ok) + c.ok * ok);
            g.share * g.stakes * (cost(economics.ticket) + cost(economics.churn) + cost(economics.incident))
        })
        .sum()
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
