//! The program as a process: its commands and its reports.

mod cli;
mod report;
