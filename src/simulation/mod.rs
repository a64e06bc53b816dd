//! The simulation core: the world and the engines that run policies in it.
//!
//! It knows no window, no files, no clock and no threads; `crate::jobs` spreads its work over threads.

pub mod answers;
pub mod budget_control;
pub mod compiled;
pub mod day;
pub mod draws;
pub mod error;
pub mod exact;
pub mod item_difficulty;
pub mod learner;
pub mod monte_carlo;
pub mod normal;
pub mod pattern;
pub mod quadrature;
pub mod random;
pub mod row_outcomes;
pub mod rows;
pub mod rule;
pub mod table;
pub mod traffic;
pub mod world;
