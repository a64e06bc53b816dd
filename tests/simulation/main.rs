//! The engines, the detectors and the study of detection.

#[path = "../common/mod.rs"]
mod common;

mod conversation;
mod detection;
mod determinism;
mod engines_agree;
mod flagship;
mod limits;
mod run_length;
