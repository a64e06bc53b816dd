//! Requests whose success pattern is known, followed through a rule.

use super::Tables;
use super::flow::Flow;
use crate::model::Per;
use crate::simulation::day::DayWorld;
use crate::simulation::normal;
use crate::simulation::rule::{Gate, Rule, Start};

/// What a rule makes of each success pattern, by kind of request and starting stage.
pub(in crate::simulation) struct Outcomes {
    patterns: usize,
    starts: usize,
    flows: Vec<Flow>,
}

impl Outcomes {
    /// Empty for a plain classifier, which [`Tables::evaluate`] treats by itself.
    pub(super) fn new(tables: &Tables, rule: &Rule) -> Self {
        if matches!((&rule.start, &rule.gate), (Start::Score { .. }, Gate::None)) {
            Self { patterns: tables.day.patterns(), starts: 0, flows: Vec::new() }
        } else {
            Self::of_every_pattern(tables, rule)
        }
    }

    pub(in crate::simulation) fn of_every_pattern(tables: &Tables, rule: &Rule) -> Self {
        let patterns = tables.day.patterns();
        // Later turns of a conversation may start anywhere.
        let starts = match (&rule.start, rule.per) {
            (Start::First, Per::Turn | Per::Conversation) => 1,
            _ => rule.chain.len(),
        };
        let mut flows = Vec::with_capacity(2 * starts * patterns);
        for hidden in [false, true] {
            for start in 0..starts {
                flows.extend((0..patterns).map(|pattern| follow(&tables.day, rule, start, pattern, hidden)));
            }
        }
        Self { patterns, starts, flows }
    }

    pub(in crate::simulation) fn get(&self, hidden: usize, start: usize, pattern: usize) -> &Flow {
        &self.flows[(hidden * self.starts + start) * self.patterns + pattern]
    }
}

/// Follows a request with a known success pattern through a rule.
fn follow(day: &DayWorld, rule: &Rule, start: usize, pattern: usize, hidden: bool) -> Flow {
    let mut flow = Flow::default();
    let tiers = day.tiers.len();
    let good = |tier: usize| pattern >> tier & 1 == 1;
    let chain = match rule.gate {
        // The oracle sees the pattern: the cheapest tier from its start on that succeeds, or the cheapest of these.
        Gate::Oracle => {
            let best = (start..rule.chain.len()).find(|place| good(rule.chain[*place])).unwrap_or(start);
            &rule.chain[best..=best]
        }
        Gate::None => &rule.chain[start..=start],
        _ => &rule.chain[start..],
    };
    let mut reach = 1.0;
    let mut paid_usd = rule.overhead_usd;
    flow.overhead_ms = rule.overhead_ms;
    flow.overhead_usd = rule.overhead_usd;
    for (stage, &tier) in chain.iter().enumerate() {
        let ok = good(tier);
        flow.calls[tier] += reach;
        let last = stage + 1 == chain.len();
        let mut escalated = 0.0;
        // Price of the verdict at this stage on the answers that stop here, USD times their share.
        let mut verdicts_on_stopped_usd = 0.0;
        match &rule.gate {
            Gate::Confidence { thresholds } if !last => {
                escalated = below_threshold(day, tier, hidden, ok, thresholds.get(start + stage).copied());
            }
            Gate::Judge { judge, judged } if !last => {
                let bad = if ok {
                    1.0 - day.judge_specificity(judge.specificity)
                } else {
                    day.judge_sensitivity(judge.sensitivity)
                };
                escalated = judged * bad;
                verdicts_on_stopped_usd = reach * judged * (1.0 - bad) * judge.usd_each;
                flow.overhead_usd += reach * judged * judge.usd_each;
                flow.overhead_ms += reach * judged * judge.latency_ms;
            }
            Gate::Human { threshold, human } => {
                let handed = below_threshold(day, tier, hidden, ok, Some(*threshold));
                flow.answered[tiers] += handed;
                flow.success[tiers] += handed * human.success;
                flow.calls_failed[tier] += handed * (1.0 - human.success);
                flow.overhead_usd += handed * human.usd_each;
                flow.overhead_failed_usd += handed * (1.0 - human.success) * (paid_usd + human.usd_each);
                flow.overhead_ms += handed * human.latency_ms;
                escalated = handed;
            }
            _ => {}
        }
        if stage == 0 {
            flow.escalated = escalated;
        }
        let stopped = reach * (1.0 - escalated);
        flow.answered[tier] += stopped;
        if ok {
            flow.success[tier] += stopped;
        } else {
            for &called in &chain[..=stage] {
                flow.calls_failed[called] += stopped;
            }
            flow.overhead_failed_usd += stopped * paid_usd + verdicts_on_stopped_usd;
        }
        if let Gate::Judge { judge, .. } = &rule.gate {
            // What is escalated has been judged.
            paid_usd += judge.usd_each;
        }
        reach *= escalated;
    }
    flow
}

pub(super) fn below_threshold(day: &DayWorld, tier: usize, hidden: bool, ok: bool, threshold: Option<f64>) -> f64 {
    let Some(threshold) = threshold else { return 0.0 };
    normal::cdf(threshold - confidence_mean(day, tier, hidden, ok))
}

/// Mean of self-confidence: `±D/2`.
pub fn confidence_mean(day: &DayWorld, tier: usize, hidden: bool, ok: bool) -> f64 {
    let Some(tier) = day.tiers.get(tier) else { return 0.0 };
    let half = if hidden { tier.half_separation_hidden } else { tier.half_separation };
    if ok { half } else { -half }
}
