//! Unsaved work, kept where a crash cannot take it, and the settings that outlive the window.
//!
//! Each document of each running window has one recovery file of its own, so that none overwrites another's.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::files::{self, Opened, Source, Surroundings};
use super::settings::Settings;
use super::stamp::Stamp;
use super::tables::Lost;
use crate::disk::{self, Existing};
use crate::model::Scenario;
use crate::simulation::table::Table;

/// Least time between two recovery files.
pub const INTERVAL: std::time::Duration = std::time::Duration::from_secs(3);

/// Least and greatest zoom of the window that is read back.
const ZOOM: (f32, f32) = (0.2, 5.0);

/// Files remembered.
pub const MOST_RECENT: usize = 10;
/// Files outside a scenario's folder remembered that may be read.
pub const MOST_TRUSTED: usize = 100;
/// Longest path of a file that systems have.
const LONGEST_PATH: usize = 4096;

/// Most that are offered one after the other; the others are offered by the next window.
const MOST_OFFERED: usize = 16;

/// Largest recovery or settings file that is read back.
const MAX_BYTES: u64 = 64 << 20;

/// What a recovery file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// Name of the scenario.
    pub name: String,
    /// File it belongs to, if any.
    pub path: Option<PathBuf>,
    /// BLAKE3 hash of that file as it was read, in hexadecimal digits.
    #[serde(default)]
    pub file_hash: Option<String>,
    /// The folder that its table is named from, where that is not the file's.
    #[serde(default)]
    pub folder: Option<PathBuf>,
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

/// The recovery file of one document of this window.
#[derive(Debug)]
pub struct Own {
    /// Of the document, in this process.
    number: u64,
    /// Number of the newest writing, counted on when no file is wanted any more.
    newest: AtomicU64,
    /// Held while the file is written, so that a newer one comes after it. Holds those files that it will supersede.
    superseded: Mutex<Vec<PathBuf>>,
}

impl Own {
    /// That of another document.
    pub fn another() -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        Arc::new(Self { number, newest: AtomicU64::new(0), superseded: Mutex::default() })
    }

    /// The document's number in this process.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn file(&self, dir: &Path) -> PathBuf {
        // The start belongs to the name: a later window may get the number of one that died, whose work must not be taken for its own.
        let started = started().map(|started| format!("-{started}")).unwrap_or_default();
        dir.join(format!("unsaved-{}{started}-{}.json", std::process::id(), self.number))
    }

    /// The next recovery file that is written supersedes this one.
    pub fn supersede(&self, file: PathBuf) {
        self.superseded.lock().unwrap_or_else(PoisonError::into_inner).push(file);
    }

    /// A turn to write, or to forget: what had its turn before and has not begun is not done any more.
    pub fn turn(&self) -> u64 {
        self.newest.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Does something with the file, unless a newer turn was taken. `None`: it was.
    fn in_turn<T>(&self, turn: u64, act: impl FnOnce(&mut Vec<PathBuf>) -> T) -> Option<T> {
        let mut superseded = self.superseded.lock().unwrap_or_else(PoisonError::into_inner);
        (self.newest.load(Ordering::SeqCst) == turn).then(|| act(&mut superseded))
    }

    /// Writes the file in its turn, and removes those that it supersedes. It may block.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, turn: u64, dir: &Path, scenario: &Scenario, source: &Source) -> std::io::Result<()> {
        let written = self.in_turn(turn, |superseded| {
            write(dir, self, scenario, source)?;
            superseded.drain(..).for_each(|file| remove(&file));
            Ok(())
        });
        written.unwrap_or(Ok(()))
    }

    /// Removes the file in its turn, and those that it was to supersede: everything is saved or was given up. It may block.
    pub fn forget(&self, turn: u64, dir: &Path) {
        // Otherwise there is new work meanwhile, whose file takes the place of this one.
        self.in_turn(turn, |superseded| {
            superseded.drain(..).for_each(|file| remove(&file));
            remove(&self.file(dir));
        });
    }
}

