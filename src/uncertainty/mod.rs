//! Numbers that nobody knows exactly: what their ranges do to the answer, what drives it, and what measuring them would be worth.
//!
//! Points are drawn from the ranges ([`inputs`], [`sample`]), the exact engine answers each ([`outcome`]), and everything else is read off
//! the answers: [`summary`] by policy, [`indices`] of what drives an output, [`information`] in USD, and where the answer [`flip`]s; [`local`] needs no ranges. Nothing
//! here knows files, threads or a window.

pub mod flip;
pub mod indices;
pub mod information;
pub mod inputs;
pub mod joint;
pub mod local;
pub mod marginal;
pub mod outcome;
pub mod replicated;
pub mod sample;
pub mod spline;
pub mod summary;
