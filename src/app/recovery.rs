//! Unsaved work, kept where a crash cannot take it, and the settings that outlive the window.
//!
//! Each running window has one recovery file of its own, so two windows do not overwrite each other's.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::state::Settings;
use crate::disk::{self, Existing};

/// Least time between two recovery files.
pub const INTERVAL: std::time::Duration = std::time::Duration::from_secs(3);

/// Least and greatest zoom of the window that is read back.
const ZOOM: (f32, f32) = (0.2, 5.0);

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
    /// When that process started, as the system counts: another process can get the same number later.
    #[serde(default)]
    pub started: Option<u64>,
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
    // The start belongs to the name: a later window may get the number of one that died, whose work must not be taken for its own.
    let process = std::process::id();
    match started() {
        Some(started) => dir.join(format!("unsaved-{process}-{started}.json")),
        None => dir.join(format!("unsaved-{process}.json")),
    }
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
    let process = std::process::id();
    let recovered = Recovered { name, path, text, process, started: started(), file: PathBuf::new() };
    replace(dir, &own_file(dir), &serde_json::to_vec(&recovered)?)
}

/// Removes this window's recovery file: everything is saved or was given up.
pub fn remove_own(dir: &Path) {
    remove(&own_file(dir));
}

/// Makes a recovery file this window's own. The old one goes only when the new one is on disk.
///
/// # Errors
/// When the system refuses; the old one is then still there.
pub fn take_over(dir: &Path, recovered: &Recovered) -> std::io::Result<()> {
    write(dir, recovered.name.clone(), recovered.path.clone(), recovered.text.clone())?;
    if recovered.file != own_file(dir) {
        remove(&recovered.file);
    }
    Ok(())
}

/// Removes a recovery file that is not wanted.
pub fn remove(file: &Path) {
    // One that is not there is as good as removed; one that cannot be removed is offered again.
    let _ = fs::remove_file(file);
}

fn read_bounded(path: &Path) -> Option<Vec<u8>> {
    // A pipe or a device in its place would be waited for.
    disk::read::bytes(path, MAX_BYTES, disk::read::Pipes::Refused).ok()
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
        (!is_held(recovered.process, recovered.started)).then_some(Recovered { file: path, ..recovered })
    })
}

/// Whether the process that wrote a file still runs: one of that number that started when it did. Where the system cannot tell
/// cheaply, it is taken to be gone.
fn is_held(process: u32, started: Option<u64>) -> bool {
    process != std::process::id() && running(process).is_some_and(|now| started.is_none() || now == started)
}

/// When this process started. It is asked for once, so that the name of its file stays the same.
fn started() -> Option<u64> {
    static STARTED: OnceLock<Option<u64>> = OnceLock::new();
    *STARTED.get_or_init(|| running(std::process::id()).flatten())
}

/// When the process of this number started, where one runs and the system tells; `None` for one that has ended and waits to be
/// collected, too.
fn running(process: u32) -> Option<Option<u64>> {
    let stat = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).ok()?;
    // The name, in brackets, may hold anything; the state and nineteen further fields on is the start.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (!matches!(state, "Z" | "X" | "x")).then(|| fields.nth(18).and_then(|start| start.parse().ok()))
}

/// Settings of the last start, or the usual ones.
pub fn read_settings(dir: &Path) -> Settings {
    let read: Option<Settings> =
        read_bounded(&dir.join("settings.json")).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut settings = read.unwrap_or_default();
    // A window of no size, or of one that no memory holds, could not be put right from within.
    settings.zoom = settings.zoom.filter(|zoom| zoom.is_finite()).map(|zoom| zoom.clamp(ZOOM.0, ZOOM.1));
    settings
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
    fn work_is_taken_over_before_it_is_removed_and_known_by_more_than_a_number() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let old = dir.path().join("unsaved-1.json");
        let write_old = |process: u32, started: Option<u64>| {
            let recovered =
                Recovered { name: "n".into(), path: None, text: "t".into(), process, started, file: PathBuf::new() };
            fs::write(&old, serde_json::to_vec(&recovered)?)
        };
        // A process that has ended and is not collected yet, and another one with the number of the first.
        let mut child = std::process::Command::new("true").spawn()?;
        std::thread::sleep(std::time::Duration::from_millis(300));
        write_old(child.id(), None)?;
        assert_eq!(find(dir.path()).is_some(), cfg!(target_os = "linux") || !Path::new("/proc").exists());
        child.wait()?;
        write_old(1, Some(u64::MAX))?;
        let found = find(dir.path());
        assert!(found.is_some());
        if let Some(found) = found {
            take_over(dir.path(), &found)?;
            assert!(!old.exists() && own_file(dir.path()).exists());
            // In a folder that cannot be written the old one stays.
            write_old(1, Some(u64::MAX))?;
            let nowhere = old.join("no folder");
            assert!(take_over(&nowhere, &found).is_err() && old.exists());
        }
        Ok(())
    }

    #[test]
    fn a_zoom_that_no_window_bears_is_put_right() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        for (text, expected) in [("0", 0.2), ("-1", 0.2), ("1e-30", 0.2), ("1e9", 5.0), ("1.5", 1.5)] {
            fs::write(dir.path().join("settings.json"), format!("{{\"zoom\": {text}}}"))?;
            assert_eq!(read_settings(dir.path()).zoom, Some(expected), "{text}");
        }
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
