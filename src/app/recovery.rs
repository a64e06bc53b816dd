//! Unsaved work, kept where a crash cannot take it, and the settings that outlive the window.
//!
//! Each running window has one recovery file of its own, so two windows do not overwrite each other's.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::state::Settings;
use crate::disk::{self, Existing};

/// Least time between two recovery files.
pub const INTERVAL: std::time::Duration = std::time::Duration::from_secs(3);

/// Largest recovery or settings file that is read back.
const MAX_BYTES: u64 = 64 << 20;

/// What a recovery file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// Name of the scenario.
    pub name: String,
    /// File it belongs to, if any.
    pub path: Option<PathBuf>,
    /// Text as it would have been saved.
    pub text: String,
    /// Process that wrote it.
    pub process: u32,
    /// The recovery file itself.
    #[serde(skip)]
    pub file: PathBuf,
}

/// The folder for the program's data, as the system wants it; `None` when it cannot be told.
pub fn data_dir() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let base = if cfg!(target_os = "windows") {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("paretoscope"))
}

fn own_file(dir: &Path) -> PathBuf {
    dir.join(format!("unsaved-{}.json", std::process::id()))
}

fn replace(dir: &Path, target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    disk::write(target, bytes, &[], Existing::Replace).map_err(std::io::Error::other)
}

/// Writes this window's recovery file in one step.
///
/// # Errors
/// When the system refuses.
pub fn write(dir: &Path, name: String, path: Option<PathBuf>, text: String) -> std::io::Result<()> {
    let recovered = Recovered { name, path, text, process: std::process::id(), file: PathBuf::new() };
    replace(dir, &own_file(dir), &serde_json::to_vec(&recovered)?)
}

/// Removes this window's recovery file: everything is saved or was given up.
pub fn remove_own(dir: &Path) {
    remove(&own_file(dir));
}

/// Removes a recovery file that was taken over or is not wanted.
pub fn remove(file: &Path) {
    // One that is not there is as good as removed; one that cannot be removed is offered again.
    let _ = fs::remove_file(file);
}

fn read_bounded(path: &Path) -> Option<Vec<u8>> {
    if fs::metadata(path).ok()?.len() > MAX_BYTES {
        return None;
    }
    fs::read(path).ok()
}

/// The newest recovery file of a window that runs no more.
pub fn find(dir: &Path) -> Option<Recovered> {
    let mut found: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            (name.starts_with("unsaved-") && name.ends_with(".json"))
                .then(|| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))?
        })
        .collect();
    found.sort();
    found.into_iter().rev().find_map(|(_, path)| {
        let recovered: Recovered = serde_json::from_slice(&read_bounded(&path)?).ok()?;
        (!is_running(recovered.process)).then_some(Recovered { file: path, ..recovered })
    })
}

/// Whether another process with this number runs. Where the system cannot tell cheaply, it is taken to be gone.
fn is_running(process: u32) -> bool {
    process != std::process::id() && Path::new("/proc").join(process.to_string()).exists()
}

/// Settings of the last start, or the usual ones.
pub fn read_settings(dir: &Path) -> Settings {
    read_bounded(&dir.join("settings.json")).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Keeps the settings for the next start.
///
/// # Errors
/// When the system refuses.
pub fn write_settings(dir: &Path, settings: &Settings) -> std::io::Result<()> {
    replace(dir, &dir.join("settings.json"), &serde_json::to_vec_pretty(settings)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_found_and_can_be_removed() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        assert!(find(dir.path()).is_none());
        write(dir.path(), "n".into(), None, "text".into())?;
        let found = find(dir.path());
        assert!(found.as_ref().is_some_and(|r| r.text == "text" && r.name == "n"), "{found:?}");
        remove_own(dir.path());
        assert!(find(dir.path()).is_none());
        Ok(())
    }

    #[test]
    fn broken_settings_give_the_usual_ones() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        fs::write(dir.path().join("settings.json"), b"{\"theme\": 7")?;
        assert_eq!(read_settings(dir.path()), Settings::default());
        let settings = Settings { log_cost: true, ..Settings::default() };
        write_settings(dir.path(), &settings)?;
        assert_eq!(read_settings(dir.path()), settings);
        Ok(())
    }
}
