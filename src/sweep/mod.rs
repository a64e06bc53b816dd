//! Sweeps: an experiment over some numbers of a scenario, as points that are computed one by one from their index.
//!
//! [`plan`] knows which points there are, [`spread`] how they are laid out, [`unit`] what the work on one of them is called, [`found`]
//! what it finds, and [`collected`] all that was found side by side. A design is never written out: a million points cost no more memory than ten. Nothing here knows files, threads or a
//! window.

pub mod collected;
pub mod found;
pub mod plan;
pub mod spread;
pub mod unit;

pub use collected::Collected;
pub use found::Row;
pub use plan::{Axis, Plan, Shard, Wrong};
pub use unit::{Name, Namer};
