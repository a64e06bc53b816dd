//! Files of scenarios and lessons.

#[path = "../common/mod.rs"]
mod common;

mod broken;
mod files;
mod lessons;
mod properties;
