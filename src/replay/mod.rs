//! Real evaluation tables: for each request, what every model's answer was worth and what it cost.
//!
//! `layout` finds out what the columns mean, `build` turns rows into a [`table::Table`] and keeps count of what it leaves out; neither
//! knows where rows come from. `read` is the only one that touches the disk.

pub mod build;
pub mod fit;
pub mod layout;
pub mod read;
pub mod table;

use thiserror::Error;

/// Why a table was refused.
#[derive(Debug, Error)]
pub enum TableError {
    /// It is not there.
    #[error("{0}: there is no such file")]
    Missing(String),
    /// A folder.
    #[error("{0}: this is a folder, not a table")]
    Directory(String),
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
