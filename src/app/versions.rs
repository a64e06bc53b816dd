//! Earlier versions of a scenario: what was saved, and what was being worked on, kept to go back to.
//!
//! A version is the text of a file in a folder of its own for each scenario, named by the second in which it was kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::disk;

/// Most versions of one scenario; the oldest go first.
const MOST: usize = 40;
/// Least time between two versions of work that nobody saves.
pub const BETWEEN: Duration = Duration::from_secs(600);
/// Largest version that is read back.
const MAX_BYTES: u64 = 64 << 20;

/// A version that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// When it was kept.
    pub at: SystemTime,
    /// Its file.
    pub file: PathBuf,
}

/// The folder of a scenario's versions: by its file, or by its name where it has none.
fn folder(dir: &Path, of: &str) -> PathBuf {
    let hash = blake3::hash(of.as_bytes()).to_hex();
    dir.join("versions").join(hash.as_str().get(..16).unwrap_or("scenario"))
}

/// Keeps a version, unless it is the same as the newest one. `of` is the scenario's file, or its name.
///
/// # Errors
/// When it cannot be written.
pub fn keep(dir: &Path, of: &str, text: &str, now: SystemTime) -> std::io::Result<()> {
    let folder = folder(dir, of);
    let kept = list(dir, of);
    if kept.first().and_then(read).is_some_and(|newest| newest == text) {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    disk::write_one_of_many(&folder.join(format!("{seconds:012}.toml")), text.as_bytes())?;
    for old in list(dir, of).iter().skip(MOST) {
        // One that cannot be removed goes the next time.
        let _ = fs::remove_file(&old.file);
    }
    Ok(())
}

/// The versions of a scenario, the newest first.
pub fn list(dir: &Path, of: &str) -> Vec<Version> {
    let entries = fs::read_dir(folder(dir, of)).into_iter().flatten().filter_map(Result::ok);
    let version = |entry: fs::DirEntry| {
        let file = entry.path();
        let seconds: u64 = file.file_stem()?.to_str()?.parse().ok()?;
        Some(Version { at: UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?, file })
    };
    let mut versions: Vec<Version> = entries.filter_map(version).collect();
    versions.sort_by_key(|version| std::cmp::Reverse(version.at));
    versions
}

/// The text of a version; `None` where it is gone or is no text.
pub fn read(version: &Version) -> Option<String> {
    let bytes = disk::read::bytes(&version.file, MAX_BYTES, disk::read::Pipes::Refused).ok()?;
    String::from_utf8(bytes).ok()
}

/// How long ago that was, in words.
pub fn ago(then: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(then).map_or(0, |since| since.as_secs());
    let told = |n: u64, unit: &str| format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" });
    match seconds {
        0..60 => "just now".to_owned(),
        60..3_600 => told(seconds / 60, "minute"),
        3_600..86_400 => told(seconds / 3_600, "hour"),
        _ => told(seconds / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_kept_newest_first_and_the_oldest_go() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds);
        for i in 0..60 {
            keep(dir.path(), "a.toml", &format!("text {i}"), at(i))?;
        }
        // The same again is no new version; another scenario has its own.
        keep(dir.path(), "a.toml", "text 59", at(100))?;
        keep(dir.path(), "b.toml", "other", at(100))?;
        let kept = list(dir.path(), "a.toml");
        assert_eq!(kept.len(), MOST);
        assert_eq!(kept.first().and_then(read).as_deref(), Some("text 59"));
        assert_eq!(kept.last().and_then(read).as_deref(), Some("text 20"));
        assert_eq!(list(dir.path(), "b.toml").len(), 1);
        assert_eq!(list(dir.path(), "c.toml"), []);
        Ok(())
    }

    #[test]
    fn ages_are_told_in_words() {
        let now = UNIX_EPOCH + Duration::from_secs(10_000_000);
        for (seconds, told) in [(5, "just now"), (60, "1 minute ago"), (7_300, "2 hours ago"), (200_000, "2 days ago")]
        {
            assert_eq!(ago(now - Duration::from_secs(seconds), now), told);
        }
        assert_eq!(ago(now + Duration::from_secs(9), now), "just now", "clocks are set back");
    }
}
