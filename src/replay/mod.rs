//! Real evaluation tables: for each request, what every model's answer was worth and what it cost.
//!
//! `layout` finds out what the columns mean, `build` turns rows into a [`Table`](crate::simulation::table::Table) and keeps count of what it leaves out; neither
//! knows where rows come from. `read` and `source` are the only ones that touch the disk. `import` puts a scenario around a table, `fit` fits a
//! generated world to one.

pub mod build;
pub mod fit;
pub mod import;
pub mod layout;
mod pages;
mod policies;
pub mod read;
pub mod sample;
pub mod source;

use thiserror::Error;

use crate::disk::read::ReadError;

/// What a table does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions {
    /// Prices by model: USD per million input and output tokens.
    pub prices: Vec<(String, f64, f64)>,
    /// Characters of a token.
    pub chars_per_token: f64,
    /// Input tokens of a request, where the table has no lengths of prompts.
    pub input_tokens: f64,
    /// Output tokens of an answer.
    pub output_tokens: f64,
    /// Models to take; empty: all.
    pub models: Vec<String>,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self { prices: Vec::new(), chars_per_token: 4.0, input_tokens: 500.0, output_tokens: 300.0, models: Vec::new() }
    }
}

impl Assumptions {
    /// Price of a model, USD per million input and output tokens.
    fn price(&self, model: &str) -> Option<(f64, f64)> {
        self.prices.iter().find(|(name, ..)| name == model).map(|(_, input, output)| (*input, *output))
    }
}

/// Why a table was refused.
#[derive(Debug, Error)]
pub enum TableError {
    /// Its bytes are not at hand.
    #[error(transparent)]
    File(#[from] ReadError),
    /// Nothing in it.
    #[error("{0}: the file is empty")]
    Empty(String),
    /// The system refuses, or the format is broken.
    #[error("{file}: {what}")]
    Unreadable {
        /// The file.
        file: String,
        /// What went wrong, and what would help.
        what: String,
    },
    /// The columns make no table of routing.
    #[error("{file}: {what}")]
    Layout {
        /// The file.
        file: String,
        /// What is missing, and what is there.
        what: String,
    },
}
