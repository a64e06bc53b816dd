//! The detection study: which monitor notices the damage, after how many days, at what cost.
//!
//! `course` knows what each day is like as a function of its day effect, `signal` draws what a monitor observes from it,
//! `detector` turns observations into evidence, `race` runs monitors over replicates, and `study` reads off thresholds, delays
//! and damage (`survival`). `plan` searches for a monitoring plan.

pub mod change_day;
pub mod course;
pub mod day_effect;
pub mod detector;
pub mod observation;
pub mod plan;
pub mod race;
pub mod signal;
pub mod study;
pub mod survival;
