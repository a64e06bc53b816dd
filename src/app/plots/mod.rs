//! The pictures.

pub mod frontier;
pub mod timeline;
