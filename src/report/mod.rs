//! Results to text: pure functions from what was computed to what is printed or saved.

pub mod csv;
pub mod detection;
pub mod import;
pub mod json;
pub mod log;
pub mod plan;
pub mod sentence;
pub mod table;
