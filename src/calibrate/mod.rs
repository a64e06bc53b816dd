//! Calibration: numbers of a scenario are moved until it reproduces its known figures.
//!
//! [`Plan`] says which figures are wanted and which numbers may be moved for them (`defaults`: the usual ones of a figure). Numbers are moved
//! on scales (`scale`) on which equal steps mean about the same everywhere, and which end where a number does; `fit` is damped least squares
//! on them, `reach` finds what a figure can be at all, `rank` what the figures leave open. Nothing here knows files, windows or threads:
//! whoever evaluates several scenarios at once ([`Evaluate`]) may spread them over as many threads as there are.

mod defaults;
mod fit;
mod plan;
mod rank;
mod reach;
mod scale;
mod solve;

pub use plan::Plan;
pub use scale::rounded;
pub use solve::{Aim, Moved, Outcome, meets};

use crate::frontier::Stages;
use crate::frontier::figures::{self, Asked};
use crate::model::Scenario;
use crate::policy::Launch;
use crate::simulation::exact::{DayEffect, Tables};
use crate::simulation::world::{World, WorldError};

/// The known figures of a world's scenario as it has them now, in their order; `None` for one that nobody can tell.
pub fn now(world: &World) -> Vec<Option<f64>> {
    Plan::new(world).map(|plan| plan.now(world)).unwrap_or_default()
}

/// Works out figures of scenarios.
pub trait Evaluate {
    /// Why it may end early.
    type Error;

    /// The figures asked for of each scenario, in their order; `None` for what is not defined, or cannot be simulated.
    ///
    /// # Errors
    /// When somebody has stopped it.
    fn values(&self, scenarios: &[Scenario], asked: &[Asked]) -> Result<Vec<Vec<Option<f64>>>, Self::Error>;
}

/// The figures asked for of a world, by the exact engine: production is integrated only where one of them needs it.
///
/// # Errors
/// When the world's policies cannot be compiled.
pub fn values(world: &World, asked: &[Asked]) -> Result<Vec<Option<f64>>, WorldError> {
    let scenario = &world.scenario;
    let name = &scenario.baseline;
    let unknown = || WorldError::UnknownName { kind: "policy", name: name.clone() };
    let baseline = scenario.policy_index(name).ok_or_else(unknown)?;
    let needs_production = world.has_events() && asked.iter().any(|asked| asked.production);
    let production =
        needs_production.then(|| Tables::new(world, world.production(world.last_day()), DayEffect::Averaged));
    figures::values(&Stages { launch: Launch::new(world), production, baseline }, asked)
}
