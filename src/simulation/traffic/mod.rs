//! Where the requests of a world come from. There are two forms, and what depends on them asks here; the exact engine, whose integrals
//! differ as well, asks once more for itself.

mod generated;
mod replayed;

use std::sync::Arc;

pub(super) use replayed::row_weights;

use super::day::{DayWorld, SegmentState, TierState};
use super::error::WorldError;
use super::rows::Rows;
use crate::model::{MAX_GENERATED_TIERS, MAX_TIERS, Scenario};

/// Where requests come from.
#[derive(Clone, Debug)]
pub enum Traffic {
    /// Drawn from the scenario's distributions.
    Generated,
    /// Taken from a table.
    Replayed(Arc<Rows>),
}

impl Traffic {
    /// Whether requests are those of a table.
    pub fn is_replayed(&self) -> bool {
        self.rows().is_some()
    }

    /// The table.
    pub fn rows(&self) -> Option<&Arc<Rows>> {
        match self {
            Self::Generated => None,
            Self::Replayed(rows) => Some(rows),
        }
    }

    /// A scenario with what the traffic knows better; refuses one that asks of it what it cannot give.
    pub(super) fn complete(&self, scenario: &Scenario) -> Result<Scenario, WorldError> {
        match (self, &scenario.replay) {
            (Self::Generated, Some(replay)) => {
                Err(WorldError::Replay(format!("the table \"{}\" was not read", replay.table)))
            }
            (Self::Generated, None) => Ok(scenario.clone()),
            (Self::Replayed(rows), _) => {
                replayed::check(scenario, rows)?;
                Ok(Scenario { segments: replayed::segments(scenario, rows), ..scenario.clone() })
            }
        }
    }

    pub(super) fn most_tiers(&self) -> usize {
        match self {
            Self::Generated => MAX_GENERATED_TIERS,
            Self::Replayed(_) => MAX_TIERS,
        }
    }

    /// Difficulty of which a tenth of the requests has more under launch assumptions, logits.
    pub(super) fn hard_edge(&self, launch: &DayWorld, day_sd: f64) -> f64 {
        match self {
            Self::Generated => generated::hard_edge(launch, day_sd),
            Self::Replayed(rows) => rows.hard_edge,
        }
    }

    /// Replaces what a table knows of segments: mean costs of calls, and shares that rows can be resampled to.
    pub(super) fn price(&self, tiers: &[TierState], segments: &mut [SegmentState]) {
        match self {
            Self::Generated => {}
            Self::Replayed(rows) => replayed::price(rows, tiers, segments),
        }
    }

    /// Share of a day's requests with a router score (with `noise`, logits, as it is on that day) below `x`.
    pub(super) fn score_below(&self, day: &DayWorld, noise: f64, x: f64) -> f64 {
        match self {
            Self::Generated => generated::score_below(day, noise, x),
            Self::Replayed(rows) => replayed::score_below(rows, day, noise, x),
        }
    }
}
