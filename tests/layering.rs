//! What may import what: imports go one way, the core knows no window, no files, no clock and no threads, and only `jobs` owns threads.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[path = "common/imports.rs"]
mod imports;

use imports::{Import, imports, module_of};

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

const CORE: &[&str] = &[
    "entry",
    "model",
    "simulation",
    "policy",
    "frontier",
    "calibrate",
    "detection",
    "plain",
    "rollout",
    "run_length",
    "sweep",
    "uncertainty",
    "timeline.rs",
];

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
fn prices_and_descriptions_know_no_window_and_no_disk() {
    let words = [
        "std::fs",
        "std::time",
        "std::thread",
        "egui",
        "rayon",
        "crate::app",
        "crate::cli",
        "crate::jobs",
        "crate::report",
        "crate::disk",
    ];
    forbid(&["prices", "describe"], &words);
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
    let all = ["app", "cli", "disk", "disk.rs", "lesson", "replay", "report", "scenario"];
    forbid(&[&all, CORE].concat(), &["rayon"]);
}

/// Who imports whom of what stands in one folder, and by which imports.
type Graph = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The graph of every folder (`""`: that of the whole program). An import counts in the folder where its two ends part; a file `a/mod.rs` and what
/// is below `a` never part.
fn graphs(files: &[(String, String, Vec<Import>)]) -> BTreeMap<String, Graph> {
    let modules: BTreeSet<&str> = files.iter().map(|(module, ..)| module.as_str()).collect();
    let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
    for module in &modules {
        let (folder, name) = module.rsplit_once("::").unwrap_or(("", module));
        graphs.entry(folder.to_owned()).or_default().entry(name.to_owned()).or_default();
    }
    for (module, file, imports) in files {
        for import in imports {
            // What follows the last module of a path is an item.
            let ends = (1..=import.path.len()).rev();
            let Some(to) = ends.map(|n| import.path[..n].join("::")).find(|path| modules.contains(path.as_str()))
            else {
                continue;
            };
            let (from, to): (Vec<&str>, Vec<&str>) = (module.split("::").collect(), to.split("::").collect());
            let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if let (Some(a), Some(b)) = (from.get(common), to.get(common)) {
                let graph = graphs.entry(from[..common].join("::")).or_default();
                let place = format!("{file}:{} imports {}", import.line, import.path.join("::"));
                graph.entry((*a).to_owned()).or_default().entry((*b).to_owned()).or_default().push(place);
            }
        }
    }
    graphs
}

/// Everything that can be reached from a node.
fn reached<'g>(graph: &'g Graph, from: &str) -> BTreeSet<&'g str> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&str> = graph.get(from).into_iter().flat_map(|to| to.keys()).map(String::as_str).collect();
    while let Some(node) = next.pop() {
        if seen.insert(node) {
            next.extend(graph.get(node).into_iter().flat_map(|to| to.keys()).map(String::as_str));
        }
    }
    seen
}

/// Sets of nodes that all reach each other.
fn circles(graph: &Graph) -> BTreeSet<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|node| (node.as_str(), reached(graph, node))).collect();
    let of = |node: &&str| -> BTreeSet<&str> {
        reached[*node].iter().filter(|other| reached.get(*other).is_some_and(|r| r.contains(*node))).copied().collect()
    };
    reached.keys().map(of).filter(|circle| !circle.is_empty()).collect()
}

/// The nodes in an order in which each imports only earlier ones.
fn order(graph: &Graph) -> Vec<&str> {
    let mut order: Vec<&str> = Vec::new();
    while let Some((node, _)) = graph.iter().find(|(node, to)| {
        !order.contains(&node.as_str()) && to.keys().all(|to| to == *node || order.contains(&to.as_str()))
    }) {
        order.push(node);
    }
    order
}

#[test]
#[allow(clippy::print_stdout, reason = "the order itself is worth reading")]
fn imports_go_one_way_in_every_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for path in sources(&root) {
        let file = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        if let Some(module) = module_of(&file) {
            let found = imports(&module, &fs::read_to_string(&path).unwrap());
            files.push((module, format!("src/{file}"), found));
        }
    }
    let graphs = graphs(&files);
    println!("{}", order(&graphs[""]).join(" → "));
    let mut problems = Vec::new();
    for (folder, graph) in &graphs {
        for circle in circles(graph) {
            problems.push(format!("in {}: {circle:?}", Path::new("src").join(folder.replace("::", "/")).display()));
            for (node, to) in graph.iter().filter(|(node, _)| circle.contains(node.as_str())) {
                for (other, places) in to.iter().filter(|(other, _)| circle.contains(other.as_str())) {
                    problems.push(format!("  {node} needs {other}"));
                    problems.extend(places.iter().map(|place| format!("    {place}")));
                }
            }
        }
    }
    assert!(problems.is_empty(), "these import each other:\n{}", problems.join("\n"));
}

#[test]
fn a_circle_is_found_and_told() {
    let files: Vec<_> = [
        ("a", "use crate::b::c::Thing;"),
        ("b", "pub mod c;\nuse c::Thing;"),
        ("b::c", "fn f() -> crate::d::Other {}"),
        ("d", "use super::{a::{self, X}, e};"),
        ("e", "// use crate::a;\n#[cfg(test)]\nmod tests {\n    use crate::a;\n}"),
    ]
    .into_iter()
    .map(|(module, text)| (module.to_owned(), format!("{module}.rs"), imports(module, text)))
    .collect();
    let graphs = graphs(&files);
    let found = circles(&graphs[""]);
    assert_eq!(found, BTreeSet::from([BTreeSet::from(["a", "b", "d"])]));
    assert_eq!(graphs[""]["d"]["a"], ["d.rs:1 imports a", "d.rs:1 imports a::X"]);
    assert_eq!(order(&graphs[""]), ["e"]);
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
