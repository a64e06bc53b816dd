//! `judge_cascade`: a judge reads the answer and decides whether to escalate.

use super::{Knob, Launch, Routing, Turned, keys, plain_rule, stateless};
use crate::entry;
use crate::entry::{About, Described, Family, number, share};
use crate::model::{Judge, Policy, Scenario};
use crate::simulation::compiled::Compiled;
use crate::simulation::rule::{Gate, Start};
use crate::simulation::world::WorldError;

entry! {
    /// A judge decides whether to escalate.
    pub struct JudgeCascade {
        /// Tiers in calling order.
        tiers: Vec<String> = Vec::new() => keys::TIERS,
        /// The judge.
        judge: Judge {
            /// Probability that the judge says "bad" of a failure; 0.6 to 0.9 (60 to 90 %) for a model.
            sensitivity: f64 = 1.0 => share().needed().often("Judge sensitivity", 0.0, 1.0).reads("Bad answers the judge finds"),
            /// Probability that the judge says "good" of a success; 0.85 to 0.98 (85 to 98 %) for a model.
            specificity: f64 = 1.0 => share().needed().often("Judge specificity", 0.0, 1.0).reads("Good answers the judge passes"),
            /// Price of one verdict: that of a call, 0.001 to 0.01.
            usd_each: f64 = 0.0 => number("USD", 0.0, 1e6).rarely("Price of a verdict", 0.0, 0.05),
            /// Time of one verdict; 500 to 2,000 for a model.
            latency_ms: f64 = 0.0 => number("ms", 0.0, 1e7).rarely("Time of a verdict", 0.0, 5_000.0),
        },
        /// Share of answers that the judge reads; 1 where every answer is gated.
        judged: f64 = 1.0 => share().often("Answers judged", 0.0, 1.0),
    }
}

impl Described for JudgeCascade {
    const ABOUT: &'static About = &About::new(Family::Policies, "judge_cascade");
}

impl Routing for JudgeCascade {
    fn compile(&self, launch: &Launch<'_>, policy: &Policy, setting: Option<f64>) -> Result<Compiled, WorldError> {
        let chain = launch.chain(policy, &self.tiers)?;
        let gate = Gate::Judge { judge: self.judge, judged: setting.unwrap_or(self.judged) };
        stateless(plain_rule(policy, chain, Start::First, gate))
    }

    fn knob(&self, _: &Launch<'_>) -> Option<Knob> {
        Some(Knob::share(self.turns()?.label, self.judged))
    }

    fn turns(&self) -> Option<Turned> {
        Some(Turned { key: "judged", place: None, label: "share of answers judged" })
    }

    fn usual(scenario: &Scenario, before: &Policy) -> Self {
        let judge = Judge { sensitivity: 0.8, specificity: 0.9, usd_each: 0.002, latency_ms: 800.0 };
        Self { tiers: keys::tiers_of(before, scenario), judge, judged: 1.0 }
    }
}
