//! `judge_cascade`: a judge reads the answer and decides whether to escalate.

use super::{Launch, plain_rule};
use crate::model::{Judge, Policy};
use crate::simulation::rule::{Gate, Rule, Start};
use crate::simulation::world::WorldError;

pub(super) fn rule(
    launch: &Launch<'_>,
    policy: &Policy,
    tiers: &[String],
    judge: Judge,
    judged: f64,
) -> Result<Rule, WorldError> {
    let chain = launch.chain(policy, tiers)?;
    Ok(plain_rule(policy, chain, Start::First, Gate::Judge { judge, judged }))
}
