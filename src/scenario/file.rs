//! Scenario files on disk: reading with clear refusals, saving in one step.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::page;
use super::problem::Problem;
use super::read::{self, Loaded, MAX_BYTES};

/// Why a file was not loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// It is not there.
    #[error("{}: there is no such file", .0.display())]
    Missing(PathBuf),
    /// It is a directory.
    #[error("{}: this is a folder, not a scenario file", .0.display())]
    Directory(PathBuf),
    /// The system refuses.
    #[error("{}: cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, io::Error),
    /// It is a page, but no report.
    #[error("{}: this page holds no scenario; a report written by Paretoscope does", .0.display())]
    NoScenario(PathBuf),
    /// What is in it cannot be used.
    #[error("{}", join(.0))]
    Invalid(Vec<Problem>),
}

fn join(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Why a file was not saved.
#[derive(Debug, Error)]
#[error("{}: cannot be saved: {source}; the file is as it was", path.display())]
pub struct SaveError {
    path: PathBuf,
    source: io::Error,
}

/// The bytes of a scenario, and whether they stood in a report, which is no file to save a scenario to.
#[derive(Debug)]
pub struct Contents {
    /// The scenario's text.
    pub bytes: Vec<u8>,
    /// It was taken out of a report.
    pub is_from_report: bool,
}

/// Reads the bytes of a scenario file, or of the scenario inside a report, but not more than a scenario can have.
///
/// # Errors
/// When it is missing, a folder, or unreadable, or a page without a scenario.
pub fn read_contents(path: &Path) -> Result<Contents, LoadError> {
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => LoadError::Missing(path.to_owned()),
        io::ErrorKind::IsADirectory => LoadError::Directory(path.to_owned()),
        _ => LoadError::Unreadable(path.to_owned(), e),
    };
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Err(LoadError::Directory(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let mut file = fs::File::open(path).map_err(unreadable)?;
    Read::by_ref(&mut file).take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if !page::is_page(&bytes) {
        return Ok(Contents { bytes, is_from_report: false });
    }
    file.take(page::MAX_PAGE_BYTES as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = page::scenario_text(&String::from_utf8_lossy(&bytes));
    let text = text.ok_or_else(|| LoadError::NoScenario(path.to_owned()))?;
    Ok(Contents { bytes: text.into_bytes(), is_from_report: true })
}

/// The bytes alone.
///
/// # Errors
/// As [`read_contents`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    Ok(read_contents(path)?.bytes)
}

/// Loads a scenario.
///
/// # Errors
/// When the file cannot be read, or has problems.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let bytes = read_bytes(path)?;
    read::parse_bytes(&bytes, &path.display().to_string()).map_err(LoadError::Invalid)
}

/// Saves text in one step: whoever looks finds the old file or the new one, whole.
///
/// A link is followed, and the permissions of an existing file are kept.
///
/// # Errors
/// When the system refuses; the old file is then untouched.
pub fn save(path: &Path, text: &str) -> Result<(), SaveError> {
    save_bytes(path, text.as_bytes())
}

/// Saves bytes, such as a picture's, in the same way.
///
/// # Errors
/// When the system refuses; the old file is then untouched.
pub fn save_bytes(path: &Path, bytes: &[u8]) -> Result<(), SaveError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    replace(&target, bytes).map_err(|source| SaveError { path: path.to_owned(), source })
}

fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".paretoscope-").suffix(".tmp");
    let permissions = fs::metadata(target).ok().map(|m| m.permissions());
    #[cfg(unix)]
    if permissions.is_none() {
        use std::os::unix::fs::PermissionsExt;
        // A new file gets what any program's new file would get.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(parent)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|e| e.error)?;
    // The rename itself is safe only when the folder is on disk, too.
    #[cfg(unix)]
    fs::File::open(parent)?.sync_all()?;
    Ok(())
}
