//! Paretoscope simulates routing policies across language-model tiers: what they really cost, at what quality, and
//! how long the damage of a bad one stays unseen.
//!
//! Imports go one way: `entry` (tables of keys) → `model` (a scenario in memory) → `simulation` (engines) → `policy` (rules) → `frontier`, `calibrate`, `timeline`,
//! `detection` and `rollout` (results), `plain` (numbers in words that people know) → `jobs` (over threads) → `lesson`, `report` (figures and text) → `app` and `cli` (views); `scenario` (files) stands
//! above `detection`, whose kinds it knows, `prices` (lists of prices) and `describe` (a product in its people's words) above it, and `sweep` (experiments), `replay` (tables) and `units` (sweeps on the disk) above `scenario`. What stands to the right may use what stands to the left, never the other way
//! round. `jobs` alone owns threads, `disk` alone writes files.

#[cfg(feature = "app")]
pub mod app;
pub mod calibrate;
pub mod cli;
pub mod decision;
pub mod describe;
pub mod detection;
pub mod disk;
pub mod entry;
pub mod frontier;
pub mod jobs;
pub mod lesson;
pub mod model;
pub mod plain;
pub mod policy;
pub mod prices;
pub mod replay;
pub mod report;
pub mod rollout;
pub mod run_length;
pub mod scenario;
pub mod simulation;
pub mod sweep;
pub mod timeline;
pub mod uncertainty;
pub mod units;
