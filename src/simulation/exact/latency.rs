//! Percentiles of latency.
//!
//! Given its segment and the calls that are made for it, a request takes a fixed time and so much for each output token, and tokens are
//! log-normal and the same draw for every tier. So latency is a mixture of shifted log-normals, whose percentiles are found by bisection.

use std::collections::BTreeMap;

use super::Tables;
use super::outcomes::below_threshold;
use crate::model::Per;
use crate::simulation::day::DayWorld;
use crate::simulation::normal;
use crate::simulation::rule::{Gate, Rule};

/// What is done for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    /// Place in the chain of the first tier that is called.
    from: usize,
    /// Place of the last one.
    to: usize,
    /// Verdicts of a judge.
    verdicts: u32,
    /// Whether a person answers in the end.
    human: bool,
}

/// Requests that take the same time but for their tokens.
struct Part {
    mass: f64,
    fixed_ms: f64,
    ms_per_token: f64,
    mu: f64,
    sigma: f64,
}

impl Part {
    /// Share of them that take less than `ms`.
    fn below(&self, ms: f64) -> f64 {
        let left = ms - self.fixed_ms;
        if left <= 0.0 {
            return 0.0;
        }
        if self.ms_per_token > 0.0 { normal::cdf_at((left / self.ms_per_token).ln(), self.mu, self.sigma) } else { 1.0 }
    }
}

impl Tables {
    /// The latency below which a share of the requests stays, ms; `None` where the traffic is a table's, which does not tell, and where later turns
    /// of a conversation go other ways than its first one.
    pub fn latency_quantile(&self, rule: &Rule, share: f64) -> Option<f64> {
        if self.rows().is_some() || (self.conversation().is_some() && rule.per != Per::Turn) {
            return None;
        }
        let parts = self.parts(rule);
        let whole: f64 = parts.iter().map(|part| part.mass).sum();
        if whole <= 0.0 || !whole.is_finite() {
            return None;
        }
        let below = |ms: f64| parts.iter().map(|part| part.mass * part.below(ms)).sum::<f64>() / whole;
        let mut high = parts.iter().map(|p| p.fixed_ms + p.ms_per_token * p.mu.exp()).fold(1e-6, f64::max);
        while below(high) < share && high < 1e15 {
            high *= 2.0;
        }
        let mut low = 0.0;
        for _ in 0..120 {
            let middle = 0.5 * (low + high);
            if below(middle) < share {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(0.5 * (low + high))
    }

    /// The day's requests by segment and by what is done for them.
    fn parts(&self, rule: &Rule) -> Vec<Part> {
        let mut parts = Vec::new();
        for (index, g) in self.day.segments.iter().enumerate() {
            let mut paths: BTreeMap<Path, f64> = BTreeMap::new();
            for (start, patterns) in self.starts_of(index, &rule.start).iter().enumerate() {
                for (hidden, kind_share) in [(0, 1.0 - g.hidden_share), (1, g.hidden_share)] {
                    for (pattern, mass) in patterns[hidden].iter().flat_map(|masses| masses.iter().enumerate()) {
                        let weight = g.share * kind_share * mass;
                        if weight > 0.0 {
                            follow(&self.day, rule, start, pattern, hidden == 1, |path, probability| {
                                *paths.entry(path).or_default() += weight * probability;
                            });
                        }
                    }
                }
            }
            for (path, mass) in paths {
                let called = rule.chain.get(path.from..=path.to).unwrap_or(&[]);
                let tiers = || called.iter().filter_map(|tier| self.day.tiers.get(*tier));
                let apart = match &rule.gate {
                    Gate::Judge { judge, .. } => f64::from(path.verdicts) * judge.latency_ms,
                    Gate::Human { human, .. } if path.human => human.latency_ms,
                    _ => 0.0,
                };
                parts.push(Part {
                    mass,
                    fixed_ms: rule.overhead_ms + apart + tiers().map(|t| t.first_token_ms).sum::<f64>(),
                    ms_per_token: tiers().map(|t| t.ms_per_output_token).sum(),
                    mu: g.output.mu,
                    sigma: g.output.sigma,
                });
            }
        }
        parts
    }
}

/// Follows a request with a known success pattern through a rule: what can be done for it, with what probability.
fn follow(day: &DayWorld, rule: &Rule, start: usize, pattern: usize, hidden: bool, mut visit: impl FnMut(Path, f64)) {
    let good = |tier: usize| pattern >> tier & 1 == 1;
    let plain = |place: usize| Path { from: place, to: place, verdicts: 0, human: false };
    match rule.gate {
        Gate::Oracle => return visit(plain(rule.chain.iter().position(|tier| good(*tier)).unwrap_or(0)), 1.0),
        Gate::None => return visit(plain(start), 1.0),
        _ => {}
    }
    let mut reach = 1.0;
    for (place, &tier) in rule.chain.iter().enumerate().skip(start) {
        let ok = good(tier);
        let last = place + 1 == rule.chain.len();
        let verdicts = (place - start) as u32;
        let path = Path { from: start, to: place, verdicts: 0, human: false };
        let mut goes_on = 0.0;
        match &rule.gate {
            Gate::Confidence { thresholds } if !last => {
                goes_on = below_threshold(day, tier, hidden, ok, thresholds.get(place).copied());
                visit(path, reach * (1.0 - goes_on));
            }
            Gate::Judge { judge, judged } if !last => {
                let bad = if ok {
                    1.0 - day.judge_specificity(judge.specificity)
                } else {
                    day.judge_sensitivity(judge.sensitivity)
                };
                goes_on = judged * bad;
                visit(Path { verdicts, ..path }, reach * (1.0 - judged));
                visit(Path { verdicts: verdicts + 1, ..path }, reach * judged * (1.0 - bad));
            }
            Gate::Human { threshold, .. } => {
                let handed = below_threshold(day, tier, hidden, ok, Some(*threshold));
                visit(Path { human: true, ..path }, reach * handed);
                visit(path, reach * (1.0 - handed));
                return;
            }
            Gate::Judge { .. } => visit(Path { verdicts, ..path }, reach),
            _ => visit(path, reach),
        }
        reach *= goes_on;
    }
}
