//! What the package is made of fits together.
#![cfg(feature = "app")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use paretoscope::report::png;
use serde_json::Value;

const SIDES: [u32; 3] = [48, 128, 256];

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/packaging")
}

/// To renew the icons after a change of the SVG: `UPDATE_ASSETS=1 cargo test --test packaging`.
#[test]
fn icons_are_there_and_are_those_of_the_svg() {
    let svg = fs::read_to_string(packaging().join("paretoscope.svg")).unwrap();
    for side in SIDES {
        let file = packaging().join(format!("paretoscope-{side}.png"));
        let painted = png::icon_png(&svg, side).unwrap();
        if std::env::var_os("UPDATE_ASSETS").is_some() {
            fs::write(&file, &painted).unwrap();
        }
        assert!(fs::read(&file).unwrap() == painted, "{} is not the icon of the SVG", file.display());
        let pixels = png::icon(&svg, side).unwrap();
        assert_eq!(pixels.len(), (4 * side * side) as usize);
        let corner_and_middle = [pixels[3], pixels[pixels.len() / 2 + 2 * side as usize + 3]];
        assert_eq!(corner_and_middle, [0, 255], "round corners, and something inside");
    }
}

#[test]
fn the_desktop_knows_the_program_and_its_files_by_the_same_names() {
    let read = |name: &str| fs::read_to_string(packaging().join(name)).unwrap();
    let (entry, types, info) = (read("paretoscope.desktop"), read("paretoscope.xml"), read("paretoscope.metainfo.xml"));
    let mime = "application/x-paretoscope+toml";
    assert!(entry.contains(&format!("MimeType={mime};")) && types.contains(&format!("type=\"{mime}\"")));
    assert!(info.contains(mime) && info.contains("paretoscope.desktop"));
    assert!(entry.contains("Exec=paretoscope %f") && entry.contains("Icon=paretoscope"));
    let version = format!("release version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(info.contains(&version), "the newest release of the metainfo is another version");
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    for file in fs::read_dir(packaging()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(manifest.contains(&format!("assets/packaging/{name}")), "{name} is in no package");
    }
}

/// A crate that is linked into the program: its name, its licence, and where its source is.
struct Linked {
    name: String,
    licence: String,
    folder: PathBuf,
}

/// Everything that is linked into the packaged program; `None` where cargo cannot say.
fn linked() -> Option<Vec<Linked>> {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()
        .filter(|out| out.status.success())?;
    let found: Value = serde_json::from_slice(&out.stdout).ok()?;
    let by_id = |list: &Value| -> BTreeMap<String, Value> {
        list.as_array().unwrap().iter().map(|one| (one["id"].as_str().unwrap().to_owned(), one.clone())).collect()
    };
    let (packages, nodes) = (by_id(&found["packages"]), by_id(&found["resolve"]["nodes"]));
    let root = found["resolve"]["root"].as_str().unwrap().to_owned();
    let mut met = BTreeSet::new();
    let mut ahead = vec![root.clone()];
    while let Some(id) = ahead.pop() {
        if met.insert(id.clone()) {
            let needed = nodes[&id]["deps"].as_array().unwrap().iter();
            // What builds or tests the program is not in it.
            let is_linked = |d: &&Value| d["dep_kinds"].as_array().unwrap().iter().any(|k| k["kind"].is_null());
            ahead.extend(needed.filter(is_linked).map(|d| d["pkg"].as_str().unwrap().to_owned()));
        }
    }
    met.remove(&root);
    let text = |id: &String, key: &str| packages[id][key].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<Linked> = met
        .iter()
        .map(|id| Linked {
            name: text(id, "name"),
            licence: text(id, "license"),
            folder: Path::new(&text(id, "manifest_path")).parent().unwrap().to_owned(),
        })
        .collect();
    all.sort_by(|a, b| (&a.name, &a.folder).cmp(&(&b.name, &b.folder)));
    Some(all)
}

/// Texts of licences and notices in a folder and the folders in it, with how deep they lie.
fn texts(folder: &Path, depth: usize, found: &mut Vec<(usize, PathBuf)>) {
    const NAMES: [&str; 8] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE", "OFL", "UFL"];
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if path.is_dir() && depth < 2 {
            texts(&path, depth + 1, found);
        } else if path.is_file()
            && (NAMES.iter().any(|n| name.starts_with(n)) || folder.ends_with("fonts") && name.ends_with(".TXT"))
            && !name.ends_with(".RS")
        {
            found.push((depth, path));
        }
    }
    found.sort();
}

/// The texts that have to go with a crate. Where it may be taken under the Apache licence, its own copy of that is left out; notices, and licences of
/// what it brings along, are not.
fn needed(linked: &Linked) -> Vec<PathBuf> {
    let mut found = Vec::new();
    texts(&linked.folder, 0, &mut found);
    let is_apache = linked.licence.contains("Apache-2.0") && !linked.licence.contains("AND");
    let is_notice = |path: &Path| path.file_name().unwrap().to_string_lossy().to_uppercase().starts_with("NOTICE");
    found.retain(|(depth, path)| !is_apache || *depth > 0 || is_notice(path));
    assert!(is_apache || !found.is_empty(), "{} ({}) has no text of its licence", linked.name, linked.licence);
    found.into_iter().map(|(_, path)| path).collect()
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// To renew the file after a change of what is linked: `UPDATE_ASSETS=1 cargo test --test packaging`.
#[test]
fn the_licences_of_everything_that_is_linked_go_with_the_package() {
    let Some(linked) = linked() else {
        eprintln!("SKIPPED: cargo cannot say offline what is linked");
        return;
    };
    let file = packaging().join("THIRD-PARTY-LICENSES");
    let mut by_text: BTreeMap<String, (String, BTreeSet<&str>)> = BTreeMap::new();
    for one in &linked {
        for path in needed(one) {
            let text = String::from_utf8_lossy(&fs::read(path).unwrap()).trim().replace("\r\n", "\n");
            by_text.entry(without_spaces(&text)).or_insert((text, BTreeSet::new())).1.insert(&one.name);
        }
    }
    if std::env::var_os("UPDATE_ASSETS").is_some() {
        let apache = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("LICENSE-APACHE")).unwrap();
        let rule = "=".repeat(100);
        let mut out = "What is linked into Paretoscope, and under which licence. Where there is a choice that has the Apache licence in it, \
                       that one is taken; its text is the first below.\n\n"
            .to_owned();
        let list: BTreeSet<String> = linked.iter().map(|one| format!("{} ({})\n", one.name, one.licence)).collect();
        out.extend(list);
        out += &format!("\n{rule}\nApache License, Version 2.0\n{rule}\n\n{}\n", apache.trim());
        for (text, names) in by_text.values() {
            let names: Vec<&str> = names.iter().copied().collect();
            out += &format!("\n{rule}\n{}\n{rule}\n\n{text}\n", names.join(", "));
        }
        fs::write(&file, out).unwrap();
    }
    let there = fs::read_to_string(&file).unwrap();
    for one in &linked {
        assert!(there.contains(&format!("\n{} ({})\n", one.name, one.licence)), "{} is not listed", one.name);
    }
    let there = without_spaces(&there);
    for (text, (_, names)) in &by_text {
        assert!(there.contains(text), "a licence of {names:?} is missing");
    }
    for said in ["SIL OPEN FONT LICENSE", "UBUNTU FONT LICENCE", "UNICODE LICENSE V3"] {
        assert!(there.to_uppercase().contains(said), "{said}");
    }
}
