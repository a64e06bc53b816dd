//! A sweep: units of work side by side, each kept as soon as it is done. Memory does not grow with their number.

use rayon::prelude::*;

use super::decide::{DecideOptions, decide};
use super::pool::{Control, JobError};
use super::study::Detection;
use super::world::world;
use crate::frontier::Stages;
use crate::model::{Asked, Scenario};
use crate::scenario::rules;
use crate::simulation::traffic::Traffic;
use crate::simulation::world::World;
use crate::sweep::found::{self, Row};
use crate::sweep::{Plan, Shard};

/// What a sweep works on.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'s> {
    /// The sweep.
    pub plan: &'s Plan,
    /// The scenario that its factors change.
    pub scenario: &'s Scenario,
    /// Where the scenario's requests come from.
    pub traffic: &'s Traffic,
    /// Which points.
    pub shard: Shard,
}

/// Works out the points that are `wanted` on the current pool, in no particular order, and gives each to `keep`: its number, the values of its
/// factors, and what was found. What `keep` says when it cannot keep one ends the sweep.
///
/// # Errors
/// [`JobError::Cancelled`], and [`JobError::Kept`] with what `keep` said. A point at which the scenario means nothing is no error: that is found.
pub fn sweep(
    sweep: &Sweep<'_>,
    wanted: &(impl Fn(u64, &[f64]) -> bool + Sync),
    keep: &(impl Fn(u64, &[f64], &[Row]) -> Result<(), String> + Sync),
    control: &Control,
) -> Result<(), JobError> {
    let count = sweep.shard.count(sweep.plan.count());
    control.expect_steps(count);
    // What no unit needs is not copied into each.
    let base = Scenario {
        ranges: Vec::new(),
        correlations: Vec::new(),
        sweeps: Vec::new(),
        expectations: Vec::new(),
        ..sweep.scenario.clone()
    };
    let one = |place: u64| {
        control.check()?;
        let point = sweep.shard.point(place);
        let values = sweep.plan.values(point);
        if wanted(point, &values) {
            let rows = unit(sweep, &base, &values, control)?;
            keep(point, &values, &rows).map_err(JobError::Kept)?;
        }
        control.steps(1);
        Ok(())
    };
    if sweep.plan.asked.as_slice() == [Asked::Frontier] {
        (0..count).into_par_iter().try_for_each(one)
    } else {
        // A study spreads its own runs over the pool; several at once would only hold more of them in memory.
        (0..count).try_for_each(one)
    }
}

/// What is found at one point.
fn unit(sweep: &Sweep<'_>, base: &Scenario, values: &[f64], control: &Control) -> Result<Vec<Row>, JobError> {
    let scenario = sweep.plan.scenario(base, values);
    if let Some(breach) = rules::errors(&scenario).into_iter().find(|breach| !breach.is_warning) {
        let why = format!("{} {}: {}: {}", breach.section, breach.index + 1, breach.key, breach.message);
        return Ok(vec![found::refused(why)]);
    }
    let rows = sweep.traffic.rows();
    let world = match world(&scenario, rows.map(|rows| rows.table()), rows) {
        Ok(world) => world,
        Err(why) => return Ok(vec![found::refused(why.to_string())]),
    };
    let mut all = Vec::new();
    for asked in &sweep.plan.asked {
        match part(*asked, sweep.plan, &world, &control.part()) {
            Ok(rows) => all.extend(rows),
            Err(why @ (JobError::World(_) | JobError::Monitors(_))) => {
                all.push(found::refused(format!("{}: {why}", asked.word())));
            }
            Err(other) => return Err(other),
        }
    }
    if all.is_empty() {
        all.push(found::refused("nothing here can be told by the exact engine".to_owned()));
    }
    Ok(all)
}

fn part(asked: Asked, plan: &Plan, world: &World, control: &Control) -> Result<Vec<Row>, JobError> {
    let (scenario, stages) = (&world.scenario, Stages::new(world)?);
    match asked {
        Asked::Frontier => Ok(found::frontier(&stages)?),
        Asked::Detect => {
            let policy = scenario.studied_policy().unwrap_or(0);
            let budget = scenario.study.false_alarms;
            let mut detection = Detection::prepare_at(&stages, policy, vec![budget], control)?;
            detection.run(plan.replicates, control, |_| {})?;
            Ok(found::detect(scenario, &detection.study(budget)))
        }
        Asked::Decide => {
            let options = DecideOptions { replicates: plan.replicates, ..DecideOptions::of(scenario) };
            Ok(found::decide(scenario, &decide(&stages, &options, control, |_| {})?))
        }
    }
}
