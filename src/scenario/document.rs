//! The text that a scenario was read from, kept for saving.

use crate::model::Scenario;

/// A scenario's text, and the scenario as it was read from it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioDocument {
    pub(super) text: String,
    pub(super) read: Scenario,
}

impl ScenarioDocument {
    pub(super) fn new(text: String, read: Scenario) -> Self {
        Self { text, read }
    }

    /// The text as it was read.
    pub fn original(&self) -> &str {
        &self.text
    }
}
