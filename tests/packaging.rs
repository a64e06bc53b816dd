//! What the package is made of fits together.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use paretoscope::report::png;

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
