//! Scenario files: what they hold, how they are read, checked and saved.
//!
//! What a scenario holds, and which keys its sections have, stands in `model`; the kinds of policies, monitors and detectors bring theirs.
//! `read` and `write` go between text and memory by these tables, and `file` is the only place that touches the disk.

pub mod comment;
pub mod deep;
pub mod difference;
pub mod document;
pub mod edit;
pub mod file;
pub mod kinds;
pub mod library;
pub mod overrides;
pub mod page;
mod paths;
pub mod problem;
pub mod read;
pub mod rules;
pub mod schema;
pub mod sheet;
pub mod start;
pub mod upgrade;
pub mod visible;
pub mod write;
