//! What may import what: the core knows no window, no files, no clock and no threads, and only `jobs` owns threads.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
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

/// What follows a prefix of paths in a text: a name, or each name in braces.
fn names_after(text: &str, prefix: &str) -> Vec<String> {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(prefix).filter(|(at, _)| !text[..*at].ends_with(|c| is_of_name(c) || c == ':'));
    let rests = found.map(|(at, _)| &text[at + prefix.len()..]);
    let names = rests.flat_map(|rest| match rest.strip_prefix('{') {
        Some(list) => list.split('}').next().unwrap().split(',').collect(),
        None => vec![rest],
    });
    names.map(|name| name.trim_start().chars().take_while(|c| is_of_name(*c)).collect()).collect()
}

#[test]
fn the_window_imports_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app");
    // Each file or folder, with what it names of the others.
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources(&root) {
        let path = file.strip_prefix(&root).unwrap().with_extension("");
        let module: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).filter(|part| *part != "mod").collect();
        let Some(part) = module.first() else { continue };
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
        let text: String = lines.filter(|line| !line.trim_start().starts_with("//")).collect();
        let named = ["crate::app::".to_owned(), "super::".repeat(module.len())].map(|from| names_after(&text, &from));
        let others = named.into_iter().flatten().filter(|name| name != part);
        parts.entry((*part).to_owned()).or_default().extend(others);
    }
    // What works on the whole window stands above all the rest, which knows nothing of it.
    let top: BTreeSet<String> = parts.iter().filter(|(_, named)| named.contains("App")).map(|p| p.0.clone()).collect();
    parts.retain(|part, _| !top.contains(part));
    assert!(top.len() > 3 && parts.len() > 20);
    for (part, named) in &parts {
        assert!(named.is_disjoint(&top), "{part} uses what stands above it: {:?}", named & &top);
    }
    // Whatever names none of those left can be taken away from below, until nothing is left but circles.
    while !parts.is_empty() {
        let left: BTreeSet<String> = parts.keys().cloned().collect();
        parts.retain(|_, named| !named.is_disjoint(&left));
        assert!(parts.len() < left.len(), "in a circle, or above one: {parts:#?}");
    }
}
