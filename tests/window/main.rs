//! The window, what it exports, and the manual that it shows. One program: to build one for each theme takes minutes.

#[path = "../common/mod.rs"]
mod common;

mod access;
mod decide;
mod describe;
mod editing;
mod export;
mod files;
mod habits;
mod known;
mod lessons;
mod manual;
mod plain;
mod plan;
mod rollout;
mod several;
mod sweep;
mod tables;
mod tour;
mod uncertainty;
