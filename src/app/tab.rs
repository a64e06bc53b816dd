//! Which tabs there are.

use serde::{Deserialize, Serialize};

/// What the middle of the window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Cost against quality.
    #[default]
    Frontier,
    /// Which monitor notices, and when.
    Detection,
    /// Which monitoring to buy.
    Plan,
    /// Which segments and tiers the loss comes from.
    Segments,
    /// From the saving to the net.
    Money,
    /// Runs side by side.
    Compare,
    /// One run, day by day.
    Timeline,
}
