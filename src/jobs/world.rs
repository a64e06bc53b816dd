//! Worlds: a table is summed in parallel.

use std::sync::Arc;

use rayon::prelude::*;

use crate::model::Scenario;
use crate::simulation::rows::{self, Rows, Spec, Spread};
use crate::simulation::table::Table;
use crate::simulation::traffic::Traffic;
use crate::simulation::world::{World, WorldError};

/// The world of a scenario: generated, or replayed from its table. Sums over the table that were taken `before` serve again while
/// nothing that they depend on has changed.
///
/// # Errors
/// When the scenario cannot be simulated.
pub fn world(scenario: &Scenario, table: Option<&Arc<Table>>, before: Option<&Arc<Rows>>) -> Result<World, WorldError> {
    let (Some(_), Some(table)) = (&scenario.replay, table) else { return World::compile(scenario) };
    let spec = Spec::new(table, scenario)?;
    let serves = |rows: &&Arc<Rows>| *rows.spec() == spec && Arc::ptr_eq(rows.table(), table);
    let rows = before.filter(serves).cloned();
    let rows = rows.unwrap_or_else(|| Arc::new(Rows::compile(table, spec, SPREAD)));
    World::new(scenario, Traffic::Replayed(rows))
}

/// Over the current pool.
const SPREAD: Spread = Spread {
    map: |n, of| (0..n).into_par_iter().with_max_len(1).map(of).collect(),
    sort: |keys| keys.par_sort_unstable_by(rows::by_score),
};
