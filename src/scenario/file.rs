//! Scenario files on disk, read with clear refusals. `disk` writes them.

use std::fs;
use std::io::{self, Read};
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