fn replace(dir: &Path, target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unmade = |e: std::io::Error| std::io::Error::new(e.kind(), format!("the folder {}: {e}", dir.display()));
    fs::create_dir_all(dir).map_err(unmade)?;
    disk::write(target, bytes, &[], Existing::Replace).map_err(std::io::Error::other)
}

/// Writes a document's recovery file in one step.
///
/// # Errors
/// When the system refuses.
pub fn write(dir: &Path, own: &Own, scenario: &Scenario, source: &Source) -> std::io::Result<()> {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let recovered = Recovered {
        name: scenario.name.clone(),
        // The next window may be started in another folder.
        path: source.path.as_deref().map(whole),
        file_hash: source.stamp.as_ref().map(Stamp::hash),
        folder: source.folder.as_deref().map(whole),
        text: source.to_text(scenario),
        process: std::process::id(),
        started: started(),
        file: PathBuf::new(),
    };
    replace(dir, &own.file(dir), &serde_json::to_vec(&recovered)?)
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

/// Unsaved work of an earlier window, read.
#[derive(Debug)]
pub struct Rescued {
    /// As it was kept.
    pub recovered: Recovered,
    /// The work.
    pub scenario: Scenario,
    /// What stands in its file, where it has one.
    pub file: Option<Opened>,
    /// Where the work is saved to, where it has no file.
    pub source: Source,
    /// The table that it replays.
    pub table: Result<Option<Arc<Table>>, Lost>,
}

/// Reads unsaved work, and the file it belongs to. It may block.
///
/// # Errors
/// When it is no scenario.
pub fn rescue(recovered: Recovered, trusted: &[PathBuf]) -> Result<Rescued, String> {
    let folder = recovered.folder.as_deref().or(recovered.path.as_deref().and_then(Path::parent));
    let mut work = files::parse(&recovered.text, "recovered work", Surroundings { folder, trusted, like: None })?;
    work.source.path.clone_from(&recovered.path);
    // A name of the library is no file of one's own.
    let path = recovered.path.as_deref().filter(|path| path.is_file());
    let mut file = path.and_then(|path| files::open_like(path, trusted, Some(&work)).ok());
    if let (Some(file), Some(hash)) = (&mut file, &recovered.file_hash) {
        // The work was begun from what stood there then.
        file.source.stamp = file.source.stamp.take().and_then(|stamp| stamp.with_hash(hash));
    }
    Ok(Rescued { recovered, scenario: work.scenario, file, source: work.source, table: work.table })
}

/// Recovery files of windows that run no more: those of `first` before the others, the newest before the older ones.
pub fn find(dir: &Path, first: Option<&Path>) -> VecDeque<Recovered> {
    let Ok(entries) = fs::read_dir(dir) else { return VecDeque::new() };
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            (name.starts_with("unsaved-") && name.ends_with(".json"))
                .then(|| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))?
        })
        .collect();
    files.sort();
    let wanted = first.and_then(|path| fs::canonicalize(path).ok());
    let is_of_first =
        |r: &Recovered| wanted.is_some() && r.path.as_deref().map(fs::canonicalize).and_then(Result::ok) == wanted;
    let all = files.into_iter().rev().filter_map(|(_, file)| {
        let recovered: Recovered = serde_json::from_slice(&read_bounded(&file)?).ok()?;
        (!is_held(recovered.process, recovered.started)).then_some(Recovered { file, ..recovered })
    });
    // One after the other, as each may be large.
    let (mut own, mut others) = (VecDeque::new(), VecDeque::new());
    for recovered in all {
        let list = if is_of_first(&recovered) { &mut own } else { &mut others };
        if list.len() < MOST_OFFERED {
            list.push_back(recovered);
        }
    }
    own.append(&mut others);
    own.truncate(MOST_OFFERED);
    own
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
    settings.recent.retain(|path| path.as_os_str().len() <= LONGEST_PATH);
    settings.recent.truncate(MOST_RECENT);
    settings.trusted.truncate(MOST_TRUSTED);
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

    fn recovered(name: &str, process: u32, started: Option<u64>) -> Recovered {
        let (path, file_hash, folder, file) = (None, None, None, PathBuf::new());
        Recovered { name: name.to_owned(), path, file_hash, folder, text: "text".to_owned(), process, started, file }
    }

    #[test]
    fn what_was_written_is_found_and_can_be_removed() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        assert!(find(dir.path(), None).is_empty());
        let scenario = Scenario { name: "n".to_owned(), ..Scenario::default() };
        let (own, other) = (Own::another(), Own::another());
        own.write(own.turn(), dir.path(), &scenario, &Source::default())?;
        let found = find(dir.path(), None);
        assert!(found.front().is_some_and(|r| r.text.contains("name = \"n\"") && r.name == "n"), "{found:?}");
        // Each document has its own.
        other.write(other.turn(), dir.path(), &scenario, &Source::default())?;
        assert_eq!(find(dir.path(), None).len(), 2);
        other.forget(other.turn(), dir.path());
        assert_eq!(find(dir.path(), None).len(), 1);
        // Whoever is late does nothing.
        let late = own.turn();
        own.forget(own.turn(), dir.path());
        own.write(late, dir.path(), &scenario, &Source::default())?;
        assert!(find(dir.path(), None).is_empty());
        // In a folder that cannot be made there is an error, and nothing else.
        let nowhere = dir.path().join("file");
        fs::write(&nowhere, "")?;
        let said = own.write(own.turn(), &nowhere, &scenario, &Source::default()).err().map(|e| e.to_string());
        assert!(said.is_some_and(|said| said.contains(&nowhere.display().to_string())));
        Ok(())
    }

    #[test]
    fn a_window_is_known_by_more_than_its_number() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let old = dir.path().join("unsaved-1.json");
        let write_old = |process, started| fs::write(&old, serde_json::to_vec(&recovered("n", process, started))?);
        // A process that has ended and is not collected yet, and another one with the number of the first.
        let mut child = std::process::Command::new("true").spawn()?;
        std::thread::sleep(std::time::Duration::from_millis(300));
        write_old(child.id(), None)?;
        assert_eq!(!find(dir.path(), None).is_empty(), cfg!(target_os = "linux") || !Path::new("/proc").exists());
        child.wait()?;
        write_old(1, Some(u64::MAX))?;
        assert_eq!(find(dir.path(), None).len(), 1);
        // Where a window died that had the number of this process, its work is not this one's own: it stays when that is removed.
        let namesake = dir.path().join(format!("unsaved-{}-1.json", std::process::id()));
        fs::write(&namesake, serde_json::to_vec(&recovered("other", std::process::id(), Some(1)))?)?;
        let own = Own::another();
        own.forget(own.turn(), dir.path());
        assert!(namesake.exists() && find(dir.path(), None).len() == 2);
        Ok(())
    }

    #[test]
    fn the_work_on_the_file_that_was_asked_for_comes_first() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let mine = dir.path().join("mine.toml");
        fs::write(&mine, "")?;
        let work = |name: &str, path: Option<PathBuf>| Recovered { path, ..recovered(name, 1, Some(u64::MAX)) };
        for (k, (name, path)) in [("mine", Some(mine.clone())), ("other", None)].into_iter().enumerate() {
            fs::write(dir.path().join(format!("unsaved-1-{k}.json")), serde_json::to_vec(&work(name, path))?)?;
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let names = |first: Option<&Path>| find(dir.path(), first).into_iter().map(|r| r.name).collect::<Vec<_>>();
        assert_eq!(names(None), ["other", "mine"]);
        assert_eq!(names(Some(&mine)), ["mine", "other"]);
        // However many newer ones there are.
        for k in 2..20 {
            fs::write(dir.path().join(format!("unsaved-1-{k}.json")), serde_json::to_vec(&work("newer", None))?)?;
        }
        assert_eq!(names(Some(&mine)).first().map(String::as_str), Some("mine"));
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
