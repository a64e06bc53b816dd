//! Results to text: pure functions from what was computed to what is printed or saved.

pub mod answer;
pub mod breakdown;
pub mod calibrate;
pub mod compare;
pub mod csv;
pub mod decide;
pub mod detection;
pub mod diary;
pub mod html;
pub mod import;
pub mod json;
pub mod log;
pub mod options;
pub mod plan;
#[cfg(feature = "app")]
pub mod png;
pub mod prices;
pub mod rollout;
pub mod rollout_picture;
pub mod sentence;
pub mod svg;
pub mod sweep;
pub mod table;
pub mod uncertain;
