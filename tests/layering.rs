//! What may import what: the core knows no window, no files, no clock and no threads, and only `jobs` owns threads.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

fn forbid(places: &[&str], words: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for place in places {
        let path = root.join(place);
        let files = if path.is_dir() { sources(&path) } else { vec![path] };
        assert!(!files.is_empty());
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for word in words {
                assert!(!text.contains(word), "{} mentions {word}", file.display());
            }
        }
    }
}

const CORE: &[&str] = &["simulation", "policy", "frontier", "detection", "run_length", "timeline.rs"];

#[test]
fn the_core_knows_no_window_no_files_no_clock_and_no_threads() {
    forbid(
        CORE,
        &[
            "egui",
            "eframe",
            "rfd::",
            "std::fs",
            "std::time",
            "std::thread",
            "rayon",
            "crate::app",
            "crate::cli",
            "crate::jobs::",
            "crate::report",
            "toml_edit",
        ],
    );
}

#[test]
fn reports_are_pure() {
    forbid(&["report"], &["std::fs", "std::thread", "std::time", "egui", "crate::app", "crate::cli", "rayon"]);
}

#[test]
fn lessons_know_no_window_and_no_disk() {
    forbid(&["lesson"], &["std::fs", "std::thread", "egui", "crate::app", "crate::cli", "rayon"]);
}

#[test]
fn only_one_module_of_the_format_touches_the_disk() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario");
    for file in sources(&root) {
        if file.file_name().is_some_and(|n| n != "file.rs") {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("std::fs") && !text.contains("egui"), "{}", file.display());
        }
    }
}

#[test]
fn only_one_module_of_the_replay_touches_the_disk() {
    forbid(
        &["replay/build.rs", "replay/fit.rs", "replay/layout.rs"],
        &["std::fs", "std::io", "File", "egui", "rayon", "parquet::", "csv::"],
    );
}

#[test]
fn only_jobs_uses_the_thread_pool() {
    forbid(&["report", "scenario", "app", "cli"], &["rayon"]);
}
