//! Scenario files: what they hold, how they are read, checked and saved.
//!
//! `model` is the scenario in memory, `parameter` and `vocabulary` describe the format, `read` and `write` go between text and
//! memory, and `file` is the only place that touches the disk.

pub mod comment;
pub mod difference;
pub mod edit;
pub mod file;
pub mod library;
pub mod overrides;
pub mod page;
pub mod parameter;
pub mod problem;
pub mod read;
pub mod rules;
pub mod schema;
pub mod start;
pub mod upgrade;
pub mod visible;
pub mod vocabulary;
pub mod write;
