//! Paretoscope simulates routing policies across language-model tiers: what they really cost, at what quality, and
//! how long the damage of a bad one stays unseen.
//!
//! Data flows one way: `scenario` (files) → `simulation::world` (compiled) → `simulation` (engines) with `policy` (rules) →
//! `frontier` and `timeline` (results) → `report`, `lesson`, `cli` and `app` (views). What stands to the right may use what stands to
//! the left, never the other way round. `jobs` alone owns threads, `disk` alone writes files.

#[cfg(feature = "app")]
pub mod app;
pub mod cli;
pub mod detection;
pub mod disk;
pub mod frontier;
pub mod jobs;
pub mod lesson;
pub mod model;
pub mod policy;
pub mod replay;
pub mod report;
pub mod run_length;
pub mod scenario;
pub mod simulation;
pub mod timeline;
