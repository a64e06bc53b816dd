//! What is made of many studies: options, plans, rollouts, ranges, calibrations, sweeps.

#[path = "../common/mod.rs"]
mod common;

mod calibrate;
mod decide;
mod plan_budget;
mod rollout;
mod sweep;
mod uncertain;
mod watched;
