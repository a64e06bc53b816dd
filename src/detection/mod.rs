//! The detection study: which monitor notices the damage, after how many days, at what cost.
//!
//! `course` knows what each day is like, `signal` what a monitor observes of it, `assembly` puts the days together as functions of
//! their day effect, from which `signal` draws; `detector` turns observations into evidence, `race` runs monitors over replicates, and `study` reads off thresholds, delays
//! and damage (`survival`).

pub mod assembly;
pub mod change_day;
pub mod channel;
pub mod course;
pub mod day_effect;
pub mod detector;
pub mod monitor;
pub mod observation;
pub mod race;
pub mod signal;
pub mod study;
pub mod survival;
