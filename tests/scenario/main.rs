//! Files of scenarios and lessons.

#[path = "../common/mod.rs"]
mod common;

mod broken;
mod describe;
mod files;
mod lessons;
mod plain;
mod properties;
