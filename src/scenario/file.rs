//! Scenario files on disk: reading with clear refusals, saving in one step.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

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

/// Reads the bytes of a file, but not more than a scenario can have.
///
/// # Errors
/// When it is missing, a folder, or unreadable.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => LoadError::Missing(path.to_owned()),
        io::ErrorKind::IsADirectory => LoadError::Directory(path.to_owned()),
        _ => LoadError::Unreadable(path.to_owned(), e),
    };
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Err(LoadError::Directory(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
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
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    replace(&target, text).map_err(|source| SaveError { path: path.to_owned(), source })
}

fn replace(target: &Path, text: &str) -> io::Result<()> {
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
    file.write_all(text.as_bytes())?;
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
