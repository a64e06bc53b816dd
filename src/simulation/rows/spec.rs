//! What of a scenario a table is compiled for.

use crate::model::{MAX_TIERS, Scenario};
use crate::simulation::error::WorldError;
use crate::simulation::table::Table;

/// What of a scenario the sums depend on: while it stays the same, they need not be taken again.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Column of each tier.
    pub(super) columns: Vec<usize>,
    /// USD per input and per output token of each tier; `None`: the table has costs.
    pub(super) prices: Option<Vec<(f64, f64)>>,
    pub(super) chars_per_token: f64,
    pub(super) input_tokens: f64,
    pub(super) output_tokens: f64,
    /// The baseline's tier, where it is a single one.
    pub(super) baseline: Option<usize>,
    /// Column of the router's scores.
    pub(super) router: Option<usize>,
}

impl Spec {
    /// Finds the columns that a scenario speaks of.
    ///
    /// # Errors
    /// When the table has no such model or router score.
    pub fn new(table: &Table, scenario: &Scenario) -> Result<Self, WorldError> {
        let Some(replay) = &scenario.replay else { return Err(WorldError::Missing("[replay]")) };
        if table.rows() == 0 {
            return Err(WorldError::Replay("the table has no row that can be used".to_owned()));
        }
        if scenario.tiers.is_empty() {
            return Err(WorldError::Missing("tiers"));
        }
        if scenario.tiers.len() > MAX_TIERS {
            return Err(WorldError::TooMany("tiers"));
        }
        let listed = |names: Vec<&str>| names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ");
        let columns = scenario
            .tiers
            .iter()
            .map(|tier| {
                table.tiers.iter().position(|t| t.name == tier.name).ok_or_else(|| {
                    let models = listed(table.tiers.iter().map(|t| t.name.as_str()).collect());
                    WorldError::Replay(format!(
                        "the table has no model \"{}\" for the tier of that name; it has {models}",
                        tier.name
                    ))
                })
            })
            .collect::<Result<Vec<usize>, _>>()?;
        let router = match &replay.router {
            None => None,
            Some(name) => Some(table.router_scores.iter().position(|r| r.name == *name).ok_or_else(|| {
                let scores = listed(table.router_scores.iter().map(|r| r.name.as_str()).collect());
                let there = if scores.is_empty() { "it has none".to_owned() } else { format!("it has {scores}") };
                WorldError::Replay(format!("the table has no router score \"{name}\"; {there}"))
            })?),
        };
        let prices = (!table.has_costs()).then(|| {
            let of = |t: &crate::model::Tier| {
                let cached = t.cached_input;
                let input = (1.0 - cached.hit_rate) * t.input_usd_per_mtok + cached.hit_rate * cached.usd_per_mtok;
                (input / 1e6, t.output_usd_per_mtok * t.verbosity / 1e6)
            };
            scenario.tiers.iter().map(of).collect()
        });
        let baseline = scenario.baseline_tier();
        Ok(Self {
            columns,
            prices,
            chars_per_token: replay.chars_per_token,
            input_tokens: replay.input_tokens,
            output_tokens: replay.output_tokens,
            baseline,
            router,
        })
    }
}
